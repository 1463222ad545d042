"""기록: what was proposed and decided by whom, and who looked at whose data."""

from dataclasses import dataclass

from flask import Blueprint, request
from werkzeug.wrappers import Response

from app.people import access, lists, proposals, signin
from app.people.access import Access
from app.web.console import tables
from app.web.console.frame import Frame
from app.web.console.listing import Column, Listing
from app.web.console.said import Reader
from app.web.site import Services

PATH = "/console/records"
DECIDED = 5_000         # of proposals and of lists, the newest
STATES = ("waiting", "proposed", "done", "issued", lists.TAKEN_BACK, "refused", "withdrawn")
LIST, BACK = "list", "back"     # kinds of a decision that is no proposal: a list that pays, one that takes back
OF_LISTS = {LIST: "lists.one", BACK: "lists.back_one"}


@dataclass(frozen=True, slots=True)
class Decision:
    """One line of the record, whatever it was about."""
    paper: proposals.Proposal | lists.PaymentList
    kind: str               # number of the message, or of OF_LISTS
    maker: int
    checker: int | None
    state: str
    at_s: int

    @property
    def link(self) -> str:
        if self.kind in OF_LISTS:
            return f"/console/lists/{self.paper.list_id.hex()}"
        return f"/console/proposals/{self.paper.message_id.hex()}"


def routes(services: Services) -> Blueprint:
    frame = Frame(services)
    blueprint = frame.blueprint("records")
    _decisions(blueprint, frame)
    _access(blueprint, frame)
    return blueprint


# --- what was decided ----------------------------------------------------------------------

def _decisions(blueprint: Blueprint, frame: Frame) -> None:
    @blueprint.get(PATH)
    def decisions() -> str | Response:
        officer, reader = frame.officer(), Reader(frame)
        every = _decided(frame)
        found, listed = [each for each in every if _wanted(each)], _listed_decisions(reader, frame.names())
        if tables.wanted():
            return listed.file(found, reader)
        kinds = sorted({each.kind for each in every})
        return frame.page("records.html", officer, "records", page_of=listed.page(found), tab="decisions", reader=reader,
                          officers=signin.officers(frame.office.people), states=STATES,
                          kinds=[(kind, what(reader, kind)) for kind in kinds], what=what, about=about)


def _wanted(one: Decision) -> bool:
    who, state, kind = (request.args.get(name, "") for name in ("officer", "state", "kind"))
    return who in ("", str(one.maker), str(one.checker)) and state in ("", one.state) and kind in ("", one.kind)


def _listed_decisions(reader: Reader, name) -> Listing:
    return Listing("decisions", [
        Column("what", "office.what", lambda one: what(reader, one.kind), lambda one: what(reader, one.kind)),
        Column("about", "office.about", lambda one: about(reader, one)),
        Column("when", "office.when", lambda one: reader.moment(one.at_s), lambda one: one.at_s),
        Column("maker", "office.maker", lambda one: name(one.maker), lambda one: name(one.maker)),
        Column("checker", "office.checker", lambda one: name(one.checker), lambda one: name(one.checker)),
        Column("standing", "office.standing", lambda one: reader.say(f"state.{one.state}"), lambda one: one.state),
        Column("why", "fields.reason", lambda one: reader.reason(one.paper.why)),
    ], key=lambda one: one.link.rsplit("/", 1)[1])


def _decided(frame: Frame) -> list[Decision]:
    """Newest first."""
    people = frame.office.people
    papers = [Decision(each, str(each.kind), each.maker, each.checker, each.state, each.created_at_s)
              for each in proposals.newest(people, DECIDED)]
    top_ups = [Decision(each, BACK if each.back else LIST, each.maker, each.checker, each.standing, each.created_at_s)
               for each in lists.newest(people, limit=DECIDED) if each.state != lists.DRAFT]
    return sorted(papers + top_ups, key=lambda each: -each.at_s)


def what(reader: Reader, kind: str) -> str:
    return reader.say(OF_LISTS[kind]) if kind in OF_LISTS else reader.say(f"kind.{kind}")


def about(reader: Reader, one: Decision) -> str:
    """What it was about, read out of the signed message itself."""
    if one.kind in OF_LISTS:
        return reader.programme(one.paper.programme)
    return reader.about(one.paper.message)


# --- who looked ----------------------------------------------------------------------------

def _access(blueprint: Blueprint, frame: Frame) -> None:
    people = frame.office.people

    @blueprint.get(f"{PATH}/access")
    def seen() -> str | Response:
        officer, reader = frame.officer(), Reader(frame)
        wanted, listed = access.Wanted(**_filters(frame)), listed_access(reader, frame.names())
        if tables.wanted():
            return listed.file(access.newest(people, wanted, limit=tables.MOST_ROWS + 1), reader)
        found = listed.window(lambda after, limit: access.newest(people, wanted, _number(after), limit))
        return frame.page("access.html", officer, "records", page_of=found, tab="access", reader=reader,
                          officers=signin.officers(people), deeds=[(each, deed(reader, each)) for each in access.DEEDS], deed=deed)


def _filters(frame: Frame) -> dict:
    asked = {name: request.args.get(name, "") for name in ("officer", "what", "person")}
    return {"officer": _number(asked["officer"]), "what": asked["what"], "reference": asked["person"].strip().upper()[:20]}


def listed_access(reader: Reader, name) -> Listing:
    return Listing("access", [
        Column("number", "office.said.number", lambda one: one.number),
        Column("when", "office.when", lambda one: reader.moment(one.at_s)),
        Column("officer", "fields.officer", lambda one: name(one.officer)),
        Column("person", "fields.person", lambda one: reader.person(one.person)),
        Column("what", "office.what", lambda one: deed(reader, one.what)),
        Column("why", "fields.reason", lambda one: one.why),
    ], key=lambda one: one.number)


def deed(reader: Reader, name: str) -> str:
    return reader.say(f"access.{name.replace(' ', '_')}")


def _number(said: str) -> int | None:
    return int(said) if said.isascii() and said.isdecimal() and len(said) < 16 else None
