"""What any store of the ledger promises, whatever lies under it.

* One writer: `commit` holds the head lock over all threads and processes, and gives the state as it
  stands under that lock. What is appended in it is on disk when it returns, all or nothing.
* Append only: an entry, leg, record, used id, list or block is never changed; a lot moves by a leg.
* Readers see only what is committed, and a reader never makes the writer wait.

The same promise tests run on every store.
"""

from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from app.chain.beside import ACCOUNT, SHOP, TILL    # whose entries are remembered: for those who ask the store
from app.chain.entry import Entry
from app.chain.merkle import Frontier
from app.errors import Refusal
from app.money.orders import Act, Row, Sale, Signed
from app.money.state import Decision, Register, State


@dataclass(frozen=True, slots=True)
class Head:
    """Where the ledger stands."""
    size: int               # entries
    height: int             # of the last block
    header_hash: bytes      # 32
    time_s: int             # of the last entry
    epoch: int
    frontier: Frontier      # the tree's right edge over `size` leaves; not to be appended to


@dataclass(frozen=True, slots=True)
class Accepted:
    """One order of a batch and what it became."""
    order: Sale | Act | Row
    decision: Decision
    entry: Entry


@dataclass(frozen=True, slots=True)
class Refused:
    """A final refusal of a signed message, remembered until the message expires."""
    message: Signed
    refusal: Refusal


class Commit(Protocol):
    """One write transaction under the head lock."""
    head: Head
    state: State            # to post the batch into; worth nothing after a failed commit
    halted: str             # why nothing may be entered, or empty

    def expect(self, messages: Sequence[Signed]) -> None:
        """Tells what will be asked for, so that it can be read in one go."""

    def remembered(self, message: Signed) -> Refusal | None:
        """The final refusal that this very message, under this key, got before."""

    def entry(self, number: int) -> Entry: ...

    def append(self, accepted: Sequence[Accepted], refused: Iterable[Refused], now_s: int) -> None:
        """Writes the batch and its block header, all entries at `now_s`. Once a commit."""


class Store(Protocol):
    def genesis(self) -> bytes: ...

    def commit(self) -> AbstractContextManager[Commit]: ...

    def head(self) -> Head: ...

    def entry(self, number: int) -> Entry: ...

    def get(self, register: Register, key: bytes | int) -> object | None: ...
