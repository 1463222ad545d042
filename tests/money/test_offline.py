"""Sales without a network, in tables: who pays, who bears what is missing, and how far that can go."""

from dataclasses import replace

import pytest

from app.errors import Refusal
from app.money import orders, orders_offline, policy
from app.money.orders import Act
from app.money.state import Register
from tests.money.offline_town import OfflineTown
from tests.money.table import play
from tests.money.town import key, short

TOWN = """
    shop bakery 1
    shop grocer 1
    shop pharmacy 2
    resident kim lee
    programme help 1 100000 +30d
    programme milk 1 100000 +30d 2
    programme cover 1 9000 +60d
    policy payer 5000 +40d
    policy till 8000 +40d
    policy day 10000 +40d
    policy life 7200 +40d
"""
BORNE = TOWN + "policy bearer cover +40d\n"

TABLES = {
    "a code taken without a network pays once it is deposited, also hours later": BORNE + """
        grant help → kim 6000
        certify kim
        x: taken kim bakery 3000
        wait +5h
        a: deposit x                            | kim 3000  bakery 3000  cover 9000
        deposit x               | refused ALREADY_DONE
        refund a 1000                           | kim 4000  bakery 2000
    """,
    "what the payer can't pay is borne by the programme, and there are no more certificates": BORNE + """
        grant help → kim 1000
        certify kim
        x: taken kim bakery 3000
        a: deposit x                            | kim 0  bakery 3000  bakery:cover 2000  cover 7000
        certify kim             | refused OFFLINE_BARRED
        refund a 2500                           | kim 500  bakery 500  cover 9000
    """,
    "where no programme bears it, the shop does": TOWN + """
        grant help → kim 1000
        certify kim
        x: taken kim bakery 3000
        deposit x               | refused NOT_ENOUGH
        grant milk → kim 5000
        y: taken kim bakery 3000
        deposit y               | refused WRONG_CATEGORY
        freeze kim
        deposit y               | refused ACCOUNT_FROZEN
    """,
    "the same code at two tills: the payer pays once, the programme the second": BORNE + """
        grant help → kim 9000
        certify kim
        x: taken kim bakery 3000
        deposit x                               | kim 6000  bakery 3000
        deposit x grocer                        | kim 6000  grocer 3000  cover 6000
        deposit x grocer        | refused ALREADY_DONE
        certify kim             | refused OFFLINE_BARRED
    """,
    "the same code at two tills and nobody to bear it": TOWN + """
        grant help → kim 9000
        certify kim
        x: taken kim bakery 3000
        deposit x
        deposit x grocer        | refused TAKEN_TWICE
        certify kim                             | kim 6000
    """,
    "a shop has its money for a code once, whatever its till signs": BORNE + """
        grant help → kim 9000
        certify kim
        certify lee
        x: taken kim bakery 1000
        deposit x
        again x                 | refused TAKEN_TWICE
        deposit x grocer                        | kim 8000  cover 8000
        again x grocer          | refused TAKEN_TWICE
        y: taken lee bakery 1000
        deposit y                               | cover 7000
        again y                 | refused TAKEN_TWICE
    """,
    "the city bears a certificate's sum at a shop, however many codes and days it takes": BORNE + """
        certify kim
        x: taken kim bakery 3000
        y: taken kim bakery 3000
        z: taken kim bakery 2000
        deposit x                               | cover 6000
        deposit y               | refused NOT_ENOUGH
        wait +2d
        deposit y               | refused NOT_ENOUGH
        deposit z                               | cover 4000
        deposit x grocer                        | cover 1000
    """,
    "two codes of one count come from a copied phone: both are paid, and that was the last": BORNE + """
        grant help → kim 9000
        certify kim
        x: taken kim bakery 1000
        y: taken kim grocer 1000 50000 1
        deposit x
        deposit y                               | kim 7000
        certify kim             | refused OFFLINE_BARRED
    """,
    "two officers give the right back, once, and the day's sum goes on counting": BORNE + """
        allow kim               | refused ALREADY_DONE
        grant help → kim 9000
        certify kim
        x: taken kim bakery 1000
        y: taken kim grocer 1000 50000 1
        deposit x
        deposit y
        certify kim             | refused OFFLINE_BARRED
        allow kim
        allow kim               | refused ALREADY_DONE
        allow nobody            | refused UNKNOWN_ACCOUNT
        certify kim
        certify kim             | refused OFFLINE_DAY_FULL left_won=0
    """,
    "more than the certificate's sum in all is paid where there is money, and was the last": BORNE + """
        grant help → kim 9000
        certify kim
        x: taken kim bakery 4000
        y: taken kim grocer 4000
        deposit x
        deposit y                               | kim 1000  cover 9000
        certify kim             | refused OFFLINE_BARRED
    """,
    "one sale never takes more than the certificate says, or than the code": BORNE + """
        grant help → kim 9000
        certify kim
        x: taken kim bakery 5001
        deposit x               | refused OVER_CAP cap_won=5000
        y: taken kim bakery 2001 2000
        deposit y               | refused OVER_CAP cap_won=2000
    """,
    "the city bears so much for a till in a day, and no more": BORNE + """
        certify kim
        x: taken kim bakery 5000
        deposit x                               | bakery 5000  cover 4000
        certify lee
        y: taken lee bakery 4000
        deposit y               | refused NOT_ENOUGH
        wait +1d
        deposit y                               | bakery 9000  cover 0
    """,
    "what the programme no longer holds waits for a budget": BORNE + """
        certify kim
        certify lee
        x: taken kim bakery 5000
        y: taken lee grocer 5000
        deposit x
        deposit y               | refused BEARER_SHORT missing_won=5000
        programme cover 1 20000 +60d
        deposit y                               | grocer 5000
    """,
    "nothing is taken from a frozen account or with a lost phone": BORNE + """
        grant help → kim 9000, lee 9000
        certify kim
        certify lee
        x: taken kim bakery 1000
        y: taken lee grocer 1000
        freeze kim
        revoke lee
        deposit x
        deposit y                               | kim 9000  lee 9000  cover 7000
    """,
    "a code is good until its certificate ends, and is deposited within fourteen days after": BORNE + """
        grant help → kim 9000
        certify kim
        x: taken kim bakery 1000
        wait +3h
        y: taken kim bakery 1000
        deposit y               | refused TAKEN_TOO_LATE
        wait +13d
        deposit x                               | kim 8000
        certify kim
        z: taken kim bakery 1000
        wait +15d
        deposit z               | refused EXPIRED
        again z                 | refused EXPIRED
        again x                 | refused EXPIRED
    """,
    "certificates are for persons, while the city wants them, up to the day's sum": BORNE + """
        stranger park
        certify park            | refused NO_RIGHT
        certify kim
        certify kim
        certify kim             | refused OFFLINE_DAY_FULL left_won=0
        wait +1d
        certify kim
        freeze lee
        certify lee             | refused ACCOUNT_FROZEN
        thaw lee
        wait +40d
        certify lee             | refused OFFLINE_OFF
    """,
    "a policy begins and ends by itself, and a later one lies over an earlier": TOWN + """
        policy payer 3000 +3d +1d
        certify kim
        wait +1d
        certify kim
        x: taken kim bakery 3001
        grant help → kim 9000
        deposit x               | refused OVER_CAP cap_won=3000
        wait +2d
        certify kim
        y: taken kim bakery 5000
        deposit y                               | kim 4000
    """,
}


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_a_table_holds(table):
    play(table, OfflineTown())


def test_the_loss_is_at_most_the_certificates_sum_for_each_till():
    """One phone, its screen photographed and shown to three tills, and nothing in the account."""
    town = play(BORNE + "certify kim\nx: taken kim bakery 5000\n", OfflineTown())
    for shop in ("bakery", "grocer", "pharmacy"):
        town.codes["x"] = (*town.codes["x"][:3], shop)
        try:
            town.do_deposit("x")
        except Refusal as refusal:
            assert refusal.word == "BEARER_SHORT"
    assert town.held("cover") == 4000 and town.held("kim") == 0


def refused(town: OfflineTown, order) -> str | None:
    try:
        town.submit(order)
    except Refusal as refusal:
        return refusal.word
    return None


@pytest.mark.parametrize(("change", "word"), [
    ({"subject": 16}, "BAD_FIELD"), ({"until_s": 1}, "BAD_FIELD"), ({"from_s": 2**40, "until_s": 2**40}, "BAD_FIELD"),
    ({"subject": policy.OFFLINE_LIFE, "figure": 8 * 86_400}, "BAD_FIELD"),
    ({"subject": policy.OFFLINE_BEARER, "figure": 99}, "UNKNOWN_PROGRAMME"), ({}, None),
])
def test_a_policy_that_makes_no_sense_is_refused(change, word):
    town = play(TOWN, OfflineTown())
    fields = {"officer": 5, "subject": 1, "figure": 1, "from_s": 0, "until_s": 2**40, "nonce": town.nonce(), "expires_at_s": town.soon_s()}
    assert refused(town, town.by_two(orders_offline.Policy(**fields | change), "administrator")) == word


def test_a_policy_needs_an_administrator_and_a_second_officer():
    town = play(TOWN, OfflineTown())
    order = town.policy("payer", 1, "+9d")
    assert refused(town, Act(order.message)) == "APPROVALS_MISSING"
    assert refused(town, Act(order.message, (town.approval(order.message, 5, "administrator"),))) == "SAME_OFFICER"
    body = orders_offline.Policy(1, 1, 1, 0, 2**40, town.nonce(), town.soon_s())
    assert refused(town, town.by_two(body, "maker")) == "NO_RIGHT"


def test_only_so_many_figures_lie_ahead():
    town = play(TOWN, OfflineTown())
    for _ in range(policy.MOST_PERIODS - 1):
        town.do_policy("payer", "1", "+9d")
    assert refused(town, town.policy("payer", 1, "+9d")) == "POLICY_FULL"
    town.now_s += 41 * 86_400
    assert refused(town, town.policy("payer", 1, "+50d")) is None


@pytest.mark.parametrize(("change", "word"), [
    ({"shop": 2}, "WRONG_SHOP"), ({"till": 99}, "UNKNOWN_TILL"), ({"code_id": bytes(32)}, "OTHER_CODE"),
    ({"taken_at_s": 2**40}, "TAKEN_TOO_LATE"), ({"taken_at_s": 1}, "TAKEN_TOO_LATE"), ({"amount_won": 0}, "BAD_FIELD"),
    ({"expires_at_s": 2**40}, "TOO_FAR_AHEAD"),
])
def test_a_deposit_that_is_not_right_is_refused(change, word):
    town = play(BORNE + "grant help → kim 9000\ncertify kim\nx: taken kim bakery 1000\n", OfflineTown())
    code, won, taken_at_s, shop = town.codes["x"]
    sale = town.claim(code, won, taken_at_s, shop)
    payee = replace(sale.payee, body=replace(sale.payee.body, **change))
    assert refused(town, orders.Sale(code, payee)) == word


def test_a_code_of_another_key_or_of_other_dates_is_refused():
    town = play(BORNE + "grant help → kim 9000\ncertify kim\nx: taken kim bakery 1000\n", OfflineTown())
    code, won, taken_at_s, shop = town.codes["x"]
    stolen = replace(code, key=key("thief"))
    assert refused(town, town.claim(stolen, won, taken_at_s, shop)) == "UNKNOWN_KEY"
    longer = replace(code, body=replace(code.body, expires_at_s=code.body.expires_at_s + 1))
    assert refused(town, town.claim(longer, won, taken_at_s, shop)) == "BAD_FIELD"
    unknown = replace(code, body=replace(code.body, number=bytes(8)))
    assert refused(town, town.claim(unknown, won, taken_at_s, shop)) == "UNKNOWN_KEY"


def test_a_certified_key_is_nobody_elses():
    town = play(BORNE, OfflineTown())
    town.submit(town.offline_key("kim", "a fresh one"))
    assert refused(town, town.offline_key("lee", "a fresh one")) == "KEY_TAKEN"
    assert town.state.get(Register.OFFLINE_KEY, key("a fresh one")[:8]).holder == key("kim")
    assert town.state.get(Register.OFFLINE_RIGHT, short("account kim")).issued_won == 5000
