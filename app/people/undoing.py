"""Which list takes back what which other one paid."""

from app.people import lists
from app.people.lists import PaymentList
from app.people.people import People


def of_list(people: People, list_id: bytes) -> list[PaymentList]:
    """The lists that take a paid list back, newest first."""
    rows = people.read().execute(
        f"SELECT {lists.COLUMNS} FROM list WHERE undoes = (SELECT number FROM list WHERE list_id = ?) ORDER BY number DESC", (list_id,))
    return [PaymentList(*row) for row in rows]


def undone_by(people: People, list_id: bytes) -> PaymentList | None:
    """The paid list that this one takes back, if it was made from one."""
    row = people.read().execute(
        f"SELECT {lists.COLUMNS} FROM list WHERE number = (SELECT undoes FROM list WHERE list_id = ?)", (list_id,)).fetchone()
    return PaymentList(*row) if row else None
