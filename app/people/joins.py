"""Joining from home: the office sends a person a code, their wallet answers with it, an officer signs the link.

A code is sixteen digits, like a card's: six find it, ten are the secret. Five wrong secrets kill it.
"""

import hashlib
import hmac
import secrets
from collections.abc import Iterable
from dataclasses import dataclass

from app.errors import Refusal
from app.people import access
from app.people.people import People
from app.people.shapes import even
from app.store.database import sqlite

CODE_LIFE_S = 14 * 86_400
TRIES = 5
WAITING, LINKED, REFUSED = "waiting", "linked", "refused"


@dataclass(frozen=True, slots=True)
class Wish:
    """A wallet that asks to be linked to a person, and the officer who sent the code."""

    number: int
    person: bytes  # 16
    account: bytes  # 8
    officer: int
    state: str
    created_at_s: int


@dataclass(frozen=True, slots=True, repr=False)
class Letter:
    """What is printed for one person. No repr: whoever reads the code can use it."""

    person: bytes  # 16
    name: str
    reference: str
    code: str
    until_s: int


def send_code(people: People, officer: int, person: bytes) -> str:
    """A code for this person, as 0000-0000-0000-0000, shown once; an earlier one ends. On the access record.

    Raises NOT_FOUND.
    """
    with people.write() as connection:
        if not connection.execute("SELECT 1 FROM person WHERE token = ?", (person,)).fetchone():
            raise Refusal("NOT_FOUND", field="person")
        access.record(connection, access.Access(0, people.now_s(), officer, person, "join code", "join code"))
        _forget_old(connection, people.now_s())
        return _new_code(connection, officer, person, people.now_s())


def letters(people: People, officer: int, persons: Iterable[bytes], why: str) -> list[Letter]:
    """A code and the name for a letter to each of these people, in their order; who was erased is left out. Each is on the
    access record with the reason. Raises REASON_MISSING, RESIDENT_NUMBER."""
    made, now_s = [], people.now_s()
    with people.write() as connection:
        _forget_old(connection, now_s)
        for person in persons:
            row = connection.execute("SELECT name, reference FROM person WHERE token = ?", (person,)).fetchone()
            if row:
                access.record(connection, access.Access(0, now_s, officer, person, "letter", why))
                code = _new_code(connection, officer, person, now_s)
                made.append(Letter(person, *row, code, now_s + CODE_LIFE_S))
    return made


def addresses(people: People, officer: int, persons: Iterable[bytes], why: str) -> dict[bytes, tuple[str, str]]:
    """Name and reference of each for a letter without a code; who was erased is left out. On the access record as those above."""
    found, now_s = {}, people.now_s()
    with people.write() as connection:
        for person in persons:
            row = connection.execute("SELECT name, reference FROM person WHERE token = ?", (person,)).fetchone()
            if row:
                access.record(connection, access.Access(0, now_s, officer, person, "letter", why))
                found[person] = row
    return found


def _forget_old(connection: sqlite.Connection, now_s: int) -> None:
    connection.execute("DELETE FROM join_code WHERE expires_at_s <= ?", (now_s,))


def _new_code(connection: sqlite.Connection, officer: int, person: bytes, now_s: int) -> str:
    connection.execute("DELETE FROM join_code WHERE person = ?", (person,))
    place, secret = _free_place(connection), f"{secrets.randbelow(10**10):010}"
    connection.execute(
        "INSERT INTO join_code (place, digest, person, officer, expires_at_s) VALUES (?, ?, ?, ?, ?)",
        (place, _digest(place, secret), person, officer, now_s + CODE_LIFE_S),
    )
    code = place + secret
    return "-".join(code[start : start + 4] for start in range(0, 16, 4))


def _free_place(connection: sqlite.Connection) -> str:
    while True:
        place = f"{secrets.randbelow(10**6):06}"
        if not connection.execute("SELECT 1 FROM join_code WHERE place = ?", (place,)).fetchone():
            return place


def wish(people: People, code: str, account: bytes) -> Wish:
    """Uses a code up for this account. The officer's signature links; this does not.

    Raises JOIN_CODE_WRONG (fact `tries_left` is not told: it would say that the first six digits are right).
    """
    digits = "".join(letter for letter in even(code) if letter in "0123456789")
    place, secret = digits[:6], digits[6:16]
    with people.write() as connection:
        person_officer = _use_code(connection, place, secret, people.now_s()) if len(digits) == 16 else None
        # A wrong try must be counted for good, so nothing is raised inside the transaction.
        row = person_officer and connection.execute(
            "INSERT INTO join_wish (person, account, officer, state, created_at_s)"
            " VALUES (?, ?, ?, 'waiting', ?) RETURNING *",
            (person_officer[0], account, person_officer[1], people.now_s()),
        ).fetchone()
    if not row:
        raise Refusal("JOIN_CODE_WRONG")
    return Wish(*row)


def with_code(people: People) -> set[bytes]:
    """Who has a code that is good."""
    return {person for (person,) in people.read().execute("SELECT person FROM join_code WHERE expires_at_s > ?", (people.now_s(),))}


def _use_code(connection: sqlite.Connection, place: str, secret: str, now_s: int) -> tuple[bytes, int] | None:
    row = connection.execute(
        "SELECT digest, person, officer FROM join_code WHERE place = ? AND tries < ? AND expires_at_s > ?",
        (place, TRIES, now_s),
    ).fetchone()
    if row is None:
        return None
    digest, person, officer = row
    if not hmac.compare_digest(digest, _digest(place, secret)):
        connection.execute("UPDATE join_code SET tries = tries + 1 WHERE place = ?", (place,))
        return None
    connection.execute("DELETE FROM join_code WHERE place = ?", (place,))
    return person, officer


def waiting(people: People, officer: int = 0, after: int = 0, limit: int = -1) -> list[Wish]:
    """Oldest first; those of one officer's codes alone, if one is named. `after` is the last number of the page before."""
    rows = people.read().execute(
        "SELECT * FROM join_wish WHERE state = 'waiting' AND number > ? AND ? IN (0, officer) ORDER BY number LIMIT ?",
        (after, officer, limit),
    )
    return [Wish(*row) for row in rows]


def count(people: People, officer: int = 0) -> int:
    """How many wait."""
    return people.read().execute("SELECT count(*) FROM join_wish WHERE state = 'waiting' AND ? IN (0, officer)", (officer,)).fetchone()[0]


def senders(people: People) -> list[int]:
    """The officers whose codes are waited for."""
    return [officer for (officer,) in people.read().execute(
        "SELECT DISTINCT officer FROM join_wish WHERE state = 'waiting' ORDER BY officer")]


def of_person(people: People, person: bytes) -> list[Wish]:
    """A person's wishes that wait, oldest first."""
    rows = people.read().execute("SELECT * FROM join_wish WHERE state = 'waiting' AND person = ? ORDER BY number", (person,))
    return [Wish(*row) for row in rows]


def asked(people: People, account: bytes, person: bytes) -> Wish:
    """The newest wish for just this link, one that waits before any other. NOT_FOUND when nobody asked for it."""
    row = people.read().execute(
        "SELECT * FROM join_wish WHERE account = ? AND person = ? ORDER BY state = 'waiting' DESC, number DESC LIMIT 1", (account, person)).fetchone()
    if row is None:
        raise Refusal("NOT_FOUND", field="wish")
    return Wish(*row)


def fulfil(people: People, account: bytes, person: bytes) -> None:
    """Closes what waits for just this link, which is on the chain."""
    with people.write() as connection:
        connection.execute("UPDATE join_wish SET state = 'linked' WHERE account = ? AND person = ? AND state = 'waiting'", (account, person))


def get(people: People, number: int) -> Wish:
    """NOT_FOUND when there is none."""
    row = people.read().execute("SELECT * FROM join_wish WHERE number = ?", (number,)).fetchone()
    if row is None:
        raise Refusal("NOT_FOUND", field="wish")
    return Wish(*row)


def of_account(people: People, account: bytes) -> Wish | None:
    """The newest wish of a wallet, which tells its owner how far it has come."""
    row = people.read().execute(
        "SELECT * FROM join_wish WHERE account = ? ORDER BY number DESC LIMIT 1", (account,)
    ).fetchone()
    return Wish(*row) if row else None


def refuse(people: People, number: int) -> None:
    """An officer will not link them. ALREADY_DONE when they are linked."""
    with people.write() as connection:
        changed = connection.execute(
            "UPDATE join_wish SET state = 'refused' WHERE number = ? AND state IN ('waiting', 'refused')", (number,)
        ).rowcount
    if not changed:
        get(people, number)
        raise Refusal("ALREADY_DONE")


def _digest(place: str, secret: str) -> bytes:
    return hashlib.sha256(f"hagc/join-code/1\0{place}{secret}".encode()).digest()
