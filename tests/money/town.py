"""A town to test money in: its cast by name, and every message they may sign.

Signatures are made up: `apply` is asked only what it decides itself, so a key is a hash of its
holder's name and an id is a hash of the message.
"""

from dataclasses import replace
from hashlib import sha256

from app.money import orders
from app.money.apply import apply
from app.money.lists import leaves_root, row_leaf, row_salt
from app.money.orders import OFFICERS, ROOTS, Act, Approval, Row, Sale, Signed
from app.money.posting import post
from app.money.rules import DAY_S, Rules, in_force
from app.money.state import NEVER_S, Register, State

NOON_S = 1_800_000_000
FOR_EVER_S = NEVER_S - 1
STAFF = {"maker": 1, "checker": 2, "registrar": 3, "auditor": 4, "administrator": 5}
SERVER = {"receipt": 1, "checkpoint": 2, "sweep": 3, "notice": 4}


def key(name: str) -> bytes:
    return sha256(b"key of " + name.encode()).digest()


def short(name: str, size: int = 8) -> bytes:
    """An alias, an address, a person's token or a list's id made of a name."""
    return sha256(name.encode()).digest()[:size]


def signed(body: object, holder: str) -> Signed:
    label = type(body).__name__.encode()
    return Signed(body, sha256(label + repr(body).encode()).digest(), key(holder), b"")


class Town:
    """State, clock and history. Every accepted order stands in `history` as (now, order)."""

    def __init__(self, threshold: int = 2, staff: bool = True):
        self.state = State(tuple(key(f"root{n}") for n in range(3)), threshold, coins=2)
        self.now_s = NOON_S
        self.entry = 0
        self.history: list[tuple[int, Sale | Act | Row]] = []
        self.numbers: dict[str, int] = {}       # shops (their tills have the same), programmes, by name
        self.lists: dict[str, list[Row]] = {}
        self.count = 0
        if staff:
            self.hire()

    # -- how anything happens --

    @property
    def rules(self) -> Rules:
        return in_force(self.state)

    def submit(self, order: Sale | Act | Row) -> int:
        """The entry's number; raises Refusal and changes nothing."""
        decision = apply(self.state, order, self.now_s, self.rules)
        post(self.state, self.entry + 1, decision)
        self.entry += 1
        self.history.append((self.now_s, order))
        return self.entry

    def act(self, body: object, holder: str, approvals: tuple = (), given: tuple = ()) -> Act:
        return Act(signed(body, holder), approvals, given)

    def nonce(self) -> bytes:
        self.count += 1
        return self.count.to_bytes(8, "big")

    def soon_s(self, seconds: int = 60) -> int:
        return self.now_s + seconds

    def number(self, name: str) -> int:
        return self.numbers[name]

    # -- officers and the server --

    def hire(self) -> None:
        for role, number in STAFF.items():
            self.submit(self.officer(number, role, 1 << (number - 1)))
        for role, number in SERVER.items():
            self.submit(self.operational(number, number, role))

    def officer(self, number: int, holder: str, roles: int, until_s: int = FOR_EVER_S) -> Act:
        body = orders.Officer(0, number, key(holder), roles, 0, until_s, self.nonce(), self.soon_s())
        return self.by_roots(body)

    def operational(self, number: int, role: int, holder: str, until_s: int = FOR_EVER_S) -> Act:
        body = orders.OperationalKey(0, number, role, key(holder), 0, until_s, self.nonce(), self.soon_s())
        return self.by_roots(body)

    def by_roots(self, body: object) -> Act:
        message = signed(body, "root0")
        return Act(message, tuple(self.approval(message, n, f"root{n}", ROOTS) for n in range(1, self.state.threshold)))

    def approval(self, message: Signed, signer: int, holder: str, board: int = OFFICERS) -> Signed:
        return signed(Approval(signer, board, message.id, self.soon_s()), holder)

    def by_two(self, body: object, holder: str, checker: str = "checker", given: tuple = ()) -> Act:
        message = signed(body, holder)
        return Act(message, (self.approval(message, STAFF.get(checker, 9), checker),), given)

    # -- registers --

    def shop(self, name: str, category: int = 1, sort: int = orders.SHOP, standing: int = orders.OPEN) -> Act:
        taken = self.state.get(Register.COUNT, Register.SHOP)
        number = self.numbers.setdefault(name, (taken.taken if taken else 0) + 1)
        body = orders.Shop(3, number, standing, sort, category, name.encode(), b"", self.nonce(), self.soon_s())
        return self.act(body, "registrar")

    def till(self, name: str, rights: int = orders.RECEIVE | orders.RETURN) -> Act:
        number = self.number(name)
        keys = key(f"till {name}"), key(f"owner {name}")
        return self.act(orders.Till(3, number, number, rights, *keys, self.nonce(), self.soon_s()), "registrar")

    def programme(self, name: str, coin: int, budget_won: int, spend_until_s: int, only: bytes = b"") -> Act:
        taken = self.state.get(Register.COUNT, Register.PROGRAMME)
        number = self.numbers.setdefault(name, (taken.taken if taken else 0) + 1)
        dates = NOON_S, spend_until_s, spend_until_s
        body = orders.Programme(
            1, number, coin, budget_won, *dates, only, name.encode(), self.nonce(), self.soon_s(),
        )
        return self.by_two(body, "maker")

    # -- residents --

    def open_account(self, name: str) -> Act:
        body = orders.AccountOpen(key(name), orders.HARD, self.nonce(), self.soon_s())
        return self.act(body, name, given=(short(f"account {name}"), short(name)))

    def link(self, name: str, person: str | None = None) -> Act:
        token = short(f"person {person or name}", 16) if person != "" else b""
        return self.act(orders.Link(3, short(f"account {name}"), token, self.nonce(), self.soon_s()), "registrar")

    def freeze(self, name: str, frozen: int) -> Act:
        return self.act(orders.Freeze(3, short(f"account {name}"), frozen, self.nonce(), self.soon_s()), "registrar")

    # -- lists --

    def grant(self, programme: str, rows: list[tuple[str, int]], list_name: str, kind: type = orders.Grant) -> Act:
        """A list that pays, or takes back. Also lays the rows ready: `lists[list_name]`."""
        list_id, seed = short(list_name, 16), short(f"seed {list_name}", 32)
        made = [
            Row(list_id, n, short(f"person {who}", 16), won, row_salt(seed, n)) for n, (who, won) in enumerate(rows)
        ]
        self.lists[list_name] = made
        leaves = b"".join(row_leaf(r.row, r.person, r.amount_won, r.salt) for r in made)
        total_won = sum(won for _, won in rows)
        body = kind(
            1, self.number(programme), list_id, leaves_root(leaves), len(rows), total_won, self.soon_s(DAY_S),
        )
        return self.by_two(body, "maker", given=(leaves,))

    def pay_list(self, programme: str, rows: list[tuple[str, int]], list_name: str, kind: type = orders.Grant) -> None:
        self.submit(self.grant(programme, rows, list_name, kind))
        for row in self.lists[list_name]:
            self.submit(row)

    # -- at the counter --

    def code_sale(self, name: str, shop: str, amount_won: int, cap_won: int, mode: int = orders.CAP) -> Sale:
        code = signed(orders.Code(short(name), mode, cap_won, self.nonce(), self.soon_s()), name)
        return Sale(code, self.charge(code, shop, amount_won))

    def charge(self, code: Signed, shop: str, amount_won: int) -> Signed:
        number = self.number(shop)
        body = orders.Charge(number, number, code.id, amount_won, self.nonce(), self.soon_s())
        return signed(body, f"till {shop}")

    def request(self, shop: str, amount_won: int, kind: type = orders.Request) -> Signed:
        number = self.number(shop)
        return signed(kind(number, number, amount_won, self.nonce(), self.soon_s(), b""), f"till {shop}")

    def payment(self, name: str, request: Signed) -> Signed:
        body = orders.Payment(short(name), request.id[:16], request.body.amount_won, self.nonce(), self.soon_s())
        return signed(body, name)

    def sale(self, name: str, shop: str, amount_won: int, kind: type = orders.Request) -> Sale:
        request = self.request(shop, amount_won, kind)
        return Sale(self.payment(name, request), request)

    def refund(self, shop: str, entry: int, amount_won: int) -> Act:
        number = self.number(shop)
        return self.act(
            orders.Refund(number, number, entry, amount_won, self.nonce(), self.soon_s()), f"owner {shop}",
        )

    def void(self, shop: str, entry: int) -> Act:
        number = self.number(shop)
        return self.act(orders.Void(number, number, entry, self.nonce(), self.soon_s(), 0), f"till {shop}")

    def expire(self, lot: int, amount_won: int) -> Act:
        return self.act(orders.Expire(SERVER["sweep"], lot, amount_won, self.soon_s()), "sweep")

    # -- looking --

    def account(self, name: str) -> int:
        return self.state.get(Register.ACCOUNT, short(f"account {name}")).number

    def won(self, owner_kind: int, owner: int, programme: str | None = None) -> int:
        """What an owner holds, expired or not."""
        wanted = self.numbers[programme] if programme else None
        lots = self.state.lots_of(owner_kind, owner)
        return sum(lot.balance_won for lot in lots if wanted in (None, lot.programme))


def changed(message: Signed, holder: str | None = None, **fields: object) -> Signed:
    """The same message with other fields, signed again, by its holder or another."""
    body = replace(message.body, **fields)
    fresh = signed(body, holder or "")
    return fresh if holder else replace(fresh, key=message.key)


def snapshot(state: State) -> tuple:
    """All that a state says, without what it only remembers as absent."""
    def known(book: dict) -> dict:
        return {name: value for name, value in book.items() if value not in (None, ())}
    books = (state.records, state.lots, state.owned, state.legs, state.used, state.leaves)
    return (*map(known, books), state.next_lot)
