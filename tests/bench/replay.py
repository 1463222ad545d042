"""The auditor's replay of a log of many days: sales a second on one core, and memory a sale.

    python -m tests.bench.replay [--sales 200000] [--days 10] [--residents 10000] [--log FILE]

The log is made through the sequencer with real keys and messages, one payment in a hundred given back, figures and
state root every day. `--log` keeps it: the next run replays the same file. Memory is the process's own
growth over the second half of the log, measured in a process that does nothing else.
"""

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from app.chain.verify import replay
from app.money.orders import Totals
from app.store.audit import opened_log, state_root_job
from app.store.history import Supply
from app.store.sqlite import SqliteStore
from tests.bench.engine import issue, machine
from tests.store.cast import DAY_S, NOTICE, City, Clock, open_city

AT_ONCE = 250
REFUNDED = 100              # one payment in so many


def make(path: Path, sales: int, days: int, residents: int) -> None:
    """A city's first days."""
    city = open_city(path, Clock())
    names = [f"resident {number}" for number in range(residents)]
    city.residents(*names)
    issue(city, city.listed([(name, 1_000_000) for name in names]))
    rounds = max(1, sales // days // AT_ONCE)
    for day in range(days):
        _seal(city)
        for turn in range(rounds):
            first = (day * rounds + turn) * AT_ONCE
            wanted = [city.sale(names[at % residents], 10 + at % 90) for at in range(first, first + AT_ONCE)]
            numbers = city.all_in(wanted)
            city.all_in([city.refund(number, 5) for number in numbers[::REFUNDED]])
            city.clock.pass_s(DAY_S // rounds)
    city.close()


def _seal(city: City) -> None:
    """What the background does once a day."""
    figures = city.store.supply().get(1, Supply(1, 0, 0, 0, 0))
    now_s = int(city.clock())
    city.sequencer.submit(city.act(Totals(
        NOTICE, (now_s + 9 * 3600) // DAY_S, 1, figures.issued_won, 0, figures.expired_won, figures.outstanding_won,
        city.soon_s(),
    ), "notice"))
    state_root_job(city.store, (now_s + 9 * 3600) // DAY_S)


def measure(path: Path) -> str:
    """One replay of the whole log, here and now."""
    at: list[tuple[int, int]] = []      # (entries, bytes held)
    started = time.process_time()
    with opened_log(SqliteStore.open(path)) as log:
        report = replay(log, lambda done: at.append((done, _held())))
    took_s = time.process_time() - started
    assert report.ok, str(report.problem)
    half = len(at) // 2
    grown = f"{(at[-1][1] - at[half][1]) / (at[-1][0] - at[half][0]) * report.entries / report.sales:,.0f}" if len(at) > 1 else "too few to tell the"
    return (f"{report.entries:,} entries, {report.sales:,} sales: {report.sales / took_s:,.0f} sales/s of processor time, "
            f"{grown} bytes a sale, {_peak() / 2**20:,.0f} MB at most")


def _held() -> int:
    """Bytes of this process in memory now."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def settings() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sales", type=int, default=200_000)
    parser.add_argument("--days", type=int, default=10)
    parser.add_argument("--residents", type=int, default=10_000)
    parser.add_argument("--log", type=Path, default=None, help="keep the log here; if it is there, replay it")
    parser.add_argument("--alone", type=Path, default=None, help=argparse.SUPPRESS)
    return parser.parse_known_args()[0]


def main() -> None:
    chosen = settings()
    if chosen.alone:
        print(measure(chosen.alone))
        return
    print(machine())
    with tempfile.TemporaryDirectory() as folder:
        path = chosen.log or Path(folder) / "chain.sqlite"
        if not path.exists():
            make(path, chosen.sales, chosen.days, chosen.residents)
        subprocess.run([sys.executable, "-m", "tests.bench.replay", "--alone", str(path)], check=True)


if __name__ == "__main__":
    main()
