"""Reads one uploaded file in a process of its own, with little memory and time: what is packed in a spreadsheet may
unfold to anything. Its rows go to stdout as JSON, one a line; the first line says how many, or why none.
"""

import csv
import io
import json
import re
import resource
import sys
from collections.abc import Iterator

from app.errors import Refusal
from app.people import workbook
from app.people.shapes import even, holds_resident_number
from app.people.workbook import CELLS, COLUMNS, ROWS, Cell

MEMORY_BYTES, CPU_S = 256 * 2**20, 8
RECORD_CHARACTERS = 64 * 2**10      # of one line of the table, however many lines of text its quotes hold
CELL_CHARACTERS = 200               # no name, number or amount is longer
TEXT_CHARACTERS = 12 * 2**20        # of all cells: a hundred and twenty a row of the longest list
HEADER_WITHIN = 20                  # rows
ENCODINGS = ("utf-8-sig", "cp949")

PACKED = (b"PK", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")       # zip, and Microsoft's older container
_PAGE = re.compile(rb"\s*<(!doctype|!--|\?xml|html|head|body|meta|style|script|table|svg)", re.IGNORECASE)
_OTHER = (b"%PDF", b"{\\rtf", b"\x89PNG", b"\xff\xd8\xff", b"\x1f\x8b", b"7z\xbc\xaf", b"Rar!", b"\xff\xfe", b"\xfe\xff")
_NUMBER_HEADER = re.compile(r"주민(등록)?번호(?!앞)")
_DIGITS = re.compile(r"\d")


def rows(raw: bytes) -> list[list[Cell]]:
    """The rows of a CSV file or workbook, by what it holds and not by its name. A blank row is an empty list, so that
    rows keep their number.

    Raises FILE_KIND, FILE_OLD (.xls), FILE_LOCKED, FILE_SHEETS, FILE_SWELLS, FILE_WIDE, ROWS_TOO_MANY, UNREADABLE, and
    ROW_RESIDENT_NUMBER (fact `row`) for the whole file.
    """
    if raw.startswith(PACKED[0]):
        return list(_guarded(workbook.rows(raw)))
    _refuse_other_kinds(raw)
    return list(_guarded(_text_rows(raw)))


def _refuse_other_kinds(raw: bytes) -> None:
    if raw.startswith(PACKED[1]):
        if "EncryptedPackage".encode("utf-16-le") in raw:
            raise Refusal("FILE_LOCKED")
        raise Refusal("FILE_OLD" if any(name.encode("utf-16-le") in raw for name in ("Workbook", "Book")) else "FILE_KIND")
    if raw.startswith(_OTHER) or _PAGE.match(raw.removeprefix(b"\xef\xbb\xbf")) or b"\0" in raw[:1024]:
        raise Refusal("FILE_KIND")


def _guarded(rows: Iterator[list[Cell]]) -> Iterator[list[Cell]]:
    """The same rows, cut to what a table may hold; nothing shaped like a resident number passes."""
    watched: set[int] = set()           # columns whose header announces resident numbers
    cells = characters = 0
    for number, row in enumerate(rows, 1):
        if number > ROWS:
            raise Refusal("ROWS_TOO_MANY", most=100_000)
        _refuse_numbers(row, number, watched)
        if number <= HEADER_WITHIN:
            watched.update(at for at, cell in enumerate(row) if _NUMBER_HEADER.search("".join(even(_text(cell)).split())))
        for at, cell in enumerate(row):
            if len(cell) > CELL_CHARACTERS:
                row[at] = cell[:CELL_CHARACTERS]
        cells += len(row)
        characters += sum(map(len, row))
        if cells > CELLS or characters > TEXT_CHARACTERS:
            raise Refusal("FILE_SWELLS")
        yield row


def _refuse_numbers(row: list[Cell], number: int, watched: set[int]) -> None:
    for cell in row:
        text = cell if type(cell) is str else _text(cell)
        if len(text) > 12 and holds_resident_number(" ".join(text.split())):
            raise Refusal("ROW_RESIDENT_NUMBER", row=number)
    for at in watched:
        if at < len(row) and len(_DIGITS.findall(even(_text(row[at])))) >= 6:
            raise Refusal("ROW_RESIDENT_NUMBER", row=number)


def _text(cell: Cell) -> str:
    return cell if isinstance(cell, str) else cell[1]


# --- text ----------------------------------------------------------------------------------

def _text_rows(raw: bytes) -> Iterator[list[Cell]]:
    record = _Record(_decoded(raw))
    reader = csv.reader(record, strict=True)
    try:
        for row in reader:
            record.left = RECORD_CHARACTERS
            if len(row) > COLUMNS:
                if any(cell.strip() for cell in row[COLUMNS:]):
                    raise Refusal("FILE_WIDE", most=COLUMNS)
                del row[COLUMNS:]
            yield row
    except csv.Error:
        raise Refusal("UNREADABLE") from None


class _Record:
    """The lines of a text; a quote that nothing closes would swallow the whole file as one cell."""

    def __init__(self, text: str):
        self.lines, self.left = io.StringIO(text, newline=""), RECORD_CHARACTERS

    def __iter__(self) -> Iterator[str]:
        for line in self.lines:
            self.left -= len(line)
            if self.left < 0:
                raise Refusal("FILE_WIDE", most=COLUMNS)
            yield line


def _decoded(raw: bytes) -> str:
    for encoding in ENCODINGS:
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Refusal("UNREADABLE")


# --- the process ---------------------------------------------------------------------------

def main() -> None:
    """stdin: the file. stdout: {"rows": n} and the rows, or {"refused": word, "facts": {…}}. Ends with 0 either way."""
    for what, most in ((resource.RLIMIT_AS, MEMORY_BYTES), (resource.RLIMIT_CPU, CPU_S), (resource.RLIMIT_CORE, 0)):
        try:
            resource.setrlimit(what, (most, most))
        except (ValueError, OSError):
            pass        # macOS sets none on memory: the caps above must do there
    try:
        found = rows(sys.stdin.buffer.read())
    except Refusal as refusal:
        print(json.dumps({"refused": refusal.word, "facts": refusal.facts}))
        return
    except MemoryError:
        print(json.dumps({"refused": "FILE_SWELLS", "facts": {}}))
        return
    out = sys.stdout
    out.write(json.dumps({"rows": len(found)}) + "\n")
    for row in found:
        out.write(json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
