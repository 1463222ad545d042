"""A PC that is no till yet: `serve` opens a page in which the shopkeeper pairs it, and which becomes the till's."""

import threading
import time
from urllib.parse import urlencode

import pytest
from playwright.sync_api import expect

from pos import keys, pairing
from pos.first import First
from tests.cast import RESTAURANT
from tests.till.pc import Pc, Program
from tests.till.test_looks import LOCALES, faults
from tests.till.town import PIN

SLOW_MS = 30_000


@pytest.fixture
def program(tmp_path):
    program = Program(tmp_path / "till")
    yield program
    program.kill()


def fill(page, **values: str) -> None:
    for name, value in values.items():
        page.fill(f"#{name}", value)
    page.locator("main form button").click()


def digits_of(page) -> str:
    expect(page.locator(".digits")).to_be_visible(timeout=SLOW_MS)
    return "-".join(page.locator(".digits span").all_text_contents())


def test_a_pc_is_paired_in_the_browser_by_what_the_officers_screen_shows(browser, town, kim, program):
    pc = Pc(browser, town, program)
    page = pc.page
    page.goto(program.address)
    expect(page.locator("#server")).to_be_focused()
    page.keyboard.type(f"{town.url}/pos#pair={town.pairing_code()}", delay=2)       # a scanner
    page.keyboard.press("Enter")
    expect(page.locator("#server")).to_have_value(town.url)
    expect(page.locator("#pin")).to_be_focused()
    fill(page, pin=PIN, again="1111")
    expect(page.get_by_role("alert")).to_contain_text("두 번 넣은 비밀번호가 다릅니다")
    fill(page, pin=PIN, again=PIN)
    digits = digits_of(page)
    assert digits == pairing.check_digits(keys.till(program.folder).public, keys.refund(program.folder, PIN).public)
    town.sign_till(digits)
    expect(page.get_by_role("button", name="영업 시작")).to_be_visible(timeout=SLOW_MS)
    assert pairing.read(program.folder).shop == RESTAURANT
    pc.start()
    town.pay(kim, pc.ask("4300"))
    expect(pc.paid).to_contain_text("4,300원")
    pc.close()


@pytest.mark.prove
def test_a_wrong_code_no_city_and_a_change_of_mind_leave_no_till(browser, town, program):
    pc = Pc(browser, town, program)
    page = pc.page
    page.goto(program.address)
    for server, code, said in ((town.url, "ZZZZ-ZZZZ", "연결 번호"), ("http://127.0.0.1:9", "AAAA-AAAA", "시의 서버가 답하지 않습니다"), ("", "", "모두 있어야 합니다"),
                               ("http://evil.example", "AAAA-AAAA", "https"), (town.url, "", "모두 있어야 합니다")):
        fill(page, server=server, code=code, pin=PIN, again=PIN)
        expect(page.get_by_role("alert")).to_contain_text(said, timeout=SLOW_MS)
    assert not pairing.is_paired(program.folder)
    fill(page, server=town.url, code=town.pairing_code(), pin=PIN, again=PIN)
    first = digits_of(page)
    page.get_by_role("button", name="그만두고 처음부터").click()
    expect(page.locator("#pin")).to_be_visible()
    town.sign_till(first)           # too late: it isn't waited for any more
    time.sleep(2.5)
    assert not pairing.is_paired(program.folder) and page.locator("#pin").is_visible()
    fill(page, server=town.url, code=town.pairing_code(), pin=PIN, again=PIN)
    town.sign_till(digits_of(page))
    expect(page.get_by_role("button", name="영업 시작")).to_be_visible(timeout=SLOW_MS)
    pc.close()


@pytest.mark.parametrize("locale", LOCALES)
def test_the_first_pages_are_for_everybody(browser, town, program, locale):
    pc = Pc(browser, town, program, locale=locale)
    page, seen = pc.page, {}
    page.goto(program.address)
    if locale.startswith("en"):
        page.get_by_role("link", name="English").click()
    seen["form"] = faults(page)
    page.locator("main form button").click()
    page.get_by_role("alert").wait_for()
    seen["wrong"] = faults(page)
    fill(page, server=town.url, code=town.pairing_code(), pin=PIN, again=PIN)
    digits_of(page)
    seen["digits"] = faults(page)
    assert {name: found for name, found in seen.items() if found} == {}
    pc.close()


@pytest.mark.parametrize("body", [b"", b"\xff", b"server=1&" * 50, urlencode({"server": "x" * 100_000, "pin": "a"}).encode(), b"pin=1234&again=1234&server=%00&code=%FF"])
def test_whatever_the_form_holds_is_a_sentence_and_no_bug(tmp_path, body):
    first = First(tmp_path, "ko")
    first.send(body)
    page = first.page("").decode()
    assert 'role="alert"' in page and first.state.startswith("form ") and threading.active_count() < 50
    assert "<script" not in page and not (tmp_path / "till.json").exists()
