"""What payers ask a shop within minutes: I paid by mistake, please give it back. Kept for a day; the money's way is the
ledger's matter, here is only the question and a no to it.
"""

from dataclasses import dataclass

from app.errors import Refusal
from app.people import rings
from app.people.people import People

ASKED, REFUSED = "asked", "refused"
KEPT_S = 86_400


@dataclass(frozen=True, slots=True)
class Mistake:
    entry: int      # of the payment
    till: int       # that took it
    amount_won: int
    paid_at_s: int
    asked_at_s: int
    state: str
    cashier: int    # who said no


def ask(people: People, entry: int, till: int, amount_won: int, paid_at_s: int) -> Mistake:
    """The question, once for each payment: a second tap gives the first one as it stands."""
    now_s = people.now_s()
    with people.write() as connection:
        connection.execute("DELETE FROM mistake WHERE asked_at_s < ?", (now_s - KEPT_S,))
        row = connection.execute("SELECT * FROM mistake WHERE entry = ?", (entry,)).fetchone()
        if row:
            return Mistake(*row)
        row = connection.execute(
            "INSERT INTO mistake VALUES (?, ?, ?, ?, ?, 'asked', 0) RETURNING *", (entry, till, amount_won, paid_at_s, now_s)
        ).fetchone()
        rings.ring(connection, f"till/{till}", "question", now_s)
    return Mistake(*row)


def of_entry(people: People, entry: int) -> Mistake | None:
    row = people.read().execute("SELECT * FROM mistake WHERE entry = ?", (entry,)).fetchone()
    return Mistake(*row) if row else None


def of_till(people: People, till: int, since_s: int) -> list[Mistake]:
    """Unanswered questions about payments of this time or later, oldest first."""
    rows = people.read().execute(
        "SELECT * FROM mistake WHERE till = ? AND paid_at_s >= ? AND state = 'asked' ORDER BY entry", (till, since_s)
    )
    return [Mistake(*row) for row in rows]


def refuse(people: People, entry: int, till: int, cashier: int, topic: str) -> None:
    """The shop says no; `topic` rings at the payer's. NOT_FOUND unless this till was asked; the same again is fine."""
    with people.write() as connection:
        changed = connection.execute(
            "UPDATE mistake SET state = 'refused', cashier = ? WHERE entry = ? AND till = ?", (cashier, entry, till)
        ).rowcount
        if not changed:
            raise Refusal("NOT_FOUND", field="entry")
        rings.ring(connection, topic, "answer", people.now_s())
