"""A founded city with one shop and its residents, served by the real application to real tills over real HTTP.

The server is a process of its own; the officers of these tests work on the same data from this one.
"""

import json
import multiprocessing
import os
import socket
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from app.city import find
from app.desk import act, certify, found, join, lookup, news, pay
from app.desk.opening import open_approval, open_signed
from app.message import cose
from app.message.keys import Signer, new_seed
from app.money import orders
from app.money.lists import leaves_root, row_leaf, row_salt
from app.money.orders import Act, Row
from app.money.state import Register
from app.people import pairing
from app.web import api, server, site
from app.web.events import Hub

STATIC = Path(__file__).parents[2] / "static"
HOST = "localhost:8080"
OFFICERS = {1: orders.MAKER | orders.REGISTRAR, 2: orders.CHECKER | orders.REGISTRAR}
SHOP_NAME = "육거리 반찬"
SEED = bytes(32)


class Clock:
    """This machine's, moved forward for the server's process and this one alike."""

    def __init__(self):
        self.ahead_s = multiprocessing.get_context("fork").Value("d", 0.0)

    def __call__(self) -> float:
        return time.time() + self.ahead_s.value

    def wait(self, seconds: int) -> None:
        self.ahead_s.value += seconds


class Town:
    """The city's office, its officers' keys, and where it is served."""

    def __init__(self, path: Path):
        self.clock, self.folder = Clock(), found.Folder(path)
        roots = [Signer(new_seed()) for _ in range(3)]
        self.sheet = found.found(self.folder, find("cheongju"), HOST, tuple(root.public for root in roots), self.clock)
        self.url = f"http://127.0.0.1:{free_port()}"
        self.process = multiprocessing.get_context("fork").Process(target=self._serve, daemon=True)
        self.process.start()
        self.office = found.open_office(self.folder, self.clock)
        self.officers = {number: Signer(new_seed()) for number in OFFICERS}
        self.count = 0
        self._certify(roots)
        self.shop = self._open_shop(SHOP_NAME)
        self.programme = self._open_programme()
        self._until_served()

    def close(self) -> None:
        self.office.sequencer.close()
        self.process.terminate()
        self.process.join(20)

    # --- the server's process ----------------------------------------------------------------

    def _serve(self) -> None:
        address, _, port = self.url.removeprefix("http://").partition(":")
        server.serve(self._build, address, int(port))

    def _build(self):
        office = found.open_office(self.folder, self.clock)
        watcher = news.Watcher(office)
        hub = Hub(watcher.poll, watcher.replay)
        services = site.Services(office, site.make_shell(STATIC, office.city, self.clock, {}), hub, bytes(32))
        return site.create_app(services, [api.routes(services)]), hub

    def _until_served(self) -> None:
        for _ in range(200):
            try:
                with urlopen(f"{self.url}/health", timeout=5):
                    return
            except OSError:
                time.sleep(0.05)
        raise AssertionError("the server doesn't answer")

    # --- officers ----------------------------------------------------------------------------

    def now_s(self) -> int:
        return int(self.clock())

    def nonce(self) -> bytes:
        self.count += 1
        return self.count.to_bytes(8)

    def _certify(self, roots: list[Signer]) -> None:
        sheets = [self.sheet] + [
            found.wanted_officer(self.sheet.genesis, number, self.officers[number].public, roles, self.now_s())
            for number, roles in OFFICERS.items()
        ]
        for sheet in sheets:
            for root in roots[:self.office.genesis.threshold]:
                sheet = certify.certify(sheet, root, self.now_s())
            certify.admit(self.office, sheet)

    def signed(self, body: object, officer: int) -> bytes:
        return cose.sign(body, self.officers[officer], self.office.chain_id)

    def enter(self, body: object, given: tuple = (), by_two: bool = False) -> int:
        message = open_signed(self.office, self.signed(body, body.officer), (type(body),))
        approvals = ()
        if by_two:
            approval = orders.Approval(2, orders.OFFICERS, message.id, self.now_s() + 600)
            approvals = (open_approval(self.office, self.signed(approval, 2)),)
        return self.office.sequencer.submit(Act(message, approvals, given))

    def _open_shop(self, name: str) -> int:
        number = act.next_number(self.office, Register.SHOP)
        self.enter(orders.Shop(1, number, orders.OPEN, orders.SHOP, 1, name.encode(), b"", self.nonce(),
                               self.now_s() + 600))
        return number

    def _open_programme(self) -> int:
        day_s, now_s = 86_400, self.now_s()
        self.enter(orders.Programme(1, 1, 1, 10**15, now_s - 60, now_s + 30 * day_s, now_s + 60 * day_s, b"",
                                    "돌봄".encode(), self.nonce(), now_s + 600), by_two=True)
        return 1

    def give(self, account: bytes, won: int) -> None:
        """Links a new person to the account and pays them by a list of one."""
        person, list_id = os.urandom(16), os.urandom(16)
        self.enter(orders.Link(1, account, person, self.nonce(), self.now_s() + 600))
        salt = row_salt(SEED, 0)
        leaves = row_leaf(0, person, won, salt)
        self.enter(orders.Grant(1, self.programme, list_id, leaves_root(leaves), 1, won, self.now_s() + 600),
                   (leaves,), by_two=True)
        (answer,) = self.office.sequencer.submit_rows([Row(list_id, 0, person, won, salt)])
        assert isinstance(answer, int), answer

    def pairing_code(self) -> str:
        """What the console shows to the owner of a shop."""
        return pairing.start(self.office.people, self.shop, orders.RECEIVE | orders.RETURN, 1)[1]

    def sign_till(self, digits: str) -> int:
        """An officer who sees these digits on both screens signs; the till's number."""
        wanted = next(one for one in pairing.waiting(self.office.people) if one.fingerprint == digits)
        number = act.next_number(self.office, Register.TILL)
        body = orders.Till(1, number, wanted.shop, wanted.rights, wanted.key, wanted.refund_key, self.nonce(),
                           self.now_s() + 600)
        act.pair(self.office, 1, self.signed(body, 1), wanted.number)
        return number


class Phone:
    """A resident's phone: one key, its aliases, and what it shows."""

    def __init__(self, town: Town, won: int = 0):
        self.town, self.key = town, Signer(new_seed())
        opening = orders.AccountOpen(self.key.public, orders.HARD, os.urandom(8), town.now_s() + 300)
        opened = join.open_account(town.office, cose.sign(opening, self.key, town.office.chain_id))
        self.account, self.aliases = opened.account, list(opened.aliases)
        if won:
            town.give(self.account, won)

    def code(self, won: int, mode: int = orders.CAP, life_s: int = 55) -> bytes:
        return self._sign(orders.Code(self.aliases.pop(), mode, won, os.urandom(8), self.town.now_s() + life_s))

    def payment(self, request: bytes) -> bytes:
        """Its yes to a request that it scanned."""
        parsed = cose.parse(request)
        request_id = cose.message_id(parsed.kind, parsed.payload, self.town.office.chain_id)
        return self._sign(orders.Payment(
            self.aliases.pop(), request_id[:16], parsed.body.amount_won, os.urandom(8), self.town.now_s() + 300
        ))

    def pay(self, request: bytes) -> bytes:
        """Pays over its own line; the operator's receipt for the shop's request."""
        return pay.settle(self.town.office, self.payment(request), request).receipt

    def balance_won(self) -> int:
        return lookup.wallet(self.town.office, self.account)["balance_won"]

    def _sign(self, body: object) -> bytes:
        return cose.sign(body, self.key, self.town.office.chain_id)


# --- the line between till and server ------------------------------------------------------

THROUGH, LOSE, SILENT, DOWN = "through", "lose", "silent", "down"


class Wire:
    """A line that can break: it passes on, loses the answer, keeps silent, or takes no question at all.

    broken: beginning of "METHOD /path" -> one of the four, or a lie: the answer's bytes -> others.
    seen: the questions that came.
    """

    def __init__(self, to: str):
        self.to, self.broken, self.seen = to, {}, []
        self.over = threading.Event()
        self.door = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.door.daemon_threads = True
        threading.Thread(target=self.door.serve_forever, args=(0.02,), daemon=True).start()
        self.url = f"http://127.0.0.1:{self.door.server_port}"

    def how(self, asked: str) -> str:
        self.seen.append(asked)
        return next((how for start, how in self.broken.items() if asked.startswith(start)), THROUGH)

    def until(self, start: str, seconds: float = 20) -> None:
        """Returns when such a question has come."""
        until_s = time.monotonic() + seconds
        while not any(asked.startswith(start) for asked in self.seen):
            assert time.monotonic() < until_s, f"nobody asked {start}"
            time.sleep(0.02)

    def close(self) -> None:
        self.over.set()
        self.door.shutdown()
        self.door.server_close()


def _handler(wire: Wire):
    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            how = wire.how(f"{self.command} {self.path}")
            if how == SILENT:
                wire.over.wait()
            if how in (THROUGH, LOSE) or callable(how):
                status, kind, content = forward(wire.to, self, body)
            if callable(how):
                content, how = how(content), THROUGH
            if how == THROUGH:
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)
            self.close_connection = True

        do_GET = do_POST = answer

        def log_message(self, *_) -> None:
            pass

    return Handler


def forward(to: str, asked: BaseHTTPRequestHandler, body: bytes) -> tuple[int, str, bytes]:
    headers = {name: asked.headers[name] for name in ("Content-Type", "Authorization", "Accept-Language")
               if name in asked.headers}
    try:
        answer = urlopen(Request(to + asked.path, body or None, headers), timeout=40)
    except HTTPError as error:
        answer = error
    with answer:
        return answer.status, answer.headers["Content-Type"], answer.read()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def forged(raw: bytes) -> bytes:
    """The same message under a signature that nobody made."""
    return raw[:-64] + bytes((raw[-64] ^ 1,)) + raw[-63:]


def move(folder: Path, url: str) -> None:
    """Tells a paired till that its server is elsewhere: here, behind a wire."""
    file = folder / "till.json"
    kept = json.loads(file.read_text(encoding="utf-8"))
    file.write_text(json.dumps(kept | {"server": url}, ensure_ascii=False), encoding="utf-8")
