"""Payments a second through the real server: HTTP, Flask, two signatures each, every one on disk before its answer.

    python -m tests.bench.http [--payments 20000] [--rounds 5] [--clients 64] [--workers 1]

Server and load generator share this machine. The messages are signed before the clock starts and
each is used once; half are codes that a till charges, half are requests that a phone pays.
"""

import argparse
import json
import os
import secrets
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from base64 import urlsafe_b64encode
from pathlib import Path

from app import city as cities
from app.chain.verify import replay
from app.desk import act, example, found, join
from app.desk.found import Folder
from app.desk.office import Office
from app.message import cose
from app.message.keys import Signer, new_seed, read_seed
from app.money import lists, orders
from app.money.orders import Act, Row
from app.money.state import Register
from app.people import register
from app.people.register import Details
from app.store.audit import opened_log
from tests.bench import load
from tests.bench.engine import machine

TARGET, TARGET_P99_MS = 1_500, 100
EACH_WON = 20_000
HOUR_S = 3600


class Town:
    """A trial city with residents who have money, one shop and one till, all keys in hand."""

    def __init__(self, folder: Folder, port: int, residents: int):
        example.make(folder, cities.find("cheongju"), f"localhost:{port}", time.time)
        self.office = found.open_office(folder, time.time)
        trial = example.trial_of(folder)
        self.hands = [Signer(read_seed(trial.hand(number))) for number in range(example.HANDS)]
        self.numbers = [3, 4]
        self.till_key = Signer(new_seed())
        self.till = self._pair_till()
        self.wallets = [self._join(number) for number in range(residents)]
        self._top_up()

    def _now_s(self) -> int:
        return self.office.now_s()

    def _sign(self, hand: int, body: object) -> bytes:
        return cose.sign(body, self.hands[hand], self.office.chain_id)

    def _pair_till(self) -> int:
        number = act.next_number(self.office, Register.TILL)
        body = orders.Till(self.numbers[0], number, 1, orders.RECEIVE, self.till_key.public, b"",
                           secrets.token_bytes(8), self._now_s() + HOUR_S)
        act.hand_in(self.office, self.numbers[0], self._sign(0, body))
        return number

    def _join(self, number: int) -> tuple[Signer, bytes, bytes]:
        """(key, alias, person token) of a new resident, linked."""
        key = Signer(new_seed())
        opened = join.open_account(self.office, cose.sign(
            orders.AccountOpen(key.public, orders.HARD, secrets.token_bytes(8), self._now_s() + 300), key,
            self.office.chain_id,
        ))
        person = register.add(self.office.people, Details(f"주민{number}", "1950-01-01", "")).token
        act.hand_in(self.office, self.numbers[0], self._sign(0, orders.Link(
            self.numbers[0], opened.account, person, secrets.token_bytes(8), self._now_s() + HOUR_S,
        )))
        return key, opened.aliases[0], person

    def _top_up(self) -> None:
        seed, list_id = secrets.token_bytes(32), secrets.token_bytes(16)
        rows = [Row(list_id, row, person, EACH_WON, lists.row_salt(seed, row))
                for row, (_, _, person) in enumerate(self.wallets)]
        leaves = b"".join(lists.row_leaf(row.row, row.person, row.amount_won, row.salt) for row in rows)
        expires_at_s = self._now_s() + HOUR_S
        grant = orders.Grant(self.numbers[0], 1, list_id, lists.leaves_root(leaves), len(rows),
                             EACH_WON * len(rows), expires_at_s)
        signed = self._verified(0, grant)
        approval = self._verified(1, orders.Approval(self.numbers[1], orders.OFFICERS, signed.id, expires_at_s))
        self.office.sequencer.submit(Act(signed, (approval,), (leaves,)))
        assert all(isinstance(answer, int) for answer in self.office.sequencer.submit_rows(rows))

    def _verified(self, hand: int, body: object) -> orders.Signed:
        raw = self._sign(hand, body)
        return cose.verify(cose.parse(raw), self.hands[hand].public, self.office.chain_id)

    def requests(self, count: int, host: str) -> list[bytes]:
        """Ready-made HTTP requests, a won each, every message used once."""
        return [self._request(self.wallets[at % len(self.wallets)], at % 2, host) for at in range(count)]

    def _request(self, wallet: tuple[Signer, bytes, bytes], motion: int, host: str) -> bytes:
        key, alias, _ = wallet
        chain, now_s, nonce = self.office.chain_id, self._now_s(), secrets.token_bytes(8)
        if motion:
            asked = orders.Request(self.till, 1, 1, nonce, now_s + 170, b"")
            payee = cose.sign(asked, self.till_key, chain)
            payer = cose.sign(orders.Payment(alias, _id(payee, chain)[:16], 1, nonce, now_s + 500), key, chain)
        else:
            payer = cose.sign(orders.Code(alias, orders.CAP, 50_000, nonce, now_s + 58), key, chain)
            payee = cose.sign(orders.Charge(self.till, 1, _id(payer, chain), 1, nonce, now_s + 500), self.till_key, chain)
        body = json.dumps({"payer": _text(payer), "payee": _text(payee)}).encode()
        return load.request("POST", "/api/sales", host, body, {"Content-Type": "application/json"})


def _id(raw: bytes, chain: bytes) -> bytes:
    parsed = cose.parse(raw)
    return cose.message_id(parsed.kind, parsed.payload, chain)


def _text(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def serve(folder: Path, port: int, workers: int) -> subprocess.Popen:
    """The server as an operator starts it; returns when it answers."""
    server = subprocess.Popen(
        [sys.executable, "-m", "app", "run", "--data", str(folder), "--port", str(port), "--workers", str(workers)],
        stdout=subprocess.DEVNULL, env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    until = time.monotonic() + 20
    while time.monotonic() < until:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return server
        except OSError:
            time.sleep(0.05)
    server.kill()
    raise RuntimeError("the server did not open its port within 20 s")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--payments", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--clients", type=int, default=64)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--residents", type=int, default=200)
    chosen = parser.parse_args()
    print(f"python -m tests.bench.http {' '.join(sys.argv[1:])}".rstrip())
    print(machine(), flush=True)
    with tempfile.TemporaryDirectory() as folder:
        measure(chosen, Path(folder) / "data")


def measure(chosen: argparse.Namespace, folder: Path) -> None:
    port, rates, slow_ms = free_port(), [], []
    town = Town(Folder(folder), port, chosen.residents)
    host, size = f"localhost:{port}", town.office.store.head().size
    server = serve(folder, port, chosen.workers)
    try:
        for number in range(chosen.rounds):
            result = load.run("127.0.0.1", port, town.requests(chosen.payments, host), connections=chosen.clients)
            assert set(result.statuses) == {200}, result.statuses
            rates.append(result.rate)
            slow_ms.append(1000 * result.at(0.99))
            print(f"round {number + 1}: {result}", flush=True)
    finally:
        server.terminate()
        server.wait()
    print(f"median {statistics.median(rates):,.0f} payments/s from {chosen.clients} clients, spread {min(rates):,.0f} to "
          f"{max(rates):,.0f} (target {TARGET:,}); p99 median {statistics.median(slow_ms):.0f} ms (target {TARGET_P99_MS})")
    _audit(town.office, size, chosen)
    example.close(town.office)


def _audit(office: Office, size: int, chosen: argparse.Namespace) -> None:
    """What was acknowledged is there, once, and the whole log replays."""
    started = time.perf_counter()
    with opened_log(office.store) as log:
        report = replay(log)
    took_s = time.perf_counter() - started
    assert report.ok and report.sales == chosen.payments * chosen.rounds, report
    print(f"verify: {report.sales:,} sales replayed and right in {took_s:.1f} s "
          f"({report.sales / took_s:,.0f}/s on one core; target 3,500); head was {size:,} entries before")


if __name__ == "__main__":
    main()
