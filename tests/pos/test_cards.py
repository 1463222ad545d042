"""A customer without a phone at a till PC: the card before the scanner, the PIN typed unseen."""

import os
import pty
import subprocess
import sys
import threading
import time

import pytest

from app.message import card, qr
from pos import receipt
from pos.journal import Journal
from tests.cast import HOST, until
from tests.holder import Holder, cap
from tests.pos.conftest import entry_in, run
from tests.pos.test_answers import ROOT, Shop
from tests.pos.thermal import Thermal


@pytest.fixture(scope="module")
def lee(town):
    cap(town, 200_000)
    return Holder(town, 50_000)


def test_a_card_is_read_and_its_pin_asked_until_it_is_right(folder, town, lee):
    before_won = town.balance_won(lee)
    text = card.to_text(lee.card.number, HOST)
    result = run(folder, "scan", "8500", typed=f"{text}\n{lee.wrong}\n{lee.pin}\n")
    assert result.exit_code == 0, result.output
    assert "카드 비밀번호가 다릅니다" in result.output or "CARD_PIN_WRONG" in result.output
    assert entry_in(result.output) and town.balance_won(lee) == before_won - 8_500
    assert lee.pin not in result.output and lee.card.number not in result.output
    journal = Journal(folder / "journal.db")
    assert lee.pin.encode() not in (folder / "journal.db").read_bytes() and journal.lines(0)
    journal.close()


def test_a_lost_answer_pays_once_and_more_than_there_is_not_at_all(folder, town, wire, lee):
    before_won = town.balance_won(lee)
    text = card.to_text(lee.card.number, HOST)
    wire.broken["POST /api/cards/pay"] = "lose"
    result = run(folder, "scan", "3000", typed=f"{text}\n{lee.pin}\n")
    assert result.exit_code == 0 and town.balance_won(lee) == before_won - 3_000, result.output
    wire.broken.clear()
    result = run(folder, "scan", "90000", typed=f"{text}\n{lee.pin}\n")
    assert result.exit_code == 1 and "NOT_ENOUGH" in result.output and "47,000" not in result.output
    assert "`balance` 명령으로" in result.output and "지갑" not in result.output, "its holder has no phone"


def test_without_a_line_no_pin_is_asked_and_nothing_is_signed(folder, wire, lee):
    wire.broken[""] = "down"
    before = len(lines_of(folder))
    result = run(folder, "scan", "3000", typed=f"{card.to_text(lee.card.number, HOST)}\n{lee.pin}\n")
    wire.broken.clear()
    assert result.exit_code == 1 and "종이 카드는 인터넷이 있어야 합니다" in result.output, result.output
    assert "비밀번호 (손님이" not in result.output and len(lines_of(folder)) == before


def lines_of(folder) -> list:
    journal = Journal(folder / "journal.db")
    try:
        return journal.lines(0)
    finally:
        journal.close()


@pytest.fixture
def charge(folder):
    shops = []

    def ask(amount_won: int) -> Shop:
        shops.append(Shop(folder, amount_won))
        shops[-1].shown()
        return shops[-1]

    yield ask
    for shop in shops:
        shop.close()


def type_in(shop: Shop, text: str) -> None:
    shop.process.stdin.write(text + "\n")
    shop.process.stdin.flush()


def test_a_request_that_waits_is_paid_by_a_card_too(charge, folder, town, lee):
    before_won, shop = town.balance_won(lee), charge(4_200)
    type_in(shop, card.to_text(lee.card.number, HOST))
    shop.says(f"끝 번호 {lee.card.number[-4:]}인 카드의 비밀번호")
    type_in(shop, lee.wrong)
    shop.says("CARD_PIN_WRONG")
    type_in(shop, lee.pin)
    assert shop.end() == 0, shop.output
    assert "사천이백 원 결제가 완료되었습니다" in shop.output and town.balance_won(lee) == before_won - 4_200
    assert lee.pin not in shop.output and lee.card.number not in shop.output


def test_a_card_that_is_not_taken_leaves_the_request_to_a_phone(charge, town, lee, phone):
    shop = charge(19_000)
    for text in (card.to_text(lee.card.number, "other.example"), card.to_text(lee.card.number, HOST)):
        type_in(shop, text)
    shop.says("OTHER_HOST")
    shop.says("인 카드의 비밀번호")
    type_in(shop, "")
    shop.says("카드로 받지 않았습니다")
    phone.pay(shop.shown())
    assert shop.end() == 0, shop.output


def test_the_pin_is_typed_unseen_on_a_terminal(town, lee, folder):
    """The program on a terminal of its own: it shows the scanner's text and nothing of the PIN."""
    program, terminal = pty.openpty()
    command = [sys.executable, "-u", "-m", "pos", "--folder", str(folder), "--lang", "ko", "charge", "2000"]
    process = subprocess.Popen(command, cwd=ROOT, stdin=terminal, stdout=terminal, stderr=terminal)
    os.close(terminal)
    said = bytearray()
    threading.Thread(target=lambda: [said.extend(piece) for piece in iter(lambda: read(program), b"")], daemon=True).start()
    try:
        until(lambda: "결제를 기다립니다" in said.decode(errors="replace"), 60)
        os.write(program, card.to_text(lee.card.number, HOST).encode() + b"\n")
        until(lambda: "인 카드의 비밀번호" in said.decode(errors="replace"))
        time.sleep(0.3)
        os.write(program, lee.pin.encode() + b"\n")
        assert process.wait(30) == 0, said.decode()
    finally:
        process.kill()
        os.close(program)
    assert lee.pin not in said.decode() and lee.card.number in said.decode()


def read(program: int) -> bytes:
    try:
        return os.read(program, 4096)
    except OSError:
        return b""          # the other side is closed


def test_what_is_left_is_printed_for_the_holder_and_shown_to_nobody(folder, town, lee):
    thermal = Thermal()
    assert run(folder, "printer", thermal.place).exit_code == 0
    thermal.paper(1)
    ends = town.open_programme(1, lives_s=2 * 86_400)
    town.top_up(ends, {lee: 1_200})
    left = f"{town.balance_won(lee):,}원"
    result = run(folder, "balance", typed=f"{card.to_text(lee.card.number, HOST)}\n{lee.wrong}\n{lee.pin}\n")
    assert result.exit_code == 0 and "종이로 인쇄했습니다" in result.output, result.output
    assert left not in result.output and "1,200" not in result.output and lee.pin not in result.output
    said = " ".join(" ".join(thermal.paper(2).lines).split())
    for part in (left, "1,200원", "까지 (2일)", "며칠 안에 끝나는 돈이 있습니다", f"끝 번호 {lee.card.number[-4:]} 카드"):
        assert part in said, part
    assert lee.card.number not in said
    assert run(folder, "balance", typed="12,500\n").exit_code == 1
    thermal.close()


def test_what_a_phone_has_is_printed_when_it_shows_so_and_by_no_other_code(folder, town):
    thermal, kim = Thermal(), town.wallet(help_won=23_400)
    assert run(folder, "printer", thermal.place).exit_code == 0
    thermal.paper(1)
    result = run(folder, "balance", typed=qr.to_text(kim.look(), HOST) + "\n")
    assert result.exit_code == 0 and "23,400" not in result.output, result.output
    said = " ".join(" ".join(thermal.paper(2).lines).split())
    assert "23,400원" in said and "휴대전화 지갑" in said
    result = run(folder, "balance", typed=qr.to_text(kim.code(50_000), HOST) + "\n")
    assert result.exit_code == 1 and "WRONG_PURPOSE" in result.output
    thermal.close()


@pytest.mark.parametrize(("left_days", "warning"), [(15, ""), (14, "곧 끝나는 돈이 있습니다"), (3, "며칠 안에 끝나는 돈이 있습니다")])
def test_a_slip_warns_two_weeks_before_and_more_strongly_three_days_before(left_days, warning):
    ends = [{"day": f"2026-12-{day:02}", "left_days": left_days + day, "amount_won": 1_000} for day in range(12)]
    found = {"balance_won": 12_000, "spendable_here_won": 500, "ends": ends}
    rows = receipt.of_balance(found, "1234", 1_795_316_400, "ko")
    said = " ".join(f"{row.left} {row.right}" for row in rows if isinstance(row, receipt.Row))
    assert (warning in said) and ("끝나는 돈" in said) is bool(warning)
    assert "12,000원" in said and "500원" in said and "나머지 4,000원은 그 뒤까지" in said


def test_a_slip_says_what_more_may_be_spent_today_and_from_when_again():
    found = {"balance_won": 300_000, "spendable_here_won": 10_000, "ends": [],
             "limit": {"limit_won": 50_000, "left_won": 10_000, "again_at_s": 1_795_316_400, "new_phone": False}}
    rows = [row for row in receipt.of_balance(found, "1234", 1_795_316_400, "ko") if isinstance(row, receipt.Row)]
    said = " ".join(f"{row.left} {row.right}" for row in rows)
    assert "오늘 더 쓸 수 있는 돈" in said and "부터 다시 50,000원까지" in said
    assert "오늘" not in " ".join(row.left for row in receipt.of_balance({**found, "limit": None}, "1234", 1, "ko") if isinstance(row, receipt.Row))


def test_nothing_left_is_printed_too():
    rows = receipt.of_balance({"balance_won": 0, "spendable_here_won": 0, "ends": []}, "1234", 1_795_316_400, "en")
    assert any(row.right == "0 won" for row in rows if isinstance(row, receipt.Row))
