"""A copy of the log for an auditor: a folder that `replay` reads on any machine, without our database.

CBOR sequences (RFC 8742), written and read in one pass. The folder holds the halves and their
salts, so who paid where: it is for the auditor's eyes, made mode 0700, and is not the public log.
"""

import os
from collections.abc import Iterable, Iterator
from dataclasses import astuple
from functools import cached_property
from itertools import chain, islice
from pathlib import Path

import cbor2

from app.chain import checkpoint
from app.chain.body import Malformed, decode
from app.chain.entry import Entry
from app.chain.log import Log
from app.errors import Refusal, SetupError
from app.message import cose, kinds
from app.money.orders import CHECKPOINT_KEY
from app.money.state import RECORDS, Leg, Lot, Register

A_FILE = 1_000_000          # entries in one file
LISTS = frozenset(kinds.BY_NAME[name].number for name in ("grant", "recall-list"))


def export(log: Log, folder: Path) -> int:
    """Writes the whole log into a new folder; the number of entries. SetupError if the folder is not empty."""
    folder = Path(folder)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise SetupError(f"{folder} is not empty: name a new folder")
    (folder / "genesis.cbor").write_bytes(log.genesis)
    count, lists = _write_entries(folder, log.entries())
    _write(folder / "legs.cborseq", ((entry, *astuple(leg)) for entry, leg in log.legs()))
    _write(folder / "lists.cborseq", ((list_id, log.row_leaves(list_id)) for list_id in lists))
    _write(folder / "blocks.cborseq", log.blocks())
    _write(folder / "lots.cborseq", map(astuple, log.lots()))
    _write(folder / "ids.cborseq", log.message_ids())
    _write(folder / "salts.cborseq", sorted(log.state_salts().items()))
    records = ((int(register), _plain(key), astuple(record)) for register, key, record in log.records())
    _write(folder / "records.cborseq", records)
    _write_checkpoints(folder, log)
    return count


def _write_entries(folder: Path, entries: Iterator[Entry]) -> tuple[int, list[bytes]]:
    """How many, and the ids of the lists that they approve."""
    lists: list[bytes] = []

    def row(entry: Entry) -> list:
        if entry.kind in LISTS:
            lists.append(_list_id(entry))
        return [getattr(entry, name) for name in Entry.__slots__]

    count = 0
    for first in entries:
        name = f"entries-{count // A_FILE:06d}.cborseq"
        count += _write(folder / name, map(row, chain([first], islice(entries, A_FILE - 1))))
    return count, lists


def _list_id(entry: Entry) -> bytes:
    try:
        return cose.parse(decode(entry.a)[3]).body.list_id
    except (Malformed, Refusal, LookupError, AttributeError, TypeError):
        return b""          # a damaged log is exported as it is: the replay will say what is wrong


def _write_checkpoints(folder: Path, log: Log) -> None:
    origins: set[str] = set()
    for place, note in enumerate(log.checkpoints()):
        (folder / f"checkpoint-{place:06d}.txt").write_text(note, encoding="utf-8")
        origins.add(note.partition("\n")[0])
    keys = [record.key for register, _, record in log.records()
            if register == Register.OPERATIONAL and record.role == CHECKPOINT_KEY]
    lines = [checkpoint.verifier_key(origin, key) + "\n" for origin in sorted(origins) for key in keys]
    (folder / "checkpoint-keys.txt").write_text("".join(lines), encoding="utf-8")


def _plain(key: bytes | int) -> bytes | int:
    return key if isinstance(key, bytes) else int(key)


def _write(path: Path, rows: Iterable) -> int:
    """One CBOR array a row, one behind the other."""
    count = 0
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb", buffering=1 << 20) as out:
        for row in rows:
            out.write(cbor2.dumps(row))
            count += 1
    return count


# --- reading ------------------------------------------------------------------------------

class Exported:
    """The same Log, read from a folder that `export` wrote. SetupError if the folder is none."""

    def __init__(self, folder: Path):
        self.folder = Path(folder)
        try:
            self.genesis = (self.folder / "genesis.cbor").read_bytes()
        except OSError:
            raise SetupError(f"{self.folder} is not an exported log: it has no genesis.cbor") from None

    @cached_property
    def lists(self) -> dict[bytes, bytes]:
        return dict(self._read("lists.cborseq", (bytes, bytes)))

    def entries(self) -> Iterator[Entry]:
        shape = (int, int, int, int, bytes, bytes, bytes, bytes, bytes)
        for path in sorted(self.folder.glob("entries-*.cborseq")):
            for row in self._read(path.name, shape):
                yield Entry(*row)

    def legs(self) -> Iterator[tuple[int, Leg]]:
        for entry, *leg in self._read("legs.cborseq", (int,) * 5):
            yield entry, Leg(*leg)

    def row_leaves(self, list_id: bytes) -> bytes:
        return self.lists.get(list_id, b"")

    def blocks(self) -> Iterator[tuple[int, int, bytes]]:
        return map(tuple, self._read("blocks.cborseq", (int, int, bytes)))

    def lots(self) -> Iterator[Lot]:
        for row in self._read("lots.cborseq", (int,) * 7):
            yield Lot(*row)

    def records(self) -> Iterator[tuple[Register, bytes | int, object]]:
        for register, key, fields in self._read("records.cborseq", (int, object, list)):
            if type(key) not in (int, bytes):
                raise Malformed("records.cborseq: a key of another type")
            try:
                yield Register(register), key, RECORDS[register](*fields)
            except (ValueError, TypeError):
                raise Malformed("records.cborseq: no such record") from None

    def message_ids(self) -> Iterator[tuple[int, bytes, int]]:
        return map(tuple, self._read("ids.cborseq", (int, bytes, int)))

    def state_salts(self) -> dict[int, bytes]:
        return dict(self._read("salts.cborseq", (int, bytes)))

    def checkpoints(self) -> Iterator[str]:
        paths = sorted(self.folder.glob("checkpoint-[0-9]*.txt"), key=lambda path: (len(path.name), path.name))
        return (path.read_bytes().decode("utf-8", "replace") for path in paths)

    def derived(self) -> None:
        return None

    def _read(self, name: str, shape: tuple) -> Iterator[list]:
        """Each array of a sequence; Malformed if one is cut off or not of these types."""
        try:
            file = open(self.folder / name, "rb", buffering=1 << 20)
        except OSError:
            raise Malformed(f"{name} is missing") from None
        with file:
            while file.peek(1):
                try:
                    row = cbor2.load(file)
                except (cbor2.CBORDecodeError, ValueError, TypeError, ArithmeticError, RecursionError) as error:
                    raise Malformed(f"{name}: {type(error).__name__}") from None
                typed = type(row) is list and len(row) == len(shape)
                if not typed or any(want is not object and type(got) is not want for got, want in zip(row, shape, strict=True)):
                    raise Malformed(f"{name}: an array of another shape")
                yield row
