"""Thousands of tills that wait for their money, on the real server: how soon each hears of its own payment.

    python -m tests.bench.events [--tills 200,2000] [--seconds 20] [--pace 150] [--workers N]

Promised: 2,000 tills and 150 payments a second, each heard of within a second (p99), by a server that takes 600 MB in all; from 200 tills to
2,000 it grows by what their streams take. Each till has its own session and its own stream. Payments go on all the while. Then the server is stopped, a
payment is made behind its back for every tenth till, it starts again, and all tills come back at once, each with the
last id that it heard: how long until all are back, and whether anybody missed anything.
"""

import argparse
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from app.desk import act, opening, pay
from app.message.keys import Signer, new_seed
from app.money import orders
from app.money.state import Register
from app.web.start import processes
from tests.bench import load
from tests.bench.engine import machine
from tests.bench.http import JSON, free_port, serve
from tests.bench.listening import Listeners
from tests.bench.memory import MB, together
from tests.cast import HELP, HOUR_S, MAKER, RESTAURANT, City, Till, Wallet, sale, text

PAIRED_AT_ONCE = 64
EACH_WON = 20_000
SESSION_S = 590
LATE_S = 15             # an event that is not there by then was missed
TICKS = os.sysconf("SC_CLK_TCK")
MOST_MB, MOST_HEARD_MS = 600, 1_000     # what is promised


class QuickTill(Till):
    """A paired till without the steps at the counter: thousands are made in one go."""

    def __init__(self, city: City, number: int):
        self.city, self.shop, self.number = city, RESTAURANT, number
        self.key, self.refund_key = Signer(new_seed()), Signer(new_seed())

    def paired(self) -> orders.Act:
        city = self.city
        body = orders.Till(city.numbers[MAKER], self.number, self.shop, orders.RECEIVE, self.key.public, b"",
                           os.urandom(8), city.now_s() + HOUR_S)
        return orders.Act(opening.open_signed(city.office, city.signed(MAKER, body), (orders.Till,)))


def pair(city: City, count: int) -> list[QuickTill]:
    first = act.next_number(city.office, Register.TILL)
    tills = [QuickTill(city, first + at) for at in range(count)]
    made = [till.paired() for till in tills]
    for at in range(0, count, PAIRED_AT_ONCE):
        for answer in city.office.sequencer.submit_many(made[at:at + PAIRED_AT_ONCE]):
            assert isinstance(answer, int), answer
    return tills


@dataclass
class Payments:
    """What was paid: each with its till, its entry, and when its answer came (monotonic)."""
    done: list[tuple[int, int, float]]
    waits_s: list[float]

    def entries(self) -> dict[int, set[int]]:
        found: dict[int, set[int]] = {}
        for till, entry, _ in self.done:
            found.setdefault(till, set()).add(entry)
        return found


def pay_on(port: int, pairs: list[tuple[int, bytes]], pace: float) -> Payments:
    """Sends these requests over HTTP, `pace` a second, each at its time, each with its till."""
    result, lock = Payments([], []), threading.Lock()
    jobs, started = iter(enumerate(pairs)), time.monotonic() + 0.1

    def work() -> None:
        line = load.Line("127.0.0.1", port)
        while True:
            with lock:
                at, job = next(jobs, (0, None))
            if job is None:
                return line.close()
            time.sleep(max(0.0, started + at / pace - time.monotonic()))
            sent_s = time.monotonic()
            status, body = line.ask(job[1])
            now_s = time.monotonic()
            assert status == 200, body
            with lock:
                result.waits_s.append(now_s - sent_s)
                result.done.append((job[0], json.loads(body)["entry"], now_s))

    with ThreadPoolExecutor(16) as pool:
        for each in [pool.submit(work) for _ in range(16)]:
            each.result()
    return result


def ready(wallets: list[Wallet], tills: Iterable[QuickTill], host: str) -> list[tuple[int, bytes]]:
    """A payment of a won at each of these tills."""
    found = []
    for at, till in enumerate(tills):
        request = till.request(1)
        body = json.dumps(sale(wallets[at % len(wallets)].payment(request), request)).encode()
        found.append((till.number, load.request("POST", "/api/sales", host, body, JSON)))
    return found


# --- what the server costs -----------------------------------------------------------------

def processes_of(server: subprocess.Popen) -> list[int]:
    children = Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text().split()
    return [server.pid, *map(int, children)]


def memory_mb(server: subprocess.Popen) -> float:
    """What all of the server's processes hold, shared pages shared out (PSS)."""
    return together(server.pid) / MB


def busy_s(server: subprocess.Popen) -> float:
    """Processor time until now."""
    stats = [Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split() for one in processes_of(server)]
    return sum(int(each[11]) + int(each[12]) for each in stats) / TICKS


def ms(values: list[float], part: float) -> float:
    ordered = sorted(values)
    return 1000 * ordered[min(len(ordered) - 1, int(len(ordered) * part))] if ordered else 0.0


# --- the play ------------------------------------------------------------------------------

def wait_and_pay(chosen, city: City, cast: tuple, server: subprocess.Popen, listeners: Listeners) -> tuple[float, float]:
    """All wait; payments at random tills; who heard when. The server's memory at last (MB), and within which time a till hears (p99, ms)."""
    wallets, tills, port, host = cast
    before_mb = memory_mb(server)
    took_s = listeners.open(len(tills), 120)
    idle_s, since_s = busy_s(server), time.monotonic()
    time.sleep(5)
    idle = (busy_s(server) - idle_s) / (time.monotonic() - since_s)
    opened_mb = memory_mb(server)
    print(f"{len(tills):,} tills: all wait after {took_s:.1f} s; {chosen.workers} server processes hold {opened_mb:.0f} MB (promised: {MOST_MB}), "
          f"{1024 * (opened_mb - before_mb) / len(tills):.1f} KiB a stream; {100 * idle:.1f} % of a processor while nothing happens", flush=True)
    pairs = ready(wallets, random.choices(tills, k=int(chosen.pace * chosen.seconds)), host)
    busy_before_s, since_s = busy_s(server), time.monotonic()
    paid = pay_on(port, pairs, chosen.pace)
    took_s = time.monotonic() - since_s
    heard = listeners.heard_all(paid.entries(), LATE_S)
    waits = [max(0.0, heard[till, entry] - at_s) for till, entry, at_s in paid.done if (till, entry) in heard]
    busy, paid_mb = (busy_s(server) - busy_before_s) / took_s, memory_mb(server)
    print(f"  {len(pairs) / took_s:.0f} payments/s: answer p50 {ms(paid.waits_s, .5):.0f} ms, p99 {ms(paid.waits_s, .99):.0f} ms; "
          f"then the till hears within p50 {ms(waits, .5):.0f} ms, p99 {ms(waits, .99):.0f} ms (promised: {MOST_HEARD_MS:,}), most {ms(waits, 1):.0f} ms; "
          f"{len(paid.done) - len(waits)} missed; {paid_mb:.0f} MB (promised: {MOST_MB}); {100 * busy:.0f} % of a processor", flush=True)
    return paid_mb, ms(waits, .99)


def come_back(chosen, city: City, cast: tuple, server: subprocess.Popen, listeners: Listeners) -> subprocess.Popen:
    """The server goes and comes; payments meanwhile and afterwards."""
    wallets, tills, port, host = cast
    server.terminate()
    server.wait()
    missed: dict[int, set[int]] = {}
    for at, till in enumerate(tills[::10]):
        request = till.request(1)
        done = pay.settle(city.office, wallets[at % len(wallets)].payment(request), request)
        missed.setdefault(till.number, set()).add(done.entry)
    sessions = [text(till.session(SESSION_S)) for till in tills]
    listeners.renew(sessions)
    pairs = ready(wallets, random.choices(tills, k=int(chosen.pace * 10)), host)
    opened = listeners.opened()
    server = serve(city.folder.path, port, chosen.workers)
    since_s = time.monotonic()
    paid = pay_on(port, pairs, chosen.pace)
    took_s = listeners.open(opened + len(tills), 120) if listeners.opened() < opened + len(tills) else 0.0
    back_s = listeners.last_opened_s() - since_s
    for till, entries in paid.entries().items():
        missed.setdefault(till, set()).update(entries)
    heard = listeners.heard_all(missed, LATE_S)
    lost = sum(len(entries) for entries in missed.values()) - sum((till, entry) in heard for till in missed for entry in missed[till])
    print(f"  restart: all back {back_s:.1f} s after the port opened; of {sum(map(len, missed.values()))} payments meanwhile {lost} missed; "
          f"payments answered p99 {ms(paid.waits_s, .99):.0f} ms{' (waited longer)' if took_s else ''}", flush=True)
    return server


def measure(chosen, folder: Path, count: int) -> tuple[float, float]:
    port = free_port()
    host = f"localhost:{port}"
    city = City(folder, time.time, host)
    wallets = [city.wallet() for _ in range(chosen.residents)]
    city.top_up(HELP, dict.fromkeys(wallets, EACH_WON))
    tills = pair(city, count)
    server = serve(folder, port, chosen.workers)
    sessions = [text(till.session(SESSION_S)) for till in tills]
    listeners = Listeners(port, [till.number for till in tills], sessions)
    cast = (wallets, tills, port, host)
    try:
        found = wait_and_pay(chosen, city, cast, server, listeners)
        server = come_back(chosen, city, cast, server, listeners)
        return found
    finally:
        listeners.close()
        server.terminate()
        server.wait()
        city.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tills", default="200,2000", help="how many; one after the other where there are several")
    parser.add_argument("--seconds", type=int, default=20)
    parser.add_argument("--pace", type=float, default=150)
    parser.add_argument("--workers", type=int, default=processes(), help="as many as `run` takes by itself")
    parser.add_argument("--residents", type=int, default=100)
    chosen, _ = parser.parse_known_args()
    print(f"python -m tests.bench.events {' '.join(sys.argv[1:])}".rstrip())
    print(machine(), flush=True)
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    found = {}
    for count in map(int, chosen.tills.split(",")):
        with tempfile.TemporaryDirectory() as folder:
            found[count] = measure(chosen, Path(folder) / "data", count)
    few, many = min(found), max(found)
    if few < many:
        print(f"from {few:,} to {many:,} tills: server {found[few][0]:.0f} to {found[many][0]:.0f} MB, heard p99 {found[few][1]:.0f} to {found[many][1]:.0f} ms")


if __name__ == "__main__":
    main()
