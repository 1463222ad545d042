"""Pairing: this machine's keys go to the desk, an officer compares the digits and signs, and the city is pinned.

The code pairs nothing by itself. What is kept from that hour (chain and host) is never learned anew: a server that
later says otherwise is another server. The keys that may sign receipts follow from the chain.
"""

import json
import os
import time
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from threading import Event
from urllib.parse import SplitResult, parse_qs, quote, urlsplit

from app.errors import Refusal, SetupError
from app.message.keys import Signer
from pos import server as line
from pos.server import Server, Unclear

FILE = "till.json"
ASK_EVERY_S = 2
WAIT_S = 15 * 60        # as long as a pairing code lives
_FIELDS = ("till", "shop", "shop_name")


@dataclass(frozen=True, slots=True)
class Paired:
    """Where this till stands, and whose word it takes."""
    server: str                         # scheme, host and port
    chain_id: bytes                     # 32
    host: str                           # as in the texts of codes, with its port
    refund_key: bytes                   # 32, this till's own, public
    till: int
    shop: int
    shop_name: str


@dataclass(frozen=True, slots=True)
class City:
    """What the operator says of itself at pairing."""
    chain_id: bytes
    host: str
    told: dict              # the whole answer, with what proves its receipt keys


def is_paired(folder: Path) -> bool:
    return (folder / FILE).exists()


def read(folder: Path) -> Paired:
    """SetupError where this till is not paired, or its file was damaged."""
    try:
        kept = json.loads((folder / FILE).read_text(encoding="utf-8"))
        binary = {name: bytes.fromhex(kept.pop(name)) for name in ("chain_id", "refund_key")}
        return Paired(**binary, **kept)
    except FileNotFoundError:
        raise SetupError(f"{folder} holds no paired till: python -m pos pair CODE") from None
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        raise SetupError(f"{folder / FILE} is damaged: put it back from its backup") from None


def write(folder: Path, paired: Paired) -> None:
    """Whole or not at all, and never over one that is there."""
    if is_paired(folder):
        raise SetupError(f"{folder} holds a paired till already: pair another one with --folder")
    kept = asdict(paired)
    kept |= {"chain_id": paired.chain_id.hex(), "refund_key": paired.refund_key.hex()}
    unfinished = folder / f"{FILE}.new"
    with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as out:
        json.dump(kept, out, ensure_ascii=False, indent=2)
        out.flush()
        os.fsync(out.fileno())
    unfinished.replace(folder / FILE)


# --- with the server -------------------------------------------------------------------

def code_of(text: str, server: str | None) -> tuple[str, str]:
    """(address of the server, code) of a bare code with --server, or of a pairing's address."""
    if "://" not in text:
        if not server:
            raise SetupError("a bare code needs --server https://HOST")
        return server, text.strip()
    address, code = found_in(text, "")
    return server or address, code


def found_in(server: str, code: str) -> tuple[str, str]:
    """(address, code) out of what somebody typed or scanned into two fields: the pairing's address, as the officer's screen shows it
    and its QR holds it, may stand in either. Empty where something lacks."""
    for text in (code, server):
        try:
            parts = urlsplit(text) if "://" in text else None
        except ValueError:
            continue
        found = _code_in(parts) if parts else ""
        if found:
            return f"{parts.scheme.lower()}://{parts.netloc}", found
    return server.strip().rstrip("/"), "" if "://" in code else code.strip()


def _code_in(address: SplitResult) -> str:
    """…#pair=CODE as the officer's screen has it; also #CODE, ?code=CODE and /till/CODE."""
    told = {name.lower(): values[0] for name, values in {**parse_qs(address.query), **parse_qs(address.fragment)}.items()}
    named = told.get("pair") or told.get("code")
    return named or address.fragment or (address.path.rpartition("/")[2] if address.path.count("/") > 1 else "")


def city(server: Server) -> City:
    """The chain to pin. Unclear where the answer names none."""
    said = server.get("/api/city")
    try:
        found = City(bytes.fromhex(said["chain_id"]), str(said["host_text"]), said)
    except (KeyError, TypeError, ValueError):
        raise Unclear("the server doesn't name its chain") from None
    if len(found.chain_id) != 32 or not found.host:
        raise Unclear("the server doesn't name its chain")
    return found


def claim(server: Server, code: str, chain_id: bytes, till: Signer, refund: Signer) -> str:
    """Brings this till's keys to the desk; gives the digits that the officer's screen must show too. The same again
    changes nothing. SetupError where the server got other keys; raises Refused or Unclear."""
    proof = b"hagc/pairing/1\0" + chain_id + code.encode() + till.public + refund.public
    said = server.post("/api/tills/pair", {
        "code": code,
        "key": line.to_text(till.public),
        "refund_key": line.to_text(refund.public),
        "proof": line.to_text(till.sign(proof)),
        "refund_proof": line.to_text(refund.sign(proof)),
    })
    digits = check_digits(till.public, refund.public)
    if said.get("check") != digits:
        raise SetupError("the server shows other digits for this till's keys: stop, and ask the city for a new code")
    return digits


def check_digits(key: bytes, refund_key: bytes) -> str:
    """0000-0000-0000, worked out here and never taken from the answer: somebody between could have put other keys
    in, and twelve digits are too many to find keys for in the minutes of a pairing."""
    digits = f"{int.from_bytes(sha256(key + refund_key).digest()[:5]) % 10**12:012}"
    return "-".join((digits[:4], digits[4:8], digits[8:]))


def wait(server: Server, code: str, city: City, refund_key: bytes, stop: Event | None = None) -> Paired:
    """Asks until the officer has signed. PAIRING_OVER when they said no or the time is over, or at `stop`; raises Refused."""
    stop = stop or Event()
    until_s = time.monotonic() + WAIT_S
    while time.monotonic() < until_s and not stop.is_set():
        said = _state(server, code)
        if said.get("state") == "cancelled":
            break
        if said.get("state") == "paired":
            till, shop, name = (said.get(field) for field in _FIELDS)
            if type(till) is not int or type(shop) is not int or type(name) is not str:
                raise Unclear("the server doesn't say which till this is")
            return Paired(server.url, city.chain_id, city.host, refund_key, till, shop, name)
        stop.wait(ASK_EVERY_S)
    raise Refusal("PAIRING_OVER")


def _state(server: Server, code: str) -> dict:
    """A line that is down for a moment ends no pairing."""
    try:
        return server.get(f"/api/tills/pair/{quote(code, safe='')}")
    except Unclear:
        return {}
