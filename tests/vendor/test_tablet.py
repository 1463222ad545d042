"""A tablet at the counter and a vendor's program: what it asks for is on the screen at once, and nobody types anything."""

import hashlib
import secrets

import pytest
from playwright.sync_api import expect

from app.desk import vendor
from tests.cast import Line, Owner, raw, text, until
from tests.desk import test_offline as desk_phone
from tests.till.conftest import browser, kim, new_tablet, playwright, tablet, town  # noqa: F401  fixtures
from tests.till.test_looks import faults
from tests.till.test_offline import PASTE, cut, knows_figures, mend, taken
from tests.till.town import PIN
from tests.vendor.program import Program


@pytest.fixture(scope="module")
def token(town) -> str:  # noqa: F811
    """Of the restaurant, made at another of its tills."""
    till, made = town.till(), vendor.PREFIX + secrets.token_urlsafe(32)
    digest = hashlib.sha256(made.encode()).digest()
    answer = Line(town.url).post("/api/tokens", {"name": "주문 프로그램", "digest": text(digest)}, Owner(till))
    assert answer.status == 200, answer.json
    return made


@pytest.fixture
def program(tablet, town, token) -> Program:  # noqa: F811
    return Program(town.url, token, tablet.number)


def ids() -> str:
    return secrets.token_urlsafe(8)


def test_what_a_program_asks_for_is_on_the_screen_at_once_and_paid(program, tablet, town, kim):  # noqa: F811
    one = ids()
    program.put(one, 4_300)
    expect(tablet.page.locator(".waiting .amount")).to_contain_text("4,300원", timeout=3000)
    expect(tablet.page.locator(".asked-by")).to_contain_text("R-4300")
    assert faults(tablet.page) == []
    assert until(lambda: program.state(one)["request"]) == tablet.shown()
    town.pay(kim, tablet.shown())
    expect(tablet.paid).to_contain_text("4,300원")
    until(lambda: program.state(one)["state"] == "COMPLETED")
    tablet.page.keyboard.press("Enter")
    assert program.state(one)["cashier"] == 2


def test_a_customers_code_pays_it_too(program, tablet, town, kim):  # noqa: F811
    one = ids()
    program.put(one, 2_600)
    expect(tablet.page.locator(".waiting .amount")).to_contain_text("2,600원")
    tablet.page.wait_for_selector("a.text")
    tablet.scan(town.text(kim.code(50_000)))
    expect(tablet.paid).to_contain_text("2,600원")
    done = until(lambda: (found := program.state(one))["state"] == "COMPLETED" and found)
    assert done["reference_id"] == "R-2600"


def test_a_checkout_waits_while_a_customer_is_served_and_comes_after(program, tablet, town, kim):  # noqa: F811
    tablet.page.clock.install()
    request = tablet.ask("700")
    one = ids()
    program.put(one, 900)
    tablet.page.wait_for_timeout(1500)
    expect(tablet.page.locator(".waiting .amount")).to_contain_text("700원")
    assert program.state(one)["state"] == "PENDING"
    town.pay(kim, request)
    expect(tablet.paid).to_contain_text("700원")
    tablet.page.wait_for_timeout(1500)
    expect(tablet.paid).to_contain_text("700원")            # nobody has read it yet
    tablet.page.clock.fast_forward(7000)
    expect(tablet.page.locator(".waiting .amount")).to_contain_text("900원", timeout=5000)


def test_the_program_takes_it_back_and_the_screen_says_so(program, tablet):  # noqa: F811
    one = ids()
    program.put(one, 1_250)
    expect(tablet.page.locator(".waiting .amount")).to_contain_text("1,250원")
    tablet.page.wait_for_selector("a.text")
    program.ask("POST", f"/api/checkouts/{one}/cancel", {})
    expect(tablet.page.locator(".notice")).to_contain_text("프로그램이 1,250원 결제를 거두었습니다", timeout=3000)
    expect(tablet.page.locator(".keypad")).to_be_visible()


def test_the_cashier_ends_it_and_the_program_knows_who_did(program, tablet):  # noqa: F811
    one = ids()
    program.put(one, 1_350)
    tablet.page.get_by_role("button", name="이 결제 취소").click()
    ended = until(lambda: (found := program.state(one))["state"] == "CANCELED" and found)
    assert ended["cancel_reason"] == "TILL"


def test_a_reload_shows_the_same_request_again(program, tablet):  # noqa: F811
    one = ids()
    program.put(one, 1_450)
    tablet.page.wait_for_selector("a.text")
    shown = tablet.shown()
    tablet.page.reload()
    tablet.start()
    tablet.page.wait_for_selector("a.text")
    assert program.state(one)["state"] == "IN_PROGRESS"
    assert tablet.shown() == shown


def test_the_owner_makes_a_token_at_the_tablet_and_takes_it_back(tablet, town):  # noqa: F811
    page = tablet.page
    page.get_by_role("button", name="설정", exact=True).click()
    page.get_by_label("어느 프로그램인가요").fill("배달 프로그램")
    page.locator("#token-pin").fill("0000")
    page.get_by_role("button", name="열쇠 만들기").click()
    expect(page.locator(".programs")).to_contain_text("비밀번호")
    page.locator("#token-pin").fill(PIN)
    page.get_by_role("button", name="열쇠 만들기").click()
    token = page.locator("code.token").text_content(timeout=20_000)
    assert faults(page) == []
    program = Program(town.url, token, tablet.number)
    assert program.put(ids(), 1_000)["state"] == "PENDING"
    expect(page.locator(".tokens")).to_contain_text("배달 프로그램")
    page.get_by_role("button", name="배달 프로그램 열쇠 지우기").click()
    for pin in ("0000", PIN):
        assert program.put(ids(), 1_000)["state"] == "PENDING"
        page.locator(".programs #gate").fill(pin)
        page.get_by_role("button", name="연결 끊기").click()
        expect(page.locator(".programs #gate")).to_have_value("")
        assert faults(page) == []
    expect(page.locator(".tokens li", has_text="배달 프로그램")).to_have_count(0)
    assert program.put(ids(), 1_000)["word"] == "TOKEN_UNKNOWN"


def test_what_was_taken_without_a_network_completes_the_checkout_when_the_line_is_back(program, tablet, town):  # noqa: F811
    knows_figures(tablet)
    payer = desk_phone.Phone(town, town.wallet(help_won=20_000))
    code = payer.code(9_000) + raw(payer.answer.json["certificate"])
    one = ids()
    program.put(one, 2_150)
    expect(tablet.page.locator(".waiting .amount")).to_contain_text("2,150원")
    tablet.page.wait_for_selector("a.text")
    cut(tablet)
    tablet.page.evaluate(PASTE, town.text(code))
    taken(tablet, "2,150")
    tablet.page.keyboard.press("Enter")
    expect(tablet.page.locator(".keypad")).to_be_visible()
    assert program.state(one)["state"] == "IN_PROGRESS"
    mend(tablet)
    done = until(lambda: (found := program.state(one))["state"] == "COMPLETED" and found, 20)
    assert done["entry"] and done["taken_offline_at_s"] and done["reference_id"] == "R-2150"
    assert tablet.page.locator(".waiting").count() == 0     # nobody is asked twice
