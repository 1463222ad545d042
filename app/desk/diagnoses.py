"""How often a process looks into a signature that doesn't hold.

To tell a lost tool from a forger, every purpose and every known city is tried: as much work as twenty good
messages. Who sends thousands of bad ones is told BAD_SIGNATURE, and costs no more than one check each.
"""

from collections.abc import Callable

A_SECOND = 20


class Diagnoses:
    """The allowance of one process. Several threads may take from it: a few more in a second harm nobody."""

    def __init__(self, clock: Callable[[], float]):
        self._clock = clock
        self._second = 0
        self._left = 0

    def take(self) -> bool:
        """Whether one more may be made in this second."""
        second = int(self._clock())
        if second != self._second:
            self._second, self._left = second, A_SECOND
        self._left -= 1
        return self._left >= 0
