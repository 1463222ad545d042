"""What stands beside the entries and must be what they make: lots, records, used ids, and what pages read.

Pages show people their history out of three derived tables. No money stands in those, but whoever takes a row
out hides a payment from its owner: so they are compared as well, and reported after all that is worse.
"""

from array import array
from collections.abc import Callable, Iterable, Iterator

from app.chain.log import Ahead, Derived, Log, Problem, Wrong
from app.money.orders import Act, Refund, Row, Sale, Void
from app.money.state import Decision, Lot, Register, State

ACCOUNT, SHOP, TILL = 3, 4, 5       # whose entries are remembered: kinds of owner in a mention
_OWNERS = {ACCOUNT: "account", SHOP: "shop", TILL: "till"}
_HASH = 32


def mentioned(order: Sale | Act | Row, decision: Decision) -> Iterator[tuple[int, int]]:
    """(kind, owner) of whose history an entry belongs to: one of each kind at most."""
    if decision.account is not None:
        yield ACCOUNT, decision.account
    if type(order) is Row:
        return
    at = order.payee.body if type(order) is Sale else order.message.body
    if type(order) is Sale or type(at) in (Refund, Void):
        yield SHOP, at.shop
        yield TILL, at.till


# --- derived tables -----------------------------------------------------------------------

class Pages:
    """Mentions, sums of what flowed, roots of subtrees: as the entries make them, against what pages read."""

    def __init__(self, derived: Derived | None):
        self.derived = derived
        self.problem: Problem | None = None         # the first
        self.flowed: dict[tuple[int, int], int] = {}
        self.subtrees: list[bytearray] = []         # of each level from 1 on, 32 bytes each
        # kind -> of each entry the owner, 0 for none: rows come by owner, so all are kept to the end
        self.owners = {kind: array("I") for kind in _OWNERS}

    def take(self, number: int, order: Sale | Act | Row, decision: Decision, state: State) -> set[int]:
        """One entry; the programmes whose money it moved."""
        if self.derived is not None:
            owners = dict(mentioned(order, decision))
            for kind, column in self.owners.items():
                if len(column) < number:        # blocks are nobody's
                    column.frombytes(bytes(column.itemsize * (number - len(column))))
                column.append(owners.get(kind, 0))
        programmes = set()
        for leg in decision.legs:
            programme = state.lots[leg.debit].programme
            programmes.add(programme)
            place = programme, leg.flow
            self.flowed[place] = self.flowed.get(place, 0) + leg.amount_won
        return programmes

    def keep(self, complete: Iterable[tuple[int, int, bytes]]) -> None:
        """Subtrees that became complete: (level, index, root)."""
        for level, _, root in complete:
            if level > len(self.subtrees):
                self.subtrees.append(bytearray())
            self.subtrees[level - 1] += root

    def close(self) -> None:
        """Wrong, with the first row that differs."""
        if self.derived is None:
            return
        self._close_mentions()
        self._close_flowed()
        self._close_subtrees()
        if self.problem is not None:
            raise Wrong(self.problem.what, self.problem.entry)

    def _close_mentions(self) -> None:
        """Each row is struck out where the entries make it: what is left is missing."""
        strays = []
        for kind, owner, entry in self.derived.mentions:
            column = self.owners.get(kind, ())
            if type(entry) is int and 0 <= entry < len(column) and column[entry] == owner != 0:
                column[entry] = 0
            elif not strays:
                strays.append((kind, owner, entry))
        missing = [(next(filter(column.__getitem__, range(len(column)))), kind)
                   for kind, column in self.owners.items() if any(column)]
        if missing:
            entry, kind = min(missing)
            owner = _owner(kind, self.owners[kind][entry])
            self._wrong(f"the mention of {owner} is missing: its history does not show this entry", entry)
        for kind, owner, entry in strays:
            self._wrong(f"a mention of {_owner(kind, owner)} that the entry does not make", entry)

    def _close_flowed(self) -> None:
        made = dict(self.flowed)
        for programme, flow, won in self.derived.flowed:
            right = made.pop((programme, flow), None)
            if right != won:
                self._wrong(f"what flowed in programme {programme} by flow {flow} differs: {right} by the entries, {won} in the log")
        for programme, flow in made:
            self._wrong(f"what flowed in programme {programme} by flow {flow} is missing")

    def _close_subtrees(self) -> None:
        made = ((level, at // _HASH, bytes(roots[at:at + _HASH]))
                for level, roots in enumerate(self.subtrees, 1) for at in range(0, len(roots), _HASH))
        rows = Ahead(self.derived.subtrees)
        for level, number, root in made:
            if rows.next != (level, number, root):
                there = rows.next is not None and rows.next[:2] == (level, number)
                self._wrong(f"subtree {level}/{number} {'differs' if there else 'is missing'}")
                return
            rows.take()
        if rows.next is not None:
            self._wrong(f"subtree {rows.next[0]}/{rows.next[1]} is of no entries")

    def _wrong(self, what: str, entry: int | None = None) -> None:
        self.problem = self.problem or Problem(entry, what)


def _owner(kind: int, owner: int) -> str:
    return f"{_OWNERS.get(kind, f'kind {kind}')} {owner}"


# --- money, registers, used ids -------------------------------------------------------------

def compare_lots(made: dict[int, Lot], found: Iterable[Lot]) -> None:
    """Lots are numbered from 1 without a gap and come by number."""
    following = 1
    for lot in found:
        if lot.id > following and following in made:
            break
        if lot.id < following or made.get(lot.id) != lot:
            raise Wrong(f"lot {lot.id} differs: {made.get(lot.id)} by the entries, {lot} in the log")
        following = lot.id + 1
    if following in made:
        raise Wrong(f"lot {following} is missing: {made[following]} by the entries")


def compare_records(state: State, log: Log) -> None:
    """Each once, by register and key."""
    made, count, last = state.records, 0, (0, False, 0)
    for register, key, record in log.records():
        place = int(register), type(key) is bytes, key
        if made.get(register, key) != record:
            raise Wrong(f"record {_named(register, key)} differs: {made.get(register, key)} by the entries, {record} in the log")
        if place <= last:
            raise Wrong(f"record {_named(register, key)} stands twice, or out of its order")
        count, last = count + 1, place
    if count != len(made):
        found = {(register, key) for register, key, _ in log.records()}
        missing = next(place for place in made if place not in found)
        raise Wrong(f"record {_named(*missing)} is missing")


def compare_ids(state: State, log: Log, lives: Callable[[int], bool]) -> None:
    """Those of messages that could still be used."""
    used = {each: entry for each, entry in state.used.items() if lives(each[0])}
    for expires_at_s, message_id, entry in log.message_ids():
        if lives(expires_at_s) and used.pop((expires_at_s, message_id), None) != entry:
            raise Wrong(f"used id {message_id.hex()} of entry {entry} is not what the entries make")
    if used:
        raise Wrong(f"a used id of entry {min(used.values())} is missing: its message could be used again")


def _named(register: int, key: bytes | int) -> str:
    return f"{Register(register).name.lower()} {key.hex() if isinstance(key, bytes) else int(key)}"
