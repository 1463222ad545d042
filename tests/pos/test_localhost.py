"""The till's page at this PC's own address: who is answered, what is never believed, and what no question can break."""

import http.client
import json
import socket
import threading
import zipfile
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as some

from app.errors import SetupError
from app.message import cose, qr
from app.web import headers
from pos import localhost, pages, printer
from pos.errands import Errands
from pos.localhost import Localhost
from pos.pages import Pages
from pos.server import Server, Unclear, to_bytes, to_text
from tests.cast import HOST, Line
from tests.pos.conftest import PIN
from tests.pos.test_offline import Certified
from tests.pos.thermal import Thermal
from tests.pos.town import DOWN


@pytest.fixture(scope="session")
def kept_pages(town, tmp_path_factory) -> bytes:
    """The city's pages, fetched once."""
    kept = Pages(tmp_path_factory.mktemp("pages"))
    assert kept.learn(Server(town.url))
    return kept.path.read_bytes()


@pytest.fixture
def errands(folder, wire, kept_pages):
    (folder / pages.FILE).write_bytes(kept_pages)
    errands = Errands(folder, Server(wire.url), Pages(folder))
    errands.server.get("/api/city")     # hears the city's time, which other tests of the town move on
    wire.seen.clear()
    yield errands
    errands.close()


@pytest.fixture
def served(errands):
    served = Localhost(0, errands)
    threading.Thread(target=served.serve_forever, args=(0.02,), daemon=True).start()
    yield served
    served.shutdown()
    served.server_close()


class Browser:
    """What a browser sends, header by header."""

    def __init__(self, served: Localhost):
        self.served, self.port = served, served.server_port
        self.host = f"localhost:{self.port}"
        self.cookie = f"{served.door.cookie}={served.door.secret}"

    def ask(self, method: str, path: str, body: bytes | None = None, **said: str | None):
        """(status, headers, body); a header that is None is left out."""
        usual = {"Host": self.host, "Cookie": self.cookie, "Origin": f"http://{self.host}" if method != "GET" else None}
        if body is not None:
            usual["Content-Type"] = "application/json"
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        line.putrequest(method, path, skip_host=True)
        for name, value in (usual | {name.replace("_", "-"): value for name, value in said.items()}).items():
            if value is not None:
                line.putheader(name, value)
        if body is not None:
            line.putheader("Content-Length", str(len(body)))
        line.endheaders(body)
        answer = line.getresponse()
        found = answer.status, answer.headers, answer.read()
        line.close()
        return found

    def errand(self, name: str, /, **content: object):
        """(status, what was said)."""
        status, _, body = self.ask("POST", f"/till/{name}", json.dumps(content).encode())
        return status, json.loads(body)

    def done(self, name: str, /, **content: object) -> object:
        status, said = self.errand(name, **content)
        assert status == 200, said
        return said["answer"]


@pytest.fixture
def browser(served):
    return Browser(served)


# --- who is answered -------------------------------------------------------------------------

def test_the_printed_address_lets_one_browser_in_and_is_used_up_by_it(served, browser):
    ticket = f"/?open={served.door.ticket}"
    status, said, _ = browser.ask("GET", ticket, Cookie=None)
    assert status == 303 and said["Location"] == "/pos"
    cookie = said["Set-Cookie"]
    assert "HttpOnly" in cookie and "SameSite=Strict" in cookie
    assert browser.ask("GET", ticket, Cookie=None)[0] == 403
    assert browser.ask("GET", "/pos", Cookie=cookie.partition(";")[0])[0] == 200


def test_the_cookie_outlives_the_program(served, browser, errands):
    assert localhost.Door(errands.folder, served.server_port).knows(browser.cookie)
    assert (errands.folder / "page.key").stat().st_mode & 0o777 == 0o600


OUTSIDE = {
    "no cookie": {"Cookie": None}, "another cookie": {"Cookie": "hagc-till-1=x"}, "half a cookie": {"Cookie": "\x7f=;;"},
    "a name of somebody else's": {"Host": "evil.example"}, "no name": {"Host": None}, "another port": {"Host": "localhost:1"},
    "another site": {"Origin": "https://evil.example"}, "another port's page": {"Origin": "http://localhost:1"},
    "no origin": {"Origin": "null"}, "a page of a sibling": {"Sec_Fetch_Site": "same-site"}, "a stranger's": {"Sec_Fetch_Site": "cross-site"},
}


@pytest.mark.parametrize("said", OUTSIDE.values(), ids=OUTSIDE.keys())
@pytest.mark.parametrize(("method", "path"), [("GET", "/pos"), ("POST", "/till/session"), ("GET", "/api/city"), ("POST", "/api/sales")])
def test_whoever_else_asks_gets_nothing(browser, wire, method, path, said):
    status, _, body = browser.ask(method, path, b"{}" if method == "POST" else None, **said)
    assert status == 403 and b"session" not in body and not wire.seen


def test_what_changes_something_says_where_it_comes_from(browser):
    assert browser.ask("POST", "/till/session", b"{}", Origin=None)[0] == 403
    assert browser.ask("POST", "/till/session", b"{}", Content_Type="text/plain")[0] == 415
    assert browser.ask("GET", "/till/session")[0] == 404


def test_it_listens_on_this_machine_alone(served):
    assert served.server_address[0] == "127.0.0.1"
    with pytest.raises(SetupError, match="--port"):
        Localhost(served.server_port, served.errands)


def test_every_answer_carries_the_servers_own_policy(browser):
    assert localhost.POLICY == headers.POLICY
    assert {*localhost.HEADERS} == {*headers.EVERYWHERE, *headers.DOCUMENTS} - {("Content-Security-Policy", headers.POLICY)}
    for method, path in (("GET", "/pos"), ("GET", "/sw.js"), ("GET", "/nothing"), ("GET", "/api/city"), ("POST", "/till/session")):
        _, said, _ = browser.ask(method, path, b"{}" if method == "POST" else None)
        assert said["Content-Security-Policy"] == headers.POLICY and said["X-Content-Type-Options"] == "nosniff"


# --- the city's files ------------------------------------------------------------------------

def test_the_page_is_the_citys_and_knows_that_a_program_stands_behind_it(browser, errands):
    status, _, page = browser.ask("GET", "/pos")
    assert status == 200 and b'<template id="page">{"program":true,"page": "till"' in page.replace(b'"page":', b'"page": ')
    assert b'lang="en"' in browser.ask("GET", "/pos?lang=en")[2]
    assert "lang=en" in browser.ask("GET", "/pos?lang=en")[1]["Set-Cookie"]
    for address, body in errands.pages.version.files.items():
        assert browser.ask("GET", address)[2] == body


def test_without_a_line_the_pages_are_those_that_were_kept(folder, wire, errands):
    wire.broken[""] = DOWN
    assert Pages(folder).version.files == errands.pages.version.files
    with pytest.raises(Unclear):
        errands.learn()


def test_the_same_version_is_not_fetched_again(errands, wire):
    wire.seen.clear()
    assert not errands.pages.learn(errands.server) and wire.seen == ["GET /sw.js?page=till"]


@pytest.mark.parametrize("asked", ["GET /static/", "GET /static/manifest.json", "GET /pos", "GET /sw.js"])
def test_a_file_that_is_not_what_the_list_says_is_not_kept(folder, wire, asked, tmp_path):
    """Of the page itself, which the list leaves out, its version must be right: it can run nothing of its own."""
    wire.broken[asked] = lambda body: body.replace(b"export", b"exporl").replace(b'"version":"', b'"version":"0').replace(b"js/till", b"js/tilt")
    empty = Pages(tmp_path)
    with pytest.raises(Unclear):
        empty.learn(Server(wire.url))
    assert empty.version is None and not empty.path.exists()


def test_a_kept_file_that_was_changed_is_fetched_anew(folder, errands, wire):
    kept = folder / pages.FILE
    with zipfile.ZipFile(kept) as old:
        content = {name: old.read(name) for name in old.namelist()}
    (name,) = (name for name in content if name.endswith("js/till/selling.js"))
    with zipfile.ZipFile(kept, "w") as new:
        for each, body in content.items():
            new.writestr(each, body + b"// one more line" if each == name else body)
    found = Pages(folder)
    assert found.version is None and found.learn(Server(wire.url)) and Pages(folder).version
    kept.write_bytes(b"PK no")
    assert Pages(folder).version is None


def test_a_city_whose_pages_know_no_program_is_told_from_a_broken_line(wire, tmp_path, monkeypatch):
    monkeypatch.setattr(pages, "OF_THE_PROGRAM", "js/till/later.js")
    with pytest.raises(SetupError, match="--no-page"):
        Pages(tmp_path).learn(Server(wire.url))


# --- what the page has done ------------------------------------------------------------------

def test_what_is_signed_is_in_the_journal_when_the_page_hears_of_it(browser, errands, phone, town):
    sent = browser.done("issue", kind="request", amount_won=4_500, until_s=errands.server.now_s() + 170, sale="A1", reference="T-7")
    raw = to_bytes(sent["message"])
    assert sent["id"] == cose.message_id(cose.parse(raw).kind, cose.parse(raw).payload, town.chain_id).hex()
    assert [one["id"] for one in browser.done("waiting", how="open")] == [sent["id"]]
    assert browser.done("sent", id=sent["id"][:32])["sale"] == "A1" and browser.done("end", id=sent["id"]) is None
    receipt = to_text(phone.pay(raw))
    assert browser.done("settle", id=sent["id"], receipt=receipt) is True
    assert browser.done("settle", id=sent["id"], receipt=receipt) is False
    assert browser.done("end", id=sent["id"]) == "settled" and browser.done("settled", id=sent["id"])["amount_won"] == 4_500
    assert browser.done("rows")["text"] == ""
    rows = browser.done("rows", text=True)
    assert rows["broken"] == 0 and rows["count"] == len(rows["text"].splitlines()) >= 3
    last = rows["text"].splitlines()[-2:]
    assert json.loads(last[1])["before"] == sha256(last[0].encode()).hexdigest()


def test_a_receipt_that_proves_nothing_settles_nothing(browser, errands, phone):
    asked = [browser.done("issue", kind="request", amount_won=900, until_s=errands.server.now_s() + 170, sale=name) for name in "AB"]
    other = to_text(phone.pay(to_bytes(asked[1]["message"])))
    for receipt in (other, other[:-4] + "AAAA", "", "AAAA"):
        status, said = browser.errand("settle", id=asked[0]["id"], receipt=receipt)
        assert (status, said["word"]) == (409, "UNPROVEN")
    assert browser.done("end", id=asked[0]["id"]) is None
    status, said = browser.errand("refuse", id=asked[0]["id"], refusal=other)
    assert (status, said["word"]) == (409, "UNPROVEN")


def test_a_receipt_from_a_phone_is_remembered_until_the_server_says_the_same(browser, errands, phone, wire):
    sent = browser.done("issue", kind="request", amount_won=900, until_s=errands.server.now_s() + 170, sale="C")
    receipt = to_text(phone.pay(to_bytes(sent["message"])))
    wire.broken[""] = DOWN
    assert browser.done("settle", id=sent["id"], receipt=receipt, shown=True)
    assert [one["id"] for one in browser.done("waiting", how="unasked")] == [sent["id"]]
    assert browser.done("confirm", id=sent["id"]) and browser.done("waiting", how="unasked") == []


def test_a_sale_is_found_again_by_all_that_was_signed_for_it(browser, errands, phone):
    asked = {"kind": "request", "amount_won": 800, "until_s": errands.server.now_s() + 170}
    first, second, other = (browser.done("issue", **asked, sale=sale) for sale in ("D1", "D1", "D2"))
    receipt = to_text(phone.pay(to_bytes(first["message"])))
    assert browser.done("settle", id=first["id"], receipt=receipt)
    found = browser.done("of-sale", sale="D1")
    assert [each["sent"]["id"] for each in found] == [second["id"], first["id"]]
    assert found[1]["done"]["receipt"] == receipt and "done" not in found[0]
    assert [each["sent"]["id"] for each in browser.done("of-sale", sale="D2")] == [other["id"]]
    assert browser.done("of-sale", sale="D3") == []


def test_the_day_of_its_own_record_is_what_was_signed_or_settled_in_it(browser, errands, phone):
    now_s = errands.server.now_s()
    asked = {"kind": "request", "amount_won": 800, "until_s": now_s + 170}
    paid, shown = browser.done("issue", **asked), browser.done("issue", **asked)
    receipt = to_text(phone.pay(to_bytes(paid["message"])))
    assert browser.done("settle", id=paid["id"], receipt=receipt)
    found = browser.done("signed-since", since_s=now_s - 60)
    assert [(each["sent"]["id"], each.get("done", {}).get("receipt")) for each in found] == [(shown["id"], None), (paid["id"], receipt)]
    assert browser.done("signed-since", since_s=now_s + 3_600) == []


def test_the_citys_signed_no_closes_a_row_and_an_unsigned_one_is_only_noted(browser, errands, town, phone):
    sent = browser.done("issue", kind="charge", amount_won=30_000, payer=to_text(phone.code(50_000)), sale="E")
    answer = Line(town.url).post("/api/sales", {"payer": sent["payer"], "payee": sent["message"]})
    assert answer.json["word"] == "NOT_ENOUGH"
    assert browser.done("note", id=sent["id"], word="NOT_ENOUGH") is True and browser.done("note", id=sent["id"], word="NOT_ENOUGH") is False
    assert browser.done("end", id=sent["id"]) == "said" and browser.done("refused-by", id=sent["id"]) is None
    assert [one["id"] for one in browser.done("waiting", how="said")] == [sent["id"]]
    town.wait(300)          # the city signs it when the charge's time is over
    told = Line(town.url).get(f"/api/outcomes/{sent['expires_at_s']}/{sent['id']}")
    assert told.json["state"] == "refused" and browser.done("refuse", id=sent["id"], refusal=told.json["refusal"]) is True
    assert browser.done("end", id=sent["id"]) == "refused" and browser.done("refused-by", id=sent["id"]) == "NOT_ENOUGH"
    assert browser.done("waiting", how="said") == [] and browser.done("waiting", how="open") == []


def test_a_code_without_a_network_is_judged_here_within_the_caps_and_once(browser, errands, town, phone, wire):
    browser.done("figures")
    certified = Certified(town, phone)
    shown = to_text(qr.from_text(certified.code(), (HOST,)))
    wire.broken[""] = DOWN
    sent = browser.done("deposit", shown=shown, amount_won=7_000, capped=True, sale="F", checkout="order-1", reference="T-1")
    assert (sent["kind"], sent["checkout"], sent["sale"]) == ("deposit", "order-1", "F")
    assert browser.done("allowance") == {"why": "on", "left_won": 93_000, "within": True, "count": 1, "sum_won": 7_000}
    for won, more, word in ((1, {}, "CODE_USED"), (24_000, {"shown": to_text(qr.from_text(certified.code(), (HOST,)))}, "OVER_CAP"), (1, {"shown": "AAAA"}, "WRONG")):
        assert browser.errand("deposit", **{"shown": shown, "amount_won": won, "capped": True, **more})[1]["word"] == word
    other = Certified(town, phone)
    both = to_text(qr.from_text(other.code(), (HOST,)))
    brought = {"shown": both, "amount_won": 100, "taken_at_s": town.now_s() - 1, "sale": "brought " + "0" * 64}
    for owner in ("", "another"):
        assert browser.errand("in-place", **brought, owner=owner)[1]["word"] == "SIGN_IN_WRONG"
    claimed = browser.done("in-place", **brought, owner=browser.done("unlock", pin=PIN))
    assert claimed["kind"] == "deposit" and claimed["amount_won"] == 100


def test_only_the_owners_orders_are_signed_beside_the_journal(browser, errands, town):
    handle = browser.done("unlock", pin=PIN)
    order = b"hagc/owner/1\0" + town.chain_id + b'{"till": 1}'
    assert len(to_bytes(browser.done("owner", owner=handle, data=to_text(order)))) == 64
    for data in (b"hagc/refund/1\0" + town.chain_id, b"hagc/owner/1\0" + bytes(32), order[:20], b""):
        assert browser.errand("owner", owner=handle, data=to_text(data))[0] == 400
    assert browser.errand("owner", owner="another", data=to_text(order))[1]["word"] == "SIGN_IN_WRONG"
    assert browser.errand("issue", kind="refund", entry=1, amount_won=5)[1]["word"] == "SIGN_IN_WRONG"
    assert not browser.done("waiting", how="open")


def test_what_pairing_pinned_stands_above_what_a_page_kept(browser, errands):
    pinned = browser.done("load", name="till")
    browser.done("keep", name="till", value={**pinned, "till": 99, "chain_id": "00", "host": "evil", "known": [], "shop_name": "다른 이름"})
    assert browser.done("load", name="till") == {**pinned, "shop_name": "다른 이름"}
    assert browser.done("load", name="goods") is None
    browser.done("keep", name="goods", value=[{"name": "국밥", "price_won": 9000}])
    assert browser.done("load", name="goods") == [{"name": "국밥", "price_won": 9000}]


def test_a_phones_code_is_judged_before_it_is_claimed(browser, phone):
    status, said = browser.errand("issue", kind="charge", amount_won=6_000, payer=to_text(phone.code(5_000)))
    assert status == 409 and said["word"] == "OVER_CAP" and said["facts"] == {"cap_won": 5_000}
    assert not browser.done("waiting", how="open")


def test_a_printer_is_kept_once_it_has_taken_a_trial_and_no_page_writes_a_file(browser, errands, tmp_path, monkeypatch):
    thermal, how = Thermal(), {"width_mm": 58, "way": "picture", "cut": True, "drawer": True, "each": True}
    monkeypatch.setattr(printer, "PATIENCE_S", 1)
    for place in (f"file:{tmp_path / 'out'}", "network:", "lp0", "usb:1:2", "", "network:127.0.0.1:1"):
        assert browser.errand("set-printer", place=place, **how)[1]["word"] == "NOT_HERE", place
    assert browser.errand("set-printer", **{"place": thermal.place, **how, "width_mm": 70})[1]["word"] == "NOT_HERE"
    assert browser.done("here")["printer"] is None and not (tmp_path / "out").exists() and not thermal.papers
    assert browser.done("set-printer", place=thermal.place, **how)["printer"] == {"place": thermal.place, **how}
    assert thermal.paper(1).pulses == 0
    kept = printer.read(errands.folder)
    assert (kept.place, kept.each, kept.look.width_mm, kept.look.drawer) == (thermal.place, True, 58, True)
    assert all(set(one) == {"place", "name"} for one in browser.done("printers"))
    thermal.close()


# --- what nothing can break ------------------------------------------------------------------

ERRANDS = ["load", "keep", "issue", "session", "unlock", "owner", "settle", "confirm", "note", "refuse", "sent", "end", "settled",
           "waiting", "rows", "allowance", "here", "deposit", "in-place", "of-sale", "signed-since", "refused-by", "print", "print-closing", "print-trial", "printers", "set-printer", "paid", "drawer", "nothing"]
VALUES = some.recursive(
    some.none() | some.booleans() | some.integers(-2**70, 2**70) | some.floats() | some.text(max_size=40)
    | some.sampled_from(["request", "charge", "refund", "void", "open", "00" * 32, "AAAA", "till", "NOT_ENOUGH", qr.to_text(bytes(80), "localhost")]),
    lambda inner: some.lists(inner, max_size=3) | some.dictionaries(some.text(max_size=5), inner, max_size=3), max_leaves=5)
NAMES = ["kind", "id", "name", "value", "amount_won", "until_s", "payer", "entry", "owner", "data", "receipt", "refusal", "word", "shown",
         "how", "found", "language", "sale", "reference", "cashier", "place", "width_mm", "way"]


def test_no_question_of_a_page_gets_more_than_a_worded_no(browser, served):
    broken = []
    served.handle_error = lambda *_: broken.append(True)

    @given(some.sampled_from(ERRANDS), some.dictionaries(some.sampled_from(NAMES), VALUES, max_size=5))
    def asks(name, content):
        status, said = browser.errand(name, **content)
        assert status in (200, 400, 409) and ("answer" in said or said["word"]) and type(said["now_ms"]) is int

    asks()
    for body in (b"", b"[]", b"null", b"{" * 100_000, b"\xff\xfe", b'{"id": 1' + b"0" * 5_000 + b"}"):
        assert browser.ask("POST", "/till/sent", body)[0] == 400
    assert not broken and browser.done("waiting", how="open") is not None


RAW = {
    "nothing": b"\r\n\r\n", "no version": b"GET /pos\r\n\r\n", "another line": b"\x16\x03\x01\x02\x00\x01",
    "a long line": b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\n\r\n", "many headers": b"GET / HTTP/1.1\r\n" + b"a: b\r\n" * 300 + b"\r\n",
    "an address": b"GET http://evil.example/pos HTTP/1.1\r\nHost: evil.example\r\n\r\n", "two lines": b"GET //[x HTTP/1.1\r\n\r\n",
    "no length": b"POST /till/load HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "a negative length": b"POST /till/load HTTP/1.1\r\nContent-Length: -5\r\n\r\n",
    "a huge length": b"POST /till/load HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n\r\n",
    "half a question": b"POST /till/load HTTP/1.1\r\nContent-Length: 50\r\n\r\n{", "another method": b"TRACE / HTTP/1.1\r\n\r\n",
}


@pytest.mark.parametrize("sent", RAW.values(), ids=RAW.keys())
def test_whatever_comes_over_the_line_the_next_question_is_answered(browser, served, sent):
    broken = []
    served.handle_error = lambda *_: broken.append(True)
    with socket.create_connection(("127.0.0.1", served.server_port), timeout=5) as line:
        line.sendall(sent)
        line.shutdown(socket.SHUT_WR)
        got = line.recv(65_536)
    assert b" 200 " not in got.partition(b"\r\n")[0] and not broken
    assert browser.ask("GET", "/pos")[0] == 200


def test_a_question_to_the_city_is_passed_on_as_it_is_and_a_line_that_is_down_is_no_answer(browser, wire):
    status, said, body = browser.ask("GET", "/api/city")
    assert status == 200 and "chain_id" in json.loads(body) and said["Content-Type"] == "application/json"
    status, _, body = browser.ask("GET", "/api/till")
    assert status == 401 and json.loads(body)["word"]
    wire.broken["GET /api/city"] = DOWN
    status, _, body = browser.ask("GET", "/api/city")
    assert status == 502 and json.loads(body) == {}
