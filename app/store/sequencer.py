"""The one door to the ledger: orders queue up, one committer a process decides and writes them in batches.

A caller gets its answer when it is on disk. Whatever is queued when the head lock falls to this
process goes into one commit, payments first; a few new wallets and the rows of lists come behind, so that
neither a crowd nor a bulk top-up stops the day's payments. Nothing here that several processes share lives in memory.
"""

import logging
import os
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from queue import SimpleQueue

from app.errors import Refusal
from app.money.orders import Act, Row
from app.store.base import Commit, Store
from app.store.clock import Watch, uptime_s
from app.store.deciding import Answer, Deciding, Order, messages_of

MOST_PAYMENTS = 256         # of one batch
MOST_ROWS = 96              # of one batch: a payment waits for the batch before its own and for the rows in its own
ROWS_PAUSE_S = 0.003        # after a batch with rows: the head lock isn't fair, and another process's payments wait for it
MOST_OPENINGS = 4           # of one batch: each writes as much as several payments
MOST_WAITING = 8192         # more is answered BUSY
OPENINGS_WAITING = 32       # the same: half of the threads that answer are left to payments

log = logging.getLogger(__name__)

class _Waiting:
    """Somebody who waits for the answers to one or more orders."""

    __slots__ = ("left", "lock")

    def __init__(self, count: int):
        self.left = count
        self.lock = threading.Lock()
        self.lock.acquire()


class _Ticket:
    __slots__ = ("order", "answer", "waiting")

    def __init__(self, order: Order, waiting: _Waiting):
        self.order = order
        self.answer: Answer | None = None
        self.waiting = waiting

    def give(self, answer: Answer) -> None:
        assert self.answer is None
        self.answer = answer
        self.waiting.left -= 1      # only ever by the one committer
        if not self.waiting.left:
            self.waiting.lock.release()


class Sequencer:
    """Give it orders from any thread. One a process; several processes may serve one store."""

    def __init__(
        self, store: Store, clock: Callable[[], float] = time.time,
        uptime: Callable[[], float] = uptime_s, anchor: float | None = None,
    ):
        self.store = store
        self.watch = Watch(clock, uptime, anchor)
        self._payments: SimpleQueue[_Ticket | None] = SimpleQueue()
        self._rows: deque[_Ticket] = deque()
        self._openings: deque[_Ticket] = deque()
        self._suspects: deque[_Ticket] = deque()
        self._starting = threading.Lock()
        self._committer: threading.Thread | None = None
        self._closed = False

    # -- for the desks --

    def submit(self, order: Order) -> int:
        """The entry's number, once it is on disk; the same messages again get the same number. Raises Refusal."""
        (answer,) = self.submit_many([order])
        if isinstance(answer, Refusal):
            raise answer
        return answer

    def submit_many(self, wanted: Sequence[Order]) -> list[Answer]:
        """Each order's own answer, in their order; they need not fall into one batch."""
        tickets, waiting = self._tickets(wanted)
        if self._payments.qsize() + len(tickets) > MOST_WAITING:
            return [Refusal("BUSY")] * len(tickets)
        for ticket in tickets:
            self._payments.put(ticket)
        return self._answers(tickets, waiting)

    def submit_rows(self, rows: Sequence[Row | Act]) -> list[Answer]:
        """The same for rows of lists, and for what the office does by itself in great numbers: they take what payments
        leave of each batch."""
        tickets, waiting = self._tickets(rows)
        self._rows.extend(tickets)
        self._payments.put(None)    # wakes the committer
        return self._answers(tickets, waiting)

    def submit_opening(self, order: Act) -> int:
        """The same for what anybody may ask for, an account or aliases: payments go first, and few may wait."""
        if len(self._openings) >= OPENINGS_WAITING:
            raise Refusal("BUSY")
        tickets, waiting = self._tickets([order])
        self._openings.extend(tickets)
        self._payments.put(None)
        (answer,) = self._answers(tickets, waiting)
        if isinstance(answer, Refusal):
            raise answer
        return answer

    def confirm_clock(self) -> None:
        """The operator has looked at the clock after a jump."""
        self.watch.confirm()

    def close(self) -> None:
        """Answers what is queued, then stops."""
        self._closed = True
        self._payments.put(None)
        if self._committer is not None:
            self._committer.join()

    def _tickets(self, wanted: Sequence[Order]) -> tuple[list[_Ticket], _Waiting]:
        assert not self._closed, "the sequencer is closed"
        waiting = _Waiting(len(wanted))
        return [_Ticket(order, waiting) for order in wanted], waiting

    def _answers(self, tickets: Sequence[_Ticket], waiting: _Waiting) -> list[Answer]:
        if self._committer is None:
            with self._starting:
                if self._committer is None:
                    self._start()
        if tickets:
            waiting.lock.acquire()
        return [ticket.answer for ticket in tickets]

    # -- the committer --

    def _start(self) -> None:
        self._committer = threading.Thread(target=self._run, name="committer", daemon=True)
        self._committer.start()

    def _run(self) -> None:
        """Commits batch after batch. A failure ends the thread, so that the log shows it whole; the next
        one tries the batch's orders one by one: the bad one alone fails, the others succeed."""
        batch: list[_Ticket] = []
        try:
            while True:
                batch = self._take()
                if batch:
                    self._settle(batch)
                    if self._rows:
                        time.sleep(ROWS_PAUSE_S)
                elif self._closed:
                    return
        finally:
            unanswered = [ticket for ticket in batch if ticket.answer is None]
            if len(batch) == 1 and unanswered:
                log.error("an order could not be entered: %s", _named(batch[0].order))
                unanswered.pop().give(Refusal("INTERNAL"))
            self._suspects.extend(unanswered)
            if batch:
                self._start()

    def _take(self) -> list[_Ticket]:
        """What the next batch holds; waits until there is something. Empty: woken for nothing, or to stop."""
        if self._suspects:
            return [self._suspects.popleft()]
        batch = []
        if not self._rows and not self._openings and not self._closed:
            batch.append(self._payments.get())
        while len(batch) < MOST_PAYMENTS and not self._payments.empty():
            batch.append(self._payments.get())
        batch = [ticket for ticket in batch if ticket is not None]
        for queue, most in ((self._openings, MOST_OPENINGS), (self._rows, MOST_ROWS)):
            batch += [queue.popleft() for _ in range(min(most, len(queue)))]
        return batch

    def _settle(self, batch: Sequence[_Ticket]) -> None:
        with self.store.commit() as commit:
            try:
                answers = self._decided(commit, [ticket.order for ticket in batch])
            except Refusal as halted:
                answers = [halted] * len(batch)
        for ticket, answer in zip(batch, answers, strict=True):
            ticket.give(answer)

    def _decided(self, commit: Commit, batch: Sequence[Order]) -> list[Answer]:
        """Decides the batch and writes it; the answers hold once the commit does. Raises HALTED."""
        if commit.halted:
            raise Refusal("HALTED")
        now_s = self.watch.time_s(commit.head.time_s)
        commit.expect([message for order in batch for message in messages_of(order)])
        salts = os.urandom(64 * len(batch))
        deciding = Deciding(commit, now_s)
        answers = [deciding.answer(order, salts[64 * at:64 * at + 64]) for at, order in enumerate(batch)]
        if deciding.accepted or deciding.refused:
            commit.append(deciding.accepted, deciding.refused, now_s)
        return answers


def _named(order: Order) -> str:
    """What kind of order it is, for the operator's log: never who, what or how much."""
    bodies = [getattr(message, "body", None) for message in messages_of(order)]
    return " + ".join(type(each).__name__ for each in bodies or [order])
