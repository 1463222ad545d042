"""Frames of a camera, a network camera or a video file, in greyscale: on Linux, Windows and macOS by OpenCV."""

import os
import time
from collections.abc import Iterator

from PIL import Image

from app.errors import SetupError

WIDTH, HEIGHT = 1920, 1080      # asked for; the camera gives what it has
SILENT_S = 10                   # a camera that gives nothing for so long gives nothing
AGAIN_S = 0.05


def frames(source: str) -> Iterator[Image.Image]:
    """Frames of a camera by its number, without end, or of a file or address until it ends. SetupError where it
    can't be opened or gives no picture."""
    cv2 = opencv()
    camera = source.isascii() and source.isdigit()
    capture = _camera(cv2, int(source)) if camera else _stream(cv2, source)
    try:
        if not capture.isOpened():
            raise SetupError(f"camera {source} can't be opened: is it plugged in, and free?")
        for frame in read(capture, patience_s=SILENT_S if camera else 0):
            yield Image.fromarray(frame if frame.ndim == 2 else cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY))
    except Silent:
        raise SetupError(f"camera {source} gives no picture") from None
    finally:
        capture.release()


class Silent(Exception):
    """No picture came."""


def read(capture, patience_s: float) -> Iterator:
    """What `capture` (cv2.VideoCapture) reads. Where it reads nothing: without patience that is a video's end,
    otherwise it is asked again for so many seconds. Raises Silent."""
    seen, since_s = False, time.monotonic()
    while True:
        good, frame = capture.read()
        if good:
            yield frame
            seen, since_s = True, time.monotonic()
        elif time.monotonic() - since_s < patience_s:
            time.sleep(AGAIN_S)
        elif seen and not patience_s:
            return
        else:
            raise Silent


def opencv():
    """The library, quiet: its own lines would stand above what the till says."""
    os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")
    try:
        import cv2
    except ImportError:
        raise SetupError("a camera needs one more step: pip install '.[camera]'") from None
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
    return cv2


def _camera(cv2, number: int):
    capture = cv2.VideoCapture(number)
    for name, value in (
        (cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*"MJPG")),     # else many give this size 5 times a second
        (cv2.CAP_PROP_FRAME_WIDTH, WIDTH), (cv2.CAP_PROP_FRAME_HEIGHT, HEIGHT),
    ):
        capture.set(name, value)
    return capture


def _stream(cv2, address: str):
    wait_ms = int(SILENT_S * 1000)
    return cv2.VideoCapture(address, cv2.CAP_ANY, [
        cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, wait_ms, cv2.CAP_PROP_READ_TIMEOUT_MSEC, wait_ms,
    ])
