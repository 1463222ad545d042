"""What every test shares: how many examples are drawn, and the browser that is driven.

HAGC_COUNTS=long (`make prove`) draws many and new examples each time and runs the long proofs;
without it the same few are drawn every time, so that the same code gets the same answer.
"""

import os

import pytest
from hypothesis import settings

from app.setup import browser

LONG = os.environ.get("HAGC_COUNTS") == "long"

settings.register_profile("short", max_examples=30, deadline=None, derandomize=True, database=None)
settings.register_profile("long", max_examples=2_000, deadline=None)
settings.load_profile("long" if LONG else "short")


def pytest_collection_modifyitems(config, items):
    """Leaves the long proofs to `make prove`, which runs them."""
    if LONG:
        return
    proofs = [item for item in items if item.get_closest_marker("prove")]
    config.hook.pytest_deselected(items=proofs)
    items[:] = [item for item in items if item not in proofs]


@pytest.fixture(scope="session")
def chromium():
    """The path of the Chromium to drive: playwright's `executable_path`."""
    path = browser.chromium()
    assert path, "no Chromium: `make test` installs one"
    return path
