"""One side has no line: a till PC reads what the phone shows, from a keyboard on which a scanner types."""

import subprocess
import sys
import threading
from pathlib import Path

import pytest
import zxingcpp
from PIL import Image

from app.message import qr
from app.message.keys import Signer, new_seed
from tests.cast import HOST, until
from tests.pos.conftest import run
from tests.pos.town import Phone

ROOT = Path(__file__).resolve().parents[2]


class Shop:
    """`python -m pos charge`, with what it prints and a scanner at its keyboard."""

    def __init__(self, folder: Path, amount_won: int):
        self.picture = folder / f"shown-{amount_won}.png"
        command = [sys.executable, "-u", "-m", "pos", "--folder", str(folder), "--lang", "ko", "charge", str(amount_won),
                   "--picture", str(self.picture)]
        self.process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.STDOUT, text=True)
        self.output = ""
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        for line in self.process.stdout:
            self.output += line

    def shown(self) -> bytes:
        """The request on its screen."""
        self.says("결제를 기다립니다", 60)
        (found,) = zxingcpp.read_barcodes(Image.open(self.picture))
        return qr.from_text(found.text, (HOST,))

    def scan(self, raw: bytes) -> None:
        self.process.stdin.write(qr.to_text(raw, HOST) + "\n")
        self.process.stdin.flush()

    def says(self, text: str, seconds: float = 30) -> None:
        until(lambda: text in self.output, seconds)

    def end(self) -> int:
        return self.process.wait(60)

    def close(self) -> None:
        self.process.kill()
        self.process.wait(20)


@pytest.fixture
def charge(folder):
    """Asks for an amount."""
    asked = []

    def ask(amount_won: int) -> Shop:
        asked.append(Shop(folder, amount_won))
        return asked[-1]

    yield ask
    for shop in asked:
        shop.close()


@pytest.fixture
def down(folder, wire):
    """The till's PC has no line any more: what it heard before tells it the city's time, which other tests of the town move on."""
    assert run(folder, "sales").exit_code == 0
    wire.broken["GET /"] = wire.broken["POST /"] = "down"


def test_the_answer_of_a_phone_without_a_line_is_read_and_settled(charge, phone):
    shop = charge(5000)
    shop.scan(phone.payment(shop.shown()))
    assert shop.end() == 0, shop.output
    assert "오천 원 결제가 완료되었습니다" in shop.output
    assert phone.balance_won() == 15_000


def test_an_answer_to_another_request_is_refused_and_the_till_goes_on_waiting(charge, phone):
    earlier = charge(5000)
    request = earlier.shown()
    earlier.close()
    shop = charge(5000)
    shown = shop.shown()
    shop.scan(phone.payment(request))
    shop.says("OTHER_REQUEST")
    assert phone.balance_won() == 20_000
    shop.scan(phone.payment(shown))
    assert shop.end() == 0, shop.output


def test_a_refused_answer_is_said_and_another_phone_pays(charge, town, phone):
    shop = charge(30_000)
    request = shop.shown()
    shop.scan(phone.payment(request))
    shop.says("이 지갑으로는 이 금액을 낼 수 없습니다")
    shop.scan(Phone(town, 40_000).payment(request))
    assert shop.end() == 0, shop.output


def test_without_a_line_the_citys_receipt_for_this_request_is_enough(charge, down, phone):
    shop = charge(5000)
    shop.scan(phone.pay(shop.shown()))
    assert shop.end() == 0, shop.output
    assert "오천 원 결제가 완료되었습니다" in shop.output


def test_without_a_line_old_receipts_others_and_forged_ones_pay_nothing(charge, down, town, phone):
    first = charge(5000)
    old = phone.pay(first.shown())
    first.scan(old)
    assert first.end() == 0, first.output
    shop = charge(5000)
    request = shop.shown()
    shop.scan(old)
    shop.says("REQUEST_PAID")
    other = town.till()
    shop.scan(phone.pay(other.request(5000)))
    shop.says("OTHER_REQUEST")
    true = phone.pay(request)
    shop.scan(true[:-64] + Signer(new_seed()).sign(b"a forger's"))
    shop.says("시의 영수증이 아닙니다")
    assert shop.process.poll() is None
    shop.scan(true)
    assert shop.end() == 0, shop.output


def test_a_receipt_for_an_earlier_request_is_kept_for_that_and_pays_nothing_else(charge, till, down, phone):
    earlier = charge(4000)
    receipt = phone.pay(earlier.shown())
    earlier.close()
    shop = charge(6000)
    shop.shown()
    shop.scan(receipt)
    shop.says("앞서 청구한 4,000원")
    assert shop.process.poll() is None
    assert [bool(line.receipt) for line in till.journal.lines()] == [True, False]
