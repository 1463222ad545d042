"""기록, 열람 점검: the month's looks at personal data, counted and marked, as a page, a table and a paper to be filed."""

from flask import Blueprint, request
from werkzeug.wrappers import Response

from app.desk import review as desk
from app.desk.review import Line, Report
from app.errors import Refusal
from app.web.console import tables
from app.web.console.frame import Frame, file, to
from app.web.console.listing import Column, Listing
from app.web.console.records import PATH as RECORDS, deed
from app.web.console.said import Reader
from app.web.site import Services

PATH = f"{RECORDS}/review"


def routes(services: Services) -> Blueprint:
    frame = Frame(services)
    blueprint = frame.blueprint("review")

    @blueprint.get(PATH)
    def page() -> str | Response:
        officer, reader = frame.officer(), Reader(frame)
        found = desk.report(frame.office, request.args.get("month") or desk.month_before(frame.office))
        if request.args.get("pdf"):
            return file(f"access-{found.month}.pdf", _pdf(frame, reader, found), "application/pdf")
        listed = _listed(reader, frame.names())
        if tables.wanted():
            return listed.file(found.lines, reader)
        wanted = found.lines if request.args.get("all") else found.marked
        return frame.page("review.html", officer, "records", report=found, page_of=listed.page(wanted), **_context(frame, reader, found))

    @blueprint.post(PATH)
    def sign() -> Response:
        officer = frame.posted(desk.ROLES)
        month = request.form.get("month", "")
        found, reader = desk.report(frame.office, month), Reader(frame)
        try:
            desk.sign_off(frame.office, officer.number, month, request.form.get("seen", ""), request.form.get("remark", ""))
        except Refusal as refusal:
            page_of = _listed(reader, frame.names()).page(found.marked)
            return frame.again(refusal, "review.html", officer, "records", report=found, page_of=page_of, **_context(frame, reader, found))
        return to(f"{PATH}?month={month}")

    return blueprint


def _context(frame: Frame, reader: Reader, found: Report) -> dict:
    return {"reader": reader, "tab": "review", "deed": deed, "marks": desk.MARKS, "roles": desk.ROLES,
            "limits": {"from": desk.OFFICE_HOURS[0], "until": desk.OFFICE_HOURS[1], "many": desk.MANY_AN_HOUR, "crowd": desk.BY_MANY}}


def _listed(reader: Reader, name) -> Listing:
    return Listing("access-review", [
        Column("number", "office.said.number", lambda line: line.access.number),
        Column("when", "office.when", lambda line: reader.moment(line.access.at_s), lambda line: line.access.at_s),
        Column("officer", "fields.officer", lambda line: name(line.access.officer), lambda line: name(line.access.officer)),
        Column("person", "fields.person", lambda line: reader.person(line.access.person)),
        Column("what", "office.what", lambda line: deed(reader, line.access.what), lambda line: line.access.what),
        Column("why", "fields.reason", lambda line: line.access.why, lambda line: line.access.why),
        Column("marks", "office.review.marks", lambda line: marked(reader, line), lambda line: -len(line.marks)),
    ], key=lambda line: line.access.number)


def marked(reader: Reader, line: Line) -> str:
    return ", ".join(reader.say(f"review.mark.{mark}") for mark in line.marks)


def _pdf(frame: Frame, reader: Reader, found: Report) -> bytes:
    from app.web.console import review_pdf      # its library takes 0.3 s to load, and few pages print

    return review_pdf.pdf(found, reader, frame.names(), lambda line: marked(reader, line))
