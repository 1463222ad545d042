"""How much somebody may spend, hold or grant: the city's dated figures, and a key's own.

What comes together is counted in windows of 24 hours, each beginning with the first that counts, so nobody gets
past a limit in slices. A limit that nobody set is none, and then nothing is counted or written either.
"""

from dataclasses import dataclass

from app.money import policy
from app.money.orders import CARD, SOFT
from app.money.rules import Rules
from app.money.signers import require
from app.money.state import NEVER_S, RESIDENT, Register, State, Sum, Taken

DAY_S = 86_400

Records = tuple[tuple[Register, bytes | int, object], ...]


@dataclass(frozen=True, slots=True)
class Limit:
    """One that holds now: at most `most_won`, of which `sum` came together in the window that runs."""
    key: bytes | int
    most_won: int
    sum: Sum
    ends_s: int = NEVER_S       # by then it is over by itself

    @property
    def left_won(self) -> int:
        return max(0, self.most_won - self.sum.amount_won)

    @property
    def again_at_s(self) -> int:
        return min(self.sum.from_s + DAY_S, self.ends_s)


def of_payer(state: State, key: bytes, now_s: int, rules: Rules, account: bytes = b"") -> list[Limit]:
    """What limits a payment that `key` (32) signs: its account's, or that of the `account` (8) which pays, and its own."""
    address = account or state.get(Register.KEY, key).account
    person = state.get(Register.ACCOUNT, address).person
    of_account = policy.limit(state, policy.DAY_KNOWN if person else policy.DAY_UNKNOWN, now_s)
    limits = ((address, of_account, NEVER_S), (key, *_of_key(state, key, now_s, rules)))
    return [Limit(whose, most_won, _running(state, Register.DAY_SPENT, whose, now_s), ends_s)
            for whose, most_won, ends_s in limits if most_won is not None]


def of_key(state: State, public: bytes, now_s: int, rules: Rules) -> int | None:
    """The lowest of what limits one key (32) by itself in 24 hours; None: nothing does."""
    return _of_key(state, public, now_s, rules)[0]


def of_cards(state: State, now_s: int, rules: Rules) -> int | None:
    """What each paper card may spend in 24 hours; None: nothing limits it."""
    return policy.limit(state, policy.DAY_CARD, now_s, stay=policy.stays(policy.DAY_CARD, rules))


def _of_key(state: State, public: bytes, now_s: int, rules: Rules) -> tuple[int | None, int]:
    """As of_key, and when nothing limits the key any more by itself: after its first 24 hours, one that officers added and that
    has no other limit of its own. Where another goes on, what was spent goes on counting towards it."""
    key = state.get(Register.KEY, public)
    new_until_s = key.rebound_s + DAY_S if key.rebound_s else 0
    figures = [
        (key.day_won or None, NEVER_S),
        (policy.limit(state, policy.DAY_SOFT, now_s) if key.grade == SOFT else None, NEVER_S),
        (of_cards(state, now_s, rules) if key.grade == CARD else None, NEVER_S),
        (policy.limit(state, policy.REBOUND, now_s) if now_s < new_until_s else None, new_until_s),
    ]
    holding = [(won, ends_s) for won, ends_s in figures if won is not None]
    return min((won for won, _ in holding), default=None), max((ends_s for _, ends_s in holding), default=NEVER_S)


def tightest(state: State, key: bytes, now_s: int, rules: Rules) -> Limit | None:
    """The limit of a payer's key (32) that leaves least now."""
    return min(of_payer(state, key, now_s, rules), key=lambda limit: limit.left_won, default=None)


def spend(state: State, key: bytes, amount_won: int, now_s: int, rules: Rules) -> Records:
    """What to write down of a payment. OVER_DAY_LIMIT with the figures of the tightest: limit_won, left_won, again_at_s."""
    return _counted(Register.DAY_SPENT, "OVER_DAY_LIMIT", of_payer(state, key, now_s, rules), amount_won)


def spent(state: State, payer: tuple[bytes, bytes], amount_won: int, now_s: int, rules: Rules) -> Records:
    """The same of what (key, account) paid at a till without a network: never refused, and nothing is left when it is more."""
    if not rules.deposits_count or not amount_won:
        return ()
    key, account = payer
    return _added(Register.DAY_SPENT, of_payer(state, key, now_s, rules, account), amount_won)


def unspent(state: State, paid: Taken, amount_won: int, now_s: int, rules: Rules) -> Records:
    """A payment that is void counts no more, where it was counted and the window in which it was paid still runs."""
    counted = of_payer(state, paid.key, paid.at_s, rules, paid.account) if rules.void_frees and paid.key else []
    sums = [(limit.key, state.get(Register.DAY_SPENT, limit.key)) for limit in counted]
    return tuple(
        (Register.DAY_SPENT, whose, Sum(sum.from_s, max(0, sum.amount_won - amount_won)))
        for whose, sum in sums if sum is not None and sum.from_s <= paid.at_s and now_s < sum.from_s + DAY_S
    )


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
    return _added(register, limits, amount_won)


def _added(register: Register, limits: list[Limit], amount_won: int) -> Records:
    return tuple((register, limit.key, Sum(limit.sum.from_s, limit.sum.amount_won + amount_won)) for limit in limits)


def _running(state: State, register: Register, key: bytes | int, now_s: int) -> Sum:
    """The window that runs; a new one when none does."""
    found = state.get(register, key)
    return found if found is not None and now_s < found.from_s + DAY_S else Sum(now_s, 0)


def paid_place(programme: int, person: bytes) -> bytes:
    return programme.to_bytes(8) + person


def paid_won(state: State, programme: int, person: bytes) -> int:
    """What a person (16) got, of a programme that says how much one gets."""
    before = state.get(Register.PERSON_PAID, paid_place(programme, person))
    return before.amount_won if before else 0


def room_won(state: State, person: bytes, now_s: int, rules: Rules) -> int | None:
    """How much more a person (16) may be paid; None: as much as comes. Money that is paid goes to people alone, so nobody
    asks of an account that is nobody's."""
    most_won = policy.limit(state, policy.HOLD_KNOWN, now_s)
    if most_won is None or not (rules.waiting_counts or _has_account(state, person)):
        return None
    lots = (lot for number in held_under(state, person) for lot in state.lots_of(RESIDENT, number))
    return max(0, most_won - sum(lot.balance_won for lot in lots if lot.expires_at_s > now_s))


def _has_account(state: State, person: bytes) -> bool:
    found = state.get(Register.PERSON, person)
    return found is not None and bool(found.account)


def held_under(state: State, person: bytes) -> list[int]:
    """The account numbers of what a person (16) has. Who has an account has nothing that waits: it came with the link. Without
    one it is what waits, and what lies in the account before, if the rules of then kept it: it may be theirs again."""
    found = state.get(Register.PERSON, person)
    if found is not None and found.account:
        return [state.get(Register.ACCOUNT, found.account).number]
    waits = state.get(Register.RESERVED, person)
    before = state.get(Register.ACCOUNT, found.last) if found is not None and found.last else None
    numbers = [waits.number] if waits else []
    return [*numbers, before.number] if before is not None and not before.person else numbers
