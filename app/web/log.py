"""The log as files for monitors and witnesses: C2SP tlog-tiles under /log. Nothing here needs a session or a script.

    /log/checkpoint   /log/tile/<level>/<number>[.p/<width>]   /log/tile/entries/<number>[.p/<width>]
    /log/proof/<entry>   /log/genesis
"""

from flask import Blueprint, Response

from app.chain import proof
from app.desk import explore
from app.desk.office import Office
from app.web.assets import KEPT
from app.web.site import Services

TEXT = "text/plain; charset=utf-8"
SOON = "public, max-age=1"      # a checkpoint is replaced by the next one


def routes(services: Services) -> Blueprint:
    blueprint = Blueprint("log", __name__, url_prefix="/log")
    office: Office = services.office

    @blueprint.get("/checkpoint")
    def checkpoint() -> Response:
        return Response(explore.newest(office).note, content_type=TEXT, headers={"Cache-Control": SOON})

    @blueprint.get("/tile/<path:path>")
    def tile(path: str) -> Response:
        # A tile of a named width never changes, so partial ones are kept as well.
        return _octets(explore.tile(office, f"tile/{path}"))

    @blueprint.get("/proof/<int:entry>")
    def entry_proof(entry: int) -> Response:
        name = f'attachment; filename="entry-{entry}.tlog-proof"'
        headers = {"Cache-Control": SOON, "Content-Disposition": name}
        return Response(proof.write(explore.proof(office, entry)), content_type=TEXT, headers=headers)

    @blueprint.get("/genesis")
    def genesis() -> Response:
        return _octets(office.store.genesis(), "application/cbor")

    return blueprint


def _octets(body: bytes, mimetype: str = "application/octet-stream") -> Response:
    return Response(body, mimetype=mimetype, headers={"Cache-Control": KEPT})
