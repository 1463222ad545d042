"""A sale and its way back: resident → shop, and shop → the same lots."""

from dataclasses import dataclass, replace

from app.errors import Refusal
from app.money import limits
from app.money.amount import is_won
from app.money.lots import Place, drawn, place_of, shop_lots
from app.money.orders import (
    ASK, EXACT, INSTITUTION, OPEN, RECEIVE, RETURN, Act, Charge, Code, Notice, Payment, Refund, Request, Sale, Void,
)
from app.money.rules import Rules
from app.money.signers import fresh, in_time, require, resident_key, till_fault, used_up
from app.money.state import (
    OFFLINE_LOSS, PAY, REFUND, REFUND_EXPIRED, Decision, Leg, Refunded, Register, State, Taken,
)

ACCOUNT, SHOP, TILL, REFUNDED = Register.ACCOUNT, Register.SHOP, Register.TILL, Register.REFUNDED

_PAIRS = {(Code, Charge), (Payment, Request), (Payment, Notice)}


def sale(state: State, order: Sale, now_s: int, rules: Rules) -> Decision:
    """Code + charge, or payment + request, or payment + notice.

    BAD_FIELD        the two don't make a pair; an amount is not whole won
    UNKNOWN_KEY      the payer's alias is not known, or another key signed
    REVOKED_KEY      the payer's key was revoked; the till has other keys now
    NO_RIGHT         the till may not receive; a notice from a till that may not ask, or of no institution
    UNKNOWN_TILL, TILL_REVOKED
    WRONG_SHOP       the till stands in another shop
    SHOP_CLOSED
    CODE_USED        by this or by another charge
    REQUEST_PAID     by this or by another payment
    ALREADY_DONE     the charge, or the payment, settled before
    EXPIRED, TOO_FAR_AHEAD      either message
    OTHER_CODE       the charge is on another code
    OTHER_REQUEST    the payment is for another request
    AMOUNT_DIFFERS   from the request, or from the code's exact amount      facts: asked_won
    OVER_CAP         more than the code allows                              facts: cap_won
    ACCOUNT_FROZEN
    WRONG_CATEGORY   enough, but not for this shop
    COINS_EXPIRED    it would have been enough in time
    NOT_ENOUGH       facts of these three: spendable_here_won, balance_won, missing_won
    OVER_DAY_LIMIT   of the account or of this key    facts: limit_won, left_won, again_at_s
    """
    payer, payee = order.payer.body, order.payee.body
    if (type(payer), type(payee)) not in _PAIRS or not (is_won(payer.amount_won) and is_won(payee.amount_won)):
        raise Refusal("BAD_FIELD")
    key = resident_key(state, order.payer, payer.alias)
    place = _payee_shop(state, order, now_s)
    _unused(state, order)
    in_time(now_s, rules, payer, payee)
    _agree(order)
    if state.get(ACCOUNT, key.account).frozen:
        raise Refusal("ACCOUNT_FROZEN")
    return _settled(state, order, key.account, place, _Moment(now_s, rules))


@dataclass(frozen=True, slots=True)
class _Moment:
    now_s: int
    rules: Rules


def _payee_shop(state: State, order: Sale, now_s: int) -> Place:
    """The shop that asks, which is open."""
    body = order.payee.body
    till = state.get(TILL, body.till)
    shop = till and state.get(SHOP, till.shop)
    may = till and till.rights & (ASK if type(body) is Notice else RECEIVE)
    if type(body) is Notice and shop and shop.sort != INSTITUTION:
        may = False
    fault = till_fault(till, order.payee.key, till and till.key, may)
    if fault is not None:
        raise Refusal(fault)
    if till.shop != body.shop:
        raise Refusal("WRONG_SHOP")
    if shop.standing != OPEN:
        raise Refusal("SHOP_CLOSED")
    return place_of(state, till.shop, now_s)


def _unused(state: State, order: Sale) -> None:
    payer, payee = order.payer, order.payee
    payer_used = state.entry_of(payer.body.expires_at_s, payer.id) is not None
    payee_used = state.entry_of(payee.body.expires_at_s, payee.id) is not None
    if payer_used or payee_used:
        if type(payer.body) is Code:
            raise Refusal("CODE_USED" if payer_used else "ALREADY_DONE")
        raise Refusal("REQUEST_PAID" if payee_used else "ALREADY_DONE")


def _agree(order: Sale) -> None:
    """What the two messages say of each other."""
    payer, payee = order.payer.body, order.payee.body
    if type(payer) is Payment:
        require(payer.request_hash == order.payee.id[:16], "OTHER_REQUEST")
        require(payer.amount_won == payee.amount_won, "AMOUNT_DIFFERS", asked_won=payee.amount_won)
        return
    require(payee.code_id == order.payer.id, "OTHER_CODE")
    require(payer.mode != EXACT or payee.amount_won == payer.amount_won, "AMOUNT_DIFFERS", asked_won=payer.amount_won)
    require(payee.amount_won <= payer.amount_won, "OVER_CAP", cap_won=payer.amount_won)


def _settled(state: State, order: Sale, address: bytes, place: Place, at: _Moment) -> Decision:
    body, account = order.payee.body, state.get(ACCOUNT, address).number
    found = drawn(state, account, place, body.amount_won, at.now_s, at.rules)
    if found.missing_won:
        raise Refusal(
            found.word, spendable_here_won=found.spendable_here_won, balance_won=found.balance_won,
            missing_won=found.missing_won,
        )
    counted = limits.spend(state, order.payer.key, body.amount_won, at.now_s, at.rules)
    held, opened = shop_lots(state, body.shop, [lot.programme for lot, _ in found.draws])
    return Decision(
        legs=tuple([Leg(PAY, lot.id, held[lot.programme].id, won) for lot, won in found.draws]),
        lots=opened,
        records=counted,
        ids=(
            (order.payer.body.expires_at_s, order.payer.id),
            (body.expires_at_s, order.payee.id),
        ),
        account=account,
        taken=Taken(body.till, at.now_s, order.payer.key, address),
    )


# --- the way back ----------------------------------------------------------------------

def refund(state: State, act: Act, now_s: int, rules: Rules) -> Decision:
    """All or a part of a payment goes back, last leg first, into the lots it came from.

    What came out of a lot that has expired since goes to its programme. A closed shop, too, gives back.

    BAD_FIELD        the amount is not whole won; approvals where none are asked for
    REVOKED_KEY      the till has other keys now
    NO_RIGHT         the till may not return; the till key signed instead of the refund key
    UNKNOWN_TILL, TILL_REVOKED
    WRONG_SHOP       the till stands in another shop
    ALREADY_DONE, EXPIRED, TOO_FAR_AHEAD
    UNKNOWN_PAYMENT  no such entry, or it was no payment
    OTHER_SHOPS_SALE
    MORE_THAN_PAID   with what went back before         facts: left_won
    SHOP_SHORT       the shop's lot no longer holds it  facts: missing_won
    """
    body = act.message.body
    require(is_won(body.amount_won) and not act.approvals, "BAD_FIELD")
    _may_return(state, act, refund_key=True)
    fresh(state, act, now_s, rules)
    paid, back_won = _paid_here(state, body)
    left_won = sum(leg.amount_won for leg in paid) - back_won
    require(body.amount_won <= left_won, "MORE_THAN_PAID", left_won=left_won)
    return _gone_back(state, act, paid, back_won, body.amount_won, now_s)


def void(state: State, act: Act, now_s: int, rules: Rules) -> Decision:
    """The till that took a payment gives all of it back, within minutes: a wrong amount, a wrong customer.

    It is signed with the till's own key: what came in a moment ago may go back to whom it came from. It counts no more
    towards what they may spend in 24 hours; what a refund gives back was spent.

    BAD_FIELD        approvals where none are asked for
    REVOKED_KEY, NO_RIGHT, UNKNOWN_TILL, TILL_REVOKED, WRONG_SHOP      as of a refund, but by the till key
    ALREADY_DONE, EXPIRED, TOO_FAR_AHEAD
    UNKNOWN_PAYMENT
    OTHER_SHOPS_SALE another shop's, or another till's
    MORE_THAN_PAID   some of it went back already    facts: left_won
    SHOP_SHORT
    VOID_TOO_LATE    a refund still goes             facts: minutes
    """
    body = act.message.body
    require(not act.approvals, "BAD_FIELD")
    _may_return(state, act, refund_key=False)
    fresh(state, act, now_s, rules)
    paid, back_won = _paid_here(state, body)
    by = state.taken_of(body.entry)
    require(by is not None and by.till == body.till, "OTHER_SHOPS_SALE")
    paid_won = sum(leg.amount_won for leg in paid)
    require(not back_won, "MORE_THAN_PAID", left_won=paid_won - back_won)
    decision = _gone_back(state, act, paid, 0, paid_won, now_s)
    require(now_s - by.at_s <= rules.void_s, "VOID_TOO_LATE", minutes=rules.void_s // 60)
    payers_won = sum(leg.amount_won for leg in paid if leg.flow == PAY)
    return replace(decision, records=(*decision.records, *limits.unspent(state, by, payers_won, now_s, rules)))


def _may_return(state: State, act: Act, refund_key: bool) -> None:
    body = act.message.body
    till = state.get(TILL, body.till)
    key = till and (till.refund_key if refund_key else till.key)
    fault = till_fault(till, act.message.key, key, till and till.rights & RETURN)
    if fault is not None:
        raise Refusal(fault)
    require(till.shop == body.shop, "WRONG_SHOP")


def _paid_here(state: State, body: Refund | Void) -> tuple[tuple[Leg, ...], int]:
    """(legs of the payment that this shop took, won that went back before)."""
    paid = state.legs_of(body.entry)
    require(paid and paid[0].flow in (PAY, OFFLINE_LOSS), "UNKNOWN_PAYMENT")
    require(state.lot(paid[0].credit).owner == body.shop, "OTHER_SHOPS_SALE")
    back = state.get(REFUNDED, body.entry)
    return paid, back.amount_won if back else 0


def _gone_back(state: State, act: Act, paid: tuple[Leg, ...], back_won: int, amount_won: int, now_s: int) -> Decision:
    legs = _reversed(state, paid, back_won, amount_won, now_s)
    _shop_holds(state, legs)
    return Decision(
        legs=legs,
        records=((REFUNDED, act.message.body.entry, Refunded(back_won + amount_won)),),
        ids=used_up(act),
        account=state.lot(paid[0].debit).owner if paid[0].flow == PAY else None,
    )


def _reversed(state: State, paid: tuple[Leg, ...], skip_won: int, amount_won: int, now_s: int) -> tuple[Leg, ...]:
    """`amount_won` of the legs, last first, after the `skip_won` that went back before."""
    legs = []
    for leg in reversed(paid):
        skipped_won = min(leg.amount_won, skip_won)
        skip_won -= skipped_won
        back_won = min(leg.amount_won - skipped_won, amount_won)
        amount_won -= back_won
        if not back_won:
            continue
        source = state.lot(leg.debit)
        if leg.flow == PAY and source.expires_at_s > now_s:
            legs.append(Leg(REFUND, leg.credit, source.id, back_won))
        else:
            issuer = state.get(Register.PROGRAMME, source.programme).lot
            legs.append(Leg(REFUND_EXPIRED, leg.credit, issuer, back_won))
    return tuple(legs)


def _shop_holds(state: State, legs: tuple[Leg, ...]) -> None:
    asked: dict[int, int] = {}
    for leg in legs:
        asked[leg.debit] = asked.get(leg.debit, 0) + leg.amount_won
    missing_won = sum(max(0, won - state.lot(lot).balance_won) for lot, won in asked.items())
    require(not missing_won, "SHOP_SHORT", missing_won=missing_won)
