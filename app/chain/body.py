"""The bytes of what an entry commits to: deterministic CBOR (RFC 8949 §4.2.1) of unsigned
integers, byte strings and arrays, nothing else.

Reading is lenient only here: whoever reads a body builds it again and compares all bytes.
"""

from io import BytesIO

import cbor2

# Integers take their shortest form and lengths are definite: for these three types that is the
# deterministic form. (A negative number occurs only in what a state root hashes.)
encode = cbor2.dumps

_TYPES = {"u": int, "b": bytes, "a": list}


class Malformed(ValueError):
    """The log holds what it can't hold; the text says what is wrong."""


def decode(data: bytes) -> list:
    """Malformed if `data` is anything but one CBOR array without a byte left over."""
    stream = BytesIO(data)
    try:
        found = cbor2.load(stream)
    except (cbor2.CBORDecodeError, ValueError, ArithmeticError, TypeError, RecursionError, MemoryError) as error:
        raise Malformed(f"not CBOR: {type(error).__name__}") from None
    if type(found) is not list or stream.tell() != len(data):
        raise Malformed("not one CBOR array")
    return found


def expect(fields: list, shape: str) -> list:
    """`fields` if their types are `shape`: u unsigned integer, b bytes, a array; Malformed if not."""
    if len(fields) != len(shape):
        raise Malformed(f"{len(fields)} fields, {len(shape)} expected")
    for place, (field, letter) in enumerate(zip(fields, shape, strict=True)):
        if type(field) is not _TYPES[letter] or (letter == "u" and field < 0):
            raise Malformed(f"field {place} is of the wrong type")
    return fields
