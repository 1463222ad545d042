"""Thousands of event streams in a process of their own, as bare sockets: what they take of the machine isn't the server's.

Each line that breaks is opened again after a short random pause with the last id that was heard, as a page does.
Times are of CLOCK_MONOTONIC, which all processes of a machine share.
"""

import asyncio
import multiprocessing
import random
import threading
import time
from collections.abc import Callable
from multiprocessing.connection import Connection

import uvloop

AGAIN_S = (0.05, 0.25)      # harder than a page's pause: all come back at once


class Stream:
    """One till's line."""

    def __init__(self, house: "House", till: int, session: str):
        self.house, self.till, self.session = house, till, session
        self.last_id = ""
        self.heard: dict[int, float] = {}       # entry -> when first

    async def run(self) -> None:
        while True:
            try:
                reader, writer = await asyncio.open_connection("127.0.0.1", self.house.port, limit=1 << 14)
            except OSError:
                await asyncio.sleep(random.uniform(*AGAIN_S))
                continue
            try:
                await self.listen(reader, writer)
            except (OSError, asyncio.IncompleteReadError):
                pass
            finally:
                writer.close()
            await asyncio.sleep(random.uniform(*AGAIN_S))

    async def listen(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        last = f"Last-Event-ID: {self.last_id}\r\n" if self.last_id else ""
        writer.write(f"GET /api/events?session={self.session} HTTP/1.1\r\nHost: localhost\r\n{last}\r\n".encode())
        status = await reader.readline()
        while await reader.readline() not in (b"\r\n", b""):
            pass
        if b" 200 " not in status:
            self.house.refused += 1
            return
        opened = False
        while (line := await reader.readline()) not in (b"", b"0\r\n"):     # the last chunk ends it, as in a browser
            if not opened:
                opened = True
                self.house.opened += 1
                self.house.last_opened_s = time.monotonic()
            self.take(line)

    def take(self, line: bytes) -> None:
        """A line of the stream; chunk sizes between them say nothing here."""
        if line.startswith(b"id: "):
            self.last_id = line[4:].strip().decode()
        elif line.startswith(b"event: sale"):
            self.heard.setdefault(int(self.last_id), time.monotonic())


class House:
    """All of them."""

    def __init__(self, port: int, tills: list[int], sessions: list[str]):
        self.port, self.opened, self.refused, self.last_opened_s = port, 0, 0, 0.0
        self.streams = [Stream(self, till, session) for till, session in zip(tills, sessions, strict=True)]

    async def run(self, pipe: Connection) -> None:
        loop = asyncio.get_running_loop()
        tasks = [asyncio.create_task(stream.run()) for stream in self.streams]
        asked = asyncio.Queue()
        threading.Thread(target=self._hear, args=(pipe, lambda each: loop.call_soon_threadsafe(asked.put_nowait, each)), daemon=True).start()
        while True:
            word, value = await asked.get()
            if word == "end":
                break
            pipe.send(self.answer(word, value))
        for task in tasks:
            task.cancel()

    def _hear(self, pipe: Connection, tell: Callable[[tuple[str, object]], object]) -> None:
        """In a thread: thousands of sessions are more than a pipe gives at one reading."""
        word = ""
        while word != "end":
            try:
                word, value = pipe.recv()
            except EOFError:
                word, value = "end", None       # who asked is gone
            tell((word, value))

    def answer(self, word: str, value: object) -> object:
        if word == "renew":
            for stream, session in zip(self.streams, value, strict=True):
                stream.session = session
        if word == "heard":
            return {(stream.till, entry): at_s for stream in self.streams for entry, at_s in stream.heard.items()}
        return self.opened, self.refused, self.last_opened_s


def _house(pipe: Connection, port: int, tills: list[int], sessions: list[str]) -> None:
    house = House(port, tills, sessions)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(house.run(pipe))


class Listeners:
    """The other end: opens them all, and asks who heard what."""

    def __init__(self, port: int, tills: list[int], sessions: list[str]):
        spawned = multiprocessing.get_context("spawn")
        self.pipe, theirs = spawned.Pipe()
        self.process = spawned.Process(target=_house, args=(theirs, port, tills, sessions), daemon=True)
        self.process.start()
        self.started_s = time.monotonic()

    def ask(self, word: str, value: object = None):
        self.pipe.send((word, value))
        return self.pipe.recv()

    def opened(self) -> int:
        return self.ask("opened")[0]

    def last_opened_s(self) -> float:
        return self.ask("opened")[2]

    def open(self, count: int, seconds: float) -> float:
        """Returns when so many streams were opened since the beginning; how long the last one took from the start."""
        until_s = time.monotonic() + seconds
        while True:
            opened, refused, last_s = self.ask("opened")
            if opened >= count:
                return last_s - self.started_s
            assert time.monotonic() < until_s, f"{opened} of {count} streams open, {refused} refused"
            time.sleep(0.1)

    def renew(self, sessions: list[str]) -> None:
        self.ask("renew", sessions)

    def heard_all(self, wanted: dict[int, set[int]], seconds: float) -> dict[tuple[int, int], float]:
        """(till, entry) -> when it was heard; returns when all of these were, or after so many seconds."""
        pairs, until_s = {(till, entry) for till, entries in wanted.items() for entry in entries}, time.monotonic() + seconds
        while True:
            heard = self.ask("heard")
            if pairs <= heard.keys() or time.monotonic() > until_s:
                return heard
            time.sleep(0.2)

    def close(self) -> None:
        self.pipe.send(("end", None))
        self.process.join(10)
        if self.process.is_alive():
            self.process.kill()
