"""What ends soon: said on the first screen in large words, from two weeks before, counted by the phone itself."""

import re
import time

import pytest
from playwright.sync_api import expect

from app.message import cose, qr
from app.money.orders_reading import Look
from tests.wallet.town import DAY_S

SEOUL = "Asia/Seoul"
NOW = 1_795_316_400         # 2026-11-22 12:00 in Seoul
# (days until it ends, hours more, won) → (day, days left, won, within three days) of each line
COUNTS = [
    ("nothing", [], []),
    ("an empty lot is nobody's", [(2, 0, 0)], []),
    ("what has ended is gone", [(0, 0, 500), (-1, 0, 500)], []),
    ("fifteen days are not said yet", [(14, 1, 500)], []),
    ("fourteen are", [(14, 0, 500)], [("2026-12-06", 14, 500, False)]),
    ("at three days it is stronger", [(3, 0, 500)], [("2026-11-25", 3, 500, True)]),
    ("an hour before it is not", [(3, 1, 500)], [("2026-11-25", 3, 500, False)]),
    ("one line a day, soonest first", [(5, 0, 300), (1, 0, 200), (5, 2, 100)],
     [("2026-11-23", 1, 200, True), ("2026-11-27", 5, 400, False)]),
    ("what ends at midnight was good until the day before", [(1, 12, 700)], [("2026-11-23", 1, 700, True)]),
    ("and this is today", [(0, 12, 700)], [("2026-11-22", 0, 700, True)]),
]


@pytest.fixture
def module(phone):
    """Calls a function of the module that the page itself loads."""
    source = phone.page.content()
    address = re.search(r'"static":"([^"]+)"', source.replace("&quot;", '"'))[1] + "js/wallet/ending.js"
    return lambda call: phone.page.evaluate(f"async () => {{ const its = await import('{address}'); return {call}; }}")


@pytest.mark.parametrize(("lots", "lines"), [row[1:] for row in COUNTS], ids=[row[0] for row in COUNTS])
def test_it_is_counted_by_days_of_the_citys_clocks(module, lots, lines):
    held = [{"amount_won": won, "expires_at_s": NOW + days * DAY_S + hours * 3600} for days, hours, won in lots]
    found = module(f"its.endings({held!r}, {NOW}, '{SEOUL}')")
    assert [(one["day"], one["left"], one["won"], one["soon"]) for one in found] == lines


def test_what_was_read_comes_back_at_three_days_and_when_it_is_more(module):
    then = {"2026-11-27": {"soon": False, "won": 500}}
    for soon, won, read in ((False, 500, True), (False, 400, True), (False, 501, False), (True, 500, False)):
        one = {"day": "2026-11-27", "soon": soon, "won": won}
        text = str([one, then]).replace("True", "true").replace("False", "false")
        assert module(f"its.isRead(...{text})") is read, (soon, won)


def test_it_stands_on_the_first_screen_goes_when_read_and_comes_back_without_a_line(phone):
    counter = phone.town.counter
    person = phone.with_money(30_000)
    expect(phone.page.locator(".lots")).to_be_visible()
    expect(phone.page.locator(".ending")).to_have_count(0)      # the trial city's own money is good for months
    counter.top_up(person, 12_000, counter.open_programme(10 * DAY_S))
    phone.page.reload()
    said = phone.page.locator(".ending")
    expect(said).to_contain_text("곧 기한이 끝나는 돈")
    expect(said).to_contain_text("12,000원")
    expect(said).not_to_contain_text("30,000원")
    assert re.search(r"\d+월 \d+일까지\s+(9|10)일 남았습니다", said.inner_text())
    said.get_by_role("button", name="알겠습니다").click()
    expect(said).to_have_count(0)
    phone.page.reload()
    expect(phone.page.locator(".lots")).to_be_visible()
    phone.page.wait_for_timeout(300)
    expect(said).to_have_count(0)
    phone.context.set_offline(True)
    now_ms = phone.page.evaluate("Date.now()")
    phone.page.clock.set_system_time((now_ms + 8 * DAY_S * 1000) / 1000)
    phone.tap("사용 내역")
    phone.tap("처음으로")
    expect(said).to_contain_text("며칠 안에 끝나는 돈")
    assert "soon" in said.get_attribute("class")
    above, balance = phone.page.locator(".ending.soon").bounding_box()["y"], phone.page.locator(".balance").bounding_box()["y"]
    assert above < balance


def test_a_phone_shows_a_till_that_its_owner_wants_a_slip_and_under_another_name_than_it_pays(phone, shop):
    phone.with_money(30_000)
    phone.tap("사용 내역")
    phone.tap("남은 돈을 종이로 받기")
    expect(phone.page.get_by_text("돈은 나가지 않습니다.")).to_be_visible()
    shown = cose.parse(qr.from_text(phone.code_text(), [phone.town.host])).body
    assert type(shown) is Look and 0 < shown.expires_at_s - time.time() <= 60
    phone.tap("처음으로")
    phone.tap("내 코드")
    expect(phone.page.locator(".qr-text a").first).to_be_attached()
    code = cose.parse(qr.from_text(phone.code_text(), [phone.town.host])).body
    assert code.alias != shown.alias, "a shop that sees both can't tell that they are one person's"
