"""Lists that come again every month: on its day a new draft of the last issued one, on its maker's desk, which another maker
may take over. Two officers sign each of them as any other.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from app.errors import Refusal
from app.people import drafts, lists, sheet
from app.people.columns import FIRST_TWO, Shape
from app.people.lists import PaymentList, Upload
from app.people.people import People
from app.store.database import sqlite

# Why the ledger would not have paid a row then; how much it was stands in its cell.
TEMPORARY = ("ROW_LOCKED", "ROW_OVER_HOLDING", "ROW_OVER_LIMIT", "ROW_NOT_LINKED")
GONE = "-"  # stands for a person who was erased: no reference is written so
MONTH_AND_A_HALF_S = 45 * 86_400


@dataclass(frozen=True, slots=True)
class Series:
    number: int
    programme: int
    maker: int  # officer
    day: int  # of the month; the last one of a shorter month
    next_at_s: int
    stopped: bool


    def waits_on(self, draft: PaymentList) -> bool:
        """Whether a month went by without its list, because this draft of the one before still lies on the desk."""
        return not self.stopped and draft.state == lists.DRAFT and self.next_at_s - draft.created_at_s > MONTH_AND_A_HALF_S


@dataclass(frozen=True, slots=True)
class Taken:
    before: int  # officer
    maker: int  # officer
    at_s: int


def begin(people: People, list_id: bytes, maker: int, day: int, next_at_s: int) -> Series:
    """This list comes again every month. NOT_YOURS, LIST_CLOSED (a draft, or one that was refused), ALREADY_DONE,
    FIELD_WRONG (`day`)."""
    if not 1 <= day <= 31:
        raise Refusal("FIELD_WRONG", field="day")
    with people.write() as connection:
        number = lists.own(connection, list_id, maker, (lists.PROPOSED, lists.APPROVED, lists.ISSUED))
        programme, before, back = connection.execute(
            "SELECT programme, series, back FROM list WHERE number = ?", (number,)).fetchone()
        if back:
            raise Refusal("LIST_CLOSED", state=lists.get(people, list_id).state)
        if before and not of(people, before).stopped:
            raise Refusal("ALREADY_DONE")
        (series,) = connection.execute(
            "INSERT INTO series (programme, maker, day, next_at_s) VALUES (?, ?, ?, ?) RETURNING number",
            (programme, maker, day, next_at_s),
        ).fetchone()
        connection.execute("UPDATE list SET series = ? WHERE number = ?", (series, number))
    return of(people, series)


def of(people: People, number: int) -> Series | None:
    row = people.read().execute("SELECT * FROM series WHERE number = ?", (number,)).fetchone()
    return Series(*row[:-1], bool(row[-1])) if row else None


def due(people: People) -> list[Series]:
    """Those whose day has come."""
    rows = people.read().execute("SELECT * FROM series WHERE stopped = 0 AND next_at_s <= ? ORDER BY number", (people.now_s(),))
    return [Series(*row[:-1], bool(row[-1])) for row in rows]


def stop(people: People, number: int) -> None:
    """It does not come again; what is on a desk stays there."""
    with people.write() as connection:
        connection.execute("UPDATE series SET stopped = 1 WHERE number = ?", (number,))


def take_over(people: People, list_id: bytes, maker: int) -> None:
    """Another maker goes on with a draft of a series and with those to come; kept with whose it was. LIST_CLOSED (no draft
    of a series), ALREADY_DONE (theirs)."""
    with people.write() as connection:
        row = connection.execute(
            "SELECT number, series, maker FROM list WHERE list_id = ? AND state = 'draft' AND series > 0", (list_id,)).fetchone()
        if row is None:
            raise Refusal("LIST_CLOSED", state=lists.get(people, list_id).state)
        number, series, before = row
        if before == maker:
            raise Refusal("ALREADY_DONE")
        connection.execute("UPDATE list SET maker = ? WHERE number = ?", (maker, number))
        connection.execute("UPDATE series SET maker = ? WHERE number = ?", (maker, series))
        connection.execute("INSERT INTO series_taken (series, before, maker, at_s) VALUES (?, ?, ?, ?)",
                           (series, before, maker, people.now_s()))


def taken(people: People, number: int) -> list[Taken]:
    """Who took a series over, newest first."""
    rows = people.read().execute("SELECT before, maker, at_s FROM series_taken WHERE series = ? ORDER BY number DESC", (number,))
    return [Taken(*row) for row in rows]


def prepare(people: People, series: Series, next_at_s: int) -> PaymentList | None:
    """The month's draft, to be judged anew. None when another process made it or makes it, when nothing of the series was issued
    yet, or when last month's still lies on the desk. The month is over for the series with its draft, however often it is tried."""
    def month_over(connection: sqlite.Connection) -> None:
        connection.execute("UPDATE series SET next_at_s = ? WHERE number = ? AND next_at_s = ?", (next_at_s, series.number, series.next_at_s))

    upload, shape = Upload(series.programme, series.maker, "", b""), Shape(0, FIRST_TWO, True)
    with people.write() as connection:
        due = connection.execute(
            "SELECT 1 FROM series WHERE number = ? AND next_at_s = ? AND stopped = 0", (series.number, series.next_at_s)).fetchone()
        draft = connection.execute(
            "SELECT written FROM list WHERE series = ? AND state = 'draft' ORDER BY written LIMIT 1", (series.number,)).fetchone()
        (last,) = connection.execute(
            "SELECT max(number) FROM list WHERE series = ? AND state = 'issued'", (series.number,)).fetchone()
        if not due or draft == (0,):
            return None
        if draft or last is None:
            month_over(connection)
            return None
        list_id = drafts.begin(connection, people, upload, shape, series.number)
    return drafts.fill(people, list_id, map(sheet.line, _rows_of(people, last)), shape, month_over)


def _rows_of(people: People, number: int) -> Iterator[list[str]]:
    """Reference and amount of everybody on a list, and of who was set aside for what may be over by now; read in portions, for what
    is read while others write is old."""
    after = 0
    while True:
        found = people.read().execute(
            "SELECT row, coalesce(reference, ?), coalesce(amount_won, amount_cell) FROM list_row LEFT JOIN person ON token = person"
            f" WHERE list = ? AND row > ? AND (reason = '' OR reason IN {TEMPORARY} AND reference IS NOT NULL) ORDER BY row LIMIT ?",
            (GONE, number, after, drafts.PORTION)).fetchall()
        if not found:
            return
        yield from ([reference, str(amount)] for _, reference, amount in found)
        after = found[-1][0]
