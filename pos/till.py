"""A sale at this till: signed, on disk, and paid only when the operator's receipt for it says so.

    OPEN ── sign and write ──> SIGNED ── receipt ──> SETTLED
                                  └──── word ─────> REFUSED ── receipt ──> SETTLED

A refusal is only said, a receipt is signed: should one come after all, it counts.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum

from app.errors import Refusal
from app.message import cose, kinds
from app.message.cose import Parsed
from app.message.keys import Signer
from app.money.amount import won
from app.money.orders import EXACT, Charge, Code, Payment, Receipt, Refund, Request, Session, Void
from app.money.orders_offline import Deposit
from pos.journal import Journal, Line
from pos.pairing import Paired
from pos.trust import NotProven, Trust

REQUEST_LIFE_S = 180    # a shown request is paid within three minutes or never
CHARGE_LIFE_S = 60      # as long as a code may live
REFUND_LIFE_S = 60
VOID_S = 600            # how long after a payment the ledger lets its till take it back
BACK = (Refund, Void)
SESSION_LIFE_S = 300


class State(Enum):
    OPEN = "open"
    SIGNED = "signed"
    SETTLED = "settled"
    REFUSED = "refused"


_NEXT = {
    State.OPEN: {State.SIGNED},
    State.SIGNED: {State.SETTLED, State.REFUSED},
    State.REFUSED: {State.SETTLED},
    State.SETTLED: set(),
}


@dataclass(frozen=True, slots=True)
class Sale:
    """A request, a charge, a refund or a void, and what became of it."""
    body: Request | Charge | Refund | Void | Deposit
    state: State = State.OPEN
    number: int = 0                     # in the journal
    id: bytes = b""                     # 32
    raw: bytes = b""                    # signed by this till
    payer: bytes = b""                  # the code that is charged, of a deposit with its certificate; else empty
    receipt: Receipt | None = None
    word: str = ""
    sentence: str = ""

    @property
    def amount_won(self) -> int:
        """A void says no amount: it is known with its receipt, 0 before."""
        return getattr(self.body, "amount_won", self.receipt.amount_won if self.receipt else 0)

    def becomes(self, state: State, **changes: object) -> "Sale":
        assert state in _NEXT[self.state], f"{self.state} can't become {state}"
        return replace(self, state=state, **changes)


class Till:
    """Signs and judges; sends nothing. now_s: the time by which messages expire, the operator's where it is known."""

    def __init__(self, paired: Paired, key: Signer, journal: Journal, now_s: Callable[[], int]):
        self.paired, self.key, self.journal, self.now_s = paired, key, journal, now_s
        self.trust = Trust(paired.chain_id, journal)

    # --- signing ---------------------------------------------------------------------------

    def request(self, amount_won: int, reference: bytes = b"", cashier: int = 0, life_s: int = REQUEST_LIFE_S) -> Sale:
        """To show: pay this amount here. BAD_FIELD where it is no amount."""
        until_s = self.now_s() + min(life_s, REQUEST_LIFE_S)
        body = Request(*self._place(), won(amount_won), os.urandom(8), until_s, reference, cashier)
        return self._signed(body, self.key)

    def charge(self, code: Parsed, amount_won: int, reference: bytes = b"", cashier: int = 0) -> Sale:
        """The claim on a resident's code. BAD_FIELD (no code), EXPIRED, AMOUNT_DIFFERS, OVER_CAP: a code
        that can't pay this is not used up."""
        asked = code.body
        if type(asked) is not Code:
            raise Refusal("BAD_FIELD", field="kind", kind=kinds.BY_NUMBER[code.kind].name)
        if asked.expires_at_s < self.now_s():
            raise Refusal("EXPIRED")
        if asked.mode == EXACT and asked.amount_won != won(amount_won):
            raise Refusal("AMOUNT_DIFFERS", asked_won=asked.amount_won)
        if asked.amount_won < won(amount_won):
            raise Refusal("OVER_CAP", cap_won=asked.amount_won)
        code_id = cose.message_id(code.kind, code.payload, self.paired.chain_id)
        ends_s = min(asked.expires_at_s, self.now_s() + CHARGE_LIFE_S)      # with the code: nothing can come of it later
        body = Charge(*self._place(), code_id, amount_won, os.urandom(8), ends_s, reference, cashier)
        return self._signed(body, self.key, code.raw)

    def refund(self, entry: int, amount_won: int, refund_key: Signer, cashier: int = 0) -> Sale:
        """Back to the payer of `entry`. BAD_FIELD where it is no amount."""
        body = Refund(*self._place(), entry, won(amount_won), os.urandom(8), self.now_s() + REFUND_LIFE_S, cashier)
        return self._signed(body, refund_key)

    def void(self, entry: int, cashier: int = 0) -> Sale:
        """All of a payment that this till took minutes ago, back to its payer; by the till's own key."""
        return self._signed(Void(*self._place(), entry, os.urandom(8), self.now_s() + REFUND_LIFE_S, cashier), self.key)

    def deposit(
        self, code_id: bytes, amount_won: int, times: tuple[int, int], shown: bytes, reference: bytes = b"", cashier: int = 0,
    ) -> Sale:
        """The claim on a code that this till took by itself (pos.offline). times: when, and until when it is deposited."""
        taken_at_s, until_s = times
        body = Deposit(*self._place(), code_id, won(amount_won), taken_at_s, os.urandom(8), until_s, reference, cashier)
        return self._signed(body, self.key, shown)

    def session(self) -> bytes:
        """Proves to the operator that this till asks; not journalled, for it is no sale."""
        body = Session(self.paired.till, os.urandom(8), self.now_s() + SESSION_LIFE_S)
        return cose.sign(body, self.key, self.paired.chain_id)

    def _place(self) -> tuple[int, int]:
        return self.paired.till, self.paired.shop

    def _signed(self, body: Request | Charge | Refund | Void | Deposit, key: Signer, payer: bytes = b"") -> Sale:
        """On disk when this returns; not before may anyone see it."""
        raw = cose.sign(body, key, self.paired.chain_id)
        parsed = cose.parse(raw)
        message_id = cose.message_id(parsed.kind, parsed.payload, self.paired.chain_id)
        number = self.journal.write(message_id, body.expires_at_s, raw, payer, self.now_s())
        return Sale(body).becomes(State.SIGNED, number=number, id=message_id, raw=raw, payer=payer)

    # --- judging ---------------------------------------------------------------------------

    def settle(self, sale: Sale, raw: bytes) -> Sale:
        """Paid, or given back: the operator signed it for this very message and amount. NotProven if not."""
        receipt = self._proof(sale, raw, self.now_s())
        self.journal.settle(sale.number, raw, self.now_s())
        return sale.becomes(State.SETTLED, receipt=receipt, word="", sentence="")

    def refuse(self, sale: Sale, word: str, sentence: str) -> Sale:
        """It was not paid. The journal has the last word: a receipt that is there already stays."""
        self.journal.refuse(sale.number, word, sentence, self.now_s())
        return self.read(self.journal.line(sale.number))

    def read(self, line: Line) -> Sale:
        """A line of the journal, its receipt checked again. NotProven where somebody wrote one in."""
        sale = Sale(cose.parse(line.raw).body, State.SIGNED, line.number, line.id, line.raw, line.payer)
        if line.receipt:
            return sale.becomes(State.SETTLED, receipt=self._proof(sale, line.receipt, None))
        if line.word:
            return sale.becomes(State.REFUSED, word=line.word, sentence=line.sentence)
        return sale

    def open_sales(self) -> list[Sale]:
        return [self.read(line) for line in self.journal.open_lines()]

    def shown_request(self, shown: Parsed) -> Sale:
        """This till's own request that a phone's payment or receipt answers. OTHER_REQUEST where there is none,
        REQUEST_PAID where its receipt came before."""
        subject = shown.body.request_hash if type(shown.body) is Payment else shown.body.subject
        line = self.journal.line_of(subject)
        sale = self.read(line) if line else None
        if sale is None or type(sale.body) is not Request:
            raise Refusal("OTHER_REQUEST")
        if sale.state is State.SETTLED:
            raise Refusal("REQUEST_PAID")
        return sale

    def _proof(self, sale: Sale, raw: bytes, now_s: int | None) -> Receipt:
        receipt = self.trust.check(raw, sale.id, now_s)
        if receipt.amount_won != self._asked_won(sale.body, receipt):
            raise NotProven("a receipt over another amount")
        return receipt

    def _asked_won(self, body: Request | Charge | Refund | Void | Deposit, receipt: Receipt) -> int:
        """What the receipt must say. Of a void: what this journal says that its payment was; where no line of it is
        left, the operator's word."""
        if type(body) is not Void:
            return body.amount_won
        for line in self.journal.lines(body.expires_at_s - REFUND_LIFE_S - 2 * VOID_S):
            if line.receipt and cose.parse(line.receipt).body.entry == body.entry:
                return cose.parse(line.raw).body.amount_won
        return receipt.amount_won
