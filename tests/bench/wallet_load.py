"""python -m tests.bench.wallet_load [--visits 5]: how soon the wallet is usable on a slow line and a slow phone, and what it weighs.

Slow 4G as Lighthouse has it (150 ms round trip, 1.6 Mbit/s down, 0.75 up), CPU four times slower, nothing in the cache.
Usable: the first screen is drawn and its buttons answer (the mark that static/js/wallet/main.js sets).
"""

import argparse
import statistics
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from app.setup.browser import chromium
from tests.wallet.phone import FLAGS, Phone, new_phone
from tests.wallet.town import Town, served

SLOW_4G = {"offline": False, "latency": 150, "downloadThroughput": 1_600_000 / 8, "uploadThroughput": 750_000 / 8}
SLOWER = 4
VISITS = 5
KIB = 1024
READER = "/vendor/zxing/"
BALANCE = "/api/wallet"
SILENT_MS = 1500        # between two requests of one chain, at the most


@dataclass
class Load:
    usable_ms: float
    first_bytes: int        # packed content until the first screen was usable, the page itself included
    all_bytes: int          # and until nothing more was asked for, without what the worker keeps for offline
    first_files: int        # scripts and styles until usable: a browser asks for six at a time


def measure(phone: Phone, slowly: bool = True, asks: str = "") -> Load:
    """One visit with an empty cache, until the page has asked for `asks` and then nothing more."""
    tools = phone.context.new_cdp_session(phone.page)
    tools.send("Network.enable")
    if slowly:
        tools.send("Network.emulateNetworkConditions", SLOW_4G)
        tools.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    tools.send("Network.clearBrowserCache")
    headers: dict[str, int] = {}        # of each answer
    bytes_of: Counter[str] = Counter()  # content over the wire, by address
    urls: dict[str, str] = {}
    tools.on("Network.requestWillBeSent", lambda event: urls.update({event["requestId"]: event["request"]["url"]}))
    tools.on("Network.responseReceived", lambda event: headers.update({event["requestId"]: event["response"]["encodedDataLength"]}))
    tools.on("Network.loadingFinished", lambda event: bytes_of.update(
        {urls.get(event["requestId"], ""): max(0, event["encodedDataLength"] - headers.get(event["requestId"], 0))}))
    phone.open()
    phone.page.locator(".foot").wait_for()
    usable_ms = phone.page.evaluate("performance.getEntriesByName('usable')[0].startTime")
    first = phone.page.evaluate("""() => {
        const at = performance.getEntriesByName('usable')[0].startTime;
        return performance.getEntriesByType('resource')
            .filter(one => one.responseEnd <= at && !one.name.includes('/icons/')).map(one => one.name);
    }""")
    seen = -1
    while seen != len(urls) or not any(url.endswith(asks) for url in urls.values()):
        seen = len(urls)
        phone.page.wait_for_timeout(SILENT_MS)
    return Load(usable_ms, sum(bytes_of[url] for url in {phone.page.url, *first}),
                sum(size for url, size in bytes_of.items() if READER not in url), len(first))


def first_visit(browser: Browser, town: Town) -> Load:
    """Somebody who has no wallet yet."""
    phone = new_phone(browser, town, service_workers="block")
    try:
        return measure(phone)
    finally:
        phone.context.close()


def later_visit(browser: Browser, town: Town) -> Load:
    """Somebody who has a wallet, and whose browser has forgotten every file."""
    phone = new_phone(browser, town, service_workers="block").open()
    try:
        phone.with_money(30_000)
        phone.page.get_by_text("까지 낼 수 있습니다").wait_for()      # its certificate for the day is there
        return measure(phone, asks=BALANCE)
    finally:
        phone.context.close()


def from_the_icon(browser: Browser, town: Town) -> Load:
    """Somebody who has a wallet that opens from the service worker."""
    phone = new_phone(browser, town).open()
    try:
        phone.with_money(30_000)
        phone.page.evaluate("navigator.serviceWorker.ready.then(() => true)")
        phone.page.wait_for_timeout(1000)
        return measure(phone)
    finally:
        phone.context.close()


def main(visits: int) -> None:
    with tempfile.TemporaryDirectory() as folder, served(Path(folder) / "data") as town, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        for visit in (first_visit, later_visit, from_the_icon):
            loads = [visit(browser, town) for _ in range(visits)]
            took = sorted(load.usable_ms for load in loads)
            print(f"{visit.__name__:14} usable median {statistics.median(took):.0f} ms (worst {took[-1]:.0f}), "
                  f"{loads[0].first_bytes / KIB:.1f} KiB until then, {loads[0].all_bytes / KIB:.1f} KiB in all, "
                  f"{loads[0].first_files} files first", flush=True)
        browser.close()


if __name__ == "__main__":
    options = argparse.ArgumentParser()
    options.add_argument("--visits", type=int, default=VISITS)
    main(options.parse_known_args()[0].visits)
