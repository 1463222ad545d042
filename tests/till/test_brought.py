"""A stolen tablet's queue, saved in a file and brought to another tablet of the shop by its owner."""

import json

import pytest
from playwright.sync_api import expect

from tests.cast import PHARMACY, RESTAURANT, City
from tests.pos.test_brought import queue
from tests.pos.test_offline import Certified
from tests.till.test_journal import rows
from tests.till.test_looks import faults
from tests.till.town import PIN


@pytest.fixture
def payer(town):
    return town.wallet(help_won=20_000)


@pytest.fixture
def certified(town, payer) -> Certified:
    return Certified(town, payer)


def bring(tablet, file: object, pin: str = PIN):
    tablet.page.get_by_role("button", name="설정", exact=True).click()
    card = tablet.page.locator(".brought")
    content = file if isinstance(file, str) else json.dumps(file)
    card.get_by_label("저장한 파일").set_input_files({"name": "queue.json", "mimeType": "application/json", "buffer": content.encode()})
    card.get_by_label("환불 비밀번호").fill(pin)
    card.get_by_role("button", name="가져와 정산하기").click()
    return card


def test_what_a_stolen_tablet_took_is_settled_by_another_of_the_shop_once(tablet, town, payer, certified):
    stolen = town.till(RESTAURANT)
    file = queue(town, stolen, certified, 3_000, 4_000)
    City.stop(town, stolen)     # an officer ends it; the town itself goes on
    tablet.page.wait_for_timeout(1_100)
    card = bring(tablet, file)
    expect(card.locator("li")).to_contain_text(["정산되었습니다"] * 2, timeout=20_000)
    assert faults(tablet.page) == []
    assert town.balance_won(payer) == 13_000
    claims = [row for row in rows(tablet) if row["what"] == "sent"]
    assert [row["amount_won"] for row in claims] == [3_000, 4_000]
    tablet.page.reload()
    tablet.start()
    expect(bring(tablet, file).locator("li")).to_contain_text(["정산되었습니다"] * 2)
    assert town.balance_won(payer) == 13_000 and len(rows(tablet)) == 4


def test_what_its_own_till_can_settle_is_settled_under_that_one(tablet, town, payer, certified):
    file = queue(town, town.till(RESTAURANT), certified, 3_000)
    tablet.page.wait_for_timeout(1_100)
    expect(bring(tablet, file).locator("li")).to_contain_text(["정산되었습니다"])
    assert town.balance_won(payer) == 17_000 and rows(tablet) == []


def test_a_wrong_file_or_pin_brings_nothing(tablet, town, payer, certified):
    file = queue(town, town.till(PHARMACY), certified, 1_000)
    for content, pin, said in (
        (file, PIN, "다른 가게의 파일입니다"), (file | {"chain_id": "00" * 32}, PIN, "다른 도시의 파일입니다"),
        ("junk", PIN, "단말기가 저장한 파일이 아닙니다"), (file | {"sales": [{}]}, PIN, "단말기가 저장한 파일이 아닙니다"),
        (queue(town, town.till(RESTAURANT), certified, 1_000), "0000", "비밀번호"),
    ):
        expect(bring(tablet, content, pin)).to_contain_text(said)
        tablet.page.get_by_role("button", name="금액 넣기").click()
    assert town.balance_won(payer) == 20_000 and rows(tablet) == []
