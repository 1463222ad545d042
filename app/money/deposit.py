"""A code that a till took without a network is handed in, and judged as of the moment when it was taken.

What the payer then can't pay is borne by the programme that the policy names: at most the certificate's sum for each
shop that was reached in its life, whatever its tills sign. What happened between the taking and the deposit (a phone
reported lost, a shop closed, coins that expired, another policy) costs neither of the two who acted in good faith
anything. When it was taken is the till's word, bounded by the certificate's life.
"""

from dataclasses import dataclass, replace

from app.errors import Refusal
from app.money import limits, policy
from app.money.amount import is_won
from app.money.lots import Place, allowed, drawn, shop_lots
from app.money.orders import EXACT, OPEN, RECEIVE, Sale
from app.money.orders_offline import OfflineCode
from app.money.rules import Rules
from app.money.signers import in_time, require, till_fault
from app.money.state import (
    OFFLINE_LOSS, PAY, RESIDENT, Borne, Decision, Leg, Loss, Lot, OfflineKeyRecord, OfflineRight, Register, State, Taken,
)

DAY_S = 86_400
KEY, OFFLINE_KEY, OFFLINE_RIGHT = Register.KEY, Register.OFFLINE_KEY, Register.OFFLINE_RIGHT


def deposit(state: State, order: Sale, now_s: int, rules: Rules) -> Decision:
    """A code that a till took without a network, and the till's word on it: the shop gets its money.

    The payer pays what their lots hold for this shop, also over a limit of the day: it counts towards it, and leaves nothing
    more to be spent. The rest is borne by the policy's programme: of a code that
    another shop took as well, of an account that was frozen or a key that was revoked when it was taken, all of it.
    Whoever spent more than there was, or signed two codes of one count, gets no more certificates; but not whose coins
    the city took back before the deposit came, nor whose phone is lost for good.

    BAD_FIELD        no offline code; an amount is not whole won; the code doesn't expire when its certificate's deposits end
    UNKNOWN_KEY      no such certificate, or another key signed
    REVOKED_KEY, NO_RIGHT, UNKNOWN_TILL, TILL_REVOKED, WRONG_SHOP
    SHOP_CLOSED      when it was taken
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
    taken_s = _as_of(body.taken_at_s, certified, now_s, rules)
    place = _shop(state, order, taken_s)
    require(state.entry_of(body.expires_at_s, order.payee.id) is None, "ALREADY_DONE")
    in_time(now_s, rules, code, body)       # the code's, too: an auditor forgets its id when it ends
    _agree(order, certified)
    before = state.entry_of(code.expires_at_s, order.payer.id)
    return _settled(state, order, certified, _Moment(now_s, taken_s, rules, place, before))


@dataclass(frozen=True, slots=True)
class _Moment:
    """What the parts of one decision share."""
    now_s: int
    taken_s: int            # as of when it is judged
    rules: Rules
    place: Place
    before: int | None      # the entry that settled this very code


def _as_of(taken_at_s: int, certified: OfflineKeyRecord, now_s: int, rules: Rules) -> int:
    """The moment that the till names, as far as the certificate lets it."""
    if not rules.as_of_taking:
        return now_s
    return min(max(taken_at_s, certified.from_s), certified.until_s - 1, now_s)


def _shop(state: State, order: Sale, taken_s: int) -> Place:
    """The shop that deposits, also when it was closed since. A till that was revoked since can't: nobody can date what it signs."""
    body = order.payee.body
    till = state.get(Register.TILL, body.till)
    fault = till_fault(till, order.payee.key, till and till.key, till and till.rights & RECEIVE)
    if fault is not None:
        raise Refusal(fault)
    require(till.shop == body.shop, "WRONG_SHOP")
    shop = state.get(Register.SHOP, till.shop)
    require(shop.standing == OPEN or taken_s < shop.closed_s, "SHOP_CLOSED")
    own = shop.category_before if taken_s < shop.category_s else shop.category
    return Place(till.shop, policy.limit(state, policy.SHOP_CATEGORY, taken_s, till.shop) or own)


def _agree(order: Sale, certified: OfflineKeyRecord) -> None:
    code, body = order.payer.body, order.payee.body
    require(body.code_id == order.payer.id, "OTHER_CODE")
    require(code.mode != EXACT or body.amount_won == code.amount_won, "AMOUNT_DIFFERS", asked_won=code.amount_won)
    cap_won = min(code.amount_won, certified.cap_won)
    require(body.amount_won <= cap_won, "OVER_CAP", cap_won=cap_won)


@dataclass(frozen=True, slots=True)
class _Payer:
    address: bytes
    account: int            # its number
    stopped: bool           # frozen, or its phone lost, when the code was taken: whoever showed it was hardly the holder
    lost: bool              # and that phone's key never comes back
    most_won: int           # that may still be taken of it


def _payer(state: State, order: Sale, certified: OfflineKeyRecord, moment: _Moment) -> _Payer:
    """Who pays. Of an account or phone that is stopped by now no more than the certificate's sum is taken: its key may
    be with somebody who names any moment."""
    key, taken_s = state.get(KEY, certified.holder), moment.taken_s
    address = certified.account or key.account
    account = state.get(Register.ACCOUNT, address)
    lost = bool(key.revoked and key.revoked_s <= taken_s)
    frozen = bool(account.frozen_s <= taken_s and (account.frozen or taken_s < account.thawed_s))
    certain_won = max(0, certified.cap_won - certified.spent_won)
    most_won = certain_won if account.frozen or key.revoked else order.payee.body.amount_won
    return _Payer(address, account.number, lost or frozen, lost and moment.rules.as_of_taking, most_won)


def _settled(state: State, order: Sale, certified: OfflineKeyRecord, moment: _Moment) -> Decision:
    code, body, now_s = order.payer.body, order.payee.body, moment.now_s
    payer = _payer(state, order, certified, moment)
    draws, word = _drawn(state, body.amount_won, payer, moment)
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
    excuse = _taken_back(state, payer, loss_won, moment) if loss_won else []
    counted = limits.spent(state, (certified.holder, payer.address), body.amount_won - loss_won, now_s, moment.rules)
    records = [(OFFLINE_KEY, code.number, after), *losses, *(excuse or []), *counted]
    if (excuse is None or overdone) and not payer.lost:
        right = state.get(OFFLINE_RIGHT, payer.address) or OfflineRight(0, now_s, 0)
        records.append((OFFLINE_RIGHT, payer.address, replace(right, barred=1)))
    ids = [(code.expires_at_s, order.payer.id)] if moment.before is None else []
    return Decision(
        legs=tuple(legs), lots=opened, records=tuple(records), ids=(*ids, (body.expires_at_s, order.payee.id)),
        account=payer.account, taken=Taken(body.till, now_s, certified.holder, payer.address),
    )


def _drawn(state: State, amount_won: int, payer: _Payer, moment: _Moment) -> tuple[tuple[tuple[Lot, int], ...], str]:
    """(what the payer's lots give, why that isn't all)."""
    if moment.before is not None:
        return (), "TAKEN_TWICE"
    if payer.stopped:
        return (), "ACCOUNT_FROZEN"
    asked_won = min(amount_won, payer.most_won)
    found = drawn(state, payer.account, moment.place, asked_won, moment.now_s, moment.rules)
    return found.draws, found.word or "ACCOUNT_FROZEN" * (asked_won < amount_won)


def _taken_back(state: State, payer: _Payer, loss_won: int, moment: _Moment) -> list | None:
    """What to write down where the city itself has what is missing: coins that were good here when the code was taken,
    and have expired or were recalled since. None where that doesn't make up for it: the payer spent it."""
    if not moment.rules.as_of_taking or payer.stopped or moment.before is not None:
        return None
    good = [lot for lot in state.lots_of(RESIDENT, payer.account) if lot.expires_at_s > moment.taken_s
            and allowed(state.get(Register.PROGRAMME, lot.programme), moment.place)]
    left_won = loss_won - sum(lot.balance_won for lot in good if lot.expires_at_s <= moment.now_s)
    records = []
    for lot in good:
        back = state.get(Register.TAKEN_BACK, lot.id)
        if left_won > 0 and back is not None and back.at_s > moment.taken_s:
            set_off_won = min(left_won, back.amount_won)
            records.append((Register.TAKEN_BACK, lot.id, replace(back, amount_won=back.amount_won - set_off_won)))
            left_won -= set_off_won
    return records if left_won <= 0 else None


def _borne(
    state: State, order: Sale, certified: OfflineKeyRecord, loss: tuple[int, str], moment: _Moment,
) -> tuple[int, list]:
    """(the programme that bears a loss, the records of it). loss: won, and the word when nobody does: none was named, the
    till has had its fill of the day, or the shop of this certificate."""
    loss_won, word = loss
    if not loss_won:
        return 0, []
    till, now_s = order.payee.body.till, moment.now_s
    bearer = policy.figure(state, policy.OFFLINE_BEARER, moment.taken_s)
    day = state.get(Register.LOSS, till)
    if day is None or now_s - day.from_s >= DAY_S:
        day = Loss(now_s, 0)
    sum_won = day.amount_won + loss_won
    require(bearer and sum_won <= policy.figure(state, policy.OFFLINE_TILL, moment.taken_s), word)
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
    after = replace(certified, spent_won=spent_won, counts=counts)
    return after, again or spent_won > certified.cap_won
