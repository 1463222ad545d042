"""편지: for the people of a list who have no wallet, a page each with the one-time code. Their names leave the console here,
so a reason is asked and every name is on the access record."""

from collections import Counter
from datetime import datetime

from flask import Blueprint, request
from werkzeug.wrappers import Response

from app.desk import letters
from app.errors import Refusal
from app.money.orders import REGISTRAR
from app.people.lists import PaymentList
from app.web import letter_pdf
from app.web.console.frame import Frame, file
from app.web.console.lists import PATH, one
from app.web.console.said import Reader
from app.web.console.typed import whole
from app.web.site import Services

NEXT = "next"


def routes(services: Services) -> Blueprint:
    frame = Frame(services)
    blueprint = frame.blueprint("letters")
    office = frame.office

    def context(list_id: str) -> dict:
        found = one(frame, list_id)
        whom = letters.addressees(office, found)
        files = Counter((each.letter.batch, each.letter.officer, each.letter.at_s) for each in whom if each.letter)
        return {"found": found, "reader": Reader(frame), "count": len(whom), "left": sum(not each.letter for each in whom),
                "at_once": letters.AT_ONCE, "next": NEXT, "files": sorted(files.items(), reverse=True)}

    def made(officer: int, found: PaymentList) -> letters.Post:
        why = request.form.get("why", "")
        if request.form.get("part") == NEXT:
            return letters.write(office, officer, found, why)
        return letters.again(office, officer, found, whole("part"), why)

    @blueprint.get(f"{PATH}/<list_id>/letters")
    def page(list_id: str) -> str:
        return frame.page("list_letters.html", frame.officer(), "lists", **context(list_id))

    @blueprint.post(f"{PATH}/<list_id>/letters")
    def make(list_id: str) -> Response:
        officer, found = frame.posted(REGISTRAR), one(frame, list_id)
        try:
            post = made(officer.number, found)
        except Refusal as refusal:
            return frame.again(refusal, "list_letters.html", officer, "lists", **context(list_id))
        words, city = services.shell.words, office.city
        content = letter_pdf.pdf(post, words, city.names.say("ko"), office.genesis.host, city.zone)
        answer = file(f"letters-{list_id[:8]}-{datetime.fromtimestamp(office.now_s(), city.zone):%Y%m%d-%H%M%S}.pdf", content, "application/pdf")
        answer.headers["Cache-Control"] = "no-store"
        return answer

    return blueprint
