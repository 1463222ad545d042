"""Payments beside a crowd that opens accounts as fast as it can: what one payment waits.

    python -m tests.bench.openings [--seconds 3] [--rounds 5] [--crowd 64]

Three times the same payments: alone, with openings that go in like payments, and behind them as the desk sends them.
Round by round, so that whatever else this machine does disturbs each alike; the medians count.
"""

import argparse
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from app.errors import Refusal
from app.money.orders import Act
from app.web.server import SWITCH_S
from tests.bench.engine import PACE, Counter, machine, sale_messages
from tests.store.cast import City, open_city

PAYERS = 16
MOST_A_SECOND = 2_500       # openings that are made ready
AGAIN_S = 0.02              # a client that is told BUSY comes again


def crowd(size: int, openings: Iterator[Act], over: threading.Event, submit: Callable[[Act], int]) -> Callable[[], int]:
    """Opens accounts from so many threads until `over`; how many, once they have ended."""
    opened, taking = [0] * size, threading.Lock()

    def open_accounts(at: int) -> None:
        while not over.is_set():
            with taking:
                opening = next(openings, None)
            if opening is None:
                return
            try:
                submit(opening)
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
    parser.add_argument("--seconds", type=int, default=3)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--crowd", type=int, default=64)
    chosen, _ = parser.parse_known_args()
    print(f"python -m tests.bench.openings {' '.join(sys.argv[1:])}".rstrip())
    print(machine(), flush=True)
    sys.setswitchinterval(SWITCH_S)
    with tempfile.TemporaryDirectory() as folder:
        city = open_city(Path(folder) / "chain.sqlite")
        names = [f"resident {number}" for number in range(200)]
        city.residents(*names)
        city.grant(dict.fromkeys(names, 1_000_000))
        measure(city, names, chosen)
        city.close()


def measure(city: City, names: list[str], chosen: argparse.Namespace) -> None:
    ways = {
        "alone": (0, city.sequencer.submit), "openings like payments": (chosen.crowd, city.sequencer.submit),
        "openings behind payments": (chosen.crowd, city.sequencer.submit_opening),
    }
    found: dict[str, list[tuple[float, ...]]] = {what: [] for what in ways}
    for number in range(chosen.rounds):
        for what, (size, submit) in ways.items():
            made = (city.opening(f"{what} {number} {at}") for at in range(MOST_A_SECOND * chosen.seconds if size else 0))
            openings, over = iter(list(made)), threading.Event()
            ended = crowd(size, openings, over, submit)
            counter = pay(city, names, chosen.seconds)
            over.set()
            found[what].append((counter.wait_ms(.5), counter.wait_ms(.99), counter.wait_ms(1), ended() / chosen.seconds))
    for what, rounds in found.items():
        p50, p99, most, rate = (statistics.median(each) for each in zip(*rounds, strict=True))
        print(f"{what}: {PACE} payments/s wait p50 {p50:.0f} ms, p99 {p99:.0f} ms ({min(each[1] for each in rounds):.0f} to "
              f"{max(each[1] for each in rounds):.0f}), most {most:.0f} ms; {rate:.0f} accounts/s", flush=True)


if __name__ == "__main__":
    main()
