"""How much moved on which day, counted forward from the ledger into a file of its own, so that the dashboard adds up a
few thousand rows however many payments there are.

Nothing stands here that the ledger doesn't hold: the file may be lost, and is counted again from the first entry. It is
no part of the ledger, so that a page's wish for another sum never touches what holds money.
"""

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, tzinfo
from pathlib import Path

from app.money.state import OFFLINE_LOSS, PAY, REFUND, REFUND_EXPIRED, Register
from app.store.database import connect, sqlite, transaction
from app.store.history import History, Moved

VERSION = 1                 # another one is counted anew
ENTRIES_AT_ONCE = 2_000     # of one step: a payment that comes meanwhile waits for no more than that
FEW = 5                     # fewer different payers than that are a small cell
CITY, PROGRAMME, DISTRICT, CATEGORY = "city", "programme", "district", "category"
_SPENT = {PAY: 1, OFFLINE_LOSS: 1, REFUND: -1, REFUND_EXPIRED: -1}

_TABLES = (
    # Up to which entry (and its leaf) everything below was counted.
    "CREATE TABLE counted (one INTEGER PRIMARY KEY CHECK (one = 1), version INTEGER NOT NULL, entry INTEGER NOT NULL,"
    " leaf BLOB NOT NULL, at_s INTEGER NOT NULL) STRICT",
    "CREATE TABLE moved (day INTEGER NOT NULL, programme INTEGER NOT NULL, flow INTEGER NOT NULL, won INTEGER NOT NULL,"
    " PRIMARY KEY (day, programme, flow)) STRICT, WITHOUT ROWID",
    # payers: numbers of accounts, 8 bytes each, never more than FEW: enough to say whether there are fewer than FEW.
    "CREATE TABLE spent (part TEXT NOT NULL, day INTEGER NOT NULL, of ANY NOT NULL, payments INTEGER NOT NULL,"
    " won INTEGER NOT NULL, payers BLOB NOT NULL, PRIMARY KEY (part, day, of)) STRICT, WITHOUT ROWID",
)


def day_number(at_s: int, zone: tzinfo) -> int:
    """Days since 1970-01-01 on the clocks of a zone."""
    return datetime.fromtimestamp(at_s, zone).date().toordinal() - date(1970, 1, 1).toordinal()


@dataclass(slots=True)
class Spent:
    """What was paid at shops, less what went back, in one place and span of days."""
    payments: int = 0
    won: int = 0
    payers: frozenset[int] = field(default_factory=frozenset)   # at most FEW: fewer mean that these are all

    def add(self, other: "Spent") -> None:
        self.payments += other.payments
        self.won += other.won
        self.payers = _few(self.payers | other.payers)

    @property
    def small(self) -> bool:
        """Somebody's own spending could be read off it."""
        return len(self.payers) < FEW


class Cell:
    """The same while it is added up."""
    __slots__ = "payments", "won", "payers"

    def __init__(self):
        self.payments = self.won = 0
        self.payers: set[int] = set()

    def add(self, sign: int, move: Moved, first: bool) -> None:
        """first: of its entry that counts here, which is one payment however many lots it took."""
        self.payments += first and sign > 0
        self.won += sign * move.amount_won
        if move.payer and len(self.payers) < FEW:
            self.payers.add(move.payer)

    def spent(self) -> Spent:
        return Spent(self.payments, self.won, frozenset(self.payers))


@dataclass(frozen=True, slots=True)
class Counted:
    entry: int              # the last that was counted; -1: none
    leaf: bytes
    at_s: int               # of that entry


class Tally:
    """Safe in several threads and processes: each step is one transaction that begins where the last one ended."""

    def __init__(self, path: Path | str, day_of: Callable[[int], int]):
        """day_of: Unix seconds → days since 1970-01-01 on the city's clocks."""
        self._path, self._day_of = path, day_of
        self._here = threading.local()
        self._all: list[sqlite.Connection] = []

    def close(self) -> None:
        for connection in self._all:
            connection.close()

    # -- counting --

    def count(self, store: History) -> bool:
        """One step forward; whether there is more to count. Begins anew when the ledger is another than was counted."""
        with transaction(self._connection()) as connection:
            counted = _counted(connection)
            if counted is None or not _still_holds(store, counted):
                _begin(connection)
                counted = _counted(connection)
            size = store.head().size
            last = min(counted.entry + ENTRIES_AT_ONCE, size - 1)
            if last == counted.entry:
                return False
            self._put(connection, store, store.moves(counted.entry, last))
            newest = store.entry(last)
            connection.execute("UPDATE counted SET entry = ?, leaf = ?, at_s = ?", (last, newest.leaf, newest.time_s))
            return last < size - 1

    def check(self, store: History) -> bool:
        """Whether all that was counted is what flowed by the ledger's own sums; counted anew from the next step on if
        it isn't. True while it lags behind."""
        with transaction(self._connection()) as connection, store.snapshot():
            counted = _counted(connection)
            if counted is None or counted.entry != store.head().size - 1:
                return True
            sums = connection.execute("SELECT programme, flow, sum(won) FROM moved GROUP BY programme, flow")
            same = {(programme, flow): won for programme, flow, won in sums} == store.flowed()
            if not same:
                _begin(connection)
            return same

    def _put(self, connection: sqlite.Connection, store: History, moves: Iterable[Moved]) -> None:
        moved, cells = _added_up(moves, _Days(self._day_of), _Places(store))
        connection.executemany(
            "INSERT INTO moved VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET won = won + excluded.won",
            [(*place, won) for place, won in moved.items()],
        )
        for place, more in cells.items():
            row = connection.execute("SELECT payments, won, payers FROM spent WHERE (part, day, of) = (?, ?, ?)", place).fetchone()
            if row:
                more.add(_spent(*row))
            connection.execute("INSERT OR REPLACE INTO spent VALUES (?, ?, ?, ?, ?, ?)",
                               (*place, more.payments, more.won, _bytes(more.payers)))

    # -- reading --

    def counted(self) -> Counted | None:
        """None before the first step."""
        return _counted(self._connection())

    def moved(self, first_day: int, last_day: int) -> dict[tuple[int, int], int]:
        """(programme, flow) → won, of these days and those between."""
        found = self._connection().execute(
            "SELECT programme, flow, sum(won) FROM moved WHERE day BETWEEN ? AND ? GROUP BY programme, flow", (first_day, last_day))
        return {(programme, flow): won for programme, flow, won in found}

    def spent(self, part: str, first_day: int, last_day: int) -> dict[tuple[int, str | int], Spent]:
        """(day, what of `part`) → what was spent."""
        found = self._connection().execute(
            "SELECT day, of, payments, won, payers FROM spent WHERE part = ? AND day BETWEEN ? AND ?", (part, first_day, last_day))
        return {(day, of): _spent(*row) for day, of, *row in found}

    def first_day(self) -> int | None:
        """The first on which money moved."""
        return self._connection().execute("SELECT min(day) FROM moved").fetchone()[0]

    def _connection(self) -> sqlite.Connection:
        if not hasattr(self._here, "connection"):
            connection = self._here.connection = connect(self._path)
            self._all.append(connection)
            with transaction(connection):
                if _counted(connection) is None:
                    _begin(connection)
        return self._here.connection


def _added_up(moves: Iterable[Moved], days: "_Days", places: "_Places") -> tuple[dict, dict]:
    """({(day, programme, flow): won}, {(part, day, of): Spent}) of moves in the order of their entries. It is the payments'
    own process that counts, so each move touches two cells; the others are sums of these."""
    moved: dict[tuple[int, int, int], int] = {}
    of_shops: dict[tuple[int, str, int], Cell] = {}
    of_programmes: dict[tuple[int, int], Cell] = {}
    last: tuple[int, set[int]] = (-1, set())    # the entry before, and which programmes it paid from
    for each in moves:
        day, programme = days.of(each.at_s), each.programme
        place = day, programme, each.flow
        moved[place] = moved.get(place, 0) + each.amount_won
        sign = _SPENT.get(each.flow)
        if sign is None:
            continue
        first = each.entry != last[0]
        if first:
            last = each.entry, set()
        at_shop = of_shops.setdefault((day, *places.of(each.shop, each.entry)), Cell())
        at_shop.add(sign, each, first)
        of_programmes.setdefault((day, programme), Cell()).add(sign, each, programme not in last[1])
        last[1].add(programme)
    cells: dict[tuple[str, int, str | int], Spent] = {}
    for (day, programme), cell in of_programmes.items():
        cells[PROGRAMME, day, programme] = cell.spent()
    for (day, district, category), cell in of_shops.items():
        for part, of in ((CITY, 0), (DISTRICT, district), (CATEGORY, category)):
            cells.setdefault((part, day, of), Spent()).add(cell.spent())
    return moved, cells


class _Days:
    """The city's days of moments that come in their order: few ask the calendar."""

    def __init__(self, day_of: Callable[[int], int]):
        self._day_of, self._quarter, self._day = day_of, -1, 0

    def of(self, at_s: int) -> int:
        if at_s // 900 != self._quarter:        # every clock changes at a quarter of an hour
            self._quarter, self._day = at_s // 900, self._day_of(at_s)
        return self._day


class _Places:
    """In which district a shop stood, and what it sold, when an entry was made."""

    def __init__(self, store: History):
        self._store = store
        self._known: dict[int, list[tuple[int, str, int]]] = {}

    def of(self, shop: int, entry: int) -> tuple[str, int]:
        if shop not in self._known:
            self._known[shop] = [(number, record.district.decode(), record.category)
                                 for number in self._store.entries_of(Register.SHOP, shop)
                                 if (record := self._store.as_of(Register.SHOP, shop, number))]
        return next(((district, category) for number, district, category in reversed(self._known[shop]) if number <= entry), ("", 0))


def _begin(connection: sqlite.Connection) -> None:
    for table in ("counted", "moved", "spent"):
        connection.execute(f"DROP TABLE IF EXISTS {table}")
    for statement in _TABLES:
        connection.execute(statement)
    connection.execute("INSERT INTO counted VALUES (1, ?, -1, x'', 0)", (VERSION,))


def _counted(connection: sqlite.Connection) -> Counted | None:
    if not connection.execute("SELECT 1 FROM sqlite_schema WHERE name = 'counted'").fetchone():
        return None
    version, *row = connection.execute("SELECT version, entry, leaf, at_s FROM counted").fetchone()
    return Counted(*row) if version == VERSION else None


def _still_holds(store: History, counted: Counted) -> bool:
    """Whether the ledger is the one that was counted: a restored backup may have gone another way."""
    if counted.entry < 0:
        return True
    return counted.entry < store.head().size and store.entry(counted.entry).leaf == counted.leaf


def _few(payers: frozenset[int]) -> frozenset[int]:
    return payers if len(payers) <= FEW else frozenset(sorted(payers)[:FEW])


def _bytes(payers: frozenset[int]) -> bytes:
    return b"".join(payer.to_bytes(8) for payer in sorted(payers))


def _spent(payments: int, won: int, payers: bytes) -> Spent:
    return Spent(payments, won, frozenset(int.from_bytes(payers[at:at + 8]) for at in range(0, len(payers), 8)))
