"""A town in which everything happens that an entry can be, under rule set 1, then 2, 3 and 4: what a release freezes.

    python -m tests.chain.whole FOLDER      writes it as an export
"""

import sys
from pathlib import Path

from app.chain.export import export
from app.money import orders, orders_office, orders_offline, orders_publishing, policy
from app.money.orders import Sale
from app.money.state import EXPIRE, OFFLINE_LOSS, RECALL, REFUND_EXPIRED, RESIDENT, TOP_UP, Register
from tests.chain.ledger import DAY_S, MAKER, NOON_S, NOTICE, REGISTRAR, SWEEP, Ledger, bytes_of, key

ADMINISTRATOR, AUDITOR = 4, 5
BAKERY, OFFICE, GROCER = 1, 2, 3            # shops, and their tills by the same number
FOOD, AID, GIVE = 1, 2, 3                   # programmes
HOUR_S = 3_600
ALL = orders.RECEIVE | orders.RETURN | orders.ASK

# subject, figure, seconds from now on, seconds until, target
FIGURES = (
    (policy.OFFLINE_PAYER, 20_000, 0, 9 * DAY_S, 0), (policy.OFFLINE_TILL, 60_000, 0, 9 * DAY_S, 0),
    (policy.OFFLINE_DAY, 60_000, 0, 9 * DAY_S, 0), (policy.OFFLINE_LIFE, 6 * HOUR_S, 0, 9 * DAY_S, 0),
    (policy.OFFLINE_BEARER, FOOD, 0, 9 * DAY_S, 0), (policy.HOLD_UNKNOWN, 5_000, 0, DAY_S, 0),
    (policy.HOLD_KNOWN, 90_000, 0, 9 * DAY_S, 0), (policy.DAY_UNKNOWN, 3_000, 0, DAY_S, 0),
    (policy.DAY_KNOWN, 30_000, 0, 9 * DAY_S, 0), (policy.DAY_SOFT, 15_000, 0, DAY_S, 0),
    (policy.DAY_CARD, 10_000, 0, DAY_S, 0), (policy.REBOUND, 4_000, 0, 9 * DAY_S, 0),
    (policy.DAY_OFFICER, 500_000, 0, DAY_S, 0), (policy.SHOP_CATEGORY, 2, HOUR_S, DAY_S, BAKERY),
    (policy.PROGRAMME_CAP, 200_000, 0, DAY_S, AID),
)


def account(name: str) -> bytes:
    return bytes_of("account of " + name, 8)


def person(name: str) -> bytes:
    return bytes_of("person " + name, 16)


def alias(name: str) -> bytes:
    return bytes_of("alias of " + name, 8)


class Whole(Ledger):
    """The words in which the days below are told."""

    def one(self, body: object, holder: str, *given: bytes):
        return self.submit(self.act(body, holder, *given))

    def two(self, body: object, holder: str, *given: bytes):
        return self.submit(self.approved(body, holder, *given))

    def ends(self) -> tuple[bytes, int]:
        """The last two fields of most messages."""
        return self.nonce(), self.soon_s()

    def wait(self, seconds: int) -> None:
        """A commit ends before time passes."""
        self.block()
        self.now_s += seconds

    def paid(self, name: str, won: int, shop: int = BAKERY, cashier: int = 0):
        """A payment of what a till asks."""
        request = self.signed(orders.Request(shop, shop, won, *self.ends(), b"T-1", cashier), f"till {shop}")
        return self._answered(name, request)

    def paid_on_paper(self, name: str, won: int):
        """A payment of what a public institution asks by a notice."""
        body = orders.Notice(OFFICE, OFFICE, won, self.nonce(), self.now_s + 30 * DAY_S, b"WATER-7")
        return self._answered(name, self.signed(body, f"till {OFFICE}"))

    def _answered(self, name: str, request):
        payment = orders.Payment(alias(name), request.id[:16], request.body.amount_won, *self.ends())
        return self.submit(Sale(self.signed(payment, name), request))

    def charged(self, name: str, won: int, mode: int = orders.CAP, reference: bytes = b"", cashier: int = 0):
        """A code that the bakery scanned."""
        code = self.signed(orders.Code(alias(name), mode, won, *self.ends()), name)
        charge = orders.Charge(BAKERY, BAKERY, code.id, won, *self.ends(), reference, cashier)
        return self.submit(Sale(code, self.signed(charge, f"till {BAKERY}")))

    def given_back(self, entry: int, won: int, shop: int = BAKERY, cashier: int = 0):
        return self.one(orders.Refund(shop, shop, entry, won, *self.ends(), cashier), f"owner {shop}")

    def voided(self, entry: int, shop: int = BAKERY):
        return self.one(orders.Void(shop, shop, entry, *self.ends(), 4), f"till {shop}")

    def certified(self, name: str, device: str) -> None:
        """`device`: the name of the fresh key."""
        self.one(orders_offline.OfflineKey(alias(name), key(device).public, *self.ends()), name)

    def code_of(self, device: str, won: int, count: int, mode: int = orders.CAP):
        """What a phone without a network shows."""
        number = key(device).public[:8]
        until_s = self.state.get(Register.OFFLINE_KEY, number).until_s + 14 * DAY_S
        body = orders_offline.OfflineCode(number, mode, won, count, self.nonce(), self.soon_s(), until_s)
        return self.signed(body, device)

    def taken(self, code, won: int, shop: int) -> Sale:
        """What a till without a network signs of it."""
        body = orders_offline.Deposit(
            shop, shop, code.id, won, self.now_s, self.nonce(), code.body.expires_at_s, b"OFF-1", 2)
        return Sale(code, self.signed(body, f"till {shop}"))

    def lot(self, name: str, programme: int) -> int:
        """The newest lot of an account with money in it."""
        number = self.state.get(Register.ACCOUNT, account(name)).number
        return [lot.id for lot in self.state.lots_of(RESIDENT, number) if lot.programme == programme and lot.balance_won][-1]


# --- the days -----------------------------------------------------------------------------

def first_rules(town: Whole) -> None:
    """An office that was founded under rule set 1, with money in it, and then takes up 2."""
    town.open_office()
    town.resident("mina")
    town.grant({"mina": 50_000})
    for shop, (name, sort, category) in enumerate(
            ((b"Bakery", orders.SHOP, 1), (b"Town office", orders.INSTITUTION, 9), (b"Grocer", orders.SHOP, 3)), 1):
        town.one(orders.Shop(REGISTRAR, shop, orders.OPEN, sort, category, name, b"Sajik", *town.ends()), "registrar")
        keys = key(f"till {shop}").public, key(f"owner {shop}").public
        town.one(orders.Till(REGISTRAR, shop, shop, ALL, *keys, *town.ends()), "registrar")
    town.paid("mina", 1_000)
    town.two(orders_office.Rulebook(0, 2, *town.ends()), "root0")
    for number, name, roles in ((REGISTRAR, "registrar", 4), (ADMINISTRATOR, "administrator", 16), (AUDITOR, "auditor", 8)):
        town.two(orders.Officer(0, number, key(name).public, roles, 0, 2**52, *town.ends()), "root0")
    town.one(orders_publishing.Served(NOTICE, bytes_of("files"), town.now_s, town.soon_s()), "notice")
    town.block()


def office(town: Whole) -> None:
    """Who may act, figures with dates, programmes with every field."""
    town.two(orders.Programme(
        MAKER, AID, 1, 10**6, NOON_S, NOON_S + 20 * DAY_S, NOON_S + 30 * DAY_S, b"", b"Aid", *town.ends(),
        60_000, 5, b"\0\0\0\1\0\0\0\3"), "maker")
    ends_s = NOON_S + 2 * DAY_S
    town.two(orders.Programme(
        MAKER, GIVE, 2, 50_000, NOON_S, ends_s + DAY_S, ends_s + DAY_S, b"\2\3", b"Give", *town.ends()), "maker")
    for subject, figure, from_s, until_s, target in FIGURES:
        now_s = town.now_s
        town.two(orders_offline.Policy(
            ADMINISTRATOR, subject, figure, now_s + from_s, now_s + until_s, *town.ends(), target), "administrator")
    for suspended, who in ((0, MAKER), (1, AUDITOR), (0, AUDITOR)):
        token = person("maker") if who == MAKER else b""
        town.two(orders_office.Standing(ADMINISTRATOR, who, suspended, token, *town.ends()), "administrator")
    town.block()


def lists(town: Whole) -> None:
    """Rows that are paid, that wait, and that go back: an officer's own, one over a limit."""
    for name in ("jun", "soo"):
        town.resident(name)
    town.one(orders.AccountOpen(key("bo").public, orders.SOFT, *town.ends()), "bo", account("bo"), alias("bo"))
    town.one(orders.Link(REGISTRAR, account("bo"), person("bo"), *town.ends()), "registrar")
    town.grant({"jun": 40_000, "soo": 20_000, "bo": 3_000, "later": 9_000, "never": 6_000, "maker": 5_000, "mina": 55_000},
               programme=AID)
    town.grant({"mina": 30_000, "jun": 4_000, "never": 1_000}, programme=GIVE)
    town.grant({"jun": 6_000})
    town.resident("later")                      # claims what waited
    town.two(orders_office.Recall(MAKER, account("later"), town.lot("later", AID), 2_000, *town.ends()), "maker")
    waiting = next(lot for lot in town.lots() if lot.owner_kind == RESIDENT and lot.balance_won == 6_000 and lot.programme == AID)
    town.two(orders_office.Recall(MAKER, person("never"), waiting.id, 2_500, *town.ends()), "maker")
    town.block(with_state=True)
    town.checkpoint()


def counter(town: Whole) -> None:
    """Every way to pay with a network, and every way back. A figure of the policy begins in between."""
    sold = town.paid("mina", 7_000)
    town.given_back(sold.number, 2_000)
    town.given_back(sold.number, 1_000, cashier=3)
    town.charged("jun", 1_500)
    town.charged("bo", 1_000)
    town.charged("jun", 1_200, orders.EXACT, b"T-9", 7)
    town.wait(2 * HOUR_S)                       # the bakery counts as of another category now
    town.late = town.paid("mina", 9_000, cashier=2).number
    town.voided(town.charged("soo", 2_000).number)
    town.paid_on_paper("mina", 3_000)
    town.one(orders.AliasBatch(alias("mina"), 2, *town.ends()), "mina", bytes_of("more aliases of mina", 16))
    town.block()


def phones(town: Whole) -> None:
    """A lost phone and its new one, a caregiver's, a card; an account that is stopped, and one that changes hands."""
    add = orders.KeyAdd
    town.two(add(REGISTRAR, account("jun"), key("new").public, 0, *town.ends(), key("jun").public), "registrar", alias("new"))
    town.paid("new", 4_000)                     # all that a new phone may spend in its first day
    town.two(add(REGISTRAR, account("soo"), key("carer").public, 0, *town.ends(), b"", 2_500), "registrar", alias("carer"))
    town.paid("carer", 2_500, GROCER)
    town.two(add(REGISTRAR, account("soo"), key("card").public, orders.CARD, *town.ends()), "registrar", alias("card"))
    town.charged("card", 3_000)
    town.one(orders.KeyRevoke(REGISTRAR, key("carer").public, *town.ends()), "registrar")
    for frozen in (1, 0):
        town.one(orders.Freeze(REGISTRAR, account("soo"), frozen, *town.ends()), "registrar")
    town.one(orders.Link(REGISTRAR, account("later"), b"", *town.ends()), "registrar")
    town.two(orders.Link(REGISTRAR, account("later"), person("later"), *town.ends()), "registrar")
    town.block()


def without_a_network(town: Whole) -> None:
    """What is covered, more than there is, one code at two shops, two codes of one count, a stopped account's, a late one."""
    for name in ("mina", "soo", "later"):
        town.certified(name, f"{name} offline")
    good, exact = town.code_of("mina offline", 12_000, 1), town.code_of("mina offline", 7_000, 2, orders.EXACT)
    short, twice = town.code_of("later offline", 15_000, 1), town.code_of("soo offline", 4_000, 1)
    held = [
        town.taken(good, 11_000, BAKERY), town.taken(exact, 7_000, GROCER), town.taken(short, 12_000, GROCER),
        town.taken(twice, 3_000, GROCER), town.taken(twice, 3_500, BAKERY),
        town.taken(town.code_of("soo offline", 1_000, 1), 1_000, GROCER),
    ]
    late, stopped = (town.taken(town.code_of("soo offline", 800, count), 700, BAKERY) for count in (2, 3))
    town.wait(HOUR_S)
    entries = [town.submit(order).number for order in held]
    town.voided(entries[0])
    town.given_back(entries[2], 5_000, GROCER)  # the city bore it: it goes back to the programme
    town.two(orders_offline.OfflineAgain(REGISTRAR, account("later"), *town.ends()), "registrar")
    town.one(orders.Freeze(REGISTRAR, account("soo"), 1, *town.ends()), "registrar")
    town.submit(stopped)
    town.one(orders.Freeze(REGISTRAR, account("soo"), 0, *town.ends()), "registrar")
    town.wait(20 * HOUR_S)
    town.submit(late)
    town.certified("later", "later offline again")
    town.block(with_state=True)


def as_of_taking(town: Whole) -> None:
    """Rule set 3: between a code's taking and its deposit the account is stopped, a phone is lost, money is recalled, and the
    shop sells other things and is closed."""
    town.wait(4 * HOUR_S)                       # the new phone is one like others now
    town.two(orders_office.Rulebook(0, 3, *town.ends()), "root0")
    town.grant({"mina": 9_000, "jun": 9_000, "later": 9_000})
    devices = {"mina": "mina good", "new": "new good", "later": "later good"}
    for name, device in devices.items():
        town.certified(name, device)
    held = [town.taken(town.code_of(device, 9_000, 1), won, BAKERY) for device, won in zip(devices.values(), (4_000, 3_000, 2_000))]
    town.wait(HOUR_S)
    town.one(orders.Freeze(REGISTRAR, account("mina"), 1, *town.ends()), "registrar")
    town.one(orders.KeyRevoke(REGISTRAR, key("new").public, *town.ends()), "registrar")
    lot = town.lot("later", FOOD)
    town.two(orders_office.Recall(MAKER, account("later"), lot, town.state.lot(lot).balance_won, *town.ends()), "maker")
    for standing, category in ((orders.OPEN, 4), (orders.CLOSED, 4)):
        town.one(orders.Shop(REGISTRAR, BAKERY, standing, orders.SHOP, category, b"Bakery", b"Sajik", *town.ends()), "registrar")
    lost = town.taken(town.code_of("new good", 1_000, 2), 1_000, GROCER)       # by whoever found it
    for order in (*held, lost):
        town.submit(order)
    town.one(orders.Freeze(REGISTRAR, account("mina"), 0, *town.ends()), "registrar")
    town.one(orders.Shop(REGISTRAR, BAKERY, orders.OPEN, orders.SHOP, 1, b"Bakery", b"Sajik", *town.ends()), "registrar")
    town.block()


def one_person(town: Whole) -> None:
    """Rule set 3: what waits counts towards what one may hold, and what lies in a wallet that was theirs; an officer is
    named again when another's time is over."""
    town.grant({"new in town": 80_000, "never": 89_000})
    town.grant({"new in town": 11_000, "mina": 70_000})
    town.one(orders.Link(REGISTRAR, account("jun"), b"", *town.ends()), "registrar")
    town.grant({"jun": 60_000})
    town.two(orders.Link(REGISTRAR, account("jun"), person("jun"), *town.ends()), "registrar")
    town.resident("new in town")
    town.grant({"new in town": 10_000})
    town.grant({"new in town": 1})
    named = lambda who: town.two(       # noqa: E731
        orders_office.Standing(ADMINISTRATOR, who, 0, person("registrar"), *town.ends()), "administrator")
    named(AUDITOR)
    town.two(orders.Officer(0, AUDITOR, key("auditor").public, 0, 0, 2**52, *town.ends()), "root0")
    named(REGISTRAR)
    town.block()


def taken_back(town: Whole) -> None:
    """A list that takes back: all of somebody's, a part, what waits, an officer's own who signed it, and where nothing is."""
    town.grant({"mina": 4_000, "jun": 5_000, "nobody yet": 5_000, "maker": 1_000}, programme=GIVE)
    rows = {"mina": 99_000, "nobody yet": 2_000, "jun": 5_000, "maker": 1_000, "never seen": 3_000}
    town.grant(rows, GIVE, orders_office.RecallList)
    town.block()


def no_way_round(town: Whole) -> None:
    """Rule set 4: a key in the place of one that was stopped before and one beside it, a card whose figure has ended, a void
    that gives the day's room back, a deposit that counts, a figure that the next one covers."""
    town.two(orders_office.Rulebook(0, 4, *town.ends()), "root0")
    town.grant({"mina": 9_000, "jun": 9_000, "soo": 20_000})

    def figure(subject: int, won: int, from_s: int = 0) -> None:
        town.two(orders_offline.Policy(
            ADMINISTRATOR, subject, won, town.now_s + from_s, 2**52, *town.ends()), "administrator")

    figure(policy.DAY_KNOWN, 40_000)
    figure(policy.DAY_KNOWN, 24_000)
    figure(policy.DAY_CARD, 5_000, 20 * DAY_S)          # until then the one of 10,000 goes on that ended
    town.block()
    add = orders.KeyAdd
    town.two(add(REGISTRAR, account("jun"), key("third").public, 0, *town.ends(), key("new").public), "registrar", alias("third"))
    town.paid("third", 4_000)                           # all that it may in its first day
    town.two(add(REGISTRAR, account("soo"), key("second card").public, orders.CARD, *town.ends()), "registrar", alias("second card"))
    town.paid("second card", 1_000, GROCER)
    wrong = town.paid("card", 10_000)                   # for 1,000
    town.voided(wrong.number)
    town.paid("card", 1_000)
    for name in ("mina", "new in town"):
        town.certified(name, f"{name} once more")
    order = town.taken(town.code_of("mina once more", 15_000, 1), 13_000, GROCER)
    town.paid("mina", 14_000)
    town.wait(HOUR_S)
    town.voided(town.submit(order).number, GROCER)      # over the day's limit, and out of it again
    town.submit(town.taken(town.code_of("mina once more", 6_000, 2), 6_000, BAKERY))
    town.paid("mina", 4_000)                            # and no more
    town.submit(town.taken(town.code_of("new in town once more", 3_000, 1), 3_000, GROCER))
    town.block()


def end(town: Whole) -> None:
    """Figures fall back, coins expire, a programme is closed early, the day's totals."""
    town.wait(3 * DAY_S)
    town.given_back(town.late, 9_000)           # the coins it was paid with have expired
    for lot in list(town.lots()):
        if lot.owner_kind == RESIDENT and lot.expires_at_s <= town.now_s and lot.balance_won:
            town.one(orders.Expire(SWEEP, lot.id, lot.balance_won, town.soon_s()), "sweep")
    town.two(orders.Programme(
        MAKER, AID, 1, 400_000, NOON_S, town.now_s, NOON_S + 30 * DAY_S, b"", b"Aid", *town.ends(), 60_000, 5,
        b"\0\0\0\1\0\0\0\3"), "maker")
    town.one(orders.Till(REGISTRAR, GROCER, GROCER, 0, key(f"till {GROCER}").public, b"", *town.ends()), "registrar")
    totals(town, 1)
    totals(town, 2)
    town.block(with_state=True)
    town.checkpoint()
    town.paid("mina", 100)
    town.block()


def totals(town: Whole, coin: int) -> None:
    """A coin's figures since the beginning: what reached people or a shop, and what went back."""
    def flowed_won(*flows: int) -> int:
        return sum(won for (programme, flow), won in town.flow_sums.items()
                   if flow in flows and town.state.get(Register.PROGRAMME, programme).coin == coin)

    issued_won, back_won = flowed_won(TOP_UP, OFFLINE_LOSS), flowed_won(EXPIRE, REFUND_EXPIRED, RECALL)
    figures = issued_won, 0, back_won, issued_won - back_won
    town.one(orders.Totals(NOTICE, (town.now_s + 9 * HOUR_S) // DAY_S, coin, *figures, town.soon_s()), "notice")


DAYS = (
    first_rules, office, lists, counter, phones, without_a_network, as_of_taking, one_person, taken_back, no_way_round, end,
)


def whole_town() -> Whole:
    town = Whole()
    for day in DAYS:
        day(town)
    return town


if __name__ == "__main__":
    print(export(whole_town(), Path(sys.argv[1])), "entries")
