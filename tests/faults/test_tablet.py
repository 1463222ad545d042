"""The tablet's page on a line that breaks in twelve ways: one page for all sales of a long bad day, in both motions.

The line breaks when the till doesn't know yet: as it sends a customer's code, or while it waits for a phone to pay.
"""

import json
import time

import pytest
from playwright.sync_api import expect, sync_playwright

from app.message import qr
from tests.cast import raw
from tests.conftest import LONG
from tests.faults.proxy import FAULTS, Proxy
from tests.faults.town import CODE_S, DECIDED_S, LAPSED_S, PURSE_WON, SALES, Told, Town, judge
from tests.till.town import FLAGS, Tablet
from tests.till.town import Town as TillTown

EACH = SALES if LONG else 1      # a page is slow: in short counts each kind breaks one sale here, and six of pos
OFFLINE = "인터넷이 끊겼습니다"
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


class Faulty(Town):
    """The city as the tablet reaches it: over a line that breaks."""

    sign_till, pairing_code = TillTown.sign_till, TillTown.pairing_code

    def __init__(self, folder, line: Proxy):
        super().__init__(folder, f"localhost:{line.port}")
        line.to_port, self.url = self.port, f"https://localhost:{line.port}"


class Shop(Tablet):
    """What a shopkeeper does, and what the page has written down."""

    def _said(self, message) -> None:
        pass        # a box that answers in the server's place is told on the console, by the browser itself

    def rows(self) -> dict[str, dict[str, dict]]:
        """id -> what -> the row."""
        found: dict[str, dict[str, dict]] = {}
        for row in self.page.evaluate(ROWS):
            found.setdefault(row["id"], {})[row["what"]] = json.loads(row["text"])
        return found

    def keypad(self) -> None:
        """Back to the keypad from wherever the last sale ended."""
        for _ in range(100):
            if self.page.locator(".keypad").is_visible():
                return
            button = self.page.get_by_role("button", name="다음 손님")
            button.click() if button.is_visible() else self.page.keyboard.press("Escape")
            self.page.wait_for_timeout(200)
        raise AssertionError("no way back to the keypad")

    def until_the_line_is_back(self) -> None:
        expect(self.page.locator(".strip", has_text=OFFLINE)).to_have_count(0, timeout=DECIDED_S * 1000)


@pytest.fixture(scope="module")
def shop(tmp_path_factory, chromium):
    folder = tmp_path_factory.mktemp("tablet")
    with Proxy(0, folder) as line, sync_playwright() as playwright:
        town = Faulty(folder / "data", line)
        browser = playwright.chromium.launch(executable_path=chromium, args=[*FLAGS, "--ignore-certificate-errors"])
        shop = Shop(browser, town, ignore_https_errors=True).pair().start()
        shop.page.evaluate(WATCH)
        shop.line = line
        yield shop
        shop.close()
        browser.close()
        town.close()


def sell(shop: Shop, wallet, fault: str, motion: int) -> dict:
    """One sale, the line broken in the midst of it. When it was whole again, and which message it was."""
    town, before = shop.town, set(shop.rows())
    shop.keypad()
    shown = shop.ask("3000")
    if motion == 2:
        shop.line.breaks(fault)
        town.pays(wallet, qr.from_text(shown, (town.office.genesis.host,)))
        shop.page.wait_for_timeout(1_500)
    else:
        shop.line.breaks_at("POST /api/sales", fault)
        shop.scan(qr.to_text(wallet.code(5_000, life_s=CODE_S), town.office.genesis.host.upper()))
        shop.page.locator(OVER).first.wait_for(timeout=20_000)
        shop.keypad()
    shop.line.mends()
    whole_s = time.time()
    rows = shop.rows()
    ids = [each for each in rows if each not in before and "sent" in rows[each]]
    charge = [each for each in ids if rows[each]["sent"]["kind"] == "charge"]
    assert len(charge) == (motion == 1), f"{fault}: {len(charge)} charges"
    return {"id": charge[0] if charge else ids[0], "whole_s": whole_s, "wallet": wallet, "fault": fault, "motion": motion}


def known(shop: Shop, sold: dict) -> Told | None:
    """What the page has written of it; None while it is open, or was only told a no that is not signed yet."""
    mine = shop.rows()[sold["id"]]
    if "settled" in mine:
        row = mine["settled"]
        return Told(bytes.fromhex(sold["id"]), sold["wallet"], 3_000, True, raw(row["receipt"]), row["closed_at_s"] - sold["whole_s"])
    if "refused" in mine:
        sure_s = max(sold["whole_s"], mine["sent"]["expires_at_s"] + LAPSED_S)
        return Told(bytes.fromhex(sold["id"]), sold["wallet"], 3_000, False, b"", mine["refused"]["closed_at_s"] - sure_s)
    return None


def settled_in_time(shop: Shop, sold: dict) -> None:
    """Who was debited is seen within the time, though other sales follow."""
    until_s = time.monotonic() + DECIDED_S
    while shop.town.balance_won(sold["wallet"]) < PURSE_WON and not known(shop, sold):
        assert time.monotonic() < until_s, f"{sold['fault']}, motion {sold['motion']}: paid, and the till doesn't know"
        shop.page.wait_for_timeout(200)


@pytest.mark.timeout(3600)
def test_a_bad_day_at_the_till_ends_as_the_ledger_says(shop):
    day = []
    wallets = iter(shop.town.purses(EACH * len(FAULTS)))
    for place, fault in enumerate(FAULTS):
        for number in range(EACH):
            sold = sell(shop, next(wallets), fault, 1 if (place + number) % 2 else 2)
            settled_in_time(shop, sold)
            shop.until_the_line_is_back()
            day.append(sold)
    until_s = time.monotonic() + CODE_S + LAPSED_S + DECIDED_S
    while any(sold["motion"] == 1 and not known(shop, sold) for sold in day) and time.monotonic() < until_s:
        shop.page.wait_for_timeout(500)
    told = [known(shop, sold) or Told(bytes.fromhex(sold["id"]), sold["wallet"], 3_000, False, b"", 10**6) for sold in day]
    for sold, one in zip(day, told, strict=True):
        print(f"{sold['fault']}, motion {sold['motion']}: {'paid' if one.paid else 'not paid'}, known after {one.ended_s:.0f} s")
    judge(shop.town, shop.number, {f"{sold['fault']}, motion {sold['motion']}, {at}": one
                                   for at, (sold, one) in enumerate(zip(day, told, strict=True))})
    assert shop.page.evaluate("window.green") <= sum(one.paid for one in told)
    assert sum(one.paid for one in told) >= sum(sold["motion"] == 2 for sold in day)
    shop.town.verified()
