"""The example city, served for real in another process, and a till's page as a shopkeeper uses it."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

from playwright.sync_api import Browser, Page, expect

from app.desk import act
from app.message import qr
from app.money import orders
from app.money.state import Register
from app.people import pairing
from tests.cast import BOTH, HOUR_S, MAKER, RESTAURANT, City, Line, Wallet, raw, sale, until

ROOT = Path(__file__).resolve().parents[2]
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync"]
PIN = "4821"
HUMAN_MS = 60
NONCE = bytes(8)


class Town(City):
    """The city, and the server beside it."""

    def __init__(self, folder: Path):
        self.port = free_port()
        self.host = f"localhost:{self.port}"
        self.url = f"http://{self.host}"
        super().__init__(folder, time.time, self.host)
        self.process = None
        self.serve()

    def serve(self) -> None:
        command = [sys.executable, "-m", "app", "run", "--example", "--data", str(self.folder.path), "--port", str(self.port)]
        self.process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)
        until(self._answers, 60)

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(20)

    def _answers(self) -> bool:
        try:
            with urlopen(f"{self.url}/health", timeout=5):
                return True
        except OSError:
            return False

    def pairing_code(self, shop: int = RESTAURANT, rights: int = BOTH) -> str:
        return pairing.start(self.office.people, shop, rights, self.numbers[MAKER])[1]

    def sign_till(self, digits: str) -> int:
        """An officer who sees these digits on both screens signs; the till's number."""
        wanted = next(one for one in pairing.waiting(self.office.people) if one.fingerprint == digits)
        number = act.next_number(self.office, Register.TILL)
        body = orders.Till(self.numbers[MAKER], number, wanted.shop, wanted.rights, wanted.key, wanted.refund_key,
                           NONCE, self.now_s() + HOUR_S)
        act.pair(self.office, self.numbers[MAKER], self.signed(MAKER, body), wanted.number)
        return number

    def revoke(self, number: int) -> None:
        """An officer ends a till."""
        till = self.office.store.get(Register.TILL, number)
        self.hand_in(orders.Till(self.numbers[MAKER], number, till.shop, 0, till.key, b"", os.urandom(8), self.now_s() + HOUR_S))

    def text(self, raw: bytes) -> str:
        """As it stands in a QR."""
        return qr.to_text(raw, self.host)

    def raw(self, text: str) -> bytes:
        return qr.from_text(text, (self.host,))

    def pay(self, wallet: Wallet, shown: str) -> int:
        """A phone that scanned this text pays over its own line; the entry."""
        return self._paid(wallet, shown)["entry"]

    def settle(self, wallet: Wallet, shown: str) -> bytes:
        """The same; the receipt for the till's request."""
        return raw(self._paid(wallet, shown)["receipt"])

    def _paid(self, wallet: Wallet, shown: str) -> dict:
        request = self.raw(shown)
        answer = Line(self.url).post("/api/sales", sale(wallet.payment(request), request))
        assert answer.status == 200, answer.json
        return answer.json


@contextmanager
def served(folder: Path) -> Iterator[Town]:
    town = Town(folder)
    try:
        yield town
    finally:
        town.stop()
        town.close()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Tablet:
    """One device: a browser profile of its own with the till's page open."""

    def __init__(self, browser: Browser, town: Town, **how):
        self.town = town
        self.context = browser.new_context(**{"locale": "ko-KR", "viewport": {"width": 1180, "height": 820}, **how})
        self.complaints: list[str] = []
        self.page = self._new_page()

    def _new_page(self) -> Page:
        page = self.context.new_page()
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", self._said)
        return page

    def _said(self, message) -> None:
        # A refusal's status and a cut line are no fault of the page; Chromium reports both.
        if message.type == "error" and "Failed to load resource" not in message.text:
            self.complaints.append(message.text)

    def open(self, path: str = "/pos") -> "Tablet":
        self.page.goto(self.town.url + path)
        return self

    def pair(self, shop: int = RESTAURANT, rights: int = BOTH) -> "Tablet":
        """Claimed and signed; the till is ready for the day."""
        self.claim(shop, rights)
        expect(self.page.get_by_role("button", name="영업 시작")).to_be_visible()
        return self

    def claim(self, shop: int = RESTAURANT, rights: int = BOTH) -> None:
        """Claims a code as the shopkeeper does; the officer compares the digits and signs."""
        self.open(f"/pos#pair={self.town.pairing_code(shop, rights)}")
        self.page.get_by_label("환불 비밀번호 정하기").fill(PIN)
        self.page.get_by_label("환불 비밀번호 한 번 더").fill(PIN)
        self.page.get_by_role("button", name="연결하기").click()
        self.page.wait_for_selector(".digits")
        self.number = self.town.sign_till("-".join(self.page.locator(".digits span").all_text_contents()))

    def start(self) -> "Tablet":
        self.page.get_by_role("button", name="영업 시작").click()
        return self

    def restart(self) -> "Tablet":
        """Its page closed and opened for another day; a sale that was on it is left."""
        self.page.close()
        self.page = self._new_page()
        self.complaints.clear()
        self.open().start()
        expect(self.page.locator(".keypad, .waiting")).to_be_visible()
        if self.page.locator(".waiting").is_visible():
            self.page.keyboard.press("Escape")
        expect(self.page.locator(".asked")).to_be_visible()
        self.page.keyboard.press("Escape")
        return self

    def ask(self, amount: str) -> str:
        """Types an amount as fast as people do; the text under the QR."""
        self.page.keyboard.type(amount, delay=HUMAN_MS)
        self.page.keyboard.press("Enter")
        return self.shown()

    def shown(self) -> str:
        return self.page.locator("a.text").get_attribute("href")

    def scan(self, text: str, delay_ms: int = 4) -> None:
        """A USB scanner types."""
        self.page.keyboard.type(text, delay=delay_ms)
        self.page.keyboard.press("Enter")

    @property
    def paid(self):
        return self.page.locator(".paid")

    @property
    def refused(self):
        return self.page.locator(".no")

    def close(self) -> None:
        self.context.close()
        assert self.complaints == []
