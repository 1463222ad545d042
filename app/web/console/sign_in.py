"""The console's door: password and phone code, the invitation of a new officer, the one-time links of a trial city."""

from flask import Blueprint, request, session
from markupsafe import Markup
from werkzeug.wrappers import Response

from app.errors import Refusal
from app.message import qr
from app.people import signin
from app.web.console.frame import KEPT, SIGN_IN, START, Frame, same_site, to
from app.web.site import Services


def routes(services: Services) -> Blueprint:
    frame = Frame(services)
    blueprint = frame.blueprint("door")
    _sign_in(blueprint, frame)
    _enrol(blueprint, frame)
    return blueprint


def _sign_in(blueprint: Blueprint, frame: Frame) -> None:
    people = frame.office.people

    @blueprint.get("/console/sign-in")
    def ask() -> Response:
        return frame.door("sign_in.html")

    @blueprint.post("/console/sign-in")
    def sign_in() -> Response:
        same_site()
        try:
            token = signin.sign_in(people, *(request.form.get(name, "") for name in ("login", "password", "code")))
        except Refusal as refusal:
            return frame.door("sign_in.html", refusal)
        return _enter(token, _inside(request.args.get("next", "")))

    @blueprint.get("/console/once/<code>")
    def once(code: str) -> Response:
        try:
            return _enter(signin.sign_in_once(people, code), START)
        except Refusal as refusal:
            if session.get(KEPT) and _signed_in(frame):
                return to(START)        # the link was opened a second time
            return frame.door("shut.html", refusal)

    @blueprint.post("/console/sign-out")
    def sign_out() -> Response:
        officer = frame.posted(officer=frame.signed_in())
        signin.sign_out(people, officer.token)
        session.clear()
        return to(SIGN_IN)


def _signed_in(frame: Frame) -> bool:
    try:
        return bool(frame.signed_in())
    except Refusal:
        return False


def _enter(token: str, path: str) -> Response:
    session.clear()
    session[KEPT] = token
    return to(path)


def _inside(path: str) -> str:
    """Only an address of the console itself is followed after signing in."""
    inside = path.startswith((f"{START}/", f"{START}?", "/notice/")) and "\\" not in path
    return path if inside else START


def _enrol(blueprint: Blueprint, frame: Frame) -> None:
    people = frame.office.people

    def page(code: str, refusal: Refusal | None = None) -> Response:
        wanted = signin.begin_enrolment(people, code)
        picture = Markup(qr.svg(wanted.uri))    # drawn by us out of our own text: nobody's markup is in it
        return frame.door("enrol.html", refusal, wanted=wanted, picture=picture)

    @blueprint.get("/console/enrol/<code>")
    def begin(code: str) -> Response:
        return page(code)

    @blueprint.post("/console/enrol/<code>")
    def finish(code: str) -> Response:
        same_site()
        password = request.form.get("password", "")
        try:
            if password != request.form.get("again", ""):
                raise Refusal("FIELD_WRONG", field="again")
            signin.finish_enrolment(people, code, password, request.form.get("code", ""))
        except Refusal as refusal:
            return page(code, refusal)
        return to(f"{SIGN_IN}?enrolled=1")
