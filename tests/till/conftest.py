"""One city for all of the till's tests, a browser, and for each test a tablet that was paired and opened for the day."""

import pytest
from playwright.sync_api import sync_playwright

from tests.till.town import FLAGS, Tablet, served


@pytest.fixture(scope="session")
def town(tmp_path_factory):
    with served(tmp_path_factory.mktemp("till") / "data") as town:
        yield town


@pytest.fixture(scope="module")
def playwright():
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="module")
def browser(chromium, playwright):
    browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
    yield browser
    browser.close()


@pytest.fixture
def new_tablet(browser, town):
    tablet = Tablet(browser, town)
    yield tablet
    tablet.close()


@pytest.fixture
def tablet(new_tablet):
    return new_tablet.pair().start()


@pytest.fixture(scope="module")
def device(browser, town):
    made = Tablet(browser, town).pair()
    yield made
    made.close()


@pytest.fixture
def worn(device):
    """A tablet that other tests of the file sold with before, for those to whom that is no matter: spares a pairing."""
    yield device.restart()
    assert device.complaints == []


@pytest.fixture(scope="session")
def kim(town):
    """A resident with money for everything here."""
    return town.wallet(help_won=500_000)
