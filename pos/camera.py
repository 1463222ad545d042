"""Frames of a camera on Linux (V4L2), as greyscale pictures.

The driver's own formats are turned into pictures here: a JPEG is Pillow's work, and of the raw ones a code needs the
brightness alone.
"""

import io
from collections.abc import Iterator

from PIL import Image

from app.errors import SetupError

WIDTH, HEIGHT = 1920, 1080      # asked for; the driver gives what it has
WANTED = "MJPG"


def frames(number: int) -> Iterator[Image.Image]:
    """Frames of /dev/video`number`, without end. SetupError where it can't be opened."""
    try:
        from linuxpy.video.device import BufferType, Device, V4L2Error, VideoCapture
    except ImportError:
        raise SetupError("a camera needs Linux and one more step: pip install '.[camera]'") from None
    try:
        with Device.from_id(number) as device:
            device.set_format(BufferType.VIDEO_CAPTURE, WIDTH, HEIGHT, WANTED)
            with VideoCapture(device) as stream:
                for frame in stream:
                    image = picture(bytes(frame), frame.pixel_format.name, (frame.width, frame.height))
                    if image is not None:
                        yield image
    except (OSError, V4L2Error) as error:
        raise SetupError(f"camera {number} can't be used: {error}") from None


def picture(data: bytes, form: str, size: tuple[int, int]) -> Image.Image | None:
    """One frame in greyscale; None where it is cut short. SetupError for a format that isn't known here."""
    width, height = size
    if form in ("MJPEG", "JPEG"):
        return _jpeg(data)
    step = {"GREY": 1, "NV12": 1, "NV21": 1, "YUV420": 1, "YUYV": 2}.get(form)
    if step is None:
        raise SetupError(f"the camera's format {form} isn't known: use another camera, or a scanner that types")
    brightness = data[:width * height * step:step]
    if len(brightness) != width * height:
        return None
    return Image.frombytes("L", size, brightness)


def _jpeg(data: bytes) -> Image.Image | None:
    try:
        return Image.open(io.BytesIO(data)).convert("L")
    except (OSError, ValueError):
        return None
