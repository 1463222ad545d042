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
from collections.abc import Iterable, Sequence
from pathlib import Path

from app.errors import Refusal
from app.people import unpack
from app.people.workbook import Cell

FILE_BYTES = 16 * 2**20
HERE_BYTES = 256 * 2**10        # so much plain text can do no harm in this process
READ_S = 30                     # on a crowded machine; unpack.CPU_S is what ends a file that is a trap
ROOT = Path(__file__).resolve().parents[2]
_FORMULA = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")  # and their full-width twins

Value = str | int | None

log = logging.getLogger(__name__)


def read(raw: bytes) -> list[list[Cell]]:
    """The rows of a CSV file or an XLSX workbook, each a list of its cells; a blank line is an empty list, so that rows
    keep their number.

    Raises TOO_LARGE and what `unpack.rows` does; FILE_SWELLS also for what takes too much memory or time.
    """
    if len(raw) > FILE_BYTES:
        raise Refusal("TOO_LARGE", most_bytes=FILE_BYTES)
    if len(raw) <= HERE_BYTES and not raw.startswith(unpack.PACKED):
        return unpack.rows(raw)
    command = [sys.executable, "-m", unpack.__name__]
    try:
        done = subprocess.run(command, input=raw, capture_output=True, timeout=READ_S, cwd=ROOT, env=_little())
    except subprocess.TimeoutExpired:
        raise Refusal("FILE_SWELLS") from None
    first, _, rest = done.stdout.partition(b"\n")
    if done.returncode or not first:        # ended by its limits; or a fault of ours, whose kind alone may be logged
        last = done.stderr.decode("utf-8", "replace").strip().rpartition("\n")[2]
        log.warning("a file's reader ended with %d: %s", done.returncode, last.partition(":")[0][:60])
        raise Refusal("FILE_SWELLS")
    said = json.loads(first)
    if "refused" in said:
        raise Refusal(said["refused"], **said["facts"])
    return [[cell if isinstance(cell, str) else tuple(cell) for cell in json.loads(line)] for line in rest.splitlines()]


def _little() -> dict[str, str]:
    """What the reading process needs to know of this one."""
    kept = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT") if name in os.environ}
    return {**kept, "PYTHONUTF8": "1", "MALLOC_ARENA_MAX": "1"}


# --- out -----------------------------------------------------------------------------------

def write(header: Sequence[Value], rows: Iterable[Sequence[Value]]) -> bytes:
    """A CSV file that Excel opens with its Korean, and in which no cell is a formula."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow([neutral(cell) for cell in header])
    writer.writerows([neutral(cell) for cell in row] for row in rows)
    return out.getvalue().encode("utf-8-sig", "replace")


def neutral(cell: Value) -> str | int:
    """Text that a spreadsheet would run gets an apostrophe before it; numbers stay numbers."""
    if cell is None or isinstance(cell, int):
        return "" if cell is None else cell
    # What Excel strips before it looks: spaces, tabs, line ends.
    return f"'{cell}" if cell.lstrip().startswith(_FORMULA) or cell.startswith(("\t", "\r", "\n")) else cell
