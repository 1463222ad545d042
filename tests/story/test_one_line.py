"""Only one side has a line: the phone alone is offline, or the till alone. Both screens and both cameras are in play."""

import pytest
from playwright.sync_api import expect

from tests.cast import HELP, until
from tests.story.stage import Tablet, new_walker, note
from tests.wallet.test_line import kept_for_offline

DINER = "육거리 순대국"
PURSE_WON = 100_000
OFFLINE = "인터넷이 끊겼습니다"


@pytest.fixture
def kim(town, devices):
    """A linked resident with money, whose phone has used its camera before and keeps the list of shops."""
    devices[0].camera.look_away()
    walker = new_walker(devices[0], town)
    walker.phone.context.set_default_timeout(20_000)
    walker.account = bytes.fromhex(walker.phone.make_wallet())
    town.link(walker)
    town.top_up(HELP, {walker: PURSE_WON})
    kept_for_offline(walker.phone)
    until(lambda: walker.phone.kept("directory"))
    walker.phone.tap("QR 찍기")
    expect(walker.page.get_by_text("코드를 찾고 있습니다")).to_be_visible(timeout=20_000)
    walker.phone.tap("처음으로")
    yield walker
    walker.phone.context.close()


@pytest.fixture(scope="module")
def tablets(town, devices):
    """Two tills of the same shop; their pages are kept for offline."""
    made = [Tablet(devices[1], town).pair().start() for _ in range(2)]
    for tablet in made:
        tablet.context.set_default_timeout(20_000)
        tablet.page.evaluate("navigator.serviceWorker.ready.then(() => 1)")
    yield made
    for tablet in made:
        tablet.close()


@pytest.fixture
def till(tablets, devices):
    yield tablets[0]
    devices[1].camera.look_away()
    for tablet in tablets:
        tablet.context.set_offline(False)
        tablet.page.reload()
        tablet.start()
        tablet.keypad()


@pytest.fixture
def other_till(tablets):
    return tablets[1]


def says_paid(kim) -> None:
    expect(kim.page.get_by_role("heading", name="결제되었습니다")).to_be_visible(timeout=15_000)


def pays(kim, till) -> None:
    """Scans what the till shows, and taps once."""
    kim.scan(till.page)
    kim.phone.tap("내기", exact=True)


def shows_the_shops_receipt(kim, camera) -> None:
    kim.phone.tap("가게에 보여 줄 영수증")
    expect(kim.page.get_by_role("heading", name="가게에 보여 주세요")).to_be_visible()
    camera.see(kim.page)


def without_a_line(till) -> None:
    """Opened again, because a stream that is open goes on when Chromium is told to be offline."""
    till.context.set_offline(True)
    till.page.reload()
    till.start()
    expect(till.page.locator(".strip").first).to_contain_text(OFFLINE)


# --- the phone has no line -----------------------------------------------------------------

def test_a_phone_without_a_line_signs_and_the_till_reads_its_answer_and_turns_green(town, devices, kim, till):
    kim.phone.context.set_offline(True)
    kim.page.reload()
    till.ask("4000")
    kim.scan(till.page)
    main = kim.page.locator("main")
    expect(main).to_contain_text(f"{DINER}4,000원사천 원")
    kim.phone.tap("내기", exact=True)
    expect(main).to_contain_text("가게가 확인하면 끝납니다")
    expect(main).to_contain_text("가게 기계에 보여 주세요")
    devices[1].camera.see(kim.page)
    expect(till.paid).to_contain_text("4,000원사천 원")
    note("a shown answer: from the amount to green", till.green_after_ms(), 20_000)
    expect(main).to_contain_text("가게가 확인하면 끝납니다")         # nobody told this phone yet
    kim.phone.context.set_offline(False)
    says_paid(kim)
    (paid,) = kim.paid().values()
    kept = till.kept()[paid["entry"]]
    assert town.receipt(paid["receipt"], paid["id"]).entry == town.receipt(kept["receipt"], kept["id"]).entry
    assert town.balance_won(kim) == PURSE_WON - 4000


@pytest.mark.prove
def test_a_phone_that_was_put_away_says_later_what_became_of_its_answer(town, devices, kim, till):
    kim.phone.context.set_offline(True)
    till.ask("4100")
    pays(kim, till)
    devices[1].camera.see(kim.page)
    expect(till.paid).to_contain_text("4,100원")
    kim.phone.tap("처음 화면으로")
    expect(kim.page.locator(".open-payment")).to_contain_text("결과를 기다리는 결제")
    kim.page.reload()
    expect(kim.page.locator(".open-payment")).to_contain_text(DINER)
    kim.phone.context.set_offline(False)
    says_paid(kim)
    expect(kim.page.locator("main")).to_contain_text("4,100원")
    expect(kim.page.locator(".open-payment")).to_have_count(0)


def test_an_answer_for_another_tills_request_is_refused_there_and_moves_nothing(town, devices, kim, till, other_till):
    kim.phone.context.set_offline(True)
    till.ask("4200")
    pays(kim, till)
    other_till.ask("4200")
    devices[1].camera.see(kim.page)
    expect(other_till.refused).to_contain_text("이 금액에 대한 것이 아닙니다")
    expect(till.paid).to_contain_text("4,200원")
    assert town.balance_won(kim) == PURSE_WON - 4200


def test_an_answer_that_the_city_refuses_is_said_at_the_till_and_the_request_stays_open(town, devices, kim, till):
    kim.phone.context.set_offline(True)
    till.ask("999999")
    pays(kim, till)
    devices[1].camera.see(kim.page)
    expect(till.refused).to_contain_text("이 금액은 낼 수 없습니다")
    kim.phone.context.set_offline(False)
    expect(kim.page.locator("main")).to_contain_text("돈이 모자랍니다")
    assert town.balance_won(kim) == PURSE_WON


# --- the till has no line ------------------------------------------------------------------

def test_a_till_without_a_line_takes_the_citys_receipt_from_the_phone_that_paid(town, devices, kim, till):
    without_a_line(till)
    till.ask("5000")
    expect(till.page.locator(".no-line")).to_contain_text("가게에 보여 줄 영수증")
    pays(kim, till)
    says_paid(kim)
    expect(till.paid).to_have_count(0)
    shows_the_shops_receipt(kim, devices[1].camera)
    expect(till.paid).to_contain_text("결제 완료5,000원오천 원")
    until(lambda: till.seen("said.at(-1)") == "오천 원 결제가 완료되었습니다")
    entry = max(till.kept())
    assert town.receipt(till.kept()[entry]["receipt"], till.kept()[entry]["id"]).amount_won == 5000
    till.context.set_offline(False)
    until(lambda: till.rows("confirmed"), 40)
    assert till.rows("confirmed")[-1]["id"] == till.kept()[entry]["id"]
    assert town.balance_won(kim) == PURSE_WON - 5000


@pytest.mark.prove
def test_a_page_that_never_had_a_line_since_it_was_opened_sells(town, devices, kim, till):
    without_a_line(till)
    till.ask("5100")
    pays(kim, till)
    says_paid(kim)
    shows_the_shops_receipt(kim, devices[1].camera)
    expect(till.paid).to_contain_text("5,100원")


def test_an_old_receipt_is_refused_at_its_own_till_and_at_another(town, devices, kim, till, other_till):
    for tablet in (till, other_till):
        without_a_line(tablet)
    till.ask("5200")
    pays(kim, till)
    says_paid(kim)
    shows_the_shops_receipt(kim, devices[1].camera)
    expect(till.paid).to_contain_text("5,200원")
    other_till.ask("5200")
    expect(other_till.refused).to_contain_text("지금 청구한 것의 영수증이 아닙니다")
    till.keypad()
    till.ask("5200")
    expect(till.refused).to_contain_text("이미 쓴 영수증입니다")
    expect(till.paid).to_have_count(0)
    assert len([one for one in till.kept().values() if one["amount_won"] == 5200]) == 1


@pytest.mark.prove
def test_a_receipt_for_an_earlier_amount_is_kept_for_that_sale_and_pays_nothing_else(town, devices, kim, till):
    without_a_line(till)
    till.ask("5300")
    pays(kim, till)
    says_paid(kim)
    till.page.get_by_role("button", name="금액 고치기").click()
    till.keypad()
    till.ask("9300")
    shows_the_shops_receipt(kim, devices[1].camera)
    expect(till.refused).to_contain_text("5,300원에 대한 것이라")
    expect(till.page.locator(".notice").first).to_contain_text("앞의 5,300원 결제가 완료되었습니다")
    expect(till.paid).to_have_count(0)


def test_a_till_without_a_line_reads_the_receipt_after_it_was_killed_in_the_middle(town, devices, kim, till):
    without_a_line(till)
    till.ask("5400")
    pays(kim, till)
    says_paid(kim)
    till.page.reload()
    till.start()
    expect(till.page.locator(".waiting .amount")).to_contain_text("5,400원")
    shows_the_shops_receipt(kim, devices[1].camera)
    expect(till.paid).to_contain_text("5,400원")


# --- neither has one -----------------------------------------------------------------------

def test_when_neither_has_a_line_the_till_says_so_and_nothing_is_taken(town, devices, kim, till):
    without_a_line(till)
    kim.phone.context.set_offline(True)
    till.ask("6000")
    pays(kim, till)
    devices[1].camera.see(kim.page)
    expect(till.refused).to_contain_text("가게와 손님 모두 인터넷이 없습니다")
    assert town.balance_won(kim) == PURSE_WON
