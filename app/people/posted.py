"""Letters that were made, to people of a list who have no wallet and to those whose money ends soon: to whom and in which file, so
that each gets one and nobody none.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from app.people.people import People

KEPT_S = 90 * 86_400
ENDING = b""        # instead of a list's id: about money that ends


@dataclass(frozen=True, slots=True)
class Posted:
    person: bytes       # 16
    batch: int          # of all that one file holds
    officer: int
    at_s: int


def newest(people: People, about: bytes = ENDING) -> dict[bytes, Posted]:
    """The last of each person."""
    rows = people.read().execute(
        "SELECT person, batch, officer, at_s FROM letter"
        " WHERE number IN (SELECT max(number) FROM letter WHERE about = ? GROUP BY person)", (about,))
    return {row[0]: Posted(*row) for row in rows}


def claim(people: People, officer: int, wanted: Iterable[tuple[bytes, int]], most: int, about: bytes = ENDING) -> set[bytes]:
    """Writes a letter down for the first `most` of these (person, since when one counts) who have none, as one file's, before it
    is made: two officers at once write to nobody twice. Who; those who were erased are none of them."""
    claimed, now_s = set(), people.now_s()
    with people.write() as connection:
        connection.execute("DELETE FROM letter WHERE at_s < ?", (now_s - KEPT_S,))
        batch = connection.execute("SELECT coalesce(max(batch), 0) + 1 FROM letter").fetchone()[0]
        for person, since_s in wanted:
            if len(claimed) == most:
                break
            if connection.execute(
                "INSERT INTO letter (batch, person, officer, at_s, about) SELECT ?, token, ?, ?, ? FROM person WHERE token = ?"
                " AND NOT EXISTS (SELECT 1 FROM letter WHERE about = ? AND person = token AND at_s >= ?)",
                (batch, officer, now_s, about, person, about, since_s),
            ).rowcount:
                claimed.add(person)
    return claimed
