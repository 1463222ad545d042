"""종이 카드: asked for, and printed, for one person or for those of a list who have no wallet, who are signed for at once. A card may
be printed again; a PIN slip is a new PIN each time, so that no PIN is kept, and once somebody paid with the card there is none any more:
number and PIN would be their money. Who printed what is on the access record."""

import secrets
from collections.abc import Sequence

from flask import Blueprint, request
from werkzeug.wrappers import Response

from app.desk import act, cards
from app.errors import WORDS, Refusal
from app.money.orders import AUDITOR, REGISTRAR, Link
from app.message.card import in_text
from app.people import access, blanks, lists, register
from app.people import cards as paper
from app.people.cards import Card
from app.people.lists import PaymentList, PayRow
from app.people.shapes import even
from app.web import card_pdf
from app.web.api import from_base64url
from app.web.console import acts, people as register_pages, typed
from app.web.console.acts import BY_TWO_S
from app.web.console.frame import Frame, Officer, file, to
from app.web.console.lists import PATH as LISTS, one as list_of
from app.web.console.records import deed
from app.web.console.said import Reader
from app.web.site import Services

PATH, PDF = register_pages.PATH, "application/pdf"
PART = 100          # people of a list, made, signed and printed in one go
BLANKS_AT_ONCE = 100
PROPOSED = "proposed"
SLIPS_AT_ONCE = 100     # a PIN's slow hash takes a twentieth of a second


def routes(services: Services) -> Blueprint:
    frame = Frame(services)
    blueprint = frame.blueprint("cards")
    _of_a_person(blueprint, frame)
    _of_a_list(blueprint, frame)
    _of_nobody(blueprint, frame)
    return blueprint


def _of_a_person(blueprint: Blueprint, frame: Frame) -> None:
    @blueprint.post(f"{PATH}/<person>/card")
    def make(person: str) -> str | Response:
        """What is to be signed for a new card, or for the blank one whose number or QR was read."""
        officer, found = frame.posted(REGISTRAR), register_pages.one(frame, person)
        until = secrets.token_bytes(8), frame.office.now_s() + BY_TWO_S
        try:
            body = cards.make(frame.office, officer.number, found.token, until, _number(frame))
            return acts.ask(frame, officer, body, f"{PATH}/{person}")
        except Refusal as refusal:
            return frame.again(refusal, "person.html", officer, "people", **register_pages.context(frame, found))

    @blueprint.get(f"{PATH}/<person>/card.pdf")
    def card(person: str) -> Response:
        return _sheet_of(frame, _printer(frame), [_made(frame, person)])

    @blueprint.post(f"{PATH}/<person>/card/pin")
    def pin(person: str) -> Response:
        officer, found = frame.posted(REGISTRAR), register_pages.one(frame, person)
        try:
            made = _made(frame, person)
            return _slips(frame, [(made, cards.new_pin(frame.office, officer.number, made, request.form.get("slip_why", "")))])
        except Refusal as refusal:
            return frame.again(refusal, "person.html", officer, "people", **register_pages.context(frame, found))


def _number(frame: Frame) -> str:
    """Of the blank card that was scanned or typed; empty where none was asked for. CARD_UNKNOWN, OTHER_HOST."""
    text = request.form.get("text", "")[:200]
    if "text" not in request.form:
        return ""
    number = in_text(even(text), (frame.office.genesis.host,))
    if not number:
        raise Refusal("CARD_UNKNOWN")
    return number


def _made(frame: Frame, person: str) -> Card:
    """NOT_FOUND where none was made; CARD_BLOCKED."""
    found = cards.of_person(frame.office, register_pages.one(frame, person).token)
    if found is None:
        raise Refusal("NOT_FOUND", field="card")
    if cards.standing(frame.office, found) == cards.BLOCKED:
        raise Refusal("CARD_BLOCKED")
    return found


# --- who of a list has no phone ------------------------------------------------------------

def _of_a_list(blueprint: Blueprint, frame: Frame) -> None:
    @blueprint.get(f"{LISTS}/<list_id>/cards")
    def page(list_id: str) -> str:
        officer = frame.officer()
        officer.must(REGISTRAR | AUDITOR)
        return frame.page("list_cards.html", officer, "lists", **_context(frame, list_of(frame, list_id)))

    @blueprint.post(f"{LISTS}/<list_id>/cards/make")
    def make_all(list_id: str) -> str | Response:
        """What is to be signed for all of them at once: an account and a link a person, one signature each."""
        officer, found = frame.posted(REGISTRAR), list_of(frame, list_id)
        try:
            bodies = [cards.make(frame.office, officer.number, one.person, (secrets.token_bytes(8), frame.office.now_s() + BY_TWO_S))
                      for one in _cardless(frame, found)]
        except Refusal as refusal:
            return frame.again(refusal, "list_cards.html", officer, "lists", **_context(frame, found))
        links = [body for body in bodies if isinstance(body, Link)]
        reader = Reader(frame)
        return frame.page("list_cards_sign.html", officer, "lists", found=found, reader=reader, here_of=_here(found),
                          links=[(register.get(frame.office.people, body.person), acts.payload_of(body), reader.last_digits(body)[0]) for body in links])

    @blueprint.post(f"{LISTS}/<list_id>/cards/sign")
    def sign_all(list_id: str) -> Response:
        officer, found = frame.posted(REGISTRAR), list_of(frame, list_id)
        done, refused = _handed_in(frame, officer, request.form.get("messages", "").split())
        return to(f"{_here(found)}&done={done}" + (f"&word={refused}" if refused else ""))

    @blueprint.get(f"{LISTS}/<list_id>/cards.pdf")
    def printed(list_id: str) -> Response:
        return _sheet_of(frame, _printer(frame), _live(frame, list_of(frame, list_id)))

    @blueprint.post(f"{LISTS}/<list_id>/cards/pins")
    def pins(list_id: str) -> Response:
        """Slips for cards that have had none: nobody's PIN changes under them. Asked for again, with a reason, for all with which
        nobody paid yet."""
        officer, found = frame.posted(REGISTRAR), list_of(frame, list_id)
        again, why = bool(request.form.get("again")), request.form.get("slip_why", "")
        wanted = [card for card in _live(frame, found) if not card.pin or (again and not card.used_at_s)]
        try:
            if again:
                access.reason(why)
            return _slips(frame, cards.new_pins(frame.office, officer.number, wanted[:SLIPS_AT_ONCE], why))
        except Refusal as refusal:
            return frame.again(refusal, "list_cards.html", officer, "lists", **_context(frame, found))


def _handed_in(frame: Frame, officer: Officer, messages: Sequence[str]) -> tuple[int, str]:
    """How many links were entered, or wait for a second officer where the person had a wallet before; the word that one of them
    was refused with, if any: the others stand."""
    done, refused = 0, ""
    for message in messages[:PART]:
        try:
            act.hand_in(frame.office, officer.number, from_base64url(message, "messages"))
            done += 1
        except Refusal as refusal:
            refused = refusal.word
    return done, refused


def _context(frame: Frame, found: PaymentList) -> dict:
    count = len(lists.without_wallet(frame.office.people, found.list_id))
    done, word = request.args.get("done", ""), request.args.get("word", "")
    return {
        "found": found, "reader": Reader(frame), "people": _without_phone(frame, found), "here_of": _here(found), "count": count,
        "to_make": len(_cardless(frame, found)), "first": _first(), "done": int(done) if done.isdecimal() and len(done) < 5 else None,
        "word": word if word in WORDS else "", "day_won": cards.day_won(frame.office),
        "parts": [(first, first + 1, min(first + PART, count)) for first in range(0, count, PART)],
    }


def _first() -> int:
    """Which part of the list: so many rows stand before it."""
    said = request.args.get("part", "")
    return int(said) if said.isdecimal() and len(said) < 8 else 0


def _here(found: PaymentList) -> str:
    return f"{LISTS}/{found.list_id.hex()}/cards?part={_first()}"


def _without_phone(frame: Frame, found: PaymentList) -> list[tuple[register.Masked, Card | None, str]]:
    """Of this part, who had no wallet when the list was judged, and has none or a card now; with how the card stands, PROPOSED
    for one that another officer has yet to sign for."""
    office, linking, shown = frame.office, act.links_waiting(frame.office), []
    for row in _part(frame, found):
        card = cards.of_person(office, row.person)
        if card or not register_pages.account_of(frame, row.person):
            standing = "" if card is None else PROPOSED if row.person in linking else cards.standing(office, card)
            shown.append((register.get(office.people, row.person), card, standing))
    return shown


def _cardless(frame: Frame, found: PaymentList) -> list[PayRow]:
    """Of this part, who has no wallet now and waits for none: a card for them takes one signature each."""
    linking = act.links_waiting(frame.office)
    return [row for row in _part(frame, found) if row.person not in linking and not register_pages.account_of(frame, row.person)]


def _part(frame: Frame, found: PaymentList) -> list[PayRow]:
    """Who of it is still in the register."""
    people = frame.office.people
    return [row for row in lists.without_wallet(people, found.list_id)[_first():][:PART] if register.reference_of(people, row.person)]


def _live(frame: Frame, found: PaymentList) -> list[Card]:
    return [card for _, card, state in _without_phone(frame, found) if card and state == cards.LIVE]


# --- printed ahead --------------------------------------------------------------------------

def _of_nobody(blueprint: Blueprint, frame: Frame) -> None:
    office, path = frame.office, f"{PATH}/cards"

    def context() -> dict:
        batches = blanks.batches(office.people)
        past = {each.number: access.of_person(office.people, access.of_batch(each.number)) for each in batches}
        return {"batches": batches, "past": past, "deed": deed, "reader": Reader(frame), "most": BLANKS_AT_ONCE, "day_won": cards.day_won(office)}

    @blueprint.get(path)
    def stock() -> str:
        officer = frame.officer()
        officer.must(REGISTRAR | AUDITOR)
        return frame.page("blank_cards.html", officer, "people", **context())

    @blueprint.post(path)
    def make_blanks() -> Response:
        officer = frame.posted(REGISTRAR)
        try:
            cards.make_blanks(office, officer.number, typed.whole("count", range(1, BLANKS_AT_ONCE + 1)))
        except Refusal as refusal:
            return frame.again(refusal, "blank_cards.html", officer, "people", **context())
        return to(path)

    @blueprint.get(f"{path}/<int:batch>.pdf")
    def blank_sheet(batch: int) -> Response:
        officer, left = _printer(frame), blanks.of_batch(office.people, batch)
        sheet = _printed(frame, left)
        blanks.record_sheet(office.people, officer.number, batch, len(left))
        return sheet

    @blueprint.post(f"{path}/<int:batch>/pins")
    def blank_pins(batch: int) -> Response:
        officer = frame.posted(REGISTRAR)
        made = cards.blank_pins(office, officer.number, batch, again=bool(request.form.get("again")))
        return _slip_file(frame, [card_pdf.Slip("", number, pin) for number, pin in made])

    @blueprint.post(f"{path}/<int:batch>/away")
    def away(batch: int) -> Response:
        blanks.throw_away(office.people, frame.posted(REGISTRAR).number, batch)
        return to(path)


# --- on paper ------------------------------------------------------------------------------

def _printer(frame: Frame) -> Officer:
    """Who asks for a sheet. NO_RIGHT."""
    officer = frame.officer()
    officer.must(REGISTRAR)
    return officer


def _sheet_of(frame: Frame, officer: Officer, made: Sequence[Card]) -> Response:
    """People's cards, on the access record of each."""
    sheet = _printed(frame, made)
    paper.record_sheet(frame.office.people, officer.number, [card.person for card in made])
    return sheet


def _printed(frame: Frame, made: Sequence[Card]) -> Response:
    day_won = cards.day_won(frame.office)
    if day_won is None:
        raise Refusal("CARD_UNCAPPED")
    if not made:
        raise Refusal("NOT_FOUND", field="card")
    shell = frame.services.shell
    return file("cards.pdf", card_pdf.cards(made, shell.city, day_won, frame.language, _said(frame)), PDF)


def _slips(frame: Frame, told: Sequence[tuple[Card, str]]) -> Response:
    """Each person's card and its new PIN."""
    return _slip_file(frame, [card_pdf.Slip(register.get(frame.office.people, card.person).reference, card.number, pin)
                              for card, pin in told])


def _slip_file(frame: Frame, made: Sequence[card_pdf.Slip]) -> Response:
    if not made:
        raise Refusal("NOT_FOUND", field="card")
    answer = file("pins.pdf", card_pdf.slips(made, frame.services.shell.city, frame.language, _said(frame)), PDF)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _said(frame: Frame):
    words, language = frame.services.shell.words, frame.language
    return lambda name, **facts: words.say(language, f"paper.card.{name}", facts)
