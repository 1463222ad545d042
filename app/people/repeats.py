"""Whether a list gives people what they were given just now: all of them, by the digest of who gets how much, or so many that it
looks like a list sent twice of which some rows differ.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from app.people.people import People
from app.store.database import sqlite

MONTH_S = 25 * 86_400
LOOKED_BACK_S = 60 * 86_400     # for lists of which some rows differ; the very same one is found however old

# The other lists of a programme that pay too, or take back too: a monthly list is no repetition of what was paid a month before,
# by hand, by its series or by one that was stopped.
_OTHERS = ("FROM list AS mine JOIN list AS other ON other.programme = mine.programme AND other.number <> mine.number"
           " AND other.back = mine.back AND other.state IN ('proposed', 'approved', 'issued')"
           " AND NOT (mine.series > 0 AND other.created_at_s < mine.created_at_s - :month)"
           " WHERE mine.list_id = :list_id")


@dataclass(frozen=True, slots=True)
class Seen:
    """The other list, and how many people of this one are given the same by others, too."""
    number: int
    list_id: bytes      # 16
    created_at_s: int
    rows: int
    whole: bool         # the other one gives the same people the same, nobody more and nobody less


def seen(people: People, list_id: bytes) -> Seen | None:
    """As it was when the list was judged or proposed last; the newest one that is the very same before any other."""
    found = people.read().execute(
        f"SELECT other.number, other.list_id, other.created_at_s, mine.count, 1 {_OTHERS} AND other.digest = mine.digest AND mine.digest <> x''"
        " ORDER BY other.number DESC LIMIT 1", {"list_id": list_id, "month": MONTH_S}).fetchone()
    found = found or people.read().execute(
        "SELECT other.number, other.list_id, other.created_at_s, repeat.rows, 0 FROM repeat JOIN list AS mine ON mine.number = repeat.list"
        " JOIN list AS other ON other.number = repeat.other"
        " WHERE mine.list_id = ? AND other.state IN ('proposed', 'approved', 'issued')", (list_id,)).fetchone()
    return Seen(*found[:-1], bool(found[-1])) if found else None


def look(people: People, list_id: bytes) -> None:
    """Compares a list with those that were made in the last 60 days and keeps what was found. Outside of any transaction: nobody
    waits to write while hundreds of thousands of rows are read."""
    found = _most_like(people, list_id)
    with people.write() as connection:
        (number,) = connection.execute("SELECT number FROM list WHERE list_id = ?", (list_id,)).fetchone()
        connection.execute("DELETE FROM repeat WHERE list = ?", (number,))
        if found:
            connection.execute("INSERT INTO repeat (list, other, rows) VALUES (?, ?, ?)", (number, *found))


def _most_like(people: People, list_id: bytes) -> tuple[int, int] | None:
    """(number of the list with most of the same, how many rows of this one stand in any) when that is half of this list's rows or
    of another one's."""
    connection = people.read()
    (number,) = connection.execute("SELECT number FROM list WHERE list_id = ?", (list_id,)).fetchone()
    mine, again, most, half = dict(_pairs(connection, number)), set(), (0, 0), False
    others = connection.execute(
        f"SELECT other.number, other.count {_OTHERS} AND other.created_at_s >= :since ORDER BY other.number DESC",
        {"list_id": list_id, "month": MONTH_S, "since": people.now_s() - LOOKED_BACK_S}).fetchall()
    for other, count in others:
        same = {person for person, won in _pairs(connection, other) if mine.get(person) == won}
        again |= same
        half = half or 2 * len(same) >= count > 0
        most = max(most, (len(same), other))
    return (most[1], len(again)) if again and (half or 2 * len(again) >= len(mine)) else None


def complete(people: People) -> bool:
    """Works out the digest of the next list that was proposed before lists had one, so that it is found by the very same one, however
    old. Whether there may be more."""
    row = people.read().execute(
        "SELECT number FROM list WHERE digest = x'' AND state IN ('proposed', 'approved', 'issued') LIMIT 1").fetchone()
    if row is None:
        return False
    found = digest(people.read(), row[0])
    with people.write() as connection:
        connection.execute("UPDATE list SET digest = ? WHERE number = ?", (found, row[0]))
    return True


def digest(connection: sqlite.Connection, number: int) -> bytes:
    """(32) of who gets how much, in whatever order and whatever file."""
    found = hashlib.sha256()
    for person, amount_won in sorted(_pairs(connection, number)):
        found.update(person + amount_won.to_bytes(8))
    return found.digest()


def _pairs(connection: sqlite.Connection, number: int) -> Iterator[tuple[bytes, int]]:
    return connection.execute("SELECT person, amount_won FROM list_row WHERE list = ? AND reason = ''", (number,))
