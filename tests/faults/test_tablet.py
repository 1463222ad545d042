"""The tablet's page on a line that breaks in twelve ways: some tablets at once, each on its own line, in both motions.

The line breaks when the till doesn't know yet: as it sends a customer's code, or while it waits for a phone to pay.
A day at a till is a generator that gives way whenever its shopkeeper waits, so that one thread serves all counters.
"""

import json
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack

import pytest
from playwright.sync_api import Browser, sync_playwright

from app.message import qr
from tests.cast import Wallet, raw
from tests.faults.proxy import FAULTS, Proxy
from tests.faults.town import CODE_S, DECIDED_S, LAPSED_S, PURSE_WON, SALES, Told, Town, judge
from tests.till.town import FLAGS, Tablet
from tests.till.town import Town as TillTown

TABLETS = 6             # each breaks in two ways
OFFLINE = "인터넷이 끊겼습니다"
NOT_TAKEN = "돈은 나가지 않았고, 코드도 쓰지 않았습니다"
OVER = ".paid, .no, .panel button"
ROWS = """() => new Promise((done, fail) => {
  const asked = indexedDB.open('hagc-till');
  asked.onerror = () => fail(asked.error);
  asked.onsuccess = () => {
    const all = asked.result.transaction('rows').objectStore('rows').getAll();
    all.onsuccess = () => { asked.result.close(); done(all.result); };
  };
})"""
# Whatever was green on the screen, as the shopkeeper saw it.
WATCH = """() => {
  window.green = 0;
  new MutationObserver((seen) => {
    for (const one of seen) for (const node of one.addedNodes)
      if (node.matches?.('.paid:not(.back), .notice.good')) window.green += 1;
  }).observe(document.getElementById('main'), { childList: true, subtree: true });
}"""

Waiting = Generator[None, None, None]       # gives way to the other counters


class Counted(Town):
    sign_till, pairing_code = TillTown.sign_till, TillTown.pairing_code


class Shop(Tablet):
    """What a shopkeeper does at a line of their own, and what the page has written down."""

    def __init__(self, browser: Browser, town: Counted, line: Proxy):
        super().__init__(browser, town, ignore_https_errors=True)
        self.line = line
        self.breaks: list[tuple[float, float]] = []     # from when until when its line was broken

    def _said(self, message) -> None:
        pass        # a box that answers in the server's place is told on the console, by the browser itself

    def open(self, path: str = "/pos") -> "Shop":
        self.page.goto(f"https://localhost:{self.line.port}{path}")
        return self

    def rows(self) -> dict[str, dict[str, dict]]:
        """id -> what -> the row."""
        found: dict[str, dict[str, dict]] = {}
        for row in self.page.evaluate(ROWS):
            found.setdefault(row["id"], {})[row["what"]] = json.loads(row["text"])
        return found

    def paste(self, text: str) -> None:
        """A customer's code, as a text: no scanner's pace to keep while eleven others sell."""
        self.page.get_by_text("코드를 글자로 넣기").click()
        self.page.get_by_label("손님 코드의 글자").fill(text)
        self.page.get_by_role("button", name="넣기").click()

    def keypad(self) -> Waiting:
        """Back to the keypad from wherever the last sale ended."""
        for _ in range(100):
            if self.page.locator(".keypad").is_visible():
                return
            self.page.keyboard.press("Escape")
            yield from passing(0.2)
        raise AssertionError("no way back to the keypad")

    def could_know_s(self, from_s: float) -> float:
        """From when on the line was whole for as long as the till may take, if one could know from `from_s` on."""
        for broken_s, whole_s in self.breaks:
            if broken_s < from_s + DECIDED_S and whole_s > from_s:
                from_s = whole_s
        return from_s

    def has_line(self) -> bool:
        return self.page.locator(".strip", has_text=OFFLINE).count() == 0


def passing(seconds: float) -> Waiting:
    end_s = time.monotonic() + seconds
    while time.monotonic() < end_s:
        yield


def until(true: Callable[[], bool], seconds: float, otherwise: str) -> Waiting:
    end_s = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end_s, otherwise
        yield from passing(0.2)


@pytest.fixture
def shops(tmp_path_factory, chromium) -> Iterator[list[Shop]]:
    """Tablets that are paired and opened for the day, each on a line of its own; other ones when the day is asked again."""
    folder = tmp_path_factory.mktemp("tablets")
    town = Counted(folder / "data")
    with ExitStack() as stack:
        lines = [stack.enter_context(Proxy(town.port, folder)) for _ in range(TABLETS)]
        playwright = stack.enter_context(sync_playwright())
        browser = playwright.chromium.launch(executable_path=chromium, args=[*FLAGS, "--ignore-certificate-errors"])
        made = [Shop(browser, town, line) for line in lines]
        for shop in made:
            shop.claim()
        for shop in made:
            shop.start().page.evaluate(WATCH)
        yield made
        for shop in made:
            shop.close()
        browser.close()
    town.close()


def sell(shop: Shop, wallet: Wallet, fault: str, motion: int) -> Generator[None, None, dict | None]:
    """One sale, the line broken in the midst of it. When it was whole again, and which message it was; None where the
    till found no line before there was one."""
    town, host, before = shop.town, shop.town.office.genesis.host, set(shop.rows())
    yield from shop.keypad()
    said, broken_s = "", time.time()
    shown = shop.ask("3000")
    if motion == 2:
        shop.line.breaks(fault)
        town.pays(wallet, qr.from_text(shown, (host,)))
        yield from passing(1.5)
    else:
        shop.line.breaks_at("POST /api/sales", fault)
        shop.paste(qr.to_text(wallet.code(5_000, life_s=CODE_S), host.upper()))
        yield from until(shop.page.locator(OVER).first.is_visible, DECIDED_S, f"{fault}: the till says nothing")
        said = shop.page.locator("#main").inner_text()
        yield from shop.keypad()
    shop.line.mends()
    whole_s = time.time()
    shop.breaks.append((broken_s, whole_s))
    rows = shop.rows()
    ids = [each for each in rows if each not in before and "sent" in rows[each]]
    charge = [each for each in ids if rows[each]["sent"]["kind"] == "charge"]
    if motion == 1 and not charge and NOT_TAKEN in said:
        return None
    assert len(charge) == (motion == 1), f"{fault}: {len(charge)} charges, {said}"
    return {"id": charge[0] if charge else ids[0], "whole_s": whole_s, "wallet": wallet, "motion": motion}


def known(shop: Shop, sold: dict) -> Told | None:
    """What the page has written of it; None while it is open, or was only told a no that is not signed yet."""
    mine = shop.rows()[sold["id"]]
    if "settled" in mine:
        row = mine["settled"]
        return Told(bytes.fromhex(sold["id"]), sold["wallet"], 3_000, True, raw(row["receipt"]), row["closed_at_s"] - sold["whole_s"])
    if "refused" in mine:
        sure_s = shop.could_know_s(max(sold["whole_s"], mine["sent"]["expires_at_s"] + LAPSED_S))
        return Told(bytes.fromhex(sold["id"]), sold["wallet"], 3_000, False, b"", mine["refused"]["closed_at_s"] - sure_s)
    return None


def day(shop: Shop, sales: list[tuple[str, int, Wallet]], told: dict[str, Told]) -> Waiting:
    """All sales at one tablet; what it believes of each in the end."""
    over = []
    for fault, motion, wallet in sales:
        sold = None
        while sold is None:
            sold = yield from sell(shop, wallet, fault, motion)
        # Who was debited is seen within the time, though other sales follow.
        yield from until(lambda: shop.town.balance_won(wallet) == PURSE_WON or known(shop, sold) is not None, DECIDED_S,
                         f"{fault}, motion {motion}: paid, and the till doesn't know")
        yield from until(shop.has_line, DECIDED_S, f"{fault}: the line is back, and the till doesn't know")
        over.append(sold)
    until_s = time.monotonic() + CODE_S + LAPSED_S + DECIDED_S
    while any(sold["motion"] == 1 and not known(shop, sold) for sold in over) and time.monotonic() < until_s:
        yield from passing(1)
    for number, ((fault, motion, wallet), sold) in enumerate(zip(sales, over, strict=True)):
        never = Told(bytes.fromhex(sold["id"]), wallet, 3_000, False, b"", 10**6)
        told[f"{fault}, motion {motion}, {number}"] = known(shop, sold) or never


def planned(faults: tuple[str, ...], wallets: Iterator[Wallet]) -> list[tuple[str, int, Wallet]]:
    """`SALES` of each kind, half of them codes, which come first: what becomes of those takes longest to be sure."""
    motions = [(1 + (number + FAULTS.index(fault)) % 2, fault) for number in range(SALES) for fault in faults]
    return [(fault, motion, next(wallets)) for motion, fault in sorted(motions, key=lambda each: each[0])]


@pytest.mark.timeout(3600)
def test_a_bad_day_at_every_till_ends_as_the_ledger_says(shops):
    town = shops[0].town
    wallets = iter(town.purses(SALES * len(FAULTS)))
    told: list[dict[str, Told]] = [{} for _ in shops]
    days = [day(shop, planned(FAULTS[at::TABLETS], wallets), told[at]) for at, shop in enumerate(shops)]
    while days:
        days = [one for one in days if next(one, days) is None]
        shops[0].page.wait_for_timeout(20)
    for shop, mine in zip(shops, told, strict=True):
        for what, one in mine.items():
            print(f"{what}: {'paid' if one.paid else 'not paid'}, known after {one.ended_s:.0f} s")
        judge(town, shop.number, mine)
        paid = sum(one.paid for one in mine.values())
        assert shop.page.evaluate("window.green") <= paid
        assert paid >= sum("motion 2" in what for what in mine), "who scanned a request had paid it"
    assert sum(map(len, told)) == SALES * len(FAULTS)
    town.verified()
