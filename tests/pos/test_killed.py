"""A day without a network at a till PC that is killed again and again, at every kind of step: nothing is lost, nothing is
taken twice, and when the line is back the ledger has each sale once."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from app.message import cose
from pos import offline
from pos.journal import Journal
from tests.conftest import LONG
from tests.pos.conftest import run
from tests.pos.test_offline import Certified
from tests.pos.town import DOWN, Phone

ROOT = Path(__file__).parents[2]
SALES, KILLS, OF_SYNC = (60, 100, 25) if LONG else (4, 7, 3)
WON, A_PHONE = 1_000, 20
FROM_END = 4            # steps of a scan: kill after kill a little earlier, so that few kills fall behind the commit too
STRIDE = 37             # steps of a sync: kill after kill at quite another one
START_STEPS, ROW_STEPS = 40, 12     # of `sync`, about


class Pc:
    """The PC: its commands, and those that are still to be killed, each at another step of its work."""

    def __init__(self, folder):
        self.folder, self.killed, self.steps = folder, 0, 0
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.pos.dying"], cwd=ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def run(self, step: int, *words: str, typed: str = "") -> tuple[int, str]:
        """(its end, what it printed) of one command that dies at `step`; 0 for one that doesn't."""
        asked = [step, ["--folder", str(self.folder), "--lang", "ko", *words], typed]
        self.process.stdin.write(json.dumps(asked) + "\n")
        self.process.stdin.flush()
        end, said, steps = json.loads(self.process.stdout.readline())
        self.killed += end == -signal.SIGKILL
        self.steps = steps or self.steps
        return end, said

    def take(self, code: str, kills: int) -> None:
        """A customer's code is scanned until it is known to be taken; that it is may be known by its second scan."""
        for _ in range(kills):
            step = self.steps - self.killed * FROM_END % self.steps
            if "받았습니다" in self.run(step, "scan", str(WON), typed=f"{code}\n")[1]:
                return
        end, said = self.run(0, "scan", str(WON), typed=f"{code}\n")
        assert (end, "받았습니다" in said) == (0, True) or "[CODE_USED]" in said, (end, said)

    def close(self) -> None:
        self.process.stdin.close()
        self.process.wait(20)


@pytest.fixture
def pc(folder) -> Pc:
    made = Pc(folder)
    yield made
    made.close()


def kept(folder) -> list:
    """The journal's lines; its rows hang together."""
    journal = Journal(folder / "journal.db")
    journal.check()
    lines = journal.lines()
    journal.close()
    return lines


@pytest.mark.timeout(1_800)
def test_killed_at_a_hundred_points_of_a_day_without_a_network_nothing_is_lost_and_sync_is_exact(pc, folder, wire, town):
    assert run(folder, "sales").exit_code == 0
    phones = [Phone(town, WON * A_PHONE) for _ in range(-(-SALES // A_PHONE))]
    payers = [Certified(town, phone) for phone in phones]
    wire.broken[""] = DOWN
    of_day = KILLS - OF_SYNC
    for sale in range(SALES):
        pc.take(payers[sale // A_PHONE].code(), -((pc.killed - of_day) // (SALES - sale)) if sale else 0)
    lines = kept(folder)
    codes = {cose.parse(offline.code_of(line.payer)).body.nonce for line in lines}
    assert len(lines) == len(codes) == SALES and pc.killed >= of_day * 3 // 4

    wire.broken.clear()
    for _ in range(2 * KILLS):
        waits = sum(not line.receipt for line in kept(folder))
        if pc.killed < KILLS:
            pc.run(1 + pc.killed * STRIDE % (START_STEPS + waits * ROW_STEPS), "sync")
    assert pc.killed == KILLS
    assert pc.run(0, "sync")[0] == 0
    lines = kept(folder)
    assert all(line.receipt and not line.word for line in lines) and len(lines) == SALES
    assert sum(phone.balance_won() for phone in phones) == WON * (A_PHONE * len(phones) - SALES)
    assert f"오늘 합계 {SALES * WON:,}원" in run(folder, "sales").output
