"""One trial city for all wallet tests; a new phone for each."""

import pytest
from playwright.sync_api import sync_playwright

from tests.wallet.phone import FLAGS, new_phone
from tests.wallet.town import served


@pytest.fixture(scope="session")
def town(tmp_path_factory):
    with served(tmp_path_factory.mktemp("wallet") / "data") as town:
        yield town


@pytest.fixture(scope="module")
def browser(chromium):
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def phone(browser, town):
    phone = new_phone(browser, town)
    yield phone.open()
    phone.context.close()


@pytest.fixture
def shop(town):
    return town.shop()
