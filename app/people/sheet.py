"""CSV files from and for the office's spreadsheets: Korean Excel writes utf-8 with a mark, or cp949, and runs
every cell that begins like a formula."""

import csv
import io

from app.errors import Refusal

FILE_BYTES = 16 * 2**20
ROWS = 200_000
ENCODINGS = ("utf-8-sig", "cp949")
_FORMULA = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")  # and their full-width twins


def read(raw: bytes, most: int = ROWS) -> list[list[str]]:
    """The rows of a CSV file, each a list of its cells; a blank line is an empty list, so that rows keep their number.

    Raises TOO_LARGE, UNREADABLE (neither utf-8 nor cp949, or no CSV), ROWS_TOO_MANY.
    """
    if len(raw) > FILE_BYTES:
        raise Refusal("TOO_LARGE", most_bytes=FILE_BYTES)
    rows = []
    try:
        for row in csv.reader(io.StringIO(_text(raw), newline="")):
            if len(rows) > most:  # one more: the header
                raise Refusal("ROWS_TOO_MANY", most=most)
            rows.append(row)
    except csv.Error:
        raise Refusal("UNREADABLE") from None
    return rows


def _text(raw: bytes) -> str:
    for encoding in ENCODINGS:
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Refusal("UNREADABLE")


def write(header: list[str], rows: list[list[str | int]]) -> bytes:
    """A CSV file that Excel opens with its Korean, and in which no cell is a formula."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerows([[neutral(cell) for cell in row] for row in (header, *rows)])
    return out.getvalue().encode("utf-8-sig", "replace")


def neutral(cell: str | int | None) -> str | int:
    """Text that a spreadsheet would run gets an apostrophe before it; numbers stay numbers."""
    if cell is None or isinstance(cell, int):
        return "" if cell is None else cell
    # What Excel strips before it looks: spaces, tabs, line ends.
    return f"'{cell}" if cell.lstrip().startswith(_FORMULA) or cell.startswith(("\t", "\r", "\n")) else cell
