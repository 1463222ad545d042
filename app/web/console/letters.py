"""편지: for the people of a list who have no wallet, a page each with the one-time code. Their names leave the console here,
so a reason is asked and every name is on the access record."""

from flask import Blueprint, request
from werkzeug.wrappers import Response

from app.desk import letters
from app.errors import Refusal
from app.money.orders import REGISTRAR
from app.web import letter_pdf
from app.web.console.frame import Frame, file
from app.web.console.lists import PATH, one
from app.web.console.said import Reader
from app.web.console.typed import whole
from app.web.site import Services


def routes(services: Services) -> Blueprint:
    frame = Frame(services)
    blueprint = frame.blueprint("letters")
    office = frame.office

    def context(list_id: str) -> dict:
        found = one(frame, list_id)
        parts = letters.parts(office, found)
        return {"found": found, "reader": Reader(frame), "count": len(letters.addressees(office, found)),
                "rows": parts[-1][1] if parts else 0, "parts": parts}

    @blueprint.get(f"{PATH}/<list_id>/letters")
    def page(list_id: str) -> str:
        return frame.page("list_letters.html", frame.officer(), "lists", **context(list_id))

    @blueprint.post(f"{PATH}/<list_id>/letters")
    def make(list_id: str) -> Response:
        officer, found = frame.posted(REGISTRAR), one(frame, list_id)
        try:
            first = whole("part")
            post = letters.write(office, officer.number, found, first, request.form.get("why", ""))
        except Refusal as refusal:
            return frame.again(refusal, "list_letters.html", officer, "lists", **context(list_id))
        words, city = services.shell.words, office.city
        content = letter_pdf.pdf(post, words, city.names.say("ko"), office.genesis.host, city.zone)
        return file(f"letters-{list_id[:8]}-{first + 1}.pdf", content, "application/pdf")

    return blueprint
