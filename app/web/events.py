"""The event stream: a till that waits for its money costs one small mailbox and no thread.

A Flask view checks who asks and answers `stream(...)` or `wait(...)`; the door (app/web/wsgi.py) then serves that wish
from the hub. Server-Sent Events as in the HTML standard §9.2; ids are entry numbers, and each sign of life brings the
last one that was looked at: so a client that comes back with Last-Event-ID gets what it missed, and nothing old is read.
"""

import asyncio
import json
import random
import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass

from flask import Response, request

WISH = "hagc.wish"
KEEP_ALIVE_S = 15
STREAM_S = (720, 1080)  # then the client comes again, with a fresh session; not all at once that began at once
WAIT_S = 25
IDLE_S = 1
MAILBOX = 256  # events a slow client may fall behind
RETRY_MS = (1000, 4000)
# Streams of one listener; the oldest goes, as it may have died without a word, and must not keep its till out. There is
# no limit by address: all tills of a market stand behind one.
MOST_OF_ONE = 8
REVOKED = "revoked"  # the event of who may perhaps listen no more: it ends their streams

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


def alive(place: int | None) -> bytes:
    """An event, as scripts never see a comment: silence means a dead line. All up to the entry `place` was told."""
    told = "" if place is None else f"id: {place}\n"
    return f"{told}event: alive\ndata: 1\n\n".encode()


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
        if self.closed or event_id is not None and event_id <= self.seen:
            return      # after a letter that was dropped none may follow: its id would hide the gap
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
    place()              the last id that `poll` looked at
    """

    def __init__(self, poll: Poll | None = None, replay: Replay | None = None, every_s: float = 0.05,
                 clock: Callable[[], float] = time.time, place: Callable[[], int | None] = lambda: None):
        self.poll = poll
        self.replay = replay
        self.every_s = every_s
        self.clock = clock
        self.place = place
        self.most_of_one = MOST_OF_ONE
        self.loop: asyncio.AbstractEventLoop | None = None
        self.boxes: dict[str, dict[Mailbox, None]] = defaultdict(dict)  # in the order of their coming
        self.told: int | None = place()  # all up to this id lies in the mailboxes
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
        """Without `after` from now on: from what was told until now, as the look that is under way doesn't know it yet."""
        box = Mailbox(topics, self.told if after is None else after)
        mine = self.boxes[topics[0]]        # the first is the listener's own; others it shares, as with all tills of a shop
        if len(mine) >= self.most_of_one:
            mine.pop(oldest := next(iter(mine)))
            oldest.close()
        for topic in topics:
            self.boxes[topic][box] = None
        self.count += 1
        if self.stopping:
            box.close()
        self._see_to_the_watcher()
        self.hurry.set()
        return box

    def leave(self, box: Mailbox) -> None:
        for topic in box.topics:
            self.boxes[topic].pop(box, None)
            if not self.boxes[topic]:
                del self.boxes[topic]
        self.count -= 1

    async def missed(self, box: Mailbox) -> list[tuple[int, Event, bytes]]:
        """What `box` missed until now; what came in meanwhile and is among it is not sent twice."""
        if box.seen < 0 or self.replay is None:
            return []
        found = await asyncio.get_running_loop().run_in_executor(None, self.replay, box.topics, box.seen)
        box.seen = max([box.seen, *(event_id for event_id, _ in found)])
        box.letters = deque(letter for letter in box.letters if letter[0] is None or letter[0] > box.seen)
        return [(event_id, event, frame(event_id, event)) for event_id, event in found]

    def _deliver(self, events: Sequence[tuple[str, int, Event]], place: int | None = None) -> None:
        self.told = self.told if place is None else place
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
                events, place = self.poll(self.boxes), self.place()
                if events or place != self.told:
                    self.loop.call_soon_threadsafe(self._deliver, events, place)
        finally:
            if not self.loop.is_closed():
                self.loop.call_soon_threadsafe(self._watcher_ended)


async def serve(hub: Hub, wish: Wish, answer, receive, send) -> None:
    """Answers one wish until the client goes, falls behind, or its time is over."""
    box = hub.join(wish.topics, wish.after)
    gone = asyncio.create_task(_until_gone(receive, box))
    try:
        if wish.once:
            await _send_once(hub, box, answer, send)
        else:
            await _send_stream(hub, box, answer, send)
    finally:
        gone.cancel()
        hub.leave(box)


async def _until_gone(receive, box: Mailbox) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    box.close()


async def _send_once(hub: Hub, box: Mailbox, answer, send) -> None:
    letters = await hub.missed(box)
    if not letters:
        await box.wait(WAIT_S)
        letters = box.take()
    events = [{"id": event_id, **event} for event_id, event, _ in letters]
    told = [event_id for event_id, _, _ in letters if event_id is not None]
    after = max(told) if told else None if box.closed else hub.told
    said = {"events": events, "after": after, "now_ms": int(hub.clock() * 1000)}
    body = json.dumps(said, ensure_ascii=False).encode()
    headers = _headers(answer, b"content-length", str(len(body)).encode())
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def _send_stream(hub: Hub, box: Mailbox, answer, send) -> None:
    # A proxy that buffers would hold the till's paid screen back.
    headers = _headers(answer, b"x-accel-buffering", b"no")
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    began, letters = hub.told, await hub.missed(box)
    await send(_part(f"retry: {random.randint(*RETRY_MS)}\n\n".encode() + (_joined(letters) or alive(began))))
    until_s = time.monotonic() + random.uniform(*STREAM_S)
    while not box.closed and time.monotonic() < until_s:
        await box.wait(KEEP_ALIVE_S)
        news = _joined(box.take())
        if news or not box.closed:      # all up to `told` lay in the mailbox, unless it was closed before
            await send(_part(news or alive(hub.told)))
    await send({"type": "http.response.body", "body": b"", "more_body": False})


def _headers(answer, name: bytes, value: bytes) -> list[tuple[bytes, bytes]]:
    """The answer's own, whose length is not known any more, and one more."""
    return [*(one for one in answer.headers if one[0] != b"content-length"), (name, value)]


def _joined(letters: list[tuple[int, Event, bytes]]) -> bytes:
    return b"".join(data for _, _, data in letters)


def _part(data: bytes) -> dict:
    return {"type": "http.response.body", "body": data, "more_body": True}
