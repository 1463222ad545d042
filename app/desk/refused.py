"""What a process notes of payments that were refused, until its thread writes it down (app/desk/why.py).

Noting costs a payment nothing: it goes to a short list in memory. A process that is killed loses half a second of it.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from app.errors import Refusal
from app.money.orders import Sale

MOST_WAITING = 1_000    # what comes beside in half a second is not noted
MONEY = range(200, 300)
ALSO = {"REVOKED_KEY"}  # a lost phone that somebody still uses


@dataclass(frozen=True, slots=True)
class Noted:
    sale: Sale
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
            self._waiting.append(Noted(sale, refusal, int(self._clock())))

    def take(self) -> list[Noted]:
        """What was noted since the last time."""
        return [self._waiting.popleft() for _ in range(len(self._waiting))]
