"""The checkpoints beside a replay: each must have the root that the entries make, and a key that was in force.

Notes come one by one and are dropped when they are judged: a busy city signs one every half second.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from heapq import merge
from operator import attrgetter

from app.chain import checkpoint
from app.chain.body import Malformed
from app.chain.checkpoint import Checkpoint
from app.chain.log import Ahead, Wrong
from app.chain.merkle import EMPTY_ROOT
from app.money.orders import CHECKPOINT_KEY
from app.money.state import NEVER_S, OperationalRecord

LATE_S = 60                 # a server looks at its keys, then signs: a long list may stand between
_EPOCH = re.compile("0|[1-9][0-9]{0,8}")


@dataclass(slots=True)
class Tenure:
    """How long one key was the one that signs checkpoints."""
    key: bytes
    number: int             # in the register
    entry: int              # that certified it
    from_s: int
    until_s: int
    replaced: int = NEVER_S     # the entry that gave its number another key or other dates
    replaced_s: int = NEVER_S

    def in_force(self, size: int, last_s: int, next_s: int) -> bool:
        """Whether it may have signed `size` entries: a note is made after the last of them, at `last_s`, and before the
        log goes on, at `next_s`."""
        dated = self.from_s <= next_s and last_s < self.until_s + LATE_S
        followed = size > self.replaced and last_s > self.replaced_s + LATE_S
        return dated and not followed

    def handed_on(self, after: "Tenure") -> bool:
        """Whether `after` took its place: a new key signs the last note of the one before once more."""
        return (self.number, self.replaced) == (after.number, after.entry)


class Notes:
    """start: what each origin begins with, <host>/<chain>/. The log's notes come by size, those that the auditor
    kept in any order."""

    def __init__(self, start: str, notes: Iterable[str], kept: Iterable[str]):
        self.start = start
        self.fault = ""             # the first that can't be of this log
        self.good = self.covered = 0
        self.tenures: list[Tenure] = []
        self._unjudged: list[tuple[Checkpoint, int]] = []       # with the time of their last entry
        self._unsigned: list[tuple[Checkpoint, int, int]] = []  # by no key until then; with the next entry's time, too
        self._empty: list[Checkpoint] = []      # of no entries: made before any key was certified
        by_size = attrgetter("size")
        held = sorted(self._read(kept), key=by_size)
        self._ahead = Ahead(merge(self._in_order(self._read(notes)), held, key=by_size))
        while self.due == 0:
            self._empty.append(self._met(EMPTY_ROOT))

    @property
    def due(self) -> int | None:
        """How many entries the next note covers."""
        return self._ahead.next.size if self._ahead.next else None

    def certified(self, entry: int, time_s: int, number: int, record: OperationalRecord) -> None:
        """The roots gave one of the server's numbers this key, with entry `entry`."""
        for tenure in self.tenures:
            if tenure.number == number and tenure.replaced == NEVER_S:
                tenure.replaced, tenure.replaced_s = entry, time_s
        if record.role == CHECKPOINT_KEY:
            self.tenures.append(Tenure(record.key, number, entry, record.valid_from_s, record.valid_until_s))

    def reached(self, size: int, root: bytes, time_s: int) -> None:
        """The entries have come to what a note covers; `time_s` of the last. Wrong if its root is another."""
        while self.due == size:
            self._unjudged.append((self._met(root), time_s))

    def judge(self, next_s: int = NEVER_S) -> None:
        """The keys of the notes just reached, now that the next entry's time is known."""
        for note, last_s in self._unjudged:
            signers = self._signers(note)
            if any(tenure.in_force(note.size, last_s, next_s) for tenure in signers):
                self._right(note)
            elif signers:
                self._wrong(_unsigned(note, signers))
            else:
                self._unsigned.append((note, last_s, next_s))
        self._unjudged.clear()

    def close(self, size: int) -> None:
        """Wrong if a note covers more than the log's `size` entries, or if any was not right."""
        if self._ahead.next:
            raise Wrong(f"a checkpoint covers {self.due} entries, the log has {size}: entries are missing")
        self.judge()
        for note, last_s, next_s in self._unsigned:
            then = [tenure for tenure in self.tenures if tenure.in_force(note.size, last_s, next_s)]
            self._settle(note, any(tenure.handed_on(after) for after in self._signers(note) for tenure in then))
        for note in self._empty:
            self._settle(note, bool(self._signers(note)))
        if self.fault:
            raise Wrong(self.fault)

    # -- reading --

    def _read(self, notes: Iterable[str]) -> Iterator[Checkpoint]:
        """A note that can't be of this log is reported last: the entries come first."""
        for note in notes:
            try:
                found = checkpoint.parse(note)
            except Malformed as error:
                self._wrong(str(error))
                continue
            if found.origin.startswith(self.start) and _EPOCH.fullmatch(found.origin[len(self.start):]):
                yield found
            else:
                self._wrong(f"a checkpoint of another log: {found.origin}")

    def _in_order(self, notes: Iterator[Checkpoint]) -> Iterator[Checkpoint]:
        last = 0
        for note in notes:
            if note.size < last:
                self._wrong(f"the checkpoint of {note.size} entries stands behind that of {last}")
                continue
            last = note.size
            yield note

    def _met(self, root: bytes) -> Checkpoint:
        note = self._ahead.take()
        if note.root != root:
            mine = any(_signed(note, tenure.key) for tenure in self.tenures)
            why = ": history before it was changed" if mine else ", and no checkpoint key of this log has signed it"
            raise Wrong(f"the checkpoint of {note.size} entries has another root{why}")
        return note

    def _signers(self, note: Checkpoint) -> list[Tenure]:
        return [tenure for tenure in self.tenures if _signed(note, tenure.key)]

    def _settle(self, note: Checkpoint, good: bool) -> None:
        if good:
            self._right(note)
        else:
            self._wrong(_unsigned(note, []))

    def _right(self, note: Checkpoint) -> None:
        self.good, self.covered = self.good + 1, max(self.covered, note.size)

    def _wrong(self, what: str) -> None:
        self.fault = self.fault or what


def _signed(note: Checkpoint, key: bytes) -> bool:
    try:
        checkpoint.verify(note.note, note.origin, key)
    except Malformed:
        return False
    return True


def _unsigned(note: Checkpoint, signers: list[Tenure]) -> str:
    start = f"the checkpoint of {note.size} entries is "
    if not signers:
        return start + "not signed by a checkpoint key of this log"
    if signers[-1].replaced < note.size:
        return start + f"signed by a key that entry {signers[-1].replaced} had replaced"
    return start + f"signed by a key that was good from {signers[-1].from_s} to {signers[-1].until_s} only"
