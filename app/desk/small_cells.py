"""Which figures of spending are hidden, because somebody's own spending could be read off them.

A cell with fewer than FEW different payers is small. Hiding it alone is of no use where the rest and their sum are shown: so
in each sum at least two cells are hidden or none, and together they hold FEW payers.

A day is decided by itself, once, when it is over; a month's sums when the month is over, and then a sum is hidden rather
than a day that was shown before. So who keeps yesterday's page learns nothing from today's.
"""

from collections.abc import Iterable, Mapping

from app.store.tally import FEW, Spent

ALL = "all"             # the sum of a day, or of a month


def total(parts: Iterable[Spent]) -> Spent:
    found = Spent()
    for each in parts:
        found.add(each)
    return found


def of_day(parts: Mapping[object, Spent]) -> set[object]:
    """What is hidden of one day's parts: their keys, and ALL when the day's sum is hidden too."""
    if not parts or total(parts.values()).small:
        return {*parts, ALL}
    dark = {of for of, spent in parts.items() if spent.small}
    while dark and not _safe(parts[of] for of in dark):
        dark.add(_smallest(parts, parts.keys() - dark))
    return dark


def of_month(days: Mapping[object, Mapping[object, Spent]]) -> set[object]:
    """What is hidden of a finished month's sums: keys of the parts, and ALL when the sum of all is hidden too."""
    sums: dict[object, Spent] = {}
    hidden: dict[object, list[Spent]] = {}      # of each part, its days that are hidden
    for parts in days.values():
        cells = {**parts, ALL: total(parts.values())}
        for of, spent in cells.items():
            sums.setdefault(of, Spent()).add(spent)
        for of in of_day(parts) & cells.keys():
            hidden.setdefault(of, []).append(cells[of])
    dark = {of for of, spent in sums.items() if spent.small or (of in hidden and not _safe(hidden[of]))}
    while _told(sums, dark):
        # Of a part whose days are all shown the sum is known: only others can be hidden. There always is one: it was
        # hidden beside a small cell on the same day.
        dark.add(_smallest(sums, hidden.keys() - dark - {ALL}))
    return dark


def _told(sums: Mapping[object, Spent], dark: set[object]) -> bool:
    """Whether the shown sums tell what is hidden of the others."""
    parts = dark - {ALL}
    if ALL in dark:
        return not parts
    return bool(parts) and not _safe(sums[of] for of in parts)


def _safe(hidden: Iterable[Spent]) -> bool:
    """Whether these may be known together, and each of them not."""
    hidden = list(hidden)
    return len(hidden) > 1 and not total(hidden).small


def _smallest(cells: Mapping[object, Spent], among: Iterable[object]) -> object:
    return min(among, key=lambda of: (cells[of].payments, cells[of].won, str(of)))
