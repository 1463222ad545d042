"""A resident pays, in a real browser against a real server: both motions, and what may go wrong on the way."""

import re

from playwright.sync_api import expect


def test_a_new_phone_makes_a_wallet_and_shows_its_balance(phone):
    account = phone.make_wallet()
    assert re.fullmatch("[0-9a-f]{16}", account)
    expect(phone.page.locator(".balance .amount")).to_have_text("0원영 원")
    expect(phone.page.get_by_text("아직 본인 연결이 되지 않았습니다")).to_be_visible()
    assert len(phone.kept("account")["aliases"]) >= 10
    assert phone.complaints == []


def test_a_shop_scans_my_code_and_my_phone_says_so(phone, shop):
    phone.with_money(30_000)
    phone.tap("내 코드")
    assert shop.charge(phone.code_text(), 5_000)["amount_won"] == 5_000
    expect(phone.page.get_by_role("heading", name="결제되었습니다")).to_be_visible()
    main = phone.page.locator("main")
    expect(main).to_contain_text("육거리 순대국")
    expect(main).to_contain_text("5,000원오천 원")
    expect(main).to_contain_text("남은 돈 25,000원")
    expect(main).to_contain_text("시의 서명이 맞는 영수증입니다.")
    assert phone.complaints == []


def test_i_scan_the_tills_code_and_pay_with_one_button(phone, shop):
    phone.with_money(30_000)
    phone.paste(shop.request(12_500))
    main = phone.page.locator("main")
    expect(main).to_contain_text("육거리 순대국")
    expect(main).to_contain_text("12,500원만 이천오백 원")
    expect(main).to_contain_text("주문 번호 A-1")
    expect(main).to_contain_text("여기서 쓸 수 있는 돈 30,000원")
    phone.tap("내기", exact=True)
    expect(phone.page.get_by_role("heading", name="결제되었습니다")).to_be_visible()
    expect(main).to_contain_text("남은 돈 17,500원")
    expect(main).to_contain_text("시의 서명이 맞는 영수증입니다.")
    phone.tap("잘못 냈어요")
    expect(main).to_contain_text("가게에 취소를 물어볼 수 있습니다")
    assert phone.complaints == []
