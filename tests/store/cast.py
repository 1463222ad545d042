"""A small city on a real file: its people, real keys, real messages, and a clock that a test can turn.

Everything goes in through the sequencer, as at the desks.
"""

import itertools
import os
import time
from hashlib import sha256
from pathlib import Path

import app.store
from app.chain.block import Genesis, chain_id
from app.chain.body import decode
from app.chain.verify import replay
from app.message import cose, keys
from app.money import orders
from app.money.lists import leaves_root, row_leaf, row_salt
from app.money.orders import Act, Row, Sale, Signed
from app.money.state import RESIDENT, SHOP_TILL, Register
from app.store.audit import opened_log
from app.store.sequencer import Sequencer
from app.store.sqlite import SqliteStore

SCHEMA = Path(app.store.__file__).parent / "schema"
NOON_S = 1_800_000_000
DAY_S = 86_400
MAKER, CHECKER, REGISTRAR = 1, 2, 3      # numbers of officers
SWEEP, NOTICE = 1, 2                     # numbers of the server's keys
SHOP, TILL = 1, 1


def bytes_of(name: str, size: int = 32) -> bytes:
    return sha256(name.encode()).digest()[:size]


def key(name: str) -> keys.Signer:
    return keys.Signer(bytes_of("seed of " + name))


class Clock:
    """Wall clock and uptime; a jump moves only the first."""

    def __init__(self, now_s: float = NOON_S):
        self.now_s = now_s
        self.up_s = 100.0

    def __call__(self) -> float:
        return self.now_s

    def uptime(self) -> float:
        return self.up_s

    def pass_s(self, seconds: float) -> None:
        self.now_s += seconds
        self.up_s += seconds


class City:
    """A founded city at `path`: open it again in another process by the same name."""

    def __init__(self, path: Path, clock: Clock | None = None):
        self.path = path
        self.clock = clock or Clock()
        self.store = SqliteStore.open(path)
        self.sequencer = self.started()
        self.chain_id = chain_id(self.store.genesis())
        self.aliases: dict[str, bytes] = {}
        self.accounts: dict[str, bytes] = {}

    def started(self) -> Sequencer:
        """Another server on the same file, as a restart is."""
        return Sequencer(self.store, self.clock, uptime=getattr(self.clock, "uptime", time.monotonic))

    def close(self) -> None:
        self.sequencer.close()
        self.store.close()

    # -- messages --

    def signed(self, body: object, holder: str) -> Signed:
        signer = key(holder)
        return cose.verify(cose.parse(cose.sign(body, signer, self.chain_id)), signer.public, self.chain_id)

    @staticmethod
    def nonce() -> bytes:
        return os.urandom(8)

    def soon_s(self, seconds: int = 50) -> int:
        return int(self.clock()) + seconds

    def act(self, body: object, holder: str) -> Act:
        return Act(self.signed(body, holder))

    def approved(self, body: object, holder: str, *given: bytes) -> Act:
        message = self.signed(body, holder)
        board, signer, second = (
            (orders.ROOTS, 1, "root1") if holder == "root0" else (orders.OFFICERS, CHECKER, "checker")
        )
        return Act(message, (self.signed(orders.Approval(signer, board, message.id, self.soon_s()), second),), given)

    # -- the town --

    def open_office(self) -> None:
        end_s = 2**52
        for number, (name, roles) in enumerate({"maker": 1, "checker": 2, "registrar": 20}.items(), 1):
            body = orders.Officer(0, number, key(name).public, roles, 0, end_s, self.nonce(), self.soon_s())
            self.sequencer.submit(self.approved(body, "root0"))
        for number, (name, role) in enumerate({"sweep": 3, "notice": 4, "checkpoint": 2, "receipt": 1}.items(), 1):
            body = orders.OperationalKey(0, number, role, key(name).public, 0, end_s, self.nonce(), self.soon_s())
            self.sequencer.submit(self.approved(body, "root0"))
        self.shop(SHOP)
        self.programme(1, 1)

    def shop(self, number: int, standing: int = orders.OPEN) -> None:
        body = orders.Shop(REGISTRAR, number, standing, orders.SHOP, 1, b"Bakery", b"", self.nonce(), self.soon_s())
        self.sequencer.submit(self.act(body, "registrar"))
        rights = orders.RECEIVE | orders.RETURN
        keys_of = key(f"till {number}").public, key(f"owner {number}").public
        body = orders.Till(REGISTRAR, number, number, rights, *keys_of, self.nonce(), self.soon_s())
        self.sequencer.submit(self.act(body, "registrar"))

    def programme(self, number: int, coin: int, budget_won: int = 10**12, days: int = 3000) -> int:
        until_s = int(NOON_S + days * DAY_S)
        body = orders.Programme(
            MAKER, number, coin, budget_won, NOON_S, until_s, until_s, b"", b"Food", self.nonce(), self.soon_s()
        )
        return self.sequencer.submit(self.approved(body, "maker"))

    def opening(self, name: str) -> Act:
        return self.act(orders.AccountOpen(key(name).public, orders.HARD, self.nonce(), self.soon_s()), name)

    def residents(self, *names: str) -> None:
        """Each with an account, a person and aliases."""
        numbers = self.all_in([self.opening(name) for name in names])
        for name, number in zip(names, numbers, strict=True):
            self.accounts[name], aliases = decode(self.store.entry(number).a)[6]
            self.aliases[name] = aliases[:8]
        self.all_in([
            self.act(orders.Link(REGISTRAR, self.accounts[name], bytes_of("person " + name, 16), self.nonce(),
                                 self.soon_s()), "registrar")
            for name in names
        ])

    def all_in(self, wanted: list) -> list[int]:
        answers = list(itertools.chain.from_iterable(
            self.sequencer.submit_many(wanted[at:at + 2048]) for at in range(0, len(wanted), 2048)
        ))
        bad = [answer for answer in answers if not isinstance(answer, int)]
        assert not bad, bad[0]
        return answers

    def listed(self, amounts: list[tuple[str, int]], programme: int = 1) -> list[Row]:
        """Grants a list; its rows, not yet paid."""
        list_id, seed = os.urandom(16), os.urandom(32)
        rows = [
            Row(list_id, at, bytes_of("person " + name, 16), won, row_salt(seed, at))
            for at, (name, won) in enumerate(amounts)
        ]
        leaves = b"".join(row_leaf(row.row, row.person, row.amount_won, row.salt) for row in rows)
        total_won = sum(won for _, won in amounts)
        body = orders.Grant(
            MAKER, programme, list_id, leaves_root(leaves), len(rows), total_won, self.soon_s(6 * DAY_S)
        )
        self.sequencer.submit(self.approved(body, "maker", leaves))
        return rows

    def grant(self, amounts: dict[str, int], programme: int = 1) -> None:
        answers = self.sequencer.submit_rows(self.listed(list(amounts.items()), programme))
        assert all(isinstance(answer, int) for answer in answers), answers

    # -- at the counter --

    def code(self, name: str, cap_won: int) -> Signed:
        return self.signed(
            orders.Code(self.aliases[name], orders.CAP, cap_won, self.nonce(), self.soon_s()), name
        )

    def charge(self, code: Signed, amount_won: int, till: int = TILL) -> Sale:
        body = orders.Charge(till, till, code.id, amount_won, self.nonce(), self.soon_s())
        return Sale(code, self.signed(body, f"till {till}"))

    def request(self, amount_won: int, till: int = TILL) -> Signed:
        return self.signed(
            orders.Request(till, till, amount_won, self.nonce(), self.soon_s(), b"T-1"), f"till {till}"
        )

    def payment(self, name: str, request: Signed) -> Sale:
        body = orders.Payment(
            self.aliases[name], request.id[:16], request.body.amount_won, self.nonce(), self.soon_s()
        )
        return Sale(self.signed(body, name), request)

    def sale(self, name: str, amount_won: int) -> Sale:
        return self.payment(name, self.request(amount_won))

    def refund(self, entry: int, amount_won: int) -> Act:
        return self.act(orders.Refund(TILL, SHOP, entry, amount_won, self.nonce(), self.soon_s()), f"owner {TILL}")

    # -- looking --

    def number_of(self, name: str) -> int:
        return self.store.get(Register.ACCOUNT, self.accounts[name]).number

    def won(self, name: str) -> int:
        return sum(lot.balance_won for lot in self.store.lots_of(RESIDENT, self.number_of(name)))

    def shop_won(self, number: int = SHOP) -> int:
        return sum(lot.balance_won for lot in self.store.lots_of(SHOP_TILL, number))

    def audit(self):
        """What anyone would find who replays the whole file."""
        with opened_log(self.store) as log:
            return replay(log)


def found(path: Path, created_at_s: int = NOON_S) -> bytes:
    """A new ledger of this city at `path`; its genesis."""
    roots = (key("root0").public, key("root1").public)
    genesis = Genesis("town", "pay.example", created_at_s, 2, roots, 2, "Asia/Seoul", os.urandom(16)).to_bytes()
    SqliteStore.create(path, genesis).close()
    return genesis


def open_city(path: Path, clock: Clock | None = None) -> City:
    """Founded, with officers, a shop and a programme."""
    now_s = int(clock()) if clock else NOON_S
    found(path, now_s)
    city = City(path, clock)
    city.open_office()
    return city
