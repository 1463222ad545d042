"""Neither side has a line: the tablet's camera reads the code and its certificate off a phone's screen, both of 360 px."""

import pytest
from playwright.sync_api import expect

from app.chain.verify import replay
from app.store.audit import opened_log
from tests.cast import HELP, until
from tests.story.stage import Tablet, new_walker, note, read
from tests.wallet.test_line import kept_for_offline

PURSE_WON = 100_000
FIGURES = """() => new Promise((resolve) => {
    indexedDB.open('hagc-till').onsuccess = ({ target: { result } }) => {
        result.transaction('facts').objectStore('facts').get('directory').onsuccess = ({ target }) => {
            result.close();
            resolve(Boolean(target.result));
        };
    };
})"""


@pytest.fixture
def kim(town, devices):
    walker = new_walker(devices[0], town)
    walker.account = bytes.fromhex(walker.phone.make_wallet())
    town.link(walker)
    town.top_up(HELP, {walker: PURSE_WON})
    kept_for_offline(walker.phone)
    expect(walker.page.get_by_text("인터넷 없이도 30,000원까지 낼 수 있습니다")).to_be_visible(timeout=20_000)
    yield walker
    walker.phone.context.close()


@pytest.fixture
def till(town, devices):
    tablet = Tablet(devices[1], town).pair().start()
    kept_for_offline(tablet)
    tablet.start()
    until(lambda: tablet.page.evaluate(FIGURES))
    yield tablet
    devices[1].camera.look_away()
    tablet.close()


def test_a_meal_is_paid_while_nobody_has_a_line_and_everybody_agrees_on_it_afterwards(town, devices, kim, till):
    for device in (kim.phone, till):
        device.context.set_offline(True)
        device.page.reload()
    till.start()
    till.ask("8500")
    kim.phone.tap("내 코드")
    kim.phone.tap("가게도 인터넷이 없어요")
    kim.page.get_by_label("낼 금액 (원)").fill("8500")
    kim.phone.tap("이 금액으로 코드 만들기")
    kim.page.locator(".qr svg").scroll_into_view_if_needed()
    assert read(kim.page.screenshot()) == kim.page.locator(".qr-text a").get_attribute("href")
    devices[1].camera.see(kim.page)
    expect(till.page.locator(".taken")).to_contain_text("8,500원팔천오백 원", timeout=20_000)
    until(lambda: "팔천오백 원 받았습니다. 인터넷이 되면 정산됩니다" in till.seen("said"))
    note("taken: from the amount to the amber-green screen", till.page.evaluate("Date.now()") - till.seen("asked"), 30_000)
    assert town.balance_won(kim) == PURSE_WON and till.seen("rang")
    till.context.set_offline(False)
    expect(till.page.get_by_text("인터넷 없이 받은 1건 8,500원이 정산되었습니다")).to_be_visible(timeout=20_000)
    ((entry, kept),) = till.kept().items()
    assert town.receipt(kept["receipt"], kept["id"]).entry == entry
    kim.phone.context.set_offline(False)
    until(lambda: kim.paid())
    (paid,) = kim.paid().values()
    assert (paid["entry"], paid["amount_won"]) == (entry, 8500)
    assert town.receipt(paid["receipt"], paid["id"]).entry == entry
    assert town.balance_won(kim) == PURSE_WON - 8500
    with opened_log(town.office.store) as log:
        assert replay(log).ok
