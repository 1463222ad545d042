"""A list of the console: sorted and paged by its address, as a file, worked by keyboard.

The page's address says everything: filters, ?by=, ?down=1, and the cursor ?after=, which is the key of the last row of
the page before; so a page can be kept, sent to a colleague and gone back to.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from flask import Response, request

from app.web.console import tables
from app.web.console.said import Reader

PAGE = 50
LONGEST_CURSOR = 64


@dataclass(frozen=True, slots=True)
class Column:
    """`place`: the heading's word. `cell`: what a file holds. `order`: by what the list may be sorted, None: not by this."""
    name: str
    place: str
    cell: Callable[[object], str | int | None]
    order: Callable[[object], object] | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """What one page shows. `more`: the cursor of the next page, empty on the last."""
    rows: Sequence
    more: str
    first: bool
    by: str                     # the column by which it is sorted; empty: as it stands
    down: bool
    total: int | None           # rows on all pages; None: nobody counts them
    sortable: dict[str, str]    # name → place of those columns by which it may be sorted


@dataclass(frozen=True, slots=True)
class Listing:
    """One list. `key`: what names a row in the cursor."""
    name: str
    columns: Sequence[Column]
    key: Callable[[object], object]

    def page(self, rows: Iterable) -> Page:
        """Of all rows, in the order in which they stand when nobody asks for another."""
        ordered, by, down = self._sorted(list(rows))
        after = _cursor()
        start = next((at for at, row in enumerate(ordered, 1) if str(self.key(row)) == after), 0) if after else 0
        shown = ordered[start:start + PAGE]
        more = str(self.key(shown[-1])) if start + PAGE < len(ordered) else ""
        return Page(shown, more, not start, by, down, len(ordered), self._sortable())

    def window(self, read: Callable[[str, int], Sequence], total: int | None = None) -> Page:
        """Of a long register that reads its own pages: `read` gives so many rows after a cursor."""
        after = _cursor()
        found = read(after, PAGE + 1)
        more = str(self.key(found[PAGE - 1])) if len(found) > PAGE else ""
        return Page(found[:PAGE], more, not after, "", False, total, {})

    def file(self, rows: Iterable, reader: Reader) -> Response:
        """The whole list as the file that the address asks for, sorted as the page is."""
        ordered, _, _ = self._sorted(list(rows))
        header = [reader.words.say(reader.language, column.place) for column in self.columns]
        return tables.table(self.name, header, [[column.cell(row) for column in self.columns] for row in ordered])

    def _sorted(self, rows: list) -> tuple[list, str, bool]:
        by, down = request.args.get("by", ""), bool(request.args.get("down"))
        for column in self.columns:
            if column.order and column.name == by:
                return sorted(rows, key=column.order, reverse=down), by, down
        return rows, "", False

    def _sortable(self) -> dict[str, str]:
        return {column.name: column.place for column in self.columns if column.order}


def _cursor() -> str:
    return request.args.get("after", "")[:LONGEST_CURSOR]
