"""The public ledger and the certificate page in a real browser, without scripts: everybody can use them."""

import threading
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright
from werkzeug.serving import make_server

from app.message import qr
from app.web import start
from app.web.certificates import local_authority
from app.web.events import Hub
from tests.cast import HOST

ROOT = Path(__file__).resolve().parents[2]
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
PAGES = ["/explorer", "/explorer/blocks", "/explorer/blocks/12", "/explorer/entries/{entry}", "/explorer/entries/9",
         "/explorer/checkpoint", "/explorer/shops", "/explorer/programmes", "/explorer/keys", "/explorer/genesis",
         "/explorer/receipt", "/install"]
SIZES = {"phone": (360, 800), "tablet": (1180, 820), "desk": (1440, 900)}


@pytest.fixture(scope="module")
def address(city, paid):
    """Served as with --tls, but for the encryption, which tests/explorer/test_install.py sees."""
    local_authority(city.folder.path / "tls", "localhost")
    application = start.application(city.office, Hub(lambda _: [], lambda *_: []), b"s" * 32, tls=True)
    server = make_server("127.0.0.1", 0, application, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


@pytest.fixture(scope="module")
def browser(chromium):
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield browser
        browser.close()


def complaints(page) -> list[str]:
    """What axe finds. It comes past the policy through the browser's own door; the page itself runs no script."""
    tools = page.context.new_cdp_session(page)
    tools.send("Runtime.evaluate", {"expression": AXE.read_text()})
    return page.evaluate("""() => axe.run({
        runOnly: ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"],
        rules: {"color-contrast-enhanced": {enabled: true}, "target-size": {enabled: true}},
    }).then(result => result.violations.map(one => one.id + ": " + one.nodes.map(node => node.html).join(" ")))""")


def low_controls(page) -> list[str]:
    """Controls under 48 px; a link inside running text is not one."""
    return page.evaluate("""() => [...document.querySelectorAll("a, button, input, select, textarea, summary")]
        .filter(one => !one.closest(".skip") && (one.offsetHeight < 48 || one.offsetWidth < 48))
        .filter(one => !(one.tagName === "A" && one.classList.contains("hash")))
        .map(one => one.outerHTML)""")


@pytest.mark.parametrize("size", SIZES)
def test_every_page_is_clean_at_every_size_and_at_twice_the_text(browser, address, paid, size):
    width, height = SIZES[size]
    page = browser.new_context(viewport={"width": width, "height": height}, locale="ko-KR").new_page()
    for path in PAGES:
        page.goto(address + path.format(entry=paid[2].entry))
        assert complaints(page) == [], path
        assert low_controls(page) == [], path
        page.evaluate("document.documentElement.style.fontSize = '200%'")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path


def test_nothing_runs_out_of_the_narrowest_screen(browser, address, paid):
    page = browser.new_context(viewport={"width": 320, "height": 640}, locale="en-US").new_page()
    for path in PAGES:
        page.goto(address + path.format(entry=paid[2].entry))
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path


def test_a_receipt_is_checked_without_a_script(browser, address, paid):
    context = browser.new_context(java_script_enabled=False, locale="ko-KR")
    page = context.new_page()
    page.goto(f"{address}/explorer")
    page.get_by_role("main").get_by_role("link", name="내 영수증 확인").click()
    page.get_by_label("영수증의 글이나 링크").fill(qr.to_text(paid[2].receipt, HOST))
    page.get_by_role("button", name="확인하기").click()
    assert "진짜 영수증입니다" in page.get_by_role("status").inner_text()
    page.get_by_label("영수증의 글이나 링크").fill("1234")
    page.get_by_role("button", name="확인하기").click()
    assert "아무것도 증명되지 않습니다" in page.get_by_role("alert").inner_text()
    page.get_by_role("link", name="English").click()
    assert page.get_by_role("heading", level=1).inner_text() == "Verify my receipt"
