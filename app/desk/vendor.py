"""The counter for programs that work for a shop: whose program it is, and the tokens that the shop's owner gives out.

A token is the owner's word: the key behind the PIN signs the order that carries its hash, so that nobody who only stands at
the till can hand the shop to a program, or take one's token away. It dies with the till at which it was made.
"""

from dataclasses import dataclass
from hashlib import sha256

from app.desk.office import Office
from app.desk.staff import OwnersOrder
from app.errors import Refusal
from app.money import orders
from app.money.state import Register, TillRecord
from app.people import vendors
from app.people.shapes import one_line, refuse_resident_number
from app.people.vendors import Token

PREFIX = "hagc_"


@dataclass(frozen=True, slots=True)
class Scope:
    """For which shop somebody asks: as one of its tills, or by a token (till 0)."""
    shop: int
    till: int


def of_till(office: Office, number: int) -> Scope:
    """Of a till whose session was proven."""
    return Scope(office.store.get(Register.TILL, number).shop, number)


def of_token(office: Office, text: str) -> Scope:
    """TOKEN_UNKNOWN for one that was never made or was taken back, also with its till."""
    token = vendors.token_of(office.people, sha256(text.encode("utf-8", "replace")).digest())
    record = office.store.get(Register.TILL, token.till) if token else None
    if record is None or not record.rights or record.shop != token.shop:
        raise Refusal("TOKEN_UNKNOWN")
    return Scope(token.shop, 0)


def receiving_till(office: Office, shop: int, number: int) -> TillRecord:
    """A till that may take money for this shop. UNKNOWN_TILL, NOT_YOURS, TILL_REVOKED."""
    record = office.store.get(Register.TILL, number)
    if record is None:
        raise Refusal("UNKNOWN_TILL", till=number)
    if record.shop != shop:
        raise Refusal("NOT_YOURS")
    if not record.rights & orders.RECEIVE:
        raise Refusal("TILL_REVOKED")
    return record


def give_token(office: Office, order: OwnersOrder, name: str, digest: bytes) -> Token:
    """The owner's program made the token and keeps it; here comes its hash. The same again gives the same.
    FIELD_WRONG (name), RESIDENT_NUMBER, TOO_MANY."""
    name = one_line(name)
    if not 1 <= len(name) <= vendors.LONGEST_NAME or not name.isprintable():
        raise Refusal("FIELD_WRONG", field="name", least=1, most=vendors.LONGEST_NAME)
    refuse_resident_number(name)
    return vendors.add_token(office.people, digest, (order.shop, order.till), name)
