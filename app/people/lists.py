"""Lists of who gets how much: uploaded by a maker, judged row by row, proposed, approved, issued.

What is paid is on the chain; here stand the uploaded rows, the seed of their salts, and the two signed messages.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass

from app.errors import Refusal
from app.people import sheet
from app.people.access import reason as checked_reason
from app.people.people import People
from app.people.rows import JudgedRow, Known, judge
from app.people.shapes import holds_resident_number, one_line
from app.store.database import sqlite

DRAFT, PROPOSED, APPROVED, ISSUED, REFUSED, WITHDRAWN = (
    "draft",
    "proposed",
    "approved",
    "issued",
    "refused",
    "withdrawn",
)
FILE_NAME_CHARACTERS = 100


@dataclass(frozen=True, slots=True, repr=False)
class Upload:
    programme: int
    maker: int  # officer
    file_name: str
    raw: bytes


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


@dataclass(frozen=True, slots=True, repr=False)
class ListRow:
    row: int  # in the file, from 1
    person_cell: str
    amount_cell: str
    person: bytes | None
    amount_won: int | None
    reason: str  # "" or a ROW_ word
    set_aside: bool


@dataclass(frozen=True, slots=True)
class PayRow:
    row: int  # on the chain, from 0: the place among the rows that are paid
    person: bytes  # 16
    amount_won: int


COLUMNS = (
    "list_id, programme, maker, checker, seed, state, file_name, created_at_s,"
    " count, total_won, faulty, proposal, approval, why"
)


def create(people: People, upload: Upload, is_linked: Callable[[bytes], bool]) -> PaymentList:
    """Reads and keeps an uploaded file as a draft. `is_linked` says whether a person's token has an account.

    Raises TOO_LARGE, UNREADABLE, ROWS_TOO_MANY, LIST_EMPTY. A wrong row refuses only itself.
    """
    connection = people.read()

    def token_of(reference: str) -> bytes | None:
        row = connection.execute("SELECT token FROM person WHERE reference = ?", (reference,)).fetchone()
        return row[0] if row else None

    rows = judge(upload.raw, Known(token_of, is_linked))
    list_id = secrets.token_bytes(16)
    with people.write() as connection:
        _insert(connection, list_id, upload, rows, people.now_s())
    return get(people, list_id)


def _insert(
    connection: sqlite.Connection, list_id: bytes, upload: Upload, rows: list[JudgedRow], now_s: int
) -> None:
    file_name = one_line(upload.file_name)[:FILE_NAME_CHARACTERS]
    if holds_resident_number(file_name):
        file_name = ""
    good = [row.amount_won for row in rows if row.reason == ""]
    number = connection.execute(
        "INSERT INTO list (list_id, programme, maker, seed, state, file_name, created_at_s, count, total_won, faulty)"
        " VALUES (?, ?, ?, ?, 'draft', ?, ?, ?, ?, ?) RETURNING number",
        (
            list_id,
            upload.programme,
            upload.maker,
            secrets.token_bytes(32),
            file_name,
            now_s,
            len(good),
            sum(good),
            len(rows) - len(good),
        ),
    ).fetchone()[0]
    connection.executemany(
        "INSERT INTO list_row (list, row, person_cell, amount_cell, person, amount_won, reason)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            (number, row.row, row.person_cell, row.amount_cell, row.person, row.amount_won, row.reason)
            for row in rows
        ),
    )


def get(people: People, list_id: bytes) -> PaymentList:
    """NOT_FOUND when there is none."""
    row = people.read().execute(f"SELECT {COLUMNS} FROM list WHERE list_id = ?", (list_id,)).fetchone()
    if row is None:
        raise Refusal("NOT_FOUND", field="list")
    return PaymentList(*row)


def newest(people: People, state: str = "", limit: int = 100) -> list[PaymentList]:
    """Newest first; all, or those of one state."""
    rows = people.read().execute(
        f"SELECT {COLUMNS} FROM list WHERE ? IN ('', state) ORDER BY number DESC LIMIT ?", (state, limit)
    )
    return [PaymentList(*row) for row in rows]


def previous(people: People, list_id: bytes) -> PaymentList | None:
    """The last list of the same programme before this one that was approved."""
    row = people.read().execute(
        f"SELECT {COLUMNS} FROM list AS old WHERE state IN ('approved', 'issued') AND (programme, 1) ="
        " (SELECT programme, old.number < number FROM list WHERE list_id = ?) ORDER BY number DESC LIMIT 1",
        (list_id,),
    ).fetchone()
    return PaymentList(*row) if row else None


def rows(people: People, list_id: bytes, faulty: bool = False, after: int = 0, limit: int = 200) -> list[ListRow]:
    """A page of the file's rows, or of the faulty ones; `after` is the last row number of the page before."""
    found = people.read().execute(
        "SELECT row, person_cell, amount_cell, person, amount_won, reason, set_aside FROM list_row"
        " WHERE list = ? AND row > ?" + (" AND reason <> ''" if faulty else "") + " ORDER BY row LIMIT ?",
        (_number(people.read(), list_id), after, limit),
    )
    return [ListRow(*row[:-1], bool(row[-1])) for row in found]


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


def set_aside(people: People, list_id: bytes, maker: int) -> int:
    """The maker has seen the faulty rows and leaves them out. Says how many. Raises NOT_YOURS, LIST_CLOSED."""
    with people.write() as connection:
        number = _own(connection, list_id, maker)
        return connection.execute(
            "UPDATE list_row SET set_aside = 1 WHERE list = ? AND reason <> '' AND set_aside = 0", (number,)
        ).rowcount


def propose(people: People, list_id: bytes, maker: int, grant: bytes) -> None:
    """Keeps the maker's signed grant for the checker.

    Raises NOT_YOURS, LIST_CLOSED, LIST_EMPTY, ROWS_NOT_SET_ASIDE (fact `rows`).
    """
    with people.write() as connection:
        number = _own(connection, list_id, maker)
        (count,) = connection.execute("SELECT count FROM list WHERE number = ?", (number,)).fetchone()
        if not count:
            raise Refusal("LIST_EMPTY")
        (left,) = connection.execute(
            "SELECT count(*) FROM list_row WHERE list = ? AND reason <> '' AND set_aside = 0", (number,)
        ).fetchone()
        if left:
            raise Refusal("ROWS_NOT_SET_ASIDE", rows=left)
        connection.execute("UPDATE list SET state = 'proposed', proposal = ? WHERE number = ?", (grant, number))


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


def issued(people: People, list_id: bytes) -> None:
    """The grant is on the chain, or was already. LIST_CLOSED when nobody has approved it."""
    with people.write() as connection:
        number, _, state = _state(connection, list_id)
        if state not in (APPROVED, ISSUED):
            raise Refusal("LIST_CLOSED", state=state)
        connection.execute("UPDATE list SET state = 'issued' WHERE number = ?", (number,))


def unpaid(people: People) -> list[bytes]:
    """The ids of all approved lists that are not known to be paid to their last row, oldest first."""
    return [list_id for (list_id,) in people.read().execute(
        "SELECT list_id FROM list INDEXED BY list_unpaid WHERE paid = 0 AND state IN ('approved', 'issued') ORDER BY number"
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
        connection.execute("UPDATE list SET state = 'refused', why = ? WHERE number = ?", (word, number))


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
        number = _own(connection, list_id, maker, (DRAFT, PROPOSED))
        connection.execute("UPDATE list SET state = 'withdrawn' WHERE number = ?", (number,))


def export(people: People, list_id: bytes, faulty: bool = False) -> bytes:
    """The rows as a CSV file, without names: row, person, amount, reason."""
    found = rows(people, list_id, faulty, limit=sheet.ROWS + 1)
    return sheet.write(
        ["row", "person", "amount", "reason"],
        [[row.row, row.person_cell, row.amount_won or row.amount_cell, row.reason] for row in found],
    )


def _state(connection: sqlite.Connection, list_id: bytes) -> tuple[int, int, str]:
    row = connection.execute("SELECT number, maker, state FROM list WHERE list_id = ?", (list_id,)).fetchone()
    if row is None:
        raise Refusal("NOT_FOUND", field="list")
    return row


def _number(connection: sqlite.Connection, list_id: bytes) -> int:
    return _state(connection, list_id)[0]


def _own(
    connection: sqlite.Connection, list_id: bytes, officer: int, states: tuple[str, ...] = (DRAFT,)
) -> int:
    number, maker, state = _state(connection, list_id)
    if maker != officer:
        raise Refusal("NOT_YOURS")
    if state not in states:
        raise Refusal("LIST_CLOSED", state=state)
    return number
