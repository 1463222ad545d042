"""A wallet's code held before the camera of the town office's desk."""

import pytest
from playwright.sync_api import expect, sync_playwright

from app.message import qr
from app.money.state import Register
from app.people import register
from app.people.register import Details
from tests.cast import Wallet
from tests.console.desk import MAKER, Office
from tests.story.stage import new_device


@pytest.fixture
def device(chromium, tmp_path):
    with sync_playwright() as playwright:
        device = new_device(playwright, chromium, tmp_path / "clip.y4m")
        yield device
        device.browser.close()


def test_a_wallets_code_is_read_by_the_desks_camera_and_the_form_sends_itself(device, town):
    person, kim = register.add(town.office.people, Details("박민준", "1988-07-21", "")), Wallet(town)
    device.camera.see_picture(qr.png_bytes(qr.to_text(kim.joining(), town.office.genesis.host)))
    maker = Office.open(device.browser, town, MAKER, permissions=["camera"]).with_key()
    maker.go(f"/console/people/{person.token.hex()}")
    maker.press("카메라로 찍기: 지갑의 가입 코드")
    maker.sees("지갑을 사람에게 연결")
    maker.press("서명하고 보내기")
    maker.sees("장부에 올렸습니다")
    expect(maker.page.locator("h1")).to_contain_text("지갑 있음")
    assert town.office.store.get(Register.PERSON, person.token).account == kim.account
    assert maker.complaints == []
