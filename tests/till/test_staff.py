"""The owner adds cashiers, who sign in by PIN or QR, with and without a line; a cashier takes payments, sees today's
list and neither sums nor settings; each sale names who took it; a payer's question is answered at the till.
"""

import os
import re

import pytest
from playwright.sync_api import expect

from app.desk import act, lookup
from app.money import orders
from app.money.state import Register
from app.people import staff
from tests.cast import MAKER, Line
from tests.till.town import PIN, Tablet

OWN_PIN = "7315"


def to_team(tablet) -> None:
    tablet.page.get_by_role("button", name="설정").click()
    tablet.page.get_by_role("button", name="직원·단말기 보기").click()
    tablet.page.get_by_label("환불 비밀번호").fill(PIN)
    tablet.page.get_by_role("button", name="직원·단말기 보기").click()
    expect(tablet.page.get_by_role("heading", name="우리 가게 단말기")).to_be_visible()


def add(tablet, name: str, may_void: bool = False, pin: str = OWN_PIN) -> None:
    page = tablet.page
    page.get_by_role("button", name="직원 더하기").click()
    page.get_by_label("이름").fill(name)
    page.get_by_label("비밀번호", exact=True).fill(pin)
    if may_void:
        page.get_by_label("10분 안에는 결제를 통째로 취소할 수 있게 하기").check()
    page.get_by_role("button", name="저장").click()
    expect(page.locator(".cashiers li", has_text=name)).to_be_visible()


def change_over(tablet) -> None:
    tablet.page.locator(".top .who").click()
    expect(tablet.page.get_by_role("heading", name="누구신가요?")).to_be_visible()


def sign_in(tablet, name: str, pin: str = OWN_PIN) -> None:
    tablet.page.get_by_role("button", name=name, exact=True).click()
    tablet.page.get_by_label("내 비밀번호").fill(pin)
    tablet.page.get_by_role("button", name="들어가기").click()
    expect(tablet.page.locator(".top .who")).to_contain_text(name)


@pytest.fixture
def shop(town):
    """A new shop, so that no cashier of another test stands in its list."""
    number = act.next_number(town.office, Register.SHOP)
    town.hand_in(orders.Shop(town.numbers[MAKER], number, orders.OPEN, orders.SHOP, 1, f"가게 {number}".encode(), b"",
                             os.urandom(8), town.now_s() + 3_600))
    return number


@pytest.fixture
def staffed(new_tablet, shop):
    """A till with one cashier, whom nobody has signed in yet."""
    tablet = new_tablet.pair(shop).start()
    to_team(tablet)
    add(tablet, "김하나", may_void=True)
    change_over(tablet)
    return tablet


@pytest.fixture
def kim(town):
    """With money for every kind of shop."""
    return town.wallet(give_won=100_000)


def test_a_cashier_signs_in_takes_a_payment_that_names_them_and_sees_neither_sums_nor_settings(staffed, town, kim):
    page = staffed.page
    sign_in(staffed, "김하나")
    entry = town.pay(kim, staffed.ask("8000"))
    expect(staffed.paid).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.locator(".top .day")).to_have_count(0)
    expect(page.get_by_role("button", name="설정")).to_have_count(0)
    page.get_by_role("button", name="판매 내역").click()
    row = page.locator("tbody tr", has_text=str(entry))
    expect(row).to_contain_text("김하나")
    expect(page.locator(".totals")).not_to_contain_text("8,000")
    assert lookup.till(town.office, staffed.number)["sales"][0]["cashier"] == 1


def test_a_wrong_pin_lets_nobody_in_and_after_five_the_right_one_waits(staffed):
    page = staffed.page
    page.get_by_role("button", name="김하나", exact=True).click()
    for _ in range(5):
        page.get_by_label("내 비밀번호").fill("0000")
        page.get_by_role("button", name="들어가기").click()
        expect(page.locator(".refusal")).to_contain_text("비밀번호나 QR이 맞지 않습니다")
        expect(page.get_by_label("내 비밀번호")).to_have_value("")
    page.get_by_label("내 비밀번호").fill(OWN_PIN)
    page.get_by_role("button", name="들어가기").click()
    expect(page.locator(".refusal")).to_contain_text("잠시 쉬었다가 해 주세요")
    page.keyboard.type("5000", delay=60)
    expect(page.locator(".waiting")).to_have_count(0)


def test_without_a_line_the_till_checks_the_pin_itself_and_limits_the_tries(staffed):
    page = staffed.page
    staffed.context.set_offline(True)
    expect(page.locator(".above")).to_contain_text("인터넷이 끊", timeout=15_000)
    page.get_by_role("button", name="김하나", exact=True).click()
    page.get_by_label("내 비밀번호").fill("0000")
    page.get_by_role("button", name="들어가기").click()
    expect(page.locator(".refusal")).to_contain_text("비밀번호나 QR이 맞지 않습니다")
    page.get_by_label("내 비밀번호").fill(OWN_PIN)
    page.get_by_role("button", name="들어가기").click()
    expect(page.locator(".top .who")).to_contain_text("김하나")
    staffed.context.set_offline(False)


def test_a_qr_signs_in_at_the_scanner_and_the_old_one_ends_with_a_new_one(new_tablet, town, shop):
    tablet = new_tablet.pair(shop).start()
    page = tablet.page
    to_team(tablet)
    add(tablet, "이둘")
    texts = []
    for _ in range(2):
        page.get_by_role("button", name="QR 만들기 이둘").click()
        texts.append(page.locator(".badge .text").inner_text())
        expect(page.locator(".badge svg")).to_be_visible()
        page.get_by_role("button", name="닫기").click()
    change_over(tablet)
    page.get_by_role("button", name="카메라로 직원 QR 찍기").click()
    expect(page.get_by_text("카메라가 없습니다")).to_be_visible()
    tablet.scan(texts[0])
    expect(page.locator(".refusal")).to_contain_text("비밀번호나 QR이 맞지 않습니다")
    tablet.scan(texts[1])
    expect(page.locator(".top .who")).to_contain_text("이둘")
    assert re.fullmatch(rf"https://{town.host}/pos#staff=\d+-[0-9a-f]{{32}}", texts[1])


def test_who_left_is_signed_out_at_every_till_within_moments(staffed, browser, town, shop):
    sign_in(staffed, "김하나")
    other = Tablet(browser, town).pair(shop).start()
    page = other.page
    expect(page.get_by_role("heading", name="누구신가요?")).to_be_visible()
    page.get_by_role("button", name="주인").click()
    page.get_by_label("환불 비밀번호").fill(PIN)
    page.get_by_role("button", name="들어가기").click()
    to_team(other)
    page.get_by_role("button", name="고치기 김하나").click()
    page.get_by_role("button", name="그만둠", exact=True).click()
    page.get_by_role("button", name="김하나 그만둠 확인").click()
    expect(staffed.page.locator(".top .who")).to_have_count(0, timeout=10_000)
    other.close()


def test_a_revoked_till_says_so_within_a_minute_and_takes_nothing_more(new_tablet, town, shop):
    tablet = new_tablet.pair(shop).start()
    town.revoke(tablet.number)
    expect(tablet.page.get_by_text("사용이 정지된 단말기입니다")).to_be_visible(timeout=60_000)
    expect(tablet.page.locator(".keypad")).to_have_count(0)


def test_the_page_opened_anew_knows_the_cashier_and_asks_the_owner_again(staffed):
    sign_in(staffed, "김하나")
    staffed.page.reload()
    staffed.start()
    expect(staffed.page.locator(".top .who")).to_contain_text("김하나")
    change_over(staffed)
    staffed.page.get_by_role("button", name="주인").click()
    staffed.page.get_by_label("환불 비밀번호").fill(PIN)
    staffed.page.get_by_role("button", name="들어가기").click()
    expect(staffed.page.locator(".top .who")).to_contain_text("주인")
    staffed.page.reload()
    staffed.start()
    expect(staffed.page.get_by_role("heading", name="누구신가요?")).to_be_visible()


def test_a_cashier_without_the_right_asks_the_owner_to_answer(new_tablet, town, shop, kim):
    tablet = new_tablet.pair(shop).start()
    page = tablet.page
    to_team(tablet)
    add(tablet, "이둘")
    change_over(tablet)
    sign_in(tablet, "이둘")
    entry = town.pay(kim, tablet.ask("4000"))
    expect(tablet.paid).to_be_visible()
    page.keyboard.press("Enter")
    Line(town.url).post("/api/mistakes", {"entry": entry}, kim)
    page.get_by_role("button", name="주인 비밀번호로 돌려주기").click()
    expect(page.get_by_text("방금 잘못 받았나요?")).to_have_count(0)
    page.get_by_label("환불 비밀번호").fill(PIN)
    page.get_by_role("button", name="4,000원 환불하기").click()
    expect(tablet.paid).to_contain_text("환불 완료")
    expect(page.locator(".question")).to_have_count(0)


def test_who_left_ends_the_sale_that_is_on_the_screen_and_then_is_signed_out(staffed, town, shop, kim):
    sign_in(staffed, "김하나")
    request = staffed.ask("6000")
    people = town.office.people
    staff.change(people, shop, staff.version(people, shop), 1, {"present": False})
    staffed.page.wait_for_timeout(2_000)
    assert staffed.shown() == request
    town.pay(kim, request)
    expect(staffed.paid).to_contain_text("6,000원")
    staff.change(people, shop, staff.version(people, shop), 1, {"may_void": False})      # as each minute does
    expect(staffed.page.locator(".top .who")).to_have_count(0)
    assert lookup.till(town.office, staffed.number)["sales"][0]["cashier"] == 1
