"""Certificates of the server's keys, good ones and forged ones, for tests/vectors/trust.json: written by make.py."""

from base64 import urlsafe_b64encode
from dataclasses import replace
from hashlib import sha256

from app.chain.block import Genesis, chain_id
from app.message import cose
from app.message.keys import Signer
from app.money import orders
from app.money.orders import NOTICE_KEY, RECEIPT_KEY, OperationalKey

NOW_S, DAY_S = 1_790_000_000, 86_400
NONCE = bytes(8)


def key(name: str) -> Signer:
    return Signer(sha256(b"trust " + name.encode()).digest())


ROOTS = ("root0", "root1", "root2")


def genesis(names: tuple[str, ...] = ROOTS, threshold: int = 2) -> bytes:
    roots = tuple(key(name).public for name in names)
    return Genesis("city", "pay.example.kr", NOW_S - DAY_S, threshold, roots, 2, "Asia/Seoul", bytes(16)).to_bytes()


CITY = genesis()
CHAIN = chain_id(CITY)
BODY = OperationalKey(0, 1, RECEIPT_KEY, key("receipts").public, NOW_S - 60, NOW_S + 400 * DAY_S, NONCE, NOW_S + 7 * DAY_S)


def by(body: object, name: str = "root0", chain: bytes = CHAIN) -> bytes:
    return cose.sign(body, key(name), chain)


def yes(message: bytes, signer: int = 1, name: str = "root1", board: int = orders.ROOTS, chain: bytes = CHAIN) -> bytes:
    parsed = cose.parse(message)
    approved = cose.message_id(parsed.kind, parsed.payload, chain)
    return by(orders.Approval(signer, board, approved, BODY.expires_at_s), name, chain)


def vectors() -> dict:
    return {"chain": CHAIN.hex(), "genesis": CITY.hex(), "now_s": NOW_S, "proofs": proofs(), "choices": choices()}


# --- one certificate -----------------------------------------------------------------------

def proofs() -> list[dict]:
    good, forged = by(BODY), by(replace(BODY, key=key("thief").public))
    rows = [
        ("two roots", good, [yes(good)], None),
        ("three roots", good, [yes(good), yes(good, 2, "root2")], None),
        ("the third root first", by(replace(BODY, root=2), "root2"), [yes(by(replace(BODY, root=2), "root2"))], None),
        ("one root alone", good, [], "APPROVALS_MISSING"),
        ("a yes to something else", good, [yes(forged)], "APPROVALS_MISSING"),
        ("something else under that yes", forged, [yes(good)], "APPROVALS_MISSING"),
        ("enough, and one yes to something else", good, [yes(good), yes(forged, 2, "root2")], "APPROVALS_MISSING"),
        ("a yes of the officers' board", good, [yes(good, board=orders.OFFICERS)], "APPROVALS_MISSING"),
        ("one root twice", good, [yes(good, 0, "root0")], "SAME_OFFICER"),
        ("one yes twice", good, [yes(good), yes(good)], "SAME_OFFICER"),
        ("a yes by nobody", good, [yes(good, 3, "thief")], "UNKNOWN_KEY"),
        ("a forged yes", good, [yes(good, name="thief")], "BAD_SIGNATURE"),
        ("the other root's yes", good, [yes(good, name="root0")], "BAD_SIGNATURE"),
        ("a forged certificate", by(BODY, "thief"), [yes(good)], "BAD_SIGNATURE"),
        ("by nobody", by(replace(BODY, root=9), "thief"), [yes(good)], "UNKNOWN_KEY"),
        ("root number 2^53 - 1", by(replace(BODY, root=2**53 - 1), "thief"), [yes(good)], "UNKNOWN_KEY"),
        ("cut off", good[:-1], [yes(good)], "NOT_A_MESSAGE"),
        ("signed in another city", by(BODY, chain=bytes(32)), [yes(good)], "BAD_SIGNATURE"),
        ("no certificate", yes(good), [yes(good)], "Malformed"),
        ("no yes", good, [good], "Malformed"),
    ]
    found = [proof(name, CITY, CHAIN, message, approvals, word) for name, message, approvals, word in rows]
    return found + [proof(name, raw, pinned, good, [yes(good)], word) for name, raw, pinned, word in other_cities()] + [one_key()]


def other_cities() -> list[tuple[str, bytes, bytes, str]]:
    thief = genesis(("thief", *ROOTS[1:]))
    own = [("a byte behind it", CITY + b"\0"), ("cut off", CITY[:-1]), ("empty", b""), ("a threshold above its roots", genesis(threshold=4)),
           ("a threshold of nothing", genesis(threshold=0)), ("no roots", genesis((), 0)),
           ("another kind", CITY.replace(b"\x18\xc0", b"\x18\xc4", 1)), ("a name that is not ASCII", CITY.replace(b"city", b"cit\xff", 1)),
           ("half a root", CITY.replace(b"\x58\x60" + key("root0").public, b"\x58\x5f" + key("root0").public[1:], 1))]
    return [("a thief's genesis", thief, CHAIN, "OTHER_CHAIN"), ("no genesis", b"", CHAIN, "OTHER_CHAIN"),
            *((f"genesis: {name}", raw, chain_id(raw), "Malformed") for name, raw in own)]


def one_key() -> dict:
    """A genesis that names one key twice: two signatures by it are still one root's."""
    raw = genesis(("root0", "root0", "root2"))
    chain = chain_id(raw)
    message = by(BODY, chain=chain)
    return proof("one key under two numbers", raw, chain, message, [yes(message, 1, "root0", chain=chain)], "SAME_OFFICER")


def proof(name: str, raw: bytes, pinned: bytes, message: bytes, approvals: list[bytes], word: str | None) -> dict:
    return {"name": name, "genesis": raw.hex(), "pinned": pinned.hex(), "message": message.hex(),
            "approvals": [each.hex() for each in approvals], "word": word}


# --- which of them stands ------------------------------------------------------------------

def choices() -> list[dict]:
    old, new = BODY, replace(BODY, key=key("new").public, expires_at_s=BODY.expires_at_s + DAY_S)
    second = replace(BODY, number=5, key=key("second").public)
    notices = replace(BODY, number=4, role=NOTICE_KEY, key=key("notices").public)
    rows = [
        ("one", [old], {1: old}),
        ("two numbers", [old, second], {1: old, 5: second}),
        ("a key for something else", [old, notices], {1: old}),
        ("the new one told last", [old, new], {1: new}),
        ("the old one shown again", [new, old], {1: new}),
        ("of one moment, the later start", [replace(new, valid_from_s=NOW_S), replace(new, key=old.key)], {1: replace(new, valid_from_s=NOW_S)}),
        ("of one moment and start, the one told last", [replace(new, key=old.key), new], {1: new}),
        ("the new one has ended: the old one is not back", [old, replace(new, valid_until_s=NOW_S)], {}),
        ("the new one has not begun", [old, replace(new, valid_from_s=NOW_S + 1)], {}),
        ("the number is for something else now", [old, replace(new, role=NOTICE_KEY)], {}),
        ("its first second", [replace(old, valid_from_s=NOW_S)], {1: replace(old, valid_from_s=NOW_S)}),
        ("its last second", [replace(old, valid_until_s=NOW_S + 1)], {1: replace(old, valid_until_s=NOW_S + 1)}),
        ("none", [], {}),
    ]
    return [{"name": name, "operational": [told(body) for body in bodies],
             "standing": [[number, body.key.hex()] for number, body in sorted(stands.items())]} for name, bodies, stands in rows]


def told(body: OperationalKey) -> dict:
    """As GET /api/city tells it."""
    message = by(body)
    return {"number": body.number, "message": _text(message), "approvals": [_text(yes(message))]}


def _text(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()
