"""Decides a batch: what was answered before, what `apply` says now, what is remembered of a refusal."""

import os
from collections.abc import Sequence

from app.chain import entry as entries
from app.chain.body import decode
from app.chain.entry import TWO_SIDED, Entry
from app.errors import Refusal
from app.money import orders
from app.money.apply import apply
from app.money.orders import Act, Code, Row, Sale, Signed
from app.money.orders_offline import Deposit, OfflineCode
from app.money.posting import post
from app.money.rules import in_force
from app.money.state import Decision, Register, State
from app.store.base import Accepted, Commit, Refused

FIRST_ALIASES = 32          # given to a new key

Order = Sale | Act | Row
Answer = int | Refusal      # the entry's number, or why not


class Deciding:
    """One batch, order by order: each sees what those before it have changed; a refused one changes nothing."""

    def __init__(self, commit: Commit, now_s: int):
        self.commit = commit
        self.state: State = commit.state
        self.now_s = now_s
        self.first = commit.head.size
        self.accepted: list[Accepted] = []
        self.refused: list[Refused] = []
        self._refused_ids: dict[bytes, Refused] = {}

    def answer(self, order: Order, salts: bytes) -> Answer:
        messages = messages_of(order)
        try:
            before = self._settled_before(messages) or self._remembered(messages)
        except Refusal as refusal:
            return refusal
        if before is not None:
            return before
        order = given(self.state, order)
        try:
            decision = apply(self.state, order, self.now_s, in_force(self.state))
        except Refusal as refusal:
            self._remember(order, refusal)
            return refusal
        return self._accept(order, decision, salts)

    def _accept(self, order: Order, decision: Decision, salts: bytes) -> int:
        number = self.first + len(self.accepted)
        entry = entries.make(self.state, order, decision, (number, self.now_s), salts)
        post(self.state, number, decision)
        self.accepted.append(Accepted(order, decision, entry))
        return number

    def _settled_before(self, messages: Sequence[Signed]) -> int | None:
        """The entry that these very messages made. ID_UNDER_OTHER_KEY if one was then signed by another."""
        asked = [each for each in messages if type(each.body) is Deposit] or messages    # two tills may deposit one code
        numbers = {self.state.entry_of(message.body.expires_at_s, message.id) for message in asked}
        if len(numbers) != 1 or None in numbers:
            return None
        (number,) = numbers
        mine = number - self.first
        entry = self.accepted[mine].entry if mine >= 0 else self.commit.entry(number)
        stored = signed_in(entry)
        if {message.raw[:-64] for message in messages} != {raw[:-64] for raw, _ in stored}:
            return None
        if {message.key for message in messages} != {key for _, key in stored}:
            raise Refusal("ID_UNDER_OTHER_KEY")
        return number

    def _remembered(self, messages: Sequence[Signed]) -> Refusal | None:
        for message in messages:
            now = self._refused_ids.get(message.id)
            if now is not None and now.message.key == message.key:
                return now.refusal
            before = self.commit.remembered(message)
            if before is not None:
                return before
        return None

    def _remember(self, order: Order, refusal: Refusal) -> None:
        message = blamed(order, refusal)
        if message is None or message.id in self._refused_ids:
            return
        life_s = in_force(self.state).max_life_s.get(type(message.body), 0)
        if self.now_s <= message.body.expires_at_s <= self.now_s + life_s:
            refused = Refused(message, refusal)
            self._refused_ids[message.id] = refused
            self.refused.append(refused)


# --- what an order holds ------------------------------------------------------------------

def messages_of(order: Order) -> tuple[Signed, ...]:
    """The signed messages whose ids the order uses up, approvals apart."""
    if type(order) is Sale:
        return order.payer, order.payee
    return (order.message,) if type(order) is Act else ()


def signed_in(entry: Entry) -> list[tuple[bytes, bytes]]:
    """(raw message, key) of each message that an entry holds, approvals apart."""
    if entry.form == TWO_SIDED:
        halves = [decode(entry.a)[3:5], decode(entry.b)[3:5]]
        return [(raw, key) for raw, key in halves if raw]
    raw, key = decode(entry.a)[3:5]
    return [(raw, key)]


def blamed(order: Order, refusal: Refusal) -> Signed | None:
    """Which message a final refusal is remembered under: for good, so that it can't succeed after a top-up.

    What speaks against the payer (ACCOUNT_FROZEN … NOT_ENOUGH) ends the payer's message. Everything else
    ends the message that names the other one, the charge or the payment: it can only ever go with that one.
    A code or request whose partner was wrong stays good, and so does a charge or payment that was handed in
    with another partner than it names: nobody can spoil another's. Nor can a second officer who may not approve
    spoil what the first one signed. What time or the used ids say again by themselves is not remembered, nor
    what anybody may ask for with a key made a moment ago: it leaves nothing behind.
    """
    if not refusal.final or refusal.word in _SAID_AGAIN or type(order) is Row:
        return None
    if type(order) is Act:
        if type(order.message.body) in (orders.AccountOpen, orders.AliasBatch):
            return None
        return None if order.approvals and refusal.word in OF_WHO_SIGNED else order.message
    if not _belong_together(order):
        return None
    if type(order.payee.body) is Deposit:
        return order.payee
    if _PAYER_FROM <= refusal.number < _PAYER_TO or type(order.payer.body) is not Code:
        return order.payer
    return order.payee


_SAID_AGAIN = {"EXPIRED", "CODE_USED", "REQUEST_PAID", "ALREADY_DONE", "ID_UNDER_OTHER_KEY", "UNKNOWN_KIND", "BAD_FIELD"}
# Of an approved act: not remembered, for another officer's approval may be right.
OF_WHO_SIGNED = {"REVOKED_KEY", "OFFICER_NOT_VALID", "NO_RIGHT", "SAME_OFFICER"}
_PAYER_FROM, _PAYER_TO = 240, 250


def _belong_together(sale: Sale) -> bool:
    """Whether the message that names the other one names this one."""
    payer, payee = sale.payer, sale.payee
    if type(payer.body) in (Code, OfflineCode):
        return getattr(payee.body, "code_id", None) == payer.id
    return payer.body.request_hash == payee.id[:16]


def given(state: State, order: Order) -> Order:
    """The order with what the chain itself gives: an address, aliases. Chance stays out of `apply`."""
    if type(order) is not Act or order.given:
        return order
    body = order.message.body
    if type(body) is orders.AccountOpen:
        drawn = (os.urandom(8), os.urandom(8 * FIRST_ALIASES))
    elif type(body) is orders.AliasBatch and body.count <= 0xFFFF:
        drawn = (os.urandom(8 * body.count),)
    elif type(body) is orders.KeyAdd and state.get(Register.KEY, body.key) is None:
        drawn = (os.urandom(8 * FIRST_ALIASES),)
    else:
        return order
    return Act(order.message, order.approvals, drawn)
