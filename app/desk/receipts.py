"""The paper slip: signed after the commit, on demand, the same bytes each time."""

from dataclasses import dataclass

from app.desk.office import Office


@dataclass(frozen=True, slots=True)
class Settled:
    """One settled message: what its sender may know of it."""
    entry: int
    at_s: int
    amount_won: int
    receipt: bytes          # COSE_Sign1, kind receipt, naming the message


def settled(office: Office, number: int, subject: bytes, amount_won: int) -> Settled:
    """The answer to whoever sent the message with id `subject` (32), settled as entry `number`."""
    entry = office.store.entry(number)
    return Settled(number, entry.time_s, amount_won, office.issuer.receipt(entry, subject, amount_won))
