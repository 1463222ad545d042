"""Paper cards: whose they are, their sealed secrets, and who tried a PIN where. What a card may do stands in the ledger."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.errors import Refusal
from app.message.card import is_number
from app.people import access
from app.people.people import People
from app.store.database import sqlite

FREE_TRIES, FIRST_WAIT_S, LONGEST_WAIT_S = 3, 30, 3600      # of one card at one till
FREE_OVERALL, OVERALL_WAIT_S = 20, 600                      # of one card at all tills: then a till that was wrong waits longer
DAY_S = 86_400          # tries that are older count no more
SHEET, AGAIN = "card sheet", "card pin again"       # on the access record: its face printed, and another PIN slip


@dataclass(frozen=True, slots=True, repr=False)
class Card:
    """No repr, so that no log or traceback shows it."""
    number: str         # 16 digits
    person: bytes       # 16
    key: bytes          # 32, public
    sealed: bytes       # the secret, as app/desk/safe.py seals it
    pin: str            # argon2id, or empty before the first PIN slip
    officer: int
    created_at_s: int
    batch: int = 0      # of blanks, from which it came; 0, made for its person
    used_at_s: int = 0  # when its PIN was first right at a till; 0: never. Then it takes two officers to give its holder another PIN


COLUMNS = "number, person, key, sealed, pin, officer, created_at_s, batch, used_at_s"
_PLACES = ", ".join("?" * 9)


def add(people: People, card: Card) -> None:
    """NOT_FOUND where the person is not in the register."""
    with people.write() as connection:
        if not connection.execute("SELECT 1 FROM person WHERE token = ?", (card.person,)).fetchone():
            raise Refusal("NOT_FOUND", field="person")
        access.record(connection, access.Access(0, people.now_s(), card.officer, card.person, "card", "paper card"))
        keep(connection, card)


def keep(connection: sqlite.Connection, card: Card) -> None:
    """Inside the transaction of what it is made or given by."""
    connection.execute(f"INSERT INTO card ({COLUMNS}) VALUES ({_PLACES})", (
        card.number, card.person, card.key, card.sealed, card.pin, card.officer, card.created_at_s, card.batch, card.used_at_s))


def any_made(people: People) -> bool:
    """Blank ones too: their secrets are under the same key."""
    return bool(people.read().execute("SELECT EXISTS (SELECT 1 FROM card) OR EXISTS (SELECT 1 FROM blank_card)").fetchone()[0])


def holders(people: People) -> set[bytes]:
    """Everybody who was ever given a card."""
    return {row[0] for row in people.read().execute("SELECT DISTINCT person FROM card")}


def get(people: People, number: str) -> Card:
    """CARD_UNKNOWN, also for a number that can't be one."""
    found = find(people, number)
    if found is None:
        raise Refusal("CARD_UNKNOWN")
    return found


def find(people: People, number: str) -> Card | None:
    row = is_number(number) and people.read().execute(f"SELECT {COLUMNS} FROM card WHERE number = ?", (number,)).fetchone()
    return Card(*row) if row else None


def of_key(people: People, key: bytes) -> Card | None:
    """The one whose public key this is."""
    row = people.read().execute(f"SELECT {COLUMNS} FROM card WHERE key = ?", (key,)).fetchone()
    return Card(*row) if row else None


def of_person(people: People, person: bytes) -> list[Card]:
    """Newest first."""
    rows = people.read().execute(
        f"SELECT {COLUMNS} FROM card WHERE person = ? ORDER BY made DESC", (person,))
    return [Card(*row) for row in rows]


def record_sheet(people: People, officer: int, persons: Sequence[bytes]) -> None:
    """Their cards were printed, once more each time. On the access record."""
    with people.write() as connection:
        for person in persons:
            access.record(connection, access.Access(0, people.now_s(), officer, person, SHEET, "paper card"))


def set_pin(people: People, officer: int, number: str, pin: str, why: str = "") -> None:
    """A new PIN, as its hash; all tries are forgotten. On the access record, with `why` where there was a slip before.
    CARD_IN_USE: nobody alone takes over what somebody pays with; REASON_MISSING, RESIDENT_NUMBER."""
    with people.write() as connection:
        card = get(people, number)
        if card.used_at_s:
            raise Refusal("CARD_IN_USE")
        what, why = (AGAIN, why) if card.pin else ("card pin", "PIN slip")
        access.record(connection, access.Access(0, people.now_s(), officer, card.person, what, why))
        connection.execute("UPDATE card SET pin = ? WHERE number = ?", (pin, number))
        connection.execute("DELETE FROM card_try WHERE card = ?", (number,))


# --- tries ---------------------------------------------------------------------------------

def count_try(people: People, number: str, till: int) -> int:
    """Counts a try before its PIN is looked at, so that many at once can't all slip through. How long this till waits (s)
    should it be wrong. CARD_WAIT (fact wait_s) before its time has come.

    A till where nobody was wrong with this card since the last right PIN, or for a day, always has its try at once: whoever tries
    PINs elsewhere, on however many tills, never keeps the holder from paying.
    """
    now_s = people.now_s()
    with people.write() as connection:
        connection.execute("DELETE FROM card_try WHERE card = ? AND from_s <= ? AND wait_until_s <= ?", (number, now_s - DAY_S, now_s))
        found = dict((place, rest) for place, *rest in connection.execute(
            "SELECT till, failed, from_s, wait_until_s FROM card_try WHERE card = ? AND till IN (0, ?)", (number, till)))
        here, overall = (found.get(place, (0, now_s, 0)) for place in (till, 0))
        if here[2] > now_s:
            raise Refusal("CARD_WAIT", wait_s=here[2] - now_s)
        wait_s = _wait_s(here[0] + 1, overall[0] + 1)
        connection.executemany("INSERT OR REPLACE INTO card_try VALUES (?, ?, ?, ?, ?)", [
            (number, till, here[0] + 1, now_s, now_s + wait_s), (number, 0, overall[0] + 1, overall[1], 0)])
    return wait_s


def _wait_s(here: int, overall: int) -> int:
    over = here - FREE_TRIES
    wait_s = 0 if over < 0 else min(FIRST_WAIT_S * 2 ** min(over, 10), LONGEST_WAIT_S)
    return max(wait_s, OVERALL_WAIT_S) if overall > FREE_OVERALL else wait_s


def was_right(people: People, card: Card, till: int) -> None:
    """The card's PIN, as it was read, was right. This till begins anew; what was tried at the others goes on counting."""
    with people.write() as connection:
        connection.execute("DELETE FROM card_try WHERE card = ? AND till = ?", (card.number, till))
        connection.execute("UPDATE card_try SET failed = failed - 1 WHERE card = ? AND till = 0", (card.number,))
        connection.execute("UPDATE card SET used_at_s = ? WHERE number = ? AND pin = ? AND NOT used_at_s",
                           (people.now_s(), card.number, card.pin))
