"""Whose receipts the till takes: keys that the city's roots signed, whatever the server says."""

import json

import pytest
from playwright.sync_api import expect

from app.message.keys import Signer, new_seed
from tests.cast import raw
from tests.pos.test_trust import by_new_key, sheet, told
from tests.till.test_pairing import fill
from tests.till.town import Tablet, Town
from pos.server import to_text

NOT_THE_CITYS = "열쇠에 시의 서명이 없어 받아들이지 않았습니다"


def lies(tablet: Tablet, path: str, change) -> None:
    tablet.page.route(path, lambda route: route.fulfill(
        response=(answer := route.fetch()), json=change(json.loads(answer.body()))))


def receipts_by(tablet: Tablet, town: Town, key: Signer) -> None:
    """From now on the server signs receipts with this key, under the number of the old one."""
    def change(said: dict) -> dict:
        return said | {"receipt": to_text(by_new_key(town, raw(said["receipt"]), key))} if "receipt" in said else said

    for path in ("**/api/sales", "**/api/outcomes/**"):
        lies(tablet, path, change)


@pytest.fixture
def asking(tablet) -> Tablet:
    """A tablet that hears no events, so it asks after each sale."""
    tablet.page.route("**/api/events**", lambda route: route.abort())
    tablet.page.reload()
    return tablet.start()


def without_approvals(said: dict) -> dict:
    return said | {"operational": [each | {"approvals": []} for each in said["operational"]]}


def test_a_tablet_is_not_paired_with_a_city_whose_keys_its_roots_did_not_sign(new_tablet, town):
    lies(new_tablet, "**/api/city", without_approvals)
    new_tablet.open()
    fill(new_tablet, town.pairing_code())
    expect(new_tablet.page.locator(".refusal")).to_contain_text(NOT_THE_CITYS)


def test_a_till_goes_on_with_the_keys_it_proved_when_the_server_begins_to_lie_and_says_so(tablet, town, kim):
    lies(tablet, "**/api/city", without_approvals)
    tablet.page.reload()
    expect(tablet.page.locator(".notice")).to_contain_text(NOT_THE_CITYS)
    tablet.start()
    town.pay(kim, tablet.ask("3000"))
    expect(tablet.paid).to_contain_text("3,000")


def test_a_key_that_the_roots_put_in_place_of_the_old_one_is_learned_when_its_first_receipt_comes(asking, town, kim):
    key = Signer(new_seed())
    said = told(sheet(town, key))["operational"]
    lies(asking, "**/api/city", lambda city: city | {"operational": city["operational"] + said})
    receipts_by(asking, town, key)
    town.pay(kim, asking.ask("4000"))
    expect(asking.paid).to_contain_text("4,000", timeout=15_000)


def test_a_receipt_by_a_key_that_one_root_alone_signed_pays_nothing(asking, town, kim):
    key = Signer(new_seed())
    said = [each | {"approvals": []} for each in told(sheet(town, key))["operational"]]
    lies(asking, "**/api/city", lambda city: city | {"operational": city["operational"] + said})
    receipts_by(asking, town, key)
    town.pay(kim, asking.ask("6000"))
    expect(asking.page.locator(".notice").first).to_be_visible(timeout=15_000)
    expect(asking.page.locator(".notice")).to_have_count(2)     # the keys, and the receipt
    assert asking.paid.count() == 0
