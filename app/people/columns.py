"""Which column of a file is what: guessed from its header, corrected by an officer, and remembered for the next file
with the same header.
"""

import hashlib
import json
import re
import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from app.errors import Refusal
from app.people.people import People
from app.people.shapes import even
from app.people.workbook import Cell

LOOKED_AT = 20      # rows in which a header is looked for: titles stand above it
NONE = -1

REFERENCE_WORDS = {"관리번호", "참조번호", "대상자번호", "수급자번호", "등록번호", "reference", "ref", "person", "officereference"}
# Not sure where another column could be meant.
PERHAPS_REFERENCE = {"번호", "대상자", "주민", "수급자", "id"}
NAME_WORDS = {"성명", "이름", "성함", "대상자명", "대상자성명", "수급자명", "수급자성명", "주민성명", "name", "fullname"}
BIRTH_WORDS = {"생년월일", "생일", "출생일", "birthdate", "dateofbirth", "birthday", "born", "dob"}
AMOUNT_WORDS = {"amount", "won", "amountwon"}
AMOUNT_PARTS = ("금액", "지급액", "지원금", "지급금", "지원액", "수당액")
REPORT_WORDS = {"줄", "사유", "row", "reason"}      # what our own report of refused rows adds
_IGNORED = re.compile(r"\((단위)?:?\s*원\)|[\s*_·:()\[\]]")


@dataclass(frozen=True, slots=True)
class Columns:
    """Places from 0, -1 where there is none. A person is found by reference, or by name and birth date."""

    reference: int = NONE
    name: int = NONE
    birth_date: int = NONE
    amount: int = NONE
    width: int = 0      # of the header; what stands to the right of it is refused

    @property
    def complete(self) -> bool:
        person = self.reference != NONE or NONE not in (self.name, self.birth_date)
        return person and self.amount != NONE and len(set(self.used)) == len(self.used)

    @property
    def used(self) -> list[int]:
        found = (self.reference, self.amount) if self.reference != NONE else (self.name, self.birth_date, self.amount)
        return [place for place in found if place != NONE]

    def to_text(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def from_text(cls, text: str) -> "Columns":
        return cls(**json.loads(text)) if text else cls()


@dataclass(frozen=True, slots=True)
class Shape:
    """How a file is read. `sure`: without asking anybody."""

    header: int         # its row, from 1; 0: there is none
    columns: Columns
    sure: bool


FIRST_TWO = Columns(reference=0, amount=1, width=2)


def shape_of(people: People, rows: Sequence[Sequence[Cell]]) -> Shape:
    """By the first rows: as remembered; else as the header's words say; else, without a header, two columns: person and amount."""
    for number, row in enumerate(rows[:LOOKED_AT], 1):
        found = remembered(people, row)
        if found:
            return Shape(number, found, True)
    for number, row in enumerate(rows[:LOOKED_AT], 1):
        found, sure = guess(row)
        if found.complete:
            return Shape(number, found, sure)
    widths = [width for row in rows[:LOOKED_AT] if (width := width_of(row))]
    header, first = _looks_like_one(rows), next((number for number, row in enumerate(rows[:LOOKED_AT], 1) if width_of(row)), 0)
    if widths and statistics.mode(widths) <= 2 and header != first:
        return Shape(0, FIRST_TWO, True)
    return Shape(header, guess(rows[header - 1])[0] if header else Columns(), False)


def guess(header: Sequence[Cell]) -> tuple[Columns, bool]:
    """The first fitting column for each, and whether no other could have been meant."""
    words = [word_of(cell) for cell in header]
    surely = [at for at, word in enumerate(words) if word in REFERENCE_WORDS]
    perhaps = [at for at, word in enumerate(words) if word in PERHAPS_REFERENCE]
    names = [at for at, word in enumerate(words) if word in NAME_WORDS]
    births = [at for at, word in enumerate(words) if word in BIRTH_WORDS]
    amounts = [at for at, word in enumerate(words)
               if word in AMOUNT_WORDS or any(part in word for part in AMOUNT_PARTS)]
    by_name = bool(names and births)
    references = surely or ([] if by_name else perhaps)
    columns = Columns(_first(references), _first(names), _first(births), _first(amounts), width_of(header))
    one_person = len(references) == 1 or (not references and len(names) == len(births) == 1)
    return columns, one_person and len(amounts) == 1


def _first(places: list[int]) -> int:
    return places[0] if places else NONE


def _looks_like_one(rows: Sequence[Sequence[Cell]]) -> int:
    """The first row of several words without a digit."""
    for number, row in enumerate(rows[:LOOKED_AT], 1):
        texts = [text for cell in row if (text := text_of(cell))]
        if len(texts) > 1 and not any(letter.isdigit() for text in texts for letter in text):
            return number
    return 0


def chosen(columns: Columns) -> Columns:
    """What an officer chose. COLUMNS_MISSING unless it says who and how much, each by a column of its own."""
    if not columns.complete:
        raise Refusal("COLUMNS_MISSING")
    return columns


# --- remembered ----------------------------------------------------------------------------

def signature(header: Sequence[Cell]) -> bytes:
    """The same for headers of the same words, whatever blanks and marks stand in them; 32 bytes, empty without words."""
    words = [word_of(cell) for cell in header if word_of(cell) not in REPORT_WORDS]
    while words and not words[-1]:
        words.pop()
    return hashlib.sha256("\0".join(words).encode()).digest() if any(words) else b""


def remembered(people: People, header: Sequence[Cell]) -> Columns | None:
    row = people.read().execute("SELECT columns FROM file_shape WHERE signature = ?", (signature(header),)).fetchone()
    if not row:
        return None
    found = Columns.from_text(row[0])
    return found if max(found.used) < len(header) else None


def remember(people: People, officer: int, header: Sequence[Cell], columns: Columns) -> None:
    key = signature(header)
    if not key:
        return
    with people.write() as connection:
        connection.execute(
            "INSERT INTO file_shape VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE"
            " SET columns = excluded.columns, officer = excluded.officer, at_s = excluded.at_s",
            (key, columns.to_text(), officer, people.now_s()),
        )


# --- cells ---------------------------------------------------------------------------------

def text_of(cell: Cell) -> str:
    return even(cell if isinstance(cell, str) else cell[1])


def word_of(cell: Cell) -> str:
    return _IGNORED.sub("", text_of(cell).lower())


def width_of(row: Sequence[Cell]) -> int:
    """Without what is empty at the right, and without the columns of our own report."""
    filled = [at for at, cell in enumerate(row) if text_of(cell) and word_of(cell) not in REPORT_WORDS]
    return filled[-1] + 1 if filled else 0
