"""The access record: which officer saw or changed whose data, when, what and why. Kept for two years."""

from dataclasses import dataclass

from app.errors import Refusal
from app.people.people import People
from app.people.shapes import one_line, refuse_resident_number
from app.store.database import sqlite

REASON_CHARACTERS = 2, 200
AGAIN = "door again"
DEEDS = ("unmask", "balance", "queue", "refusals", "change", "join code", "letter", "card", "card given", "card back", "card sheet",
         "card pin", "card pin again", "blank made", "blank sheet", "blank slips", "blank again", "blank away", "erase", AGAIN)
OPERATOR = 0            # in an officer's place: who runs the server, by a command

_TILL, _BATCH, _OFFICER = b"till", b"batch", b"officer"


@dataclass(frozen=True, slots=True)
class Access:
    number: int
    at_s: int
    officer: int
    person: bytes  # 16; or a till, a batch of blank cards or an officer, as `of_till`, `of_batch` and `of_officer` have it
    what: str
    why: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which lines: of one officer, of one sort, of one person by the office's reference; nothing said: all."""
    officer: int | None = None
    what: str = ""
    reference: str = ""


def record(connection: sqlite.Connection, access: Access) -> None:
    """Adds one line, inside the transaction of what it records; `access.number` is given by the record.

    Raises REASON_MISSING, or RESIDENT_NUMBER when one stands in the reason.
    """
    assert access.what in DEEDS     # the record is filtered by them
    why = reason(access.why)
    connection.execute(
        "INSERT INTO access (at_s, officer, person, what, why) VALUES (?, ?, ?, ?, ?)",
        (access.at_s, access.officer, access.person, access.what, why),
    )


def of_till(number: int) -> bytes:
    """In a person's place (16): whose file was read. Tokens of people are random."""
    return _TILL + number.to_bytes(12)


def till_of(person: bytes) -> int | None:
    """The till that stands in a person's place."""
    return int.from_bytes(person[len(_TILL):]) if person.startswith(_TILL) else None


def of_batch(number: int) -> bytes:
    """In a person's place (16): which cards, made ahead and nobody's yet, were made, printed or thrown away."""
    return _BATCH + number.to_bytes(11)


def batch_of(person: bytes) -> int | None:
    """The batch that stands in a person's place."""
    return int.from_bytes(person[len(_BATCH):]) if person.startswith(_BATCH) else None


def of_officer(number: int) -> bytes:
    """In a person's place (16): whose way to sign in was made anew."""
    return _OFFICER + number.to_bytes(9)


def officer_of(person: bytes) -> int | None:
    """The officer who stands in a person's place."""
    return int.from_bytes(person[len(_OFFICER):]) if person.startswith(_OFFICER) else None


def reason(text: str) -> str:
    """The reason that an officer typed, on one line; REASON_MISSING when it says nothing."""
    least, most = REASON_CHARACTERS
    text = one_line(text)
    if not least <= len(text) <= most:
        raise Refusal("REASON_MISSING", least=least, most=most)
    refuse_resident_number(text)
    return text


def of_person(people: People, person: bytes, limit: int = 100) -> list[Access]:
    """Who saw this person's data, newest first."""
    rows = people.read().execute(
        "SELECT * FROM access WHERE person = ? ORDER BY number DESC LIMIT ?", (person, limit)
    )
    return [Access(*row) for row in rows]


def newest(people: People, wanted: Wanted = Wanted(), before: int | None = None, limit: int = 100) -> list[Access]:
    """The whole record or what is wanted of it, newest first; `before` is the number of the last line of the page before."""
    rows = people.read().execute(
        "SELECT * FROM access WHERE number < :before AND (:officer IS NULL OR officer = :officer)"
        " AND :what IN ('', what) AND (:reference = '' OR person IN (SELECT token FROM person WHERE reference = :reference))"
        " ORDER BY number DESC LIMIT :limit",
        {"before": before or 2**62, "officer": wanted.officer, "what": wanted.what, "reference": wanted.reference, "limit": limit},
    )
    return [Access(*row) for row in rows]


def between(people: People, from_s: int, until_s: int) -> list[Access]:
    """What was recorded from `from_s` until before `until_s`, oldest first."""
    rows = people.read().execute("SELECT * FROM access WHERE at_s >= ? AND at_s < ? ORDER BY at_s, number", (from_s, until_s))
    return [Access(*row) for row in rows]


def forget_old(people: People) -> int:
    """Drops the lines that are older than two years, and says how many; SQLite's own clock must agree."""
    with people.write() as connection:
        return connection.execute(
            "DELETE FROM access WHERE at_s <= unixepoch(?, 'unixepoch', '-2 years')"
            " AND at_s <= unixepoch('now', '-2 years')",
            (people.now_s(),),
        ).rowcount
