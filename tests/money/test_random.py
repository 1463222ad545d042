"""Random towns: whatever people do, in whatever order, the laws of the ledger hold."""

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from app.errors import Refusal
from app.money import orders
from app.money.apply import apply
from app.money.lots import preview
from app.money.rules import DAY_S
from app.money.state import PAY, REFUND, RESIDENT, SHOP_TILL, Register
from tests.money.table import TableTown, check_conserved, play
from tests.money.town import NOON_S, short, snapshot

TOWN = """
    shop bakery 1
    shop pharmacy 2
    institution library 9
    resident kim lee
    stranger park
    programme help 1 20000 +20d
    programme milk 1 20000 +10d 2 9
    programme give 2 20000 +20d
    grant help → kim 2000, lee 1500
    grant milk → lee 700, kim 900
    grant give → kim 1000, lee 40
"""
PEOPLE, SHOPS, PROGRAMMES = ["kim", "lee", "park"], ["bakery", "pharmacy", "library"], ["help", "milk", "give"]
people, shops, programmes = map(st.sampled_from, (PEOPLE, SHOPS, PROGRAMMES))
won = st.one_of(st.integers(1, 30), st.integers(1, 3000))


class RandomTown(RuleBasedStateMachine):
    @initialize()
    def found(self):
        self.town: TableTown = play(TOWN)
        self.payments: dict[int, tuple[str, str, int]] = {}
        self.returned: dict[int, int] = {}

    def attempt(self, order):
        """The entry's number, or None: refused, and then nothing has changed."""
        before = snapshot(self.town.state)
        try:
            return self.town.submit(order)
        except Refusal as refusal:
            assert snapshot(self.town.state) == before
            self.word = refusal.word
            return None

    @rule(programme=programmes, rows=st.lists(st.tuples(people, won), min_size=1, max_size=4), done=st.booleans())
    def grant(self, programme, rows, done):
        name = self.town.nonce().hex()
        if self.attempt(self.town.grant(programme, rows, name)):
            for row in self.town.lists[name][: None if done else len(rows) // 2]:
                assert self.attempt(row)

    @rule(name=people, shop=shops, won=won, kind=st.sampled_from(["request", "notice", "code", "exact"]))
    def pay(self, name, shop, won, kind):
        self.sell(name, shop, won, kind)

    @rule(name=st.sampled_from(["kim", "lee"]), won=st.integers(1, 900))
    def pay_at_the_library(self, name, won):
        self.sell(name, "library", won, "code")

    def sell(self, name, shop, won, kind):
        town = self.town
        order = {
            "request": lambda: town.sale(name, shop, won),
            "notice": lambda: town.sale(name, shop, won, orders.Notice),
            "code": lambda: town.code_sale(name, shop, won, 2500),
            "exact": lambda: town.code_sale(name, shop, won, won, orders.EXACT),
        }[kind]()
        held = self.held(name, shop)
        entry = self.attempt(order)
        if entry:
            self.payments[entry] = name, shop, won
            self.check_draw(entry, held, won)
        elif self.word in ("NOT_ENOUGH", "WRONG_CATEGORY", "COINS_EXPIRED"):
            assert sum(held.values()) < won

    def held(self, name, shop):
        """{(expiry, coin, lot): won} of what can be spent there: counted here, not asked of the code under test."""
        town, found = self.town, {}
        category = town.state.get(Register.SHOP, town.number(shop)).category
        for lot in town.state.lots_of(RESIDENT, town.account(name)):
            programme = town.state.get(Register.PROGRAMME, lot.programme)
            if lot.expires_at_s > town.now_s and category in (programme.categories or bytes([category])):
                found[lot.expires_at_s, programme.coin, lot.id] = lot.balance_won
        return found

    def check_draw(self, entry, held, won):
        """Every won came from the front of the line."""
        taken = {}
        for leg in self.town.state.legs_of(entry):
            assert leg.flow == PAY
            taken[leg.debit] = taken.get(leg.debit, 0) + leg.amount_won
        left = won
        for (_, _, lot), has in sorted(held.items()):
            assert taken.pop(lot, 0) == min(has, left)
            left -= min(has, left)
        assert not taken and not left

    @precondition(lambda self: self.payments)
    @rule(data=st.data(), won=won, by=st.one_of(st.none(), shops))
    def refund(self, data, won, by):
        entry = data.draw(st.sampled_from(sorted(self.payments)))
        _, shop, paid_won = self.payments[entry]
        done = self.attempt(self.town.refund(by or shop, entry, won))
        if done:
            self.returned[entry] = self.returned.get(entry, 0) + won
            assert by in (None, shop) and self.returned[entry] <= paid_won
            sources = {leg.debit for leg in self.town.state.legs_of(entry)}
            for leg in self.town.state.legs_of(done):
                if leg.flow == REFUND:
                    assert leg.credit in sources and self.town.state.lot(leg.credit).expires_at_s > self.town.now_s

    @rule(name=people, frozen=st.sampled_from([0, 0, 0, 1]))
    def freeze(self, name, frozen):
        self.attempt(self.town.freeze(name, frozen))

    @rule(name=people, person=st.sampled_from(["", *PEOPLE]))
    def link(self, name, person):
        self.attempt(self.town.link(name, person))

    @rule(shop=shops, rights=st.sampled_from([7, 7, 7, 3, 2, 1, 0]), standing=st.sampled_from([1, 1, 1, 0]))
    def change_shop(self, shop, rights, standing):
        category = 1 + SHOPS.index(shop)
        self.attempt(self.town.shop(shop, category, orders.INSTITUTION if shop == "library" else orders.SHOP, standing))
        self.attempt(self.town.till(shop, rights))

    @rule(days=st.sampled_from([0, 1, 1, 3, 11]))
    def time_passes(self, days):
        self.town.now_s = min(self.town.now_s + days * DAY_S, NOON_S + 40 * DAY_S)

    @rule()
    def sweep(self):
        for lot in list(self.town.state.lots.values()):
            ripe = lot.owner_kind == RESIDENT and lot.balance_won and lot.expires_at_s <= self.town.now_s
            assert bool(self.attempt(self.town.expire(lot.id, max(lot.balance_won, 1)))) == bool(ripe)

    @rule(programme=programmes, budget_won=st.integers(1, 40_000))
    def change_budget(self, programme, budget_won):
        number = self.town.number(programme)
        record = self.town.state.get(Register.PROGRAMME, number)
        order = self.town.programme(programme, record.coin, budget_won, record.spend_until_s, record.categories)
        issued_won = -self.town.state.lot(record.lot).balance_won
        assert bool(self.attempt(order)) == (budget_won >= issued_won)

    @rule(data=st.data())
    def send_again(self, data):
        """No accepted order is ever accepted twice, not even at its own time."""
        now_s = self.town.now_s
        self.town.now_s, order = data.draw(st.sampled_from(self.town.history))
        assert self.attempt(order) is None
        self.town.now_s = now_s

    @rule(name=people, shop=shops, won=won)
    def the_preview_and_the_sale_agree(self, name, shop, won):
        town = self.town
        shown = preview(town.state, short(f"account {name}"), town.number(shop), won, town.now_s, town.rules)
        assert shown.spendable_here_won == sum(self.held(name, shop).values())
        assert sum(taken for _, taken in shown.draws) + shown.missing_won == won
        try:
            legs = apply(town.state, town.sale(name, shop, won), town.now_s, town.rules).legs
        except Refusal as refusal:
            assert refusal.number < 241 or refusal.word == shown.word
        else:
            assert [(leg.debit, leg.amount_won) for leg in legs] == [(lot.id, taken) for lot, taken in shown.draws]

    @invariant()
    def money_is_conserved(self):
        check_conserved(self.town.state)

    @invariant()
    def shops_hold_what_they_were_paid_less_what_they_returned(self):
        sold: dict[str, int] = dict.fromkeys(SHOPS, 0)
        for entry, (_, shop, paid_won) in self.payments.items():
            sold[shop] += paid_won - self.returned.get(entry, 0)
        for shop, sum_won in sold.items():
            assert self.town.won(SHOP_TILL, self.town.number(shop)) == sum_won

    def teardown(self):
        self.town.check_replay()


TestRandomTown = RandomTown.TestCase
TestRandomTown.settings = settings(max_examples=5 * settings().max_examples, stateful_step_count=60)
