"""Which payment a receipt on paper is about: by this till's own journal, or by the city's ledger where that has none."""

from dataclasses import replace

from app.errors import Refusal
from app.message import cose
from app.money.orders import Refund, Void
from pos import goods
from pos.journal import Line
from pos.pairing import Paired
from pos.receipt import Slip
from pos.server import Refused, Server, Unclear, to_bytes, to_text
from pos.till import Sale, State, Till
from pos.trust import NotProven

LATELY_S = 7 * 86_400   # what is printed again mostly: a journal holds years
GOODS_WITHIN_S = 3      # a receipt that the till has waits no longer for what it was of
_KINDS = {Refund: "refund", Void: "void"}
_NAMES = {"sale": "sale", "refund": "refund", "void": "void"}


def own(till: Till, entry: int, again: bool = True) -> Slip | None:
    """By this till's own journal: without a line, and with a receipt that is checked again."""
    kept = line_of(till, entry)
    return of(till.read(kept), kept.receipt, till.paired, again) if kept else None


def line_of(till: Till, entry: int) -> Line | None:
    """Of this till's own journal, that which entry `entry` settled."""
    for since_s in (till.now_s() - LATELY_S, 0):
        for kept in reversed(till.journal.lines(since_s)):
            if kept.receipt and cose.parse(kept.receipt).body.entry == entry:
                return kept
    return None


def of(sale: Sale, raw: bytes, paired: Paired, again: bool = False) -> Slip:
    """raw: the receipt as the journal has it."""
    assert sale.state is State.SETTLED
    body, proof = sale.body, sale.receipt
    return Slip(
        paired.shop_name, paired.till, proof.entry, _KINDS.get(type(body), "sale"), proof.amount_won, proof.at_s,
        getattr(body, "entry", 0), getattr(body, "reference", b"").decode(), body.cashier, raw, paired.host, again,
    )


def with_goods(slip: Slip, kept: object, till: Till, line: Server) -> Slip:
    """With what a sale was of: kept, as the till's page has it here, or else as the city has it. Without, where neither makes the amount
    or there is no line."""
    if slip.kind != "sale":
        return slip
    found = goods.read(kept, slip.amount_won)
    if found is None:
        try:
            said = line.get(f"/api/till/receipts/{slip.entry}", to_text(till.session()), GOODS_WITHIN_S)
        except (Unclear, Refused):
            return slip
        found = goods.read(said.get("goods"), slip.amount_won)
    return replace(slip, goods=found)


def told(till: Till, line: Server, entry: int) -> Slip:
    """By the city's ledger: of a payment that is in no journal here. NotProven where its receipt doesn't say the same."""
    said = line.get(f"/api/till/receipts/{entry}", session=to_text(till.session()))
    raw = to_bytes(said.get("receipt"))
    proof = till.trust.check(raw, _subject(raw), None)
    if (proof.entry, proof.amount_won) != (entry, said.get("amount_won")):
        raise NotProven("a receipt of another payment")
    try:
        return Slip(
            till.paired.shop_name, till.paired.till, proof.entry, _NAMES[said["kind"]], proof.amount_won, proof.at_s,
            int(said["of"] or 0), str(said["reference"]), int(said["cashier"]), raw, till.paired.host, True,
            goods.read(said.get("goods"), proof.amount_won),
        )
    except (KeyError, TypeError, ValueError):
        raise Unclear("the answer tells no payment") from None


def _subject(raw: bytes) -> bytes:
    """Which message a receipt says that it answers; of another message nothing."""
    try:
        return getattr(cose.parse(raw).body, "subject", b"")
    except Refusal as refusal:
        raise NotProven(str(refusal)) from None
