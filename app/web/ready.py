"""What a load balancer or a monitor asks: whether this city takes payments now, and if not, why, in one line."""

from flask import Blueprint, jsonify
from werkzeug.wrappers import Response

from app.desk import ready
from app.web.site import Services


def routes(services: Services) -> Blueprint:
    blueprint = Blueprint("ready", __name__)

    @blueprint.get("/readyz")
    def readyz() -> Response:
        why = ready.fault(services.office)
        answer = jsonify({"ready": not why, "why": why})
        answer.status_code = 503 if why else 200
        answer.headers["Cache-Control"] = "no-store"
        return answer

    return blueprint
