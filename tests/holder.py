"""Somebody without a phone: a paper card in the hand, and its PIN slip.

    cap(city)                               # cards are made only under a daily limit
    lee = Holder(city, help_won=20_000)
    lee.pays(city.till(), 8_500)
"""

import os

from app.desk import cards
from app.money import orders_offline, policy
from app.money.state import Register
from app.people import register
from app.people.register import Details
from tests.cast import DAY_S, HELP, HOUR_S, MAKER, City

CAP_WON = 30_000


def cap(city: City, won: int = CAP_WON) -> None:
    now_s = city.now_s()
    city.hand_in(orders_offline.Policy(
        city.numbers[MAKER], policy.DAY_CARD, won, now_s - 60, now_s + 30 * DAY_S, os.urandom(8), now_s + HOUR_S))


class Holder:
    """Somebody without a phone, with a card and its PIN slip."""

    def __init__(self, city: City, help_won: int = 20_000):
        self.city = city
        added = register.add(city.office.people, Details("이순자", "1943-11-02", ""))
        self.person, self.reference = added.token, added.reference
        self.card = self.pin = None
        self.renew()
        if help_won:
            city.top_up(HELP, {self: help_won})

    def renew(self) -> int:
        """A new card, in the place of the one before where there is one; the entry."""
        until = os.urandom(8), self.city.now_s() + HOUR_S
        entry = self.city.hand_in(cards.make(self.city.office, self.city.numbers[MAKER], self.person, until))
        self.card = cards.of_person(self.city.office, self.person)
        self.pin = cards.new_pin(self.city.office, self.city.numbers[MAKER], self.card)
        return entry

    @property
    def account(self) -> bytes:
        return self.city.office.store.get(Register.PERSON, self.person).account

    @property
    def wrong(self) -> str:
        return f"{(int(self.pin) + 1) % 10 ** 6:06}"

    def pays(self, till, won: int, pin: str = ""):
        return cards.pay(self.city.office, till.number, (self.card.number, pin or self.pin), till.request(won))
