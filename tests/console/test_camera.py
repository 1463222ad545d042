"""What is held before the camera of the town office's desk: a wallet's code, and a sheet that the roots have signed."""

import pytest
from playwright.sync_api import expect, sync_playwright

from app.message import qr
from app.message.keys import Signer, new_seed
from app.money.state import Register
from app.people import register
from app.people.register import Details
from tests.cast import Wallet
from tests.console.desk import AUDITOR, MAKER, Office, signed_sheet
from tests.story.stage import new_device


@pytest.fixture(scope="module")
def device(chromium, tmp_path_factory):
    with sync_playwright() as playwright:
        device = new_device(playwright, chromium, tmp_path_factory.mktemp("camera") / "clip.y4m")
        yield device
        device.browser.close()


def test_a_wallets_code_is_read_by_the_desks_camera_and_the_form_sends_itself(device, town):
    person, kim = register.add(town.office.people, Details("박민준", "1988-07-21", "")), Wallet(town)
    device.camera.see_picture(qr.png_bytes(qr.to_text(kim.joining(), town.office.genesis.host)))
    maker = Office.open(device.browser, town, MAKER, permissions=["camera"]).with_key()
    maker.go(f"/console/people/{person.token.hex()}")
    maker.press("카메라로 찍기: 지갑의 본인 연결 코드")
    maker.sees("지갑을 사람에게 연결")
    maker.press("서명하고 보내기")
    maker.sees("장부에 올렸습니다")
    expect(maker.page.locator("h1")).to_contain_text("지갑 있음")
    assert town.office.store.get(Register.PERSON, person.token).account == kim.account
    assert maker.complaints == []


def test_a_sheet_that_the_roots_signed_comes_back_through_the_desks_camera(device, town):
    key = Signer(new_seed()).public
    device.camera.see_picture(qr.png_bytes(signed_sheet(town, AUDITOR, key).to_qr()))
    auditor = Office.open(device.browser, town, AUDITOR, permissions=["camera"])
    auditor.go("/console/key")
    auditor.page.get_by_text("다른 기기의 열쇠를 쓰거나 서명된 종이를 올리기").click()
    auditor.press("카메라로 찍기: 서명된 글")
    auditor.sees("쓸 수 있습니다")
    assert town.office.store.get(Register.OFFICER, AUDITOR).key == key
    assert auditor.complaints == []
