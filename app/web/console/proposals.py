"""What one officer signed and another must approve, with what it changes."""

from flask import Blueprint, request
from werkzeug.wrappers import Response

from app.desk import act
from app.desk.opening import open_signed, still_proposed
from app.errors import Refusal
from app.message import cose
from app.people import proposals
from app.people.proposals import Proposal
from app.web.api import base64url
from app.web.console import acts, typed
from app.web.console.acts import Signing
from app.web.console.frame import Frame, Officer, to
from app.web.console.key import message_of
from app.web.console.said import Reader
from app.web.site import Services

PATH = "/console/proposals"


def routes(services: Services) -> Blueprint:
    frame = Frame(services)
    blueprint = frame.blueprint("proposals")
    people = frame.office.people

    @blueprint.get(f"{PATH}/<message_id>")
    def page(message_id: str) -> str:
        officer = frame.officer()
        context = _context(frame, officer, _get(frame, message_id))
        return frame.page("proposal.html", officer, "records", refusal=context["stalled"], **context)

    def decide(message_id: str, how) -> Response:
        officer = frame.posted()
        found = _get(frame, message_id)
        try:
            how(officer, found)
        except Refusal as refusal:
            fresh = _context(frame, officer, _get(frame, message_id))
            return frame.again(refusal, "proposal.html", officer, "records", **fresh)
        return to(f"{PATH}/{message_id}")

    @blueprint.post(f"{PATH}/<message_id>/approve")
    def approve(message_id: str) -> Response:
        def how(officer: Officer, found: Proposal) -> None:
            officer.must(_deciders(frame, found))
            raw = message_of()
            if getattr(cose.parse(raw).body, "approved", b"") != found.message_id:
                raise Refusal("WRONG_PURPOSE")
            act.approve(frame.office, officer.number, raw)

        return decide(message_id, how)

    @blueprint.post(f"{PATH}/<message_id>/refuse")
    def refuse(message_id: str) -> Response:
        def how(officer: Officer, found: Proposal) -> None:
            officer.must(_deciders(frame, found))
            act.refuse(frame.office, officer.number, found.message_id, request.form.get("why", ""))

        return decide(message_id, how)

    @blueprint.post(f"{PATH}/<message_id>/withdraw")
    def withdraw(message_id: str) -> Response:
        return decide(message_id, lambda officer, found: proposals.withdraw(people, found.message_id, officer.number))

    return blueprint


def _get(frame: Frame, message_id: str) -> Proposal:
    return proposals.get(frame.office.people, typed.from_hex(message_id, 32))


def _deciders(frame: Frame, found: Proposal) -> int:
    return act.deciders(frame.office, cose.parse(found.message).body)


def may_approve(frame: Frame, officer: Officer, found: Proposal) -> bool:
    body = cose.parse(found.message).body
    waiting = found.state == proposals.WAITING and found.expires_at_s > frame.office.now_s()
    another = found.maker != officer.number and not act.is_own_case(frame.office, officer.number, body)
    return waiting and another and officer.has(act.deciders(frame.office, body))


def _context(frame: Frame, officer: Officer, found: Proposal) -> dict:
    body, reader = cose.parse(found.message).body, Reader(frame)
    may = may_approve(frame, officer, found)
    stalled = _stalled(frame, found) if may else None
    return {
        "found": found, "reader": reader, "title": reader.title(body), "lines": _compared(reader, found, body),
        "over": found.expires_at_s <= frame.office.now_s(),
        "entry": frame.office.store.entry_of(found.expires_at_s, found.message_id),
        "may": may, "stalled": stalled, "signing": _signing(frame, officer, found) if may and not stalled else None,
    }


def _stalled(frame: Frame, found: Proposal) -> Refusal | None:
    """Why nobody can approve it now, whoever they are: said before they sign."""
    try:
        still_proposed(frame.office, open_signed(frame.office, found.message, act.PROPOSED))
    except Refusal as refusal:
        return refusal
    return None


def _compared(reader: Reader, found: Proposal, body: object) -> list[tuple[str, str, str]]:
    """With what it changes, as long as that is still to come."""
    if found.state == proposals.WAITING:
        return reader.compared(body)
    return [(what, "", value) for what, value in reader.lines(body)]


def _signing(frame: Frame, officer: Officer, found: Proposal) -> Signing:
    # Opened again under the register's key: a paper that nobody signed is not put before a second officer.
    signed = open_signed(frame.office, found.message, act.PROPOSED)
    body = acts.approval(frame, officer, signed.id, found.expires_at_s)
    path = f"{PATH}/{found.message_id.hex()}"
    return acts.signing(frame, body, f"{path}/approve", path, subject=base64url(found.message))
