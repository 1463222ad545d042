"""What a till asks of its shop's own counter: who may sign in, what the owner changes, how all tills of the shop do.
"""

from collections.abc import Mapping

from flask import Blueprint

from app.desk import mistake, staff
from app.desk.office import Office
from app.errors import Refusal
from app.web import owner
from app.web.api import from_base64url, octets, sent, text, till, wallet
from app.web.site import Services

LONGEST_PIN = 8
OCTETS = ("salt", "digest", "card")


def routes(services: Services) -> Blueprint:
    blueprint = Blueprint("staff", __name__, url_prefix="/api")
    office: Office = services.office
    _staff(blueprint, office)
    _mistakes(blueprint, office)
    return blueprint


def _staff(blueprint: Blueprint, office: Office) -> None:
    @blueprint.get("/till/staff")
    def listed() -> dict:
        return staff.listed(office, till(office))

    @blueprint.post("/till/staff")
    def change() -> dict:
        order, found = owner.order(office), sent()
        wanted = found.get("cashier")
        if type(wanted) is not dict:
            raise Refusal("FIELD_WRONG", field="cashier")
        changes = {name: from_base64url(text(wanted, name), name) if name in OCTETS else value
                   for name, value in wanted.items() if name != "number"}
        return staff.change(office, order, _whole(found, "version", 2**53 - 1), _whole(wanted, "number", 65_535), changes)

    @blueprint.post("/till/sign-in")
    def sign_in() -> dict:
        number, found = till(office), sent()
        card = octets(found, "card") if "card" in found else b""
        pin = "" if card else text(found, "pin")
        if len(pin) > LONGEST_PIN:
            raise Refusal("SIGN_IN_WRONG")
        return staff.sign_in(office, number, _whole(found, "cashier", 65_535), pin, card)

    @blueprint.post("/till/shop")
    def shop() -> dict:
        order = owner.order(office)
        return staff.overview(office, order, _whole(sent(), "before", 2**53 - 1) or None)


def _whole(found: Mapping[str, object], name: str, most: int) -> int:
    """A whole number of a JSON object, 0 to `most`."""
    value = found.get(name)
    if type(value) is not int or not 0 <= value <= most:
        raise Refusal("FIELD_MISSING" if value is None else "FIELD_WRONG", field=name)
    return value


def _mistakes(blueprint: Blueprint, office: Office) -> None:
    @blueprint.post("/mistakes")
    def ask() -> dict:
        return mistake.ask(office, wallet(office), _whole(sent(), "entry", 2**53 - 1))

    @blueprint.get("/mistakes/<int:entry>")
    def state(entry: int) -> dict:
        return mistake.state(office, wallet(office), entry)

    @blueprint.get("/till/questions")
    def questions() -> dict:
        return mistake.questions(office, till(office))

    @blueprint.post("/till/questions")
    def refuse() -> dict:
        """The only answer that is sent here is no: a yes is the till's signed void."""
        number, found = till(office), sent()
        return mistake.refuse(office, number, _whole(found, "entry", 2**53 - 1), _whole(found, "cashier", 65_535))
