"""How a phone on the same network comes to trust a trial's own https: the authority's certificate, and the steps.

Only a server that made its own authority (app/web/certificates.py) has this page.
"""

from hashlib import sha256
from ssl import PEM_cert_to_DER_cert

from flask import Blueprint, Response

from app.errors import Refusal
from app.web.certificates import AUTHORITY
from app.web.shell import BASE, Page
from app.web.site import Services

INSTALL = Page("install", "/install", (BASE, "css/explorer.css"), ())
FILE = "hagc-trial.crt"     # phones know a certificate by this ending
TYPE = "application/x-x509-ca-cert"


def routes(services: Services) -> Blueprint:
    blueprint = Blueprint("install", __name__)
    folder = services.office.store.path.parent / "tls"

    def certificate() -> bytes:
        """DER. NOT_FOUND unless this server speaks https under an authority of its own."""
        if not services.tls:
            raise Refusal("NOT_FOUND")
        try:
            return PEM_cert_to_DER_cert((folder / AUTHORITY).read_text("ascii"))
        except FileNotFoundError:
            raise Refusal("NOT_FOUND") from None

    @blueprint.get("/install")
    def steps() -> str:
        digits = sha256(certificate()).hexdigest().upper()
        fingerprint = ":".join(digits[at:at + 2] for at in range(0, len(digits), 2))
        return services.shell.render("install.html", INSTALL, fingerprint=fingerprint, file=f"tls/{AUTHORITY}", name=FILE)

    @blueprint.get(f"/install/{FILE}")
    def authority() -> Response:
        return Response(certificate(), mimetype=TYPE)

    return blueprint
