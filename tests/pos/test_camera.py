"""The till's camera: real video, as a camera at the counter sees a phone, and sources that give nothing."""

import socket
import sys

import numpy
import pytest
from PIL import Image

from app.errors import SetupError
from app.message import qr
from pos import camera, scanner
from tests.cast import HOST
from tests.pos.conftest import run

SIZE = (1280, 720)
cv2 = camera.opencv()       # quiet from its first use on


def code_on_screen(text: str, path) -> Image.Image:
    """A phone's screen with its code, from the side and in the dark."""
    path.write_bytes(qr.png_bytes(text))
    with Image.open(path) as code:
        phone = Image.new("L", (code.width + 160, code.height + 160), 235)
        phone.paste(code.convert("L"), (80, 80))
    frame = Image.new("L", SIZE, 70)
    phone.thumbnail((520, 520))
    turned = phone.rotate(17, expand=True, resample=Image.Resampling.BICUBIC, fillcolor=70)
    frame.paste(turned, (300, 10))
    return frame.point(lambda level: 25 + level // 3)


def video(path, images: list[Image.Image]) -> str:
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 15, SIZE)
    for image in images:
        writer.write(cv2.cvtColor(numpy.asarray(image), cv2.COLOR_GRAY2BGR))
    writer.release()
    return str(path)


@pytest.fixture
def film(tmp_path):
    """A video of a phone: `film(text)`; nothing is held up at first."""
    empty = Image.effect_noise(SIZE, 20)

    def film(text: str = "") -> str:
        shown = [code_on_screen(text, tmp_path / "code.png")] * 5 if text else []
        return video(tmp_path / "film.avi", [empty] * 8 + shown)
    return film


@pytest.fixture
def hurried(monkeypatch):
    monkeypatch.setattr(camera, "SILENT_S", 0.4)


def test_a_phone_that_is_held_up_turned_and_dim_is_charged(folder, phone, film):
    result = run(folder, "scan", "5000", "--camera", film(qr.to_text(phone.code(50_000), HOST)))
    assert result.exit_code == 0, result.output
    assert "오천 원 결제가 완료되었습니다" in result.output and phone.balance_won() == 15_000


def test_a_video_without_a_code_is_unreadable_when_it_ends(folder, film):
    result = run(folder, "scan", "5000", "--camera", film())
    assert result.exit_code == 1 and "UNREADABLE" in result.output


def test_looking_ends_when_the_code_on_the_phone_would_be_over(film):
    assert scanner.camera(film("HTTPS://LATE"), look_s=0) == []


@pytest.fixture
def mute_address():
    """A network camera that takes the call and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as door:
        yield f"http://127.0.0.1:{door.getsockname()[1]}/stream"


@pytest.mark.parametrize("source", ["97", "no-such.avi", "not-a-video.avi", "mute"])
def test_a_camera_that_is_not_there_is_said_in_one_line(folder, tmp_path, mute_address, hurried, capfd, source):
    (tmp_path / "not-a-video.avi").write_bytes(b"hello" * 100)
    source = {"97": "97", "mute": mute_address}.get(source, str(tmp_path / source))
    result = run(folder, "scan", "5000", "--camera", source)
    assert result.exit_code == 2 and result.output.splitlines()[1:] == [
        f"camera {source} can't be opened: is it plugged in, and free?"]
    assert capfd.readouterr() == ("", "")


def test_a_video_without_a_picture_is_said_in_one_line(folder, tmp_path):
    source = video(tmp_path / "film.avi", [Image.new("L", SIZE)])
    whole = (tmp_path / "film.avi").read_bytes()
    (tmp_path / "film.avi").write_bytes(whole[:whole.index(b"movi") + 4])
    result = run(folder, "scan", "5000", "--camera", source)
    assert result.exit_code == 2 and result.output.splitlines()[1:] == [f"camera {source} gives no picture"]


class Device:
    """What OpenCV hands out for a camera: gives what it is told to, then nothing."""

    def __init__(self, *frames):
        self.frames, self.asked = list(frames), 0

    def read(self):
        self.asked += 1
        frame = self.frames.pop(0) if self.frames else None
        return frame is not None, frame


def test_a_device_that_gives_nothing_is_asked_for_a_while_and_then_given_up():
    device = Device()
    with pytest.raises(camera.Silent):
        list(camera.read(device, patience_s=0.2))
    assert device.asked > 2


def test_a_device_that_wakes_late_is_waited_for_and_one_that_is_pulled_out_is_not():
    pause = [None] * 6          # 0.3 s
    device, seen = Device(*pause, "first", *pause, "second"), []
    with pytest.raises(camera.Silent):
        for frame in camera.read(device, patience_s=0.5):
            seen.append(frame)
    assert seen == ["first", "second"]


def test_without_the_extra_it_says_how_to_get_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "cv2", None)
    with pytest.raises(SetupError, match="camera"):
        next(camera.frames("0"))
