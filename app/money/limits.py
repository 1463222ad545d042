"""How much somebody may spend, hold or grant: the city's dated figures, and a key's own.

What comes together is counted in windows of 24 hours, each beginning with the first that counts, so nobody gets
past a limit in slices. A limit that nobody set is none, and then nothing is counted or written either.
"""

from dataclasses import dataclass

from app.money import policy
from app.money.orders import CARD, SOFT
from app.money.records import Account
from app.money.signers import require
from app.money.state import RESIDENT, Register, State, Sum

DAY_S = 86_400

Records = tuple[tuple[Register, bytes | int, object], ...]


@dataclass(frozen=True, slots=True)
class Limit:
    """One that holds now: at most `most_won`, of which `sum` came together in the window that runs."""
    key: bytes | int
    most_won: int
    sum: Sum

    @property
    def left_won(self) -> int:
        return max(0, self.most_won - self.sum.amount_won)

    @property
    def again_at_s(self) -> int:
        return self.sum.from_s + DAY_S


def of_payer(state: State, key: bytes, now_s: int) -> list[Limit]:
    """What limits a payment that `key` (32) signs: its account's, and its own."""
    found = state.get(Register.KEY, key)
    account = state.get(Register.ACCOUNT, found.account)
    of_account = policy.limit(state, policy.DAY_KNOWN if account.person else policy.DAY_UNKNOWN, now_s)
    limits = ((found.account, of_account), (key, of_key(state, key, now_s)))
    return [Limit(whose, most_won, _running(state, Register.DAY_SPENT, whose, now_s))
            for whose, most_won in limits if most_won is not None]


def of_key(state: State, public: bytes, now_s: int) -> int | None:
    """The lowest of what limits one key (32) by itself in 24 hours; None: nothing does."""
    key = state.get(Register.KEY, public)
    rebound = bool(key.rebound_s) and now_s < key.rebound_s + DAY_S
    figures = [
        key.day_won or None,
        policy.limit(state, policy.DAY_SOFT, now_s) if key.grade == SOFT else None,
        policy.limit(state, policy.DAY_CARD, now_s) if key.grade == CARD else None,
        policy.limit(state, policy.REBOUND, now_s) if rebound else None,
    ]
    return min((won for won in figures if won is not None), default=None)


def tightest(state: State, key: bytes, now_s: int) -> Limit | None:
    """The limit of a payer's key (32) that leaves least now."""
    return min(of_payer(state, key, now_s), key=lambda limit: limit.left_won, default=None)


def spend(state: State, key: bytes, amount_won: int, now_s: int) -> Records:
    """What to write down of a payment. OVER_DAY_LIMIT with the figures of the tightest: limit_won, left_won, again_at_s."""
    return _counted(Register.DAY_SPENT, "OVER_DAY_LIMIT", of_payer(state, key, now_s), amount_won)


def grant(state: State, officers: tuple[int, ...], amount_won: int, now_s: int) -> Records:
    """The same for the officers who sign a list. OVER_OFFICER_LIMIT."""
    most_won = policy.limit(state, policy.DAY_OFFICER, now_s)
    if most_won is None:
        return ()
    limits = [Limit(number, most_won, _running(state, Register.DAY_GRANTED, number, now_s)) for number in officers]
    return _counted(Register.DAY_GRANTED, "OVER_OFFICER_LIMIT", limits, amount_won)


def _counted(register: Register, word: str, limits: list[Limit], amount_won: int) -> Records:
    if not limits:
        return ()
    least = min(limits, key=lambda limit: limit.left_won)
    require(
        amount_won <= least.left_won, word,
        limit_won=least.most_won, left_won=least.left_won, again_at_s=least.again_at_s,
    )
    return tuple((register, limit.key, Sum(limit.sum.from_s, limit.sum.amount_won + amount_won)) for limit in limits)


def _running(state: State, register: Register, key: bytes | int, now_s: int) -> Sum:
    """The window that runs; a new one when none does."""
    found = state.get(register, key)
    return found if found is not None and now_s < found.from_s + DAY_S else Sum(now_s, 0)


def room_won(state: State, account: Account, now_s: int) -> int | None:
    """How much more an account may hold; None: as much as comes."""
    most_won = policy.limit(state, policy.HOLD_KNOWN if account.person else policy.HOLD_UNKNOWN, now_s)
    if most_won is None:
        return None
    held_won = sum(lot.balance_won for lot in state.lots_of(RESIDENT, account.number) if lot.expires_at_s > now_s)
    return max(0, most_won - held_won)
