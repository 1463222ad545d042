"""A person is one, with or without a wallet, under whatever number they sign: what rule set 3 says of it."""

import contextlib
from copy import deepcopy
from dataclasses import replace
from functools import cache

import pytest
from hypothesis import given, strategies as st

from app.errors import Refusal
from app.money import orders, orders_office, orders_offline, policy
from app.money.apply import apply
from app.money.orders import CHECKER, MAKER, REGISTRAR
from app.money.rules import RULES
from app.money.signers import person_of
from app.money.state import RESIDENT, Register
from app.money.topup import why_back
from tests.money.office_town import SECOND, TOWN, OfficeTown, told
from tests.money.table import play, time_s
from tests.money.town import STAFF, key, short, signed

LIMITED = TOWN + "limit HOLD_KNOWN 5000\n"


# --- what somebody may hold -----------------------------------------------------------------

@pytest.mark.parametrize(("version", "has_won"), [(2, 10_000), (3, 5_000)])
def test_what_waits_counts_towards_what_a_person_may_hold(version, has_won):
    town = play(LIMITED + "grant help noh 5000\ngrant food noh 5000", OfficeTown(version))
    assert town.waits_won("noh") == has_won
    town.submit(town.open_account("noh"))
    play(f"link noh | noh {has_won}\ngrant help noh 1 | noh {has_won}", town)


def test_a_row_that_does_not_fit_goes_back_until_some_is_spent():
    town = play(LIMITED + "grant help noh 5000 kim 5000 | help 90000\ngrant help noh 1 kim 1 | help 90000", OfficeTown(3))
    town.submit(town.open_account("noh"))
    play("""
    link noh                        | noh 5000
    grant help noh 1                | noh 5000  help 90000
    pay noh → bakery 1000           | noh 4000
    grant help noh 1001             | noh 4000  help 90000
    grant help noh 1000             | noh 5000  help 89000
    """, town)


def test_a_wallet_that_is_taken_off_and_put_back_makes_no_room():
    town = play(LIMITED + "stranger noh\nlink noh\ngrant help noh 4000", OfficeTown(3))
    play("unlink noh\ngrant help noh 1001 | noh 4000  help 96000\ngrant help noh 1000 | noh 4000  help 95000", town)
    assert town.waits_won("noh") == 1000
    play("relink noh noh | noh 5000\ngrant help noh 1 | noh 5000  help 95000", town)


def test_a_wallet_that_is_somebody_elses_now_or_was_another_persons_is_not_counted():
    town = play(LIMITED + "stranger noh\nlink noh\ngrant help noh 4000\nunlink noh\nlink noh park", OfficeTown(3))
    play("grant help noh 5000 | help 91000\ngrant help noh 1 | help 91000", town)
    assert town.waits_won("noh") == 5000


def test_a_card_and_a_phone_are_one_wallet_with_one_limit():
    town = play(LIMITED + "grant help kim 3000", OfficeTown(3))
    town.bind("kim", "card", grade=orders.CARD)
    play("grant help kim 2001 | kim 3000\ngrant help kim 2000 | kim 5000", town)


def test_a_limit_that_is_lowered_later_bars_no_link_and_no_money_that_waits():
    town = play(LIMITED + "grant help noh 5000\nlimit HOLD_KNOWN 3000", OfficeTown(3))
    town.submit(town.open_account("noh"))
    play("""
    link noh                        | noh 5000
    grant help noh 1                | noh 5000  help 95000
    pay noh → bakery 2001           | noh 2999
    grant help noh 1                | noh 3000  help 94999
    """, town)


def test_what_has_expired_while_it_waited_takes_no_room():
    town = play(LIMITED, OfficeTown(3))
    town.open_programme("short", 9_000, spend_days=1)
    play("grant short noh 5000\ngrant help noh 1 | help 100000\nat +3d\ngrant help noh 5000 | help 95000", town)


@pytest.mark.parametrize(("rows", "words"), [
    ("noh 5000", ["", "ROW_OVER_HOLDING"]), ("noh 5001", ["ROW_OVER_HOLDING"]), ("kim 4000", ["", "ROW_OVER_HOLDING"]),
    ("lee 1", ["ROW_LOCKED"]), ("each:kim 3001", ["ROW_OVER_LIMIT"]), ("each:kim 3000", ["", "ROW_OVER_LIMIT"]),
    ("each:noh 3000", ["", "ROW_OVER_LIMIT"]),
])
def test_what_is_told_before_anybody_signs_is_what_becomes_of_the_row(rows, words):
    """The same row once more until it goes back."""
    town = play(LIMITED + "freeze lee", OfficeTown(3))
    town.open_programme("each", 100_000, person_won=3000)
    place, won = rows.split()
    programme, _, name = place.rpartition(":")
    programme = programme or "help"
    for word in words:
        assert why_back(town.state, town.number(programme), (short(f"person {name}", 16), int(won)), town.now_s, town.rules) == word
        left_won = town.held(programme)
        town.do_grant(programme, name, won)
        assert town.held(programme) == left_won - (0 if word else int(won))


# --- two officers ---------------------------------------------------------------------------

THIRD, DOUBLE = 7, 8    # one more administrator; somebody who may approve, and is the maker and the registrar


def in_two_places(kind: type, town: OfficeTown) -> orders.Act:
    """An act of this kind by two numbers of one person."""
    ends = town.nonce(), town.soon_s()
    if kind in (orders.Grant, orders_office.RecallList):
        act, second = town.grant("help", [("lee", 5)], "doubled", kind), (DOUBLE, "double")
    elif kind is orders.Programme:
        act, second = town.programme("more", 1, 9, time_s("+9d")), (DOUBLE, "double")
    else:
        body, holder, second = {
            orders.KeyAdd: lambda: (orders.KeyAdd(3, short("account lee"), key("new"), 0, *ends), "registrar", (DOUBLE, "double")),
            orders.Link: lambda: (orders.Link(3, short("account noh"), short("person noh", 16), *ends), "registrar", (DOUBLE, "double")),
            orders_offline.OfflineAgain: lambda: (
                orders_offline.OfflineAgain(3, short("account lee"), *ends), "registrar", (DOUBLE, "double")),
            orders_office.Recall: lambda: (
                orders_office.Recall(1, short("account lee"), 1, 1, *ends), "maker", (DOUBLE, "double")),
            orders_office.Standing: lambda: (orders_office.Standing(5, 4, 1, b"", *ends), "administrator", (SECOND, "second")),
            orders_offline.Policy: lambda: (
                orders_offline.Policy(5, policy.DAY_KNOWN, 1, 0, time_s("+9d"), *ends), "administrator", (SECOND, "second")),
        }[kind]()
        act = orders.Act(signed(body, holder))
    return replace(act, approvals=(town.approval(act.message, *second),))


@cache
def doubled() -> OfficeTown:
    """Under rule set 2, by which nobody compared: kim is the maker, the registrar and a checker; lim two administrators."""
    town = play(TOWN + "stranger noh\nlink noh\nunlink noh", OfficeTown(2))
    town.submit(town.officer(THIRD, "third", orders.ADMINISTRATOR))
    town.submit(town.officer(DOUBLE, "double", CHECKER | REGISTRAR))
    for subject, who in ((1, "kim"), (3, "kim"), (DOUBLE, "kim"), (SECOND, "lim"), (5, "lim")):
        by = [(number, name) for number, name in ((5, "administrator"), (SECOND, "second"), (THIRD, "third")) if number != subject][:2]
        body = orders_office.Standing(by[0][0], subject, 0, short(f"person {who}", 16), town.nonce(), town.soon_s())
        message = signed(body, by[0][1])
        town.submit(orders.Act(message, (town.approval(message, *by[1]),)))
    return town


@pytest.mark.parametrize("kind", [*RULES[3].checkers, orders.Link])
def test_one_person_under_two_numbers_is_one_officer(kind):
    town = deepcopy(doubled())
    try:
        apply(town.state, in_two_places(kind, town), town.now_s, town.rules)
    except Refusal as refusal:              # what else may be wrong with it is said after who signed
        assert refusal.word != "SAME_OFFICER"
    town.take_up(3)
    assert told(town, in_two_places(kind, town))[0] == "SAME_OFFICER"


def test_an_officer_is_said_to_be_a_person_who_is_no_other_officer():
    town = play(TOWN + "is maker kim", OfficeTown(3))
    assert told(town, town.standing(STAFF["checker"], 0, short("person kim", 16))) == ("PERSON_NAMED", {"officer": 1})
    play("is maker kim\nsuspend maker 1 kim\nis checker lee", town)         # the same again, and suspended with it
    assert told(town, town.standing(STAFF["registrar"], 0, short("person kim", 16)))[0] == "PERSON_NAMED"
    town.submit(town.officer(1, "maker", 0))
    town.do_is("registrar", "kim")                                          # the maker's time is over
    town.submit(town.officer(2, "checker", CHECKER, until_s=town.now_s + 60))
    assert told(town, town.standing(4, 0, short("person lee", 16)))[0] == "PERSON_NAMED"
    town.now_s += 60
    town.submit(town.standing(4, 0, short("person lee", 16)))
    town.check_replay()


def test_who_was_named_twice_before_is_suspended_all_the_same():
    town = deepcopy(doubled())
    town.take_up(3)
    by = signed(orders_office.Standing(5, DOUBLE, 1, short("person kim", 16), town.nonce(), town.soon_s()), "administrator")
    town.submit(orders.Act(by, (town.approval(by, THIRD, "third"),)))
    assert town.state.get(Register.STANDING, DOUBLE).suspended


OFFICERS = {1: ("maker", MAKER), 2: ("checker", CHECKER), 7: ("seventh", MAKER | CHECKER)}
ACTS = st.lists(st.one_of(
    st.tuples(st.just("is"), st.sampled_from(list(OFFICERS)), st.sampled_from(["kim", "lee", ""])),
    st.tuples(st.sampled_from(["ends", "begins"]), st.sampled_from(list(OFFICERS))),
    st.tuples(st.just("signs"), st.sampled_from([(1, 2), (1, 7), (7, 2)])),
), min_size=10, max_size=40)


@given(steps=ACTS)
def test_whoever_is_named_ends_and_begins_again_no_list_is_signed_by_one_person(steps):
    town = play(TOWN, OfficeTown(3))
    for what, *rest in steps:
        with contextlib.suppress(Refusal):
            match what:
                case "is":
                    town.submit(town.standing(rest[0], 0, short(f"person {rest[1]}", 16) if rest[1] else b""))
                case "signs":
                    maker, checker = rest[0]
                    body = replace(town.programme("new", 1, 5, time_s("+9d")).message.body, officer=maker)
                    town.numbers.pop("new")
                    message = signed(body, OFFICERS[maker][0])
                    town.submit(orders.Act(message, (town.approval(message, checker, OFFICERS[checker][0]),)))
                    people = [person_of(town.state, number) for number in rest[0]]
                    assert people[0] != people[1] or not people[0]
                case _:
                    holder, roles = OFFICERS[rest[0]]
                    town.submit(town.officer(rest[0], holder, roles if what == "begins" else 0))
    town.check_replay()
