"""A till PC: `python -m pos serve` as a program of its own, and the browser of the same machine."""

import re
import subprocess
import sys
import threading
import time
from pathlib import Path

from click.testing import CliRunner
from playwright.sync_api import Browser, expect

from app.errors import SetupError
from app.message import cose
from pos import keys, pairing
from pos.cli import main
from pos.journal import Journal, Line
from tests.cast import RESTAURANT
from tests.till.town import PIN, ROOT, Tablet, Town, free_port


def run(folder: Path, *words: str, typed: str = "") -> str:
    """`python -m pos`, done well; what it printed."""
    result = CliRunner().invoke(main, ["--folder", str(folder), "--lang", "ko", *words], input=typed, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def paired(folder: Path, town: Town, shop: int = RESTAURANT) -> Path:
    """A till's folder, as `pair` leaves it when the officer has compared the digits."""
    officer = threading.Thread(target=_sign, args=(town, folder))
    officer.start()
    run(folder, "pair", town.pairing_code(shop), "--server", town.url, typed=f"{PIN}\n{PIN}\n")
    officer.join(30)
    return folder


def _sign(town: Town, folder: Path) -> None:
    for _ in range(600):
        try:
            town.sign_till(pairing.check_digits(keys.till(folder).public, keys.refund(folder, PIN).public))
            return
        except (SetupError, StopIteration):
            time.sleep(0.1)


def bodies(program: "Program") -> list[type]:
    """What it signed, in order; all of it settled but for requests that were paid in another way."""
    return [type(cose.parse(kept.raw).body) for kept in program.lines()]


class Program:
    """`serve`, started and killed."""

    def __init__(self, folder: Path, port: int | None = None):
        self.folder, self.port, self.process = folder, port or free_port(), None
        self.start()

    def start(self) -> None:
        command = [sys.executable, "-u", "-m", "pos", "--folder", str(self.folder), "--lang", "ko", "serve", "--port", str(self.port)]
        self.process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.said = []
        for line in self.process.stdout:
            self.said.append(line)
            found = re.search(r"http://localhost:\d+/\?open=\S+", line)
            if found:
                self.address = found[0]
                threading.Thread(target=self.process.stdout.read, daemon=True).start()
                return
        raise AssertionError("".join(self.said))

    def kill(self) -> None:
        """As a power cut does it."""
        self.process.kill()
        self.process.wait(10)

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(10)

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    def lines(self) -> list[Line]:
        """What stands in its journal now."""
        journal = Journal(self.folder / "journal.db")
        try:
            return journal.lines()
        finally:
            journal.close()


class Pc(Tablet):
    """The PC's browser with the program's page."""

    def __init__(self, browser: Browser, town: Town, program: Program, **how):
        super().__init__(browser, town, **how)
        self.program = program

    def come(self) -> "Pc":
        """By the address that the program printed."""
        self.page.goto(self.program.address)
        expect(self.page.get_by_role("button", name="영업 시작")).to_be_visible()
        return self
