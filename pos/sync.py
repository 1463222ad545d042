"""Brings a till's messages to the operator and their answers back, however often the line breaks.

A message settles once, by its id: so it is sent again, or asked about, until its answer is known. A line of the
journal that stayed open, after a crash or a power cut, is asked about at each start.
"""

import threading
import time
from collections.abc import Callable

from app.money.orders import Request
from app.money.orders_offline import Deposit
from pos import server as line
from pos.server import Refused, Server, Unclear
from pos.till import BACK, Sale, State, Till
from pos.trust import NotProven

ASK_EVERY_S = 2
PATIENCE_S = 15         # of a person at the counter, before the till says that it doesn't know
POLL_S = 30             # the operator answers a long poll within 25
AGAIN_S = 1
BREATH_S = 0.2          # between two polls, should the operator answer at once each time
SOME = 20               # lines at a start, so that nobody waits for them
TRY_AGAIN = frozenset({"BUSY", "HALTED", "TOO_MANY"})


def take(till: Till, server: Server, sale: Sale, payer: bytes) -> Sale:
    """Settles a charge with its code, or a request with a phone's payment; the sale settled, refused, or still open
    when the operator could not be asked in time. Raises Refused or NotProven: then it stays open, too. (A refused
    payment ends no request: another phone may pay it.)"""
    sent = {"payer": line.to_text(payer), "payee": line.to_text(sale.raw)}
    return _send(till, server, sale, ("/api/sales", sent))


def take_card(till: Till, server: Server, sale: Sale, card: str, pin: str) -> Sale:
    """Settles a request out of a paper card, whose key the city holds; as `take`."""
    sent = {"card": card, "pin": pin, "request": line.to_text(sale.raw)}
    return _send(till, server, sale, ("/api/cards/pay", sent, line.to_text(till.session())))


def give_back(till: Till, server: Server, sale: Sale) -> Sale:
    """Settles a refund or a void; as `take`."""
    assert type(sale.body) in BACK
    return _send(till, server, sale, ("/api/refunds", {"message": line.to_text(sale.raw)}))


def ask(till: Till, server: Server, sale: Sale) -> Sale:
    """What the operator says of a message by its id. Raises Refused, Unclear or NotProven."""
    said = server.get(f"/api/outcomes/{sale.body.expires_at_s}/{sale.id.hex()}")
    if said.get("state") == "settled":
        return settle(till, server, sale, said)
    no = line.refused(said.get("problem")) if said.get("state") == "refused" else None
    if no is not None and no.final:
        keep_no(till, sale, said)
        return till.refuse(sale, no.word, no.sentence)
    return sale


def keep_no(till: Till, sale: Sale, said: dict) -> bool:
    """Keeps the operator's signed no, where the answer holds one: only that ends a line for good."""
    try:
        raw = line.to_bytes(said.get("refusal"))
        till.trust.check_no(raw, (sale.body.expires_at_s, sale.id), till.now_s())
    except (Unclear, NotProven):
        return False
    till.journal.keep_refusal(sale.number, raw, till.now_s())
    return True


def resume(till: Till, server: Server) -> tuple[list[Sale], bool]:
    """Asks about every open line; what was closed by it, and whether the line to the operator stands."""
    closed = []
    for sale in till.open_sales():
        if type(sale.body) is Deposit:
            continue            # pos.deposits
        try:
            sale = ask(till, server, sale)
        except Unclear:
            return closed, False
        except (Refused, NotProven):
            continue
        if sale.state is not State.SIGNED:
            closed.append(sale)
    return closed, _have_signed(till, server)


def _have_signed(till: Till, server: Server) -> bool:
    """What the operator only said no to is asked about until it has signed that, some at each start; whether the line
    stands."""
    for kept in till.journal.unsigned_lines(SOME):
        try:
            ask(till, server, till.read(kept))
        except Unclear:
            return False
        except (Refused, NotProven):
            continue
    return True


def wait(
    till: Till, server: Server, sale: Sale, tell: Callable[[bool], None],
    take: Callable[[Sale], Sale] = lambda sale: sale, rung: threading.Event | None = None,
) -> Sale:
    """Until a shown request is paid, refused, or over; then it may still be open, for `resume` to ask.

    tell(stands): whether the line to the operator stands, at each ask. take: what came of all that phones showed
    meanwhile, asked for when `rung` is set. Raises NotProven."""
    rung, over = rung or threading.Event(), threading.Event()
    listener = threading.Thread(target=_listen, args=(till, server, rung, over), daemon=True)
    listener.start()
    try:
        while sale.state is State.SIGNED and till.now_s() <= sale.body.expires_at_s + ASK_EVERY_S:
            rung.wait(ASK_EVERY_S)
            rung.clear()
            sale = take(sale)
            if sale.state is State.SIGNED:
                sale = _asked(till, server, sale, tell)
    finally:
        over.set()
    return sale


def _asked(till: Till, server: Server, sale: Sale, tell: Callable[[bool], None]) -> Sale:
    try:
        sale = ask(till, server, sale)
    except (Unclear, Refused):
        tell(False)
        return sale
    tell(True)
    return sale


def _listen(till: Till, server: Server, rung: threading.Event, over: threading.Event) -> None:
    """The long poll only rings: what happened is asked by id, and proven by the receipt."""
    session, after = line.to_text(till.session()), ""
    while not over.is_set():
        try:
            said = server.get(f"/api/events/poll?session={session}{after}", timeout_s=POLL_S)
        except (Unclear, Refused):
            over.wait(ASK_EVERY_S)
            continue
        events = said.get("events")
        seen = [event.get("id") for event in events if isinstance(event, dict)] if isinstance(events, list) else []
        entries = [entry for entry in (*seen, said.get("after")) if type(entry) is int]
        if entries:
            after = f"&after={max(entries)}"
        if seen:
            rung.set()
        over.wait(BREATH_S)


def _send(till: Till, server: Server, sale: Sale, wish: tuple) -> Sale:
    until_s = time.monotonic() + PATIENCE_S
    while True:
        try:
            return settle(till, server, sale, server.post(*wish))
        except Refused as no:
            if no.final and type(sale.body) is not Request:
                return till.refuse(sale, no.word, no.sentence)
            if no.final or no.word not in TRY_AGAIN:
                raise
        except Unclear:
            sale = _by_id(till, server, sale)
        if sale.state is not State.SIGNED or time.monotonic() > until_s:
            return sale
        time.sleep(AGAIN_S)


def settle(till: Till, server: Server, sale: Sale, said: dict) -> Sale:
    """By the receipt in an answer. Where it proves nothing the city may have a new key for receipts: then it is asked
    for the proof, once. Raises NotProven; Unclear where there is no receipt at all."""
    receipt = line.to_bytes(said.get("receipt"))
    try:
        return till.settle(sale, receipt)
    except NotProven:
        if not _learn(till, server):
            raise
        return till.settle(sale, receipt)


def _learn(till: Till, server: Server) -> bool:
    try:
        return till.trust.learn(server.get("/api/city"), till.now_s())
    except (Unclear, Refused):
        return False


def _by_id(till: Till, server: Server, sale: Sale) -> Sale:
    try:
        return ask(till, server, sale)
    except (Unclear, Refused):
        return sale
