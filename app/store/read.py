"""Reading the ledger: connections of the reader's own, one a thread, never in the writer's way."""

import json
import os
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from pathlib import Path

from app.chain.block import Header
from app.chain.entry import Entry
from app.chain.merkle import Frontier
from app.errors import BY_NUMBER, Refusal
from app.money.state import Key, Register
from app.store.base import Head
from app.store.database import connect, sqlite
from app.store.state import SqliteState, unpack

FRESH = 1024                # entries, of the batches before
ALIASES = 100_000

LATEST = """
    SELECT key, value FROM record AS r WHERE register = ?
    AND entry = (SELECT max(entry) FROM record WHERE register = r.register AND key = r.key) ORDER BY key"""


@dataclass(frozen=True, slots=True)
class Block:
    header: Header
    hash: bytes             # 32


def head_of(connection: sqlite.Connection) -> Head:
    frontier, size, height, header_hash, time_s, epoch = connection.execute(
        "SELECT frontier, size, height, header_hash, time_s, epoch FROM head"
    ).fetchone()
    return Head(size, height, header_hash, time_s, epoch, Frontier.from_bytes(frontier))


def refusal_of(number: int, facts: str) -> Refusal:
    return Refusal(BY_NUMBER[number].word, **json.loads(facts))


class Reader:
    """What is committed, as it is now. Every method may be called from any thread."""

    def __init__(self, path: Path | str):
        self.path = Path(path)
        self._mine = threading.local()
        # What never changes need not be read again: entries that this process has just written, and aliases' keys.
        self._fresh: dict[int, Entry] = {}
        self._aliases: dict[bytes, object] = {}

    def keep_fresh(self, entries: Sequence[Entry]) -> None:
        """Committed a moment ago: each will be asked for a receipt at once."""
        fresh = self._fresh
        for entry in entries:
            fresh[entry.number] = entry
        for number in list(islice(fresh, max(0, len(fresh) - FRESH))):
            del fresh[number]

    @property
    def connection(self) -> sqlite.Connection:
        """This thread's own; a forked child opens another."""
        mine = self._mine
        if getattr(mine, "process", None) != os.getpid():
            mine.connection, mine.process = connect(self.path, readonly=True), os.getpid()
        return mine.connection

    def close(self) -> None:
        """Closes the calling thread's connection; other threads' close when they end."""
        if getattr(self._mine, "process", None) == os.getpid():
            self._mine.connection.close()
        self._mine = threading.local()

    @contextmanager
    def snapshot(self) -> Iterator[SqliteState]:
        """Everything read on this thread inside is of one moment. Gives the state for `money` to look at."""
        connection = self.connection
        assert not connection.in_transaction, "a snapshot inside a snapshot"
        connection.execute("BEGIN")
        try:
            yield SqliteState(connection, self._genesis)
        finally:
            connection.execute("COMMIT")

    # -- the chain --

    def genesis(self) -> bytes:
        """The exact bytes of entry 0."""
        return self._genesis

    @cached_property
    def _genesis(self) -> bytes:
        return self._one("SELECT a FROM entry WHERE number = 0")[0]

    def head(self) -> Head:
        return head_of(self.connection)

    def has_since(self, after: int, kinds: tuple[int, ...]) -> bool:
        """Whether an entry after number `after` is of one of these kinds."""
        marks = ", ".join("?" * len(kinds))
        return bool(self._one(f"SELECT EXISTS (SELECT 1 FROM entry WHERE number > ? AND kind IN ({marks}))", after, *kinds)[0])

    def entry(self, number: int) -> Entry:
        """KeyError if there is none yet."""
        fresh = self._fresh.get(number)
        if fresh is not None:
            return fresh
        found = self._one("SELECT * FROM entry WHERE number = ?", number)
        if found is None:
            raise KeyError(number)
        return Entry(*found)

    def entries_after(self, number: int, limit: int = 1000) -> list[Entry]:
        """What came after entry `number`, oldest first: -1 for all, block headers among them."""
        found = self.connection.execute(
            "SELECT * FROM entry WHERE number > ? ORDER BY number LIMIT ?", (number, limit)
        )
        return [Entry(*row) for row in found]

    def first_at(self, time_s: int) -> int:
        """The number of the first entry at `time_s` or later; the log's size if there is none."""
        low, high = 0, self._one("SELECT size FROM head")[0]
        while low < high:
            middle = (low + high) // 2
            if self._one("SELECT time_s FROM entry WHERE number = ?", middle)[0] < time_s:
                low = middle + 1
            else:
                high = middle
        return low

    def hashes(self, level: int, start: int, end: int) -> Sequence[bytes]:
        """As chain.merkle.Hashes: leaf hashes (level 0) or roots of complete subtrees of 256**level leaves."""
        table, column = ("entry", "leaf") if level == 0 else ("subtree", "hash")
        where = "" if level == 0 else f"level = {int(level)} AND "
        found = self.connection.execute(
            f"SELECT {column} FROM {table} WHERE {where}number >= ? AND number < ? ORDER BY number", (start, end)
        )
        return [row[0] for row in found]

    def blocks(self, before: int | None = None, limit: int = 50) -> list[Block]:
        """Newest first, of a height lower than `before`; genesis is not among them."""
        found = self.connection.execute(
            "SELECT entry.a, block.hash FROM block JOIN entry ON entry.number = block.entry"
            " WHERE height BETWEEN 1 AND ? ORDER BY height DESC LIMIT ?",
            (2**62 if before is None else before - 1, limit),
        )
        return [Block(Header.from_bytes(body), digest) for body, digest in found]

    def block_of(self, entry: int) -> Block | None:
        """The block that holds an entry (or is its header); None for genesis and what is not there."""
        found = self._one(
            "SELECT entry.a, block.hash FROM block JOIN entry ON entry.number = block.entry"
            " WHERE block.entry >= ? AND height >= 1 ORDER BY block.entry LIMIT 1", max(entry, 1)
        )
        return Block(Header.from_bytes(found[0]), found[1]) if found and entry else None

    def checkpoint(self, size: int | None = None) -> str | None:
        """The newest signed note of this epoch, or the oldest that covers `size` entries."""
        order = "ASC" if size else "DESC"
        found = self._one(
            "SELECT note FROM checkpoint WHERE epoch = (SELECT epoch FROM head) AND size >= ?"
            f" ORDER BY size {order} LIMIT 1", size or 0
        )
        return found[0] if found else None

    # -- registers and answers --

    def get(self, register: Register, key: bytes | int) -> object | None:
        """The record that holds now."""
        if register is Register.ALIAS and key in self._aliases:
            return self._aliases[key]
        found = self._one(
            "SELECT value FROM record WHERE register = ? AND key = ? ORDER BY entry DESC LIMIT 1", int(register), key
        )
        record = unpack(register, found[0]) if found else None
        if register is Register.ALIAS and record is not None:
            if len(self._aliases) >= ALIASES:
                self._aliases.clear()
            self._aliases[key] = record
        return record

    def as_of(self, register: Register, key: bytes | int, entry: int) -> object | None:
        """The record that held at entry number `entry`."""
        found = self._one(
            "SELECT value FROM record WHERE register = ? AND key = ? AND entry <= ? ORDER BY entry DESC LIMIT 1",
            int(register), key, entry,
        )
        return unpack(register, found[0]) if found else None

    def versions(self, register: Register, key: bytes | int) -> list[tuple[int, object]]:
        """(entry number, record) of each time that a record was made or changed, oldest first."""
        found = self.connection.execute(
            "SELECT entry, value FROM record WHERE register = ? AND key = ? ORDER BY entry", (int(register), key))
        return [(entry, unpack(register, value)) for entry, value in found]

    def mentioned(self, owner: tuple[int, int], first: int, skip: int) -> int | None:
        """The entry that is an account's, shop's or till's after the next `skip` of theirs, from number `first` on."""
        found = self._one(
            "SELECT entry FROM mention WHERE kind = ? AND owner = ? AND entry >= ? ORDER BY entry LIMIT 1 OFFSET ?",
            *owner, first, skip,
        )
        return found[0] if found else None

    def records(self, register: Register) -> list[tuple[bytes | int, object]]:
        """(key, record) of a whole register as it stands: for the short ones, shops, tills, officers, programmes."""
        found = self.connection.execute(LATEST, (int(register),))
        return [(key, unpack(register, value)) for key, value in found]

    def entries_of(self, register: Register, key: bytes | int) -> list[int]:
        """The entries that made and changed a record, oldest first."""
        found = self.connection.execute(
            "SELECT entry FROM record WHERE register = ? AND key = ? ORDER BY entry", (int(register), key)
        )
        return [row[0] for row in found]

    def keys_of(self, account: bytes) -> list[tuple[bytes, Key]]:
        """Public key and record of each device of an account (8), in the order in which they came to be what they are."""
        return [(key, record) for key, record, _ in self.devices_of(account)]

    def devices_of(self, account: bytes) -> list[tuple[bytes, Key, int]]:
        """The same, and since when (Unix seconds)."""
        found = self.connection.execute(
            f"SELECT key, value, (SELECT time_s FROM entry WHERE number = r.entry) FROM record AS r"
            f" WHERE register = {int(Register.KEY)} AND substr(value, 3, 8) = ?"       # as the index key_account has it
            " AND entry = (SELECT max(entry) FROM record WHERE register = r.register AND key = r.key) ORDER BY entry",
            (account,),
        )
        return [(key, unpack(Register.KEY, value), time_s) for key, value, time_s in found]

    def entry_of(self, expires_at_s: int, message_id: bytes) -> int | None:
        """The entry that used this id up."""
        found = self._one("SELECT entry FROM message_id WHERE expires_at_s = ? AND id = ?", expires_at_s, message_id)
        return found[0] if found else None

    def outcome(self, expires_at_s: int, message_id: bytes) -> Entry | Refusal | None:
        """What became of a message: its entry, the final refusal that is remembered, or None."""
        number = self.entry_of(expires_at_s, message_id)
        if number is not None:
            return self.entry(number)
        found = self._one(
            "SELECT number, facts FROM refusal WHERE expires_at_s = ? AND id = ?", expires_at_s, message_id
        )
        return refusal_of(*found) if found else None

    def halted(self) -> str:
        """Why nothing may be entered, or empty."""
        found = self._one("SELECT value FROM meta WHERE name = 'halted'")
        return found[0] if found else ""

    def seen_s(self) -> int | None:
        """When the city was last seen at work, by its clock; None before it ever was."""
        found = self._one("SELECT value FROM meta WHERE name = 'seen_s'")
        return int(found[0]) if found else None

    def _one(self, query: str, *values: object) -> tuple | None:
        return self.connection.execute(query, values).fetchone()
