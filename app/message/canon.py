"""Deterministic CBOR (RFC 8949 §4.2.1) of the few shapes that HAGC signs and hashes.

A decoded thing is written again by cbor2 and must give the same bytes: one meaning, one
encoding. Reading is done here and not by cbor2, which would build dates, regular expressions
and mail from a stranger's tags: this reader admits unsigned integers, byte strings and
arrays, and nothing else exists for it.
"""

import cbor2

from app.errors import Refusal

LONGEST_MESSAGE = 4096
LONGEST_BODY = 1 << 20
DEEPEST = 4             # [[lot, amount], ...] inside a half: 3, and one to spare

_UINT, _BYTES, _ARRAY = 0, 2, 4


def encode(fields: list) -> bytes:
    """A flat array of uint (< 2^64) and bytes, as every payload of a message is."""
    assert all(type(item) is bytes or _is_uint(item) for item in fields), fields
    return cbor2.dumps(fields)


def decode(raw: bytes) -> list:
    """The items of a flat array. TOO_LONG, NOT_CANONICAL, TRAILING_BYTES or NOT_A_MESSAGE."""
    return _decode(raw, LONGEST_MESSAGE, 1)


def encode_nested(body: list) -> bytes:
    """An array that may hold arrays, as the log's own bodies do."""
    assert type(body) is list and _is_plain(body, 1), body
    return cbor2.dumps(body)


def decode_nested(raw: bytes, longest: int = LONGEST_BODY) -> list:
    """The items of an array that may hold arrays, DEEPEST levels in all; refuses as `decode`."""
    return _decode(raw, longest, DEEPEST)


def read_length(raw: bytes, at: int) -> tuple[int, int]:
    """Length of the byte string whose head stands at `at`, and where its bytes begin."""
    try:
        major, length, start = _read_head(raw, at)
    except IndexError:
        raise Refusal("NOT_A_MESSAGE") from None
    if major != _BYTES:
        raise Refusal("NOT_A_MESSAGE")
    return length, start


def _decode(raw: bytes, longest: int, levels: int) -> list:
    if len(raw) > longest:
        raise Refusal("TOO_LONG", length=len(raw), longest=longest)
    try:
        items, end = _read_array(raw, 0, levels)
    except IndexError:
        raise Refusal("NOT_A_MESSAGE") from None
    again = cbor2.dumps(items)
    if again == raw:
        return items
    raise Refusal("TRAILING_BYTES" if raw.startswith(again) else "NOT_CANONICAL")


def _read_array(raw: bytes, at: int, levels: int) -> tuple[list, int]:
    """Items and where they end. An IndexError says that the bytes stop too early."""
    major, count, at = _read_head(raw, at)
    if major != _ARRAY or not levels:
        raise Refusal("NOT_A_MESSAGE")
    items = []
    for _ in range(count):
        major, value, after = _read_head(raw, at)
        if major == _UINT:
            at = after
        elif major == _BYTES:
            at = after + value
            value = raw[after:at]
            if at > len(raw):
                raise IndexError
        else:
            value, at = _read_array(raw, at, levels - 1)
        items.append(value)
    return items, at


def _read_head(raw: bytes, at: int) -> tuple[int, int, int]:
    """Major type, argument and where it ends (RFC 8949 §3), of any width: writing it again
    tells whether it was the shortest."""
    first = raw[at]
    low = first & 31
    if low < 24:
        return first >> 5, low, at + 1
    if low < 28:
        end = at + 1 + (1 << low - 24)
        if end > len(raw):
            raise IndexError
        return first >> 5, int.from_bytes(raw[at + 1:end]), end
    raise Refusal("NOT_CANONICAL" if low == 31 and first >> 5 in (_BYTES, _ARRAY) else "NOT_A_MESSAGE")


def _is_uint(item: object) -> bool:
    return type(item) is int and 0 <= item < 1 << 64


def _is_plain(items: list | tuple, level: int) -> bool:
    """Called for every half of every payment: hence one loop and no call for a plain item."""
    for item in items:
        kind = type(item)
        if kind is int:
            if not 0 <= item < 1 << 64:
                return False
        elif kind is list or kind is tuple:
            if level >= DEEPEST or not _is_plain(item, level + 1):
                return False
        elif kind is not bytes:
            return False
    return True
