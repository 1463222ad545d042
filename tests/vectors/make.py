"""Writes tests/vectors/*.json, which Python and the pages' scripts both run: python -m tests.vectors.make

Keys, nonces and times are fixed, and Ed25519 is deterministic: the same files come out each time.
"""

import json
from dataclasses import asdict
from hashlib import sha256, sha512
from pathlib import Path

import cbor2
from nacl import bindings

from app.message import canon, cose, keys, kinds, qr
from app.money import orders, orders_office, orders_offline, orders_publishing, orders_reading
from tests.vectors import trust

HERE = Path(__file__).parent
CHAIN, OTHER_CHAIN = sha256(b"a city").digest(), sha256(b"another city").digest()
HOST = "PAY.EXAMPLE.KR:8443"
SEED, OTHER_SEED = bytes(range(32)), bytes(range(32, 64))
NOW_S = 1_790_000_000
ORDER = 2**252 + 27742317777372353535851937790883648493
ORDER_8 = bytes.fromhex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a")
IDENTITY = b"\1" + bytes(31)


def some(label: str, length: int) -> bytes:
    return sha512(label.encode()).digest()[:length]


ALIAS, NONCE, ACCOUNT, UNTIL = some("alias", 8), some("nonce", 8), some("account", 8), NOW_S + 60
KEY, REFUND_KEY = keys.public(some("key", 32)), keys.public(some("refund key", 32))
HIGH = kinds.MAX_UINT
SHOP_NAME = "미래분식".encode()

BODIES = (
    orders.Code(ALIAS, orders.CAP, 30_000, NONCE, UNTIL),
    orders.Code(bytes(8), orders.EXACT, 1, bytes(8), 0),
    orders.Payment(ALIAS, some("request", 16), 12_500, NONCE, UNTIL),
    orders.Request(7, 3, 12_500, NONCE, UNTIL + 120, b"A-17"),
    orders.Request(2**16 - 1, 2**16 - 1, 2**32 - 1, NONCE, UNTIL, b""),
    orders.Receipt(1, 0, 123_456, some("subject", 16), some("leaf", 32), 12_500, NOW_S),
    orders.Charge(7, 3, some("code", 32), 12_500, NONCE, UNTIL),
    orders.Refund(7, 3, 123_456, 2_500, NONCE, UNTIL),
    orders.Refund(HIGH, HIGH, HIGH, HIGH, NONCE, HIGH),
    orders.Notice(900, 12, 48_000, NONCE, NOW_S + 90 * 86_400, b"2026-WATER-0000017"),
    orders.Session(ALIAS, NONCE, UNTIL),
    orders.Session(7, NONCE, UNTIL),
    orders.Join(ALIAS, NONCE, UNTIL),
    orders.Grant(2, 1, some("list", 16), some("root", 32), 2_763, 276_300_000, UNTIL),
    orders.Approval(3, orders.OFFICERS, some("approved", 32), UNTIL),
    orders.AccountOpen(keys.public(SEED), orders.SOFT, NONCE, UNTIL),
    orders.Link(4, ACCOUNT, some("person", 16), NONCE, UNTIL),
    orders.Link(4, ACCOUNT, b"", NONCE, UNTIL),
    orders.KeyAdd(4, ACCOUNT, KEY, orders.HARD, NONCE, UNTIL),
    orders.KeyRevoke(4, KEY, NONCE, UNTIL),
    orders.AliasBatch(ALIAS, 32, NONCE, UNTIL),
    orders.Freeze(4, ACCOUNT, 1, NONCE, UNTIL),
    orders.Shop(4, 3, orders.OPEN, orders.SHOP, 5, SHOP_NAME, "중앙동".encode(), NONCE, UNTIL),
    orders.Shop(4, 4, orders.CLOSED, orders.INSTITUTION, 255, b"x" * 60, b"", NONCE, UNTIL),
    orders.Till(4, 7, 3, orders.RECEIVE | orders.RETURN, KEY, REFUND_KEY, NONCE, UNTIL),
    orders.Till(4, 7, 3, 0, KEY, b"", NONCE, UNTIL),
    orders.Officer(0, 2, KEY, orders.MAKER | orders.CHECKER, NOW_S, NOW_S + 86_400, NONCE, UNTIL),
    orders.OperationalKey(0, 1, orders.RECEIPT_KEY, KEY, NOW_S, NOW_S + 86_400, NONCE, UNTIL),
    orders.Programme(2, 1, 1, 5_000_000_000, NOW_S, NOW_S + 1, NOW_S + 2, b"\1\5\xff", SHOP_NAME, NONCE, UNTIL),
    orders.Programme(2, 2, 2, 0, 0, 0, HIGH, b"", b"y", NONCE, UNTIL),
    orders.Expire(3, 41, 1_900, UNTIL),
    orders.Totals(4, 20_717, 1, 5_000_000, 0, 1_900, 4_998_100, UNTIL),
    orders_publishing.Directory(4, some("directory", 32), NOW_S, NOW_S + 86_400),
    orders.Request(7, 3, 12_500, NONCE, UNTIL + 120, b"A-17", 2),
    orders.Charge(7, 3, some("code", 32), 12_500, NONCE, UNTIL, b"A-17", 0),
    orders.Charge(7, 3, some("code", 32), 12_500, NONCE, UNTIL, b"", 65_535),
    orders.Refund(7, 3, 123_456, 2_500, NONCE, UNTIL, 2),
    orders.Void(7, 3, 123_456, NONCE, UNTIL, 2),
    orders_offline.OfflineKey(ALIAS, KEY, NONCE, UNTIL),
    orders_offline.Certificate(1, KEY, 50_000, NOW_S, NOW_S + 86_400),
    orders_offline.OfflineCode(KEY[:8], orders.CAP, 50_000, 3, NONCE, UNTIL, NOW_S + 15 * 86_400),
    orders_offline.Deposit(7, 3, some("code", 32), 12_500, NOW_S, NONCE, NOW_S + 15 * 86_400, b"A-17", 2),
    orders_offline.Refused(1, some("subject", 16), 243, NOW_S),
    orders_offline.Refused(1, some("subject", 16), 223, NOW_S, UNTIL),
    orders_publishing.Served(4, some("manifest", 32), NOW_S, UNTIL),
    orders_offline.Policy(5, 1, 50_000, NOW_S, NOW_S + 86_400, NONCE, UNTIL),
    orders_offline.Policy(5, 14, 3, NOW_S, NOW_S + 86_400, NONCE, UNTIL, 12),
    orders.KeyAdd(4, ACCOUNT, KEY, orders.CARD, NONCE, UNTIL),
    orders.KeyAdd(4, ACCOUNT, KEY, orders.HARD, NONCE, UNTIL, REFUND_KEY, 30_000),
    orders.KeyAdd(4, ACCOUNT, KEY, orders.HARD, NONCE, UNTIL, b"", 30_000),
    orders.Programme(2, 1, 1, 5_000_000_000, NOW_S, NOW_S + 1, NOW_S + 2, b"\1\5\xff", SHOP_NAME, NONCE, UNTIL, 300_000, 90,
                     bytes.fromhex("0000000300000004ffffffff")),
    orders.Programme(2, 1, 1, 5_000_000_000, NOW_S, NOW_S + 1, NOW_S + 2, b"", SHOP_NAME, NONCE, UNTIL, 0, 0, b"\0\0\0\3"),
    orders_office.Recall(2, ACCOUNT, 41, 1_900, NONCE, UNTIL),
    orders_office.Recall(2, some("person", 16), 41, 1_900, NONCE, UNTIL),
    orders_offline.OfflineAgain(4, ACCOUNT, NONCE, UNTIL),
    orders_office.Standing(5, 3, 1, b"", NONCE, UNTIL),
    orders_office.Standing(5, 3, 0, some("person", 16), NONCE, UNTIL),
    orders_office.Rulebook(0, 2, NONCE, UNTIL),
    orders_reading.Look(ALIAS, NONCE, UNTIL),
    orders_office.RecallList(2, 1, some("list", 16), some("root", 32), 2_763, 276_300_000, UNTIL),
)


# --- messages --------------------------------------------------------------------------

def messages() -> dict:
    made = [message(body) for body in BODIES]
    return {"chain": CHAIN.hex(), "host": HOST, "seed": SEED.hex(), "public": keys.public(SEED).hex(), "messages": made}


def message(body: object) -> dict:
    parsed = cose.parse(cose.sign(body, SEED, CHAIN))
    return {
        "kind": kinds.of(body).name,
        "fields": {name: value.hex() if isinstance(value, bytes) else value for name, value in asdict(body).items()},
        "payload": parsed.payload.hex(),
        "id": cose.message_id(parsed.kind, parsed.payload, CHAIN).hex(),
        "signed": cose.to_sign(parsed.kind, parsed.payload, CHAIN).hex(),
        "signature": parsed.signature.hex(),
        "message": parsed.raw.hex(),
        "text": qr.to_text(parsed.raw, HOST),
    }


# --- refusals --------------------------------------------------------------------------

def refusals() -> dict:
    return {
        "chain": CHAIN.hex(), "others": [OTHER_CHAIN.hex()], "public": keys.public(SEED).hex(),
        "messages": [*wrong_frames(), *wrong_payloads(), *wrong_signatures()],
        "keys": [{"name": name, "key": key.hex(), "word": word} for name, key, word in public_keys()],
    }


def refused(name: str, raw: bytes, word: str, public: bytes | None = None) -> dict:
    return {"name": name, "message": raw.hex(), "word": word} | ({"public": public.hex()} if public else {})


def wrong_frames() -> list[dict]:
    good = cose.sign(BODIES[0], SEED, CHAIN)
    payload = cose.parse(good).payload
    length, rest = len(payload), payload + good[-66:]
    return [
        refused("nothing", b"", "NOT_A_MESSAGE"),
        refused("an address", b"https://example.kr", "NOT_A_MESSAGE"),
        refused("cut short", good[:-1], "NOT_A_MESSAGE"),
        refused("cut inside the payload", good[:20], "NOT_A_MESSAGE"),
        refused("the CBOR tag of COSE_Sign1 before it", b"\xd2" + good, "NOT_A_MESSAGE"),
        refused("algorithm EdDSA (-8)", good[:4] + b"\x27" + good[5:], "NOT_A_MESSAGE"),
        refused("a key id in the open header", good[:5] + b"\xa1\x04\x41\x31" + good[6:], "NOT_A_MESSAGE"),
        refused("a detached payload", good[:6] + b"\xf6" + good[-66:], "NOT_A_MESSAGE"),
        refused("a payload that promises 2^63 bytes", good[:6] + b"\x5b\x7f" + b"\xff" * 7 + rest, "NOT_A_MESSAGE"),
        refused("the payload's length in two bytes", good[:6] + b"\x59\0" + bytes([length]) + rest, "NOT_CANONICAL"),
        refused("a payload of no fixed length", good[:6] + b"\x5f" + good[6:-66] + b"\xff" + good[-66:], "NOT_CANONICAL"),
        refused("a byte behind it", good + b"\0", "TRAILING_BYTES"),
        refused("two in one", good + good, "TRAILING_BYTES"),
        refused("longer than any message", good + bytes(4096), "TOO_LONG"),
    ]


def wrong_payloads() -> list[dict]:
    """Properly signed, so that nothing but the payload is wrong."""
    code = canon.decode(cose.parse(cose.sign(BODIES[0], SEED, CHAIN)).payload)
    canonical = canon.encode(code)
    request = [8, 2**53 - 1, 2**53 - 1, 2**53 - 1, NONCE, 2**53 - 1, b"0123456789ABCDEFGHI"]
    rows = [
        ("empty payload", b"", "NOT_A_MESSAGE"),
        ("empty array", cbor2.dumps([]), "NOT_A_MESSAGE"),
        ("a map", cbor2.dumps({0: 1}), "NOT_A_MESSAGE"),
        ("a number", cbor2.dumps(5), "NOT_A_MESSAGE"),
        ("a negative number", cbor2.dumps([0, -1]), "NOT_A_MESSAGE"),
        ("a text", cbor2.dumps([0, "x"]), "NOT_A_MESSAGE"),
        ("a fraction", cbor2.dumps([0, 1.5]), "NOT_A_MESSAGE"),
        ("true", cbor2.dumps([0, True]), "NOT_A_MESSAGE"),
        ("a big number in a tag", cbor2.dumps([0, 2**64]), "NOT_A_MESSAGE"),
        ("a date in a tag", bytes.fromhex("8200c11a514b67b0"), "NOT_A_MESSAGE"),
        ("an array inside", cbor2.dumps([0, [1]]), "NOT_A_MESSAGE"),
        ("bytes for a kind", cbor2.dumps([b"\0", ALIAS]), "NOT_A_MESSAGE"),
        ("an item too few in the bytes", b"\x87" + canonical[1:], "NOT_A_MESSAGE"),
        ("a longer number than needed", canonical.replace(b"\x00", b"\x18\x00", 1), "NOT_CANONICAL"),
        ("a longer array head than needed", b"\x98\x06" + canonical[1:], "NOT_CANONICAL"),
        ("an array of no fixed length", b"\x9f" + canonical[1:] + b"\xff", "NOT_CANONICAL"),
        ("bytes behind the array", canonical + b"\0", "TRAILING_BYTES"),
        ("version 2 of a code", canon.encode([1, *code[1:]]), "UNKNOWN_KIND"),
        ("a card, which has no layout", canon.encode([20, ALIAS]), "UNKNOWN_KIND"),
        ("genesis, which is no message", canon.encode([192, ALIAS]), "UNKNOWN_KIND"),
        ("a kind above 2^53", canon.encode([2**64 - 1, ALIAS]), "UNKNOWN_KIND"),
        ("a field too few", canon.encode(code[:-1]), "BAD_FIELD"),
        ("a field too many", canon.encode([*code, 0]), "BAD_FIELD"),
        ("an alias of 7 bytes", canon.encode([0, bytes(7), *code[2:]]), "BAD_FIELD"),
        ("an alias that is a number", canon.encode([0, 8, *code[2:]]), "BAD_FIELD"),
        ("a mode that is none", canon.encode([0, ALIAS, 2, *code[3:]]), "BAD_FIELD"),
        ("no won", canon.encode([0, ALIAS, 0, 0, NONCE, UNTIL]), "BAD_FIELD"),
        ("2^53 won", canon.encode([0, ALIAS, 0, 2**53, NONCE, UNTIL]), "BAD_FIELD"),
        ("a time above 2^53", canon.encode([0, ALIAS, 0, 1, NONCE, 2**64 - 1]), "BAD_FIELD"),
        ("a reference in small letters", canon.encode([8, 1, 2, 3, NONCE, UNTIL, b"a"]), "BAD_FIELD"),
        ("a reference of 20", canon.encode([8, 1, 2, 3, NONCE, UNTIL, b"A" * 20]), "BAD_FIELD"),
        ("no aliases", canon.encode([68, ALIAS, 0, NONCE, UNTIL]), "BAD_FIELD"),
        ("a shop without a name", canon.encode([76, 4, 3, 1, 1, 5, b"", b"", NONCE, UNTIL]), "BAD_FIELD"),
        ("a name that is no UTF-8", canon.encode([76, 4, 3, 1, 1, 5, b"\xed\xa0\x80", b"", NONCE, UNTIL]), "BAD_FIELD"),
        ("a name of two lines", canon.encode([76, 4, 3, 1, 1, 5, b"a\nb", b"", NONCE, UNTIL]), "BAD_FIELD"),
        ("categories out of order", canon.encode([92, 2, 1, 1, 1, 0, 0, 0, b"\2\1", b"x", NONCE, UNTIL]), "BAD_FIELD"),
        ("category twice", canon.encode([92, 2, 1, 1, 1, 0, 0, 0, b"\1\1", b"x", NONCE, UNTIL]), "BAD_FIELD"),
        ("category 0", canon.encode([92, 2, 1, 1, 1, 0, 0, 0, b"\0\1", b"x", NONCE, UNTIL]), "BAD_FIELD"),
        ("shops out of order", canon.encode([93, 2, 1, 1, 1, 0, 0, 0, b"", b"x", NONCE, UNTIL, 0, 0, bytes.fromhex("0000000400000003")]), "BAD_FIELD"),
        ("a shop of 3 bytes", canon.encode([93, 2, 1, 1, 1, 0, 0, 0, b"", b"x", NONCE, UNTIL, 0, 0, bytes(3)]), "BAD_FIELD"),
        ("shop 0", canon.encode([93, 2, 1, 1, 1, 0, 0, 0, b"", b"x", NONCE, UNTIL, 0, 0, bytes(4)]), "BAD_FIELD"),
        ("a new key that is no point", canon.encode([52, b"\2" + bytes(31), 0, NONCE, UNTIL]), "BAD_FIELD"),
        ("a new key of small order", canon.encode([52, ORDER_8, 0, NONCE, UNTIL]), "SMALL_ORDER_KEY"),
        ("a request of more than 122 bytes", canon.encode(request), "TOO_LONG"),
        ("a payload of more than 4096 bytes", canon.encode([0, bytes(4096)]), "TOO_LONG"),
    ]
    return [refused(name, signed_payload(payload), word) for name, payload, word in rows]


def signed_payload(payload: bytes, label_of: int = kinds.BY_NAME["code"].number, chain: bytes = CHAIN) -> bytes:
    return cose.assemble(payload, keys.Signer(SEED).sign(cose.to_sign(label_of, payload, chain)))


def wrong_signatures() -> list[dict]:
    good = cose.sign(BODIES[0], SEED, CHAIN)
    parsed = cose.parse(good)
    head, s = good[:-32], int.from_bytes(good[-32:], "little")
    payload, public = parsed.payload, keys.public(SEED)
    data = cose.to_sign(parsed.kind, payload, CHAIN)
    return [
        refused("S + L", head + (s + ORDER).to_bytes(32, "little"), "MALLEATED_SIGNATURE"),
        refused("S of all ones", head + b"\xff" * 32, "MALLEATED_SIGNATURE"),
        refused("S = L", head + ORDER.to_bytes(32, "little"), "MALLEATED_SIGNATURE"),
        refused("S = L - 1", head + (ORDER - 1).to_bytes(32, "little"), "BAD_SIGNATURE"),
        refused("a code signed as a payment", signed_payload(payload, kinds.BY_NAME["payment"].number), "WRONG_PURPOSE"),
        refused("signed in another city", signed_payload(payload, chain=OTHER_CHAIN), "OTHER_CHAIN"),
        refused("signed for no chain", signed_payload(payload, chain=bytes(32)), "BAD_SIGNATURE"),
        refused("another's key", cose.sign(BODIES[0], OTHER_SEED, CHAIN), "BAD_SIGNATURE"),
        refused("one won more", good.replace(cbor2.dumps(30_000), cbor2.dumps(30_001)), "BAD_SIGNATURE"),
        refused("64 zeroes", good[:-64] + bytes(64), "BAD_SIGNATURE"),
        refused("R is the identity", good[:-64] + with_point(data, IDENTITY, 0), "BAD_SIGNATURE"),
        refused("R with a small-order part", good[:-64] + with_point(data, ORDER_8, 12_345), "BAD_SIGNATURE"),
        refused("under the key 1", good[:-64] + IDENTITY + bytes(32), "SMALL_ORDER_KEY", IDENTITY),
        refused("under a key that is no point", good, "BAD_FIELD", b"\2" + bytes(31)),
        refused("under a key of 31 bytes", good, "BAD_FIELD", public[:31]),
    ]


def with_point(data: bytes, extra: bytes, r: int) -> bytes:
    """A signature by SEED whose R is r·B + extra: valid only where the cofactor is multiplied away."""
    half = bytearray(sha512(SEED).digest()[:32])
    half[0] &= 248
    half[31] = half[31] & 127 | 64
    base = bindings.crypto_scalarmult_ed25519_base_noclamp(r.to_bytes(32, "little")) if r else IDENTITY
    point = bindings.crypto_core_ed25519_add(base, extra)
    challenge = int.from_bytes(sha512(point + keys.public(SEED) + data).digest(), "little")
    return point + ((r + challenge * int.from_bytes(half, "little")) % ORDER).to_bytes(32, "little")


def public_keys() -> list[tuple[str, bytes, str | None]]:
    prime, double = 2**255 - 19, bindings.crypto_core_ed25519_add
    order_4 = double(ORDER_8, ORDER_8)
    return [
        ("RFC 8032 test 1", bytes.fromhex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"), None),
        ("RFC 8032 test 2", bytes.fromhex("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"), None),
        ("the identity", IDENTITY, "SMALL_ORDER_KEY"),
        ("order 2", double(order_4, order_4), "SMALL_ORDER_KEY"),
        ("order 4", order_4, "SMALL_ORDER_KEY"),
        ("order 8", ORDER_8, "SMALL_ORDER_KEY"),
        ("a good key and a point of order 8", double(keys.public(SEED), ORDER_8), "SMALL_ORDER_KEY"),
        ("the identity written as p + 1", (prime + 1).to_bytes(32, "little"), "BAD_FIELD"),
        ("order 4 written as p", prime.to_bytes(32, "little"), "BAD_FIELD"),
        ("the identity with the sign of x set", IDENTITY[:31] + b"\x80", "BAD_FIELD"),
        ("not on the curve", b"\2" + bytes(31), "BAD_FIELD"),
        ("31 bytes", bytes(31), "BAD_FIELD"),
        ("nothing", b"", "BAD_FIELD"),
    ]


# --- CBOR and QR -----------------------------------------------------------------------

def cbor() -> dict:
    edges = [0, 23, 24, 255, 256, 2**16 - 1, 2**16, 2**32 - 1, 2**32, 2**53 - 1, 2**53, 2**64 - 1]
    flat = [[], [0], edges, [b""], [bytes(23)], [bytes(24)], [bytes(255)], [bytes(256)], [0] * 24, [1, b"\1", 2]]
    nested = [[[]], [1, [2, [3, [b"four"]]]], [5, [[1, 2], [3, 4]], b"x", [b"y"] * 30]]
    bad = {
        "NOT_A_MESSAGE": """00 81 8118 8158 815801 580100 8120 8160 81a0 81c100 81f4 81f97e00 811c 81fc ff 81818181
            9bffffffffffffffff 815bffffffffffffffff 8181818180""".split() + [""],
        "NOT_CANONICAL": """811817 81190017 811a00000017 811b0000000000000017 81580100 9800 980100 9f00ff 815f4101ff
            9f 9b000000000000000100""".split(),
        "TRAILING_BYTES": "8100ff 800000".split(),
    }
    return {
        "flat": [{"bytes": canon.encode(items).hex(), "items": plain(items)} for items in flat],
        "nested": [{"bytes": canon.encode_nested(items).hex(), "items": plain(items)} for items in nested],
        "refused": [{"bytes": text, "word": word} for word, texts in bad.items() for text in texts],
    }


def plain(item: object) -> object:
    """A number as its decimal digits, since JSON's readers round; bytes as 0x and hex digits."""
    if isinstance(item, list):
        return [plain(inner) for inner in item]
    return f"0x{item.hex()}" if isinstance(item, bytes) else str(item)


def qr_texts() -> dict:
    raws = [some(f"{length}", length) if length < 64 else (some("long", 64) * 3)[:length]
            for length in (*range(1, 16), 105, 119, 122, 132, 150)]
    raws += [b"\0", bytes(7), bytes(8), b"\xff" * 7, b"\xff" * 6, b"\xff" * 13]
    texts = [{"message": raw.hex(), "text": qr.to_text(raw, HOST), "version": qr.code_of(qr.to_text(raw, HOST)).version}
             for raw in raws]
    digits = qr.to_digits(raws[9])
    read = [f"https://{HOST.lower()}/P#{digits}", f"https://{HOST.lower()}/p#{digits}", digits, f" {digits}\r\n", f"#{digits}",
            f"ㅗㅅㅅㅔㄴ://ㅔ묘/ㅖ#{digits}", f"HTTPS://{HOST}/P#000#{digits}"]
    bad = {
        "UNREADABLE": ["", "#", "0", "00", "256", "999999", "65536", "72057594037927936", "99999999999999999", "12a",
                       "١٢٣", "１２３", " ", "-12", "+12", "1 2", "WIFI:S:name;T:WPA;P:secret;;", f"HTTPS://{HOST}/P#",
                       f"HTTPS://{HOST}/P", f"HTTPS://{HOST}/#{digits}", f"HTTPS://{HOST}/P?a#{digits}"],
        "OTHER_HOST": [f"HTTP://{HOST}/P#{digits}", f"HTTPS://EVIL.EXAMPLE/P#{digits}", "https://example.kr/pay",
                       f"HTTPS://{HOST}@EVIL.EXAMPLE/P#{digits}", f"HTTPS://{HOST}.EVIL.EXAMPLE/P#{digits}",
                       f"HTTPS:///P#{digits}", f"HTTPS://PAY.EXAMPLE.KR/P#{digits}", f"HTTPS://EVIL.EXAMPLE/P#1#{digits}",
                       f"https://ＰＡＹ.EXAMPLE.KR:8443/P#{digits}"],
        "TOO_LONG": ["1" * 10_241],
    }
    return {"hosts": [HOST], "texts": texts,
            "read": [{"text": text, "message": raws[9].hex()} for text in read],
            "refused": [{"text": text, "word": word} for word, those in bad.items() for text in those]}


FILES = {"messages.json": messages, "refusals.json": refusals, "cbor.json": cbor, "qr.json": qr_texts, "trust.json": trust.vectors}


def written(name: str) -> str:
    return json.dumps(FILES[name](), ensure_ascii=False, indent=1) + "\n"


if __name__ == "__main__":
    for each in FILES:
        (HERE / each).write_text(written(each), encoding="utf-8")
