"""Blank cards: printed ahead with their PIN slips, nobody's until one is given to a person."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from app.errors import Refusal
from app.message.card import new_number
from app.people import access, cards
from app.people.cards import Card
from app.people.people import People
from app.store.database import sqlite

NOBODY = b""
SHEET = "blank sheet"
PRINTED = ("blank made", SHEET, "blank slips", "blank again")      # after any of these an officer may know a PIN, or hold a second sheet
MOST = 9_000        # in stock: of ten thousand endings a tenth stays free to be drawn


@dataclass(frozen=True, slots=True)
class Batch:
    """What is left of the cards that were made together."""
    number: int
    cards: int
    without_pin: int
    officer: int
    created_at_s: int


def add(people: People, made: Sequence[Card]) -> int:
    """The number of their batch, which none had before. Each card (without a number) gets one whose last four digits no other card in
    stock ends in: a PIN slip names its card by them. On the access record, as all that happens to a batch. CARD_STOCK_FULL."""
    with people.write() as connection:
        made = _numbered(connection, made)
        batch = connection.execute("UPDATE taken SET number = number + 1 WHERE what = 'batch' RETURNING number").fetchone()[0]
        connection.executemany(
            "INSERT INTO blank_card (batch, number, key, sealed, pin, officer, created_at_s) VALUES (?, ?, ?, ?, ?, ?, ?)",
            [(batch, card.number, card.key, card.sealed, card.pin, card.officer, card.created_at_s) for card in made])
        _record(connection, people.now_s(), made[0].officer, batch, "blank made", len(made))
    return batch


def _record(connection: sqlite.Connection, now_s: int, officer: int, batch: int, what: str, count: int) -> None:
    access.record(connection, access.Access(0, now_s, officer, access.of_batch(batch), what, f"× {count}"))


def _numbered(connection: sqlite.Connection, made: Sequence[Card]) -> list[Card]:
    """Those given out of a batch in stock count, too: one scanned by mistake is in the drawer again."""
    endings = {row[0] for row in connection.execute(
        "SELECT substr(number, -4) FROM blank_card"
        " UNION SELECT substr(number, -4) FROM card WHERE batch IN (SELECT batch FROM blank_card)")}
    if len(endings) + len(made) > MOST:
        raise Refusal("CARD_STOCK_FULL", most=MOST)
    numbered = []
    for card in made:
        while (number := new_number())[-4:] in endings:
            pass
        endings.add(number[-4:])
        numbered.append(replace(card, number=number))
    return numbered


def batches(people: People) -> list[Batch]:
    """Newest first."""
    rows = people.read().execute(
        "SELECT batch, count(*), sum(pin = ''), min(officer), min(created_at_s) FROM blank_card GROUP BY batch ORDER BY batch DESC")
    return [Batch(*row) for row in rows]


def of_batch(people: People, batch: int) -> list[Card]:
    """In the order in which they are printed. NOT_FOUND where none is left."""
    rows = people.read().execute(
        "SELECT number, x'', key, sealed, pin, officer, created_at_s, batch FROM blank_card WHERE batch = ? ORDER BY made", (batch,))
    found = [Card(*row) for row in rows]
    if not found:
        raise Refusal("NOT_FOUND", field="card")
    return found


def record_sheet(people: People, officer: int, batch: int, count: int) -> None:
    """Its cards were printed, once more each time."""
    with people.write() as connection:
        _record(connection, people.now_s(), officer, batch, SHEET, count)


def set_pins(people: People, officer: int, batch: int, pins: dict[str, str]) -> set[str]:
    """PINs as their hashes, by number, in the place of earlier ones; for which cards: one that was given meanwhile keeps its own."""
    with people.write() as connection:
        again = connection.execute("SELECT 1 FROM blank_card WHERE batch = ? AND pin != ''", (batch,)).fetchone()
        changed = {number for number, pin in pins.items() if connection.execute(
            "UPDATE blank_card SET pin = ? WHERE number = ? AND batch = ?", (pin, number, batch)).rowcount}
        if changed:
            _record(connection, people.now_s(), officer, batch, "blank again" if again else "blank slips", len(changed))
    return changed


def give(people: People, officer: int, person: bytes, number: str) -> Card:
    """This blank is a person's from now on, once officers have signed for it. On the access record, with who made and printed it.
    CARD_UNKNOWN for a number that is no blank's (any more); NOT_FOUND where the person is not in the register."""
    with people.write() as connection:
        _known(connection, person)
        row = connection.execute(
            "DELETE FROM blank_card WHERE number = ? RETURNING number, ?, key, sealed, pin, ?, ?, batch",
            (number, person, officer, people.now_s())).fetchone()
        if row is None:
            raise Refusal("CARD_UNKNOWN")
        card = Card(*row)
        access.record(connection, access.Access(0, people.now_s(), officer, person, "card given", _hands(connection, card.batch)))
        cards.keep(connection, card)
    return card


def pass_on(people: People, officer: int, person: bytes, held: Card) -> Card:
    """A blank that was scanned for somebody (`held`), and that nobody signed for, is another person's. On the access record of both.
    CARD_UNKNOWN where it was passed on meanwhile; NOT_FOUND as in `give`."""
    with people.write() as connection:
        _known(connection, person)
        found = connection.execute("DELETE FROM card WHERE number = ? AND person = ? AND batch RETURNING pin", (held.number, held.person))
        row = found.fetchone()
        if row is None:
            raise Refusal("CARD_UNKNOWN")
        access.record(connection, access.Access(0, people.now_s(), officer, held.person, "card back", "paper card"))
        access.record(connection, access.Access(0, people.now_s(), officer, person, "card given", _hands(connection, held.batch)))
        card = replace(held, person=person, pin=row[0], officer=officer, created_at_s=people.now_s())
        cards.keep(connection, card)
    return card


def _hands(connection: sqlite.Connection, batch: int) -> str:
    """The batch, and the names of all who made or printed it: one of them may have kept a sheet or a slip."""
    names = [row[0] for row in connection.execute(
        f"SELECT name FROM officer WHERE number IN (SELECT officer FROM access WHERE person = ? AND what IN ({', '.join('?' * len(PRINTED))}))"
        " ORDER BY number", (access.of_batch(batch), *PRINTED))]
    return f"{batch}: {', '.join(names)}"[:access.REASON_CHARACTERS[1]]


def _known(connection: sqlite.Connection, person: bytes) -> None:
    if not connection.execute("SELECT 1 FROM person WHERE token = ?", (person,)).fetchone():
        raise Refusal("NOT_FOUND", field="person")


def throw_away(people: People, officer: int, batch: int) -> None:
    """What is left of a batch, spoilt or lost."""
    with people.write() as connection:
        gone = connection.execute("DELETE FROM blank_card WHERE batch = ?", (batch,)).rowcount
        if gone:
            _record(connection, people.now_s(), officer, batch, "blank away", gone)
