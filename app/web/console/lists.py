"""지급: a list of who gets how much, from the file to the last row paid. One officer proposes, another approves."""

from collections.abc import Callable

from flask import Blueprint, request
from werkzeug.wrappers import Response

from app.desk import grant, monthly, recall, returned
from app.desk.officer import roles_now
from app.desk.opening import open_signed, still_proposed
from app.errors import Refusal
from app.money.lists import row_id
from app.money.orders import CHECKER, MAKER
from app.money.state import NEVER_S, ROW_RETURNED, TOP_UP, ListRecord, Register
from app.people import drafts, lists, repeats, series, undoing
from app.people.lists import PaymentList
from app.web.api import base64url
from app.web.console import acts, tables, typed, uploading
from app.web.console.acts import Signing
from app.web.console.frame import Frame, Officer, to
from app.web.console.key import message_of
from app.web.console.listing import Column, Listing
from app.web.console.said import Reader
from app.web.site import Services

PATH = "/console/lists"
STATES = ("draft", "proposed", "approved", "issued", "refused", "withdrawn")
RETURNED = "returned"       # ?which= of a list's page: the rows that went back
COUNTED_BY_ITSELF = 5_000   # rows
PAGE_ROWS, SHOWN_DIFFERENCES, SHOWN_NOTES = 200, 20, 50


def routes(services: Services) -> Blueprint:
    frame = Frame(services)
    blueprint = frame.blueprint("lists")
    _listing(blueprint, frame)
    _one(blueprint, frame)
    _deciding(blueprint, frame)
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
        column("standing", "office.standing", lambda one: reader.say(f"state.{one.standing}")),
        column("people", "office.said.people", lambda one: one.count),
        column("total", "office.said.total_won", lambda one: one.total_won),
        Column("faulty", "office.lists.faulty", lambda one: one.faulty),
        column("maker", "office.maker", lambda one: name(one.maker)),
        column("checker", "office.checker", lambda one: name(one.checker)),
    ], key=lambda one: one.list_id.hex())


# --- one list ------------------------------------------------------------------------------

def _one(blueprint: Blueprint, frame: Frame) -> None:
    @blueprint.get(f"{PATH}/<list_id>")
    def page(list_id: str) -> str:
        officer = frame.officer()
        shown = context(frame, officer, one(frame, list_id))
        return frame.page("list.html", officer, "lists", refusal=shown["stalled"], **shown)

    @blueprint.get(f"/api{PATH}/<list_id>")
    def state(list_id: str) -> dict:
        """How far it is, for the page that waits."""
        frame.officer()
        found = one(frame, list_id)
        record = grant.progress(frame.office, found.list_id)
        return {"state": found.state, "count": found.count, "paid": record.next_row if record else 0,
                "reading": found.reading, "lines": found.lines, "judged": found.judged}


def context(frame: Frame, officer: Officer, found: PaymentList) -> dict:
    office, people = frame.office, frame.office.people
    after, mine, which = after_of("after", -1), found.maker == officer.number, request.args.get("which", "")
    deciding, stalled = found.state in (lists.DRAFT, lists.PROPOSED), _stalled(frame, officer, found)
    return {
        "found": found, "reader": Reader(frame), "mine": mine, "page_rows": PAGE_ROWS,
        "rows": _rows_returned(frame, found, after) if which == RETURNED else _rows(frame, found, after), "after": after, "which": which,
        **_faults(frame, found, mine), **_payment(frame, found), **_file(frame, found, mine),
        "waiting": lists.waiting(people, found.list_id),
        "noted": lists.rows(people, found.list_id, lists.NOTED, limit=SHOWN_NOTES) if deciding else [],
        "seen": repeats.seen(people, found.list_id) if deciding else None,
        "unsaid": deciding and lists.unsaid(people, found) is not None,
        "differences": _differences(frame, found) if deciding and not found.reading and not found.back else None,
        "may_approve": _may_approve(officer, found), "stalled": stalled, "signing": None if stalled else _signing(frame, officer, found),
        "left_won": grant.left_won(office, found) if deciding and not found.back else 0,
        **_undoing(frame, officer, found),
    }


def _undoing(frame: Frame, officer: Officer, found: PaymentList) -> dict:
    """What takes this list back, or what it takes back."""
    office, deciding = frame.office, found.state in (lists.DRAFT, lists.PROPOSED)
    record, others = grant.progress(office, found.list_id), [each for each in undoing.of_list(office.people, found.list_id) if each.written]
    done = record is not None and not record.back and record.next_row == record.count
    return {
        "undoing": others, "undone": undoing.undone_by(office.people, found.list_id) if found.back else None,
        "can_undo": done and officer.has(MAKER) and not recall.busy(office, officer.number, found.list_id),
        "comes_back_won": recall.would_come_back_won(office, found) if found.back and deciding and _counts(found) else None,
        "taken_back": office.store.taken_back(found.list_id) if found.back else (0, 0),
    }


def _counts(found: PaymentList) -> bool:
    """What would come back from very many people is worked out when it is asked for."""
    return not found.reading and (found.count <= COUNTED_BY_ITSELF or "now" in request.args)


def _faults(frame: Frame, found: PaymentList, mine: bool) -> dict:
    people, after = frame.office.people, after_of("faulty", 0)
    faulty = lists.rows(people, found.list_id, lists.FAULTY, after, PAGE_ROWS)
    return {
        "faulty": drafts.as_written(people, found, faulty) if mine and found.state == lists.DRAFT else faulty, "faulty_after": after,
        "mendable": mine and bool(drafts.preview(people, found, limit=1)),
        "blocking": lists.left_blocking(people, found.list_id), "reasons": lists.reasons(people, found.list_id),
    }


def _payment(frame: Frame, found: PaymentList) -> dict:
    store = frame.office.store
    out = store.paid_out(found.list_id)
    return {
        "record": grant.progress(frame.office, found.list_id),
        "entries": store.entries_of(Register.LIST, found.list_id)[:1],
        "topped_up": out.get(TOP_UP, (0, 0)), "returned": out.get(ROW_RETURNED, (0, 0)),
        "start_value": typed.as_moment(found.start_at_s, frame.office.city.zone) if found.start_at_s else "",
        "series": series.of(frame.office.people, found.series) if found.series else None,
        "taken": series.taken(frame.office.people, found.series) if found.series else [],
        "makes_lists": bool(roles_now(frame.office, found.maker) & MAKER),
        "waits": found.state == lists.APPROVED and found.start_at_s > frame.office.now_s(),
    }


def _file(frame: Frame, found: PaymentList, mine: bool) -> dict:
    """How the file was read; its first rows for who sent it, while it can be corrected."""
    draft = mine and found.state == lists.DRAFT and not undoing.undone_by(frame.office.people, found.list_id)
    return {"naming": uploading.naming(frame, found) if draft else None,
            "read_as": uploading.read_as(frame, found) if draft and not found.reading else []}


def after_of(name: str, otherwise: int) -> int:
    """`?after=` of a list's page: the last row of the page before."""
    value = request.args.get(name, "")
    return int(value) if value.isascii() and value.isdecimal() and len(value) < 10 else otherwise


def _rows(frame: Frame, found: PaymentList, after: int) -> list[dict]:
    record = grant.progress(frame.office, found.list_id)
    shown = [(row, _entry_of(frame, found, record, row.row)) for row in lists.payable(frame.office.people, found.list_id, after, PAGE_ROWS)]
    entries = [entry for _, entry in shown if entry]
    span = (entries[0], entries[-1]) if entries else (0, 0)
    reasons = returned.Reasons(frame.office, record)
    why = {each.row: reasons.why(each) for each in returned.of_list(frame.office, found.list_id, span)}
    moved_won = frame.office.store.moved_won if found.back else lambda entry: 0
    own = recall.signers(frame.office, found) if found.back else ()
    return [{"row": row.row, "person": row.person, "amount_won": row.amount_won, "entry": entry, "why": why.get(row.row, ""),
             "back_won": moved_won(entry) if entry else 0, "own": row.person in own} for row, entry in shown]


def _rows_returned(frame: Frame, found: PaymentList, after: int) -> list[dict]:
    """Those alone that went back."""
    record = grant.progress(frame.office, found.list_id)
    reasons, span = returned.Reasons(frame.office, record), ((_entry_of(frame, found, record, after) or 0) + 1, NEVER_S)
    return [{"row": each.row, "person": each.person, "amount_won": each.amount_won, "entry": each.entry,
             "why": reasons.why(each)}
            for each in returned.of_list(frame.office, found.list_id, span, PAGE_ROWS)]


def _entry_of(frame: Frame, found: PaymentList, record: ListRecord | None, row: int) -> int | None:
    """The entry of a row, if there is one."""
    if record is None or not 0 <= row < record.next_row:
        return None
    return frame.office.store.entry_of(record.expires_at_s, row_id(found.list_id, row))


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
    if found.state == lists.DRAFT and mine and officer.has(MAKER) and found.count and not found.reading:
        people = frame.office.people
        if not lists.unsaid(people, found) and not lists.left_blocking(people, found.list_id):
            body = grant.wanted(frame.office, officer.number, found)
            return acts.signing(frame, body, f"{path}/propose", path, rows=rows)
    if _may_approve(officer, found):
        signed = open_signed(frame.office, found.proposal, (grant.form_of(found),))
        body = acts.approval(frame, officer, signed.id, signed.body.expires_at_s)
        return acts.signing(frame, body, f"{path}/approve", path, rows=rows, subject=base64url(found.proposal))
    return None


def _may_approve(officer: Officer, found: PaymentList) -> bool:
    return found.state == lists.PROPOSED and found.maker != officer.number and officer.has(CHECKER)


def _stalled(frame: Frame, officer: Officer, found: PaymentList) -> Refusal | None:
    """Why nobody can sign it now, whoever they are: said before they do. What its maker signed with an earlier key, too, is
    refused by a second officer and made anew."""
    if found.back and found.state == lists.DRAFT and found.maker == officer.number and _counts(found):
        return _overtaken(frame, found)
    if not _may_approve(officer, found):
        return None
    try:
        still_proposed(frame.office, open_signed(frame.office, found.proposal, (grant.form_of(found),)))
    except Refusal:
        return Refusal("MAKER_NOT_VALID", officer=found.maker)
    return None


def _overtaken(frame: Frame, found: PaymentList) -> Refusal | None:
    try:
        recall.not_overtaken(frame.office, found)
    except Refusal as refusal:
        return refusal
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

    @blueprint.post(f"{PATH}/<list_id>/recall")
    def take_back(list_id: str) -> Response:
        """Begins a draft that takes this list back, and shows it."""
        officer, found = frame.posted(MAKER), one(frame, list_id)
        try:
            made = recall.begin(office, officer.number, found.list_id)
        except Refusal as refusal:
            return frame.again(refusal, "list.html", officer, "lists", **context(frame, officer, found))
        grant.judge(office, made.list_id)
        return to(f"{PATH}/{made.list_id.hex()}")

    does("columns", MAKER, lambda list_id, officer: uploading.name_columns(frame, list_id, officer))
    does("aside", MAKER, lambda list_id, officer: drafts.set_aside(people, list_id, officer, _chosen_rows()))
    does("again", MAKER, lambda list_id, officer: drafts.pay_again(
        people, list_id, officer, request.form.get("why", ""), typed.from_hex(request.form.get("of", ""), 16)))
    does("start", MAKER, lambda list_id, officer: drafts.start_at(people, list_id, officer, _start_s(frame)))
    does("monthly", MAKER, lambda list_id, officer: monthly.begin(office, officer, list_id, typed.whole("day")))
    does("take", MAKER, lambda list_id, officer: series.take_over(people, list_id, officer))
    does("once", MAKER, lambda list_id, _: series.stop(people, lists.get(people, list_id).series))
    does("stop", MAKER | CHECKER, lambda list_id, officer: lists.stop(people, list_id, officer, request.form.get("why", "")))
    does("propose", MAKER, lambda list_id, officer: grant.propose(office, officer, list_id, message_of()))
    does("approve", CHECKER, lambda list_id, officer: grant.approve(office, officer, list_id, message_of()))
    does("refuse", CHECKER, lambda list_id, officer: lists.refuse(people, list_id, officer, request.form.get("why", "")))
    does("withdraw", MAKER, lambda list_id, officer: lists.withdraw(people, list_id, officer))


def _chosen_rows() -> list[int] | None:
    """The rows that were ticked; None for all."""
    if request.form.get("which") != "chosen":
        return None
    return [int(row) for row in request.form.getlist("row") if row.isascii() and row.isdecimal() and len(row) < 10]


def _start_s(frame: Frame) -> int:
    """When the list is to be paid, on the city's clocks; 0: at once."""
    return typed.moment_s("start", frame.office.city.zone) if request.form.get("start") else 0
