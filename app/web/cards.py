"""What a till asks with a paper card: pay my request, or show the holder what is left, on a card or a phone. And the page that a stock camera opens when
it reads a card: it says what the card is, and asks for nothing.
"""

from flask import Blueprint

from app.desk import cards, slip
from app.desk.office import Office
from app.errors import Refusal
from app.web import api
from app.web.shell import PLAIN
from app.web.site import Services

PIN_LETTERS = 12


def routes(services: Services) -> Blueprint:
    blueprint = Blueprint("cards", __name__)
    office: Office = services.office

    @blueprint.post("/api/cards/pay")
    def pay() -> dict:
        till, found = api.till(office), api.sent()
        try:
            return api.slip(cards.pay(office, till, _card(found), api.octets(found, "request")))
        except Refusal as refusal:
            raise api.without_purse(refusal) from None

    @blueprint.post("/api/cards/balance")
    def balance() -> dict:
        till = api.till(office)
        return cards.balance(office, till, *_card(api.sent()))

    @blueprint.post("/api/slips")
    def of_phone() -> dict:
        till = api.till(office)
        return slip.of_phone(office, till, api.octets(api.sent(), "look"))

    @blueprint.get("/C")
    @blueprint.get("/c")
    def found() -> str:
        return services.shell.render("card.html", PLAIN)

    return blueprint


def _card(found: dict) -> tuple[str, str]:
    """Number and PIN. What is longer than a PIN is looked at no further than that it is wrong."""
    return api.text(found, "card"), api.text(found, "pin")[:PIN_LETTERS]
