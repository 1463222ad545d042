"""A checkout that the till took while neither side had a network: linked by what the till signed, settled late, told then."""

import json
import os

import pytest

from app.desk import checkout
from app.desk.opening import open_signed
from app.message import cose
from app.money.orders_offline import Deposit
from tests.cast import text
from tests.desk.test_offline import Phone
from tests.vendor.conftest import Vendor
from tests.vendor.test_webhooks import deliver, hook, receiver  # noqa: F401  fixtures

REFERENCE = b"ORDER-1"


@pytest.fixture
def phone(city, kim) -> Phone:
    return Phone(city, city.wallet(help_won=50_000))


class Offline:
    """A code and the till's claim on it, signed while the checkout runs."""

    def __init__(self, seller: Vendor, phone: Phone, reference: bytes = REFERENCE, till=None, won: int = 5_000, ago_s: int = 0):
        city, till = seller.city, till or seller.till
        self.line, self.code = seller.line, phone.code(5_000)
        self.deposit = till._sign(Deposit(
            till.number, till.shop, city.id_of(self.code), won, city.now_s() - ago_s, os.urandom(8),
            cose.parse(self.code).body.expires_at_s, reference, 0,
        ))

    def settle(self):
        return self.line.post("/api/sales", {"payer": text(self.code), "payee": text(self.deposit)})


def taken(seller: Vendor, phone: Phone, **how) -> Offline:
    """The till has it on the screen, the line breaks, and the till takes a code."""
    seller.take_up("a", life_s=50)
    return Offline(seller, phone, **how)


def test_settled_before_the_deadline_it_is_completed_at_once(seller, phone):
    seller.put("a", deadline_s=60)
    paid = taken(seller, phone).settle()
    done = seller.get("a")
    assert (done["state"], done["entry"], done["receipt"]) == ("COMPLETED", paid.json["entry"], paid.json["receipt"])
    assert done["taken_offline_at_s"] == seller.city.now_s()


def test_one_that_timed_out_meanwhile_is_completed_when_the_till_is_back_and_the_webhook_is_told(
    seller, phone, hook, receiver,  # noqa: F811
):
    seller.put("a", deadline_s=60, webhook=hook["webhook"])
    offline = taken(seller, phone)
    seller.city.wait(3_600)
    seller.look()
    ended = seller.get("a")
    assert (ended["state"], ended["cancel_reason"], ended["taken_offline_at_s"]) == ("CANCELED", "TIMED_OUT", None)
    paid = offline.settle()
    seller.look()
    done = seller.get("a")
    assert (done["state"], done["entry"], done["cancel_reason"]) == ("COMPLETED", paid.json["entry"], None)
    deliver(seller, receiver)
    assert [json.loads(body)["data"]["state"] for _, body in receiver.heard] == ["IN_PROGRESS", "CANCELED", "COMPLETED"]


def arrives(seller: Vendor, offline: Offline) -> None:
    """At the counter, and is not decided yet: the ledger said to come again."""
    checkout.deposited(seller.city.office, open_signed(seller.city.office, offline.deposit, (Deposit,)))


def test_while_it_is_not_decided_it_stays_in_progress_past_its_deadline_and_nobody_asks_again(seller, phone):
    seller.put("a", deadline_s=60)
    offline = taken(seller, phone)
    arrives(seller, offline)
    seller.city.wait(3_600)
    seller.look()
    held = seller.get("a")
    assert (held["state"], held["request"]) == ("IN_PROGRESS", None)
    assert held["taken_offline_at_s"] == seller.city.now_s() - 3_600
    assert held["payable_until_s"] == cose.parse(offline.deposit).body.expires_at_s
    assert seller.as_till("GET", "/api/till/checkouts").json["checkouts"] == []
    assert seller.as_till("POST", "/api/till/checkouts/a/take").json["word"] == "CHECKOUT_OVER"
    for who in (seller.ask, seller.as_till):
        assert who("POST", "/api/checkouts/a/cancel").json["word"] == "CHECKOUT_OVER"
    offline.settle()
    assert seller.get("a")["state"] == "COMPLETED"


def test_a_deposit_that_is_on_another_code_holds_no_checkout(seller, phone):
    """No refusal of it is remembered, so nobody could say later that it never settles."""
    seller.put("a", deadline_s=60)
    offline = taken(seller, phone)
    offline.code = phone.code(5_000)
    assert offline.settle().word == "OTHER_CODE"
    assert seller.get("a")["taken_offline_at_s"] is None
    assert seller.ask("POST", "/api/checkouts/a/cancel").json["state"] == "CANCELED"


def test_one_that_the_ledger_refuses_for_good_ends_as_if_nobody_had_paid(seller, phone):
    seller.put("a", deadline_s=60)
    offline = taken(seller, phone)
    arrives(seller, offline)
    seller.city.stop(seller.till)
    assert offline.settle().json["word"] == "TILL_REVOKED"
    seller.city.wait(64)
    seller.look()
    listed = {one.id: one for one in checkout.checkouts.page(seller.city.office.people, seller.till.shop, 2**52, 9, {})}
    assert (listed["a"].state, listed["a"].why, listed["a"].watched) == ("CANCELED", "TIMED_OUT", 0)


@pytest.mark.parametrize("how", [{"reference": b""}, {"reference": b"ORDER-2"}, {"won": 4_999}, {"ago_s": 300}])
def test_a_deposit_of_something_else_completes_nothing(seller, phone, how):
    seller.city.wait(400)
    seller.put("a", deadline_s=60)
    assert taken(seller, phone, **how).settle().status == 200
    assert seller.get("a")["state"] == "IN_PROGRESS"
    seller.city.wait(64)
    assert seller.get("a")["state"] == "CANCELED"


def test_another_shops_deposit_completes_nothing_here(seller, other, phone):
    seller.put("a")
    seller.take_up("a")
    assert Offline(other, phone).settle().status == 200
    assert seller.get("a")["state"] == "IN_PROGRESS"


def test_another_till_of_the_shop_may_bring_it(seller, city, phone):
    seller.put("a", deadline_s=60)
    seller.take_up("a", life_s=50)
    offline = Offline(seller, phone, till=city.till(seller.till.shop))
    seller.city.wait(3_600)
    offline.settle()
    seller.look()
    assert seller.get("a")["state"] == "COMPLETED"


def test_two_checkouts_alike_are_completed_by_two_deposits_and_one_sent_again_completes_one(seller, phone):
    for one in "ab":
        seller.put(one, deadline_s=60)
        seller.take_up(one, life_s=50)
    first, second = Offline(seller, phone), Offline(seller, phone)
    entries = [first.settle().json["entry"] for _ in range(2)]
    assert [seller.get(one)["state"] for one in "ab"] == ["COMPLETED", "IN_PROGRESS"]
    entries.append(second.settle().json["entry"])
    assert [seller.get(one)["entry"] for one in "ab"] == entries[1:]
