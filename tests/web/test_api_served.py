"""The API once over the wire: the server as an operator starts it, a till that waits for its money, an auditor afterwards."""

import json
import os
import subprocess
import sys
import threading
import time
from http.client import HTTPConnection
from pathlib import Path

import pytest

from app.message import cose
from app.money import orders
from tests.bench.http import free_port, serve
from tests.cast import MAKER, City, Line, raw, sale, text, until

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def city(tmp_path_factory):
    made = City(tmp_path_factory.mktemp("city") / "data", time.time, f"localhost:{free_port()}")
    yield made
    made.close()


@pytest.fixture(scope="module")
def line(city):
    port = int(city.office.genesis.host.rpartition(":")[2])
    process = serve(city.folder.path, port, 1)
    yield Line(f"http://localhost:{port}")
    process.terminate()
    assert process.wait(20) == 0


def listen(line: Line, who, heard: list[dict]) -> None:
    """Keeps what the event stream says, until the stream ends or an event of money has come."""
    connection = HTTPConnection(line.to.removeprefix("http://"), timeout=20)
    connection.request("GET", f"/api/events?session={text(who.session())}")
    answer = connection.getresponse()
    assert answer.headers["Content-Type"].startswith("text/event-stream")
    heard.append({"event": "open"})
    for said in answer:
        if said.startswith(b"data: {"):
            heard.append(json.loads(said[6:]))
            break
    connection.close()


def test_a_day_over_the_wire(city, line):
    kim, till = city.wallet(help_won=20_000), city.till()
    heard: list[dict] = []
    ear = threading.Thread(target=listen, args=(line, till, heard), daemon=True)
    ear.start()
    until(lambda: heard)

    request = till.request(5_000, "A-1")
    paid = line.post("/api/sales", sale(kim.payment(request), request), kim).json
    ear.join(20)
    event = heard[-1]
    assert (event["event"], event["entry"], event["amount_won"]) == ("sale", paid["entry"], 5_000)
    assert event["subject"] == city.id_of(request).hex() and event["receipt"] == paid["receipt"]

    code = kim.code(3_000)
    wanted = sale(code, till.charge(code, 1_500))
    assert line.post("/api/sales", wanted, till).json["receipt"] == line.post("/api/sales", wanted, till).json["receipt"]
    missed = line.get(f"/api/events/poll?after={paid['entry']}", till).json["events"]
    assert [one["amount_won"] for one in missed] == [1_500]

    back = line.post("/api/refunds", {"message": text(till.refund(paid["entry"], 2_000))}).json
    receipt = cose.verify(cose.parse(raw(back["receipt"])), city.office.issuer.key.public, city.chain_id).body
    assert receipt.amount_won == 2_000
    assert line.get("/api/wallet", kim).json["balance_won"] == 15_500
    assert line.get("/api/till", till).json["day_total_won"] == 4_500


@pytest.mark.parametrize("of", ["key", "till"])
def test_the_stream_of_a_revoked_key_or_till_ends_at_once_and_opens_no_more(city, line, of):
    kim, till = city.wallet(), city.till()
    who = kim if of == "key" else till
    connection = HTTPConnection(line.to.removeprefix("http://"), timeout=20)
    connection.request("GET", f"/api/events?session={text(who.session())}")
    answer = connection.getresponse()
    assert answer.status == 200 and answer.readline().startswith(b"retry: ")
    if of == "key":
        city.hand_in(orders.KeyRevoke(city.numbers[MAKER], kim.key.public, os.urandom(8), city.now_s() + 600))
    else:
        city.stop(till)
    started = time.monotonic()
    assert answer.read().count(b"event: ") == 1 and time.monotonic() - started < 10
    connection.close()
    assert line.get("/api/events/poll", who).word == {"key": "REVOKED_KEY", "till": "TILL_REVOKED"}[of]


def test_what_was_paid_is_soon_under_a_public_checkpoint(city, line):
    kim, till = city.wallet(help_won=1_000), city.till()
    code = kim.code(10)
    entry = line.post("/api/sales", sale(code, till.charge(code, 10))).json["entry"]
    proof = until(lambda: (found := line.get(f"/log/proof/{entry}")).status == 200 and found)
    assert proof.body.startswith(f"c2sp.org/tlog-proof@v1\nindex {entry}\n".encode())


@pytest.mark.parametrize("body", [b"", b"\xff" * 1000, b"[" * 100_000, b'{"payer":"\\ud800"}', b"x" * (500 << 10)])
def test_what_is_no_message_is_refused_in_words_over_the_wire_too(line, body):
    answer = line.post("/api/sales", body)
    assert 400 <= answer.status < 500 and answer.headers["content-type"] == "application/problem+json"
    assert answer.json["title"] and answer.json["next"]


def test_an_auditor_replays_the_day(city, line):
    said = subprocess.run([sys.executable, "-m", "app", "verify", "--data", str(city.folder.path)], cwd=ROOT,
                          capture_output=True, text=True, check=False)
    assert said.returncode == 0, said.stdout + said.stderr
    assert "everything is in order" in said.stdout
