"""The counter where money changes hands: a sale in either motion, and money back.

Motion 1: the resident's code and the till's charge. Motion 2: the till's request (or an
institution's notice) and the resident's payment. The same two messages always get the same
answer: the sequencer finds them by their ids.
"""

from app.desk import checkout, staff
from app.desk.office import Office
from app.desk.opening import PAYEE, PAYER, open_signed
from app.desk.receipts import Settled, amount_of, must_be_signed, settled
from app.errors import Refusal
from app.money.orders import Act, Refund, Sale, Void
from app.money.orders_offline import Deposit


def settle(office: Office, payer: bytes, payee: bytes) -> Settled:
    """The till's slip; the payer's own stands in the wallet. Raises Refusal."""
    must_be_signed(office)
    sale = Sale(open_signed(office, payer, PAYER), open_signed(office, payee, PAYEE))
    try:
        number = office.sequencer.submit(sale)
    except Refusal as refusal:
        office.refused.note(sale, refusal)
        if not refusal.final:
            _tell_checkout(office, sale)
        raise
    _tell_checkout(office, sale)
    return settled(office, number, sale.payee.id, sale.payee.body.amount_won)


def _tell_checkout(office: Office, sale: Sale) -> None:
    """Of what a till took without a network; but not of what is refused for good, which would hold it till its end."""
    if type(sale.payee.body) is Deposit:
        checkout.deposited(office, sale.payee)


def give_back(office: Office, raw: bytes) -> Settled:
    """A refund or void: money back to the payer, into the lots it came from. Raises Refusal."""
    must_be_signed(office)
    message = open_signed(office, raw, (Refund, Void))
    if type(message.body) is Void and office.store.entry_of(message.body.expires_at_s, message.id) is None:
        staff.may_void(office, message.body)
    number = office.sequencer.submit(Act(message))
    return settled(office, number, message.id, amount_of(office.store.entry(number)))
