"""Texts and pictures: read back by another library, small enough for a phone's screen."""

import io

import pytest
import zxingcpp
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from app.errors import Refusal
from app.message import cose, kinds, qr
from app.money import orders
from tests.vectors import make

LONG_HOST = "PAY.A-LONGER-CITY.KR:443"        # 24 characters, the longest that is allowed
HOSTS = [LONG_HOST, "localhost:8443"]
BIG = 2**32 - 1

COUNTER = (
    (orders.Code(make.ALIAS, 1, BIG, make.NONCE, BIG), 8),
    (orders.Payment(make.ALIAS, b"\xff" * 16, BIG, make.NONCE, BIG), 8),
    (orders.Request(2**16 - 1, 2**16 - 1, BIG, make.NONCE, BIG, b"Z" * 19), 8),
    (orders.Notice(2**16 - 1, 2**16 - 1, BIG, make.NONCE, BIG, b"Z" * 19), 8),
    (orders.Receipt(255, 23, 2**40, b"\xff" * 16, b"\xff" * 32, BIG, BIG), 9),
)


def read(text):
    try:
        return qr.from_text(text, HOSTS)
    except Refusal as refusal:
        return refusal.word


@given(st.binary(min_size=1, max_size=300), st.sampled_from(HOSTS))
def test_a_text_comes_back_as_the_message_it_was_in_capitals_and_small(raw, host):
    text = qr.to_text(raw, host)
    assert text.isascii() and text == text.upper()
    assert read(text) == read(text.lower()) == read(text.rpartition("#")[2]) == raw


@given(st.from_regex(r"\A[0-9]{1,60}\Z"))
def test_digits_are_the_only_writing_of_their_message_or_unreadable(digits):
    raw = read(digits)
    assert raw == "UNREADABLE" or qr.to_digits(raw) == digits


@given(st.text(max_size=80) | st.from_regex(r"\A[a-z]{1,6}://[^#]{0,20}#[0-9]{0,40}\Z"))
def test_any_text_is_read_or_refused_with_a_word(text):
    assert isinstance(read(text), bytes) or read(text) in {"UNREADABLE", "OTHER_HOST"}


def test_an_endless_text_is_refused_by_its_length():
    assert read("HTTPS://X/P#" + "1" * 20_000) == "TOO_LONG"
    assert qr.from_text(qr.to_text(bytes(kinds.MAX_BYTES), LONG_HOST), HOSTS) == bytes(kinds.MAX_BYTES)


@pytest.mark.parametrize(("body", "largest"), COUNTER, ids=[kinds.of(body).name for body, _ in COUNTER])
def test_a_message_of_the_counter_fits_a_small_code_and_is_read_from_its_picture(body, largest):
    text = qr.to_text(cose.sign(body, make.SEED, make.CHAIN), LONG_HOST)
    assert len(LONG_HOST) == 24
    assert qr.code_of(text).version <= largest
    picture = Image.open(io.BytesIO(qr.png_bytes(text, module_px=3)))
    assert [found.text for found in zxingcpp.read_barcodes(picture)] == [text]


@pytest.mark.parametrize("kind", [kind for kind in kinds.IMPLEMENTED if kind.max_bytes < kinds.MAX_BYTES], ids=lambda kind: kind.name)
def test_the_longest_message_of_a_shown_kind_fits_too(kind):
    raw = b"\xff" * kind.max_bytes
    largest = 8 if kind.max_bytes <= 122 else 9
    assert qr.code_of(qr.to_text(raw, LONG_HOST)).version <= largest


def test_the_picture_has_its_quiet_zone_and_level():
    text = qr.to_text(bytes(range(100)), LONG_HOST)
    code = qr.code_of(text)
    side = code.modules_count + 2 * 4
    picture = Image.open(io.BytesIO(qr.png_bytes(text, module_px=2)))
    assert picture.size == (2 * side, 2 * side)
    assert all(picture.getpixel((x, y)) for x in range(2 * side) for y in range(8))
    assert code.error_correction == 0 == qr.qrcode.ERROR_CORRECT_M


def test_the_svg_draws_exactly_the_dark_modules_and_holds_no_script_or_style():
    text = qr.to_text(bytes(range(100)), LONG_HOST)
    rows, drawn = qr.code_of(text).modules, qr.svg(text)
    dark = set()
    for step in drawn.rpartition('<path d="')[2].partition('"')[0].split("M")[1:]:
        x, y = (int(number) for number in step.partition("h")[0].split())
        dark |= {(x - 4 + right, y - 4) for right in range(int(step.partition("h")[2].partition("v")[0]))}
    assert dark == {(x, y) for y, row in enumerate(rows) for x, is_dark in enumerate(row) if is_dark}
    assert "style" not in drawn and "script" not in drawn


def test_a_terminal_shows_a_code_that_can_be_read():
    text = qr.to_text(bytes(range(105)), LONG_HOST)
    lines = qr.terminal(text).splitlines()
    picture = Image.new("L", (len(lines[0]), 2 * len(lines)), 0)
    for y, line in enumerate(lines):
        for x, sign in enumerate(line):
            for half, light in enumerate({"█": (1, 1), "▀": (1, 0), "▄": (0, 1)}.get(sign, (0, 0))):
                picture.putpixel((x, 2 * y + half), 255 * light)
    large = picture.resize((4 * picture.width, 4 * picture.height), Image.Resampling.NEAREST)
    assert [found.text for found in zxingcpp.read_barcodes(large)] == [text]


def test_another_text_makes_a_code_too():
    picture = Image.open(io.BytesIO(qr.png_bytes("https://localhost/pos?짝=3")))
    assert [found.text for found in zxingcpp.read_barcodes(picture)] == ["https://localhost/pos?짝=3"]
