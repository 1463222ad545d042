"""Two officers in two browsers on the served example city: keys, programmes, lists, linking, pairing, notices."""

import io
import json
import os
from dataclasses import replace
from pathlib import Path

import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import expect

from app.desk import certify, example, officer, pairing, pay
from app.desk.officer import Wanted
from app.message import cose, qr
from app.message.keys import Signer, new_seed, read_seed, write_seed
from app.money.orders import Notice
from app.money.state import Register
from app.people import register
from app.people.register import Details
from tests.cast import DAY_S, HELP, RESTAURANT, TOWN_OFFICE, Wallet
from tests.console.desk import CHECKER, MAKER
from tests.console.test_queues import Phone, file_of, prepare_offline, taken
from tests.wallet.test_screens import AXE, RULES

SMALL = """() => [...document.querySelectorAll('button, a.button, input:not([type=checkbox]), label.choice, select, textarea, summary')]
    .filter(one => one.checkVisibility() && !one.matches('.unseen[aria-hidden]') && one.getBoundingClientRect().height < 47.9)
    .map(one => `${one.className} ${one.textContent}`)"""
CSV = "관리번호,금액\r\n{0},300000\r\n{1},150000\r\n{0},1000\r\nP-9999,5000\r\n{1},1만원\r\n"


@pytest.fixture
def two(seats):
    """The maker and the checker, each with a key."""
    return seats(MAKER).with_key(), seats(CHECKER).with_key()


def shot(office, name: str) -> None:
    """For who wants to look: HAGC_SHOTS=folder."""
    if folder := os.environ.get("HAGC_SHOTS"):
        office.page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


def test_a_list_with_bad_rows_is_set_aside_proposed_checked_in_another_browser_and_paid(town, two, tmp_path):
    maker, checker = two
    kim, lee = town.wallet(), town.wallet()
    file = tmp_path / "12월.csv"
    file.write_bytes(CSV.format(kim.reference, lee.reference).encode("cp949"))
    maker.go("/console/lists/new")
    maker.page.get_by_label("명단 파일").set_input_files(file)
    maker.press("명단 검사하기")
    maker.sees("지급할 수 없는 줄")
    expect(maker.page.locator("tbody tr").filter(has_text="P-9999").filter(has_text="모르는 분")).to_be_visible()
    expect(maker.page.locator("tbody tr").filter(has_text="1000").filter(has_text="두 번")).to_be_visible()
    expect(maker.page.get_by_role("button", name="서명하고 올리기")).to_have_count(0)
    shot(maker, "list-bad")
    maker.press("3줄 모두 빼고 진행")
    maker.sees("이 브라우저가 다시 계산한 결과도 같습니다: 2명, 450,000원")
    shot(maker, "list-sign")
    maker.press("서명하고 올리기")
    maker.sees("다른 담당자의 확인을 기다리고 있습니다")
    checker.go("/console")
    shot(checker, "today")
    checker.page.get_by_role("link", name="지급 명단 확인").first.click()
    checker.sees("이 브라우저가 다시 계산한 결과도 같습니다: 2명, 450,000원")
    shot(checker, "list-check")
    checker.press("승인 서명하기")
    checker.sees("지급 진행")
    expect(checker.page.locator("[data-percent]")).to_have_text("100%")
    checker.sees("2명에게 450,000원 지급")
    shot(checker, "list-paid")
    assert (town.balance_won(kim), town.balance_won(lee)) == (300_000, 150_000)
    take_back(town, two, kim)
    assert (town.balance_won(kim), town.balance_won(lee)) == (0, 0)


def take_back(town, two, payer) -> None:
    """It was the wrong list; one of its people has paid with it since."""
    maker, checker = two
    maker.page.reload()
    code = payer.code(40_000)
    pay.settle(town.office, code, town.till().charge(code, 40_000))
    maker.page.locator("summary", has_text="이 명단의 돈 되돌리기").click()
    maker.press("이 명단의 돈 되돌리기")
    maker.sees("이 브라우저가 다시 계산한 결과도 같습니다: 2명, 410,000원")
    shot(maker, "back-sign")
    maker.press("서명하고 올리기")
    maker.sees("다른 담당자의 확인을 기다리고 있습니다")
    checker.page.goto(maker.page.url)
    checker.sees("이 브라우저가 다시 계산한 결과도 같습니다: 2명, 410,000원")
    shot(checker, "back-check")
    checker.press("승인 서명하기")
    checker.sees("2명에게서 410,000원 되돌림")
    shot(checker, "back-done")


def test_the_checker_sees_what_changed_since_the_last_list_and_may_refuse(town, two):
    maker, checker = two
    stays, changes, goes, comes = (town.wallet() for _ in range(4))
    town.top_up(HELP, {stays: 10_000, changes: 20_000, goes: 30_000})
    maker.go(f"/console/lists/new?programme={HELP}")
    maker.fill("또는 직접 적기", f"{stays.reference}\t10000\n{changes.reference} 25000\n{comes.reference},5000\n")
    maker.press("명단 검사하기")
    maker.press("서명하고 올리기")
    address = maker.page.url
    checker.page.goto(address)
    checker.sees("새로 1명, 빠짐 1명, 금액 바뀜 1명")
    expect(checker.page.locator(".before", has_text="20,000원")).to_be_visible()
    expect(checker.page.locator(".after", has_text="25,000원")).to_be_visible()
    shot(checker, "list-differences")
    checker.fill("반려하는 이유", "지난달 금액 그대로여야 합니다")
    checker.press("반려하기")
    checker.sees("지난달 금액 그대로여야 합니다")
    maker.page.goto(address)
    maker.sees("반려")


def test_rows_that_were_changed_behind_the_officers_back_are_not_signed(town, two):
    maker, checker = two
    kim = town.wallet()
    maker.go("/console/lists/new")
    maker.fill("또는 직접 적기", f"{kim.reference} 7000")
    maker.press("명단 검사하기")
    maker.press("서명하고 올리기")
    maker.sees("다른 담당자의 확인을")

    def lie(route):
        answer = route.fetch()
        route.fulfill(response=answer, body=answer.text().replace("7000", "9000"))

    checker.page.route("**/rows", lie)
    checker.page.goto(maker.page.url)
    checker.sees("명단이 서명할 내용과 다릅니다")
    expect(checker.page.get_by_role("button", name="승인 서명하기")).to_be_disabled()


def test_a_programme_is_opened_by_one_officer_and_approved_by_another(town, two):
    maker, checker = two
    maker.go("/console/programmes/new")
    maker.fill("이름", "설 명절 지원")
    maker.fill("예산", "3,000,000")
    maker.fill("마지막 지급일", "2027-01-31")
    maker.fill("마지막 사용일", "2027-03-31")
    maker.page.get_by_label("전통시장").check()
    shot(maker, "programme-form")
    maker.press("서명하러 가기")
    maker.sees("3,000,000원 (삼백만 원)")
    maker.sees("2027년 1월 31일 24:00")
    shot(maker, "programme-sign")
    maker.press("서명하고 보내기")
    maker.sees("다른 담당자의 확인을 기다리고 있습니다")
    checker.page.goto(maker.page.url)
    shot(checker, "programme-approve")
    checker.press("승인 서명하기")
    checker.sees("완료")
    maker.go("/console/programmes")
    expect(maker.page.locator("tbody tr", has_text="설 명절 지원")).to_contain_text("3,000,000원")
    shot(maker, "programmes")
    maker.page.get_by_role("link", name="설 명절 지원").click()
    shot(maker, "programme")


def test_a_wallet_is_linked_by_the_text_of_its_code_and_frozen_and_thawed(town, two):
    maker, _ = two
    person = register.add(town.office.people, Details("이순자", "1943-11-02", "010-0000-0002"))
    kim = Wallet(town)
    maker.go("/console/people")
    maker.fill("찾는 사람", person.reference)
    maker.press("찾기")
    expect(maker.page.locator("tbody")).to_contain_text("이*자")
    shot(maker, "people")
    maker.page.get_by_role("link", name=person.reference).click()
    shot(maker, "person")
    maker.fill("지갑의 본인 연결 코드", qr.to_text(kim.joining(), town.office.genesis.host))
    maker.press("연결하러 가기")
    maker.sees("이*자")
    maker.press("서명하고 보내기")
    maker.sees("장부에 올렸습니다")
    maker.sees(kim.account.hex())
    maker.press("지갑 잠그기")
    maker.press("서명하고 보내기")
    expect(maker.page.locator("h1")).to_contain_text("잠김")
    maker.press("지갑 잠금 풀기")
    maker.press("서명하고 보내기")
    expect(maker.page.locator("h1")).to_contain_text("지갑 있음")
    shot(maker, "person-linked")


def test_a_tablet_is_paired_when_the_digits_are_the_same(town, two):
    maker, _ = two
    maker.go(f"/console/shops/{RESTAURANT}")
    shot(maker, "shop")
    maker.press("단말기 연결")
    code = maker.page.locator(".once").inner_text()
    expect(maker.page.get_by_role("link", name=f"{maker.url}/pos#pair={code}")).to_be_visible()
    shot(maker, "pairing-code")
    keys = Signer(new_seed()), Signer(new_seed())
    publics = tuple(key.public for key in keys)
    data = pairing.to_prove(town.office, code, *publics)
    claimed = pairing.claim(town.office, code, publics, tuple(key.sign(data) for key in keys))
    maker.sees(claimed["check"])                # the page has seen by itself that the tablet came
    shot(maker, "pairing")
    maker.press("숫자가 같습니다. 서명하기")
    maker.sees("장부에 올렸습니다")
    assert pairing.state(town.office, code)["state"] == "paired"


def test_a_fee_notice_on_the_screen_is_read_by_a_camera(town, seats):
    maker = seats(MAKER).with_key()
    maker.go("/console/notices/new")
    maker.fill("금액", "12,500")
    maker.fill("납부 번호", "2026-11-0042")
    maker.press("고지서 만들기")
    maker.sees("만 이천오백 원")
    shot(maker, "notice")
    text = zxingcpp.read_barcodes(Image.open(io.BytesIO(maker.page.screenshot())))[0].text
    body = cose.parse(qr.from_text(text, [town.office.genesis.host])).body
    assert (type(body), body.amount_won, body.shop, body.reference) == (Notice, 12_500, TOWN_OFFICE, b"2026-11-0042")


def test_a_key_that_ends_soon_is_asked_for_again_where_it_is(town, seats):
    maker = seats(MAKER).with_key()
    record = town.office.store.get(Register.OFFICER, MAKER)
    sheet = officer.sheet_for(town.office, MAKER, record.key, record.roles)
    [line] = sheet.certificates
    short = replace(sheet, certificates=(replace(line, body=replace(line.body, valid_until_s=town.now_s() + 20 * DAY_S)),))
    certify.admit(town.office, example.signed_by_roots(example.trial_of(town.folder), short, town.now_s()))
    maker.go("/console")
    maker.page.get_by_role("link", name="내 열쇠가").click()
    shot(maker, "key-ends")
    maker.press("이 열쇠로 다시 요청하기")
    maker.sees("까지 서명할 수 있습니다")
    longer = town.office.store.get(Register.OFFICER, MAKER)
    assert longer.key == record.key and longer.valid_until_s > town.now_s() + 300 * DAY_S


def test_an_act_is_signed_on_a_machine_of_the_officers_own(town, seats, tmp_path):
    """The key never comes near the browser: only its public half, and later the signed text."""
    maker = seats(MAKER)
    write_seed(tmp_path / "own.seed", new_seed())
    key = Signer(read_seed(tmp_path / "own.seed"))
    maker.go("/console/key")
    maker.page.get_by_text("다른 기기의 열쇠를 쓰거나").click()
    maker.fill("공개 열쇠", key.public.hex())
    maker.press("이 열쇠로 요청하기")
    maker.sees("쓸 수 있습니다")
    maker.go(f"/console/shops/{RESTAURANT}/change")
    maker.page.get_by_label("업종").select_option("1")
    maker.press("서명하러 가기")
    maker.page.get_by_text("다른 기기에서 서명하기").click()
    with maker.page.expect_download() as download:
        maker.page.get_by_role("link", name="서명할 파일 내려받기").click()
    signed = Wanted.from_text(download.value.path().read_text()).signed(key)
    maker.fill("서명된 글", signed)
    shot(maker, "sign-elsewhere")
    maker.page.get_by_role("button", name="보내기", exact=True).click()
    maker.sees("장부에 올렸습니다")


DROP = """async ([text]) => {
    const files = new DataTransfer();
    files.items.add(new File([text], 'hagc-till-7.json', { type: 'application/json' }));
    document.querySelector('[data-drop]').dispatchEvent(new DragEvent('drop', { dataTransfer: files, bubbles: true, cancelable: true }));
}"""


def test_a_tills_file_is_dropped_looked_through_and_handed_in(town, seats):
    prepare_offline(town)
    till, kim = town.till(), Phone(town)
    rows = [taken(town, till, kim, won) for won in (3_000, 4_500)]
    office = seats(MAKER, viewport={"width": 320, "height": 640}, bypass_csp=True).with_key()
    office.go("/console/tills/queue")
    office.page.evaluate(DROP, [json.dumps(file_of(town, till, *rows, {"payer": "x"}))])
    office.sees("hagc-till-7.json 파일을 받았습니다.")
    office.fill("읽는 까닭", "가게 주인이 부서진 태블릿과 함께 가져옴")
    office.page.wait_for_timeout(1_100)       # what was taken in this second is settled in the next
    office.press("파일 읽기")
    office.sees("정산할 수 있음")
    office.page.add_script_tag(path=AXE)
    assert office.page.evaluate(RULES) == [] and office.page.evaluate(SMALL) == []
    office.press("정산할 수 있는 2건 제출하기")
    office.sees("2건을 정산했습니다")
    assert town.balance_won(kim.wallet) == 12_500
