"""A copy of what the city can't do without, taken beside a server that runs: the ledger, the people, the city file.

It holds no key and not the record of what was signed (checkpoint.note): who steals a backup signs nothing, and one that is
put back halts instead of forking. See app/OPERATING.md.
"""

import os
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from app.desk.found import Folder
from app.errors import SetupError
from app.store.database import connect, copy
from app.store.read import head_of


@dataclass(frozen=True, slots=True)
class Backup:
    entries: int
    last_s: int         # time of the last one

    @property
    def until(self) -> str:
        return f"{datetime.fromtimestamp(self.last_s, UTC):%Y-%m-%d %H:%M:%S} UTC"


def make(folder: Folder, target: Path) -> Backup:
    """A backup in the new folder `target` (mode 0700), which is there only once it is whole."""
    if target.exists():
        raise SetupError(f"{target} is there already: a backup never overwrites one, name a new folder")
    for file in (folder.chain, folder.people, folder.city_file):
        if not file.exists():
            raise SetupError(f"{file} is missing: nothing whole can be copied")
    part = Folder(target.with_name(f"{target.name}.unfinished"))
    try:
        shutil.rmtree(part.path, ignore_errors=True)
        part.path.mkdir(mode=0o700)
        # The ledger first: a person whom it doesn't name yet does no harm, one whom only it names has no name.
        copy(folder.chain, part.chain)
        copy(folder.people, part.people)
        _copy_file(folder.city_file, part.city_file)
        _sync(part.path)
        part.path.rename(target)
        _sync(target.absolute().parent)
    except OSError as error:
        raise SetupError(f"{target} can't be written ({error.strerror})") from None
    finally:
        shutil.rmtree(part.path, ignore_errors=True)        # halves would fill the disk, one an hour
    connection = connect(target / folder.chain.name, readonly=True)
    try:
        head = head_of(connection)
    finally:
        connection.close()
    return Backup(head.size, head.time_s)


def _copy_file(file: Path, target: Path) -> None:
    """Mode 0600, on disk when this returns."""
    with file.open("rb") as source, open(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
        shutil.copyfileobj(source, out)
        out.flush()
        os.fsync(out.fileno())


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
