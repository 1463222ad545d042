"""Money to many people: two officers grant a list, then its rows are paid one by one."""

from dataclasses import dataclass, replace

from app.money import limits, policy, recall
from app.money.amount import is_won
from app.money.limits import paid_place, paid_won
from app.money.lists import row_id, row_leaf
from app.money.lots import resident_lot
from app.money.orders import Act, Row
from app.money.rules import Rules
from app.money.signers import fresh, officers, person_of, require, used_up
from app.money.state import (
    BATCH, GRANT, NEVER_S, RESIDENT, ROW_RETURNED, TOP_UP, Account, Count, Decision, Leg, ListRecord, Lot, ProgrammeRecord,
    Register, Reserved, State, Sum,
)

DAY_S = 86_400

LIST, PERSON, ACCOUNT = Register.LIST, Register.PERSON, Register.ACCOUNT


def grant(state: State, act: Act, now_s: int, rules: Rules) -> Decision:
    """One list of rows is approved: its whole sum moves out of the programme's budget, in one leg.

    given: the row leaves, 32 bytes each.

    BAD_FIELD          no rows or too many; a sum that can't be one won each
    REVOKED_KEY, UNKNOWN_OFFICER, OFFICER_NOT_VALID, NO_RIGHT, SAME_OFFICER, APPROVALS_MISSING
    ALREADY_DONE, EXPIRED, TOO_FAR_AHEAD
    UNKNOWN_PROGRAMME
    PROGRAMME_NOT_OPEN before it opens, or after it closed      facts: opens_at_s, closes_at_s
    BUDGET_SPENT       or a policy's cap on all that the programme grants    facts: left_won
    LIST_DIFFERS       the leaves are not those that were signed
    LIST_PAID          this list, or another of the same id, was granted before
    OVER_OFFICER_LIMIT facts: limit_won, left_won, again_at_s
    """
    body = act.message.body
    require(0 < body.count <= min(rules.max_rows, body.total_won) and is_won(body.total_won), "BAD_FIELD")
    officers(state, act, now_s, rules)
    fresh(state, act, now_s, rules)
    programme = state.get(Register.PROGRAMME, body.programme)
    require(programme is not None, "UNKNOWN_PROGRAMME")
    _open_now(programme, now_s)
    issuer = state.lot(programme.lot)
    left_won = budget_left_won(state, body.programme, now_s)
    require(body.total_won <= left_won, "BUDGET_SPENT", left_won=left_won)
    leaves = recall.signed_leaves(act)
    require(state.get(LIST, body.list_id) is None, "LIST_PAID")
    checker = act.approvals[0].body.signer
    counted = limits.grant(state, (body.officer, checker), body.total_won, now_s)
    taken = state.get(Register.COUNT, LIST)
    number = taken.taken + 1 if taken else 1
    batch = Lot(state.next_lot, BATCH, number, body.programme, NEVER_S, 0, 0)
    signed_by = () if rules.own_rows else (body.officer, checker)
    record = ListRecord(body.programme, body.count, body.total_won, batch.id, 0, body.expires_at_s, *signed_by)
    return Decision(
        legs=(Leg(GRANT, issuer.id, batch.id, body.total_won),),
        lots=(batch,),
        records=((LIST, body.list_id, record), (Register.COUNT, LIST, Count(number)), *counted),
        ids=used_up(act),
        leaves=(body.list_id, leaves),
    )


def budget_left_won(state: State, number: int, now_s: int) -> int:
    """What a programme may still grant now: of its budget, and of the policy's cap on it."""
    issuer = state.lot(state.get(Register.PROGRAMME, number).lot)
    left_won = issuer.balance_won - issuer.floor_won
    cap_won = policy.limit(state, policy.PROGRAMME_CAP, now_s, number)
    return left_won if cap_won is None else max(0, min(left_won, cap_won + issuer.balance_won))


def _open_now(programme: ProgrammeRecord, now_s: int) -> None:
    require(
        programme.opens_at_s <= now_s < programme.closes_at_s,
        "PROGRAMME_NOT_OPEN", opens_at_s=programme.opens_at_s, closes_at_s=programme.closes_at_s,
    )


def row(state: State, order: Row, now_s: int, rules: Rules) -> Decision:
    """The next row of an approved list, whether it pays (`_pay`) or takes back (`recall.row`).

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
        left_won = record.rest_won if record.back else state.lot(record.lot).balance_won
        fits = order.amount_won <= left_won
        require(leaf == state.leaf_of(order.list_id, order.row) and fits, "LIST_DIFFERS")
    require(order.row == record.next_row < record.count, "ROW_OUT_OF_ORDER", next_row=record.next_row)
    done = recall.row(state, order, record, now_s, rules) if record.back else _pay(state, order, record, now_s, rules)
    rest_won = record.rest_won - order.amount_won if record.back else 0
    return replace(
        done, records=((LIST, order.list_id, replace(record, next_row=order.row + 1, rest_won=rest_won)), *done.records),
        ids=((record.expires_at_s, row_id(order.list_id, order.row)),),
    )


def _pay(state: State, order: Row, record: ListRecord, now_s: int, rules: Rules) -> Decision:
    """It waits when its person has no account yet. It goes back for what `why_back` says, when the coins would be expired on
    arrival, or when the person is an officer who signed the list. With the last row goes back what the rows leave of the
    sum: a list always ends."""
    taker = _taker(state, order, record, now_s, rules)
    legs, opened = _paid(state, order, record, taker)
    batch = state.lot(record.lot)
    if order.row + 1 == record.count and order.amount_won < batch.balance_won:
        issuer = state.get(Register.PROGRAMME, record.programme).lot
        legs += (Leg(ROW_RETURNED, batch.id, issuer, batch.balance_won - order.amount_won),)
    return Decision(
        legs=legs, lots=opened, records=taker.records if taker else (), account=taker.account if taker else None,
    )


@dataclass(frozen=True, slots=True)
class _Taker:
    account: int            # number
    expires_at_s: int       # of the coins
    records: limits.Records


def _taker(state: State, order: Row, record: ListRecord, now_s: int, rules: Rules) -> _Taker | None:
    """Who can take the row's coins now."""
    programme = state.get(Register.PROGRAMME, record.programme)
    expires_at_s = coins_expire_s(programme, now_s)
    if expires_at_s <= now_s or order.person in {person_of(state, each) for each in (record.maker, record.checker)}:
        return None
    if why_back(state, record.programme, (order.person, order.amount_won), now_s, rules):
        return None
    paid = _paid_in_all(state, order, record.programme) if programme.person_won else ()
    number, opened = _number_of(state, order.person)
    return _Taker(number, expires_at_s, (*paid, *opened))


def why_back(state: State, programme: int, row: tuple[bytes, int], now_s: int, rules: Rules) -> str:
    """Why a row of (person, won) would go back if it were paid now; "" when its person gets it, or it waits for them.

    ROW_OVER_LIMIT     with what they got it is more than the programme gives one person
    ROW_NOT_LINKED     they have no account, and nothing waits under these rules
    ROW_LOCKED         their account is frozen
    ROW_OVER_HOLDING   with what they have, and what waits for them, it is more than one may hold
    """
    person, amount_won = row
    most_won = state.get(Register.PROGRAMME, programme).person_won
    if most_won and amount_won > most_won - paid_won(state, programme, person):
        return "ROW_OVER_LIMIT"
    account = account_of(state, person)
    if account is None and not rules.reserves:
        return "ROW_NOT_LINKED"
    if account is not None and account.frozen:
        return "ROW_LOCKED"
    room_won = limits.room_won(state, person, now_s, rules)
    return "ROW_OVER_HOLDING" if room_won is not None and amount_won > room_won else ""


def account_of(state: State, person: bytes) -> Account | None:
    """Whoever has none now gets coins that wait."""
    found = state.get(PERSON, person)
    return state.get(ACCOUNT, found.account) if found is not None and found.account else None


def coins_expire_s(programme: ProgrammeRecord, now_s: int) -> int:
    """When coins that are paid out now expire: on the programme's day, or so many days from now if that is sooner.
    A day ends at the hour at which the programme opened."""
    if not programme.spend_days:
        return programme.spend_until_s
    whole_days = -(-(now_s - programme.opens_at_s) // DAY_S) + programme.spend_days
    return min(programme.spend_until_s, programme.opens_at_s + whole_days * DAY_S)


def _paid_in_all(state: State, order: Row, programme: int) -> limits.Records:
    together_won = paid_won(state, programme, order.person) + order.amount_won
    return ((Register.PERSON_PAID, paid_place(programme, order.person), Sum(0, together_won)),)


def _number_of(state: State, person: bytes) -> tuple[int, limits.Records]:
    """(account number, what to write down). Somebody without an account gets a number under which the coins wait."""
    account = account_of(state, person)
    holder = account if account is not None else state.get(Register.RESERVED, person)
    if holder is not None:
        return holder.number, ()
    count = state.get(Register.COUNT, ACCOUNT)
    number = count.taken + 1 if count else 1
    return number, ((Register.RESERVED, person, Reserved(number)), (Register.COUNT, ACCOUNT, Count(number)))


def _paid(
    state: State, order: Row, record: ListRecord, taker: _Taker | None,
) -> tuple[tuple[Leg, ...], tuple[Lot, ...]]:
    if taker is None:
        issuer = state.get(Register.PROGRAMME, record.programme).lot
        return (Leg(ROW_RETURNED, record.lot, issuer, order.amount_won),), ()
    lot = resident_lot(state, taker.account, record.programme, taker.expires_at_s)
    opened = ()
    if lot is None:
        lot = Lot(state.next_lot, RESIDENT, taker.account, record.programme, taker.expires_at_s, 0, 0)
        opened = (lot,)
    return (Leg(TOP_UP, record.lot, lot.id, order.amount_won),), opened
