"""Paper rolls: the bytes that a printer on the network gets, the picture that they make, and the code in it."""

import json
import os
import re
import select
import threading
import time
import tty

import pytest
import zxingcpp

from app.desk import explore
from app.errors import SetupError
from app.message import qr
from pos import goods, printer, receipt, roll
from pos.notes import Notes
from pos.printer import Printer
from pos.receipt import Row, Slip, Square
from pos.roll import PICTURE, TEXT, Look
from pos.server import to_text
from tests.pos.conftest import PIN, entry_in, run
from tests.pos.thermal import Paper, Thermal

LOOKS = [(width, way) for width in roll.DOTS for way in (TEXT, PICTURE)]
LONGEST_HOST = "PAY.CITY-OF-MANY-HILLS.KR"[:24]


@pytest.fixture
def thermal():
    thermal = Thermal()
    yield thermal
    thermal.close()


@pytest.fixture
def paid(folder, phone, wire):
    """The entry of a payment that this till took by a picture of a code."""
    picture = folder / "code.png"
    code = phone.code(8_500)
    picture.write_bytes(qr.png_bytes(qr.to_text(code, phone.city.office.genesis.host)))
    return entry_in(run(folder, "scan", "8500", "--image", str(picture)).output)


def slip_of(**changes) -> Slip:
    told = dict(shop_name="육거리 순대국", till=2, entry=90_071, kind="sale", amount_won=12_500, at_s=1_795_316_400, of=0,
                reference="T-17", cashier=3, receipt=bytes(range(140)), host=LONGEST_HOST)
    return Slip(**{**told, **changes})


def printed(paper: receipt.Roll, look: Look) -> Paper:
    return Paper.read(roll.to_bytes(paper, look), look.dots)


def code_in(paper: Paper) -> str:
    found = zxingcpp.read_barcodes(paper.picture(), try_invert=False)     # black on white, as a camera wants it
    assert len(found) == 1
    return found[0].text


# --- the bytes, and what they look like ------------------------------------------------------

@pytest.mark.parametrize(("width", "way"), LOOKS)
def test_the_code_on_a_printed_receipt_is_read_from_its_picture(width, way):
    slip = slip_of()
    paper = printed(receipt.of_slip(slip, "ko"), Look(width, way))
    text = code_in(paper)
    assert text == f"HTTPS://{LONGEST_HOST}/R/{qr.to_digits(slip.receipt)}"
    assert qr.from_digits(text.rpartition("/")[2]) == slip.receipt


@pytest.mark.parametrize("width", roll.DOTS)
def test_a_receipt_says_what_was_paid_where_and_when_in_the_printers_own_letters(width):
    paper = printed(receipt.of_slip(slip_of(), "ko"), Look(width, TEXT))
    said = " ".join(" ".join(line.split()) for line in paper.lines)
    for part in ("영수증", "육거리 순대국", "단말기 2", "거래 번호 90071", "주문 번호 T-17", "받은 사람 3", "12,500원", "만 이천오백 원"):
        assert part in said, part
    assert "재발행" not in said


def test_a_copy_says_that_it_is_one_and_a_refund_what_it_gives_back():
    paper = printed(receipt.of_slip(slip_of(kind="refund", of=90_001, again=True, cashier=0, reference=""), "ko"), Look())
    said = " ".join(" ".join(line.split()) for line in paper.lines)
    assert "재발행" in said and "원거래 번호 90001" in said and "돌려드린 금액" in said
    assert "받은 사람" not in said and "주문 번호" not in said


@pytest.mark.parametrize(("width", "way"), LOOKS)
def test_the_longest_names_and_amounts_stay_on_the_paper(width, way):
    slip = slip_of(shop_name="가" * 20, amount_won=2**53 - 1, entry=2**53 - 1, reference="X" * 19)
    for language in ("ko", "en"):
        paper = printed(receipt.of_slip(slip, language), Look(width, way))
        assert all(part.width <= roll.DOTS[width] for part in paper.parts)
    figures = "".join(paper.lines).replace(" ", "")
    assert way == PICTURE or "9,007,199,254,740,991won" in figures


def test_a_long_text_is_broken_between_words_and_a_word_only_where_it_must():
    paper = printed([Row("one two three four five six seven"), Row("", "twelve thousand five hundred won and more"), Row("가" * 17)],
                    Look(58))
    assert [line.strip() for line in paper.lines] == [
        "one two three four five six", "seven", "twelve thousand five hundred won", "and more", "가" * 16, "가"]


def test_a_letter_that_the_printer_lacks_is_a_question_mark_and_no_command():
    paper = printed([Row("가게🍜\x1b@\n끝")], Look())
    assert paper.lines == ["가게??@?끝"]


def test_the_paper_is_cut_and_a_drawer_opens_where_the_shop_wants_it():
    rows = [Row("끝")]
    assert (printed(rows, Look()).cuts, printed(rows, Look(cut=False)).cuts) == (1, 0)
    assert (printed(rows, Look()).pulses, printed(rows, Look(drawer=True)).pulses) == (0, 1)


def test_a_codes_digits_take_the_room_of_digits():
    rows = Square(f"HTTPS://{LONGEST_HOST}/R/", qr.to_digits(bytes(range(140)))).modules()
    assert (len(rows) - 2 * qr.QUIET_ZONE - 17) // 4 <= 9


SOLD = {"lines": [{"name": "비빔밥", "price_won": 8_000, "count": 2}, {"name": "콜라", "price_won": 2_000, "count": 1}], "tip_won": 500, "discount_won": 1_000}


def test_what_was_sold_stands_on_the_paper_where_it_makes_the_amount():
    found = goods.read(SOLD, 17_500)
    said = [" ".join(line.split()) for line in printed(receipt.of_slip(slip_of(amount_won=17_500, goods=found), "ko"), Look()).lines]
    at = said.index("비빔밥 x 2 16,000원")
    assert said[at:at + 4] == ["비빔밥 x 2 16,000원", "콜라 x 1 2,000원", "할인 -1,000원", "봉사료 500원"]
    line = SOLD["lines"][0]
    for odd in (None, [], {}, SOLD | {"tip_won": -500}, SOLD | {"tip_won": True}, SOLD | {"lines": []}, SOLD | {"lines": [line | {"count": 0}]},
                SOLD | {"lines": [line | {"price_won": -8_000}]}, SOLD | {"lines": [line | {"name": "\x1b@"}]}, SOLD | {"lines": [1]}, SOLD | {"discount_won": 10**30}):
        assert goods.read(odd, 17_500) is None
    assert goods.read(SOLD, 17_499) is None and goods.read({"lines": [line], "discount_won": 16_001}, -1) is None


# --- the printer -----------------------------------------------------------------------------

def test_a_receipt_of_each_payment_comes_out_of_a_printer_on_the_network(folder, thermal, phone):
    assert run(folder, "printer", thermal.place, "--each", "--drawer").exit_code == 0
    assert "시험 인쇄" in " ".join(thermal.paper(1).lines)
    picture = folder / "code.png"
    picture.write_bytes(qr.png_bytes(qr.to_text(phone.code(8_500), phone.city.office.genesis.host)))
    entry = entry_in(run(folder, "scan", "8500", "--image", str(picture)).output)
    paper = thermal.paper(2)
    said = " ".join(" ".join(line.split()) for line in paper.lines)
    assert f"거래 번호 {entry}" in said and "8,500원" in said and "재발행" not in said and paper.pulses == paper.cuts == 1
    judged = explore.judge(phone.city.office, code_in(paper).rpartition("/")[2])
    assert (judged.receipt.entry, judged.receipt.amount_won, judged.same_leaf) == (entry, 8_500, True)


def test_no_paper_tells_who_paid_or_with_which_coin(folder, thermal, paid, phone):
    run(folder, "printer", thermal.place)
    run(folder, "print", str(paid))
    raw = thermal.papers[1] if thermal.paper(2) else b""
    for secret in (phone.account, phone.account.hex().encode(), *phone.aliases[:2], "나눔".encode("cp949"), b"Help", b"HELP"):
        assert secret not in raw
    assert phone.account not in qr.from_digits(code_in(thermal.paper(2)).rpartition("/")[2])


def test_a_receipt_is_printed_again_without_a_line_and_marked_as_a_copy(folder, thermal, paid, wire):
    run(folder, "printer", thermal.place)
    wire.broken["GET"] = "down"
    result = run(folder, "print", str(paid))
    assert result.exit_code == 0 and "인쇄했습니다" in result.output
    assert {"재발행"} <= set(line.strip() for line in thermal.paper(2).lines)


RUNG_UP = {"lines": [{"name": "국밥", "price_won": 9_000, "count": 1}], "tip_won": 0, "discount_won": 500}


def test_a_copy_says_what_it_was_of_as_the_city_has_it_or_as_this_pcs_page_rang_it_up(folder, thermal, paid, till, line, wire):
    def printed_now(number: int) -> list[str]:
        assert run(folder, "print", str(paid)).exit_code == 0
        return [" ".join(row.split()) for row in thermal.paper(number).lines]

    run(folder, "printer", thermal.place)
    line.post(f"/api/till/receipts/{paid}", RUNG_UP, to_text(till.session()))
    rows = printed_now(2)
    assert rows[(at := rows.index("국밥 x 1 9,000원")):at + 2] == ["국밥 x 1 9,000원", "할인 -500원"] and "재발행" in rows
    wire.broken["GET"] = "down"
    assert "8,500원" in printed_now(3) and "국밥" not in " ".join(printed_now(4))
    (kept,) = till.journal.lines()
    page = Notes(folder)
    page.tell(kept.id, "S1", 0, "")
    for cart, is_told in ((RUNG_UP, True), (RUNG_UP | {"discount_won": 0}, False), (5, False)):
        page.keep("carts", [{"sale": "S0", "cart": 1}, 5, {"sale": "S1", "cart": cart}])
        assert ("국밥 x 1 9,000원" in printed_now(len(thermal.papers) + 1)) is is_told
    page.close()


def test_a_payment_that_is_in_no_journal_here_is_printed_by_the_citys_ledger(folder, thermal, paid):
    run(folder, "printer", thermal.place)
    for name in folder.glob("journal.db*"):
        name.unlink()
    assert run(folder, "print", str(paid)).exit_code == 0
    said = " ".join(" ".join(line.split()) for line in thermal.paper(2).lines)
    assert f"거래 번호 {paid}" in said and "8,500원" in said
    assert run(folder, "print", str(paid + 1)).exit_code == 1


def test_a_receipt_that_says_another_amount_is_not_printed(folder, thermal, paid, wire):
    run(folder, "printer", thermal.place)
    for name in folder.glob("journal.db*"):
        name.unlink()
    wire.broken["GET /api/till/receipts"] = lambda body: body.replace(b'"amount_won":8500', b'"amount_won":9500')
    result = run(folder, "print", str(paid))
    assert result.exit_code == 3 and len(thermal.papers) == 1


def test_a_printer_that_is_off_changes_nothing_of_the_payment(folder, thermal, phone):
    run(folder, "printer", thermal.place, "--each")
    thermal.close()
    picture = folder / "code.png"
    picture.write_bytes(qr.png_bytes(qr.to_text(phone.code(500), phone.city.office.genesis.host)))
    result = run(folder, "scan", "500", "--image", str(picture))
    assert result.exit_code == 0 and "결제가 완료되었습니다" in result.output and "인쇄하지 못했습니다" in result.output


def test_a_printer_behind_a_file_gets_the_same_bytes(folder, tmp_path):
    place = tmp_path / "lp0"
    paper = receipt.of_slip(slip_of(), "ko")
    Printer(f"file:{place}").print(paper)
    assert place.read_bytes() == roll.to_bytes(paper, Look())


def test_a_printer_on_a_serial_line_gets_the_same_bytes():
    here, there = os.openpty()
    tty.setraw(there)
    paper = receipt.of_slip(slip_of(), "ko")
    wanted, got = roll.to_bytes(paper, Look()), bytearray()
    hand = threading.Thread(target=Printer(f"serial:{os.ttyname(there)}:115200").print, args=(paper,))
    hand.start()
    while len(got) < len(wanted):
        assert select.select([here], [], [], 10)[0], "the line is silent"
        got += os.read(here, 65_536)
    hand.join(10)
    assert got == wanted
    os.close(there)
    os.close(here)


@pytest.mark.parametrize("place", ["serial:/dev/nowhere", "file:/nowhere/lp0", "network:127.0.0.1:1"])
def test_a_printer_that_is_not_there_is_said_in_one_line(place):
    with pytest.raises(SetupError, match="doesn't answer") as said:
        Printer(place).print([Row("끝")])
    assert "\n" not in str(said.value)


@pytest.mark.parametrize("place", ["", "lpt1", "network:", "network:a b:1", "usb:1:2", "network:10.0.0.5:port"])
def test_a_place_that_is_none_is_refused_with_what_is_allowed(folder, place):
    result = run(folder, "printer", place)
    assert result.exit_code == 2 and "network:HOST" in result.output and not (folder / "printer.json").exists()


def test_a_printer_that_never_answered_is_not_kept(folder, thermal):
    thermal.close()
    assert run(folder, "printer", thermal.place).exit_code == 2
    assert run(folder, "print", "1").exit_code == 2


@pytest.mark.parametrize("kept", ["{}", "[]", '{"place": "lpt1", "look": {}, "each": false}', "{", '{"place": 1, "look": [], "each": 0}'])
def test_damaged_settings_are_said_in_one_line(tmp_path, kept):
    (tmp_path / "printer.json").write_text(kept)
    with pytest.raises(SetupError, match="damaged"):
        printer.read(tmp_path)


# --- closing ---------------------------------------------------------------------------------

def test_a_day_is_closed_at_the_pc_and_the_next_one_begins_after_it(folder, thermal, paid):
    run(folder, "refund", str(paid), "500", typed=f"{PIN}\n")
    run(folder, "printer", thermal.place)
    result = run(folder, "close", "--record", "--cashier", "3", "--paper", typed="y\n")
    assert result.exit_code == 0
    number = int(re.search(r"마감 (\d+)번으로 기록", result.output)[1])
    said = " ".join(" ".join(line.split()) for line in thermal.paper(2).lines)
    assert f"마감 번호 {number}" in said
    assert run(folder, "close").output.count("결제 0건") == 1
    assert run(folder, "close", "--closing", str(number)).output.count("합계") == 1


def test_a_closing_is_not_recorded_when_the_shopkeeper_says_no(folder, paid):
    before = run(folder, "close").output
    assert run(folder, "close", "--record", typed="n\n").exit_code == 1
    assert run(folder, "close").output.splitlines()[7:] == before.splitlines()[7:] and "결제 0건" not in before
    assert run(folder, "close", "--record", "--month", "2026-01").exit_code == 2


def test_a_closing_is_written_as_a_table_and_as_a_paper(folder, tmp_path, paid):
    table, paper = tmp_path / "day.csv", tmp_path / "day.pdf"
    assert run(folder, "close", "--shop", "--file", str(table), typed="0000\n").exit_code == 1 and not table.exists()
    assert run(folder, "close", "--shop", "--file", str(table), typed=f"{PIN}\n").exit_code == 0
    assert run(folder, "close", "--file", str(paper)).exit_code == 0
    assert table.read_bytes().startswith(b"\xef\xbb\xbf") and paper.read_bytes().startswith(b"%PDF")
    assert f",{paid},".encode() in table.read_bytes()
    assert run(folder, "close", "--file", str(tmp_path / "day.txt")).exit_code == 2
    assert run(folder, "close", "--day", "never", "--file", str(tmp_path / "no.csv")).exit_code == 1
    assert not (tmp_path / "no.csv").exists()


@pytest.mark.parametrize("lie", [b"{}", b"[]", b'{"recorded": 1, "month": 2}', b'{"total": {"sales": "x"}}'])
def test_an_answer_that_is_no_closing_is_no_crash(folder, wire, paid, lie):
    wire.broken["GET /api/close"] = lambda _: lie
    assert run(folder, "close").exit_code == 3


def test_a_month_is_told_by_the_citys_clocks_and_not_by_this_machines(folder, paid, monkeypatch):
    monkeypatch.setenv("TZ", "America/Lima")
    time.tzset()
    try:
        said = run(folder, "close", "--month", "2026-01", typed=f"{PIN}\n").output
    finally:
        monkeypatch.undo()
        time.tzset()
    assert "월 정산서" in said and "2026-01-01 00:00" in said and "2026-01-31 23:59" in said


def test_what_is_recorded_is_what_is_written(folder, tmp_path, paid):
    file = tmp_path / "day.csv"
    result = run(folder, "close", "--record", "--yes", "--file", str(file))
    assert result.exit_code == 0 and f",{paid},".encode() in file.read_bytes()


def test_settings_stay_as_they_were_set(folder, thermal):
    run(folder, "printer", thermal.place, "--width", "58", "--as", "picture", "--no-cut")
    assert printer.read(folder) == Printer(thermal.place, Look(58, PICTURE, False, False), False)
    assert json.loads((folder / "printer.json").read_text())["place"] == thermal.place
    assert (folder / "printer.json").stat().st_mode & 0o777 == 0o600
