"""Signed messages: COSE_Sign1 (RFC 9052) with Ed25519 (RFC 9864), bound to one purpose and one chain.

    raw = 84  43 A10132  A0  bstr(payload)  5840 signature(64)

The purpose label and the chain id are signed as external_aad and not sent, so a signature
is worth nothing for another purpose or in another city.
"""

from collections.abc import Callable, Iterable
from functools import lru_cache
from hashlib import sha256
from typing import NamedTuple

from nacl import bindings, exceptions

from app.errors import Refusal
from app.message import canon, keys, kinds
from app.money.orders import Signed

_BEFORE = bytes.fromhex("8443a10132a0")     # array(4), protected {1: -19}, unprotected {}
_BETWEEN = bytes.fromhex("5840")            # a byte string of 64
_LAST = len(_BETWEEN) + 64
_SIGNATURE1 = b"\x84\x6aSignature1\x43\xa1\x01\x32"
_ORDER = 2**252 + 27742317777372353535851937790883648493


class Parsed(NamedTuple):
    """A message whose form is right and whose signature nobody has checked yet."""
    kind: int               # number of the kind
    body: object            # one of app.money.orders
    payload: bytes
    signature: bytes        # 64
    raw: bytes              # the exact bytes received


def sign(body: object, key: keys.Signer | bytes, chain_id: bytes) -> bytes:
    """The message of `body`, signed for one chain. BAD_FIELD or TOO_LONG if it can't be one."""
    signer = keys.Signer(key) if isinstance(key, bytes) else key
    kind = kinds.of(body)
    payload = canon.encode(kinds.items_of(body))
    raw = assemble(payload, signer.sign(to_sign(kind.number, payload, chain_id)))
    _check_length(raw, kind.max_bytes)
    return raw


def assemble(payload: bytes, signature: bytes) -> bytes:
    """The message's bytes, as they are sent, stored and hashed."""
    return _BEFORE + _bytes_head(len(payload)) + payload + _BETWEEN + signature


def length_of_first(raw: bytes) -> int:
    """How long the first of two messages is that stand one behind the other, as a code and its certificate do; 0 where its payload
    isn't one of 24 to 255 bytes, whose length is one byte (FORMATS.md §2)."""
    at = len(_BEFORE)
    return at + 2 + raw[at + 1] + _LAST if len(raw) > at + 2 and raw[at] == 0x58 else 0


def parse(raw: bytes) -> Parsed:
    """Form only. TOO_LONG, NOT_CANONICAL, TRAILING_BYTES, NOT_A_MESSAGE, UNKNOWN_KIND,
    BAD_FIELD (with `field`), SMALL_ORDER_KEY."""
    _check_length(raw, kinds.MAX_BYTES)
    payload = _payload_of(raw)
    kind, body = kinds.read(canon.decode(payload))
    _check_length(raw, kind.max_bytes)
    return Parsed(kind.number, body, payload, raw[-64:], raw)


def verify(
    parsed: Parsed, key32: bytes, chain_id: bytes, others: Iterable[bytes] = (), may_ask: Callable[[], bool] | None = None,
) -> Signed:
    """The message as signed by `key32` for `chain_id`. MALLEATED_SIGNATURE, WRONG_PURPOSE,
    OTHER_CHAIN (it was signed for one of `others`) or BAD_SIGNATURE; SMALL_ORDER_KEY or
    BAD_FIELD where the key itself is wrong. The key's owner and dates are the caller's to judge.
    may_ask(): whether a signature that doesn't hold is looked into, which costs one more check for each
    kind; if not it is BAD_SIGNATURE and no more. Always, when left out."""
    kind, body, payload, signature, raw = parsed
    aad, before = _purpose(kind, chain_id)
    # S < L makes the signature the only one of its kind; nearly every S is below 2^252 < L
    if signature[63] >= 0x10 and int.from_bytes(signature[32:], "little") >= _ORDER:
        raise Refusal("MALLEATED_SIGNATURE")
    if not _holds(signature, before + raw[len(_BEFORE):-_LAST], key32):
        if may_ask is not None and not may_ask():
            raise Refusal("BAD_SIGNATURE")
        raise _why_not(parsed, key32, chain_id, others)
    return Signed(body, sha256(aad + payload).digest(), key32, raw)


def message_id(kind: int, payload: bytes, chain_id: bytes) -> bytes:
    """SHA-256 (32) over purpose, chain id and payload: the same for every signature."""
    return sha256(_purpose(kind, chain_id)[0] + payload).digest()


def to_sign(kind: int, payload: bytes, chain_id: bytes) -> bytes:
    """The Sig_structure of RFC 9052 §4.4: what the key signs."""
    return _purpose(kind, chain_id)[1] + _bytes_head(len(payload)) + payload


@lru_cache(maxsize=256)
def _purpose(kind: int, chain_id: bytes) -> tuple[bytes, bytes]:
    """external_aad, and the Sig_structure up to the payload."""
    assert len(chain_id) == 32
    aad = kinds.BY_NUMBER[kind].label + b"\0" + chain_id
    return aad, _SIGNATURE1 + _bytes_head(len(aad)) + aad


def _bytes_head(length: int) -> bytes:
    """The head of a byte string (RFC 8949 §3), shortest form."""
    if length < 24:
        return bytes((0x40 | length,))
    return bytes((0x58, length)) if length < 256 else b"\x59" + length.to_bytes(2)


def _payload_of(raw: bytes) -> bytes:
    """The payload inside a well-formed frame, found by writing the frame again."""
    if raw[:len(_BEFORE)] != _BEFORE:
        raise Refusal("NOT_A_MESSAGE")
    length, start = canon.read_length(raw, len(_BEFORE))
    end = start + length
    whole = end + _LAST
    if len(raw) < whole or raw[end:end + len(_BETWEEN)] != _BETWEEN:
        raise Refusal("NOT_A_MESSAGE")
    if start != len(_BEFORE) + len(_bytes_head(length)):
        raise Refusal("NOT_CANONICAL")
    if len(raw) > whole:
        raise Refusal("TRAILING_BYTES")
    return raw[start:end]


def _check_length(raw: bytes, longest: int) -> None:
    if len(raw) > longest:
        raise Refusal("TOO_LONG", length=len(raw), longest=longest)


def _holds(signature: bytes, data: bytes, key32: bytes) -> bool:
    try:
        bindings.crypto_sign_open(signature + data, key32)
    except exceptions.BadSignatureError:
        return False
    return True


def _why_not(parsed: Parsed, key32: bytes, chain_id: bytes, others: Iterable[bytes]) -> Refusal:
    """Which promise was broken: tells a lost tool or a test system from a forger."""
    keys.check_public(key32)

    def signed_as(kind: int, chain: bytes) -> bool:
        return _holds(parsed.signature, to_sign(kind, parsed.payload, chain), key32)

    if any(signed_as(kind.number, chain_id) for kind in kinds.IMPLEMENTED if kind.number != parsed.kind):
        return Refusal("WRONG_PURPOSE")
    if any(signed_as(parsed.kind, chain) for chain in others):
        return Refusal("OTHER_CHAIN")
    return Refusal("BAD_SIGNATURE")
