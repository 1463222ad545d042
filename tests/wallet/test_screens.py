"""Every screen: usable by everybody, at every size; the first start on each kind of phone; links, lists, help."""

import re

import pytest
from playwright.sync_api import expect

from tests.wallet.phone import new_phone
from tests.wallet.town import DAY_S, DINER, ROOT, SALON

AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
SIZES = {"phone": (360, 800), "narrow": (320, 640), "tablet": (820, 1180), "desk": (1440, 900)}
SCREENS = ("home", "code", "scan", "pay", "result", "history", "where", "help", "link", "slip")
KAKAO = "Mozilla/5.0 (Linux; Android 14; SM-S911N) AppleWebKit/537.36 Chrome/126.0 Mobile Safari/537.36;KAKAOTALK 10.8.5"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 Version/17.5 Mobile/15E148 Safari/604.1"
RULES = """async () => {
    const found = await axe.run(document, {
        runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
        rules: {'target-size': {enabled: true}, 'color-contrast-enhanced': {enabled: true}},
    });
    return found.violations.map(one => `${one.id}: ${one.nodes.map(node => node.target).join(', ')}`);
}"""
SMALL = """() => [...document.querySelectorAll('button, a.button, input, select, textarea')]
    .filter(one => one.checkVisibility() && one.getBoundingClientRect().height < 47.9)
    .map(one => `${one.className} ${one.textContent}`)"""


def show(phone, screen: str, shop) -> None:
    if screen == "pay":
        phone.open("/P#" + shop.request(5_000).partition("#")[2])
        expect(phone.page.get_by_role("button", name="내기", exact=True)).to_be_visible()
    elif screen == "result":
        show(phone, "pay", shop)
        phone.tap("내기", exact=True)
        expect(phone.page.get_by_role("heading", name="결제되었습니다")).to_be_visible()
        expect(phone.page.get_by_text("시의 서명이 맞는 영수증입니다.")).to_be_visible()
    else:
        phone.open("/" if screen == "home" else f"/#/{screen}")
        phone.page.reload()
        expect(phone.page.locator("main")).not_to_contain_text("여는 중입니다")
    phone.page.wait_for_timeout(150)


def with_money_that_ends(phone) -> None:
    """So that the first screen has all that it may show."""
    person, counter = phone.with_money(300_000), phone.town.counter
    for days in (2, 10):
        counter.top_up(person, 7_000_000, counter.open_programme(days * DAY_S))
    phone.page.reload()
    expect(phone.page.locator(".ending")).to_have_count(2)


@pytest.mark.parametrize("dark", [False, pytest.param(True, marks=pytest.mark.prove)], ids=["light", "dark"])
def test_every_screen_can_be_used_by_everybody_at_every_size(browser, town, shop, dark):
    phone = new_phone(browser, town, bypass_csp=True, color_scheme="dark" if dark else "light").open()
    with_money_that_ends(phone)
    found = []
    for screen in SCREENS:
        show(phone, screen, shop)
        phone.page.add_script_tag(path=AXE)
        for size, (width, height) in SIZES.items():
            phone.page.set_viewport_size({"width": width, "height": height})
            wide = phone.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            found += [f"{screen} {size}: {wide} px too wide"] if wide > 0 else []
            found += [f"{screen} {size}: small {one}" for one in phone.page.evaluate(SMALL)]
            found += [f"{screen} {size}: {one}" for one in phone.page.evaluate(RULES)]
    assert found == []
    phone.context.close()


def test_text_twice_as_large_still_fits_a_phone(phone, shop):
    with_money_that_ends(phone)
    for screen in SCREENS:
        show(phone, screen, shop)
        phone.page.evaluate("document.documentElement.style.fontSize = '200%'")
        wide = phone.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, f"{screen}: {wide} px too wide"


def test_help_is_at_the_same_place_on_every_screen(phone, shop):
    phone.with_money(300_000)
    places = set()
    for screen in SCREENS:
        show(phone, screen, shop)
        box = phone.page.get_by_role("button", name="도움말").bounding_box()
        places.add((round(box["x"]), round(box["y"])))
    assert len(places) == 1


def test_large_print_is_kept_and_shows_fewer_things_at_the_same_places(phone):
    phone.with_money(30_000)
    phone.tap("큰글씨")
    phone.page.reload()
    expect(phone.page.get_by_role("button", name="큰글씨")).to_have_attribute("aria-pressed", "true")
    expect(phone.page.locator(".lots")).to_be_hidden()
    phone.tap("큰글씨")
    expect(phone.page.locator(".lots")).to_be_visible()


def test_the_screen_is_read_aloud_when_asked(phone):
    phone.page.add_init_script("window.said = []; speechSynthesis.speak = one => window.said.push(one.text)")
    phone.page.reload()
    phone.with_money(30_000)
    phone.tap("읽어 주기")
    said = phone.page.evaluate("""async () => {
        while (!window.said.length) await new Promise(later => setTimeout(later, 20));
        return window.said[0];
    }""")
    assert "쓸 수 있는 돈. 30,000원" in said


def test_the_keyboard_alone_reaches_the_code_and_the_way_back(phone):
    phone.with_money(30_000)
    phone.page.get_by_role("button", name="내 코드").focus()
    phone.page.keyboard.press("Enter")
    expect(phone.page.get_by_role("heading", name="내 코드")).to_be_focused()
    phone.page.keyboard.press("Shift+Tab")
    expect(phone.page.get_by_role("button", name="처음으로")).to_be_focused()
    phone.page.keyboard.press("Enter")
    expect(phone.page.locator(".balance")).to_be_visible()
    phone.page.go_back()
    expect(phone.page.get_by_role("heading", name="내 코드")).to_be_visible()


def test_english_says_it_all(phone):
    phone.page.get_by_role("link", name="English").click()
    phone.page.get_by_role("button", name="Make a wallet").click()
    expect(phone.page.get_by_text("You can spend")).to_be_visible()
    for screen in ("code", "scan", "history", "where", "help", "link"):
        phone.open(f"/#/{screen}")
        phone.page.wait_for_timeout(200)
        text = phone.page.locator("#wallet").inner_text()
        assert not re.search(r"\bwallet\.", text)
        left = re.sub("한국어|[가-힣0-9 ]+\n(음식점|Restaurants).*", "", text)
        assert screen == "where" or not re.search("[가-힣]", left), left


# --- the first start


def test_inside_another_app_a_browser_is_asked_for_and_no_wallet_is_made(browser, town):
    phone = new_phone(browser, town, user_agent=KAKAO).open()
    expect(phone.page.get_by_text("다른 브라우저에서 열어 주세요")).to_be_visible()
    assert phone.page.get_by_role("link", name="브라우저로 열기").get_attribute("href").startswith("kakaotalk://web/openExternal")
    assert phone.page.get_by_role("button", name="지갑 만들기").count() == 0
    phone.context.close()


def test_an_iphone_is_asked_for_its_home_screen_first(browser, town, shop):
    phone = new_phone(browser, town, user_agent=IPHONE).open("/P#" + shop.request(5_000).partition("#")[2])
    expect(phone.page.get_by_text("먼저 홈 화면에 추가해 주세요")).to_be_visible()
    expect(phone.page.get_by_text("이미 지갑이 있으면")).to_be_visible()
    assert phone.page.get_by_role("button", name="지갑 만들기").count() == 0
    phone.context.close()


def test_an_iphone_opened_from_its_home_screen_makes_a_wallet(browser, town):
    phone = new_phone(browser, town, user_agent=IPHONE)
    phone.context.add_init_script("Object.defineProperty(navigator, 'standalone', {value: true})")
    phone.open().make_wallet()
    phone.context.close()


def test_a_lost_answer_at_the_first_start_still_opens_one_account(phone):
    sent = []

    def swallow(route):
        sent.append(route.request.post_data)
        route.fetch()
        route.abort()

    phone.page.route("**/api/accounts", swallow)
    phone.tap("지갑 만들기")
    expect(phone.page.locator(".refusal")).to_contain_text("인터넷", timeout=20_000)
    phone.page.unroute("**/api/accounts")
    phone.page.route("**/api/accounts", lambda route: (sent.append(route.request.post_data), route.continue_()))
    phone.page.reload()
    phone.make_wallet()
    assert len(set(sent)) == 1


# --- codes that are something else


def test_a_request_opened_by_the_stock_camera_asks_and_never_pays_by_itself(phone, shop):
    phone.with_money(30_000)
    sent = []
    phone.page.on("request", lambda request: request.method == "POST" and sent.append(request.url.partition("/api")[2]))
    phone.open("/P#" + shop.request(5_000).partition("#")[2])
    expect(phone.page.get_by_role("button", name="내기", exact=True)).to_be_visible()
    phone.page.wait_for_timeout(1000)
    assert set(sent) <= {"/certificates"}       # a key is made ready for paying without a network; that moves nothing
    phone.tap("내지 않고 돌아가기")
    assert phone.balance() == "30,000원"


def test_a_new_phone_that_the_stock_camera_opened_goes_on_to_the_request(browser, town, shop):
    phone = new_phone(browser, town).open("/P#" + shop.request(5_000).partition("#")[2])
    phone.tap("지갑 만들기")
    expect(phone.page.locator("main")).to_contain_text("육거리 순대국")
    expect(phone.page.locator("main")).to_contain_text("0원")
    phone.context.close()


def test_somebody_elses_code_is_said_to_be_theirs(phone, browser, town):
    phone.make_wallet()
    other = new_phone(browser, town).open()
    other.make_wallet()
    other.tap("내 코드")
    phone.paste(other.code_text())
    expect(phone.page.get_by_role("heading", name="이것은 다른 분의 코드입니다")).to_be_visible()
    other.context.close()


@pytest.mark.parametrize(("text", "said"), [
    ("HTTPS://OTHER.CITY.KR/P#37229055714697304083", "다른 도시 또는 시험용 코드입니다"),
    ("https://evil.example/", "다른 도시 또는 시험용 코드입니다"),
    ("안녕하세요", "읽지 못했습니다"),
    ("12345", ""),
], ids=["another city", "an address", "a text", "digits"])
def test_what_is_no_code_of_ours_is_never_opened(phone, text, said):
    phone.make_wallet()
    phone.paste(text)
    expect(phone.page.locator(".refusal h2")).to_contain_text(said)
    assert phone.page.url.startswith(phone.town.url)


def test_an_expired_request_is_said_to_be_over(phone, shop):
    phone.make_wallet()
    phone.paste(shop.request(5_000, life_s=-10))
    expect(phone.page.locator(".refusal")).to_be_visible()
    assert phone.page.get_by_role("button", name="내기", exact=True).count() == 0


# --- what is left, and where


def test_money_that_cannot_be_spent_here_is_told_before_paying(phone, town):
    person = phone.with_money(30_000)
    town.counter.top_up(person, 2_000, programme=2)
    phone.paste(town.shop(SALON).request(5_000))
    main = phone.page.locator("main")
    expect(main).to_contain_text("여기서 쓸 수 있는 돈 2,000원")
    expect(main.locator(".refusal")).to_contain_text("2,000원")
    assert phone.page.get_by_role("button", name="내기", exact=True).count() == 0


def test_a_refused_payment_says_why_and_what_to_do(phone, shop):
    account_money = phone.with_money(30_000)
    assert account_money
    phone.paste(shop.request(5_000))
    button = phone.page.get_by_role("button", name="내기", exact=True)
    expect(button).to_be_visible()
    phone.town.counter.freeze(phone.kept("account")["account"])
    button.click()
    expect(phone.page.locator(".refusal h2")).not_to_be_empty()
    expect(phone.page.locator(".refusal .next")).not_to_be_empty()
    assert phone.kept("payments") == []


def test_history_shows_what_came_went_and_returned_with_its_receipt(phone, shop):
    phone.with_money(30_000)
    phone.paste(shop.request(5_000))
    phone.tap("내기", exact=True)
    expect(phone.page.get_by_role("heading", name="결제되었습니다")).to_be_visible()
    shop.give_back(phone.kept("payments")[0]["entry"], 2_000)
    phone.tap("확인", exact=True)
    phone.page.reload()
    expect(phone.page.locator(".balance .amount strong")).to_have_text("27,000원")
    phone.tap("사용 내역")
    lines = phone.page.locator(".history > li")
    expect(lines).to_have_count(3)
    expect(lines.nth(0)).to_contain_text("+2,000원")
    expect(lines.nth(1)).to_contain_text("2,000원을 돌려받았습니다")
    expect(lines.nth(2)).to_contain_text("시에서 받음")
    lines.nth(1).get_by_role("button", name="영수증 보기").click()
    phone.tap("서명 확인하기")
    expect(phone.page.get_by_text("시의 서명이 맞는 영수증입니다.")).to_be_visible()
    expect(phone.page.get_by_role("button", name="잘못 냈어요")).to_be_visible()


def test_a_receipt_that_proves_nothing_is_never_called_paid(phone, shop):
    phone.with_money(30_000)
    phone.page.route("**/api/sales", lambda route: route.fulfill(
        response=(answer := route.fetch()), json={**answer.json(), "payer_receipt": answer.json()["receipt"]}))
    phone.paste(shop.request(5_000))
    phone.tap("내기", exact=True)
    expect(phone.page.get_by_role("heading", name="영수증을 확인하지 못했습니다")).to_be_visible()
    expect(phone.page.get_by_role("heading", name="결제되었습니다")).to_have_count(0)
    phone.page.unroute_all()
    expect(phone.page.get_by_role("heading", name="결제되었습니다")).to_be_visible()


@pytest.mark.parametrize("said", ["<html>와이파이에 로그인하세요</html>", "{}", '{"state": "settled"}', '{"word": "EXPIRED"}'])
def test_what_a_wifi_answers_in_the_servers_place_is_no_answer(phone, shop, said):
    phone.with_money(30_000)
    phone.page.route("**/api/**", lambda route: route.fulfill(status=200, content_type="text/html", body=said))
    phone.paste(shop.request(5_000))
    phone.tap("내기", exact=True)
    expect(phone.page.get_by_role("heading", name="가게가 확인하면 끝납니다")).to_be_visible(timeout=15_000)
    phone.page.wait_for_timeout(3000)
    expect(phone.page.get_by_role("heading", name="가게가 확인하면 끝납니다")).to_be_visible()
    phone.page.unroute_all()
    expect(phone.page.get_by_role("heading", name="아직 결제되지 않았습니다")).to_be_visible(timeout=15_000)


def test_shops_are_found_by_name_district_and_category(phone):
    phone.tap("도움말")
    phone.open("/#/where")
    phone.page.reload()
    expect(phone.page.get_by_text("6곳을 찾았습니다")).to_be_visible()
    phone.page.get_by_label("가게 이름이나 동네").fill("가경")
    expect(phone.page.locator(".list > li")).to_have_text(re.compile("가경 한아름마트"))
    phone.page.get_by_label("가게 이름이나 동네").fill("")
    phone.page.get_by_label("업종").select_option(label="약국·병원")
    expect(phone.page.locator(".list > li")).to_have_text(re.compile("새봄약국"))
    expect(phone.page.get_by_text("서명한 목록입니다")).to_be_visible()


def test_a_code_from_the_city_links_from_home(phone, town):
    account = phone.make_wallet()
    code = town.counter.join_code(town.counter.person())
    phone.page.get_by_role("button", name="본인 연결").click()
    phone.page.get_by_label("시에서 받은 16자리 번호").fill("0000-0000-0000-0000")
    phone.tap("번호 보내기")
    expect(phone.page.locator(".refusal")).to_be_visible()
    phone.page.get_by_label("시에서 받은 16자리 번호").fill(code.replace("-", " "))
    phone.tap("번호 보내기")
    expect(phone.page.get_by_text("담당자의 확인을 기다리고 있습니다")).to_be_visible()
    town.counter.link(account)
    expect(phone.page.get_by_role("heading", name="본인 연결이 되었습니다")).to_be_visible(timeout=12_000)


def test_aliases_are_used_up_one_by_one_and_refilled(phone, shop):
    phone.with_money(30_000)
    before = phone.kept("account")["aliases"]
    for amount_won in (100, 200, 300):
        phone.tap("내 코드")
        assert shop.charge(phone.code_text(), amount_won)["amount_won"] == amount_won
        phone.tap("확인", exact=True)
    after = phone.kept("account")["aliases"]
    used = {payment["alias"] for payment in phone.kept("payments") if payment["state"] == "settled"}
    assert len(used) == 3 and used <= set(before) and not used & set(after)
    phone.page.evaluate("""() => new Promise(done => { indexedDB.open('hagc-wallet').onsuccess = event => {
        const store = event.target.result.transaction('facts', 'readwrite').objectStore('facts');
        store.get('account').onsuccess = ({target}) => {
            const account = target.result;
            store.put({...account, aliases: account.aliases.slice(0, 3)}, 'account').onsuccess = () => done();
        }; }; })""")
    phone.page.reload()
    phone.page.wait_for_timeout(1500)
    assert len(phone.kept("account")["aliases"]) >= 20


def test_a_code_of_an_exact_amount_takes_that_and_nothing_else(phone, shop):
    phone.with_money(90_000)
    phone.tap("내 코드")
    phone.tap("금액을 정해서 보여 주기")
    phone.page.get_by_label("낼 금액").fill("오천")
    phone.tap("이 금액으로 코드 만들기")
    expect(phone.page.get_by_text("숫자로 적어 주세요")).to_be_visible()
    phone.page.get_by_label("낼 금액").fill("60,000")
    phone.tap("이 금액으로 코드 만들기")
    expect(phone.page.locator(".amount")).to_have_text("60,000원육만 원")
    assert shop.charge(phone.code_text(), 50_000)["word"] == "AMOUNT_DIFFERS"
    assert shop.shop == DINER


def test_a_code_renews_itself_while_it_is_looked_at(phone):
    phone.make_wallet()
    phone.page.clock.install()
    phone.page.reload()
    phone.tap("내 코드")
    phone.page.clock.run_for(2_000)
    phone.page.context.set_offline(True)        # no answer may tell the moved clock the time: that renews a code too
    first = phone.code_text()
    phone.page.clock.run_for(30_000)
    assert phone.code_text() == first
    phone.page.clock.run_for(25_000)
    expect(phone.page.locator(".qr-text a")).not_to_have_text(first)
