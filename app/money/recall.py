"""What goes back to its programme unspent: swept when it has expired, or recalled by two officers, from one person or
from a whole list of them.
"""

from collections.abc import Sequence

from app.money import limits
from app.money.amount import is_won
from app.money.lists import leaves_root
from app.money.orders import Act, Row
from app.money.orders_office import Recall
from app.money.rules import Rules
from app.money.signers import fresh, not_their_own, officers, person_of, require, server_key, used_up
from app.money.state import (
    EXPIRE, RECALL, RESIDENT, Account, Decision, Leg, ListRecord, Lot, Register, Reserved, State, Sum, TakenBack,
)
from app.money.tree import HASH_BYTES

ACCOUNT = Register.ACCOUNT


def expire(state: State, act: Act, now_s: int, rules: Rules) -> Decision:
    """What is left in a resident's expired lot goes back to its programme.

    BAD_FIELD          the amount is not whole won
    UNKNOWN_KEY, REVOKED_KEY, NO_RIGHT      signed by the server's sweep key
    ALREADY_DONE, EXPIRED, TOO_FAR_AHEAD    of the message
    AMOUNT_DIFFERS     the lot holds something else     facts: asked_won
    NOTHING_TO_EXPIRE  no such lot, nobody's coins, still good, or empty
    """
    body = act.message.body
    require(is_won(body.amount_won), "BAD_FIELD")
    server_key(state, act, now_s, rules)
    fresh(state, act, now_s, rules)
    lot = lot_of(state, body.lot)
    ripe = lot is not None and lot.owner_kind == RESIDENT and lot.expires_at_s <= now_s and lot.balance_won > 0
    require(not ripe or lot.balance_won == body.amount_won, "AMOUNT_DIFFERS", asked_won=body.amount_won)
    require(ripe, "NOTHING_TO_EXPIRE")
    issuer = state.get(Register.PROGRAMME, lot.programme).lot
    return Decision(
        legs=(Leg(EXPIRE, lot.id, issuer, body.amount_won),),
        records=_taken_back(state, lot, body.amount_won, now_s, rules),
        ids=used_up(act),
        account=lot.owner,
    )


def recall(state: State, act: Act, now_s: int, rules: Rules) -> Decision:
    """Two officers take unspent money back into its programme: it went to the wrong person, or was too much.

    BAD_FIELD          the amount is not whole won; no holder
    REVOKED_KEY, UNKNOWN_OFFICER, OFFICER_NOT_VALID, NO_RIGHT, SAME_OFFICER, APPROVALS_MISSING
    UNKNOWN_ACCOUNT    nothing is held or reserved under this name
    ALREADY_DONE, EXPIRED, TOO_FAR_AHEAD
    OWN_CASE           the money is an officer's who signed
    NOTHING_TO_RECALL  no such lot of this holder, or it holds less    facts: left_won
    """
    body = act.message.body
    require(is_won(body.amount_won) and len(body.holder) in (8, 16), "BAD_FIELD")
    officers(state, act, now_s, rules)
    holder = holder_of(state, body)
    fresh(state, act, now_s, rules)
    person = body.holder if len(body.holder) == 16 else holder.person
    not_their_own(state, act, person)
    lot = still_theirs(state, body, holder.number)
    programme = state.get(Register.PROGRAMME, lot.programme)
    return Decision(
        legs=(Leg(RECALL, lot.id, programme.lot, body.amount_won),),
        records=(*_paid_less(state, lot.programme, person, body.amount_won), *_taken_back(state, lot, body.amount_won, now_s, rules)),
        ids=used_up(act), account=holder.number,
    )


def holder_of(state: State, body: Recall) -> Account | Reserved:
    """Who holds what a recall names. UNKNOWN_ACCOUNT."""
    holder = state.get(*((ACCOUNT, body.holder) if len(body.holder) == 8 else (Register.RESERVED, body.holder)))
    require(holder is not None, "UNKNOWN_ACCOUNT")
    return holder


def still_theirs(state: State, body: Recall, holder: int) -> Lot:
    """The lot that a recall names, if it is this holder's and holds enough. NOTHING_TO_RECALL (fact `left_won`)."""
    lot = lot_of(state, body.lot)
    theirs = lot is not None and (lot.owner_kind, lot.owner) == (RESIDENT, holder)
    left_won = lot.balance_won if theirs else 0
    require(body.amount_won <= left_won, "NOTHING_TO_RECALL", left_won=left_won)
    return lot


def recall_list(state: State, act: Act, now_s: int, rules: Rules) -> Decision:
    """Two officers take back what is left of money that went to many people by mistake. Nothing moves yet: each row says
    how much at most comes back from its person.

    given: the row leaves, 32 bytes each.

    BAD_FIELD          no rows or too many; a sum that can't be one won each
    REVOKED_KEY, UNKNOWN_OFFICER, OFFICER_NOT_VALID, NO_RIGHT, SAME_OFFICER, APPROVALS_MISSING
    ALREADY_DONE, EXPIRED, TOO_FAR_AHEAD
    UNKNOWN_PROGRAMME
    LIST_DIFFERS       the leaves are not those that were signed
    LIST_PAID          a list of this id was entered before
    """
    body = act.message.body
    require(0 < body.count <= min(rules.max_rows, body.total_won) and is_won(body.total_won), "BAD_FIELD")
    officers(state, act, now_s, rules)
    fresh(state, act, now_s, rules)
    programme = state.get(Register.PROGRAMME, body.programme)
    require(programme is not None, "UNKNOWN_PROGRAMME")
    leaves = signed_leaves(act)
    require(state.get(Register.LIST, body.list_id) is None, "LIST_PAID")
    checker = act.approvals[0].body.signer
    record = ListRecord(
        body.programme, body.count, body.total_won, programme.lot, 0, body.expires_at_s, body.officer, checker, 1, body.total_won)
    return Decision(records=((Register.LIST, body.list_id, record),), ids=used_up(act), leaves=(body.list_id, leaves))


def signed_leaves(act: Act) -> bytes:
    """The leaves (32 each) that came with a list, if they are those of the root and the count it signs; else LIST_DIFFERS."""
    body = act.message.body
    leaves = act.given[0] if len(act.given) == 1 else b""
    require(len(leaves) == HASH_BYTES * body.count and leaves_root(leaves) == body.root, "LIST_DIFFERS")
    return leaves


def row(state: State, order: Row, record: ListRecord, now_s: int, rules: Rules) -> Decision:
    """A proven row of a list that is recalled: what its person still has of the programme, and no more than the row says,
    goes back, in the order in which they would have spent it. Where nothing is left, nothing moves and the list goes on;
    so it does at an officer who signed it. What has expired is left to the sweep."""
    issuer = state.get(Register.PROGRAMME, record.programme).lot
    signed = {person_of(state, each) for each in (record.maker, record.checker)}
    lots = () if order.person in signed else left_of(state, order.person, record.programme, now_s, rules)
    legs, records, left_won = [], [], order.amount_won
    for lot in lots:
        won = min(left_won, lot.balance_won)
        if won:
            legs.append(Leg(RECALL, lot.id, issuer, won))
            records += _taken_back(state, lot, won, now_s, rules)
            left_won -= won
    return Decision(
        legs=tuple(legs),
        records=(*_paid_less(state, record.programme, order.person, order.amount_won - left_won), *records),
        account=_told(state, order.person, lots[:len(legs)]),
    )


def _told(state: State, person: bytes, lots: Sequence[Lot]) -> int | None:
    """The account in whose history it stands: a wallet's, before the number under which money waits."""
    owners = {lot.owner for lot in lots}
    return next((number for number in reversed(limits.held_under(state, person)) if number in owners), None)


def left_of(state: State, person: bytes, programme: int, now_s: int, rules: Rules) -> list[Lot]:
    """What somebody (16) has of a programme and can still spend: in their account, or waiting for them and in the one that was
    theirs; first what a payment would draw first."""
    lots = [lot for number in limits.held_under(state, person) for lot in state.lots_of(RESIDENT, number)]
    mine = [lot for lot in lots if lot.programme == programme and lot.balance_won and lot.expires_at_s > now_s]
    return sorted(mine, key=lambda lot: rules.draw_order(lot, state.get(Register.PROGRAMME, programme)))


def _paid_less(state: State, programme: int, person: bytes, amount_won: int) -> limits.Records:
    """What is counted for a person of a programme that says how much one gets: what went back may be given again."""
    place = limits.paid_place(programme, person)
    before = state.get(Register.PERSON_PAID, place) if amount_won else None
    return ((Register.PERSON_PAID, place, Sum(0, max(0, before.amount_won - amount_won))),) if before else ()


def _taken_back(state: State, lot: Lot, amount_won: int, now_s: int, rules: Rules) -> limits.Records:
    """What a code that was taken before can't be paid with any more, through nobody's fault."""
    if not rules.as_of_taking:
        return ()
    before = state.get(Register.TAKEN_BACK, lot.id)
    together_won = amount_won + (before.amount_won if before else 0)
    return ((Register.TAKEN_BACK, lot.id, TakenBack(now_s, together_won)),)


def lot_of(state: State, lot_id: int) -> Lot | None:
    """None: there is no such lot."""
    try:
        return state.lot(lot_id)
    except KeyError:
        return None
