"""What a load balancer or a monitor asks: whether this city takes payments now, and if not, why, in one line; and whether
the sweep of expired money waits for the operator, the server's keys end soon, and the disk fills up, while payments go on."""

from flask import Blueprint, jsonify
from werkzeug.wrappers import Response

from app.desk import ready, sweep
from app.web.site import Services


def routes(services: Services) -> Blueprint:
    blueprint = Blueprint("ready", __name__)

    @blueprint.get("/readyz")
    def readyz() -> Response:
        why = ready.fault(services.office)
        waits = sweep.gap(services.office.store, services.office.now_s())
        answer = jsonify({"ready": not why, "why": why, "sweep": sweep.said(waits) if waits else "",
                          "keys": ends.line if (ends := ready.keys_end(services.office)) else "",
                          "disk": ready.narrow(services.office)})
        answer.status_code = 503 if why else 200
        answer.headers["Cache-Control"] = "no-store"
        return answer

    return blueprint
