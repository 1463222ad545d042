"""Officers at their desks: in this process for what one answer says, in real browsers for what they do."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

from tests.cast import City, answers, until
from tests.console.desk import CHECKER, MAKER, Desk, Office, free_port
from tests.wallet.phone import FLAGS

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def city(tmp_path):
    city = City(tmp_path / "data")
    yield city
    city.close()


@pytest.fixture
def maker(city):
    return Desk(city, MAKER, city.hands[0])


@pytest.fixture
def checker(city):
    return Desk(city, CHECKER, city.hands[1])


@pytest.fixture(scope="session")
def town(tmp_path_factory):
    """The example city and the server that serves it, as `run --example` does."""
    port = free_port()
    folder = tmp_path_factory.mktemp("console")
    city = City(folder / "data", time.time, f"localhost:{port}")
    command = [sys.executable, "-m", "app", "run", "--example", "--data", str(folder / "data"), "--port", str(port)]
    with (folder / "server.log").open("w") as log:
        process = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log, env={**os.environ, "PYTHONUNBUFFERED": "1"})
    try:
        until(lambda: process.poll() is not None or answers(port), 60)
        assert process.poll() is None, (folder / "server.log").read_text()
        yield city
    finally:
        process.terminate()
        process.wait(20)
        city.close()


@pytest.fixture(scope="module")
def browser(chromium):
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def seats(browser, town):
    """Opens a desk for an officer in a browser of their own; all close at the end, and nothing complained."""
    opened: list[Office] = []

    def seat(number: int, **how) -> Office:
        opened.append(Office.open(browser, town, number, **how))
        return opened[-1]

    yield seat
    for office in opened:
        office.context.close()
        assert office.complaints == []
