"""The till's page on this PC's own address: the city's files as they were kept, this program's hands, and the line to the
city, all of one origin. It listens on this machine alone and answers one browser: see pos.door.
"""

import json
import os
import sys
from collections.abc import Iterable
from html import escape
from http.client import HTTPException
from http.cookies import CookieError, SimpleCookie
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit
from urllib.request import Request

from app.errors import SetupError
from pos import words
from pos.door import Door
from pos.errands import Errands
from pos.first import FORM_PATH, SCRIPT, SCRIPT_PATH, STATE_PATH, STOP_PATH, STYLE, STYLE_PATH, First
from pos.server import Unclear

ADDRESS = "127.0.0.1"
NAMES = ("localhost", "127.0.0.1")
LONGEST_QUESTION = 1 << 20
LONGEST_ANSWER = 64 << 20       # a month's statement
LINE_TIMEOUT_S = 40             # an event stream says something each 15
IDLE_S = 75
YEAR_S = 31_536_000
# As the city's own server says it (app/web/headers.py): nothing inline, nothing from another host, in nobody's frame.
POLICY = ("default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; require-trusted-types-for 'script'; "
          "trusted-types hagc; frame-ancestors 'none'; object-src 'none'; base-uri 'none'; form-action 'self'")
HEADERS = (
    ("X-Content-Type-Options", "nosniff"), ("Referrer-Policy", "no-referrer"), ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Cross-Origin-Opener-Policy", "same-origin"), ("X-Frame-Options", "DENY"),
    ("Permissions-Policy", "camera=(self), microphone=(), geolocation=(), payment=(), usb=()"),
)
TYPES = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml", ".wasm": "application/wasm", ".png": "image/png"}
PASSED_ON = ("Content-Type", "Accept-Language", "Authorization")
PASSED_BACK = ("Content-Type", "Content-Disposition", "Retry-After")


class Localhost(ThreadingHTTPServer):
    """A thread a connection; a browser keeps six."""

    daemon_threads = True
    allow_reuse_address = os.name != "nt"       # there it would let another program listen beside this one

    def __init__(self, port: int, errands: Errands | None, first: First | None = None):
        """SetupError where another program listens there. Port 0: any that is free. first: in the place of `errands` until this PC is a
        till; then somebody sets them."""
        try:
            super().__init__((ADDRESS, port), Handler)
        except (OSError, OverflowError) as error:
            raise SetupError(f"port {port} of this machine can't be used ({error}): choose another with --port") from None
        self.errands, self.first, self.door = errands, first, Door((errands or first).folder, self.server_port)
        self.hosts = {f"{name}:{self.server_port}" for name in NAMES}

    @property
    def url(self) -> str:
        return f"http://{NAMES[0]}:{self.server_port}/"

    def handle_error(self, request: object, client_address: object) -> None:
        """A browser that goes away is none; the rest is a fault of ours, and the program goes on."""
        if not isinstance(sys.exception(), (ConnectionError, TimeoutError)):
            super().handle_error(request, client_address)


def _path(asked: str) -> str:
    """Empty where it is none of this machine's."""
    try:
        return urlsplit(asked).path if asked.startswith("/") and not asked.startswith("//") and asked.isascii() else ""
    except ValueError:
        return ""


class Handler(BaseHTTPRequestHandler):
    """One connection of the browser's."""

    protocol_version, timeout = "HTTP/1.1", IDLE_S
    server: Localhost

    def do_GET(self) -> None:
        path = _path(self.path)
        body = self._body()
        if not path or body is None or not self._is_ours():
            self.close_connection = True
            self._say(403, "outside")
        elif path == "/" and self.command == "GET" and not (self.server.errands is None and self._is_known()):
            self._enter()
        elif not self._is_known():
            self._say(403, "outside")
        elif self.server.errands is None:
            self._first(path, body)
        elif path.startswith("/till/") and self.command == "POST":
            self._errand(path.removeprefix("/till/"), body)
        elif path == STATE_PATH:
            self._send(200, b"till", "text/plain")      # it has become one
        elif path.startswith("/api/") or path == "/health":
            self._pass_on(body)
        elif self.command == "GET":
            self._file(path)
        else:
            self._say(404, "outside")

    do_POST = do_DELETE = do_GET

    def _is_ours(self) -> bool:
        """Not from another site's page (Origin, Sec-Fetch-Site), nor by a name that somebody else's DNS gives to this
        machine (Host). What changes something says where it comes from."""
        host, origin, site = (self.headers.get(name) for name in ("Host", "Origin", "Sec-Fetch-Site"))
        if host not in self.server.hosts or site not in (None, "same-origin", "none"):
            return False
        return origin == f"http://{host}" or (origin is None and self.command == "GET")

    def _body(self) -> bytes | None:
        """None where it is too long, or doesn't say how long it is."""
        said = self.headers.get("Content-Length", "0")
        if "Transfer-Encoding" in self.headers or not (said.isascii() and said.isdigit()) or int(said) > LONGEST_QUESTION:
            return None
        return self.rfile.read(int(said))

    def _is_known(self) -> bool:
        return self.server.door.knows(self.headers.get("Cookie", ""))

    def _first(self, path: str, body: bytes) -> None:
        """Before this PC is a till: pos.first."""
        first = self.server.first
        files = {STYLE_PATH: (STYLE, "text/css"), SCRIPT_PATH: (SCRIPT, "text/javascript"), STATE_PATH: (first.state.encode(), "text/plain")}
        if self.command == "GET" and path in files:
            return self._send(200, *files[path])
        if self.command == "GET":
            chosen = parse_qs(urlsplit(self.path).query).get("lang", [""])[0]
            # else a browser would not say from where its form comes
            return self._send(200, first.page(chosen), "text/html", [("Referrer-Policy", "same-origin")])
        if path == FORM_PATH:
            first.send(body)
        elif path == STOP_PATH:
            first.stop()
        self._send(303, b"", "text/plain", [("Location", "/")])

    def _enter(self) -> None:
        """The printed address gives the browser its cookie; afterwards it only leads to the page."""
        ticket = parse_qs(urlsplit(self.path).query).get("open", [""])[0]
        cookie = self.server.door.let_in(ticket)
        if cookie is None and not self._is_known():
            return self._say(403, "outside")
        self._send(303, b"", "text/plain", [("Location", "/pos" if self.server.errands else "/"), *([("Set-Cookie", cookie)] if cookie else [])])

    # --- the city's files ----------------------------------------------------------------------

    def _file(self, path: str) -> None:
        version = self.server.errands.pages.version
        if path == "/pos":
            self._document()
        elif path == "/sw.js":
            self._send(200, version.worker, "text/javascript", [("Service-Worker-Allowed", "/pos")])
        elif path in version.files:
            kind = TYPES.get(path[path.rfind("."):], "application/octet-stream")
            self._send(200, version.files[path], kind, [("Cache-Control", f"private, max-age={YEAR_S}, immutable")])
        else:
            self._say(404, "outside")

    def _document(self) -> None:
        """In the language that was chosen, here or before."""
        chosen = parse_qs(urlsplit(self.path).query).get("lang", [""])[0]
        version, kept = self.server.errands.pages.version, self._cookie("lang")
        more = [("Set-Cookie", f"lang={chosen}; Max-Age={YEAR_S}; SameSite=Lax")] if chosen in version.documents else []
        language = chosen or kept or self.server.errands.server.language
        self._send(200, version.document(language), "text/html", more)

    def _cookie(self, name: str) -> str:
        try:
            found = SimpleCookie(self.headers.get("Cookie", "")).get(name)
        except CookieError:
            return ""
        return found.value if found else ""

    # --- this program and the city ---------------------------------------------------------------

    def _errand(self, name: str, body: bytes) -> None:
        if self.headers.get_content_type() != "application/json":
            return self._say(415, "outside")
        status, said = self.server.errands.answer(name, body)
        self._send(status, json.dumps(said).encode(), "application/json")

    def _pass_on(self, body: bytes) -> None:
        """The page's own question to the city; no answer of it is an answer without its time, which the page takes for none."""
        line = self.server.errands.server
        headers = {name: self.headers[name] for name in PASSED_ON if name in self.headers}
        try:
            asked = Request(line.url + self.path, body or None, headers, method=self.command)
            with line.relay(asked, LINE_TIMEOUT_S) as answer:
                if answer.headers.get_content_type() == "text/event-stream":
                    return self._stream(answer)
                content = answer.read(LONGEST_ANSWER)
                status, back = answer.status, [(name, answer.headers[name]) for name in PASSED_BACK if name in answer.headers]
        except (Unclear, OSError, HTTPException, ValueError):
            return self._send(502, b"{}", "application/json")
        if answer.headers.get_content_type().endswith("json"):
            line.hear_time(content)
        self._send(status, content, "", back)

    def _stream(self, answer) -> None:
        """Each piece as it comes, until one of the two goes away."""
        self.close_connection = True
        self._head(200, [("Content-Type", "text/event-stream"), ("Cache-Control", "no-store"), ("Connection", "close")])
        try:
            while piece := answer.read1(65_536):
                self.wfile.write(piece)
        except (HTTPException, TimeoutError):
            pass                # the page notices, and asks anew

    # --- answers -------------------------------------------------------------------------------

    def _say(self, status: int, name: str) -> None:
        """A page of a few words."""
        lines = "".join(f"<p>{escape(words.say(language, name))}</p>" for language in ("ko", "en"))
        text = f'<!doctype html><html lang="ko"><meta charset="utf-8"><title>HAGC</title>{lines}</html>'
        self._send(status, text.encode(), "text/html")

    def _send(self, status: int, body: bytes, kind: str, more: Iterable[tuple[str, str]] = ()) -> None:
        more = list(more)
        if kind:
            more.append(("Content-Type", f"{kind}; charset=utf-8" if kind.startswith("text/") else kind))
        if "Cache-Control" not in dict(more):
            more.append(("Cache-Control", "no-store"))
        if self.close_connection:
            more.append(("Connection", "close"))
        self._head(status, [*more, ("Content-Length", str(len(body)))])
        self.wfile.write(body)

    def _head(self, status: int, more: list[tuple[str, str]]) -> None:
        self.send_response(status)
        said = dict(more)
        for name, value in (*more, *(each for each in HEADERS if each[0] not in said), ("Content-Security-Policy", POLICY)):
            self.send_header(name, value)
        self.end_headers()

    def version_string(self) -> str:
        return "HAGC"

    def log_message(self, *_: object) -> None:
        """Nothing of what a till does is told to a terminal."""
