"""Money to many people: two officers grant a list, then its rows are paid one by one; what expires goes back."""

from app.money.amount import is_won
from app.money.lists import leaves_root, row_id, row_leaf
from app.money.lots import resident_lot
from app.money.orders import Act, Row
from app.money.rules import Rules
from app.money.signers import fresh, officers, require, server_key, used_up
from app.money.state import (
    BATCH, EXPIRE, GRANT, NEVER_S, RESIDENT, ROW_RETURNED, TOP_UP, Count, Decision, Leg, ListRecord, Lot,
    ProgrammeRecord, Register, State,
)
from app.money.tree import HASH_BYTES

LIST, PERSON, ACCOUNT = Register.LIST, Register.PERSON, Register.ACCOUNT


def grant(state: State, act: Act, now_s: int, rules: Rules) -> Decision:
    """One list of rows is approved: its whole sum moves out of the programme's budget, in one leg.

    given: the row leaves, 32 bytes each.

    BAD_FIELD          no rows or too many; a sum that can't be one won each
    REVOKED_KEY, UNKNOWN_OFFICER, OFFICER_NOT_VALID, NO_RIGHT, SAME_OFFICER, APPROVALS_MISSING
    ALREADY_DONE, EXPIRED, TOO_FAR_AHEAD
    UNKNOWN_PROGRAMME
    PROGRAMME_NOT_OPEN before it opens, or after it closed      facts: opens_at_s, closes_at_s
    BUDGET_SPENT       facts: left_won
    LIST_DIFFERS       the leaves are not those that were signed
    LIST_PAID          this list, or another of the same id, was granted before
    """
    body = act.message.body
    require(0 < body.count <= min(rules.max_rows, body.total_won) and is_won(body.total_won), "BAD_FIELD")
    officers(state, act, now_s, rules)
    fresh(state, act, now_s, rules)
    programme = state.get(Register.PROGRAMME, body.programme)
    require(programme is not None, "UNKNOWN_PROGRAMME")
    _open_now(programme, now_s)
    issuer = state.lot(programme.lot)
    left_won = issuer.balance_won - issuer.floor_won
    require(body.total_won <= left_won, "BUDGET_SPENT", left_won=left_won)
    leaves = act.given[0] if len(act.given) == 1 else b""
    require(len(leaves) == HASH_BYTES * body.count and leaves_root(leaves) == body.root, "LIST_DIFFERS")
    require(state.get(LIST, body.list_id) is None, "LIST_PAID")
    taken = state.get(Register.COUNT, LIST)
    number = taken.taken + 1 if taken else 1
    batch = Lot(state.next_lot, BATCH, number, body.programme, NEVER_S, 0, 0)
    record = ListRecord(body.programme, body.count, body.total_won, batch.id, 0, body.expires_at_s)
    return Decision(
        legs=(Leg(GRANT, issuer.id, batch.id, body.total_won),),
        lots=(batch,),
        records=((LIST, body.list_id, record), (Register.COUNT, LIST, Count(number))),
        ids=used_up(act),
        leaves=(body.list_id, leaves),
    )


def _open_now(programme: ProgrammeRecord, now_s: int) -> None:
    require(
        programme.opens_at_s <= now_s < programme.closes_at_s,
        "PROGRAMME_NOT_OPEN", opens_at_s=programme.opens_at_s, closes_at_s=programme.closes_at_s,
    )


def row(state: State, order: Row, now_s: int, rules: Rules) -> Decision:
    """The next row of an approved list is paid, or goes back when nobody can take it.

    It goes back when its person has no account, the account is frozen, or the coins would be
    expired on arrival. With the last row goes back what the rows leave of the sum: a list always ends.

    BAD_FIELD          the amount is not whole won; person not 16 bytes, salt not 32
    ALREADY_DONE       this row was paid or went back
    LIST_DIFFERS       no such list; the row is not the one that was signed; more than is left of the sum
    ROW_OUT_OF_ORDER   facts: next_row
    """
    require(is_won(order.amount_won) and len(order.person) == 16 and len(order.salt) == 32, "BAD_FIELD")
    record = state.get(LIST, order.list_id)
    require(record is not None, "LIST_DIFFERS")
    require(order.row >= record.next_row, "ALREADY_DONE")
    if order.row < record.count:
        leaf = row_leaf(order.row, order.person, order.amount_won, order.salt)
        batch = state.lot(record.lot)
        proven = leaf == state.leaf_of(order.list_id, order.row) and order.amount_won <= batch.balance_won
        require(proven, "LIST_DIFFERS")
    require(order.row == record.next_row < record.count, "ROW_OUT_OF_ORDER", next_row=record.next_row)
    programme = state.get(Register.PROGRAMME, record.programme)
    account = _taker(state, order, programme, now_s)
    legs, opened = _paid(state, order, record, account, programme)
    if order.row + 1 == record.count and order.amount_won < batch.balance_won:
        legs += (Leg(ROW_RETURNED, batch.id, programme.lot, batch.balance_won - order.amount_won),)
    following = ListRecord(
        record.programme, record.count, record.total_won, record.lot, order.row + 1, record.expires_at_s,
    )
    return Decision(
        legs=legs, lots=opened,
        records=((LIST, order.list_id, following),),
        ids=((record.expires_at_s, row_id(order.list_id, order.row)),),
        account=account,
    )


def _taker(state: State, order: Row, programme: ProgrammeRecord, now_s: int) -> int | None:
    """The number of the account that can take the row's coins now."""
    person = state.get(PERSON, order.person)
    if person is None or not person.account or programme.spend_until_s <= now_s:
        return None
    account = state.get(ACCOUNT, person.account)
    return None if account.frozen else account.number


def _paid(
    state: State, order: Row, record: ListRecord, account: int | None, programme: ProgrammeRecord,
) -> tuple[tuple[Leg, ...], tuple[Lot, ...]]:
    if account is None:
        return (Leg(ROW_RETURNED, record.lot, programme.lot, order.amount_won),), ()
    lot = resident_lot(state, account, record.programme, programme.spend_until_s)
    opened = ()
    if lot is None:
        lot = Lot(state.next_lot, RESIDENT, account, record.programme, programme.spend_until_s, 0, 0)
        opened = (lot,)
    return (Leg(TOP_UP, record.lot, lot.id, order.amount_won),), opened


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
    lot = _lot(state, body.lot)
    ripe = lot is not None and lot.owner_kind == RESIDENT and lot.expires_at_s <= now_s and lot.balance_won > 0
    require(not ripe or lot.balance_won == body.amount_won, "AMOUNT_DIFFERS", asked_won=body.amount_won)
    require(ripe, "NOTHING_TO_EXPIRE")
    issuer = state.get(Register.PROGRAMME, lot.programme).lot
    return Decision(
        legs=(Leg(EXPIRE, lot.id, issuer, body.amount_won),),
        ids=used_up(act),
        account=lot.owner,
    )


def _lot(state: State, lot_id: int) -> Lot | None:
    try:
        return state.lot(lot_id)
    except KeyError:
        return None
