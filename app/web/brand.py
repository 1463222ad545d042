"""A city's colours and icons, made from its file at start: one stylesheet of variables, one mark in its colour.

Text stands on these colours and in them, so each is moved towards black or white until its contrast is 7:1
(WCAG 2.2, 1.4.6): a city can't choose itself a page that nobody reads.
"""

import io
from collections.abc import Mapping
from functools import lru_cache

from PIL import Image, ImageDraw

from app.city import City

READABLE = 7.0
PAPER, NIGHT = "#f5f4ef", "#1b2420"  # the harder of the two grounds of each theme (static/css/base.css, wallet.css)
ICON_SIZES = (192, 512)
FINER = 4  # drawn so much larger, then reduced: smooth edges


def made(city: City) -> Mapping[str, bytes]:
    """The files that a city adds to static/ (app/web/assets.py)."""
    main = readable(city.main_colour, PAPER)
    files = {"city.css": stylesheet(city).encode(), "icons/mark.svg": mark(main).encode()}
    for size in ICON_SIZES:
        files[f"icons/{size}.png"] = picture(main, size, inset=0)
    files["icons/maskable.png"] = picture(main, 512, inset=0.1)
    return files


def stylesheet(city: City) -> str:
    """The variables --main, --accent and --coin-1 … for paper and for night."""
    colours = {"main": city.main_colour, "accent": city.accent_colour}
    colours |= {f"coin-{coin.number}": coin.colour for coin in city.coins}
    lines = [f"  --{name}: {readable(colour, PAPER)};\n  --{name}-night: {readable(colour, NIGHT)};"
             for name, colour in colours.items()]
    return ":root {\n" + "\n".join(lines) + "\n}\n"


def luminance(colour: str) -> float:
    """0 black to 1 white, as WCAG 2.2 defines relative luminance."""
    shares = []
    for start in (1, 3, 5):
        part = int(colour[start:start + 2], 16) / 255
        shares.append(part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4)
    return 0.2126 * shares[0] + 0.7152 * shares[1] + 0.0722 * shares[2]


def contrast(one: str, other: str) -> float:
    """1 (the same) to 21 (black on white)."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def readable(colour: str, ground: str) -> str:
    """The nearest colour on the way to black or white that can be read on `ground`."""
    goal = "#000000" if luminance(ground) > 0.5 else "#ffffff"
    for step in range(51):
        found = mixed(colour, goal, step / 50)
        if contrast(found, ground) >= READABLE:
            return found
    return goal


def mixed(one: str, other: str, share: float) -> str:
    parts = ((int(one[at:at + 2], 16), int(other[at:at + 2], 16)) for at in (1, 3, 5))
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in parts)


# The mark is ㅎ, the first letter of 헤그: two strokes over a coin. (left, top, right, bottom) in hundredths of its side.
SHORT, LONG, COIN, STROKE, CORNER = (42, 20, 58, 27), (24, 35, 76, 42), (31, 48, 69, 86), 7, 22


def mark(colour: str) -> str:
    boxes = "".join(f'<rect x="{a}" y="{b}" width="{c - a}" height="{d - b}" rx="3.5"/>' for a, b, c, d in (SHORT, LONG))
    left, top, right, bottom = COIN
    ring = (f'<circle cx="{(left + right) / 2}" cy="{(top + bottom) / 2}" r="{(right - left - STROKE) / 2}" '
            f'fill="none" stroke="#fff" stroke-width="{STROKE}"/>')
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 100"><rect width="100" height="100" '
            f'rx="{CORNER}" fill="{colour}"/><g fill="#fff">{boxes}</g>{ring}</svg>\n')


@lru_cache(maxsize=16)
def picture(colour: str, size: int, inset: float) -> bytes:
    """The mark as PNG; with `inset`, on a full ground that the system may cut to any shape."""
    side = size * FINER
    image = Image.new("RGBA", (side, side), colour if inset else (0, 0, 0, 0))
    pen = ImageDraw.Draw(image)

    def box(edges: tuple[int, ...]) -> list[float]:
        return [side * (inset + (1 - 2 * inset) * edge / 100) for edge in edges]

    unit = side * (1 - 2 * inset) / 100
    pen.rounded_rectangle(box((0, 0, 100, 100)), CORNER * unit, fill=colour)
    for bar in (SHORT, LONG):
        pen.rounded_rectangle(box(bar), 3.5 * unit, fill="white")
    pen.ellipse(box(COIN), outline="white", width=round(STROKE * unit))
    out = io.BytesIO()
    image.reduce(FINER).quantize(64).save(out, "PNG", optimize=True)
    return out.getvalue()
