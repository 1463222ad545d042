"""What an auditor reads, and what they find."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

from app.chain.entry import Entry
from app.money.state import Leg, Lot, Register


class Log(Protocol):
    """What an auditor reads: the database itself, or an export of it (app.chain.export)."""
    genesis: bytes

    def entries(self) -> Iterator[Entry]: ...

    def legs(self) -> Iterator[tuple[int, Leg]]:
        """(entry, leg), in the order of entries and of legs within one."""

    def row_leaves(self, list_id: bytes) -> bytes:
        """The leaves (32 each) of a granted list; empty if there is none."""

    def blocks(self) -> Iterator[tuple[int, int, bytes]]:
        """(height ≥ 1, entry, header hash), in order."""

    def lots(self) -> Iterator[Lot]:
        """As they stand now, by id."""

    def records(self) -> Iterator[tuple[Register, bytes | int, object]]:
        """(register, key, record) as they stand now, by register and key."""

    def message_ids(self) -> Iterator[tuple[int, bytes, int]]:
        """(expires_at_s, id, entry) of the ids that are used up, in any order; expired ones may be gone."""

    def state_salts(self) -> Mapping[int, bytes]:
        """Entry after which a state root was taken -> its salt (32)."""

    def checkpoints(self) -> Iterable[str]:
        """Signed notes by epoch and the number of entries that they cover, the last one at least; an auditor adds those
        they hold."""

    def derived(self) -> "Derived | None":
        """What pages read; None where there are no pages: in an export."""


@dataclass(frozen=True, slots=True)
class Derived:
    """Tables that follow from the entries, each to be read once."""
    mentions: Iterable[tuple[int, int, int]]    # (kind of owner, owner, entry) of whose history it is, in any order
    flowed: Iterable[tuple[int, int, int]]      # (programme, flow, won) since the beginning, in any order
    subtrees: Iterable[tuple[int, int, bytes]]  # (level ≥ 1, index, root of 256**level leaves), in this order


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong, and where first. entry is None where it is beside the log: a lot, a record, a note."""
    entry: int | None
    what: str

    def __str__(self) -> str:
        return self.what if self.entry is None else f"entry {self.entry}: {self.what}"


class Wrong(Exception):
    """A finding on its way to the report."""

    def __init__(self, what: str, entry: int | None = None):
        super().__init__(what)
        self.problem = Problem(entry, what)


class Ahead:
    """An iterator whose next item can be seen before it is taken."""

    __slots__ = ("items", "next")

    def __init__(self, items: Iterable):
        self.items = iter(items)
        self.next = next(self.items, None)

    def take(self):
        found, self.next = self.next, next(self.items, None)
        return found


@dataclass(frozen=True, slots=True)
class Report:
    chain_id: bytes
    host: str
    entries: int            # replayed and right
    sales: int              # of these
    blocks: int
    root: bytes             # over these entries
    covered: int            # entries under the largest checkpoint that holds
    checkpoints: int        # that hold
    problem: Problem | None
    remarks: tuple[str, ...] = ()   # what an auditor should ask about, though it is no proof of a wrong

    @property
    def ok(self) -> bool:
        return self.problem is None

    @property
    def after_checkpoint(self) -> int:
        """Entries that no checkpoint covers yet."""
        return self.entries - self.covered
