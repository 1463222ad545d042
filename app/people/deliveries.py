"""What vendors' webhooks are to be told: a queue in a table. A job is claimed by a conditional UPDATE, so that any number
of processes may work at it, and one that dies in between gives it back by time.
"""

from dataclasses import dataclass

from app.people.people import People

# Seconds after each failed try; when they are used up it is given up, after about a day.
PAUSES_S = (5, 30, 300, 1_800, 7_200, 18_000, 36_000)
LEASE_S = 60            # longer than any try takes
MOST_OF_SHOP = 2        # calls to one shop's receivers at once, and one to each: a slow one keeps nobody else's waiting
CALLING = "calling"     # what is said of a try that is under way
WAITING, DELIVERED, GIVEN_UP = "waiting", "delivered", "given-up"


@dataclass(frozen=True, slots=True)
class Delivery:
    number: int
    webhook: int
    checkout: int
    id: str             # the same in every try: receivers drop what they know
    body: str
    state: str
    tries: int
    said: str           # why the last try failed: a status, or a word; CALLING
    next_at_s: int
    created_at_s: int


_DUE = """
    WITH busy AS (
        SELECT webhook.number, webhook.shop FROM delivery JOIN webhook ON webhook.number = delivery.webhook
        WHERE delivery.state = 'waiting' AND next_at_s > :now AND next_at_s <= :until AND said = :calling)
    SELECT delivery.number FROM delivery JOIN webhook ON webhook.number = delivery.webhook
    WHERE delivery.state = 'waiting' AND next_at_s <= :now AND delivery.webhook NOT IN (SELECT number FROM busy)
    AND (SELECT count(*) FROM busy WHERE busy.shop = webhook.shop) < :most
    ORDER BY next_at_s, delivery.number LIMIT 1"""


def claim(people: People) -> Delivery | None:
    """One that is due and now ours; None when there is none, or who it is for is being called already."""
    now_s = people.now_s()
    asked = {"now": now_s, "until": now_s + LEASE_S, "calling": CALLING, "most": MOST_OF_SHOP}
    if people.read().execute(_DUE, asked).fetchone() is None:
        return None
    with people.write() as connection:
        row = connection.execute(
            f"UPDATE delivery SET tries = tries + 1, next_at_s = :until, said = :calling WHERE number = ({_DUE}) RETURNING *", asked,
        ).fetchone()
    return Delivery(*row) if row else None


def delivered(people: People, mine: Delivery) -> None:
    _end(people, mine, DELIVERED, "")


def failed(people: People, mine: Delivery, said: str) -> str:
    """Its state afterwards: it waits for another try, or nobody tries again."""
    if mine.tries > len(PAUSES_S):
        return _end(people, mine, GIVEN_UP, said)
    with people.write() as connection:
        connection.execute("UPDATE delivery SET next_at_s = ?, said = ? WHERE number = ? AND state = 'waiting'",
                           (people.now_s() + PAUSES_S[mine.tries - 1], said, mine.number))
    return WAITING


def give_up(people: People, mine: Delivery, said: str) -> str:
    """Whatever the number of tries."""
    return _end(people, mine, GIVEN_UP, said)


def of_webhook(people: People, webhook: int, limit: int = 50) -> list[tuple[Delivery, str]]:
    """The newest first, each with its checkout's id."""
    rows = people.read().execute(
        "SELECT delivery.*, checkout.id FROM delivery JOIN checkout ON checkout.number = delivery.checkout"
        " WHERE delivery.webhook = ? ORDER BY delivery.number DESC LIMIT ?", (webhook, limit),
    )
    return [(Delivery(*row[:-1]), row[-1]) for row in rows]


def webhook_of(people: People, mine: Delivery) -> tuple[int, str, bytes, str]:
    """shop, address, secret (32), state."""
    return people.read().execute("SELECT shop, url, secret, state FROM webhook WHERE number = ?", (mine.webhook,)).fetchone()


def _end(people: People, mine: Delivery, state: str, said: str) -> str:
    with people.write() as connection:
        connection.execute("UPDATE delivery SET state = ?, said = ? WHERE number = ?", (state, said, mine.number))
    return state
