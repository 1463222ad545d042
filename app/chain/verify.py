"""The whole log again from its first byte: every signature, rule, balance, block and checkpoint.

`replay` trusts nothing but the genesis bytes. It decides each order with the same `apply` as the
server, makes the entry again and compares all of it, and names the first entry that is wrong.
"""

from collections.abc import Callable, Sequence

from app.chain import beside
from app.chain.block import Genesis, Header, chain_id, state_root
from app.chain.body import Malformed
from app.chain.days import Days
from app.chain.entry import Entry, in_clear, leaf_data, make, order_of
from app.chain.log import Ahead, Log, Problem, Report, Wrong
from app.chain.memory import auditor_state
from app.chain.merkle import Frontier
from app.chain.notes import Notes
from app.chain.supply import Supplies
from app.errors import Refusal
from app.message import cose
from app.message.kinds import BLOCK, GENESIS
from app.money.apply import apply
from app.money.orders import Act, Row, Sale, Signed, Totals
from app.money.posting import post
from app.money.rules import in_force
from app.money.state import EXPIRE, Decision, Register
from app.money.tree import leaf_hash

DAYS = 10**6                # an id's first part below this is a day's number, not a time: it never expires
STEP = 1000                 # entries between two calls of `progress`
LEAST_IDS = 1 << 16         # used ids in memory before the expired ones are forgotten


def replay(log: Log, progress: Callable[[int], None] | None = None, kept: Sequence[str] = ()) -> Report:
    """Checks everything; the report says how far the log is right and the first thing that is wrong.

    `progress` is told the number of entries every 1,000. `kept`: checkpoints that the auditor holds.
    """
    try:
        auditor = Auditor(log, Genesis.from_bytes(log.genesis), kept)
    except (Malformed, Wrong) as error:
        problem = error.problem if isinstance(error, Wrong) else Problem(0, str(error))
        return Report(chain_id(log.genesis), "", 0, 0, 0, Frontier().root(), 0, 0, problem)
    problem = None
    try:
        for entry in log.entries():
            auditor.take(entry)
            if progress and not auditor.frontier.size % STEP:
                progress(auditor.frontier.size)
        auditor.close()
    except Wrong as wrong:
        problem = wrong.problem
    except Malformed as error:
        problem = Problem(auditor.frontier.size, f"can't be read: {error}")
    return auditor.report(problem)


class Auditor:
    """The state as the entries make it, and the readers that run beside them."""

    def __init__(self, log: Log, genesis: Genesis, kept: Sequence[str] = ()):
        self.log = log
        self.genesis = genesis
        self.chain_id = chain_id(log.genesis)
        self.state = auditor_state(genesis)
        self.frontier = Frontier()
        self.time_s = genesis.created_at_s
        self.legs = Ahead(log.legs())
        self.blocks = Ahead(log.blocks())
        self.salts = log.state_salts()
        self.roots: dict[int, tuple[bytes, int]] = {}   # entry -> state root as the entries make it, and its day
        self.height, self.previous, self.first = 0, self.chain_id, 1
        self.notes = Notes(f"{genesis.host}/{self.chain_id[:4].hex()}/", log.checkpoints(), kept)
        self.pages = beside.Pages(log.derived())
        self.days = Days(genesis.zone)
        self.supplies = Supplies()
        self.sales = 0
        self.used_limit = LEAST_IDS

    # -- one entry --

    def take(self, entry: Entry) -> None:
        """One entry; Wrong if anything about it is."""
        number = self.frontier.size
        if entry.number != number:
            raise Wrong(f"entry {entry.number} stands in its place", number)
        if entry.time_s < self.time_s:
            raise Wrong("its time is before the entry before", number)
        self.time_s = entry.time_s
        self.notes.judge(self.time_s)
        try:
            self.days.turn(self.time_s)
            self._check(entry)
        except (Malformed, Refusal, AssertionError) as error:
            raise Wrong(_told(entry, error), number) from error
        self.pages.keep(self.frontier.append((entry.leaf,)))
        if number in self.salts:
            lots = map(self.state.lot, range(1, self.state.next_lot))
            self.roots[number] = state_root(self.salts[number], lots), self.days.day
        if self.notes.due == number + 1:
            self.notes.reached(number + 1, self.frontier.root(), self.time_s)

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
            decision = apply(state, order, entry.time_s, in_force(state))
        except Refusal as refusal:
            raise Malformed(f"the rules refuse it: {refusal.word}") from None
        made = make(state, order, decision, (entry.number, entry.time_s), entry.salt_a + entry.salt_b)
        self._same(made, entry)
        for place, leg in enumerate(decision.legs, 1):
            if self.legs.take() != (entry.number, leg):
                raise Malformed(f"leg {place} differs: {leg} by the rules")
        body = type(order) is Act and order.message.body
        if type(body) is Totals and self.supplies.differ(body):
            raise Malformed("these totals were true at no recent moment")
        post(state, entry.number, decision)
        self._note(entry, order, decision)
        if len(state.used) > self.used_limit:
            self.forget_expired()

    def _note(self, entry: Entry, order: Sale | Act | Row, decision: Decision) -> None:
        """What else is made of an order that stands."""
        self.sales += type(order) is Sale
        self.supplies.take(self.state, decision.legs)
        moved = self.pages.take(entry.number, order, decision, self.state)
        if moved and decision.legs[0].flow != EXPIRE:
            self.days.take(entry.time_s, moved)
        if type(order) is Row:
            self._forget_list(order.list_id)
        elif type(order) is Act and type(order.message.body) is Totals:
            self.days.totals(entry.time_s, order.message.body)
        for register, key, record in decision.records:
            if register == Register.OPERATIONAL:
                self.notes.certified(entry.number, entry.time_s, key, record)

    def _forget_list(self, list_id: bytes) -> None:
        """A list whose last row is paid is never asked for its leaves again."""
        record = self.state.get(Register.LIST, list_id)
        if record.next_row == record.count:
            self.state.leaves.pop(list_id, None)

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
        void_s = in_force(self.state).void_s
        self.state.taken = {entry: at for entry, at in self.state.taken.items() if self.time_s - at.at_s <= void_s}

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
        if header.state_root:
            root, day = self.roots.pop(header.state_at, (b"", 0))
            if root != header.state_root:
                raise Malformed(f"block header: the state root after entry {header.state_at} differs, or has no salt")
            self.days.rooted.add(day)
        self.height, self.previous, self.first = header.height, header.hash(), entry.number + 1
        if self.blocks.take() != (self.height, entry.number, self.previous):
            raise Malformed(f"block {self.height} of the list of blocks differs")

    # -- the end --

    def close(self) -> None:
        """What stands beside the entries must be what they make: what is worse comes first."""
        size = self.frontier.size
        if size == 0:
            raise Wrong("the log is empty: not even its genesis", 0)
        if self.legs.next:
            raise Wrong(f"a leg of entry {self.legs.next[0]}, which is not there")
        if self.blocks.next:
            raise Wrong(f"block {self.blocks.next[0]} of the list of blocks is not in the log")
        if self.notes.due is None and self.first != size:
            raise Wrong("entries after the last block: each commit ends with its header", self.first)
        self.notes.close(size)
        beside.compare_lots(self.state.lots, self.log.lots())
        beside.compare_records(self.state, self.log)
        beside.compare_ids(self.state, self.log, self._lives)
        self.pages.close()

    def report(self, problem: Problem | None) -> Report:
        programmes = self.state.records.registers[Register.PROGRAMME]
        coins = {number: record.coin for number, record in programmes.items()}
        return Report(
            self.chain_id, self.genesis.host, self.frontier.size, self.sales, self.height, self.frontier.root(),
            self.notes.covered, self.notes.good, problem, self.days.close(coins),
        )


_NAMES = {"a": "its body or payer half", "b": "the payee half", "salt_a": "a salt", "salt_b": "a salt", "leaf": "its leaf"}


def _told(entry: Entry, error: Exception) -> str:
    """A change of the bytes, told apart from an order that never should have been accepted."""
    what = error.word if isinstance(error, Refusal) else str(error)
    if leaf_hash(leaf_data(entry)) != entry.leaf:
        return f"its body is not what its leaf commits to ({what})"
    return what

