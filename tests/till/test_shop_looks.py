"""Signing in, the owner's lists, items, the cart and a payer's question are for everybody: on a tablet and on a phone, in
both languages, by touch and by ear.
"""

import pytest
from playwright.sync_api import expect

from tests.cast import Line
from tests.till.test_looks import LOCALES, faults
from tests.till.test_staff import shop  # noqa: F401  (a fixture)
from tests.till.town import PIN, Tablet

FILE = "비빔밥,8000,식사\r\n국수,6500,식사\r\n콜라,2000,음료\r\n".encode()


class Shown:
    """Each screen's faults, by its name."""

    def __init__(self, page):
        self.page, self.found = page, {}

    def look(self, name: str) -> None:
        self.found[name] = faults(self.page)


def paired(browser, town, shop, locale):
    tablet = Tablet(browser, town, locale=locale)
    page = tablet.page
    tablet.open(f"/pos#pair={town.pairing_code(shop)}")
    page.fill("#pin", PIN)
    page.fill("#again", PIN)
    page.click("form button")
    page.wait_for_selector(".digits")
    tablet.number = town.sign_till("-".join(page.locator(".digits span").all_text_contents()))
    page.click(".start .button")
    return tablet


@pytest.mark.parametrize("locale", LOCALES)
def test_what_only_a_shop_sees_is_for_everybody(browser, town, shop, locale):  # noqa: F811
    tablet = paired(browser, town, shop, locale)
    page, shown, kim = tablet.page, Shown(tablet.page), town.wallet(give_won=50_000)
    page.click(".top nav .button >> nth=1")
    page.click(".settings .to-goods")
    page.locator("#item-file").set_input_files({"name": "items.csv", "mimeType": "text/csv", "buffer": FILE})
    expect(page.locator(".goods .all-sales li")).to_have_count(3)
    shown.look("items")
    page.click(".top nav .button >> nth=1")
    page.click(".item >> nth=0")
    page.click(".item >> nth=2")
    page.fill("#discount_won", "9000000")
    shown.look("cart")
    page.click(".top nav .button >> nth=-1")
    page.click(".settings .to-team")
    page.fill("#gate", PIN)
    shown.look("gate")
    page.click("form .button")
    page.wait_for_selector(".all-sales, .team table")
    page.click(".team .card >> nth=0 >> .button >> nth=-1")
    page.fill("#cashier-0-name", "남궁하늘")
    page.fill("#cashier-0-pin", "7315")
    shown.look("new cashier")
    page.click("form.cashier .button >> nth=0")
    page.click(".cashiers .button >> nth=1")
    page.wait_for_selector(".badge svg")
    shown.look("badge")
    page.click(".badge .button.quiet")
    shown.look("team")
    page.click(".top .who")
    page.wait_for_selector(".people")
    shown.look("who is there")
    page.click(".people .button >> nth=0")
    page.fill("#own-pin", "7315")
    shown.look("pin")
    page.click("form .button")
    page.wait_for_selector(".top .who")
    entry = town.pay(kim, tablet.ask("12500"))
    expect(tablet.paid).to_be_visible()
    page.keyboard.press("Enter")
    Line(town.url).post("/api/mistakes", {"entry": entry}, kim)
    page.wait_for_selector(".question")
    shown.look("question")
    assert {name: found for name, found in shown.found.items() if found} == {}
    tablet.close()
