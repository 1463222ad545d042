"""Who has looked the access record of a month through, and what it held then."""

from dataclasses import dataclass

from app.errors import Refusal
from app.people.people import People
from app.people.shapes import one_line, refuse_resident_number

REMARK_CHARACTERS = 300


@dataclass(frozen=True, slots=True)
class Review:
    month: str          # 2026-11
    officer: int
    at_s: int
    lines: int
    digest: bytes       # 32, over the lines that were looked through
    remark: str


def sign(people: People, review: Review) -> None:
    """ALREADY_DONE when the month was signed off before; FIELD_WRONG, RESIDENT_NUMBER by the remark."""
    remark = one_line(review.remark)
    if len(remark) > REMARK_CHARACTERS:
        raise Refusal("FIELD_WRONG", field="remark")
    refuse_resident_number(remark)
    with people.write() as connection:
        if connection.execute("SELECT 1 FROM review WHERE month = ?", (review.month,)).fetchone():
            raise Refusal("ALREADY_DONE")
        connection.execute("INSERT INTO review VALUES (?, ?, ?, ?, ?, ?)",
                           (review.month, review.officer, review.at_s, review.lines, review.digest, remark))


def of(people: People, month: str) -> Review | None:
    row = people.read().execute("SELECT * FROM review WHERE month = ?", (month,)).fetchone()
    return Review(*row) if row else None
