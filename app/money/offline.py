"""Both sides offline: a certificate beforehand, a code at the shop, a deposit (`deposit`) when the till is back.

A resident's phone has a fresh key certified while it has a network, up to a sum and for hours.
Without one it signs codes with that key; a till that has none either checks certificate and code
by itself and deposits them later.
"""

from app.money import limits, policy
from app.money.orders import Act
from app.money.rules import Rules
from app.money.signers import fresh, not_their_own, officers, require, resident_key, used_up
from app.money.state import Decision, OfflineKeyRecord, OfflineRight, Register, State

NUMBER_BYTES = 8            # a certified key is named by its first bytes
DAY_S = 86_400
ACCOUNT, OFFLINE_KEY = Register.ACCOUNT, Register.OFFLINE_KEY


def number_of(key: bytes) -> bytes:
    """The name (8) of a certified key (32)."""
    return key[:NUMBER_BYTES]


def offline_key(state: State, act: Act, now_s: int, rules: Rules) -> Decision:
    """A wallet has a fresh key certified: the entry says for how much and for how long.

    BAD_FIELD        approvals where none are asked for
    UNKNOWN_KEY, REVOKED_KEY
    NO_RIGHT         the account is no person's
    ALREADY_DONE, EXPIRED, TOO_FAR_AHEAD
    ACCOUNT_FROZEN
    OFFLINE_OFF      the city has switched it off; or this key has a limit of its own, which nobody could count
    OFFLINE_BARRED   the account spent more than it had, or a copy of its phone did
    OFFLINE_DAY_FULL certificates of this day are used up     facts: left_won
    KEY_TAKEN        a key of this name was certified before
    """
    body = act.message.body
    require(not act.approvals, "BAD_FIELD")
    address = resident_key(state, act.message, body.alias).account
    account = state.get(ACCOUNT, address)
    require(account.person, "NO_RIGHT")
    fresh(state, act, now_s, rules)
    require(not account.frozen, "ACCOUNT_FROZEN")
    cap_won, life_s = (policy.figure(state, subject, now_s) for subject in (policy.OFFLINE_PAYER, policy.OFFLINE_LIFE))
    require(cap_won and life_s and limits.of_key(state, act.message.key, now_s, rules) is None, "OFFLINE_OFF")
    right = _right(state, address, cap_won, now_s)
    require(state.get(OFFLINE_KEY, number_of(body.key)) is None, "KEY_TAKEN")
    certified = OfflineKeyRecord(body.key, act.message.key, cap_won, now_s, now_s + life_s, 0, b"", address if rules.as_of_taking else b"")
    return Decision(
        records=((OFFLINE_KEY, number_of(body.key), certified), (Register.OFFLINE_RIGHT, address, right)),
        ids=used_up(act),
    )


def _right(state: State, address: bytes, cap_won: int, now_s: int) -> OfflineRight:
    """The account's right with one more certificate of `cap_won`; OFFLINE_BARRED, OFFLINE_DAY_FULL."""
    right = state.get(Register.OFFLINE_RIGHT, address) or OfflineRight(0, now_s, 0)
    require(not right.barred, "OFFLINE_BARRED")
    if now_s - right.from_s >= DAY_S:
        right = OfflineRight(0, now_s, 0)
    left_won = max(0, policy.figure(state, policy.OFFLINE_DAY, now_s) - right.issued_won)
    require(cap_won <= left_won, "OFFLINE_DAY_FULL", left_won=left_won)
    return OfflineRight(0, right.from_s, right.issued_won + cap_won)


def again(state: State, act: Act, now_s: int, rules: Rules) -> Decision:
    """Two officers give an account its right back that it lost by spending more than it had, or by two copies of its phone.
    What its old codes still cost is settled as before, and may take it again.

    REVOKED_KEY, UNKNOWN_OFFICER, OFFICER_NOT_VALID, NO_RIGHT, SAME_OFFICER, APPROVALS_MISSING
    UNKNOWN_ACCOUNT
    ALREADY_DONE     or the account has its right
    EXPIRED, TOO_FAR_AHEAD
    OWN_CASE         the account is an officer's who signed
    """
    body = act.message.body
    officers(state, act, now_s, rules)
    account = state.get(ACCOUNT, body.account)
    require(account is not None, "UNKNOWN_ACCOUNT")
    right = state.get(Register.OFFLINE_RIGHT, body.account)
    require(right is not None and right.barred, "ALREADY_DONE")
    fresh(state, act, now_s, rules)
    not_their_own(state, act, account.person)
    after = OfflineRight(0, right.from_s, right.issued_won)
    return Decision(records=((Register.OFFLINE_RIGHT, body.account, after),), ids=used_up(act), account=account.number)
