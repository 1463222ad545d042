"""연결 요청: wallets whose owners typed the code that the office sent them. An officer ticks some and signs them at once, each link
by itself; who had a wallet before waits for a second officer."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from flask import Blueprint, request
from werkzeug.wrappers import Response

from app.desk import act
from app.errors import Refusal
from app.message import cose
from app.money import orders
from app.money.orders import AUDITOR, REGISTRAR
from app.money.state import Register
from app.people import joins, register
from app.people.joins import Wish
from app.people.register import Masked
from app.web.api import from_base64url
from app.web.console import acts, people as register_pages, tables, typed
from app.web.console.frame import Frame, Officer, to
from app.web.console.listing import PAGE, Column, Listing
from app.web.console.said import Reader
from app.web.console.wallets import until_linked
from app.web.site import Services

PATH = "/console/wishes"
ALONE, BY_TWO, PROPOSED, TAKEN, TWICE, CLOSED = "alone", "by_two", "proposed", "taken", "twice", "closed"
TO_SIGN = (ALONE, BY_TWO)


@dataclass(frozen=True, slots=True)
class Shown:
    """A wish as it stands: one of the words above."""
    wish: Wish
    person: Masked
    standing: str
    proposal: bytes = b""       # that waits, where one does


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one signed link. `person`: none of what can't be read."""
    person: Masked | None
    proposal: bytes = b""
    refusal: Refusal | None = None


def routes(services: Services) -> Blueprint:
    frame = Frame(services)
    blueprint = frame.blueprint("wishes")
    _listing(blueprint, frame)
    _signing(blueprint, frame)
    _one(blueprint, frame)
    return blueprint


def standings(frame: Frame) -> Callable[[Wish], Shown]:
    """How wishes stand at this moment."""
    office, linking = frame.office, act.links_waiting(frame.office)

    def standing(wish: Wish) -> tuple[str, bytes]:
        if wish.state != joins.WAITING:
            return CLOSED, b""
        if wish.person in linking:
            return PROPOSED, linking[wish.person][1]
        if register_pages.account_of(frame, wish.person) or office.store.get(Register.ACCOUNT, wish.account).person:
            return TAKEN, b""
        return (BY_TWO if act.relinks(office, wish.person) else ALONE), b""

    return lambda wish: Shown(wish, register.get(office.people, wish.person), *standing(wish))


# --- the list ------------------------------------------------------------------------------

def _listing(blueprint: Blueprint, frame: Frame) -> None:
    people = frame.office.people

    @blueprint.get(PATH)
    def listing() -> str | Response:
        officer, reader, sender = frame.officer(), Reader(frame), _number(request.args.get("officer", ""))
        officer.must(REGISTRAR | AUDITOR)
        names, show = frame.names(), standings(frame)
        listed = _listed(reader, names)
        if tables.wanted():
            return listed.file(map(show, joins.waiting(people, sender, limit=tables.MOST_ROWS + 1)), reader)
        page_of = listed.window(
            lambda after, limit: [show(one) for one in joins.waiting(people, sender, _number(after), limit)], joins.count(people, sender))
        return frame.page("wishes.html", officer, "people", page_of=page_of, to_sign=TO_SIGN,
                          senders=[(number, names(number)) for number in joins.senders(people)])


def _number(text: str) -> int:
    """0 for what is none."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 0


def _listed(reader: Reader, names: Callable[[int | None], str]) -> Listing:
    """In their order: whoever has waited longest comes first."""
    return Listing("wishes", [
        Column("reference", "fields.reference", lambda one: one.person.reference),
        Column("name", "fields.name", lambda one: one.person.name),
        Column("birth_date", "fields.birth_date", lambda one: one.person.birth_date),
        Column("asked", "office.wishes.asked", lambda one: reader.moment(one.wish.created_at_s)),
        Column("sender", "office.wishes.sender", lambda one: names(one.wish.officer)),
        Column("standing", "office.standing", lambda one: reader.say(f"wishes.{one.standing}")),
    ], key=lambda one: one.wish.number)


# --- signed at once ------------------------------------------------------------------------

def _signing(blueprint: Blueprint, frame: Frame) -> None:
    @blueprint.post(f"{PATH}/sign")
    def sign() -> str | Response:
        """What is to be signed for those that were ticked, or for all of the page."""
        officer = frame.posted(REGISTRAR)
        name = "shown" if request.form.get("which") == "all" else "wish"
        numbers = list(dict.fromkeys(filter(None, map(_number, request.form.getlist(name)))))
        if not numbers:
            return to(PATH)
        ready, left = _apart(frame, numbers[:PAGE])
        links = [acts.payload_of(orders.Link(officer.number, one.wish.account, one.wish.person, *until_linked(frame, one.wish.person)))
                 for one in ready]
        return frame.page("wishes_sign.html", officer, "people", ready=ready, left=left, payloads=links)

    @blueprint.post(f"{PATH}/signed")
    def signed() -> str:
        officer, words = frame.posted(REGISTRAR), frame.services.shell.words
        outcomes = [_handed_in(frame, officer, message) for message in request.form.get("messages", "").split()[:PAGE]]
        return frame.page("wishes_done.html", officer, "people", outcomes=outcomes,
                          why=lambda refusal: words.refused(frame.language, refusal))


def _apart(frame: Frame, numbers: Sequence[int]) -> tuple[list[Shown], list[Shown]]:
    """Those that may be signed together, each for another person and another wallet; and those that may not."""
    show, ready, left, seen = standings(frame), [], [], set()
    for number in numbers:
        try:
            one = show(joins.get(frame.office.people, number))
        except Refusal:         # erased meanwhile: there is nothing of them to show
            continue
        both = {one.wish.person, one.wish.account}
        if one.standing in TO_SIGN and seen & both:
            left.append(Shown(one.wish, one.person, TWICE))
            continue
        (ready if one.standing in TO_SIGN else left).append(one)
        seen |= both
    return ready, left


def _handed_in(frame: Frame, officer: Officer, message: str) -> Outcome:
    """Each by itself: what one is refused for leaves the others as they are, and its wish in the list."""
    person = None
    try:
        raw = from_base64url(message, "messages")
        body = cose.parse(raw).body
        if not isinstance(body, orders.Link):
            raise Refusal("WRONG_PURPOSE")
        person = register.get(frame.office.people, body.person)
        done = act.link(frame.office, officer.number, raw, joins.asked(frame.office.people, body.account, body.person).number)
        return Outcome(person, done.proposal.message_id if done.proposal else b"")
    except Refusal as refusal:
        return Outcome(person, refusal=refusal)


# --- one -----------------------------------------------------------------------------------

def _one(blueprint: Blueprint, frame: Frame) -> None:
    people = frame.office.people

    @blueprint.get(f"{PATH}/<int:number>")
    def wish(number: int) -> str | Response:
        officer, found = frame.officer(), joins.get(people, number)
        officer.must(REGISTRAR | AUDITOR)
        if found.state != joins.WAITING:
            return to(f"{register_pages.PATH}/{found.person.hex()}")
        account, waiting = act.links_waiting(frame.office).get(found.person, (b"", b""))
        if account == found.account:
            return to(f"/console/proposals/{waiting.hex()}")
        body = orders.Link(officer.number, found.account, found.person, *until_linked(frame, found.person))
        signing = acts.signing(frame, body, acts.PATH, "/console", extra={"wish": str(number)})
        return frame.page("wish.html", officer, "people", wish=found, signing=signing,
                          person=register.get(people, found.person))

    @blueprint.post(f"{PATH}/<int:number>/refuse")
    def refuse(number: int) -> Response:
        frame.posted(REGISTRAR)
        joins.refuse(people, number)
        return to(f"{register_pages.PATH}/{joins.get(people, number).person.hex()}")
