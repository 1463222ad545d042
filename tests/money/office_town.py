"""A town with an office: administrators, figures of the policy, officers who are suspended or named, money taken back."""

from dataclasses import replace

import pytest

from app.errors import Refusal
from app.money import orders, orders_office, orders_offline, policy
from app.money.apply import apply
from app.money.orders import ADMINISTRATOR
from app.money.state import RESIDENT, Register
from tests.money.table import TableTown, time_s
from tests.money.town import STAFF, key, short, signed

SECOND = 6      # another administrator

TOWN = """
shop bakery 1
shop barber 2
programme help 1 100000 +60d
programme food 1 50000 +60d 1
resident kim lee
"""


class OfficeTown(TableTown):
    """A town under rule set 2 or a later one, with a few more words for its tables."""

    def __init__(self, version: int = 2):
        super().__init__()
        self.take_up(version)
        self.submit(self.officer(SECOND, "second", ADMINISTRATOR))

    def take_up(self, version: int) -> None:
        self.submit(self.by_roots(orders_office.Rulebook(0, version, self.nonce(), self.soon_s())))

    def do_limit(self, subject: str, won: str, target: str = "0", until: str = "+30d") -> None:
        """limit DAY_KNOWN 5000: from now on."""
        number = int(target) if target.isdigit() else self.number(target)
        self.submit(self.by_two(orders_offline.Policy(
            STAFF["administrator"], getattr(policy, subject), int(won), self.now_s, time_s(until), self.nonce(),
            self.soon_s(), number,
        ), "administrator"))

    def do_suspend(self, who: str, suspended: str = "1", person: str = "") -> None:
        token = short(f"person {person}", 16) if person else b""
        self.submit(self.standing(STAFF[who], int(suspended), token))

    def standing(self, subject: int, suspended: int = 1, person: bytes = b"") -> orders.Act:
        message = signed(orders_office.Standing(
            STAFF["administrator"], subject, suspended, person, self.nonce(), self.soon_s()), "administrator")
        return orders.Act(message, (self.approval(message, SECOND, "second"),))

    def do_is(self, who: str, person: str) -> None:
        self.do_suspend(who, "0", person)

    def do_back(self, programme: str, *rows: str) -> None:
        """back help kim 500 noh 300: a list that takes back, all its rows at once."""
        pairs = [(who, int(won)) for who, won in zip(rows[::2], rows[1::2], strict=True)]
        self.pay_list(programme, pairs, f"list {self.nonce().hex()}", orders_office.RecallList)

    def do_recall(self, name: str, won: str, programme: str = "help") -> None:
        self.submit(self.recall(name, int(won), programme))

    def recall(self, name: str, won: int, programme: str = "help"):
        """Of what somebody holds or, while they have no wallet, of what waits for them."""
        person = short(f"person {name}", 16)
        linked = self.state.get(Register.PERSON, person)
        holder, number = (linked.account, self.account(name)) if linked and linked.account else (person, self.waiting(name))
        lots = (lot.id for lot in self.state.lots_of(RESIDENT, number) if lot.programme == self.number(programme))
        return self.by_two(orders_office.Recall(
            STAFF["maker"], holder, next(lots, 0), won, self.nonce(), self.soon_s()), "maker")

    def waiting(self, name: str) -> int:
        """The account number of what waits; 0 when nothing ever did."""
        found = self.state.get(Register.RESERVED, short(f"person {name}", 16))
        return found.number if found else 0

    def waits_won(self, name: str) -> int:
        return self.won(RESIDENT, self.waiting(name))

    def do_person_gets(self, programme: str, won: str) -> None:
        """Before it opens: the most for one person."""
        self.change(programme, person_won=int(won))

    def change(self, programme: str, **fields: object) -> None:
        record = self.state.get(Register.PROGRAMME, self.number(programme))
        body = orders.Programme(
            1, self.number(programme), record.coin, record.budget_won, record.opens_at_s, record.closes_at_s,
            record.spend_until_s, record.categories, record.name, self.nonce(), self.soon_s(),
            record.person_won, record.spend_days, record.shops,
        )
        self.submit(self.by_two(replace(body, **fields), "maker"))

    def open_programme(self, name: str, budget_won: int, **fields: object) -> None:
        act = self.programme(name, 1, budget_won, time_s("+60d"))
        self.submit(self.by_two(replace(act.message.body, **fields), "maker"))

    def bind(self, name: str, device: str, **fields: object) -> None:
        """Another device for an account, whose aliases are `device`'s."""
        body = orders.KeyAdd(3, short(f"account {name}"), key(device), orders.HARD, self.nonce(), self.soon_s())
        self.submit(self.by_two(replace(body, **fields), "registrar", given=(short(device),)))


def told(town: TableTown, order) -> tuple[str, dict]:
    with pytest.raises(Refusal) as refused:
        apply(town.state, order, town.now_s, town.rules)
    return refused.value.word, refused.value.facts
