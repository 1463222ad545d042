"""Lists, rows, payments with and without a network, voids and recalls in any order: none of them passes a limit or a budget."""

from copy import deepcopy
from dataclasses import dataclass
from functools import cache

from hypothesis import given, strategies as st

from app.errors import Refusal
from app.money import orders, orders_office
from app.money.rules import DAY_S
from app.money.state import RESIDENT, Register
from tests.money.limit_town import LimitTown
from tests.money.office_town import TOWN
from tests.money.table import play
from tests.money.town import short

WON, PRICE = st.integers(1, 900), st.integers(1, 400)
NAMES = "kim", "lee", "noh"     # the last has a wallet at times
PEOPLE = st.sampled_from(NAMES)
STEPS = st.lists(st.one_of(
    *[st.tuples(st.just("list"), st.lists(st.tuples(st.sampled_from([*NAMES, "noh"]), WON), min_size=1, max_size=4))] * 2,
    *[st.tuples(st.just("row"), st.integers(0, 1))] * 4,
    *[st.tuples(st.just("pay"), PEOPLE, PRICE)] * 5,
    st.tuples(st.just("recall"), PEOPLE, PRICE),
    st.tuples(st.just("back"), st.lists(st.tuples(PEOPLE, PRICE), min_size=1, max_size=4)),
    *[st.tuples(st.sampled_from(["link", "unlink"]))] * 2,       # of noh's wallet
    st.tuples(st.just("certify"), PEOPLE),
    *[st.tuples(st.just("show"), PEOPLE, PRICE)] * 2,
    *[st.tuples(st.just("deposit"))] * 2,
    *[st.tuples(st.just("void"), PEOPLE, st.integers(1, 2))] * 2,
    st.tuples(st.just("wait"), st.integers(1, 300)),
    st.tuples(st.just("wait"), st.integers(1, DAY_S)),
), min_size=20, max_size=60)
SPENDS, HOLDS, GRANTS, GIVES = 700, 1000, 2500, 4000     # won: a person a day, at once, officers a day, the programme in all
CERTIFIED = 500                                          # of one certificate


@cache
def limited_town() -> LimitTown:
    town = play(TOWN + "stranger noh\ngrant help kim 900 lee 900\n", LimitTown())
    town.open_programme("aid", GIVES, person_won=3000)
    for subject, won in (("DAY_KNOWN", SPENDS), ("DAY_UNKNOWN", SPENDS), ("HOLD_KNOWN", HOLDS), ("DAY_OFFICER", GRANTS)):
        town.do_limit(subject, str(won), until="+59d")
    for subject, figure in (("payer", CERTIFIED), ("day", 2 * CERTIFIED), ("life", 7200), ("till", 10**6), ("bearer", town.number("food"))):
        town.do_policy(subject, str(figure), "+59d")
    return town


@given(steps=STEPS)
def test_no_interleaving_of_lists_rows_and_payments_passes_a_limit_or_a_budget_by_one_won(steps):
    """Beyond it goes only what was taken without a network, as far as it was deposited in the same window, and what a void gives back."""
    town, seen = deepcopy(limited_town()), Seen()
    for step in steps:
        try:
            _take(town, seen, *step)
        except Refusal as refusal:
            if refusal.word == "OVER_DAY_LIMIT":
                assert seen.running_won(step[1], town.now_s) + step[2] > SPENDS, "there was room"
        _check(town, seen)
    town.check_replay()


@dataclass
class Paid:
    """What somebody paid, and what of it a void did not give back."""
    at_s: int
    won: int
    offline: bool
    entry: int
    voided: bool = False


class Seen:
    """What happened, counted here without asking the rules."""

    def __init__(self):
        self.queues: tuple[list, list] = ([], [])
        self.lists = 0
        self.paid: dict[str, list[Paid]] = {name: [] for name in NAMES}
        self.granted: list[tuple[int, int]] = []
        self.back_won = dict.fromkeys(NAMES, 0)     # by voids
        self.shown_won = dict.fromkeys(NAMES, 0)    # of the certificate in the phone
        self.shown: list[tuple[str, str]] = []      # (label, name) of codes that a till has taken

    def spent(self, name: str) -> list[list[Paid]]:
        """By windows of 24 hours."""
        return [[each for _, each in window] for window in _windows([(each.at_s, each) for each in self.paid[name]])]

    def running_won(self, name: str, now_s: int) -> int:
        windows = self.spent(name)
        runs = windows and now_s < windows[-1][0].at_s + DAY_S
        return sum(each.won for each in windows[-1] if not each.voided) if runs else 0


def _take(town: LimitTown, seen: Seen, what: str, *rest) -> None:
    match what:
        case "wait":
            town.now_s += rest[0]
        case "list" | "back":
            seen.lists += 1
            name = f"list {seen.lists}"
            act = town.grant("aid", rest[0], name, orders.Grant if what == "list" else orders_office.RecallList)
            town.submit(act)
            if what == "list":
                seen.granted.append((town.now_s, act.message.body.total_won))
            seen.queues[seen.lists % 2].append(town.lists[name])
        case "row":
            queue = seen.queues[rest[0]]
            if queue:
                row = queue[0].pop(0)
                if not queue[0]:
                    queue.pop(0)
                town.submit(row)
        case "pay":
            entry = town.submit(town.sale(rest[0], "bakery", rest[1]))
            seen.paid[rest[0]].append(Paid(town.now_s, rest[1], False, entry))
            assert seen.running_won(rest[0], town.now_s) <= SPENDS
        case "recall":
            town.submit(town.recall(rest[0], rest[1], "aid"))
        case "link":
            before = town.state.get(Register.PERSON, short("person noh", 16))
            (town.do_relink if before else town.do_link)("noh", "noh")
        case "unlink":
            town.do_unlink("noh")
        case _:
            _take_more(town, seen, what, *rest)


def _take_more(town: LimitTown, seen: Seen, what: str, *rest) -> None:
    """What is paid without a network, and what is not to have been paid."""
    match what:
        case "certify":
            phones = dict(town.phones)
            try:
                town.do_certify(rest[0])
            except Refusal:
                town.phones = phones
                raise
            seen.shown_won[rest[0]] = 0
        case "show":
            name, won = rest
            if name in town.phones and seen.shown_won[name] + won <= CERTIFIED:
                seen.shown_won[name] += won
                town.play_row(f"c{len(town.codes)}: taken {name} bakery {won}", "")
                seen.shown.append((f"c{len(town.codes) - 1}", name))
        case "deposit":
            if seen.shown:
                label, name = seen.shown.pop(0)
                had_won = town.won(RESIDENT, town.account(name))
                town.do_deposit(label)
                won = had_won - town.won(RESIDENT, town.account(name))
                if won:
                    seen.paid[name].append(Paid(town.now_s, won, True, town.entry))
        case "void":
            name, back = rest
            paid = seen.paid[name][-back:][:1]
            for each in paid:
                town.submit(town.void("bakery", each.entry))
                each.voided = True
                seen.back_won[name] += each.won


def _check(town: LimitTown, seen: Seen) -> None:
    for name in NAMES:
        for window in seen.spent(name):
            left = [each for each in window if not each.voided]
            assert sum(each.won for each in left) <= SPENDS + sum(each.won for each in left if each.offline)
    assert all(sum(won for _, won in window) <= GRANTS for window in _windows(seen.granted))
    for name in NAMES:
        assert 0 <= town.won(RESIDENT, town.account(name)) + town.waits_won(name) <= HOLDS + seen.back_won[name]
        paid = town.state.get(Register.PERSON_PAID, town.number("aid").to_bytes(8) + short(f"person {name}", 16))
        assert paid is None or 0 <= paid.amount_won <= 3000
    lot = town.state.lot(town.state.get(Register.PROGRAMME, town.number("aid")).lot)
    assert -GIVES <= lot.balance_won <= 0


def _windows(sums: list[tuple[int, object]]) -> list[list[tuple[int, object]]]:
    """What came together in each window of 24 hours: one begins with the first that the one before doesn't hold."""
    found: list[list[tuple[int, object]]] = []
    for each in sums:
        if not found or each[0] >= found[-1][0][0] + DAY_S:
            found.append([])
        found[-1].append(each)
    return found
