"""Fee notices: signed requests of public institutions, on paper for up to 90 days, kept to be printed again."""

from dataclasses import dataclass

from app.errors import Refusal
from app.people.people import People

OPEN, PAID, WITHDRAWN = "open", "paid", "withdrawn"


@dataclass(frozen=True, slots=True)
class NewNotice:
    message_id: bytes  # 32
    message: bytes  # the signed notice
    shop: int
    reference: str  # 0-9 A-Z -, at most 19: the institution's own, no name
    amount_won: int
    expires_at_s: int


@dataclass(frozen=True, slots=True)
class Notice:
    number: int
    message_id: bytes
    message: bytes
    shop: int
    reference: str
    amount_won: int
    state: str
    entry: int | None  # of the payment
    created_at_s: int
    expires_at_s: int


def add(people: People, notice: NewNotice) -> Notice:
    """Keeps a notice; the same message again gives the one that is kept.

    Raises NUMBER_TAKEN when this shop has another notice under this reference that was not withdrawn.
    """
    with people.write() as connection:
        row = connection.execute("SELECT * FROM notice WHERE message_id = ?", (notice.message_id,)).fetchone()
        if row:
            return Notice(*row)
        taken = connection.execute(
            "SELECT 1 FROM notice WHERE shop = ? AND reference = ? AND state <> 'withdrawn'",
            (notice.shop, notice.reference),
        ).fetchone()
        if taken:
            raise Refusal("NUMBER_TAKEN", field="reference")
        row = connection.execute(
            "INSERT INTO notice (message_id, message, shop, reference, amount_won, state, created_at_s, expires_at_s)"
            " VALUES (?, ?, ?, ?, ?, 'open', ?, ?) RETURNING *",
            (
                notice.message_id,
                notice.message,
                notice.shop,
                notice.reference,
                notice.amount_won,
                people.now_s(),
                notice.expires_at_s,
            ),
        ).fetchone()
    return Notice(*row)


def get(people: People, number: int) -> Notice:
    """NOT_FOUND when there is none."""
    row = people.read().execute("SELECT * FROM notice WHERE number = ?", (number,)).fetchone()
    if row is None:
        raise Refusal("NOT_FOUND", field="notice")
    return Notice(*row)


def of_shop(people: People, shop: int, state: str = "", limit: int = 100) -> list[Notice]:
    """Newest first; all, or those of one state."""
    rows = people.read().execute(
        "SELECT * FROM notice WHERE shop = ? AND ? IN ('', state) ORDER BY number DESC LIMIT ?", (shop, state, limit)
    )
    return [Notice(*row) for row in rows]


def paid(people: People, message_id: bytes, entry: int) -> bool:
    """The chain holds its payment, also of one that was withdrawn too late. False when it is not kept here."""
    with people.write() as connection:
        return bool(
            connection.execute(
                "UPDATE notice SET state = 'paid', entry = ? WHERE message_id = ?", (entry, message_id)
            ).rowcount
        )


def withdraw(people: People, number: int) -> None:
    """Takes an open notice off the desk. REQUEST_PAID when it is paid. (The paper is good until it expires.)"""
    with people.write() as connection:
        changed = connection.execute(
            "UPDATE notice SET state = 'withdrawn' WHERE number = ? AND state <> 'paid'", (number,)
        ).rowcount
    if not changed:
        get(people, number)
        raise Refusal("REQUEST_PAID")
