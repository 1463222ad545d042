"""A bad line: nothing is taken for paid without a receipt, nothing is lost, nothing is a dead end."""

import json

import pytest
from playwright.sync_api import expect

from app.message.keys import Signer, new_seed
from tests.conftest import LONG

OFFLINE = "손님 휴대전화에 인터넷이 있으면 결제를 받을 수 있습니다"


def lose_answers(tablet, path: str = "**/api/sales") -> list[str]:
    """What reaches the server is done; its answer never arrives. What was sent."""
    sent = []

    def lose(route):
        sent.append(route.request.post_data)
        route.fetch()
        route.abort()

    tablet.page.route(path, lose)
    return sent


def deafen(tablet) -> None:
    """Nothing tells the till of what happened but the answer to what it sends."""
    for path in ("**/api/events**", "**/api/outcomes/**"):
        tablet.page.route(path, lambda route: route.abort())


def cut(tablet) -> None:
    tablet.context.set_offline(True)


def test_a_lost_answer_is_asked_for_and_the_sale_happens_once(new_tablet, town, kim):
    tablet, before_won = new_tablet, town.balance_won(kim)
    tablet.page.route("**/api/events**", lambda route: route.abort())
    tablet.pair().start()
    sent = lose_answers(tablet)
    tablet.ask("4000")
    tablet.scan(town.text(kim.code(50_000)))
    expect(tablet.paid).to_contain_text("4,000원", timeout=15_000)
    assert len(set(sent)) == 1
    assert town.balance_won(kim) == before_won - 4_000


@pytest.mark.prove
def test_after_a_reload_the_till_asks_what_became_of_the_sale(new_tablet, town, kim):
    tablet, before_won = new_tablet, town.balance_won(kim)
    deafen(tablet)
    tablet.pair().start()
    lose_answers(tablet)
    tablet.ask("4100")
    tablet.scan(town.text(kim.code(50_000)))
    expect(tablet.page.get_by_text("다시 받지 마세요")).to_be_visible(timeout=15_000)
    expect(tablet.paid).not_to_be_visible()
    tablet.page.unroute_all()
    tablet.page.reload()
    expect(tablet.page.locator(".notice")).to_contain_text("앞의 4,100원 결제가 완료되었습니다", timeout=15_000)
    assert town.balance_won(kim) == before_won - 4_100


@pytest.mark.skipif(not LONG, reason="waits for the clock: in `make prove`")
def test_a_charge_that_never_arrived_is_told_as_not_paid(new_tablet, town, kim):
    tablet = new_tablet.pair().start()
    before_won = town.balance_won(kim)
    tablet.page.route("**/api/sales", lambda route: route.abort())
    tablet.ask("4200")
    tablet.scan(town.text(kim.code(50_000, life_s=15)))
    expect(tablet.page.get_by_text("다시 받지 마세요")).to_be_visible(timeout=15_000)
    tablet.page.get_by_role("button", name="다음 손님").click()
    expect(tablet.page.locator(".strip")).to_contain_text("결과를 확인하고 있는 거래 1건")
    # The city signs that no more can come of it a minute after its end.
    expect(tablet.page.locator(".notice")).to_contain_text("앞의 4,200원은 결제되지 않았습니다", timeout=150_000)
    assert town.balance_won(kim) == before_won


@pytest.mark.prove
def test_a_receipt_for_something_else_is_never_paid(new_tablet, town, kim):
    tablet = new_tablet
    deafen(tablet)
    tablet.pair().start()
    true = {}

    def swap(route):
        answer = route.fetch()
        content = answer.json()
        true.setdefault("receipt", content["receipt"])
        route.fulfill(response=answer, body=json.dumps(content | {"receipt": true["receipt"]}))

    tablet.page.route("**/api/sales", swap)
    other = tablet.town.wallet(help_won=10_000)
    first = tablet.ask("4300")
    tablet.scan(town.text(other.payment(town.raw(first))))
    expect(tablet.paid).to_be_visible()
    tablet.page.keyboard.press("Enter")
    tablet.ask("4300")
    tablet.scan(town.text(other.code(50_000)))
    expect(tablet.refused).to_contain_text("영수증을 확인하지 못했습니다")
    expect(tablet.paid).not_to_be_visible()


def test_without_a_line_the_strip_says_so_and_it_goes_on_by_itself(tablet, town, kim):
    cut(tablet)
    expect(tablet.page.locator(".strip").first).to_contain_text(OFFLINE)
    tablet.ask("4400")
    expect(tablet.page.locator(".no-line")).to_contain_text("가게에 보여 줄 영수증")
    tablet.context.set_offline(False)
    town.pay(kim, tablet.shown())
    expect(tablet.paid).to_contain_text("4,400원", timeout=10_000)


def test_a_receipt_that_the_customers_phone_shows_is_enough_without_a_line_and_a_forged_one_is_not(new_tablet, town, kim):
    tablet = new_tablet
    deafen(tablet)
    tablet.pair().start()
    request = tablet.ask("4500")
    tablet.page.route("**/api/**", lambda route: route.abort())
    receipt = town.settle(kim, request)
    tablet.scan(town.text(receipt[:-64] + Signer(new_seed()).sign(b"a forger's")))
    expect(tablet.refused).to_contain_text("시의 영수증이 아닙니다")
    tablet.page.get_by_role("button", name="다시 받기").click()
    tablet.scan(town.text(receipt))
    expect(tablet.paid).to_contain_text("4,500원")


def test_the_till_opens_without_a_line(tablet):
    tablet.page.evaluate("navigator.serviceWorker.ready.then(() => 1)")
    tablet.page.wait_for_timeout(1500)
    cut(tablet)
    tablet.page.reload()
    tablet.page.get_by_role("button", name="영업 시작").click()
    expect(tablet.page.locator(".keypad")).to_be_visible()
    expect(tablet.page.locator(".strip").first).to_contain_text(OFFLINE)
    tablet.page.get_by_role("button", name="설정").click()
    expect(tablet.page.locator(".settings")).to_be_visible()
