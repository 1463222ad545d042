"""What the published totals must say: each coin's figures since the beginning, as the legs make them."""

from collections import deque

from app.money.orders import Totals
from app.money.state import EXPIRE, OFFLINE_LOSS, RECALL, REFUND_EXPIRED, TOP_UP, Leg, Register, State

# Totals are read a moment before they are entered, and payments go on meanwhile: they must be the
# figures of one of the last so many changes, exactly.
RECENT = 4096


class Supplies:
    """issued: reached residents, or a shop for what one couldn't pay; expired: went back unspent; outstanding: issued less expired, which
    is what residents and shops hold. Nothing is redeemed yet: no such flow exists."""

    def __init__(self):
        self.recent: dict[int, deque[tuple[int, int]]] = {}

    def take(self, state: State, legs: tuple[Leg, ...]) -> None:
        """Counts the legs of one entry."""
        for leg in legs:
            if leg.flow in (TOP_UP, OFFLINE_LOSS, EXPIRE, REFUND_EXPIRED, RECALL):
                programme = state.get(Register.PROGRAMME, state.lot(leg.debit).programme)
                recent = self._of(programme.coin)
                issued_won, expired_won = recent[-1]
                if leg.flow in (TOP_UP, OFFLINE_LOSS):
                    recent.append((issued_won + leg.amount_won, expired_won))
                else:
                    recent.append((issued_won, expired_won + leg.amount_won))

    def differ(self, totals: Totals) -> bool:
        """Whether these figures were true at no recent moment."""
        issued_won, expired_won = totals.issued_won, totals.expired_won
        sums = totals.outstanding_won == issued_won - expired_won and totals.redeemed_won == 0
        return not sums or (issued_won, expired_won) not in self._of(totals.coin)

    def _of(self, coin: int) -> deque[tuple[int, int]]:
        return self.recent.setdefault(coin, deque([(0, 0)], maxlen=RECENT))
