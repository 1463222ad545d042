"""The background loop: pays out approved lists, signs checkpoints, writes totals, sweeps what expired.

Every process may run it; the kernel's lock on one file lets one work at a time, and passes the
work on when that process dies. All of it may stop at any point and be done again.
"""

import fcntl
import logging
import os
import threading
import time
from pathlib import Path

from app.chain.checkpoint import WouldFork
from app.desk import grant, seal
from app.desk.found import certified
from app.desk.office import Office
from app.errors import Refusal

TICK_S = 0.5
SELDOM_S = 60

log = logging.getLogger("hagc.work")


class Work:
    """A thread that works while it holds the lock. `stop` returns when it has put its tools down."""

    def __init__(self, office: Office, lock: Path):
        self.office = office
        self.lock = lock
        self.halted = False     # a checkpoint would have forked the log: an operator must look
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="work", daemon=True)
        self._seldom_at_s = -SELDOM_S
        self._sealed = 0        # entries under the last checkpoint
        self._day = 0

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        self._thread.join()

    def _run(self) -> None:
        handle = os.open(self.lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            while not self._stopping.wait(TICK_S):
                if _mine(handle):
                    self.tick()
        finally:
            os.close(handle)

    def tick(self) -> None:
        """One round. A refusal is logged by its word and tried again next time."""
        if self.halted or not certified(self.office):
            return
        try:
            self._seal()
            self._pay_lists()
            if time.monotonic() - self._seldom_at_s >= SELDOM_S:
                self._seldom_at_s = time.monotonic()
                self._seal_day()
                seal.expire(self.office)
        except Refusal as refusal:
            log.warning("work waits: %s", refusal.word)
        except WouldFork as error:
            self.halted = True
            self.office.store.halt(str(error))
            log.critical("halted: %s", error)

    def _seal(self) -> None:
        """A checkpoint when something came: an idle city signs nothing."""
        size = self.office.store.head().size
        if size != self._sealed:
            seal.checkpoint(self.office)
            self._sealed = size

    def _seal_day(self) -> None:
        """Once a day: the figures, and a root over all balances."""
        day = seal.city_day(self.office, self.office.now_s())
        if day != self._day:
            seal.totals(self.office)
            seal.state_root(self.office)
            self._day = day

    def _pay_lists(self) -> None:
        for list_id in grant.unfinished(self.office):
            for _ in grant.pay_rows(self.office, list_id):
                if self._stopping.is_set():
                    return
                self._seal()


def _mine(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
