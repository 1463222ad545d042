"""Which cells of a table of spending are hidden, because somebody's own spending could be read off them.

A cell with fewer than FEW different payers is small. Hiding it alone would be of no use where the rest of its row or
column and their sum are shown: so in each sum at least two cells are hidden or none, and together they hold FEW payers.
A month's table is looked at as a whole, its days, its sums and all: what a day hides, the month does not tell.
"""

from collections.abc import Iterable, Mapping

from app.store.tally import FEW, Spent

ALL = "all"                         # the sum of a row, or of a column
Place = tuple[object, object]       # what of (or ALL), which day (or ALL)
Cells = Mapping[Place, Spent]


def with_sums(cells: Mapping[tuple[int, object], Spent]) -> dict[Place, Spent]:
    """(day, of) → spent, as a table whose every row and column has its sum."""
    table: dict[Place, Spent] = {}
    for (day, of), spent in cells.items():
        for place in ((of, day), (of, ALL), (ALL, day), (ALL, ALL)):
            table.setdefault(place, Spent()).add(spent)
    return table


def hidden(tables: Iterable[Cells]) -> list[set[Place]]:
    """Of each table what is hidden. All are of the same spending, parted in different ways: so their sums are hidden
    together."""
    tables = list(tables)
    found = [{place for place, spent in table.items() if spent.small} for table in tables]
    while True:
        before = sum(map(len, found))
        sums = {place for each in found for place in each if place[0] == ALL}
        for table, each in zip(tables, found, strict=True):
            each |= sums & table.keys()
            _complete(table, each)
        if sum(map(len, found)) == before:
            return found


def _complete(table: Cells, found: set[Place]) -> None:
    """Hides more until no sum tells what is hidden."""
    lines = _lines(table)
    changed = True
    while changed:
        changed = False
        for parts, total in lines:
            more = _one_more(table, found, parts, total)
            if more is not None:
                found.add(more)
                changed = True


def _lines(table: Cells) -> list[tuple[list[Place], Place]]:
    """Every row and every column: its cells, and their sum. (The sum of all is that of a row and of a column.)"""
    rows: dict[object, list[Place]] = {}
    columns: dict[object, list[Place]] = {}
    for of, day in table:
        if day != ALL:
            rows.setdefault(of, []).append((of, day))
        if of != ALL:
            columns.setdefault(day, []).append((of, day))
    return [(parts, (of, ALL)) for of, parts in rows.items()] + [(parts, (ALL, day)) for day, parts in columns.items()]


def _one_more(table: Cells, found: set[Place], parts: list[Place], total: Place) -> Place | None:
    """What must be hidden besides, so that this sum tells nothing; None when it doesn't."""
    dark = [place for place in parts if place in found]
    if total in found:
        told = not dark
    else:
        payers = frozenset().union(*(table[place].payers for place in dark))
        told = bool(dark) and (len(dark) < 2 or len(payers) < FEW)
    if not told:
        return None
    shown = [place for place in parts if place not in found]
    return min(shown, key=lambda place: (table[place].payments, table[place].won, str(place))) if shown else total
