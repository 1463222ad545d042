"""The third line of defence: a decision that breaks a law of the ledger stops the program."""

from dataclasses import replace

import pytest

from app.money.apply import apply
from app.money.posting import post
from app.money.state import GRANT, NEVER_S, PAY, RESIDENT, SHOP_TILL, Leg, Lot
from tests.money.table import play
from tests.money.town import snapshot

TOWN = """
    shop bakery 1
    resident kim
    programme help 1 100000 +30d
    programme give 2 100000 +30d
    grant help → kim 1000
    grant give → kim 1000
    pay kim → bakery 1500
"""


@pytest.fixture
def town():
    return play(TOWN)


@pytest.fixture
def decision(town):
    return apply(town.state, town.sale("kim", "bakery", 300), town.now_s, town.rules)


def with_leg(decision, **fields):
    return replace(decision, legs=(replace(decision.legs[0], **fields),))


def broken(town, decision):
    """Each law of the ledger, and a decision that breaks it and no other."""
    state = town.state
    lots = {(lot.owner_kind, lot.programme): lot.id for lot in state.lots.values()}
    opened = Lot(state.next_lot, RESIDENT, 1, 1, NEVER_S, 0, 0)
    there, here = decision.legs[0].debit, decision.legs[0].credit
    return {
        "money moves only along a flow": with_leg(decision, flow=GRANT),
        "money moves from debit to credit": with_leg(decision, debit=here, credit=there),
        "money stays inside its programme": with_leg(decision, credit=lots[SHOP_TILL, 1]),
        "an amount is not nothing": with_leg(decision, amount_won=0),
        "an amount is not negative": with_leg(decision, amount_won=-1),
        "a lot holds what leaves it": with_leg(decision, amount_won=501),
        "a lot holds what leaves it in two legs": replace(decision, legs=decision.legs * 2),
        "an id is used up once": replace(decision, ids=(next(iter(state.used)),)),
        "an id is used up once in a decision": replace(decision, ids=decision.ids[:1] * 2),
        "a lot opens with the next id": replace(decision, lots=(replace(opened, id=state.next_lot + 1),)),
        "a lot opens empty": replace(decision, lots=(replace(opened, balance_won=1),)),
        "only an issuer owes": replace(decision, lots=(replace(opened, floor_won=-1),)),
        "only an issuer's floor moves": replace(decision, floors=((lots[RESIDENT, 2], -5),)),
        "a floor stands under the balance": replace(decision, floors=((1, -999),)),
        "a floor is no wish": replace(decision, floors=((1, 1),)),
    }


def test_what_apply_decides_is_posted(town, decision):
    post(town.state, 99, decision)
    assert town.state.legs_of(99) == decision.legs
    assert town.state.entry_of(*decision.ids[0]) == 99


def test_a_decision_that_breaks_a_law_stops_and_changes_nothing(town, decision):
    before = snapshot(town.state)
    debit, credit = decision.legs[0].debit, decision.legs[0].credit
    whole = replace(decision, legs=(Leg(PAY, debit, credit, 250), Leg(PAY, debit, credit, 50)))
    for law, wrong in broken(town, whole).items():
        with pytest.raises(AssertionError):
            post(town.state, 99, wrong)
            pytest.fail(f"not stopped: {law}")
        assert snapshot(town.state) == before, law
