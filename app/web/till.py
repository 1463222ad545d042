"""The shop's page: one document for every screen of the till, so a tablet that kept it opens without a line.

The console's QR leads to /pos#pair=CODE: what stands behind the # never reaches a server's log.
"""

from flask import Blueprint, Response

from app.web.shell import TILL
from app.web.site import Services


def routes(services: Services) -> Blueprint:
    blueprint = Blueprint("till", __name__)

    @blueprint.get("/pos")
    def page() -> Response:
        return services.shell.same_for_all("till.html", TILL)

    return blueprint
