"""The bytes of what an entry commits to: deterministic CBOR of unsigned integers, byte strings and arrays.

The message's own codec does the work; here a body that can't be one is an auditor's finding, not a refusal.
"""

from app.errors import Refusal
from app.message import canon

encode = canon.encode_nested

_TYPES = {"u": int, "b": bytes, "a": list}


class Malformed(ValueError):
    """The log holds what it can't hold; the text says what is wrong."""


def decode(data: bytes) -> list:
    """The fields of one body; Malformed if `data` is not exactly one in its one form."""
    try:
        return canon.decode_nested(data)
    except Refusal as refusal:
        raise Malformed(f"not a body: {refusal.word}") from None


def expect(fields: list, shape: str) -> list:
    """`fields` if their types are `shape`: u unsigned integer, b bytes, a array; Malformed if not."""
    if type(fields) is not list or len(fields) != len(shape):
        raise Malformed(f"{len(shape)} fields were expected")
    for place, (field, letter) in enumerate(zip(fields, shape, strict=True)):
        if type(field) is not _TYPES[letter]:
            raise Malformed(f"field {place} is of the wrong type")
    return fields
