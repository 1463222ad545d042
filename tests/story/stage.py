"""The stage of the story: the trial city as `run --example` serves it, and devices whose cameras see each other's screens.

Each device is a Chromium of its own. Chromium plays a file in its camera's place and reads every frame from it anew, so
a file that is written over while the camera runs is what a hand does that holds another screen before the lens.
"""

import io
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import PIL.Image
import zxingcpp
from playwright.sync_api import Browser, BrowserContext, Page, Playwright

from app.chain.receipt import check
from app.money.orders import Receipt
from tests.cast import raw, until
from tests.till import town as tills
from tests.wallet.phone import FLAGS, Phone, new_phone

ROOT = Path(__file__).resolve().parents[2]
DESK = {"width": 1440, "height": 900}


class Town(tills.Town):
    """The trial city and its server; the one-time links of its officers, as the server printed them."""

    def serve(self) -> None:
        self.printed = self.folder.path.parent / "server.log"
        with self.printed.open("w") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-u", "-m", "app", "run", "--example", "--data", str(self.folder.path),
                 "--port", str(self.port)],
                cwd=ROOT, stdout=log, stderr=subprocess.STDOUT)
        until(self._answers, 60)

    def links(self) -> dict[str, str]:
        """Login to address."""
        return dict(re.findall(r"(\S+) +(http://\S+/console/once/\S+)", self.printed.read_text()))

    def receipt(self, text: str, message_id: str) -> Receipt:
        """A receipt (base64url) that the city signed for the message of this id (hexadecimal)."""
        return check(raw(text), self.office.issuer.key.public, self.chain_id, bytes.fromhex(message_id))


@contextmanager
def served(folder: Path) -> Iterator[Town]:
    town = Town(folder)
    try:
        yield town
    finally:
        town.stop()
        town.close()


# --- cameras -------------------------------------------------------------------------------

class Camera:
    """One raw frame that Chromium plays again and again: Y4M, a text line and then the three planes of a picture."""

    WIDTH, HEIGHT, FRAMES_A_SECOND = 1280, 720, 10
    NOISE = 40          # of 255, standard deviation, of which a fifth is seen: a dim shop
    TILT = 3            # degrees: nobody holds a phone straight

    def __init__(self, file: Path):
        self.file = file
        self.look_away()

    def see(self, page: Page) -> None:
        """The whole screen, filmed so that it just fits."""
        self.see_picture(shot(page))

    def see_picture(self, png: bytes) -> None:
        screen = PIL.Image.open(io.BytesIO(png)).convert("RGB").rotate(
            self.TILT, PIL.Image.Resampling.BICUBIC, expand=True, fillcolor=(110, 110, 110))
        screen.thumbnail((self.WIDTH, self.HEIGHT))
        room = self._room()
        room.paste(screen, ((self.WIDTH - screen.width) // 2, (self.HEIGHT - screen.height) // 2))
        self._write(room)

    def look_away(self) -> None:
        self._write(self._room())

    def _room(self) -> PIL.Image.Image:
        return PIL.Image.new("RGB", (self.WIDTH, self.HEIGHT), (110, 110, 110))

    def _write(self, picture: PIL.Image.Image) -> None:
        noise = PIL.Image.effect_noise(picture.size, self.NOISE).convert("RGB")
        light, *colours = PIL.Image.blend(picture, noise, 0.2).convert("YCbCr").split()
        planes = [light.tobytes(), *(each.reduce(2).tobytes() for each in colours)]
        head = f"YUV4MPEG2 W{self.WIDTH} H{self.HEIGHT} F{self.FRAMES_A_SECOND}:1 Ip A1:1 C420\nFRAME\n".encode()
        with self.file.open("r+b" if self.file.exists() else "wb") as clip:
            clip.write(b"".join([head, *planes]))


@dataclass
class Device:
    """A browser with a camera of its own."""
    browser: Browser
    camera: Camera


def new_device(playwright: Playwright, chromium: str, clip: Path) -> Device:
    camera = Camera(clip)
    flags = [*FLAGS, "--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream",
             f"--use-file-for-fake-video-capture={clip}", "--autoplay-policy=no-user-gesture-required"]
    return Device(playwright.chromium.launch(executable_path=chromium, args=flags), camera)


def shot(page: Page) -> bytes:
    """A screen as soon as it shows a code."""
    page.locator(".qr svg").locator("visible=true").wait_for()
    return page.screenshot()


def read(png: bytes) -> str:
    """The one QR code in a picture."""
    found = zxingcpp.read_barcodes(PIL.Image.open(io.BytesIO(png)))
    assert len(found) == 1, f"{len(found)} codes"
    return found[0].text


# --- who stands on it ----------------------------------------------------------------------

WATCH = """() => {
    const seen = { asked: 0, green: 0, said: [], rang: [] };
    window.seen = seen;
    addEventListener('keydown', ({ key }) => { if (key === 'Enter') Object.assign(seen, { asked: Date.now(), green: 0 }); }, true);
    const look = () => { if (!seen.green && document.querySelector('.paid')) seen.green = Date.now(); };
    document.addEventListener('DOMContentLoaded', () => new MutationObserver(look).observe(document, { childList: true, subtree: true }));
    const speak = speechSynthesis.speak.bind(speechSynthesis);
    speechSynthesis.speak = (words) => { seen.said.push(words.text); speak(words); };
    const Node = OscillatorNode;
    window.OscillatorNode = class extends Node { constructor(...given) { super(...given); seen.rang.push(given[1].frequency); } };
}"""
ANSWERED = """path => {
    const found = performance.getEntriesByType('resource').filter(one => one.name.endsWith(path)).at(-1);
    return performance.timeOrigin + found.responseEnd;
}"""
ROWS = """() => new Promise((resolve) => {
    indexedDB.open('hagc-till').onsuccess = ({ target: { result } }) => {
        result.transaction('rows').objectStore('rows').getAll().onsuccess = ({ target }) => {
            result.close();
            resolve(target.result.map(({ text }) => JSON.parse(text)));
        };
    };
})"""


class Tablet(tills.Tablet):
    """A till's page; what it said and rang, and when it turned green."""

    def __init__(self, device: Device, town: Town, **how):
        self.camera = device.camera
        super().__init__(device.browser, town, permissions=["camera"], **how)
        self.context.set_default_timeout(10_000)
        self.context.add_init_script(f"({WATCH})()")

    def claim_link(self, link: str) -> None:
        """The shopkeeper opened the link that the console shows."""
        self.page.goto(link)
        self.page.get_by_label("환불 비밀번호 정하기").fill(tills.PIN)
        self.page.get_by_label("환불 비밀번호 한 번 더").fill(tills.PIN)
        self.page.get_by_role("button", name="연결하기").click()

    def digits(self) -> str:
        """What stands on the screen to be compared."""
        self.page.wait_for_selector(".digits")
        return "-".join(self.page.locator(".digits span").all_text_contents())

    def give_back(self, entry: int, amount_won: int, taps: int = 1) -> None:
        """From the list of sales, as the shop's owner."""
        self.keypad()
        self.page.get_by_role("button", name="판매 내역", exact=True).click()
        self.page.get_by_role("button", name=f"거래 {entry}, ").click()
        self.page.get_by_label("환불할 금액").fill(str(amount_won))
        self.page.get_by_label("환불 비밀번호").fill(tills.PIN)
        button = self.page.get_by_role("button", name=f"{amount_won:,}원 환불하기")
        button.evaluate(f"button => {{ {'button.click();' * taps} }}")

    def keypad(self) -> None:
        """Back to an empty keypad, from wherever it is."""
        for _ in range(2):
            self.page.keyboard.press("Escape")

    def seen(self, what: str):
        return self.page.evaluate(f"window.seen.{what}")

    def kept(self) -> dict[int, dict]:
        """What this till proved, by entry: {id, receipt, amount_won, …}."""
        return {one["entry"]: one for one in self.rows("settled")}

    def asked_for(self, amount_won: int) -> int:
        """How many requests of this amount it ever signed."""
        self.shown()
        return sum((one["kind"], one["amount_won"]) == ("request", amount_won) for one in self.rows("sent"))

    def rows(self, what: str) -> list[dict]:
        """The rows of its journal of one sort, oldest first."""
        return [row for row in self.page.evaluate(ROWS) if row["what"] == what]

    def answered_at_ms(self, path: str = "/api/sales") -> float:
        return self.page.evaluate(ANSWERED, path)

    def green_after_ms(self) -> int:
        """From the amount to the green screen."""
        return self.seen("green") - self.seen("asked")


@dataclass(eq=False)
class Walker:
    """A resident with a phone and its camera."""
    device: Device
    phone: Phone
    account: bytes = b""
    person: bytes = b""
    reference: str = ""         # the office's

    @property
    def page(self) -> Page:
        return self.phone.page

    def scan(self, page: Page) -> None:
        """Holds the phone before another screen."""
        self.scan_picture(shot(page))

    def scan_picture(self, png: bytes) -> None:
        self.device.camera.see_picture(png)
        self.phone.tap("QR 찍기")

    def answered_at_ms(self, path: str = "/api/sales") -> float:
        return self.page.evaluate(ANSWERED, path)

    def paid(self) -> dict[int, dict]:
        """What this phone proved, by entry."""
        return {one["entry"]: one for one in self.phone.kept("payments") if one["state"] == "settled"}


def new_walker(device: Device, town: Town, before: Callable[[BrowserContext], None] | None = None) -> Walker:
    """`before`: what is done to the phone before its wallet opens."""
    phone = new_phone(device.browser, town, permissions=["camera"])
    if before:
        before(phone.context)
    return Walker(device, phone.open())


@dataclass
class Desk:
    """An officer's browser profile."""
    device: Device
    page: Page

    def open(self, path: str) -> None:
        self.page.goto(path)

    def press(self, name: str) -> None:
        self.page.get_by_role("button", name=name, exact=True).click()

    def go(self, name: str) -> None:
        self.page.get_by_role("link", name=name, exact=True).first.click()

    def fill(self, **fields: str) -> None:
        """By the names that the fields have in their form."""
        for name, value in fields.items():
            self.page.locator(f"[name={name}]:visible").fill(value)


def new_desk(device: Device, link: str) -> Desk:
    """Somebody who opened the link that an officer was given."""
    context = device.browser.new_context(viewport=DESK, locale="ko-KR", permissions=["camera"])
    context.set_default_timeout(10_000)
    desk = Desk(device, context.new_page())
    desk.open(link)
    return desk


def note(what: str, ms: float, most_ms: float = 8000) -> None:
    """A time, printed; judged only so far that something stuck is seen."""
    print(f"  {what}: {ms:,.0f} ms")
    assert ms < most_ms, f"{what}: {ms:,.0f} ms"
