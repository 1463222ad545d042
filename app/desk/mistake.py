"""The counter for "I paid by mistake": the payer asks within minutes, the till that took it answers. A yes is the till's
signed void, which is money and goes the way of money; only the question and a no are kept here.
"""

from app.chain.body import decode
from app.chain.entry import SALES, Entry
from app.desk import lookup
from app.desk.office import Office
from app.errors import Refusal
from app.money.state import Register
from app.people import mistakes
from app.people.mistakes import Mistake

RETURNED, NONE = "returned", ""


def ask(office: Office, account: bytes, number: int) -> dict:
    """NOT_FOUND, NOT_YOURS; VOID_TOO_LATE (fact minutes) when the till may no longer give it back by itself."""
    entry = _payment(office, account, number)
    if back_won(office, number):
        return {"state": RETURNED}
    if office.now_s() - entry.time_s > office.rules.void_s and mistakes.of_entry(office.people, number) is None:
        raise Refusal("VOID_TOO_LATE", minutes=office.rules.void_s // 60)
    fields = decode(entry.b)
    return {"state": mistakes.ask(office.people, number, fields[6], fields[7], entry.time_s).state}


def state(office: Office, account: bytes, number: int) -> dict:
    """What became of the question: asked, refused, returned, or empty where nobody asked. NOT_FOUND, NOT_YOURS."""
    _payment(office, account, number)
    found = mistakes.of_entry(office.people, number)
    return {"state": RETURNED if back_won(office, number) else found.state if found else NONE}


def _payment(office: Office, account: bytes, number: int) -> Entry:
    entry = lookup.entry_or_refuse(office, number)
    if entry.kind not in SALES or decode(entry.a)[5] != account:
        raise Refusal("NOT_YOURS")
    return entry


def back_won(office: Office, number: int) -> int:
    """What went back of a payment until now."""
    found = office.store.get(Register.REFUNDED, number)
    return found.amount_won if found else 0


# --- at the till ---------------------------------------------------------------------------

def questions(office: Office, till: int) -> dict:
    """What payers of this till ask and nobody has answered, oldest first, while it may still give back by itself."""
    found = mistakes.of_till(office.people, till, office.now_s() - office.rules.void_s)
    return {"questions": [_question(one) for one in found if not back_won(office, one.entry)]}


def _question(one: Mistake) -> dict:
    return {"entry": one.entry, "amount_won": one.amount_won, "at_s": one.paid_at_s, "asked_at_s": one.asked_at_s}


def refuse(office: Office, till: int, number: int, cashier: int) -> dict:
    """The till says no. NOT_FOUND unless it was asked; ALREADY_DONE when the money went back."""
    if back_won(office, number):
        raise Refusal("ALREADY_DONE")
    entry = lookup.entry_or_refuse(office, number)
    if entry.kind not in SALES:
        raise Refusal("NOT_FOUND", field="entry")
    account = office.store.get(Register.ACCOUNT, decode(entry.a)[5])
    mistakes.refuse(office.people, number, till, cashier, f"account/{account.number}")
    return questions(office, till)
