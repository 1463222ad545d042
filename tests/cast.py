"""The cast of every play: a founded example city on real files, residents with phones, shops with tills, officers.

    city = City(tmp_path / "data")                      # a clock that stands until `city.wait`
    kim, till = city.wallet(help_won=10_000), city.till(RESTAURANT)
    code = kim.code(5_000)
    answer = city.line().post("/api/sales", sale(code, till.charge(code, 5_000)))

Every key is in Python, every message is real, and everything goes in through the city's own counters. Nothing here
is a mock: hand `City` the clock `time.time` and serve its folder with `python -m app run` in another process.
"""

import hashlib
import json
import os
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from urllib.parse import urlsplit

from app import city as cities
from app.desk import act, certify, example, found, grant, join, pairing, sweep
from app.desk.certify import Certificate, Sheet
from app.desk.found import Folder
from app.desk.news import Watcher
from app.message import cose
from app.message.keys import Signer, new_seed, read_seed
from app.money import orders
from app.money.lists import leaves_root
from app.money.orders_office import Standing
from app.money.orders_offline import Policy
from app.money.orders_reading import Look
from app.money.state import Register
from app.people import drafts, lists, register, repeats
from app.people import pairing as pairings
from app.people.register import Details
from app.web import start
from app.web.events import Hub

HOST = "localhost:8080"
NOON_S = 1_795_316_400      # 2026-11-22 12:00 in Seoul
HOUR_S, DAY_S = 3_600, 86_400
BOTH = orders.RECEIVE | orders.RETURN

# Shops and programmes of the example city, by number; programme HELP is not for BOOKS and HAIR.
RESTAURANT, GROCERY, PHARMACY, BOOKS, HAIR, TOWN_OFFICE = 1, 2, 3, 4, 5, 6
HELP, GIVE = 1, 2
MAKER, CHECKER, ADMINISTRATOR = range(3)     # the hands whose keys lie in data/example


class Clock:
    """Stands until a test lets time pass."""

    def __init__(self, now_s: float = NOON_S):
        self.now_s = now_s

    def __call__(self) -> float:
        return self.now_s


class City:
    """The example city, its office open in this process. `folder` may be served by another one beside."""

    def __init__(self, path: Path, clock: Callable[[], float] | None = None, host: str = HOST):
        self.clock = clock or Clock()
        self.folder = Folder(Path(path))
        example.make(self.folder, cities.find("cheongju"), host, self.clock)
        self.office = found.open_office(self.folder, self.clock)
        self.chain_id = self.office.chain_id
        trial = example.trial_of(self.folder)
        self.hands = [Signer(read_seed(trial.hand(hand))) for hand in range(len(example.HANDS))]
        officers = len(cities.read_example(cities.find("cheongju"), self.office.city).officers)
        self.numbers = [officers + 1 + hand for hand in range(len(example.HANDS))]
        self._people = 0

    def close(self) -> None:
        example.close(self.office)

    def now_s(self) -> int:
        return self.office.now_s()

    def wait(self, seconds: float) -> None:
        """Time passes, and the operator says that the clock is right. The hands' own keys are good for a day."""
        self.clock.now_s += seconds
        self.office.sequencer.confirm_clock()
        sweep.confirm(self.office.store, self.office.now_s())

    def application(self):
        """The Flask application, as the server makes it."""
        watcher = Watcher(self.office)
        hub = Hub(watcher.poll, watcher.replay, place=watcher.place)
        return start.application(self.office, hub, found.cookie_secret(self.folder), shell=self.shell)

    @cached_property
    def shell(self):
        """The files and pages, read once."""
        return start.shell_of(self.office)

    def line(self) -> "Line":
        """To this city's application in this process."""
        return Line(self.application().test_client())

    # -- officers --

    def signed(self, hand: int, body: object) -> bytes:
        return cose.sign(body, self.hands[hand], self.chain_id)

    def approval(self, raw: bytes) -> bytes:
        """The second hand's yes to a message."""
        body = orders.Approval(self.numbers[CHECKER], orders.OFFICERS, self.id_of(raw), self.now_s() + HOUR_S)
        return self.signed(CHECKER, body)

    def hand_in(self, body: object) -> int:
        """An act of the first hand or, where that is an administrator's, of the third, approved by the second where it
        takes two; its entry."""
        hand = ADMINISTRATOR if type(body) in (Policy, Standing) else MAKER
        raw = self.signed(hand, replace(body, officer=self.numbers[hand]))
        done = act.hand_in(self.office, self.numbers[hand], raw)
        if done.entry is None:
            done = act.approve(self.office, self.numbers[CHECKER], self.approval(raw))
        return done.entry

    def open_programme(self, coin: int, budget_won: int = 1_000_000, lives_s: int = DAY_S, categories: bytes = b"") -> int:
        """A programme whose coins can be spent for `lives_s` from now; its number."""
        number, now_s = act.next_number(self.office, Register.PROGRAMME), self.now_s()
        self.hand_in(orders.Programme(
            self.numbers[MAKER], number, coin, budget_won, now_s - 60, now_s + lives_s, now_s + lives_s, categories,
            f"사업 {number}".encode(), os.urandom(8), now_s + HOUR_S,
        ))
        return number

    def freeze(self, wallet: "Wallet", frozen: bool = True) -> int:
        return self.hand_in(orders.Freeze(
            self.numbers[MAKER], wallet.account, int(frozen), os.urandom(8), self.now_s() + HOUR_S))

    def link(self, wallet: "Wallet", name: str = "") -> int:
        """Puts a new person in the register and links the wallet to them."""
        self._people += 1
        added = register.add(self.office.people, Details(name or f"주민{self._people}", "1950-03-14", ""))
        wallet.person, wallet.reference = added.token, added.reference
        return self.hand_in(orders.Link(
            self.numbers[MAKER], wallet.account, added.token, os.urandom(8), self.now_s() + HOUR_S))

    def top_up(self, programme: int, rows: Mapping["Wallet", int]) -> bytes:
        """A list of who gets how much: uploaded, signed, approved and paid at its counter. Its id."""
        upload = "".join(f"{wallet.reference},{won}\n" for wallet, won in rows.items()).encode()
        mine = lists.Upload(programme, self.numbers[MAKER], "list.csv", upload)
        made = grant.judge(self.office, grant.upload(self.office, mine).list_id, 60)     # on a crowded machine, too
        if before := repeats.seen(self.office.people, made.list_id):
            drafts.pay_again(self.office.people, made.list_id, self.numbers[MAKER], "another meal", before.list_id)
        leaves = grant.leaves(made, lists.payable(self.office.people, made.list_id))
        body = orders.Grant(self.numbers[MAKER], programme, made.list_id, leaves_root(leaves), made.count,
                            made.total_won, self.now_s() + HOUR_S)
        raw = self.signed(MAKER, body)
        grant.propose(self.office, self.numbers[MAKER], made.list_id, raw)
        grant.approve(self.office, self.numbers[CHECKER], made.list_id, self.approval(raw))
        for _ in grant.pay_rows(self.office, made.list_id):
            pass
        return made.list_id

    def accept_keys(self, lives_s: int) -> None:
        """The roots accept the server's keys once more, from now on for so long."""
        asked = found.wanted_keys(self.folder, self.office.store.genesis(), self.now_s())
        lines = tuple(Certificate(replace(one.body, valid_until_s=self.now_s() + lives_s)) for one in asked.certificates)
        sheet = example.signed_by_roots(example.trial_of(self.folder), Sheet(asked.genesis, lines), self.now_s())
        certify.admit(self.office, sheet)

    # -- residents and shops --

    def wallet(self, help_won: int = 0, give_won: int = 0, linked: bool = True) -> "Wallet":
        """A resident with a new phone, linked, with this much money."""
        made = Wallet(self)
        if linked:
            self.link(made)
        for programme, won in ((HELP, help_won), (GIVE, give_won)):
            if won:
                self.top_up(programme, {made: won})
        return made

    def till(self, shop: int = RESTAURANT, rights: int = BOTH) -> "Till":
        """A tablet that claimed a code and was paired by the first hand."""
        return Till(self, shop, rights)

    # -- what is written down --

    def stop(self, till: "Till") -> int:
        """An officer ends a till; the entry."""
        return self.hand_in(orders.Till(
            self.numbers[MAKER], till.number, till.shop, 0, till.key.public, b"", os.urandom(8), self.now_s() + HOUR_S))

    def id_of(self, raw: bytes) -> bytes:
        """The id (32) of a message."""
        parsed = cose.parse(raw)
        return cose.message_id(parsed.kind, parsed.payload, self.chain_id)

    def balance_won(self, wallet: "Wallet") -> int:
        """What the account holds, spendable or not."""
        number = self.office.store.get(Register.ACCOUNT, wallet.account).number
        return sum(held.amount_won for held in self.office.store.holdings(number, 0))


class Wallet:
    """A resident's phone: one key, a stock of aliases."""

    def __init__(self, city: City):
        self.city, self.key = city, Signer(new_seed())
        self.person, self.reference = b"", ""
        opened = join.open_account(city.office, self.opening())
        self.account, self.aliases = opened.account, list(opened.aliases)

    def opening(self) -> bytes:
        return self._sign(orders.AccountOpen(self.key.public, orders.HARD, os.urandom(8), self.city.now_s() + 300))

    def code(self, won: int, mode: int = orders.CAP, life_s: int = 55) -> bytes:
        """What the phone shows: whoever scans it may take up to `won`."""
        return self._sign(orders.Code(self._alias(), mode, won, os.urandom(8), self.city.now_s() + life_s))

    def payment(self, request: bytes, won: int | None = None) -> bytes:
        """Its yes to a request or notice."""
        asked_won = cose.parse(request).body.amount_won if won is None else won
        return self._sign(orders.Payment(
            self._alias(), self.city.id_of(request)[:16], asked_won, os.urandom(8), self.city.now_s() + 300))

    def batch(self, count: int = 10) -> bytes:
        return self._sign(orders.AliasBatch(self.aliases[0], count, os.urandom(8), self.city.now_s() + 300))

    def session(self, life_s: int = 300) -> bytes:
        return self._sign(orders.Session(self.aliases[0], os.urandom(8), self.city.now_s() + life_s))

    def look(self, life_s: int = 55) -> bytes:
        """What it shows a till for a slip."""
        return self._sign(Look(self.aliases[0], os.urandom(8), self.city.now_s() + life_s))

    def joining(self) -> bytes:
        return self._sign(orders.Join(self.aliases[0], os.urandom(8), self.city.now_s() + 300))

    def _alias(self) -> bytes:
        """The next of the stock; the last one again when it is empty."""
        return self.aliases.pop() if len(self.aliases) > 1 else self.aliases[0]

    def _sign(self, body: object) -> bytes:
        return cose.sign(body, self.key, self.city.chain_id)


class Till:
    """A shop's tablet: a key that takes money, a key behind the owner's PIN that gives it back."""

    def __init__(self, city: City, shop: int, rights: int):
        self.city, self.shop = city, shop
        self.key, self.refund_key = Signer(new_seed()), Signer(new_seed())
        office, hand = city.office, city.numbers[MAKER]
        started, self.pairing_code = pairings.start(office.people, shop, rights, hand)
        pairing.claim(office, self.pairing_code, self._publics(), self.proofs(self.pairing_code))
        self.number = act.next_number(office, Register.TILL)
        body = orders.Till(hand, self.number, shop, rights, *self._publics(), os.urandom(8), city.now_s() + HOUR_S)
        act.pair(office, hand, city.signed(MAKER, body), started.number)

    def _publics(self) -> tuple[bytes, bytes]:
        return self.key.public, self.refund_key.public

    def proofs(self, code: str) -> tuple[bytes, bytes]:
        """That the tablet has both keys."""
        data = pairing.to_prove(self.city.office, code, *self._publics())
        return self.key.sign(data), self.refund_key.sign(data)

    def charge(self, code: bytes, won: int, life_s: int = 300) -> bytes:
        """Its claim on a code that it scanned."""
        return self._sign(orders.Charge(
            self.number, self.shop, self.city.id_of(code), won, os.urandom(8), self.city.now_s() + life_s))

    def request(self, won: int, reference: str = "", life_s: int = 170) -> bytes:
        """What its screen shows: pay this much here."""
        return self._sign(orders.Request(
            self.number, self.shop, won, os.urandom(8), self.city.now_s() + life_s, reference.encode()))

    def refund(self, entry: int, won: int, life_s: int = 300) -> bytes:
        body = orders.Refund(self.number, self.shop, entry, won, os.urandom(8), self.city.now_s() + life_s)
        return cose.sign(body, self.refund_key, self.city.chain_id)

    def session(self, life_s: int = 300) -> bytes:
        return self._sign(orders.Session(self.number, os.urandom(8), self.city.now_s() + life_s))

    def _sign(self, body: object) -> bytes:
        return cose.sign(body, self.key, self.city.chain_id)


class Owner:
    """Of a till's shop: who knows the PIN behind its refund key. key: another in its place; `more` of the order's fields."""

    def __init__(self, till: Till, key: Signer | None = None, **more: object):
        self.till, self.key, self.more = till, key or till.refund_key, more

    def order(self, what: str, body: bytes = b"") -> str:
        """Authorization of a question: method and address, and what is sent with it."""
        city = self.till.city
        content = {"till": self.till.number, "what": what, "body": hashlib.sha256(body).hexdigest(), "expires_at_s": city.now_s() + 300}
        said = json.dumps({**content, **self.more}).encode()
        return f"HAGC-Owner {text(said)}.{text(self.key.sign(b'hagc/owner/1' + bytes(1) + city.chain_id + said))}"


# --- talking to the server -----------------------------------------------------------------

def text(raw: bytes) -> str:
    """Bytes as they stand in JSON: base64url without padding."""
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def raw(said: str) -> bytes:
    return urlsafe_b64decode(said + "=" * (-len(said) % 4))


def sale(payer: bytes, payee: bytes) -> dict[str, str]:
    """One line of POST /api/sales."""
    return {"payer": text(payer), "payee": text(payee)}


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> dict:
        return json.loads(self.body)

    @property
    def word(self) -> str:
        """Of a refusal; empty of any other answer."""
        return self.json.get("word", "") if self.status >= 400 else ""


class Line:
    """The line to a server: Flask's test client, or `Line("http://localhost:8080")` over the wire."""

    def __init__(self, to):
        self.to = to

    def get(self, path: str, who: "Wallet | Till | Owner | None" = None, language: str = "ko") -> Answer:
        return self._ask("GET", path, b"", who, language)

    def post(self, path: str, content: object, who: "Wallet | Till | Owner | None" = None, language: str = "ko") -> Answer:
        """`content`: what becomes JSON, or the bytes themselves."""
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        return self._ask("POST", path, body, who, language)

    def delete(self, path: str, who: "Wallet | Till | Owner | None" = None) -> Answer:
        return self._ask("DELETE", path, b"", who, "ko")

    def _ask(self, method: str, path: str, body: bytes, who: "Wallet | Till | Owner | None", language: str) -> Answer:
        headers = {"Accept-Language": language, "Content-Type": "application/json"}
        if isinstance(who, Owner):
            headers["Authorization"] = who.order(f"{method} {path}", body)
        elif who is not None:
            headers["Authorization"] = f"HAGC {text(who.session())}"
        if isinstance(self.to, str):
            return self._over_the_wire(method, path, body, headers)
        answer = self.to.open(path, method=method, data=body, headers=headers)
        return Answer(answer.status_code, answer.headers, answer.get_data())

    def _over_the_wire(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> Answer:
        there = urlsplit(self.to)
        connection = HTTPConnection(there.hostname, there.port, timeout=30)
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            return Answer(answer.status, dict(answer.headers), answer.read())
        finally:
            connection.close()


def answers(port: int) -> bool:
    """Whether a server serves there. An open port alone is no sign of it: each start tries the port for a moment."""
    try:
        return Line(f"http://localhost:{port}").get("/health").status == 200
    except (OSError, HTTPException):
        return False


def until(true: Callable[[], object], seconds: float = 20) -> object:
    """What `true` gives as soon as it is something; AssertionError when that takes too long."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found_ = true()
        if found_:
            return found_
        time.sleep(0.05)
    raise AssertionError(f"nothing within {seconds} s")
