"""Which entries a shop has closed its days with. Only the ranges: what they add up to stands in the ledger."""

from dataclasses import dataclass

from app.errors import Refusal
from app.people.people import People

SHOWN = 100


@dataclass(frozen=True, slots=True)
class Closing:
    """Entries first..last of the log, closed for a till (or a whole shop) by a till and a cashier."""
    shop: int
    till: int           # 0: the whole shop
    number: int         # 1, 2, 3 … of this shop or till
    first: int
    last: int
    at_s: int
    by_till: int
    by_cashier: int     # 0: the owner


def add(people: People, made: Closing) -> Closing:
    """Keeps a closing and gives it its number; the same entries again give the one that is kept.

    ALREADY_DONE when another closing has counted some of these entries, or none reaches up to them.
    """
    place = made.shop, made.till
    with people.write() as connection:
        newest = connection.execute(
            "SELECT * FROM closing WHERE shop = ? AND till = ? ORDER BY number DESC LIMIT 1", place
        ).fetchone()
        before = Closing(*newest) if newest else None
        if before and (before.first, before.last) == (made.first, made.last):
            return before
        if before and made.first != before.last + 1:
            raise Refusal("ALREADY_DONE")
        row = connection.execute(
            "INSERT INTO closing VALUES (?, ?, ?, ?, ?, ?, ?, ?) RETURNING *",
            (*place, before.number + 1 if before else 1, made.first, made.last, made.at_s, made.by_till, made.by_cashier),
        ).fetchone()
    return Closing(*row)


def get(people: People, shop: int, till: int, number: int) -> Closing:
    """NOT_FOUND when there is none."""
    row = people.read().execute(
        "SELECT * FROM closing WHERE shop = ? AND till = ? AND number = ?", (shop, till, number)
    ).fetchone()
    if row is None:
        raise Refusal("NOT_FOUND", field="closing")
    return Closing(*row)


def of(people: People, shop: int, till: int, limit: int = SHOWN) -> list[Closing]:
    """Newest first; till 0: those of the whole shop."""
    rows = people.read().execute(
        "SELECT * FROM closing WHERE shop = ? AND till = ? ORDER BY number DESC LIMIT ?", (shop, till, limit)
    )
    return [Closing(*row) for row in rows]
