"""What leaves the console of a list: its rows for the browsers that sign, tables for the office's spreadsheet."""

from collections.abc import Iterable, Iterator
from functools import cache

from flask import Blueprint, request
from werkzeug.wrappers import Response

from app.desk import grant, returned
from app.errors import Refusal
from app.money.lists import row_salt
from app.people import drafts, lists, register, sheet
from app.people.columns import text_of
from app.people.lists import PaymentList
from app.people.turn import Turn
from app.web.console import tables
from app.web.console.frame import Frame, file
from app.web.console.lists import PATH, after_of, one
from app.web.console.said import Reader
from app.web.console.uploading import letter
from app.web.site import Services

KINDS = "<any(csv,xlsx):kind>"
DIFFERENCES = ("added", "gone", "changed")
PAGE_ROWS = 200


def routes(services: Services) -> Blueprint:
    frame = Frame(services)
    blueprint = frame.blueprint("list_files")
    _rows(blueprint, frame)
    _differences(blueprint, frame)
    return blueprint


def _file(name: str, kind: str, header: list[str], rows: Iterable[tables.Cells]) -> Response:
    """A table of any length as CSV; as a workbook TOO_LARGE with more than tables.MOST_ROWS."""
    if kind == "csv":
        return file(f"{name}.csv", sheet.write(header, rows), tables.CSV)
    rows = list(rows)
    if len(rows) > tables.MOST_ROWS:
        raise Refusal("TOO_LARGE", most=tables.MOST_ROWS)
    return file(f"{name}.xlsx", tables.workbook(name, header, rows), tables.XLSX)


def _rows(blueprint: Blueprint, frame: Frame) -> None:
    people, long_file = frame.office.people, Turn()     # of a hundred thousand rows it takes seconds

    @blueprint.get(f"/api{PATH}/<list_id>/rows")
    def rows(list_id: str) -> dict:
        """Everything that the list's root is made of: the officers' browsers work it out again."""
        frame.officer()
        found = one(frame, list_id)
        return {"list_id": found.list_id.hex(), "rows": [
            {"person": row.person.hex(), "amount_won": row.amount_won, "salt": row_salt(found.seed, row.row).hex()}
            for row in lists.payable(people, found.list_id)
        ]}

    @blueprint.get(f"{PATH}/<list_id>/rows.{KINDS}")
    def all_rows(list_id: str, kind: str) -> Response:
        frame.officer()
        found = one(frame, list_id)
        header = ["row", "person", "amount", "reason", "note"]
        with long_file.taken():
            if found.back:
                return _file(f"list-{list_id[:8]}", kind, [*header, "taken_back"], _with_what_came_back(frame, found))
            return _file(f"list-{list_id[:8]}", kind, [*header, "paid", "returned"], _with_what_became(frame, found))

    @blueprint.get(f"{PATH}/<list_id>/refused.{KINDS}")
    def refused(list_id: str, kind: str) -> Response:
        """To be mended and uploaded again: for who sent the file its own cells, for all others what is kept of them."""
        officer, found = frame.officer(), one(frame, list_id)
        name, rows = f"list-{list_id[:8]}-refused", None
        if found.maker == officer.number:
            rows = drafts.refused_rows(people, found)
        if rows:
            return _file(name, kind, *_as_sent(frame, found, rows))
        header = ["row", "person", "amount", "reason", "note"]
        return _file(name, kind, header, lists.table(people, found.list_id, lists.FAULTY))


def _with_what_became(frame: Frame, found: PaymentList) -> Iterator[tables.Cells]:
    """Every row of the file; then whether it was paid or went back, and in words why it did."""
    office, reader = frame.office, Reader(frame)
    record, gone = grant.progress(office, found.list_id), returned.each(office, found.list_id)
    reasons, in_words = returned.Reasons(office, record), cache(reader.back)
    paid, went_back = reader.say("lists.row_paid"), reader.say("lists.row_returned")
    place, back = -1, next(gone, None)
    for cells in lists.table(office.people, found.list_id):
        place += not cells[3]       # of the rows without a fault, as on the chain
        if not record or cells[3] or place >= record.next_row:
            yield *cells, "", ""
        elif back and back.row == place:
            yield *cells, went_back, in_words(reasons.why(back))
            back = next(gone, None)
        else:
            yield *cells, paid, ""


def _with_what_came_back(frame: Frame, found: PaymentList) -> Iterator[tables.Cells]:
    """Every row of the file; then how much it took back, once it was its turn."""
    came_back = frame.office.store.came_back(found.list_id)
    for cells in lists.table(frame.office.people, found.list_id):
        yield *cells, "" if cells[3] else next(came_back, "")


def _as_sent(frame: Frame, found: PaymentList, rows: list) -> tuple[list[str], Iterator[list[str]]]:
    """The file's own columns; then the row and, in words, why it was refused."""
    reader, width = Reader(frame), max(len(cells) for _, _, cells in rows)
    heading = [text_of(cell) for cell in drafts.header_of(frame.office.people, found)]
    if not heading:
        heading = [reader.words.say(reader.language, f"fields.{name}") for name in ("reference", "amount_won")][:width]
    heading += [letter(at) for at in range(len(heading), width)]
    said = (reader.say("lists.row"), reader.words.say(reader.language, "fields.reason"))
    return [*heading, *said], (
        [*(text_of(cell) for cell in cells), *[""] * (len(heading) - len(cells)), row, reader.reason(reason)]
        for row, reason, cells in rows
    )


# --- differences ---------------------------------------------------------------------------

def _differences(blueprint: Blueprint, frame: Frame) -> None:
    people = frame.office.people

    @blueprint.get(f"{PATH}/<list_id>/differences")
    def page(list_id: str) -> str:
        officer, found = frame.officer(), one(frame, list_id)
        all_ = grant.differences(frame.office, found)
        which = request.args.get("which", "")
        which = which if which in DIFFERENCES else next((each for each in DIFFERENCES if getattr(all_, each)), "added")
        chosen, after = getattr(all_, which), max(after_of("after", 0), 0)
        return frame.page("list_differences.html", officer, "lists", found=found, reader=Reader(frame), all=all_,
                          which=which, kinds=DIFFERENCES, rows=chosen[after:after + PAGE_ROWS], after=after,
                          following=after + PAGE_ROWS if after + PAGE_ROWS < len(chosen) else 0)

    @blueprint.get(f"{PATH}/<list_id>/differences.{KINDS}")
    def differences(list_id: str, kind: str) -> Response:
        frame.officer()
        found = one(frame, list_id)
        all_ = grant.differences(frame.office, found)
        rows = [("added", person, None, won) for person, won in all_.added]
        rows += [("gone", person, won, None) for person, won in all_.gone]
        rows += [("changed", *each) for each in all_.changed]
        return _file(f"list-{list_id[:8]}-differences", kind, ["what", "person", "before_won", "now_won"], (
            [what, register.reference_of(people, person), before, now] for what, person, before, now in rows))
