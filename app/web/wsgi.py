"""The door between the asynchronous listener and Flask: reads a whole request, lets one thread of the pool
answer it, sends the whole answer. A general adapter streams both ways and costs two thirds of the rate.

A view that wants to wait (app/web/events.py) leaves a wish in the environ; the door then waits for it without a thread.
"""

import asyncio
import io
import logging
import sys
from collections.abc import Coroutine
from dataclasses import dataclass

from app.web import events
from app.web.threads import Threads

KIB, MIB = 1 << 10, 1 << 20
# The largest body: where an officer uploads a list or a till's record, and everywhere else, where messages have 4 KiB at most.
LIST_MAX, BODY_MAX = 32 * MIB, 512 * KIB
FILES = {"/console/lists/new", "/console/tills/queue", "/console/tills/queue/settle"}
LARGE = 1 * MIB
LARGE_AT_ONCE = 4
BODY_WITHIN_S, LOOK_S = 30, 1
THREADS = 40
WAITING = 4000  # requests at once; who comes then is told so at once, instead of making everybody wait longer
# Who begins to listen goes by a door of their own: when thousands of tills come back at once, a payment passes them.
EVENTS, LISTENING, LISTENERS = "/api/events", 2, 20_000

TOO_LARGE, CUT_SHORT, CROWDED = "TOO_LARGE", "UNREADABLE", "BUSY"
log = logging.getLogger("hagc.web")


@dataclass(slots=True)
class Answer:
    """What a WSGI application said, whole."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes


class Door:
    """One ASGI application for one process. "hagc.refused" in the environ is a word that Flask must answer
    (app/web/answers.py)."""

    def __init__(self, app, hub: events.Hub, threads: int = THREADS, waiting: int = WAITING):
        self.app = app
        self.hub = hub
        self.asking = Threads("answer", threads, waiting)
        self.listening = Threads("listen", LISTENING, LISTENERS)
        self.exit = Threads("exit", 1, LISTENERS)
        self.large = 0
        self.reading = Reading()

    async def __call__(self, scope: dict, receive, send) -> None:
        if scope["type"] != "http":
            return
        answer, wish = await self.asked(scope, receive)     # all else of the request is let go while a till waits
        if wish is not None and answer.status == 200:
            await events.serve(self.hub, wish, answer, receive, send)
            return
        await send({"type": "http.response.start", "status": answer.status, "headers": answer.headers})
        body = b"" if scope["method"] == "HEAD" else answer.body
        await send({"type": "http.response.body", "body": body})

    async def asked(self, scope: dict, receive) -> tuple[Answer, events.Wish | None]:
        environ = environ_of(scope)
        body = Body(self, LIST_MAX if environ["PATH_INFO"] in FILES else BODY_MAX)
        try:
            await self.read_body(environ, body, receive)
            answer = await self.answer(environ)
        finally:
            body.done()
        return answer, environ.get(events.WISH)

    async def answer(self, environ: dict) -> Answer:
        threads = self.listening if environ["PATH_INFO"].startswith(EVENTS) else self.asking
        if threads.room <= 0:
            environ.setdefault("hagc.refused", CROWDED)
            threads = self.exit
        return await threads.run(call, self.app, environ)

    async def read_body(self, environ: dict, body: "Body", receive) -> None:
        """Puts the whole body into the environ, or the word that says why it was not read."""
        if environ["REQUEST_METHOD"] in ("GET", "HEAD") and "CONTENT_LENGTH" not in environ and (
            "HTTP_TRANSFER_ENCODING" not in environ
        ):
            return
        try:
            await self.reading.within(BODY_WITHIN_S, body.read(environ, receive))
        except TimeoutError:
            environ["hagc.refused"] = CUT_SHORT
        environ["wsgi.input"] = io.BytesIO(b"" if "hagc.refused" in environ else b"".join(body.chunks))
        body.chunks.clear()
        environ["CONTENT_LENGTH"] = str(environ["wsgi.input"].getbuffer().nbytes)

    def close(self) -> None:
        """Waits for the answers under way."""
        for threads in (self.asking, self.listening, self.exit):
            threads.close()


class Reading:
    """The bodies on their way, looked over once in `LOOK_S`: a timer for each of them costs more than to read it."""

    def __init__(self):
        self.ends_s: dict[asyncio.Task, float] = {}
        self.late: set[asyncio.Task] = set()
        self.watched = False

    async def within(self, limit_s: float, reading: Coroutine) -> None:
        """Awaits it; TimeoutError when that takes longer."""
        loop, task = asyncio.get_running_loop(), asyncio.current_task()
        self.ends_s[task] = loop.time() + limit_s
        if not self.watched:
            self.watched = True
            loop.call_later(LOOK_S, self.look, loop)
        try:
            await reading
        except asyncio.CancelledError:
            if task not in self.late:
                raise
            if task.uncancel() > 0:     # by somebody else, too
                raise
            raise TimeoutError from None
        finally:
            del self.ends_s[task]
            self.late.discard(task)

    def look(self, loop: asyncio.AbstractEventLoop) -> None:
        now_s = loop.time()
        for task in [task for task, end_s in self.ends_s.items() if end_s <= now_s and task not in self.late]:
            self.late.add(task)
            task.cancel()
        self.watched = bool(self.ends_s)
        if self.watched:
            loop.call_later(LOOK_S, self.look, loop)


class Body:
    """A body until it is answered. Few large ones at once: an upload must not fill the memory of everybody's payments."""

    def __init__(self, door: Door, limit: int):
        self.door = door
        self.limit = limit
        self.chunks: list[bytes] = []
        self.size = 0
        self.large = False

    async def read(self, environ: dict, receive) -> None:
        said = environ.get("CONTENT_LENGTH", "")
        if said.isdecimal() and int(said) > self.limit:
            environ["hagc.refused"] = TOO_LARGE
            return
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                environ["hagc.refused"] = CUT_SHORT
                return
            self.chunks.append(message.get("body", b""))
            self.size += len(self.chunks[-1])
            if self.size > self.limit:
                environ["hagc.refused"] = TOO_LARGE
                return
            if self.size > LARGE and not self.large and not self.enter():
                environ["hagc.refused"] = CROWDED
                return
            if not message.get("more_body"):
                return

    def enter(self) -> bool:
        if self.door.large >= LARGE_AT_ONCE:
            return False
        self.door.large += 1
        self.large = True
        return True

    def done(self) -> None:
        if self.large:
            self.door.large -= 1


NAMES: dict[bytes, str] = {
    name.encode(): "HTTP_" + name.upper().replace("-", "_")
    for name in (
        "host user-agent accept accept-language accept-encoding connection cookie authorization referer origin "
        "cache-control if-none-match last-event-id sec-fetch-site sec-fetch-mode sec-fetch-dest transfer-encoding "
        "forwarded x-forwarded-for"
    ).split()
} | {b"content-type": "CONTENT_TYPE", b"content-length": "CONTENT_LENGTH"}


def environ_of(scope: dict) -> dict:
    """The WSGI environ (PEP 3333) of an ASGI request, with an empty body."""
    server = scope["server"] or ("localhost", 80)
    client = scope["client"] or ("", 0)
    environ = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": "",
        "PATH_INFO": scope["path"].encode("utf-8", "surrogateescape").decode("latin-1"),
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "SERVER_NAME": server[0],
        "SERVER_PORT": str(server[1]),
        "SERVER_PROTOCOL": "HTTP/" + scope["http_version"],
        "REMOTE_ADDR": client[0],
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope["scheme"],
        "wsgi.input": io.BytesIO(),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
        "wsgi.input_terminated": True,
    }
    for name, value in scope["headers"]:
        key = NAMES.get(name)
        if key is None:
            # `x_y` would be read as `x-y`, so a client could speak for a proxy.
            if b"_" in name:
                continue
            key = "HTTP_" + name.decode("latin-1").upper().replace("-", "_")
        text = value.decode("latin-1")
        if key in environ:
            text = environ[key] + ("; " if key == "HTTP_COOKIE" else ",") + text
        environ[key] = text
    return environ


def call(app, environ: dict) -> Answer:
    """Runs the application in this thread. Last of the outermost places: whatever escapes Flask ends here."""
    said: list = []

    def start_response(status: str, headers: list[tuple[str, str]], exc_info=None):
        said[:] = (status, headers)

    try:
        parts = app(environ, start_response)
        try:
            body = b"".join(parts)
        finally:
            close = getattr(parts, "close", None)
            if close is not None:
                close()
        status, headers = said
        sent = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers]
        return Answer(int(status[:3]), sent, body)
    except Exception:
        log.exception("an answer could not be made")
        return Answer(500, [(b"content-type", b"text/plain; charset=utf-8")], b"500\n")
