"""/openapi.json says what is: every route, every field of real answers, and whatever a tester that reads it sends."""

import secrets
from functools import cache
from io import BytesIO

import jsonschema
import pytest
import schemathesis
import werkzeug.test
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openapi_spec_validator import validate
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from app.desk import cards, seal
from app.message import cose
from app.message.keys import Signer, new_seed
from app.money import orders, policy
from app.money.orders_offline import Policy
from app.web import openapi, pace, shapes
from tests.cast import Owner, sale, text
from tests.conftest import LONG
from tests.vendor.conftest import Market, Vendor, new_shop, token

NOT_PUBLIC = ("/api/console/",)
PUBLIC = ("/api", "/log/", "/.well-known/", "/openapi.json", "/readyz", "/health")
OWNER = "the owner's, to be signed"
WAITS = ("/api/events", "/api/events/poll")     # answered by the door, not by Flask: tests/web/test_events.py


class AtTheWire:
    """The application, before which the shop's owner signs each question that says it is theirs."""

    def __init__(self, app, till):
        self.app, self.owner = app, Owner(till)

    def __call__(self, environ, start_response):
        if environ.get("HTTP_AUTHORIZATION") == OWNER:
            body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
            query = environ.get("QUERY_STRING", "")
            what = f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}{'?' if query else ''}{query}"
            environ |= {"wsgi.input": BytesIO(body), "HTTP_AUTHORIZATION": self.owner.order(what, body)}
        return self.app(environ, start_response)


class Town:
    """A shop with a past, and who may ask what."""

    def __init__(self, path):
        self.city = Market(path)
        self.kim = self.city.wallet(help_won=100_000)
        self.seller = Vendor(self.city, self.city.till(new_shop(self.city)))
        self.hook = self.seller.ask("POST", "/api/webhooks", {"url": "https://example.com/"}).json["webhook"]
        self.spare = token(self.city, self.seller.till, "지나간 프로그램")[1]
        for one in ("paid", "open", "late"):
            self.seller.put(one, webhook=self.hook)
        self.entry = self.seller.pay(self.kim, self.seller.take_up("paid"))["entry"]
        self.seller.take_up("open")
        self.seller.ask("POST", "/api/checkouts/late/cancel")
        self.card = self._card()
        self.wire = AtTheWire(self.city.app, self.seller.till)
        seal.checkpoint(self.city.office)

    def _card(self) -> dict[str, str]:
        """A paper card beside kim's phone, and its PIN."""
        city, now_s, hand = self.city, self.city.now_s(), self.city.numbers[0]
        city.hand_in(Policy(hand, policy.DAY_CARD, 50_000, now_s - 60, now_s + 86_400, bytes(8), now_s + 600))
        city.hand_in(cards.make(city.office, hand, self.kim.person, (bytes(8), now_s + 600)))
        made = cards.of_person(city.office, self.kim.person)
        return {"card": made.number, "pin": cards.new_pin(city.office, hand, made)}

    def ask(self, method: str, path: str, content: object, who: str):
        return werkzeug.test.Client(self.wire).open(path, method=method, json=content, headers=self.proof(who))

    def proof(self, who: str) -> dict[str, str]:
        """The header by which somebody asks; an owner's order is signed at the wire."""
        if "owner" in who:
            return {"Authorization": OWNER}
        session = {"till": self.seller.till, "reader": self.seller.till, "wallet": self.kim}.get(who)
        return {"Authorization": f"HAGC {text(session.session())}" if session else f"Bearer {self.seller.token}"} if who else {}


@pytest.fixture(scope="module")
def town(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pace, "A_MINUTE", {})
        made = Town(tmp_path_factory.mktemp("city") / "data")
        yield made
        made.city.close()


@cache
def described() -> dict:
    return openapi.description()


# --- the description -----------------------------------------------------------------------

def test_the_description_is_openapi_3_1(town):
    served = town.seller.ask("GET", "/openapi.json").json
    validate(served)
    assert served == described() and served["openapi"] == "3.1.0"


def test_every_public_route_stands_in_it_and_nothing_else(town):
    routes = {(method, rule.rule) for rule in town.city.app.url_map.iter_rules()
              for method in rule.methods - {"HEAD", "OPTIONS"}
              if rule.rule.startswith(PUBLIC) and not rule.rule.startswith(NOT_PUBLIC)}
    assert {(method, rule) for method, rule, *_ in shapes.ROUTES} == routes


def test_every_shape_is_used(town):
    said = str(described()["paths"]) + str(described()["components"])
    bodies = {each for _, _, _, body, answered, *_ in shapes.ROUTES
              for each in (body, *([answered] if isinstance(answered, str) else answered))}
    added = {text_.partition(" + ")[2] for text_ in shapes.SHAPES.values()}
    unused = [name for name in shapes.SHAPES if f"{openapi.PREFIX}{name}'" not in said and name not in bodies | added]
    assert unused == []


# --- real answers --------------------------------------------------------------------------

def fits(method: str, rule: str, answer, seen: set[str]) -> None:
    """Fails unless the answer is what the description says; remembers which fields were there."""
    said = described()["paths"][openapi.path_of(rule)][method.lower()]["responses"]["200" if answer.status_code == 200 else "4XX"]
    said = described()["components"]["responses"]["Problem"] if "$ref" in said else said
    schema = said["content"][answer.mimetype]["schema"]
    if answer.mimetype.endswith("json"):
        root = {**schema, "components": described()["components"]}
        jsonschema.Draft202012Validator(root).validate(answer.json)
        seen.update(answer.json)


def newcomer(city: Market) -> bytes:
    key = Signer(new_seed())
    body = orders.AccountOpen(key.public, orders.HARD, secrets.token_bytes(8), city.now_s() + 300)
    return cose.sign(body, key, city.chain_id)


def a_day(town: Town) -> list[tuple[str, str, str, object]]:
    """(method, rule, path, content) of questions that are answered with 200."""
    till, kim, city = town.seller.till, town.kim, town.city
    code, request = kim.code(1_000), till.request(500)
    digest = secrets.token_bytes(32)
    pairing = Vendor(city, city.till(till.shop)).till.pairing_code
    two = [sale(kim.payment(request), request), {"payer": "AAAA", "payee": "AAAA"}]
    return [
        ("POST", "/api/sales", "/api/sales", sale(code, till.charge(code, 700))),
        ("POST", "/api/sales", "/api/sales", {"sales": two}),
        ("GET", "/api/outcomes/<int:expires_at_s>/<message_id>", f"/api/outcomes/{city.now_s() + 55}/{city.id_of(code).hex()}", None),
        ("GET", "/api/outcomes/<int:expires_at_s>/<message_id>", f"/api/outcomes/{city.now_s()}/{'00' * 32}", None),
        ("POST", "/api/aliases", "/api/aliases", {"message": text(kim.batch())}),
        ("POST", "/api/accounts", "/api/accounts", {"message": text(newcomer(city))}),
        ("GET", "/api/wallet", "/api/wallet", None),
        ("GET", "/api/receipts/<int:entry>", f"/api/receipts/{town.entry}", None),
        ("GET", "/api/preview", f"/api/preview?shop={till.shop}&amount_won=500", None),
        ("POST", "/api/mistakes", "/api/mistakes", {"entry": town.entry}),
        ("GET", "/api/mistakes/<int:entry>", f"/api/mistakes/{town.entry}", None),
        ("GET", "/api/till", "/api/till", None),
        ("GET", "/api/tills/pair/<code>", f"/api/tills/pair/{pairing}", None),
        ("GET", "/api/till/staff", "/api/till/staff", None),
        ("GET", "/api/till/questions", "/api/till/questions", None),
        ("POST", "/api/till/questions", "/api/till/questions", {"entry": town.entry, "cashier": 0}),
        ("GET", "/api/till/receipts/<int:entry>", f"/api/till/receipts/{town.entry}", None),
        ("POST", "/api/till/receipts/<int:entry>", f"/api/till/receipts/{town.entry}", {"lines": [{"name": "국밥", "price_won": 5_000}]}),
        ("POST", "/api/refunds", "/api/refunds", {"message": text(till.refund(town.entry, 10))}),
        ("POST", "/api/cards/pay", "/api/cards/pay", {**town.card, "request": text(till.request(300))}),
        ("POST", "/api/cards/balance", "/api/cards/balance", town.card),
        ("GET", "/api/close", "/api/close", None),
        ("GET", "/api/close", "/api/close?as=csv&scope=shop", None),
        ("GET", "/api/close", "/api/close?month=2026-11", None),
        ("GET", "/api/closings", "/api/closings", None),
        ("POST", "/api/till/staff", "/api/till/staff", {"version": 0, "cashier": {
            "number": 0, "name": "김하나", "salt": text(bytes(16)), "digest": text(bytes(32))}}),
        ("POST", "/api/till/shop", "/api/till/shop", {"before": 0}),
        ("PUT", "/api/checkouts/<checkout_id>", "/api/checkouts/open", {
            "till": till.number, "amount_won": 5_000, "reference_id": "ORDER-1", "deadline_s": 300, "webhook": town.hook}),
        ("GET", "/api/checkouts/<checkout_id>", "/api/checkouts/paid", None),
        ("GET", "/api/checkouts/<checkout_id>", "/api/checkouts/open?format=emv", None),
        ("POST", "/api/checkouts/<checkout_id>/cancel", "/api/checkouts/late/cancel", {}),
        ("GET", "/api/checkouts", "/api/checkouts?limit=2", None),
        ("GET", "/api/till/checkouts", "/api/till/checkouts", None),
        ("POST", "/api/till/checkouts/<checkout_id>/take", "/api/till/checkouts/open/take", {}),
        ("POST", "/api/till/checkouts/<checkout_id>/messages", "/api/till/checkouts/open/messages",
         {"message": text(till.request(5_000, "ORDER-1"))}),
        ("POST", "/api/webhooks", "/api/webhooks", {"url": "https://example.com/2"}),
        ("GET", "/api/webhooks", "/api/webhooks", None),
        ("GET", "/api/webhooks/<int:number>", f"/api/webhooks/{town.hook}", None),
        ("DELETE", "/api/webhooks/<int:number>", f"/api/webhooks/{town.hook}", None),
        ("POST", "/api/tokens", "/api/tokens", {"name": "x", "digest": text(digest)}),
        ("GET", "/api/tokens", "/api/tokens", None),
        ("DELETE", "/api/tokens/<int:number>", f"/api/tokens/{town.spare}", None),
        ("GET", "/api/city", "/api/city", None),
        ("GET", "/api/directory", "/api/directory", None),
        ("GET", "/api/directory/signature", "/api/directory/signature", None),
        ("GET", "/api/words", "/api/words", None),
        ("GET", "/log/checkpoint", "/log/checkpoint", None),
        ("GET", "/log/genesis", "/log/genesis", None),
        ("GET", "/.well-known/jwks.json", "/.well-known/jwks.json", None),
        ("GET", "/readyz", "/readyz", None),
        ("GET", "/health", "/health", None),
    ]


def test_real_answers_have_exactly_the_fields_that_are_described(town):
    asks = {(method, rule): who for method, rule, who, *_ in shapes.ROUTES}
    seen: dict[tuple[str, str], set[str]] = {}
    wrong = []
    for method, rule, path, content in a_day(town):
        answer = town.ask(method, path, content, asks[method, rule])
        try:
            assert answer.status_code == 200, answer.get_data()[:200]
            fits(method, rule, answer, seen.setdefault((method, rule), set()))
        except (AssertionError, jsonschema.ValidationError, KeyError) as error:
            wrong.append((method, path, str(error)[:300]))
    assert wrong == []
    assert {"answers", "receipt"} <= seen["POST", "/api/sales"]


@pytest.mark.parametrize(("method", "path"), [
    ("GET", "/api/nothing"), ("GET", "/log/nothing"), ("GET", "/.well-known/nothing"), ("DELETE", "/openapi.json"),
    ("POST", "/health"), ("GET", "/log/tile/x"), ("GET", "/log/proof/999999"),
])
def test_what_is_not_there_is_a_problem_everywhere(town, method, path):
    answer = town.seller.ask(method, path)
    assert answer.status_code in (404, 405) and answer.content_type == "application/problem+json"
    root = {**described()["components"]["schemas"]["Problem"], "components": described()["components"]}
    jsonschema.Draft202012Validator(root).validate(answer.json)


# --- a tester that reads the description ---------------------------------------------------

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]


@pytest.fixture(scope="module")
def api(town):
    return schemathesis.openapi.from_wsgi("/openapi.json", town.wire).exclude(path=list(WAITS))


@pytest.mark.parametrize(("method", "rule", "who"), [
    (method, rule, who) for method, rule, who, *_ in shapes.ROUTES if rule not in WAITS])
def test_whatever_is_sent_the_answer_is_as_described(town, api, method, rule, who):
    """By proof and without: sensible questions and wrong ones, as schemathesis makes them of the description."""
    operation = api[openapi.path_of(rule)][method]

    @given(case=st.one_of(*(operation.as_strategy(generation_mode=mode) for mode in GenerationMode)), proven=st.booleans())
    @settings(max_examples=300 if LONG else 15, deadline=None, suppress_health_check=list(HealthCheck))
    def ask(case, proven: bool) -> None:
        plain = {"Accept-Encoding": "identity"}     # the tester unpacks nothing
        case.headers = {**(case.headers or {}), **plain, **(town.proof(who) if proven else {})}
        answer = case.call()
        case.validate_response(answer, checks=CHECKS)
        assert proven or not who or answer.status_code >= 400, "who proves nothing is told nothing"

    ask()
