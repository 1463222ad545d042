"""Opens SQLite the one way in which it may hold money or people, and brings its tables up to date.

SQLite 3.7.0 to 3.51.2 can corrupt a database in WAL mode (the WAL-reset bug), and many systems still bring one
of those: so the version is checked before a file is touched. Below `synchronous=FULL` a power cut loses
transactions that were already acknowledged.
"""

import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.errors import SetupError

try:
    from pysqlite3 import dbapi2 as sqlite
except ImportError:
    import sqlite3 as sqlite

OLDEST_SQLITE = (3, 51, 3)
BUSY_TIMEOUT_MS = 10_000

SETTINGS = (
    "synchronous=FULL",
    "foreign_keys=ON",
    "recursive_triggers=ON",  # else INSERT OR REPLACE walks past a delete trigger
    "trusted_schema=OFF",
    f"busy_timeout={BUSY_TIMEOUT_MS}",
)


def connect(path: Path | str, *, readonly: bool = False) -> sqlite.Connection:
    """A connection to the database file `path`, made (mode 0600) if it is not there.

    It is in autocommit: writing happens inside `transaction`. One thread at a time may use it.
    Raises SetupError when SQLite is too old, or the file can't be written or is no database.
    """
    check_version()
    path = Path(path)
    try:
        if not readonly:
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
        return _opened(path, readonly)
    except OSError as error:
        raise SetupError(f"{path} can't be written ({error.strerror}): make it writable, or choose another folder") from error
    except sqlite.DatabaseError as error:
        raise SetupError(f"{path} can't be opened as a database: {error}") from error


def _opened(path: Path, readonly: bool) -> sqlite.Connection:
    address = f"{path.absolute().as_uri()}?mode={'ro' if readonly else 'rw'}"
    connection = sqlite.connect(address, uri=True, isolation_level=None, check_same_thread=False)
    try:
        for setting in SETTINGS:
            connection.execute(f"PRAGMA {setting}")
        if readonly:
            connection.execute("PRAGMA query_only=ON")
        elif connection.execute("PRAGMA journal_mode").fetchone() != ("wal",):
            with _alone(connection):        # who finds another at it isn't kept waiting by SQLite, but refused
                connection.execute("PRAGMA journal_mode=WAL").fetchone()
        connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()  # reads the header of the file
    except sqlite.DatabaseError:
        connection.close()
        raise
    return connection


def free_bytes(path: Path | str) -> int:
    """What the disk of a file in an existing folder has left for this program."""
    disk = os.statvfs(Path(path).absolute().parent)
    return disk.f_bavail * disk.f_frsize


def check_version(found: tuple[int, ...] | None = None) -> None:
    """Raises SetupError when the SQLite at hand may corrupt a database in WAL mode."""
    found = found or sqlite.sqlite_version_info
    if found < OLDEST_SQLITE:
        has, needs = (".".join(map(str, version)) for version in (found, OLDEST_SQLITE))
        cure = "pip install pysqlite3, or use a Python built with a newer SQLite"
        raise SetupError(f"SQLite is {has}, but HAGC needs {needs} or newer: {cure}")


@contextmanager
def transaction(connection: sqlite.Connection) -> Iterator[sqlite.Connection]:
    """All or nothing, and one writer at a time over all threads and processes.

    SQLite alone lets waiting writers poll; the kernel's lock on `<path>.lock` wakes the next one at once.
    The lock belongs to the open file, so it falls with the process.
    """
    assert not connection.in_transaction, "a transaction inside a transaction"
    with _alone(connection):
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield connection
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise


@contextmanager
def _alone(connection: sqlite.Connection) -> Iterator[None]:
    path = connection.execute("PRAGMA database_list").fetchone()[2]
    lock = os.open(f"{path}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)


def migrate(connection: sqlite.Connection, schema_dir: Path | str) -> list[int]:
    """Applies the files `NNNN.sql` of `schema_dir` that are not applied yet, in order, each in one transaction.

    Gives their numbers. Raises SetupError when the file was written by a newer HAGC, or when a migration
    that is already applied has changed since.
    """
    steps = _steps(Path(schema_dir))
    with transaction(connection):
        connection.execute(
            "CREATE TABLE IF NOT EXISTS migration (number INTEGER PRIMARY KEY, digest BLOB NOT NULL) STRICT"
        )
    return [number for number, text in steps.items() if _apply(connection, steps, number, text)]


def check_migrated(connection: sqlite.Connection, schema_dir: Path | str) -> None:
    """SetupError unless every migration of `schema_dir` is applied, and no other; nothing is written."""
    steps = _steps(Path(schema_dir))
    made = connection.execute("SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE name = 'migration')").fetchone()[0]
    done = dict(connection.execute("SELECT number, digest FROM migration")) if made else {}
    _check_done(steps, done)
    if len(done) < len(steps):
        raise SetupError(f"the database is of an earlier HAGC (migration {len(done):04} of {len(steps):04}): use that release, or "
                         "let `run` of this one bring it up to date")


def copy(path: Path, target: Path) -> None:
    """One moment of the database `path` in the new file `target` (mode 0600), on disk when this returns: what others
    committed before is in it, whole, and nobody who writes meanwhile is held up."""
    source = connect(path, readonly=True)
    try:
        os.close(os.open(target, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
        made = sqlite.connect(target, isolation_level=None)
        try:
            source.backup(made)
            made.execute("PRAGMA journal_mode=DELETE").fetchone()       # one file, that can be carried away alone
        finally:
            made.close()
    except OSError as error:
        raise SetupError(f"{target} can't be written ({error.strerror})") from error
    except sqlite.DatabaseError as error:
        raise SetupError(f"{path} can't be copied to {target}: {error}") from error
    finally:
        source.close()


def _steps(schema_dir: Path) -> dict[int, str]:
    files = sorted(schema_dir.glob("[0-9][0-9][0-9][0-9].sql"))
    steps = {int(file.stem): file.read_text(encoding="utf-8") for file in files}
    assert list(steps) == list(range(1, len(steps) + 1)), f"migrations in {schema_dir} are not 0001, 0002, …"
    return steps


def _apply(connection: sqlite.Connection, steps: dict[int, str], number: int, text: str) -> bool:
    with transaction(connection):
        # Read under the lock: another process may have just done it.
        done = dict(connection.execute("SELECT number, digest FROM migration"))
        _check_done(steps, done)
        if number in done:
            return False
        for statement in _statements(text):
            connection.execute(statement)
        connection.execute("INSERT INTO migration VALUES (?, ?)", (number, _digest(text)))
    return True


def _check_done(steps: dict[int, str], done: dict[int, bytes]) -> None:
    for number, digest in done.items():
        if number not in steps:
            raise SetupError(f"the database is of a newer HAGC (migration {number:04}): run that version")
        if digest != _digest(steps[number]):
            raise SetupError(f"migration {number:04} is not the one that made this database: run the release that did")


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


def _statements(text: str) -> Iterator[str]:
    """The statements one by one: `executescript` would commit before it starts."""
    pending = ""
    for line in text.splitlines(keepends=True):
        pending += line
        if sqlite.complete_statement(pending):
            yield pending
            pending = ""
    rest = [line for line in pending.splitlines() if line.strip() and not line.lstrip().startswith("--")]
    assert not rest, f"a migration ends inside a statement: {rest[0]}"
