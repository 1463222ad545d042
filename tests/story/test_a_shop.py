"""A shop with a cashier and two tills: the owner adds somebody, who comes in with a QR before the camera; each sale names
them; what a customer paid by mistake is asked on the phone and answered at the till; the owner sees it all.
"""

from dataclasses import dataclass

from playwright.sync_api import expect

from app.desk import lookup
from tests.cast import GIVE, GROCERY
from tests.story.stage import Device, Tablet, Town, Walker, new_walker, shot
from tests.till import town as tills

CASHIER, OWN_PIN = "김하나", "7315"


@dataclass
class Shop:
    town: Town
    counter: Device             # whose camera looks at what is held before the second till
    kim: Walker
    office: Tablet              # in the back, the owner's
    till: Tablet                # at the counter
    entry: int = 0              # of the last payment


def test_a_shop_with_a_cashier(town, devices):
    phone, counter = devices
    shop = Shop(town, counter, new_walker(phone, town), Tablet(counter, town), Tablet(counter, town))
    kim_has_money(shop)
    for tablet in (shop.office, shop.till):
        tablet.pair(GROCERY).start()
        expect(tablet.page.get_by_role("button", name="설정")).to_be_visible(timeout=30_000)     # once its camera runs
    the_owner_adds_a_cashier_who_may_take_back(shop)
    the_cashier_comes_in_with_a_qr_before_the_camera(shop)
    kim_pays_and_the_sale_names_the_cashier(shop, 7_000)
    kim_asks_and_one_tap_at_the_till_gives_it_back(shop)
    kim_pays_and_the_sale_names_the_cashier(shop, 5_000)
    the_owners_pin_gives_a_part_back_at_the_cashiers_till(shop)
    kim_pays_and_the_sale_names_the_cashier(shop, 3_000)
    kim_asks_and_the_shop_says_no(shop)
    the_owner_sees_both_tills_and_lets_the_cashier_go(shop)
    assert town.balance_won(shop.kim) == 50_000 - 3_000 - 3_000
    assert shop.kim.phone.complaints == []
    for tablet in (shop.office, shop.till):
        tablet.close()


def kim_has_money(shop: Shop) -> None:
    shop.kim.account = bytes.fromhex(shop.kim.phone.make_wallet())
    shop.town.link(shop.kim)
    shop.town.top_up(GIVE, {shop.kim: 50_000})
    shop.kim.page.reload()
    expect(shop.kim.page.locator(".balance .amount strong")).to_have_text("50,000원")


def the_owner_adds_a_cashier_who_may_take_back(shop: Shop) -> None:
    page = shop.office.page
    page.get_by_role("button", name="설정").click()
    page.get_by_role("button", name="직원·단말기 보기").click()
    page.get_by_label("환불 비밀번호").fill(tills.PIN)
    page.get_by_role("button", name="직원·단말기 보기").click()
    page.get_by_role("button", name="직원 더하기").click()
    page.get_by_label("이름").fill(CASHIER)
    page.get_by_label("비밀번호", exact=True).fill(OWN_PIN)
    page.get_by_label("10분 안에는").check()
    page.get_by_role("button", name="저장").click()
    page.get_by_role("button", name=f"QR 만들기 {CASHIER}").click()


def the_cashier_comes_in_with_a_qr_before_the_camera(shop: Shop) -> None:
    page = shop.till.page
    expect(page.get_by_role("heading", name="누구신가요?")).to_be_visible()
    shop.counter.camera.see_picture(shot(shop.office.page))
    page.get_by_role("button", name="카메라로 직원 QR 찍기").click()
    expect(page.locator(".top .who")).to_contain_text(CASHIER, timeout=20_000)
    shop.counter.camera.look_away()
    shop.office.page.get_by_role("button", name="닫기").click()


def kim_pays_and_the_sale_names_the_cashier(shop: Shop, won: int) -> None:
    shop.till.keypad()
    shop.till.ask(str(won))
    shop.kim.scan(shop.till.page)
    shop.kim.page.get_by_role("button", name="내기", exact=True).click()
    expect(shop.till.paid).to_contain_text(f"{won:,}원")
    expect(shop.kim.page.get_by_role("heading", name="결제되었습니다")).to_be_visible()
    line = lookup.till(shop.town.office, shop.till.number)["sales"][0]
    assert (line["amount_won"], line["cashier"]) == (won, 1)
    shop.entry = line["entry"]
    shop.till.keypad()


def kim_asks(shop: Shop) -> None:
    shop.kim.phone.tap("잘못 냈어요")
    shop.kim.phone.tap("가게에 취소 물어보기")
    expect(shop.kim.page.get_by_text("가게 화면에 물어보았습니다")).to_be_visible()
    expect(shop.till.page.locator(".question")).to_contain_text(f"거래 번호 {shop.entry}")


def kim_asks_and_one_tap_at_the_till_gives_it_back(shop: Shop) -> None:
    kim_asks(shop)
    shop.till.page.get_by_role("button", name="7,000원 취소하고 돌려주기").click()
    expect(shop.kim.page.get_by_text("7,000원을 돌려받았습니다")).to_be_visible()
    expect(shop.till.page.locator(".question")).to_have_count(0)
    shop.kim.phone.tap("처음으로")
    expect(shop.kim.page.locator(".balance .amount strong")).to_have_text("50,000원")


def the_owners_pin_gives_a_part_back_at_the_cashiers_till(shop: Shop) -> None:
    shop.till.give_back(shop.entry, 2_000)
    expect(shop.till.paid).to_contain_text("환불 완료")
    back = lookup.till(shop.town.office, shop.till.number)["sales"][0]
    assert (back["kind"], back["amount_won"], back["cashier"]) == ("refund", 2_000, 1)
    shop.till.keypad()
    shop.kim.phone.tap("처음으로")


def kim_asks_and_the_shop_says_no(shop: Shop) -> None:
    kim_asks(shop)
    shop.till.page.get_by_role("button", name="취소 안 함").click()
    expect(shop.kim.page.get_by_text("가게가 취소하지 않겠다고 답했습니다")).to_be_visible()


def the_owner_sees_both_tills_and_lets_the_cashier_go(shop: Shop) -> None:
    page = shop.office.page
    page.get_by_role("button", name="다시 보기").click()
    expect(page.locator(".team table")).to_contain_text("6,000원")
    expect(page.locator(".team .all-sales li", has_text="5,000원")).to_contain_text(CASHIER)
    page.get_by_role("button", name=f"고치기 {CASHIER}").click()
    page.get_by_role("button", name="그만둠", exact=True).click()
    page.get_by_role("button", name=f"{CASHIER} 그만둠 확인").click()
    expect(shop.till.page.locator(".top .who")).to_have_count(0)
    expect(page.locator(".team .all-sales li", has_text="5,000원")).to_contain_text(CASHIER)
