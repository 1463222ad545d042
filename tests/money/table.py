"""Tables of money: a row is an order, then what it leads to.

    grant help → kim 10000, lee 5000    | kim 10000  lee 5000
    a: pay kim → bakery 3000            | kim 7000  bakery 3000
    refund a 1000                       | kim 8000
    pay kim → bakery 9000               | refused NOT_ENOUGH missing_won=1000

Left, an order in words (each `do_…` below is one); `a:` names its entry. Right, what its people
and shops then hold in all (`kim:help` in one programme, `help` what is left of a budget), or the
word of refusal with some of its facts. After a refusal nothing has changed, and after every row
all lots together hold nothing, in every programme. Times are +30d, +2h or +90s from noon of the
first day. `#` starts a comment.
"""

import re

from app.errors import Refusal
from app.money import orders
from app.money.posting import post
from app.money.rules import DAY_S, in_force
from app.money.state import ISSUER, RESIDENT, SHOP_TILL, Register, State
from app.money.apply import apply
from tests.money.town import NOON_S, Town, short, snapshot

UNITS = {"s": 1, "m": 60, "h": 3600, "d": DAY_S}
RIGHTS = {"receive": orders.RECEIVE, "return": orders.RETURN, "ask": orders.ASK}


def time_s(text: str) -> int:
    return NOON_S + int(text[1:-1]) * UNITS[text[-1]]


def play(table: str, town: "TableTown | None" = None) -> "TableTown":
    """Plays the rows and checks each; returns the town, for what a row can't say."""
    town = town or TableTown()
    for line in table.splitlines():
        text = line.split("#")[0].strip()
        if text:
            town.play_row(*(part.strip() for part in (*text.split("|"), "")[:2]))
    town.check_replay()
    return town


class TableTown(Town):
    def __init__(self):
        super().__init__()
        self.entries: dict[str, int] = {}

    def play_row(self, left: str, right: str) -> None:
        label, order = re.fullmatch(r"(?:(\w+):\s+)?(.*)", left).groups()
        verb, *rest = order.replace("→", " ").replace(",", " ").split()
        expected = right.split() if right.startswith("refused ") else None
        before = snapshot(self.state)
        try:
            getattr(self, f"do_{verb}")(*rest)
        except Refusal as refusal:
            said = {f"{name}={value}" for name, value in refusal.facts.items()}
            assert expected, f"{left}: refused {refusal.word} {said}"
            assert refusal.word == expected[1], f"{left}: refused {refusal.word}, not {expected[1]}"
            assert set(expected[2:]) <= said, f"{left}: {said}"
            assert snapshot(self.state) == before, f"{left}: refused, yet something changed"
        else:
            assert expected is None, f"{left}: not refused"
            self.check_balances(left, right.split())
        if label:
            self.entries[label] = self.entry
        check_conserved(self.state)

    def check_balances(self, left: str, words: list[str]) -> None:
        for name, won in zip(words[::2], words[1::2], strict=True):
            assert self.held(name) == int(won), f"{left}: {name} has {self.held(name)}, not {won}"

    def held(self, name: str) -> int:
        """kim, kim:help, bakery, bakery:help; a programme: what is left of its budget."""
        owner, _, programme = name.partition(":")
        if self.state.get(Register.ACCOUNT, short(f"account {owner}")):
            return self.won(RESIDENT, self.account(owner), programme or None)
        if owner in self.numbers and self.is_shop(owner):
            return self.won(SHOP_TILL, self.number(owner), programme or None)
        record = self.state.get(Register.PROGRAMME, self.number(owner))
        lot = self.state.lot(record.lot)
        return lot.balance_won - lot.floor_won

    def is_shop(self, name: str) -> bool:
        shop = self.state.get(Register.SHOP, self.number(name))
        return shop is not None and shop.name == name.encode()

    def check_replay(self) -> None:
        """All accepted orders from the start give the same state."""
        again = State(self.state.root_keys, self.state.threshold, coins=self.state.coins)
        for entry, (now_s, order) in enumerate(self.history, 1):
            post(again, entry, apply(again, order, now_s, in_force(again)))
        assert snapshot(again) == snapshot(self.state)

    # -- the orders, in words --

    def do_at(self, when: str) -> None:
        self.now_s = time_s(when)

    def do_wait(self, length: str) -> None:
        self.now_s += time_s(length) - NOON_S

    def do_shop(self, name: str, category: str = "1", standing: str = "open") -> None:
        self.submit(self.shop(name, int(category), orders.SHOP, orders.OPEN if standing == "open" else orders.CLOSED))
        self.pair(name)

    def do_institution(self, name: str, category: str = "9") -> None:
        self.submit(self.shop(name, int(category), orders.INSTITUTION))
        self.pair(name, "receive return ask")

    def pair(self, name: str, rights: str = "receive return") -> None:
        if self.state.get(Register.TILL, self.number(name)) is None:
            self.do_till(name, *rights.split())

    def do_till(self, name: str, *rights: str) -> None:
        self.submit(self.till(name, sum(RIGHTS[right] for right in rights)))

    def do_resident(self, *names: str) -> None:
        for name in names:
            self.submit(self.open_account(name))
            self.submit(self.link(name))

    def do_stranger(self, name: str) -> None:
        self.submit(self.open_account(name))

    def do_link(self, name: str, person: str = "") -> None:
        self.submit(self.link(name, person or None))

    def do_relink(self, name: str, person: str) -> None:
        """By two officers."""
        body = orders.Link(
            3, short(f"account {name}"), short(f"person {person}", 16), self.nonce(), self.soon_s())
        self.submit(self.by_two(body, "registrar"))

    def do_unlink(self, name: str) -> None:
        self.submit(self.link(name, ""))

    def do_freeze(self, name: str) -> None:
        self.submit(self.freeze(name, 1))

    def do_thaw(self, name: str) -> None:
        self.submit(self.freeze(name, 0))

    def do_programme(self, name: str, coin: str, budget: str, until: str, *only: str) -> None:
        """programme help 1 100000 +30d 2 3: coin, budget, spendable until, allowed categories."""
        self.submit(self.programme(name, int(coin), int(budget), time_s(until), bytes(map(int, only))))

    def do_grant(self, programme: str, *rows: str) -> None:
        """All rows at once, under a new list."""
        pairs = [(who, int(won)) for who, won in zip(rows[::2], rows[1::2], strict=True)]
        self.pay_list(programme, pairs, f"list {self.nonce().hex()}")

    def do_pay(self, name: str, shop: str, won: str) -> None:
        self.submit(self.sale(name, shop, int(won)))

    def do_notice(self, name: str, shop: str, won: str) -> None:
        self.submit(self.sale(name, shop, int(won), orders.Notice))

    def do_code(self, name: str, shop: str, won: str, cap: str = "50000") -> None:
        self.submit(self.code_sale(name, shop, int(won), int(cap)))

    def do_exact(self, name: str, shop: str, won: str, exact: str) -> None:
        self.submit(self.code_sale(name, shop, int(won), int(exact), orders.EXACT))

    def do_refund(self, label: str, won: str, shop: str = "") -> None:
        """By the shop that was paid, or by another."""
        self.submit(self.refund(shop or self.paid_shop(label), self.entries[label], int(won)))

    def do_void(self, label: str, shop: str = "") -> None:
        self.submit(self.void(shop or self.paid_shop(label), self.entries[label]))

    def paid_shop(self, label: str) -> str:
        legs = self.state.legs_of(self.entries[label])
        paid = self.state.lot(legs[0].credit).owner if legs else 0
        return next(name for name in self.numbers if self.is_shop(name) and self.number(name) == paid)

    def do_sweep(self, name: str, won: str) -> None:
        """The fullest lot of a resident, said to hold `won`."""
        lot = max(self.state.lots_of(RESIDENT, self.account(name)), key=lambda lot: lot.balance_won)
        self.submit(self.expire(lot.id, int(won)))


def check_conserved(state: State) -> None:
    """Money can't appear: all lots of a programme sum to nothing, and none is under its floor."""
    sums: dict[int, int] = {}
    for lot in state.lots.values():
        sums[lot.programme] = sums.get(lot.programme, 0) + lot.balance_won
        assert lot.balance_won >= lot.floor_won
        assert lot.owner_kind == ISSUER or lot.balance_won >= 0 == lot.floor_won
    assert not any(sums.values()), sums
