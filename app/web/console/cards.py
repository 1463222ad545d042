"""종이 카드: asked for, and printed, for one person or for those of a list who have no wallet. A card may be printed again; a PIN slip
is a new PIN each time, so that no PIN is kept."""

import secrets
from collections.abc import Sequence

from flask import Blueprint
from werkzeug.wrappers import Response

from app.desk import cards
from app.errors import Refusal
from app.money.orders import REGISTRAR
from app.people import lists, register
from app.people.cards import Card
from app.people.lists import PaymentList
from app.web import card_pdf
from app.web.console import acts, people as register_pages
from app.web.console.acts import BY_TWO_S
from app.web.console.frame import Frame, Officer, file
from app.web.console.lists import PATH as LISTS, one as list_of
from app.web.console.said import Reader
from app.web.site import Services

PATH, PDF = register_pages.PATH, "application/pdf"
SHOWN = 200         # people of a list
SLIPS_AT_ONCE = 40  # a PIN's slow hash takes a twentieth of a second


def routes(services: Services) -> Blueprint:
    frame = Frame(services)
    blueprint = frame.blueprint("cards")
    _of_a_person(blueprint, frame)
    _of_a_list(blueprint, frame)
    return blueprint


def _of_a_person(blueprint: Blueprint, frame: Frame) -> None:
    @blueprint.post(f"{PATH}/<person>/card")
    def make(person: str) -> str | Response:
        """What is to be signed for a new card."""
        officer, found = frame.posted(REGISTRAR), register_pages.one(frame, person)
        until = secrets.token_bytes(8), frame.office.now_s() + BY_TWO_S
        try:
            return acts.ask(frame, officer, cards.make(frame.office, officer.number, found.token, until), f"{PATH}/{person}")
        except Refusal as refusal:
            return frame.again(refusal, "person.html", officer, "people", **register_pages.context(frame, found))

    @blueprint.get(f"{PATH}/<person>/card.pdf")
    def card(person: str) -> Response:
        frame.officer().must(REGISTRAR)
        return _printed(frame, [_made(frame, person)])

    @blueprint.post(f"{PATH}/<person>/card/pin")
    def pin(person: str) -> Response:
        return _slips(frame, frame.posted(REGISTRAR), [_made(frame, person)])


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
        officer, found = frame.officer(), list_of(frame, list_id)
        officer.must(REGISTRAR)
        return frame.page("list_cards.html", officer, "lists", found=found, reader=Reader(frame), people=_without_phone(frame, found))

    @blueprint.get(f"{LISTS}/<list_id>/cards.pdf")
    def printed(list_id: str) -> Response:
        frame.officer().must(REGISTRAR)
        return _printed(frame, _live(frame, list_of(frame, list_id)))

    @blueprint.post(f"{LISTS}/<list_id>/cards/pins")
    def pins(list_id: str) -> Response:
        """Slips for cards that have had none: nobody's PIN changes under them."""
        officer = frame.posted(REGISTRAR)
        fresh = [card for card in _live(frame, list_of(frame, list_id)) if not card.pin]
        return _slips(frame, officer, fresh[:SLIPS_AT_ONCE])


def _without_phone(frame: Frame, found: PaymentList) -> list[tuple[register.Masked, Card | None, str]]:
    """Who had no wallet when the list was judged, and has none or a card now."""
    office, shown = frame.office, []
    for row in lists.without_wallet(office.people, found.list_id)[:SHOWN]:
        card = cards.of_person(office, row.person)
        if card or not register_pages.account_of(frame, row.person):
            shown.append((register.get(office.people, row.person), card, cards.standing(office, card) if card else ""))
    return shown


def _live(frame: Frame, found: PaymentList) -> list[Card]:
    return [card for _, card, state in _without_phone(frame, found) if card and state == cards.LIVE]


# --- on paper ------------------------------------------------------------------------------

def _printed(frame: Frame, made: Sequence[Card]) -> Response:
    day_won = cards.day_won(frame.office)
    if day_won is None:
        raise Refusal("CARD_UNCAPPED")
    if not made:
        raise Refusal("NOT_FOUND", field="card")
    shell = frame.services.shell
    return file("cards.pdf", card_pdf.cards(made, shell.city, day_won, frame.language, _said(frame)), PDF)


def _slips(frame: Frame, officer: Officer, made: Sequence[Card]) -> Response:
    """Each card's new PIN."""
    if not made:
        raise Refusal("NOT_FOUND", field="card")
    paper = [card_pdf.Slip(register.get(frame.office.people, card.person).reference, card.number,
                           cards.new_pin(frame.office, officer.number, card)) for card in made]
    answer = file("pins.pdf", card_pdf.slips(paper, frame.services.shell.city, frame.language, _said(frame)), PDF)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _said(frame: Frame):
    words, language = frame.services.shell.words, frame.language
    return lambda name, **facts: words.say(language, f"paper.card.{name}", facts)
