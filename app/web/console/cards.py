"""종이 카드: what the counter prints. The card may be printed again; a PIN slip is a new PIN each time, so that no PIN is kept."""

from collections.abc import Sequence

from flask import Blueprint, request
from werkzeug.wrappers import Response

from app.desk import cards
from app.errors import Refusal
from app.money.orders import REGISTRAR
from app.people import register
from app.people.cards import Card
from app.web.console import people as register_pages
from app.web.console.frame import Frame, Officer, file
from app.web.site import Services

PATH, PDF = register_pages.PATH, "application/pdf"


def routes(services: Services) -> Blueprint:
    frame = Frame(services)
    blueprint = frame.blueprint("cards")

    @blueprint.get(f"{PATH}/<person>/card.pdf")
    def card(person: str) -> Response:
        frame.officer().must(REGISTRAR)
        return printed(frame, [_made(frame, person)])

    @blueprint.post(f"{PATH}/<person>/card/pin")
    def pin(person: str) -> Response:
        officer, found = frame.posted(REGISTRAR), register_pages.one(frame, person)
        try:
            return slips(frame, officer, [_made(frame, person)])
        except Refusal as refusal:
            return frame.again(refusal, "person.html", officer, "people", **register_pages.context(frame, found))

    return blueprint


def _made(frame: Frame, person: str) -> Card:
    """NOT_FOUND where none was made; CARD_BLOCKED."""
    found = cards.of_person(frame.office, register_pages.one(frame, person).token)
    if found is None:
        raise Refusal("NOT_FOUND", field="card")
    if cards.standing(frame.office, found) == cards.BLOCKED:
        raise Refusal("CARD_BLOCKED")
    return found


def printed(frame: Frame, made: Sequence[Card]) -> Response:
    from app.web import card_pdf    # its library takes 0.3 s to load, and most of the servers' processes print nothing

    day_won = cards.day_won(frame.office)
    if day_won is None:
        raise Refusal("CARD_UNCAPPED")
    shell = frame.services.shell
    return file("cards.pdf", card_pdf.cards(made, shell.city, day_won, frame.language, _said(frame)), PDF)


def slips(frame: Frame, officer: Officer, made: Sequence[Card]) -> Response:
    """Each card's new PIN."""
    from app.web import card_pdf

    paper = [card_pdf.Slip(register.get(frame.office.people, card.person).reference, card.number,
                           cards.new_pin(frame.office, officer.number, card)) for card in made]
    answer = file("pins.pdf", card_pdf.slips(paper, frame.services.shell.city, frame.language, _said(frame)), PDF)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _said(frame: Frame):
    words, language = frame.services.shell.words, frame.language
    return lambda name, **facts: words.say(language, f"paper.card.{name}", facts)
