"""The line to the operator: JSON over HTTP, three kinds of answer, and never a guess.

An answer, a worded refusal, or `Unclear`: nobody knows whether the message arrived. What a till sends has an id that
settles once, so after `Unclear` the same message may be sent again, or asked about.
"""

import json
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from http.client import HTTPException, HTTPResponse
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, OpenerDirector, Request, build_opener

from app.errors import SetupError

TIMEOUT_S = 6
FILE_TIMEOUT_S = 60     # a month of a large shop
LONGEST_FILE = 64 << 20
LONGEST_ANSWER = 1 << 20
NEARBY = ("localhost", "127.0.0.1", "::1")
# Why a purse can't pay is its owner's business: at the till all of it is "not enough", and no figure of it is kept.
OF_THE_PAYER = frozenset({"NOT_ENOUGH", "WRONG_CATEGORY", "COINS_EXPIRED"})


class Unclear(Exception):
    """No answer, or none that can be read."""


class Refused(Exception):
    """The operator's no: its word, whether it is final, its sentence in the till's language, and how long to wait (s), if it says so."""

    def __init__(self, word: str, sentence: str, final: bool, wait_s: int = 0):
        super().__init__(word)
        self.word, self.sentence, self.final, self.wait_s = word, sentence, final, wait_s


# What proves, to a question (method, path and query; its body), who asks: the whole of the header Authorization.
Proof = Callable[[str, bytes], str]


class Server:
    """One operator. `session`: of a till's session, its text; or a Proof. `clock_ms` is this machine's; `now_s` follows the operator's once it has answered."""

    def __init__(self, url: str, language: str = "ko", clock_ms: Callable[[], int] | None = None):
        """SetupError unless `url` is https, or http on this machine itself."""
        self.url = checked(url)
        self.language = language
        self.clock_ms = clock_ms or (lambda: time.time_ns() // 1_000_000)
        self.ahead_ms = 0       # the operator's clock before this machine's
        self._opener: OpenerDirector = build_opener(_NoRedirect)

    def now_ms(self) -> int:
        return self.clock_ms() + self.ahead_ms

    def now_s(self) -> int:
        return self.now_ms() // 1000

    def get(self, path: str, session: str | Proof = "", timeout_s: float = TIMEOUT_S) -> dict:
        """The answer; raises Refused or Unclear."""
        return self._ask(Request(self.url + path), session, timeout_s)

    def post(self, path: str, content: dict, session: str | Proof = "") -> dict:
        body = json.dumps(content).encode()
        return self._ask(Request(self.url + path, body, {"Content-Type": "application/json"}), session, TIMEOUT_S)

    def delete(self, path: str, session: str | Proof) -> dict:
        return self._ask(Request(self.url + path, method="DELETE"), session, TIMEOUT_S)

    def fetch(self, path: str, session: str | Proof) -> bytes:
        """A file; raises Refused or Unclear."""
        found = self._opened(Request(self.url + path), session, FILE_TIMEOUT_S, LONGEST_FILE + 1)
        if len(found) > LONGEST_FILE:
            raise Unclear("the file is too long")
        return found

    def relay(self, request: Request, timeout_s: float) -> HTTPResponse:
        """The answer as it comes, whatever its status, for who reads it themselves; raises Unclear."""
        try:
            return self._opener.open(request, timeout=timeout_s)
        except HTTPError as error:
            return error
        except (OSError, HTTPException) as error:
            raise Unclear(str(error) or type(error).__name__) from None

    def hear_time(self, body: bytes) -> None:
        """Sets the clock by an answer that somebody else asked for."""
        try:
            self._read(body)
        except Unclear:
            pass                # not the operator's

    def _ask(self, request: Request, session: str | Proof, timeout_s: float) -> dict:
        return self._read(self._opened(request, session, timeout_s, LONGEST_ANSWER))

    def _opened(self, request: Request, session: str | Proof, timeout_s: float, longest: int) -> bytes:
        request.add_header("Accept-Language", self.language)
        if callable(session):
            request.add_header("Authorization", session(f"{request.get_method()} {request.selector}", request.data or b""))
        elif session:
            request.add_header("Authorization", f"HAGC {session}")
        try:
            with self._opener.open(request, timeout=timeout_s) as answer:
                return answer.read(longest)
        except HTTPError as error:
            raise self._no(error) from None
        except (OSError, HTTPException) as error:
            raise Unclear(str(error) or type(error).__name__) from None

    def _read(self, body: bytes) -> dict:
        try:
            answer = json.loads(body)
        except (ValueError, RecursionError):
            raise Unclear("the answer is no JSON") from None
        if not isinstance(answer, dict):
            raise Unclear("the answer is no object")
        if type(answer.get("now_ms")) is int:
            self.ahead_ms = answer["now_ms"] - self.clock_ms()
        return answer

    def _no(self, error: HTTPError) -> Exception:
        """A problem (RFC 9457) is a refusal. A server's own fault tells nothing about the message."""
        try:
            problem = self._read(error.read(LONGEST_ANSWER))
        except (Unclear, OSError, HTTPException):
            return Unclear(f"status {error.code}")
        no = refused(problem)
        return Unclear(f"status {error.code}") if no is None or no.word == "INTERNAL" else no


def refused(problem: object) -> Refused | None:
    """The refusal in a problem's members; None if it is none."""
    if not isinstance(problem, dict) or not isinstance(problem.get("word"), str) or not problem["word"]:
        return None
    final = problem.get("final") is True
    if problem["word"] in OF_THE_PAYER:
        return Refused("NOT_ENOUGH", "", final)
    sentences = (problem.get(part) for part in ("detail", "next"))
    said = " ".join(part for part in sentences if isinstance(part, str) and part)
    facts = problem.get("facts")
    wait_s = facts.get("wait_s") if isinstance(facts, dict) else 0
    return Refused(problem["word"], said or str(problem.get("title") or ""), final, wait_s if type(wait_s) is int else 0)


def checked(url: str) -> str:
    """Scheme, host and port alone."""
    try:
        parts = urlsplit(url if "://" in url else f"https://{url}")
        known = bool(parts.hostname) and parts.port != 0 and parts.scheme in ("https", "http")
    except ValueError:
        known = False
    if not known:
        raise SetupError(f"{url} is no address of a server: write https://HOST")
    if parts.scheme == "http" and parts.hostname not in NEARBY:
        raise SetupError(f"{url}: a server that is not on this machine must be reached by https")
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"


def to_text(raw: bytes) -> str:
    """Bytes in JSON: base64url without padding."""
    return urlsafe_b64encode(raw).decode().rstrip("=")


def to_bytes(text: object) -> bytes:
    """Raises Unclear where it is none."""
    try:
        return urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (TypeError, ValueError):
        raise Unclear("the answer holds no message") from None


class _NoRedirect(HTTPRedirectHandler):
    """A redirected POST would arrive without its body, and a till has one server."""

    def redirect_request(self, *_):
        return None
