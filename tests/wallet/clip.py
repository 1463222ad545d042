"""What a phone's camera sees, as the clip that Chromium plays in the camera's place: a code on a till's screen."""

import io
from pathlib import Path

import PIL.Image

from app.message import qr

WIDTH, HEIGHT = 1280, 720
NOISE = 40      # of 255, standard deviation


def write_clip(file: Path, text: str, module_px: int = 8) -> None:
    """Motion JPEG: a grey room with the code in its middle, moving a little, in a dim shop's noise."""
    code = PIL.Image.open(io.BytesIO(qr.png_bytes(text, module_px))).convert("L")
    with file.open("wb") as clip:
        for frame in range(6):
            picture = PIL.Image.new("L", (WIDTH, HEIGHT), 120)
            picture.paste(code, ((WIDTH - code.width) // 2 + frame, (HEIGHT - code.height) // 2))
            noise = PIL.Image.effect_noise((WIDTH, HEIGHT), NOISE)
            PIL.Image.blend(picture, noise, 0.25).convert("RGB").save(clip, "JPEG", quality=80)
