"""The tablet's page on a till PC: the same screens, and behind them the program's keys, journal, printer and drawer."""

import re
import shutil

import pytest
from playwright.sync_api import expect

from app.message import cose, qr
from app.money.orders import Charge, Refund, Request, Void
from app.money.orders_offline import Deposit
from pos import pairing
from tests.cast import HOST, until
from tests.holder import Holder, cap
from tests.pos.test_offline import Certified
from tests.pos.thermal import Thermal
from tests.story.stage import new_device
from tests.till.pc import Pc, Program, bodies, paired, run
from tests.till.test_looks import LOCALES, faults
from tests.till.test_offline import PASTE
from tests.till.test_staff import add, change_over, shop, sign_in  # noqa: F401  a fixture
from tests.till.test_void import with_items
from tests.till.town import PIN
from tests.vendor.program import Program as Vendor

SLOW_MS = 20_000        # for a PIN, which is slow by intent, and for a program that starts


@pytest.fixture(scope="session")
def till_folder(town, tmp_path_factory):
    return paired(tmp_path_factory.mktemp("pc") / "till", town)


@pytest.fixture
def folder(till_folder, tmp_path):
    shutil.copytree(till_folder, tmp_path / "till")
    return tmp_path / "till"


@pytest.fixture
def program(folder):
    program = Program(folder)
    yield program
    program.kill()


@pytest.fixture
def pc(browser, town, program):
    pc = Pc(browser, town, program)
    yield pc.come().start()
    pc.close()


@pytest.fixture
def thermal():
    thermal = Thermal()
    yield thermal
    thermal.close()


# --- taking and giving back ------------------------------------------------------------------

def test_a_customer_pays_what_the_pc_asks_for_and_its_own_journal_has_it_before_the_screen(pc, program, town, kim):
    town.pay(kim, pc.ask("8500"))
    expect(pc.paid).to_contain_text("8,500원팔천오백 원")
    kept, = program.lines()
    assert type(cose.parse(kept.raw).body) is Request and kept.receipt
    assert pc.page.evaluate("indexedDB.databases().then(all => all.map(one => one.name))") == []


def test_a_phones_code_from_the_scanner_is_charged_and_a_part_goes_back_with_the_pin(pc, program, town, kim):
    pc.ask("5000")
    pc.scan(town.text(kim.code(50_000)))
    expect(pc.paid).to_contain_text("5,000원")
    before = town.balance_won(kim)
    pc.page.get_by_role("button", name="이 결제 환불").click()
    for pin, told in (("0000", "비밀번호"), (PIN, None)):
        pc.page.get_by_label("환불할 금액").fill("1200")
        pc.page.get_by_label("환불 비밀번호").fill(pin)
        pc.page.get_by_role("button", name="1,200원 환불하기").click()
        if told:
            expect(pc.page.locator(".refusal")).to_contain_text(told, timeout=SLOW_MS)
    expect(pc.paid).to_contain_text("환불 완료", timeout=SLOW_MS)
    assert bodies(program) == [Request, Charge, Refund] and town.balance_won(kim) == before + 1200
    assert "거래" in run(program.folder, "sales")       # the same journal


@pytest.mark.prove
def test_a_phones_code_before_the_pcs_camera_is_charged(playwright, chromium, tmp_path, program, town, kim):
    device = new_device(playwright, chromium, tmp_path / "camera.y4m")
    pc = Pc(device.browser, town, program, permissions=["camera"]).come().start()
    pc.ask("2700")
    device.camera.see_picture(qr.png_bytes(town.text(kim.code(50_000))))
    expect(pc.paid).to_contain_text("2,700원", timeout=SLOW_MS)
    assert bodies(program) == [Request, Charge]
    pc.close()
    device.browser.close()


@pytest.mark.prove
def test_a_payment_taken_by_mistake_is_voided_without_a_pin(pc, program, town, kim):
    before = town.balance_won(kim)
    town.pay(kim, pc.ask("4100"))
    expect(pc.paid).to_be_visible()
    pc.page.get_by_role("button", name="이 결제 환불").click()
    pc.page.get_by_role("button", name="4,100원 결제 전체 취소").click()
    expect(pc.paid).to_contain_text("환불 완료")
    assert bodies(program) == [Request, Void] and town.balance_won(kim) == before


def test_after_five_wrong_pins_the_program_waits_whoever_asks(pc):
    pc.page.evaluate("""async () => { for (let left = 5; left; left -= 1) await fetch('/till/unlock', {
        method: 'POST', headers: { 'Content-Type': 'application/json' }, body: '{"pin": "1111"}' }); }""")
    said = pc.page.evaluate("""async pin => (await fetch('/till/unlock', {
        method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ pin }) })).json()""", PIN)
    assert said["word"] == "TOO_MANY" and 0 < said["facts"]["wait_s"] <= 60
    town_said = pc.page.evaluate("""async () => (await fetch('/till/load', {
        method: 'POST', headers: { 'Content-Type': 'application/json' }, body: '{"name": ".tries"}' })).status""")
    assert town_said == 400


# --- for everybody ---------------------------------------------------------------------------

@pytest.mark.parametrize("locale", LOCALES)
def test_what_only_a_pc_has_is_for_everybody(program, thermal, browser, town, locale):
    """Its printer is chosen in the page: one that doesn't answer is not kept."""
    cap(town, 1_000_000)
    lee, english = Holder(town, 40_000), locale.startswith("en")
    pc = Pc(browser, town, program).come().start()
    page, seen = pc.page, {}
    if english:
        page.goto(f"{program.url}/pos?lang=en")
        page.locator(".start .button").click()
    page.locator(".top nav .button", has_text=re.compile("설정|Settings")).click()
    card = page.locator(".printer")
    card.get_by_role("button", name=re.compile("프린터 정하기|Choose a printer")).click()
    page.wait_for_selector("#printer-place")
    seen["choosing"] = faults(page)
    page.fill("#printer-place", "127.0.0.1:1")
    page.locator(".printer form .button").first.click()
    expect(card.get_by_role("alert")).to_be_visible(timeout=SLOW_MS)
    seen["no answer"] = faults(page)
    page.locator("#printer-which").select_option("other")
    page.fill("#printer-place", thermal.place)
    card.get_by_label(re.compile("서랍 열기|Open the drawer")).check()
    page.locator(".printer form .button").first.click()
    expect(card).to_contain_text(thermal.place, timeout=SLOW_MS)
    assert thermal.paper(1).pulses == 0 and any("12,500" in line for line in thermal.paper(1).lines)
    seen["chosen"] = faults(page)
    page.locator(".top nav .button").first.click()
    expect(page.locator(".drawer")).to_be_visible()
    seen["drawer"] = faults(page)
    pc.ask("2500")
    pc.scan(f"HTTPS://{town.host.upper()}/C#{lee.card.number}")
    expect(page.locator(".card-pin")).to_be_visible()
    seen["card"] = faults(page)
    program.kill()
    expect(page.locator(".above .strip").first).to_be_visible(timeout=SLOW_MS)
    seen["gone"] = faults(page)
    assert {name: found for name, found in seen.items() if found} == {}
    pc.close()


# --- paper and drawer ------------------------------------------------------------------------

def test_a_payment_opens_the_drawer_and_prints_and_a_copy_is_marked_and_opens_nothing(folder, thermal, browser, town, kim):
    run(folder, "printer", thermal.place, "--drawer", "--each")
    thermal.paper(1)
    program = Program(folder)
    pc = Pc(browser, town, program).come().start()
    entry = town.pay(kim, pc.ask("6300"))
    expect(pc.paid).to_be_visible()
    first = thermal.paper(2)
    assert first.pulses == 1 and any("6,300원" in line for line in first.lines) and not any("재발행" in line for line in first.lines)
    pc.page.get_by_role("button", name="다음 손님").click()
    pc.page.get_by_role("button", name="서랍 열기").click()
    assert thermal.paper(3).pulses == 1 and thermal.paper(3).lines == []
    pc.page.get_by_role("button", name="판매 내역", exact=True).click()
    pc.page.get_by_role("button", name=f"거래 번호 {entry} 영수증").click()
    pc.page.get_by_role("button", name="인쇄").click()
    copy = thermal.paper(4)
    assert copy.pulses == 0 and any("재발행" in line for line in copy.lines)
    pc.close()
    program.kill()


def test_what_was_sold_is_printed_with_it(folder, thermal, browser, town, kim, tmp_path):
    run(folder, "printer", thermal.place, "--each")
    thermal.paper(1)
    program = Program(folder)
    pc = Pc(browser, town, program).come().start()
    with_items(pc, tmp_path)
    pc.page.get_by_role("button", name="품목", exact=True).click()
    for name in ("비빔밥", "콜라"):
        pc.page.locator(".item", has_text=name).click()
    pc.page.get_by_label("할인").fill("500")
    pc.page.get_by_role("button", name="결제 받기").click()
    town.pay(kim, pc.shown())
    expect(pc.paid).to_contain_text("9,500원")
    pc.page.get_by_role("button", name="영수증").click()
    expect(pc.page.locator(".sold")).to_contain_text("비빔밥")
    pc.page.get_by_role("button", name="인쇄").click()
    for number in (2, 3):
        said = [" ".join(line.split()) for line in thermal.paper(number).lines]
        assert {"비빔밥 x 1 8,000원", "콜라 x 1 2,000원", "할인 -500원"} <= set(said), said
    pc.close()
    program.kill()


def test_what_a_card_has_left_is_printed_by_the_pc_and_never_seen_by_the_page(folder, thermal, browser, town):
    cap(town, 1_000_000)
    lee = Holder(town, 40_000)
    run(folder, "printer", thermal.place)
    thermal.paper(1)
    program = Program(folder)
    pc = Pc(browser, town, program).come().start()
    seen = []
    pc.page.on("response", lambda answer: seen.append(answer.text()) if "balance" in answer.url else None)
    pc.ask("2500")
    pc.scan(f"HTTPS://{town.host.upper()}/C#{lee.card.number}")
    pc.page.get_by_label("낸 뒤 남은 돈도 종이로 받기").check()
    for digit in lee.pin:
        pc.page.locator(".card-pin .keypad").get_by_role("button", name=digit, exact=True).click()
    pc.page.get_by_role("button", name="2,500원 내기").click()
    expect(pc.paid).to_contain_text("2,500원")
    assert any("37,500원" in line for line in thermal.paper(2).lines)
    pc.page.get_by_role("button", name="다음 손님").click()
    pc.scan(f"HTTPS://{town.host.upper()}/C#{lee.card.number}")
    for digit in lee.pin:
        pc.page.locator(".card-pin .keypad").get_by_role("button", name=digit, exact=True).click()
    pc.page.get_by_role("button", name="남은 돈 종이로 받기").click()
    expect(pc.page.get_by_role("heading", name="종이로 인쇄했습니다")).to_be_visible()
    assert any("37,500원" in line for line in thermal.paper(3).lines)
    assert seen and not any("37500" in text for text in seen) and "37,500" not in pc.page.content()
    pc.close()
    program.kill()


@pytest.mark.prove
def test_a_printer_that_is_off_is_said_and_the_payment_stands(folder, thermal, browser, town, kim):
    run(folder, "printer", thermal.place, "--drawer")
    thermal.close()
    program = Program(folder)
    pc = Pc(browser, town, program).come().start()
    town.pay(kim, pc.ask("700"))
    expect(pc.paid).to_contain_text("700원")
    expect(pc.page.locator(".notice")).to_contain_text("인쇄하지 못했습니다. 결제는 그대로 있습니다.")
    pc.close()
    program.kill()


# --- killed, and without a line --------------------------------------------------------------

@pytest.mark.prove
def test_killed_in_the_middle_of_a_sale_the_page_goes_on_with_it_when_the_program_is_back(pc, program, town, kim):
    request = pc.ask("9100")
    program.kill()
    strip = pc.page.locator(".strip", has_text="단말기 프로그램이 꺼져 있습니다")
    expect(strip).to_be_visible(timeout=SLOW_MS)
    town.pay(kim, request)
    program.start()
    expect(pc.paid).to_contain_text("9,100원", timeout=SLOW_MS)
    expect(strip).to_have_count(0)
    assert program.lines()[0].receipt


@pytest.mark.prove
def test_a_page_that_is_opened_while_the_program_is_off_waits_and_then_shows_the_open_sale(pc, program, town, kim):
    request = pc.ask("9200")
    pc.page.evaluate("navigator.serviceWorker.ready.then(() => undefined)")
    program.kill()
    pc.page.goto(f"{program.url}/pos")
    expect(pc.page.locator(".no")).to_contain_text("단말기 프로그램이 꺼져 있습니다")
    program.start()
    pc.page.get_by_role("button", name="영업 시작").click(timeout=SLOW_MS)
    assert pc.shown() == request
    town.pay(kim, request)
    expect(pc.paid).to_contain_text("9,200원")


@pytest.mark.prove
def test_the_till_is_opened_without_a_line_from_what_it_kept(pc, program, folder, browser, town, kim):
    program.kill()
    town.stop()
    try:
        program.start()
        pc.page.goto(program.address)
        pc.start()
        expect(pc.page.locator(".strip").first).to_contain_text("인터넷이 끊겼습니다", timeout=SLOW_MS)
        request = pc.ask("3300")
    finally:
        town.serve()
    pc.page.evaluate(PASTE, town.text(town.settle(kim, request)))
    expect(pc.paid).to_contain_text("3,300원")


@pytest.mark.prove
def test_where_neither_side_has_a_network_the_program_judges_writes_and_settles_later(pc, program, town, kim):
    phone, before = Certified(town, kim), town.balance_won(kim)
    shown = [town.text(qr.from_text(phone.code(), (HOST,))) for _ in range(2)]
    town.stop()
    try:
        pc.ask("7000")
        pc.page.evaluate(PASTE, shown[0])
        expect(pc.page.locator(".taken")).to_contain_text("받았습니다", timeout=SLOW_MS)
        expect(pc.page.locator(".taken")).to_contain_text("인터넷 없이 93,000원 더 받을 수 있습니다")
        pc.page.get_by_role("button", name="다음 손님").click()
        pc.ask("24000")
        pc.page.evaluate(PASTE, shown[1])
        expect(pc.refused).to_contain_text("23,000원", timeout=SLOW_MS)
        assert bodies(program) == [Request, Deposit, Request]
        pc.page.get_by_role("button", name="다시 받기").click()
        pc.page.keyboard.press("Escape")
        pc.page.get_by_role("button", name="판매 내역").click()
        expect(pc.page.locator(".sales .own")).to_contain_text("이 단말기에 적힌 거래만 보입니다")
        expect(pc.page.locator("tbody tr")).to_contain_text("정산 전")
        expect(pc.page.locator("tbody tr")).to_contain_text("7,000원")
    finally:
        town.serve()
    until(lambda: town.balance_won(kim) == before - 7_000)
    until(lambda: program.lines()[1].receipt)


# --- the shop --------------------------------------------------------------------------------

@pytest.mark.prove
def test_the_owner_adds_a_cashier_behind_the_pin_who_takes_money_and_opens_no_drawer(tmp_path, thermal, browser, town, kim, shop):  # noqa: F811
    folder = paired(tmp_path / "till", town, shop)
    run(folder, "printer", thermal.place, "--drawer")
    program = Program(folder)
    pc = Pc(browser, town, program).come().start()
    drawer = pc.page.get_by_role("button", name="서랍 열기")
    expect(drawer).to_be_visible()
    pc.page.get_by_role("button", name="설정", exact=True).click()
    pc.page.get_by_role("button", name="직원·단말기 보기").click()
    pc.page.get_by_label("환불 비밀번호").fill(PIN)
    pc.page.get_by_role("button", name="직원·단말기 보기").click()
    expect(pc.page.get_by_role("heading", name="우리 가게 단말기")).to_be_visible(timeout=SLOW_MS)
    add(pc, "박직원")
    change_over(pc)
    sign_in(pc, "박직원")
    expect(drawer).to_have_count(0)
    town.pay(kim, pc.ask("2600"))
    expect(pc.paid).to_be_visible()
    assert [cose.parse(kept.raw).body.cashier for kept in program.lines()] == [1]
    assert thermal.paper(2).pulses == 1
    pc.close()
    program.kill()


@pytest.mark.prove
def test_what_a_program_of_the_shop_asks_for_is_on_the_page_and_reported(pc, program, town, kim):
    made = run(program.folder, "token", "주방", typed=f"{PIN}\n")
    vendor = Vendor(town.url, re.search(r"hagc_\S+", made)[0], pairing.read(program.folder).till)
    vendor.put("order-7", 4_300)
    expect(pc.page.locator(".waiting .amount")).to_contain_text("4,300원", timeout=SLOW_MS)
    town.pay(kim, pc.shown())
    expect(pc.paid).to_contain_text("4,300원")
    assert until(lambda: vendor.state("order-7")["state"] == "COMPLETED")


# --- who may ask -----------------------------------------------------------------------------

def test_another_browser_of_the_same_pc_is_left_outside(pc, browser, town, program):
    other = Pc(browser, town, program)
    for path in ("/", "/pos", f"/?open={program.address.rpartition('=')[2]}"):      # used already
        assert other.page.goto(program.url + path).status == 403
    expect(other.page.locator("body")).to_contain_text("프로그램이 알려 주는 주소로 열어 주세요")
    other.close()


def test_another_sites_page_reads_and_does_nothing(pc, browser, town, program):
    """The city's own page, at another port of localhost: the browser sends the cookie along, for it knows no ports there."""
    page = pc.context.new_page()
    page.goto(f"{town.url}/explorer")
    for how in ({"method": "POST", "body": "{}"}, {}, {"method": "POST", "body": "{}", "mode": "no-cors"}):
        said = page.evaluate("""([url, how]) => fetch(url, { credentials: 'include', ...how }).then(a => a.text(), () => '')""",
                             [f"{program.url}/till/session", how])
        assert said == ""
    assert program.lines() == []
