"""Dated policy: figures that the city sets for a span of time, and that fall back by themselves.

No setting has to be put back by hand: a figure holds from one moment until another, a later
entry lies over an earlier one, and where nothing lies there the figure is 0: switched off.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from app.money.orders import Act
from app.money.rules import Rules
from app.money.signers import fresh, officers, require, used_up
from app.money.state import Decision, Policies, Register, State

# What a figure is about. OFFLINE_PAYER: won of one certificate, 0 no certificates; OFFLINE_TILL: won that a till takes
# before it must settle, and that the city bears for a till in a day; OFFLINE_DAY: won of all certificates of an account
# in 24 hours; OFFLINE_LIFE: seconds of a certificate; OFFLINE_BEARER: the programme that bears a loss, 0 the shop.
OFFLINE_PAYER, OFFLINE_TILL, OFFLINE_DAY, OFFLINE_LIFE, OFFLINE_BEARER = 1, 2, 3, 4, 5
SUBJECTS = (OFFLINE_PAYER, OFFLINE_TILL, OFFLINE_DAY, OFFLINE_LIFE, OFFLINE_BEARER)
LONGEST_LIFE_S = 7 * 86_400
PERIOD_BYTES, MOST_PERIODS = 24, 64


@dataclass(frozen=True, slots=True)
class Period:
    from_s: int
    until_s: int
    figure: int


def policy(state: State, act: Act, now_s: int, rules: Rules) -> Decision:
    """Two officers set one figure for a span of time; it lies over what was set before.

    BAD_FIELD          no such subject; it ends before it begins, or has ended; a life over seven days
    REVOKED_KEY, UNKNOWN_OFFICER, OFFICER_NOT_VALID, NO_RIGHT, SAME_OFFICER, APPROVALS_MISSING
    ALREADY_DONE, EXPIRED, TOO_FAR_AHEAD
    UNKNOWN_PROGRAMME  the bearer
    POLICY_FULL        too many figures lie ahead
    """
    body = act.message.body
    require(body.subject in SUBJECTS and max(body.from_s, now_s) < body.until_s, "BAD_FIELD")
    require(body.subject != OFFLINE_LIFE or body.figure <= LONGEST_LIFE_S, "BAD_FIELD")
    officers(state, act, now_s, rules)
    fresh(state, act, now_s, rules)
    bearer = body.figure if body.subject == OFFLINE_BEARER else 0
    require(not bearer or state.get(Register.PROGRAMME, bearer) is not None, "UNKNOWN_PROGRAMME")
    kept = [period for period in periods(state, body.subject) if period.until_s > now_s]
    require(len(kept) < MOST_PERIODS, "POLICY_FULL", most=MOST_PERIODS)
    packed = b"".join(map(_pack, [*kept, Period(body.from_s, body.until_s, body.figure)]))
    return Decision(records=((Register.POLICY, body.subject, Policies(packed)),), ids=used_up(act))


def figure(state: State, subject: int, now_s: int) -> int:
    """What holds at `now_s`; 0 where nothing was set."""
    holding = [period.figure for period in periods(state, subject) if period.from_s <= now_s < period.until_s]
    return holding[-1] if holding else 0


def periods(state: State, subject: int) -> Iterator[Period]:
    """All that was set and had not ended when the last was, in the order of the entries."""
    record = state.get(Register.POLICY, subject)
    packed = record.periods if record else b""
    for at in range(0, len(packed), PERIOD_BYTES):
        numbers = (int.from_bytes(packed[place:place + 8]) for place in range(at, at + PERIOD_BYTES, 8))
        yield Period(*numbers)


def _pack(period: Period) -> bytes:
    return b"".join(number.to_bytes(8) for number in (period.from_s, period.until_s, period.figure))
