"""The month's looks at personal data on A4, for the binder: who how often, what stands out, who signed it off."""

from collections.abc import Callable, Sequence

from fpdf.fonts import FontFace

from app.desk import review as desk
from app.desk.review import Line, Report
from app.web.close_pdf import GREY, WIDTH_MM, Paper
from app.web.console.records import deed
from app.web.console.said import Reader

MOST_LINES = 300        # on paper: a line takes milliseconds of the server; the table file has them all
SUMS, LINES = (32, 14, 14, 20, 20, 20, 20, 20, 20), (30, 20, 40, 28, 40, 22)


def pdf(found: Report, reader: Reader, name: Callable[[int], str], marked: Callable[[Line], str]) -> bytes:
    def said(place: str, **facts: int | str) -> str:
        if place == "page":
            return reader.words.say(reader.language, "paper.page", facts)
        return reader.say(f"review.{place}", **facts)

    paper = Paper(said, f"{said('title')} · {reader.month(found.month)}")
    paper.set_title(paper.name)
    paper.set_lang(reader.language)
    paper.add_page()
    paper.say(said("title"), 20, height_mm=10)
    paper.say(reader.month(found.month), 13, height_mm=7.5)
    paper.say(said("rules", **_limits()), grey=GREY)
    paper.ln(3)
    head = [said("officer"), said("looks"), said("people"), *(said(f"mark.{mark}") for mark in desk.MARKS)]
    rows = [[name(one.officer), one.lines, one.people, *(one.marks[mark] for mark in desk.MARKS)] for one in found.officers]
    _table(paper, SUMS, [head, *rows])
    _lines(paper, found, reader, name, marked)
    _signed(paper, found, reader, name)
    return bytes(paper.output())


def _limits() -> dict[str, int]:
    return {"from_hour": desk.OFFICE_HOURS[0], "until_hour": desk.OFFICE_HOURS[1], "many": desk.MANY_AN_HOUR, "crowd": desk.BY_MANY}


def _lines(paper: Paper, found: Report, reader: Reader, name: Callable[[int], str], marked: Callable[[Line], str]) -> None:
    shown = found.marked[:MOST_LINES]
    paper.say(paper.said("marked", count=len(found.marked)), 12, height_mm=8)
    if len(found.marked) > MOST_LINES:
        paper.say(paper.said("too_many", count=MOST_LINES))
    rows = [[reader.moment(line.access.at_s), name(line.access.officer), reader.person(line.access.person),
             deed(reader, line.access.what), line.access.why, marked(line)] for line in shown]
    head = [paper.said(place) for place in ("when", "officer", "person", "deed", "why", "marks")]
    if rows:
        _table(paper, LINES, [head, *rows])


def _signed(paper: Paper, found: Report, reader: Reader, name: Callable[[int], str]) -> None:
    paper.ln(2)
    if found.signed:
        paper.say(paper.said("signed", name=name(found.signed.officer), at_s=found.signed.at_s, lines=found.signed.lines), 11, height_mm=6.5)
        paper.say(found.signed.remark or paper.said("no_remark"))
    else:
        paper.say(paper.said("unsigned"), 11, height_mm=6.5)
    paper.say(paper.said("digest", digest=(found.signed.digest if found.signed else found.digest).hex()), 8.5, GREY, 4.6)


def _table(paper: Paper, widths: Sequence[float], rows: Sequence[Sequence[str | int]]) -> None:
    """Its first row is said again on every page; long texts take several lines."""
    paper.write_in(9)
    with paper.table(col_widths=tuple(widths), width=WIDTH_MM, line_height=5, text_align="LEFT",
                     headings_style=FontFace(emphasis=None, fill_color=235)) as table:
        for cells in rows:
            row = table.row()
            for cell in cells:
                row.cell(str(cell))
    paper.ln(4)
