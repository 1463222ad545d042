"""Closing the till: tables of what happened, and beside them the sums that a person wrote down by hand."""

import os
from datetime import datetime

import pytest

from app.desk import close, pay, seal
from app.desk.close import Scope, Sums
from app.errors import Refusal
from app.message import cose
from app.money import orders
from tests.cast import DAY_S, HOUR_S, RESTAURANT, City, Till, Wallet


class Day:
    """One shop's day, told in lines."""

    def __init__(self, city: City):
        self.city, self.office = city, city.office
        self.tills = [city.till(), city.till()]
        self.payers = [city.wallet(help_won=200_000), city.wallet(give_won=200_000)]
        self.entries: dict[str, int] = {}

    @property
    def scopes(self) -> list[Scope]:
        return [Scope(RESTAURANT, self.tills[0].number), Scope(RESTAURANT, self.tills[1].number), Scope(RESTAURANT, 0)]

    def tell(self, story: str) -> None:
        """name  till  cashier  won            a sale (of either coin, turn and turn about)
        name  till  cashier  won  of name      a refund
        name  till  cashier  void of name      a void"""
        for at, line in enumerate(story.strip().splitlines()):
            name, till, cashier, won, *of = line.split()
            till = self.tills[int(till) - 1]
            if won == "void":
                self.entries[name] = self._void(till, int(cashier), self.entries[of[1]])
            elif of:
                self.entries[name] = self._refund(till, int(cashier), int(won), self.entries[of[1]])
            else:
                self.entries[name] = self._sale(till, int(cashier), int(won), self.payers[at % 2])

    def _end_s(self) -> int:
        return self.city.now_s() + 100

    def _sale(self, till: Till, cashier: int, won: int, payer: Wallet) -> int:
        body = orders.Request(till.number, till.shop, won, os.urandom(8), self._end_s(), b"T-1", cashier)
        request = cose.sign(body, till.key, self.city.chain_id)
        return pay.settle(self.office, payer.payment(request), request).entry

    def _refund(self, till: Till, cashier: int, won: int, entry: int) -> int:
        body = orders.Refund(till.number, till.shop, entry, won, os.urandom(8), self._end_s(), cashier)
        return pay.give_back(self.office, cose.sign(body, till.refund_key, self.city.chain_id)).entry

    def _void(self, till: Till, cashier: int, entry: int) -> int:
        body = orders.Void(till.number, till.shop, entry, os.urandom(8), self._end_s(), cashier)
        return pay.give_back(self.office, cose.sign(body, till.key, self.city.chain_id)).entry


@pytest.fixture
def day(city):
    return Day(city)


LUNCH = """
    a  1  0   8500
    b  1  3  12000
    c  2  3   4300
    d  2  0   9900
    e  1  3   2000  of b
    f  1  0   void  of a
    g  2  3    300  of c
    h  1  3   7000
"""


def test_a_days_sums_are_those_that_a_person_adds_up_by_hand(day):
    day.tell(LUNCH)
    one, two, shop = (close.since_last(day.office, scope) for scope in day.scopes)
    #                                sales          refunds     voids
    assert one.total == Sums(3, 27_500, 1, 2_000, 1, 8_500) and one.total.net_won == 17_000
    assert two.total == Sums(2, 14_200, 1, 300, 0, 0) and two.total.net_won == 13_900
    assert shop.total == Sums(5, 41_700, 2, 2_300, 1, 8_500) and shop.total.net_won == 30_900
    assert shop.cashiers == [(0, Sums(2, 18_400, 0, 0, 1, 8_500)), (3, Sums(3, 23_300, 2, 2_300, 0, 0))]
    assert shop.tills == [(day.tills[0].number, one.total), (day.tills[1].number, two.total)]
    assert [line.entry for line in shop.lines] == [day.entries[name] for name in "abcdefgh"]
    assert sum(line.signed_won for line in shop.lines) == 30_900


def test_a_closing_is_recorded_and_the_next_one_begins_after_it(day):
    till, shop = day.scopes[0], day.scopes[2]
    day.tell("a 1 0 5000")
    first = close.since_last(day.office, till)
    day.city.wait(60)
    day.tell("b 1 0 700")       # while the sum is being read: it belongs to the next closing
    made = close.record(day.office, till, (first.first, first.last), (till.till, 3))
    assert (made.closing.number, made.closing.by_cashier, made.total.net_won) == (1, 3, 5_000)
    then = close.since_last(day.office, till)
    assert then.first == first.last + 1 and then.total == Sums(1, 700)
    close.record(day.office, till, (then.first, then.last), (till.till, 0))
    assert [each.number for each in close.recorded(day.office, till)] == [2, 1]
    assert close.of_closing(day.office, till, 1) == made
    assert close.since_last(day.office, shop).total == Sums(2, 5_700)     # the shop's closings are its own


def test_the_same_closing_again_is_the_same_and_another_over_its_entries_is_refused(day):
    scope, by = day.scopes[0], (day.tills[0].number, 0)
    day.tell("a 1 0 5000")
    shown = close.since_last(day.office, scope)
    made = close.record(day.office, scope, (shown.first, shown.last), by)
    assert close.record(day.office, scope, (shown.first, shown.last), by) == made
    day.tell("b 1 0 600")
    last = day.office.store.head().size - 1
    wrong = {(shown.first, last): "ALREADY_DONE", (shown.last, last): "ALREADY_DONE", (shown.last + 2, last): "FIELD_WRONG",
             (shown.last + 1, last + 1): "FIELD_WRONG", (last, last - 1): "FIELD_WRONG"}
    for span, word in wrong.items():
        with pytest.raises(Refusal, match=word):
            close.record(day.office, scope, span, by)
    assert len(close.recorded(day.office, scope)) == 1


def test_a_first_closing_leaves_nothing_out_from_the_beginning(day):
    scope, by = day.scopes[0], (day.tills[0].number, 0)
    day.tell("a 1 0 5000\nb 1 0 10")
    shown = close.since_last(day.office, scope)
    with pytest.raises(Refusal, match="FIELD_WRONG"):
        close.record(day.office, scope, (day.entries["b"], shown.last), by)
    with pytest.raises(Refusal, match="FIELD_WRONG"):
        close.record(day.office, scope, (shown.first, shown.last), (by[0], 2**16))


def test_a_very_long_closing_ends_after_so_many_lines_and_the_next_goes_on(day, monkeypatch):
    monkeypatch.setattr(close, "MOST", 3)
    monkeypatch.setattr(close, "AT_ONCE", 2)
    scope, won = day.scopes[0], []
    day.tell("\n".join(f"s{at} 1 0 {at + 1}" for at in range(7)))
    while (shown := close.since_last(day.office, scope)).lines:
        won.append([line.amount_won for line in shown.lines])
        close.record(day.office, scope, (shown.first, shown.last), (scope.till, 0))
    assert won == [[1, 2, 3], [4, 5, 6], [7]]


def test_a_day_goes_from_midnight_to_midnight_on_the_citys_clocks(day):
    shop = day.scopes[2]
    day.city.wait(12 * HOUR_S - 60)         # 23:59
    day.tell("a 1 0 100")
    day.city.wait(60)                       # 0:00
    day.tell("b 1 0 20")
    assert [close.of_day(day.office, shop, day_).total.net_won for day_ in ("2026-11-22", "2026-11-23", "2026-11-24")] \
        == [100, 20, 0]
    for wrong in ("2026-11-31", "22.11.2026", "", "1999-01-01", "9999-12-31", "２０２６-11-2x"):
        with pytest.raises(Refusal, match="FIELD_WRONG"):
            close.of_day(day.office, shop, wrong)


def test_a_months_statement_is_final_when_a_checkpoint_covers_it_and_never_changes_again(day):
    office, shop = day.office, day.scopes[2]
    day.tell("a 1 0 5000\nb 2 4 3000")
    day.city.wait(9 * DAY_S - 12 * HOUR_S - 1)      # 30 November, 23:59:59
    assert datetime.fromtimestamp(day.city.now_s(), office.city.zone).isoformat() == "2026-11-30T23:59:59+09:00"
    day.city.accept_keys(30 * DAY_S)
    before = close.of_month(office, shop, "2026-11")
    assert before.total.net_won == 8_000 and not before.final
    day.city.wait(1)
    assert not close.of_month(office, shop, "2026-11").final      # an entry of November may still be on its way
    seal.totals(office)
    assert not close.of_month(office, shop, "2026-11").final      # no checkpoint covers the last one yet
    signed = seal.checkpoint(office)
    final = close.of_month(office, shop, "2026-11")
    assert final.final and final.under.note == signed.note and final.under.size > final.last
    day.city.wait(DAY_S)
    seal.totals(office)
    seal.checkpoint(office)
    assert close.of_month(office, shop, "2026-11") == final
    assert [(str(of), part.net_won) for of, part in final.days] == [("2026-11-22", 8_000)]
    assert close.of_month(office, shop, "2026-12").total == Sums() and not close.of_month(office, shop, "2026-12").final


def test_a_shops_new_name_changes_no_paper_of_a_month_that_is_past(day):
    office, shop, city = day.office, day.scopes[2], day.city
    day.tell("a 1 0 5000")
    made = close.record(office, shop, (close.since_last(office, shop).first, office.store.head().size - 1), (1, 0))
    city.hand_in(orders.Shop(city.numbers[0], RESTAURANT, 1, 1, 1, "새 이름".encode(), b"", os.urandom(8), city.now_s() + HOUR_S))
    assert close.since_last(office, shop).shop_name == "새 이름"
    assert close.of_closing(office, shop, 1).shop_name == made.shop_name != "새 이름"


def test_only_a_till_that_may_give_back_sees_the_whole_shop(city):
    both, taking = city.till(), city.till(rights=orders.RECEIVE)
    assert close.scope_of(city.office, both.number, True) == Scope(RESTAURANT, 0)
    assert close.scope_of(city.office, taking.number, False) == Scope(RESTAURANT, taking.number)
    with pytest.raises(Refusal, match="NO_RIGHT"):
        close.scope_of(city.office, taking.number, True)


def test_a_tills_closing_is_kept_by_no_hand(day):
    scope = day.scopes[0]
    close.record(day.office, scope, (close.since_last(day.office, scope).first, day.office.store.head().size - 1), (1, 0))
    for statement in ("UPDATE closing SET last_entry = last_entry + 1", "DELETE FROM closing",
                      "INSERT INTO closing VALUES (1, 1, 2, 0, 9, 1, 1, 0)",
                      "INSERT INTO closing SELECT shop, till, number + 1, last_entry + 2, last_entry + 3, 1, 1, 0 FROM closing"):
        with pytest.raises(Exception, match="closing"), day.office.people.write() as connection:
            connection.execute(statement)


def test_a_movement_of_the_till_is_told_again_with_its_receipt(day):
    day.tell("a 1 7 5000\nb 2 0 10")
    line, slip = close.slip(day.office, day.tills[0].number, day.entries["a"])
    assert (line.kind, line.amount_won, line.cashier, line.reference) == ("sale", 5_000, 7, "T-1")
    assert cose.parse(slip.receipt).body.entry == day.entries["a"]
    for other in (day.entries["b"], 0, 2**60):
        with pytest.raises(Refusal, match="NOT_FOUND"):
            close.slip(day.office, day.tills[0].number, other)
