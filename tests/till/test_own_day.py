"""A tablet without a line shows the day that stands in its own record, says that it is only that, and prints receipts from it."""

import re
import time

import pytest
from playwright.sync_api import expect

from tests.cast import raw
from tests.desk.test_offline import Phone
from tests.till.test_line import OFFLINE, cut
from tests.till.test_offline import PASTE, knows_figures, mend, taken
from tests.till.test_void import sold
from tests.till.town import PIN


@pytest.fixture
def tablet(tablet, town):
    knows_figures(tablet)
    return tablet


def test_without_a_line_the_sales_of_today_are_those_of_its_own_record(tablet, town, kim):
    page, payer = tablet.page, town.wallet(help_won=20_000)
    phone = Phone(town, payer)
    code = town.text(phone.code(9_000) + raw(phone.answer.json["certificate"]))
    back = sold(tablet, town, kim, "2600")
    entry = sold(tablet, town, kim, "8100")
    page.get_by_role("button", name="판매 내역").click()
    page.get_by_role("button", name=f"거래 {back}, ").click()
    page.get_by_role("button", name="2,600원 결제 전체 취소").click()
    expect(tablet.paid).to_contain_text("환불 완료")
    page.keyboard.press("Enter")
    cut(tablet)
    tablet.ask("3900")
    page.evaluate(PASTE, code)
    taken(tablet, "3,900")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="판매 내역").click()
    rows = page.locator("tbody tr")
    expect(rows).to_have_count(4, timeout=15_000)
    expect(page.locator(".sales .own")).to_contain_text("이 단말기에 적힌 거래만 보입니다")
    expect(rows.nth(0)).to_contain_text("3,900원")
    expect(rows.nth(0)).to_contain_text("정산 전")
    expect(rows.nth(1)).to_contain_text(f"거래 {back}의 취소")
    expect(rows.nth(2)).to_contain_text(str(entry))
    expect(rows.nth(3)).to_contain_text("모두 환불")
    expect(page.locator(".totals")).to_contain_text("8,100원2건")
    expect(rows.get_by_role("button", name="환불")).to_have_count(0)
    page.get_by_label("번호·금액·직원 찾기").fill("8100")
    expect(rows).to_have_count(1)
    rows.get_by_role("button", name="영수증").click()
    expect(page.locator(".slip .sum")).to_contain_text("8,100원")
    page.get_by_role("button", name="뒤로").click()
    mend(tablet)
    expect(page.locator(".sales .own")).to_have_count(0, timeout=15_000)
    expect(page.locator("tbody tr", has_text="3,900원").get_by_role("button", name="영수증")).to_be_visible(timeout=30_000)


def test_a_refund_that_is_typed_or_under_way_stays_on_the_screen_while_the_line_breaks_and_comes_back(worn, town, kim):
    page, broken = worn.page, worn.page.get_by_text(OFFLINE)
    entry, before_won = sold(worn, town, kim, "8300"), town.balance_won(kim)
    page.get_by_role("button", name="판매 내역").click()
    page.get_by_role("button", name=f"거래 {entry}, ").click()
    page.get_by_label("환불할 금액").fill("5000")
    page.get_by_label("환불 비밀번호").fill(PIN)
    cut(worn)
    expect(broken).to_be_visible()
    page.wait_for_timeout(500)
    expect(page.get_by_label("환불 비밀번호")).to_have_value(PIN)
    mend(worn)
    expect(broken).to_have_count(0, timeout=15_000)

    def lose(route):
        cut(worn)
        route.abort()

    page.route("**/api/refunds", lose, times=1)
    page.locator(".button.danger").click()
    expect(broken).to_be_visible(timeout=15_000)
    page.wait_for_timeout(500)
    expect(page.get_by_label("환불할 금액")).to_have_value("5000")
    mend(worn)
    expect(worn.paid).to_contain_text("환불 완료", timeout=20_000)
    assert town.balance_won(kim) == before_won + 5_000


def test_a_list_that_is_refused_says_so_once_and_leaves_the_search_its_focus(worn):
    page = worn.page
    no = {"word": "BUSY", "number": 1, "title": "", "status": 503, "now_ms": time.time_ns() // 10**6}
    page.route(re.compile(r"/api/till$"), lambda route: route.fulfill(status=503, json=no))
    page.get_by_role("button", name="판매 내역").click()
    expect(page.get_by_role("alert")).to_be_focused(timeout=15_000)
    page.get_by_label("번호·금액·직원 찾기").click()
    page.keyboard.type("8300", delay=60)
    expect(page.get_by_label("번호·금액·직원 찾기")).to_have_value("8300")
    page.unroute_all()
    page.get_by_role("button", name="다시 하기").click()
    expect(page.get_by_role("alert")).to_have_count(0)
