"""Taking money in a real browser from the real server: both motions, and every way a code gets in."""

from playwright.sync_api import expect


def test_a_code_that_a_scanner_types_is_charged_and_the_screen_turns_green(tablet, town, kim):
    tablet.ask("5000")
    tablet.scan(town.text(kim.code(50_000)))
    expect(tablet.paid).to_contain_text("결제 완료")
    expect(tablet.paid).to_contain_text("5,000원오천 원")


def test_a_customer_who_scans_the_request_makes_the_screen_green_within_a_second(tablet, town, kim):
    request = tablet.ask("12300")
    town.pay(kim, request)
    expect(tablet.paid).to_contain_text("12,300원만 이천삼백 원", timeout=1000)
