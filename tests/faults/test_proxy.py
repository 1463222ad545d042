"""The twelve ways in which the line breaks are what they say: each is seen from the client's side, and from the server's."""

import json
import ssl
import threading
import time
from http.client import HTTPException, HTTPSConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.faults import proxy
from tests.faults.proxy import FAULTS, Proxy


@pytest.fixture
def server():
    """Says what it got."""
    got = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self):
            length = int(self.headers["Content-Length"])
            body = self.rfile.read(length)
            if len(body) < length:
                return
            got.append(body)
            answer = json.dumps({"got": body.decode()}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_):
            pass

    door = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    door.daemon_threads = True
    door.handle_error = lambda *_: None     # clients that go are what this is about
    threading.Thread(target=door.serve_forever, args=(0.02,), daemon=True).start()
    yield door.server_port, got
    door.shutdown()
    door.server_close()


@pytest.fixture
def line(server, tmp_path):
    with Proxy(server[0], tmp_path) as line:
        yield line


def post(line: Proxy, timeout_s: float = 1, over: HTTPSConnection | None = None) -> tuple[int, bytes]:
    trusting = ssl.create_default_context(cafile=str(line.authority))
    connection = over or HTTPSConnection("localhost", line.port, timeout=timeout_s, context=trusting)
    connection.request("POST", "/api/sales", b"0123456789" * 20)
    answer = connection.getresponse()
    return answer.status, answer.read()


def test_a_whole_line_passes_everything_on_and_keeps_the_connection(line, server):
    context = ssl.create_default_context(cafile=str(line.authority))
    connection = HTTPSConnection("localhost", line.port, timeout=5, context=context)
    for _ in range(3):
        assert post(line, over=connection) == (200, b'{"got": "%s"}' % (b"0123456789" * 20))
    assert len(line.lines) == 1 and len(server[1]) == 3


@pytest.mark.parametrize(("fault", "seen", "arrives"), [
    (proxy.REFUSED, ConnectionRefusedError, False),
    (proxy.SILENCE, TimeoutError, False),
    (proxy.RESET, ConnectionResetError, False),
    (proxy.IN_REQUEST, (OSError, HTTPException), False),
    (proxy.REPLY_LOST, (ConnectionResetError, HTTPException), True),
    (proxy.IN_REPLY, (ConnectionResetError, HTTPException), True),
    (proxy.NO_TLS, ssl.SSLError, False),
])
def test_a_broken_line_looks_to_a_client_as_it_should(line, server, fault, seen, arrives):
    line.breaks(fault)
    for _ in range(4):
        with pytest.raises(seen):
            post(line)
    time.sleep(0.05)
    assert len(server[1]) == (4 if arrives else 0)
    line.mends()
    assert post(line)[0] == 200


@pytest.mark.parametrize(("fault", "status"), [(proxy.PORTAL, 200), (proxy.REDIRECT, 302), (proxy.UNAVAILABLE, 503)])
def test_a_box_between_answers_in_the_servers_place(line, server, fault, status):
    line.breaks(fault)
    assert post(line)[0] == status and not server[1]
    line.mends()
    assert post(line)[0] == 200


def test_a_slow_line_is_slow_and_a_lossy_one_loses(line, server, monkeypatch):
    line.breaks(proxy.DELAY)
    started = time.monotonic()
    assert post(line, 5)[0] == 200 and time.monotonic() - started > proxy.DELAY_S
    monkeypatch.setattr(proxy, "STALL_S", 2)
    line.breaks(proxy.LOSS)
    lost = 0
    for _ in range(60):
        try:
            post(line)
        except (OSError, HTTPException):
            lost += 1
    assert 3 < lost < 30


@pytest.mark.parametrize("fault", [one for one in FAULTS if one not in (proxy.SILENCE, proxy.DELAY, proxy.LOSS)])
def test_what_is_open_breaks_with_the_line(line, fault):
    trusting = ssl.create_default_context(cafile=str(line.authority))
    connection = HTTPSConnection("localhost", line.port, timeout=5, context=trusting)
    post(line, over=connection)
    connection.auto_open = 0
    line.breaks(fault)
    with pytest.raises((OSError, HTTPException)):
        post(line, over=connection)


def test_it_breaks_at_the_question_that_is_named_and_not_before(line, server):
    line.breaks_at("POST /api/sales", proxy.REPLY_LOST)
    for count in (1, 2):
        with pytest.raises((OSError, HTTPException)):
            post(line)
        time.sleep(0.05)
        assert len(server[1]) == count and line.fault == proxy.REPLY_LOST


def test_there_are_twelve_ways():
    assert len(set(FAULTS)) == 12
