"""A maker's draft: the file's rows wait until their columns are named, are judged portion by portion, and those that
can't be paid are set aside. Every step is one transaction, so a closed tab or a stopped server loses nothing.
"""

import json
import secrets
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from itertools import chain, islice

from app.errors import Refusal
from app.people import columns as shapes, lists, repeats, sheet
from app.people.access import reason as checked_reason
from app.people.columns import Columns, Shape
from app.people.lists import COLUMNS_ASKED, JUDGING, PaymentList, Upload, own
from app.people.people import People
from app.people.rows import AMOUNT_WRONG, CELL_CHARACTERS, WON_END, JudgedRow, Known, joined, judge
from app.people.shapes import holds_resident_number, one_line
from app.people.workbook import Cell
from app.store.database import sqlite

FILE_NAME_CHARACTERS = 100
PORTION, PORTION_CHARACTERS = 2_000, 500_000    # rows, and of their cells, in one transaction: others wait so long to write
KEPT_FOR_S = 7 * 86_400     # a file that nobody went on with
TORN_S = 600                # nobody writes one file so long
PREVIEWED = 8
OFFERED = shapes.LOOKED_AT + 3     # rows of which one may name the columns


@dataclass(frozen=True, slots=True)
class Rules:
    """What the ledger says of people, by their tokens."""

    is_linked: Callable[[bytes], bool]  # whether somebody has an account
    why_back: Callable[[bytes, int], str] = lambda person, amount_won: ""  # a ROW_ word; "": paid, or it waits
    expect: Callable[[list[bytes]], None] = lambda people: None  # told who will be asked about, to be read in one go


def create(people: People, upload: Upload) -> PaymentList:
    """Reads an uploaded file and keeps it as a draft, which waits for its columns or to be judged.

    Raises what `sheet.rows` raises, and LIST_EMPTY.
    """
    with closing(sheet.lines(upload.raw)) as rows:
        first = list(islice(rows, shapes.LOOKED_AT))
        shape = Shape(0, upload.columns, True) if upload.columns else shapes.shape_of(people, list(map(sheet.cells, first)))
        with people.write() as connection:
            list_id = begin(connection, people, upload, shape)
        return fill(people, list_id, chain(first, rows), shape)


def begin(connection: sqlite.Connection, people: People, upload: Upload, shape: Shape, series: int = 0, undoes: bytes = b"") -> bytes:
    """The id of a new draft, inside a transaction, which `fill` writes and nobody sees before; of a series, or made to take back the
    paid list of this id."""
    list_id, file_name = secrets.token_bytes(16), one_line(upload.file_name)[:FILE_NAME_CHARACTERS]
    if holds_resident_number(file_name):
        file_name = ""
    connection.execute(
        "INSERT INTO list (list_id, programme, maker, seed, state, file_name, created_at_s, count, total_won, faulty,"
        " reading, lines, judged, header, columns, series, back, written, undoes)"
        " VALUES (?, ?, ?, ?, 'draft', ?, ?, 0, 0, 0, 'columns', 0, ?, ?, ?, ?, ?, 0,"
        " coalesce((SELECT number FROM list WHERE list_id = ?), 0))",
        (list_id, upload.programme, upload.maker, secrets.token_bytes(32), file_name, people.now_s(),
         shape.header, shape.header, shape.columns.to_text(), series, upload.back, undoes))
    return list_id


def fill(people: People, list_id: bytes, rows: Iterable[str], shape: Shape,
         last: Callable[[sqlite.Connection], object] = lambda connection: None) -> PaymentList:
    """Writes what was begun: its rows, each as JSON, so many at a time that others who write wait no longer than for a portion, and
    not while rows are read. `last` is done with the end of it. What fails leaves nothing. LIST_EMPTY, BUSY when it was given up."""
    lines, filled, whole = 0, False, False
    try:
        for portion in _apart(rows):
            numbered = [(lines, text) for lines, text in enumerate(portion, lines + 1)]
            filled = filled or any(row > shape.header and any(map(shapes.text_of, sheet.cells(text))) for row, text in numbered)
            lines += len(portion)
            with people.write() as connection:
                number = _unwritten(connection, list_id)
                connection.executemany("INSERT INTO file_row VALUES (?, ?, ?)", (
                    (number, row, text) for row, text in numbered if not _is_blank(text)))
        if not filled:
            raise Refusal("LIST_EMPTY")
        with people.write() as connection:
            connection.execute("UPDATE list SET written = 1, reading = ?, lines = ? WHERE number = ?",
                               (JUDGING if shape.sure else COLUMNS_ASKED, lines, _unwritten(connection, list_id)))
            last(connection)
        whole = True
    finally:
        if not whole:
            with people.write() as connection:
                connection.execute("DELETE FROM list WHERE list_id = ? AND written = 0", (list_id,))
    return lists.get(people, list_id)


def _apart(rows: Iterable[str]) -> Iterator[list[str]]:
    portion, characters = [], 0
    for text in rows:
        portion.append(text)
        characters += len(text)
        if len(portion) == PORTION or characters > PORTION_CHARACTERS:
            yield portion
            portion, characters = [], 0
    yield portion


def _unwritten(connection: sqlite.Connection, list_id: bytes) -> int:
    row = connection.execute("SELECT number FROM list WHERE list_id = ? AND written = 0", (list_id,)).fetchone()
    if row is None:
        raise Refusal("BUSY")
    return row[0]


def _is_blank(text: str) -> bool:
    return not text.strip('[]",') and not any(sheet.cells(text))


# --- columns -------------------------------------------------------------------------------

def preview(people: People, found: PaymentList, first: int = 1, limit: int = PREVIEWED) -> list[tuple[int, list[Cell]]]:
    """The first rows of the file from row `first`, as long as it is kept."""
    rows = people.read().execute(
        "SELECT row, cells FROM file_row WHERE list = (SELECT number FROM list WHERE list_id = ?) AND row >= ?"
        " ORDER BY row LIMIT ?", (found.list_id, first, limit),
    )
    return [(row, sheet.cells(text)) for row, text in rows]


def header_of(people: People, found: PaymentList) -> list[Cell]:
    """The cells that name the columns; none without a header, or when the file isn't kept any more."""
    rows = preview(people, found, found.header, 1) if found.header else []
    return rows[0][1] if rows and rows[0][0] == found.header else []


def name_columns(people: People, list_id: bytes, maker: int, columns: Columns, header: int) -> None:
    """The maker says which column is what, and which row names them (0: none); every row is judged anew, and the next
    file with this header needs no question. Raises NOT_YOURS, LIST_CLOSED, COLUMNS_MISSING."""
    found = lists.get(people, list_id)
    rows = dict(preview(people, found, limit=OFFERED))
    if header and header not in rows:
        raise Refusal("COLUMNS_MISSING")
    heading = rows.get(header, [])
    width = shapes.width_of(heading) if header else max(map(shapes.width_of, rows.values()), default=0)
    wanted = shapes.chosen(replace(columns, width=width))
    if max(wanted.used) >= max(map(len, rows.values()), default=0):
        raise Refusal("COLUMNS_MISSING")
    with people.write() as connection:
        number = own(connection, list_id, maker)
        connection.execute("DELETE FROM list_row WHERE list = ?", (number,))
        connection.execute("DELETE FROM repeat WHERE list = ?", (number,))
        connection.execute(
            "UPDATE list SET reading = 'judging', header = ?, judged = ?, columns = ?, count = 0, total_won = 0, faulty = 0,"
            " digest = x'', again_why = '' WHERE number = ?", (header, header, wanted.to_text(), number),
        )
    shapes.remember(people, maker, heading, wanted)


# --- judging -------------------------------------------------------------------------------

def judging(people: People) -> list[bytes]:
    """The ids of drafts whose rows are not all judged, oldest first."""
    return [list_id for (list_id,) in people.read().execute("SELECT list_id FROM list WHERE reading = 'judging' ORDER BY number")]


def judge_portion(people: People, list_id: bytes, rules: Rules) -> bool:
    """Judges the next rows of a draft, if there are any. Whether there may be more."""
    with people.write() as connection:
        found = lists.get(people, list_id)
        if found.reading != JUDGING:
            return False
        (number,) = connection.execute("SELECT number FROM list WHERE list_id = ?", (list_id,)).fetchone()
        rows = _portion(connection, number, found.judged)
        if rows:
            judged = judge(rows, Columns.from_text(found.columns), _known(connection, number, rules))
            _keep(connection, number, _fitting(judged, found.total_won), rows[-1][0])
            return True
    return _judged(people, number, found)


def _judged(people: People, number: int, found: PaymentList) -> bool:
    """Every row is judged: the list is compared with others, and may be signed. While the rows are read nobody waits to write.
    Whether its columns were named anew meanwhile."""
    digest = repeats.digest(people.read(), number)
    repeats.look(people, found.list_id)
    with people.write() as connection:
        return not connection.execute(
            "UPDATE list SET reading = '', digest = ? WHERE number = ? AND reading = 'judging' AND (judged, columns, header) = (?, ?, ?)",
            (digest, number, found.judged, found.columns, found.header)).rowcount


def _portion(connection: sqlite.Connection, number: int, after: int) -> list[tuple[int, list[Cell]]]:
    """The next rows, at least one if there is any."""
    rows, characters = [], 0
    for row, text in connection.execute(
        "SELECT row, cells FROM file_row WHERE list = ? AND row > ? ORDER BY row LIMIT ?", (number, after, PORTION)):
        rows.append((row, sheet.cells(text)))
        characters += len(text)
        if characters > PORTION_CHARACTERS:
            break
    return rows


def _known(connection: sqlite.Connection, number: int, rules: Rules) -> Known:
    def by_reference(references: Iterable[str]) -> dict[str, bytes]:
        return dict(connection.execute(
            "SELECT reference, token FROM person WHERE reference IN (SELECT value FROM json_each(?))",
            (json.dumps(list(references)),)))

    def born_on(dates: Iterable[str]) -> dict[tuple[str, str], list[bytes]]:
        found: dict[tuple[str, str], list[bytes]] = {}
        for name, birth_date, token in connection.execute(
            "SELECT name, birth_date, token FROM person WHERE birth_date IN (SELECT value FROM json_each(?))",
            (json.dumps(list(dates)),)):
            found.setdefault((joined(name), birth_date), []).append(token)
        return found

    def listed(people: Iterable[bytes]) -> set[bytes]:
        look = "SELECT 1 FROM list_row WHERE person = ? AND list = ? LIMIT 1"
        return {person for person in people if connection.execute(look, (person, number)).fetchone()}

    return Known(by_reference, born_on, listed, rules.expect, rules.is_linked, rules.why_back)


def _fitting(judged: list[JudgedRow], total_won: int) -> list[JudgedRow]:
    """A row with which the total would be more than any message can hold is refused."""
    fitting = []
    for row in judged:
        if row.reason == "" and total_won + row.amount_won >= WON_END:
            row = replace(row, amount_won=None, reason=AMOUNT_WRONG, note="")
        total_won += row.amount_won or 0
        fitting.append(row)
    return fitting


def _keep(connection: sqlite.Connection, number: int, judged: list[JudgedRow], last: int) -> None:
    connection.executemany(
        "INSERT INTO list_row (list, row, person_cell, amount_cell, person, amount_won, reason, note)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        ((number, row.row, row.person_cell, row.amount_cell, row.person, row.amount_won, row.reason, row.note)
         for row in judged),
    )
    good = [row.amount_won for row in judged if row.reason == ""]
    connection.execute(
        "UPDATE list SET count = count + ?, total_won = total_won + ?, faulty = faulty + ?, judged = ? WHERE number = ?",
        (len(good), sum(good), len(judged) - len(good), last, number),
    )


# --- before it is proposed -----------------------------------------------------------------

def set_aside(people: People, list_id: bytes, maker: int, rows: Iterable[int] | None = None) -> int:
    """The maker has seen the faulty rows, or these of them, and leaves them out. Says how many. NOT_YOURS, LIST_CLOSED,
    LIST_NOT_READY."""
    with people.write() as connection:
        number = own(connection, list_id, maker)
        if lists.get(people, list_id).reading:
            raise Refusal("LIST_NOT_READY")
        only = "" if rows is None else " AND row IN (SELECT value FROM json_each(?))"
        return connection.execute(
            f"UPDATE list_row SET set_aside = 1 WHERE list = ? AND reason <> '' AND set_aside = 0{only}",
            (number, *(() if rows is None else (json.dumps(list(rows)),))),
        ).rowcount


def pay_again(people: People, list_id: bytes, maker: int, reason: str, of: bytes) -> None:
    """Why the same people get the same once more as by the list of this id (16), which the maker saw. NOT_YOURS, LIST_CLOSED,
    REASON_MISSING, LIST_SEEN when it is another one by now."""
    why = checked_reason(reason)
    with people.write() as connection:
        number, before = own(connection, list_id, maker), repeats.seen(people, list_id)
        if before is None:
            return
        if before.list_id != of:
            raise Refusal("LIST_SEEN", made_at_s=before.created_at_s, same=before.rows)
        connection.execute("UPDATE list SET again_why = ?, again_of = ?, again_rows = ? WHERE number = ?",
                           (why, before.number, before.rows, number))


def start_at(people: People, list_id: bytes, maker: int, at_s: int) -> None:
    """Not paid before this moment, at most as far ahead as what is signed can live; 0: at once. NOT_YOURS, LIST_CLOSED,
    FIELD_WRONG (`start`)."""
    if at_s and not people.now_s() < at_s <= people.now_s() + lists.START_WITHIN_S:
        raise Refusal("FIELD_WRONG", field="start")
    with people.write() as connection:
        number = own(connection, list_id, maker)
        connection.execute("UPDATE list SET start_at_s = ? WHERE number = ?", (at_s, number))


def forget_files(people: People) -> int:
    """Drops the cells of files that their makers did not go on with, and those drafts; how many. Of what was torn nothing stays."""
    old_s = people.now_s() - KEPT_FOR_S
    with people.write() as connection:
        connection.execute("DELETE FROM list WHERE written = 0 AND created_at_s < ?", (people.now_s() - TORN_S,))
        connection.execute(
            "DELETE FROM file_row WHERE list IN (SELECT number FROM list WHERE created_at_s < ?)", (old_s,))
        return connection.execute(
            "UPDATE list SET state = 'withdrawn', reading = '' WHERE reading <> '' AND created_at_s < ?", (old_s,)).rowcount


def refused_rows(people: People, found: PaymentList, after: int = 0) -> list[tuple[int, str, list[Cell]]]:
    """(row, reason, the file's cells) of every faulty row, as long as the file is kept: to be mended and sent again."""
    rows = people.read().execute(
        "SELECT file_row.row, reason, cells FROM list JOIN list_row ON list_row.list = number"
        " JOIN file_row ON file_row.list = number AND file_row.row = list_row.row"
        " WHERE list_id = ? AND reason <> '' AND list_row.row > ? ORDER BY list_row.row", (found.list_id, after),
    )
    return [(row, reason, sheet.cells(text)) for row, reason, text in rows]


def as_written(people: People, found: PaymentList, rows: list[lists.ListRow]) -> list[lists.ListRow]:
    """The same rows with what stood in the cells of the file, for its maker alone, as long as it is kept. A name stays masked."""
    columns = Columns.from_text(found.columns)
    cells = {row: sheet.cells(text) for row, text in people.read().execute(
        "SELECT row, cells FROM file_row WHERE list = (SELECT number FROM list WHERE list_id = ?)"
        " AND row IN (SELECT value FROM json_each(?))", (found.list_id, json.dumps([each.row for each in rows])))}

    def read(each: lists.ListRow, place: int, otherwise: str) -> str:
        written = cells.get(each.row, [])
        return shapes.text_of(written[place])[:CELL_CHARACTERS] if 0 <= place < len(written) else otherwise

    return [replace(each, person_cell=read(each, columns.reference, each.person_cell),
                    amount_cell=read(each, columns.amount, each.amount_cell)) for each in rows]
