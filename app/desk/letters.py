"""Letters to people of a list who have no wallet yet: who they are, and the code with which each takes the money. Each gets one;
a file is made again only on purpose, for its codes end those that were posted.
"""

from dataclasses import dataclass

from app.desk import grant, returned
from app.desk.office import Office
from app.errors import Refusal
from app.money.state import Register
from app.money.topup import coins_expire_s
from app.people import access, addresses, joins, lists, posted
from app.people.addresses import Addresses
from app.people.joins import Letter
from app.people.lists import PaymentList
from app.people.posted import Posted

AT_ONCE = 200       # pages of one file


@dataclass(frozen=True, slots=True)
class Post:
    """One file of letters. won: by person's token (16); 0 where nothing waits."""
    letters: list[Letter]
    won: dict[bytes, int]
    programme: str
    spend_until_s: int


@dataclass(frozen=True, slots=True)
class Addressee:
    person: bytes           # 16
    amount_won: int         # of their row; 0 where nothing is paid
    letter: Posted | None   # the last one about this list
    has_code: bool          # that is good: another letter would end it
    asked: bool             # they used theirs, and wait to be linked

    @property
    def late(self) -> bool:
        """Whether the code of their letter is good no more, before they used it: another letter is right."""
        return self.letter is not None and not self.has_code and not self.asked


def addressees(office: Office, found: PaymentList) -> list[Addressee]:
    """Who of a list has no wallet now, in the file's order."""
    written = posted.newest(office.people, found.list_id)
    coded, asked = joins.with_code(office.people), {wish.person for wish in joins.waiting(office.people)}
    return [Addressee(row.person, row.amount_won, written.get(row.person), row.person in coded, row.person in asked)
            for row in lists.without_wallet(office.people, found.list_id) if not grant.is_linked(office, row.person)]


def write(office: Office, officer: int, found: PaymentList, why: str, to: Addresses = addresses.NONE) -> Post:
    """The letters of the next AT_ONCE who have none; it is written down that they have one. LIST_CLOSED for a list that nobody
    approved, REASON_MISSING, ADDRESS_MISSING, LIST_EMPTY."""
    why, wanted = _asked(found, why), [each for each in addressees(office, found) if not each.letter]
    to.expect(office.people, [each.person for each in wanted[:AT_ONCE]])
    claimed = posted.claim(office.people, officer, ((each.person, 0) for each in wanted), AT_ONCE, found.list_id)
    return _post(office, officer, found, [each for each in wanted if each.person in claimed], why)


def again(office: Office, officer: int, found: PaymentList, batch: int, why: str, to: Addresses = addresses.NONE) -> Post:
    """A file made before once more, for those of its people who still have no wallet: each code ends the one before. Raises the
    same."""
    why = _asked(found, why)
    wanted = [each for each in addressees(office, found) if each.letter and each.letter.batch == batch]
    to.expect(office.people, [each.person for each in wanted])
    return _post(office, officer, found, wanted, why)


def _asked(found: PaymentList, why: str) -> str:
    if found.back or found.state not in (lists.APPROVED, lists.ISSUED):
        raise Refusal("LIST_CLOSED", state=found.state)
    return access.reason(why)


def _post(office: Office, officer: int, found: PaymentList, chosen: list[Addressee], why: str) -> Post:
    if not chosen:
        raise Refusal("LIST_EMPTY")
    record = office.store.get(Register.PROGRAMME, found.programme)
    return Post(joins.letters(office.people, officer, [each.person for each in chosen], why), _waiting_won(office, found, chosen),
                record.name.decode(), coins_expire_s(record, _paid_s(office, found)))


def _waiting_won(office: Office, found: PaymentList, chosen: list[Addressee]) -> dict[bytes, int]:
    """What waits for each of it: nothing is promised that went back or was taken back. Before all rows are paid, what is to come."""
    record = grant.progress(office, found.list_id)
    gone = {each.person for each in returned.of_list(office, found.list_id)}
    waits = {each.person: 0 if each.person in gone else each.amount_won for each in chosen}
    if record is None or record.next_row < record.count:
        return waits
    return {person: min(won, _held_won(office, person, found.programme)) for person, won in waits.items()}


def _held_won(office: Office, person: bytes, programme: int) -> int:
    """What waits for a person of a programme."""
    reserved = office.store.get(Register.RESERVED, person)
    held = office.store.holdings(reserved.number, office.now_s()) if reserved else ()
    return sum(each.amount_won for each in held if each.programme == programme)


def _paid_s(office: Office, found: PaymentList) -> int:
    """When the list was granted; now, when it waits for its moment."""
    entries = office.store.entries_of(Register.LIST, found.list_id)
    return office.store.entry(entries[-1]).time_s if entries else max(office.now_s(), found.start_at_s)
