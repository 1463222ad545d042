"""A letter a person, one page of A4 for window envelopes: the address stands where DIN 5008 form B has its field, which
a DL envelope (220 x 110 mm) folded in three shows through a window 20 mm from the left."""

import io
from collections.abc import Mapping
from datetime import tzinfo

import pylopdf_fonts_ko
from fpdf import FPDF

from app.desk.ending import Warned
from app.desk.letters import Post
from app.message import qr
from app.money import amount
from app.people.joins import Letter
from app.web.words import FIRST, Words, moment

FONT, LEFT_MM, WIDTH_MM = "hagc", 25, 165
# DIN 5008 form B: the address field begins 45 mm from the top and is 85 x 45 mm, its last 27.3 mm for the address.
ADDRESS_MM = 20, 45, 85, 45
RETURN_MM, NAME_MM, TEXT_MM = 57, 63.5, 98.5
UNDER_ADDRESS_MM, REFERENCE_MM, WINDOW_MM = 79, 85.5, 78     # below an address of three lines
FOLDS_MM, HOLE_MM = (105, 210), 148.5
QR_MM = 28


class Letters(FPDF):
    """`addresses`: by reference, of those who have one; the others' window shows the name alone."""

    def __init__(self, words: Words, city: str, host: str, zone: tzinfo, addresses: Mapping[str, str]):
        super().__init__(format="A4")
        self.words, self.city, self.host, self.zone, self.addresses = words, city, host, zone, addresses
        self.set_auto_page_break(False)
        self.add_font(FONT, "", str(pylopdf_fonts_ko.sans_path()))
        self.set_lang(FIRST)
        self.picture = io.BytesIO(qr.png_bytes(f"https://{host}/"))

    def said(self, place: str, /, **facts: int | str) -> str:
        return self.words.say(FIRST, f"letter.{place}", {"city": self.city, "host": self.host, **facts})

    def at(self, x_mm: float, y_mm: float, text: str, points: float, grey: int = 0) -> None:
        self.write_in(points, grey)
        self.set_xy(x_mm, y_mm)
        self.cell(0, points * 0.45, text)

    def say(self, text: str, points: float = 13.5, height_mm: float = 8, width_mm: float = WIDTH_MM) -> None:
        self.write_in(points)
        self.set_x(LEFT_MM)
        self.multi_cell(width_mm, height_mm, text, align="L", new_x="LMARGIN", new_y="NEXT")

    def write_in(self, points: float, grey: int = 0) -> None:
        self.set_font(FONT, size=points)
        self.set_text_color(grey)


def pdf(post: Post, paper: Letters) -> bytes:
    """One page a letter; at most as many as app.desk.letters.AT_ONCE."""
    for letter in post.letters:
        paper.add_page()
        envelope(paper, letter)
        _text(paper, post, letter)
    return bytes(paper.output())


def envelope(paper: Letters, letter: Letter | Warned) -> None:
    """What the window shows, and where to fold."""
    paper.at(LEFT_MM, RETURN_MM, paper.said("sender"), 8, 60)
    address = paper.addresses.get(letter.reference, "")
    if address:
        _address(paper, address)
    paper.at(LEFT_MM, UNDER_ADDRESS_MM if address else NAME_MM, paper.said("name", name=letter.name), 15)
    paper.at(LEFT_MM, REFERENCE_MM if address else NAME_MM + 10, paper.said("reference", reference=letter.reference), 9 if address else 11)
    paper.set_line_width(0.1)
    for y_mm in FOLDS_MM:
        paper.line(4, y_mm, 8, y_mm)
    paper.line(4, HOLE_MM, 10, HOLE_MM)


def _address(paper: Letters, address: str) -> None:
    """In as many lines as the window has room for: smaller where it is long."""
    paper.set_xy(LEFT_MM, NAME_MM - 2)
    for points, height_mm, most in ((11, 5.4, 3), (9, 4.2, 4)):
        paper.write_in(points)
        if len(paper.multi_cell(WINDOW_MM, height_mm, address, align="L", dry_run=True, output="LINES")) <= most:
            break
    paper.set_xy(LEFT_MM, NAME_MM - 2)
    paper.multi_cell(WINDOW_MM, height_mm, address, align="L")


def _text(paper: Letters, post: Post, letter: Letter) -> None:
    said, won = paper.said, post.won[letter.person]
    until = moment(post.spend_until_s - 1, FIRST, paper.zone, with_time=False)
    paper.set_y(TEXT_MM)
    paper.say(said("title", programme=post.programme), 18, 10)
    paper.ln(2)
    if won:
        paper.say(said("amount", amount_won=won, in_words=amount.words(won, FIRST)), 16, 9.5)
        paper.say(said("waits", until=until))
    else:
        paper.say(said("invited"))
    paper.ln(3)
    code_box(paper, letter)
    for step in ("open", "make", "type", "wait"):
        paper.say(said(step), width_mm=WIDTH_MM - QR_MM - 6 if step in ("open", "make") else WIDTH_MM)
    paper.ln(2)
    paper.say(said("without_phone"))
    paper.say(said("ask", programme=post.programme), 12, 7)


def code_box(paper: Letters, letter: Letter | Warned) -> None:
    """The code to join with, and the wallet's address as a picture."""
    top = paper.get_y()
    paper.set_line_width(0.5)
    paper.rect(LEFT_MM, top, WIDTH_MM, 29)
    paper.at(LEFT_MM + 5, top + 3, paper.said("code"), 12)
    paper.at(LEFT_MM + 5, top + 9, letter.code, 26)
    until = moment(letter.until_s, FIRST, paper.zone, with_time=False)
    paper.at(LEFT_MM + 5, top + 20.5, paper.said("once", until=until), 12)
    paper.set_y(top + 33)
    paper.picture.seek(0)
    paper.image(paper.picture, LEFT_MM + WIDTH_MM - QR_MM, top + 32, QR_MM)
