"""A line between client and server that breaks in twelve ways, as lines do: below TCP, in TLS, in HTTP, and by a box in
the middle that answers in the server's place. It speaks https to the client and takes plain http on to the server.

    with Proxy(to_port) as line:
        line.breaks("reply lost"); ...; line.mends()
"""

import asyncio
import random
import re
import socket
import ssl
import struct
import threading
from pathlib import Path

import trustme

REFUSED, SILENCE, RESET, IN_REQUEST = "refused", "silence", "reset", "reset inside the request"
REPLY_LOST, IN_REPLY, PORTAL, REDIRECT = "reply lost", "reset inside the reply", "portal page", "portal redirect"
NO_TLS, DELAY, LOSS, UNAVAILABLE = "no tls", "delay of 2 s", "loss of 20 %", "503 of a box between"
FAULTS = (REFUSED, SILENCE, RESET, IN_REQUEST, REPLY_LOST, IN_REPLY, PORTAL, REDIRECT, NO_TLS, DELAY, LOSS, UNAVAILABLE)

DELAY_S = 2
STALL_S = 8             # longer than a client waits
LOST = (RESET, IN_REQUEST, REPLY_LOST, IN_REPLY, "stall")
PAGE = b"<!doctype html><title>Wi-Fi</title><p>Please sign in to the network."
IN_ITS_PLACE = {
    PORTAL: b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n%s" % (len(PAGE), PAGE),
    REDIRECT: b"HTTP/1.1 302 Found\r\nLocation: http://portal.invalid/login\r\nContent-Length: 0\r\n\r\n",
    UNAVAILABLE: b"HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n%s" % (len(PAGE), PAGE),
}


class Torn(Exception):
    """This connection is over."""


class Proxy:
    """One line, in a thread of its own. authority: the PEM of who vouches for it."""

    def __init__(self, to_port: int, folder: Path, seed: int = 1):
        self.to_port, self.fault, self.chance = to_port, "", random.Random(seed)
        self.trap = (b"", "")
        city, stranger = trustme.CA(), trustme.CA()
        self.authority = folder / f"authority-{id(self)}.pem"
        city.cert_pem.write_to_path(self.authority)
        self.good, self.bad = (_context(one) for one in (city, stranger))
        self.door = socket.create_server(("127.0.0.1", 0), backlog=512)
        self.port = self.door.getsockname()[1]
        self.lines: dict[socket.socket, asyncio.Transport | None] = {}
        self.running: set[asyncio.Task] = set()
        self.loop = asyncio.new_event_loop()
        self.accepting: asyncio.Task | None = None
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)

    def __enter__(self) -> "Proxy":
        self.thread.start()
        self._run(self._open())
        return self

    def __exit__(self, *_) -> None:
        self._run(self._shut())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(10)

    def breaks(self, fault: str) -> None:
        """From now on; what is open breaks with it."""
        assert fault in FAULTS
        self._run(self._break(fault))

    def breaks_at(self, asked: str, fault: str) -> None:
        """As soon as somebody asks this, as "POST /api/sales": that very question is the first to suffer."""
        assert fault in FAULTS
        self.trap = (asked.encode(), fault)

    def mends(self) -> None:
        """What was half-open stays so."""
        self._run(self._mend())

    def _run(self, wish) -> None:
        asyncio.run_coroutine_threadsafe(wish, self.loop).result(20)

    # -- in the loop's thread --

    async def _open(self) -> None:
        self.door.setblocking(False)
        self.accepting = asyncio.create_task(self._accept())

    async def _accept(self) -> None:
        while True:
            line, _ = await self.loop.sock_accept(self.door)
            self.lines[line] = None
            task = asyncio.create_task(self._line(line))
            self.running.add(task)
            task.add_done_callback(self.running.discard)

    async def _break(self, fault: str, but: socket.socket | None = None) -> None:
        self.fault, self.trap = fault, (b"", "")
        if fault == REFUSED:
            self.accepting.cancel()
            self.door.close()
        if fault not in (SILENCE, DELAY, LOSS):
            for line in tuple(self.lines):
                if line is not but:
                    self._tear(line)

    async def _mend(self) -> None:
        if self.fault == REFUSED:
            self.door = socket.create_server(("127.0.0.1", self.port), backlog=512)
            await self._open()
        self.fault, self.trap = "", (b"", "")

    async def _shut(self) -> None:
        self.fault = ""
        self.accepting.cancel()
        self.door.close()
        for task in self.running:
            task.cancel()
        await asyncio.gather(*self.running, return_exceptions=True)

    async def _line(self, line: socket.socket) -> None:
        try:
            await self._below(line)
            reader, writer = await self._secured(line)
            while True:
                await self._turn(line, reader, writer)
        except (Torn, OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass
        finally:
            self._tear(line)
            del self.lines[line]

    def _tear(self, line: socket.socket) -> None:
        """RST instead of a polite end."""
        transport = self.lines[line]
        if line.fileno() >= 0:
            line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        if transport is None:
            line.close()
        else:
            transport.abort()

    async def _below(self, line: socket.socket) -> None:
        """What happens before anything is said."""
        if self.fault == SILENCE:
            await asyncio.Event().wait()
        if self.fault == RESET:
            raise Torn
        if self.fault == NO_TLS and self.chance.random() < 0.5:
            await self.loop.sock_sendall(line, b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
            await asyncio.sleep(0.05)
            raise Torn

    async def _secured(self, line: socket.socket) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        reader = asyncio.StreamReader(limit=1 << 20)
        protocol = asyncio.StreamReaderProtocol(reader)
        context = self.bad if self.fault == NO_TLS else self.good
        transport, _ = await self.loop.connect_accepted_socket(lambda: protocol, line, ssl=context)
        self.lines[line] = transport
        return reader, asyncio.StreamWriter(transport, protocol, reader, self.loop)

    async def _turn(self, line: socket.socket, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One request and its answer."""
        head = await reader.readuntil(b"\r\n\r\n")
        if self.trap[1] and head.startswith(self.trap[0]):
            await self._break(self.trap[1], but=line)
        fault = self._happens()
        length = _length(head) or 0
        if fault == IN_REQUEST:
            await self._cut_short(head + await reader.readexactly(length // 2))
        body = await reader.readexactly(length)
        if fault in (RESET, NO_TLS, REFUSED):
            raise Torn
        if fault in IN_ITS_PLACE:
            writer.write(IN_ITS_PLACE[fault])
            return await writer.drain()
        await self._held(fault)
        await self._forward(head + body, writer, fault)

    def _happens(self) -> str:
        if self.fault != LOSS:
            return self.fault
        return self.chance.choice(LOST) if self.chance.random() < 0.2 else ""

    async def _held(self, fault: str) -> None:
        if fault == SILENCE:
            await asyncio.Event().wait()
        await asyncio.sleep({DELAY: DELAY_S, "stall": STALL_S}.get(fault, 0))

    async def _cut_short(self, part: bytes) -> None:
        """The server gets the beginning of a request, and no more."""
        _, writer = await asyncio.open_connection("127.0.0.1", self.to_port)
        writer.write(part)
        await writer.drain()
        writer.transport.abort()
        raise Torn

    async def _forward(self, request: bytes, writer: asyncio.StreamWriter, fault: str) -> None:
        theirs, ours = await asyncio.open_connection("127.0.0.1", self.to_port, limit=1 << 20)
        try:
            ours.write(request)
            head = await theirs.readuntil(b"\r\n\r\n")
            length = _length(head)
            if fault == REPLY_LOST:
                raise Torn
            if length is None:
                return await self._stream(head, theirs, writer, fault)
            body = await theirs.readexactly(length)
            whole = head + (body[:length // 2] if fault == IN_REPLY else body)
            writer.write(whole)
            await writer.drain()
            if fault == IN_REPLY:
                await asyncio.sleep(0.05)
                raise Torn
        finally:
            ours.transport.abort()

    async def _stream(self, head: bytes, theirs: asyncio.StreamReader, writer: asyncio.StreamWriter, fault: str) -> None:
        """What has no end of its own: passed on as it comes, until the line falls silent."""
        writer.write(head)
        if fault == IN_REPLY:
            await writer.drain()
            raise Torn
        while piece := await theirs.read(1 << 16):
            await self._held(self.fault if self.fault in (SILENCE, DELAY) else "")
            writer.write(piece)
            await writer.drain()
        raise Torn


def _context(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost", "127.0.0.1").configure_cert(context)
    return context


def _length(head: bytes) -> int | None:
    """Of the body that follows; None where only the end of the line tells."""
    if re.match(rb"HTTP/1.1 (204|304)", head):
        return 0
    said = re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)
    return int(said[1]) if said else None
