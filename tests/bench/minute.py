"""A busy market: 40 tills that each wait on a stream, 150 payments a second among them, for as long as asked.

    python -m tests.bench.minute [--streams 40] [--seconds 60] [--pace 150] [--workers N]

They go over connections that are kept open; some lie still for a while and are used again. At the end every payment is in the ledger once, every till has
heard of each of its own, and the log replays.
"""

import argparse
import random
import sys
import tempfile
import time
from pathlib import Path

from app.chain.verify import replay
from app.store.audit import opened_log
from app.store.base import TILL
from app.web.start import processes
from tests.bench import load
from tests.bench.engine import machine
from tests.bench.events import LATE_S, SESSION_S, Payments, ms, pair, pay_on, ready
from tests.bench.http import free_port, serve
from tests.bench.listening import Listeners
from tests.cast import HELP, City, text

MADE_S = 100            # a request lives three minutes: more of them are made as they are needed
STALE_S = (1, 20, 45, 90)


def market(chosen, cast: tuple, listeners: Listeners) -> Payments:
    """Payments for the whole time, MADE_S of them signed at once."""
    wallets, tills, port, host = cast
    all_done, left_s = Payments([], []), float(chosen.seconds)
    while left_s > 0:
        listeners.renew([text(till.session(SESSION_S)) for till in tills])      # a stream that ends comes again with it
        count = int(min(left_s, MADE_S) * chosen.pace)
        pairs = ready(wallets, random.choices(tills, k=count), host)
        done = pay_on(port, pairs, chosen.pace)
        all_done.done += done.done
        all_done.waits_s += done.waits_s
        left_s -= MADE_S
    return all_done


def stale(port: int, most_s: float) -> dict[int, str]:
    """Connections that lie still for so long and are used again: answered, or closed so that a client notices."""
    lines = {still_s: load.Line("127.0.0.1", port) for still_s in STALE_S if still_s <= most_s}
    ask, found, began = load.request("GET", "/health", "localhost"), {}, time.monotonic()
    for line in lines.values():
        assert line.ask(ask)[0] == 200
    for still_s, line in lines.items():
        time.sleep(max(0.0, began + still_s - time.monotonic()))
        try:
            found[still_s] = "answered" if line.ask(ask)[0] == 200 else "refused"
        except (OSError, ValueError):
            found[still_s] = "closed"
        line.close()
    return found


def measure(chosen, folder: Path) -> None:
    port = free_port()
    host = f"localhost:{port}"
    city = City(folder, time.time, host)
    wallets = [city.wallet() for _ in range(chosen.residents)]
    city.top_up(HELP, dict.fromkeys(wallets, int(chosen.seconds * chosen.pace / len(wallets)) + 100))   # a won each
    tills = pair(city, chosen.streams)
    server = serve(folder, port, chosen.workers)
    listeners = Listeners(port, [till.number for till in tills], [text(till.session(SESSION_S)) for till in tills])
    try:
        listeners.open(len(tills), 30)
        began_s = time.monotonic()
        paid = market(chosen, (wallets, tills, port, host), listeners)
        took_s = time.monotonic() - began_s
        heard = listeners.heard_all(paid.entries(), LATE_S)
        waits = [max(0.0, heard[till, entry] - at_s) for till, entry, at_s in paid.done if (till, entry) in heard]
        print(f"{chosen.streams} tills, {len(paid.done) / took_s:.0f} payments/s for {took_s:.0f} s: answer p50 {ms(paid.waits_s, .5):.0f} ms, "
              f"p99 {ms(paid.waits_s, .99):.0f} ms, most {ms(paid.waits_s, 1):.0f} ms; heard p99 {ms(waits, .99):.0f} ms, "
              f"{len(paid.done) - len(waits)} missed")
        print(f"connections used again after lying still: {stale(port, chosen.seconds)}")
        _all_there(city, paid)
    finally:
        listeners.close()
        server.terminate()
        server.wait()
        city.close()


def _all_there(city: City, paid: Payments) -> None:
    """Each payment once, by the ledger itself."""
    wanted = paid.entries()
    for till, entries in wanted.items():
        found = {one.entry for one in city.office.store.movements((TILL, till), limit=10**6)}
        assert found == entries, f"till {till}: {len(found)} in the ledger, {len(entries)} answered"
    with opened_log(city.office.store) as log:
        report = replay(log)
    assert report.ok and report.sales == len(paid.done), report
    print(f"verify: {report.sales:,} sales, each once, and the log replays")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--streams", type=int, default=40, help="of a till each; `--tills` is of tests.bench.events")
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--pace", type=float, default=150)
    parser.add_argument("--workers", type=int, default=processes(), help="as many as `run` takes by itself")
    parser.add_argument("--residents", type=int, default=100)
    chosen, _ = parser.parse_known_args()
    print(f"python -m tests.bench.minute {' '.join(sys.argv[1:])}".rstrip())
    print(machine(), flush=True)
    with tempfile.TemporaryDirectory() as folder:
        measure(chosen, Path(folder) / "data")


if __name__ == "__main__":
    main()
