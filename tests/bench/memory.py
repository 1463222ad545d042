"""How much memory a process and all that it started take at most: their shares added up (PSS), so that what they hold
in common counts once. Linux alone tells it; elsewhere nothing is measured.
"""

import threading
from pathlib import Path

EVERY_S = 0.1
MB = 1 << 20


class Peak:
    """Looks ten times a second, until `stop`."""

    def __init__(self, pid: int):
        self.pid = pid
        self.bytes = self.start_bytes = together(pid)
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def stop(self) -> "Peak":
        self._over.set()
        self._thread.join()
        return self

    def _look(self) -> None:
        while not self._over.wait(EVERY_S):
            self.bytes = max(self.bytes, together(self.pid))

    def __str__(self) -> str:
        if not self.bytes:
            return "not measured here"
        return f"{self.bytes / MB:.0f} MB at most, {self.start_bytes / MB:.0f} MB at first"


def together(pid: int) -> int:
    """Bytes, now; 0 where it isn't told."""
    return sum(map(_share, (pid, *_children(pid))))


def _children(pid: int) -> list[int]:
    """Of every generation."""
    found = []
    for listed in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            found += [int(child) for child in listed.read_text().split()]
        except OSError:
            continue        # a thread that has ended
    return [*found, *(grandchild for child in found for grandchild in _children(child))]


def _share(pid: int) -> int:
    """Bytes; 0 of a process that has ended."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:")), 0)
