"""The till reads a phone's code through a real camera stream: a clip that Chromium plays in the camera's place."""

from playwright.sync_api import expect

from tests.till.town import FLAGS, Tablet
from tests.wallet.clip import write_clip

CAMERA = ["--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"]


def test_a_code_before_the_camera_is_charged(playwright, chromium, town, kim, tmp_path):
    clip = tmp_path / "clip.mjpeg"
    write_clip(clip, town.text(kim.code(50_000, life_s=59)))
    flags = [*FLAGS, *CAMERA, f"--use-file-for-fake-video-capture={clip}"]
    browser = playwright.chromium.launch(executable_path=chromium, args=flags)
    tablet = Tablet(browser, town, permissions=["camera"])
    tablet.pair().start()
    tablet.ask("7700")
    expect(tablet.paid).to_contain_text("7,700원", timeout=20_000)
    tablet.close()
    browser.close()


def test_without_a_camera_the_screen_says_so_and_the_rest_works(tablet, town, kim):
    request = tablet.ask("100")
    expect(tablet.page.get_by_text("카메라가 없습니다")).to_be_visible()
    town.pay(kim, request)
    expect(tablet.paid).to_be_visible()
