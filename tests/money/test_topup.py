"""The rows of a granted list: in order, once, exactly those that two officers signed."""

from dataclasses import replace

import pytest

from app.errors import Refusal
from app.money import orders
from app.money.lists import leaves_root, row_leaf
from app.money.state import ISSUER, RESIDENT, ROW_RETURNED, TOP_UP, Register
from tests.money.table import check_conserved, play
from tests.money.town import STAFF, changed, key, short

TOWN = """
    shop bakery 1
    resident kim lee
    programme help 1 100000 +30d
"""


@pytest.fixture
def town():
    town = play(TOWN)
    town.submit(town.grant("help", [("kim", 100), ("lee", 200), ("kim", 300)], "may"))
    return town


def refused(town, order) -> Refusal:
    with pytest.raises(Refusal) as caught:
        town.submit(order)
    return caught.value


def test_rows_are_paid_one_after_the_other(town):
    first, second, third = town.lists["may"]
    assert refused(town, second) == Refusal("ROW_OUT_OF_ORDER", next_row=0)
    town.submit(first)
    assert refused(town, first) == Refusal("ALREADY_DONE")
    assert refused(town, third) == Refusal("ROW_OUT_OF_ORDER", next_row=1)
    town.submit(second)
    town.submit(third)
    assert (town.held("kim"), town.held("lee"), town.held("help")) == (400, 200, 99_400)
    assert refused(town, replace(third, row=3)) == Refusal("ROW_OUT_OF_ORDER", next_row=3)


def test_a_person_has_one_lot_for_a_programme_and_its_expiry(town):
    for row in town.lists["may"]:
        town.submit(row)
    assert [lot.balance_won for lot in town.state.lots_of(RESIDENT, town.account("kim"))] == [400]


def test_a_row_that_was_not_signed_is_not_paid(town):
    row = town.lists["may"][0]
    for other in (
        replace(row, amount_won=101), replace(row, person=short("person lee", 16)), replace(row, salt=bytes(32)),
        replace(row, list_id=bytes(16)),
    ):
        assert refused(town, other) == Refusal("LIST_DIFFERS")


def test_a_row_has_its_sizes(town):
    row = town.lists["may"][0]
    for other in (replace(row, amount_won=0), replace(row, person=bytes(15)), replace(row, salt=bytes(33))):
        assert refused(town, other) == Refusal("BAD_FIELD")


def test_a_decision_names_whose_money_moved(town):
    assert [leg.flow for leg in town.state.legs_of(town.submit(town.lists["may"][0]))] == [TOP_UP]
    town.submit(town.freeze("lee", 1))
    assert [leg.flow for leg in town.state.legs_of(town.submit(town.lists["may"][1]))] == [ROW_RETURNED]


def test_coins_that_would_be_expired_on_arrival_go_back(town):
    town.now_s += 30 * 86_400
    for row in town.lists["may"]:
        town.submit(row)
    assert (town.held("kim"), town.held("lee"), town.held("help")) == (0, 0, 100_000)


def mis_summed(town, total_won):
    """A list whose officers signed another sum than its rows have."""
    whole = town.grant("help", [("kim", 100), ("lee", 200)], "wrong")
    message = changed(whole.message, total_won=total_won)
    approvals = (changed(whole.approvals[0], approved=message.id),)
    town.submit(orders.Act(message, approvals, whole.given))
    return town.lists["wrong"]


def test_what_the_rows_leave_of_the_sum_goes_back_with_the_last(town):
    before = town.held("help")
    for row in mis_summed(town, 1000):
        town.submit(row)
    assert (town.held("help"), town.held("kim"), town.held("lee")) == (before - 300, 100, 200)
    assert not any(lot.balance_won for lot in town.state.lots_of(2, 2))
    check_conserved(town.state)


def test_rows_never_take_more_than_was_granted(town):
    first, second = mis_summed(town, 250)
    town.submit(first)
    assert refused(town, second) == Refusal("LIST_DIFFERS")


def test_a_list_pays_once_for_ever_also_under_another_message(town):
    town.submit(town.grant("help", [("kim", 1)], "june"))
    assert refused(town, town.grant("help", [("kim", 1)], "may")) == Refusal("LIST_PAID")


def test_a_budget_that_comes_back_can_be_granted_again(town):
    town.submit(town.freeze("kim", 1))
    town.submit(town.freeze("lee", 1))
    for row in town.lists["may"]:
        town.submit(row)
    town.submit(town.grant("help", [("kim", 100_000)], "all"))
    assert town.held("help") == 0


def test_two_officers_with_one_key_are_one_officer(town):
    """The register never has it so; if it ever had, it would not pay."""
    records = town.state.records
    checker = records[Register.OFFICER, STAFF["checker"]]
    records[Register.OFFICER, STAFF["checker"]] = replace(checker, key=key("maker"))
    whole = town.grant("help", [("kim", 1)], "june")
    twice = replace(whole, approvals=(changed(whole.approvals[0], "maker"),))
    assert refused(town, twice) == Refusal("SAME_OFFICER")


def test_an_approval_is_used_up_with_what_it_approved(town):
    grant = town.history[-1][1]
    for signed in (grant.message, *grant.approvals):
        assert town.state.entry_of(signed.body.expires_at_s, signed.id) == town.entry


def test_the_leaves_of_a_list_are_kept_for_its_rows(town):
    rows = town.lists["may"]
    leaves = b"".join(row_leaf(row.row, row.person, row.amount_won, row.salt) for row in rows)
    assert town.state.leaves[rows[0].list_id] == leaves
    assert town.history[-1][1].message.body.root == leaves_root(leaves)


def test_an_issuer_owes_what_it_issued_and_no_more_than_its_budget(town):
    lot, = town.state.lots_of(ISSUER, town.number("help"))
    assert (lot.balance_won, lot.floor_won) == (-600, -100_000)
