"""What officers type into forms, made into numbers and times. Refuses FIELD_MISSING and FIELD_WRONG by the field's name."""

from datetime import date, datetime, time, timedelta, tzinfo

from flask import request

from app.errors import Refusal
from app.people.shapes import even, refuse_resident_number

WON_END = 2**53


def text(name: str, most_bytes: int = 4096, optional: bool = False) -> str:
    """One line, at most so many bytes of UTF-8. Never with a resident number in it."""
    typed = " ".join(even(request.form.get(name, "")).split())
    if not typed and not optional:
        raise Refusal("FIELD_MISSING", field=name)
    if len(typed.encode()) > most_bytes:
        raise Refusal("FIELD_WRONG", field=name)
    refuse_resident_number(typed)
    return typed


def whole(name: str, allowed: object = None) -> int:
    """A whole number, one of `allowed` if that is given."""
    typed = even(request.form.get(name, ""))
    if not typed:
        raise Refusal("FIELD_MISSING", field=name)
    if not (typed.isascii() and typed.isdecimal() and len(typed) <= 16) or (allowed is not None and int(typed) not in allowed):
        raise Refusal("FIELD_WRONG", field=name)
    return int(typed)


def won(name: str) -> int:
    """An amount as people write it: 5,000,000 or 5000000원."""
    typed = even(request.form.get(name, "")).removesuffix("원").replace(",", "").replace(" ", "")
    if not typed:
        raise Refusal("FIELD_MISSING", field=name)
    if not (typed.isascii() and typed.isdecimal() and len(typed) <= 16 and 0 < int(typed) < WON_END):
        raise Refusal("FIELD_WRONG", field=name)
    return int(typed)


def day_s(name: str, zone: tzinfo, end: bool = False) -> int:
    """When a day begins on the city's clocks, or when it is over."""
    typed = even(request.form.get(name, ""))
    if not typed:
        raise Refusal("FIELD_MISSING", field=name)
    try:
        found = date.fromisoformat(typed) + timedelta(days=1 if end else 0)
        return int(datetime.combine(found, time(), zone).timestamp())
    except (ValueError, OverflowError):
        raise Refusal("FIELD_WRONG", field=name) from None


def moment_s(name: str, zone: tzinfo) -> int:
    """A date and time on the city's clocks, as a browser's field for them gives it."""
    try:
        return int(datetime.fromisoformat(even(request.form.get(name, ""))).replace(tzinfo=zone).timestamp())
    except (ValueError, OverflowError):
        raise Refusal("FIELD_WRONG", field=name) from None


def as_moment(at_s: int, zone: tzinfo) -> str:
    """What a field for date and time shows."""
    return datetime.fromtimestamp(at_s, zone).strftime("%Y-%m-%dT%H:%M")


def as_day(at_s: int, zone: tzinfo, end: bool = False) -> str:
    """What a date field shows for a moment; with `end`, the last day before it."""
    return datetime.fromtimestamp(at_s - (1 if end else 0), zone).date().isoformat()


def octets(name: str, length: int) -> bytes:
    """Hexadecimal digits of so many bytes, blanks allowed."""
    try:
        found = bytes.fromhex(even(request.form.get(name, "")))
    except ValueError:
        found = b""
    if len(found) != length:
        raise Refusal("FIELD_WRONG", field=name)
    return found


def from_hex(value: str, length: int) -> bytes:
    """An id in the address. NOT_FOUND when it is none."""
    try:
        found = bytes.fromhex(value)
    except ValueError:
        found = b""
    if len(found) != length:
        raise Refusal("NOT_FOUND")
    return found
