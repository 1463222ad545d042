"""Checkouts: a program of the shop's asks this till for an amount; the till signs the request and shows it.

The program reaches the city's server from wherever it runs; the till hears of it there. The key stays here.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from app.errors import Refusal
from app.message import cose, qr
from app.money.amount import is_won
from app.money.orders_offline import Deposit
from pos import goods, offline, sync
from pos import server as line
from pos.goods import Goods
from pos.server import Refused, Server, Unclear
from pos.till import REQUEST_LIFE_S, Sale, State, Till

POLL_S = 30             # the operator answers a long poll within 25
AGAIN_S = 2
MOST_S = 360            # of a checkout's life, with a minute for two clocks
MARGIN_S = 2            # a request ends before its checkout, so that a payment in the last second still counts


@dataclass(frozen=True, slots=True)
class Checkout:
    """What a program asks for, as the operator tells it."""
    id: str
    state: str
    amount_won: int
    reference: bytes
    cashier: int
    deadline_at_s: int
    request: str            # text of what this till signed for it before; else empty
    goods: Goods | None = None      # what it is of, where the program listed it


class Ended(Exception):
    """The program, or time, ended a checkout that was shown."""


def waiting(till: Till, server: Server) -> list[Checkout]:
    """What is to be shown, oldest first; not what was taken here without a network and waits. Raises Refused or Unclear."""
    said = server.get("/api/till/checkouts", session=line.to_text(till.session()))
    taken = [sale.body for sale in offline.waiting(till)]
    return [each for each in map(_read, said.get("checkouts", [])) if not any(_is_of(body, each) for body in taken)]


def take_up(till: Till, server: Server, asked: Checkout) -> Sale:
    """Takes it up and signs its request, or finds the one that it signed before; the operator knows it when this
    returns. Raises Refused (it is over) or Unclear."""
    session = line.to_text(till.session())
    server.post(f"/api/till/checkouts/{asked.id}/take", {}, session)
    sale = _signed_before(till, asked)
    if sale is None:
        life_s = min(REQUEST_LIFE_S, asked.deadline_at_s - till.now_s() - MARGIN_S)
        if life_s <= 0:
            raise Refused("CHECKOUT_OVER", "", True)
        sale = till.request(asked.amount_won, asked.reference, cashier=asked.cashier, life_s=life_s)
    server.post(f"/api/till/checkouts/{asked.id}/messages", {"message": line.to_text(sale.raw)}, session)
    return sale


def wait(till: Till, server: Server, asked: Checkout, sale: Sale, tell: Callable[[bool], None]) -> Sale:
    """Until the request is paid or over, as sync.wait. Raises Ended when the checkout was cancelled meanwhile,
    and then Refused or Unclear where the operator can't say whether it was paid before."""
    def look(stands: bool) -> None:
        tell(stands)
        if stands and not any(each.id == asked.id for each in _quietly(till, server, asked)):
            raise Ended

    try:
        return sync.wait(till, server, sale, look)
    except Ended:
        sale = sync.ask(till, server, sale)     # what is paid is over, too
        if sale.state is State.SIGNED:
            raise
        return sale


def cancel(till: Till, server: Server, asked: Checkout) -> None:
    """At the till. Raises Refused (paid already) or Unclear."""
    server.post(f"/api/checkouts/{asked.id}/cancel", {}, line.to_text(till.session()))


def arrivals(till: Till, server: Server, tell: Callable[[bool], None]) -> Iterator[Checkout]:
    """Each checkout that waits for this till, as soon as it is asked for; without end."""
    while True:
        try:
            found = waiting(till, server)
            tell(True)
            if found:
                yield found[0]
                continue
            server.get(f"/api/events/poll?session={line.to_text(till.session())}", timeout_s=POLL_S)
        except (Unclear, Refused):
            tell(False)
            time.sleep(AGAIN_S)


def _quietly(till: Till, server: Server, asked: Checkout) -> list[Checkout]:
    """Where the operator can't be asked just now, nothing has ended."""
    try:
        return waiting(till, server)
    except (Unclear, Refused):
        return [asked]


def _signed_before(till: Till, asked: Checkout) -> Sale | None:
    if not asked.request:
        return None
    try:
        parsed = cose.parse(qr.from_text(asked.request, (till.paired.host,)))
    except Refusal:
        return None
    kept = till.journal.line_of(cose.message_id(parsed.kind, parsed.payload, till.paired.chain_id)[:16])
    sale = till.read(kept) if kept else None
    return sale if sale and sale.state is State.SIGNED and sale.body.expires_at_s > till.now_s() else None


def _is_of(body: Deposit, asked: Checkout) -> bool:
    """As the operator links the two (app.desk.checkout)."""
    alike = (body.reference, body.amount_won, body.cashier) == (asked.reference, asked.amount_won, asked.cashier)
    return alike and asked.deadline_at_s - MOST_S <= body.taken_at_s <= asked.deadline_at_s


def _read(said: object) -> Checkout:
    """Raises Unclear where the answer is no checkout."""
    try:
        found = Checkout(said["id"], said["state"], said["amount_won"], said["reference_id"].encode("ascii"),
                         said["cashier"], said["deadline_at_s"], said["request"] or "", goods.read(said.get("goods"), said["amount_won"]))
    except (KeyError, TypeError, AttributeError, ValueError):
        raise Unclear("the answer holds no checkout") from None
    if not is_won(found.amount_won) or type(found.id) is not str or type(found.deadline_at_s) is not int:
        raise Unclear("the answer holds no checkout")
    return found
