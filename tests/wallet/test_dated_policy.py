"""While it has no line a phone follows the dates of the city's policy by itself, as the tills do."""

import re
import time

from playwright.sync_api import expect

from app.money import policy
from tests.wallet.phone import new_phone
from tests.wallet.test_line import kept_for_offline

HOUR_S, HOUR_MS = 3_600, 3_600_000
SWITCHED_OFF = "시에서 인터넷 없이 내기를 꺼 두었습니다"


def test_a_phone_without_a_line_stops_and_goes_on_when_the_city_said_so_beforehand(browser, town):
    off_s = int(time.time()) + 8 * HOUR_S
    town.counter.set_policy(policy.OFFLINE_PAYER, 0, off_s, off_s + HOUR_S)
    phone = new_phone(browser, town)
    phone.page.clock.install()
    phone.open().with_money(50_000)
    kept_for_offline(phone)
    line = phone.page.locator(".without-line")
    expect(line).to_contain_text("인터넷 없이도 30,000원까지", timeout=20_000)
    assert time.strftime("%H:%M", time.gmtime(off_s + 9 * HOUR_S)) in line.inner_text()
    phone.context.set_offline(True)
    phone.page.reload()

    phone.page.clock.fast_forward(int(off_s - time.time()) * 1000 - 40_000)
    phone.tap("내 코드")
    phone.tap("가게도 인터넷이 없어요")
    phone.page.get_by_label("낼 금액 (원)").fill("5000")
    phone.tap("이 금액으로 코드 만들기")
    left_s = int(re.search(r"\d+", phone.page.locator(".both-offline .countdown").inner_text())[0])
    assert 0 < left_s <= 42                                 # and not the minute that a code has otherwise
    phone.page.clock.fast_forward(45_000)
    expect(phone.page.get_by_text("이 코드의 시간이 지났습니다")).to_be_visible()
    phone.tap("새 코드 만들기")
    expect(phone.page.get_by_text(SWITCHED_OFF)).to_be_visible()
    expect(phone.page.get_by_label("낼 금액 (원)")).to_have_count(0)
    phone.tap("처음으로")
    expect(line).to_contain_text(SWITCHED_OFF)

    phone.page.clock.fast_forward(HOUR_MS)
    expect(line).to_contain_text("인터넷 없이도 25,000원까지")     # what was shown counts as spent
    assert phone.complaints == [] or all("ERR_INTERNET" in one for one in phone.complaints)
    phone.context.close()
