"""Reads what a resident shows: a scanner that types, a picture, or a camera.

A scanner types through whatever keyboard language is on, so the address arrives as 한글 and only the digits survive:
app.message.qr reads from the last '#'.
"""

import time
import unicodedata
from collections.abc import Iterable
from pathlib import Path
from typing import TextIO

from PIL import Image

from app.errors import Refusal, SetupError
from app.message import cose, qr
from app.message.cose import Parsed
from pos import camera as cameras

LOOK_S = 60         # as long as a shown code lives


def message(texts: Iterable[str], host: str) -> Parsed:
    """The first message among `texts` whose form is right; the first one's refusal if there is none.
    OTHER_HOST, UNREADABLE, or a word of cose.parse."""
    first = Refusal("UNREADABLE")
    for place, text in enumerate(texts):
        try:
            return cose.parse(qr.from_text(text, (host,)))
        except Refusal as refusal:
            first = first if place else refusal
    raise first


def typed(keyboard: TextIO) -> list[str]:
    """The next line that isn't empty, digits in their plain form; none at the end of input."""
    for text in keyboard:
        if text.strip():
            return [unicodedata.normalize("NFKC", text).strip()]
    return []


def picture(path: Path) -> list[str]:
    """The codes in a picture file. UNREADABLE if it can't be opened."""
    try:
        with Image.open(path) as image:
            return codes_in(image.convert("L"))
    except (OSError, ValueError, Image.DecompressionBombError):
        raise Refusal("UNREADABLE") from None


def camera(source: str, look_s: float = LOOK_S) -> list[str]:
    """The codes in the first frame that has one; none when the time or the video is over. SetupError as `frames`."""
    until_s = time.monotonic() + look_s
    for image in cameras.frames(source):
        found = codes_in(image)
        if found or time.monotonic() > until_s:
            return found
    return []


def codes_in(image: Image.Image) -> list[str]:
    """Texts of the QR codes in a picture. SetupError where the reader isn't installed."""
    try:
        import zxingcpp
    except ImportError:
        raise SetupError("reading pictures and cameras needs one more step: pip install '.[camera]'") from None
    found = zxingcpp.read_barcodes(
        image, formats=zxingcpp.BarcodeFormat.QRCode, text_mode=zxingcpp.TextMode.Plain
    )
    return [code.text for code in found]
