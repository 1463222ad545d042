"""The rules of the office: apart roles, suspended officers, limits that add up, money that waits or is taken back."""

from dataclasses import replace

import pytest

from app.errors import Refusal
from app.money import limits, orders, orders_office, orders_offline
from app.money.orders import ADMINISTRATOR, AUDITOR, CHECKER, MAKER, REGISTRAR
from app.money.rules import DAY_S, NEWEST
from app.money.state import RESIDENT, Register
from tests.money.office_town import SECOND, TOWN, OfficeTown, told
from tests.money.table import TableTown, play, time_s
from tests.money.town import key, short

# --- roles ------------------------------------------------------------------------------

@pytest.mark.parametrize(("roles", "fits"), [
    (ADMINISTRATOR, True), (AUDITOR, True), (MAKER | REGISTRAR, True), (CHECKER | REGISTRAR, True),
    (ADMINISTRATOR | MAKER, False), (ADMINISTRATOR | REGISTRAR, False), (AUDITOR | REGISTRAR, False), (AUDITOR | ADMINISTRATOR, False),
])
def test_who_administers_or_audits_has_no_other_role_under_rule_set_2(roles, fits):
    TableTown().submit(TableTown().officer(6, "sixth", roles))
    town = OfficeTown()
    if fits:
        town.submit(town.officer(7, "seventh", roles))
    else:
        assert told(town, town.officer(7, "seventh", roles))[0] == "BAD_FIELD"


def test_an_administrator_signs_no_money_no_people_and_no_shops():
    town = play(TOWN, OfficeTown())
    body = orders.Shop(5, 3, orders.OPEN, orders.SHOP, 1, b"x", b"", town.nonce(), town.soon_s())
    assert told(town, town.act(body, "administrator")) == ("NO_RIGHT", {})
    programme = replace(town.programme("more", 1, 5, time_s("+9d")).message.body, officer=5)
    assert told(town, town.by_two(programme, "administrator")) == ("NO_RIGHT", {})


def test_the_rules_only_go_forward_and_only_by_the_roots():
    town = TableTown()
    book = orders_office.Rulebook(0, 2, town.nonce(), town.soon_s())
    assert told(town, town.act(book, "root0"))[0] == "APPROVALS_MISSING"
    town.submit(town.by_roots(book))
    for version in (0, 1, 2, NEWEST + 1):
        assert told(town, town.by_roots(replace(book, version=version)))[0] == "BAD_FIELD"
    town.check_replay()


def test_a_suspended_officer_signs_nothing_until_two_others_lift_it():
    play(TOWN + """
    suspend maker
    grant help kim 100              | refused OFFICER_NOT_VALID
    suspend maker 0
    grant help kim 100              | kim 100
    suspend checker
    grant help kim 100              | refused OFFICER_NOT_VALID
    """, OfficeTown())


def test_nobody_decides_about_themselves():
    town = play(TOWN + """
    is registrar kim
    is checker lee
    grant help kim 100 lee 200      | kim 100  lee 0  help 99900
    """, OfficeTown())
    assert [told(town, town.standing(subject))[0] for subject in (5, SECOND, 77)] == ["OWN_CASE", "OWN_CASE", "NOT_FOUND"]
    bind = orders.KeyAdd(3, short("account kim"), key("new"), orders.HARD, town.nonce(), town.soon_s())
    assert told(town, town.by_two(bind, "registrar", given=(short("new"),)))[0] == "OWN_CASE"
    town.submit(town.open_account("own"))
    town.do_unlink("kim")
    assert told(town, town.by_two(town.link("own", "kim").message.body, "registrar"))[0] == "OWN_CASE"


# --- limits -----------------------------------------------------------------------------

def test_what_a_person_spends_in_a_day_adds_up_in_slices():
    town = play(TOWN + """
    grant help kim 10000 lee 10000
    limit DAY_KNOWN 5000
    pay kim → bakery 3000           | kim 7000
    pay kim → barber 2000           | kim 5000
    pay kim → bakery 1              | refused OVER_DAY_LIMIT limit_won=5000 left_won=0
    pay lee → bakery 5000           | lee 5000
    wait +86399s
    pay kim → bakery 1              | refused OVER_DAY_LIMIT
    wait +1s
    pay kim → bakery 5000           | kim 0
    pay kim → bakery 1              | refused NOT_ENOUGH
    """, OfficeTown())
    assert told(town, town.sale("lee", "bakery", 5001))[0] == "NOT_ENOUGH"


def test_a_limit_ends_by_itself_on_its_day():
    play(TOWN + """
    grant help kim 10000
    limit DAY_KNOWN 1000 0 +1d
    pay kim → bakery 1001           | refused OVER_DAY_LIMIT
    at +1d
    pay kim → bakery 1001           | kim 8999
    """, OfficeTown())


def test_a_caregivers_phone_has_its_own_limit_and_a_replaced_one_a_day_to_wait():
    town = play(TOWN + "grant help kim 50000\nlimit REBOUND 4000\n", OfficeTown())
    town.bind("kim", "daughter", day_won=3000)
    daughter = lambda won: _sale_by(town, "daughter", won)       # noqa: E731
    town.submit(daughter(3000))
    assert told(town, daughter(1)) == ("OVER_DAY_LIMIT", {"limit_won": 3000, "left_won": 0, "again_at_s": town.now_s + DAY_S})
    town.submit(town.sale("kim", "bakery", 10_000))             # the person's own phone has none
    town.bind("kim", "new phone", replaces=key("kim"))
    whole_at_s = town.now_s + DAY_S
    assert told(town, town.sale("kim", "bakery", 1))[0] == "REVOKED_KEY"
    town.now_s += 3_600
    town.submit(_sale_by(town, "new phone", 4000))
    assert told(town, _sale_by(town, "new phone", 1)) == ("OVER_DAY_LIMIT", {"limit_won": 4000, "left_won": 0, "again_at_s": whole_at_s})
    town.now_s = whole_at_s
    town.submit(_sale_by(town, "new phone", 20_000))
    assert limits.of_payer(town.state, key("new phone"), town.now_s, town.rules) == []
    town.check_replay()


def _sale_by(town: TableTown, device: str, won: int):
    request = town.request("bakery", won)
    return orders.Sale(town.payment(device, request), request)


def test_a_key_is_replaced_only_once_and_only_within_its_account():
    town = play(TOWN, OfficeTown())
    town.bind("kim", "second", replaces=key("kim"))
    for lost in ("kim", "lee", "nobody"):
        body = orders.KeyAdd(3, short("account kim"), key("third"), orders.HARD, town.nonce(), town.soon_s(), key(lost))
        assert told(town, town.by_two(body, "registrar", given=(short("third"),)))[0] == "KEY_TAKEN"


def test_a_cards_key_has_the_policys_limit_and_no_certificate():
    town = play(TOWN + "grant help kim 50000\nlimit DAY_CARD 2000\n", OfficeTown())
    town.bind("kim", "card", grade=orders.CARD)
    town.submit(_sale_by(town, "card", 2000))
    assert told(town, _sale_by(town, "card", 1))[0] == "OVER_DAY_LIMIT"
    town.do_limit("OFFLINE_PAYER", "1000")
    town.do_limit("OFFLINE_DAY", "1000")
    town.do_limit("OFFLINE_LIFE", "3600")
    ask = orders_offline.OfflineKey(short("card"), key("fresh"), town.nonce(), town.soon_s())
    assert told(town, town.act(ask, "card"))[0] == "OFFLINE_OFF"
    town.submit(town.act(replace(ask, alias=short("kim")), "kim"))


def test_what_officers_grant_in_a_day_adds_up_over_lists_and_over_both():
    town = play(TOWN + """
    limit DAY_OFFICER 10000
    grant help kim 6000             | kim 6000
    grant food lee 4000             | lee 4000
    grant help kim 1                | refused OVER_OFFICER_LIMIT limit_won=10000 left_won=0
    wait +1d
    grant help kim 10000            | kim 16000
    """, OfficeTown())
    assert [town.state.get(Register.DAY_GRANTED, number).amount_won for number in (1, 2)] == [10_000, 10_000]


def test_what_an_account_would_hold_too_much_goes_back_to_the_programme():
    play(TOWN + """
    limit HOLD_KNOWN 5000
    grant help kim 5000 lee 5001    | kim 5000  lee 0  help 95000
    pay kim → bakery 1000           | kim 4000
    grant help kim 1000             | kim 5000
    grant help kim 1                | kim 5000  help 94000
    """, OfficeTown())


def test_a_shops_category_and_a_programmes_cap_follow_the_policy():
    play(TOWN + """
    grant food kim 5000
    pay kim → barber 100            | refused WRONG_CATEGORY
    limit SHOP_CATEGORY 1 barber +2d
    pay kim → barber 100            | kim 4900
    at +2d
    pay kim → barber 100            | refused WRONG_CATEGORY
    limit PROGRAMME_CAP 6000 food +9d
    grant food lee 1001             | refused BUDGET_SPENT left_won=1000
    grant food lee 1000             | lee 1000
    at +9d
    grant food lee 44000            | lee 45000
    grant food lee 1                | refused BUDGET_SPENT left_won=0
    """, OfficeTown())


@pytest.mark.parametrize(("subject", "figure", "target"), [
    ("SHOP_CATEGORY", 1, 0), ("SHOP_CATEGORY", 0, 1), ("SHOP_CATEGORY", 256, 1), ("DAY_KNOWN", 1, 1), ("PROGRAMME_CAP", 1, 0),
])
def test_a_figure_about_nothing_or_about_too_much_is_refused(subject, figure, target):
    town = play(TOWN, OfficeTown())
    with pytest.raises(Refusal, match="BAD_FIELD"):
        town.do_limit(subject, str(figure), str(target))


# --- programmes -------------------------------------------------------------------------

def test_one_person_gets_no_more_than_the_programme_says():
    town = play(TOWN, OfficeTown())
    town.open_programme("one each", 100_000, person_won=3000)
    play("""
    grant one-each kim 3001 lee 2000    | kim 0  lee 2000
    grant one-each lee 1000 kim 3000    | kim 3000  lee 3000
    grant one-each lee 1                | lee 3000
    """.replace("one-each", "one_each"), _named(town, "one each", "one_each"))
    town.do_recall("lee", "500", "one each")
    play("grant one_each lee 501 | lee 2500\ngrant one_each lee 500 | lee 3000", town)


def _named(town: TableTown, name: str, short_name: str) -> TableTown:
    town.numbers[short_name] = town.numbers[name]
    return town


def test_coins_last_so_many_days_and_end_at_the_hour_at_which_the_programme_opened():
    town = play(TOWN, OfficeTown())
    town.open_programme("days", 100_000, spend_days=30)
    opened_s = town.state.get(Register.PROGRAMME, town.number("days")).opens_at_s
    town.now_s = opened_s + 5 * DAY_S + 3600
    town.pay_list("days", [("kim", 100)], "one")
    town.now_s = opened_s + 40 * DAY_S
    town.pay_list("days", [("kim", 100)], "two")
    ends = [(lot.expires_at_s - opened_s) / DAY_S for lot in town.state.lots_of(RESIDENT, town.account("kim"))]
    assert ends == [36, 60]         # the second on the programme's own last day


def test_a_programme_for_single_shops_is_spent_there_and_nowhere_else():
    town = play(TOWN, OfficeTown())
    town.open_programme("only", 100_000, shops=town.number("barber").to_bytes(4))
    play("""
    grant only kim 1000
    pay kim → bakery 100            | refused WRONG_CATEGORY
    pay kim → barber 100            | kim 900
    """, town)


def test_an_open_programme_may_close_early_and_changes_nothing_else():
    town = play(TOWN + "grant help kim 100\n", OfficeTown())
    for fields in ({"person_won": 5}, {"spend_days": 5}, {"shops": bytes(3) + b"\1"}):
        with pytest.raises(Refusal, match="PROGRAMME_FIXED"):
            town.change("help", **fields)
    town.now_s += 3600
    town.change("help", closes_at_s=town.now_s + 60)
    with pytest.raises(Refusal, match="PROGRAMME_FIXED"):
        town.change("food", closes_at_s=town.now_s - 1)
    town.now_s += 61
    play("grant help kim 100 | refused PROGRAMME_NOT_OPEN\npay kim → bakery 100 | kim 0", town)


# --- money that waits, and that is taken back --------------------------------------------

def test_money_for_somebody_without_a_wallet_waits_until_they_have_one():
    town = play(TOWN + """
    grant help noh 700 kim 300 noh 200  | kim 300  help 98800
    grant food noh 100
    """, OfficeTown())
    assert town.waits_won("noh") == 1000
    town.submit(town.open_account("noh"))
    play("link noh | noh 1000\npay noh → bakery 1000 | noh 0", town)
    assert town.waits_won("noh") == 0
    play("unlink noh\ngrant help noh 50 | noh 0 help 98750", town)
    assert town.waits_won("noh") == 50
    play("relink noh noh | noh 50", town)


def test_what_waited_too_long_goes_back_and_is_not_claimed():
    town = play(TOWN + "grant help noh 700\n", OfficeTown())
    (lot,) = town.state.lots_of(RESIDENT, town.waiting("noh"))
    town.now_s = time_s("+60d")
    town.submit(town.open_account("noh"))
    play("link noh | noh 0", town)
    town.submit(town.expire(lot.id, 700))
    assert town.held("help") == 100_000


def test_two_officers_take_unspent_money_back_and_no_won_more():
    town = play(TOWN + """
    grant help kim 1000 noh 500
    pay kim → bakery 400            | kim 600
    recall kim 601                  | refused NOTHING_TO_RECALL left_won=600
    recall kim 600                  | kim 0  help 99100
    recall noh 500                  | help 99600
    recall noh 1                    | refused NOTHING_TO_RECALL left_won=0
    """, OfficeTown())
    recall = town.recall("kim", 1)
    assert told(town, replace(recall, approvals=()))[0] == "APPROVALS_MISSING"
    stranger = replace(recall.message.body, holder=short("account nobody"))
    assert told(town, town.by_two(stranger, "maker"))[0] == "UNKNOWN_ACCOUNT"
    others = replace(recall.message.body, holder=short("account lee"))
    assert told(town, town.by_two(others, "maker"))[0] == "NOTHING_TO_RECALL"


def test_under_the_first_rules_such_a_row_goes_back_as_before():
    play(TOWN + "grant help noh 700 kim 300 | kim 300  help 99700\n", TableTown())
