"""/openapi.json (OpenAPI 3.1) out of the table in app/web/shapes.py, and the keys of receipts as JWK.

The table is kept by hand, beside the code: tests hold it against every route, and real answers against every field.
"""

import json
import re
from base64 import urlsafe_b64encode
from hashlib import sha256

from flask import Blueprint, Response

from app import __version__
from app.desk.office import Office
from app.errors import WORDS
from app.money import orders
from app.money.state import Register
from app.web.api import base64url
from app.web.shapes import ANYBODY, OWNER, OWNER_TOO, OWNERS_PROGRAM, READER, ROUTES, SHAPES, TILL, VENDOR, WALLET
from app.web.site import Services

PREFIX = "#/components/schemas/"
MOST = 2**53 - 1
_PLAIN = {
    "won": {"type": "integer", "minimum": 1, "maximum": MOST},
    "won0": {"type": "integer", "minimum": 0, "maximum": MOST},
    "signed": {"type": "integer", "minimum": -MOST, "maximum": MOST},
    "int": {"type": "integer", "minimum": 0, "maximum": MOST},
    "time": {"type": "integer", "minimum": 0, "maximum": MOST, "description": "Unix seconds"},
    "bool": {"type": "boolean"}, "text": {"type": "string"},
    "hex": {"type": "string", "pattern": "^([0-9a-f]{2})*$"},
    "b64": {"type": "string", "pattern": "^[A-Za-z0-9_-]+$", "contentEncoding": "base64url"},
    "b64e": {"type": "string", "pattern": "^[A-Za-z0-9_-]*$", "contentEncoding": "base64url"},
    "reference": {"type": "string", "pattern": "^[0-9A-Z-]{1,19}$"},
    "secret": {"type": "string", "pattern": "^whsec_[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=$", "description": "32 bytes, as Standard Webhooks writes them"},
    "deadline": {"type": "integer", "minimum": 10, "maximum": 300},
    "cashier": {"type": "integer", "minimum": 0, "maximum": 65_535},
    "limit": {"type": "integer", "minimum": 1, "maximum": 200},
    "why": {"type": "string", "enum": ["VENDOR", "TILL", "TIMED_OUT"]},
}
_PATHS = {
    "checkout_id": {"type": "string", "pattern": "^[A-Za-z0-9_-]{1,64}$"},
    "message_id": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
}
# Which proofs fit who asks: a session's message in a header, or in the address where no header can be sent.
_SECURITY = {
    ANYBODY: [], TILL: [{"till": []}], WALLET: [{"wallet": []}], VENDOR: [{"token": []}, {"till": []}],
    READER: [{"till": []}, {"wallet": []}, {"session": []}],
    OWNER: [{"owner": []}], OWNER_TOO: [{"till": []}, {"owner": []}], OWNERS_PROGRAM: [{"token": []}, {"owner": []}],
}
_DATED = {"now_ms": {"type": "integer", "description": "the server's clock, Unix milliseconds"}}
_WITHOUT_CLOCK = ("Directory", "Jwks", "Anything", "Events")


def routes(services: Services) -> Blueprint:
    blueprint = Blueprint("openapi", __name__)
    office: Office = services.office
    described = json.dumps(description(), ensure_ascii=False, separators=(",", ":")).encode()

    @blueprint.get("/openapi.json")
    def openapi() -> Response:
        return Response(described, mimetype="application/json")

    @blueprint.get("/.well-known/jwks.json")
    def jwks() -> Response:
        return Response(json.dumps({"keys": receipt_keys(office)}), mimetype="application/json",
                        headers={"Cache-Control": "max-age=300"})

    return blueprint


# --- the keys of receipts ------------------------------------------------------------------

def receipt_keys(office: Office) -> list[dict]:
    """RFC 7517 and 8037, with `kid` by RFC 7638; those that were replaced too, for older receipts. A receipt names
    `operational`. What proves them by the city's roots stands at /api/city."""
    found = []
    for number, record in office.store.records(Register.OPERATIONAL):
        if record.role == orders.RECEIPT_KEY:
            key = {"crv": "Ed25519", "kty": "OKP", "x": base64url(record.key)}
            print_ = sha256(json.dumps(key, separators=(",", ":"), sort_keys=True).encode()).digest()
            found.append({**key, "kid": urlsafe_b64encode(print_).rstrip(b"=").decode(), "alg": "Ed25519", "use": "sig",
                          "operational": number, "valid_from_s": record.valid_from_s, "valid_until_s": record.valid_until_s})
    return found


# --- the description -----------------------------------------------------------------------

def description() -> dict:
    return {
        "openapi": "3.1.0",
        "info": {"title": "HAGC", "version": __version__, "license": {"name": "MIT", "identifier": "MIT"},
                 "description": "A city's own digital currency. Messages as base64url; refusals as RFC 9457."},
        "paths": _paths(),
        "components": {"schemas": schemas(), "securitySchemes": _schemes(), "responses": {"Problem": {
            "description": "A refusal, in words (RFC 9457)",
            "content": {"application/problem+json": {"schema": {"$ref": PREFIX + "Problem"}}},
        }}},
    }


def _schemes() -> dict:
    header = {"type": "apiKey", "in": "header", "name": "Authorization"}
    return {
        "till": {**header, "description": "HAGC and a till's session message"},
        "wallet": {**header, "description": "HAGC and a wallet's session message"},
        "session": {"type": "apiKey", "in": "query", "name": "session", "description": "a session message"},
        "owner": {**header, "description": (
            "HAGC-Owner and, base64url with a dot between, the order and its Ed25519 signature by the till's refund key, which"
            " the owner's PIN unlocks, over `hagc/owner/1`, a zero byte, the chain id (32) and the order: JSON with till, what"
            " (method, path and query), body (SHA-256 of what is sent, hex) and expires_at_s (up to ten minutes ahead)")},
        "token": {"type": "http", "scheme": "bearer", "description": "a token that the shop's owner made at the till"},
    }


def schemas() -> dict:
    facts = {"type": "object", "additionalProperties": {"type": ["integer", "string"]}}
    problem = _object("type:text title:text detail:text next:text status:int word:Word number:int final:bool facts:Facts")
    event = {"type": "object", "required": ["id", "event"], "properties": {"id": {"type": ["integer", "null"]}, "event": {"type": "string"}}}
    shop = _object("shop:int name:text district:text category:int sort:int")
    return {
        **{name: _object(text) for name, text in SHAPES.items()},
        "Word": {"type": "string", "enum": list(WORDS)}, "Facts": facts, "Problem": _dated(problem), "Event": event,
        "Anything": {"type": "object"},
        "Directory": {"type": "object", "required": ["hosts", "shops"], "properties": {
            "hosts": {"type": "array", "items": {"type": "string"}}, "shops": {"type": "array", "items": shop}}},
    }


def _object(text: str) -> dict:
    """A shape's shorthand as JSON Schema; "+ Name" adds the fields of another."""
    text, _, other = text.partition(" + ")
    fields = dict(each.rsplit(":", 1) for each in f"{text} {SHAPES[other] if other else ''}".split())
    return {
        "type": "object", "additionalProperties": False,
        "required": [name for name in fields if not name.endswith("?")],
        "properties": {name.rstrip("?"): _type(said) for name, said in fields.items()},
    }


def _type(said: str) -> dict:
    if said.endswith("|null"):
        return {"anyOf": [_type(said.removesuffix("|null")), {"type": "null"}]}
    if said.endswith("[]"):
        return {"type": "array", "items": _type(said.removesuffix("[]"))}
    if "/" in said:
        return {"type": "string", "enum": said.split("/")}
    return dict(_PLAIN[said]) if said in _PLAIN else {"$ref": PREFIX + said}


def _dated(schema: dict) -> dict:
    """Every answer carries the server's time."""
    return {**schema, "required": [*schema["required"], "now_ms"], "properties": {**schema["properties"], **_DATED}}


def _paths() -> dict:
    found: dict[str, dict] = {}
    problem = {"$ref": "#/components/responses/Problem"}
    for method, rule, who, body, answered, query, said in ROUTES:
        path = path_of(rule)
        found.setdefault(path, {})[method.lower()] = {
            "operationId": f"{method.lower()}{re.sub(r'[^A-Za-z0-9]+', '_', path)}".rstrip("_"), "summary": said,
            "security": _SECURITY[who], "parameters": [*_in_path(rule), *_in_query(query)],
            **({"requestBody": {"required": True, "content": _json(body)}} if body else {}),
            "responses": {"200": _answer(answered), "4XX": problem, "503": _answer(answered) if path == "/readyz" else problem},
        }
    return found


def path_of(rule: str) -> str:
    """/a/<int:b> as OpenAPI writes it: /a/{b}."""
    return re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule)


def _in_path(rule: str) -> list[dict]:
    return [
        {"name": name, "in": "path", "required": True, "schema": _PATHS.get(name, _PLAIN["int"] if kind == "int:" else _PLAIN["text"])}
        for kind, name in re.findall(r"<(\w+:)?(\w+)>", rule)
    ]


def _in_query(query: str) -> list[dict]:
    fields = [each.rsplit(":", 1) for each in query.split()]
    return [{"name": name.rstrip("?"), "in": "query", "required": not name.endswith("?"), "schema": _type(said)}
            for name, said in fields]


def _json(shape: str) -> dict:
    return {"application/json": {"schema": {"$ref": PREFIX + shape}}}


def _answer(answered: str | tuple[str, ...]) -> dict:
    """One shape, or several forms of which the asker chooses."""
    content: dict[str, dict] = {}
    for each in (answered,) if isinstance(answered, str) else answered:
        if "/" in each:
            content[each] = {"schema": {"type": "string"} if each.startswith("text/") else {}}
        elif each in _WITHOUT_CLOCK:
            content |= _json(each)
        else:
            content["application/json"] = {"schema": _dated(_object(SHAPES[each]))}
    return {"description": "Done", "content": content}
