"""The shell in a real browser: it runs under its own policy, opens without a line, and everybody can use it."""

import re

import pytest
from playwright.sync_api import expect, sync_playwright

from tests.web.conftest import served
from tests.web.trial import ROOT

AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


@pytest.fixture(scope="module")
def browser(chromium):
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield browser
        browser.close()


def opened(browser, port: int, path: str = "/probe", **how):
    """A page and all that its console complained about."""
    page = browser.new_context(**how).new_page()
    complaints = []
    page.on("console", lambda message: complaints.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(f"http://localhost:{port}{path}")
    return page, complaints


def test_our_scripts_and_sheets_run_under_the_policy(browser, port):
    page, complaints = opened(browser, port, locale="ko-KR")
    expect(page.locator("h1")).to_have_text("도움말")
    expect(page.locator(".amount")).to_have_text("5,000원오천 원")
    expect(page.locator(".refusal")).to_contain_text("여기서 쓸 수 있는 돈은 12,500원입니다.")
    assert page.locator(".button").evaluate("one => getComputedStyle(one).minHeight") == "48px"
    assert page.evaluate("performance.getEntriesByType('resource').every(one => one.responseStatus < 400)")
    assert complaints == []


@pytest.mark.parametrize("attack", [
    "document.body.innerHTML = '<img src=x onerror=alert(1)>'",
    "eval('1')",
    "new Worker('/static/x.js')",
    "trustedTypes.createPolicy('default', {createHTML: text => text})",
    "Object.assign(document.createElement('script'), {text: 'window.broken = 1'})",
])
def test_a_text_never_becomes_code(browser, port, attack):
    page, _ = opened(browser, port)
    tools = page.context.new_cdp_session(page)
    # Without the last word, the browser's tools may do what the policy forbids the page.
    done = tools.send("Runtime.evaluate", {"expression": attack, "allowUnsafeEvalBlockedByCSP": False})
    assert re.search("Trusted|Content Security Policy", done["exceptionDetails"]["exception"]["description"])


def test_only_our_own_addresses_become_scripts(browser, port):
    page, _ = opened(browser, port)
    tried = page.evaluate("""async () => {
        const base = JSON.parse(document.getElementById("page").content.textContent).static;
        const { scriptUrl } = await import(base + "js/lib/trusted.js");
        const allowed = (address) => { try { return String(scriptUrl(address)); } catch (error) { return error.name; } };
        return ["/sw.js?page=till", base + "js/lib/won.js", "https://evil.example/static/a.js", "data:text/javascript,1",
                "/api/echo", "//evil.example/sw.js"].map(allowed);
    }""")
    assert tried[0].endswith("/sw.js?page=till") and tried[1].endswith("won.js")
    assert tried[2:] == ["TypeError"] * 4


def test_a_page_that_was_open_once_opens_without_a_line(browser, static):
    context = browser.new_context(locale="ko-KR")
    page = context.new_page()
    with served(static) as (port, process):
        page.goto(f"http://localhost:{port}/probe")
        page.evaluate("""async () => {
            const policy = (await import(JSON.parse(document.getElementById("page").content.textContent).static
                + "js/lib/trusted.js")).scriptUrl;
            await navigator.serviceWorker.register(policy("/sw.js?page=probe"), {scope: "/probe"});
            await navigator.serviceWorker.ready;
        }""")
        page.reload()
        expect(page.locator("h1")).to_have_text("도움말")
        page.goto(f"http://localhost:{port}/probe?lang=en")
        expect(page.locator("h1")).to_have_text("Help")
    page.goto(f"http://localhost:{port}/probe")
    expect(page.locator("h1")).to_have_text("Help")
    expect(page.locator(".amount strong")).to_have_text("5,000 won")
    assert page.locator(".button").evaluate("one => getComputedStyle(one).minHeight") == "48px"
    context.close()


@pytest.mark.parametrize("path", ["/probe", "/nowhere"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_everybody_can_use_the_shell(browser, port, path, scheme):
    page, _ = opened(browser, port, path, locale="ko-KR", color_scheme=scheme)
    page.wait_for_selector(".refusal")
    page.evaluate("() => document.body.classList.replace('probe', 'wallet')")
    # The checker is no part of the page, so it comes past the policy, through the browser's own door.
    page.context.new_cdp_session(page).send("Runtime.evaluate", {"expression": AXE.read_text()})
    found = page.evaluate("""() => axe.run({
        runOnly: ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"],
        rules: {"color-contrast-enhanced": {enabled: true}, "target-size": {enabled: true}},
    }).then(result => result.violations.map(one => one.id + ": " + one.nodes.map(node => node.html).join(" ")))""")
    assert found == []


@pytest.mark.parametrize("width", [320, 1280])
def test_nothing_runs_out_of_a_narrow_screen_even_at_twice_the_text_size(browser, port, width):
    page, _ = opened(browser, port, viewport={"width": width, "height": 640})
    page.wait_for_selector(".refusal")
    page.context.new_cdp_session(page).send("Emulation.setPageScaleFactor", {"pageScaleFactor": 1})
    page.evaluate("() => document.documentElement.classList.add('large')")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_the_first_screen_names_its_language_for_who_hears_it(browser, port):
    page, _ = opened(browser, port, locale="en-US")
    assert page.evaluate("document.documentElement.lang") == "en"
    assert re.search("HAGC", page.title())
