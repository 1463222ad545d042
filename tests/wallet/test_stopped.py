"""A phone whose key has ended: it says so at once, when, and what to do if that was somebody else's doing; it knows nothing more
of the money, and goes nowhere else until its owner empties it."""

import time

import pytest
from playwright.sync_api import expect

from tests.wallet.phone import new_phone
from tests.wallet.test_line import kept_for_offline

STOPPED = "이 휴대전화의 지갑이 멈추었습니다"
BY_ANOTHER = "이 지갑을 다른 휴대전화로 옮겼습니다"


@pytest.fixture
def replaced(phone, browser, town):
    """A phone that lies on its first screen, and nobody touches it; and what puts another in its place."""
    phone.with_money(40_000)
    kept_for_offline(phone)
    old = phone.kept("account")
    other = new_phone(browser, town).open()
    other.make_wallet()

    def replace() -> None:
        town.counter.move_key(other.kept("account")["last"], old["account"], town.counter.key_of(old["last"]))

    yield phone, other, replace
    other.context.close()


def says_stopped(phone, timeout: int = 8_000) -> None:
    expect(phone.page.get_by_role("heading", name=STOPPED)).to_be_visible(timeout=timeout)
    main = phone.page.locator("main")
    expect(main).to_contain_text("본인이 하신 일이 아닌가요?")
    expect(main).not_to_contain_text("40,000")
    expect(main).to_contain_text(time.strftime("%Y년 ") + str(time.gmtime(time.time() + 9 * 3600).tm_mon) + "월")


def test_a_phone_that_lies_open_says_at_once_that_another_took_its_place(replaced):
    phone, other, replace = replaced
    phone.page.evaluate("Math.random = () => 0")    # phones ask spread over seconds, after a break
    phone.page.wait_for_timeout(6_500)              # it listens now
    replace()
    says_stopped(phone)
    expect(phone.page.locator("main")).to_contain_text(BY_ANOTHER)
    assert phone.page.get_by_role("link", name="전화하기").get_attribute("href").startswith("tel:")
    assert (phone.kept("view"), phone.kept("offline")) == (None, None)      # whoever holds it reads no balance out of it
    other.page.reload()
    expect(other.page.locator(".balance .amount strong")).to_have_text("40,000원")


def test_without_a_line_and_by_any_way_back_it_still_says_so(replaced):
    phone, _, replace = replaced
    replace()
    phone.page.reload()
    says_stopped(phone)
    phone.context.set_offline(True)
    for path in ("/", "/#/code", "/#/history", "/P#37229055714697304083"):
        phone.page.goto(phone.town.url + path)
        phone.page.reload()
        says_stopped(phone)
    phone.tap("도움말")
    expect(phone.page.get_by_text("휴대전화를 잃어버렸을 때")).to_be_visible()
    phone.tap("처음으로")
    says_stopped(phone)
    expect(phone.page.get_by_role("button", name="내 코드")).to_have_count(0)


def test_a_code_on_its_screen_goes_too(replaced):
    phone, _, replace = replaced
    phone.tap("내 코드")
    expect(phone.page.locator(".qr svg")).to_be_visible()
    phone.page.wait_for_timeout(500)
    replace()
    says_stopped(phone, 15_000)


def test_its_owner_empties_it_by_two_touches_and_has_a_new_wallet(phone, town):
    phone.with_money(40_000)
    town.counter.stop_key(town.counter.key_of(phone.kept("account")["last"]))
    phone.page.reload()
    says_stopped(phone)
    expect(phone.page.locator("main")).not_to_contain_text(BY_ANOTHER)
    phone.tap("이 휴대전화 비우기")
    expect(phone.page.get_by_text("본인이 하신 일이 아니면 비우지 마세요")).to_be_visible()
    phone.tap("비우지 않기")
    says_stopped(phone)
    phone.tap("이 휴대전화 비우기")
    phone.tap("비우고 새로 시작하기")
    phone.make_wallet()
    expect(phone.page.locator(".balance .amount strong")).to_have_text("0원")


def test_a_phone_hears_of_a_device_that_was_added_beside_it_until_its_owner_says_so(phone, browser, town):
    phone.with_money(40_000)
    added = "이 지갑에 다른 기기가 더해졌습니다"
    expect(phone.page.get_by_text(added)).to_have_count(0)
    other = new_phone(browser, town).open()
    other.make_wallet()
    town.counter.move_key(other.kept("account")["last"], phone.kept("account")["account"])
    phone.page.reload()
    notice = phone.page.get_by_role("alert")
    expect(notice).to_contain_text(added)
    expect(notice).to_contain_text("다른 휴대전화로도")
    assert notice.get_by_role("link", name="전화하기").get_attribute("href").startswith("tel:")
    other.page.reload()
    expect(other.page.locator(".balance .amount strong")).to_have_text("40,000원")
    expect(other.page.get_by_text(added)).to_have_count(0)      # the newer one hears nothing of the older
    phone.tap("제가 부탁했습니다")
    phone.page.reload()
    expect(phone.page.locator(".balance .amount strong")).to_have_text("40,000원")
    phone.page.wait_for_timeout(500)
    expect(phone.page.get_by_text(added)).to_have_count(0)
    other.context.close()
