"""The till's own record: what it signed, on disk before anyone else sees it, and how each was answered.

After a crash or a power cut this file alone says which sales are still open. It needs no server and no framework.
"""

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from app.errors import SetupError
from pos import links

try:
    from pysqlite3 import dbapi2 as sqlite
except ImportError:
    import sqlite3 as sqlite

SCHEMA = Path(__file__).with_name("schema.sql")
SOUND_WAL = (3, 51, 3)      # SQLite's write-ahead log can corrupt a file in 3.7.0 to 3.51.2
BUSY_TIMEOUT_MS = 10_000
ROOM = 1 << 17              # bytes without which a disk counts as full: what opening the file takes

_LINES = """
    SELECT message.number, id, expires_at_s, message.at_s, raw, payer,
           coalesce(receipt, x''), coalesce(word, ''), coalesce(sentence, '')
    FROM message LEFT JOIN answer
    ON answer.number = (SELECT max(number) FROM answer WHERE message = message.number)
"""


@dataclass(frozen=True, slots=True)
class Line:
    """One message of this till and its last answer: a receipt, or a word, or neither yet."""
    number: int
    id: bytes               # 32
    expires_at_s: int
    at_s: int
    raw: bytes
    payer: bytes            # the code that a charge claims; else empty
    receipt: bytes
    word: str
    sentence: str


class Journal:
    """One file, mode 0600. Each method is durable when it returns."""

    def __init__(self, path: Path, check: bool = True):
        """Opens or makes it. SetupError if it is no journal, or lines are missing from it, OSError (no_room) on a full disk,
        OperationalError (locked) while another window writes for long; check=False for who only looks."""
        try:
            os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
            self.connection = _opened(path)
            if check:
                self._check_complete(path)
        except (sqlite.DatabaseError, OSError) as error:
            if locked(error):
                raise
            if no_room(error) or _is_full(path.parent):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path)) from error
            raise SetupError(f"{path} can't be used as the till's journal: {error}") from error

    def write(self, message_id: bytes, expires_at_s: int, raw: bytes, payer: bytes, at_s: int) -> int:
        """The number of a message of this till, which may be sent or shown from now on."""
        with self._alone() as connection:
            (number,) = connection.execute("SELECT coalesce(max(number), 0) + 1 FROM message").fetchone()
            connection.execute(
                "INSERT INTO message VALUES (?, ?, ?, ?, ?, ?)", (number, message_id, expires_at_s, at_s, raw, payer)
            )
            links.link(connection, "message", number)
        return number

    def settle(self, number: int, receipt: bytes, at_s: int) -> None:
        """Closes a line by its receipt, which the caller has checked. The same again changes nothing."""
        self._answer(number, at_s, receipt, "", "")

    def refuse(self, number: int, word: str, sentence: str, at_s: int) -> None:
        """Closes a line by a refusal, unless it was answered before."""
        self._answer(number, at_s, b"", word, sentence)

    def lines(self, since_s: int = 0) -> list[Line]:
        """Oldest first, signed at or after `since_s`."""
        rows = self.connection.execute(f"{_LINES} WHERE message.at_s >= ? ORDER BY message.number", (since_s,))
        return [Line(*row) for row in rows]

    def lines_since(self, since_s: int) -> list[Line]:
        """Newest first, signed or answered at or after `since_s`."""
        rows = self.connection.execute(
            f"{_LINES} WHERE message.number IN (SELECT number FROM message WHERE at_s >= ?1 UNION SELECT message FROM answer"
            " WHERE at_s >= ?1) ORDER BY message.number DESC", (since_s,)
        )
        return [Line(*row) for row in rows]

    def open_lines(self) -> list[Line]:
        """Those without an answer, oldest first."""
        rows = self.connection.execute(f"{_LINES} WHERE answer.number IS NULL ORDER BY message.number")
        return [Line(*row) for row in rows]

    def unsigned_lines(self, most: int) -> list[Line]:
        """Those that the operator said no to and hasn't signed that yet, newest first."""
        rows = self.connection.execute(
            f"{_LINES} WHERE word <> '' AND NOT EXISTS (SELECT 1 FROM refusal WHERE refusal.message = message.number)"
            " ORDER BY message.number DESC LIMIT ?", (most,)
        )
        return [Line(*row) for row in rows]

    def line(self, number: int) -> Line:
        return Line(*self.connection.execute(f"{_LINES} WHERE message.number = ?", (number,)).fetchone())

    def line_of(self, half_id: bytes) -> Line | None:
        """The line whose id begins with these 16 bytes, as payments and receipts name a message."""
        row = self.connection.execute(
            f"{_LINES} WHERE id BETWEEN ? AND ?", (half_id + bytes(16), half_id + b"\xff" * 16)
        ).fetchone()
        return Line(*row) if row else None

    def keep_proof(self, proof: bytes, at_s: int) -> None:
        """Keeps what a later receipt is checked by. The same again changes nothing."""
        with self._alone() as connection:
            written = connection.execute(
                "INSERT INTO proof SELECT coalesce(max(number), 0) + 1, ?1, ?2 FROM proof"
                " HAVING NOT EXISTS (SELECT 1 FROM proof WHERE proof = ?2)", (at_s, proof)
            )
            if written.rowcount == 1:
                links.link(connection, "proof", written.lastrowid)

    def keep_refusal(self, number: int, refusal: bytes, at_s: int) -> None:
        """Keeps the operator's signed no to a message, before its line is closed by it. The same again changes nothing."""
        with self._alone() as connection:
            written = connection.execute(
                "INSERT INTO refusal SELECT coalesce(max(number), 0) + 1, ?1, ?2, ?3 FROM refusal"
                " HAVING NOT EXISTS (SELECT 1 FROM refusal WHERE message = ?1)", (number, at_s, refusal)
            )
            if written.rowcount == 1:
                links.link(connection, "refusal", written.lastrowid)

    def proofs(self) -> list[bytes]:
        """Oldest first."""
        return [proof for proof, in self.connection.execute("SELECT proof FROM proof ORDER BY number")]

    def is_refused(self, number: int) -> bool:
        """Whether the operator's signed no to a message is kept."""
        return self.connection.execute("SELECT 1 FROM refusal WHERE message = ?", (number,)).fetchone() is not None

    def text(self) -> tuple[str, int]:
        """All rows, a line each, for who wants to check them; and the number of the first that doesn't follow the one
        before, 0 where all do."""
        rows, broken = [], 0
        try:
            rows += links.text(self.connection)
            links.check(self.connection)
        except links.Broken as number:
            broken = number.args[0]
        return "".join(f"{row}\n" for row in rows), broken

    def check(self) -> None:
        """SetupError where a row, from the first on, doesn't follow the one before."""
        self._check_links(1)

    def close(self) -> None:
        self.connection.close()

    def _answer(self, number: int, at_s: int, receipt: bytes, word: str, sentence: str) -> None:
        """Read and written under one lock: a second window of the same till may be answering too."""
        with self._alone() as connection:
            line = self.line(number)
            if line.receipt or (line.word and not receipt):
                return
            (place,) = connection.execute("SELECT coalesce(max(number), 0) + 1 FROM answer").fetchone()
            connection.execute(
                "INSERT INTO answer VALUES (?, ?, ?, ?, ?, ?)", (place, number, at_s, receipt, word, sentence)
            )
            links.link(connection, "answer", place)

    @contextmanager
    def _alone(self) -> Iterator[sqlite.Connection]:
        self.connection.execute("BEGIN IMMEDIATE")
        try:
            yield self.connection
            self.connection.execute("COMMIT")
        except BaseException:
            if self.connection.in_transaction:
                self.connection.execute("ROLLBACK")
            raise

    def _check_complete(self, path: Path) -> None:
        """Under the lock, for another window of this till may be writing."""
        with self._alone() as connection:
            rows = sum(self._count(path, table) for table in links.TABLES)
            if rows and not self._linked():
                links.take_over(connection)
            if self._linked() != rows:
                raise SetupError(f"{path}: lines were put in by another program; keep the file and ask the city")
            self._check_links(rows - links.SOME)

    def _count(self, path: Path, table: str) -> int:
        count, last = self.connection.execute(f"SELECT count(*), coalesce(max(number), 0) FROM {table}").fetchone()
        if count != last:
            raise SetupError(f"{path}: {last - count} lines of {table} are missing; keep the file and ask the city")
        return count

    def _linked(self) -> int:
        (count,) = self.connection.execute("SELECT count(*) FROM link").fetchone()
        return count

    def _check_links(self, since: int) -> None:
        try:
            links.check(self.connection, since)
        except links.Broken as number:
            raise SetupError(f"row {number} of the till's journal doesn't follow the one before: it was changed. "
                             "Keep the file and ask the city") from None


def no_room(error: Exception) -> bool:
    """Whether it says that the disk is full."""
    return getattr(error, "errno", 0) in (errno.ENOSPC, errno.EDQUOT) or "disk is full" in str(error)


def locked(error: Exception) -> bool:
    """Whether it says that another window of this till held the file for longer than anybody waits."""
    return "database is locked" in str(error)


def _is_full(folder: Path) -> bool:
    """SQLite says of a full disk, when it opens a file, only that the disk failed."""
    try:
        return shutil.disk_usage(folder).free < ROOM
    except OSError:
        return False


def _opened(path: Path) -> sqlite.Connection:
    connection = sqlite.connect(path, isolation_level=None)
    sound = sqlite.sqlite_version_info >= SOUND_WAL
    settings = ("journal_mode=WAL", "synchronous=FULL") if sound else ("journal_mode=DELETE", "synchronous=EXTRA")
    for setting in (f"busy_timeout={BUSY_TIMEOUT_MS}", *settings, "recursive_triggers=ON", "trusted_schema=OFF"):
        connection.execute(f"PRAGMA {setting}").fetchone()
    connection.executescript(SCHEMA.read_text(encoding="utf-8"))
    return connection
