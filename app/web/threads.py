"""Threads that answer for an event loop.

An executor of the standard library costs every request two futures, a lock and a wake-up of the loop of its own:
a third of what a payment takes of Python's lock. Here a thread lays its answer down and the loop is woken once for all
that lie there.
"""

import asyncio
import threading
from collections import deque
from collections.abc import Callable
from queue import SimpleQueue


_LOST = object()


class Threads:
    """At most `most` of them, begun as they are needed. `room`: how many more requests may wait for them."""

    def __init__(self, name: str, most: int, room: int):
        self.room = room
        self._name, self._most = name, most
        self._begun: list[threading.Thread] = []
        self._under_way = 0
        self._asked: SimpleQueue = SimpleQueue()
        self._answered: deque = deque()
        self._called = self._closed = False
        self._loop: asyncio.AbstractEventLoop | None = None

    async def run(self, call: Callable, *said: object) -> object:
        """What call(*said) gives, in one of the threads; RuntimeError when the thread ended instead. For the thread of one event loop."""
        assert not self._closed, "the threads are closed"
        self._loop = asyncio.get_running_loop()
        if self._under_way >= len(self._begun) < self._most:
            self._begin()
        future = self._loop.create_future()
        self.room -= 1
        self._under_way += 1
        self._asked.put((future, call, said))
        try:
            return await future
        finally:
            self.room += 1

    def close(self) -> None:
        """Waits for the answers under way; nothing is begun any more."""
        self._closed = True
        begun = list(self._begun)
        for _ in begun:
            self._asked.put(None)
        for thread in begun:
            thread.join()

    def _begin(self) -> None:
        thread = threading.Thread(target=self._work, name=f"{self._name}_{len(self._begun)}", daemon=True)
        try:
            thread.start()
        except RuntimeError:            # no room for another on this machine: those that there are go on
            if not self._begun:
                raise
            return
        self._begun.append(thread)

    def _work(self) -> None:
        while (job := self._asked.get()) is not None:
            self._answer(*job)
            job = None              # a waiting thread keeps nobody's request

    def _answer(self, future: asyncio.Future, call: Callable, said: tuple) -> None:
        answer: object = _LOST
        try:
            answer = None if future.cancelled() else call(*said)
        finally:
            if answer is _LOST:         # another is begun for the next
                self._begun.remove(threading.current_thread())
            self._answered.append((future, answer))
            if not self._called:        # else the loop comes anyway, and after this was laid down
                self._called = True
                self._loop.call_soon_threadsafe(self._deliver)

    def _deliver(self) -> None:
        self._called = False
        while self._answered:
            future, answer = self._answered.popleft()
            self._under_way -= 1
            if future.done():           # who asked is gone
                continue
            if answer is _LOST:
                future.set_exception(RuntimeError("the answering thread has ended"))
            else:
                future.set_result(answer)
