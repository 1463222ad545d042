"""Everybody can use the till: on a tablet either way up, at a desk and on a phone, in both languages, by touch and by ear."""

import os
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.cast import until
from tests.till.town import PIN, ROOT, Tablet

AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
# What stands in most shops first: tests open their page so.
SIZES = {"tablet": (1180, 820), "upright": (800, 1280), "desk": (1440, 900), "phone": (360, 800), "narrow": (320, 640)}
LOCALES = ["ko-KR", pytest.param("en-US", marks=pytest.mark.prove)]
RULES = """() => axe.run({
    runOnly: ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"],
    rules: {"color-contrast-enhanced": {enabled: true}, "target-size": {enabled: true}},
}).then(result => result.violations.map(one => one.id + ": " + one.nodes.map(node => node.html).join(" ")))"""
SMALL = """() => [...document.querySelectorAll("button, a:not(.skip), input:not([type=radio]), summary, .choice")]
    .filter(one => one.offsetParent).map(one => [one.outerHTML, one.getBoundingClientRect()])
    .filter(([, box]) => box.width < 47.5 || box.height < 47.5).map(([html]) => "small: " + html)"""


def faults(page, name: str = "") -> list[str]:
    """What axe finds, what runs out of the screen, and what is too small to touch: at every size of screen.
    With a name, for who wants to look: HAGC_SHOTS=folder."""
    if page.evaluate("typeof axe === 'undefined'"):
        page.context.new_cdp_session(page).send("Runtime.evaluate", {"expression": AXE.read_text()})
    found, was, folder = [], page.viewport_size, os.environ.get("HAGC_SHOTS")
    for size, (width, height) in SIZES.items():
        page.set_viewport_size({"width": width, "height": height})
        found += [f"{size}: {one}" for one in page.evaluate(RULES) + page.evaluate(SMALL)]
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            found.append(f"{size}: runs out of the screen")
        if name and folder:
            page.screenshot(path=Path(folder) / f"{name}-{size}.png", full_page=True)
    page.set_viewport_size(was)
    return found


@pytest.mark.parametrize("locale", LOCALES)
def test_every_screen_is_for_everybody(browser, town, kim, locale):
    tablet = Tablet(browser, town, locale=locale)
    page, seen = tablet.page, {}
    tablet.open(f"/pos#pair={town.pairing_code()}")
    page.wait_for_selector("#pin")
    seen["pair"] = faults(page)
    page.fill("#pin", PIN)
    page.fill("#again", PIN)
    page.click("form button")
    page.wait_for_selector(".digits")
    seen["digits"] = faults(page)
    town.sign_till("-".join(page.locator(".digits span").all_text_contents()))
    page.wait_for_selector(".start .button")
    seen["start"] = faults(page)
    page.click(".start .button")
    request = tablet.ask("12500")
    seen["waiting"] = faults(page)
    town.pay(kim, request)
    expect(tablet.paid).to_be_visible()
    seen["paid"] = faults(page)
    page.keyboard.press("Enter")
    page.keyboard.type("99000000", delay=60)
    seen["keypad"] = faults(page)
    page.keyboard.press("Enter")
    page.wait_for_selector("a.text")
    seen["waiting for much"] = faults(page)
    tablet.scan("8801234567890")
    expect(tablet.refused).to_be_visible()
    seen["refused"] = faults(page)
    page.keyboard.press("Escape")
    page.click(".top nav .button >> nth=0")
    page.wait_for_selector("tbody .button")
    seen["sales"] = faults(page)
    page.click("tbody .button")
    page.wait_for_selector("#back")
    seen["give back"] = faults(page)
    page.click(".top nav .button >> nth=1")
    page.wait_for_selector(".arrived")
    seen["settings"] = faults(page)
    assert {name: found for name, found in seen.items() if found} == {}
    tablet.close()


def test_the_scanner_test_shows_what_arrives(tablet, town, kim):
    tablet.page.get_by_role("button", name="설정").click()
    arrived = tablet.page.locator(".arrived")
    tablet.scan(town.text(kim.code(1_000)))
    expect(arrived).to_contain_text("이 스캐너를 쓸 수 있습니다")
    tablet.scan("8801234567890")
    expect(arrived).to_contain_text("결제 코드로 읽히지 않습니다")
    expect(arrived).to_contain_text("8801234567890")


def test_what_is_paid_is_also_said(new_tablet, town, kim):
    new_tablet.context.add_init_script("""{
        window.said = [];
        speechSynthesis.speak = words => said.push(`${words.lang} ${words.text}`);
    }""")
    tablet = new_tablet.pair().start()
    town.pay(kim, tablet.ask("5000"))
    expect(tablet.paid).to_be_visible()
    until(lambda: tablet.page.evaluate("said.at(-1)") == "ko-KR 오천 원 결제가 완료되었습니다")


def test_the_first_screen_asks_for_few_files(new_tablet):
    new_tablet.pair()
    new_tablet.page.reload()
    new_tablet.page.wait_for_selector(".start .button")
    loaded = new_tablet.page.evaluate("performance.getEntriesByType('resource').map(one => one.name)")
    assert not [name for name in loaded if name.endswith(("/till/sales.js", "/till/settings.js", "/lib/camera.js"))]
