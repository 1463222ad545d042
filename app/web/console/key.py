"""내 열쇠: an officer's own key, made in this browser or on a machine of their own, and certified by the roots."""

from flask import Blueprint, request
from markupsafe import Markup
from werkzeug.wrappers import Response

from app.desk import certify, officer as officers
from app.desk.certify import Sheet
from app.desk.officer import LIVE
from app.errors import Refusal, SetupError
from app.message import qr
from app.money import orders
from app.money.records import OfficerRecord
from app.web.api import from_base64url
from app.web.console import typed
from app.web.console.frame import Frame, Officer, file, to
from app.web.site import Services

PATH = "/console/key"
SOON_S = 30 * 86_400


def routes(services: Services) -> Blueprint:
    frame = Frame(services)
    blueprint = frame.blueprint("key")
    _pages(blueprint, frame)
    _sheets(blueprint, frame)
    return blueprint


def certified(frame: Frame, officer: Officer) -> bool:
    """Whether this officer's key may sign now."""
    record, now_s = officer.record, frame.office.now_s()
    return record is not None and bool(record.roles) and record.valid_from_s <= now_s < record.valid_until_s


def ends_s(frame: Frame, officer: Officer) -> int:
    """When this officer's key ends, if that is soon; 0 if not: another one takes the roots some days."""
    until_s = officer.record.valid_until_s if officer.state == LIVE else 0
    return until_s if until_s - frame.office.now_s() <= SOON_S else 0


def wanted_roles(officer: Officer) -> int:
    """What this officer was invited for or is to have now; who was invited before roles were asked for keeps theirs.
    NO_RIGHT when there are none."""
    roles = officer.login.roles or (officer.record.roles if officer.record else 0)
    if not roles:
        raise Refusal("NO_RIGHT")
    return roles


def context(frame: Frame, officer: Officer) -> dict:
    """`sheet`: the text under `picture`, of a sheet that the roots have yet to sign; all empty when there is none."""
    file = officers.sheet_of(frame.office.folder, officer.number)
    sheet = Sheet.from_text(file) if file else None
    body = sheet.certificates[0].body if sheet else None
    if body and officer.record and _says(officer.record) == _says(body):
        sheet = None                # admitted meanwhile, at the operator's machine
    text = sheet.to_qr() if sheet else ""
    picture = Markup(qr.svg(text)) if sheet else ""     # drawn by us out of our own text
    return {"sheet": text, "picture": picture, "wanted": body, "certified": certified(frame, officer), "ends_s": ends_s(frame, officer)}


def _says(one: OfficerRecord | orders.Officer) -> tuple[bytes, int, int]:
    return one.key, one.roles, one.valid_until_s


def _pages(blueprint: Blueprint, frame: Frame) -> None:
    @blueprint.get(PATH)
    def page() -> str:
        officer = frame.signed_in()
        return frame.page("key.html", officer, "key", **context(frame, officer))

    @blueprint.post(PATH)
    def ask() -> Response:
        """A public key, made here or elsewhere: its sheet goes to the roots."""
        officer = frame.posted(officer=frame.signed_in())
        try:
            key = typed.octets("key", 32)
            officers.ask_roots(frame.office, frame.office.folder, officer.number, key, wanted_roles(officer))
        except Refusal as refusal:
            return frame.again(refusal, "key.html", officer, "key", **context(frame, officer))
        return to(PATH)

    @blueprint.get("/api/console/key")
    def state() -> dict:
        """The key that the chain has for this officer, for the page that waits."""
        officer = frame.signed_in()
        record = officer.record
        return {"key": record.key.hex() if record else "", "until_s": record.valid_until_s if record else 0,
                "certified": certified(frame, officer)}


def _sheets(blueprint: Blueprint, frame: Frame) -> None:
    @blueprint.get(f"{PATH}/sheet.json")
    def sheet() -> Response:
        officer = frame.signed_in()
        found = officers.sheet_of(frame.office.folder, officer.number)
        if not found:
            raise Refusal("NOT_FOUND")
        return file(f"officer-{officer.number}.sheet.json", found, "application/json")

    @blueprint.post(f"{PATH}/signed")
    def admit() -> Response:
        """A sheet that the roots have signed, pasted or uploaded."""
        officer = frame.posted(officer=frame.signed_in())
        given = request.files.get("file")
        text = given.read().decode("utf-8", "replace") if given and given.filename else request.form.get("sheet", "")
        try:
            certify.admit(frame.office, _read(text))
            officers.forget_sheet(frame.office.folder, officer.number)
        except Refusal as refusal:
            return frame.again(refusal, "key.html", officer, "key", **context(frame, officer))
        return to(PATH)


def _read(text: str) -> Sheet:
    if not text.strip():
        raise Refusal("FIELD_MISSING", field="sheet")
    try:
        return Sheet.from_text(text)
    except SetupError:
        raise Refusal("UNREADABLE") from None


def message_of(name: str = "message") -> bytes:
    """A signed message out of a form: base64url, made by this page's script or on another machine."""
    typed_ = "".join(request.form.get(name, "").split())
    if not typed_:
        raise Refusal("FIELD_MISSING", field=name)
    return from_base64url(typed_, name)
