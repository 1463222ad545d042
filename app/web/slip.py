"""What the code on a printed receipt opens: https://HOST/R/digits shows what the ledger says of that receipt.

The digits stand in the address, because this page works without a script; they tell neither payer nor coin.
"""

from flask import Blueprint, Response

from app.desk.office import Office
from app.web import explorer
from app.web.site import Services


def routes(services: Services) -> Blueprint:
    blueprint = Blueprint("slip", __name__)
    office: Office = services.office

    @blueprint.get("/R/<digits>")
    @blueprint.get("/r/<digits>")
    def opened(digits: str) -> Response:
        return explorer.judged(office, services.shell, digits)

    return blueprint
