"""The paper slip: signed after the commit, on demand, the same bytes each time, by a key that the roots accept now."""

from dataclasses import dataclass

from app.chain.body import decode
from app.chain.entry import TWO_SIDED, Entry
from app.desk.office import Office
from app.errors import Refusal
from app.money.state import Register


@dataclass(frozen=True, slots=True)
class Settled:
    """One settled message: what its sender may know of it."""
    entry: int
    at_s: int
    amount_won: int
    receipt: bytes          # COSE_Sign1, kind receipt, naming the message


def may_be_signed(office: Office) -> bool:
    """Whether the receipt key is the one that the roots accept, and in its time."""
    record = office.store.get(Register.OPERATIONAL, office.issuer.operational)
    if record is None or record.key != office.issuer.key.public:
        return False
    return record.valid_from_s <= office.now_s() < record.valid_until_s


def must_be_signed(office: Office) -> None:
    """Before money moves and before a receipt is signed again. HALTED: a receipt that no till believes is none."""
    if not may_be_signed(office):
        raise Refusal("HALTED")


def settled(office: Office, number: int, subject: bytes, amount_won: int) -> Settled:
    """The answer to whoever sent the message with id `subject` (32), settled as entry `number`. The key was looked at before."""
    entry = office.store.entry(number)
    return Settled(number, entry.time_s, amount_won, office.issuer.receipt(entry, subject, amount_won))


def amount_of(entry: Entry) -> int:
    """Won that a sale or its way back moved; 0 of anything else."""
    return decode(entry.b)[7] if entry.form == TWO_SIDED else 0
