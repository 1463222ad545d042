"""A load generator: keep-alive connections that send ready-made requests and time the answers.

    result = run("127.0.0.1", 8080, requests, connections=64, seconds=5)
    result.rate, result.at(0.99), result.statuses

Raw asyncio protocols, so that the generator takes less of the machine than what it measures.
"""

import asyncio
import socket
import ssl
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import uvloop


@dataclass
class Result:
    took_s: float = 0.0
    latencies_s: list[float] = field(default_factory=list)
    statuses: Counter = field(default_factory=Counter)
    bodies: list[bytes] = field(default_factory=list)  # only if asked for

    @property
    def rate(self) -> float:
        """Answers a second."""
        return len(self.latencies_s) / self.took_s if self.took_s else 0.0

    def at(self, part: float) -> float:
        """The latency in seconds that `part` (0..1) of the answers stayed below."""
        ordered = sorted(self.latencies_s)
        return ordered[min(len(ordered) - 1, int(len(ordered) * part))]

    def __str__(self) -> str:
        slow = " ".join(f"p{round(100 * part)} {1000 * self.at(part):.1f} ms" for part in (0.5, 0.95, 0.99))
        return f"{self.rate:,.0f}/s, {slow}, {dict(self.statuses)}"


def request(method: str, path: str, host: str, body: bytes = b"", headers: dict[str, str] | None = None) -> bytes:
    """The bytes of one HTTP/1.1 request."""
    lines = [f"{method} {path} HTTP/1.1", f"Host: {host}"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    if body:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join((*lines, "", "")).encode() + body


class Line:
    """One keep-alive connection that waits for each answer: for what must go at its own time."""

    def __init__(self, host: str, port: int):
        self.line = socket.create_connection((host, port), 30)
        self.line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.answers = self.line.makefile("rb")

    def ask(self, data: bytes) -> tuple[int, bytes]:
        """(status, body)."""
        self.line.sendall(data)
        status, length = int(self.answers.readline()[9:12]), 0
        while (header := self.answers.readline()) not in (b"\r\n", b""):
            if header.lower().startswith(b"content-length:"):
                length = int(header[15:])
        return status, self.answers.read(length)

    def close(self) -> None:
        self.answers.close()
        self.line.close()


class Connection(asyncio.Protocol):
    """One request at a time: the next is sent when the answer of the last is whole."""

    def __init__(self, load: "Load"):
        self.load = load
        self.buffer = b""
        self.sent_at_s = 0.0

    def connection_made(self, transport) -> None:
        self.transport = transport
        self.send()

    def send(self) -> None:
        data = self.load.next()
        if data is None:
            self.transport.close()
            return
        self.sent_at_s = time.perf_counter()
        self.transport.write(data)

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        end = self.buffer.find(b"\r\n\r\n")
        if end < 0:
            return
        head = self.buffer[:end].lower()
        start = head.find(b"content-length:")
        length = int(head[start + 15:].split(b"\r\n", 1)[0]) if start >= 0 else 0
        if len(self.buffer) < end + 4 + length:
            return
        self.load.answered(time.perf_counter() - self.sent_at_s, int(head[9:12]), self.buffer[end + 4:end + 4 + length])
        self.buffer = self.buffer[end + 4 + length:]
        self.send()

    def connection_lost(self, exc) -> None:
        self.load.closed()


class Load:
    def __init__(self, source: Callable[[], bytes | None], connections: int, keep_bodies: bool):
        self.next = source
        self.open = connections
        self.keep_bodies = keep_bodies
        self.result = Result()
        self.over = asyncio.Event()

    def answered(self, latency_s: float, status: int, body: bytes) -> None:
        self.result.latencies_s.append(latency_s)
        self.result.statuses[status] += 1
        if self.keep_bodies:
            self.result.bodies.append(body)

    def closed(self) -> None:
        self.open -= 1
        if not self.open:
            self.over.set()


def run(host: str, port: int, requests: Sequence[bytes], *, connections: int = 64, seconds: float | None = None,
        keep_bodies: bool = False, tls: ssl.SSLContext | None = None) -> Result:
    """Sends every request once; with `seconds`, goes round and round for so long."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(_run(host, port, _source(requests, seconds), connections, keep_bodies, tls))


async def _run(host, port, source, connections, keep_bodies, tls) -> Result:
    load = Load(source, connections, keep_bodies)
    loop = asyncio.get_running_loop()
    started = time.perf_counter()
    for _ in range(connections):
        await loop.create_connection(lambda: Connection(load), host, port, ssl=tls)
    await load.over.wait()
    load.result.took_s = time.perf_counter() - started
    return load.result


def _source(requests: Sequence[bytes], seconds: float | None) -> Callable[[], bytes | None]:
    if seconds is None:
        left = iter(requests)
        return lambda: next(left, None)
    until = time.perf_counter() + seconds
    count = len(requests)
    number = -1

    def around() -> bytes | None:
        nonlocal number
        if time.perf_counter() >= until:
            return None
        number += 1
        return requests[number % count]

    return around
