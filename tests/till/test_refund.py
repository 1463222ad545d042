"""Giving back: two taps and the owner's PIN; never more than was paid, never without the PIN."""

import pytest
from playwright.sync_api import expect

from app.money import orders
from tests.till.town import PIN


@pytest.fixture
def sold(tablet, town, kim):
    """A till that sold for 8,000 and 3,000 won; the entry of the first sale."""
    entry = town.pay(kim, tablet.ask("8000"))
    expect(tablet.paid).to_be_visible()
    tablet.page.keyboard.press("Enter")
    town.pay(kim, tablet.ask("3000"))
    expect(tablet.paid).to_be_visible()
    tablet.page.keyboard.press("Enter")
    tablet.page.get_by_role("button", name="판매 내역").click()
    return entry


def give_back(tablet, pin: str, amount: str | None = None) -> None:
    if amount is not None:
        tablet.page.get_by_label("환불할 금액").fill(amount)
    tablet.page.get_by_label("환불 비밀번호").fill(pin)
    tablet.page.locator(".button.danger").click()


def test_the_list_shows_the_day_and_finds_a_sale_by_its_number(tablet, sold):
    rows = tablet.page.locator("tbody tr")
    expect(rows).to_have_count(2)
    expect(tablet.page.locator(".totals")).to_contain_text("11,000원")
    tablet.page.get_by_label("번호·금액·직원 찾기").fill(str(sold))
    expect(rows).to_have_count(1)
    expect(rows).to_contain_text("8,000원")


def test_a_part_goes_back_and_then_the_rest(tablet, town, kim, sold):
    before_won = town.balance_won(kim)
    for amount, left in (("2500", "2,500원 환불함"), (None, "모두 환불함")):
        tablet.page.get_by_role("button", name=f"거래 {sold}, ").click()
        give_back(tablet, PIN, amount)
        expect(tablet.paid).to_contain_text("환불 완료")
        tablet.page.keyboard.press("Enter")
        tablet.page.get_by_role("button", name="판매 내역").click()
        expect(tablet.page.locator("tbody tr", has_text="8,000원")).to_contain_text(left)
    expect(tablet.page.locator(".totals")).to_contain_text("3,000원")
    assert town.balance_won(kim) == before_won + 8_000


def test_a_wrong_pin_gives_nothing_back_and_after_five_the_till_waits(tablet, town, kim, sold):
    before_won = town.balance_won(kim)
    tablet.page.get_by_role("button", name=f"거래 {sold}, ").click()
    for _ in range(5):
        give_back(tablet, "0000")
        expect(tablet.page.locator(".refusal")).to_contain_text("환불 비밀번호가 다릅니다")
        expect(tablet.page.get_by_label("환불 비밀번호")).to_have_value("")
    give_back(tablet, PIN)
    expect(tablet.page.locator(".refusal")).to_contain_text("잠시 쉬었다가 해 주세요")
    assert town.balance_won(kim) == before_won


def test_more_than_was_paid_can_not_be_typed(tablet, sold):
    tablet.page.get_by_role("button", name=f"거래 {sold}, ").click()
    tablet.page.get_by_label("환불 비밀번호").fill(PIN)
    for amount in ("8001", "0", ""):
        tablet.page.get_by_label("환불할 금액").fill(amount)
        expect(tablet.page.locator(".button.danger")).to_be_disabled()
        expect(tablet.page.locator(".wrong")).to_contain_text("1원부터 8,000원까지")


def test_a_lost_answer_gives_back_once(tablet, town, kim, sold):
    before_won, lost = town.balance_won(kim), []

    def lose(route):
        route.fetch()
        lost.append(route.request.post_data)
        route.abort()

    tablet.page.route("**/api/refunds", lose)
    tablet.page.get_by_role("button", name=f"거래 {sold}, ").click()
    give_back(tablet, PIN)
    expect(tablet.paid).to_contain_text("8,000원", timeout=15_000)
    assert len(set(lost)) == 1
    assert town.balance_won(kim) == before_won + 8_000


def test_a_till_without_the_right_offers_no_refund(new_tablet, town, kim):
    tablet = new_tablet.pair(rights=orders.RECEIVE).start()
    town.pay(kim, tablet.ask("500"))
    expect(tablet.paid).to_be_visible()
    tablet.page.keyboard.press("Enter")
    tablet.page.get_by_role("button", name="판매 내역").click()
    expect(tablet.page.locator("tbody tr")).to_have_count(1)
    expect(tablet.page.get_by_role("button", name="환불")).to_have_count(0)
