"""The counter for fee notices: a public institution asks on paper, its server-held till key signs.

That key can only ask: it may neither receive by a code nor give anything back.
"""

import os

from app.desk.office import Office
from app.errors import Refusal
from app.message import cose
from app.money import orders
from app.money.orders import ASK, INSTITUTION
from app.money.state import Register
from app.people import notices
from app.people.notices import NewNotice, Notice

LIFE_S = 60 * 86_400


def write(office: Office, till: int, amount_won: int, reference: str) -> Notice:
    """A signed notice of `amount_won` under the institution's own `reference` (0-9 A-Z -, ≤ 19).
    FIELD_WRONG, UNKNOWN_TILL, NO_RIGHT, NUMBER_TAKEN."""
    record = asking_till(office, till)
    now_s = office.now_s()
    expires_at_s = now_s + LIFE_S
    try:
        raw = cose.sign(
            orders.Notice(till, record.shop, amount_won, os.urandom(8), expires_at_s, _reference(reference)),
            office.notice_key.signer, office.chain_id,
        )
    except Refusal as refusal:
        raise Refusal("FIELD_WRONG", field=str(refusal.facts.get("field", "amount_won"))) from None
    parsed = cose.parse(raw)
    message_id = cose.message_id(parsed.kind, parsed.payload, office.chain_id)
    return notices.add(office.people, NewNotice(message_id, raw, record.shop, reference, amount_won, expires_at_s))


def asking_till(office: Office, till: int):
    """The till record of an institution whose asking key this server holds."""
    record = office.store.get(Register.TILL, till)
    if record is None:
        raise Refusal("UNKNOWN_TILL", till=till)
    shop = office.store.get(Register.SHOP, record.shop)
    if not record.rights & ASK or shop.sort != INSTITUTION or record.key != office.notice_key.signer.public:
        raise Refusal("NO_RIGHT")
    return record


def _reference(text: str) -> bytes:
    try:
        return text.encode("ascii")
    except UnicodeEncodeError:
        raise Refusal("FIELD_WRONG", field="reference") from None


def paid(office: Office, found: Notice) -> Notice:
    """The notice as the chain has it: a payment closes it here when somebody looks."""
    if found.state != notices.OPEN:
        return found
    entry = office.store.entry_of(found.expires_at_s, found.message_id)
    if entry is None:
        return found
    notices.paid(office.people, found.message_id, entry)
    return notices.get(office.people, found.number)
