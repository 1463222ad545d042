"""Payments beside a crowd that opens accounts as fast as it can: what one payment waits.

    python -m tests.bench.openings [--seconds 10] [--crowd 64]

Three times the same payments: alone, with openings that go in like payments, and behind them as the desk sends them.
"""

import argparse
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

from app.errors import Refusal
from app.money.orders import Act
from tests.bench.engine import PACE, Counter, machine, sale_messages
from tests.store.cast import City, open_city

PAYERS = 16
AGAIN_S = 0.02              # a client that is told BUSY comes again


def crowd(city: City, size: int, over: threading.Event, submit: Callable[[Act], int]) -> Callable[[], int]:
    """Opens accounts from so many threads until `over`; how many, once they have ended."""
    opened = [0] * size

    def open_accounts(at: int) -> None:
        while not over.is_set():
            try:
                submit(city.opening(f"stranger {at} {time.perf_counter_ns()}"))
                opened[at] += 1
            except Refusal:
                time.sleep(AGAIN_S)

    threads = [threading.Thread(target=open_accounts, args=(at,)) for at in range(size)]
    for thread in threads:
        thread.start()

    def ended() -> int:
        for thread in threads:
            thread.join()
        return sum(opened)

    return ended


def pay(city: City, names: list[str], seconds: int) -> Counter:
    """PACE payments a second from 16 threads, each at its time."""
    count = PACE * seconds
    jobs = list(enumerate(sale_messages(city, names, count)))
    counter, taking, waiting = Counter(city), threading.Lock(), iter(jobs)
    started = time.perf_counter()

    def work() -> None:
        while True:
            with taking:
                at, job = next(waiting, (0, None))
            if job is None:
                return
            time.sleep(max(0.0, started + at / PACE - time.perf_counter()))
            counter.settle(*job)

    threads = [threading.Thread(target=work) for _ in range(PAYERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return counter


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=int, default=10)
    parser.add_argument("--crowd", type=int, default=64)
    chosen, _ = parser.parse_known_args()
    print(f"python -m tests.bench.openings {' '.join(sys.argv[1:])}".rstrip())
    print(machine(), flush=True)
    with tempfile.TemporaryDirectory() as folder:
        city = open_city(Path(folder) / "chain.sqlite")
        names = [f"resident {number}" for number in range(200)]
        city.residents(*names)
        city.grant(dict.fromkeys(names, 1_000_000))
        measure(city, names, chosen)
        city.close()


def measure(city: City, names: list[str], chosen: argparse.Namespace) -> None:
    for what, size, submit in (
        ("alone", 0, city.sequencer.submit), ("openings like payments", chosen.crowd, city.sequencer.submit),
        ("openings behind payments", chosen.crowd, city.sequencer.submit_opening),
    ):
        over = threading.Event()
        ended = crowd(city, size, over, submit)
        counter = pay(city, names, chosen.seconds)
        over.set()
        print(f"{what}: {len(counter.waits_s)} payments, wait p50 {counter.wait_ms(.5):.0f} ms, p99 {counter.wait_ms(.99):.0f} ms, "
              f"most {counter.wait_ms(1):.0f} ms; {ended() / chosen.seconds:.0f} accounts/s", flush=True)


if __name__ == "__main__":
    main()
