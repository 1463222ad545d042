"""How long a customer waits at the counter: from the amount to green, both motions, cameras included. Run alone it is a measure."""

from collections.abc import Callable
from statistics import median

import pytest
from playwright.sync_api import expect

from tests.cast import HELP
from tests.story.stage import Tablet, new_walker

SALES = 7
MOST_MS = 2000


@pytest.fixture
def kim(town, devices):
    walker = new_walker(devices[0], town)
    walker.account = bytes.fromhex(walker.phone.make_wallet())
    town.link(walker)
    town.top_up(HELP, {walker: 100_000})
    yield walker
    walker.phone.context.close()


@pytest.fixture
def till(town, devices):
    tablet = Tablet(devices[1], town).pair().start()
    yield tablet
    tablet.close()


def pace(kim, till, motion: Callable[[str], None]) -> list[int]:
    """Milliseconds of some sales, one after the other."""
    times = []
    for won in range(1_000, 1_000 + SALES):
        motion(str(won))
        expect(till.paid).to_contain_text(f"{won:,}원")
        times.append(till.green_after_ms())
        expect(kim.page.get_by_role("heading", name="결제되었습니다")).to_be_visible()
        kim.phone.tap("확인", exact=True)
        till.keypad()
    return times


def judged(name: str, times: list[int]) -> None:
    print(f"  {name}, from the amount to green: {', '.join(f'{ms:,}' for ms in times)} ms; median {median(times):,.0f} ms")
    assert median(times) <= MOST_MS


def enter(till, won: str) -> None:
    till.page.keyboard.type(won, delay=60)
    till.page.keyboard.press("Enter")


@pytest.mark.prove
def test_a_shown_code_is_green_within_two_seconds(devices, kim, till):
    """The phone lies before the till's camera when the amount is entered."""
    def motion(won: str) -> None:
        kim.phone.tap("내 코드")
        devices[1].camera.see(kim.page)
        enter(till, won)

    judged("a shown code", pace(kim, till, motion))
    devices[1].camera.look_away()


@pytest.mark.prove
def test_a_scanned_request_is_green_within_two_seconds(kim, till):
    """With what the customer does on the phone: open the camera, hold it there, and press one button."""
    def motion(won: str) -> None:
        enter(till, won)
        kim.scan(till.page)
        kim.phone.tap("내기", exact=True)

    judged("a scanned request", pace(kim, till, motion))
