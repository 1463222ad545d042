"""The engine without HTTP: verified payments a second, and a long list beside the day's payments.

    python -m tests.bench.engine [--payments 20000] [--rounds 5] [--rows 100000] [--residents 10000] [--folder DIR]

A payment is two signatures checked and one sale entered, answered when it is on disk. The messages are
signed before the clock starts, each is used once; the file grows from round to round as it does in life.
"""

import argparse
import os
import platform
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from app.message import cose
from app.money.orders import Row, Sale
from app.store.database import sqlite
from tests.store.cast import City, key, open_city

THREADS = 64
PACE = 150                  # payments/s beside the list: what a busy hour asks for
ROWS_AT_ONCE = 2048
TARGET_S, TARGET_P99_MS = 30, 300


def machine() -> str:
    model = platform.processor() or platform.machine()
    for line in Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else ():
        if line.startswith("model name"):
            model = line.split(":")[1].strip()
            break
    return (
        f"{os.cpu_count()} x {model}; Python {platform.python_version()}, SQLite {sqlite.sqlite_version}, "
        f"{platform.system()} {platform.release()}"
    )


def sale_messages(city: City, names: list[str], count: int) -> list[tuple[bytes, bytes]]:
    """(payment, request), raw, each pair once."""
    sales = (city.sale(names[at % len(names)], 10 + at % 90) for at in range(count))
    return [(sale.payer.raw, sale.payee.raw) for sale in sales]


class Counter:
    """What a desk does with two messages, timed."""

    def __init__(self, city: City):
        self.city = city
        self.keys = {alias: key(name).public for name, alias in city.aliases.items()}
        self.till = key("till 1").public
        self.waits_s: list[float] = []

    def settle(self, payer: bytes, payee: bytes) -> None:
        started = time.perf_counter()
        parsed = cose.parse(payer)
        one = cose.verify(parsed, self.keys[parsed.body.alias], self.city.chain_id)
        other = cose.verify(cose.parse(payee), self.till, self.city.chain_id)
        self.city.sequencer.submit(Sale(one, other))
        self.waits_s.append(time.perf_counter() - started)

    def wait_ms(self, share: float) -> float:
        waits = sorted(self.waits_s)
        return 1000 * waits[min(len(waits) - 1, int(share * len(waits)))]


def in_threads(count: int, work: Callable[[], None]) -> float:
    """Seconds until all have ended."""
    threads = [threading.Thread(target=work) for _ in range(count)]
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return time.perf_counter() - started


def payments(city: City, names: list[str], count: int) -> tuple[float, Counter]:
    """Payments a second from 64 threads that each wait for their answer."""
    counter, jobs = Counter(city), iter(sale_messages(city, names, count))
    taking = threading.Lock()

    def work() -> None:
        while True:
            with taking:
                job = next(jobs, None)
            if job is None:
                return
            counter.settle(*job)

    return count / in_threads(THREADS, work), counter


def issue(city: City, rows: list[Row]) -> None:
    """As the desk does it, portion by portion."""
    for at in range(0, len(rows), ROWS_AT_ONCE):
        answers = city.sequencer.submit_rows(rows[at:at + ROWS_AT_ONCE])
        assert all(isinstance(answer, int) for answer in answers), answers


def rows_beside_payments(city: City, names: list[str], count: int) -> tuple[float, Counter]:
    """Seconds for a list of `count` rows while payments come in at PACE a second."""
    rows = city.listed([(names[at % len(names)], 10_000) for at in range(count)])
    counter, jobs = Counter(city), iter(sale_messages(city, names, PACE * 60))
    over, started = threading.Event(), time.perf_counter()
    due = iter(range(PACE * 60))
    taking = threading.Lock()

    def pay() -> None:
        while not over.is_set():
            with taking:
                at, job = next(due, None), next(jobs, None)
            if job is None:
                return
            time.sleep(max(0.0, started + at / PACE - time.perf_counter()))
            counter.settle(*job)

    payers = [threading.Thread(target=pay) for _ in range(16)]
    for thread in payers:
        thread.start()
    issue(city, rows)
    took_s = time.perf_counter() - started
    over.set()
    for thread in payers:
        thread.join()
    return took_s, counter


def settings() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--payments", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--residents", type=int, default=10_000)
    parser.add_argument("--folder", default=None, help="on the disk to be measured")
    return parser.parse_known_args()[0]


def report(chosen: argparse.Namespace, folder: Path) -> Iterator[str]:
    yield f"python -m tests.bench.engine {' '.join(sys.argv[1:])}".rstrip()
    yield machine()
    city = open_city(folder / "chain.sqlite")
    names = [f"resident {number}" for number in range(chosen.residents)]
    city.residents(*names)
    first = city.listed([(name, 1_000_000) for name in names])
    started = time.perf_counter()
    issue(city, first)
    yield f"the first list opens a lot each: {len(first) / (time.perf_counter() - started):,.0f} rows/s"
    rates = []
    for number in range(chosen.rounds):
        rate, counter = payments(city, names, chosen.payments)
        rates.append(rate)
        yield (f"round {number + 1}: {rate:,.0f} verified payments/s from {THREADS} threads, "
               f"wait p50 {counter.wait_ms(.5):.0f} ms, p99 {counter.wait_ms(.99):.0f} ms")
    if rates:
        yield f"median {statistics.median(rates):,.0f}/s, spread {min(rates):,.0f} to {max(rates):,.0f}; target 3,000"
    if chosen.rows:
        took_s, counter = rows_beside_payments(city, names, chosen.rows)
        yield (f"{chosen.rows:,} rows in {took_s:.1f} s ({chosen.rows / took_s:,.0f}/s; target {TARGET_S} s) beside "
               f"{len(counter.waits_s) / took_s:.0f} payments/s, whose wait was p50 {counter.wait_ms(.5):.0f} ms, "
               f"p99 {counter.wait_ms(.99):.0f} ms (target {TARGET_P99_MS} ms)")
    head = city.store.head()
    size = (folder / "chain.sqlite").stat().st_size
    yield f"{head.size:,} entries in {head.height:,} blocks, {size / head.size:,.0f} bytes an entry"
    city.close()


def main() -> None:
    chosen = settings()
    with tempfile.TemporaryDirectory(dir=chosen.folder) as folder:
        for line in report(chosen, Path(folder)):
            print(line, flush=True)


if __name__ == "__main__":
    main()
