"""The adapter of app/web/VENDORS.md is run as it stands there, against the served city; and the page says nothing that isn't so."""

import hashlib
import re
import secrets
import socket
import struct
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime
from types import SimpleNamespace
from urllib.error import HTTPError

import pytest
from standardwebhooks import Webhook

from app.desk import checkout, vendor
from app.people import checkouts, deliveries, vendors
from tests.cast import Line, Owner, sale, text, until
from tests.pos.town import LOSE, Wire
from tests.till.conftest import kim, town  # noqa: F401  fixtures
from tests.till.town import ROOT, free_port
from tests.vendor.program import Program

PAGE = (ROOT / "app" / "web" / "VENDORS.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def adapter(tmp_path_factory):
    """The page's code as a file of its own."""
    (code,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    file = tmp_path_factory.mktemp("vendor") / "adapter.py"
    file.write_text(code, encoding="utf-8")
    return file


@pytest.fixture
def names(adapter) -> dict:
    """What the page's code names, for a program that takes parts of it; its pauses are short here."""
    found: dict = {"__name__": "adapter"}
    exec(compile(adapter.read_text(encoding="utf-8"), adapter, "exec"), found)
    found["time"] = SimpleNamespace(time=time.time, sleep=lambda _: time.sleep(0.1))
    return found


@pytest.fixture(scope="module")
def till(town):  # noqa: F811
    return town.till()


@pytest.fixture(scope="module")
def token(town, till) -> str:  # noqa: F811
    made = vendor.PREFIX + secrets.token_urlsafe(32)
    digest = hashlib.sha256(made.encode()).digest()
    assert Line(town.url).post("/api/tokens", {"name": "견본", "digest": text(digest)}, Owner(till)).status == 200
    return made


def at_the_till(town, till, pays=None) -> None:  # noqa: F811
    """Takes up the next checkout; a customer pays it, or the cashier cancels."""
    line = Line(town.url)
    (one,) = until(lambda: line.get("/api/till/checkouts", till).json["checkouts"])
    line.post(f"/api/till/checkouts/{one['id']}/take", {}, till)
    if pays is None:
        line.post(f"/api/checkouts/{one['id']}/cancel", {}, till)
        return
    request = till.request(one["amount_won"], one["reference_id"], 100)
    told = line.post(f"/api/till/checkouts/{one['id']}/messages", {"message": text(request)}, till)
    assert told.status == 200, told.json
    assert line.post("/api/sales", sale(pays.payment(request), request)).status == 200


@pytest.mark.parametrize(("paid", "said"), [(True, r"COMPLETED \d+"), (False, "CANCELED TILL")])
def test_the_adapter_takes_money_and_checks_the_receipt(adapter, town, till, token, kim, paid, said):  # noqa: F811
    counter = threading.Thread(target=at_the_till, args=(town, till, kim if paid else None), daemon=True)
    counter.start()
    run = subprocess.run([sys.executable, adapter, town.url, token, str(till.number), "3300", "ORDER-77", f"bill-{said[:4]}"],
                         capture_output=True, text=True, timeout=60, check=False)
    counter.join(20)
    assert run.returncode == 0, run.stderr
    assert re.fullmatch(said, run.stdout.strip())


SIGN_IN = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\n\r\n<p>Sign in"


class Resets:
    """Takes a connection, and breaks it as a box between does when it is switched off; or says something of its own."""

    def __init__(self, says: bytes = b""):
        self.says = says
        self.door = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.door.getsockname()[1]}"
        threading.Thread(target=self._break, daemon=True).start()

    def _break(self) -> None:
        while True:
            try:
                line, _ = self.door.accept()
            except OSError:
                return
            line.recv(1 if not self.says else 65_536)
            line.sendall(self.says)
            if not self.says:
                line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            line.close()


def test_a_line_that_breaks_in_any_way_is_asked_again_and_makes_one_checkout(names, town, till, token, kim):  # noqa: F811
    """Nobody listens; the connection is reset; a sign-in page answers; the server hears it and its answer is lost; then all is well."""
    resets, portal, wire = Resets(), Resets(SIGN_IN), Wire(town.url)
    wire.broken["PUT"] = LOSE
    shop, broken = names["Shop"]("", token), [wire.url, portal.url, resets.url, f"http://127.0.0.1:{free_port()}"]
    ask, heard = shop.ask, []

    def over_these_lines(method: str, path: str, content: dict | None = None) -> dict:
        shop.url = broken.pop() if broken else town.url
        try:
            return ask(method, path, content)
        except OSError as error:
            heard.append(type(getattr(error, "reason", error)).__name__)
            raise

    shop.ask = over_these_lines
    counter = threading.Thread(target=at_the_till, args=(town, till, kim), daemon=True)
    counter.start()
    done = shop.take("bill-9", till.number, 2_200, "ORDER-79")
    counter.join(20)
    resets.door.close()
    portal.door.close()
    wire.close()
    assert heard == ["ConnectionRefusedError", "ConnectionResetError", "OSError", "RemoteDisconnected"] and done["state"] == "COMPLETED"
    listed = Program(town.url, token, till.number).ask("GET", "/api/checkouts")["checkouts"]
    assert [one["id"] for one in listed if one["reference_id"] == "ORDER-79"] == ["bill-9"]
    assert shop.take("bill-9", till.number, 2_200, "ORDER-79")["entry"] == done["entry"]


def test_a_refusal_ends_it_at_once_and_a_dead_line_when_the_time_is_over(names, town, till, token):  # noqa: F811
    shop = names["Shop"](town.url, token)
    with pytest.raises(HTTPError):
        shop.take("bill-0", till.number + 1_000, 2_200, "ORDER-80")
    ticks = iter(range(0, 10_000, 100))
    names["time"].time = lambda: next(ticks)
    shop.url = f"http://127.0.0.1:{free_port()}"
    with pytest.raises(TimeoutError, match="bill-0"):
        shop.take("bill-0", till.number, 2_200, "ORDER-80")


def test_the_adapter_believes_no_changed_receipt(names, town, till, token, kim):  # noqa: F811
    program = Program(town.url, token, till.number)
    program.put("forged", 1_100, cashier=0)
    at_the_till(town, till, kim)
    done = until(lambda: (found := program.state("forged"))["state"] == "COMPLETED" and found)
    shop = names["Shop"](town.url, token)
    assert shop.proves(done)
    assert not shop.proves(done | {"amount_won": 1_101}) and not shop.proves(done | {"entry": done["entry"] + 1})
    with pytest.raises(Exception, match=""):
        shop.proves(done | {"receipt": done["receipt"][:-4] + "AAAA"})


def test_the_adapter_reads_a_webhook(names):
    secret, now, body = "whsec_" + "QUJD" * 8, datetime.now(UTC), '{"data": {"state": "COMPLETED"}}'
    headers = {"webhook-id": "msg_1", "webhook-timestamp": str(int(now.timestamp())),
               "webhook-signature": Webhook(secret).sign("msg_1", now, body)}
    assert names["heard"](secret, headers, body.encode()) == {"state": "COMPLETED"}


def test_the_pages_figures_are_the_codes():
    assert f"{checkout.SHORTEST_S} to {checkout.LONGEST_S}" in PAGE
    assert all(f"`{state}`" in PAGE for state in checkouts.STATES)
    assert all(f"`{why}`" in PAGE for why in (checkouts.VENDOR, checkouts.TILL, checkouts.TIMED_OUT))
    assert "port {} or {}".format(*vendors.PORTS) in PAGE
    spans = {5: "5 s", 30: "30 s", 300: "5 min", 1_800: "30 min", 7_200: "2 h", 18_000: "5 h", 36_000: "10 h"}
    assert ", ".join(spans[pause] for pause in deliveries.PAUSES_S) in PAGE.replace("\n", " ")
