"""The adapter of app/web/VENDORS.md is run as it stands there, against the served city; and the page says nothing that isn't so."""

import hashlib
import re
import secrets
import subprocess
import sys
import threading
from datetime import UTC, datetime

import pytest
from standardwebhooks import Webhook

from app.desk import checkout, vendor
from app.people import checkouts, deliveries, vendors
from tests.cast import Line, Owner, sale, text, until
from tests.till.conftest import kim, town  # noqa: F401  fixtures
from tests.till.town import ROOT
from tests.vendor.program import Program

PAGE = (ROOT / "app" / "web" / "VENDORS.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def adapter(tmp_path_factory):
    """The page's code as a file of its own."""
    (code,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    file = tmp_path_factory.mktemp("vendor") / "adapter.py"
    file.write_text(code, encoding="utf-8")
    return file


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
    run = subprocess.run([sys.executable, adapter, town.url, token, str(till.number), "3300", "ORDER-77"],
                         capture_output=True, text=True, timeout=60, check=False)
    counter.join(20)
    assert run.returncode == 0, run.stderr
    assert re.fullmatch(said, run.stdout.strip())


def test_the_adapter_believes_no_changed_receipt(adapter, town, till, token, kim):  # noqa: F811
    names: dict = {"__name__": "adapter"}
    exec(compile(adapter.read_text(encoding="utf-8"), adapter, "exec"), names)
    program = Program(town.url, token, till.number)
    program.put("forged", 1_100, cashier=0)
    at_the_till(town, till, kim)
    done = until(lambda: (found := program.state("forged"))["state"] == "COMPLETED" and found)
    shop = names["Shop"](town.url, token)
    assert shop.proves(done)
    assert not shop.proves(done | {"amount_won": 1_101}) and not shop.proves(done | {"entry": done["entry"] + 1})
    with pytest.raises(Exception, match=""):
        shop.proves(done | {"receipt": done["receipt"][:-4] + "AAAA"})


def test_the_adapter_reads_a_webhook(adapter):
    names: dict = {"__name__": "adapter"}
    exec(compile(adapter.read_text(encoding="utf-8"), adapter, "exec"), names)
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
