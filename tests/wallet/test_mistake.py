"""Paid by mistake: the payer asks the shop from the phone and is told what it answers, for ten minutes."""

import secrets
import time

import pytest
from playwright.sync_api import expect

from app.money import orders
from app.people import mistakes
from tests.wallet.town import base64url


@pytest.fixture
def paid(phone, town, shop) -> int:
    """A phone that has just paid 4,000 won; the payment's number."""
    phone.with_money(10_000)
    phone.paste(shop.request(4_000))
    phone.tap("내기", exact=True)
    expect(phone.page.get_by_role("heading", name="결제되었습니다")).to_be_visible()
    return next(one["entry"] for one in phone.kept("payments") if one["state"] == "settled")


def ask(phone) -> None:
    phone.tap("잘못 냈어요")
    phone.tap("가게에 취소 물어보기")
    expect(phone.page.get_by_text("가게 화면에 물어보았습니다")).to_be_visible()


def void(shop, entry: int) -> dict:
    body = orders.Void(shop.number, shop.shop, entry, secrets.token_bytes(8), int(time.time()) + 300, 0)
    return shop.town.post("/api/refunds", {"message": base64url(shop.sign(body))})


def test_the_shop_is_asked_and_its_yes_is_the_money(phone, town, shop, paid):
    ask(phone)
    assert [one.entry for one in mistakes.of_till(town.counter.office.people, shop.number, 0)] == [paid]
    assert "receipt" in void(shop, paid)
    expect(phone.page.get_by_text("4,000원을 돌려받았습니다")).to_be_visible()
    assert phone.complaints == []


def test_the_shops_no_is_told_and_the_question_is_not_asked_twice(phone, town, shop, paid):
    ask(phone)
    office = town.counter.office
    topic = f"account/{office.store.news(paid - 1, 1)[0].accounts[0]}"
    mistakes.refuse(office.people, paid, shop.number, 0, topic)
    expect(phone.page.get_by_text("가게가 취소하지 않겠다고 답했습니다")).to_be_visible()
    expect(phone.page.get_by_role("button", name="가게에 취소 물어보기")).to_have_count(0)
    phone.page.goto(f"{town.url}/#/history")
    phone.page.reload()
    phone.page.get_by_role("button", name="영수증 보기").first.click()
    phone.tap("잘못 냈어요")
    expect(phone.page.get_by_text("가게가 취소하지 않겠다고 답했습니다")).to_be_visible()


def test_without_a_line_the_phone_says_so_and_asks_when_it_is_tapped_again(phone, paid):
    phone.tap("잘못 냈어요")
    expect(phone.page.get_by_role("button", name="가게에 취소 물어보기")).to_be_visible()
    phone.page.route("**/api/mistakes", lambda route: route.abort())
    phone.tap("가게에 취소 물어보기")
    expect(phone.page.get_by_role("alert")).to_contain_text("인터넷", timeout=15_000)
    phone.page.unroute("**/api/mistakes")
    phone.tap("가게에 취소 물어보기")
    expect(phone.page.get_by_text("가게 화면에 물어보았습니다")).to_be_visible()
