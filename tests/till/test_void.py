"""Taking a payment back within minutes, by the till's own hand; the payer's question; items, a cart, and sums that no
sign can lower.
"""

import pytest
from playwright.sync_api import expect

from tests.cast import Line, until
from tests.till.test_looks import faults
from tests.till.town import PIN


@pytest.fixture
def tablet(worn):
    return worn


@pytest.fixture
def line(town):
    return Line(town.url)


def sold(tablet, town, kim, amount: str = "8000") -> int:
    entry = town.pay(kim, tablet.ask(amount))
    expect(tablet.paid).to_be_visible()
    tablet.page.keyboard.press("Enter")
    return entry


def test_a_payment_taken_by_mistake_goes_back_whole_in_two_taps_without_the_pin(tablet, town, kim):
    before_won = town.balance_won(kim)
    entry = sold(tablet, town, kim)
    page = tablet.page
    page.get_by_role("button", name="판매 내역").click()
    page.get_by_role("button", name=f"거래 {entry}, ").click()
    page.get_by_role("button", name="8,000원 결제 전체 취소").click()
    expect(tablet.paid).to_contain_text("환불 완료")
    assert town.balance_won(kim) == before_won
    page.keyboard.press("Enter")
    page.get_by_role("button", name="판매 내역").click()
    expect(page.locator("tbody tr", has_text=f"거래 {entry}의 취소")).to_have_count(1)


def test_a_lost_answer_to_a_void_gives_back_once(tablet, town, kim):
    before_won, lost = town.balance_won(kim), []
    entry = sold(tablet, town, kim)
    tablet.page.get_by_role("button", name="판매 내역").click()
    tablet.page.get_by_role("button", name=f"거래 {entry}, ").click()

    def lose(route):
        route.fetch()
        lost.append(route.request.post_data)
        route.abort()

    tablet.page.route("**/api/refunds", lose)
    tablet.page.get_by_role("button", name="8,000원 결제 전체 취소").click()
    expect(tablet.paid).to_contain_text("환불 완료", timeout=15_000)
    assert len(set(lost)) == 1 and town.balance_won(kim) == before_won


def test_the_payers_question_is_answered_with_one_tap_and_the_money_is_back(tablet, town, kim, line):
    before_won = town.balance_won(kim)
    entry = sold(tablet, town, kim)
    assert line.post("/api/mistakes", {"entry": entry}, kim).json["state"] == "asked"
    question = tablet.page.locator(".question")
    expect(question).to_contain_text("8,000원")
    tablet.page.keyboard.type("3000", delay=60)             # and goes on with the next customer
    expect(tablet.page.locator(".asked")).to_contain_text("3,000")
    question.get_by_role("button", name="8,000원 취소하고 돌려주기").click()
    expect(question).to_have_count(0)
    expect(tablet.page.locator(".notice.good")).to_contain_text("8,000원")
    assert town.balance_won(kim) == before_won
    assert line.get(f"/api/mistakes/{entry}", kim).json["state"] == "returned"


def test_a_no_to_the_question_moves_nothing_and_is_told(tablet, town, kim, line):
    entry = sold(tablet, town, kim)
    before_won = town.balance_won(kim)
    line.post("/api/mistakes", {"entry": entry}, kim)
    tablet.page.get_by_role("button", name="취소 안 함").click()
    expect(tablet.page.locator(".question")).to_have_count(0)
    assert line.get(f"/api/mistakes/{entry}", kim).json["state"] == "refused"
    assert town.balance_won(kim) == before_won


@pytest.mark.prove
def test_a_question_that_came_while_the_page_was_closed_is_there_when_it_opens(tablet, town, kim, line):
    entry = sold(tablet, town, kim)
    tablet.page.goto("about:blank")
    line.post("/api/mistakes", {"entry": entry}, kim)
    tablet.open().start()
    expect(tablet.page.locator(".question")).to_contain_text(f"거래 번호 {entry}")


def test_a_sale_is_found_by_its_amount_and_its_number(new_tablet, town, kim):
    tablet = new_tablet.pair().start()
    first, _ = sold(tablet, town, kim, "8000"), sold(tablet, town, kim, "12345")
    page, rows = tablet.page, tablet.page.locator("tbody tr")
    page.get_by_role("button", name="판매 내역").click()
    for wanted, found in (("12,345원", "12,345원"), ("12345", "12,345원"), (str(first), "8,000원")):
        page.get_by_label("번호·금액·직원 찾기").fill(wanted)
        expect(rows).to_have_count(1)
        expect(rows).to_contain_text(found)
    page.get_by_label("번호·금액·직원 찾기").fill("777")
    expect(page.locator(".sales")).to_contain_text("거래가 없습니다")


# --- items and the cart --------------------------------------------------------------------

CSV = "\ufeff이름,값,갈래\r\n비빔밥,\"8,000\",식사\r\n\"국수, 곱빼기\",6500원,식사\r\n콜라,2000,음료\r\n빈 값,,음료\r\n음수,-500,음료\r\n"


def with_items(tablet, tmp_path, text: str = CSV, encoding: str = "utf-8") -> None:
    file = tmp_path / "items.csv"
    file.write_bytes(text.encode(encoding))
    tablet.page.get_by_role("button", name="설정").click()
    tablet.page.get_by_role("button", name="품목 목록").click()
    tablet.page.get_by_label("CSV 가져오기").set_input_files(file)


def test_items_come_in_and_go_out_as_a_file(tablet, tmp_path):
    with_items(tablet, tmp_path)
    page = tablet.page
    expect(page.get_by_role("status").last).to_contain_text("품목 3개를 읽었습니다. 읽지 못한 줄: 5, 6")
    with page.expect_download() as saved:
        page.get_by_role("button", name="CSV로 내보내기").click()
    assert saved.value.path().read_text("utf-8-sig").splitlines() == [
        "name,price_won,category", "비빔밥,8000,식사", '"국수, 곱빼기",6500,식사', "콜라,2000,음료"]


def test_a_file_that_korean_spreadsheets_save_is_read_too(tablet, tmp_path):
    with_items(tablet, tmp_path, "뚝배기,9000,식사\r\n", "cp949")
    expect(tablet.page.locator(".all-sales")).to_contain_text("뚝배기 · 식사")


def test_a_cart_adds_up_and_is_paid_by_its_sum(tablet, town, kim, tmp_path):
    with_items(tablet, tmp_path)
    page = tablet.page
    page.get_by_role("button", name="품목", exact=True).click()
    for name in ("비빔밥", "비빔밥", "콜라"):
        page.locator(".item", has_text=name).click()
    page.get_by_label("할인").fill("1000")
    page.get_by_label("봉사료").fill("500")
    expect(page.locator(".asked")).to_have_text("17,500원")
    page.get_by_role("button", name="결제 받기").click()
    before_won = town.balance_won(kim)
    town.pay(kim, tablet.shown())
    expect(tablet.paid).to_contain_text("17,500원")
    assert town.balance_won(kim) == before_won - 17_500
    page.get_by_role("button", name="영수증").click()
    expect(page.locator(".sold div")).to_have_text(["비빔밥 × 216,000원", "콜라 × 12,000원", "할인−1,000원", "봉사료500원"])
    assert faults(page) == []


def test_what_was_sold_without_a_line_stands_on_the_receipt_when_it_is_shown(tablet, town, kim, tmp_path):
    """The server works the sum out anew: a cart that was changed behind the till's back is told to nobody's receipt."""
    with_items(tablet, tmp_path)
    page, lost = tablet.page, []
    page.route("**/api/till/receipts/*", lambda route: lost.append(route.abort()) if route.request.method == "POST" else route.continue_())
    for _ in range(2):
        page.get_by_role("button", name="품목", exact=True).click()
        page.locator(".item", has_text="콜라").click()
        page.get_by_role("button", name="결제 받기").click()
        town.pay(kim, tablet.shown())
        expect(tablet.paid).to_contain_text("2,000원")
        page.keyboard.press("Enter")
    while len(lost) < 6:        # each was tried three times
        page.wait_for_timeout(50)
    page.evaluate(CHANGED)
    page.unroute("**/api/till/receipts/*")
    page.get_by_role("button", name="판매 내역").click()
    rows = page.get_by_role("button", name="영수증")
    rows.nth(1).click()
    expect(page.locator(".sold")).to_have_text("콜라 × 12,000원")
    page.get_by_role("button", name="뒤로").click()
    rows.nth(0).click()
    expect(page.locator(".slip .sum")).to_contain_text("2,000원")
    expect(page.locator(".slip .sold")).to_have_count(0)
    expect(page.get_by_role("alert")).to_contain_text("합은 1,500원, 적힌 금액은 2,000원입니다")


def test_no_sign_lowers_the_sum_and_a_discount_never_more_than_the_items(tablet, tmp_path):
    with_items(tablet, tmp_path)
    page = tablet.page
    page.get_by_role("button", name="품목", exact=True).click()
    page.locator(".item", has_text="콜라").click()
    for typed in ("-500", "−500", "-1e9"):
        page.get_by_label("봉사료").fill(typed)
        assert int(page.locator(".asked").inner_text().replace(",", "").removesuffix("원")) > 2_000
    page.get_by_label("봉사료").fill("")
    page.get_by_label("할인").fill("2001")
    expect(page.locator(".basket .wrong")).to_contain_text("2,000원보다 클 수 없습니다")
    expect(page.get_by_role("button", name="결제 받기")).to_be_disabled()


CHANGED = """() => new Promise((done) => {
    indexedDB.open('hagc-till').onsuccess = ({ target }) => {
        const facts = target.result.transaction('facts', 'readwrite').objectStore('facts');
        facts.get('carts').onsuccess = ({ target: { result } }) => {
            result.at(-1).cart.discount_won = 500;
            facts.put(result, 'carts').onsuccess = () => { target.result.close(); done(); };
        };
    };
})"""


TIPS = """async () => {
    const { totalWon } = await import(document.querySelector('link[rel=modulepreload]').href.replace(/js\\/till\\/main\\.js.*/, 'js/till/cart.js'));
    const lines = [{ name: 'a', price_won: 5000, count: 1 }];
    return [-1, 0.5, NaN, Infinity, '-1', null, 2 ** 60].map((tip_won) => {
        try { return totalWon({ lines, tip_won, discount_won: 0 }); } catch (error) { return error.name; }
    });
}"""


def test_the_sum_refuses_a_tip_that_is_no_whole_won(tablet):
    assert tablet.page.evaluate(TIPS) == ["RangeError"] * 7
