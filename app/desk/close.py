"""Closing the till: what a shop took and gave back between two entries of the log, so that a person can add it up.

Everything is counted from the ledger by entry numbers, so asking again gives the same figures, and a month that is
past can't change. Never who paid, never which coin.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from hashlib import sha256
from zoneinfo import ZoneInfo

from app.chain import checkpoint
from app.chain.checkpoint import Checkpoint
from app.desk import lookup
from app.desk.office import Office
from app.desk.receipts import Settled, must_be_signed, settled
from app.errors import Refusal
from app.message import cose
from app.money.orders import RETURN
from app.money.state import Register
from app.people import closings
from app.people.closings import Closing
from app.store.base import SHOP, TILL
from app.store.history import Movement

SALE, REFUND, VOID = "sale", "refund", "void"
AT_ONCE = 1000          # movements read together
MOST = 50_000           # of one closing: a longer one ends there, and the next goes on after it
FIRST_YEAR, LAST_YEAR = 2000, 9998
CASHIERS = 2**16
OWNER = 0             # in a cashier's place


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose day: a till's, or with till 0 the whole shop's."""
    shop: int
    till: int

    @property
    def owner(self) -> tuple[int, int]:
        return (TILL, self.till) if self.till else (SHOP, self.shop)


@dataclass(frozen=True, slots=True)
class Line:
    """One sale, refund or void, as the shop sees it."""
    entry: int
    kind: str
    at_s: int
    amount_won: int
    of: int             # the payment that it gives back; 0 of a sale
    till: int
    cashier: int        # 0: the owner
    reference: str

    @property
    def signed_won(self) -> int:
        """What it adds to the net."""
        return self.amount_won if self.kind == SALE else -self.amount_won


@dataclass(frozen=True, slots=True)
class Sums:
    """How many and how much. net = sales - refunds - voids."""
    sales: int = 0
    sales_won: int = 0
    refunds: int = 0
    refunds_won: int = 0
    voids: int = 0
    voids_won: int = 0

    @property
    def net_won(self) -> int:
        return self.sales_won - self.refunds_won - self.voids_won


@dataclass(frozen=True, slots=True)
class Close:
    """Entries first..last of the log, counted for one scope."""
    scope: Scope
    shop_name: str              # as it was at the last entry
    first: int
    last: int
    from_s: int
    until_s: int
    lines: tuple[Line, ...]     # oldest first
    zone: ZoneInfo              # of the city's clocks
    month: str = ""             # of a statement: 2026-10
    final: bool = False         # a month that is past, under a checkpoint
    under: Checkpoint | None = None
    closing: Closing | None = None

    def at(self, at_s: int) -> datetime:
        """On the city's clocks."""
        return datetime.fromtimestamp(at_s, self.zone)

    @property
    def total(self) -> Sums:
        return sums(self.lines)

    def by(self, name: Callable[[Line], object]) -> list[tuple[object, Sums]]:
        """Each part by its name, in order: the parts add up to the total."""
        parts: dict[object, list[Line]] = {}
        for line in self.lines:
            parts.setdefault(name(line), []).append(line)
        return [(part, sums(parts[part])) for part in sorted(parts)]

    @property
    def cashiers(self) -> list[tuple[int, Sums]]:
        return self.by(lambda line: line.cashier)

    @property
    def tills(self) -> list[tuple[int, Sums]]:
        return self.by(lambda line: line.till)

    @property
    def days(self) -> list[tuple[date, Sums]]:
        return self.by(lambda line: self.at(line.at_s).date())

    @property
    def digest(self) -> str:
        """SHA-256 of the lines: two papers that show the same digest hold the same payments."""
        rows = (f"{one.entry},{one.kind},{one.at_s},{one.amount_won},{one.of},{one.till},{one.cashier},{one.reference}\n"
                for one in self.lines)
        return sha256("".join(rows).encode()).hexdigest()


def sums(lines: Iterable[Line]) -> Sums:
    count, won = dict.fromkeys((SALE, REFUND, VOID), 0), dict.fromkeys((SALE, REFUND, VOID), 0)
    for line in lines:
        count[line.kind] += 1
        won[line.kind] += line.amount_won
    return Sums(count[SALE], won[SALE], count[REFUND], won[REFUND], count[VOID], won[VOID])


def scope_of(office: Office, till: int, whole_shop: bool) -> Scope:
    """What a till may ask for. The whole shop's takings are for tills that may also give back: NO_RIGHT."""
    record = office.store.get(Register.TILL, till)
    if not whole_shop:
        return Scope(record.shop, till)
    if not record.rights & RETURN:
        raise Refusal("NO_RIGHT")
    return Scope(record.shop, 0)


# --- what can be asked ---------------------------------------------------------------------

def since_last(office: Office, scope: Scope) -> Close:
    """From the entry after the last closing (or the one that registered the shop or till) up to now."""
    first = _next_entry(office, scope)
    too_many = office.store.mentioned(scope.owner, first, MOST)
    last = (too_many or office.store.head().size) - 1
    until_s = _time_s(office, too_many) if too_many else office.now_s()
    return _close(office, scope, (first, last), (_time_s(office, first), until_s), _lines(office, scope, first, last))


def of_day(office: Office, scope: Scope, day: str) -> Close:
    """A day YYYY-MM-DD on the city's clocks. FIELD_WRONG."""
    begins = _date(day, "%Y-%m-%d", "day")
    return _span(office, scope, begins, begins + timedelta(1))


def of_month(office: Office, scope: Scope, month: str) -> Close:
    """The statement of a month YYYY-MM. It is final when the log has gone on into the next month and a checkpoint covers
    the whole of it: from then on the same bytes each time. FIELD_WRONG."""
    begins = _date(month, "%Y-%m", "month")
    return _span(office, scope, begins, (begins + timedelta(31)).replace(day=1), f"{begins:%Y-%m}")


def of_closing(office: Office, scope: Scope, number: int) -> Close:
    """A closing that was recorded, counted again. NOT_FOUND."""
    if number >= 2**53:
        raise Refusal("NOT_FOUND", field="closing")
    kept = closings.get(office.people, scope.shop, scope.till, number)
    lines = _lines(office, scope, kept.first, kept.last)
    return _close(office, scope, (kept.first, kept.last), (_time_s(office, kept.first), kept.at_s), lines, closing=kept)


def record(office: Office, scope: Scope, span: tuple[int, int], by: tuple[int, int]) -> Close:
    """Closes entries first..last, those that were shown, by (till, cashier). The same again gives the same closing;
    ALREADY_DONE when another one came first, FIELD_WRONG when they are not the next entries of the log."""
    first, last = span
    if not 0 <= by[1] < CASHIERS:
        raise Refusal("FIELD_WRONG", field="cashier")
    if not 0 <= first <= last < office.store.head().size:
        raise Refusal("FIELD_WRONG", field="last")
    due = _next_entry(office, scope)
    if first > due or first < due and not closings.of(office.people, scope.shop, scope.till, 1):
        raise Refusal("FIELD_WRONG", field="first")
    made = Closing(scope.shop, scope.till, 0, first, last, office.now_s(), *by)
    return of_closing(office, scope, closings.add(office.people, made).number)


def recorded(office: Office, scope: Scope) -> list[Closing]:
    """Newest first."""
    return closings.of(office.people, scope.shop, scope.till)


def slip(office: Office, till: int, entry: int) -> tuple[Line, Settled]:
    """One movement of this till with its signed receipt, to be printed again. NOT_FOUND where it is none of the till's."""
    moved = office.store.movement((TILL, till), entry) if entry < 2**53 else None
    if moved is None:
        raise Refusal("NOT_FOUND", field="entry")
    must_be_signed(office)
    return _line(moved), settled(office, entry, lookup.id_of(office, moved.message), moved.amount_won)


# --- counting ------------------------------------------------------------------------------

def _next_entry(office: Office, scope: Scope) -> int:
    before = closings.of(office.people, scope.shop, scope.till, 1)
    if before:
        return before[0].last + 1
    register, key = (Register.TILL, scope.till) if scope.till else (Register.SHOP, scope.shop)
    return office.store.entries_of(register, key)[0]


def _date(text: str, form: str, field: str) -> date:
    try:
        found = datetime.strptime(text, form).date()
    except ValueError:
        raise Refusal("FIELD_WRONG", field=field) from None
    if not FIRST_YEAR <= found.year <= LAST_YEAR:
        raise Refusal("FIELD_WRONG", field=field)
    return found


def _span(office: Office, scope: Scope, begins: date, ends: date, month: str = "") -> Close:
    """Every entry of the days begins <= day < ends."""
    from_s, until_s = (int(datetime.combine(day, time(), office.city.zone).timestamp()) for day in (begins, ends))
    size = office.store.head().size
    first, last = min(office.store.first_at(from_s), size), min(office.store.first_at(until_s), size) - 1
    past = last + 1 < size      # an entry after the end: none can come before it any more
    under = office.store.checkpoint(last + 1) if past and last >= 0 else None
    return _close(
        office, scope, (first, last), (from_s, until_s), _lines(office, scope, first, last),
        month=month, final=under is not None,
        under=checkpoint.parse(under) if under else None,
    )


def _close(office: Office, scope: Scope, span: tuple[int, int], times_s: tuple[int, int], lines: Sequence[Line], **more) -> Close:
    name = _shop_name(office, scope.shop, span[1])
    return Close(scope, name, *span, *times_s, tuple(lines), office.city.zone, **more)


def _shop_name(office: Office, shop: int, last: int) -> str:
    """As it was registered at entry `last`: a later name changes no old paper."""
    record = office.store.as_of(Register.SHOP, shop, last) or office.store.get(Register.SHOP, shop)
    return record.name.decode()


def _time_s(office: Office, entry: int) -> int:
    """Of an entry; of one that is still to come, now."""
    return office.store.entry(entry).time_s if entry < office.store.head().size else office.now_s()


def _lines(office: Office, scope: Scope, first: int, last: int) -> list[Line]:
    found: list[Line] = []
    before = last + 1
    while True:
        moved = office.store.movements(scope.owner, first, before, AT_ONCE)
        found += [_line(each) for each in moved]
        if len(moved) < AT_ONCE:
            return found[::-1]
        before = moved[-1].entry


def _line(moved: Movement) -> Line:
    body = cose.parse(moved.message).body
    return Line(
        moved.entry, lookup.NAMES.get(moved.kind, SALE), moved.at_s, moved.amount_won, moved.of, moved.till,
        getattr(body, "cashier", 0), getattr(body, "reference", b"").decode(),
    )
