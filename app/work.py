"""The background loop: pays out approved lists, signs checkpoints, writes totals and which files are served, sweeps.

Every process may run it; the kernel's lock on one file lets one work at a time, and passes the
work on when that process dies. All of it may stop at any point and be done again.
"""

import fcntl
import logging
import os
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from app.chain.checkpoint import WouldFork
from app.desk import checkout, courier, figures, goods, grant, monthly, ready, seal, sweep, why
from app.desk.found import key_fault
from app.desk.office import Office
from app.errors import Refusal, SetupError
from app.people import repeats

TICK_S = 0.5
AGAIN_S = 5
SELDOM_S = 60
HOUR_S = 3600
COUNT_S = 5             # how old the dashboard's figures are
COURIERS = 4            # a receiver that is slow holds one of them

EXPIRE_ROUNDS = 40      # a minute: 10,000 lots
SWEPT_BEFORE_S = 3600   # a lot that expired longer ago and is empty stays empty, whatever the clock did

log = logging.getLogger("hagc.work")


class Work:
    """A thread that works while it holds the lock. `stop` returns when it has put its tools down.

    A bug ends the thread, so that the log shows it whole; after a pause another goes on.
    """

    def __init__(self, office: Office, lock: Path, manifest: bytes = b""):
        """manifest: the list of the files that this server gives to browsers; empty: it gives none."""
        self.office = office
        self.lock = lock
        self.manifest = manifest
        self._stopping = threading.Event()
        self._thread = self._another(TICK_S)
        self._seldom_at_s = -SELDOM_S
        self._sealed = 0        # entries under the last checkpoint
        self._day = 0
        self._counted_at_s = -COUNT_S
        self._checked = 0       # the day on which the dashboard's figures were compared with the ledger's
        self._told = not manifest       # which files are served: once, so that two versions never take turns
        self._swept_s = 0       # what expired until then is empty; a new process looks at everything once
        self._sweeps = True
        self._told_at_s = 0.0   # that it doesn't
        self._fault = ""        # what stops everything
        self._said_at_s = 0.0
        self._narrow_at_s = -HOUR_S

    @property
    def halted(self) -> bool:
        """An operator must look, then `resume`."""
        return bool(self.office.store.halted())

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        while self._thread.is_alive():
            self._thread.join()

    def _another(self, after_s: float) -> threading.Thread:
        return threading.Thread(target=self._run, args=(after_s,), name="work", daemon=True)

    def _run(self, after_s: float) -> None:
        handle = os.open(self.lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            while not self._stopping.wait(after_s):
                after_s = TICK_S
                if _mine(handle):
                    self.tick()
        finally:
            os.close(handle)
            if not self._stopping.is_set():
                self._thread = self._another(AGAIN_S)
                self._thread.start()

    def tick(self) -> None:
        """One round. What can't be done is logged by its word and tried again next time; the rest goes on."""
        fault = ready.fault(self.office)
        self._say(fault)
        if self.halted or key_fault(self.office):
            return
        self._try(self._seal)
        if fault:
            return
        self._try(self._tell_served)
        self._try(self._pay_lists)
        if time.monotonic() - self._seldom_at_s >= SELDOM_S:
            self._seldom_at_s = time.monotonic()
            self._say_narrow()
            self._try(self._seal_day)
            self._try(self._expire)
        self._try(self._count)

    def _say(self, fault: str) -> None:
        """What stops everything is said when it begins, once a minute, and when it has ended."""
        if fault and (not self._fault or time.monotonic() - self._said_at_s >= SELDOM_S):
            log.error("nothing is paid: %s", fault)
            self._said_at_s = time.monotonic()
        if self._fault and not fault:
            log.warning("payments go on")
        self._fault = fault

    def _say_narrow(self) -> None:
        """That the disk fills up, once an hour."""
        narrow = ready.narrow(self.office)
        if narrow and time.monotonic() - self._narrow_at_s >= HOUR_S:
            log.warning("%s", narrow)
            self._narrow_at_s = time.monotonic()

    def _try(self, job: Callable[[], object]) -> None:
        if self.halted:
            return
        try:
            job()
        except Refusal as refusal:
            log.warning("work waits: %s %s", refusal.word, refusal.facts or "")
        except WouldFork as error:
            self.office.store.halt(str(error))
            log.critical("halted: %s", error)
        except SetupError as error:
            log.error("work waits: %s", error)

    def _seal(self) -> None:
        """A checkpoint when something came: an idle city signs nothing. Nor does a key whose time ended while a long
        list was being paid: no auditor would take it."""
        size = self.office.store.head().size
        if size != self._sealed and not key_fault(self.office):
            seal.checkpoint(self.office)
            self._sealed = size

    def _seal_day(self) -> None:
        """Once a day: the figures, a root over all balances, and whether the server's keys end soon."""
        day = seal.city_day(self.office, self.office.now_s())
        if day != self._day:
            seal.totals(self.office)
            seal.state_root(self.office)
            self._day = day
            if ends := ready.keys_end(self.office):
                log.warning("%s", ends.line)

    def _count(self) -> None:
        """The dashboard's figures, a portion at a time: they may lag behind, nothing else may wait for them."""
        if time.monotonic() - self._counted_at_s < COUNT_S:
            return
        if figures.count(self.office):
            return
        self._counted_at_s, day = time.monotonic(), seal.city_day(self.office, self.office.now_s())
        if day != self._checked:
            self._checked = day
            if not figures.check(self.office):
                log.error("the dashboard's figures differed from the ledger's sums: they are counted anew")

    def _tell_served(self) -> None:
        if not self._told:
            seal.served(self.office, self.manifest)
            self._told = True

    def _expire(self) -> None:
        """What expired goes back to its programmes, many lots in many short steps."""
        if not self._may_sweep():
            self._seldom_at_s += AGAIN_S - SELDOM_S     # soon again: the operator's word is not waited for a minute
            return
        now_s = self.office.now_s()
        for _ in range(EXPIRE_ROUNDS):
            if not seal.expire(self.office, self._swept_s):
                self._swept_s = now_s - SWEPT_BEFORE_S
                return
            self._try(self._seal)
            if self._stopping.is_set():
                return

    def _may_sweep(self) -> bool:
        """What stops it is said when it begins, once an hour, and when it has ended."""
        found = sweep.waits(self.office)
        if found and (self._sweeps or time.monotonic() - self._told_at_s >= HOUR_S):
            log.error("%s; %s", sweep.said(found), sweep.would_return(self.office.store, found.now_at_s))
            self._told_at_s = time.monotonic()
        if not found and not self._sweeps:
            log.warning("the sweep goes on")
        self._sweeps = found is None
        return self._sweeps

    def _pay_lists(self) -> None:
        for list_id in grant.unfinished(self.office):
            self._try(partial(self._pay, list_id))
            if self._stopping.is_set():
                return

    def _pay(self, list_id: bytes) -> None:
        for _ in grant.pay_rows(self.office, list_id):
            if self._stopping.is_set():
                return
            self._try(self._seal)


class Errands:
    """Threads that end vendors' checkouts in their time, tell their webhooks, write refused payments down, prepare the
    month's lists and judge long ones. In every process, without a lock: each change is a conditional UPDATE or one
    transaction, so it is done once. None of it holds up the work above, and a halt holds up none of it.
    """

    def __init__(self, office: Office, reach: courier.Reach | None = None):
        reach = reach or courier.Reach()
        self.office = office
        self._stopping = threading.Event()
        self._forget_at_s = 0.0
        self._older = True      # lists of earlier releases that may lack what later ones are compared by
        self._threads: dict[str, threading.Thread] = {}
        jobs = {"checkouts": self._look, "lists": self._judge, "refused": partial(why.write_down, office)} | {f"courier {number}": partial(courier.deliver_one, office, reach) for number in range(COURIERS)}
        for name, job in jobs.items():
            self._thread(name, job, TICK_S)

    def start(self) -> None:
        for thread in self._threads.values():
            thread.start()

    def stop(self) -> None:
        self._stopping.set()
        for name in self._threads:
            while self._threads[name].is_alive():
                self._threads[name].join()

    def _thread(self, name: str, job: Callable[[], object], after_s: float) -> threading.Thread:
        self._threads[name] = threading.Thread(target=self._run, args=(name, job, after_s), name=name, daemon=True)
        return self._threads[name]

    def _run(self, name: str, job: Callable[[], object], after_s: float) -> None:
        """Again at once while there is something to do. After a bug another thread goes on, as above."""
        try:
            while not self._stopping.wait(after_s):
                after_s = 0 if job() else TICK_S
        finally:
            if not self._stopping.is_set():
                self._thread(name, job, AGAIN_S).start()

    def _look(self) -> None:
        checkout.look_after_all(self.office)
        if time.monotonic() >= self._forget_at_s:
            self._forget_at_s = time.monotonic() + SELDOM_S * 60
            checkout.forget_old(self.office)
            goods.forget_old(self.office)
            why.forget_old(self.office)
            grant.forget_files(self.office)

    def _judge(self) -> bool:
        self._older = self._older and repeats.complete(self.office.people)
        prepared = monthly.prepare_due(self.office)
        return grant.judge_all(self.office) or prepared or self._older


def _mine(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
