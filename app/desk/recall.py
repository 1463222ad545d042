"""The counter for lists that take back what is left of money that went to many people by mistake. They are proposed,
approved and worked off as lists that pay (desk.grant); here is what is different about them.
"""

from app.desk.office import Office
from app.errors import Refusal
from app.money.recall import left_of
from app.money.rules import in_force
from app.money.state import Register
from app.people import drafts, lists, register, sheet, undoing
from app.people.columns import FIRST_TWO, Shape
from app.people.lists import PaymentList, Upload
from app.store.state import SqliteState

AT_ONCE = 2_000     # people whose money is looked up together


def begin(office: Office, officer: int, list_id: bytes) -> PaymentList:
    """A draft that takes a paid list back: whoever still has some of what it paid, at most that much, less what other such lists
    took before. It is judged and signed as any other. LIST_CLOSED (fact `state`) while rows are still to be paid, ALREADY_DONE
    while `busy`, LIST_SPENT when nobody has anything left of it."""
    found = lists.get(office.people, list_id)
    record = office.store.get(Register.LIST, list_id)
    if record is None or record.back or record.next_row < record.count:
        raise Refusal("LIST_CLOSED", state=found.state)
    if busy(office, officer, list_id):      # before what was taken back is read
        raise Refusal("ALREADY_DONE")
    rows = _rows(office, list_id, record.programme)
    if not rows:
        raise Refusal("LIST_SPENT")
    upload, shape = Upload(record.programme, officer, found.file_name, b"", back=True), Shape(0, FIRST_TWO, True)
    with office.people.write() as connection:
        if busy(office, officer, list_id):
            raise Refusal("ALREADY_DONE")
        draft = drafts.begin(connection, office.people, upload, shape, undoes=list_id)
    return drafts.fill(office.people, draft, map(sheet.line, rows), shape)


def busy(office: Office, officer: int, list_id: bytes) -> bool:
    """Whether a list that takes this one back lies on this officer's desk, waits for the second one, or is not worked off. What
    lies on another maker's desk keeps nobody: they may be away, and people spend meanwhile."""
    return any(
        one.state == lists.PROPOSED or (one.state == lists.DRAFT and one.maker == officer)
        or (one.state in (lists.APPROVED, lists.ISSUED) and not _worked_off(office, one))
        for one in undoing.of_list(office.people, list_id))


def _worked_off(office: Office, found: PaymentList) -> bool:
    record = office.store.get(Register.LIST, found.list_id)
    return record is not None and record.next_row == record.count


def _rows(office: Office, list_id: bytes, programme: int) -> list[list[str]]:
    """[reference, won] of everybody who has some of it left. Whom the register holds no more is left out."""
    rows, taken_won = [], _taken_won(office, list_id)
    for portion in _portions(list(office.store.topped_up(list_id))):
        with office.store.snapshot() as state:
            state.expect_people([person for person, _, _ in portion], programme)
            left = [(person, min(won - taken_won.get(person, 0), _left_won(office, state, person, programme, until_s)))
                    for person, won, until_s in portion]
        references = register.references(office.people, [person for person, won in left if won > 0])
        rows += [[references[person], str(won)] for person, won in left if won > 0 and person in references]
    return rows


def _taken_won(office: Office, list_id: bytes) -> dict[bytes, int]:
    """person -> what lists that take this one back took of them until now."""
    found: dict[bytes, int] = {}
    for one in undoing.of_list(office.people, list_id):
        for row, won in zip(lists.payable(office.people, one.list_id), office.store.came_back(one.list_id)):
            found[row.person] = found.get(row.person, 0) + won
    return found


def signers(office: Office, found: PaymentList) -> set[bytes]:
    """Who signed a list, as people: from themselves it takes nothing. Empty where nobody said who they are."""
    standings = [office.store.get(Register.STANDING, officer) for officer in (found.maker, found.checker) if officer]
    return {standing.person for standing in standings if standing is not None and standing.person}


def _left_won(office: Office, state: SqliteState, person: bytes, programme: int, until_s: int | None = None) -> int:
    """What somebody has of a programme's money; of that which expires then, if it is said."""
    lots = left_of(state, person, programme, office.now_s(), in_force(state))
    return sum(lot.balance_won for lot in lots if until_s in (None, lot.expires_at_s))


def why_not(office: Office, state: SqliteState, programme: int, person: bytes) -> str:
    """ROW_NOTHING_LEFT where a row would find nothing now; else ""."""
    return "" if _left_won(office, state, person, programme) else "ROW_NOTHING_LEFT"


def would_come_back_won(office: Office, found: PaymentList) -> int:
    """How much the list's rows would find if they were worked off now. Seconds for 100,000 rows."""
    together_won, own = 0, signers(office, found)
    for portion in _portions(lists.payable(office.people, found.list_id)):
        with office.store.snapshot() as state:
            state.expect_people([row.person for row in portion], found.programme)
            together_won += sum(min(row.amount_won, _left_won(office, state, row.person, found.programme))
                                for row in portion if row.person not in own)
    return together_won


def _portions(rows: list) -> list[list]:
    return [rows[at:at + AT_ONCE] for at in range(0, len(rows), AT_ONCE)]
