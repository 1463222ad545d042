"""When an entry happens, and when the clock is not to be believed."""

import time
from collections.abc import Callable

from app.errors import Refusal

# Between two steps of the clock, wall time and uptime run alike: what drifts is slewed for both. A machine that is
# synchronised is never stepped by more than a second; one that was cut off for two weeks, by about two minutes.
MOST_AHEAD_S = 120
MOST_BACK_S = 3600
MOST_BEHIND_S = 30      # of the last entry: half of what a shown code lives


def uptime_s() -> float:
    """Seconds that nobody can set; on Linux they go on while a laptop sleeps."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


def anchor_s(clock: Callable[[], float], uptime: Callable[[], float] = uptime_s) -> float:
    """When this machine started, by a clock that is believed now. Every process of one server goes by the same."""
    return clock() - uptime()


class Watch:
    """The entries' time: never before the last entry's, and only from a clock that can be believed.

    While the server runs, a clock that leaps ahead by more than two minutes, or back by more than an hour, halts it
    until it is set right or the operator starts the server again. One that is behind the last entry, as after a leap
    ahead and back, makes everybody wait until it has caught up: by the last entry's time what people sign now would
    be too late, and a no would be final. A city that was idle or switched off halts nobody: starting the
    server is the operator's word that its clock is right, and `confirm` says so again. A process that
    takes a dead one's place brings no such word: it is given the `anchor` of the start.
    """

    def __init__(self, clock: Callable[[], float], uptime: Callable[[], float] = uptime_s, anchor: float | None = None):
        self._clock = clock
        self._uptime = uptime
        self._started_s = anchor_s(clock, uptime) if anchor is None else anchor

    def confirm(self) -> None:
        self._started_s = anchor_s(self._clock, self._uptime)

    def time_s(self, last_s: int) -> int:
        """The time of an entry that follows one of `last_s`. HALTED: jump_s or behind_s says by how much."""
        now = self._clock()
        jump_s = now - self._uptime() - self._started_s
        if jump_s > MOST_AHEAD_S or -jump_s > MOST_BACK_S:
            raise Refusal("HALTED", jump_s=int(jump_s))
        if last_s - now > MOST_BEHIND_S:
            raise Refusal("HALTED", behind_s=int(last_s - now))
        return max(last_s, int(now))
