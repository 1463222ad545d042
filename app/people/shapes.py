"""The shapes of what people type: made even, masked, and searched for what must never be kept."""

import re
import unicodedata

from app.errors import Refusal

# Six digits, seven digits, and what may stand between: the shape, not the checksum, because since 2020 the
# numbers have none. Neither half may continue a longer number.
_RESIDENT_NUMBER = re.compile(r"(?<!\d)\d{6}[\W_]{0,3}\d{7}(?!\d)")


def even(text: str) -> str:
    """Full-width digits and letters made plain (NFKC), what can't be seen dropped, ends stripped."""
    if text.isascii() and text.isprintable():
        return text.strip()  # as nearly every cell of a long file is
    plain = unicodedata.normalize("NFKC", text)
    return "".join(letter for letter in plain if unicodedata.category(letter) not in ("Cc", "Cf", "Cs")).strip()


def one_line(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).split())


def holds_resident_number(text: str) -> bool:
    """Whether something in `text` is shaped like a resident registration number."""
    return bool(_RESIDENT_NUMBER.search(even(text)))


def refuse_resident_number(*texts: str) -> None:
    """Raises RESIDENT_NUMBER, which repeats nothing of the text."""
    if any(holds_resident_number(text) for text in texts):
        raise Refusal("RESIDENT_NUMBER")


def masked_name(name: str) -> str:
    """김*수, 김*, 남**늘: the first letter and, from three, the last."""
    if len(name) < 3:
        return name[:1] + "*" * (len(name) - 1)
    return name[0] + "*" * (len(name) - 2) + name[-1]


def masked_birth_date(birth_date: str) -> str:
    return f"{birth_date[:4]}-**-**"


def masked_phone(phone: str) -> str:
    """010-****-1234; the middle of a number that has one."""
    first, _, rest = phone.partition("-")
    middle, _, last = rest.rpartition("-")
    return f"{first}-{'*' * len(middle)}-{last}" if middle else ""
