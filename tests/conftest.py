"""What every test shares: how many examples are drawn, where files lie, and the browser that is driven.

HAGC_COUNTS=long (`make prove`) draws many and new examples each time and runs the long proofs;
without it the same few are drawn every time, so that the same code gets the same answer.
"""

import os
import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import settings

from app.setup import browser

LONG = os.environ.get("HAGC_COUNTS") == "long"

# Hundreds of cities and browser profiles, each waiting for a disk at every commit: in memory they are there at once. Killed
# processes lose as little as on a disk.
MEMORY, ROOM = Path("/dev/shm"), 4 << 30
if "TMPDIR" not in os.environ and MEMORY.is_dir() and os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > ROOM:
    os.environ["TMPDIR"] = tempfile.tempdir = str(MEMORY)

settings.register_profile("short", max_examples=30, deadline=None, derandomize=True, database=None)
settings.register_profile("long", max_examples=2_000, deadline=None)
settings.load_profile("long" if LONG else "short")


# Files that take longest, as a whole: begun first, so that no worker is left alone with one in the end.
LONGEST = ("test_cli.py", "faults/", "wallet/test_screens.py", "pos/test_localhost.py", "pos/test_commands.py", "vendor/", "story/", "console/", "till/")


def pytest_collection_modifyitems(config, items):
    """The longest first; the long proofs are left to `make prove`, which runs them."""
    items.sort(key=lambda item: not item.nodeid.startswith(tuple(f"tests/{each}" for each in LONGEST)))
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
