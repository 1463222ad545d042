"""Rings at doors: "look again", for a till or a wallet that listens. A ring says nothing but whom and about what;
who hears it asks. A missed one does no harm, for everybody asks once more when they come back.
"""

from app.people.people import People
from app.store.database import sqlite

KEPT_S = 3600


def ring(connection: sqlite.Connection, topic: str, event: str, now_s: int) -> None:
    """Inside the transaction of what it tells of. `topic`: as in desk.news; `event`: its name on the stream."""
    connection.execute("DELETE FROM ring WHERE at_s < ?", (now_s - KEPT_S,))
    connection.execute("INSERT INTO ring (topic, event, at_s) VALUES (?, ?, ?)", (topic, event, now_s))


def last(people: People) -> int:
    """The number of the newest ring, 0 before the first."""
    row = people.read().execute("SELECT seq FROM sqlite_sequence WHERE name = 'ring'").fetchone()
    return row[0] if row else 0


def after(people: People, number: int) -> list[tuple[int, str, str]]:
    """(number, topic, event) of later rings, oldest first."""
    found = people.read().execute("SELECT number, topic, event FROM ring WHERE number > ? ORDER BY number", (number,))
    return found.fetchall()
