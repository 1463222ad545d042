"""A customer without a phone: the card before the camera or scanner, the PIN on a screen turned to them, green as always."""

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.holder import Holder, cap
from tests.till.test_offline import PASTE
from tests.till.test_looks import LOCALES, faults
from tests.till.town import Tablet

WORDS = Path(__file__).resolve().parents[2] / "static/words"


@pytest.fixture(scope="session")
def lee(town):
    cap(town, 1_000_000)
    return Holder(town, 500_000)


def card_of(town, lee) -> str:
    return f"HTTPS://{town.host.upper()}/C#{lee.card.number}"


def types_pin(tablet, pin: str) -> None:
    for digit in pin:
        tablet.page.locator(".card-pin .keypad").get_by_role("button", name=digit, exact=True).click()


def test_a_person_without_a_phone_pays_by_card_and_pin(tablet, town, lee):
    before_won = town.balance_won(lee)
    tablet.ask("8500")
    tablet.scan(card_of(town, lee))
    expect(tablet.page.get_by_role("heading", name="비밀번호 여섯 자리를 눌러 주세요")).to_be_visible()
    types_pin(tablet, lee.pin)
    assert lee.pin not in tablet.page.locator(".card-pin").inner_html(), "no digit stands on the screen or in the page"
    tablet.page.get_by_role("button", name="8,500원 내기").click()
    expect(tablet.paid).to_contain_text("결제 완료")
    assert town.balance_won(lee) == before_won - 8_500
    kept = tablet.page.evaluate("JSON.stringify([localStorage, sessionStorage])")
    assert lee.card.number not in kept and lee.card.number not in tablet.page.content()


def test_a_wrong_pin_is_asked_for_again_and_then_slows_down(tablet, town, lee):
    before_won = town.balance_won(lee)
    tablet.ask("3000")
    tablet.scan(card_of(town, lee))
    for _ in range(2):
        types_pin(tablet, lee.wrong)
        tablet.page.get_by_role("button", name="3,000원 내기").click()
        expect(tablet.page.locator(".card-pin .refusal")).to_contain_text("카드 비밀번호가 다릅니다")
        expect(tablet.page.locator(".dots .full")).to_have_count(0)
    types_pin(tablet, lee.wrong)
    tablet.page.get_by_role("button", name="3,000원 내기").click()
    expect(tablet.page.locator(".card-pin .refusal")).to_contain_text("뒤에 다시 넣을 수 있습니다")
    types_pin(tablet, lee.pin)
    expect(tablet.page.get_by_role("button", name="3,000원 내기")).to_be_disabled()
    tablet.page.get_by_role("button", name="취소").click()
    expect(tablet.page.locator("a.text")).to_be_visible()
    assert town.balance_won(lee) == before_won


@pytest.mark.parametrize("locale", LOCALES)
def test_the_cards_screens_are_for_everybody(browser, town, lee, locale):
    tablet = Tablet(browser, town).pair().start()
    page, seen = tablet.page, {}
    if locale.startswith("en"):
        tablet.open("/pos?lang=en")
        page.locator(".start .button").click()
    tablet.ask("3000")
    tablet.scan(card_of(town, lee))
    expect(page.locator(".card-pin")).to_be_visible()
    seen["empty"] = faults(page)
    types_pin(tablet, lee.wrong)
    seen["typed"] = faults(page)
    page.locator(".card-pin .button", has_text="3,000").click()
    expect(page.locator(".card-pin .refusal")).to_be_visible()
    seen["wrong"] = faults(page)
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    tablet.scan(card_of(town, lee))
    expect(page.locator(".card-pin")).to_be_visible()
    seen["without an amount"] = faults(page)
    types_pin(tablet, lee.pin)
    page.get_by_role("button", name=re.compile("남은 돈 종이로 받기|Print what is left")).click()
    page.locator(".card-left").wait_for()
    seen["on paper"] = faults(page)
    assert {name: found for name, found in seen.items() if found} == {}
    tablet.close()


def test_a_lost_answer_is_one_payment(tablet, town, lee):
    before_won, lost = town.balance_won(lee), []

    def lose(route):
        if not lost:
            route.fetch()
            lost.append(route.request.post_data)
            return route.abort()
        return route.continue_()

    tablet.page.route("**/api/cards/pay", lose)
    tablet.ask("4000")
    tablet.scan(card_of(town, lee))
    expect(tablet.page.locator(".card-pin")).to_be_visible()
    tablet.page.keyboard.type(lee.pin, delay=120)
    tablet.page.keyboard.press("Enter")
    expect(tablet.paid).to_contain_text("결제 완료", timeout=20_000)
    assert lost and town.balance_won(lee) == before_won - 4_000


def test_what_is_left_comes_out_on_paper_and_never_on_the_shops_screen(tablet, town, lee):
    left = f"{town.balance_won(lee):,}원"
    tablet.page.evaluate("window.printed = 0; window.print = () => { window.printed += 1; }; 0")
    tablet.scan(card_of(town, lee))
    types_pin(tablet, lee.pin)
    tablet.page.get_by_role("button", name="남은 돈 종이로 받기").click()
    expect(tablet.page.get_by_role("heading", name="화면을 손님 쪽으로 돌려 주세요")).to_be_visible()
    assert tablet.page.evaluate("window.printed") == 0, "a browser shows what it prints: the customer presses it"
    tablet.page.get_by_role("button", name="인쇄").click()
    expect(tablet.page.get_by_role("heading", name="종이로 인쇄했습니다")).to_be_visible()
    assert tablet.page.evaluate("window.printed") == 1
    assert left not in tablet.page.locator("body").inner_text(), "the screen shows nothing of it"
    slip = tablet.page.locator(".slip")
    expect(slip).to_be_hidden()
    tablet.page.emulate_media(media="print")
    expect(slip).to_be_visible()
    paper = tablet.page.locator("body").inner_text()
    assert left in paper and "까지" in paper and lee.card.number[-4:] in paper
    assert lee.card.number not in paper and "종이로 인쇄했습니다" not in paper
    tablet.page.emulate_media(media="screen")
    tablet.page.get_by_role("button", name="닫기").click()
    expect(tablet.page.locator(".card-left")).to_have_count(0)
    tablet.page.get_by_role("button", name="판매 내역").click()
    expect(tablet.page.get_by_label("번호·금액·직원 찾기")).to_be_visible()
    assert left not in tablet.page.content()


def test_what_a_phone_has_comes_out_on_paper_when_it_shows_so_beside_a_sale_and_without_one(tablet, town, kim):
    left = f"{town.balance_won(kim):,}원"
    tablet.page.evaluate("window.printed = 0; window.print = () => { window.printed += 1; }; 0")
    for ask, count in ((False, 1), (True, 2)):
        if ask:
            tablet.ask("4300")
        tablet.page.evaluate(PASTE, town.text(kim.look()))
        tablet.page.get_by_role("button", name="인쇄").click()
        expect(tablet.page.get_by_role("heading", name="종이로 인쇄했습니다")).to_be_visible()
        assert tablet.page.evaluate("window.printed") == count and left not in tablet.page.locator("body").inner_text()
        tablet.page.emulate_media(media="print")
        assert left in tablet.page.locator("body").inner_text() and "휴대전화 지갑" in tablet.page.locator("body").inner_text()
        tablet.page.emulate_media(media="screen")
        tablet.page.get_by_role("button", name="닫기").click()
    tablet.scan(town.text(kim.code(50_000)))
    expect(tablet.paid).to_contain_text("4,300원")


def test_a_look_that_is_too_old_is_told_and_prints_nothing(tablet, town, kim):
    tablet.page.evaluate(PASTE, town.text(kim.look(-5)))
    expect(tablet.page.locator(".card-left .refusal")).to_be_visible()
    tablet.page.get_by_role("button", name="닫기").click()
    expect(tablet.page.locator(".card-left")).to_have_count(0)


def test_a_wrong_pin_prints_nothing(tablet, town, lee):
    tablet.page.evaluate("window.printed = 0; window.print = () => { window.printed += 1; }; 0")
    tablet.scan(card_of(town, lee))
    types_pin(tablet, lee.wrong)
    tablet.page.get_by_role("button", name="남은 돈 종이로 받기").click()
    expect(tablet.page.locator(".card-pin .refusal")).to_contain_text("카드 비밀번호가 다릅니다")
    assert tablet.page.evaluate("window.printed") == 0
    tablet.page.get_by_role("button", name="취소").click()


def test_without_a_line_a_card_is_told_so_and_another_citys_too(tablet, town, lee):
    tablet.ask("2000")
    tablet.scan(f"HTTPS://PAY.EXAMPLE.KR/C#{lee.card.number}")
    expect(tablet.refused).to_contain_text("다른 도시 또는 시험용 코드입니다")
    tablet.page.get_by_role("button", name="다시 받기").click()
    tablet.context.set_offline(True)
    expect(tablet.page.locator(".no-line")).to_be_visible(timeout=15_000)
    tablet.scan(card_of(town, lee))
    expect(tablet.refused).to_contain_text("종이 카드는 인터넷이 있어야 합니다")
    tablet.context.set_offline(False)


def test_a_card_that_cant_pay_so_much_is_told_a_way_without_a_phone_and_the_slip_says_what_is_left_today(tablet, town, lee):
    page = tablet.page
    page.evaluate("window.print = () => {}; 0")
    said = json.loads((WORDS / "ko.json").read_text())["till"]["refused_card"]
    assert set(said) == {"NOT_ENOUGH", "WRONG_CATEGORY", "OVER_DAY_LIMIT"}
    assert all("‘남은 돈 종이로 받기’" in each["next"] and "휴대전화" not in " ".join(each.values()) for each in said.values())
    limit = {"limit_won": 50_000, "left_won": 10_000, "again_at_s": int(town.now_s()) + 3_600, "new_phone": False}

    def limited(route):
        answer = route.fetch()
        route.fulfill(response=answer, json={**answer.json(), "limit": limit})

    page.route("**/api/cards/balance", limited)
    tablet.ask("600000")
    tablet.scan(card_of(town, lee))
    types_pin(tablet, lee.pin)
    page.get_by_role("button", name="600,000원 내기").click()
    expect(tablet.refused).to_contain_text("‘남은 돈 종이로 받기’")
    assert "휴대전화" not in tablet.refused.inner_text()
    page.get_by_role("button", name="다시 받기").click()
    tablet.scan(card_of(town, lee))
    types_pin(tablet, lee.pin)
    page.get_by_role("button", name="남은 돈 종이로 받기").click()
    page.get_by_role("button", name="인쇄").click()
    page.emulate_media(media="print")
    paper = page.locator("body").inner_text()
    assert "오늘 더 쓸 수 있는 돈" in paper and "10,000원" in paper and "부터 다시 50,000원까지" in paper
