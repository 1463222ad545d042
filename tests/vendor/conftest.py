"""A town with a shop that has a till, a vendor's program with a token of it, and a resident with money."""

import hashlib
import json
import secrets
from functools import cached_property

import pytest

from app.desk import act, checkout, vendor
from app.money import orders
from app.money.state import Register
from app.web import pace
from tests.cast import HOUR_S, MAKER, City, Line, Owner, Till, sale, text

RESTAURANT_TRADE = 1
WISH = {"amount_won": 5_000, "reference_id": "ORDER-1", "deadline_s": 300}


class Market(City):
    """Nothing is paced here: one application serves everybody."""

    @cached_property
    def app(self):
        return self.application()

    def line(self) -> Line:
        return Line(self.app.test_client())


class Vendor:
    """A program with a token, and the till that it works for."""

    def __init__(self, city: Market, till: Till):
        self.city, self.till = city, till
        self.line = city.line()
        self.client = self.line.to
        self.token, self.number = token(city, till)

    def ask(self, method: str, path: str, content: object = None, headers: dict | None = None):
        """An answer of Flask's test client; by the token unless `headers` say otherwise."""
        said = {"Authorization": f"Bearer {self.token}"} if headers is None else headers
        return self.client.open(path, method=method, json=content, headers=said)

    def put(self, checkout_id: str, **other):
        return self.ask("PUT", f"/api/checkouts/{checkout_id}", WISH | {"till": self.till.number} | other)

    def get(self, checkout_id: str) -> dict:
        return self.ask("GET", f"/api/checkouts/{checkout_id}").json

    def as_till(self, method: str, path: str, content: object = None, till: Till | None = None):
        return self.ask(method, path, content, {"Authorization": f"HAGC {text((till or self.till).session())}"})

    def as_owner(self, method: str, path: str, content: object = None):
        body = b"" if content is None else json.dumps(content).encode()
        proof = Owner(self.till).order(f"{method} {path}", body)
        return self.client.open(path, method=method, data=body, headers={"Authorization": proof, "Content-Type": "application/json"})

    def take_up(self, checkout_id: str, won: int = 5_000, reference: str = "ORDER-1", life_s: int = 170) -> bytes:
        """What the till's page does: takes it up, signs, tells. The request."""
        assert self.as_till("POST", f"/api/till/checkouts/{checkout_id}/take").status_code == 200
        request = self.till.request(won, reference, life_s)
        told = self.as_till("POST", f"/api/till/checkouts/{checkout_id}/messages", {"message": text(request)})
        assert told.status_code == 200, told.json
        return request

    def pay(self, wallet, request: bytes) -> dict:
        answer = self.line.post("/api/sales", sale(wallet.payment(request), request))
        assert answer.status == 200, answer.json
        return answer.json

    def look(self) -> None:
        checkout.look_after_all(self.city.office)


def token(city: Market, till: Till, name: str = "계산대 프로그램") -> tuple[str, int]:
    """A token as the till makes it, and its number."""
    made = vendor.PREFIX + secrets.token_urlsafe(32)
    digest = hashlib.sha256(made.encode()).digest()
    answer = city.line().post("/api/tokens", {"name": name, "digest": text(digest)}, Owner(till))
    assert answer.status == 200, answer.json
    return made, answer.json["token"]


@pytest.fixture(autouse=True)
def no_pace(monkeypatch):
    monkeypatch.setattr(pace, "A_MINUTE", {})


@pytest.fixture(scope="module")
def city(tmp_path_factory):
    made = Market(tmp_path_factory.mktemp("city") / "data")
    yield made
    made.close()


def new_shop(city: Market, name: str = "새 가게") -> int:
    number = act.next_number(city.office, Register.SHOP)
    city.hand_in(orders.Shop(city.numbers[MAKER], number, orders.OPEN, orders.SHOP, RESTAURANT_TRADE, name.encode(), b"",
                             secrets.token_bytes(8), city.now_s() + HOUR_S))
    return number


@pytest.fixture
def seller(city) -> Vendor:
    """A shop that nobody has seen before."""
    return Vendor(city, city.till(new_shop(city)))


@pytest.fixture(scope="module")
def kim(city):
    return city.wallet(help_won=500_000)


@pytest.fixture
def other(city) -> Vendor:
    return Vendor(city, city.till(new_shop(city, "다른 가게")))
