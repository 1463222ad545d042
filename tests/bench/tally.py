"""The dashboard's figures: how fast they follow the ledger, and how long a month's page reads.

    python -m tests.bench.tally [--payments 50000] [--days 30] [--shops 50] [--residents 500]

The payments are spread over the days and shops as in life, and all of them are on disk before the counting starts, as after a
release that counts anew. While it runs the counting is a few steps behind the ledger at most.
"""

import argparse
import statistics
import sys
import tempfile
import time
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

from app.store.tally import CATEGORY, CITY, DISTRICT, PROGRAMME, Tally, day_number
from tests.bench.engine import machine
from tests.store.cast import DAY_S, City, Clock, open_city

PARTS = CITY, PROGRAMME, DISTRICT, CATEGORY
READS = 20
TARGET = 20_000             # entries/s: a city's busiest day, 100,000 payments, within seconds
TARGET_MS = 50


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--payments", type=int, default=50_000)
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--shops", type=int, default=50)
    parser.add_argument("--residents", type=int, default=500)
    chosen, _ = parser.parse_known_args()
    print(f"python -m tests.bench.tally {' '.join(sys.argv[1:])}".rstrip())
    print(machine(), flush=True)
    with tempfile.TemporaryDirectory() as folder:
        city = a_month(Path(folder) / "chain.sqlite", chosen)
        measure(city, Path(folder) / "tally.sqlite", chosen)
        city.close()


def a_month(path: Path, chosen: argparse.Namespace) -> City:
    """A ledger of so many days with all its payments."""
    clock = Clock()
    city = open_city(path, clock)
    for number in range(2, chosen.shops + 1):
        city.shop(number)
    names = [f"resident {number}" for number in range(chosen.residents)]
    city.residents(*names)
    city.grant(dict.fromkeys(names, 10_000_000))
    a_day = chosen.payments // chosen.days
    for _ in range(chosen.days):
        sales = [city.payment(names[at % len(names)], city.request(10 + at % 90, 1 + at % chosen.shops)) for at in range(a_day)]
        city.all_in(sales)
        clock.pass_s(DAY_S)
    return city


def measure(city: City, path: Path, chosen: argparse.Namespace) -> None:
    tally, zone = Tally(path, partial(day_number, zone=ZoneInfo("Asia/Seoul"))), ZoneInfo("Asia/Seoul")
    steps_s, more, begun = [], True, time.perf_counter()
    while more:
        started = time.perf_counter()
        more = tally.count(city.store)
        steps_s.append(time.perf_counter() - started)
    took_s, size = time.perf_counter() - begun, city.store.head().size
    print(f"{size:,} entries counted in {took_s:.2f} s: {size / took_s:,.0f}/s (target {TARGET:,}); {len(steps_s)} steps, the longest "
          f"{1000 * max(steps_s):.0f} ms", flush=True)
    started = time.perf_counter()
    assert tally.check(city.store), "the figures differ from the ledger"
    print(f"compared with the ledger in {1000 * (time.perf_counter() - started):.1f} ms")
    last = day_number(int(city.clock()), zone)
    first = last - chosen.days
    payments = sum(each.payments for each in tally.spent(CITY, first, last).values())
    assert payments == chosen.payments // chosen.days * chosen.days, payments
    read_s = statistics.median(_read_s(tally, first, last) for _ in range(READS))
    tally.close()
    print(f"a month's page reads its sums in {1000 * read_s:.1f} ms (target {TARGET_MS} ms); {path.stat().st_size / chosen.days:,.0f} bytes a day")


def _read_s(tally: Tally, first: int, last: int) -> float:
    started = time.perf_counter()
    tally.moved(first, last)
    for part in PARTS:
        tally.spent(part, first, last)
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
