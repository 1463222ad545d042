"""Both sides offline: a certificate beforehand, a code at the shop, a deposit when the till is back.

A resident's phone has a fresh key certified while it has a network, up to a sum and for hours.
Without one it signs codes with that key; a till that has none either checks certificate and code
by itself and deposits them later. What the payer then can't pay is borne by the programme that
the policy names: at most the certificate's sum for each shop that was reached in its life, whatever its tills sign.
"""

from dataclasses import dataclass

from app.errors import Refusal
from app.money import limits, policy
from app.money.amount import is_won
from app.money.lots import Place, drawn, place_of, shop_lots
from app.money.orders import EXACT, OPEN, RECEIVE, Act, Sale
from app.money.orders_offline import OfflineCode
from app.money.rules import Rules
from app.money.signers import fresh, in_time, not_their_own, officers, require, resident_key, till_fault, used_up
from app.money.state import (
    OFFLINE_LOSS, PAY, Borne, Decision, Leg, Loss, Lot, OfflineKeyRecord, OfflineRight, Register, State, Taken,
)

NUMBER_BYTES = 8            # a certified key is named by its first bytes
DAY_S = 86_400
ACCOUNT, KEY, OFFLINE_KEY = Register.ACCOUNT, Register.KEY, Register.OFFLINE_KEY


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
    require(cap_won and life_s and limits.of_key(state, act.message.key, now_s) is None, "OFFLINE_OFF")
    right = _right(state, address, cap_won, now_s)
    require(state.get(OFFLINE_KEY, number_of(body.key)) is None, "KEY_TAKEN")
    certified = OfflineKeyRecord(body.key, act.message.key, cap_won, now_s, now_s + life_s, 0, b"")
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


# --- the deposit ---------------------------------------------------------------------------

def deposit(state: State, order: Sale, now_s: int, rules: Rules) -> Decision:
    """A code that a till took without a network, and the till's word on it: the shop gets its money.

    The payer pays what their lots hold for this shop. The rest is borne by the policy's programme: of a code that
    another shop took as well, of an account that was frozen or a key that was revoked, all of it. Whoever spent more
    than there was, or signed two codes of one count, gets no more certificates.

    BAD_FIELD        no offline code; an amount is not whole won; the code doesn't expire when its certificate's deposits end
    UNKNOWN_KEY      no such certificate, or another key signed
    REVOKED_KEY, NO_RIGHT, UNKNOWN_TILL, TILL_REVOKED, WRONG_SHOP, SHOP_CLOSED
    ALREADY_DONE     the deposit settled before
    EXPIRED          the code's time to be deposited is over, or the deposit's
    TOO_FAR_AHEAD
    OTHER_CODE, AMOUNT_DIFFERS, OVER_CAP
    ACCOUNT_FROZEN, WRONG_CATEGORY, COINS_EXPIRED, NOT_ENOUGH, TAKEN_TWICE (this code was settled before):
                     and nobody bears it
    TAKEN_TOO_LATE   after the code or the certificate had ended, or before the certificate began
    BEARER_SHORT     the programme that bears it has nothing left    facts: missing_won
    """
    code, body = order.payer.body, order.payee.body
    require(type(code) is OfflineCode and is_won(code.amount_won) and is_won(body.amount_won), "BAD_FIELD")
    certified = state.get(OFFLINE_KEY, code.number)
    require(certified is not None and certified.key == order.payer.key, "UNKNOWN_KEY")
    require(code.expires_at_s == certified.until_s + rules.deposit_s, "BAD_FIELD")
    place = _shop(state, order, now_s)
    require(state.entry_of(body.expires_at_s, order.payee.id) is None, "ALREADY_DONE")
    in_time(now_s, rules, code, body)       # the code's, too: an auditor forgets its id when it ends
    _agree(order, certified)
    before = state.entry_of(code.expires_at_s, order.payer.id)
    return _settled(state, order, certified, _Moment(now_s, rules, place, before))


@dataclass(frozen=True, slots=True)
class _Moment:
    """What the parts of one decision share."""
    now_s: int
    rules: Rules
    place: Place
    before: int | None      # the entry that settled this very code


def _shop(state: State, order: Sale, now_s: int) -> Place:
    """The shop that deposits. A till that was revoked since can't: nobody can date what it signs."""
    body = order.payee.body
    till = state.get(Register.TILL, body.till)
    fault = till_fault(till, order.payee.key, till and till.key, till and till.rights & RECEIVE)
    if fault is not None:
        raise Refusal(fault)
    require(till.shop == body.shop, "WRONG_SHOP")
    shop = state.get(Register.SHOP, till.shop)
    require(shop.standing == OPEN, "SHOP_CLOSED")
    return place_of(state, till.shop, now_s)


def _agree(order: Sale, certified: OfflineKeyRecord) -> None:
    code, body = order.payer.body, order.payee.body
    require(body.code_id == order.payer.id, "OTHER_CODE")
    require(code.mode != EXACT or body.amount_won == code.amount_won, "AMOUNT_DIFFERS", asked_won=code.amount_won)
    cap_won = min(code.amount_won, certified.cap_won)
    require(body.amount_won <= cap_won, "OVER_CAP", cap_won=cap_won)


def _settled(state: State, order: Sale, certified: OfflineKeyRecord, moment: _Moment) -> Decision:
    code, body, now_s = order.payer.body, order.payee.body, moment.now_s
    key = state.get(KEY, certified.holder)
    account = state.get(ACCOUNT, key.account)
    draws, word = _drawn(state, body.amount_won, (account.number, account.frozen or key.revoked), moment)
    loss_won = body.amount_won - sum(won for _, won in draws)
    bearer, losses = _borne(state, order, certified, (loss_won, word), moment)
    in_life = certified.from_s <= body.taken_at_s < certified.until_s
    require(in_life and body.taken_at_s <= min(code.shown_until_s, now_s), "TAKEN_TOO_LATE")
    require(not loss_won or _covers(state, bearer, loss_won), "BEARER_SHORT", missing_won=loss_won)
    held, opened = shop_lots(state, body.shop, [*(lot.programme for lot, _ in draws), *([bearer] if loss_won else [])])
    legs = [Leg(PAY, lot.id, held[lot.programme].id, won) for lot, won in draws]
    if loss_won:
        legs.append(Leg(OFFLINE_LOSS, state.get(Register.PROGRAMME, bearer).lot, held[bearer].id, loss_won))
    after, overdone = _after(certified, code.count, body.amount_won if moment.before is None else 0)
    records = [(OFFLINE_KEY, code.number, after), *losses]
    if loss_won or overdone:
        right = state.get(Register.OFFLINE_RIGHT, key.account)
        records.append((Register.OFFLINE_RIGHT, key.account, OfflineRight(1, right.from_s, right.issued_won)))
    ids = [(code.expires_at_s, order.payer.id)] if moment.before is None else []
    return Decision(
        legs=tuple(legs), lots=opened, records=tuple(records), ids=(*ids, (body.expires_at_s, order.payee.id)),
        account=account.number, taken=Taken(body.till, now_s),
    )


def _drawn(state: State, amount_won: int, payer: tuple[int, int], moment: _Moment) -> tuple[tuple[tuple[Lot, int], ...], str]:
    """(what the payer's lots give, why that isn't all). payer: the account's number, whether it was stopped."""
    account, stopped = payer
    if moment.before is not None:
        return (), "TAKEN_TWICE"
    if stopped:
        return (), "ACCOUNT_FROZEN"
    found = drawn(state, account, moment.place, amount_won, moment.now_s, moment.rules)
    return found.draws, found.word or ""


def _borne(
    state: State, order: Sale, certified: OfflineKeyRecord, loss: tuple[int, str], moment: _Moment,
) -> tuple[int, list]:
    """(the programme that bears a loss, the records of it). loss: won, and the word when nobody does: none was named, the
    till has had its fill of the day, or the shop of this certificate."""
    loss_won, word = loss
    if not loss_won:
        return 0, []
    till, now_s = order.payee.body.till, moment.now_s
    bearer = policy.figure(state, policy.OFFLINE_BEARER, now_s)
    day = state.get(Register.LOSS, till)
    if day is None or now_s - day.from_s >= DAY_S:
        day = Loss(now_s, 0)
    sum_won = day.amount_won + loss_won
    require(bearer and sum_won <= policy.figure(state, policy.OFFLINE_TILL, now_s), word)
    place = order.payer.body.number + order.payee.body.shop.to_bytes(8)
    here = _borne_here(state, order, place, loss_won, moment.before)
    require(here is not None and here.amount_won <= certified.cap_won, word)
    return bearer, [(Register.LOSS, till, Loss(day.from_s, sum_won)), (Register.BORNE, place, here)]


def _borne_here(state: State, order: Sale, place: bytes, loss_won: int, before: int | None) -> Borne | None:
    """What the city will have borne of this certificate at this shop; None when the shop, by whichever of its tills, had
    its money for this code before: its tills can sign as many deposits as they like."""
    count = order.payer.body.count
    here = state.get(Register.BORNE, place) or Borne(0, b"")
    mine = before is not None and state.lot(state.legs_of(before)[0].credit).owner == order.payee.body.shop
    if mine or count in here.counts:
        return None
    return Borne(here.amount_won + loss_won, here.counts + bytes((count,)))


def _covers(state: State, bearer: int, loss_won: int) -> bool:
    lot = state.lot(state.get(Register.PROGRAMME, bearer).lot)
    return lot.balance_won - loss_won >= lot.floor_won


def _after(certified: OfflineKeyRecord, count: int, amount_won: int) -> tuple[OfflineKeyRecord, bool]:
    """(the certificate's record after one more code, whether its holder overdid it). A phone counts its codes: two of
    one count come from two copies of it. `amount_won` 0: the same code again, which tells nothing new of its holder."""
    spent_won = certified.spent_won + amount_won
    again = bool(amount_won) and count in certified.counts
    counts = certified.counts if count in certified.counts else certified.counts + bytes((count,))
    after = OfflineKeyRecord(
        certified.key, certified.holder, certified.cap_won, certified.from_s, certified.until_s, spent_won, counts,
    )
    return after, again or spent_won > certified.cap_won
