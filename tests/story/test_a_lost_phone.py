"""A lost phone: one officer begins at one office, a second one at another approves, and whoever holds the old phone reads it at
once. The new one pays up to what the policy says, and the rest a day later; a paper card is made at the same visit."""

import re
from dataclasses import dataclass

import pytest
from playwright.sync_api import expect

from app.desk import cards
from app.money import policy
from app.money.orders_offline import Policy
from app.money.state import Register
from app.people import signin
from app.web.words import moment
from tests.cast import DAY_S, HELP, HOUR_S, Line, Till, sale
from tests.console.desk import CHECKER, MAKER
from tests.story.stage import Desk, Town, Walker, new_desk, new_walker

HELD_WON, AT_ONCE_WON = 100_000, 20_000
STOPPED = "이 휴대전화의 지갑이 멈추었습니다"


@dataclass
class Visit:
    town: Town
    first: Desk                 # at the office in Kim's quarter
    second: Desk                # at another one
    old: Walker
    new: Walker
    till: Till


@pytest.fixture
def visit(town, devices):
    def desk(number: int) -> Desk:
        made = new_desk(devices[1], f"{town.url}/console/once/{signin.one_time_code(town.office.people, number)}")
        made.open(f"{town.url}/console/key")
        made.press("이 브라우저에서 열쇠 만들기")
        expect(made.page.get_by_text("쓸 수 있습니다.")).to_be_visible()
        return made

    now_s = town.now_s()
    town.hand_in(Policy(0, policy.REBOUND, AT_ONCE_WON, now_s, now_s + DAY_S, bytes(8), now_s + HOUR_S))
    old = new_walker(devices[0], town)
    old.account = bytes.fromhex(old.phone.make_wallet())
    town.link(old)
    town.top_up(HELP, {old: HELD_WON})
    found = Visit(town, desk(MAKER), desk(CHECKER), old, new_walker(devices[0], town), town.till())
    yield found
    for page in (found.first.page, found.second.page, old.page, found.new.page):
        page.context.close()
    devices[1].camera.look_away()


def test_a_lost_phone(visit, devices):
    kept = visit.old.phone.kept("account")
    the_old_phone_lies_on_its_first_screen(visit)
    asked = the_first_officer_scans_the_new_phone_and_signs(visit, devices[1].camera)
    one_signature_moves_nothing(visit)
    the_second_officer_approves_at_another_office(visit, asked)
    whoever_holds_the_old_phone_reads_it_at_once(visit)
    a_till_takes_nothing_from_the_old_phone(visit, kept)
    the_new_phone_says_how_much_now_and_when_the_rest(visit)
    it_pays_that_and_not_a_won_more(visit)
    a_paper_card_is_made_at_the_same_visit(visit)


def the_old_phone_lies_on_its_first_screen(visit: Visit) -> None:
    visit.old.page.reload()
    expect(visit.old.page.locator(".balance .amount strong")).to_have_text(f"{HELD_WON:,}원")


def the_first_officer_scans_the_new_phone_and_signs(visit: Visit, camera) -> str:
    visit.new.phone.make_wallet()
    visit.new.phone.tap("도움말")
    expect(visit.new.page.get_by_text("돈은 없어지지 않습니다")).to_be_visible()
    visit.new.phone.tap("본인 연결")
    camera.see(visit.new.page)
    desk = visit.first
    desk.open(f"{visit.town.url}/console/people/{visit.old.person.hex()}")
    desk.page.get_by_text("휴대전화를 잃어버렸거나 바꿨을 때").click()
    desk.press("카메라로 찍기: 새 휴대전화의 본인 연결 코드")
    expect(desk.page.locator("main")).to_contain_text("두 번째 서명과 함께 바로 멈춥니다")
    desk.press("서명하고 보내기")
    expect(desk.page.get_by_text("다른 담당자의 확인을 기다리고 있습니다")).to_be_visible()
    expect(desk.page.get_by_role("button", name="승인 서명하기")).to_have_count(0)
    camera.look_away()
    return desk.page.url


def one_signature_moves_nothing(visit: Visit) -> None:
    assert not any(record.revoked for _, record in visit.town.office.store.keys_of(visit.old.account))
    expect(visit.old.page.get_by_role("heading", name=STOPPED)).to_have_count(0)


def the_second_officer_approves_at_another_office(visit: Visit, asked: str) -> None:
    visit.second.open(f"{visit.town.url}/console")
    visit.second.page.get_by_role("link").filter(has_text="승인할 제안").filter(has_text=visit.old.reference).click()
    assert visit.second.page.url == asked
    visit.second.press("승인 서명하기")
    expect(visit.second.page.locator("h1")).to_contain_text("완료")


def whoever_holds_the_old_phone_reads_it_at_once(visit: Visit) -> None:
    """Nobody touched it. Phones look a few seconds after their line broke, spread, so that not all ask at one time."""
    expect(visit.old.page.get_by_role("heading", name=STOPPED)).to_be_visible(timeout=25_000)
    main = visit.old.page.locator("main")
    expect(main).to_contain_text(moment(rebound_s(visit), "ko", visit.town.office.city.zone))
    expect(main).to_contain_text("본인이 하신 일이 아닌가요?")
    expect(main).to_contain_text(visit.old.account.hex()[:4])
    expect(main).not_to_contain_text(f"{HELD_WON:,}")


def rebound_s(visit: Visit) -> int:
    keys = visit.town.office.store.keys_of(visit.old.account)
    return next(record.rebound_s for _, record in keys if not record.revoked)


def a_till_takes_nothing_from_the_old_phone(visit: Visit, kept: dict) -> None:
    """A thief who goes on with the key itself, without the page."""
    visit.old.page.evaluate("""kept => new Promise((done) => {
        indexedDB.open('hagc-wallet').onsuccess = ({ target: { result } }) => {
            const change = result.transaction('facts', 'readwrite');
            change.objectStore('facts').put(null, 'stopped');
            change.objectStore('facts').put(kept, 'account');
            change.oncomplete = () => { result.close(); done(); };
        };
    })""", kept)
    visit.old.page.route("**/api/wallet*", lambda route: route.abort())     # a page that never hears
    visit.old.page.goto(visit.town.url + "/#/code")
    visit.old.page.reload()
    code = visit.town.raw(visit.old.phone.code_text())
    answer = Line(visit.town.url).post("/api/sales", sale(code, visit.till.charge(code, 1_000)))
    assert answer.word == "REVOKED_KEY"


def the_new_phone_says_how_much_now_and_when_the_rest(visit: Visit) -> None:
    visit.new.phone.tap("처음으로")
    expect(visit.new.page.locator(".balance .amount strong")).to_have_text(f"{HELD_WON:,}원")
    rest = moment(rebound_s(visit) + DAY_S, "ko", visit.town.office.city.zone)
    expect(visit.new.page.locator(".balance .limit")).to_have_text(
        f"새로 연결한 휴대전화라서 지금은 {AT_ONCE_WON:,}원까지 쓸 수 있습니다. 나머지는 {rest}부터 쓸 수 있습니다.")


def it_pays_that_and_not_a_won_more(visit: Visit) -> None:
    phone = visit.new.phone
    phone.paste(visit.town.text(visit.till.request(AT_ONCE_WON + 1)))
    expect(phone.page.locator("main")).to_contain_text(f"{AT_ONCE_WON:,}원")
    expect(phone.page.get_by_role("button", name="내기", exact=True)).to_have_count(0)
    phone.tap("처음으로")
    phone.paste(visit.town.text(visit.till.request(AT_ONCE_WON)))
    phone.tap("내기", exact=True)
    expect(phone.page.get_by_role("heading", name="결제되었습니다")).to_be_visible()
    phone.tap("확인", exact=True)
    expect(phone.page.locator(".balance .limit")).to_contain_text("지금은 0원까지")


def a_paper_card_is_made_at_the_same_visit(visit: Visit) -> None:
    first, second = visit.first, visit.second
    first.open(f"{visit.town.url}/console/people/{visit.old.person.hex()}")
    first.press("종이 카드 만들기")
    first.press("서명하고 보내기")
    second.open(first.page.url)
    second.press("승인 서명하기")
    expect(second.page.locator("h1")).to_contain_text("완료")
    first.open(f"{visit.town.url}/console/people/{visit.old.person.hex()}")
    with first.page.expect_download() as paper:
        first.page.get_by_role("link", name=re.compile("카드 인쇄")).click()
    assert paper.value.path().read_bytes().startswith(b"%PDF")
    card = cards.of_person(visit.town.office, visit.old.person)
    assert cards.standing(visit.town.office, card) == cards.LIVE
    pin = cards.new_pin(visit.town.office, MAKER, card)
    paid = cards.pay(visit.town.office, visit.till.number, (card.number, pin), visit.till.request(7_000))
    assert paid.amount_won == 7_000
    visit.new.page.reload()
    expect(visit.new.page.get_by_role("alert")).to_contain_text("종이 카드로도 이 지갑의 돈을 쓸 수 있습니다")
    visit.new.phone.tap("제가 부탁했습니다")
    expect(visit.new.page.get_by_role("alert")).to_have_count(0)
