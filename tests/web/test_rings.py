"""A ring has no number: it reaches who listens, whatever they have seen, and is never asked for again."""

import asyncio

from app.web.events import Hub, frame


def test_a_ring_is_written_without_an_id_so_that_a_client_keeps_its_place():
    assert frame(None, {"event": "question"}) == b'event: question\ndata: {"event":"question"}\n\n'
    assert frame(7, {"event": "sale"}).startswith(b"id: 7\n")


def test_a_ring_reaches_who_comes_back_beside_what_they_missed():
    async def played() -> tuple[list, list]:
        hub = Hub(replay=lambda topics, after: [(7, {"event": "sale"})])
        hub.start(asyncio.get_running_loop())
        box = hub.join(("till/1",), after=5)
        hub._deliver([("till/1", 6, {"event": "sale"}), ("till/1", None, {"event": "question"}), ("till/2", None, {"event": "question"})])
        missed = await hub.missed(box)
        return [letter[0] for letter in missed], [(letter[0], letter[1]["event"]) for letter in box.take()]

    assert asyncio.run(played()) == ([7], [(None, "question")])
