"""The rows of an XLSX workbook. Before anything is parsed, every part is unfolded once in small portions and counted:
a workbook of 1 MB may hold gigabytes.
"""

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from datetime import date, datetime
from xml.parsers import expat

from app.errors import Refusal

ROWS, COLUMNS, CELLS = 100_100, 100, 1_200_000      # some rows more than a list may pay: titles and the header
PARTS, SHEETS = 500, 20
INFLATED_BYTES, RATIO, RATIO_FROM_BYTES = 160 * 2**20, 200, 8 * 2**20
PORTION = 2**16

# A cell is its text; one that must not be taken for what it shows is (kind, text).
FORMULA, DATE, MERGED = "formula", "date", "merged"
Cell = str | tuple[str, str]

_SHEET = re.compile(r"xl/worksheets/[^/]+\.xml")
_CONTENT, _FORMULA = re.compile(rb"<(?:\w+:)?(?:v|is)[\s>]"), re.compile(rb"<(?:\w+:)?f[\s/>]")
_REFERENCE = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")
_DECLARES = (b"<!DOCTYPE", b"<!ENTITY", b"<!doctype")
TAIL = 16                       # of a portion, looked at again with the next one


def rows(raw: bytes) -> Iterator[list[Cell]]:
    """From the first row, empty ones too. Raises FILE_KIND, FILE_LOCKED, FILE_SHEETS, FILE_SWELLS, FILE_WIDE,
    ROWS_TOO_MANY, UNREADABLE."""
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as packed:
            marks = _looked_through(packed)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError, expat.ExpatError):
        raise Refusal("UNREADABLE") from None
    yield from _read(raw, marks)


# --- what is packed ------------------------------------------------------------------------

def _looked_through(packed: zipfile.ZipFile) -> dict[tuple[int, int], str]:
    """Refuses what is no honest workbook; gives the formulas of its one sheet by (row, column) from 0."""
    parts = packed.infolist()
    names = {part.filename for part in parts}
    if any(part.flag_bits & 1 for part in parts):
        raise Refusal("FILE_LOCKED")
    if not {"[Content_Types].xml", "xl/workbook.xml"} <= names or len(names) != len(parts) or any(map(_leads_away, names)):
        raise Refusal("FILE_KIND")
    if len(parts) > PARTS:
        raise Refusal("FILE_SWELLS")
    inflated, filled = 0, []
    for part in parts:
        found = _Part(packed, part, INFLATED_BYTES - inflated)
        inflated += found.size
        if _SHEET.fullmatch(part.filename) and found.content:
            filled.append((part, found.formulas))
    if len(filled) > 1:
        raise Refusal("FILE_SHEETS", sheets=len(filled))
    return _formulas(packed, filled[0][0]) if filled and filled[0][1] else {}


def _leads_away(name: str) -> bool:
    return name.startswith(("/", "\\")) or ".." in name or ":" in name or "\\" in name


class _Part:
    """One part of a workbook, unfolded and forgotten: its size, whether it has cells and formulas."""

    def __init__(self, packed: zipfile.ZipFile, part: zipfile.ZipInfo, room: int):
        self.size, self.content, self.formulas, tail = 0, False, False, b""
        cells = 0
        with packed.open(part) as stream:
            while portion := stream.read(PORTION):
                if not self.size and (portion.startswith((b"PK\3\4", b"\xff\xfe", b"\xfe\xff")) or b"\0" in portion[:64] and _is_text(part)):
                    raise Refusal("FILE_KIND")      # a zip inside a zip, or a text that hides from the search below
                self.size += len(portion)
                if self.size > room or self.size > RATIO_FROM_BYTES and self.size > RATIO * max(part.compress_size, 1):
                    raise Refusal("FILE_SWELLS")
                looked = tail + portion
                if any(word in looked for word in _DECLARES) and _is_text(part):
                    raise Refusal("FILE_KIND")
                cells += portion.count(b"<c ") + portion.count(b":c ") + portion.count(b"<si") + portion.count(b"<c>")
                if cells > CELLS:
                    raise Refusal("FILE_SWELLS")
                self.content = self.content or bool(_CONTENT.search(looked))
                self.formulas = self.formulas or bool(_FORMULA.search(looked))
                tail = looked[-TAIL:]


def _is_text(part: zipfile.ZipInfo) -> bool:
    return part.filename.endswith((".xml", ".rels", ".vml"))


def _formulas(packed: zipfile.ZipFile, part: zipfile.ZipInfo) -> dict[tuple[int, int], str]:
    found: dict[tuple[int, int], str] = {}
    at, inside = (-1, -1), False

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal at, inside
        name = name.rpartition(":")[2]
        if name == "c":
            at = _place(attributes.get("r", ""), at)
        elif name == "row":
            number = attributes.get("r", "")
            at = (int(number) - 1 if number.isdecimal() and len(number) < 8 else at[0] + 1, -1)
        elif name == "f":
            inside = True
            found[at] = "="

    def end(name: str) -> None:
        nonlocal inside
        inside = inside and name.rpartition(":")[2] != "f"

    def data(text: str) -> None:
        if inside:
            found[at] += text

    parser = expat.ParserCreate()
    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = start, end, data
    with packed.open(part) as stream:
        while portion := stream.read(PORTION):
            parser.Parse(portion)
        parser.Parse(b"", True)
    return found


def _place(reference: str, before: tuple[int, int]) -> tuple[int, int]:
    """B3 is (2, 1); a cell without a reference stands beside the one before."""
    parts = _REFERENCE.fullmatch(reference)
    if not parts:
        return before[0], before[1] + 1
    column = 0
    for letter in parts[1]:
        column = column * 26 + ord(letter) - 64
    return int(parts[2]) - 1, column - 1


# --- what its cells say --------------------------------------------------------------------

def _read(raw: bytes, formulas: dict[tuple[int, int], str]) -> Iterator[list[Cell]]:
    import python_calamine as calamine      # only where a workbook is read: not in every process of the server

    try:
        book = calamine.load_workbook(io.BytesIO(raw))
        if len(book.sheet_names) > SHEETS:
            raise Refusal("FILE_SHEETS", sheets=len(book.sheet_names))
        sheets = [sheet for number in range(len(book.sheet_names)) if (sheet := book.get_sheet_by_index(number)).end]
    except calamine.PasswordError:
        raise Refusal("FILE_LOCKED") from None
    except (calamine.CalamineError, ValueError, OSError):
        raise Refusal("UNREADABLE") from None
    if len(sheets) > 1:
        raise Refusal("FILE_SHEETS", sheets=len(sheets))
    if sheets:
        yield from _cells(sheets[0], formulas)


def _cells(sheet, formulas: dict[tuple[int, int], str]) -> Iterator[list[Cell]]:
    (_, left), (last, right) = sheet.start, sheet.end
    if last >= ROWS:
        raise Refusal("ROWS_TOO_MANY", most=100_000)
    if right >= COLUMNS:
        raise Refusal("FILE_WIDE", most=COLUMNS)
    marked = {at: (FORMULA, text[:60]) for at, text in formulas.items()} | _merged(sheet, last)
    by_row: dict[int, list[tuple[int, Cell]]] = {}
    for (row, column), cell in marked.items():
        by_row.setdefault(row, []).append((column, cell))
    for number, values in enumerate(sheet.iter_rows()):
        cells: list[Cell] = [""] * left
        cells += [value if type(value) is str else _said(value) for value in values]
        for column, cell in by_row.get(number, ()):
            if column < len(cells):
                cells[column] = cell if cell[1] or cell[0] != MERGED else (MERGED, _text(cells[column]))
        yield cells


def _merged(sheet, last: int) -> dict[tuple[int, int], Cell]:
    """Cells that several rows share: whose they are, nobody can say. A merged title above the table harms nobody."""
    found = {}
    for (top, left), (bottom, right) in sheet.merged_cell_ranges or ():
        if bottom > top:
            for row in range(top, min(bottom, last) + 1):
                found.update({(row, column): (MERGED, "") for column in range(left, min(right, COLUMNS) + 1)})
        if len(found) > CELLS:
            raise Refusal("FILE_SWELLS")
    return found


def _said(value: object) -> Cell:
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, int | float):
        return str(int(value)) if value == value and abs(value) < 2**63 and value == int(value) else repr(value)
    if isinstance(value, datetime):
        return DATE, value.isoformat(" ", "minutes") if (value.hour or value.minute) else value.date().isoformat()
    return (DATE, value.isoformat() if isinstance(value, date) else str(value))


def _text(cell: Cell) -> str:
    return cell if isinstance(cell, str) else cell[1]
