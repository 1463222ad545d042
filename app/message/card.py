"""The number of a paper card, as it stands in its QR: HTTPS://HOST/C#<16 digits>. It is no message and no secret: it signs nothing.

A 9, fourteen digits at random, and a check digit (ISO/IEC 7812-1, annex B), so that a digit that was misread, or two that changed
places, are no card. static/js/lib/cardnumber.js reads the same.
"""

import re
import secrets
from collections.abc import Iterable

from app.errors import Refusal

DIGITS = 16
_TEXT = re.compile(r"(?:(.*)#)?\s*([0-9][0-9 -]{14,22}[0-9])\s*", re.DOTALL)
_SKIN = re.compile(r"\s*[A-Z][A-Z0-9+.-]*://([^/?#\s]*)(/[^#]*)", re.IGNORECASE | re.ASCII)


def new_number() -> str:
    drawn = f"9{secrets.randbelow(10 ** (DIGITS - 2)):0{DIGITS - 2}}"
    return drawn + str(-_sum(drawn + "0") % 10)


def is_number(text: str) -> bool:
    return len(text) == DIGITS and text.isascii() and text.isdigit() and _sum(text) % 10 == 0


def _sum(digits: str) -> int:
    """Luhn's: from the right every second digit doubled, its own digits added.

    >>> _sum("4539578763621486") % 10
    0
    """
    doubled = (int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(digits)))
    return sum(each // 10 + each % 10 for each in doubled)


def to_text(number: str, host: str) -> str:
    """What the card's QR holds; `host` with its port if it has one."""
    return f"HTTPS://{host.upper()}/C#{number}"


def in_text(text: str, hosts: Iterable[str]) -> str:
    """The number in a scanned or typed text, also where a keyboard garbled the address; empty when it is no card's.
    OTHER_HOST (an address that is none of `hosts`)."""
    found = _TEXT.fullmatch(text)
    number = re.sub("[ -]", "", found[2]) if found else ""
    if not is_number(number):
        return ""
    address = _SKIN.fullmatch(found[1] or "")
    if address and address[2].upper() != "/C":
        return ""
    if address and address[1].upper() not in {each.upper() for each in hosts}:
        raise Refusal("OTHER_HOST", host=address[1][:64])
    return number
