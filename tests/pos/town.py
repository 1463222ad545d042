"""The example city, served by the real application to real tills over real HTTP, and a line that can break.

The server is a process of its own; officers and phones work on the same data from this one.
"""

import json
import multiprocessing
import socket
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from app.desk import act, found, lookup, news, pay
from app.desk.found import Folder
from app.money import orders
from app.money.state import Register
from app.people import pairing
from app.web import server, start
from app.web.events import Hub
from tests.cast import BOTH, HELP, HOUR_S, MAKER, RESTAURANT, City, Wallet

_FORK = multiprocessing.get_context("fork")


class Clock:
    """This machine's, moved forward for the server's process and this one alike."""

    def __init__(self):
        self._ahead_s = _FORK.Value("d", 0.0)

    def __call__(self) -> float:
        return time.time() + self._ahead_s.value

    @property
    def now_s(self) -> float:
        return self()

    @now_s.setter
    def now_s(self, now_s: float) -> None:
        self._ahead_s.value = now_s - time.time()


class Town(City):
    """The city and where it is served."""

    def __init__(self, path: Path):
        clock, self.url, self.made = Clock(), f"http://127.0.0.1:{free_port()}", _FORK.Event()
        self.believed = _FORK.Event()
        # Forked before anything is open here.
        self.process = _FORK.Process(target=self._serve, args=(Folder(path), clock), daemon=True)
        self.process.start()
        super().__init__(path, clock)
        self.made.set()
        self.shop_name = lookup.shop_name(self.office, RESTAURANT)
        self._until_served()

    def close(self) -> None:
        super().close()
        self.process.terminate()
        self.process.join(20)

    def _serve(self, folder: Folder, clock: Clock) -> None:
        def build():
            office = found.open_office(folder, clock)
            threading.Thread(target=self._believe, args=(office,), daemon=True).start()
            watcher = news.Watcher(office)
            hub = Hub(watcher.poll, watcher.replay, place=watcher.place)
            return start.application(office, hub, found.cookie_secret(folder)), hub

        self.made.wait()
        address, _, port = self.url.removeprefix("http://").partition(":")
        server.serve(build, address, int(port))

    def wait(self, seconds: float) -> None:
        super().wait(seconds)
        self.believed.clear()
        assert self.believed.wait(10)

    def _believe(self, office) -> None:
        """The operator of the served process, too, says that the clock is right."""
        while True:
            if not self.believed.is_set():
                office.sequencer.confirm_clock()
                self.believed.set()
            time.sleep(0.02)

    def _until_served(self) -> None:
        for _ in range(1200):
            try:
                with urlopen(f"{self.url}/health", timeout=5):
                    return
            except OSError:
                time.sleep(0.05)
        raise AssertionError("the server doesn't answer")

    def pairing_code(self) -> str:
        """What the console shows to the owner of a shop."""
        return pairing.start(self.office.people, RESTAURANT, BOTH, self.numbers[MAKER])[1]

    def sign_till(self, digits: str) -> None:
        """An officer who sees these digits on both screens signs. StopIteration while they are on no screen."""
        wanted = next(one for one in pairing.waiting(self.office.people) if one.fingerprint == digits)
        number = act.next_number(self.office, Register.TILL)
        hand = self.numbers[MAKER]
        body = orders.Till(hand, number, wanted.shop, wanted.rights, wanted.key, wanted.refund_key, bytes(8),
                           self.now_s() + HOUR_S)
        act.pair(self.office, hand, self.signed(MAKER, body), wanted.number)


class Phone(Wallet):
    """A resident's phone with a line of its own."""

    def __init__(self, town: Town, won: int):
        super().__init__(town)
        town.link(self)
        town.top_up(HELP, {self: won})

    def pay(self, request: bytes) -> bytes:
        """Pays a request that it scanned; the operator's receipt for the shop's message."""
        return pay.settle(self.city.office, self.payment(request), request).receipt

    def balance_won(self) -> int:
        return self.city.balance_won(self)


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

        do_GET = do_POST = do_PUT = do_DELETE = answer

        def log_message(self, *_) -> None:
            pass

    return Handler


def forward(to: str, asked: BaseHTTPRequestHandler, body: bytes) -> tuple[int, str, bytes]:
    headers = {name: asked.headers[name] for name in ("Content-Type", "Authorization", "Accept-Language")
               if name in asked.headers}
    try:
        answer = urlopen(Request(to + asked.path, body or None, headers, method=asked.command), timeout=40)
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
