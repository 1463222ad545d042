"""Dated policy: figures that the city sets for a span of time, and that fall back by themselves.

No setting has to be put back by hand: a figure holds from one moment until another, and a later
entry lies over an earlier one. Where nothing lies, what must be allowed (the offline figures) is 0: switched
off; and what limits is no limit.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from app.money.orders import Act
from app.money.rules import Rules
from app.money.signers import fresh, officers, require, used_up
from app.money.state import Decision, Policies, Register, State

# What a figure is about. Limits of an account nobody is linked to, and of a person's: HOLD of what it may hold when
# coins are paid out, DAY of what it may spend in 24 hours. DAY_SOFT, DAY_CARD: the same for one key of that grade;
# REBOUND: for a key in its first 24 hours, when two officers added it (before rule set 4: in a lost one's place).
# DAY_OFFICER: won of grants that one officer may make or approve in 24 hours. Of one `target`: SHOP_CATEGORY, a shop's in
# place of its own; PROGRAMME_CAP: won that a programme may have granted in all, beside its budget.
HOLD_UNKNOWN, HOLD_KNOWN, DAY_UNKNOWN, DAY_KNOWN, DAY_SOFT, DAY_CARD, REBOUND, DAY_OFFICER = range(6, 14)
SHOP_CATEGORY, PROGRAMME_CAP = 14, 15
# Without a network. OFFLINE_PAYER: won of one certificate, 0 no certificates; OFFLINE_TILL: won that a till takes
# before it must settle, and that the city bears for a till in a day; OFFLINE_DAY: won of all certificates of an account
# in 24 hours; OFFLINE_LIFE: seconds of a certificate; OFFLINE_BEARER: the programme that bears a loss, 0 the shop.
OFFLINE_PAYER, OFFLINE_TILL, OFFLINE_DAY, OFFLINE_LIFE, OFFLINE_BEARER = 1, 2, 3, 4, 5
SUBJECTS = range(OFFLINE_PAYER, PROGRAMME_CAP + 1)
WITHOUT_EFFECT = (HOLD_UNKNOWN,)        # coins are paid out to people alone; an entry that sets it stays what it is
OF_A_DEPOSIT = OFFLINE_TILL, OFFLINE_BEARER, SHOP_CATEGORY
TARGETED = {SHOP_CATEGORY: (Register.SHOP, "UNKNOWN_SHOP"), PROGRAMME_CAP: (Register.PROGRAMME, "UNKNOWN_PROGRAMME")}
MOST_CATEGORY = 255
LONGEST_LIFE_S = 7 * 86_400
PERIOD_BYTES, MOST_PERIODS = 24, 64


@dataclass(frozen=True, slots=True)
class Period:
    from_s: int
    until_s: int
    figure: int


def policy(state: State, act: Act, now_s: int, rules: Rules) -> Decision:
    """Two officers set one figure for a span of time; it lies over what was set before.

    BAD_FIELD          no such subject; it ends before it begins, or has ended; a life over seven days; a category that is
                       none; a target where none belongs, or none
    REVOKED_KEY, UNKNOWN_OFFICER, OFFICER_NOT_VALID, NO_RIGHT, SAME_OFFICER, APPROVALS_MISSING
    ALREADY_DONE, EXPIRED, TOO_FAR_AHEAD
    UNKNOWN_SHOP       the target
    UNKNOWN_PROGRAMME  the bearer, or the target
    POLICY_FULL        too many figures lie ahead
    """
    body = act.message.body
    require(body.subject in SUBJECTS and max(body.from_s, now_s) < body.until_s, "BAD_FIELD")
    require(body.subject != OFFLINE_LIFE or body.figure <= LONGEST_LIFE_S, "BAD_FIELD")
    require(body.subject != SHOP_CATEGORY or 1 <= body.figure <= MOST_CATEGORY, "BAD_FIELD")
    require(bool(body.target) == (body.subject in TARGETED), "BAD_FIELD")
    officers(state, act, now_s, rules)
    fresh(state, act, now_s, rules)
    if body.target:
        register, unknown = TARGETED[body.subject]
        require(state.get(register, body.target) is not None, unknown)
    bearer = body.figure if body.subject == OFFLINE_BEARER else 0
    require(not bearer or state.get(Register.PROGRAMME, bearer) is not None, "UNKNOWN_PROGRAMME")
    from_s = max(body.from_s, now_s) if rules.as_of_taking else body.from_s     # what held before stays what it was
    laid = [*periods(state, body.subject, body.target), Period(from_s, body.until_s, body.figure)]
    require(len(_lasting(laid, now_s, rules)) <= MOST_PERIODS, "POLICY_FULL", most=MOST_PERIODS)
    packed = b"".join(map(_pack, _kept(laid, body.subject, now_s, rules)))
    return Decision(records=((Register.POLICY, place(body.subject, body.target), Policies(packed)),), ids=used_up(act))


def _kept(laid: list[Period], subject: int, now_s: int, rules: Rules) -> list[Period]:
    """What is written down: all that still matters, and what goes on though it has ended."""
    last = held(laid, now_s, stays(subject, rules))
    goes_on = [last] if last is not None and last.until_s <= now_s else []
    return goes_on + _lasting(laid, now_s - _kept_s(subject, rules), rules)


def _lasting(laid: list[Period], from_s: int, rules: Rules) -> list[Period]:
    """Those that hold at any moment from then on; by earlier rules all that end later, though others cover them."""
    if not rules.covered_drops:
        return [period for period in laid if period.until_s > from_s]
    return [period for n, period in enumerate(laid, 1) if _shows(period, laid[n:], from_s)]


def _shows(period: Period, above: list[Period], from_s: int) -> bool:
    """Whether, from a moment on, something of it lies under nothing: at its beginning, or where another ends."""
    begins_s = max(period.from_s, from_s)
    return any(
        begins_s <= at_s < period.until_s and not any(other.from_s <= at_s < other.until_s for other in above)
        for at_s in (begins_s, *(other.until_s for other in above))
    )


def _kept_s(subject: int, rules: Rules) -> int:
    """How long a figure that has ended still matters: to a code that was taken then, as long as it may be deposited."""
    return LONGEST_LIFE_S + rules.deposit_s if rules.as_of_taking and subject in OF_A_DEPOSIT else 0


def limits(subject: int) -> bool:
    """Whether nothing set means no limit; else it means 0, switched off."""
    return subject > OFFLINE_BEARER


def place(subject: int, target: int) -> int:
    """The key of a figure in its register."""
    return target << 8 | subject


def figure(state: State, subject: int, now_s: int) -> int:
    """What holds at `now_s`; 0 where nothing was set."""
    return limit(state, subject, now_s) or 0


def limit(state: State, subject: int, now_s: int, target: int = 0, stay: bool = False) -> int | None:
    """What holds at `now_s`; None where nothing was set: no limit. `stay`: as of `held`."""
    found = held(list(periods(state, subject, target)), now_s, stay)
    return found.figure if found is not None else None


def held(laid: Sequence[Period], at_s: int, stay: bool = False) -> Period | None:
    """Of those that lie over a moment the uppermost, which is the last. `stay`: where none does, the one that held last."""
    over = [period for period in laid if period.from_s <= at_s < period.until_s]
    if over or not stay:
        return over[-1] if over else None
    ended_s = max((period.until_s for period in laid if period.until_s <= at_s), default=0)
    return held(laid, ended_s - 1)


def stays(subject: int, rules: Rules) -> bool:
    """Whether a figure goes on when it has ended: a card's, for the city holds its key, and it can't be without a limit."""
    return rules.card_cap_stays and subject == DAY_CARD


def periods(state: State, subject: int, target: int = 0) -> Iterator[Period]:
    """All that was set and still mattered when the last was, in the order of the entries."""
    record = state.get(Register.POLICY, place(subject, target))
    packed = record.periods if record else b""
    for at in range(0, len(packed), PERIOD_BYTES):
        numbers = (int.from_bytes(packed[place:place + 8]) for place in range(at, at + PERIOD_BYTES, 8))
        yield Period(*numbers)


def _pack(period: Period) -> bytes:
    return b"".join(number.to_bytes(8) for number in (period.from_s, period.until_s, period.figure))
