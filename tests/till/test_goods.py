"""What a sale was of is told to the city by itself, also when there was no line while it was paid: tips and discounts stand on
the receipt wherever it is asked for.
"""

import time

import pytest
from playwright.sync_api import expect

from app.desk import goods
from tests.cast import raw, until
from tests.desk.test_offline import Phone
from tests.till.test_line import cut
from tests.till.test_offline import FIGURES, PASTE, closed, knows_figures, mend, taken
from tests.till.test_void import with_items

MANY = 20
TELL = """([sales, most]) => Promise.all(['sold', 'journal'].map((name) => import(document.querySelector('link[rel=modulepreload]').href
    .replace(/main\\.js.*/, `${name}.js`)))).then(async ([{ tellOrKeep }, { keep, load }]) => {
        const cart = { lines: [{ name: 'x', price_won: 1, count: 1 }], tip_won: 0, discount_won: 0 };
        await keep('carts', sales.map((sale) => ({ sale, cart })));
        for (const [at, sale] of sales.entries()) void tellOrKeep(most + at, sale);
    })"""
UNTOLD = FIGURES.replace("directory", "untold").replace("Boolean(target.result)", "(target.result ?? []).length")
SOLD = {"lines": [{"name": "콜라", "price_won": 2000, "count": 2}], "tip_won": 300, "discount_won": 500}


@pytest.fixture
def tablet(worn, tmp_path):
    with_items(worn, tmp_path)
    return worn


def asks(tablet) -> None:
    """For two cokes, less a discount, with a tip: 3,800 won."""
    page = tablet.page
    page.get_by_role("button", name="품목", exact=True).click()
    for _ in range(2):
        page.locator(".item", has_text="콜라").click()
    page.get_by_label("할인").fill("500")
    page.get_by_label("봉사료").fill("300")
    page.locator(".basket .row .grow").click()
    page.locator("a.text").wait_for()


def told(town, tablet, entry: int) -> dict:
    """By the server alone: nobody opens the receipt."""
    return until(lambda: goods.of_entry(town.office, tablet.number, entry), 40)


def test_what_was_taken_without_a_network_is_told_when_it_is_settled(tablet, town):
    knows_figures(tablet)
    payer = town.wallet(help_won=20_000)
    phone = Phone(town, payer)
    code = town.text(phone.code(9_000) + raw(phone.answer.json["certificate"]))
    cut(tablet)
    asks(tablet)
    tablet.page.evaluate(PASTE, code)
    taken(tablet, "3,800")
    mend(tablet)
    expect(tablet.paid).to_contain_text("결제 완료", timeout=20_000)       # and what stood there as taken is green
    assert told(town, tablet, closed(tablet, "settled")["entry"]) == SOLD


def test_what_was_paid_while_there_was_no_line_is_told_when_it_is_back(tablet, town, kim):
    cut(tablet)
    asks(tablet)
    receipt = town.settle(kim, tablet.shown())
    tablet.scan(town.text(receipt), 1)
    expect(tablet.paid).to_contain_text("3,800원")
    tablet.page.get_by_role("button", name="영수증").click()            # which its own record can print meanwhile
    expect(tablet.page.locator(".sold div")).to_have_text(["콜라 × 24,000원", "할인−500원", "봉사료300원"])
    expect(tablet.page.get_by_role("alert")).to_have_count(0)
    mend(tablet)
    assert told(town, tablet, closed(tablet, "settled")["entry"]) == SOLD


def test_many_sales_at_once_are_told_one_after_another_and_none_is_lost_while_nobody_answers(tablet):
    page, asked, back = tablet.page, [], []
    said = {"json": {"goods": {}, "now_ms": time.time_ns() // 10**6}}
    page.route("**/api/till/receipts/*", lambda route: route.fulfill(**said) if back else asked.append(route))
    page.evaluate(TELL, [[f"S{each}" for each in range(MANY)], 10**6])
    until(lambda: page.evaluate(UNTOLD) == MANY, 10)
    assert len(asked) == 1
    back.append(True)
    asked[0].abort()                    # and it asks again
    until(lambda: page.evaluate(UNTOLD) == 0, 20)


def test_a_no_that_is_not_about_the_goods_is_no_answer(tablet):
    page, words, asked = tablet.page, ["TOO_MANY", "INTERNAL", "BUSY"], []
    said = {"number": 1, "title": "", "detail": "", "now_ms": time.time_ns() // 10**6}

    def answer(route):
        asked.append(words[0] if words else "")
        route.fulfill(**({"status": 503, "json": {"word": words[0], **said}} if words else {"json": {"goods": {}, **said}}))

    page.route("**/api/till/receipts/*", answer)
    for at in range(3):
        page.evaluate(TELL, [["S"], 10**6 + at])
        until(lambda: page.evaluate(UNTOLD) == at + 1 and words[0] in asked, 10)
        page.wait_for_timeout(100)
        assert page.evaluate(UNTOLD) == at + 1 and page.get_by_role("alert").count() == 0, words[0]
        words.append(words.pop(0))
    words.clear()
    page.evaluate(TELL, [["S"], 10**6])
    until(lambda: page.evaluate(UNTOLD) == 0, 20)
