"""The ledger in one SQLite file: the embedded store, no server beside it.

One writer at a time over all processes (the head lock), any number of readers beside it (WAL), every
commit on disk before it is answered (`synchronous=FULL`).
"""

import json
import os
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from app.chain.block import Genesis, chain_id
from app.chain.entry import Entry, in_clear
from app.chain.merkle import Frontier
from app.errors import Refusal, SetupError
from app.message import kinds
from app.money.orders import Code, Payment, Signed
from app.store import batch
from app.store.base import Accepted, Head, Refused
from app.store.database import check_migrated, connect, free_bytes, migrate, sqlite, transaction
from app.store.history import History
from app.store.read import head_of, refusal_of
from app.store.state import SqliteState

PAYERS = Code, Payment
SCHEMA = Path(__file__).parent / "schema"
# A payment's pages: enough of the file in memory, and the log folded back into it seldom and in large pieces.
LEAST_ROOM = 64 << 20       # bytes on the disk: what is begun is ended, and the log of what happened goes on
WRITER = ("cache_size=-65536", "wal_autocheckpoint=8000", "journal_size_limit=67108864")


class SqliteCommit:
    """One write transaction of SqliteStore.commit."""

    def __init__(self, connection: sqlite.Connection, head: Head, state: SqliteState, full: str):
        self.connection = connection
        self.head = head
        self.state = state
        found = connection.execute("SELECT value FROM meta WHERE name = 'halted'").fetchone()
        self.halted: str = found[0] if found else full
        self.entries: list[Entry] = []      # appended
        self._any_refusal = connection.execute("SELECT EXISTS (SELECT 1 FROM refusal)").fetchone()[0]

    def expect(self, messages: Sequence[Signed]) -> None:
        self.state.expect([(message.body.expires_at_s, message.id) for message in messages])
        self.state.expect_payers([message.body.alias for message in messages if type(message.body) in PAYERS])

    def remembered(self, message: Signed) -> Refusal | None:
        if not self._any_refusal:
            return None
        found = self.connection.execute(
            "SELECT number, facts FROM refusal WHERE expires_at_s = ? AND id = ? AND key = ?",
            (message.body.expires_at_s, message.id, message.key),
        ).fetchone()
        return refusal_of(*found) if found else None

    def entry(self, number: int) -> Entry:
        return Entry(*self.connection.execute("SELECT * FROM entry WHERE number = ?", (number,)).fetchone())

    def append(self, accepted: Sequence[Accepted], refused: Iterable[Refused], now_s: int) -> None:
        if accepted:
            self.head = batch.write(self.connection, self.state, self.head, accepted, now_s)
            self.entries = [each.entry for each in accepted]
        if self._any_refusal:
            self.connection.execute("DELETE FROM refusal WHERE expires_at_s < ?", (now_s,))
        self.connection.executemany("INSERT OR IGNORE INTO refusal VALUES (?, ?, ?, ?, ?)", [
            (each.message.body.expires_at_s, each.message.id, each.message.key, each.refusal.number,
             json.dumps(each.refusal.facts))
            for each in refused
        ])


class SqliteStore(History):
    """The ledger's file, opened. Reading: from any thread (Reader, History). Writing: by one sequencer at a time."""

    def __init__(self, path: Path | str):
        super().__init__(path)
        self._writer: sqlite.Connection | None = None
        self._kept: tuple[Head, SqliteState] | None = None     # what this process left, good for that head only
        self._writing = threading.Lock()                            # guards the two above, nothing else

    @classmethod
    def create(cls, path: Path | str, genesis: bytes) -> "SqliteStore":
        """A new ledger that holds its genesis. SetupError if the file holds one already."""
        body = Genesis.from_bytes(genesis)
        connection = connect(path)
        try:
            migrate(connection, SCHEMA)
            with transaction(connection):
                if connection.execute("SELECT EXISTS (SELECT 1 FROM entry)").fetchone()[0]:
                    raise SetupError(f"{path} holds a ledger already: it is never overwritten")
                _found(connection, in_clear((0, body.created_at_s), kinds.GENESIS, genesis))
        finally:
            connection.close()
        return cls(path)

    @classmethod
    def open(cls, path: Path | str) -> "SqliteStore":
        """An existing ledger, its tables brought up to date. SetupError if there is none."""
        return cls._there(path, readonly=False)

    @classmethod
    def look(cls, path: Path | str) -> "SqliteStore":
        """The same for reading alone: the file is left as it is. SetupError where its tables are of another release."""
        return cls._there(path, readonly=True)

    @classmethod
    def _there(cls, path: Path | str, readonly: bool) -> "SqliteStore":
        if not os.path.exists(path):
            raise SetupError(f"{path} is missing: put the ledger back from its backup, or run init for a new city")
        connection = connect(path, readonly=readonly)
        try:
            (check_migrated if readonly else migrate)(connection, SCHEMA)
            if connection.execute("SELECT EXISTS (SELECT 1 FROM head)").fetchone()[0] == 0:
                raise SetupError(f"{path} holds no ledger: run init for a new city")
        finally:
            connection.close()
        return cls(path)

    @contextmanager
    def commit(self) -> Iterator[SqliteCommit]:
        """The head lock, held until what was appended is on disk. An exception inside undoes everything."""
        with self._writing:
            kept, self._kept = self._kept, None
            if self._writer is None:
                self._writer = _writer(self.path)
            with transaction(self._writer) as connection:
                head = head_of(connection)
                mine = kept is not None and kept[0].header_hash == head.header_hash and kept[0].epoch == head.epoch
                state = kept[1] if mine else SqliteState(connection, self.genesis())
                commit = SqliteCommit(connection, head, state, self.full())
                yield commit
            state.trim()
            self._kept = commit.head, state
            self.keep_fresh(commit.entries)

    def full(self) -> str:
        """Why nothing may be entered until there is room on the disk, or empty. A write that breaks for want of room is refused
        as a fault of ours, and leaves who paid in doubt: so it is not tried."""
        left = free_bytes(self.path)
        return "" if left >= LEAST_ROOM else (
            f"the disk of {self.path.parent} has {left >> 20} MB left and keeps {LEAST_ROOM >> 20}: make room, then it goes on by itself")

    # -- the operator's and the background's own small writes --

    def halt(self, why: str) -> None:
        """Nothing is entered any more, in any process, until `lift`: an accounting difference, a failed audit."""
        assert why
        self._write("INSERT INTO meta VALUES ('halted', ?) ON CONFLICT DO NOTHING", why)

    def lift(self) -> None:
        self._write("DELETE FROM meta WHERE name = 'halted'")

    def keep_seen(self, at_s: int) -> None:
        """The city is at work, by its clock."""
        self._write("INSERT INTO meta VALUES ('seen_s', ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value", str(at_s))

    def keep_checkpoint(self, epoch: int, size: int, time_s: int, note: str) -> None:
        """A signed note, as it was published; the same again is no error."""
        self._write(
            "INSERT INTO checkpoint SELECT ?1, ?2, ?3, ?4"
            " WHERE NOT EXISTS (SELECT 1 FROM checkpoint WHERE epoch = ?1 AND size = ?2)", epoch, size, time_s, note,
        )

    def keep_state_root(self, day: int, entry: int, root: bytes, salt: bytes) -> None:
        """The next block carries it. Once a day, and once an entry: where nothing moved there is nothing new."""
        self._write(
            "INSERT INTO state_root SELECT ?1, ?2, ?3, ?4, NULL"
            " WHERE NOT EXISTS (SELECT 1 FROM state_root WHERE day = ?1 OR entry = ?2)", day, entry, root, salt,
        )

    def _write(self, statement: str, *values: object) -> int:
        connection = connect(self.path)
        try:
            with transaction(connection):
                return connection.execute(statement, values).rowcount
        finally:
            connection.close()

    def close(self) -> None:
        super().close()
        with self._writing:
            self._kept = None
            if self._writer is not None:
                self._writer.close()
                self._writer = None


def _writer(path: Path) -> sqlite.Connection:
    connection = connect(path)
    for setting in WRITER:
        connection.execute(f"PRAGMA {setting}").fetchone()
    return connection


def _found(connection: sqlite.Connection, genesis: Entry) -> None:
    """Entry 0, block 0 (whose hash is the chain id) and the head that stands on them."""
    identity = chain_id(genesis.a)
    frontier = Frontier()
    frontier.append([genesis.leaf])
    connection.execute(
        "INSERT INTO entry VALUES (0, ?, ?, ?, ?, ?, ?, ?, ?)",
        (genesis.time_s, genesis.kind, genesis.form, genesis.leaf, genesis.a, b"", b"", b""),
    )
    connection.execute("INSERT INTO block VALUES (0, 0, 0, -1, ?, ?)", (identity, identity))
    connection.execute(
        "INSERT INTO head VALUES (1, ?, 1, 0, ?, ?, 0)", (frontier.to_bytes(), identity, genesis.time_s)
    )
