"""`python -m pos`, each command in a process of its own that dies by kill -9 at one step of its work on the disk.

A step is a statement that the journal's database is about to run (those of its triggers among them), a file that is about to
be on disk, or is, and the moment before and after the screen says how it ended. Reads lines of JSON, [step, words, what stands
at the keyboard], and answers each with [end, what was printed, steps]; step 0 never comes, and a killed one tells no steps.
"""

import io
import json
import os
import signal
import sys
import tempfile
from collections.abc import Callable

from pos import journal
from pos.cli import main
from pos.screen import Screen


class Steps:
    def __init__(self, last: int):
        self.last, self.done = last, 0

    def one(self, *_: object) -> None:
        self.done += 1
        if self.done == self.last:
            os.kill(os.getpid(), signal.SIGKILL)

    def around(self, work: Callable) -> Callable:
        def stepped(*given: object, **named: object) -> object:
            self.one()
            found = work(*given, **named)
            self.one()
            return found
        return stepped


def watch(steps: Steps) -> None:
    connect = journal.sqlite.connect

    def traced(*given: object, **named: object) -> object:
        connection = connect(*given, **named)
        connection.set_trace_callback(steps.one)
        return connection

    journal.sqlite.connect = traced
    os.fsync, os.replace = steps.around(os.fsync), steps.around(os.replace)
    Screen.taken, Screen.line = steps.around(Screen.taken), steps.around(Screen.line)


def die(step: int, words: list[str], typed: str, said: int, counted: int) -> None:
    """The child: never returns."""
    os.dup2(said, 1)
    os.dup2(said, 2)
    sys.stdin, steps, end = io.StringIO(typed), Steps(step), 0
    watch(steps)
    try:
        main(words)
    except SystemExit as ended:
        end = ended.code or 0
    os.write(counted, str(steps.done).encode())
    os._exit(end)


def one(step: int, words: list[str], typed: str) -> list:
    with tempfile.TemporaryFile() as said, tempfile.TemporaryFile() as counted:
        child = os.fork()
        if child == 0:
            die(step, words, typed, said.fileno(), counted.fileno())
        _, status = os.waitpid(child, 0)
        told = [os.pread(each.fileno(), 1 << 20, 0).decode() for each in (said, counted)]
    return [os.waitstatus_to_exitcode(status), told[0], int(told[1] or 0)]


if __name__ == "__main__":
    for line in sys.stdin:
        print(json.dumps(one(*json.loads(line))), flush=True)
