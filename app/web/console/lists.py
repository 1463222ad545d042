"""지급: a list of who gets how much, from the file to the last row paid. One officer proposes, another approves."""

import csv
import io
import re
from collections.abc import Callable

from flask import Blueprint, request
from werkzeug.wrappers import Response

from app.chain.body import decode
from app.desk import grant
from app.desk.opening import open_signed
from app.errors import Refusal
from app.money.lists import row_id, row_salt
from app.money.orders import CHECKER, MAKER, Grant
from app.money.state import ROW_RETURNED, TOP_UP, Register
from app.people import lists, register
from app.people.lists import PaymentList, Upload
from app.web.api import base64url
from app.web.console import acts, frame as frames, tables, typed
from app.web.console.acts import Signing
from app.web.console.frame import Frame, Officer, to
from app.web.console.key import message_of
from app.web.console.listing import Column, Listing
from app.web.console.said import Reader
from app.web.site import Services

PATH = "/console/lists"
STATES = ("draft", "proposed", "approved", "issued", "refused", "withdrawn")
PAGE_ROWS, SHOWN_DIFFERENCES = 200, 100


def routes(services: Services) -> Blueprint:
    frame = Frame(services)
    blueprint = frame.blueprint("lists")
    _listing(blueprint, frame)
    _uploading(blueprint, frame)
    _one(blueprint, frame)
    _deciding(blueprint, frame)
    _files(blueprint, frame)
    return blueprint


def one(frame: Frame, list_id: str) -> PaymentList:
    return lists.get(frame.office.people, typed.from_hex(list_id, 16))


def _listing(blueprint: Blueprint, frame: Frame) -> None:
    @blueprint.get(PATH)
    def listing() -> str | Response:
        officer, reader = frame.officer(), Reader(frame)
        state, programme = request.args.get("state", ""), request.args.get("programme", "")
        found = [each for each in lists.newest(frame.office.people, state, 5_000) if programme in ("", str(each.programme))]
        listed = _listed(reader, frame.names())
        if tables.wanted():
            return listed.file(found, reader)
        return frame.page("lists.html", officer, "lists", page_of=listed.page(found), states=STATES, reader=reader,
                          programmes=frame.office.store.figures())


def _listed(reader: Reader, name: Callable[[int | None], str]) -> Listing:
    def column(of_what: str, place: str, of: Callable[[PaymentList], str | int]) -> Column:
        return Column(of_what, place, of, of)

    return Listing("lists", [
        column("programme", "fields.programme", lambda one: reader.programme(one.programme)),
        Column("made", "office.when", lambda one: reader.moment(one.created_at_s), lambda one: one.created_at_s),
        Column("file", "fields.file", lambda one: one.file_name),
        column("standing", "office.standing", lambda one: reader.say(f"state.{one.state}")),
        column("people", "office.said.people", lambda one: one.count),
        column("total", "office.said.total_won", lambda one: one.total_won),
        Column("faulty", "office.lists.faulty", lambda one: one.faulty),
        column("maker", "office.maker", lambda one: name(one.maker)),
        column("checker", "office.checker", lambda one: name(one.checker)),
    ], key=lambda one: one.list_id.hex())


def _uploading(blueprint: Blueprint, frame: Frame) -> None:
    def context() -> dict:
        now_s = frame.office.now_s()
        return {"programmes": [one for one in frame.office.store.figures()
                               if one.record.opens_at_s <= now_s < one.record.closes_at_s]}

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
            found = grant.upload(frame.office, Upload(typed.whole("programme"), officer.number, name, raw))
        except Refusal as refusal:
            return frame.again(refusal, "list_form.html", officer, "lists", **context())
        return to(f"{PATH}/{found.list_id.hex()}")


def _given() -> tuple[str, bytes]:
    """The uploaded file, or the rows that were typed or pasted out of a spreadsheet."""
    file = request.files.get("file")
    if file and file.filename:
        return file.filename, file.read()
    if not request.form.get("rows", "").strip():
        raise Refusal("FIELD_MISSING", field="rows")
    return "", as_csv(request.form["rows"])


def as_csv(text: str) -> bytes:
    """Typed rows as a file: a spreadsheet's cells stand between tabs, people type a comma or a blank."""
    out = io.StringIO(newline="")
    for line in text.splitlines():
        cells = line.split("\t") if "\t" in line else re.split(r"\s*,\s*|\s+", line.strip(), maxsplit=1)
        csv.writer(out).writerow([cell.strip() for cell in cells] if line.strip() else [])
    return out.getvalue().encode()


# --- one list ------------------------------------------------------------------------------

def _one(blueprint: Blueprint, frame: Frame) -> None:
    @blueprint.get(f"{PATH}/<list_id>")
    def page(list_id: str) -> str:
        officer = frame.officer()
        return frame.page("list.html", officer, "lists", **context(frame, officer, one(frame, list_id)))

    @blueprint.get(f"/api{PATH}/<list_id>")
    def state(list_id: str) -> dict:
        """How far it is, for the page that waits."""
        frame.officer()
        found = one(frame, list_id)
        record = grant.progress(frame.office, found.list_id)
        return {"state": found.state, "count": found.count, "paid": record.next_row if record else 0}


def context(frame: Frame, officer: Officer, found: PaymentList) -> dict:
    office = frame.office
    record = grant.progress(office, found.list_id)
    decided = found.state in (lists.PROPOSED, lists.APPROVED, lists.ISSUED)
    after = typed_after()
    faulty = lists.rows(office.people, found.list_id, faulty=True, limit=PAGE_ROWS)
    out = office.store.paid_out(found.list_id)
    return {
        "found": found, "reader": Reader(frame), "record": record, "faulty": faulty,
        "left_aside": bool(faulty) and not faulty[0].set_aside, "reasons": lists.reasons(office.people, found.list_id),
        "rows": _rows(frame, found, after), "after": after, "page_rows": PAGE_ROWS,
        "differences": _differences(frame, found) if decided and found.state == lists.PROPOSED else None,
        "entries": office.store.entries_of(Register.LIST, found.list_id)[:1],
        "topped_up": out.get(TOP_UP, (0, 0)), "returned": out.get(ROW_RETURNED, (0, 0)),
        "mine": found.maker == officer.number, "signing": _signing(frame, officer, found),
        "figures": next((each for each in office.store.figures() if each.programme == found.programme), None),
    }


def typed_after() -> int:
    """`?after=` of a list's page: the last row of the page before."""
    value = request.args.get("after", "")
    return int(value) if value.isascii() and value.isdecimal() and len(value) < 10 else -1


def _rows(frame: Frame, found: PaymentList, after: int) -> list[dict]:
    record = grant.progress(frame.office, found.list_id)
    shown = []
    for row in lists.payable(frame.office.people, found.list_id, after, PAGE_ROWS):
        entry = None
        if record and row.row < record.next_row:
            entry = frame.office.store.entry_of(record.expires_at_s, row_id(found.list_id, row.row))
        shown.append({"row": row.row, "person": row.person, "amount_won": row.amount_won, "entry": entry,
                      "returned": bool(entry) and not decode(frame.office.store.entry(entry).a)[8]})
    return shown


def _differences(frame: Frame, found: PaymentList) -> dict:
    all_ = grant.differences(frame.office, found)
    return {
        "before": all_.before, "counts": (len(all_.added), len(all_.gone), len(all_.changed)),
        "added": all_.added[:SHOWN_DIFFERENCES], "gone": all_.gone[:SHOWN_DIFFERENCES],
        "changed": all_.changed[:SHOWN_DIFFERENCES], "more": SHOWN_DIFFERENCES,
    }


def _signing(frame: Frame, officer: Officer, found: PaymentList) -> Signing | None:
    """What this officer may sign now: the maker the grant, another the approval."""
    path = f"{PATH}/{found.list_id.hex()}"
    rows = f"/api{path}/rows"
    mine = found.maker == officer.number
    if found.state == lists.DRAFT and mine and officer.has(MAKER) and found.count:
        aside = lists.rows(frame.office.people, found.list_id, faulty=True, limit=1)
        if all(row.set_aside for row in aside):
            body = grant.wanted(frame.office, officer.number, found)
            return acts.signing(frame, body, f"{path}/propose", path, rows=rows)
    if found.state == lists.PROPOSED and not mine and officer.has(CHECKER):
        signed = open_signed(frame.office, found.proposal, (Grant,))
        body = acts.approval(frame, officer, signed.id, signed.body.expires_at_s)
        return acts.signing(frame, body, f"{path}/approve", path, rows=rows, subject=base64url(found.proposal))
    return None


def _deciding(blueprint: Blueprint, frame: Frame) -> None:
    office, people = frame.office, frame.office.people

    def does(name: str, roles: int, how) -> None:
        """POST …/<name>: do it, and show the list again; with the refusal if there was one."""
        def answer(list_id: str) -> Response:
            officer, found = frame.posted(roles), one(frame, list_id)
            try:
                how(found.list_id, officer.number)
            except Refusal as refusal:
                fresh = context(frame, officer, one(frame, list_id))
                return frame.again(refusal, "list.html", officer, "lists", **fresh)
            return to(f"{PATH}/{list_id}")

        blueprint.add_url_rule(f"{PATH}/<list_id>/{name}", name, answer, methods=["POST"])

    does("aside", MAKER, lambda list_id, officer: lists.set_aside(people, list_id, officer))
    does("propose", MAKER, lambda list_id, officer: grant.propose(office, officer, list_id, message_of()))
    does("approve", CHECKER, lambda list_id, officer: grant.approve(office, officer, list_id, message_of()))
    does("refuse", CHECKER, lambda list_id, officer: lists.refuse(people, list_id, officer, request.form.get("why", "")))
    does("withdraw", MAKER, lambda list_id, officer: lists.withdraw(people, list_id, officer))


def _files(blueprint: Blueprint, frame: Frame) -> None:
    people = frame.office.people

    @blueprint.get(f"/api{PATH}/<list_id>/rows")
    def rows(list_id: str) -> dict:
        """Everything that the list's root is made of: the officers' browsers work it out again."""
        frame.officer()
        found = one(frame, list_id)
        return {"list_id": found.list_id.hex(), "rows": [
            {"person": row.person.hex(), "amount_won": row.amount_won, "salt": row_salt(found.seed, row.row).hex(),
             "name": register.masked(people, row.person)}
            for row in lists.payable(people, found.list_id)
        ]}

    @blueprint.get(f"{PATH}/<list_id>/rows.csv")
    def all_rows(list_id: str) -> Response:
        frame.officer()
        found = one(frame, list_id)
        return frames.file(f"list-{list_id[:8]}.csv", lists.export(people, found.list_id), "text/csv; charset=utf-8")

    @blueprint.get(f"{PATH}/<list_id>/refused.csv")
    def refused(list_id: str) -> Response:
        frame.officer()
        found = one(frame, list_id)
        content = lists.export(people, found.list_id, faulty=True)
        return frames.file(f"list-{list_id[:8]}-refused.csv", content, "text/csv; charset=utf-8")
