"""The whole log again from its first byte: every signature, rule, balance, block and checkpoint.

`replay` trusts nothing but the genesis bytes. It decides each order with the same `apply` as the
server, makes the entry again and compares all of it, and names the first entry that is wrong.
"""

import re
from collections.abc import Callable, Iterable, Sequence

from app.chain import checkpoint
from app.chain.block import Genesis, Header, chain_id, state_root
from app.chain.body import Malformed
from app.chain.checkpoint import Checkpoint
from app.chain.entry import Entry, in_clear, leaf_data, make, order_of
from app.chain.log import Log, Problem, Report
from app.chain.merkle import Frontier
from app.chain.supply import Supplies
from app.errors import Refusal
from app.message import cose
from app.message.kinds import BLOCK, BY_NAME, GENESIS
from app.money.apply import apply
from app.money.orders import CHECKPOINT_KEY, Sale, Signed
from app.money.posting import post
from app.money.rules import RULES, Rules
from app.money.state import Register, State
from app.money.tree import leaf_hash

TOTALS = BY_NAME["totals"].number
DAYS = 10**6                # an id's first part below this is a day's number, not a time: it never expires
_EPOCH = re.compile("0|[1-9][0-9]{0,8}")
STEP = 1000                 # entries between two calls of `progress`
LEAST_IDS = 1 << 16         # used ids in memory before the expired ones are forgotten


class _Wrong(Exception):
    """A finding on its way to the report."""

    def __init__(self, what: str, entry: int | None = None):
        super().__init__(what)
        self.problem = Problem(entry, what)


def replay(log: Log, progress: Callable[[int], None] | None = None, kept: Sequence[str] = ()) -> Report:
    """Checks everything; the report says how far the log is right and the first thing that is wrong.

    `progress` is told the number of entries every 1,000. `kept`: checkpoints that the auditor holds.
    """
    problem = None
    try:
        auditor = Auditor(log, Genesis.from_bytes(log.genesis), kept)
    except Malformed as error:
        return Report(chain_id(log.genesis), "", 0, 0, 0, Frontier().root(), 0, 0, Problem(0, str(error)))
    try:
        auditor.open_checkpoints()
        for entry in log.entries():
            auditor.take(entry)
            if progress and not auditor.frontier.size % STEP:
                progress(auditor.frontier.size)
        auditor.close()
    except _Wrong as wrong:
        problem = wrong.problem
    except Malformed as error:
        problem = Problem(auditor.frontier.size, f"can't be read: {error}")
    return auditor.report(problem)


class Auditor:
    """The state as the entries make it, and the readers that run beside them."""

    def __init__(self, log: Log, genesis: Genesis, kept: Sequence[str] = ()):
        self.log = log
        self.kept = kept
        self.genesis = genesis
        self.chain_id = chain_id(log.genesis)
        self.rules: Rules = RULES[1]
        self.state = State(root_keys=genesis.roots, threshold=genesis.threshold, coins=genesis.coins)
        self.frontier = Frontier()
        self.time_s = genesis.created_at_s
        self.legs = _Ahead(log.legs())
        self.blocks = _Ahead(log.blocks())
        self.salts = log.state_salts()
        self.roots: dict[int, bytes] = {}       # entry -> state root as the entries make it
        self.height, self.previous, self.first = 0, self.chain_id, 1
        self.notes: list[Checkpoint] = []       # still to be met, the largest first
        self.met: list[Checkpoint] = []
        self.bad_note = ""
        self.supplies = Supplies()
        self.checkpoint_keys: set[bytes] = set()
        self.sales = 0
        self.used_limit = LEAST_IDS

    # -- one entry --

    def take(self, entry: Entry) -> None:
        """One entry; _Wrong if anything about it is."""
        number = self.frontier.size
        if entry.number != number:
            raise _Wrong(f"entry {entry.number} stands in its place", number)
        if entry.time_s < self.time_s:
            raise _Wrong("its time is before the entry before", number)
        self.time_s = entry.time_s
        try:
            self._check(entry)
        except (Malformed, Refusal, AssertionError) as error:
            raise _Wrong(_told(entry, error), number) from error
        self.frontier.append((entry.leaf,))
        if number in self.salts:
            lots = map(self.state.lot, range(1, self.state.next_lot))
            self.roots[number] = state_root(self.salts[number], lots)
        while self.notes and self.notes[-1].size == number + 1:
            self._meet(self.notes.pop())

    def _check(self, entry: Entry) -> None:
        if entry.kind == BLOCK:
            self._block(entry)
        elif entry.number == 0:
            self._same(in_clear((0, entry.time_s), GENESIS, self.log.genesis), entry)
            if entry.time_s != self.genesis.created_at_s:
                raise Malformed("not the time that the genesis body gives")
        else:
            self._order(entry)
        if self.legs.next and self.legs.next[0] <= entry.number:
            raise Malformed("a leg too many")

    def _order(self, entry: Entry) -> None:
        state = self.state
        order = order_of(entry, self._open, self.log.row_leaves)
        try:
            decision = apply(state, order, entry.time_s, self.rules)
        except Refusal as refusal:
            raise Malformed(f"the rules refuse it: {refusal.word}") from None
        made = make(state, order, decision, (entry.number, entry.time_s), entry.salt_a + entry.salt_b)
        self._same(made, entry)
        for place, leg in enumerate(decision.legs, 1):
            if self.legs.take() != (entry.number, leg):
                raise Malformed(f"leg {place} differs: {leg} by the rules")
        if entry.kind == TOTALS and self.supplies.differ(order.message.body):
            raise Malformed("these totals were true at no recent moment")
        post(state, entry.number, decision)
        self.supplies.take(state, decision.legs)
        self.sales += type(order) is Sale
        for register, _, record in decision.records:
            if register == Register.OPERATIONAL and record.role == CHECKPOINT_KEY:
                self.checkpoint_keys.add(record.key)
        if len(state.used) > self.used_limit:
            self.forget_expired()

    def _open(self, raw: bytes, key: bytes) -> Signed:
        return cose.verify(cose.parse(raw), key, self.chain_id)

    def _same(self, made: Entry, entry: Entry) -> None:
        if made != entry:
            fields = [name for name in Entry.__slots__ if getattr(made, name) != getattr(entry, name)]
            raise Malformed(f"{_NAMES.get(fields[-1], fields[-1])} differs from what the order gives")

    def forget_expired(self) -> None:
        """A used id matters until its message expires; so memory holds days, not years."""
        self.state.used = {used: at for used, at in self.state.used.items() if self._lives(used[0])}
        self.used_limit = max(LEAST_IDS, 2 * len(self.state.used))
        self.state.taken = {entry: at for entry, at in self.state.taken.items() if self.time_s - at.at_s <= self.rules.void_s}

    def _lives(self, expires_at_s: int) -> bool:
        return expires_at_s >= self.time_s or expires_at_s < DAYS

    def _block(self, entry: Entry) -> None:
        header = Header.from_bytes(entry.a)
        self._same(in_clear((entry.number, entry.time_s), BLOCK, entry.a), entry)
        expected = Header(
            entry.number, entry.time_s, self.height + 1, self.previous, self.first, entry.number - 1,
            header.state_at, header.state_root,
        )
        for name in Header.__slots__:
            if getattr(header, name) != getattr(expected, name):
                raise Malformed(f"block header: {name} differs: {getattr(expected, name)!r} expected")
        if header.state_at and not header.state_root:
            raise Malformed("block header: an entry without a state root")
        if header.state_root and self.roots.pop(header.state_at, b"") != header.state_root:
            raise Malformed(f"block header: the state root after entry {header.state_at} differs, or has no salt")
        self.height, self.previous, self.first = header.height, header.hash(), entry.number + 1
        if self.blocks.take() != (self.height, entry.number, self.previous):
            raise Malformed(f"block {self.height} of the list of blocks differs")

    # -- checkpoints --

    def open_checkpoints(self) -> None:
        """A note that can't be of this log is reported last: the entries come first."""
        start = f"{self.genesis.host}/{self.chain_id[:4].hex()}/"
        for note in (*self.log.checkpoints(), *self.kept):
            try:
                found = checkpoint.parse(note)
            except Malformed as error:
                self.bad_note = str(error)
                continue
            if found.origin.startswith(start) and _EPOCH.fullmatch(found.origin[len(start):]):
                self.notes.append(found)
            else:
                self.bad_note = f"a checkpoint of another log: {found.origin}"
        self.notes.sort(key=lambda found: -found.size)
        while self.notes and self.notes[-1].size == 0:
            self._meet(self.notes.pop())

    def _meet(self, note: Checkpoint) -> None:
        if note.root != self.frontier.root():
            raise _Wrong(f"the checkpoint of {note.size} entries has another root: history before it was changed")
        self.met.append(note)

    def _signed(self, note: Checkpoint) -> bool:
        """By one of the checkpoint keys that the roots certified in this log."""
        for key in self.checkpoint_keys:
            try:
                checkpoint.verify(note.note, note.origin, key)
            except Malformed:
                continue
            return True
        return False

    # -- the end --

    def close(self) -> None:
        """What stands beside the entries must be what they make."""
        if self.frontier.size == 0:
            raise _Wrong("the log is empty: not even its genesis", 0)
        if self.legs.next:
            raise _Wrong(f"a leg of entry {self.legs.next[0]}, which is not there")
        if self.blocks.next:
            raise _Wrong(f"block {self.blocks.next[0]} of the list of blocks is not in the log")
        if self.bad_note:
            raise _Wrong(self.bad_note)
        if self.notes:
            raise _Wrong(
                f"a checkpoint covers {self.notes[0].size} entries, the log has {self.frontier.size}: entries are missing"
            )
        if self.first != self.frontier.size:
            raise _Wrong("entries after the last block: each commit ends with its header", self.first)
        for note in self.met:
            if not self._signed(note):
                raise _Wrong(f"the checkpoint of {note.size} entries is not signed by a checkpoint key of this log")
        self._close_lots()
        self._close_records()
        self._close_ids()

    def _close_lots(self) -> None:
        lots = dict(self.state.lots)
        for lot in self.log.lots():
            made = lots.pop(lot.id, None)
            if made != lot:
                raise _Wrong(f"lot {lot.id} differs: {made} by the entries, {lot} in the log")
        if lots:
            raise _Wrong(f"lot {min(lots)} is missing: {lots[min(lots)]} by the entries")

    def _close_records(self) -> None:
        records = {place: record for place, record in self.state.records.items() if record is not None}
        for register, key, record in self.log.records():
            made = records.pop((register, key), None)
            if made != record:
                raise _Wrong(f"record {_named(register, key)} differs: {made} by the entries, {record} in the log")
        if records:
            raise _Wrong(f"record {_named(*next(iter(records)))} is missing")

    def _close_ids(self) -> None:
        used = {each: entry for each, entry in self.state.used.items() if self._lives(each[0])}
        for expires_at_s, message_id, entry in self.log.message_ids():
            if self._lives(expires_at_s) and used.pop((expires_at_s, message_id), None) != entry:
                raise _Wrong(f"used id {message_id.hex()} of entry {entry} is not what the entries make")
        if used:
            raise _Wrong(f"a used id of entry {min(used.values())} is missing: its message could be used again")

    def report(self, problem: Problem | None) -> Report:
        met = [note for note in self.met if self._signed(note)]
        return Report(
            self.chain_id, self.genesis.host, self.frontier.size, self.sales, self.height, self.frontier.root(),
            max((note.size for note in met), default=0), len(met), problem,
        )


class _Ahead:
    """An iterator whose next item can be seen before it is taken."""

    def __init__(self, items: Iterable):
        self.items = iter(items)
        self.next = next(self.items, None)

    def take(self):
        found, self.next = self.next, next(self.items, None)
        return found


_NAMES = {"a": "its body or payer half", "b": "the payee half", "salt_a": "a salt", "salt_b": "a salt", "leaf": "its leaf"}


def _told(entry: Entry, error: Exception) -> str:
    """A change of the bytes, told apart from an order that never should have been accepted."""
    what = error.word if isinstance(error, Refusal) else str(error)
    if leaf_hash(leaf_data(entry)) != entry.leaf:
        return f"its body is not what its leaf commits to ({what})"
    return what


def _named(register: int, key: bytes | int) -> str:
    return f"{Register(register).name.lower()} {key.hex() if isinstance(key, bytes) else int(key)}"
