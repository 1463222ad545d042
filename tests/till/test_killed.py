"""A tablet that dies between its record and its screen goes on where it was; two windows of one till keep two sales apart."""

import copy
import hashlib
import json
import time

import pytest
from playwright.sync_api import expect

from app.message import cose
from tests.cast import raw
from tests.desk.test_offline import Phone
from tests.till.test_journal import profile, rows  # noqa: F401  a fixture
from tests.till.test_offline import PASTE, closed, cut, knows_figures
from tests.till.town import Tablet

# As soon as such a row is on disk the page says so and stands still for ever, before anything that follows from the row.
STOP_AT = """wanted => {
    const begin = IDBDatabase.prototype.transaction;
    IDBDatabase.prototype.transaction = function (...given) {
        const transaction = begin.apply(this, given);
        transaction.addEventListener('complete', () => {
            if (!transaction.wanted) return;
            const said = new XMLHttpRequest();
            said.open('GET', '/health?stopped', false);
            try { said.send(); } catch {}
            for (;;);
        });
        return transaction;
    };
    const add = IDBObjectStore.prototype.add;
    IDBObjectStore.prototype.add = function (row, ...more) {
        if (row.text?.includes(wanted)) this.transaction.wanted = true;
        return add.call(this, row, ...more);
    };
}"""
PRESS_AT = """atMs => void setTimeout(() => {
    [...document.querySelectorAll('button')].find(({ textContent }) => textContent.trim() === '결제 받기').click();
}, atMs - Date.now())"""


@pytest.fixture
def dying(profile, town):  # noqa: F811
    return Tablet(profile, town).pair().start()


@pytest.fixture
def dies(dying, profile, town):  # noqa: F811
    """dies(row, act): acts, kills the tablet as soon as such a row is written; the same tablet, switched on again."""
    made = []

    def at(row: str, act) -> Tablet:
        crash = dying.context.new_cdp_session(dying.page)
        dying.page.evaluate(STOP_AT, row)
        with dying.page.expect_request("**/health?stopped"):
            act()
        with pytest.raises(Exception, match="closed|crash"):
            crash.send("Browser.crash")
        made.append(Tablet(profile, town).open())
        return made[-1]

    yield at
    made[-1].close()


def test_killed_between_the_receipt_in_its_record_and_green_it_is_green_when_it_is_on_again(dying, dies, town, kim):
    shown = dying.ask("810")
    again = dies('"what":"settled"', lambda: town.pay(kim, shown))
    expect(again.paid).to_contain_text("810원", timeout=15_000)
    assert [row["what"] for row in rows(again)] == ["sent", "settled"]
    again.page.get_by_role("button", name="다음 손님").click()
    again.page.reload()
    again.start()
    expect(again.page.get_by_role("button", name="마지막 결제 810원")).to_be_visible()     # seen once is enough


def test_killed_between_the_request_in_its_record_and_its_code_it_shows_that_code_when_it_is_on_again(dying, dies, town, kim):
    def act() -> None:
        dying.page.keyboard.type("820", delay=60)
        dying.page.keyboard.press("Enter")

    again = dies('"kind":"request"', act).start()
    again.page.wait_for_selector("a.text")
    (sent,) = rows(again)
    assert town.raw(again.shown()) == raw(sent["message"])
    town.pay(kim, again.shown())
    expect(again.paid).to_contain_text("820원")


def test_killed_between_a_deposit_in_its_record_and_its_screen_it_says_so_when_it_is_on_again_and_settles_once(dying, dies, town):
    knows_figures(dying)
    payer = town.wallet(help_won=20_000)
    phone = Phone(town, payer)
    code = phone.code(9_000) + raw(phone.answer.json["certificate"])
    dying.ask("830")
    cut(dying)
    again = dies('"kind":"deposit"', lambda: dying.page.evaluate(f"text => void setTimeout(() => ({PASTE})(text))", town.text(code)))
    expect(again.paid).to_contain_text("830원", timeout=15_000)           # taken, or settled already
    closed(again, "settled")
    assert [row["what"] for row in rows(again) if row["what"] == "settled" or row.get("kind") == "deposit"] == ["sent", "settled"]
    assert town.balance_won(payer) == 19_170


# --- two windows ---------------------------------------------------------------------------

@pytest.fixture
def windows(tablet) -> list[Tablet]:
    """Of one till on one tablet: one record, one key."""
    other = copy.copy(tablet)
    other.page = tablet.context.new_page()
    other.page.on("pageerror", lambda error: tablet.complaints.append(str(error)))
    return [tablet, other.open().start()]


@pytest.mark.prove
def test_two_windows_that_sell_at_once_never_mix_two_sales_and_lose_no_row(windows, town, kim):
    for at, amounts in enumerate((("1100", "2200"), ("1300", "1300"), ("1500", "2600"))):
        for window, amount in zip(windows, amounts, strict=True):
            window.page.keyboard.type(amount, delay=30)
        at_ms = time.time() * 1000 + 1_000
        for window in windows:
            window.page.evaluate(PRESS_AT, at_ms)
        shown = [window.shown() for window in windows]
        assert len(set(shown)) == 2
        assert [str(cose.parse(town.raw(text)).body.amount_won) for text in shown] == list(amounts)
        first = at % 2
        for turn in (first, 1 - first):
            town.pay(kim, shown[turn])
            expect(windows[turn].paid).to_contain_text(f"{int(amounts[turn]):,}원")
            if turn == first:
                expect(windows[1 - turn].page.locator(".waiting .amount")).to_contain_text(f"{int(amounts[1 - turn]):,}원")
        for window in windows:
            window.page.keyboard.press("Enter")
            expect(window.page.locator(".keypad")).to_be_visible()
    _hangs_together(windows[0], 6)
    windows[1].page.close()


def test_a_sale_that_the_other_window_wrote_down_is_green_on_its_own_screen_too(windows, town, kim):
    """One window hears nothing any more, as one that slept: the other asks, writes it down, and this one sees it there."""
    shown = windows[1].ask("1700")
    windows[1].page.route("**/api/**", lambda route: route.abort() if "outcomes" in route.request.url else route.continue_())
    windows[1].page.evaluate("() => { window.EventSource = undefined; }")
    town.pay(kim, shown)
    expect(windows[1].paid).to_contain_text("1,700원", timeout=15_000)
    _hangs_together(windows[0], 1)
    windows[1].page.close()


def _hangs_together(window: Tablet, sales: int) -> None:
    found = rows(window)
    assert [row["number"] for row in found] == list(range(1, 2 * sales + 1))
    assert len({row["id"] for row in found}) == sales and sum(row["what"] == "settled" for row in found) == sales
    window.page.get_by_role("button", name="설정", exact=True).click()
    with window.page.expect_download() as saved:
        window.page.locator(".record").get_by_role("button", name="파일로 내려받기").click()
    before = "0" * 64
    for line in saved.value.path().read_text().splitlines():
        assert json.loads(line)["before"] == before
        before = hashlib.sha256(line.encode()).hexdigest()
