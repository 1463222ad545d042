"""The only place where a refusal becomes a status or a page: RFC 9457 problem+json under /api, a page elsewhere.

A view returns a plain dictionary or raises; nothing that a client sends may end in a 5xx. What nobody foresaw shows
a number to the user and the truth, without its data, to the operator's log.
"""

import gzip
import json
import logging
import secrets
import traceback
from dataclasses import dataclass

from flask import Flask, Request, Response, request
from flask.json.provider import JSONProvider
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

from app.errors import WORDS, Refusal
from app.web.shell import PLAIN, Shell

NUMBER_LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # none that is mistaken for another, read aloud or by hand
GZIP_FROM = 1024
RETRY_AFTER_S = {"BUSY": 2, "HALTED": 60, "TOO_MANY": 10, "CARD_WAIT": 30}

# What a refusal is to HTTP; what is not named here is 422, a request well understood and not allowed.
STATUS = {
    400: "TOO_LONG NOT_CANONICAL TRAILING_BYTES NOT_A_MESSAGE UNKNOWN_KIND OTHER_HOST BAD_FIELD SMALL_ORDER_KEY "
         "UNREADABLE FIELD_MISSING FIELD_WRONG REASON_MISSING RESIDENT_NUMBER",
    401: "UNKNOWN_KEY MALLEATED_SIGNATURE WRONG_PURPOSE OTHER_CHAIN BAD_SIGNATURE REVOKED_KEY TILL_REVOKED "
         "SIGN_IN_FIRST SIGN_IN_WRONG TOKEN_UNKNOWN CARD_PIN_WRONG",
    403: "OWNER_ONLY OFFICER_NOT_VALID MAKER_NOT_VALID NO_RIGHT SAME_OFFICER NOT_YOURS FORM_EXPIRED WRONG_SHOP OTHER_SHOPS_SALE ACCOUNT_FROZEN "
         "OWN_CASE OWN_RECORD DOOR_ANEW CARD_BLOCKED",
    404: "NOT_FOUND UNKNOWN_OFFICER UNKNOWN_TILL UNKNOWN_SHOP UNKNOWN_ACCOUNT UNKNOWN_PAYMENT UNKNOWN_PROGRAMME "
         "PAIRING_UNKNOWN JOIN_CODE_WRONG CARD_UNKNOWN",
    405: "METHOD_NOT_ALLOWED",
    409: "CALL_TAKEN CALL_NOT_OPENED ID_UNDER_OTHER_KEY CODE_USED REQUEST_PAID ALREADY_DONE LIST_PAID LIST_SEEN LIST_OVERTAKEN LIST_NOT_READY NUMBER_TAKEN OFFICER_TURN KEY_TAKEN PERSON_LINKED PERSON_NAMED "
         "ACCOUNT_LINKED ROW_OUT_OF_ORDER LIST_CLOSED APPROVALS_MISSING CHECKOUT_DIFFERS "
         "CHECKOUT_OVER CARD_NOT_YET CARD_UNCAPPED CARD_STOCK_FULL CARD_IN_USE",
    410: "EXPIRED PAIRING_OVER",
    413: "TOO_LARGE",
    429: "TOO_MANY CARD_WAIT",
    500: "INTERNAL",
    503: "HALTED BUSY",
}
STATUS_OF = {word: status for status, words in STATUS.items() for word in words.split()}
# Flask's and werkzeug's own refusals, by their status; another 4xx is UNREADABLE.
WORD_OF = {401: "SIGN_IN_FIRST", 403: "NOT_YOURS", 404: "NOT_FOUND", 405: "METHOD_NOT_ALLOWED", 413: "TOO_LARGE",
           429: "TOO_MANY"}

log = logging.getLogger("hagc.web")


def status_of(refusal: Refusal) -> int:
    return STATUS_OF.get(refusal.word, 422)


@dataclass(frozen=True, slots=True)
class Answers:
    """Turns refusals into answers, in the language of who asks."""

    shell: Shell

    def refuse(self, refusal: Refusal) -> Response:
        language = self.shell.words.language_of(request)
        said = self.shell.words.refused(language, refusal)
        status = status_of(refusal)
        if wants_json(request):
            problem = {"type": f"/problems/{refusal.word}", **said, "status": status, "word": refusal.word,
                       "number": refusal.number, "final": refusal.final, "facts": refusal.facts}
            answer = Response(dumps({**problem, "now_ms": self.shell.now_ms()}), status,
                              mimetype="application/problem+json")
        else:
            answer = Response(self.shell.render("refusal.html", PLAIN, said=said, refusal=refusal), status)
        answer.headers["Content-Language"] = language
        if refusal.word in RETRY_AFTER_S:
            answer.headers["Retry-After"] = str(refusal.facts.get("wait_s", RETRY_AFTER_S[refusal.word]))
        return answer

    def refuse_http(self, error: HTTPException) -> Response | HTTPException:
        if isinstance(error, RequestRedirect):
            return error
        answer = self.refuse(Refusal(WORD_OF.get(error.code, "UNREADABLE")))
        allowed = getattr(error, "valid_methods", None)
        if allowed:
            answer.headers["Allow"] = ", ".join(sorted(allowed))
        return answer

    def refuse_unknown(self, error: Exception) -> Response:
        """A bug. The log gets its kind and its place, never its text, which may hold a name or an amount."""
        number = "".join(secrets.choice(NUMBER_LETTERS) for _ in range(6))
        rule = request.url_rule.rule if request.url_rule else "no rule"
        where = " < ".join(f"{step.filename}:{step.lineno} {step.name}"
                           for step in reversed(traceback.extract_tb(error.__traceback__)))
        log.error("error %s: %s in %s %s at %s", number, type(error).__name__, request.method, rule, where)
        return self.refuse(Refusal("INTERNAL", error=number))

    def problem_page(self, word: str) -> str:
        """/problems/<WORD>: what a problem's `type` points to."""
        if word not in WORDS:
            raise Refusal("NOT_FOUND")
        refusal = Refusal(word)
        said = self.shell.words.refused(self.shell.words.language_of(request), refusal)
        return self.shell.render("refusal.html", PLAIN, said=said, refusal=refusal)


class Json(JSONProvider):
    """Compact; a dictionary that a view returns carries the server's time, by which phones set their clocks."""

    def dumps(self, obj, **kwargs) -> str:
        return dumps(obj)

    def loads(self, s, **kwargs):
        return loads(s)

    def response(self, *args, **kwargs) -> Response:
        content = self._prepare_response_obj(args, kwargs)
        if isinstance(content, dict):
            content = {**content, "now_ms": self._app.extensions["shell"].now_ms()}
        return Response(dumps(content), mimetype="application/json")


def install(app: Flask, answers: Answers) -> None:
    """Makes every refusal, every HTTP error and every bug of `app` go through `answers`."""
    app.json = Json(app)
    app.extensions["shell"] = answers.shell
    app.register_error_handler(Refusal, answers.refuse)
    app.register_error_handler(HTTPException, answers.refuse_http)
    app.register_error_handler(Exception, answers.refuse_unknown)
    app.before_request(_refuse_what_the_door_refused)
    app.after_request(_compress)
    app.add_url_rule("/problems/<word>", "problem", answers.problem_page)


def dumps(content: object) -> str:
    return _ENCODER.encode(content)


def loads(text: str | bytes) -> object:
    """JSON as RFC 8259 has it: UTF-8, no NaN, no half of a character, and nothing nested so deep that reading it fails.
    ValueError."""
    text = text.decode() if isinstance(text, bytes) else text
    try:
        content = _DECODER.decode(text)
        if "\\ud" in text.lower():
            dumps(content).encode()
    except RecursionError as error:
        raise ValueError("nested too deep") from error
    return content


def _no_number(name: str) -> float:
    raise ValueError(f"{name} is no number")


# Made once: each costs more than a payment's few fields.
_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
_DECODER = json.JSONDecoder(parse_constant=_no_number)


def wants_json(asked: Request) -> bool:
    return asked.path.startswith(("/api/", "/log/", "/.well-known/")) or asked.path in ("/api", "/openapi.json", "/health", "/readyz")


def _refuse_what_the_door_refused() -> None:
    word = request.environ.get("hagc.refused")
    if word:
        raise Refusal(word)


def _compress(answer: Response) -> Response:
    """A cheap gzip for texts. Never for a signed-in officer's page: its size would tell of its form token (BREACH)."""
    if answer.direct_passthrough or "Content-Encoding" in answer.headers or answer.is_streamed:
        return answer
    if not (answer.mimetype.startswith("text/") or answer.mimetype.endswith("json")):
        return answer
    if "Vary" in answer.headers:
        answer.vary.add("Accept-Encoding")
    else:
        answer.headers["Vary"] = "Accept-Encoding"
    body = answer.get_data()
    if len(body) < GZIP_FROM or "gzip" not in request.environ.get("HTTP_ACCEPT_ENCODING", "") or "session" in request.cookies:
        return answer
    answer.set_data(gzip.compress(body, 1, mtime=0))
    answer.headers["Content-Encoding"] = "gzip"
    return answer
