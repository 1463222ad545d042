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
    stock ends in: a PIN slip names its card by them. CARD_STOCK_FULL."""
    with people.write() as connection:
        made = _numbered(connection, made)
        batch = connection.execute("UPDATE taken SET number = number + 1 WHERE what = 'batch' RETURNING number").fetchone()[0]
        connection.executemany(
            "INSERT INTO blank_card (batch, number, key, sealed, pin, officer, created_at_s) VALUES (?, ?, ?, ?, ?, ?, ?)",
            [(batch, card.number, card.key, card.sealed, card.pin, card.officer, card.created_at_s) for card in made])
    return batch


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


def set_pin(people: People, number: str, pin: str) -> None:
    """As its hash."""
    with people.write() as connection:
        connection.execute("UPDATE blank_card SET pin = ? WHERE number = ?", (pin, number))


def give(people: People, officer: int, person: bytes, number: str) -> Card:
    """This blank is a person's from now on, once officers have signed for it. On the access record. CARD_UNKNOWN for a number that
    is no blank's (any more); NOT_FOUND where the person is not in the register."""
    with people.write() as connection:
        _known(connection, person)
        row = connection.execute(
            "DELETE FROM blank_card WHERE number = ? RETURNING number, ?, key, sealed, pin, ?, ?, batch",
            (number, person, officer, people.now_s())).fetchone()
        if row is None:
            raise Refusal("CARD_UNKNOWN")
        access.record(connection, access.Access(0, people.now_s(), officer, person, "card", "paper card"))
        card = Card(*row)
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
        access.record(connection, access.Access(0, people.now_s(), officer, person, "card", "paper card"))
        card = replace(held, person=person, pin=row[0], officer=officer, created_at_s=people.now_s())
        cards.keep(connection, card)
    return card


def _known(connection: sqlite.Connection, person: bytes) -> None:
    if not connection.execute("SELECT 1 FROM person WHERE token = ?", (person,)).fetchone():
        raise Refusal("NOT_FOUND", field="person")


def throw_away(people: People, batch: int) -> int:
    """What is left of a batch, spoilt or lost; how many."""
    with people.write() as connection:
        return connection.execute("DELETE FROM blank_card WHERE batch = ?", (batch,)).rowcount
