"""The payer's receipt, asked for afterwards: on any device of the account, and on no other."""

import os

import pytest

from app.chain.entry import PAYER, open_half
from app.message import cose
from app.money import orders
from tests.cast import HOUR_S, MAKER, City, raw, sale


@pytest.fixture(scope="module")
def city(tmp_path_factory):
    city = City(tmp_path_factory.mktemp("city") / "data")
    yield city
    city.close()


@pytest.fixture(scope="module")
def kim(city):
    return city.wallet(help_won=10_000)


@pytest.fixture(scope="module")
def paid(city, kim) -> tuple[bytes, dict]:
    """(the payment, the answer) of one sale."""
    request = city.till().request(1_500)
    payment = kim.payment(request)
    return payment, city.line().post("/api/sales", sale(payment, request), kim).json


def test_the_payer_gets_the_same_receipt_and_opening_as_after_paying(city, kim, paid):
    answer = city.line().get(f"/api/receipts/{paid[1]['entry']}", kim)
    assert answer.status == 200 and answer.headers["Cache-Control"] == "no-store"
    told = {name: value for name, value in answer.json.items() if name != "now_ms"}
    assert told == {name: paid[1][name] for name in ("payer_receipt", "half", "salt", "other")}


def test_what_a_till_took_from_a_code_has_a_receipt_for_the_payer_too(city, kim):
    code, till = kim.code(900), city.till()
    entry = city.line().post("/api/sales", sale(code, till.charge(code, 900)), till).json["entry"]
    told = city.line().get(f"/api/receipts/{entry}", kim).json
    receipt = cose.verify(cose.parse(raw(told["payer_receipt"])), city.office.issuer.key.public, city.chain_id).body
    assert (receipt.entry, receipt.amount_won, receipt.subject) == (entry, 900, city.id_of(code)[:16])
    half = open_half(PAYER, raw(told["half"]), raw(told["salt"]), raw(told["other"]), receipt.leaf)
    assert half[3] == code and half[5] == kim.account


def test_another_device_of_the_account_gets_it(city, kim, paid):
    new = city.wallet(linked=False)
    assert city.line().get(f"/api/receipts/{paid[1]['entry']}", new).word == "NOT_YOURS"
    city.hand_in(orders.KeyAdd(
        city.numbers[MAKER], kim.account, new.key.public, orders.HARD, os.urandom(8), city.now_s() + HOUR_S))
    assert city.line().get(f"/api/receipts/{paid[1]['entry']}", new).json["payer_receipt"] == paid[1]["payer_receipt"]


@pytest.mark.parametrize("ask", ["till", "stranger"])
def test_neither_the_shop_nor_a_stranger_gets_the_payers_receipt(city, paid, ask):
    who = city.till() if ask == "till" else city.wallet(help_won=100)
    answer = city.line().get(f"/api/receipts/{paid[1]['entry']}", who)
    assert answer.word == "NOT_YOURS" and answer.json["title"] == "열어 볼 수 없는 내용입니다"
    assert not {"payer_receipt", "half", "salt"} & set(answer.json)


def test_nobody_who_does_not_say_who_they_are_gets_one(city, paid):
    assert city.line().get(f"/api/receipts/{paid[1]['entry']}").word == "SIGN_IN_FIRST"


@pytest.mark.parametrize("entry", ["0", "1", "3"])
def test_an_entry_that_is_no_payment_has_none(city, kim, entry):
    assert city.line().get(f"/api/receipts/{entry}", kim).word == "NOT_YOURS"


@pytest.mark.parametrize("entry", [10**9, 2**53, 2**64, 10**30, "-1", "x", ""])
def test_an_entry_that_is_not_there_is_not_found(city, kim, entry):
    answer = city.line().get(f"/api/receipts/{entry}", kim)
    assert (answer.status, answer.word) == (404, "NOT_FOUND")
