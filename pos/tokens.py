"""Tokens for programs of the shop: made on this machine, known to the operator by their hash alone.

The owner's PIN unlocks the key that signs a token's hash, so nobody who only stands at the till can hand one out.
"""

import secrets
from hashlib import sha256

from app.message.keys import Signer
from pos import server as line
from pos.server import Server
from pos.till import Till

PREFIX = "hagc_"
LABEL = b"hagc/token/1\0"


def make(till: Till, server: Server, name: str, refund_key: Signer) -> tuple[str, int]:
    """A new token, shown once, and its number. Raises Refused or Unclear."""
    token = PREFIX + secrets.token_urlsafe(32)
    digest = sha256(token.encode()).digest()
    proof = LABEL + till.paired.chain_id + till.paired.till.to_bytes(8) + digest
    said = server.post("/api/tokens", {
        "name": name, "digest": line.to_text(digest), "proof": line.to_text(refund_key.sign(proof)),
    }, line.to_text(till.session()))
    return token, said["token"]


def listed(till: Till, server: Server) -> list[tuple[int, str, int]]:
    """(number, name, made at) of those in use. Raises Refused or Unclear."""
    said = server.get("/api/tokens", session=line.to_text(till.session()))
    return [(each["token"], each["name"], each["created_at_s"]) for each in said["tokens"]]


def revoke(till: Till, server: Server, number: int) -> None:
    """Raises Refused (no such token) or Unclear."""
    server.delete(f"/api/tokens/{number}", line.to_text(till.session()))
