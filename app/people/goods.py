"""What a sale was of, for its receipt: texts that desk/goods.py has checked. The sum stands in the ledger."""

from app.errors import Refusal
from app.people.people import People


def keep(people: People, entry: int, till: int, content: str) -> None:
    """The same again is fine; ALREADY_DONE for something else."""
    with people.write() as connection:
        connection.execute("INSERT INTO goods VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING", (entry, till, content, people.now_s()))
        (kept,) = connection.execute("SELECT content FROM goods WHERE entry = ?", (entry,)).fetchone()
    if kept != content:
        raise Refusal("ALREADY_DONE")


def of(people: People, entry: int, message_id: bytes) -> str:
    """As the till told it, or the program that asked for it; empty where nobody did. message_id (32): the till's own, by which
    a checkout is known before it is completed."""
    row = people.read().execute("SELECT content FROM goods WHERE entry = ?", (entry,)).fetchone()
    row = row or people.read().execute(
        "SELECT goods FROM checkout JOIN checkout_message ON checkout = number WHERE checkout_message.id = ?", (message_id,)).fetchone()
    return row[0] if row else ""


def forget(people: People, before_s: int) -> int:
    """Drops what was told before; how many."""
    with people.write() as connection:
        return connection.execute("DELETE FROM goods WHERE at_s < ?", (before_s,)).rowcount
