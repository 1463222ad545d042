"""Paper cards and their PIN slips on A4: ten cards of 85.6 × 54 mm (ISO/IEC 7810, ID-1) with crop marks, and four slips, each folded
over so that its PIN faces a pattern and is not read against the light.
"""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pylopdf_fonts_ko
from fpdf import FPDF

from app.city import City
from app.message import qr
from app.message.card import to_text
from app.money.amount import figures
from app.people.cards import Card

FONT = "hagc"
WIDTH_MM, HEIGHT_MM = 85.6, 54.0
COLUMNS, ROWS = 2, 5
LEFT_MM, TOP_MM = (210 - COLUMNS * WIDTH_MM) / 2, (297 - ROWS * HEIGHT_MM) / 2
CROP_MM, BAND_MM, QR_MM, EDGE_MM = 5, 9.5, 29, 4
SLIPS, SLIP_MM, FOLD_MM, LABEL_MM = 4, 297 / 4, 78, 144      # four a page; folded at FOLD_MM, the label stays outside
GREY, BLACK, WHITE = 90, 0, 255

Said = Callable[..., str]


@dataclass(frozen=True, slots=True, repr=False)
class Slip:
    """No repr, so that no log or traceback shows a PIN."""
    reference: str      # the office's, of the person: no name; empty of a blank
    number: str
    pin: str


class Sheet(FPDF):
    """A4 without margins: everything has its place in millimetres from the upper left."""

    def __init__(self, city: City, language: str, said: Said):
        super().__init__(format="A4")
        self.city, self.language, self.said = city, language, said
        self.set_margin(0)
        self.set_auto_page_break(False)
        self.set_lang(language)
        self.add_font(FONT, "", str(pylopdf_fonts_ko.sans_path()))

    def say(self, place: tuple[float, float], text: str, points: float, grey: int = BLACK, width_mm: float = 0) -> None:
        """At the upper left of its line; with a width it breaks lines."""
        self.set_font(FONT, size=points)
        self.set_text_color(grey)
        self.set_xy(*place)
        if width_mm:
            self.multi_cell(width_mm, points * 0.45, text, align="L")
        else:
            self.cell(0, points * 0.45, text)


def in_fours(number: str) -> str:
    return " ".join(number[at:at + 4] for at in range(0, len(number), 4))


# --- cards ---------------------------------------------------------------------------------

def cards(made: Sequence[Card], city: City, day_won: int, language: str, said: Said) -> bytes:
    sheet = Sheet(city, language, said)
    sheet.set_title(said("title"))
    for place, card in enumerate(made):
        at = place % (COLUMNS * ROWS)
        if not at:
            sheet.add_page()
            _crop_marks(sheet)
        _card(sheet, (LEFT_MM + at % COLUMNS * WIDTH_MM, TOP_MM + at // COLUMNS * HEIGHT_MM), card, day_won)
    return bytes(sheet.output())


def _crop_marks(sheet: Sheet) -> None:
    """Outside the cards, where a cutter is laid."""
    sheet.set_line_width(0.1)
    sheet.set_draw_color(BLACK)
    right, bottom = LEFT_MM + COLUMNS * WIDTH_MM, TOP_MM + ROWS * HEIGHT_MM
    for column in range(COLUMNS + 1):
        x = LEFT_MM + column * WIDTH_MM
        for y in (TOP_MM - 1 - CROP_MM, bottom + 1):
            sheet.line(x, y, x, y + CROP_MM)
    for row in range(ROWS + 1):
        y = TOP_MM + row * HEIGHT_MM
        for x in (LEFT_MM - 1 - CROP_MM, right + 1):
            sheet.line(x, y, x + CROP_MM, y)


def _card(sheet: Sheet, corner: tuple[float, float], card: Card, day_won: int) -> None:
    x, y = corner
    said, city, language = sheet.said, sheet.city, sheet.language
    sheet.set_fill_color(*bytes.fromhex(city.main_colour[1:]))
    sheet.rect(x, y, WIDTH_MM, BAND_MM, "F")
    sheet.say((x + EDGE_MM, y + 2.7), said("name", city=city.names.say(language), currency=city.currency.say(language)), 11, WHITE)
    qr_x = x + WIDTH_MM - QR_MM - 2
    draw_qr(sheet, (qr_x, y + BAND_MM + 1.5, QR_MM), to_text(card.number, city.host))
    width_mm = qr_x - x - EDGE_MM - 1
    sheet.say((x + EDGE_MM, y + BAND_MM + 3), said("how"), 8.5, BLACK, width_mm)
    sheet.say((x + EDGE_MM, sheet.get_y() + 1.2), said("kept"), 7.5, BLACK, width_mm)
    sheet.say((x + EDGE_MM, sheet.get_y() + 1.2), said("limit", day_won=figures(day_won, language)), 10, BLACK, width_mm)
    sheet.say((x + EDGE_MM, y + HEIGHT_MM - 13.5), in_fours(card.number), 15)
    lost = said("lost_call", phone=city.office_phone) if city.office_phone else said("lost")
    sheet.say((x + EDGE_MM, y + HEIGHT_MM - 5.6), lost, 7.5)


def draw_qr(sheet: FPDF, place: tuple[float, float, float], text: str) -> None:
    """Level M, black on white with its full quiet zone; `place`: x, y, side in mm."""
    x, y, side_mm = place
    rows = qr.code_of(text).modules
    module_mm = side_mm / (len(rows) + 2 * qr.QUIET_ZONE)
    sheet.set_fill_color(BLACK)
    for at_y, row in enumerate(rows):
        for at_x, length in qr.runs(row):
            sheet.rect(x + (qr.QUIET_ZONE + at_x) * module_mm, y + (qr.QUIET_ZONE + at_y) * module_mm,
                       length * module_mm, module_mm, "F")


# --- PIN slips -----------------------------------------------------------------------------

def slips(made: Sequence[Slip], city: City, language: str, said: Said) -> bytes:
    sheet = Sheet(city, language, said)
    sheet.set_title(said("slip"))
    for place, slip in enumerate(made):
        if not place % SLIPS:
            sheet.add_page()
        _slip(sheet, place % SLIPS * SLIP_MM, slip)
    return bytes(sheet.output())


def _slip(sheet: Sheet, y: float, slip: Slip) -> None:
    said = sheet.said
    sheet.set_draw_color(GREY)
    sheet.set_line_width(0.2)
    sheet.set_dash_pattern(2, 1.5)
    sheet.line(FOLD_MM, y + 3, FOLD_MM, y + SLIP_MM - 3)
    if y:
        sheet.line(0, y, 210, y)
    sheet.set_dash_pattern()
    sheet.say((12, y + 12), said("pin"), 11)
    sheet.say((12, y + 22), " ".join((slip.pin[:3], slip.pin[3:])), 30)
    sheet.say((12, y + 41), said("pin_for", last=slip.number[-4:]), 10)
    sheet.say((12, y + 49), said("pin_keep"), 8.5, BLACK, FOLD_MM - 22)
    _pattern(sheet, (FOLD_MM + 3, y + 5, LABEL_MM - FOLD_MM - 6, SLIP_MM - 10))
    city = sheet.city
    x, width_mm = LABEL_MM + 3, 210 - LABEL_MM - 10
    sheet.say((x, y + 8), said("name", city=city.names.say(sheet.language), currency=city.currency.say(sheet.language)), 10)
    sheet.say((x, y + 15), said("slip"), 14)
    sheet.say((x, y + 25), said("pin_for", last=slip.number[-4:]), 10)
    if slip.reference:
        sheet.say((x, y + 31), said("of", reference=slip.reference), 12)
    # It stays at home when the card is lost: so here, too, stands whom to call, as large as there is room for.
    sheet.say((x, y + 40), said("lost_label" if city.office_phone else "lost"), 10, BLACK, width_mm)
    if city.office_phone:
        sheet.say((x, sheet.get_y() + 1), city.office_phone, 16)
    sheet.say((x, y + 62), said("fold"), 8, GREY, width_mm)


def _pattern(sheet: Sheet, place: tuple[float, float, float, float]) -> None:
    """Bars and digits at random, over which a PIN that shines through can't be read."""
    x, y, width_mm, height_mm = place
    sheet.set_fill_color(BLACK)
    for at in range(int(height_mm / 3)):
        sheet.rect(x, y + at * 3, width_mm, 1.1, "F")
    for line in range(int(height_mm / 6)):
        digits = " ".join(f"{secrets.randbelow(1000):03}" for _ in range(3))
        sheet.say((x + secrets.randbelow(6), y + line * 6), digits, 26)
