"""The event stream: a till that waits for its money costs one small mailbox and no thread.

A Flask view checks who asks and answers `stream(...)` or `wait(...)`; the door (app/web/wsgi.py) then serves that wish
from the hub. Server-Sent Events as in the HTML standard §9.2; ids are entry numbers, so a client that comes back
with Last-Event-ID gets what it missed.
"""

import asyncio
import json
import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass

from flask import Response, request

WISH = "hagc.wish"
KEEP_ALIVE_S = 15
STREAM_S = 900  # then the client comes again, with a fresh session
WAIT_S = 25
IDLE_S = 1
MAILBOX = 256  # events a slow client may fall behind
RETRY_MS = 2000
REVOKED = "revoked"  # the event of who may perhaps listen no more: it ends their streams
ALIVE = b"event: alive\ndata: 1\n\n"  # an event, as scripts never see a comment: silence means a dead line

Event = dict
Poll = Callable[[Container[str]], Sequence[tuple[str, int | None, Event]]]
Replay = Callable[[Sequence[str], int], Sequence[tuple[int, Event]]]


@dataclass(frozen=True, slots=True)
class Wish:
    """What a view asks the door to wait for. `once`: the first events as JSON, for who can't stream."""

    topics: tuple[str, ...]
    after: int | None
    once: bool


def stream(*topics: str) -> Response:
    """A view's answer: everything published under `topics` from now on, and what came after Last-Event-ID or ?after=."""
    request.environ[WISH] = Wish(topics, _after(), once=False)
    return Response(b"", mimetype="text/event-stream", headers={"Cache-Control": "no-store"})


def wait(*topics: str) -> Response:
    """A view's answer for the long poll: {"events": [...], "now_ms"}; empty after 25 s."""
    request.environ[WISH] = Wish(topics, _after(), once=True)
    return Response(b"", mimetype="application/json", headers={"Cache-Control": "no-store"})


def _after() -> int | None:
    said = request.headers.get("Last-Event-ID") or request.args.get("after", "")
    return int(said) if said.isascii() and said.isdecimal() and len(said) < 17 else None


def frame(event_id: int | None, event: Event) -> bytes:
    """One event as it goes over the line; its name is the event's own "event". A ring has no id: it is never asked for again."""
    data = json.dumps(event, ensure_ascii=False, separators=(",", ":"))
    numbered = "" if event_id is None else f"id: {event_id}\n"
    return f"{numbered}event: {event['event']}\ndata: {data}\n\n".encode()


class Mailbox:
    """What waits for one client. Lives in the loop's thread only."""

    def __init__(self, topics: tuple[str, ...], after: int | None = None):
        self.topics = topics
        self.letters: deque[tuple[int | None, Event, bytes]] = deque()
        self.ready = asyncio.Event()
        self.closed = False
        self.seen = -1 if after is None else after  # known to the client, or already sent

    def put(self, event_id: int | None, event: Event, data: bytes) -> None:
        if event["event"] == REVOKED:
            self.close()  # who still may listen comes again, and is looked at anew
            return
        if event_id is not None and event_id <= self.seen:
            return
        if len(self.letters) >= MAILBOX:
            self.close()  # it comes back with Last-Event-ID
            return
        self.letters.append((event_id, event, data))
        self.ready.set()

    def close(self) -> None:
        self.closed = True
        self.ready.set()

    async def wait(self, seconds: float) -> bool:
        """True when there is something to send or the mailbox was closed."""
        try:
            async with asyncio.timeout(seconds):
                await self.ready.wait()
        except TimeoutError:
            return False
        return True

    def take(self) -> list[tuple[int, Event, bytes]]:
        letters = list(self.letters)
        self.letters.clear()
        if not self.closed:
            self.ready.clear()
        return letters


class Hub:
    """Brings events to mailboxes. One a process; several processes each watch the same store through `poll`.

    poll(topics)         new events of these topics since its last call: (topic, id, event), ids rising; run in one thread,
                         each `every_s` while anybody listens, else each second so that nothing old waits for a newcomer
    replay(topics, id)   events of these topics after id, oldest first: (id, event)
    """

    def __init__(self, poll: Poll | None = None, replay: Replay | None = None, every_s: float = 0.05,
                 clock: Callable[[], float] = time.time):
        self.poll = poll
        self.replay = replay
        self.every_s = every_s
        self.clock = clock
        self.loop: asyncio.AbstractEventLoop | None = None
        self.boxes: dict[str, set[Mailbox]] = defaultdict(set)
        self.count = 0
        self.stopping = False
        self.hurry = threading.Event()
        self.watcher: threading.Thread | None = None

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self._see_to_the_watcher()

    def publish(self, topic: str, event_id: int, event: Event) -> None:
        """From any thread of this process."""
        if self.count and self.loop is not None:
            self.loop.call_soon_threadsafe(self._deliver, [(topic, event_id, event)])

    def close(self) -> None:
        """Ends every stream, so that the server can stop."""
        self.stopping = True
        self.hurry.set()
        self._drop_all()

    async def wait_closed(self) -> None:
        """Until the watcher, too, has ended: it needs the loop for its last word."""
        watcher = self.watcher
        if watcher is not None:
            await asyncio.get_running_loop().run_in_executor(None, watcher.join)

    # -- in the loop's thread --

    def join(self, topics: tuple[str, ...], after: int | None = None) -> Mailbox:
        box = Mailbox(topics, after)
        for topic in topics:
            self.boxes[topic].add(box)
        self.count += 1
        if self.stopping:
            box.close()
        self._see_to_the_watcher()
        self.hurry.set()
        return box

    def leave(self, box: Mailbox) -> None:
        for topic in box.topics:
            self.boxes[topic].discard(box)
            if not self.boxes[topic]:
                del self.boxes[topic]
        self.count -= 1

    async def missed(self, box: Mailbox, after: int | None) -> list[tuple[int, Event, bytes]]:
        """What `box` missed after that id; what came in meanwhile and is among it is not sent twice."""
        if after is None or self.replay is None:
            return []
        found = await asyncio.get_running_loop().run_in_executor(None, self.replay, box.topics, after)
        box.seen = max([after, *(event_id for event_id, _ in found)])
        box.letters = deque(letter for letter in box.letters if letter[0] is None or letter[0] > box.seen)
        return [(event_id, event, frame(event_id, event)) for event_id, event in found]

    def _deliver(self, events: Sequence[tuple[str, int, Event]]) -> None:
        for topic, event_id, event in events:
            boxes = self.boxes.get(topic)
            if boxes:
                data = frame(event_id, event)
                for box in tuple(boxes):
                    box.put(event_id, event, data)

    def _see_to_the_watcher(self) -> None:
        if self.poll is None or self.stopping or self.watcher is not None:
            return
        self.watcher = threading.Thread(target=self._watch, name="events", daemon=True)
        self.watcher.start()

    def _watcher_ended(self) -> None:
        self.watcher = None
        self._drop_all()

    def _drop_all(self) -> None:
        for boxes in tuple(self.boxes.values()):
            for box in boxes:
                box.close()

    # -- in the watcher's thread --

    def _watch(self) -> None:
        """A failing poll ends the thread and every stream: the clients come back, and the next one starts it again."""
        try:
            while not self.stopping:
                self.hurry.wait(self.every_s if self.count else IDLE_S)
                self.hurry.clear()
                events = self.poll(self.boxes)
                if events:
                    self.loop.call_soon_threadsafe(self._deliver, events)
        finally:
            if not self.loop.is_closed():
                self.loop.call_soon_threadsafe(self._watcher_ended)


async def serve(hub: Hub, wish: Wish, answer, receive, send) -> None:
    """Answers one wish until the client goes, falls behind, or its time is over."""
    box = hub.join(wish.topics, wish.after)
    gone = asyncio.create_task(_until_gone(receive, box))
    try:
        missed = await hub.missed(box, wish.after)
        if wish.once:
            await _send_once(hub, box, missed, answer, send)
        else:
            await _send_stream(box, missed, answer, send)
    finally:
        gone.cancel()
        hub.leave(box)


async def _until_gone(receive, box: Mailbox) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    box.close()


async def _send_once(hub: Hub, box: Mailbox, letters: list, answer, send) -> None:
    if not letters:
        await box.wait(WAIT_S)
        letters = box.take()
    events = [{"id": event_id, **event} for event_id, event, _ in letters]
    body = json.dumps({"events": events, "now_ms": int(hub.clock() * 1000)}, ensure_ascii=False).encode()
    headers = [(name, value) for name, value in answer.headers if name != b"content-length"]
    headers.append((b"content-length", str(len(body)).encode()))
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def _send_stream(box: Mailbox, letters: list, answer, send) -> None:
    headers = [(name, value) for name, value in answer.headers if name != b"content-length"]
    # A proxy that buffers would hold the till's paid screen back.
    headers.append((b"x-accel-buffering", b"no"))
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send(_part(f": hello\nretry: {RETRY_MS}\n\n".encode()))
    until_s = time.monotonic() + STREAM_S
    while True:
        if letters:
            await send(_part(b"".join(data for _, _, data in letters)))
        if box.closed or time.monotonic() > until_s:
            break
        if not await box.wait(KEEP_ALIVE_S):
            await send(_part(ALIVE))
        letters = box.take()
    await send({"type": "http.response.body", "body": b"", "more_body": False})


def _part(data: bytes) -> dict:
    return {"type": "http.response.body", "body": data, "more_body": True}
