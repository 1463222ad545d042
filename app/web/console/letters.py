"""편지: for the people of a list who have no wallet, a page each with the one-time code. Their names leave the console here,
so a reason is asked and every name is on the access record."""

from collections import Counter
from datetime import datetime

from flask import Blueprint, request
from werkzeug.wrappers import Response

from app.desk import letters
from app.errors import Refusal
from app.money.orders import REGISTRAR
from app.people import addresses, joins
from app.people.addresses import Addresses
from app.people.lists import PaymentList
from app.web import letter_pdf
from app.web.console.frame import Frame, file
from app.web.console.lists import PATH, one
from app.web.console.said import Reader
from app.web.console.typed import whole
from app.web.site import Services

NEXT = "next"


def _file_of(one: letters.Addressee) -> tuple[int, int, int]:
    """Batch, officer, when; of who has a letter."""
    assert one.letter is not None
    return one.letter.batch, one.letter.officer, one.letter.at_s


def posted_to() -> Addresses:
    """The addresses that came with the form. They leave with its answer."""
    given = request.files.get("addresses")
    if not given or not given.filename:
        return addresses.NONE
    return addresses.read(given.read(), not request.form.get("without"))


def routes(services: Services) -> Blueprint:
    frame = Frame(services)
    blueprint = frame.blueprint("letters")
    office = frame.office

    def context(list_id: str) -> dict:
        found = one(frame, list_id)
        whom = letters.addressees(office, found)
        written, new = [each for each in whom if each.letter], [each for each in whom if not each.letter]
        files, late = Counter(map(_file_of, written)), Counter(_file_of(each) for each in written if each.late)
        return {"found": found, "reader": Reader(frame), "count": len(whom), "left": len(new), "coded": sum(each.has_code for each in new),
                "at_once": letters.AT_ONCE, "next": NEXT, "late_days": joins.CODE_LIFE_S // 86_400,
                "files": [(key, made, late[key]) for key, made in sorted(files.items(), reverse=True)]}

    def made(officer: int, found: PaymentList, to: Addresses) -> letters.Post:
        why = request.form.get("why", "")
        if request.form.get("part") == NEXT:
            return letters.write(office, officer, found, why, to)
        return letters.again(office, officer, found, whole("part"), why, to)

    @blueprint.get(f"{PATH}/<list_id>/letters")
    def page(list_id: str) -> str:
        return frame.page("list_letters.html", frame.officer(), "lists", **context(list_id))

    @blueprint.post(f"{PATH}/<list_id>/letters")
    def make(list_id: str) -> Response:
        officer, found = frame.posted(REGISTRAR), one(frame, list_id)
        try:
            to = posted_to()
            post = made(officer.number, found, to)
        except Refusal as refusal:
            return frame.again(refusal, "list_letters.html", officer, "lists", **context(list_id))
        words, city = services.shell.words, office.city
        content = letter_pdf.pdf(post, letter_pdf.Letters(words, city.names.say("ko"), office.genesis.host, city.zone, to.of))
        answer = file(f"letters-{list_id[:8]}-{datetime.fromtimestamp(office.now_s(), city.zone):%Y%m%d-%H%M%S}.pdf", content, "application/pdf")
        answer.headers["Cache-Control"] = "no-store"
        return answer

    return blueprint
