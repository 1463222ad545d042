"""What programs of vendors ask: checkouts, webhooks, the tokens of a shop. JSON, as all of the API.

A vendor's program proves itself by a token of the shop (`Authorization: Bearer hagc_…`) or, where it runs at the till,
by the till's own session; only the till itself can take a checkout up. Who works for the shop and where its news go is the
owner's to say: by an order (app/web/owner.py), or by the token that was made by one.
"""

from base64 import urlsafe_b64decode

from flask import Blueprint, Response, request

from app.desk import checkout, courier, goods, vendor
from app.desk.goods import Goods
from app.desk.office import Office
from app.desk.vendor import Scope
from app.errors import Refusal
from app.message.emv import Merchant, to_emv
from app.money.amount import is_won
from app.money.state import Register
from app.people import checkouts, deliveries, vendors
from app.people.checkouts import Checkout, Wish
from app.web import owner
from app.web.api import base64url, octets, sent, text, till
from app.web.site import Services

PAGE, LONGEST_PAGE = 50, 200
LAST = 2**62
BEARER = "Bearer "


def routes(services: Services) -> Blueprint:
    blueprint = Blueprint("vendor", __name__, url_prefix="/api")
    office: Office = services.office
    _checkouts(blueprint, office)
    _at_the_till(blueprint, office)
    _webhooks(blueprint, office)
    _tokens(blueprint, office)
    return blueprint


# --- reading what was sent -----------------------------------------------------------------

def scope(office: Office) -> Scope:
    """SIGN_IN_FIRST, TOKEN_UNKNOWN, NOT_YOURS for a wallet, and what a till's session is refused for."""
    said = request.headers.get("Authorization", "")
    if said.startswith(BEARER):
        return vendor.of_token(office, said.removeprefix(BEARER).strip())
    return vendor.of_till(office, till(office))


def owners_shop(office: Office) -> int:
    """The shop whose owner says it: by an order, or by a program that has the owner's token. As `scope` and `owner.order`."""
    if request.headers.get("Authorization", "").startswith(BEARER):
        return scope(office).shop
    return owner.order(office).shop


def figure(found: dict, name: str, default: int | None = None) -> int:
    """A whole number in JSON from 0 to 2⁵³ − 1: no fraction, no truth value."""
    value = found.get(name, default)
    if value is None:
        raise Refusal("FIELD_MISSING", field=name)
    if type(value) is not int or not 0 <= value < 2**53:
        raise Refusal("FIELD_WRONG", field=name)
    return value


def wish_of(found: dict) -> Wish:
    webhook = figure(found, "webhook") if found.get("webhook") is not None else None
    won = figure(found, "amount_won")
    if not is_won(won):
        raise Refusal("FIELD_WRONG", field="amount_won")
    of = goods_of(found)
    return Wish(figure(found, "till"), won, text(found, "reference_id"), figure(found, "cashier", 0),
                figure(found, "deadline_s"), webhook, goods.to_text(goods.checked(of, won)) if of else "")


def goods_of(found: dict) -> Goods | None:
    """Lines with a tip and a discount, where they are told; FIELD_MISSING for a tip or a discount without lines."""
    if not any(found.get(name) is not None for name in ("lines", "tip_won", "discount_won")):
        return None
    lines = found.get("lines")
    if lines is None:
        raise Refusal("FIELD_MISSING", field="lines")
    if type(lines) is not list or not all(type(each) is dict for each in lines) or len(lines) > goods.MOST_LINES:
        raise Refusal("FIELD_WRONG", field="lines", least=1, most=goods.MOST_LINES)
    items = tuple(goods.item(text(each, "name"), figure(each, "price_won"), figure(each, "count", 1)) for each in lines)
    return Goods(items, figure(found, "tip_won", 0), figure(found, "discount_won", 0))


def cursor() -> int:
    """Where the page before ended; only what an answer gave."""
    said = request.args.get("cursor", "")
    if not said:
        return LAST
    try:
        number = int(urlsafe_b64decode(said.encode("ascii") + b"=" * (-len(said) % 4)).decode("ascii"))
    except ValueError:      # also of base64 and ASCII
        number = 0
    if not 0 < number < LAST or base64url(str(number).encode()) != said:
        raise Refusal("FIELD_WRONG", field="cursor")
    return number


def wanted() -> dict[str, str | int]:
    """By which the list is narrowed."""
    found: dict[str, str | int] = {}
    if "state" in request.args:
        if request.args["state"] not in checkouts.STATES:
            raise Refusal("FIELD_WRONG", field="state")
        found["state"] = request.args["state"]
    if "till" in request.args:
        found["till"] = number_of("till", 0, 2**53 - 1)
    return found


def number_of(name: str, least: int, most: int, default: int | None = None) -> int:
    """A whole number from the address."""
    said = request.args.get(name, "" if default is None else str(default))
    if not (said.isascii() and said.isdecimal() and len(said) <= 16 and least <= int(said) <= most):
        raise Refusal("FIELD_WRONG", field=name)
    return int(said)


# --- routes --------------------------------------------------------------------------------

def _checkouts(blueprint: Blueprint, office: Office) -> None:
    @blueprint.put("/checkouts/<checkout_id>")
    def ask(checkout_id: str) -> dict:
        who = scope(office)
        return checkout.line(office, checkout.ask(office, who, checkout_id, wish_of(sent())))

    @blueprint.get("/checkouts/<checkout_id>")
    def read(checkout_id: str) -> dict | Response:
        found = checkout.get(office, scope(office), checkout_id)
        how = request.args.get("format", "json")
        if how == "emv":
            return Response(_emv(office, found), mimetype="text/plain")
        if how != "json":
            raise Refusal("FIELD_WRONG", field="format")
        return checkout.line(office, found)

    @blueprint.post("/checkouts/<checkout_id>/cancel")
    def cancel(checkout_id: str) -> dict:
        return checkout.line(office, checkout.cancel(office, scope(office), checkout_id))

    @blueprint.get("/checkouts")
    def listed() -> dict:
        most = number_of("limit", 1, LONGEST_PAGE, PAGE)
        found = checkouts.page(office.people, scope(office).shop, cursor(), most, wanted())
        last = base64url(str(found[-1].number).encode()) if len(found) == most else None
        return {"checkouts": [checkout.line(office, each) for each in found], "cursor": last}


def _emv(office: Office, found: Checkout) -> str:
    """NOT_FOUND until the till has signed a request, and when that has ended."""
    raw = checkout.shown(office, found)
    if not raw:
        raise Refusal("NOT_FOUND", field="request")
    name = office.store.get(Register.SHOP, found.shop).name.decode()
    return to_emv(raw, Merchant(name, found.shop, office.city.names.say("en")), found.amount_won, found.reference)


def _at_the_till(blueprint: Blueprint, office: Office) -> None:
    @blueprint.get("/till/checkouts")
    def waiting() -> dict:
        return {"checkouts": [checkout.line(office, each) for each in checkout.to_show(office, till(office))]}

    @blueprint.post("/till/checkouts/<checkout_id>/take")
    def take(checkout_id: str) -> dict:
        return checkout.line(office, checkout.take_up(office, vendor.of_till(office, till(office)), checkout_id))

    @blueprint.post("/till/checkouts/<checkout_id>/messages")
    def message(checkout_id: str) -> dict:
        who = vendor.of_till(office, till(office))
        return checkout.line(office, checkout.add_message(office, who, checkout_id, octets(sent())))


def _webhooks(blueprint: Blueprint, office: Office) -> None:
    @blueprint.post("/webhooks")
    def add_webhook() -> dict:
        shop, found = owners_shop(office), sent()
        secret = courier.read_secret(text(found, "secret")) if found.get("secret") is not None else b""
        made = vendors.add_webhook(office.people, shop, text(found, "url"), secret)
        return {**_webhook(made), "secret": courier.shown_secret(made.secret)}

    @blueprint.get("/webhooks")
    def webhooks() -> dict:
        return {"webhooks": [_webhook(each) for each in vendors.webhooks(office.people, scope(office).shop)]}

    @blueprint.get("/webhooks/<int:number>")
    def webhook(number: int) -> dict:
        found = vendors.webhook(office.people, scope(office).shop, _small(number))
        said = deliveries.of_webhook(office.people, found.number)
        return {**_webhook(found), "deliveries": [{
            "id": each.id, "checkout": checkout_id, "state": each.state, "tries": each.tries, "said": each.said or None,
            "next_at_s": each.next_at_s if each.state == deliveries.WAITING else None, "created_at_s": each.created_at_s,
        } for each, checkout_id in said]}

    @blueprint.delete("/webhooks/<int:number>")
    def end_webhook(number: int) -> dict:
        vendors.end_webhook(office.people, owners_shop(office), _small(number))
        return {"webhook": number}


def _webhook(found: vendors.Webhook) -> dict:
    return {"webhook": found.number, "url": found.url, "state": found.state, "created_at_s": found.created_at_s}


def _tokens(blueprint: Blueprint, office: Office) -> None:
    @blueprint.post("/tokens")
    def give_token() -> dict:
        order, found = owner.order(office), sent()
        digest = octets(found, "digest")
        if len(digest) != 32:
            raise Refusal("FIELD_WRONG", field="digest")
        return _token(vendor.give_token(office, order, text(found, "name"), digest))

    @blueprint.get("/tokens")
    def tokens() -> dict:
        shop = vendor.of_till(office, till(office)).shop
        return {"tokens": [_token(each) for each in vendors.tokens(office.people, shop)]}

    @blueprint.delete("/tokens/<int:number>")
    def revoke_token(number: int) -> dict:
        vendors.revoke_token(office.people, owner.order(office).shop, _small(number))
        return {"token": number}


def _token(found: vendors.Token) -> dict:
    return {"token": found.number, "name": found.name, "till": found.till, "created_at_s": found.created_at_s}


def _small(number: int) -> int:
    """What fits SQLite's whole numbers; NOT_FOUND for what can't stand there."""
    if number >= 2**53:
        raise Refusal("NOT_FOUND", field="id")
    return number
