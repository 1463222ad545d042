"""Tables as files for the office's spreadsheet, CSV and XLSX, in which no cell is a formula."""

import io
import re
from collections.abc import Sequence

from flask import Response, request

from app.errors import Refusal
from app.people import sheet
from app.web.console.frame import file

CSV = "text/csv; charset=utf-8"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MOST_ROWS = 20_000      # of one file: a workbook of so many takes Python two seconds, which payments want too
WIDEST = 60             # characters of a column
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")       # in XML

Cells = Sequence[str | int | None]


def wanted() -> str:
    """csv, xlsx, or empty: what the address asks for."""
    return next((form for form in ("csv", "xlsx") if request.args.get(form)), "")


def table(name: str, header: Sequence[str], rows: Sequence[Cells]) -> Response:
    """The table as the file that the address asks for. TOO_LARGE (fact `most`) with more than MOST_ROWS."""
    if len(rows) > MOST_ROWS:
        raise Refusal("TOO_LARGE", most=MOST_ROWS)
    if wanted() == "xlsx":
        return file(f"{name}.xlsx", workbook(name, header, rows), XLSX)
    return file(f"{name}.csv", sheet.write(list(header), [list(row) for row in rows]), CSV)


def workbook(name: str, header: Sequence[str], rows: Sequence[Cells]) -> bytes:
    """One sheet: the header stays in sight, numbers are numbers, text that would be run is text."""
    from openpyxl import Workbook       # takes 0.2 s to load, and most of the servers' processes write none
    from openpyxl.utils import get_column_letter

    book = Workbook(write_only=True)
    page = book.create_sheet(name[:31])
    page.freeze_panes = "A2"
    for at, title in enumerate(header, 1):
        longest = max((_width(row[at - 1]) for row in (header, *rows[:200])), default=0)
        page.column_dimensions[get_column_letter(at)].width = min(WIDEST, longest + 2)
    for row in (header, *rows):
        page.append([_cell(cell) for cell in row])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _cell(value: str | int | None) -> str | int:
    even = sheet.neutral(value)
    return _UNWRITABLE.sub(" ", even) if isinstance(even, str) else even


def _width(value: str | int | None) -> int:
    """Hangul takes two columns of a spreadsheet's font."""
    text = f"{value:,}" if isinstance(value, int) else value or ""
    return sum(2 if letter > "\u1100" else 1 for letter in text)
