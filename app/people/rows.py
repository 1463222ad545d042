"""Judges the rows of an uploaded list: who gets how much, and which rows can't be paid and why."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from app.people.columns import Columns, text_of, width_of
from app.people.shapes import even, masked_birth_date, masked_name, one_line
from app.people.workbook import DATE, FORMULA, MERGED, Cell

WON_END = 2**53
CELL_CHARACTERS = 60  # of a refused cell, kept to be shown

EMPTY, COLUMNS, FORMULA_CELL, MERGED_CELL = "ROW_EMPTY", "ROW_COLUMNS", "ROW_FORMULA", "ROW_MERGED"
UNKNOWN_PERSON, BIRTH_DATE, SAME_NAME, TWICE = "ROW_UNKNOWN_PERSON", "ROW_BIRTH_DATE", "ROW_SAME_NAME", "ROW_TWICE"
AMOUNT_WRONG, COMMAS, NEGATIVE = "ROW_AMOUNT_WRONG", "ROW_AMOUNT_COMMAS", "ROW_AMOUNT_NEGATIVE"
DECIMALS, AMOUNT_DATE = "ROW_AMOUNT_DECIMALS", "ROW_AMOUNT_DATE"

# How an amount was read that was not plain digits, shown to both officers; and that its person has no wallet yet.
NOTES = WIDE, SEPARATED, UNIT = "wide", "commas", "unit"
WAITS = "waits"

_PLAIN, _SEPARATED = re.compile(r"[1-9][0-9]{0,15}"), re.compile(r"[1-9][0-9]{0,2}(,[0-9]{3})+")
_NEGATIVE = re.compile(r"[-−△▲]\s*[0-9][0-9,.]*|\([0-9][0-9,.]*\)")
_DECIMAL, _DATE = re.compile(r"[0-9][0-9,]*\.[0-9]+"), re.compile(r"[0-9]{2,4}([-./])[0-9]{1,2}\1[0-9]{1,2}\.?")
_BORN = (
    re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})"),
    re.compile(r"([0-9]{4})\s?[-./]\s?([0-9]{1,2})\s?[-./]\s?([0-9]{1,2})\s?\.?"),
    re.compile(r"([0-9]{4})\s?년\s?([0-9]{1,2})\s?월\s?([0-9]{1,2})\s?일"),
)
_ODD = {FORMULA: FORMULA_CELL, MERGED: MERGED_CELL}


@dataclass(frozen=True, slots=True, repr=False)
class JudgedRow:
    """One row of the file. No repr: its cells may hold anything that was in it."""

    row: int  # as the spreadsheet counts, from 1, the header with it
    person_cell: str  # a name is masked, and what is no known reference; empty when nothing may be kept
    amount_cell: str  # what is no figure is masked
    person: bytes | None  # 16
    amount_won: int | None
    reason: str  # "" or a ROW_ word of app.errors
    note: str = ""  # of NOTES, or WAITS, with blanks between


@dataclass(frozen=True, slots=True)
class Known:
    """What the judge asks, for many rows at once."""

    by_reference: Callable[[Iterable[str]], Mapping[str, bytes]]
    born_on: Callable[[Iterable[str]], Mapping[tuple[str, str], list[bytes]]]  # (name as `joined`, birth date) → tokens
    listed: Callable[[Iterable[bytes]], set[bytes]]  # who stands in this list already
    expect: Callable[[list[bytes]], None]  # who will be asked about now
    is_linked: Callable[[bytes], bool]
    why_back: Callable[[bytes, int], str]  # why the ledger would not pay somebody so much: a ROW_ word, or ""


@dataclass(slots=True, repr=False)
class _Who:
    """How a row names its person."""

    shown: str
    reference: str = ""
    born: tuple[str, str] = ("", "")
    reason: str = ""


def judge(rows: list[tuple[int, list[Cell]]], columns: Columns, known: Known) -> list[JudgedRow]:
    """These numbered rows of a file; blank ones are passed over.

    The first reason in this order holds: columns, who (empty, formula, merged, birth date, unknown, same name), twice,
    how much, what the ledger would say. 1,000 and full-width digits are read, with a note; a comma elsewhere is refused
    rather than guessed at.
    """
    filled = [(number, cells) for number, cells in rows if any(map(text_of, cells))]
    named = [_who(cells, columns) for _, cells in filled]
    tokens = known.by_reference([who.reference for who in named if who.reference])
    born = known.born_on({who.born[1] for who in named if who.born[1]})
    candidates = _candidates(tokens, born)
    seen = known.listed(candidates)
    known.expect(candidates)
    judged = []
    for (number, cells), who in zip(filled, named, strict=True):
        found = [tokens[who.reference]] if who.reference in tokens else born.get(who.born, [])
        judged.append(_judge_row(number, cells, columns, (who, found), (known, seen)))
    return judged


def _candidates(tokens: Mapping[str, bytes], born: Mapping[tuple[str, str], list[bytes]]) -> list[bytes]:
    return [*tokens.values(), *(token for found in born.values() for token in found)]


def _judge_row(number: int, cells: list[Cell], columns: Columns, who: tuple[_Who, list[bytes]],
               facts: tuple[Known, set[bytes]]) -> JudgedRow:
    (named, found), (known, seen) = who, facts
    amount_cell = _at(cells, columns.amount)
    written = amount_cell if isinstance(amount_cell, str) else amount_cell[1]
    amount_won, note, wrong = amount(amount_cell)
    # In a wrong column stand names, birth dates and phone numbers: every officer reads what is kept.
    shown = (_kept(named.shown, bool(found) or not named.reference), _kept(one_line(written), not wrong))
    reason = named.reason or _unfound(found)
    if not reason and width_of(cells) > columns.width:
        reason = COLUMNS
    person = found[0] if len(found) == 1 and not named.reason else None
    if not reason:
        reason = TWICE if person in seen else ""
        seen.add(person)
    reason = reason or wrong or known.why_back(person, amount_won)
    note = "" if reason else note if known.is_linked(person) else f"{note} {WAITS}".strip()
    return JudgedRow(number, *shown, person, None if reason else amount_won, reason, note)


def _kept(text: str, known: bool) -> str:
    text = text[:CELL_CHARACTERS]
    return text if known else masked_name(text)


def _unfound(found: list[bytes]) -> str:
    return UNKNOWN_PERSON if not found else SAME_NAME if len(found) > 1 else ""


def _at(cells: list[Cell], place: int) -> Cell:
    return cells[place] if 0 <= place < len(cells) else ""


# --- who -----------------------------------------------------------------------------------

def _who(cells: list[Cell], columns: Columns) -> _Who:
    if columns.reference >= 0:
        cell = _at(cells, columns.reference)
        text = text_of(cell)
        return _Who(text, text.upper(), reason=_odd(cell, text))
    name, birth = _at(cells, columns.name), _at(cells, columns.birth_date)
    text, born = joined(text_of(name)), birth_date(birth)
    reason = _odd(name, text) or _odd(birth, text_of(birth)) or ("" if born else BIRTH_DATE)
    shown = f"{masked_name(text)} {masked_birth_date(born)}" if born else masked_name(text)
    return _Who(shown, born=(text, born) if not reason else ("", ""), reason=reason)


def _odd(cell: Cell, text: str) -> str:
    if not isinstance(cell, str) and cell[0] in _ODD:
        return _ODD[cell[0]]
    if not text:
        return EMPTY
    return FORMULA_CELL if text.startswith(("=", "'=")) else ""


def joined(name: str) -> str:
    """A name as it is compared: 홍 길동 is 홍길동, and nguyen van a is NGUYEN VAN A."""
    return "".join(even(name).upper().split())


def birth_date(cell: Cell) -> str:
    """YYYY-MM-DD; empty for what is no day, or could be another: 500314 is refused, its century is not said."""
    text = text_of(cell)
    if not isinstance(cell, str) and cell[0] == DATE:
        text = text[:10]
    for pattern in _BORN:
        parts = pattern.fullmatch(text)
        if parts:
            try:
                born = date(*map(int, parts.groups()))
            except ValueError:
                return ""
            return born.isoformat() if born.year >= 1900 else ""
    return ""


# --- how much ------------------------------------------------------------------------------

def amount(cell: Cell) -> tuple[int, str, str]:
    """(won, how it was read, "") or (0, "", why not)."""
    text = text_of(cell)
    if not isinstance(cell, str) and cell[0] == DATE:
        return 0, "", AMOUNT_DATE
    reason = _odd(cell, text)
    if reason:
        return 0, "", reason
    digits = text.removesuffix("원").removeprefix("₩").strip()
    if not (_PLAIN.fullmatch(digits) or _SEPARATED.fullmatch(digits)):
        return 0, "", _wrong(digits)
    won = int(digits.replace(",", ""))
    if won >= WON_END:
        return 0, "", AMOUNT_WRONG
    typed = cell.strip() if isinstance(cell, str) else cell[1].strip()
    notes = ((WIDE, not typed.isascii() and typed != text), (SEPARATED, "," in digits), (UNIT, digits != text))
    return won, " ".join(name for name, holds in notes if holds), ""


def _wrong(text: str) -> str:
    if _NEGATIVE.fullmatch(text):
        return NEGATIVE
    if _DATE.fullmatch(text):
        return AMOUNT_DATE
    if _DECIMAL.fullmatch(text):
        return DECIMALS
    return COMMAS if re.fullmatch(r"[0-9,]*,[0-9,]*", text) else AMOUNT_WRONG
