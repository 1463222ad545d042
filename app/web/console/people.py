"""사람: the register. Masks until a reason is typed; who looked is recorded."""

from collections.abc import Sequence

from flask import Blueprint, request
from werkzeug.wrappers import Response

from app.desk import act, cards, join, lookup, offline, why
from app.errors import Refusal
from app.money.orders import CARD, MAKER, REGISTRAR
from app.money.state import Key, Register
from app.people import access, joins, register
from app.people.register import Details, Masked
from app.store.history import Holding
from app.web.console import tables, typed
from app.web.console.frame import Frame, Officer, to
from app.web.console.listing import Column, Listing
from app.web.console.said import Reader
from app.web.site import Services

PATH = "/console/people"
STOPPED_LATELY_S = 30 * 86_400
BESIDE = "beside"       # a new phone that replaces none
Device = tuple[bytes, Key, int]     # as the store lists an account's
# What refusals say of the moment, as officers read it.
FIGURES = ("spendable_here_won", "balance_won", "missing_won", "cap_won", "limit_won", "left_won", "asked_won")


def routes(services: Services) -> Blueprint:
    frame = Frame(services)
    blueprint = frame.blueprint("people")
    _listing(blueprint, frame)
    _registering(blueprint, frame)
    _one(blueprint, frame)
    return blueprint


def standing(frame: Frame, person: bytes) -> str:
    """linked, frozen or unlinked."""
    account = account_of(frame, person)
    if not account:
        return "unlinked"
    return "frozen" if frame.office.store.get(Register.ACCOUNT, account).frozen else "linked"


def account_of(frame: Frame, person: bytes) -> bytes:
    """The wallet (8) that belongs to a person now, or empty."""
    found = frame.office.store.get(Register.PERSON, person)
    return found.account if found else b""


def holdings(frame: Frame, person: bytes) -> list[Holding]:
    """What a person has, or what waits for one who has no wallet."""
    account = account_of(frame, person)
    record = frame.office.store.get(Register.ACCOUNT, account) if account else frame.office.store.get(Register.RESERVED, person)
    return frame.office.store.holdings(record.number, frame.office.now_s()) if record else []


def one(frame: Frame, person: str) -> Masked:
    return register.get(frame.office.people, typed.from_hex(person, 16))


def _listing(blueprint: Blueprint, frame: Frame) -> None:
    @blueprint.get(PATH)
    def listing() -> str | Response:
        officer, text, reader = frame.officer(), request.args.get("text", "")[:100], Reader(frame)
        people, listed = frame.office.people, _listed(frame, reader)
        if tables.wanted():
            return listed.file(register.search(people, text, limit=tables.MOST_ROWS + 1), reader)
        total = None if text else register.count(people)
        found = listed.window(lambda after, limit: register.search(people, text, after, limit), total)
        return frame.page("people.html", officer, "people", page_of=found, text=text,
                          standing=lambda one: standing(frame, one.token))


def _listed(frame: Frame, reader: Reader) -> Listing:
    """By reference, as the register is kept: it may hold half a million."""
    return Listing("people", [
        Column("reference", "fields.reference", lambda one: one.reference),
        Column("name", "fields.name", lambda one: one.name),
        Column("birth_date", "fields.birth_date", lambda one: one.birth_date),
        Column("phone", "fields.phone", lambda one: one.phone),
        Column("wallet", "office.said.account", lambda one: reader.say(f"state.{standing(frame, one.token)}")),
    ], key=lambda one: one.reference)


def _registering(blueprint: Blueprint, frame: Frame) -> None:
    @blueprint.get(f"{PATH}/new")
    def new() -> str:
        officer = frame.officer()
        officer.must(REGISTRAR)
        return frame.page("person_form.html", officer, "people", similar=[])

    @blueprint.post(f"{PATH}/new")
    def add() -> str | Response:
        officer = frame.posted(REGISTRAR)
        try:
            details = Details(*(request.form.get(name, "") for name in ("name", "birth_date", "phone")))
            similar = register.similar(frame.office.people, details)
            if similar and not request.form.get("another"):
                return frame.page("person_form.html", officer, "people", similar=similar, form=request.form)
            found = register.add(frame.office.people, details, request.form.get("reference", "").strip())
        except Refusal as refusal:
            return frame.again(refusal, "person_form.html", officer, "people", similar=[])
        return to(f"{PATH}/{found.token.hex()}")


# --- one person ----------------------------------------------------------------------------

def replaceable(frame: Frame, devices: Sequence[Device]) -> list[Device]:
    """In whose place a new phone may come."""
    return [*_stopped_lately(frame, devices), *(each for each in devices if not each[1].revoked)]


def _stopped_lately(frame: Frame, devices: Sequence[Device]) -> list[Device]:
    """Phones that an officer stopped, as when somebody calls, and for which none of their owner's came since; newest first."""
    found, since_s = [], frame.office.now_s() - STOPPED_LATELY_S
    for key, record, at_s in reversed(devices):
        if _is_own(record):
            break
        if record.revoked and record.grade != CARD and at_s > since_s and not join.was_replaced(frame.office, key):
            found.append((key, record, at_s))
    return found


def _lost(offered: Sequence[Device]) -> bytes | None:
    """In whose place the new phone most likely comes: an own one, never a caregiver's, whose limit a day it would inherit. None
    where more than one may be it, which the officer asks; empty where none can."""
    stopped = [key for key, record, _ in offered if record.revoked and not record.day_won]
    own = [key for key, record, _ in offered if _is_own(record)]
    if len(own) == 1 and not any(record.revoked for _, record, _ in offered):
        return own[0]
    if stopped and not own:
        return stopped[0]
    return None if own or any(record.revoked for _, record, _ in offered) else b""


def _is_own(record: Key) -> bool:
    """A phone in use that is no caregiver's."""
    return not record.revoked and record.grade != CARD and not record.day_won


def context(frame: Frame, found: Masked) -> dict:
    account, card = account_of(frame, found.token), cards.of_person(frame.office, found.token)
    devices = frame.office.store.devices_of(account) if account else []
    offered = replaceable(frame, devices)
    return {
        "found": found, "standing": standing(frame, found.token), "account": account, "reader": Reader(frame),
        "barred": bool(account) and offline.right_of(frame.office, account)["barred"],
        "seen": access.of_person(frame.office.people, found.token, 50), "shown": None, "code": "", "told": None,
        "figures": FIGURES, "shop_name": lambda shop: lookup.shop_name(frame.office, shop),
        "keys": devices, "replaceable": offered, "lost": _lost(offered), "beside": BESIDE, "held": None,
        "linking": act.links_waiting(frame.office).get(found.token, (b"", b""))[1],
        "wishes": joins.of_person(frame.office.people, found.token),
        "card": card, "card_state": cards.standing(frame.office, card) if card else "", "card_day_won": cards.day_won(frame.office),
        "card_loose": card is not None and cards.is_loose(frame.office, card),
    }


def page(frame: Frame, officer: Officer, found: Masked, **more: object) -> str:
    return frame.page("person.html", officer, "people", **{**context(frame, found), **more})


def _one(blueprint: Blueprint, frame: Frame) -> None:
    people = frame.office.people

    @blueprint.get(f"{PATH}/<person>")
    def show(person: str) -> str:
        return page(frame, frame.officer(), one(frame, person))

    @blueprint.post(f"{PATH}/<person>/unmask")
    def unmask(person: str) -> str | Response:
        """Shown in this answer alone; looked at again, it asks for a reason again."""
        officer, found = frame.posted(REGISTRAR), one(frame, person)
        try:
            shown = register.unmask(people, officer.number, found.token, request.form.get("why", ""))
        except Refusal as refusal:
            return frame.again(refusal, "person.html", officer, "people", **context(frame, found))
        return page(frame, officer, found, shown=shown)

    @blueprint.post(f"{PATH}/<person>/balance")
    def balance(person: str) -> str | Response:
        """What they have, or what waits for them, in this answer alone."""
        officer, found = frame.posted(REGISTRAR | MAKER), one(frame, person)
        try:
            with people.write() as connection:
                access.record(connection, access.Access(
                    0, frame.office.now_s(), officer.number, found.token, "balance", request.form.get("why", "")))
        except Refusal as refusal:
            return frame.again(refusal, "person.html", officer, "people", **context(frame, found))
        return page(frame, officer, found, held=holdings(frame, found.token))

    @blueprint.post(f"{PATH}/<person>/refusals")
    def refused(person: str) -> str | Response:
        """Why payments were refused, in this answer alone."""
        officer, found = frame.posted(REGISTRAR), one(frame, person)
        try:
            heard = why.told(frame.office, officer.number, found.token, account_of(frame, found.token), request.form.get("why", ""))
        except Refusal as refusal:
            return frame.again(refusal, "person.html", officer, "people", **context(frame, found))
        words, language = frame.services.shell.words, frame.language
        return page(frame, officer, found, told=[(each, words.refused(language, each.refusal)) for each in heard])

    @blueprint.post(f"{PATH}/<person>/change")
    def change(person: str) -> Response:
        officer, found = frame.posted(REGISTRAR), one(frame, person)
        try:
            details = Details(*(request.form.get(name, "") for name in ("name", "birth_date", "phone")))
            register.change(people, officer.number, found.token, details, request.form.get("reason", ""))
        except Refusal as refusal:
            return frame.again(refusal, "person.html", officer, "people", **context(frame, found))
        return to(f"{PATH}/{person}")
