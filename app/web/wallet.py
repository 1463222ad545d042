"""The wallet's page. One document serves every screen, so a phone that kept it opens all of them without a line.

/P is where a stock camera arrives: the digits stand behind the #, which browsers never send to a server.
"""

from flask import Blueprint, Response

from app.web.shell import WALLET
from app.web.site import Services


def routes(services: Services) -> Blueprint:
    blueprint = Blueprint("wallet", __name__)

    @blueprint.get("/")
    @blueprint.get("/P")
    @blueprint.get("/p")
    def page() -> Response:
        return services.shell.same_for_all("wallet.html", WALLET)

    return blueprint
