"""The whole server, killed at random moments of a busy hour: what it acknowledged is there once, and it is soon back."""

import os
import random
import signal
import threading
import time
from http.client import HTTPException

import pytest

from app.chain.verify import replay
from app.message import cose
from app.store.audit import opened_log
from tests.bench.http import free_port, serve
from tests.cast import HELP, City, Line, raw, sale
from tests.conftest import LONG

KILLS = 50 if LONG else 3
BACK_S = 10
PAYERS = 8
PROCESSES = 2
EACH_WON = 3_000


@pytest.fixture
def city(tmp_path):
    city = City(tmp_path / "data", time.time, f"localhost:{free_port()}")
    yield city
    city.close()


def port_of(city: City) -> int:
    return int(city.office.genesis.host.rpartition(":")[2])


class Payer(threading.Thread):
    """Pays a won at a time until it is told to stop; keeps what was acknowledged and what was not."""

    def __init__(self, city: City, wallet, till):
        super().__init__()
        self.line = Line(f"http://localhost:{port_of(city)}")
        self.wallet, self.till = wallet, till
        self.sent: list[tuple[bytes, bytes]] = []
        self.acknowledged: dict[int, str] = {}      # place in `sent` -> receipt
        self.over = threading.Event()

    def run(self) -> None:
        while not self.over.is_set():
            request = self.till.request(1)
            pair = self.wallet.payment(request), request
            self.sent.append(pair)
            try:
                answer = self.line.post("/api/sales", sale(*pair))
            except OSError:
                return
            except (OSError, HTTPException):     # torn off: paid or not, nobody told us
                return
            assert answer.status == 200, answer.json
            self.acknowledged[len(self.sent) - 1] = answer.json["receipt"]


def test_acknowledged_payments_survive_kill_9_once_each_and_the_server_is_soon_back(city):
    wallets, till = [city.wallet() for _ in range(PAYERS)], city.till()
    server = serve(city.folder.path, port_of(city), PROCESSES)
    sent: list[tuple[bytes, bytes]] = []
    acknowledged: dict[bytes, str] = {}
    slowest_s = 0.0
    try:
        for _ in range(KILLS):
            city.top_up(HELP, dict.fromkeys(wallets, EACH_WON))
            payers = [Payer(city, wallet, till) for wallet in wallets]
            for payer in payers:
                payer.start()
            time.sleep(random.uniform(0.2, 1.0))
            os.killpg(server.pid, signal.SIGKILL)
            server.wait()
            for payer in payers:
                payer.over.set()
                payer.join()
                sent += payer.sent
                acknowledged |= {payer.sent[at][1]: receipt for at, receipt in payer.acknowledged.items()}
            started = time.monotonic()
            server = serve(city.folder.path, port_of(city), PROCESSES)
            assert Line(f"http://localhost:{port_of(city)}").get("/api/city").status == 200
            slowest_s = max(slowest_s, time.monotonic() - started)
            _each_is_there_once(city, sent, acknowledged)
    finally:
        os.killpg(server.pid, signal.SIGKILL)
        server.wait()
    print(f"back after {slowest_s:.1f} s at worst, {len(acknowledged)} acknowledged of {len(sent)}")
    assert slowest_s < BACK_S
    assert len(acknowledged) > 10 * KILLS
    with opened_log(city.office.store) as log:
        report = replay(log)
    assert report.ok, report.problem
    assert report.sales >= len(acknowledged)


def _each_is_there_once(city: City, sent: list, acknowledged: dict[bytes, str]) -> None:
    """Whoever asks by id gets the same receipt; whoever sends again gets it too, and pays nothing twice. What never
    arrived is paid then, or too late."""
    line = Line(f"http://localhost:{port_of(city)}")
    entries = set()
    for payer, payee in sent[-3 * PAYERS:] + random.sample(sent, min(20, len(sent))):
        before = line.get(f"/api/outcomes/{expires(payee)}/{city.id_of(payee).hex()}").json
        if payee in acknowledged:
            assert before["state"] == "settled" and before["receipt"] == acknowledged[payee]
        again = line.post("/api/sales", sale(payer, payee)).json
        if before["state"] == "settled":
            assert again["receipt"] == before["receipt"] and again["entry"] == before["entry"]
        elif again.get("word") == "EXPIRED":
            continue
        entries.add((again["entry"], payee))
    assert len({entry for entry, _ in entries}) == len({payee for _, payee in entries})


def expires(message: bytes) -> int:
    return cose.parse(message).body.expires_at_s


def test_two_server_processes_give_one_debit_and_one_receipt_to_a_double_tap(city):
    wallet, till = city.wallet(help_won=10_000), city.till()
    server = serve(city.folder.path, port_of(city), 2)
    try:
        line = f"http://localhost:{port_of(city)}"
        for _ in range(10):
            request = till.request(100)
            pair, answers = sale(wallet.payment(request), request), []
            taps = [threading.Thread(target=lambda: answers.append(Line(line).post("/api/sales", pair))) for _ in range(4)]
            for tap in taps:
                tap.start()
            for tap in taps:
                tap.join()
            assert {answer.status for answer in answers} == {200}
            assert len({answer.json["receipt"] for answer in answers}) == 1
        assert raw(answers[0].json["receipt"])
    finally:
        server.terminate()
        server.wait()
    assert city.balance_won(wallet) == 10_000 - 10 * 100
