"""기록: what was proposed and decided by whom, and who looked at whose data."""

from dataclasses import dataclass

from flask import Blueprint, request
from werkzeug.wrappers import Response

from app.money import orders
from app.message import cose
from app.people import access, lists, proposals, signin
from app.web.console.frame import Frame, csv
from app.web.console.said import Reader
from app.web.site import Services

PATH = "/console/records"
DECIDED, SEEN, EXPORTED = 500, 100, 10_000


@dataclass(frozen=True, slots=True)
class Decision:
    """One line of the record, whatever it was about."""
    link: str
    what: str
    about: str
    maker: int
    checker: int | None
    state: str
    why: str
    at_s: int


def routes(services: Services) -> Blueprint:
    frame = Frame(services)
    blueprint = frame.blueprint("records")

    @blueprint.get(PATH)
    def decisions() -> str | Response:
        officer, reader = frame.officer(), Reader(frame)
        who, state = request.args.get("officer", ""), request.args.get("state", "")
        found = [each for each in _decisions(frame, reader)
                 if who in ("", str(each.maker), str(each.checker)) and state in ("", each.state)]
        if request.args.get("csv"):
            name = frame.names()
            return csv("decisions", ["what", "about", "maker", "checker", "state", "why", "at"], [
                [each.what, each.about, name(each.maker), name(each.checker), reader.say(f"state.{each.state}"), each.why,
                 reader.moment(each.at_s)] for each in found])
        return frame.page("records.html", officer, "records", found=found, tab="decisions", reader=reader,
                          officers=signin.officers(frame.office.people), states=_STATES)

    @blueprint.get(f"{PATH}/access")
    def seen() -> str | Response:
        officer, reader = frame.officer(), Reader(frame)
        who, before = request.args.get("officer", ""), request.args.get("before", "")
        start = int(before) if before.isascii() and before.isdecimal() and len(before) < 16 else None
        limit = EXPORTED if request.args.get("csv") else SEEN
        page = access.newest(frame.office.people, start, limit)
        found = [each for each in page if who in ("", str(each.officer))]
        if request.args.get("csv"):
            name = frame.names()
            return csv("access", ["number", "at", "officer", "person", "what", "why"], [
                [each.number, reader.moment(each.at_s), name(each.officer), reader.person(each.person),
                 _what(reader, each.what), each.why] for each in found])
        return frame.page("access.html", officer, "records", found=found, tab="access", reader=reader,
                          officers=signin.officers(frame.office.people), what=lambda each: _what(reader, each.what),
                          older=page[-1].number if len(page) == SEEN else None)

    return blueprint


_STATES = ("waiting", "proposed", "done", "issued", "refused", "withdrawn")


def _what(reader: Reader, what: str) -> str:
    return reader.say(f"access.{what.replace(' ', '_')}")


def _decisions(frame: Frame, reader: Reader) -> list[Decision]:
    people = frame.office.people
    papers = [
        Decision(f"/console/proposals/{each.message_id.hex()}", reader.say(f"kind.{each.kind}"), _about(reader, each),
                 each.maker, each.checker, each.state, reader.reason(each.why), each.created_at_s)
        for each in proposals.newest(people, DECIDED)
    ]
    top_ups = [
        Decision(f"/console/lists/{each.list_id.hex()}", reader.say("lists.one"), reader.programme(each.programme),
                 each.maker, each.checker, each.state, reader.reason(each.why), each.created_at_s)
        for each in lists.newest(people, limit=DECIDED) if each.state != lists.DRAFT
    ]
    return sorted(papers + top_ups, key=lambda each: -each.at_s)


def _about(reader: Reader, paper: proposals.Proposal) -> str:
    body = cose.parse(paper.message).body
    return body.name.decode() if isinstance(body, orders.Programme) else reader.lines(body)[0][1]
