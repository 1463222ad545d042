"""Lists of who gets how much: uploaded by a maker, judged row by row, proposed, approved, issued.

What is paid is on the chain; here stand the uploaded rows, the seed of their salts, and the two signed messages.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from app.errors import Refusal
from app.people import repeats
from app.people.access import reason as checked_reason
from app.people.columns import Columns
from app.people.people import People
from app.store.database import sqlite

DRAFT, PROPOSED, APPROVED, ISSUED, REFUSED, WITHDRAWN = "draft", "proposed", "approved", "issued", "refused", "withdrawn"
TAKEN_BACK = "taken_back"  # how an issued list that takes back is called
COLUMNS_ASKED, JUDGING = "columns", "judging"  # what a draft waits for before it has its rows
START_WITHIN_S = 7 * 86_400 - 3_600  # what officers sign lives a week


@dataclass(frozen=True, slots=True, repr=False)
class Upload:
    programme: int
    maker: int  # officer
    file_name: str
    raw: bytes
    columns: Columns | None = None  # when they are said and not guessed; there is no header then
    back: bool = False  # its rows take back


@dataclass(frozen=True, slots=True, repr=False)
class PaymentList:
    """No repr: whoever knows the seed can open every row's leaf."""

    list_id: bytes  # 16
    programme: int
    maker: int
    checker: int | None
    seed: bytes  # 32
    state: str
    file_name: str
    created_at_s: int
    count: int  # rows that are paid
    total_won: int  # of those
    faulty: int  # rows that are not
    proposal: bytes  # the maker's signed grant, once proposed
    approval: bytes  # the checker's signed approval, once approved
    why: str  # of a refusal
    reading: str  # of a draft: "" when every row is judged, else what it waits for
    lines: int  # the file's last row
    judged: int  # the last row that was judged
    header: int  # the row that names the columns; 0: none
    columns: str  # which is what: app.people.columns
    digest: bytes  # 32, of who gets how much; empty before every row is judged
    again_why: str  # why the same people get the same once more
    again_of: int  # number of the list that this was said of
    again_rows: int  # and how many people it was
    start_at_s: int  # not paid before; 0: at once
    series: int  # that it comes from, or that it began; 0: it comes once
    back: int  # 1: its rows take back
    written: int  # 0: its rows are still being written

    @property
    def standing(self) -> str:
        """How people call its state."""
        return TAKEN_BACK if self.back and self.state == ISSUED else self.state


@dataclass(frozen=True, slots=True, repr=False)
class ListRow:
    row: int  # in the file, from 1
    person_cell: str
    amount_cell: str
    person: bytes | None
    amount_won: int | None
    reason: str  # "" or a ROW_ word
    set_aside: bool
    note: str  # how its amount was read: words of app.people.rows.NOTES


@dataclass(frozen=True, slots=True)
class PayRow:
    row: int  # on the chain, from 0: the place among the rows that are paid
    person: bytes  # 16
    amount_won: int


COLUMNS = (
    "list_id, programme, maker, checker, seed, state, file_name, created_at_s,"
    " count, total_won, faulty, proposal, approval, why, reading, lines, judged, header, columns, digest, again_why, again_of, again_rows,"
    " start_at_s, series, back, written"
)


def get(people: People, list_id: bytes) -> PaymentList:
    """NOT_FOUND when there is none."""
    row = people.read().execute(f"SELECT {COLUMNS} FROM list WHERE list_id = ?", (list_id,)).fetchone()
    if row is None:
        raise Refusal("NOT_FOUND", field="list")
    return PaymentList(*row)


def newest(people: People, state: str = "", limit: int = 100) -> list[PaymentList]:
    """Newest first; all whose rows are written, or those of one state."""
    rows = people.read().execute(
        f"SELECT {COLUMNS} FROM list WHERE ? IN ('', state) AND written = 1 ORDER BY number DESC LIMIT ?", (state, limit)
    )
    return [PaymentList(*row) for row in rows]


def previous(people: People, list_id: bytes) -> PaymentList | None:
    """The last list of the same programme before this one that was approved and pays."""
    row = people.read().execute(
        f"SELECT {COLUMNS} FROM list AS old WHERE state IN ('approved', 'issued') AND back = 0 AND (programme, 1) ="
        " (SELECT programme, old.number < number FROM list WHERE list_id = ?) ORDER BY number DESC LIMIT 1",
        (list_id,),
    ).fetchone()
    return PaymentList(*row) if row else None


ALL, FAULTY, NOTED = "", " AND reason <> ''", " AND note <> '' AND note <> 'waits'"


def rows(people: People, list_id: bytes, which: str = ALL, after: int = 0, limit: int = 200) -> list[ListRow]:
    """A page of the file's rows, or of the faulty or the noted ones; `after` is the last row number of the page before."""
    assert which in (ALL, FAULTY, NOTED)
    found = people.read().execute(
        "SELECT row, person_cell, amount_cell, person, amount_won, reason, set_aside, note FROM list_row"
        f" WHERE list = ? AND row > ?{which} ORDER BY row LIMIT ?",
        (_number(people.read(), list_id), after, limit),
    )
    return [ListRow(*row[:-2], bool(row[-2]), row[-1]) for row in found]


def without_wallet(people: People, list_id: bytes) -> list[PayRow]:
    """Who had no wallet when the list was judged, whether the money waits or the row was refused for it; `row` is the
    file's, the amount 0 where nothing is paid."""
    found = people.read().execute(
        "SELECT row, person, coalesce(amount_won, 0) FROM list_row WHERE list = ? AND person IS NOT NULL"
        " AND (note LIKE '%waits' OR reason = 'ROW_NOT_LINKED') ORDER BY row", (_number(people.read(), list_id),))
    return [PayRow(*row) for row in found]


def waiting(people: People, list_id: bytes) -> int:
    """For how many rows the money waits until their person has a wallet."""
    return people.read().execute(
        "SELECT count(*) FROM list_row WHERE list = ? AND note LIKE '%waits'", (_number(people.read(), list_id),)
    ).fetchone()[0]


def left_blocking(people: People, list_id: bytes) -> int:
    """How many faulty rows its maker has not set aside."""
    return people.read().execute(
        "SELECT count(*) FROM list_row WHERE list = ? AND reason <> '' AND set_aside = 0",
        (_number(people.read(), list_id),),
    ).fetchone()[0]


def table(people: People, list_id: bytes, which: str = ALL) -> Iterator[tuple[int, str, int | str, str, str]]:
    """(row, reference, amount, reason, note) of every row: for a file."""
    assert which in (ALL, FAULTY, NOTED)
    return people.read().execute(
        "SELECT row, coalesce(reference, person_cell), coalesce(amount_won, amount_cell), reason, note FROM list_row"
        f" LEFT JOIN person ON person.token = list_row.person WHERE list = ?{which} ORDER BY row",
        (_number(people.read(), list_id),),
    )


def reasons(people: People, list_id: bytes) -> dict[str, int]:
    """How many rows are faulty for which ROW_ word."""
    return dict(
        people.read().execute(
            "SELECT reason, count(*) FROM list_row WHERE list = ? AND reason <> '' GROUP BY reason",
            (_number(people.read(), list_id),),
        )
    )


def payable(people: People, list_id: bytes, after: int = -1, limit: int | None = None) -> list[PayRow]:
    """The rows that the grant pays, numbered as on the chain; `after` is the last number of the page before."""
    found = people.read().execute(
        "SELECT person, amount_won FROM list_row WHERE list = ? AND reason = '' ORDER BY row LIMIT ? OFFSET ?",
        (_number(people.read(), list_id), -1 if limit is None else limit, after + 1),
    )
    return [PayRow(place, person, amount_won) for place, (person, amount_won) in enumerate(found, after + 1)]


def propose(people: People, list_id: bytes, maker: int, grant: bytes) -> None:
    """Keeps the maker's signed grant for the checker.

    Raises NOT_YOURS, LIST_CLOSED, LIST_NOT_READY, LIST_EMPTY, ROWS_NOT_SET_ASIDE (fact `rows`), LIST_SEEN (facts `made_at_s`,
    `same`).
    """
    repeats.look(people, list_id)   # another may have been proposed since this one was judged
    with people.write() as connection:
        number = own(connection, list_id, maker)
        found = get(people, list_id)
        if found.reading:
            raise Refusal("LIST_NOT_READY")
        if not found.count:
            raise Refusal("LIST_EMPTY")
        left = left_blocking(people, list_id)
        if left:
            raise Refusal("ROWS_NOT_SET_ASIDE", rows=left)
        before = unsaid(people, found)
        if before:
            raise Refusal("LIST_SEEN", made_at_s=before.created_at_s, same=before.rows)
        connection.execute("UPDATE list SET state = 'proposed', proposal = ? WHERE number = ?", (grant, number))
        _forget_file(connection, number, _TO_MEND)


def unsaid(people: People, found: PaymentList) -> repeats.Seen | None:
    """The list that this one repeats without a reason: one given for another list, or for fewer people, is none."""
    before = repeats.seen(people, found.list_id)
    if before is None:
        return None
    said = bool(found.again_why) and found.again_of == before.number and before.rows <= found.again_rows
    return None if said else before


def approve(people: People, list_id: bytes, checker: int, approval: bytes) -> None:
    """Keeps the checker's signed approval. Raises SAME_OFFICER, LIST_CLOSED when it is not (any more) proposed."""
    _decide(people, list_id, checker, "state = 'approved', approval = ?", approval)


def refuse(people: People, list_id: bytes, checker: int, reason: str) -> None:
    """The checker says no, and why. Raises SAME_OFFICER, LIST_CLOSED, REASON_MISSING."""
    _decide(people, list_id, checker, "state = 'refused', why = ?", checked_reason(reason))


def _decide(people: People, list_id: bytes, checker: int, change: str, value: bytes | str) -> None:
    with people.write() as connection:
        number, maker, state = _state(connection, list_id)
        if checker == maker:
            raise Refusal("SAME_OFFICER")
        if state != PROPOSED:
            raise Refusal("LIST_CLOSED", state=state)
        connection.execute(f"UPDATE list SET {change}, checker = ? WHERE number = ?", (value, checker, number))


def stop(people: People, list_id: bytes, officer: int, reason: str) -> None:
    """Takes an approved list back before its moment has come; any officer may. LIST_CLOSED, REASON_MISSING."""
    why = checked_reason(reason)
    with people.write() as connection:
        number, _, state = _state(connection, list_id)
        changed = connection.execute(
            "UPDATE list SET state = 'withdrawn', why = ? WHERE number = ? AND state = 'approved' AND start_at_s > ?",
            (why, number, people.now_s()),
        ).rowcount
        if not changed:
            raise Refusal("LIST_CLOSED", state=state)


def issued(people: People, list_id: bytes) -> None:
    """The grant is on the chain, or was already. LIST_CLOSED when nobody has approved it."""
    with people.write() as connection:
        number, _, state = _state(connection, list_id)
        if state not in (APPROVED, ISSUED):
            raise Refusal("LIST_CLOSED", state=state)
        connection.execute("UPDATE list SET state = 'issued' WHERE number = ?", (number,))


def unpaid(people: People) -> list[bytes]:
    """The ids of all approved lists that are not known to be paid to their last row and whose moment has come, oldest
    first."""
    return [list_id for (list_id,) in people.read().execute(
        "SELECT list_id FROM list INDEXED BY list_unpaid WHERE paid = 0 AND state IN ('approved', 'issued')"
        " AND (state = 'issued' OR start_at_s <= ?) ORDER BY number", (people.now_s(),)
    )]


def paid(people: People, list_id: bytes) -> None:
    """Every row is on the chain. LIST_CLOSED when nobody has approved it."""
    with people.write() as connection:
        number, _, state = _state(connection, list_id)
        if state not in (APPROVED, ISSUED):
            raise Refusal("LIST_CLOSED", state=state)
        connection.execute("UPDATE list SET state = 'issued', paid = 1 WHERE number = ?", (number,))


def fail(people: People, list_id: bytes, word: str) -> None:
    """The chain refused an approved list for good: what was signed is spent, so its maker makes a new one.
    LIST_CLOSED for any other."""
    with people.write() as connection:
        number, _, state = _state(connection, list_id)
        if state != APPROVED:
            raise Refusal("LIST_CLOSED", state=state)
        connection.execute(
            "UPDATE list SET state = 'refused', why = ?, failed_at_s = ? WHERE number = ?", (word, people.now_s(), number))


def failed(people: People, since_s: int) -> list[PaymentList]:
    """Those that the chain refused since then, newest first."""
    rows = people.read().execute(
        f"SELECT {COLUMNS} FROM list WHERE state = 'refused' AND failed_at_s >= ? ORDER BY number DESC", (since_s,))
    return [PaymentList(*row) for row in rows]


def reopen(people: People, list_id: bytes) -> None:
    """An approved list whose approval the chain refused goes back to the checkers' desk. LIST_CLOSED for any other."""
    with people.write() as connection:
        number, _, state = _state(connection, list_id)
        if state != APPROVED:
            raise Refusal("LIST_CLOSED", state=state)
        connection.execute(
            "UPDATE list SET state = 'proposed', approval = x'', checker = NULL WHERE number = ?", (number,)
        )


def withdraw(people: People, list_id: bytes, maker: int) -> None:
    """The maker takes a draft or a proposal back. Raises NOT_YOURS, LIST_CLOSED."""
    with people.write() as connection:
        number = own(connection, list_id, maker, (DRAFT, PROPOSED))
        connection.execute("UPDATE list SET state = 'withdrawn', reading = '' WHERE number = ?", (number,))
        _forget_file(connection, number)


# What was refused, and the row that names the columns: its maker's to mend, until files are forgotten.
_TO_MEND = (" AND row NOT IN (SELECT row FROM list_row WHERE list = ?1 AND reason <> '')"
            " AND row <> (SELECT header FROM list WHERE number = ?1)")


def _forget_file(connection: sqlite.Connection, number: int, but: str = "") -> None:
    """What the file held beyond the judged rows is nobody's business any more."""
    connection.execute(f"DELETE FROM file_row WHERE list = ?1{but}", (number,))


def _state(connection: sqlite.Connection, list_id: bytes) -> tuple[int, int, str]:
    row = connection.execute("SELECT number, maker, state FROM list WHERE list_id = ?", (list_id,)).fetchone()
    if row is None:
        raise Refusal("NOT_FOUND", field="list")
    return row


def _number(connection: sqlite.Connection, list_id: bytes) -> int:
    return _state(connection, list_id)[0]


def own(
    connection: sqlite.Connection, list_id: bytes, officer: int, states: tuple[str, ...] = (DRAFT,)
) -> int:
    """The list's row number, inside a transaction. NOT_FOUND, NOT_YOURS, LIST_CLOSED."""
    number, maker, state = _state(connection, list_id)
    if maker != officer:
        raise Refusal("NOT_YOURS")
    if state not in states:
        raise Refusal("LIST_CLOSED", state=state)
    return number
