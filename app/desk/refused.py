"""What a process notes of payments that were refused, until its thread writes it down (app/desk/why.py).

Noting costs a payment nothing: it goes to a short list in memory. A process that is killed loses half a second of it.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256

from app.errors import Refusal
from app.money.orders import Request, Sale, Signed

MOST_WAITING = 1_000    # what comes beside in half a second is not noted
MONEY = range(200, 300)
ALSO = {"REVOKED_KEY"}  # a lost phone that somebody still uses


@dataclass(frozen=True, slots=True)
class Noted:
    payer: object       # the body of the payer's message; or a person (16), by whose card nothing was signed
    message: bytes      # 32: the same is kept once
    shop: int
    amount_won: int
    refusal: Refusal
    at_s: int


class Refused:
    """One a process."""

    def __init__(self, clock: Callable[[], float]):
        self._clock = clock
        self._waiting: deque[Noted] = deque(maxlen=MOST_WAITING)

    def note(self, sale: Sale, refusal: Refusal) -> None:
        """A sale whose two messages were signed by whom they name, and why it was refused for good. From any thread."""
        if refusal.final and (refusal.number in MONEY or refusal.word in ALSO):
            asked = sale.payee.body
            self._note(Noted(sale.payer.body, sale.payer.id, asked.shop, asked.amount_won, refusal, int(self._clock())))

    def note_card(self, person: bytes, asked: Signed, refusal: Refusal) -> None:
        """What a till asked of a person's card, and why the card said no before anything was signed: once a request and word,
        however often the PIN was typed."""
        body: Request = asked.body
        message = sha256(asked.id + refusal.word.encode()).digest()
        self._note(Noted(person, message, body.shop, body.amount_won, refusal, int(self._clock())))

    def _note(self, noted: Noted) -> None:
        self._waiting.append(noted)

    def take(self) -> list[Noted]:
        """What was noted since the last time."""
        return [self._waiting.popleft() for _ in range(len(self._waiting))]
