"""What the city sees of its own money: issued, spent, expired, outstanding, by programme, day, district and category.

Spending is shown of days and months that are over, nowhere else and of nothing smaller than a programme, 동 or business: who looks twice at one that is running could read a single payment off
the difference. Small cells are hidden (app/desk/small_cells.py).
"""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta

from app.desk import small_cells
from app.desk.office import Office
from app.desk.seal import city_day
from app.errors import Refusal
from app.money.state import EXPIRE, OFFLINE_LOSS, RECALL, REFUND_EXPIRED, TOP_UP
from app.store.tally import CATEGORY, CITY, DISTRICT, PROGRAMME, Counted, Spent

EPOCH = date(1970, 1, 1)
DAYS_SHOWN = 30
STEPS = 10                  # of one round of the background loop
PARTS = (DISTRICT, CATEGORY, PROGRAMME)


@dataclass(frozen=True, slots=True)
class Period:
    """A month or one day of the city."""
    name: str               # 2026-11 or 2026-11-20
    first: date
    last: date              # of the whole period
    over: date              # the last of its days that is over; before `first`: none is yet

    @property
    def is_day(self) -> bool:
        return len(self.name) > 7

    @property
    def is_over(self) -> bool:
        return self.over == self.last


@dataclass(frozen=True, slots=True)
class Cell:
    """What was spent. None: hidden, because fewer than FEW people, or to hide another."""
    payments: int | None
    won: int | None


@dataclass(frozen=True, slots=True)
class Flowed:
    """One programme in a period."""
    programme: int
    issued_won: int
    expired_won: int
    outstanding_won: int    # at its end


@dataclass(frozen=True, slots=True)
class View:
    period: Period
    counted: Counted | None
    behind: int             # entries that are not counted yet
    flowed: list[Flowed]
    days: list[tuple[date, Cell]]
    parts: dict[str, list[tuple[str | int, Cell]]]      # the largest first, hidden ones last
    total: Cell
    months: list[str]       # that have figures, newest first


def count(office: Office) -> bool:
    """Counts forward what was entered meanwhile; whether there is more."""
    return all(office.tally.count(office.store) for _ in range(STEPS))


def check(office: Office) -> bool:
    """Whether the figures are the ledger's own; if not, they are counted anew."""
    return office.tally.check(office.store)


def today(office: Office) -> date:
    return EPOCH + timedelta(city_day(office, office.now_s()))


def period(office: Office, month: str, day: str) -> Period:
    """What the address asks for; without it the last month that is over, or yesterday in a city's first. FIELD_WRONG."""
    now = today(office)
    yesterday = now - timedelta(1)
    if day:
        found = _date(day, "day")
        return Period(day, found, found, min(found, yesterday))
    before = now.replace(day=1) - timedelta(1)
    if not month and _number(before) < (office.tally.first_day() or 0):
        return Period(yesterday.isoformat(), yesterday, yesterday, yesterday)
    first = _date(f"{month}-01", "month") if month else before.replace(day=1)
    last = first.replace(day=monthrange(first.year, first.month)[1])
    return Period(f"{first:%Y-%m}", first, last, min(last, yesterday))


def _date(text: str, field: str) -> date:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        raise Refusal("FIELD_WRONG", field=field) from None
    if len(text) != 10 or not 1970 <= found.year < 9999:
        raise Refusal("FIELD_WRONG", field=field)
    return found


def view(office: Office, wanted: Period) -> View:
    counted = office.tally.counted()
    [(_, total)] = _cells(office, CITY, wanted) or [(0, Cell(0, 0))]
    return View(
        wanted, counted, office.store.head().size - 1 - (counted.entry if counted else -1), _flowed(office, wanted),
        _days(office, wanted), {part: _cells(office, part, wanted) for part in PARTS}, total, _months(office),
    )


def spent_last(office: Office, programme: int) -> tuple[Period, Cell]:
    """What was spent of one programme in the last month that is over, as `view` shows it."""
    wanted = period(office, "", "")
    return wanted, dict(_cells(office, PROGRAMME, wanted)).get(programme, Cell(0, 0))


def _cells(office: Office, part: str, wanted: Period) -> list[tuple[str | int, Cell]]:
    """What was spent in each part: the largest first, hidden ones last. None of a period that is not over."""
    days = _by_day(office, part, wanted.first, wanted.last) if wanted.is_over else {}
    sums: dict[str | int, Spent] = {}
    for cells in days.values():
        for of, spent in cells.items():
            sums.setdefault(of, Spent()).add(spent)
    dark = small_cells.of_day(sums) if wanted.is_day else small_cells.of_month(days)
    found = [(of, Cell(None, None) if of in dark else Cell(spent.payments, spent.won)) for of, spent in sums.items()]
    return sorted(found, key=lambda row: (row[1].won is None, -(row[1].won or 0), str(row[0])))


def _by_day(office: Office, part: str, first: date, last: date) -> dict[int, dict[str | int, Spent]]:
    days: dict[int, dict[str | int, Spent]] = {}
    for (day, of), spent in office.tally.spent(part, _number(first), _number(last)).items():
        days.setdefault(day, {})[of] = spent
    return days


def _flowed(office: Office, wanted: Period) -> list[Flowed]:
    now, since = (office.tally.moved(first, _number(wanted.last)) for first in (_number(wanted.first), 0))

    def sums(found: dict[tuple[int, int], int], programme: int) -> tuple[int, int]:
        return (sum(found.get((programme, flow), 0) for flow in (TOP_UP, OFFLINE_LOSS)),
                sum(found.get((programme, flow), 0) for flow in (EXPIRE, REFUND_EXPIRED, RECALL)))

    found = []
    for programme in sorted({programme for programme, _ in since}):
        issued_won, expired_won = sums(since, programme)
        found.append(Flowed(programme, *sums(now, programme), issued_won - expired_won))
    return found


def _days(office: Office, wanted: Period) -> list[tuple[date, Cell]]:
    """Every day of a month that is over; of the month that is running, and of one day, the 30 days up to the last."""
    running = wanted.over < wanted.last
    first = wanted.over - timedelta(DAYS_SHOWN - 1) if running or wanted.is_day else wanted.first
    first = max(first, EPOCH + timedelta(office.tally.first_day() or 0))
    spent = _by_day(office, CITY, first, wanted.over)
    found = []
    for offset in range((wanted.over - first).days + 1):
        day = first + timedelta(offset)
        cells = spent.get(_number(day), {})
        one = small_cells.total(cells.values())
        found.append((day, Cell(None, None) if cells and one.small else Cell(one.payments, one.won)))
    return found


def _months(office: Office) -> list[str]:
    start, found = office.tally.first_day(), []
    if start is not None:
        at, first = today(office).replace(day=1), (EPOCH + timedelta(start)).replace(day=1)
        while at >= first:
            found.append(f"{at:%Y-%m}")
            at = (at - timedelta(1)).replace(day=1)
    return found


def _number(day: date) -> int:
    return (day - EPOCH).days
