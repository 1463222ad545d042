"""Calls to people whose money ends soon: who looked at the number, who called when, so that nobody is called twice."""

from dataclasses import dataclass

from app.errors import Refusal
from app.people import access
from app.people.people import People
from app.people.register import Person
from app.store.database import sqlite

LOOKED, CALLED, UNREACHED = "looked", "called", "unreached"
HELD_S = 600        # so long the number is one officer's to call
KEPT_S = 90 * 86_400


@dataclass(frozen=True, slots=True)
class Call:
    person: bytes       # 16
    officer: int
    state: str
    at_s: int


def newest(people: People) -> dict[bytes, Call]:
    """The last of each person."""
    rows = people.read().execute(
        "SELECT person, officer, state, at_s FROM ending_call WHERE number IN (SELECT max(number) FROM ending_call GROUP BY person)")
    return {row[0]: Call(*row) for row in rows}


def look(people: People, officer: int, person: bytes, why: str, since_s: int) -> Person:
    """The person with their number, for the officer who calls; on the access record, with the reason.

    CALL_TAKEN (fact called_at_s) when another one has the number before them, or called since `since_s`. NOT_FOUND,
    REASON_MISSING, RESIDENT_NUMBER.
    """
    with people.write() as connection:
        _not_by_another(connection, officer, person, (people.now_s(), since_s))
        row = connection.execute("SELECT * FROM person WHERE token = ?", (person,)).fetchone()
        if row is None:
            raise Refusal("NOT_FOUND", field="person")
        access.record(connection, access.Access(0, people.now_s(), officer, person, "unmask", why))
        _write(connection, Call(person, officer, LOOKED, people.now_s()))
    return Person(*row)


def mark(people: People, officer: int, person: bytes, state: str, since_s: int) -> None:
    """CALLED or UNREACHED, by the officer who has the number before them; once more the same is the same. CALL_TAKEN as
    `look`, CALL_NOT_OPENED."""
    assert state in (CALLED, UNREACHED)
    with people.write() as connection:
        _not_by_another(connection, officer, person, (people.now_s(), since_s))
        last = _last(connection, person)
        if last is None or last.officer != officer or last.state not in (LOOKED, state):
            raise Refusal("CALL_NOT_OPENED")
        if last.state == state:
            return
        _write(connection, Call(person, officer, state, people.now_s()))
        connection.execute("DELETE FROM ending_call WHERE at_s < ?", (people.now_s() - KEPT_S,))


def undo(people: People, officer: int, person: bytes) -> None:
    """Takes back an officer's own last CALLED: it is again as if they had only looked. CALL_NOT_OPENED for any other."""
    with people.write() as connection:
        last = _last(connection, person)
        if last is None or (last.officer, last.state) != (officer, CALLED):
            raise Refusal("CALL_NOT_OPENED")
        connection.execute(
            "DELETE FROM ending_call WHERE number = (SELECT max(number) FROM ending_call WHERE person = ?)", (person,))


def is_held(call: Call, now_s: int) -> bool:
    """Whether an officer has the number before them."""
    return call.state == LOOKED and call.at_s > now_s - HELD_S


def _not_by_another(connection: sqlite.Connection, officer: int, person: bytes, times: tuple[int, int]) -> None:
    now_s, since_s = times
    last = _last(connection, person)
    if last is None or last.officer == officer:
        return
    if is_held(last, now_s) or (last.state == CALLED and last.at_s >= since_s):
        raise Refusal("CALL_TAKEN", called_at_s=last.at_s)


def _last(connection: sqlite.Connection, person: bytes) -> Call | None:
    row = connection.execute(
        "SELECT person, officer, state, at_s FROM ending_call WHERE person = ? ORDER BY number DESC LIMIT 1", (person,)).fetchone()
    return Call(*row) if row else None


def _write(connection: sqlite.Connection, call: Call) -> None:
    connection.execute("INSERT INTO ending_call (person, officer, state, at_s) VALUES (?, ?, ?, ?)", (
        call.person, call.officer, call.state, call.at_s))
