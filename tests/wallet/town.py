"""A trial city served for real, with what stands around a wallet: the counter that links and tops up, a till that sells.

The counter works on the same data beside the server, as a second process of the same city; the till speaks HTTP.
"""

import json
import os
import secrets
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from app.desk import act, found
from app.desk.example import Trial
from app.desk.found import Folder
from app.message import cose, qr
from app.message.keys import Signer, new_seed, read_seed
from app.money import orders
from app.money.lists import leaves_root, row_leaf, row_salt
from app.money.orders import Act, Row
from app.money.orders_offline import Deposit, Policy
from app.money.state import Register
from app.people import joins, register
from app.people.register import Details
from tests.cast import answers

ROOT = Path(__file__).resolve().parents[2]
DAY_S = 86_400
MAKER, CHECKER, ADMINISTRATOR = 5, 6, 7      # the hands of the trial city (app/desk/example.py), behind its four officers
HELP, GIVE = 1, 2
DINER, SALON = 1, 5         # a shop where everything is spent, and one where the first programme is not


def base64url(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def octets(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


class Counter:
    """The town office: two officers' keys on the same ledger that the server serves."""

    def __init__(self, folder: Path):
        self.office = found.open_office(Folder(folder), time.time)
        trial = Trial(folder / "example")
        self.hands = {number: Signer(read_seed(trial.hand(at))) for at, number in enumerate((MAKER, CHECKER, ADMINISTRATOR))}

    @property
    def soon_s(self) -> int:
        return self.office.now_s() + DAY_S

    def sign(self, body: object, officer: int = MAKER) -> bytes:
        return cose.sign(body, self.hands[officer], self.office.chain_id)

    def act(self, body: object) -> None:
        act.hand_in(self.office, MAKER, self.sign(body))

    def person(self) -> bytes:
        """Somebody new in the people register."""
        return register.add(self.office.people, Details("이순자", "1943-11-02", "010-0000-0002")).token

    def link(self, account: str) -> bytes:
        person = self.person()
        self.act(orders.Link(MAKER, bytes.fromhex(account), person, secrets.token_bytes(8), self.soon_s))
        return person

    def join_code(self, person: bytes) -> str:
        return joins.send_code(self.office.people, MAKER, person)

    def key_of(self, alias: str) -> bytes:
        return self.office.store.get(Register.ALIAS, bytes.fromhex(alias)).key

    def stop_key(self, key: bytes) -> None:
        """One officer ends a phone that was reported lost."""
        self.act(orders.KeyRevoke(MAKER, key, secrets.token_bytes(8), self.soon_s))

    def move_key(self, alias: str, account: str, replaces: bytes = b"") -> None:
        """The new phone that shows this alias becomes another device of an account, or takes one's place: two officers sign."""
        key = self.key_of(alias)
        message = self.sign(orders.KeyAdd(
            MAKER, bytes.fromhex(account), key, orders.HARD, secrets.token_bytes(8), self.soon_s, replaces))
        act.hand_in(self.office, MAKER, message)
        act.approve(self.office, CHECKER, self.approval(message))

    def approval(self, raw: bytes) -> bytes:
        """The second hand's yes to a message."""
        parsed = cose.parse(raw)
        approved = cose.message_id(parsed.kind, parsed.payload, self.office.chain_id)
        return self.sign(orders.Approval(CHECKER, orders.OFFICERS, approved, self.soon_s), CHECKER)

    def set_policy(self, subject: int, figure: int, from_s: int, until_s: int) -> None:
        """A figure of the city for a span of time; two officers sign."""
        body = Policy(ADMINISTRATOR, subject, figure, from_s, until_s, secrets.token_bytes(8), self.soon_s)
        message = self.sign(body, ADMINISTRATOR)
        act.hand_in(self.office, ADMINISTRATOR, message)
        act.approve(self.office, CHECKER, self.approval(message))

    def freeze(self, account: str) -> None:
        self.act(orders.Freeze(MAKER, bytes.fromhex(account), 1, secrets.token_bytes(8), self.soon_s))

    def open_programme(self, lives_s: int) -> int:
        """One whose money ends so long from now; its number. Two officers sign."""
        number, now_s = act.next_number(self.office, Register.PROGRAMME), self.office.now_s()
        body = orders.Programme(MAKER, number, 1, 100_000_000, now_s - 60, now_s + lives_s, now_s + lives_s, b"",
                                f"사업 {number}".encode(), secrets.token_bytes(8), self.soon_s)
        message = self.sign(body)
        act.hand_in(self.office, MAKER, message)
        act.approve(self.office, CHECKER, self.approval(message))
        return number

    def top_up(self, person: bytes, amount_won: int, programme: int = HELP) -> None:
        """A list of one row: signed, approved, paid."""
        list_id, seed = secrets.token_bytes(16), secrets.token_bytes(32)
        salt = row_salt(seed, 0)
        leaves = row_leaf(0, person, amount_won, salt)
        grant = self.sign(orders.Grant(MAKER, programme, list_id, leaves_root(leaves), 1, amount_won, self.soon_s))
        opened = [cose.verify(cose.parse(raw), self.hands[officer].public, self.office.chain_id)
                  for raw, officer in ((grant, MAKER), (self.approval(grant), CHECKER))]
        self.office.sequencer.submit(Act(opened[0], (opened[1],), (leaves,)))
        self.office.sequencer.submit_rows([Row(list_id, 0, person, amount_won, salt)])

    def till(self, shop: int) -> tuple[int, Signer, Signer]:
        """A paired till: its number, its key and its refund key."""
        key, refund_key = Signer(new_seed()), Signer(new_seed())
        number = act.next_number(self.office, Register.TILL)
        rights = orders.RECEIVE | orders.RETURN
        self.act(orders.Till(MAKER, number, shop, rights, key.public, refund_key.public, secrets.token_bytes(8), self.soon_s))
        return number, key, refund_key

    def close(self) -> None:
        self.office.sequencer.close()
        self.office.people.close()
        self.office.store.close()


@dataclass
class Shop:
    """A shop's till, as far as a wallet meets it."""

    town: "Town"
    shop: int
    number: int
    key: Signer
    refund_key: Signer

    def sign(self, body: object, key: Signer | None = None) -> bytes:
        return cose.sign(body, key or self.key, self.town.counter.office.chain_id)

    def request(self, amount_won: int, life_s: int = 170) -> str:
        """The text of the QR on the till's screen."""
        body = orders.Request(self.number, self.shop, amount_won, secrets.token_bytes(8), int(time.time()) + life_s, b"A-1")
        return qr.to_text(self.sign(body), self.town.host)

    def charge(self, code_text: str, amount_won: int) -> dict:
        """Takes money from the code that a phone shows."""
        code = qr.from_text(code_text, [self.town.host])
        parsed = cose.parse(code)
        code_id = cose.message_id(parsed.kind, parsed.payload, self.town.counter.office.chain_id)
        body = orders.Charge(self.number, self.shop, code_id, amount_won, secrets.token_bytes(8), int(time.time()) + 300)
        return self.town.post("/api/sales", {"payer": base64url(code), "payee": base64url(self.sign(body))})

    def deposit(self, code: dict, amount_won: int) -> dict:
        """Hands in what it took a moment ago of a code that a phone keeps, both without a network."""
        body = Deposit(self.number, self.shop, bytes.fromhex(code["id"]), amount_won, code["signed_at_s"], secrets.token_bytes(8),
                       int(time.time()) + 300, b"", 0)
        return self.town.post("/api/sales", {"payer": code["message"], "payee": base64url(self.sign(body))})

    def settle(self, payment_text: str, request_text: str) -> dict:
        """Sends a resident's yes that the till scanned."""
        payer, payee = (qr.from_text(text, [self.town.host]) for text in (payment_text, request_text))
        return self.town.post("/api/sales", {"payer": base64url(payer), "payee": base64url(payee)})

    def give_back(self, entry: int, amount_won: int) -> dict:
        body = orders.Refund(self.number, self.shop, entry, amount_won, secrets.token_bytes(8), int(time.time()) + 300)
        return self.town.post("/api/refunds", {"message": base64url(self.sign(body, self.refund_key))})


@dataclass
class Town:
    port: int
    folder: Path
    counter: Counter

    @property
    def host(self) -> str:
        return f"localhost:{self.port}"

    @property
    def url(self) -> str:
        return f"http://{self.host}"

    def shop(self, shop: int = DINER) -> Shop:
        return Shop(self, shop, *self.counter.till(shop))

    def post(self, path: str, body: dict) -> dict:
        sent = urllib.request.Request(self.url + path, json.dumps(body).encode(), {"Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(sent, timeout=20) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            return json.load(error)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def served(folder: Path) -> Iterator[Town]:
    """The trial city in a process of its own, until the block ends."""
    port = free_port()
    command = [sys.executable, "-m", "app", "run", "--example", "--data", str(folder), "--port", str(port)]
    log = (folder.parent / "server.log").open("w")
    with subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log, env={**os.environ, "PYTHONUNBUFFERED": "1"}) as process:
        try:
            _await_open(port, process, folder.parent / "server.log")
            counter = Counter(folder)
            try:
                yield Town(port, folder, counter)
            finally:
                counter.close()
        finally:
            process.terminate()
            process.wait(20)


def _await_open(port: int, process: subprocess.Popen, log: Path) -> None:
    for _ in range(1200):
        assert process.poll() is None, log.read_text()
        if answers(port):
            return
        time.sleep(0.05)
    raise AssertionError("the server does not answer:\n" + log.read_text())
