"""새 지급 명단: a file, dropped or chosen, or typed rows; then, only when its header doesn't say it, which column is what."""

import csv
import io
import re
from dataclasses import dataclass

from flask import Blueprint, request
from werkzeug.wrappers import Response

from app.desk import grant
from app.errors import Refusal
from app.money.orders import MAKER
from app.people import drafts
from app.people.columns import NONE, Columns, text_of
from app.people.lists import PaymentList, Upload
from app.web.console import typed
from app.web.console.frame import Frame, to
from app.web.site import Services

PATH = "/console/lists"
SHOWN_ROWS, SHOWN_CHARACTERS = 6, 30
PLACES = ("reference", "name", "birth_date", "amount")


@dataclass(frozen=True, slots=True)
class Naming:
    """What the form for a file's columns shows."""

    rows: list[tuple[int, list[str]]]       # the first ones, as the maker sent them
    options: list[tuple[int, str]]          # column, how it is called
    headers: list[int]                      # rows that may name the columns
    columns: Columns
    header: int


def routes(services: Services) -> Blueprint:
    frame = Frame(services)
    blueprint = frame.blueprint("uploading")
    _uploading(blueprint, frame)
    return blueprint


def _uploading(blueprint: Blueprint, frame: Frame) -> None:
    def context() -> dict:
        """Money is given while a programme is open, and taken back afterwards, too."""
        now_s, back = frame.office.now_s(), bool(request.values.get("back"))
        return {"back": back, "programmes": [
            one for one in frame.office.store.figures()
            if one.record.opens_at_s <= now_s and (back or now_s < one.record.closes_at_s)]}

    @blueprint.get(f"{PATH}/new")
    def new() -> str:
        officer = frame.officer()
        officer.must(MAKER)
        return frame.page("list_form.html", officer, "lists", form=request.args, **context())

    @blueprint.post(f"{PATH}/new")
    def upload() -> Response:
        officer = frame.posted(MAKER)
        try:
            name, raw = _given()
            found = grant.upload(frame.office, Upload(
                typed.whole("programme"), officer.number, name, raw, back=bool(request.form.get("back"))))
        except Refusal as refusal:
            return frame.again(refusal, "list_form.html", officer, "lists", **context())
        return to(f"{PATH}/{found.list_id.hex()}")


def _given() -> tuple[str, bytes]:
    """The uploaded file, or the rows that were typed or pasted out of a spreadsheet."""
    file = request.files.get("file")
    if file and file.filename:
        return file.filename, file.read()
    rows = request.form.get("rows", "")
    if not rows.strip():
        raise Refusal("FIELD_MISSING", field="file")
    return "", as_csv(rows)


def as_csv(text: str) -> bytes:
    """Typed rows as a file: a spreadsheet's cells stand between tabs, people type a comma or a blank."""
    out = io.StringIO(newline="")
    for line in text.splitlines():
        cells = line.split("\t") if "\t" in line else re.split(r"\s*,\s*|\s+", line.strip(), maxsplit=1)
        csv.writer(out).writerow([cell.strip() for cell in cells] if line.strip() else [])
    return out.getvalue().encode()


# --- columns -------------------------------------------------------------------------------

def name_columns(frame: Frame, list_id: bytes, officer: int) -> None:
    """The form's choice; the rows are judged by it."""
    places = {place: typed.whole(place) - 1 if request.form.get(place) else NONE for place in PLACES}
    drafts.name_columns(frame.office.people, list_id, officer, Columns(**places), typed.whole("header"))
    grant.judge(frame.office, list_id)


def naming(frame: Frame, found: PaymentList) -> Naming | None:
    """None when the file isn't kept any more."""
    rows = [(number, [text_of(cell)[:SHOWN_CHARACTERS] for cell in cells])
            for number, cells in drafts.preview(frame.office.people, found, limit=min(max(SHOWN_ROWS, found.header + 3), drafts.OFFERED))]
    if not rows:
        return None
    heading = dict(rows).get(found.header, [])
    width = max(len(cells) for _, cells in rows)
    options = [(at + 1, _called(at, heading)) for at in range(width)]
    return Naming(rows, options, [number for number, _ in rows], Columns.from_text(found.columns), found.header)


def read_as(frame: Frame, found: PaymentList) -> list[tuple[str, str]]:
    """How a draft's columns were read: (which, the column's letter and name)."""
    heading = [text_of(cell) for cell in drafts.header_of(frame.office.people, found)]
    columns = Columns.from_text(found.columns)
    wanted = ("reference", "amount") if columns.reference != NONE else ("name", "birth_date", "amount")
    names = {"amount": "amount_won"}
    return [(names.get(place, place), _called(getattr(columns, place), heading)) for place in wanted
            if getattr(columns, place) != NONE]


def _called(at: int, heading: list[str]) -> str:
    name = heading[at][:SHOWN_CHARACTERS] if at < len(heading) else ""
    return f"{letter(at)} · {name}" if name else letter(at)


def letter(at: int) -> str:
    """A column as spreadsheets call it: 0 is A, 26 is AA."""
    return (letter(at // 26 - 1) if at >= 26 else "") + chr(65 + at % 26)
