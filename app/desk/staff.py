"""The shop's own counter: its owner keeps the list of cashiers and looks at all its tills; cashiers sign in.

The owner is who can unlock a till's refund key: it signs each of these orders, as a till's own key can't. So a till
that was left to a cashier changes no list and sees no other till, whatever its page is made to ask.
"""

from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256

from app.desk import lookup
from app.desk.office import Office
from app.desk.pairing import check_proof
from app.errors import Refusal
from app.money.orders import RETURN, Void
from app.money.state import Register, TillRecord
from app.people import staff
from app.people.staff import Cashier
from app.store.base import SHOP, TILL

ORDER_LABEL = b"hagc/owner/1\0"
ORDER_S = 600
LINES = 200


@dataclass(frozen=True, slots=True)
class OwnersOrder:
    """Whose order it is: the owner's of a shop, signed at one of its tills."""
    shop: int
    till: int


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked with an order: method, path and query; and what was sent."""
    what: str
    body: bytes


def to_sign(office: Office, said: bytes) -> bytes:
    """What the refund key signs: label ‖ chain id (32) ‖ the order's text (UTF-8)."""
    return ORDER_LABEL + office.chain_id + said


def owners_order(office: Office, signed: tuple[bytes, bytes], content: Mapping[str, object], asked: Asked) -> OwnersOrder:
    """signed: the order's text and its signature; `content`: that text as JSON. UNKNOWN_TILL, TILL_REVOKED, UNKNOWN_KEY (a
    till without the key behind the PIN), BAD_SIGNATURE, NO_RIGHT, WRONG_PURPOSE (for another question), EXPIRED, TOO_FAR_AHEAD,
    FIELD_WRONG."""
    said, signature = signed
    number, expires_at_s = _whole(content, "till"), _whole(content, "expires_at_s")
    record = till_of(office, number)
    if not record.refund_key:
        raise Refusal("UNKNOWN_KEY")
    check_proof(signature, to_sign(office, said), record.refund_key)
    if not record.rights & RETURN:
        raise Refusal("NO_RIGHT")
    if (content.get("what"), content.get("body")) != (asked.what, sha256(asked.body).hexdigest()):
        raise Refusal("WRONG_PURPOSE")
    if office.now_s() > expires_at_s:
        raise Refusal("EXPIRED", expires_at_s=expires_at_s)
    if expires_at_s - office.now_s() > ORDER_S:
        raise Refusal("TOO_FAR_AHEAD")
    return OwnersOrder(record.shop, number)


def till_of(office: Office, number: int) -> TillRecord:
    """A till in use. UNKNOWN_TILL, TILL_REVOKED."""
    record = office.store.get(Register.TILL, number)
    if record is None:
        raise Refusal("UNKNOWN_TILL", till=number)
    if not record.rights:
        raise Refusal("TILL_REVOKED")
    return record


def _whole(content: Mapping[str, object], name: str) -> int:
    value = content.get(name)
    if type(value) is not int or not 0 <= value < 2**53:
        raise Refusal("FIELD_WRONG", field=name)
    return value


# --- the list ------------------------------------------------------------------------------

def listed(office: Office, till: int) -> dict:
    """The shop's cashiers as its tills keep them: with what a till checks a PIN or a QR by when there is no line."""
    shop = till_of(office, till).shop
    version = staff.version(office.people, shop)        # first: a list that is newer than its number is only read again
    return {"version": version, "rounds": staff.ROUNDS, "cashiers": [
        _shown(each) for each in staff.cashiers(office.people, shop)]}


def _shown(one: Cashier) -> dict:
    return {
        "number": one.number, "name": one.name, "present": one.present, "may_void": one.may_void,
        "salt": _text(one.salt), "digest": _text(one.digest), "card": _text(one.card),
    }


def _text(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def change(office: Office, order: OwnersOrder, seen: int, number: int, wanted: Mapping[str, object]) -> dict:
    """Adds a cashier (number 0) or changes one; the list as it stands then. As people.staff.change."""
    staff.change(office.people, order.shop, seen, number, wanted)
    return listed(office, order.till)


def sign_in(office: Office, till: int, number: int, pin: str, card: bytes) -> dict:
    """By PIN, or by the QR's secret where there is one. SIGN_IN_WRONG, TOO_MANY."""
    shop = till_of(office, till).shop
    if card:
        found = staff.by_card(office.people, shop, number, card)
    else:
        found = staff.by_pin(office.people, shop, number, pin)
    return {"number": found.number, "name": found.name, "may_void": found.may_void}


def may_void(office: Office, body: Void) -> None:
    """NO_RIGHT for a cashier who left, or to whom the owner didn't give it; nothing for the owner (0)."""
    if not body.cashier:
        return
    found = staff.get(office.people, body.shop, body.cashier)
    if found is None or not found.present or not found.may_void:
        raise Refusal("NO_RIGHT")


# --- all tills of a shop -------------------------------------------------------------------

def overview(office: Office, order: OwnersOrder, before: int | None = None) -> dict:
    """The shop's day: each till with its sum, all together, and the newest sales of them all."""
    first = office.store.first_at(lookup.midnight_s(office))
    whole = office.store.takings((SHOP, order.shop), first)
    moved = office.store.movements((SHOP, order.shop), 0, before, LINES)
    return {
        "shop": order.shop, "day_total_won": whole.kept_won, "day_sales": whole.sales,
        "tills": [_till(office, number, record, first) for number, record in office.store.records(Register.TILL)
                  if record.shop == order.shop],
        "sales": [lookup.sale_line(office, each) | {"till": each.till} for each in moved], "more": len(moved) == LINES,
    }


def _till(office: Office, number: int, record: TillRecord, first: int) -> dict:
    today = office.store.takings((TILL, number), first)
    return {
        "till": number, "in_use": bool(record.rights), "gives_back": bool(record.rights & RETURN),
        "day_total_won": today.kept_won, "day_sales": today.sales,
    }
