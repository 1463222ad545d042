"""A till's request as an EMV merchant-presented QR text, for programs and displays that know only that form.

EMVCo, QR Code Specification for Payment Systems, Merchant-Presented Mode 1.1: tag (2 digits), length (2 digits, in
characters), value. The request's digits stand under templates 26 to 29, whole and signed; all else is for the eye.
"""

from dataclasses import dataclass

from app.errors import Refusal
from app.message import qr

# ISO/IEC 7816-5: an application identifier that begins with F is nobody's registered one. F0 and "HAGC" in ASCII.
GUID = "F048414743"
FIRST_TEMPLATE, LAST_TEMPLATE = 26, 51
PART = 99 - 4 - len(GUID) - 4       # digits that one template holds beside its identifier
LONGEST = 512                       # characters, §4.2
NAME, CITY, REFERENCE, AMOUNT = 25, 15, 25, 13
WON, KOREA = "410", "KR"


@dataclass(frozen=True, slots=True)
class Merchant:
    name: str       # of the shop, in any script
    shop: int
    city: str       # in Latin letters


def to_emv(raw: bytes, merchant: Merchant, amount_won: int, reference: str = "") -> str:
    """The text of a request. TOO_LONG where an amount has more than 13 digits. The Korean name and the reference are
    left out where they don't fit: the request itself holds the reference."""
    if len(str(amount_won)) > AMOUNT:
        raise Refusal("TOO_LONG", length=len(str(amount_won)), longest=AMOUNT)
    digits = qr.to_digits(raw)
    parts = [digits[at:at + PART] for at in range(0, len(digits), PART)]
    plain = _ascii(merchant.name)[:NAME].strip() or f"SHOP {merchant.shop}"
    text = "".join((
        _tag(0, "01"), _tag(1, "12"),
        *(_tag(FIRST_TEMPLATE + at, _tag(0, GUID) + _tag(1, part)) for at, part in enumerate(parts)),
        _tag(52, "0000"), _tag(53, WON), _tag(54, str(amount_won)), _tag(58, KOREA), _tag(59, plain),
        _tag(60, _ascii(merchant.city)[:CITY].strip() or KOREA),
    ))
    for more in (_tag(62, _tag(5, reference[:REFERENCE])) if reference else "", _in_korean(merchant.name)):
        if len((text + more).encode()) + 8 <= LONGEST:
            text += more
    text += "6304"
    return text + f"{crc(text.encode()):04X}"


def from_emv(text: str) -> bytes:
    """The request in such a text. UNREADABLE for any other."""
    if len(text) > LONGEST or f"{crc(text[:-4].encode('utf-8', 'replace')):04X}" != text[-4:]:
        raise Refusal("UNREADABLE")
    digits = ""
    for tag, value in _tags(text[:-4] + "0000"):
        if FIRST_TEMPLATE <= tag <= LAST_TEMPLATE:
            inner = dict(_tags(value))
            digits += inner.get(1, "") if inner.get(0) == GUID else ""
    return qr.from_digits(digits)


def crc(data: bytes) -> int:
    """CRC-16 with polynomial 0x1021 from 0xFFFF (ISO/IEC 13239, as §4.7.3 has it)."""
    value = 0xFFFF
    for byte in data:
        value ^= byte << 8
        for _ in range(8):
            value = (value << 1 ^ 0x1021 if value & 0x8000 else value << 1) & 0xFFFF
    return value


def _tags(text: str) -> list[tuple[int, str]]:
    found, at = [], 0
    while at < len(text):
        head = text[at:at + 4]
        if len(head) != 4 or not (head.isascii() and head.isdigit()):
            raise Refusal("UNREADABLE")
        value = text[at + 4:at + 4 + int(head[2:])]
        if len(value) != int(head[2:]):
            raise Refusal("UNREADABLE")
        found.append((int(head[:2]), value))
        at += 4 + len(value)
    return found


def _tag(number: int, value: str) -> str:
    return f"{number:02}{len(value):02}{value}"


def _ascii(text: str) -> str:
    return "".join(letter for letter in text.upper() if letter.isascii() and letter.isprintable()).strip()


def _in_korean(name: str) -> str:
    """Template 64: the name as it is written."""
    return "" if name.isascii() else _tag(64, _tag(0, "ko") + _tag(1, name[:NAME]))
