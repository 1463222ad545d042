"""Without a line, with a lost answer, with a wrong clock: what a resident's phone does then."""

import re
import time

import pytest
from playwright.sync_api import expect

from tests.wallet.phone import new_phone

TEN_MINUTES_MS = 600_000


def kept_for_offline(phone) -> None:
    """Waits until the service worker has all files, and opens the page through it."""
    phone.page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    for _ in range(5):
        phone.page.reload()
        if phone.page.evaluate("navigator.serviceWorker.controller !== null"):
            return
        phone.page.wait_for_timeout(500)
    raise AssertionError("the service worker does not answer for the page")


def test_the_wallet_opens_and_shows_its_code_without_a_line_and_the_shop_takes_it(phone, shop):
    phone.with_money(30_000)
    kept_for_offline(phone)
    phone.context.set_offline(True)
    phone.page.reload()
    assert phone.balance() == "30,000원"
    expect(phone.page.get_by_text("인터넷이 끊겨 있습니다")).to_be_visible()
    phone.tap("내 코드")
    expect(phone.page.get_by_text("인터넷이 없어도 결제할 수 있습니다")).to_be_visible()
    assert shop.charge(phone.code_text(), 4_000)["amount_won"] == 4_000
    phone.context.set_offline(False)
    expect(phone.page.get_by_role("heading", name="결제되었습니다")).to_be_visible(timeout=20_000)


def test_a_code_shown_without_a_line_brings_its_receipt_when_the_line_is_back(phone, shop):
    phone.with_money(30_000)
    kept_for_offline(phone)
    phone.context.set_offline(True)
    phone.tap("내 코드")
    entry = shop.charge(phone.code_text(), 4_000)["entry"]
    phone.tap("처음으로")
    phone.context.set_offline(False)
    phone.page.reload()
    expect(phone.page.locator(".balance .amount strong")).to_have_text("26,000원")
    phone.tap("사용 내역")
    phone.page.get_by_role("button", name="영수증 보기").first.click()
    expect(phone.page.get_by_text(f"결제 번호 {entry}의 영수증입니다")).to_be_visible()
    phone.tap("서명 확인하기")
    expect(phone.page.get_by_text("시의 서명이 맞는 영수증입니다.")).to_be_visible()


FEW_NAMES = """() => new Promise((resolve) => {
    indexedDB.open('hagc-wallet').onsuccess = (opened) => {
        const facts = opened.target.result.transaction('facts', 'readwrite').objectStore('facts');
        facts.get('account').onsuccess = (got) => {
            facts.put({ ...got.target.result, aliases: got.target.result.aliases.slice(0, 1) }, 'account').onsuccess = resolve;
        };
    };
})"""


@pytest.mark.parametrize("linked", [False, True], ids=["never linked", "unlinked a moment ago"])
def test_a_wallet_that_gets_no_more_names_says_nothing_and_asks_once_a_look(phone, linked):
    phone.make_wallet()
    phone.page.evaluate(FEW_NAMES)
    asked = []
    phone.page.on("request", lambda request: request.url.endswith("/api/aliases") and asked.append(request.url))
    if linked:
        def say_linked(route) -> None:
            route.fulfill(json={**route.fetch().json(), "linked": True})
        phone.page.route("**/api/wallet", say_linked)
    phone.page.reload()
    expect(phone.page.get_by_text("쓸 수 있는 돈")).to_be_visible()
    phone.page.wait_for_timeout(1_000)
    assert len(asked) == int(linked)
    expect(phone.page.get_by_text("권한이 없습니다")).to_have_count(0)
    assert len(phone.kept("account")["aliases"]) == 1
    phone.tap("내 코드")
    expect(phone.page.locator(".qr svg")).to_be_visible()


@pytest.mark.parametrize("wrong_ms", [TEN_MINUTES_MS, -TEN_MINUTES_MS], ids=["ten minutes fast", "ten minutes slow"])
def test_a_phone_with_a_wrong_clock_pays_with_and_without_a_line(browser, town, shop, wrong_ms):
    phone = new_phone(browser, town)
    phone.context.add_init_script(f"""{{
        const Real = Date;
        globalThis.Date = class extends Real {{
            constructor(...given) {{ given.length ? super(...given) : super(Real.now() + {wrong_ms}); }}
            static now() {{ return Real.now() + {wrong_ms}; }}
        }};
    }}""")
    phone.open()
    assert abs(phone.page.evaluate("Date.now()") / 1000 - time.time() - wrong_ms / 1000) < 5
    phone.with_money(30_000)
    phone.tap("내 코드")
    assert shop.charge(phone.code_text(), 1_000).get("amount_won") == 1_000
    phone.tap("확인", exact=True)
    phone.paste(shop.request(2_000))
    phone.tap("내기", exact=True)
    expect(phone.page.get_by_role("heading", name="결제되었습니다")).to_be_visible()
    kept_for_offline(phone)
    phone.context.set_offline(True)
    phone.page.goto(town.url + "/#/code")
    phone.page.reload()
    assert shop.charge(phone.code_text(), 3_000).get("amount_won") == 3_000
    phone.context.close()


def lose_answers(phone) -> list[str]:
    """From now on payments reach the server and their answers never reach the phone."""
    sent = []

    def swallow(route):
        sent.append(route.request.post_data)
        route.fetch()
        route.abort()

    phone.page.route("**/api/sales", swallow)
    return sent


def test_a_lost_answer_is_asked_after_until_it_is_known(phone, shop):
    phone.with_money(30_000)
    phone.page.route("**/api/outcomes/**", lambda route: route.abort())
    sent = lose_answers(phone)
    phone.paste(shop.request(5_000))
    phone.tap("내기", exact=True)
    expect(phone.page.get_by_role("heading", name="결제됐는지 아직 모릅니다")).to_be_visible(timeout=20_000)
    assert len(set(sent)) == 1
    phone.page.unroute("**/api/outcomes/**")
    expect(phone.page.get_by_role("heading", name="결제되었습니다")).to_be_visible()
    phone.tap("확인", exact=True)
    expect(phone.page.locator(".balance .amount strong")).to_have_text("25,000원")


def test_a_payment_that_never_arrived_is_said_to_be_unpaid_and_can_be_sent_again(phone, shop):
    phone.with_money(30_000)
    phone.page.route("**/api/sales", lambda route: route.abort())
    phone.paste(shop.request(5_000))
    phone.tap("내기", exact=True)
    expect(phone.page.get_by_role("heading", name="아직 결제되지 않았습니다")).to_be_visible(timeout=20_000)
    phone.page.unroute("**/api/sales")
    phone.tap("다시 내기")
    expect(phone.page.get_by_role("heading", name="결제되었습니다")).to_be_visible()


def test_a_closed_page_finds_its_lost_payment_again(phone, shop):
    phone.with_money(30_000)
    lose_answers(phone)
    text = shop.request(5_000)
    phone.paste(text)
    phone.tap("내기", exact=True)
    phone.page.wait_for_timeout(500)
    phone.page.unroute("**/api/sales")
    phone.open()
    expect(phone.page.locator(".balance .amount strong")).to_have_text("25,000원")
    phone.paste(text)
    expect(phone.page.get_by_role("heading", name="결제되었습니다")).to_be_visible()


def test_a_phone_without_a_line_shows_its_yes_for_the_till_to_send(phone, shop, town):
    phone.with_money(30_000)
    kept_for_offline(phone)
    phone.page.wait_for_timeout(300)
    text = shop.request(7_000)
    phone.context.set_offline(True)
    phone.paste(text)
    main = phone.page.locator("main")
    expect(main).to_contain_text("이 가게의 것인지는 시에서 확인합니다")
    expect(main).to_contain_text("육거리 순대국7,000원칠천 원")
    phone.tap("내기", exact=True)
    expect(main).to_contain_text("가게가 확인하면 끝납니다", timeout=2_000)
    expect(main).to_contain_text("가게 기계에 보여 주세요")
    answer = shop.settle(phone.code_text(), text)
    assert answer["amount_won"] == 7_000
    phone.context.set_offline(False)
    expect(phone.page.get_by_role("heading", name="결제되었습니다")).to_be_visible(timeout=20_000)


def test_a_double_tap_is_one_payment(phone, shop):
    phone.with_money(30_000)
    sent = []
    phone.page.route("**/api/sales", lambda route: (sent.append(route.request.post_data), route.continue_()))
    phone.paste(shop.request(5_000))
    phone.page.get_by_role("button", name="내기", exact=True).evaluate("button => { button.click(); button.click(); }")
    expect(phone.page.get_by_role("heading", name="결제되었습니다")).to_be_visible()
    assert len(set(sent)) == 1
    phone.tap("확인", exact=True)
    expect(phone.page.locator(".balance .amount strong")).to_have_text("25,000원")
    assert re.search("payment", phone.kept("payments")[0]["kind"])
