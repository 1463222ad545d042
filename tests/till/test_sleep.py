"""A tablet that sleeps, changes its network or outlives the server: what was paid meanwhile is there when it wakes."""

import pytest
from playwright.sync_api import expect

SOON_MS = 10_000


class Ears:
    """The streams and polls that the page has asked for."""

    def __init__(self, page):
        self.page, self.streams, self.polls = page, 0, 0
        page.on("request", self._asked)

    def _asked(self, request) -> None:
        self.streams += "/api/events?" in request.url
        self.polls += "/api/events/poll?" in request.url

    def until_stream(self, count: int, seconds: float = 20) -> None:
        for _ in range(int(seconds * 10)):
            if self.streams >= count:
                return
            self.page.wait_for_timeout(100)
        raise AssertionError(f"{self.streams} streams and {self.polls} polls, {count} streams wanted")


@pytest.fixture
def ears(new_tablet):
    return Ears(new_tablet.page)


def test_a_frozen_page_hears_of_what_was_paid_when_it_wakes(ears, tablet, town, kim):
    ears.until_stream(1)
    request = tablet.ask("5100")
    tools = tablet.context.new_cdp_session(tablet.page)
    tools.send("Page.setWebLifecycleState", {"state": "frozen"})
    town.pay(kim, request)
    town.stop()             # so that nothing lies ready in the old line
    town.serve()
    before = ears.streams
    tools.send("Page.setWebLifecycleState", {"state": "active"})
    expect(tablet.paid).to_contain_text("5,100원", timeout=SOON_MS)
    ears.until_stream(before + 1)


def test_a_network_that_went_and_came_brings_a_new_stream_and_what_was_paid(ears, tablet, town, kim):
    ears.until_stream(1)
    request = tablet.ask("5200")
    before = ears.streams
    tablet.context.set_offline(True)
    town.pay(kim, request)
    tablet.context.set_offline(False)
    expect(tablet.paid).to_contain_text("5,200원", timeout=SOON_MS)
    ears.until_stream(before + 1)


def test_a_gap_in_the_clock_is_a_sleep_and_the_line_is_made_anew(ears, tablet):
    ears.until_stream(1)
    before = ears.streams
    tablet.page.evaluate("() => { const now = Date.now; Date.now = () => now() + 60_000; }")
    ears.until_stream(before + 1)


@pytest.mark.prove
def test_after_an_hour_without_the_server_it_listens_to_a_stream_again_and_does_not_poll_for_ever(ears, tablet, town, kim):
    """Streams that failed while nothing answered say nothing against streams."""
    ears.until_stream(1)
    tablet.page.route("**/api/**", lambda route: route.abort())
    tablet.page.route("**/health", lambda route: route.abort())
    town.stop()
    town.serve()
    for _ in range(200):
        if ears.polls:
            break
        tablet.page.wait_for_timeout(100)
    assert ears.polls, "it never tried the long poll"
    before = ears.streams
    tablet.page.unroute_all()
    ears.until_stream(before + 1, 40)
    request = tablet.ask("5300")
    town.pay(kim, request)
    expect(tablet.paid).to_contain_text("5,300원", timeout=SOON_MS)
