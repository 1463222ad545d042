"""A list that takes back: what its people still have of the programme, at most what its rows say, and nobody else's."""

from dataclasses import replace

import pytest

from app.message import kinds
from app.money import orders
from app.money.apply import apply
from app.money.limits import paid_won
from app.money.orders_office import RecallList
from app.money.rules import NEWEST
from app.money.state import RECALL, RESIDENT, Register
from tests.money.office_town import TOWN, OfficeTown, told
from tests.money.table import play, time_s
from tests.money.town import NOON_S, STAFF, short

PAID = TOWN + "grant help kim 1000 lee 800 noh 500 | help 97700\n"


def paid(more: str = "") -> OfficeTown:
    """kim and lee have wallets; what noh got waits."""
    return play(PAID + more, OfficeTown(NEWEST))


@pytest.mark.parametrize("table", [
    "back help kim 1000 lee 800 noh 500          | kim 0  lee 0  help 100000",
    "back help kim 400                           | kim 600  lee 800  help 98100",
    "pay kim → bakery 700 | kim 300\nback help kim 1000 lee 800    | kim 0  lee 0  help 98800",
    "pay kim → bakery 1000 | kim 0\nback help kim 1000 noh 500    | kim 0  help 98200",
    "grant food kim 300 | kim 1300\nback help kim 1300             | kim 300  help 98700  food 49700",
    "back help kim 1000\nback help kim 1000                       | kim 0  help 98700",
    "stranger noh\nlink noh | noh 500\nback help noh 500          | noh 0  help 98200",
    "freeze kim\nback help kim 1000                               | kim 0  help 98700",
    "at +61d\nback help kim 1000                                  | kim 1000  help 97700",
])
def test_each_gives_back_what_is_left_and_no_more_than_their_row(table):
    town = paid(table)
    town.check_replay()


def test_what_would_be_spent_first_goes_back_first():
    town = play(TOWN, OfficeTown(NEWEST))
    town.open_programme("days", 100_000, spend_days=3, spend_until_s=NOON_S + 60 * 86_400)
    play("grant days kim 300\nwait +2d\ngrant days kim 200", town)
    play("back days kim 350", town)
    number = town.account("kim")
    assert [lot.balance_won for lot in town.state.lots_of(RESIDENT, number)] == [0, 150]
    play("grant days kim 10\nat +5d\nback days kim 500 | kim 160  days 99840", town)      # what has expired is the sweep's
    town.check_replay()


def test_what_went_back_may_be_given_again():
    town = play(TOWN, OfficeTown(NEWEST))
    town.open_programme("one each", 100_000, person_won=1000)
    town.pay_list("one each", [("kim", 1000), ("lee", 400)], "first")
    town.pay_list("one each", [("kim", 700)], "wrong", RecallList)
    place = town.number("one each")
    assert [paid_won(town.state, place, short(f"person {who}", 16)) for who in ("kim", "lee")] == [300, 400]
    town.pay_list("one each", [("kim", 800)], "too much again")
    assert town.won(RESIDENT, town.account("kim")) == 300
    town.pay_list("one each", [("kim", 700)], "again")
    assert town.won(RESIDENT, town.account("kim")) == 1000


def test_nobody_takes_back_from_who_signed_and_the_list_goes_on():
    town = paid("is maker kim\nback help kim 1000 lee 800 | kim 1000  lee 0  help 98500")
    town.check_replay()


def test_rows_come_in_their_order_each_once_and_as_they_were_signed():
    town = paid()
    town.submit(town.grant("help", [("kim", 600), ("lee", 500)], "back", RecallList))
    first, second = town.lists["back"]
    assert told(town, second) == ("ROW_OUT_OF_ORDER", {"next_row": 0})
    assert told(town, replace(first, amount_won=601))[0] == "LIST_DIFFERS"
    assert told(town, replace(first, person=short("person lee", 16)))[0] == "LIST_DIFFERS"
    town.submit(first)
    assert told(town, first)[0] == "ALREADY_DONE"
    town.submit(second)
    assert town.held("kim") == 400 and town.held("lee") == 300
    assert told(town, replace(second, row=2))[0] == "ROW_OUT_OF_ORDER"


def test_two_officers_and_a_list_of_its_own():
    town = paid()
    act = town.grant("help", [("kim", 600)], "back", RecallList)
    assert told(town, replace(act, approvals=()))[0] == "APPROVALS_MISSING"
    assert told(town, replace(act, given=(bytes(32),)))[0] == "LIST_DIFFERS"
    assert told(town, replace(act, given=()))[0] == "LIST_DIFFERS"
    by_registrar = replace(act.message.body, officer=STAFF["registrar"])
    assert told(town, town.by_two(by_registrar, "registrar", given=act.given))[0] == "NO_RIGHT"
    nowhere = replace(act.message.body, programme=99)
    assert told(town, town.by_two(nowhere, "maker", given=act.given))[0] == "UNKNOWN_PROGRAMME"
    short_sum = replace(act.message.body, count=3, total_won=2)
    assert told(town, town.by_two(short_sum, "maker", given=act.given))[0] == "BAD_FIELD"
    granted = town.grant("help", [("kim", 10)], "paid")
    town.submit(granted)
    same_id = replace(act.message.body, list_id=granted.message.body.list_id)
    assert told(town, town.by_two(same_id, "maker", given=act.given))[0] == "LIST_PAID"
    town.submit(act)
    assert told(town, act)[0] == "ALREADY_DONE"


def test_a_programme_that_is_over_takes_back_all_the_same():
    town = paid()
    town.change("help", closes_at_s=town.now_s + 60)
    play("wait +1h\nback help kim 1000 | kim 0  help 98700", town)


def test_no_budget_and_no_officers_day_bounds_what_goes_back():
    town = paid("limit DAY_OFFICER 1")
    play("back help kim 1000 lee 800 | help 99500", town)


def test_a_row_moves_only_by_the_flow_of_a_recall():
    town = paid()
    town.submit(town.grant("help", [("kim", 600), ("stranger", 5)], "back", RecallList))
    first, second = town.lists["back"]
    taken = apply(town.state, first, town.now_s, town.rules)
    assert [leg.flow for leg in taken.legs] == [RECALL] and taken.account == town.account("kim")
    town.submit(first)
    nothing = apply(town.state, second, town.now_s, town.rules)
    assert not nothing.legs and nothing.account is None
    assert {register for register, *_ in nothing.records} == {Register.LIST}


def test_the_layout_is_a_grants():
    fields = [(name, shape.text) for name, shape in kinds.BY_NAME["grant"].shapes]
    assert [(name, shape.text) for name, shape in kinds.BY_NAME["recall-list"].shapes] == fields
    assert orders.Grant.__annotations__ == RecallList.__annotations__


def test_the_rows_take_no_more_than_the_sum_that_both_signed():
    town = paid()
    act = town.grant("help", [("kim", 600), ("lee", 500)], "back", RecallList)
    less = town.by_two(replace(act.message.body, total_won=1_099), "maker", given=act.given)
    town.submit(less)
    first, second = town.lists["back"]
    town.submit(first)
    assert told(town, second)[0] == "LIST_DIFFERS"


def test_what_lies_in_a_wallet_that_was_theirs_comes_back_too_until_it_is_somebodys():
    town = paid("unlink kim\nback help kim 400 | kim 600  help 98100")
    play("stranger rich\nlink rich\ngrant help kim 300 | help 97800", town)
    play("back help kim 1000 | kim 0  help 98700", town)
    town.check_replay()


def test_what_waits_longer_than_its_date_is_left_alone():
    town = paid()
    town.now_s = time_s("+60d")
    play("back help noh 500 | help 97700", town)
