"""Reading: what a wallet, a till or anyone may know. Answers are plain dictionaries for JSON, amounts in won.

A till's answers never hold who paid or which coin was used.
"""

from dataclasses import dataclass
from datetime import datetime

from app.chain.body import decode
from app.chain.entry import PAYEE, REFUND, SALES, VOID, Entry, commitment
from app.desk.join import account_of
from app.desk.office import Office
from app.desk.offline import never, right_of
from app.desk.receipts import Settled, amount_of, must_be_signed, settled
from app.errors import Refusal
from app.message import cose, kinds
from app.message.kinds import ROW, ROW_BACK
from app.money import limits, lots, orders
from app.money.orders import CARD
from app.money.state import NEVER_S, Register
from app.people import joins
from app.store.base import TILL
from app.store.history import Movement

HISTORY = 50
SALES_SHOWN = 200
RECALL, LINK, EXPIRE = (kinds.BY_NAME[name].number for name in ("recall", "link", "expire"))
NAMES = {ROW: "top-up", LINK: "top-up", REFUND: "refund", VOID: "void", EXPIRE: "expired", ROW_BACK: "recalled", RECALL: "recalled"}


@dataclass(frozen=True, slots=True)
class PayersHalf:
    """What lets a payer check the log: their half opened, the shop's only as its commitment."""
    receipt: bytes
    half: bytes
    salt: bytes     # 32
    other: bytes    # 32


# --- the wallet ----------------------------------------------------------------------------

def wallet(office: Office, account: bytes, before: int | None = None, key: bytes = b"") -> dict:
    """Balance, lots and the newest entries of an account; before: page on from that entry. `key` (32): of the device that asks."""
    record = office.store.get(Register.ACCOUNT, account)
    held = [_holding(office, lot) for lot in office.store.holdings(record.number, office.now_s())]
    moved = office.store.history(record.number, before, HISTORY)
    wish = joins.of_account(office.people, account)
    return {
        "account": account.hex(), "linked": bool(record.person), "frozen": bool(record.frozen),
        "wish": wish.state if wish else "", "balance_won": sum(lot["amount_won"] for lot in held), "lots": held,
        "history": [_line(office, each) for each in moved], "more": len(moved) == HISTORY,
        "offline": right_of(office, account),
        "newer": _newer(office, account, key) if key else [],
        "limit": limit_of(office, key, sum(lot["amount_won"] for lot in held)) if key else None,
    }


def _newer(office: Office, account: bytes, mine: bytes) -> list[dict]:
    """The account's devices that were added after the one that asks: whose phone it is must hear of each."""
    devices = [(key, record, at_s) for key, record, at_s in office.store.devices_of(account) if not record.revoked]
    since = next((at for at, (key, *_) in enumerate(devices) if key == mine), len(devices))     # it may have ended meanwhile
    return [{"device": key[:8].hex(), "card": record.grade == CARD, "at_s": at_s} for key, record, at_s in devices[since + 1:]]


def limit_of(office: Office, key: bytes, balance_won: int) -> dict | None:
    """What keeps this device from spending all that is there now. again_at_s: when it is more; None: nothing was spent of it yet."""
    now_s = office.now_s()
    with office.store.snapshot() as state:
        found = limits.tightest(state, key, now_s, office.rules)
    if found is None or balance_won <= found.left_won:
        return None
    begun = found.sum.amount_won or found.ends_s < NEVER_S
    return {"limit_won": found.most_won, "left_won": found.left_won, "again_at_s": found.again_at_s if begun else None,
            "new_phone": found.ends_s < NEVER_S}


def _holding(office: Office, lot) -> dict:
    programme = office.store.get(Register.PROGRAMME, lot.programme)
    return {
        "coin": lot.coin, "programme": lot.name, "categories": list(programme.categories),
        "anywhere": not (programme.categories or programme.shops), "amount_won": lot.amount_won, "expires_at_s": lot.expires_at_s,
    }


def _line(office: Office, moved: Movement) -> dict:
    """One line of the wallet's history: what it was, how much came or went, where."""
    paid = moved.kind in SALES
    return {
        "entry": moved.entry, "kind": "payment" if paid else NAMES.get(moved.kind, "other"), "at_s": moved.at_s,
        "amount_won": moved.amount_won, "refunded_won": moved.refunded_won, "of": moved.of,
        "to_programme_won": moved.to_programme_won, "borne_won": moved.borne_won,
        "shop": moved.shop or None, "shop_name": shop_name(office, moved.shop) if moved.shop else "",
    }


def shop_name(office: Office, shop: int) -> str:
    record = office.store.get(Register.SHOP, shop)
    return record.name.decode() if record else ""


def preview(office: Office, account: bytes, shop: int, amount_won: int, key: bytes = b"") -> dict:
    """What paying there would take, before anybody signs. `key` (32): of the device that would sign. UNKNOWN_SHOP."""
    with office.store.snapshot() as state:
        found = lots.preview(state, account, shop, amount_won, office.now_s(), office.rules)
        uses = [
            {"coin": programme.coin, "programme": programme.name.decode(), "amount_won": won}
            for lot, won in found.draws if (programme := state.get(Register.PROGRAMME, lot.programme))
        ]
        limit = limits.tightest(state, key, office.now_s(), office.rules) if key else None
    too_much = not found.missing_won and limit is not None and amount_won > limit.left_won
    return {
        "spendable_here_won": found.spendable_here_won if limit is None else min(found.spendable_here_won, limit.left_won),
        "balance_won": found.balance_won, "uses": uses, "enough": not found.missing_won and not too_much,
        "missing_won": found.missing_won, "word": "OVER_DAY_LIMIT" if too_much else found.word or "",
        "shop_name": shop_name(office, shop), "limit": {
            "limit_won": limit.most_won, "left_won": limit.left_won, "again_at_s": limit.again_at_s} if too_much else None,
    }


def payers_half(office: Office, account: bytes, number: int) -> PayersHalf:
    """NOT_FOUND, or NOT_YOURS unless this account paid entry `number`."""
    entry = entry_or_refuse(office, number)
    fields = decode(entry.a) if entry.kind in SALES else []
    if not fields or fields[5] != account:
        raise Refusal("NOT_YOURS")
    must_be_signed(office)
    receipt = office.issuer.receipt(entry, id_of(office, fields[3]), fields[6])
    return PayersHalf(receipt, entry.a, entry.salt_a, commitment(PAYEE, entry.salt_b, entry.b))


def entry_or_refuse(office: Office, number: int) -> Entry:
    try:
        return office.store.entry(number)
    except (KeyError, OverflowError):
        raise Refusal("NOT_FOUND", field="entry") from None


def id_of(office: Office, raw: bytes) -> bytes:
    """The id (32) of a message that the log holds."""
    parsed = cose.parse(raw)
    return cose.message_id(parsed.kind, parsed.payload, office.chain_id)


def alias_of(raw: bytes) -> bytes:
    """The alias (8) that signed a code or payment; empty where no wallet signed."""
    return getattr(cose.parse(raw).body, "alias", b"")


# --- what became of a message --------------------------------------------------------------

def outcome(office: Office, expires_at_s: int, message_id: bytes) -> Settled | Refusal | None:
    """Settled, finally refused, or not known (yet). The id is its own proof: only who has the message knows it."""
    ended = never(office, expires_at_s)     # before the look: what settles meanwhile is still found
    found = office.store.outcome(expires_at_s, message_id)
    if found is None and ended:
        return Refusal("EXPIRED", expires_at_s=expires_at_s)
    if found is None or isinstance(found, Refusal):
        return found
    must_be_signed(office)
    return settled(office, found.number, message_id, amount_of(found))


# --- the till ------------------------------------------------------------------------------

def till(office: Office, number: int, before: int | None = None) -> dict:
    """The newest sales of a till and the day's sum. Never who paid, never which coin."""
    record = office.store.get(Register.TILL, number)
    today = office.store.takings((TILL, number), office.store.first_at(midnight_s(office)))
    moved = office.store.movements((TILL, number), 0, before, SALES_SHOWN)
    return {
        "till": number, "shop": record.shop, "shop_name": shop_name(office, record.shop), "rights": record.rights,
        "sales": [sale_line(office, each) for each in moved], "day_total_won": today.kept_won,
        "day_sales": today.sales, "more": len(moved) == SALES_SHOWN,
    }


def sale_line(office: Office, moved: Movement) -> dict:
    """A sale or refund as the shop sees it."""
    body = cose.parse(moved.message).body
    return {
        "entry": moved.entry, "kind": NAMES.get(moved.kind, "sale"), "at_s": moved.at_s,
        "amount_won": moved.amount_won, "refunded_won": moved.refunded_won, "of": moved.of or None,
        "reference": getattr(body, "reference", b"").decode(), "cashier": getattr(body, "cashier", 0),
        "subject": id_of(office, moved.message).hex(),
    }


def midnight_s(office: Office) -> int:
    """When today began on the city's clocks."""
    now = datetime.fromtimestamp(office.now_s(), office.city.zone)
    return int(now.replace(hour=0, minute=0, second=0, microsecond=0).timestamp())


def topics(office: Office, signer: bytes | int) -> tuple[str, ...]:
    """What a session may listen to: a till its own sales and its shop's rings, a wallet its own account."""
    if isinstance(signer, int):
        return f"till/{signer}", f"shop/{office.store.get(Register.TILL, signer).shop}"
    return (f"account/{office.store.get(Register.ACCOUNT, account_of(office, signer)).number}",)
