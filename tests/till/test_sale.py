"""Taking money in a real browser from the real server: both motions, and every way a code gets in."""

import pytest
from playwright.sync_api import expect

from app.money import orders
from tests.cast import BOOKS, HOUR_S
from tests.story.stage import ROWS
from tests.till.town import Tablet


@pytest.fixture
def tablet(worn):
    return worn


def test_a_code_that_a_scanner_types_is_charged_and_the_screen_turns_green(tablet, town, kim):
    tablet.ask("5000")
    tablet.scan(town.text(kim.code(50_000)))
    expect(tablet.paid).to_contain_text("결제 완료")
    expect(tablet.paid).to_contain_text("5,000원오천 원")


def test_a_customer_who_scans_the_request_makes_the_screen_green_within_a_second(tablet, town, kim):
    request = tablet.ask("12300")
    town.pay(kim, request)
    expect(tablet.paid).to_contain_text("12,300원만 이천삼백 원", timeout=1000)


@pytest.mark.prove
def test_a_payment_is_also_seen_where_event_streams_are_broken(new_tablet, town, kim):
    new_tablet.context.route("**/api/events?**", lambda route: route.abort())
    tablet = new_tablet.pair().start()
    town.pay(kim, tablet.ask("700"))
    expect(tablet.paid).to_contain_text("700원", timeout=8000)


def test_the_keys_of_a_till_pc_are_enough(tablet, town, kim):
    keyboard, asked = tablet.page.keyboard, tablet.page.locator(".asked")
    keyboard.type("1239")
    keyboard.press("Backspace")
    expect(asked).to_have_text("123원")
    keyboard.press("Escape")
    expect(asked).to_have_text("0원")
    town.pay(kim, tablet.ask("450"))
    expect(tablet.paid).to_be_visible()
    keyboard.type("6")
    expect(asked).to_have_text("6원")


def test_quick_keys_add_up_and_the_last_amounts_take_one_tap(tablet, town, kim):
    for name in ("5,000원 더하기", "1,000원 더하기", "1,000원 더하기", "00", "정정", "10,000원 더하기", "1,000원 더하기"):
        tablet.page.get_by_role("button", name=name, exact=True).click()
    expect(tablet.page.locator(".said")).to_have_text("만 천 원")
    tablet.page.keyboard.press("Enter")
    town.pay(kim, tablet.shown())
    expect(tablet.paid).to_be_visible()
    tablet.page.keyboard.press("Enter")
    tablet.page.locator(".side .quick .button").first.click()
    expect(tablet.page.locator(".waiting .amount")).to_contain_text("11,000원")


def test_green_stays_until_the_next_amount_and_is_one_tap_away_after_it(tablet, town, kim):
    page = tablet.page
    page.clock.install()
    town.pay(kim, tablet.ask("450"))
    expect(tablet.paid).to_be_visible()
    page.clock.fast_forward(HOUR_S * 1000)
    expect(tablet.paid).to_contain_text("450원")
    page.keyboard.type("78", delay=60)
    expect(page.locator(".asked")).to_have_text("78원")
    page.get_by_role("button", name="마지막 결제").click()
    expect(tablet.paid).to_contain_text("450원")
    page.get_by_role("button", name="다음 손님").click()
    expect(page.locator(".asked")).to_have_text("0원")


def test_on_the_green_screen_a_scan_leaves_it_and_what_else_happens_is_seen(tablet, town, kim):
    page = tablet.page
    earlier = tablet.ask("1000")
    page.keyboard.press("Escape")
    town.pay(kim, tablet.ask("460"))
    expect(tablet.paid).to_contain_text("460원")
    tablet.scan("8801234567890")
    expect(tablet.paid).to_contain_text("460원")
    town.pay(kim, earlier)
    page.locator(".notice", has_text="앞의 1,000원 결제가 완료되었습니다").get_by_role("button").click()    # not under the green
    expect(page.locator(".notice")).to_have_count(0)
    expect(tablet.paid).to_contain_text("460원")
    page.get_by_role("button", name="영수증").click()
    expect(page.locator(".slip svg")).to_be_visible()


@pytest.mark.parametrize("delay_ms", [3, pytest.param(30, marks=pytest.mark.prove)])
def test_a_scan_on_the_keypad_leaves_the_amount_as_it_was_and_charges_it(tablet, town, kim, delay_ms):
    code = town.text(kim.code(50_000))
    tablet.page.keyboard.type("800")
    tablet.page.wait_for_timeout(300)
    tablet.page.keyboard.type(code[:60], delay=delay_ms)
    tablet.scan(code[60:])
    expect(tablet.paid).to_contain_text("800원")


def test_a_scanner_works_in_a_field_and_under_a_korean_keyboard(tablet, town, kim):
    tablet.ask("900")
    tablet.page.get_by_text("코드를 글자로 넣기").click()
    field = tablet.page.get_by_label("손님 코드의 글자")
    field.fill("앞서 쓴 글")
    tablet.page.evaluate("""async text => {
        const places = { ':': 'Semicolon', '/': 'Slash', '.': 'Period', '#': 'Digit3', '-': 'Minus' };
        for (const letter of text) {
            const code = places[letter] ?? (/\\d/.test(letter) ? `Digit${letter}` : `Key${letter}`);
            const how = { key: 'Process', code, shiftKey: /[A-Z:#]/.test(letter), bubbles: true, cancelable: true };
            document.activeElement.dispatchEvent(new KeyboardEvent('keydown', how));
            document.activeElement.value += 'ㅎ';
            await new Promise(done => setTimeout(done, 12));
        }
    }""", town.text(kim.code(50_000)))
    expect(tablet.paid).to_contain_text("900원")


def test_a_double_press_is_one_request(tablet):
    tablet.page.keyboard.type("4250", delay=30)
    tablet.page.get_by_role("button", name="결제 받기").evaluate("button => { button.click(); button.click(); }")
    tablet.shown()
    tablet.page.wait_for_timeout(300)
    asked = [row for row in tablet.page.evaluate(ROWS) if row["what"] == "sent" and row["amount_won"] == 4250]
    assert len(asked) == 1


def test_a_pasted_text_is_as_good_as_a_picture(tablet, town, kim):
    tablet.ask("900")
    tablet.page.get_by_text("코드를 글자로 넣기").click()
    tablet.page.get_by_label("손님 코드의 글자").fill(town.text(kim.code(50_000)))
    tablet.page.get_by_role("button", name="넣기").click()
    expect(tablet.paid).to_contain_text("900원")


@pytest.mark.prove
def test_a_phone_without_a_line_shows_its_signed_yes(tablet, town, kim):
    request = tablet.ask("650")
    tablet.scan(town.text(kim.payment(town.raw(request))))
    expect(tablet.paid).to_contain_text("650원")


@pytest.mark.prove
def test_the_same_code_pays_once(tablet, town, kim):
    code = town.text(kim.code(50_000))
    tablet.ask("100")
    tablet.scan(code)
    expect(tablet.paid).to_be_visible()
    tablet.page.keyboard.press("Enter")
    tablet.ask("100")
    tablet.scan(code)
    expect(tablet.refused).to_contain_text("이미 쓴 코드입니다")


@pytest.mark.parametrize(("won", "mode", "title"), [
    (3_000, orders.CAP, "코드의 한도보다 큰 금액입니다"),
    (3_000, orders.EXACT, "손님이 정한 금액과 다릅니다"),
])
def test_a_code_for_less_is_refused_here_and_stays_good(tablet, town, kim, won, mode, title):
    code = town.text(kim.code(won, mode))
    tablet.ask("3001")
    tablet.scan(code)
    expect(tablet.refused).to_contain_text(title)
    expect(tablet.refused).to_contain_text("3,000원")
    tablet.page.keyboard.press("Escape")
    tablet.ask("3000")
    tablet.scan(code)
    expect(tablet.paid).to_contain_text("3,000원")


def test_a_shop_never_reads_what_the_customer_has(tablet, town):
    lee = town.wallet(help_won=777)
    tablet.ask("5000")
    tablet.scan(town.text(lee.code(50_000)))
    expect(tablet.refused).to_contain_text("이 금액은 낼 수 없습니다")
    shown = tablet.page.locator("body").inner_text()
    assert "777" not in shown and "4,223" not in shown


@pytest.mark.prove
def test_money_for_other_shops_and_a_stopped_wallet_are_said_so(new_tablet, town):
    tablet = new_tablet.pair(shop=BOOKS).start()
    lee, park = town.wallet(help_won=9_000), town.wallet(help_won=9_000)
    town.freeze(park)
    for wallet, title in ((lee, "이 업종에서는 쓸 수 없는 돈입니다"), (park, "지금은 쓸 수 없는 지갑입니다")):
        tablet.ask("1000")
        tablet.scan(town.text(wallet.code(50_000)))
        expect(tablet.refused).to_contain_text(title)
        tablet.page.keyboard.press("Escape")


@pytest.mark.prove
def test_a_code_that_is_too_old_and_what_is_no_code(tablet, town, kim):
    old = town.text(kim.code(50_000, life_s=-2))
    tablet.ask("1000")
    for text, title in ((old, "시간이 지난 코드입니다"), ("8801234567890", "코드를 읽지 못했습니다"),
                        ("HTTPS://OTHER.CITY/P#12345678901234567", "다른 도시 또는 시험용 코드입니다"),
                        (town.text(kim.joining()), "결제 코드가 아닙니다")):
        tablet.scan(text)
        expect(tablet.refused).to_contain_text(title)
        tablet.page.get_by_role("button", name="다시 받기").click()
    tablet.scan(town.text(kim.code(50_000)))
    expect(tablet.paid).to_be_visible()


def test_a_payment_that_comes_after_the_cashier_left_is_told(tablet, town, kim):
    first = tablet.ask("1000")
    tablet.page.keyboard.press("Escape")
    town.pay(kim, first)
    expect(tablet.page.locator(".notice")).to_contain_text("앞의 1,000원 결제가 완료되었습니다")
    expect(tablet.page.locator(".asked")).to_have_text("0원")


def test_after_going_back_the_next_digit_begins_a_new_amount(tablet):
    asked = tablet.page.locator(".asked")
    tablet.ask("1000")
    tablet.page.keyboard.press("Escape")
    expect(asked).to_have_text("1,000원")
    tablet.page.keyboard.type("25", delay=60)
    expect(asked).to_have_text("25원")
    tablet.ask("00")
    tablet.page.get_by_role("button", name="금액 고치기").click()
    tablet.page.keyboard.press("Backspace")
    expect(asked).to_have_text("250원")


def test_a_request_is_renewed_before_its_end_and_the_earlier_one_still_counts(new_tablet, town, kim):
    tablet = new_tablet
    tablet.page.clock.install()
    tablet.pair().start()
    first = tablet.ask("2000")
    tablet.page.clock.run_for(100)
    tablet.page.evaluate("1")
    tablet.page.clock.fast_forward(171_000)
    tablet.page.clock.run_for(2000)
    expect(tablet.page.locator("a.text")).not_to_have_attribute("href", first)
    town.pay(kim, first)
    tablet.page.clock.run_for(5000)
    expect(tablet.paid).to_contain_text("2,000원")


def test_two_tills_of_a_shop_do_not_ring_for_each_other(browser, town, tablet, kim):
    other = Tablet(browser, town)
    other.pair().start()
    request = tablet.ask("1500")
    other.ask("1500")
    town.pay(kim, request)
    expect(tablet.paid).to_be_visible()
    expect(other.paid).not_to_be_visible()
    expect(other.page.locator("a.text")).to_be_visible()
    other.close()
