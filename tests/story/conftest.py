"""One served city and two devices for the whole story."""

import pytest
from playwright.sync_api import sync_playwright

from tests.story.stage import new_device, served


@pytest.fixture(scope="session")
def town(tmp_path_factory):
    with served(tmp_path_factory.mktemp("story") / "data") as town:
        yield town


@pytest.fixture(scope="module")
def devices(chromium, tmp_path_factory):
    """The resident's phone, and what stands on the other side of the counter."""
    clips = tmp_path_factory.mktemp("clips")
    with sync_playwright() as playwright:
        made = [new_device(playwright, chromium, clips / f"{name}.y4m") for name in ("phone", "counter")]
        yield made
        for device in made:
            device.browser.close()
