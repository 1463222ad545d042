"""Rows of a list whose money went back to its programme, and why: asked again of the rules, with what the ledger held then."""

from bisect import bisect_left
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from operator import itemgetter

from app.chain.body import decode
from app.chain.entry import Entry
from app.desk.office import Office
from app.money.rules import in_force
from app.money.signers import person_of
from app.money.state import NEVER_S, ListRecord, Register, State
from app.money.topup import coins_expire_s, why_back

ENDED, OWN = "ended", "own"     # beside the words of app.money.topup.why_back
AT_ONCE, KEPT = 1_000, 1_000


@dataclass(frozen=True, slots=True)
class Returned:
    """`row`: on the chain, from 0."""
    row: int
    person: bytes           # 16
    amount_won: int
    entry: int
    at_s: int


class Reasons:
    """Why rows of one list went back. What many rows have in common is read once."""

    def __init__(self, office: Office, record: ListRecord):
        self.record = record
        self.past = lru_cache(KEPT)(office.store.versions)

    def why(self, one: Returned) -> str:
        """ENDED: the coins would have been; OWN: an officer who signed the list; or a ROW_ word."""
        then, record = _Then(self.past, one.entry), self.record
        if coins_expire_s(then.get(Register.PROGRAMME, record.programme), one.at_s) <= one.at_s:
            return ENDED
        if one.person in {person_of(then, officer) for officer in (record.maker, record.checker)}:
            return OWN
        found = why_back(then, record.programme, (one.person, one.amount_won), one.at_s, in_force(then))
        return found or "ROW_OVER_HOLDING"      # all that is left: it depends on what they had


class _Then(State):
    """The records that held before an entry. What was in a lot then nobody kept: this state has none."""

    def __init__(self, past: Callable[[Register, bytes | int], list[tuple[int, object]]], entry: int):
        super().__init__((), 0)
        self.past, self.entry = past, entry

    def load_record(self, register: Register, key: bytes | int) -> object | None:
        found = self.past(register, key)
        at = bisect_left(found, self.entry, key=itemgetter(0))
        return found[at - 1][1] if at else None


def of_list(office: Office, list_id: bytes, span: tuple[int, int] = (0, NEVER_S), limit: int = -1) -> list[Returned]:
    """In their order, of the entries of `span`; none before the list is approved."""
    return [_read(entry) for entry in office.store.returned(list_id, span, limit)]


def each(office: Office, list_id: bytes) -> Iterator[Returned]:
    """All of them, few at a time."""
    first = 0
    while found := of_list(office, list_id, (first, NEVER_S), AT_ONCE):
        yield from found
        first = found[-1].entry + 1


def _read(entry: Entry) -> Returned:
    _, _, _, _, row, person, amount_won, *_ = decode(entry.a)
    return Returned(row, person, amount_won, entry.number, entry.time_s)
