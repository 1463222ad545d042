"""The counter for lists that take back what is left of money that went to many people by mistake. They are proposed,
approved and worked off as lists that pay (desk.grant); here is what is different about them.
"""

from app.desk.office import Office
from app.errors import Refusal
from app.money.recall import left_of
from app.money.rules import in_force
from app.money.state import Register
from app.people import drafts, lists, register, undoing
from app.people.columns import FIRST_TWO, Shape
from app.people.lists import PaymentList, Upload
from app.store.state import SqliteState

AT_ONCE = 2_000     # people whose money is looked up together


def begin(office: Office, officer: int, list_id: bytes) -> PaymentList:
    """A draft that takes a paid list back: whoever still has some of what it paid, at most that much. It is judged and
    signed as any other. LIST_CLOSED (fact `state`) while rows are still to be paid, ALREADY_DONE when such a draft or proposal
    is on a desk, NOTHING_TO_RECALL when all of it is spent."""
    found = lists.get(office.people, list_id)
    record = office.store.get(Register.LIST, list_id)
    if record is None or record.back or record.next_row < record.count:
        raise Refusal("LIST_CLOSED", state=found.state)
    rows = _rows(office, list_id, record.programme)
    if not rows:
        raise Refusal("NOTHING_TO_RECALL", left_won=0)
    upload = Upload(record.programme, officer, found.file_name, b"", back=True)
    with office.people.write() as connection:
        if any(one.state in (lists.DRAFT, lists.PROPOSED) for one in undoing.of_list(office.people, list_id)):
            raise Refusal("ALREADY_DONE")
        return drafts.insert(connection, office.people, upload, (rows, Shape(0, FIRST_TWO, True)), undoes=list_id)


def _rows(office: Office, list_id: bytes, programme: int) -> list[list[str]]:
    """[reference, won] of everybody who has some of it left. Whom the register holds no more is left out."""
    rows = []
    for portion in _portions(list(office.store.topped_up(list_id))):
        with office.store.snapshot() as state:
            state.expect_people([person for person, _, _ in portion], programme)
            left = [(person, min(won, _left_won(office, state, person, programme, until_s))) for person, won, until_s in portion]
        references = register.references(office.people, [person for person, won in left if won])
        rows += [[references[person], str(won)] for person, won in left if won and person in references]
    return rows


def _left_won(office: Office, state: SqliteState, person: bytes, programme: int, until_s: int | None = None) -> int:
    """What somebody has of a programme's money; of that which expires then, if it is said."""
    lots = left_of(state, person, programme, office.now_s(), in_force(state))
    return sum(lot.balance_won for lot in lots if until_s in (None, lot.expires_at_s))


def why_not(office: Office, state: SqliteState, programme: int, person: bytes) -> str:
    """ROW_NOTHING_LEFT where a row would find nothing now; else ""."""
    return "" if _left_won(office, state, person, programme) else "ROW_NOTHING_LEFT"


def would_come_back_won(office: Office, found: PaymentList) -> int:
    """How much the list's rows would find if they were worked off now."""
    together_won = 0
    for portion in _portions(lists.payable(office.people, found.list_id)):
        with office.store.snapshot() as state:
            state.expect_people([row.person for row in portion], found.programme)
            together_won += sum(min(row.amount_won, _left_won(office, state, row.person, found.programme)) for row in portion)
    return together_won


def _portions(rows: list) -> list[list]:
    return [rows[at:at + AT_ONCE] for at in range(0, len(rows), AT_ONCE)]
