"""A closing or a month's statement on A4: first the sum as one would write it by hand, then its parts, then every line
with a running total. The same closing gives the same bytes."""

from collections.abc import Callable, Sequence
from datetime import timedelta

import pylopdf_fonts_ko
from fpdf import FPDF
from fpdf.enums import XPos, YPos

from app.desk.close import Close, Sums
from app.money.amount import figures
from app.web.words import Words, moment

FONT, MARGIN_MM, ROW_MM = "hagc", 15, 6.2
WIDTH_MM, BOTTOM_MM = 180, 20
MOST_LINES = 2000       # on paper: a line takes a millisecond of the server, and nobody adds up fifty pages
GREY, BLACK = 90, 0
# Widths of the columns in mm.
PARTS = (30, 19, 29, 18, 22, 18, 18, 26)
LINES = (31, 22, 16, 20, 18, 21, 26, 26)

Said = Callable[..., str]
Row = Sequence[str]


class Paper(FPDF):
    """A4 with the page's number and what it belongs to at its foot."""

    def __init__(self, said: Said, name: str):
        super().__init__(format="A4")
        self.said, self.name = said, name
        self.set_margin(MARGIN_MM)
        self.set_auto_page_break(True, BOTTOM_MM)
        self.add_font(FONT, "", str(pylopdf_fonts_ko.sans_path()))

    def footer(self) -> None:
        self.set_y(-14)
        self.write_in(8, GREY)
        self.cell(WIDTH_MM / 2, 5, self.name)
        self.cell(WIDTH_MM / 2, 5, self.said("page", page=self.page_no(), pages="{nb}"), align="R")
        self.write_in(9.5)

    def write_in(self, points: float, grey: int = BLACK) -> None:
        self.set_font(FONT, size=points)
        self.set_text_color(grey)

    def say(self, text: str, points: float = 9.5, grey: int = BLACK, height_mm: float = 5.4) -> None:
        self.write_in(points, grey)
        self.multi_cell(WIDTH_MM, height_mm, text, new_x=XPos.LMARGIN, new_y=YPos.NEXT, align="L")

    def rule(self, thick_mm: float = 0.2) -> None:
        self.set_line_width(thick_mm)
        self.line(MARGIN_MM, self.get_y(), MARGIN_MM + WIDTH_MM, self.get_y())


def pdf(found: Close, words: Words, language: str) -> bytes:
    def said(name: str, **facts: int | str) -> str:
        return words.say(language, f"paper.{name}", facts)

    title = said("statement" if found.month else "close")
    paper = Paper(said, f"{title} · {found.shop_name} · {_of(found, said)}")
    paper.set_creation_date(found.at(found.until_s))
    paper.set_title(paper.name)
    paper.set_lang(language)
    paper.add_page()
    _head(paper, found, title, language)
    _addition(paper, found.total, language)
    _parts(paper, found)
    if not found.month:
        _lines(paper, found)
    _foot(paper, found)
    return bytes(paper.output())


def _of(found: Close, said: Said) -> str:
    return said("of_till", till=found.scope.till) if found.scope.till else said("of_shop")


def _head(paper: Paper, found: Close, title: str, language: str) -> None:
    said = paper.said
    paper.say(title, 20, height_mm=10)
    paper.say(f"{found.shop_name} · {_of(found, said)}", 13, height_mm=7.5)
    paper.ln(1)
    if found.month:
        paper.say(said("month_is", year=found.month[:4], month=str(int(found.month[5:]))), 11, height_mm=6)
    last_s = found.until_s - 1 if found.month else found.until_s
    paper.say(said("span", from_text=moment(found.from_s, language, found.zone),
                   until_text=moment(last_s, language, found.zone)), grey=GREY)
    paper.say(said("entries", first=f"{found.first:,}", last=f"{found.last:,}"), grey=GREY)
    if found.closing:
        kept = found.closing
        paper.say(said("recorded", number=kept.number, till=kept.by_till, who=_cashier(kept.by_cashier, said)), grey=GREY)
    if found.month and not found.final:
        paper.say(said("not_final"), 11, height_mm=6)
    paper.ln(2)


def _addition(paper: Paper, total: Sums, language: str) -> None:
    """As on a slip of paper: sales, less refunds, less voids, is the net."""
    paper.rule(0.4)
    for name, count, won in (("sales", total.sales, total.sales_won), ("refunds", total.refunds, -total.refunds_won),
                             ("voids", total.voids, -total.voids_won)):
        _sum(paper, (paper.said(name), paper.said("count", count=f"{count:,}"), _won(won, language)), 12)
    paper.rule()
    _sum(paper, (paper.said("net"), "", _won(total.net_won, language)), 15)
    paper.rule(0.4)
    paper.ln(4)


def _sum(paper: Paper, cells: Row, points: float) -> None:
    paper.write_in(points)
    for text, width_mm, align in zip(cells, (80, 30, 70), "LRR"):
        paper.cell(width_mm, points * 0.68, text, align=align)
    paper.ln()


# --- tables --------------------------------------------------------------------------------

def _parts(paper: Paper, found: Close) -> None:
    said = paper.said
    if found.month:
        _table(paper, "by_day", PARTS, _part_rows(found, [(f"{day:%m-%d}", part) for day, part in found.days], said))
    cashiers = [(_cashier(number, said), part) for number, part in found.cashiers]
    _table(paper, "by_cashier", PARTS, _part_rows(found, cashiers, said))
    if not found.scope.till:
        tills = [(said("of_till", till=number), part) for number, part in found.tills]
        _table(paper, "by_till", PARTS, _part_rows(found, tills, said))


def _part_rows(found: Close, parts: Sequence[tuple[str, Sums]], said: Said) -> list[Row]:
    head = [said("part"), *(said(name) for name in "sales_count won refunds_count won voids_count won net".split())]
    return [head, *(_part(name, part) for name, part in parts), _part(said("total"), found.total)]


def _part(name: str, part: Sums) -> Row:
    figures = (part.sales, part.sales_won, part.refunds, -part.refunds_won, part.voids, -part.voids_won, part.net_won)
    return [name, *(f"{figure:,}" for figure in figures)]


def _cashier(number: int, said: Said) -> str:
    return said("cashier_is", number=number) if number else said("owner")


def _table(paper: Paper, name: str, widths: Sequence[float], rows: Sequence[Row], left: int = 1) -> None:
    """Its first row is said again on every page; the last one is the total. `left` columns are texts."""
    head, *body, total = rows
    if paper.get_y() > 297 - BOTTOM_MM - 4 * ROW_MM:
        paper.add_page()
    paper.say(paper.said(name), 12, height_mm=7)
    _row(paper, widths, head, left, 8.5)
    paper.rule()
    for row in body:
        if paper.will_page_break(2 * ROW_MM):
            paper.add_page()
            _row(paper, widths, head, left, 8.5)
            paper.rule()
        _row(paper, widths, row, left, 9)
    paper.rule()
    _row(paper, widths, total, left, 9.5)
    paper.ln(4)


def _row(paper: Paper, widths: Sequence[float], cells: Row, left: int, points: float) -> None:
    paper.write_in(points)
    for at, (text, width_mm) in enumerate(zip(cells, widths)):
        paper.cell(width_mm, ROW_MM, text, align="L" if at < left else "R")
    paper.ln()


def _lines(paper: Paper, found: Close) -> None:
    said, running_won, rows = paper.said, 0, []
    if len(found.lines) > MOST_LINES:
        paper.say(said("too_many", count=len(found.lines)))
        return
    many_days = found.until_s - found.from_s > timedelta(days=1).total_seconds()
    for line in found.lines:
        running_won += line.signed_won
        at = found.at(line.at_s)
        rows.append([
            f"{at:%m-%d %H:%M:%S}" if many_days else f"{at:%H:%M:%S}", str(line.entry), said(line.kind),
            str(line.of or ""), str(line.till), said("owner") if not line.cashier else str(line.cashier),
            f"{line.signed_won:,}", f"{running_won:,}",
        ])
    head = [said(name) for name in "clock entry kind of till cashier amount running".split()]
    _table(paper, "lines", LINES, [head, *rows, [said("net"), *[""] * 5, f"{found.total.net_won:,}", ""]], left=3)


def _foot(paper: Paper, found: Close) -> None:
    if paper.will_page_break(30):
        paper.add_page()
    paper.say(paper.said("from_ledger"), 8.5, GREY, 4.6)
    paper.say(paper.said("digest", digest=found.digest), 8.5, GREY, 4.6)
    if found.under:
        paper.say(paper.said("under", origin=found.under.origin, size=f"{found.under.size:,}",
                             root=found.under.root.hex()), 8.5, GREY, 4.6)


def _won(amount_won: int, language: str) -> str:
    """With a sign that is read as one: a hyphen could be a dash."""
    return figures(amount_won, language).replace("-", "−")
