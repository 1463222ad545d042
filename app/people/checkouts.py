"""Checkouts: what a vendor's program asks a till to ask for. The money itself stands in the ledger alone; here stands
which signed messages of the till belong to the wish, and what the vendor was told.

    PENDING ── the till takes it up ──> IN_PROGRESS ── the ledger has the sale ──> COMPLETED
       └───────── vendor, till or time ─────┴──> CANCELED ── it was paid after all ─────^
"""

import secrets
from collections.abc import Callable
from dataclasses import asdict, dataclass

from app.errors import Refusal
from app.people import rings
from app.people.people import People
from app.store.database import sqlite

PENDING, IN_PROGRESS, CANCELED, COMPLETED = "PENDING", "IN_PROGRESS", "CANCELED", "COMPLETED"
STATES = (PENDING, IN_PROGRESS, CANCELED, COMPLETED)
OPEN = (PENDING, IN_PROGRESS)
MOST_OPEN = 20          # at one till: nobody serves more customers at once
VENDOR, TILL, TIMED_OUT = "VENDOR", "TILL", "TIMED_OUT"     # why it was canceled


@dataclass(frozen=True, slots=True)
class Wish:
    """What the vendor asks. Sent again under the same id it must be the same."""
    till: int
    amount_won: int
    reference: str      # 1..19 of 0-9 A-Z -
    cashier: int
    deadline_s: int     # from when it was made
    webhook: int | None
    goods: str = ""     # what it is of, as desk/goods.py writes it; empty: nobody said


@dataclass(frozen=True, slots=True)
class Checkout:
    number: int
    shop: int
    id: str             # the vendor's, unique in the shop
    till: int
    amount_won: int
    reference: str
    cashier: int
    deadline_s: int
    webhook: int | None
    state: str
    why: str
    entry: int | None
    subject: bytes | None   # 32: id of the till's message that was paid
    watched: int
    created_at_s: int
    goods: str

    @property
    def wish(self) -> Wish:
        return Wish(self.till, self.amount_won, self.reference, self.cashier, self.deadline_s, self.webhook, self.goods)

    @property
    def deadline_at_s(self) -> int:
        return self.created_at_s + self.deadline_s


@dataclass(frozen=True, slots=True)
class Signed:
    """A request, charge or deposit of the till for a checkout."""
    id: bytes           # 32
    expires_at_s: int
    message: bytes


Tell = Callable[[Checkout], str]    # what the vendor's webhook is told of it


def ask(people: People, shop: int, checkout_id: str, wish: Wish) -> Checkout:
    """The checkout of this id; made if there is none. CHECKOUT_DIFFERS when it was made of another wish, TOO_MANY while
    its till has enough to do."""
    with people.write() as connection:
        found = _of_id(connection, shop, checkout_id)
        if found is None:
            _room(connection, wish.till)
            values = {"shop": shop, "id": checkout_id, "created_at_s": people.now_s(), "state": PENDING, **asdict(wish)}
            row = connection.execute(
                f"INSERT INTO checkout ({', '.join(values)}) VALUES ({', '.join('?' * len(values))}) RETURNING *",
                tuple(values.values()),
            ).fetchone()
            found = Checkout(*row)
            _ring(people, connection, found)
    if found.wish != wish:
        raise Refusal("CHECKOUT_DIFFERS")
    return found


def get(people: People, shop: int, checkout_id: str) -> Checkout:
    """NOT_FOUND in this shop."""
    found = _of_id(people.read(), shop, checkout_id)
    if found is None:
        raise Refusal("NOT_FOUND", field="id")
    return found


def page(people: People, shop: int, before: int, limit: int, wanted: dict[str, str | int]) -> list[Checkout]:
    """Newest first, of numbers below `before`; wanted: {"state": …, "till": …}, each or neither."""
    chosen = "".join(f" AND {name} = ?" for name in ("state", "till") if name in wanted)
    values = [wanted[name] for name in ("state", "till") if name in wanted]
    rows = people.read().execute(
        f"SELECT * FROM checkout WHERE shop = ? AND number < ?{chosen} ORDER BY number DESC LIMIT ?",
        (shop, before, *values, limit),
    )
    return [Checkout(*row) for row in rows]


def open_at(people: People, till: int) -> list[Checkout]:
    """What a till has to do, oldest first."""
    rows = people.read().execute(
        "SELECT * FROM checkout WHERE till = ? AND watched = 1 AND state IN ('PENDING', 'IN_PROGRESS') ORDER BY number",
        (till,),
    )
    return [Checkout(*row) for row in rows]


def watched(people: People) -> list[Checkout]:
    """Those that may still change without anybody asking."""
    rows = people.read().execute("SELECT * FROM checkout WHERE watched = 1 ORDER BY number")
    return [Checkout(*row) for row in rows]


# --- what becomes of it --------------------------------------------------------------------

def take_up(people: People, checkout: Checkout, tell: Tell) -> Checkout:
    """The till shows it. As it stands, where it was taken up before or is over."""
    return _move(people, checkout, (PENDING,), {"state": IN_PROGRESS}, tell)


def add_message(people: People, checkout: Checkout, signed: Signed) -> None:
    """What may pay it, also when it is over: what is signed can be paid until its end. The same
    again changes nothing; ALREADY_DONE when it is another checkout's."""
    with people.write() as connection:
        row = connection.execute("SELECT checkout FROM checkout_message WHERE id = ?", (signed.id,)).fetchone()
        if row and row[0] != checkout.number:
            raise Refusal("ALREADY_DONE")
        if not row:
            connection.execute("INSERT INTO checkout_message VALUES (?, ?, ?, ?)",
                               (signed.id, checkout.number, signed.expires_at_s, signed.message))
            connection.execute("UPDATE checkout SET watched = 1 WHERE number = ? AND state <> 'COMPLETED'",
                               (checkout.number,))


def alike(people: People, shop: int, wanted: tuple[str, int, int], at_s: int, clocks_s: int) -> list[Checkout]:
    """Those of a shop that asked for this reference, amount and cashier at that time, oldest first; in any state.
    clocks_s: by so much two clocks may differ."""
    rows = people.read().execute(
        "SELECT * FROM checkout WHERE shop = ? AND reference = ? AND amount_won = ? AND cashier = ?"
        " AND ? BETWEEN created_at_s - ? AND created_at_s + deadline_s + ? ORDER BY number",
        (shop, *wanted, at_s, clocks_s, clocks_s),
    )
    return [Checkout(*row) for row in rows]


def messages(people: People, checkout: Checkout) -> list[Signed]:
    """The one that ends last first."""
    rows = people.read().execute(
        "SELECT id, expires_at_s, message FROM checkout_message WHERE checkout = ? ORDER BY expires_at_s DESC, id",
        (checkout.number,),
    )
    return [Signed(*row) for row in rows]


def cancel(people: People, checkout: Checkout, why: str, tell: Tell) -> Checkout:
    """As it stands, where it is over already."""
    return _move(people, checkout, OPEN, {"state": CANCELED, "why": why}, tell)


def complete(people: People, checkout: Checkout, entry: int, subject: bytes, tell: Tell) -> Checkout:
    """The ledger has the sale: that counts also when it was canceled before. As it stands, where that entry
    completed another checkout."""
    with people.write() as connection:
        if connection.execute("SELECT 1 FROM checkout WHERE entry = ?", (entry,)).fetchone():
            return _get(connection, checkout.number)
        sets = {"state": COMPLETED, "why": "", "entry": entry, "subject": subject, "watched": 0}
        return _moved(people, connection, checkout.number, (*OPEN, CANCELED), sets, tell)


def is_taken(people: People, entry: int) -> bool:
    """Whether this sale completed a checkout."""
    return bool(people.read().execute("SELECT 1 FROM checkout WHERE entry = ?", (entry,)).fetchone())


def let_go(people: People, checkout: Checkout) -> None:
    """Nothing that was signed for it can be paid any more."""
    with people.write() as connection:
        connection.execute("UPDATE checkout SET watched = 0 WHERE number = ? AND state = 'CANCELED'", (checkout.number,))


def forget(people: People, before_s: int) -> int:
    """Drops what is over and was made before; how many."""
    with people.write() as connection:
        return connection.execute("DELETE FROM checkout WHERE created_at_s < ? AND watched = 0", (before_s,)).rowcount


def _move(people: People, checkout: Checkout, of: tuple[str, ...], sets: dict, tell: Tell) -> Checkout:
    with people.write() as connection:
        return _moved(people, connection, checkout.number, of, sets, tell)


def _moved(people: People, connection: sqlite.Connection, number: int, of: tuple[str, ...], sets: dict, tell: Tell) -> Checkout:
    """The change and the message to the vendor about it, both or neither."""
    changed = connection.execute(
        f"UPDATE checkout SET {', '.join(f'{name} = ?' for name in sets)}"
        f" WHERE number = ? AND state IN ({', '.join('?' * len(of))})", (*sets.values(), number, *of),
    ).rowcount
    found = _get(connection, number)
    if changed:
        _ring(people, connection, found)
    if changed and found.webhook is not None:
        connection.execute(
            "INSERT INTO delivery (webhook, checkout, id, body, next_at_s, created_at_s)"
            " SELECT number, ?, ?, ?, ?, ? FROM webhook WHERE number = ? AND state = 'on'",
            (number, f"msg_{secrets.token_urlsafe(18)}", tell(found), people.now_s(), people.now_s(), found.webhook),
        )
    return found


def _room(connection: sqlite.Connection, till: int) -> None:
    (count,) = connection.execute(
        "SELECT count(*) FROM checkout WHERE till = ? AND watched = 1 AND state IN ('PENDING', 'IN_PROGRESS')", (till,),
    ).fetchone()
    if count >= MOST_OPEN:
        raise Refusal("TOO_MANY", most=MOST_OPEN)


def _ring(people: People, connection: sqlite.Connection, found: Checkout) -> None:
    """The till that listens looks again."""
    rings.ring(connection, f"till/{found.till}", "checkout", people.now_s())


def _get(connection: sqlite.Connection, number: int) -> Checkout:
    return Checkout(*connection.execute("SELECT * FROM checkout WHERE number = ?", (number,)).fetchone())


def _of_id(connection: sqlite.Connection, shop: int, checkout_id: str) -> Checkout | None:
    row = connection.execute("SELECT * FROM checkout WHERE shop = ? AND id = ?", (shop, checkout_id)).fetchone()
    return Checkout(*row) if row else None
