"""pos as a library: its own page is run line by line against the served city, and it brings no web framework along."""

import doctest
import subprocess
import sys

import pos
from app.message import qr
from pos.server import Server
from pos.till import State
from tests.pos.conftest import PIN, folder, line, pairing_run, phone, till, town, wire  # noqa: F401  fixtures
from tests.vendor.test_serve import ROOT


def test_the_page_of_the_library_is_true_line_by_line(folder, town, phone):  # noqa: F811
    till_, host = pos.open_till(folder), town.office.genesis.host
    names = {
        "folder": folder, "pin": PIN,
        "customer_scans": lambda text: (phone.pay(qr_from(text, host)), None)[1],
        "customer_shows": lambda: qr_text(phone.code(5_000), host),
    }
    till_.close()
    example = doctest.DocTestParser().get_doctest(pos.__doc__, names, "pos", "pos/__init__.py", 0)
    said: list[str] = []
    result = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS).run(example, out=said.append)
    assert result.attempted > 15 and not result.failed, "".join(said)


def qr_from(text: str, host: str) -> bytes:
    return qr.from_text(text, (host,))


def qr_text(raw: bytes, host: str) -> str:
    return qr.to_text(raw, host)


def test_the_library_brings_no_web_framework_and_no_people_database(tmp_path):
    said = subprocess.run(
        [sys.executable, "-c", "import sys, pos; print([one for one in sys.modules if one.split('.')[0] in ('flask', 'granian')"
                               " or one.startswith(('app.web', 'app.store', 'app.people', 'app.desk'))])"],
        cwd=ROOT, capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "[]"


def test_a_broken_line_says_so_and_what_was_signed_is_found_at_the_next_start(folder, town, phone, wire):  # noqa: F811
    with pos.open_till(folder) as counter:
        sale = counter.request(1_700, "R-1")
        phone.pay(sale.raw)
        wire.broken = {"GET /api/outcomes": "down", "GET /api/city": "down"}
        try:
            counter.resume()
        except pos.Unclear:
            pass
        else:
            raise AssertionError("a line that is down was not noticed")
    wire.broken = {}
    with pos.open_till(folder) as counter:
        (closed,) = counter.resume()
        assert closed.state is State.SETTLED and closed.body.reference == b"R-1"
        assert isinstance(counter.server, Server)
