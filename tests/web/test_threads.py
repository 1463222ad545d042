"""Threads that answer for an event loop: nothing gets lost, whoever asks and whatever happens."""

import asyncio
import threading
import time

import pytest

from app.web.threads import Threads
from app.web.wsgi import LARGE_AT_ONCE, Door, call


def test_every_answer_comes_and_few_threads_are_begun():
    async def story():
        threads = Threads("t", 4, 1000)
        assert await asyncio.gather(*(threads.run(lambda n: n * n, n) for n in range(200))) == [n * n for n in range(200)]
        assert len(threads._begun) == 4 and threads.room == 1000 and threads._under_way == 0
        alone = Threads("alone", 4, 1000)
        for n in range(20):
            assert await alone.run(lambda n: n, n) == n
        assert len(alone._begun) == 1
        threads.close()
        alone.close()
        with pytest.raises(AssertionError):
            await threads.run(int)

    asyncio.run(story())


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_thread_that_ends_answers_that_it_did_and_another_takes_its_place():
    def ends():
        raise SystemError

    async def story():
        threads = Threads("t", 1, 10)
        for _ in range(3):
            with pytest.raises(RuntimeError):
                await threads.run(ends)
            assert await threads.run(lambda: "mine") == "mine"
        assert len(threads._begun) == 1 and threads.room == 10 and threads._under_way == 0
        threads.close()

    asyncio.run(story())


def test_who_is_gone_leaves_its_place_to_others():
    async def story():
        threads = Threads("t", 1, 10)
        slow = asyncio.create_task(threads.run(time.sleep, 0.2))
        waiting = asyncio.create_task(threads.run(time.sleep, 30))
        await asyncio.sleep(0.05)
        waiting.cancel()
        slow.cancel()
        assert await threads.run(lambda: "mine") == "mine"
        assert threads.room == 10 and threads._under_way == 0
        threads.close()

    asyncio.run(story())


def test_a_machine_without_room_for_another_thread_goes_on_with_those_it_has(monkeypatch):
    async def story():
        threads = Threads("t", 8, 10)
        assert await threads.run(lambda: 1) == 1

        def no_more(_):
            raise RuntimeError("can't start new thread")

        monkeypatch.setattr(threading.Thread, "start", no_more)
        assert await asyncio.gather(*(threads.run(lambda: n) for n in range(5))) is not None
        assert len(threads._begun) == 1 and threads.room == 10
        threads.close()

    asyncio.run(story())


def test_a_header_that_can_not_be_sent_is_an_error_page():
    def app(environ, start_response):
        start_response("200 OK", [("X-Receipt", "영수증")])
        return [b"ok"]

    assert call(app, {}).status == 500


def test_a_large_body_keeps_its_place_until_it_is_answered():
    """So few are in memory at once, however long their answers take."""
    doors = []

    def slow(environ, start_response):
        time.sleep(0.2)
        refused = environ.get("hagc.refused", "")
        start_response("503 BUSY" if refused else "200 OK", [])
        return [refused.encode()]

    async def upload():
        parts = iter([{"type": "http.request", "body": b"x" * (2 << 20), "more_body": False}])

        async def receive():
            return next(parts)

        scope = {"method": "POST", "path": "/console/lists/new", "query_string": b"", "headers": [], "server": None, "client": None,
                 "http_version": "1.1", "scheme": "http"}
        answer, _ = await doors[0].asked(scope, receive)
        return answer.body

    async def story():
        doors.append(Door(slow, None))
        answers = await asyncio.gather(*(upload() for _ in range(LARGE_AT_ONCE + 2)))
        assert sorted(answers) == [b""] * LARGE_AT_ONCE + [b"BUSY"] * 2
        assert await upload() == b"" and doors[0].large == 0
        doors[0].close()

    asyncio.run(story())
