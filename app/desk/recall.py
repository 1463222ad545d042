"""The counter for lists that take back what is left of money that went to many people by mistake. They are proposed,
approved and worked off as lists that pay (desk.grant); here is what is different about them.
"""

from collections.abc import Iterator

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
FRESH_S = 3_600     # so long nobody asks what was spent since a list was made: somebody always does, and a row takes no more than is left


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
    return any(_under_way(office, one) or (one.state == lists.DRAFT and one.maker == officer)
               for one in undoing.of_list(office.people, list_id))


def _under_way(office: Office, found: PaymentList) -> bool:
    """Whether a list is signed by one officer, or by two and not worked off."""
    record = office.store.get(Register.LIST, found.list_id)
    done = record is not None and record.next_row == record.count
    return found.state == lists.PROPOSED or (found.state in (lists.APPROVED, lists.ISSUED) and not done)


def not_overtaken(office: Office, found: PaymentList) -> None:
    """Asked before its maker signs a list that was made to take back a paid one: whether it might be made so now. LIST_OVERTAKEN
    while another such list is under way; or (fact `rows`) where others took some of it since, or, when it is no longer fresh,
    where it was spent: in its place money might be there that others, rightly, paid."""
    paid = undoing.undone_by(office.people, found.list_id)
    if paid is None:
        return
    if any(_under_way(office, one) for one in undoing.of_list(office.people, paid.list_id) if one.list_id != found.list_id):
        raise Refusal("LIST_OVERTAKEN")
    fresh = office.now_s() <= found.created_at_s + FRESH_S
    untaken = _untaken(office, paid.list_id)
    most_won = {person: won for person, won, _ in untaken} if fresh else dict(_left(office, untaken, found.programme))
    larger = sum(row.amount_won > most_won.get(row.person, 0) for row in lists.payable(office.people, found.list_id))
    if larger:
        raise Refusal("LIST_OVERTAKEN", rows=larger)


def _rows(office: Office, list_id: bytes, programme: int) -> list[list[str]]:
    """[reference, won] of everybody who has some of it left. Whom the register holds no more is left out."""
    rows = []
    for portion in _portions([(person, won) for person, won in _left(office, _untaken(office, list_id), programme) if won > 0]):
        references = register.references(office.people, [person for person, _ in portion])
        rows += [[references[person], str(won)] for person, won in portion if person in references]
    return rows


def _untaken(office: Office, list_id: bytes) -> list[tuple[bytes, int, int]]:
    """(person, won, when the coins expire) of what a list paid, less what was taken back of it."""
    taken_won = _taken_won(office, list_id)
    return [(person, won - taken_won.get(person, 0), until_s) for person, won, until_s in office.store.topped_up(list_id)]


def _left(office: Office, untaken: list[tuple[bytes, int, int]], programme: int) -> Iterator[tuple[bytes, int]]:
    """(person, won) of what they still have of it."""
    for portion in _portions(untaken):
        with office.store.snapshot() as state:
            state.expect_people([person for person, _, _ in portion], programme)
            left = [(person, min(won, _left_won(office, state, person, programme, until_s))) for person, won, until_s in portion]
        yield from left


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
