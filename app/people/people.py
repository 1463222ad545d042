"""The people database: a connection for each thread, made when that thread first asks."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlite_utils

from app.store.database import check_migrated, connect, migrate, sqlite, transaction

SCHEMA = Path(__file__).parent / "schema"


class People:
    """`clock` gives Unix seconds. `readonly`: the file is left as it is, SetupError where its tables are of another release.
    Closing closes the connections of all threads."""

    def __init__(self, path: Path | str, clock: Callable[[], float], readonly: bool = False):
        self._path = path
        self._clock = clock
        self._here = threading.local()
        self._all: list[sqlite.Connection] = []
        self._readonly = readonly
        (check_migrated if readonly else migrate)(self.read(), SCHEMA)

    def now_s(self) -> int:
        return int(self._clock())

    def read(self) -> sqlite.Connection:
        """This thread's connection. To write, use `write`."""
        if not hasattr(self._here, "connection"):
            self._here.connection = connect(self._path, readonly=self._readonly)
            self._all.append(self._here.connection)
        return self._here.connection

    @contextmanager
    def write(self) -> Iterator[sqlite.Connection]:
        with transaction(self.read()) as connection:
            yield connection

    def tables(self) -> sqlite_utils.Database:
        """The same database for inspecting: how many rows, which columns."""
        return sqlite_utils.Database(self.read())

    def close(self) -> None:
        for connection in self._all:
            connection.close()
