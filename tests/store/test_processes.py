"""Several servers on one file, and servers that die: real processes, a real disk, real kill -9."""

import json
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

from app.store.sqlite import SqliteStore
from tests.conftest import LONG
from tests.store.cast import City

ROOT = Path(__file__).resolve().parents[2]
ROUNDS = 20 if LONG else 3
KILLS = 50 if LONG else 4


class Server:
    """tests.store.server as a child."""

    def __init__(self, path: Path):
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.store.server", str(path)], cwd=ROOT, text=True, bufsize=1,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )
        assert self.process.stdout.readline() == "ready\n"

    def give(self, sales: list) -> None:
        jobs = [
            [sale.payer.raw.hex(), sale.payer.key.hex(), sale.payee.raw.hex(), sale.payee.key.hex()] for sale in sales
        ]
        self.process.stdin.write(json.dumps(jobs) + "\n")
        self.process.stdin.flush()

    def answers(self, most: int = 10**6) -> dict[int, str]:
        """Index of the sale -> entry or word, until `most` are read, the round is done or the process is dead."""
        found = {}
        for line in self.process.stdout:
            if line == "done\n":
                break
            if line.endswith("\n"):
                index, answer = line.split()
                found[int(index)] = answer
            if len(found) == most:
                break
        return found

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def close(self) -> None:
        self.process.stdin.close()
        self.process.wait(timeout=30)
        self.process.stdout.close()


def audited(city: City) -> None:
    report = city.audit()
    assert report.ok, report.problem


def test_two_servers_racing_for_one_lot_settle_exactly_what_it_holds(city):
    servers = [Server(city.path), Server(city.path)]
    for _ in range(ROUNDS):
        before_won = city.shop_won()
        city.grant({"mina": 25 * 100})
        sales = [city.sale("mina", 100) for _ in range(50)]
        for at, server in enumerate(servers):
            server.give(sales[at::2])
        answers = [answer for server in servers for answer in server.answers().values()]
        settled = [answer for answer in answers if answer.isdigit()]
        assert len(answers) == 50 and len(set(settled)) == 25
        assert [answer for answer in answers if not answer.isdigit()] == ["NOT_ENOUGH"] * 25
        assert (city.won("mina"), city.shop_won() - before_won) == (0, 25 * 100)
    for server in servers:
        server.close()
    audited(city)


def test_the_same_sale_at_two_servers_is_one_entry(city):
    city.grant({"mina": 100_000})
    servers = [Server(city.path), Server(city.path)]
    sales = [city.sale("mina", 100) for _ in range(50)]
    for server in servers:
        server.give(sales)
    one, other = (server.answers() for server in servers)
    assert one == other and len(set(one.values())) == 50 and all(answer.isdigit() for answer in one.values())
    assert city.shop_won() == 50 * 100
    for server in servers:
        server.close()
    audited(city)


def test_after_a_kill_each_acknowledged_payment_is_there_once(city):
    city.grant({"mina": 10_000_000})
    chance = random.Random(1)
    spent_won = caught = 0
    for _ in range(KILLS):
        server = Server(city.path)
        sales = [city.sale("mina", 10) for _ in range(600)]
        server.give(sales)
        acknowledged = server.answers(most=chance.randrange(1, 500))
        time.sleep(chance.uniform(0, 0.02))
        server.kill()
        acknowledged |= server.answers()
        SqliteStore.open(city.path).close()
        caught += 0 < len(acknowledged) < len(sales)
        for index, answer in acknowledged.items():
            sale = sales[index]
            entries = [
                city.store.entry_of(message.body.expires_at_s, message.id) for message in (sale.payer, sale.payee)
            ]
            assert entries == [int(answer)] * 2
        again = city.all_in(sales)      # the phones and tills ask again: each settles once, and as it was answered
        assert all(again[index] == int(answer) for index, answer in acknowledged.items())
        assert len(set(again)) == len(sales)
        spent_won += 10 * len(sales)
        assert city.shop_won() == spent_won
    assert caught, "no kill fell into the load: nothing was proven"
    audited(city)
