"""Where acts are signed: what it says in words, a signature made by this page's script or on another machine."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from flask import Blueprint, request
from werkzeug.wrappers import Response

from app.desk import act
from app.desk.officer import Wanted
from app.errors import Refusal
from app.message import canon, kinds
from app.money import orders
from app.money.state import Register
from app.web.console import typed
from app.web.console.frame import START, Frame, Officer, file, to
from app.web.console.key import message_of
from app.web.console.said import Line, Reader
from app.web.site import Services

DAY_S = 86_400
ALONE_S = DAY_S             # time to carry it to another machine and back
BY_TWO_S = 7 * DAY_S - 600  # the longest that rules allow, less the time to sign
PATH = "/console/acts"
EXTRA = ("new", "wish", "pairing")
SIGNED_HERE = act.ALONE + act.BY_TWO


@dataclass(frozen=True, slots=True)
class Signing:
    """One thing to sign, as a page shows it."""
    action: str                                     # where the signed message goes
    kind: str
    payload: str                                    # hexadecimal
    title: str
    lines: list[Line]
    back: str
    extra: Mapping[str, str] = field(default_factory=dict)
    changes: tuple[tuple[str, str, str], ...] = ()  # the lines again, with what holds now of what they change
    rows: str = ""                                  # address of a list's rows, which the script works through
    subject: str = ""                               # what an approval is on: the message, base64url

    @property
    def file(self) -> str:
        return f"/console/to-sign/{self.payload}.json"


def signing(frame: Frame, body: object, action: str, back: str, **more: object) -> Signing:
    reader = Reader(frame)
    return Signing(action, kinds.of(body).name, payload_of(body), reader.title(body), reader.lines(body), back,
                   changes=tuple(reader.compared(body)), **more)


def payload_of(body: object) -> str:
    """What is signed, in hexadecimal."""
    return canon.encode(kinds.items_of(body)).hex()


def approval(frame: Frame, officer: Officer, message_id: bytes, expires_at_s: int) -> orders.Approval:
    """What a second officer signs; good as long as what it approves."""
    until_s = min(expires_at_s, frame.office.now_s() + BY_TWO_S)
    return orders.Approval(officer.number, orders.OFFICERS, message_id, until_s)


def ask(frame: Frame, officer: Officer, body: object, back: str, **extra: str) -> str:
    """The page on which an act is signed."""
    wanted = signing(frame, body, PATH, back, extra=extra)
    return frame.page("sign.html", officer, "", signing=wanted)


def routes(services: Services) -> Blueprint:
    frame = Frame(services)
    blueprint = frame.blueprint("acts")

    @blueprint.post(PATH)
    def hand_in() -> Response:
        officer = frame.posted()
        body = _body(request.form.get("payload", ""))
        extra = {name: request.form[name] for name in EXTRA if request.form.get(name)}
        back = request.form.get("back", "")
        back = back if back.startswith(START) else START
        try:
            done = _enter(frame, officer, message_of(), extra)
        except Refusal as refusal:
            wanted = signing(frame, body, PATH, back, extra=extra)
            return frame.again(refusal, "sign.html", officer, "", signing=wanted)
        return to(_after(frame, body, done, back))

    @blueprint.get("/console/to-sign/<payload>.json")
    def to_sign(payload: str) -> Response:
        """An act as a file for an officer's own machine."""
        frame.officer()
        _, body = kinds.read(canon.decode(_octets(payload)))
        name = f"{kinds.of(body).name}-{payload[-8:]}.json"
        return file(name, Wanted(frame.office.store.genesis(), body).to_text(), "application/json")

    return blueprint


def _enter(frame: Frame, officer: Officer, raw: bytes, extra: Mapping[str, str]) -> act.Done:
    if "pairing" in extra:
        return act.pair(frame.office, officer.number, raw, typed.whole("pairing"))
    if "wish" in extra:
        return act.link(frame.office, officer.number, raw, typed.whole("wish"))
    return act.hand_in(frame.office, officer.number, raw, new="new" in extra)


def _after(frame: Frame, body: object, done: act.Done, back: str) -> str:
    """Where the page goes on: to what was just entered."""
    if done.proposal:
        return f"/console/proposals/{done.proposal.message_id.hex()}"
    match body:
        case orders.Shop() | orders.Till():
            return f"/console/shops/{body.shop}?entry={done.entry}"
        case orders.Link() | orders.Freeze() | orders.KeyRevoke():
            account = frame.office.store.get(Register.KEY, body.key).account if isinstance(body, orders.KeyRevoke) else body.account
            record = frame.office.store.get(Register.ACCOUNT, account)
            person = body.person if isinstance(body, orders.Link) else record.person
            if person:
                return f"/console/people/{person.hex()}?entry={done.entry}"
    return back


def _body(payload: str) -> object:
    _, body = kinds.read(canon.decode(_octets(payload)))
    if not isinstance(body, SIGNED_HERE):
        raise Refusal("WRONG_PURPOSE")
    return body


def _octets(payload: str) -> bytes:
    try:
        return bytes.fromhex(payload)
    except ValueError:
        raise Refusal("UNREADABLE") from None
