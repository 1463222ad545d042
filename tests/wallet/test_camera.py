"""The wallet reads a till's code through a real camera stream: a clip that Chromium plays in the camera's place."""

import pytest
from playwright.sync_api import expect, sync_playwright

from tests.wallet.clip import write_clip
from tests.wallet.phone import FLAGS, new_phone

CAMERA = ["--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"]


@pytest.fixture
def scanning(chromium, tmp_path):
    """Opens a browser whose camera sees this text, or that has no camera at all."""
    opened = []

    def open_with(text: str | None):
        flags = list(FLAGS)
        if text is not None:
            write_clip(tmp_path / "clip.mjpeg", text)
            flags += [*CAMERA, f"--use-file-for-fake-video-capture={tmp_path / 'clip.mjpeg'}"]
        browser = playwright.chromium.launch(executable_path=chromium, args=flags)
        opened.append(browser)
        return browser

    with sync_playwright() as playwright:
        yield open_with
        for browser in opened:
            browser.close()


def test_the_camera_reads_the_tills_code_and_the_wallet_asks_before_paying(scanning, town, shop):
    phone = new_phone(scanning(shop.request(8_000)), town, permissions=["camera"]).open()
    phone.with_money(30_000)
    phone.tap("QR 찍기")
    expect(phone.page.get_by_role("button", name="내기", exact=True)).to_be_visible(timeout=15_000)
    expect(phone.page.locator("main")).to_contain_text("8,000원팔천 원")
    phone.tap("내기", exact=True)
    expect(phone.page.get_by_role("heading", name="결제되었습니다")).to_be_visible()
    assert phone.complaints == []


def test_the_camera_is_let_go_when_the_screen_is_left(scanning, town):
    phone = new_phone(scanning("https://example.org/"), town, permissions=["camera"])
    phone.context.add_init_script("""{
        const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
        window.tracks = [];
        navigator.mediaDevices.getUserMedia = async (wish) => {
            const stream = await ask(wish);
            window.tracks.push(...stream.getTracks());
            return stream;
        };
    }""")
    phone.open().make_wallet()
    phone.tap("QR 찍기")
    expect(phone.page.get_by_role("heading", name="다른 도시 또는 시험용 코드입니다")).to_be_visible(timeout=15_000)
    assert phone.page.evaluate("window.tracks.map(track => track.readyState)") == ["ended"]


def test_without_a_camera_the_screen_says_so_and_takes_the_text(scanning, town, shop):
    phone = new_phone(scanning(None), town).open()
    phone.make_wallet()
    phone.paste(shop.request(1_000))
    expect(phone.page.get_by_text("1,000원천 원")).to_be_visible()
    phone.tap("처음으로")
    phone.tap("QR 찍기")
    expect(phone.page.get_by_text("카메라를 쓸 수 없습니다")).to_be_visible()
