"""Over the wire: bodies whole, in pieces, too large, cut short; taken ports; several processes; an orderly end."""

import asyncio
import concurrent.futures
import datetime
import hashlib
import http.client
import json
import signal
import socket
import ssl
import subprocess
import sys
import time

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from app.web import wsgi
from app.web.wsgi import Door
from tests.web.conftest import served
from tests.web.trial import ROOT, trial_app


def ask(port: int, method: str, path: str, body=None, headers=None) -> tuple[int, dict, bytes]:
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    line.request(method, path, body, headers or {})
    answer = line.getresponse()
    found = answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
    line.close()
    return found


def raw(port: int, data: bytes, then_close: bool = False) -> bytes:
    """What comes back for these very bytes, until the other side is silent or gone."""
    with socket.create_connection(("127.0.0.1", port), timeout=5) as line:
        line.sendall(data)
        if then_close:
            line.shutdown(socket.SHUT_WR)
        got = b""
        line.settimeout(0.3)
        try:
            while piece := line.recv(65536):
                got += piece
        except (TimeoutError, ConnectionError):
            pass
        return got


@pytest.mark.parametrize("size", [0, 1, 70_000, 512 << 10])
def test_a_body_arrives_whole(port, size):
    body = bytes(range(256)) * (size // 256 + 1)
    status, _, answer = ask(port, "POST", "/api/echo", body[:size])
    assert status == 200
    assert json.loads(answer)["size"] == size
    assert json.loads(answer)["digest"] == hashlib.sha256(body[:size]).hexdigest()


def test_a_body_in_pieces_of_unknown_length_arrives_whole(port):
    pieces = [b"a" * 1000, b"b", b"c" * 5000]
    status, _, answer = ask(port, "POST", "/api/echo", iter(pieces))
    assert (status, json.loads(answer)["size"]) == (200, 6001)


@pytest.mark.parametrize("whole", [True, False], ids=["length said", "in pieces"])
def test_a_body_that_is_too_large_is_refused_in_words(port, whole):
    body = b"x" * ((512 << 10) + 1)
    status, got, answer = ask(port, "POST", "/api/echo", body if whole else iter([body]))
    assert status == 413 and got["content-type"] == "application/problem+json"
    assert json.loads(answer)["word"] == "TOO_LARGE"


@pytest.mark.parametrize("path, status", [
    ("/console", b"413"), ("/console/sign-in", b"413"), ("/console/lists/new/", b"413"), ("/console/people", b"413"),
    ("/console/lists/new", b""),        # it waits for the rest
    ("/console/tills/queue", b""), ("/console/tills/queue/settle", b""), ("/console/tills/queue/", b"413"),
])
def test_only_where_lists_are_uploaded_a_body_may_be_large(port, path, status):
    answer = raw(port, f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: {2 << 20}\r\n\r\n".encode())
    assert answer[9:12] == status


def test_an_enormous_length_is_refused_before_anything_is_sent(port):
    answer = raw(port, b"POST /api/echo HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 413")


def test_a_head_has_the_headers_and_no_body(port):
    status, headers, body = ask(port, "HEAD", "/api/hello")
    assert status == 200 and body == b"" and int(headers["content-length"]) > 20


def test_an_answer_without_a_body_is_whole(port):
    answer = raw(port, b"GET /api/hello HTTP/1.1\r\nHost: x\r\n\r\n" * 2)
    assert answer.count(b"HTTP/1.1 200") == 2


@pytest.mark.parametrize("data", [
    b"nonsense\r\n\r\n",
    b"GET /api/hello HTTP/9.9\r\n\r\n",
    b"GET /%ff%fe/\xff HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET /%ff%fe/%00/%c3%28 HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET //evil.example/ HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET http://evil.example/api/hello HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET /api/hello?%ff=%ff&lang=%00 HTTP/1.1\r\nHost: \xff\xfe\r\n\r\n",
    b"GET /api/hello HTTP/1.1\r\nHost: a b/c?d\r\nAccept-Language: ;;q=x,\xff\r\nCookie: lang=\xff; =; a\r\n\r\n",
    b"GET /api/hello HTTP/1.1\r\n\r\n",
    b"OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n",
    b"BREW /api/hello HTTP/1.1\r\nHost: x\r\n\r\n",
    b"TRACE /api/hello HTTP/1.1\r\nHost: x\r\n\r\n",
    b"CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n",
    b"POST /api/echo HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n",
    b"POST /api/echo HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
    b"POST /api/echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n",
    b"POST /api/json HTTP/1.1\r\nHost: x\r\nContent-Type: application/json; charset=\xff\r\nContent-Length: 1\r\n\r\n{",
    b"POST /api/json HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=\r\nContent-Length: 2\r\n\r\n--",
    b"GET /api/events?topic=a HTTP/1.1\r\nHost: x\r\nLast-Event-ID: \xff99999999999999999999\r\nConnection: close\r\n\r\n",
    b"GET /api/hello HTTP/1.1\r\nHost: x\r\n" + b"X-A: " + b"a" * 100_000 + b"\r\n\r\n",
    b"GET /" + b"a" * 60_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
])
def test_no_request_is_bad_enough_for_a_5xx(port, data):
    answer = raw(port, data)
    assert not answer.startswith((b"HTTP/1.1 5", b"HTTP/1.0 5")), answer[:200]
    assert ask(port, "GET", "/api/hello")[0] == 200


def test_a_body_that_never_ends_with_its_sender_gone_is_forgotten(port):
    raw(port, b"POST /api/echo HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nabc", then_close=True)
    assert ask(port, "GET", "/api/hello")[0] == 200


def test_headers_reach_the_application_as_they_were_sent(port):
    request = (
        "GET /api/asked/%EA%B0%80?a=%EA%B0%80&b=+ HTTP/1.1\r\nHost: x\r\nCookie: a=1\r\nCookie: b=2\r\n"
        "Authorization: HAGC abc\r\nX_Forwarded_For: spoofed\r\nAccept-Language: ko\r\n\r\n"
    ).replace("/%EA%B0%80?", "?")
    asked = json.loads(raw(port, request.encode()).split(b"\r\n\r\n", 1)[1])
    assert asked["args"] == {"a": "가", "b": " "} and asked["cookies"] == {"a": "1", "b": "2"}
    assert asked["headers"]["Authorization"] == "HAGC abc"
    assert "X-Forwarded-For" not in asked["headers"]


def test_a_korean_path_is_understood(port):
    status, _, body = ask(port, "GET", "/api/%EA%B0%80%EB%82%98")
    assert status == 404 and json.loads(body)["word"] == "NOT_FOUND"


def test_forty_slow_answers_take_no_longer_than_one(port):
    started = time.monotonic()
    with concurrent.futures.ThreadPoolExecutor(40) as pool:
        statuses = list(pool.map(lambda _: ask(port, "GET", "/api/slow")[0], range(40)))
    assert statuses == [200] * 40 and time.monotonic() - started < 10


def test_a_taken_port_is_said_in_one_line_that_tells_what_to_do(port, static):
    command = [sys.executable, "-m", "tests.web.trial", str(port), str(static)]
    second = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=30)
    assert second.returncode == 1
    assert second.stderr.count("\n") == 1 and f"port {port}" in second.stderr and f"PORT={port + 1}" in second.stderr


def test_an_answer_under_way_is_finished_before_the_server_ends(static):
    with served(static) as (port, process), concurrent.futures.ThreadPoolExecutor(1) as pool:
        answer = pool.submit(ask, port, "GET", "/api/slow")
        time.sleep(0.3)
        process.send_signal(signal.SIGTERM)
        assert answer.result(10)[0] == 200
        assert process.wait(10) == 0
    with pytest.raises(OSError):
        socket.create_connection(("127.0.0.1", port), timeout=1)


@pytest.mark.skipif(sys.platform != "linux", reason="several processes share a port on Linux only")
def test_two_processes_serve_one_port_and_one_that_dies_is_replaced(static):
    with served(static, "2") as (port, process):
        first = processes(port, until=2)
        assert len(first) == 2 and process.pid not in first
        subprocess.run(["kill", "-9", str(min(first))], check=True)
        time.sleep(2.5)
        assert len(processes(port, until=2) - first) == 1
    with pytest.raises(OSError):
        socket.create_connection(("127.0.0.1", port), timeout=1)


def processes(port: int, until: int) -> set[int]:
    """Who answers, asked until so many were seen or 200 times."""
    seen = set()
    for _ in range(200):
        seen.add(json.loads(ask(port, "GET", "/api/hello")[2])["process"])
        if len(seen) >= until:
            break
    return seen


def certificate(folder) -> tuple[str, str]:
    """Paths of a certificate for localhost and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(1).not_valid_before(now).not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), False).sign(key, hashes.SHA256())
    )
    pem, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    (folder / "c.pem").write_bytes(made.public_bytes(pem))
    (folder / "k.pem").write_bytes(key.private_bytes(pem, form, serialization.NoEncryption()))
    return str(folder / "c.pem"), str(folder / "k.pem")


def test_a_site_with_a_certificate_is_reached_under_https(static, tmp_path):
    paths = certificate(tmp_path)
    with served(static, "1", *paths) as (port, _):
        line = http.client.HTTPSConnection("localhost", port, context=ssl.create_default_context(cafile=paths[0]))
        line.request("GET", "/api/hello")
        answer = line.getresponse()
        assert answer.status == 200 and json.loads(answer.read())["hello"]
        assert answer.headers["Strict-Transport-Security"]
        line.close()


def test_a_certificate_that_can_not_be_used_is_said_in_one_line(static, tmp_path):
    cert, key = certificate(tmp_path)
    for wrong in ((cert, str(tmp_path / "none.pem")), (key, key)):
        command = [sys.executable, "-m", "tests.web.trial", "0", str(static), "1", *wrong]
        ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=30)
        assert ended.returncode == 1 and "belong together" in ended.stderr and ended.stderr.count("\n") == 1


def test_who_comes_when_too_many_wait_is_told_so_at_once(shell):
    async def story():
        door = Door(*trial_app(shell), threads=1, waiting=1)
        slow = asyncio.create_task(spoken(door, "/api/slow"))
        await asyncio.sleep(0.1)
        started = time.monotonic()
        status, body = await spoken(door, "/api/hello")
        assert status == 503 and json.loads(body)["word"] == "BUSY" and time.monotonic() - started < 5
        assert (await slow)[0] == 200
        assert (await spoken(door, "/api/hello"))[0] == 200
        door.close()

    asyncio.run(story())


def test_a_body_that_does_not_come_is_given_up(shell, monkeypatch):
    monkeypatch.setattr(wsgi, "BODY_WITHIN_S", 0.1)
    monkeypatch.setattr(wsgi, "LOOK_S", 0.05)

    async def story():
        door = Door(*trial_app(shell))
        never = asyncio.Event()
        started = time.monotonic()
        status, body = await spoken(door, "/api/hello", "POST", never.wait)
        assert status == 400 and json.loads(body)["word"] == "UNREADABLE" and time.monotonic() - started < 5
        assert not door.reading.ends_s and not asyncio.current_task().cancelling()
        gone = asyncio.create_task(spoken(door, "/api/hello", "POST", never.wait))      # cancelled by others: stays so
        await asyncio.sleep(0.02)
        gone.cancel()
        with pytest.raises(asyncio.CancelledError):
            await gone
        door.close()

    asyncio.run(story())


async def spoken(door: Door, path: str, method: str = "GET", receive=None) -> tuple[int, bytes]:
    """One request without a line between."""
    said = []
    scope = {"type": "http", "method": method, "path": path, "query_string": b"", "headers": [], "http_version": "1.1",
             "scheme": "http", "server": None, "client": None}

    async def send(message: dict) -> None:
        said.append(message)

    await door(scope, receive, send)
    return said[0]["status"], said[1]["body"]
