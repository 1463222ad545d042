"""The event stream: several listen, one comes back, one is slow, one leaves; nobody gets a thing twice or not at all."""

import asyncio
import http.client
import json
import socket
import threading
import time

import pytest

from app.web.events import MAILBOX, MOST_OF_ONE, Hub, Wish, frame, serve
from app.web.wsgi import Answer, Door
from tests.web.test_server import ask


class Listener:
    """One till's stream, read in a thread of its own."""

    def __init__(self, port: int, topic: str, last_id: int | None = None):
        self.line = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        headers = {} if last_id is None else {"Last-Event-ID": str(last_id)}
        self.line.request("GET", f"/api/events?topic={topic}", headers=headers)
        self.answer = self.line.getresponse()

    def next(self) -> tuple[int, dict]:
        """(id, event) of the next event that carries one."""
        fields = {}
        while True:
            text = self.answer.readline().decode().rstrip("\n")
            if text:
                name, _, value = text.partition(": ")
                fields[name] = value
            elif "id" in fields:
                return int(fields["id"]), json.loads(fields["data"])
            else:
                fields = {}

    def close(self) -> None:
        # shutdown, so that the other side learns it even while a reader holds the file
        self.line.sock.shutdown(socket.SHUT_RDWR) if self.line.sock else self.answer.fp.raw._sock.shutdown(socket.SHUT_RDWR)
        self.line.close()


def happen(port: int, topic: str, text: str) -> int:
    return json.loads(ask(port, "POST", f"/api/happen/{topic}", text.encode())[2])["number"]


def test_every_listener_of_a_topic_hears_it_and_no_other(port):
    one, two, other = Listener(port, "shop-1"), Listener(port, "shop-1,shop-9"), Listener(port, "shop-2")
    assert one.answer.status == 200 and one.answer.headers["Content-Type"].startswith("text/event-stream")
    assert one.answer.headers["Cache-Control"] == "no-store"
    started = time.monotonic()
    number = happen(port, "shop-1", "오천 원")
    assert one.next() == two.next() == (number, {"event": "sale", "text": "오천 원"})
    assert time.monotonic() - started < 10
    last = happen(port, "shop-2", "만 원")
    assert other.next()[0] == last
    for listener in (one, two, other):
        listener.close()


def test_who_comes_back_hears_what_was_missed_and_then_what_is_new(port):
    known = happen(port, "back", "1")
    missed = [happen(port, "back", text) for text in "234"]
    happen(port, "elsewhere", "x")
    listener = Listener(port, "back", last_id=known)
    new = happen(port, "back", "5")
    assert [listener.next()[0] for _ in range(4)] == [*missed, new]
    listener.close()


def test_who_may_not_listen_is_refused_in_words(port):
    status, _, body = ask(port, "GET", "/api/events?topic=secret")
    assert status == 403 and json.loads(body)["word"] == "NOT_YOURS"
    assert ask(port, "GET", "/api/events")[0] == 400


def test_a_long_poll_answers_at_once_what_was_missed_else_what_comes(port):
    number = happen(port, "poll", "a")
    missed = json.loads(ask(port, "GET", f"/api/events/poll?topic=poll&after={number - 1}")[2])
    assert missed["events"] == [{"id": number, "event": "sale", "text": "a"}] and missed["now_ms"] > 0
    timer = threading.Timer(0.3, happen, (port, "poll", "b"))
    timer.start()
    coming = json.loads(ask(port, "GET", f"/api/events/poll?topic=poll&after={number}")[2])
    assert [event["text"] for event in coming["events"]] == ["b"]


def test_three_hundred_that_wait_take_no_thread_from_those_who_ask(port):
    listeners = [Listener(port, "crowd") for _ in range(300)]
    started = time.monotonic()
    assert ask(port, "GET", "/api/hello")[0] == 200
    assert time.monotonic() - started < 10
    number = happen(port, "crowd", "all")
    assert {listener.next()[0] for listener in listeners} == {number}
    for listener in listeners:
        listener.close()


def test_a_client_that_does_not_read_harms_nobody(port):
    deaf = socket.create_connection(("127.0.0.1", port))
    deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    deaf.sendall(b"GET /api/events?topic=flood HTTP/1.1\r\nHost: x\r\n\r\n")
    good = Listener(port, "flood")
    numbers = [happen(port, "flood", "x" * 20_000) for _ in range(60)]
    assert [good.next()[0] for _ in numbers] == numbers
    assert ask(port, "GET", "/api/hello")[0] == 200
    deaf.close()
    good.close()


async def told(hub: Hub, *topics: str, after: int | None = None):
    box = hub.join(topics, after)
    return box, await hub.missed(box)


def test_a_mailbox_that_overflows_is_closed_and_its_owner_comes_again():
    async def story():
        hub = Hub()
        hub.start(asyncio.get_running_loop())
        box, _ = await told(hub, "a")
        for number in range(MAILBOX + 5):
            hub.publish("a", number, {"event": "sale"})
        await asyncio.sleep(0)
        assert await box.wait(1)
        assert box.closed and len(box.take()) == MAILBOX
        hub.leave(box)
        assert not hub.boxes and hub.count == 0

    asyncio.run(story())


def test_what_comes_while_the_missed_is_read_is_not_told_twice():
    async def story():
        def replay(topics, after):
            hub.publish("a", 7, {"event": "sale"})
            hub.publish("a", 8, {"event": "sale"})
            time.sleep(0.05)
            return [(6, {"event": "sale"}), (7, {"event": "sale"})]

        hub = Hub(replay=replay)
        hub.start(asyncio.get_running_loop())
        box, missed = await told(hub, "a", after=5)
        assert [number for number, _, _ in missed] == [6, 7]
        assert await box.wait(1)
        assert [number for number, _, _ in box.take()] == [8]

    asyncio.run(story())


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_watcher_that_fails_ends_the_streams_and_the_next_listener_starts_it_again():
    async def story():
        calls = []

        def poll(_):
            calls.append(1)
            if len(calls) == 1:
                raise OSError("the disk is gone")
            return [("a", 1, {"event": "sale"})] if len(calls) == 2 else []

        hub = Hub(poll, every_s=0.01)
        hub.start(asyncio.get_running_loop())
        box, _ = await told(hub, "a")
        assert await box.wait(2) and box.closed
        hub.leave(box)
        box, _ = await told(hub, "a")
        assert await box.wait(2)
        assert [number for number, _, _ in box.take()] == [1]
        hub.close()
        assert await box.wait(1) and box.closed
        await hub.wait_closed()

    asyncio.run(story())


def test_the_store_is_asked_seldom_while_nobody_listens_and_at_once_for_a_newcomer():
    async def story():
        calls = []
        hub = Hub(lambda _: calls.append(1) or [], every_s=0.005)
        hub.start(asyncio.get_running_loop())
        await asyncio.sleep(0.1)
        assert len(calls) <= 1
        box, _ = await told(hub, "a")
        await asyncio.sleep(0.1)
        assert len(calls) > 3
        hub.leave(box)
        await asyncio.sleep(0.02)
        count = len(calls)
        await asyncio.sleep(0.1)
        assert len(calls) <= count + 1
        hub.close()
        await hub.wait_closed()

    asyncio.run(story())


def test_a_newcomer_is_not_told_what_it_knows_or_what_was_before_it():
    async def story():
        backlog = [("a", number, {"event": "sale"}) for number in range(1, 4)]
        hub = Hub(lambda _: [backlog.pop(0)] if backlog else [], every_s=0.005)
        hub.start(asyncio.get_running_loop())
        box, _ = await told(hub, "a", after=2)
        assert await box.wait(2)
        assert [number for number, _, _ in box.take()] == [3]
        hub.close()
        await hub.wait_closed()

    asyncio.run(story())


def test_a_text_can_not_break_out_of_its_event():
    data = frame(3, {"event": "sale", "text": "a\n\nevent: refund\r\ndata: x"})
    assert data.count(b"\n") == 4 and data.count(b"\r") == 0


def test_who_heard_nothing_yet_comes_back_with_the_place_that_the_sign_of_life_told():
    async def story():
        looked, log = [7], []
        hub = Hub(lambda _: [], lambda _, after: [one for one in log if one[0] > after], every_s=0.005,
                  place=lambda: looked[0])
        hub.start(asyncio.get_running_loop())
        said, box, serving = await read_some(hub)
        assert b"id: 7\nevent: alive" in said and hub.boxes["a"]
        box.close()
        await serving
        log.append((9, {"event": "sale"}))
        again, missed = await told(hub, "a", after=7)
        assert [number for number, _, _ in missed] == [9] and again.seen == 9
        looked[0] = 12
        await asyncio.sleep(0.05)
        assert hub.told == 12
        hub.close()
        await hub.wait_closed()

    asyncio.run(story())


async def read_some(hub: Hub) -> tuple[bytes, object, asyncio.Task]:
    """What a new stream says first, its mailbox, and what serves it."""
    said, first = [], asyncio.Event()

    async def send(message):
        said.append(message.get("body", b""))
        if said[-1]:
            first.set()

    async def receive():
        await asyncio.Event().wait()

    task = asyncio.create_task(serve(hub, Wish(("a",), None, once=False), Answer(200, [], b""), receive, send))
    await first.wait()
    box = next(iter(hub.boxes["a"]))
    return b"".join(said), box, task


def test_after_a_dropped_letter_nothing_is_told_that_would_hide_the_gap():
    async def story():
        hub = Hub(place=lambda: 1)
        hub.start(asyncio.get_running_loop())
        box, _ = await told(hub, "a")
        for number in range(2, MAILBOX + 5):
            hub._deliver([("a", number, {"event": "sale"})], number)
        assert box.closed and box.take()[-1][0] == MAILBOX + 1
        hub._deliver([("a", MAILBOX + 9, {"event": "sale"})], MAILBOX + 9)
        assert box.take() == []

    asyncio.run(story())


def test_the_oldest_of_too_many_streams_of_one_till_makes_room_and_no_other_tills():
    async def story():
        hub = Hub()
        hub.start(asyncio.get_running_loop())
        boxes = [(await told(hub, "till/1", "shop/1"))[0] for _ in range(MOST_OF_ONE + 2)]
        others = [(await told(hub, f"till/{number}", "shop/1"))[0] for number in range(2, 40)]
        assert [box.closed for box in boxes] == [True, True] + [False] * MOST_OF_ONE
        assert not any(box.closed for box in others)
        for box in (*boxes, *others):
            hub.leave(box)
        assert not hub.boxes and hub.count == 0

    asyncio.run(story())


def test_a_payment_passes_the_crowd_that_begins_to_listen():
    """Many openings are slow; whoever asks for something else doesn't stand behind them."""
    going = threading.Event()

    def app(environ, start_response):
        if environ["PATH_INFO"].startswith("/api/events"):
            going.wait(10)
        start_response("200 OK", [])
        return [b""]

    async def story():
        door = Door(app, Hub())
        crowd = [asyncio.create_task(door.answer({"PATH_INFO": "/api/events"})) for _ in range(200)]
        await asyncio.sleep(0.05)
        answer = await asyncio.wait_for(door.answer({"PATH_INFO": "/api/sales"}), 5)
        assert answer.status == 200 and not any(task.done() for task in crowd)
        going.set()
        await asyncio.gather(*crowd)
        door.close()

    asyncio.run(story())
