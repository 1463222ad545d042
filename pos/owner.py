"""What only the shop's owner asks, as requests that the refund key signs: app/web/owner.py says in which form. A token for a
program of the shop is made on this machine and known to the operator by its hash alone; a webhook's secret is made here as well, so that
whoever lost the answer asks for the same one again.
"""

import json
import secrets
from base64 import b64encode
from hashlib import sha256

from app.message.keys import Signer
from pos import server as line
from pos.server import Proof, Server, Unclear
from pos.till import Till

LABEL = b"hagc/owner/1\0"
LIFE_S = 300
TOKEN_PREFIX, SECRET_PREFIX = "hagc_", "whsec_"      # the second is of Standard Webhooks


def order(till: Till, refund_key: Signer) -> Proof:
    """Signs each request with the key that the PIN unlocked."""
    def proof(what: str, body: bytes) -> str:
        content = {"till": till.paired.till, "what": what, "body": sha256(body).hexdigest(), "expires_at_s": till.now_s() + LIFE_S}
        said = json.dumps(content).encode()
        return f"HAGC-Owner {line.to_text(said)}.{line.to_text(refund_key.sign(LABEL + till.paired.chain_id + said))}"
    return proof


def make_token(server: Server, owner: Proof, name: str) -> tuple[str, int]:
    """A new token, shown once, and its number. Raises Refused or Unclear."""
    token = TOKEN_PREFIX + secrets.token_urlsafe(32)
    digest = sha256(token.encode()).digest()
    said = server.post("/api/tokens", {"name": name, "digest": line.to_text(digest)}, owner)
    return token, said["token"]


def tokens(till: Till, server: Server) -> list[tuple[int, str, int]]:
    """(number, name, made at) of those in use. Raises Refused or Unclear."""
    said = server.get("/api/tokens", session=line.to_text(till.session()))
    return [(each["token"], each["name"], each["created_at_s"]) for each in said["tokens"]]


def end_token(server: Server, owner: Proof, number: int) -> None:
    """Raises Refused (no such token) or Unclear."""
    server.delete(f"/api/tokens/{number}", owner)


def add_webhook(server: Server, owner: Proof, url: str) -> tuple[int, str]:
    """The number of a new webhook, and its secret, shown once. Raises Refused or Unclear."""
    secret = SECRET_PREFIX + b64encode(secrets.token_bytes(32)).decode()
    wish = {"url": url, "secret": secret}
    try:
        said = server.post("/api/webhooks", wish, owner)
    except Unclear:
        said = server.post("/api/webhooks", wish, owner)    # the answer may have been lost: it is the same webhook
    return said["webhook"], secret


def webhooks(till: Till, server: Server) -> list[dict]:
    """Those that were not taken back: webhook (number), url, state (on, or gone: the receiver wants no more), created_at_s.
    Raises Refused or Unclear."""
    return server.get("/api/webhooks", session=line.to_text(till.session()))["webhooks"]


def deliveries(till: Till, server: Server, number: int) -> list[dict]:
    """What one of them was told, the newest first: checkout, state (waiting, delivered, given-up), tries, said (why the last try
    failed, or None), created_at_s. Raises Refused (no such webhook) or Unclear."""
    return server.get(f"/api/webhooks/{number}", session=line.to_text(till.session()))["deliveries"]


def end_webhook(server: Server, owner: Proof, number: int) -> None:
    """Raises Refused (no such webhook) or Unclear."""
    server.delete(f"/api/webhooks/{number}", owner)
