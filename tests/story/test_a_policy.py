"""Two figures of the policy that hold for one day: what a person may spend, and what a hairdresser counts as. They begin by
themselves and end by themselves; the console, the wallet and the till say the same on each of the three days."""

from dataclasses import dataclass
from datetime import timedelta

import pytest
from playwright.sync_api import expect, sync_playwright

from tests.cast import HAIR, HELP, RESTAURANT
from tests.console.desk import ADMINISTRATOR, CHECKER
from tests.story.dated import DatedTown, Seat
from tests.till.town import Tablet
from tests.wallet.phone import FLAGS, Phone, new_phone

DAY_KNOWN, SHOP_CATEGORY = 9, 14
DAY_WON, SAID, OWN = 5_000, "5,000원 (오천 원)", "등록된 업종"
LIMIT, CATEGORY = "하루 사용 한도: 등록된 사람", "가게의 업종: 오창 머리방"


@dataclass
class Days:
    town: DatedTown
    administrator: Seat
    checker: Seat
    kim: Phone
    restaurant: Tablet
    hairdresser: Tablet


@pytest.fixture
def days(chromium, tmp_path_factory):
    town = DatedTown(tmp_path_factory.mktemp("policy") / "data")     # forked before a browser is there
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        seats = [Seat(browser, town, number).sign_in().with_key() for number in (ADMINISTRATOR, CHECKER)]
        tablets = [Tablet(browser, town).pair(shop).start() for shop in (RESTAURANT, HAIR)]
        yield Days(town, *seats, new_phone(browser, town).open(), *tablets)
        browser.close()
    town.close()


def test_a_policy_that_switches_and_reverts_on_its_dates(days):
    town = days.town
    kim_has_money(days)
    before, first, after = town.day(), town.day(1), town.day(2)
    two_officers_set_both_figures_for_tomorrow(days, first)
    the_console_says(days, LIMIT, "한도 없음", [(first, SAID), (after, "한도 없음")])
    the_console_says(days, CATEGORY, OWN, [(first, "음식점"), (after, OWN)])
    the_wallet_has_no_limit_and_the_hairdresser_takes_no_help(days)
    assert town.day() == before

    morning(days, first + timedelta(hours=10))
    the_console_says(days, LIMIT, SAID, [(after, "한도 없음")])
    the_console_says(days, CATEGORY, "음식점", [(after, OWN)])
    the_wallet_says_its_limit_and_the_hairdresser_takes_help(days)

    morning(days, after + timedelta(minutes=1))
    the_console_says(days, LIMIT, "한도 없음", [])
    assert not row(days, CATEGORY).is_visible()         # nothing is set for it any more
    the_wallet_has_no_limit_and_the_hairdresser_takes_no_help(days)


def kim_has_money(days: Days) -> None:
    class Kim:
        """As the counter needs a wallet."""
        account = bytes.fromhex(days.kim.make_wallet())
        person, reference = b"", ""

    days.town.link(Kim)
    days.town.top_up(HELP, {Kim: 50_000})


def morning(days: Days, when) -> None:
    """The shops open: a till's page that was left open over night goes by yesterday's clock until it asks."""
    days.town.turn_to(when)
    for tablet in (days.restaurant, days.hairdresser):
        tablet.restart()


# --- the office ----------------------------------------------------------------------------

def two_officers_set_both_figures_for_tomorrow(days: Days, first) -> None:
    day = f"{first:%Y-%m-%d}"
    for subject, how in ((DAY_KNOWN, amount), (SHOP_CATEGORY, category)):
        days.administrator.go(f"/console/policies/{subject}")
        how(days.administrator)
        days.administrator.fill(**{"from": day, "until": day})
        days.administrator.press("서명하러 가기")
        expect(days.administrator.page.locator("main")).to_contain_text(f"{first.month}월 {first.day}일 24:00")
        days.administrator.press("서명하고 보내기")
        expect(days.administrator.page.get_by_text("다른 담당자의 확인을 기다리고 있습니다")).to_be_visible()
        days.checker.go("/console")
        days.checker.page.get_by_role("link").filter(has_text="승인할 제안").first.click()
        days.checker.press("승인 서명하기")
        expect(days.checker.page.locator("h1")).to_contain_text("완료")


def amount(seat: Seat) -> None:
    seat.fill(figure=str(DAY_WON))


def category(seat: Seat) -> None:
    seat.page.locator("[name=target]").select_option(label="오창 머리방")
    seat.page.locator("[name=figure]").select_option(label="음식점")


def row(days: Days, what: str):
    days.administrator.sign_in().go("/console/policies")
    return days.administrator.page.get_by_role("row").filter(has_text=what)


def the_console_says(days: Days, what: str, now: str, coming: list[tuple]) -> None:
    """What holds, and what will change, each with its moment."""
    cells = row(days, what).locator("td")
    expect(cells.nth(0)).to_have_text(now)
    said = [f"{when:%Y}년 {when.month}월 {when.day}일 00:00부터 {figure}" for when, figure in coming]
    expect(cells.nth(1)).to_have_text("".join(said) or "바뀔 것이 없습니다")


# --- the shops -----------------------------------------------------------------------------

def the_wallet_has_no_limit_and_the_hairdresser_takes_no_help(days: Days) -> None:
    kim = days.kim
    kim.open()
    expect(kim.page.locator(".balance .amount strong")).to_be_visible()
    expect(kim.page.locator(".balance .limit")).to_have_count(0)
    kim.paste(days.hairdresser.ask("1000"))
    expect(kim.page.locator("main")).to_contain_text("여기서 쓸 수 있는 돈 0원")
    expect(kim.page.get_by_role("button", name="내기", exact=True)).to_have_count(0)
    kim.open()
    kim.paste(days.restaurant.ask("6000"))
    kim.tap("내기", exact=True)
    expect(days.restaurant.paid).to_contain_text("6,000원")


def the_wallet_says_its_limit_and_the_hairdresser_takes_help(days: Days) -> None:
    kim = days.kim
    kim.open()
    expect(kim.page.locator(".balance .limit")).to_contain_text("하루에 5,000원까지 쓸 수 있습니다")
    kim.tap("내 코드")
    days.restaurant.ask(str(DAY_WON + 1))
    days.restaurant.scan(kim.code_text())
    expect(days.restaurant.refused).to_contain_text("오늘 쓸 수 있는 금액을 넘습니다")
    kim.open()
    kim.paste(days.hairdresser.ask(str(DAY_WON)))
    kim.tap("내기", exact=True)
    expect(days.hairdresser.paid).to_contain_text("5,000원")
    kim.open()
    expect(kim.page.locator(".balance .limit")).to_contain_text("지금은 0원까지")
