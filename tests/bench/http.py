"""Payments a second through the real server: HTTP, Flask, two signatures each, every one on disk before its answer.

    python -m tests.bench.http [--payments 20000] [--rounds 5] [--clients 64] [--workers 2]

Server and load generator share this machine. The messages are signed before the clock starts and
each is used once; half are codes that a till charges, half are requests that a phone pays.
"""

import argparse
import json
import os
import resource
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from app.chain.verify import replay
from app.store.audit import opened_log
from app.web.start import processes
from tests.bench import load
from tests.bench.engine import machine
from tests.cast import HELP, City, Till, Wallet, answers, sale

TARGET, TARGET_P99_MS = 1_500, 100
EACH_WON = 20_000
JSON = {"Content-Type": "application/json"}


def requests(city: City, wallets: list[Wallet], till: Till, count: int, host: str) -> list[bytes]:
    """Ready-made HTTP requests, a won each, every message used once."""
    return [_request(wallets[at % len(wallets)], till, at % 2, host) for at in range(count)]


def _request(wallet: Wallet, till: Till, motion: int, host: str) -> bytes:
    if motion:
        payee = till.request(1)
        payer = wallet.payment(payee)
    else:
        payer = wallet.code(EACH_WON, life_s=58)
        payee = till.charge(payer, 1)
    return load.request("POST", "/api/sales", host, json.dumps(sale(payer, payee)).encode(), JSON)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def serve(folder: Path, port: int, workers: int) -> subprocess.Popen:
    """The server as an operator starts it; returns when it answers."""
    server = subprocess.Popen(
        [sys.executable, "-m", "app", "run", "--data", str(folder), "--port", str(port), "--workers", str(workers)],
        stdout=subprocess.DEVNULL, start_new_session=True, env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    until = time.monotonic() + 60
    while time.monotonic() < until:
        if answers(port):
            return server
        time.sleep(0.05)
    server.kill()
    raise RuntimeError("the server did not answer within 60 s")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--payments", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--clients", type=int, default=64)
    parser.add_argument("--workers", type=int, default=processes(), help="as many as `run` takes by itself")
    parser.add_argument("--residents", type=int, default=200)
    chosen, _ = parser.parse_known_args()
    print(f"python -m tests.bench.http {' '.join(sys.argv[1:])}".rstrip())
    print(machine(), flush=True)
    with tempfile.TemporaryDirectory() as folder:
        measure(chosen, Path(folder) / "data")


def measure(chosen: argparse.Namespace, folder: Path) -> None:
    port, rates, slow_ms, generator_s = free_port(), [], [], 0.0
    host = f"localhost:{port}"
    city = City(folder, time.time, host)
    wallets, till = [city.wallet() for _ in range(chosen.residents)], city.till()
    city.top_up(HELP, dict.fromkeys(wallets, EACH_WON))
    before = city.office.store.head().size
    server = serve(folder, port, chosen.workers)
    try:
        for number in range(chosen.rounds):
            ready = requests(city, wallets, till, chosen.payments, host)
            started_s = time.process_time()
            result = load.run("127.0.0.1", port, ready, connections=chosen.clients)
            generator_s += time.process_time() - started_s
            assert set(result.statuses) == {200}, result.statuses
            rates.append(result.rate)
            slow_ms.append(1000 * result.at(0.99))
            print(f"round {number + 1}: {result}", flush=True)
    finally:
        server.terminate()
        server.wait()
    print(f"median {statistics.median(rates):,.0f} payments/s from {chosen.clients} clients, spread {min(rates):,.0f} to "
          f"{max(rates):,.0f} (target {TARGET:,}); p99 median {statistics.median(slow_ms):.0f} ms (target {TARGET_P99_MS})")
    server_s = sum(resource.getrusage(resource.RUSAGE_CHILDREN)[:2])
    each_us = 1e6 / (chosen.payments * chosen.rounds)
    print(f"processor time a payment: server {server_s * each_us:.0f} µs (its start included), generator {generator_s * each_us:.0f} µs")
    _audit(city, before, chosen)
    city.close()


def _audit(city: City, before: int, chosen: argparse.Namespace) -> None:
    """What was acknowledged is there, once, and the whole log replays."""
    started = time.perf_counter()
    with opened_log(city.office.store) as log:
        report = replay(log)
    took_s = time.perf_counter() - started
    assert report.ok and report.sales == chosen.payments * chosen.rounds, report
    print(f"verify: {report.sales:,} sales replayed and right in {took_s:.1f} s "
          f"({report.sales / took_s:,.0f}/s on one core; target 3,500); {before:,} entries before")


if __name__ == "__main__":
    main()
