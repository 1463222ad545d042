"""The only way into the state: what was decided is checked once more and then written.

The third line of defence, after `apply` and before the database's own: a decision that
breaks one of these is a bug and stops the program.
"""

from app.money.amount import MAX_WON
from app.money.state import FLOWS, ISSUER, Decision, Leg, Lot, State


def post(state: State, entry: int, decision: Decision) -> None:
    """Writes the decision on entry `entry` into the state, all of it or (AssertionError) nothing."""
    after = _lots_after(state, decision)
    for used in decision.ids:
        assert state.used.get(used) is None, "an id is used twice"
    assert len(set(decision.ids)) == len(decision.ids), "an id is used twice"
    state.lots.update(after)
    for lot in decision.lots:
        owner = lot.owner_kind, lot.owner
        state.lots_of(*owner)
        state.owned[owner] += (lot.id,)
    state.next_lot += len(decision.lots)
    for register, key, record in decision.records:
        state.records[register, key] = record
    for used in decision.ids:
        state.used[used] = entry
    if decision.legs:
        state.legs[entry] = decision.legs
    if decision.taken is not None:
        state.taken[entry] = decision.taken
    if decision.leaves is not None:
        list_id, leaves = decision.leaves
        state.leaves[list_id] = leaves


def _lots_after(state: State, decision: Decision) -> dict[int, Lot]:
    """Every lot that the decision touches, as it will be."""
    after: dict[int, Lot] = {}
    for number, lot in enumerate(decision.lots, state.next_lot):
        assert lot.id == number and lot.balance_won == 0 and lot.floor_won <= 0, "a lot opens empty, with the next id"
        assert lot.floor_won == 0 or lot.owner_kind == ISSUER, "only an issuer may owe"
        after[number] = lot
    for lot_id, floor_won in decision.floors:
        lot = after.get(lot_id) or state.lot(lot_id)
        assert lot.owner_kind == ISSUER and lot.balance_won >= floor_won <= 0, "a floor stands under its balance"
        after[lot_id] = _changed(lot, 0, floor_won)
    for leg in decision.legs:
        debit = after.get(leg.debit) or state.lot(leg.debit)
        credit = after.get(leg.credit) or state.lot(leg.credit)
        _check(leg, debit, credit)
        after[debit.id] = _changed(debit, -leg.amount_won, debit.floor_won)
        after[credit.id] = _changed(credit, leg.amount_won, credit.floor_won)
    return after


def _check(leg: Leg, debit: Lot, credit: Lot) -> None:
    assert FLOWS[leg.flow] == (debit.owner_kind, credit.owner_kind), "no such flow"
    assert debit.programme == credit.programme, "money stays inside its programme"
    assert 0 < leg.amount_won <= MAX_WON, "an amount is whole won"
    assert debit.balance_won - leg.amount_won >= debit.floor_won, "a lot goes under its floor"


def _changed(lot: Lot, by_won: int, floor_won: int) -> Lot:
    return Lot(lot.id, lot.owner_kind, lot.owner, lot.programme, lot.expires_at_s, lot.balance_won + by_won, floor_won)
