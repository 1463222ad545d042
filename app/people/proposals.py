"""Signed messages that wait on a desk for a second officer's signature."""

from dataclasses import dataclass

from app.errors import Refusal
from app.people.access import reason as checked_reason
from app.people.people import People
from app.people.shapes import one_line, refuse_resident_number
from app.store.database import sqlite

WAITING, DONE, REFUSED, WITHDRAWN = "waiting", "done", "refused", "withdrawn"


@dataclass(frozen=True, slots=True)
class NewProposal:
    message_id: bytes  # 32
    kind: int
    message: bytes  # signed by the maker
    maker: int
    about: str  # one line for the list, such as the programme's name; no personal data
    expires_at_s: int


@dataclass(frozen=True, slots=True)
class Proposal:
    message_id: bytes
    number: int
    kind: int
    message: bytes
    maker: int
    checker: int | None
    state: str
    about: str
    why: str  # of a refusal: an officer's own words, or the chain's word
    created_at_s: int
    expires_at_s: int


def add(people: People, new: NewProposal) -> Proposal:
    """Keeps it; the same message again gives the one that is kept."""
    refuse_resident_number(new.about)
    with people.write() as connection:
        connection.execute(
            "INSERT INTO proposal (message_id, number, kind, message, maker, state, about, created_at_s, expires_at_s)"
            " SELECT ?, coalesce(max(number), 0) + 1, ?, ?, ?, 'waiting', ?, ?, ? FROM proposal WHERE true"
            " ON CONFLICT (message_id) DO NOTHING",
            (
                new.message_id,
                new.kind,
                new.message,
                new.maker,
                one_line(new.about)[:200],
                people.now_s(),
                new.expires_at_s,
            ),
        )
        return _get(connection, new.message_id)


def get(people: People, message_id: bytes) -> Proposal:
    """NOT_FOUND when there is none."""
    return _get(people.read(), message_id)


def waiting(people: People) -> list[Proposal]:
    """Those that a second signature can still make good; oldest first."""
    rows = people.read().execute(
        "SELECT * FROM proposal WHERE state = 'waiting' AND expires_at_s > ? ORDER BY number", (people.now_s(),)
    )
    return [Proposal(*row) for row in rows]


def newest(people: People, limit: int = 100) -> list[Proposal]:
    rows = people.read().execute("SELECT * FROM proposal ORDER BY number DESC LIMIT ?", (limit,))
    return [Proposal(*row) for row in rows]


def done(people: People, message_id: bytes, checker: int) -> None:
    """It is on the chain, with this officer's approval: that stands, whatever else was decided here meanwhile.
    NOT_FOUND."""
    with people.write() as connection:
        _get(connection, message_id)
        connection.execute(
            "UPDATE proposal SET state = 'done', why = '', checker = ? WHERE message_id = ?", (checker, message_id)
        )


def refuse(people: People, message_id: bytes, checker: int, reason: str) -> None:
    """Another officer says no, and why. Raises SAME_OFFICER, ALREADY_DONE, REASON_MISSING."""
    _close(people, message_id, checker, REFUSED, checked_reason(reason))


def fail(people: People, message_id: bytes, word: str) -> None:
    """The chain refused it for good: it is over, with the chain's word as the reason. What was decided before stands."""
    with people.write() as connection:
        connection.execute(
            "UPDATE proposal SET state = 'refused', why = ? WHERE message_id = ? AND state = 'waiting'", (word, message_id)
        )


def withdraw(people: People, message_id: bytes, maker: int) -> None:
    """Its maker takes it back. Raises NOT_YOURS, ALREADY_DONE."""
    if get(people, message_id).maker != maker:
        raise Refusal("NOT_YOURS")
    _change(people, message_id, (WITHDRAWN, "", None, message_id))


def _close(people: People, message_id: bytes, checker: int, state: str, why: str) -> None:
    if get(people, message_id).maker == checker:
        raise Refusal("SAME_OFFICER")
    _change(people, message_id, (state, why, checker, message_id))


def _change(people: People, message_id: bytes, values: tuple) -> None:
    with people.write() as connection:
        changed = connection.execute(
            "UPDATE proposal SET state = ?, why = ?, checker = ? WHERE message_id = ? AND state = 'waiting'", values
        ).rowcount
    if not changed:
        raise Refusal("ALREADY_DONE")


def _get(connection: sqlite.Connection, message_id: bytes) -> Proposal:
    row = connection.execute("SELECT * FROM proposal WHERE message_id = ?", (message_id,)).fetchone()
    if row is None:
        raise Refusal("NOT_FOUND", field="proposal")
    return Proposal(*row)
