"""A day in the city: everything that the product is for, as it happens, in real browsers on the real server.

A resident's phone and a shop's tablet see each other through their cameras; two officers sign; an auditor checks.
"""

import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import expect

from app.money.state import Register
from app.store.database import connect
from tests.cast import RESTAURANT, until
from tests.story.stage import ROOT, Desk, Device, Tablet, Town, Walker, new_desk, new_walker, note, read, shot

DINER = "육거리 순대국"
PAID_TONE = 1760    # Hz: only the chime of a payment goes so high


@dataclass
class Day:
    town: Town
    counter: Device             # the camera that looks at whoever stands before the counter
    maker: Desk
    checker: Desk
    kim: Walker
    till: Tablet
    second_till: Tablet
    entries: dict[str, int] = field(default_factory=dict)       # what was entered in the ledger today


def test_a_day(town, devices, tmp_path):
    phone, counter = devices
    links = town.links()
    day = Day(
        town, counter, new_desk(counter, links["maker"]), new_desk(counter, links["checker"]),
        new_walker(phone, town), Tablet(counter, town), Tablet(counter, town),
    )
    two_officers_make_their_keys_and_the_roots_certify_them(day)
    kim_opens_a_wallet_and_an_officer_links_it_to_kim(day)
    a_list_is_typed_and_a_bad_row_set_aside_and_another_officer_approves(day)
    kim_sees_the_money(day)
    two_tablets_become_tills(day)
    the_till_reads_kims_code_with_its_camera(day)
    both_hold_a_receipt_that_the_city_signed(day, "shown code")
    a_second_till_that_scans_the_same_code_gets_nothing_and_does_not_ring(day)
    kim_scans_the_tills_request_and_pays_with_one_button(day)
    both_hold_a_receipt_that_the_city_signed(day, "scanned request")
    the_till_gives_a_part_back_and_then_the_rest(day)
    kim_pays_a_fee_notice_from_its_picture(day)
    an_auditor_finds_everything_in_order(day, tmp_path)
    one_changed_byte_is_found_and_located(day, tmp_path)
    assert day.kim.phone.complaints == []
    for tablet in (day.till, day.second_till):
        tablet.close()


# --- morning: the town office --------------------------------------------------------------

def two_officers_make_their_keys_and_the_roots_certify_them(day: Day) -> None:
    for desk in (day.maker, day.checker):
        desk.press("이 브라우저에서 열쇠 만들기")
    for desk in (day.maker, day.checker):
        expect(desk.page.get_by_text("쓸 수 있습니다.")).to_be_visible()


def kim_opens_a_wallet_and_an_officer_links_it_to_kim(day: Day) -> None:
    """At the counter: the officer's camera reads the join code on the phone."""
    kim, maker = day.kim, day.maker
    kim.account = bytes.fromhex(kim.phone.make_wallet())
    kim.phone.tap("본인 연결")
    day.counter.camera.see(kim.page)
    maker.go("사람")
    maker.fill(text="김영수")
    maker.press("찾기")
    kim.reference = maker.page.locator("tbody").get_by_role("link").inner_text()
    maker.go(kim.reference)
    maker.press("카메라로 찍기: 지갑의 본인 연결 코드")
    maker.press("서명하고 보내기")
    expect(maker.page.get_by_text(kim.account.hex())).to_be_visible()
    day.counter.camera.look_away()
    expect(kim.page.get_by_role("heading", name="본인 연결이 되었습니다")).to_be_visible(timeout=10_000)


def a_list_is_typed_and_a_bad_row_set_aside_and_another_officer_approves(day: Day) -> None:
    maker, checker = day.maker, day.checker
    maker.go("지급")
    maker.go("새 지급 명단")
    maker.fill(rows=f"{day.kim.reference}  300000\nP-9999  300000\n")
    maker.press("명단 검사하기")
    expect(maker.page.locator("tbody tr").filter(has_text="P-9999").filter(has_text="모르는 분")).to_be_visible()
    maker.press("1줄 모두 빼고 진행")
    maker.press("서명하고 올리기")
    expect(maker.page.get_by_text("다른 담당자의 확인을 기다리고 있습니다")).to_be_visible()
    checker.go("오늘")
    checker.page.get_by_text("지급 명단 확인").click()
    checker.press("승인 서명하기")
    expect(checker.page.get_by_text("1명에게 300,000원 지급")).to_be_visible()


def kim_sees_the_money(day: Day) -> None:
    day.kim.phone.tap("처음으로")
    expect(day.kim.page.locator(".balance .amount")).to_have_text("300,000원삼십만 원")


def two_tablets_become_tills(day: Day) -> None:
    """Each opens the link in the console's QR; officer and shopkeeper compare twelve digits."""
    for tablet in (day.till, day.second_till):
        day.maker.open(f"{day.town.url}/console/shops/{RESTAURANT}")
        day.maker.press("단말기 연결")
        tablet.claim_link(read(shot(day.maker.page)))
        expect(day.maker.page.locator(".digits")).to_have_text(tablet.digits())
        day.maker.press("숫자가 같습니다. 서명하기")
        expect(day.maker.page.get_by_text("장부에 올렸습니다")).to_be_visible()
        tablet.start()


# --- noon: the restaurant ------------------------------------------------------------------

def the_till_reads_kims_code_with_its_camera(day: Day) -> None:
    kim, till = day.kim, day.till
    kim.phone.tap("내 코드")
    day.counter.camera.see(kim.page)
    till.ask("5000")
    expect(till.paid).to_contain_text("결제 완료5,000원오천 원")
    note("a shown code: from the amount to green", till.green_after_ms())
    note("a shown code: from the ledger's answer to green", till.seen("green") - till.answered_at_ms())
    expect(kim.page.get_by_role("heading", name="결제되었습니다")).to_be_visible()
    expect(kim.page.locator("main")).to_contain_text(DINER)
    expect(kim.page.locator("main")).to_contain_text("5,000원오천 원")
    until(lambda: till.seen("said.at(-1)") == "오천 원 결제가 완료되었습니다")
    assert PAID_TONE in till.seen("rang")
    day.entries["shown code"] = max(till.kept())


def both_hold_a_receipt_that_the_city_signed(day: Day, what: str) -> None:
    expect(day.kim.page.get_by_text("시의 서명이 맞는 영수증입니다.")).to_be_visible()
    entry = day.entries[what]
    for kept in (day.till.kept()[entry], day.kim.paid()[entry]):
        receipt = day.town.receipt(kept["receipt"], kept["id"])
        assert (receipt.entry, receipt.amount_won) == (entry, kept["amount_won"])


def a_second_till_that_scans_the_same_code_gets_nothing_and_does_not_ring(day: Day) -> None:
    """The camera still sees the code that was on kim's phone."""
    other = day.second_till
    other.ask("5000")
    expect(other.refused).to_contain_text("이미 쓴 코드입니다")
    other.page.wait_for_timeout(600)
    assert "오천 원 결제가 완료되었습니다" not in other.seen("said")
    assert PAID_TONE not in other.seen("rang")
    expect(other.paid).to_have_count(0)
    day.counter.camera.look_away()


def kim_scans_the_tills_request_and_pays_with_one_button(day: Day) -> None:
    kim, till = day.kim, day.till
    kim.phone.tap("확인", exact=True)
    till.ask("12300")
    kim.scan(till.page)
    main = kim.page.locator("main")
    expect(main).to_contain_text(DINER)
    expect(main).to_contain_text("12,300원만 이천삼백 원")
    expect(main).to_contain_text("여기서 쓸 수 있는 돈 295,000원")
    expect(main).to_contain_text("겨울 돌봄 지원 12,300원")
    kim.phone.tap("내기", exact=True)
    expect(till.paid).to_contain_text("12,300원만 이천삼백 원")
    note("a scanned request: from the amount to green", till.green_after_ms())
    note("a scanned request: from the phone's answer to green", till.seen("green") - kim.answered_at_ms())
    expect(main).to_contain_text("남은 돈 282,700원")
    day.entries["scanned request"] = max(till.kept())


# --- afternoon -----------------------------------------------------------------------------

def the_till_gives_a_part_back_and_then_the_rest(day: Day) -> None:
    """Kim asked for it, and sees it come without a touch."""
    kim, entry = day.kim, day.entries["scanned request"]
    kim.phone.tap("잘못 냈어요")
    expect(kim.page.locator("main")).to_contain_text(f"결제 번호{entry}")
    for amount_won, all_won in ((2_300, 2_300), (10_000, 12_300)):
        day.till.give_back(entry, amount_won)
        expect(day.till.paid).to_contain_text("환불 완료")
        expect(kim.page.locator("main")).to_contain_text(f"이 가운데 {all_won:,}원을 돌려받았습니다")
    kim.phone.tap("확인", exact=True)
    expect(kim.page.locator(".balance .amount strong")).to_have_text("295,000원")
    kim.phone.tap("사용 내역")
    expect(kim.page.locator("main")).to_contain_text("이 가운데 12,300원을 돌려받았습니다")
    kim.phone.tap("처음으로")


def kim_pays_a_fee_notice_from_its_picture(day: Day) -> None:
    kim, maker = day.kim, day.maker
    maker.go("고지서")
    maker.go("고지서 쓰기")
    maker.fill(amount_won="12,500", reference="2026-11-0042")
    maker.press("고지서 만들기")
    paper = read(shot(maker.page))
    picture = maker.page.request.get(f"{maker.page.url}.png").body()
    assert read(picture) == paper
    kim.scan_picture(picture)
    main = kim.page.locator("main")
    expect(main).to_contain_text("성안동 주민센터")
    expect(main).to_contain_text("12,500원만 이천오백 원")
    expect(main).to_contain_text("납부 번호 2026-11-0042")
    kim.phone.tap("내기", exact=True)
    expect(kim.page.get_by_role("heading", name="결제되었습니다")).to_be_visible()
    maker.go("고지서")
    row = maker.page.get_by_role("row").filter(has_text="2026-11-0042")
    expect(row).to_contain_text("12,500원")
    expect(row).to_contain_text("냈음")
    expect(row.get_by_role("link").last).to_contain_text(str(max(kim.paid())))


# --- night: the auditor --------------------------------------------------------------------

def hagc(*arguments: object) -> subprocess.CompletedProcess:
    return subprocess.run([sys.executable, "-m", "app", *map(str, arguments)], cwd=ROOT, capture_output=True, text=True)


def an_auditor_finds_everything_in_order(day: Day, tmp_path: Path) -> None:
    said = hagc("verify", "--data", day.town.folder.path)
    assert (said.returncode, "everything is in order" in said.stdout) == (0, True), said.stdout + said.stderr
    assert hagc("export", tmp_path / "export", "--data", day.town.folder.path).returncode == 0
    said = hagc("verify", "--export", tmp_path / "export")
    assert (said.returncode, "everything is in order" in said.stdout) == (0, True), said.stdout + said.stderr


def one_changed_byte_is_found_and_located(day: Day, tmp_path: Path) -> None:
    """Somebody with a shell drops the guards and changes one byte: in a body, in a balance, in a block."""
    entry = day.entries["scanned request"]
    kim = day.town.office.store.get(Register.ACCOUNT, day.kim.account).number
    changes = {
        f"entry {entry}: ": f"UPDATE entry SET a = {flipped('a')} WHERE number = {entry}",
        "lot ": f"UPDATE lot SET balance_won = balance_won + 1 WHERE owner_kind = 3 AND owner = {kim}",
        "entry 2: block": f"UPDATE block SET hash = {flipped('hash')} WHERE entry = 2",
    }
    for at, (where, change) in enumerate(changes.items()):
        copy = tmp_path / f"copy-{at}"
        shutil.copytree(day.town.folder.path, copy)
        tamper(copy / "chain.sqlite", change)
        said = hagc("verify", "--data", copy)
        assert said.returncode == 1 and f"WRONG: {where}" in said.stdout, said.stdout + said.stderr


def flipped(column: str) -> str:
    """The same bytes with another last one."""
    return (f"CAST(substr({column}, 1, length({column}) - 1) || "
            f"CASE substr({column}, -1) WHEN x'00' THEN x'01' ELSE x'00' END AS BLOB)")


def tamper(file: Path, change: str) -> None:
    raw = connect(file)
    for pragma in ("foreign_keys = OFF", "ignore_check_constraints = ON"):
        raw.execute(f"PRAGMA {pragma}")
    for (trigger,) in raw.execute("SELECT name FROM sqlite_schema WHERE type = 'trigger'").fetchall():
        raw.execute(f"DROP TRIGGER {trigger}")
    assert raw.execute(change).rowcount == 1, change
    raw.close()
