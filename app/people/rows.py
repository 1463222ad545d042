"""Judges the rows of an uploaded list: who gets how much, and which rows can't be paid and why."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from app.errors import Refusal
from app.people import sheet
from app.people.shapes import even, holds_resident_number

AMOUNT = re.compile(r"[1-9][0-9]{0,15}")
WON_END = 2**53
CELL_CHARACTERS = 60  # of a refused cell, kept to be shown

PERSON_WORDS = {"person", "reference", "대상자", "관리번호", "참조번호", "번호", "주민", "수급자"}
AMOUNT_WORDS = {"amount", "amount_won", "won", "금액", "금액(원)", "지급액", "지급금액", "지급액(원)"}

RESIDENT_NUMBER, COLUMNS = "ROW_RESIDENT_NUMBER", "ROW_COLUMNS"
UNKNOWN_PERSON, TWICE = "ROW_UNKNOWN_PERSON", "ROW_TWICE"
AMOUNT_WRONG, NOT_LINKED = "ROW_AMOUNT_WRONG", "ROW_NOT_LINKED"


@dataclass(frozen=True, slots=True, repr=False)
class JudgedRow:
    """One row of the file. No repr: its cells may hold anything that was in it."""

    row: int  # as the spreadsheet counts, from 1, the header with it
    person_cell: str  # empty when it may not be kept
    amount_cell: str
    person: bytes | None  # 16
    amount_won: int | None
    reason: str  # "" or a ROW_ word of app.errors


@dataclass(frozen=True, slots=True)
class Known:
    """What the judge asks: the token behind an office reference, and whether that person has an account."""

    token_of: Callable[[str], bytes | None]
    is_linked: Callable[[bytes], bool]


def judge(raw: bytes, known: Known) -> list[JudgedRow]:
    """All rows of a CSV file `person,amount`, with or without a header; blank lines are passed over.

    The first reason in this order holds: resident number, columns, unknown person, twice, amount, not linked.
    An amount is plain digits: 1,000 or full-width digits are refused rather than guessed at.
    Raises what `sheet.read` raises, and LIST_EMPTY.
    """
    judged, seen, total_won = [], set(), 0
    for number, cells in _filled(sheet.read(raw)):
        row = _judge_row(number, cells, known, seen)
        if row.reason == "":
            total_won += row.amount_won
            if total_won >= WON_END:
                raise Refusal("ROWS_TOO_MANY", row=number)  # a total that no message can hold
        judged.append(row)
    if not judged:
        raise Refusal("LIST_EMPTY")
    return judged


def _filled(rows: list[list[str]]) -> list[tuple[int, list[str]]]:
    """Numbered rows without blank ones and without the header; empty columns at the right, as Excel adds, are cut."""
    filled = []
    for number, cells in enumerate(rows, 1):
        while len(cells) > 2 and not cells[-1].strip():
            cells = cells[:-1]
        if any(cell.strip() for cell in cells):
            filled.append((number, cells))
    return filled[1:] if filled and _is_header(filled[0][1]) else filled


def _is_header(cells: list[str]) -> bool:
    """Only by known words: a first row that is merely wrong must be shown, not passed over."""
    words = ["".join(even(cell).lower().split()) for cell in cells]
    return len(words) == 2 and words[0] in PERSON_WORDS and words[1] in AMOUNT_WORDS


def _judge_row(number: int, cells: list[str], known: Known, seen: set[bytes]) -> JudgedRow:
    if any(holds_resident_number(cell) for cell in cells):
        return JudgedRow(number, "", "", None, None, RESIDENT_NUMBER)
    if len(cells) != 2:
        return JudgedRow(number, "", "", None, None, COLUMNS)
    person_cell, amount_cell = (cell.strip() for cell in cells)
    person = known.token_of(even(person_cell).upper())
    amount_won = int(amount_cell) if AMOUNT.fullmatch(amount_cell) else 0
    reason = _reason(person, amount_won, known, seen)
    if reason == "":
        return JudgedRow(number, person_cell, amount_cell, person, amount_won, "")
    shown = (person_cell[:CELL_CHARACTERS], amount_cell[:CELL_CHARACTERS])
    return JudgedRow(number, *shown, person, None, reason)


def _reason(person: bytes | None, amount_won: int, known: Known, seen: set[bytes]) -> str:
    if person is None:
        return UNKNOWN_PERSON
    if person in seen:
        return TWICE
    seen.add(person)
    if not 0 < amount_won < WON_END:
        return AMOUNT_WRONG
    return "" if known.is_linked(person) else NOT_LINKED
