"""담당자: who may sign what, who is suspended, who comes new. Keys and roles are the roots' word; here it is asked for."""

from flask import Blueprint, request
from werkzeug.wrappers import Response

from app.desk import act, officer as officers
from app.errors import Refusal
from app.money.orders import ADMINISTRATOR
from app.money.orders_office import Standing
from app.money.records import OfficerRecord, StandingRecord
from app.money.state import Register
from app.people import register, signin
from app.people.signin import OfficerLogin
from app.web.console import tables, typed
from app.web.console.acts import BY_TWO_S, ask
from app.web.console.frame import Frame, Officer, to
from app.web.console.listing import Column, Listing
from app.web.console.said import Reader
from app.web.console.wallets import until
from app.web.site import Services

PATH = "/console/officers"


class One:
    """An officer as the list shows them: who signs in, what the ledger says, and how they stand."""

    def __init__(self, frame: Frame, login: OfficerLogin):
        store = frame.office.store
        self.login = login
        self.record: OfficerRecord | None = store.get(Register.OFFICER, login.number)
        self.standing: StandingRecord = store.get(Register.STANDING, login.number) or StandingRecord(0, b"")
        self.in_office = officers.state_of(frame.office, login.number)

    @property
    def state(self) -> str:
        """As `officers.state_of`, or shut: may not sign in."""
        return "shut" if self.login.disabled and self.in_office != officers.SUSPENDED else self.in_office

    @property
    def roles(self) -> list[str]:
        return officers.names_of(self.record.roles if self.record else 0)

    @property
    def named(self) -> str:
        """Whether somebody said who they are among the people: "yes", "no", or empty for who holds no office."""
        holds = self.record is not None and self.record.roles
        return ("yes" if self.standing.person else "no") if holds else ""

    @property
    def wanted(self) -> list[str]:
        return officers.names_of(self.login.roles)


def routes(services: Services) -> Blueprint:
    frame = Frame(services)
    blueprint = frame.blueprint("officers")
    _reading(blueprint, frame)
    _changing(blueprint, frame)
    _standing(blueprint, frame)
    return blueprint


def _one(frame: Frame, number: int) -> One:
    return One(frame, signin.officer(frame.office.people, number))


def _context(frame: Frame, number: int) -> dict:
    found = _one(frame, number)
    person = found.standing.person
    return {
        "one": found, "address": "", "reader": Reader(frame), "all_roles": list(officers.ROLES),
        "person": Reader(frame).person(person) if person else "",
        "waiting": act.waiting_about(frame.office, Standing, number),
    }


def _reading(blueprint: Blueprint, frame: Frame) -> None:
    @blueprint.get(PATH)
    def listing() -> str | Response:
        officer, reader = frame.officer(), Reader(frame)
        found = [One(frame, login) for login in signin.officers(frame.office.people)]
        if tables.wanted():
            return _listed(reader).file(found, reader)
        return frame.page("officers.html", officer, "officers", found=found, reader=reader, address="",
                          may=officer.has(ADMINISTRATOR), all_roles=list(officers.ROLES))

    @blueprint.get(f"{PATH}/<int:number>")
    def page(number: int) -> str:
        officer = frame.officer()
        return frame.page("officer.html", officer, "officers", may=officer.has(ADMINISTRATOR), **_context(frame, number))


def _listed(reader: Reader) -> Listing:
    return Listing("officers", [
        Column("number", "office.said.number", lambda one: one.login.number),
        Column("name", "fields.name", lambda one: one.login.name),
        Column("roles", "office.officers.roles", lambda one: ", ".join(reader.say(f"officers.role.{name}") for name in one.roles)),
        Column("named", "office.officers.named", lambda one: reader.say(f"officers.is_named.{one.named}") if one.named else "-"),
        Column("state", "office.said.standing", lambda one: reader.say(f"officers.state.{one.state}")),
    ], key=lambda one: one.login.number)


def _changing(blueprint: Blueprint, frame: Frame) -> None:
    office = frame.office

    @blueprint.post(PATH)
    def invite() -> str | Response:
        """The address at which they enrol is shown in this answer alone."""
        officer = frame.posted(ADMINISTRATOR)
        found = [One(frame, login) for login in signin.officers(office.people)]
        context = {"found": found, "reader": Reader(frame), "may": True, "address": "", "all_roles": list(officers.ROLES)}
        try:
            roles = officers.roles_of(request.form.getlist("roles"), office.rules.apart)
            number, code = officers.invite(office, typed.text("name", 60), request.form.get("login", ""), roles)
        except Refusal as refusal:
            return frame.again(refusal, "officers.html", officer, "officers", **context)
        found = [One(frame, login) for login in signin.officers(office.people)]
        return frame.page("officers.html", officer, "officers", invited=number, **context | {"found": found, "address": _address(frame, code)})

    @blueprint.post(f"{PATH}/<int:number>/roles")
    def roles(number: int) -> Response:
        """Other roles are asked of the roots, for the key that the officer has."""
        officer, found = frame.posted(ADMINISTRATOR), _one(frame, number)
        if number == officer.number:
            raise Refusal("OWN_CASE")
        try:
            wanted = officers.roles_of(request.form.getlist("roles"), office.rules.apart)
            signin.ask_for(office.people, number, wanted)
            if found.record is not None and found.record.roles:
                officers.ask_roots(office, office.folder, number, found.record.key, wanted)
        except Refusal as refusal:
            return frame.again(refusal, "officer.html", officer, "officers", may=True, **_context(frame, number))
        return to(f"{PATH}/{number}")

    @blueprint.post(f"{PATH}/<int:number>/again")
    def again(number: int) -> str | Response:
        """As `invite`, for who lost password or phone: one's own would need no other person."""
        officer = frame.posted(ADMINISTRATOR)
        if number == officer.number:
            raise Refusal("OWN_CASE")
        try:
            code = signin.invite_again(office.people, number, officer.number, request.form.get("why", ""))
        except Refusal as refusal:
            return frame.again(refusal, "officer.html", officer, "officers", may=True, **_context(frame, number))
        return frame.page("officer.html", officer, "officers", may=True, **_context(frame, number) | {"address": _address(frame, code)})

    @blueprint.post(f"{PATH}/<int:number>/door")
    def door(number: int) -> Response:
        """One administrator shuts somebody out of the console at once, or lets them in again: no money depends on it."""
        officer, found = frame.posted(ADMINISTRATOR), _one(frame, number)
        if number == officer.number:
            raise Refusal("OWN_CASE")
        signin.disable(office.people, number, not found.login.disabled)
        return to(f"{PATH}/{number}")


def _address(frame: Frame, code: str) -> str:
    """Where an officer enrols."""
    return f"https://{frame.office.genesis.host}/console/enrol/{code}"


def _standing(blueprint: Blueprint, frame: Frame) -> None:
    def asked(number: int, body_of) -> str | Response:
        officer, found = frame.posted(ADMINISTRATOR), _one(frame, number)
        try:
            return ask(frame, officer, body_of(officer, found.standing), f"{PATH}/{number}")
        except Refusal as refusal:
            return frame.again(refusal, "officer.html", officer, "officers", may=True, **_context(frame, number))

    @blueprint.post(f"{PATH}/<int:number>/suspend")
    def suspend(number: int) -> str | Response:
        return asked(number, lambda officer, before: Standing(
            officer.number, number, 1 - before.suspended, before.person, *until(frame, BY_TWO_S)))

    @blueprint.post(f"{PATH}/<int:number>/person")
    def person(number: int) -> str | Response:
        """Who the officer is among the people: no list that they sign pays them."""
        def body(officer: Officer, before: StandingRecord) -> Standing:
            reference = typed.text("reference", 20, optional=True)
            found = register.by_reference(frame.office.people, reference) if reference else None
            if reference and found is None:
                raise Refusal("FIELD_WRONG", field="reference")
            return Standing(officer.number, number, before.suspended, found.token if found else b"", *until(frame, BY_TWO_S))

        return asked(number, body)
