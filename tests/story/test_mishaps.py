"""What goes wrong on the way, with both screens and cameras in play: it is paid once, and both sides know it."""

import time

import pytest
from playwright.sync_api import expect

from tests.cast import HELP, Line
from tests.story.stage import Tablet, new_walker, note
from tests.wallet.test_line import kept_for_offline

PURSE_WON = 100_000


@pytest.fixture
def new_kim(town, devices):
    """Opens the wallet of a linked resident with money."""
    opened = []

    def open_wallet(before=None):
        walker = new_walker(devices[0], town, before)
        opened.append(walker)
        walker.account = bytes.fromhex(walker.phone.make_wallet())
        town.link(walker)
        town.top_up(HELP, {walker: PURSE_WON})
        return walker

    yield open_wallet
    for walker in opened:
        walker.phone.context.close()


@pytest.fixture
def kim(new_kim):
    return new_kim()


@pytest.fixture(scope="module")
def paired(town, devices):
    tablet = Tablet(devices[1], town).pair().start()
    yield tablet
    tablet.close()


@pytest.fixture
def till(paired, devices):
    """The shop's till, on its keypad."""
    yield paired
    paired.page.unroute_all()
    devices[1].camera.look_away()
    paired.keypad()


def show_code(kim, devices) -> None:
    """Kim holds the code before the till's camera."""
    kim.phone.tap("내 코드")
    devices[1].camera.see(kim.page)


def lose_answers(page, path: str, times: int = 1) -> list[str]:
    """The server does what it is asked to; its next answers don't arrive. What was sent is kept."""
    sent = []

    def swallow(route):
        sent.append(route.request.post_data)
        if len(sent) > times:
            return route.continue_()
        route.fetch()
        route.abort()

    page.route(path, swallow)
    return sent


def paid_once(town, kim, till, amount_won: int) -> dict:
    """One debit in the ledger, one receipt on each side, and the till's is what the server says again. The phone's record."""
    assert town.balance_won(kim) == PURSE_WON - amount_won
    (paid,) = kim.paid().values()
    kept = till.kept()[paid["entry"]]
    assert town.receipt(paid["receipt"], paid["id"]).entry == town.receipt(kept["receipt"], kept["id"]).entry
    assert town.receipt(kept["receipt"], kept["id"]).amount_won == amount_won
    return paid


def says_paid(kim) -> None:
    expect(kim.page.get_by_role("heading", name="결제되었습니다")).to_be_visible(timeout=15_000)


def test_a_code_that_stays_before_the_camera_is_charged_once(town, devices, kim, till):
    show_code(kim, devices)
    till.ask("4000")
    expect(till.paid).to_be_visible()
    says_paid(kim)
    till.page.wait_for_timeout(500)
    assert len([one for one in till.kept().values() if one["amount_won"] == 4000]) == 1
    paid_once(town, kim, till, 4000)


def test_a_double_tap_on_the_phone_is_one_payment(town, kim, till):
    till.ask("4100")
    kim.scan(till.page)
    pay = kim.page.get_by_role("button", name="내기", exact=True)
    pay.evaluate("button => { button.click(); button.click(); }")
    expect(till.paid).to_contain_text("4,100원")
    says_paid(kim)
    paid_once(town, kim, till, 4100)


@pytest.mark.prove
def test_a_double_press_on_the_till_is_one_request(town, kim, till):
    till.page.keyboard.type("4200")
    till.page.get_by_role("button", name="결제 받기").evaluate("button => { button.click(); button.click(); }")
    assert till.asked_for(4200) == 1
    kim.scan(till.page)
    kim.phone.tap("내기", exact=True)
    expect(till.paid).to_contain_text("4,200원")
    says_paid(kim)
    paid_once(town, kim, till, 4200)


def test_the_till_that_lost_the_answer_finds_the_same_receipt(town, devices, kim, till):
    sent = lose_answers(till.page, "**/api/sales")
    show_code(kim, devices)
    till.ask("5000")
    expect(till.paid).to_contain_text("5,000원", timeout=20_000)
    note("a lost answer at the till: from the amount to green", till.green_after_ms(), 20_000)
    says_paid(kim)
    paid = paid_once(town, kim, till, 5000)
    again = Line(town.url).post("/api/sales", sent[0].encode()).json
    assert (again["entry"], again["receipt"]) == (paid["entry"], till.kept()[paid["entry"]]["receipt"])
    assert len(set(sent)) == 1
    assert town.balance_won(kim) == PURSE_WON - 5000


def test_the_phone_that_lost_the_answer_finds_its_payment_and_the_till_is_green(town, kim, till):
    sent = lose_answers(kim.page, "**/api/sales", times=3)
    till.ask("6000")
    kim.scan(till.page)
    kim.phone.tap("내기", exact=True)
    expect(till.paid).to_contain_text("6,000원")
    says_paid(kim)
    paid = paid_once(town, kim, till, 6000)
    again = Line(town.url).post("/api/sales", sent[0].encode()).json
    assert (again["entry"], again["receipt"]) == (paid["entry"], till.kept()[paid["entry"]]["receipt"])
    assert len(set(sent)) == 1


def test_a_refund_that_is_tapped_twice_and_whose_answer_is_lost_is_given_once(town, devices, kim, till):
    show_code(kim, devices)
    till.ask("7000")
    expect(till.paid).to_be_visible()
    sent = lose_answers(till.page, "**/api/refunds")
    till.give_back(max(till.kept()), 2000, taps=2)
    expect(till.paid).to_contain_text("환불 완료", timeout=20_000)
    assert len(set(sent)) == 1
    assert town.balance_won(kim) == PURSE_WON - 5000


def test_a_refund_that_was_cut_off_is_asked_again_and_not_given_beside(town, devices, kim, till):
    show_code(kim, devices)
    till.ask("7500")
    expect(till.paid).to_be_visible()
    sent = []
    till.page.route("**/api/refunds", lambda route: (sent.append(route.request.post_data), route.abort()))
    with till.page.expect_event("requestfailed"):
        till.give_back(max(till.kept()), 2000)
    till.page.unroute_all()
    till.open().start()
    till.page.on("request", lambda request: request.url.endswith("/refunds") and sent.append(request.post_data))
    till.give_back(max(till.kept()), 2000)
    expect(till.paid).to_contain_text("환불 완료")
    assert len(set(sent)) == 1
    assert town.balance_won(kim) == PURSE_WON - 5500


@pytest.mark.prove
@pytest.mark.parametrize("wrong_s", [600, -600], ids=["ten minutes fast", "ten minutes slow"])
def test_a_phone_with_a_wrong_clock_pays_in_both_ways(town, devices, new_kim, till, wrong_s):
    kim = new_kim(before=lambda context: context.clock.install(time=time.time() + wrong_s))
    assert abs(kim.page.evaluate("Date.now()") / 1000 - time.time() - wrong_s) < 20
    show_code(kim, devices)
    till.ask("8000")
    expect(till.paid).to_contain_text("8,000원")
    says_paid(kim)
    devices[1].camera.look_away()
    kim.phone.tap("확인", exact=True)
    till.ask("8100")
    kim.scan(till.page)
    kim.phone.tap("내기", exact=True)
    expect(till.paid).to_contain_text("8,100원")
    says_paid(kim)
    assert town.balance_won(kim) == PURSE_WON - 16_100


@pytest.mark.prove
def test_a_phone_without_a_line_shows_a_code_that_the_till_charges(town, devices, kim, till):
    kept_for_offline(kim.phone)
    kim.phone.context.set_offline(True)
    show_code(kim, devices)
    expect(kim.page.get_by_text("인터넷이 없어도 결제할 수 있습니다")).to_be_visible()
    till.ask("9000")
    expect(till.paid).to_contain_text("9,000원")
    kim.phone.context.set_offline(False)
    says_paid(kim)
    paid_once(town, kim, till, 9000)


def test_a_request_that_two_phones_scanned_is_paid_by_the_first(town, new_kim, till):
    first, second = new_kim(), new_kim()
    till.ask("9500")
    for kim in (first, second):
        kim.scan(till.page)
        expect(kim.page.get_by_role("button", name="내기", exact=True)).to_be_visible()
    for kim in (first, second):
        kim.phone.tap("내기", exact=True)
    says_paid(first)
    expect(second.page.locator("main [role=alert]")).to_contain_text("이미")
    expect(till.paid).to_contain_text("9,500원")
    assert (town.balance_won(first), town.balance_won(second)) == (PURSE_WON - 9500, PURSE_WON)
