"""Rows of a list whose money went back to its programme, and why: worked out again of what the ledger held at that entry,
in the order in which app.money.topup asks."""

from dataclasses import dataclass

from app.chain.body import decode
from app.chain.entry import Entry
from app.desk.office import Office
from app.money.state import ListRecord, ProgrammeRecord, Register
from app.money.topup import coins_expire_s, paid_place

ENDED, OWN, MOST, NO_WALLET, FROZEN, FULL = WHY = ("ended", "own", "most", "no_wallet", "frozen", "full")


@dataclass(frozen=True, slots=True)
class Returned:
    """`row`: on the chain, from 0."""
    row: int
    person: bytes           # 16
    amount_won: int
    entry: int
    at_s: int


def of_list(office: Office, list_id: bytes) -> list[Returned]:
    """In their order; none before the list is approved."""
    return [_read(entry) for entry in office.store.returned(list_id)]


def _read(entry: Entry) -> Returned:
    _, _, _, _, row, person, amount_won, *_ = decode(entry.a)
    return Returned(row, person, amount_won, entry.number, entry.time_s)


def why(office: Office, record: ListRecord, one: Returned) -> str:
    """One of WHY."""
    def held(register: Register, key: bytes | int) -> object | None:
        return office.store.as_of(register, key, one.entry)

    programme: ProgrammeRecord = held(Register.PROGRAMME, record.programme)
    if coins_expire_s(programme, one.at_s) <= one.at_s:
        return ENDED
    standings = [held(Register.STANDING, officer) for officer in (record.maker, record.checker)]
    if any(standing is not None and standing.person == one.person for standing in standings):
        return OWN
    paid = held(Register.PERSON_PAID, paid_place(record.programme, one.person))
    if programme.person_won and one.amount_won + (paid.amount_won if paid else 0) > programme.person_won:
        return MOST
    person = held(Register.PERSON, one.person)
    if person is None or not person.account:
        return NO_WALLET
    return FROZEN if held(Register.ACCOUNT, person.account).frozen else FULL
