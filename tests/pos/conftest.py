"""One town for all tests of the till, one till that was paired in it, and for each test a copy with an empty journal."""

import re
import shutil
import threading
import time
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from app.errors import SetupError
from pos import keys, pairing, screen, sync
from pos.cli import main
from pos.journal import Journal
from pos.server import Server
from pos.till import Till
from tests.pos.town import Phone, Town, Wire, move

PIN = "4821"


@pytest.fixture(scope="session", autouse=True)
def _no_idle_time():
    """The till rings and asks as in a shop, with shorter pauses between."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(screen, "RING_EVERY_S", 0)
        patch.setattr(sync, "ASK_EVERY_S", 0.3)
        patch.setattr(sync, "AGAIN_S", 0.1)
        patch.setattr(pairing, "ASK_EVERY_S", 0.2)
        yield


@pytest.fixture(scope="session")
def town(tmp_path_factory):
    town = Town(tmp_path_factory.mktemp("city"))
    yield town
    town.close()


@pytest.fixture(scope="session")
def pairing_run(town, tmp_path_factory) -> tuple[Path, Result]:
    """The folder of a till that was paired by its command while an officer signed, and what the command printed."""
    folder = tmp_path_factory.mktemp("paired") / "till"
    code = town.pairing_code()
    officer = threading.Thread(target=_officer, args=(town, folder))
    officer.start()
    result = run(folder, "pair", code, "--server", town.url, typed=f"{PIN}\n{PIN}\n")
    officer.join(30)
    return folder, result


@pytest.fixture
def wire(town):
    wire = Wire(town.url)
    yield wire
    wire.close()


@pytest.fixture
def folder(pairing_run, wire, tmp_path) -> Path:
    """A paired till's folder, its server at the end of `wire`."""
    folder = tmp_path / "till"
    shutil.copytree(pairing_run[0], folder)
    move(folder, wire.url)
    return folder


@pytest.fixture
def line(wire) -> Server:
    line = Server(wire.url)
    line.get("/api/city")       # sets its clock by the server's
    return line


@pytest.fixture
def till(folder, line):
    till = Till(pairing.read(folder), keys.till(folder), Journal(folder / "journal.db"), line.now_s)
    yield till
    till.journal.close()


@pytest.fixture
def phone(town) -> Phone:
    return Phone(town, 20_000)


def run(folder: Path, *words: str, typed: str = "", lang: str = "ko") -> Result:
    """`python -m pos` with what stands at its keyboard; a bug is raised."""
    return CliRunner().invoke(main, ["--folder", str(folder), "--lang", lang, *words], input=typed,
                              catch_exceptions=False)


def _officer(town: Town, folder: Path) -> None:
    """Compares the digits as soon as the till has its keys, and signs."""
    for _ in range(600):
        try:
            digits = pairing.check_digits(keys.till(folder).public, keys.refund(folder, PIN).public)
            town.sign_till(digits)
            return
        except (SetupError, StopIteration):
            time.sleep(0.1)


def entry_in(output: str) -> int:
    return int(re.search(r"거래 번호 (\d+)", output)[1])
