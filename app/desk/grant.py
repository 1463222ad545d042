"""The counter for lists: one officer proposes exactly these rows, another approves exactly these,
then the rows are paid one by one beside the day's payments.
"""

from collections.abc import Iterator

from app.desk.office import Office
from app.desk.opening import open_approval, open_signed
from app.errors import Refusal
from app.money.lists import leaves_root, row_leaf, row_salt
from app.money.orders import Act, Grant, Row
from app.money.state import ListRecord, Register
from app.people import lists
from app.people.lists import PaymentList, PayRow, Upload

ROWS_AT_ONCE = 2048     # handed to the sequencer together; it decides how many fit beside payments


def upload(office: Office, wanted: Upload) -> PaymentList:
    """A file or typed rows become a draft. Raises what app.people.lists.create does, and UNKNOWN_PROGRAMME."""
    if office.store.get(Register.PROGRAMME, wanted.programme) is None:
        raise Refusal("UNKNOWN_PROGRAMME")
    return lists.create(office.people, wanted, lambda person: is_linked(office, person))


def is_linked(office: Office, person: bytes) -> bool:
    found = office.store.get(Register.PERSON, person)
    return found is not None and bool(found.account)


def propose(office: Office, officer: int, list_id: bytes, raw: bytes) -> None:
    """The maker's signed grant. LIST_DIFFERS when it is not for these very rows."""
    body = open_signed(office, raw, (Grant,)).body
    found = lists.get(office.people, list_id)
    rows = lists.payable(office.people, list_id)
    mine = (found.list_id, found.programme, officer, len(rows), sum(row.amount_won for row in rows))
    if (body.list_id, body.programme, body.officer, body.count, body.total_won) != mine:
        raise Refusal("LIST_DIFFERS")
    if leaves_root(leaves(found, rows)) != body.root:
        raise Refusal("LIST_DIFFERS")
    lists.propose(office.people, list_id, officer, raw)


def approve(office: Office, officer: int, list_id: bytes, raw: bytes) -> int:
    """The checker's signed approval; the entry of the grant. The rows follow by themselves."""
    if open_approval(office, raw).body.signer != officer:
        raise Refusal("NOT_YOURS")
    lists.approve(office.people, list_id, officer, raw)
    return enter(office, list_id)


def enter(office: Office, list_id: bytes) -> int:
    """Brings an approved list to the chain; again after a crash gives the same entry. A list that
    the chain refuses goes back to its checker's desk."""
    found = lists.get(office.people, list_id)
    grant = open_signed(office, found.proposal, (Grant,))
    approval = open_approval(office, found.approval)
    rows = lists.payable(office.people, list_id)
    try:
        number = office.sequencer.submit(Act(grant, (approval,), (leaves(found, rows),)))
    except Refusal as refusal:
        if refusal.final:
            lists.reopen(office.people, list_id)
        raise
    lists.issued(office.people, list_id)
    return number


def leaves(found: PaymentList, rows: list[PayRow]) -> bytes:
    """The salted leaves (32 each) of a list's rows, as both officers' browsers work them out."""
    return b"".join(
        row_leaf(row.row, row.person, row.amount_won, row_salt(found.seed, row.row)) for row in rows
    )


def progress(office: Office, list_id: bytes) -> ListRecord | None:
    """How far a list is on the chain; None before it is approved."""
    return office.store.get(Register.LIST, list_id)


def unfinished(office: Office) -> list[bytes]:
    """Lists that are approved or issued and still have rows to pay."""
    return [
        found.list_id for state in (lists.APPROVED, lists.ISSUED) for found in lists.newest(office.people, state)
        if (record := progress(office, found.list_id)) is None or record.next_row < record.count
    ]


def pay_rows(office: Office, list_id: bytes) -> Iterator[int]:
    """Pays what is left of a list, and gives the next row's number after each portion.

    Whoever stops listening stops it; whoever starts again goes on where the chain is.
    """
    record = progress(office, list_id)
    if record is None:
        enter(office, list_id)
        record = progress(office, list_id)
    found, rows = lists.get(office.people, list_id), lists.payable(office.people, list_id)
    for start in range(record.next_row, record.count, ROWS_AT_ONCE):
        portion = rows[start:start + ROWS_AT_ONCE]
        office.sequencer.submit_rows([
            Row(list_id, row.row, row.person, row.amount_won, row_salt(found.seed, row.row)) for row in portion
        ])
        yield start + len(portion)
