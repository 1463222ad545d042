"""`python -m pos serve`: a real process at the counter, a vendor's program that asks over HTTP, a customer who pays."""

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from app.message import qr
from pos import checkouts, open_till
from tests.cast import until
from tests.pos.conftest import PIN, folder, line, pairing_run, phone, run, till, town, wire  # noqa: F401  fixtures
from tests.pos.test_offline import Certified
from tests.pos.test_sync import heed_ctrl_c
from tests.pos.thermal import Thermal
from tests.pos.town import DOWN
from tests.vendor.program import Program

ROOT = Path(__file__).resolve().parents[2]


class Counter:
    """The till's process, and all that it has printed."""

    def __init__(self, folder: Path):  # noqa: F811
        self.process = subprocess.Popen(
            [sys.executable, "-m", "pos", "--folder", str(folder), "--lang", "ko", "serve", "--no-page"], cwd=ROOT,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=os.environ | {"PYTHONUNBUFFERED": "1"},
            preexec_fn=heed_ctrl_c)
        self.said = ""
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self) -> None:
        for line_ in self.process.stdout:
            self.said += line_

    def end(self) -> int:
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(20)


@pytest.fixture
def program(folder, town, till) -> Program:  # noqa: F811
    """With a token that the owner made at the till by its command."""
    made = run(folder, "token", "주방 프로그램", typed=f"{PIN}\n")
    assert made.exit_code == 0, made.output
    program = Program(town.url, re.search(r"hagc_\S+", made.output)[0], till.paired.till)
    yield program
    for each in program.ask("GET", "/api/checkouts").get("checkouts", []):
        program.ask("POST", f"/api/checkouts/{each['id']}/cancel", {})


@pytest.fixture
def counter(folder):  # noqa: F811
    made = Counter(folder)
    yield made
    if made.process.poll() is None:
        made.process.kill()
        made.process.wait(20)


def test_what_a_program_asks_for_is_shown_paid_and_reported(program, counter, town, phone):  # noqa: F811
    program.put("order-1", 4_300)
    asked = until(lambda: (found := program.state("order-1"))["request"] and found)
    assert asked["state"] == "IN_PROGRESS"
    phone.pay(qr.from_text(asked["request"], (town.office.genesis.host,)))
    done = until(lambda: (found := program.state("order-1"))["state"] == "COMPLETED" and found)
    assert done["entry"] and done["receipt"]
    until(lambda: "사천삼백 원 결제가 완료되었습니다" in counter.said)
    assert "4,300원" in counter.said and asked["request"] in counter.said
    assert counter.end() == 0
    sale = next(one for one in program.ask("GET", "/api/checkouts")["checkouts"] if one["id"] == "order-1")
    assert (sale["reference_id"], sale["cashier"]) == ("R-4300", 2)


def test_what_a_program_lists_stands_on_the_receipt(program, counter, folder, town, phone):  # noqa: F811
    thermal = Thermal()
    try:
        run(folder, "printer", thermal.place, "--each")
        program.ask("PUT", "/api/checkouts/listed", {"till": program.till, "amount_won": 4_500, "reference_id": "R-9", "deadline_s": 120,
                                                     "lines": [{"name": "김밥", "price_won": 2_000, "count": 2}], "tip_won": 500})
        request = until(lambda: program.state("listed")["request"])
        phone.pay(qr.from_text(request, (town.office.genesis.host,)))
        rows = [" ".join(row.split()) for row in thermal.paper(2).lines]
    finally:
        thermal.close()
    assert rows[(at := rows.index("김밥 x 2 4,000원")):at + 2] == ["김밥 x 2 4,000원", "봉사료 500원"] and "R-9" in " ".join(rows)


def test_a_cancelled_checkout_leaves_the_screen_and_the_next_is_shown(program, counter):
    program.put("gone", 1_100)
    until(lambda: program.state("gone")["request"])
    program.ask("POST", "/api/checkouts/gone/cancel", {})
    until(lambda: "이 결제 요청은 취소되었습니다" in counter.said)
    program.put("next", 1_200)
    until(lambda: program.state("next")["request"])
    until(lambda: "1,200원" in counter.said)


def test_a_till_that_is_started_again_shows_the_request_that_it_had_signed(program, counter, folder):  # noqa: F811
    program.put("again", 1_300)
    first = until(lambda: program.state("again")["request"])
    counter.process.kill()
    counter.process.wait(20)
    second = Counter(folder)
    try:
        until(lambda: first in second.said)
    finally:
        second.end()
    assert program.state("again")["request"] == first


def test_tokens_are_listed_and_taken_back_at_the_till(folder, program):  # noqa: F811
    listed = run(folder, "tokens")
    number = re.findall(r"^ +(\d+)  .*주방 프로그램", listed.output, re.M)[-1]
    assert run(folder, "tokens", "--revoke", number, typed="0000\n").exit_code == 1
    assert program.state("x")["word"] == "NOT_FOUND"
    assert run(folder, "tokens", "--revoke", number, typed=f"{PIN}\n").exit_code == 0
    assert program.state("x")["word"] == "TOKEN_UNKNOWN"
    assert run(folder, "token", "x", typed="0000\n").exit_code == 1


def test_what_was_taken_without_a_network_completes_the_checkout_at_the_next_sync(program, folder, wire, town, phone):  # noqa: F811
    assert run(folder, "sales").exit_code == 0
    certified = Certified(town, phone)
    program.put("dark", 2_300)
    wire.broken[""] = DOWN
    typed = f"{certified.code()}\n"
    assert "받았습니다" in run(folder, "scan", "2300", "--reference", "R-2300", "--cashier", "2", typed=typed).output
    wire.broken.clear()
    with open_till(folder) as opened:
        assert [each.id for each in checkouts.waiting(opened.till, opened.server)] == []     # nobody is asked twice
    time.sleep(1.1)
    assert run(folder, "sync").exit_code == 0
    done = program.state("dark")
    assert done["state"] == "COMPLETED" and done["entry"] and done["taken_offline_at_s"]


def test_webhooks_are_made_looked_at_and_taken_back_at_the_till(folder, program, wire):  # noqa: F811
    """With a line that loses the first answer: one webhook all the same, and its secret is the one that is shown."""
    url, lost = "https://example.com/hooks", []

    def lose_once(answer: bytes) -> bytes:
        lost.append(json.loads(answer))
        return answer if len(lost) > 1 else b"half an ans"

    assert run(folder, "webhook", url, typed="0000\n").exit_code == 1
    wire.broken["POST /api/webhooks"] = lose_once
    made = run(folder, "webhook", url, typed=f"{PIN}\n")
    assert made.exit_code == 0 and len(lost) == 2 and len({one["webhook"] for one in lost}) == 1
    number = lost[0]["webhook"]
    assert lost[0]["secret"] in made.output.splitlines() and f"알림 주소 {number}번" in made.output
    assert f"--revoke {number}" in run(folder, "webhook", url).output and len(lost) == 2
    assert url in run(folder, "webhooks").output
    assert program.ask("PUT", "/api/checkouts/told", {"till": program.till, "amount_won": 100, "reference_id": "R-1", "deadline_s": 60, "webhook": number})["state"]
    program.ask("POST", "/api/checkouts/told/cancel", {})
    told = run(folder, "webhooks", "--told", str(number))
    assert told.exit_code == 0 and re.search(r"told  알리", told.output)
    assert run(folder, "webhooks", "--revoke", str(number), typed="0000\n").exit_code == 1
    gone = run(folder, "webhooks", "--revoke", str(number), typed=f"{PIN}\n")
    assert gone.exit_code == 0 and url not in gone.output
    assert run(folder, "webhooks", "--told", str(number + 999)).exit_code == 1
