"""Rows as bytes for a thermal printer (ESC/POS): as text in the printer's own Korean letters, or as one picture, for
printers that have none. Codes are pictures in both."""

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

import pylopdf_fonts_ko
from PIL import Image, ImageDraw, ImageFont

from app.errors import SetupError
from pos.receipt import Roll, Row, Rule, Square

DOTS = {58: 384, 80: 576}       # a head's dots, at 8 a mm, by the paper's width in mm
DOTS_A_COLUMN = 12
TEXT, PICTURE = "text", "picture"
KOREAN = b"\x1c\x26"            # FS &: two bytes are one letter, as in cp949
RASTER = b"\x1dv0\x00"
STRIP_DOTS = 256
NORMAL_PX, LARGE_PX, GAP_PX = 24, 46, 8
WHITE, BLACK = 1, 0


@dataclass(frozen=True, slots=True)
class Look:
    """How a printer is fed."""
    width_mm: int = 80
    way: str = TEXT
    cut: bool = True
    drawer: bool = False        # opens with each paper

    @property
    def dots(self) -> int:
        return DOTS[self.width_mm]

    @property
    def columns(self) -> int:
        return self.dots // DOTS_A_COLUMN


def to_bytes(roll: Roll, look: Look) -> bytes:
    """All that is sent to the printer for one paper. SetupError where the library for printers is missing."""
    printer = _dummy()
    printer.hw("INIT")
    if look.drawer:
        printer.cashdraw(2)
    if look.way == PICTURE:
        _send_picture(printer, picture(roll, look.dots))
    else:
        printer._raw(KOREAN)
        for row in roll:
            _send_row(printer, row, look)
    if look.cut:
        printer.cut()
    else:
        printer.print_and_feed(6)
    return printer.output


def pulse() -> bytes:
    """What opens the drawer, without a paper."""
    printer = _dummy()
    printer.cashdraw(2)
    return printer.output


def _dummy():
    try:
        from escpos.printer import Dummy
    except ImportError:
        raise SetupError("printing needs one more step: pip install '.[printer]'") from None
    return Dummy()


def _send_picture(printer, image: Image.Image) -> None:
    """GS v 0, in strips, as printers with little memory take them: a byte is eight dots of a row, 1 is black."""
    for top in range(0, image.height, STRIP_DOTS):
        strip = image.crop((0, top, image.width, min(top + STRIP_DOTS, image.height)))
        sizes = (image.width // 8).to_bytes(2, "little") + strip.height.to_bytes(2, "little")
        printer._raw(RASTER + sizes + bytes(255 - eight for eight in strip.tobytes()))


def _broken(text: str, fits: Callable[[str], bool]) -> list[str]:
    """Lines that fit, broken between words where there are some."""
    lines, rest = [], text
    while not fits(rest):
        most = next((at for at in range(1, len(rest)) if not fits(rest[:at + 1])), len(rest))
        space = rest.rfind(" ", 1, most + 1)
        lines.append(rest[:space if space > 0 else most].rstrip())
        rest = rest[space + 1 if space > 0 else most:]
    return [*lines, rest]


# --- as text -------------------------------------------------------------------------------

def _send_row(printer, row: Row | Rule | Square, look: Look) -> None:
    if isinstance(row, Square):
        _send_picture(printer, _framed(_square(row, look.dots), look.dots))
        return
    if isinstance(row, Rule):
        row = Row("-" * look.columns)
    printer.set(align="center" if row.middle else "left", double_width=row.large, double_height=row.large,
                normal_textsize=not row.large)
    for line in _wrapped(row, look.columns // (2 if row.large else 1)):
        printer._raw(_plain(line).encode("cp949", "replace") + b"\n")


def _plain(text: str) -> str:
    """Nothing in a text is a command."""
    return "".join(letter if letter.isprintable() else "?" for letter in text)


def _wrapped(row: Row, columns: int) -> list[str]:
    """The left part in as many lines as it takes; the right part at the end of the last, or on a line of its own."""
    lines = _broken(row.left, lambda part: _columns(part) <= columns) if row.left else []
    if row.right:
        last = lines.pop() if lines and _columns(lines[-1]) + 1 + _columns(row.right) <= columns else ""
        for part in _broken(row.right, lambda part: _columns(part) <= columns):
            lines.append(last + " " * (columns - _columns(last) - _columns(part)) + part)
            last = ""
    return lines


def _columns(text: str) -> int:
    """한글 takes two."""
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


# --- as a picture --------------------------------------------------------------------------

def picture(roll: Roll, dots: int) -> Image.Image:
    """The whole roll, one bit a dot."""
    parts = [part for row in roll for part in _drawn(row, dots)]
    whole = Image.new("1", (dots, sum(part.height for part in parts)), WHITE)
    top = 0
    for part in parts:
        whole.paste(part, (0, top))
        top += part.height
    return whole


def _drawn(row: Row | Rule | Square, dots: int) -> list[Image.Image]:
    if isinstance(row, Square):
        return [_framed(_square(row, dots), dots)]
    if isinstance(row, Rule):
        rule = Image.new("1", (dots, 2 * GAP_PX), WHITE)
        ImageDraw.Draw(rule).line((0, GAP_PX, dots, GAP_PX), BLACK, 2)
        return [rule]
    font = ImageFont.truetype(pylopdf_fonts_ko.sans_path(), LARGE_PX if row.large else NORMAL_PX)
    lines = _fitted(row, font, dots)
    return [_line(line, font, dots) for line in lines]


def _fitted(row: Row, font: ImageFont.FreeTypeFont, dots: int) -> list[tuple[str, str, bool]]:
    """(left, right, middle) of each line, none wider than the paper."""
    def fits_alone(part: str) -> bool:
        return font.getlength(part) <= dots

    lefts = _broken(row.left, fits_alone) if row.left else []
    if not row.right:
        return [(left, "", row.middle) for left in lefts]
    rights = _broken(row.right, fits_alone)
    fits = lefts and font.getlength(f"{lefts[-1]} {row.right}") <= dots
    last = [(lefts.pop(), rights.pop(0), False)] if fits else []
    return [*((left, "", False) for left in lefts), *last, *(("", right, False) for right in rights)]


def _line(line: tuple[str, str, bool], font: ImageFont.FreeTypeFont, dots: int) -> Image.Image:
    left, right, middle = line
    drawn = Image.new("L", (dots, round(font.size * 1.4)), 255)
    pen = ImageDraw.Draw(drawn)
    if middle:
        pen.text((dots / 2, 0), left, 0, font, anchor="ma")
    else:
        pen.text((0, 0), left, 0, font, anchor="la")
        pen.text((dots, 0), right, 0, font, anchor="ra")
    return drawn.point(lambda shade: 255 * (shade > 140), "1")


def _square(row: Square, dots: int) -> Image.Image:
    """As large as whole dots a module allow, up to half a hand: a camera reads 8 dots a millimetre at 5 a module."""
    rows = row.modules()
    dots_a_module = max(2, min(dots // len(rows), 6))
    image = Image.new("1", (len(rows), len(rows)), WHITE)
    for y, modules in enumerate(rows):
        for x, dark in enumerate(modules):
            image.putpixel((x, y), BLACK if dark else WHITE)
    return image.resize((len(rows) * dots_a_module,) * 2, Image.Resampling.NEAREST)


def _framed(image: Image.Image, dots: int) -> Image.Image:
    """In the middle of the paper's whole width: what the printer is set to doesn't matter then."""
    frame = Image.new("1", (dots, image.height), WHITE)
    frame.paste(image, ((dots - image.width) // 2, 0))
    return frame
