"""The counter for vendors' checkouts: a program asks for an amount, the till signs it and shows it, the ledger decides.

The server holds no till's key, so it can't ask for money itself: a checkout waits until the till takes it up. It is
COMPLETED by an entry of the ledger and by nothing else; also one that was canceled, when its request was paid after all,
or when the till had taken it without a network and is back.
"""

import re
from base64 import urlsafe_b64encode
from datetime import UTC, datetime
from functools import partial
from json import dumps, loads

from app.desk.lookup import id_of
from app.desk.office import Office
from app.desk.offline import never
from app.desk.opening import open_signed
from app.desk.receipts import amount_of, may_be_signed, settled
from app.desk.vendor import Scope, receiving_till
from app.errors import Refusal
from app.message import cose, qr
from app.money.amount import is_won
from app.money.orders import Charge, Request
from app.money.orders import Signed as Message
from app.money.orders_offline import Deposit
from app.money.state import Register
from app.people import checkouts, vendors
from app.people.checkouts import CANCELED, COMPLETED, OPEN, TIMED_OUT, Checkout, Signed, Wish
from app.store.base import TILL
from app.store.history import Movement

SHORTEST_S, LONGEST_S = 10, 300
GRACE_S = 3             # after the end: what was under way is in the ledger by then
KEPT_S = 90 * 86_400
MOST_CASHIER = 65_535
SEARCHED = 50           # of a till's newest sales
CLOCKS_S = 60           # by so much a till's clock may differ that took something without a network
_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_REFERENCE = re.compile(r"[0-9A-Z-]{1,19}")


# --- the vendor ----------------------------------------------------------------------------

def ask(office: Office, scope: Scope, checkout_id: str, wish: Wish) -> Checkout:
    """Made, or as it stands. FIELD_WRONG, UNKNOWN_TILL, NOT_YOURS, TILL_REVOKED, NOT_FOUND (webhook),
    CHECKOUT_DIFFERS."""
    _require(_ID.fullmatch(checkout_id), "id")
    _require(is_won(wish.amount_won), "amount_won")
    _require(_REFERENCE.fullmatch(wish.reference), "reference_id")
    _require(SHORTEST_S <= wish.deadline_s <= LONGEST_S, "deadline_s")
    _require(0 <= wish.cashier <= MOST_CASHIER, "cashier")
    receiving_till(office, scope.shop, wish.till)
    if wish.webhook is not None:
        vendors.webhook(office.people, scope.shop, wish.webhook)
    return look_after(office, checkouts.ask(office.people, scope.shop, checkout_id, wish))


def get(office: Office, scope: Scope, checkout_id: str) -> Checkout:
    """As the ledger has it now. NOT_FOUND."""
    return look_after(office, checkouts.get(office.people, scope.shop, checkout_id))


def cancel(office: Office, scope: Scope, checkout_id: str) -> Checkout:
    """By the vendor, or at the till itself. CHECKOUT_OVER when it is paid, or taken without a network; the same again is
    fine. A request that was shown can still be paid until its own end."""
    found = get(office, scope, checkout_id)
    if found.state in OPEN and is_taken(office, found):
        raise Refusal("CHECKOUT_OVER")
    why = checkouts.TILL if scope.till == found.till else checkouts.VENDOR
    found = checkouts.cancel(office.people, found, why, partial(_told, office))
    if found.state == COMPLETED:
        raise Refusal("CHECKOUT_OVER")
    return found


def _require(fits: object, field: str) -> None:
    if not fits:
        raise Refusal("FIELD_WRONG", field=field)


# --- the till ------------------------------------------------------------------------------

def to_show(office: Office, till: int) -> list[Checkout]:
    """What a till has to do, oldest first; not what it took without a network."""
    found = [look_after(office, each) for each in checkouts.open_at(office.people, till)]
    return [each for each in found if each.state in OPEN and not is_taken(office, each)]


def take_up(office: Office, scope: Scope, checkout_id: str) -> Checkout:
    """The till shows it. NOT_YOURS for another till, CHECKOUT_OVER when there is nothing to show any more."""
    found = _of_till(office, scope, checkout_id)
    found = checkouts.take_up(office.people, found, partial(_told, office))
    if found.state not in OPEN or is_taken(office, found):
        raise Refusal("CHECKOUT_OVER")
    return found


def add_message(office: Office, scope: Scope, checkout_id: str, raw: bytes) -> Checkout:
    """What the till signed for it: a request before it is shown, a charge before it is sent. What opening refuses, and
    CHECKOUT_DIFFERS where it asks for something else."""
    found = _of_till(office, scope, checkout_id)
    message = open_signed(office, raw, (Request, Charge))
    body = message.body
    if (body.till, body.amount_won, body.reference.decode(), body.cashier) != (
        found.till, found.amount_won, found.reference, found.cashier,
    ):
        raise Refusal("CHECKOUT_DIFFERS")
    checkouts.add_message(office.people, found, Signed(message.id, body.expires_at_s, raw))
    return look_after(office, checkouts.get(office.people, scope.shop, checkout_id))


def _of_till(office: Office, scope: Scope, checkout_id: str) -> Checkout:
    found = get(office, scope, checkout_id)
    if scope.till != found.till:
        raise Refusal("NOT_YOURS")
    return found


def deposited(office: Office, deposit: Message) -> None:
    """A till of the shop brings a code that it took without a network. Was it for a checkout, it is linked to that: by what
    is signed in it, so that anybody may bring it, from a file too."""
    body = deposit.body
    shop = office.store.get(Register.TILL, body.till).shop
    if not body.reference or shop != body.shop:
        return
    wanted = (body.reference.decode("ascii"), body.amount_won, body.cashier)
    signed = Signed(deposit.id, body.expires_at_s, deposit.raw)
    found = [(each, checkouts.messages(office.people, each))
             for each in checkouts.alike(office.people, shop, wanted, body.taken_at_s, CLOCKS_S)]
    if any(signed.id == one.id for _, messages in found for one in messages):
        return
    free = [each for each, messages in found if each.state != COMPLETED and not _taken(office, messages)]
    if free:
        checkouts.add_message(office.people, free[0], signed)


def is_taken(office: Office, found: Checkout) -> bool:
    """Whether a till has taken it without a network, and nobody knows yet what becomes of that."""
    return bool(_taken(office, checkouts.messages(office.people, found)))


def _taken(office: Office, signed: list[Signed]) -> list[Signed]:
    """The deposits among them that may still be settled."""
    deposits = [each for each in signed if _is_deposit(each) and not never(office, each.expires_at_s)]
    return [each for each in deposits if office.store.outcome(each.expires_at_s, each.id) is None]


def _is_deposit(signed: Signed) -> bool:
    return type(cose.parse(signed.message).body) is Deposit


# --- the ledger decides --------------------------------------------------------------------

def look_after_all(office: Office) -> None:
    """Completes what was paid and ends what was not in its time. May be done by several at once."""
    for each in checkouts.watched(office.people):
        look_after(office, each)


def look_after(office: Office, found: Checkout) -> Checkout:
    if not found.watched:
        return found
    told, signed = partial(_told, office), checkouts.messages(office.people, found)
    for each in signed:
        entry = office.store.entry_of(each.expires_at_s, each.id)
        if entry is not None:
            return checkouts.complete(office.people, found, entry, each.id, told)
    now_s, taken = office.now_s(), _taken(office, signed)
    if found.state in OPEN and now_s > found.deadline_at_s + GRACE_S and not taken:
        sale = _unreported(office, found)
        if sale is not None:
            return checkouts.complete(office.people, found, sale.entry, id_of(office, sale.message), told)
        found = checkouts.cancel(office.people, found, TIMED_OUT, told)
    if found.state == CANCELED and now_s > (_payable_until_s(signed, taken) or 0) + GRACE_S:
        checkouts.let_go(office.people, found)
    return found


def _payable_until_s(signed: list[Signed], taken: list[Signed]) -> int | None:
    """Until when something that was signed for it may still be paid; a deposit that was refused for good can't."""
    good = [each for each in signed if not _is_deposit(each) or each in taken]
    return max((each.expires_at_s for each in good), default=None)


def _unreported(office: Office, found: Checkout) -> Movement | None:
    """A sale of this till for this wish that it could not tell us of before its line or its power broke."""
    for sale in office.store.movements((TILL, found.till), office.store.first_at(found.created_at_s), None, SEARCHED):
        body = cose.parse(sale.message).body
        same = type(body) in (Request, Charge) and body.reference.decode() == found.reference
        if same and body.amount_won == found.amount_won and not checkouts.is_taken(office.people, sale.entry):
            return sale
    return None


def forget_old(office: Office) -> int:
    """After ninety days an id may be used again; the sales stay where they are."""
    return checkouts.forget(office.people, office.now_s() - KEPT_S)


# --- what is answered ----------------------------------------------------------------------

def line(office: Office, found: Checkout) -> dict:
    """A checkout as JSON; amounts in won, times in Unix seconds."""
    signed = checkouts.messages(office.people, found)
    asked = shown(office, found)
    taken_at_s = [cose.parse(each.message).body.taken_at_s for each in signed if _is_deposit(each)]
    return {
        "id": found.id, "state": found.state, "cancel_reason": found.why or None, "till": found.till, "shop": found.shop,
        "amount_won": found.amount_won, "reference_id": found.reference, "cashier": found.cashier,
        "deadline_s": found.deadline_s, "webhook": found.webhook, "created_at_s": found.created_at_s,
        "deadline_at_s": found.deadline_at_s, "payable_until_s": _payable_until_s(signed, _taken(office, signed)),
        "taken_offline_at_s": max(taken_at_s, default=None),
        "request": qr.to_text(asked, office.genesis.host) if asked else None,
        "entry": found.entry, "receipt": _receipt(office, found), "goods": loads(found.goods) if found.goods else None,
    }


def shown(office: Office, found: Checkout) -> bytes:
    """The till's newest request, while it may be paid and nothing was taken in its place; empty when there is none."""
    signed = checkouts.messages(office.people, found)
    if found.state != checkouts.IN_PROGRESS or _taken(office, signed):
        return b""
    good = [each.message for each in signed if each.expires_at_s >= office.now_s()]
    return next((raw for raw in good if type(cose.parse(raw).body) is Request), b"")


def _receipt(office: Office, found: Checkout) -> str | None:
    if found.state != COMPLETED or not may_be_signed(office):
        return None
    slip = settled(office, found.entry, found.subject, amount_of(office.store.entry(found.entry)))
    return urlsafe_b64encode(slip.receipt).rstrip(b"=").decode()


def _told(office: Office, found: Checkout) -> str:
    """The body of a webhook (Standard Webhooks: type, timestamp, data)."""
    at = datetime.fromtimestamp(office.now_s(), UTC).isoformat()
    content = {"type": "checkout.updated", "timestamp": at, "data": line(office, found)}
    return dumps(content, ensure_ascii=False, separators=(",", ":"))
