"""Files from and for the office's spreadsheets: Korean Excel writes CSV as utf-8 with a mark, or cp949, and runs every
cell that begins like a formula.
"""

import csv
import io
import json
import logging
import os
import subprocess
import sys
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from app.errors import Refusal
from app.people import unpack
from app.people.turn import Turn
from app.people.workbook import Cell

FILE_BYTES = 16 * 2**20
HERE_BYTES = 256 * 2**10        # so much plain text can do no harm in this process
READ_S = 30                     # on a crowded machine; unpack.CPU_S is what ends a file that is a trap
ROOT = Path(__file__).resolve().parents[2]
_FORMULA = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")  # and their full-width twins

Value = str | int | None

log = logging.getLogger(__name__)
_reading = Turn()       # the process that reads takes its memory beside this one's


def rows(raw: bytes) -> Iterator[list[Cell]]:
    """As `lines`, each a list of its cells."""
    with closing(lines(raw)) as found:
        yield from map(cells, found)


def lines(raw: bytes) -> Iterator[str]:
    """The rows of a CSV file or an XLSX workbook one by one, each as JSON; a blank line is an empty list, so that rows keep
    their number. The whole file was looked through before the first of them is given.

    Raises TOO_LARGE, BUSY while another file is read, and what `unpack.rows` does; FILE_SWELLS also for what takes too much
    memory or time, even after some rows.
    """
    if len(raw) > FILE_BYTES:
        raise Refusal("TOO_LARGE", most_bytes=FILE_BYTES)
    if len(raw) <= HERE_BYTES and not raw.startswith(unpack.PACKED):
        yield from map(line, unpack.rows(raw))
        return
    with _reading.taken(), _reader() as process:
        with suppress(BrokenPipeError):     # it ended; what it said tells why
            process.stdin.write(raw)
            process.stdin.close()
        for _ in range(_count(process)):
            found = process.stdout.readline()
            if not found.endswith(b"\n"):
                raise Refusal("FILE_SWELLS")    # ended by its limits: what was given is no whole list
            yield found[:-1].decode()


def line(row: Sequence[Cell]) -> str:
    return json.dumps(row, ensure_ascii=False, separators=(",", ":"))


def cells(line: str) -> list[Cell]:
    return [cell if isinstance(cell, str) else tuple(cell) for cell in json.loads(line)]


@contextmanager
def _reader() -> Iterator[subprocess.Popen]:
    """A process that reads one file and is ended with this, and after READ_S in any case."""
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, "-m", unpack.__name__], stdin=pipe, stdout=pipe, stderr=pipe, cwd=ROOT, env=_little()) as process:
        end = threading.Timer(READ_S, process.kill)
        end.start()
        try:
            yield process
        finally:
            end.cancel()
            process.kill()


def _count(process: subprocess.Popen) -> int:
    """How many rows follow. Raises what it says was refused."""
    first = process.stdout.readline()
    if not first:       # ended by its limits; or a fault of ours, whose kind alone may be logged
        last = process.stderr.read().decode("utf-8", "replace").strip().rpartition("\n")[2]
        log.warning("a file's reader ended with %d: %s", process.wait(), last.partition(":")[0][:60])
        raise Refusal("FILE_SWELLS")
    said = json.loads(first)
    if "refused" in said:
        raise Refusal(said["refused"], **said["facts"])
    return said["rows"]


def _little() -> dict[str, str]:
    """What the reading process needs to know of this one."""
    kept = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT") if name in os.environ}
    return {**kept, "PYTHONUTF8": "1", "MALLOC_ARENA_MAX": "1"}


# --- out -----------------------------------------------------------------------------------

def write(header: Sequence[Value], rows: Iterable[Sequence[Value]]) -> bytes:
    """A CSV file that Excel opens with its Korean, and in which no cell is a formula."""
    raw = io.BytesIO()
    out = io.TextIOWrapper(raw, "utf-8-sig", "replace", newline="")     # as text it would take four bytes a letter
    writer = csv.writer(out)
    writer.writerow([neutral(cell) for cell in header])
    writer.writerows([neutral(cell) for cell in row] for row in rows)
    out.flush()
    return raw.getvalue()


def neutral(cell: Value) -> str | int:
    """Text that a spreadsheet would run gets an apostrophe before it; numbers stay numbers."""
    if cell is None or isinstance(cell, int):
        return "" if cell is None else cell
    # What Excel strips before it looks: spaces, tabs, line ends.
    return f"'{cell}" if cell.lstrip().startswith(_FORMULA) or cell.startswith(("\t", "\r", "\n")) else cell
