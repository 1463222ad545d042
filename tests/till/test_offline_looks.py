"""What a shop sees when something is wrong with the line is for everybody too: each screen at every size, with its picture for
who wants to look (HAGC_SHOTS=folder).
"""

from playwright.sync_api import expect

from tests.till.test_line import cut
from tests.till.test_looks import faults
from tests.till.test_offline import CAP_WON, PASTE, forged, knows_figures, mend, take


IN_SIGHT = "one => one === document.body || one.getBoundingClientRect().bottom <= innerHeight"


def test_every_screen_of_a_bad_line_is_for_everybody(tablet, town, kim):
    page, seen = tablet.page, {}
    knows_figures(tablet)

    def look(name: str, sign: str, lowest: str = "body") -> None:
        page.wait_for_selector(sign, timeout=20_000)
        seen[name] = faults(page, name)
        if not page.locator(lowest).evaluate(IN_SIGHT):
            seen[name].append(f"{lowest} is out of sight")

    page.route("**/api/sales", lambda route: None)          # the answer never comes
    tablet.ask("8500")
    page.evaluate(PASTE, town.text(kim.code(50_000)))
    look("checking", ".panel .button")
    page.click(".panel .button")
    look("nobody knows yet", ".keypad")
    cut(tablet)
    look("keypad", ".above .strip >> nth=1", ".keypad .go")
    tablet.ask("7000")
    look("waiting", ".no-line")
    page.evaluate(PASTE, forged(town).text(CAP_WON))
    look("taken", ".taken", ".taken .button")
    page.keyboard.press("Enter")
    take(tablet, "26500", forged(town).text(CAP_WON))
    page.wait_for_selector(".taken")
    page.keyboard.press("Enter")
    look("more is waiting", ".keypad", ".keypad .go")
    page.click(".top nav .button >> nth=0")
    look("sales", "tbody tr >> nth=2")
    page.click(".top nav .button >> nth=-1")
    look("queue", ".queue >> nth=0")
    town.revoke(tablet.number)
    mend(tablet)
    look("revoked, settings", ".lost")
    page.click(".top nav .button >> nth=0")
    look("revoked", ".refusal .lost")
    assert {name: found for name, found in seen.items() if found} == {}
