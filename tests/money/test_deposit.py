"""A code taken without a network is judged as of when it was taken: what happened since costs nobody who acted in good
faith. Rule set 3; what the sets before it did is in test_offline."""

import pytest

from app.errors import Refusal
from app.money import orders, orders_office, orders_offline, policy
from app.money.rules import FIRST, NEWEST
from app.money.state import RESIDENT, Register
from tests.money import test_offline
from tests.money.offline_town import OfflineTown
from tests.money.table import play, time_s
from tests.money.test_offline import BORNE, TOWN
from tests.money.town import STAFF, key, short


class DepositTown(OfflineTown):
    """A town that is founded with the newest rules."""

    def __init__(self):
        super().__init__()
        self.do_rules()

    def do_rules(self) -> None:
        self.submit(self.by_roots(orders_office.Rulebook(0, NEWEST, self.nonce(), self.soon_s())))

    def do_backdate(self, label: str, when: str) -> None:
        """The till names another moment: its word is all there is."""
        code, won, _, shop = self.codes[label]
        self.codes[label] = code, won, time_s(when), shop

    def do_replace(self, name: str, new: str) -> None:
        """A new phone takes the lost one's place."""
        body = orders.KeyAdd(
            STAFF["registrar"], short(f"account {name}"), key(new), orders.HARD, self.nonce(), self.soon_s(), key(name))
        self.submit(self.by_two(body, "registrar", given=(short(new),)))

    def do_move(self, name: str, to: str) -> None:
        """A phone that was linked to the wrong person becomes another's."""
        body = orders.KeyAdd(STAFF["registrar"], short(f"account {to}"), key(name), orders.HARD, self.nonce(), self.soon_s())
        self.submit(self.by_two(body, "registrar"))

    def do_recall(self, name: str, programme: str, won: str) -> None:
        (lot,) = [lot for lot in self.state.lots_of(RESIDENT, self.account(name)) if lot.programme == self.number(programme)]
        body = orders_office.Recall(STAFF["maker"], short(f"account {name}"), lot.id, int(won), self.nonce(), self.soon_s())
        self.submit(self.by_two(body, "maker"))

    def do_category(self, shop: str, category: str, until: str) -> None:
        """From now on, by dated policy."""
        self.submit(self.by_two(orders_offline.Policy(
            STAFF["administrator"], policy.SHOP_CATEGORY, int(category), self.now_s, time_s(until), self.nonce(),
            self.soon_s(), self.number(shop),
        ), "administrator"))


TABLES = {
    "who loses a phone, or is frozen, after the shop took the code, pays it": BORNE + """
        grant help → kim 9000, lee 9000
        certify kim
        certify lee
        x: taken kim bakery 1000
        y: taken lee grocer 1000
        wait +1h
        freeze kim
        revoke lee
        deposit x                               | kim 8000  bakery 1000  cover 9000
        deposit y                               | lee 8000  grocer 1000  cover 9000
        thaw kim
        certify kim
    """,
    "what is taken of a lost phone is borne, and costs its owner nothing, not even the right": BORNE + """
        grant help → kim 9000
        certify kim
        replace kim newphone
        wait +1m
        x: taken kim bakery 3000
        y: taken kim grocer 3000
        deposit x                               | kim 9000  bakery 3000  cover 6000
        deposit y                               | kim 9000  grocer 3000  cover 3000
    """,
    "it counts as lost since the account was frozen for it, also when that is over": BORNE + """
        grant help → kim 9000
        certify kim
        freeze kim
        wait +10m
        x: taken kim bakery 3000
        wait +30m
        replace kim newphone
        thaw kim
        deposit x                               | kim 9000  bakery 3000  cover 6000
    """,
    "whose phone was only thought lost has it back, and asks two officers for the right": BORNE + """
        grant help → kim 9000
        certify kim
        freeze kim
        wait +10m
        x: taken kim bakery 3000
        thaw kim
        wait +1m
        freeze kim
        wait +1m
        thaw kim
        deposit x                               | kim 9000  bakery 3000  cover 6000
        certify kim             | refused OFFLINE_BARRED
        allow kim
        certify kim
    """,
    "of who is stopped by now no more is taken than the certificate's sum, whatever moment the till names": BORNE + """
        grant help → kim 40000, lee 40000
        certify kim
        certify lee
        wait +1h
        freeze kim
        revoke lee
        wait +10d
        a: taken kim bakery 4000
        b: taken kim bakery 4000
        c: taken lee grocer 5000
        d: taken lee grocer 5000
        backdate a +30m
        backdate b +30m
        backdate c +30m
        backdate d +30m
        deposit a                               | kim 36000  cover 9000
        deposit b                               | kim 35000  bakery 8000  cover 6000
        deposit c                               | lee 35000  cover 6000
        deposit d                               | lee 35000  grocer 10000  cover 1000
    """,
    "the money is of the account that the key was certified for, wherever the phone is linked later": BORNE + """
        grant help → kim 9000
        certify lee
        x: taken lee bakery 3000
        unlink lee
        move lee kim
        deposit x                               | kim 9000  cover 6000
    """,
    "who spends elsewhere what was shown without a network gets no more certificates": BORNE + """
        grant help → kim 3000
        certify kim
        x: taken kim bakery 3000
        pay kim grocer 1000
        deposit x                               | kim 0  bakery 3000  cover 8000
        certify kim             | refused OFFLINE_BARRED
    """,
    "whose coins expire before the till is back is not at fault": BORNE + """
        programme short 1 100000 +1h
        grant short → kim 3000
        certify kim
        x: taken kim bakery 2000
        wait +90m
        deposit x                               | bakery 2000  cover 7000
        certify kim
    """,
    "nor when they were swept or recalled, up to what the city has of them": BORNE + """
        programme short 1 100000 +1h
        grant short → kim 1500
        grant help → kim 1000
        certify kim
        x: taken kim bakery 2000
        y: taken kim grocer 500
        z: taken kim grocer 1
        wait +1m
        recall kim help 500
        wait +90m
        sweep kim 1500
        deposit x                               | kim 0  bakery 2000  cover 7500
        deposit y                               | grocer 500  cover 7000
        certify kim
        deposit z                               | cover 6999
        certify kim             | refused OFFLINE_BARRED
    """,
    "coins that had expired when the code was taken, were spent, or were never good here, excuse nobody": BORNE + """
        programme short 1 100000 +1h
        programme pills 1 100000 +3h 2
        programme later 1 100000 +3h
        grant later → kim 3000
        pay kim grocer 3000
        grant short → kim 3000
        grant pills → kim 3000
        wait +90m
        certify kim
        x: taken kim bakery 2000
        wait +2h
        deposit x                               | bakery 2000  cover 7000
        certify kim             | refused OFFLINE_BARRED
    """,
    "a shop that is closed since has the money for what it took before, and for nothing after": BORNE + """
        grant help → kim 9000
        certify kim
        x: taken kim bakery 1000
        y: taken kim bakery 1000
        wait +1h
        shop bakery 1 closed
        deposit x                               | kim 8000  bakery 1000
        wait +10m
        shop bakery 2 closed
        deposit y                               | kim 7000  bakery 2000
        z: taken kim bakery 1000
        deposit z               | refused SHOP_CLOSED
    """,
    "who bears a loss, and how much of it, is what held when it was taken": BORNE + """
        programme other 1 9000 +60d
        certify kim
        x: taken kim bakery 3000
        wait +1h
        policy bearer other +40d
        policy till 0 +40d
        deposit x                               | bakery 3000  cover 6000  other 9000
    """,
    "also when that has ended, and others were set since": TOWN + """
        policy bearer cover +1h
        certify kim
        x: taken kim bakery 3000
        wait +2h
        policy bearer 0 +9d
        policy bearer 0 +8d
        deposit x                               | bakery 3000  cover 6000
        certify lee
        y: taken lee bakery 1000
        deposit y               | refused NOT_ENOUGH
    """,
    "a shop's category is the one that it had": BORNE + """
        grant milk → kim 3000
        certify kim
        x: taken kim pharmacy 3000
        wait +1h
        shop pharmacy 1
        deposit x                               | kim 0  pharmacy 3000  cover 9000
    """,
    "also by the policy": BORNE + """
        grant milk → kim 3000
        category bakery 2 +1h
        certify kim
        x: taken kim bakery 3000
        wait +90m
        deposit x                               | kim 0  bakery 3000  cover 9000
    """,
}


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_a_table_holds(table):
    play(table, DepositTown())


OTHERWISE = "nothing is taken from a frozen account or with a lost phone"


@pytest.mark.parametrize("name", [name for name in test_offline.TABLES if name != OTHERWISE])
def test_all_else_is_as_before(name):
    play(test_offline.TABLES[name], DepositTown())


def test_of_whom_was_stopped_before_the_rules_kept_the_moment_nothing_is_taken():
    town = play(BORNE + "grant help → kim 9000\ncertify kim\nx: taken kim bakery 1000\nfreeze kim\n", OfflineTown())
    assert town.rules.version == FIRST and town.state.get(Register.ACCOUNT, short("account kim")).frozen_s == 0
    DepositTown.do_rules(town)
    town.do_deposit("x")
    assert town.held("kim") == 9000 and town.held("cover") == 8000


def test_a_till_can_not_name_a_moment_outside_the_certificates_life():
    """It would choose what holds: the moment is looked at within the life, and the deposit refused."""
    town = play(BORNE + "grant help → kim 9000\nwait +1d\ncertify kim\nshop bakery 1 closed\nx: taken kim bakery 1000\n", DepositTown())
    code, won, _, shop = town.codes["x"]
    town.codes["x"] = code, won, town.now_s - 40_000, shop
    with pytest.raises(Refusal) as refused:
        town.do_deposit("x")
    assert refused.value.word == "SHOP_CLOSED"
    town.do_shop("bakery")
    with pytest.raises(Refusal) as refused:
        town.do_deposit("x")
    assert refused.value.word == "TAKEN_TOO_LATE"


def test_six_figures_a_day_leave_room_to_switch_off():
    """Figures that have ended are kept for codes taken then, and stand in nobody's way."""
    town = play(TOWN, DepositTown())
    for _ in range(policy.MOST_PERIODS + 10):
        hours = (town.now_s - time_s("+0s")) // 3600
        town.do_policy("till", "1000", f"+{hours + 4}h", f"+{hours}h")
        town.do_wait("+4h")
    town.do_policy("till", "0", "+90d")
    assert policy.figure(town.state, policy.OFFLINE_TILL, town.now_s) == 0
