"""What one thread of this process may do at a time, because it takes memory or time that payments want too."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock, Semaphore

from app.errors import Refusal

PATIENCE_S, PATIENT = 2, 4      # longer, or more, would keep threads from who pays


class Turn:
    """One at a time; a few others wait, and not for long."""

    def __init__(self):
        self._one, self._few = Lock(), Semaphore(PATIENT)

    @contextmanager
    def taken(self) -> Iterator[None]:
        """BUSY when it takes too long, at once when enough are waiting."""
        if not self._few.acquire(blocking=False):
            raise Refusal("BUSY")
        try:
            if not self._one.acquire(timeout=PATIENCE_S):
                raise Refusal("BUSY")
            try:
                yield
            finally:
                self._one.release()
        finally:
            self._few.release()
