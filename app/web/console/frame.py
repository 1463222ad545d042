"""What every page of the console shares: who sits there, the form token, the frame around the page, and how a
refusal is shown without losing what was typed.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from flask import Blueprint, Response, redirect, request, session
from werkzeug.wrappers import Response as Answer

from app.desk import ready, sweep
from app.desk.office import Office
from app.desk.officer import LIVE, roles_now, state_of
from app.errors import Refusal
from app.money.orders import ADMINISTRATOR, AUDITOR, CHECKER, MAKER, REGISTRAR
from app.money.state import OfficerRecord, Register
from app.people import signin
from app.people.access import OPERATOR
from app.people.signin import OfficerLogin
from app.web.answers import Answers, status_of, wants_json
from app.web.shell import CONSOLE, Page
from app.web.site import Services

START, SIGN_IN = "/console", "/console/sign-in"
KEPT = "officer"                # in the cookie: the session's token
NUMBER_END = 2**53
PLACES = ("today", "figures", "people", "programmes", "lists", "shops", "notices", "policies", "officers", "records", "key")
DOOR = Page("console", START, CONSOLE.styles, ())       # before somebody signed in: no script


@dataclass(frozen=True, slots=True, repr=False)
class Officer:
    """Who sits at the console. `record` is what the chain says, None until a key was certified; `state` as
    app.desk.officer has it."""
    login: OfficerLogin
    token: str
    record: OfficerRecord | None
    state: str

    @property
    def number(self) -> int:
        return self.login.number

    @property
    def is_stopped(self) -> bool:
        """Sees and does nothing now but ask for a key."""
        return self.state != LIVE

    def has(self, roles: int) -> bool:
        """One of `roles`, and may use it now."""
        return self.state == LIVE and bool(self.record.roles & roles)

    def must(self, roles: int) -> None:
        if not self.has(roles):
            raise Refusal("NO_RIGHT")


class Frame:
    """Made once at start; the blueprints of the console ask it."""

    def __init__(self, services: Services):
        self.services = services
        self.office: Office = services.office

    # -- who --

    def signed_in(self) -> Officer:
        """Whoever signed in, also who may do nothing now. SIGN_IN_FIRST."""
        token = session.get(KEPT, "")
        login = signin.who(self.office.people, token)
        return Officer(login, token, self.office.store.get(Register.OFFICER, login.number), state_of(self.office, login.number))

    def officer(self) -> Officer:
        """As `signed_in`; OFFICER_NOT_VALID for who may do nothing now: even masked, the pages are for who holds an office."""
        officer = self.signed_in()
        if officer.is_stopped:
            raise Refusal("OFFICER_NOT_VALID")
        return officer

    def posted(self, roles: int = 0, officer: Officer | None = None) -> Officer:
        """The officer who sent this form. As `officer`, if none is given; FORM_EXPIRED; NO_RIGHT without one of `roles`."""
        officer = officer or self.officer()
        same_site()
        signin.check_form(officer.token, request.form.get("form", ""))
        if roles:
            officer.must(roles)
        return officer

    @property
    def language(self) -> str:
        return self.services.shell.words.language_of(request)

    # -- pages --

    def page(self, template: str, officer: Officer, place: str, **context: object) -> str:
        """A page inside the console's frame. `form` holds what fields show; `refusal` what was refused."""
        refusal = context.get("refusal")
        said = self.services.shell.words.refused(self.language, refusal) if refusal else {}
        rights = {"maker": officer.has(MAKER), "checker": officer.has(CHECKER), "registrar": officer.has(REGISTRAR),
                  "auditor": officer.has(AUDITOR)}
        return self.services.shell.render(f"console/{template}", CONSOLE, **{
            "officer": officer, "place": place, "places": ("key",) if officer.is_stopped else PLACES, "rights": rights, "said": said, "refusal": None,
            "form": {}, "form_token": signin.form_token(officer.token), "args": request.args, "here": here,
            "names": self.names(), "sweep_waits": sweep.gap(self.office.store, self.office.now_s()), "keys_end": self._keys_end(officer, place), **context,
        })

    def _keys_end(self, officer: Officer, place: str) -> ready.KeysEnd | None:
        """An administrator reads it on every page; when it is soon, everybody where their day begins."""
        found = ready.keys_end(self.office)
        return found if found and (officer.has(ADMINISTRATOR) or (found.is_soon and place == "today")) else None

    def again(self, refusal: Refusal, template: str, officer: Officer, place: str, /, **context: object) -> Response:
        """The same page with what was typed and why it was refused."""
        content = self.page(template, officer, place, **{"form": request.form, **context, "refusal": refusal})
        return Response(content, status_of(refusal))

    def door(self, template: str, refusal: Refusal | None = None, **context: object) -> Response:
        """A page for who has not signed in yet."""
        said = self.services.shell.words.refused(self.language, refusal) if refusal else {}
        content = self.services.shell.render(
            f"console/{template}", DOOR, refusal=refusal, said=said, form=request.form, args=request.args, **context)
        return Response(content, status_of(refusal) if refusal else 200)

    def names(self) -> Callable[[int | None], str]:
        """Officers' names by number."""
        def name(number: int | None) -> str:
            if number not in known:
                try:
                    known[number] = signin.officer(self.office.people, number).name
                except Refusal:
                    known[number] = f"#{number}"
            return known[number]

        known: dict[int | None, str] = {None: "", OPERATOR: self.services.shell.words.say(self.language, "office.operator")}
        return name

    def _administrators(self) -> list[str]:
        """Whom to ask."""
        found = [one for one in signin.officers(self.office.people) if roles_now(self.office, one.number) & ADMINISTRATOR]
        return [one.name for one in found if not one.disabled]

    def blueprint(self, name: str) -> Blueprint:
        """A blueprint whose refusals stay inside the console."""
        blueprint = Blueprint(f"console_{name}", __name__)
        blueprint.before_request(_numbers_fit)
        blueprint.register_error_handler(Refusal, self._refused)
        return blueprint

    def _refused(self, refusal: Refusal) -> Answer:
        if wants_json(request):
            return Answers(self.services.shell).refuse(refusal)
        if refusal.word == "SIGN_IN_FIRST":
            back = request.full_path.rstrip("?") if request.method == "GET" else START
            return redirect(f"{SIGN_IN}?{urlencode({'next': back})}", 303)
        try:
            officer = self.signed_in()
        except Refusal:
            return self.door("shut.html", refusal)
        if officer.is_stopped and refusal.word == "OFFICER_NOT_VALID":
            return Response(self.page("stopped.html", officer, "", administrators=self._administrators()), status_of(refusal))
        return Response(self.page("refused.html", officer, "", refusal=refusal), status_of(refusal))


def _numbers_fit() -> None:
    """NOT_FOUND for a number in the address that no register can hold."""
    if any(isinstance(value, int) and value >= NUMBER_END for value in (request.view_args or {}).values()):
        raise Refusal("NOT_FOUND")


def same_site() -> None:
    """FORM_EXPIRED for a form that another site's page sent."""
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        raise Refusal("FORM_EXPIRED")


def here(**changed: object) -> str:
    """This page's address with some of its filters changed; None leaves one out."""
    kept: Mapping[str, object] = {**request.args.to_dict(), **changed}
    kept = {name: value for name, value in kept.items() if value not in (None, "")}
    return f"{request.path}?{urlencode(kept)}" if kept else request.path


def file(name: str, content: bytes | str, mimetype: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, mimetype=mimetype, headers=headers)


def to(path: str) -> Answer:
    """After a form: go on there with GET."""
    return redirect(path, 303)
