"""Neither side has a network: a real phone page and a real till page with their lines cut. Taken, journalled, settled later."""

import json
import os
from dataclasses import dataclass

import pytest
from playwright.sync_api import expect

from app.message import cose
from app.message.keys import Signer, new_seed
from app.money import orders, orders_offline, policy
from tests.conftest import LONG
from tests.cast import HOUR_S, MAKER, PHARMACY, Line, raw, until
from tests.till.test_brought import bring
from tests.till.town import Tablet
from tests.wallet.phone import new_phone

READY, TAKEN = "인터넷 없이도 {}원까지 낼 수 있습니다", "받았습니다"
SETTLED_MS = 20_000
CAP_WON = 30_000


@dataclass(eq=False)
class Resident:
    """The account of a phone, for the officers of tests.cast."""
    account: bytes
    person: bytes = b""
    reference: str = ""


def kept_for_offline(page) -> None:
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    for _ in range(8):
        page.reload()
        if page.evaluate("navigator.serviceWorker.controller !== null"):
            return
        page.wait_for_timeout(500)
    raise AssertionError("the service worker does not answer for the page")


def linked(browser, town):
    """A resident's phone with money."""
    made = new_phone(browser, town).open()
    made.resident = Resident(bytes.fromhex(made.make_wallet()))
    town.link(made.resident)
    town.top_up(1, {made.resident: 50_000})
    made.page.reload()
    return made


@pytest.fixture
def phone(browser, town):
    made = linked(browser, town)
    kept_for_offline(made.page)
    expect(made.page.get_by_text(READY.format("30,000"))).to_be_visible()
    yield made
    made.context.close()
    assert [said for said in made.complaints if "ERR_INTERNET_DISCONNECTED" not in said] == []


@pytest.fixture
def till(browser, town):
    tablet = Tablet(browser, town).pair().start()
    kept_for_offline(tablet.page)
    tablet.start()
    expect(tablet.page.locator(".keypad")).to_be_visible()
    knows_figures(tablet)
    yield tablet
    tablet.close()


@pytest.fixture
def second(browser, town):
    tablet = Tablet(browser, town).pair(PHARMACY).start()
    knows_figures(tablet)
    yield tablet
    tablet.close()


FIGURES = """() => new Promise((resolve) => {
    indexedDB.open('hagc-till').onsuccess = ({ target: { result } }) => {
        result.transaction('facts').objectStore('facts').get('directory').onsuccess = ({ target }) => {
            result.close();
            resolve(Boolean(target.result));
        };
    };
})"""


def knows_figures(tablet) -> None:
    for _ in range(100):
        if tablet.page.evaluate(FIGURES):
            return
        tablet.page.wait_for_timeout(100)
    raise AssertionError("the till never learnt what the city allows")


def cut(*devices) -> None:
    for device in devices:
        device.context.set_offline(True)


def mend(*devices) -> None:
    for device in devices:
        device.context.set_offline(False)


def show(phone, amount: str = "") -> str:
    """The resident opens the code for a shop without a network; its text."""
    phone.tap("내 코드")
    phone.tap("가게도 인터넷이 없어요")
    if amount:
        phone.page.get_by_label("낼 금액 (원)").fill(amount)
        phone.tap("이 금액으로 코드 만들기")
    else:
        phone.tap("금액을 정하지 않고")
    return phone.page.locator(".qr-text a").get_attribute("href")


PASTE = """text => {
    const clipboardData = new DataTransfer();
    clipboardData.setData('text', text);
    document.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true }));
}"""


def take(tablet, amount: str, text: str) -> None:
    """The text comes from the clipboard: a scanner types it in the first test, a camera reads it in tests/story."""
    tablet.ask(amount)
    tablet.page.evaluate(PASTE, text)


def taken(tablet, won: str) -> None:
    expect(tablet.page.locator(".taken")).to_contain_text(TAKEN, timeout=8000)
    expect(tablet.page.locator(".taken")).to_contain_text(f"{won}원")


@dataclass
class Forged:
    """A phone in Python: it can say whatever it likes, under a certificate that the city signed."""
    town: object
    key: Signer
    certificate: bytes
    until_s: int

    def text(self, won: int, count: int = 1, mode: int = orders.CAP, shown_s: int = 60) -> str:
        code = cose.sign(orders_offline.OfflineCode(
            self.key.public[:8], mode, won, count, os.urandom(8), self.town.now_s() + shown_s, self.until_s + 14 * 86_400,
        ), self.key, self.town.chain_id)
        return self.town.text(code + self.certificate)


def forged(town, from_s: int = -60, life_s: int = HOUR_S, cap_won: int = CAP_WON, signer: Signer | None = None) -> Forged:
    key, now_s = Signer(new_seed()), town.now_s()
    body = orders_offline.Certificate(orders.RECEIPT_KEY, key.public, cap_won, now_s + from_s, now_s + from_s + life_s)
    return Forged(town, key, cose.sign(body, signer or town.office.issuer.key, town.chain_id), body.until_s)


# --- the whole way --------------------------------------------------------------------------

def test_taken_without_a_network_and_settled_with_a_receipt_when_the_line_is_back(till, phone, town):
    cut(till, phone)
    till.ask("7000")
    till.scan(show(phone), 1)
    taken(till, "7,000")
    expect(till.page.locator(".taken")).to_contain_text("인터넷이 되면 정산됩니다")
    expect(till.page.locator(".taken")).to_contain_text("인터넷 없이 93,000원 더 받을 수 있습니다")
    assert town.balance_won(phone.resident) == 50_000
    till.page.reload()                                      # and after a reload it still waits
    expect(till.page.get_by_text("인터넷 없이 받은 1건 7,000원이 정산을 기다립니다")).to_be_visible()
    mend(till)
    expect(till.page.get_by_text("인터넷 없이 받은 1건 7,000원이 정산되었습니다")).to_be_visible(timeout=SETTLED_MS)
    assert town.balance_won(phone.resident) == 43_000
    mend(phone)
    phone.page.goto(town.url)
    expect(phone.page.get_by_text("결제되었습니다")).to_be_visible(timeout=SETTLED_MS)
    expect(phone.page.get_by_text(READY.format("23,000"))).to_be_visible()      # the rest is free again


@pytest.mark.prove
def test_a_shown_code_counts_as_spent_over_a_reload_and_the_next_is_for_what_is_left(till, phone):
    cut(phone)
    show(phone, "12000")
    phone.page.reload()
    phone.tap("처음으로")
    expect(phone.page.get_by_text(READY.format("18,000"))).to_be_visible()
    phone.tap("내 코드")
    phone.tap("가게도 인터넷이 없어요")
    expect(phone.page.get_by_text("금액을 정하지 않고 18,000원까지")).to_be_visible()
    phone.page.get_by_label("낼 금액 (원)").fill("18001")
    phone.tap("이 금액으로 코드 만들기")
    expect(phone.page.get_by_text("1원부터 18,000원까지")).to_be_visible()


def test_one_code_at_two_tills_is_found_when_both_settle_the_second_is_paid_and_the_wallet_says_barred(till, second, phone, town):
    cut(till, second, phone)
    text = show(phone)
    for tablet in (till, second):
        take(tablet, "15000", text)
        taken(tablet, "15,000")
    mend(till)
    expect(till.page.get_by_text("정산되었습니다")).to_be_visible(timeout=SETTLED_MS)
    mend(second)
    expect(second.page.get_by_text("정산되었습니다")).to_be_visible(timeout=SETTLED_MS)
    assert town.balance_won(phone.resident) == 35_000
    mend(phone)
    phone.page.goto(town.url)
    expect(phone.page.get_by_text("인터넷 없이 내기가 멈추었습니다")).to_be_visible(timeout=SETTLED_MS)


@pytest.mark.prove
def test_a_till_with_a_line_settles_such_a_code_at_once(till, phone, town):
    cut(phone)
    take(till, "4000", show(phone, "4000"))
    expect(till.paid).to_contain_text("결제 완료")
    expect(till.paid).to_contain_text("4,000원")
    assert town.balance_won(phone.resident) == 46_000


def test_a_till_with_a_line_takes_nothing_by_itself_that_the_city_said_no_to(till, town):
    """The city signed this certificate and knows nothing of it: a no that may change, so nobody has signed it."""
    with till.page.expect_response("**/api/sales") as answer:
        take(till, "5000", forged(town).text(CAP_WON))
    assert answer.value.json()["word"] == "UNKNOWN_KEY"
    till.context.set_offline(True)                          # a line that breaks now changes nothing
    expect(till.page.get_by_text("다시 받지 마세요")).to_be_visible(timeout=15_000)
    assert till.page.evaluate("document.querySelector('.taken')") is None


# --- what is not taken ----------------------------------------------------------------------

@pytest.mark.parametrize(("how", "said"), [
    ({"from_s": -2 * HOUR_S, "life_s": HOUR_S}, "시간이 지난 코드입니다"),
    ({"from_s": HOUR_S}, "시계가 맞지 않습니다"),
    ({"cap_won": 4_999}, "한도보다 큰 금액"),
    ({"signer": Signer(new_seed())}, "결제되지 않았습니다"),
])
def test_a_certificate_that_has_ended_or_is_too_small_or_not_of_the_city_is_refused(till, town, how, said):
    cut(till)
    take(till, "5000", forged(town, **how).text(CAP_WON))
    expect(till.refused).to_contain_text(said)
    assert till.page.evaluate("document.querySelector('.taken')") is None


@pytest.mark.parametrize(("how", "said"), [
    ({"won": 4_999}, "한도보다 큰 금액"),
    ({"won": 6_000, "mode": orders.EXACT}, "손님이 정한 금액과 다릅니다"),
    ({"won": 5_000, "shown_s": -1}, "시간이 지난 코드입니다"),
    ({"won": 5_000, "shown_s": 600}, "시계가 맞지 않습니다"),
])
def test_a_code_that_cannot_pay_this_now_is_refused(till, town, how, said):
    cut(till)
    take(till, "5000", forged(town).text(**how))
    expect(till.refused).to_contain_text(said)


def test_caps_hold_over_many_codes_and_a_count_is_taken_once(till, town):
    cut(till)
    payer = forged(town)
    first = payer.text(CAP_WON)
    take(till, "20000", first)
    taken(till, "20,000")
    for text, said in ((first, "이미 쓴 코드입니다"), (payer.text(CAP_WON, 1), "이미 쓴 코드입니다"), (payer.text(CAP_WON, 2), "10,000원까지만")):
        till.page.keyboard.press("Enter")
        expect(till.page.locator(".keypad")).to_be_visible()
        take(till, "10001", text)
        expect(till.refused).to_contain_text(said)
        till.page.get_by_role("button", name="다음 손님").click()
        till.page.keyboard.press("Escape")
    for _ in range(3):
        take(till, "25000", forged(town).text(CAP_WON))
        taken(till, "25,000")
        till.page.keyboard.press("Enter")
    take(till, "5001", forged(town).text(CAP_WON))
    expect(till.refused).to_contain_text("인터넷 없이 더 받을 수 있는 돈은 5,000원까지입니다")


def test_a_city_that_switched_it_off_is_obeyed_by_phone_and_till(till, phone, town):
    try:
        set_policy(town, policy.OFFLINE_PAYER, 0)
        till.page.reload()
        till.start()
        till.page.wait_for_timeout(4000)
        phone.page.reload()
        expect(phone.page.get_by_text("시에서 인터넷 없이 내기를 꺼 두었습니다")).to_be_visible()
        cut(till, phone)
        expect(till.page.get_by_text("시에서 인터넷 없이 받기를 꺼 두었습니다")).to_be_visible()
        take(till, "5000", forged(town).text(CAP_WON))
        expect(till.refused).to_contain_text("시에서 인터넷 없이 받기를 꺼 두었습니다")
        phone.tap("내 코드")
        phone.tap("가게도 인터넷이 없어요")
        expect(phone.page.locator(".both-offline")).to_contain_text("꺼 두었습니다")
        expect(phone.page.locator(".qr-text")).to_have_count(0)
    finally:
        set_policy(town, policy.OFFLINE_PAYER, CAP_WON)


def set_policy(town, subject: int, figure: int) -> None:
    now_s = town.now_s()
    town.hand_in(orders_offline.Policy(town.numbers[MAKER], subject, figure, now_s, 2**52, os.urandom(8), now_s + HOUR_S))


@pytest.mark.skipif(not LONG, reason="waits for the clock: in `make prove`")
def test_a_certificate_is_renewed_before_it_ends_and_only_so_often_a_day(browser, town):
    set_policy(town, policy.OFFLINE_LIFE, 12)
    try:
        phone = linked(browser, town)
        first = until(lambda: (phone.kept("offline") or {}).get("ready"))
        cut(phone)
        show(phone, "30000")
        mend(phone)
        phone.page.wait_for_timeout(9_500)
        phone.page.goto(town.url)
        second = until(lambda: phone.kept("offline")["ready"]["key"] != first["key"] and phone.kept("offline")["ready"])
        assert second["until_s"] > first["until_s"] and second["count"] == 0
        # A shop may still hold the code of the first: 50,000 in the wallet, and 30,000 of it are promised.
        assert [(code["amount_won"], code["settled"]) for code in second["codes"]] == [(30_000, False)]
        expect(phone.page.get_by_text(READY.format("20,000"))).to_be_visible()
        phone.page.wait_for_timeout(12_000)
        phone.page.reload()
        expect(phone.page.get_by_text("오늘 인터넷 없이 낼 수 있는 금액을 다 준비했습니다")).to_be_visible()
        phone.context.close()
    finally:
        set_policy(town, policy.OFFLINE_LIFE, 12 * HOUR_S)


BACK = "const real = Date.now; Date.now = () => real() - 7_200_000;"


def test_a_device_whose_clock_went_back_takes_nothing(till, town):
    cut(till)
    take(till, "1000", forged(town).text(CAP_WON))
    taken(till, "1,000")
    till.page.keyboard.press("Enter")
    till.page.evaluate(f"() => {{ {BACK} }}")
    take(till, "5000", forged(town).text(CAP_WON))
    expect(till.refused).to_contain_text("이 기기의 시계가 맞지 않습니다")
    till.page.add_init_script(BACK)
    till.page.reload()
    till.page.get_by_role("button", name="영업 시작").click()
    take(till, "5000", forged(town, from_s=-3 * HOUR_S, life_s=4 * HOUR_S).text(CAP_WON, shown_s=-7_200 + 60))
    expect(till.refused).to_contain_text("이 기기의 시계가 맞지 않습니다")


FULL = """() => {
    const add = IDBObjectStore.prototype.add;
    IDBObjectStore.prototype.add = function (...given) {
        if (this.name === 'rows') throw new DOMException('full', 'QuotaExceededError');
        return add.apply(this, given);
    };
}"""


def test_a_full_disk_takes_nothing_and_the_code_stays_good(till, town):
    cut(till)
    text = forged(town).text(CAP_WON)
    till.ask("5000")
    till.page.evaluate(FULL)
    till.scan(text, 1)
    expect(till.refused).to_contain_text("더 적을 자리가 없습니다")
    till.page.reload()
    till.start()
    take(till, "5000", text)
    taken(till, "5,000")


# --- what is never settled ------------------------------------------------------------------

def test_a_stolen_tablets_rows_are_closed_by_the_citys_signed_no_alone_and_settled_once_by_another_of_the_shop(
        till, phone, browser, town):
    cut(till, phone)
    take(till, "6000", show(phone))
    taken(till, "6,000")
    town.revoke(till.number)
    mend(till)
    expect(till.page.get_by_text("사용이 정지된 단말기입니다").first).to_be_visible(timeout=SETTLED_MS)
    row = closed(till, "refused")
    body = cose.verify(cose.parse(raw(row["refusal"])), town.office.issuer.key.public, town.chain_id).body
    assert body.subject.hex() == row["id"][:32] and row["word"] == "TILL_REVOKED"
    till.page.reload()                                      # found again: what it holds can still be saved for another till
    with till.page.expect_download() as coming:
        till.page.get_by_role("button", name="파일로 저장").click()
    file = coming.value.path().read_text(encoding="utf-8")
    assert [sale["amount_won"] for sale in json.loads(file)["sales"]] == [6_000]
    assert town.balance_won(phone.resident) == 50_000
    another = Tablet(browser, town).pair().start()          # of the same shop, to which its owner brings the file
    for _ in range(2):
        expect(bring(another, file).locator("li")).to_contain_text(["정산되었습니다"], timeout=SETTLED_MS)
        another.page.reload()
        another.start()
    assert town.balance_won(phone.resident) == 44_000
    assert [row["what"] for row in another.page.evaluate(ROWS)] == ["sent", "settled"]
    another.close()


ROWS = """() => new Promise((resolve) => {
    indexedDB.open('hagc-till').onsuccess = ({ target: { result } }) => {
        result.transaction('rows').objectStore('rows').getAll().onsuccess = ({ target }) => {
            result.close();
            resolve(target.result.map(({ text }) => JSON.parse(text)));
        };
    };
})"""


def closed(tablet, what: str) -> dict:
    for _ in range(150):
        found = [row for row in tablet.page.evaluate(ROWS) if row["what"] == what]
        if found:
            return found[-1]
        tablet.page.wait_for_timeout(100)
    raise AssertionError(f"no row is {what}")


@pytest.mark.prove
def test_the_queue_is_seen_row_by_row_and_saved_as_what_the_city_can_take(till, phone, town):
    cut(till, phone)
    take(till, "3000", show(phone, "3000"))
    taken(till, "3,000")
    till.page.keyboard.press("Enter")
    till.page.get_by_role("button", name="설정").click()
    expect(till.page.locator(".queue").first).to_contain_text("3,000원")
    with till.page.expect_download() as coming:
        till.page.get_by_role("button", name="파일로 저장").click()
    kept = json.loads(open(coming.value.path(), encoding="utf-8").read())
    answer = town_post(town, {"sales": [{name: sale[name] for name in ("payer", "payee")} for sale in kept["sales"]]})
    assert answer["answers"][0]["amount_won"] == 3_000 and town.balance_won(phone.resident) == 47_000
    mend(till)                                              # the same row again gets the same receipt
    expect(till.page.get_by_text("정산되었습니다")).to_be_visible(timeout=SETTLED_MS)
    assert town.balance_won(phone.resident) == 47_000


def town_post(town, content: dict) -> dict:
    return Line(town.url).post("/api/sales", content).json
