"""A copy of what the city can't do without, taken beside a server that runs: the ledger, the people, the city file.

It holds no key and not the record of what was signed (checkpoint.note): who steals a backup signs nothing, and one that is
put back halts instead of forking. See app/OPERATING.md.
"""

import os
import shutil
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from app.desk.found import Folder
from app.errors import SetupError
from app.store.database import connect, copy, free_bytes
from app.store.read import head_of

UNFINISHED = ".unfinished"
KEPT_FREE = 1 << 30         # on the disk that the copy goes to: where it is the ledger's own, payments would end with the room
DEAD_S = 3600               # nothing was written into the folder of a backup under way for so long


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
    part = Folder(target.with_name(f"{target.name}{UNFINISHED}"))
    try:
        shutil.rmtree(part.path, ignore_errors=True)
        _clear_dead(target.absolute().parent)
        _check_room(folder, target)
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


def _check_room(folder: Folder, target: Path) -> None:
    """SetupError where the copy would leave the disk too narrow. What is not folded in yet counts: it will be in the copy."""
    databases = [file for path in (folder.chain, folder.people) for file in path.parent.glob(f"{path.name}*")]
    needed, left = sum(file.stat().st_size for file in databases), free_bytes(target)
    if left < needed + KEPT_FREE:
        raise SetupError(f"the disk of {target} has {left >> 20} MB left, a backup takes {needed >> 20} MB and leaves {KEPT_FREE >> 20} MB free: "
                         "delete old backups, or name a folder on another disk")


def _clear_dead(parent: Path) -> None:
    """Removes what backups that were killed have left: halves would fill the disk, one an hour. Of one that is under way something was
    just written."""
    names = tuple(file.name for file in (Folder(parent).chain, Folder(parent).people, Folder(parent).city_file))
    for left in parent.glob(f"*{UNFINISHED}"):
        files = list(left.iterdir()) if left.is_dir() else []
        ours = left.is_dir() and all(file.name.startswith(names) for file in files)
        if ours and time.time() - max(file.stat().st_mtime for file in (left, *files)) > DEAD_S:
            shutil.rmtree(left, ignore_errors=True)


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
