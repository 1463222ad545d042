"""Letters to people of a list who have no wallet yet: who they are, and the code with which each takes the money."""

from dataclasses import dataclass

from app.desk import grant
from app.desk.office import Office
from app.errors import Refusal
from app.money.state import Register
from app.money.topup import coins_expire_s
from app.people import access, joins, lists
from app.people.joins import Letter
from app.people.lists import PaymentList

AT_ONCE = 200       # pages of one file


@dataclass(frozen=True, slots=True)
class Post:
    """One file of letters. won: by person's token (16); 0 where nothing waits."""
    letters: list[Letter]
    won: dict[bytes, int]
    programme: str
    spend_until_s: int


def addressees(office: Office, found: PaymentList, first: int = 0, most: int | None = None) -> dict[bytes, int]:
    """Who of an approved list has no wallet now, and how much waits for each; in the file's order. With `most`: of so many
    rows from number `first` on, counted as the list was judged, so that who joins between two files moves nobody."""
    rows = lists.without_wallet(office.people, found.list_id)[first:None if most is None else first + most]
    return {row.person: row.amount_won for row in rows if not grant.is_linked(office, row.person)}


def parts(office: Office, found: PaymentList) -> list[tuple[int, int]]:
    """The files that a list's letters take: the place before the first row of each, and its last row's."""
    count = len(lists.without_wallet(office.people, found.list_id))
    return [(first, min(first + AT_ONCE, count)) for first in range(0, count, AT_ONCE)]


def write(office: Office, officer: int, found: PaymentList, first: int, why: str) -> Post:
    """The letters of the AT_ONCE rows from number `first` on; each code ends the one before. LIST_CLOSED for a list that
    nobody approved, REASON_MISSING, LIST_EMPTY."""
    if found.state not in (lists.APPROVED, lists.ISSUED):
        raise Refusal("LIST_CLOSED", state=found.state)
    why, won = access.reason(why), addressees(office, found, first, AT_ONCE)
    if not won:
        raise Refusal("LIST_EMPTY")
    record = office.store.get(Register.PROGRAMME, found.programme)
    return Post(joins.letters(office.people, officer, list(won), why), won, record.name.decode(),
                coins_expire_s(record, _paid_s(office, found)))


def _paid_s(office: Office, found: PaymentList) -> int:
    """When the list was granted; now, when it waits for its moment."""
    entries = office.store.entries_of(Register.LIST, found.list_id)
    return office.store.entry(entries[-1]).time_s if entries else max(office.now_s(), found.start_at_s)
