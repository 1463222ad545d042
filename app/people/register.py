"""The register of people: who stands behind a token. Whoever reads it sees masks until a reason is given."""

import json
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from app.errors import Refusal
from app.people import access
from app.people.people import People
from app.people.shapes import (
    even,
    masked_birth_date,
    masked_name,
    masked_phone,
    one_line,
    refuse_resident_number,
)
from app.store.database import sqlite

NAME_CHARACTERS = 60
REFERENCE = re.compile(r"[0-9A-Z가-힣][0-9A-Z가-힣-]{0,19}")
SEARCH_LIMIT = 50

# Each line by its own index: with OR the whole register would be read.
_FOUND = """ AND token IN (
    SELECT token FROM person WHERE reference >= :upper AND reference < :end
    UNION ALL SELECT token FROM person WHERE instr(name, :text) > 0
    UNION ALL SELECT token FROM person WHERE birth_date = :text
    UNION ALL SELECT token FROM person WHERE length(:text) >= 4 AND substr(phone, -4) = substr(:text, -4)
        AND :text IN (phone, substr(phone, -4)))"""


@dataclass(frozen=True, slots=True, repr=False)
class Details:
    """What is kept of a person. No repr, so that no log or traceback can show it."""

    name: str
    birth_date: str  # YYYY-MM-DD
    phone: str  # 010-1234-5678, or empty


@dataclass(frozen=True, slots=True, repr=False)
class Person:
    token: bytes  # 16, random
    reference: str  # the office's, such as P-0001
    name: str
    birth_date: str
    phone: str
    created_at_s: int

    def __repr__(self) -> str:
        return f"Person({self.token.hex()})"


@dataclass(frozen=True, slots=True)
class Masked:
    """A person as everybody at the office may see one; the birth date is a year, the phone four digits."""

    token: bytes
    reference: str
    name: str
    birth_date: str
    phone: str
    created_at_s: int


def add(people: People, details: Details, reference: str = "") -> Masked:
    """Puts a person in the register, under the office's reference or the next P-number.

    Raises FIELD_MISSING or FIELD_WRONG (fact `field`), RESIDENT_NUMBER, NUMBER_TAKEN (the reference).
    """
    details = checked(details, people.now_s())
    wanted = checked_reference(reference) if reference else ""
    token = secrets.token_bytes(16)
    with people.write() as connection:
        if wanted and connection.execute("SELECT 1 FROM person WHERE reference = ?", (wanted,)).fetchone():
            raise Refusal("NUMBER_TAKEN", field="reference")
        row = (token, wanted or _next_reference(connection), *_values(details), people.now_s())
        connection.execute("INSERT INTO person VALUES (?, ?, ?, ?, ?, ?)", row)
    return _mask(Person(*row))


def _next_reference(connection: sqlite.Connection) -> str:
    while True:
        (number,) = connection.execute(
            "UPDATE taken SET number = number + 1 WHERE what = 'reference' RETURNING number"
        ).fetchone()
        reference = f"P-{number:04}"
        if not connection.execute("SELECT 1 FROM person WHERE reference = ?", (reference,)).fetchone():
            return reference


def change(people: People, officer: int, token: bytes, details: Details, reason: str) -> Masked:
    """Corrects a person's details, and records who did and why."""
    details = checked(details, people.now_s())
    with people.write() as connection:
        before = _find(connection, token)
        access.record(connection, access.Access(0, people.now_s(), officer, token, "change", reason))
        connection.execute(
            "UPDATE person SET name = ?, birth_date = ?, phone = ? WHERE token = ?", (*_values(details), token)
        )
        after = Person(token, before.reference, *_values(details), before.created_at_s)
    return _mask(after)


def erase(people: People, officer: int, token: bytes, reason: str) -> None:
    """Takes a person out of the register and out of the cells of uploaded files. The access record stays."""
    with people.write() as connection:
        _find(connection, token)
        access.record(connection, access.Access(0, people.now_s(), officer, token, "erase", reason))
        connection.execute(
            "DELETE FROM file_row WHERE (list, row) IN (SELECT list, row FROM list_row WHERE person = ?)", (token,)
        )
        connection.execute("UPDATE list_row SET person_cell = '' WHERE person = ?", (token,))
        connection.execute("DELETE FROM person WHERE token = ?", (token,))


def get(people: People, token: bytes) -> Masked:
    """NOT_FOUND when nobody has this token (any more)."""
    return _mask(_find(people.read(), token))


def known(people: People, tokens: Iterable[bytes]) -> set[bytes]:
    """Those of these who are in the register."""
    return set(references(people, tokens))


def masked(people: People, token: bytes) -> str:
    """A name for lists, 김*수; empty for one who was erased."""
    row = people.read().execute("SELECT name FROM person WHERE token = ?", (token,)).fetchone()
    return masked_name(row[0]) if row else ""


def is_named(people: People, token: bytes, name: str) -> bool:
    """Whether this is somebody's name; the name itself is not told."""
    return bool(people.read().execute("SELECT 1 FROM person WHERE token = ? AND name = ?", (token, name)).fetchone())


def reference_of(people: People, token: bytes) -> str:
    """The office's reference; empty for one who was erased."""
    row = people.read().execute("SELECT reference FROM person WHERE token = ?", (token,)).fetchone()
    return row[0] if row else ""


def references(people: People, tokens: Iterable[bytes]) -> dict[bytes, str]:
    """token -> reference, of those who stand in the register."""
    wanted = json.dumps([token.hex() for token in tokens])
    return dict(people.read().execute(
        "SELECT token, reference FROM person WHERE token IN (SELECT unhex(value) FROM json_each(?))", (wanted,)))


def by_reference(people: People, reference: str) -> Masked | None:
    row = people.read().execute("SELECT * FROM person WHERE reference = ?", (even(reference).upper(),)).fetchone()
    return _mask(Person(*row)) if row else None


def unmask(people: People, officer: int, token: bytes, reason: str) -> Person:
    """Everything that is kept of a person; who asked and why is on record before the answer is given.

    Raises NOT_FOUND, REASON_MISSING, RESIDENT_NUMBER.
    """
    with people.write() as connection:
        person = _find(connection, token)
        access.record(connection, access.Access(0, people.now_s(), officer, token, "unmask", reason))
    return person


def search(people: People, text: str = "", after: str = "", limit: int = SEARCH_LIMIT) -> list[Masked]:
    """People whose reference, name, birth date (YYYY-MM-DD) or last four digits of the phone match, by reference.

    `after` is the last reference of the page before. An empty text finds everybody.
    """
    text = even(text)
    rows = people.read().execute(
        f"SELECT * FROM person WHERE reference > :after{_FOUND if text else ''} ORDER BY reference LIMIT :limit",
        {"after": after, "text": text, "upper": text.upper(), "end": text.upper() + chr(0x10FFFF), "limit": limit},
    )
    return [_mask(Person(*row)) for row in rows]


def similar(people: People, details: Details) -> list[Masked]:
    """People of the same name and birth date: the same person, who must not be entered twice?"""
    details = checked(details, people.now_s())
    rows = people.read().execute(
        "SELECT * FROM person WHERE name = ? AND birth_date = ? ORDER BY reference",
        (details.name, details.birth_date),
    )
    return [_mask(Person(*row)) for row in rows]


def count(people: People) -> int:
    return people.read().execute("SELECT count(*) FROM person").fetchone()[0]


def checked(details: Details, now_s: int) -> Details:
    """The same, made even. Raises FIELD_MISSING or FIELD_WRONG with the field, RESIDENT_NUMBER."""
    refuse_resident_number(details.name, details.birth_date, details.phone)
    name = one_line(details.name)
    if not name:
        raise Refusal("FIELD_MISSING", field="name")
    if len(name) > NAME_CHARACTERS or not name.isprintable():
        raise Refusal("FIELD_WRONG", field="name")
    return Details(name, _birth_date(even(details.birth_date), now_s), _phone(even(details.phone)))


def _birth_date(text: str, now_s: int) -> str:
    if not text:
        raise Refusal("FIELD_MISSING", field="birth_date")
    parts = re.fullmatch(r"([0-9]{4})[-./ ]{0,2}([0-9]{1,2})[-./ ]{0,2}([0-9]{1,2})\.?", text)
    try:
        born = date(*map(int, parts.groups()))
    except (AttributeError, ValueError):
        raise Refusal("FIELD_WRONG", field="birth_date") from None
    # A day of grace: the city's today may be ahead of UTC's.
    if not date(1900, 1, 1) <= born <= date.fromtimestamp(now_s + 86_400):
        raise Refusal("FIELD_WRONG", field="birth_date")
    return born.isoformat()


def _phone(text: str) -> str:
    """Korean numbers with their hyphens: 02-123-4567, 010-1234-5678; empty stays empty."""
    digits = re.sub(r"[-. ()]", "", text)
    digits = re.sub(r"^\+?82", "0", digits) if digits.startswith(("+82", "82")) else digits
    parts = re.fullmatch(r"(02|0[0-9]{2})([0-9]{3,4})([0-9]{4})", digits)
    if text and not parts:
        raise Refusal("FIELD_WRONG", field="phone")
    return "-".join(parts.groups()) if parts else ""


def checked_reference(text: str) -> str:
    """The office's reference in upper case: letters, digits and hyphens, at most 20."""
    refuse_resident_number(text)
    text = even(text).upper()
    if not REFERENCE.fullmatch(text):
        raise Refusal("FIELD_WRONG", field="reference")
    return text


def _find(connection: sqlite.Connection, token: bytes) -> Person:
    row = connection.execute("SELECT * FROM person WHERE token = ?", (token,)).fetchone()
    if row is None:
        raise Refusal("NOT_FOUND", field="person")
    return Person(*row)


def _values(details: Details) -> tuple[str, str, str]:
    return details.name, details.birth_date, details.phone


def _mask(person: Person) -> Masked:
    return Masked(
        person.token,
        person.reference,
        masked_name(person.name),
        masked_birth_date(person.birth_date),
        masked_phone(person.phone),
        person.created_at_s,
    )
