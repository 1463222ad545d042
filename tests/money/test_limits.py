"""Rule set 4: no limit of a day has a way round it, and none outlives what it was for. What the set before did stands beside it."""

import pytest

from app.errors import Refusal
from app.money import limits, policy
from app.money.orders import CARD, HARD
from app.money.orders_offline import Policy
from app.money.rules import DAY_S, NEWEST
from app.money.state import Register, Sum
from tests.money.limit_town import LimitTown
from tests.money.office_town import TOWN, told
from tests.money.table import TableTown, play, time_s
from tests.money.town import STAFF, key, short

BEFORE = 3
PAID = TOWN + "grant help kim 50000 lee 9000\n"
OFFLINE = PAID + """
policy payer 20000 +60d
policy day 20000 +60d
policy life 3600 +60d
policy till 50000 +60d
policy bearer food +60d
"""


def then(version: int, table: str, town: str = PAID) -> LimitTown:
    return play(town + table, LimitTown(version))


# --- a key that two officers add ----------------------------------------------------------

STOPPED_FIRST = """
limit REBOUND 4000
revoke kim
wait +1d
add kim phone {grade} {replaces}
by phone 4000
by phone 1              | refused OVER_DAY_LIMIT limit_won=4000 left_won=0
wait +1d
by phone 9000
"""


@pytest.mark.parametrize("grade", [HARD, CARD])
@pytest.mark.parametrize("replaces", ["", "kim"])
def test_a_new_key_waits_its_first_day_also_when_the_lost_one_was_stopped_the_day_before(grade, replaces):
    town = then(NEWEST, STOPPED_FIRST.format(grade=grade, replaces=replaces))
    assert town.state.get(Register.KEY, key("kim")).revoked_s == time_s("+0d"), "it was lost when it was stopped"


def test_under_the_rules_before_it_was_refused_or_had_no_limit_at_all():
    town = then(BEFORE, "limit REBOUND 4000\nrevoke kim\nadd kim phone\nby phone 9000\n")
    with pytest.raises(Refusal, match="KEY_TAKEN"):
        town.do_add("kim", "other", replaces="kim")


def test_beside_a_phone_that_is_left_a_new_key_waits_as_well_and_the_lowest_limit_counts():
    town = then(NEWEST, """
    limit REBOUND 4000
    limit DAY_CARD 3000
    add kim card 2
    by card 3001        | refused OVER_DAY_LIMIT limit_won=3000 left_won=3000
    pay kim → bakery 9000
    add lee second
    by second 4001      | refused OVER_DAY_LIMIT limit_won=4000
    """)
    town.bind("kim", "carer", day_won=5000)
    assert limits.of_key(town.state, key("carer"), town.now_s, town.rules) == 4000
    assert limits.of_key(town.state, key("carer"), town.now_s + DAY_S, town.rules) == 5000


def test_a_key_of_another_account_or_of_nobody_is_not_replaced_though_it_was_stopped():
    town = then(NEWEST, "revoke lee\n")
    for lost in ("lee", "nobody"):
        with pytest.raises(Refusal, match="KEY_TAKEN"):
            town.do_add("kim", "phone", replaces=lost)


# --- a card without a figure --------------------------------------------------------------

CARD_OF_KIM = "limit DAY_CARD 2000 0 +1d\nadd kim card 2\n"


def test_a_cards_limit_goes_on_when_its_figure_has_ended():
    town = then(NEWEST, CARD_OF_KIM + """
    at +3d
    by card 2001        | refused OVER_DAY_LIMIT limit_won=2000
    limit DAY_CARD 3000 0 +4d
    by card 3000
    at +9d
    by card 3001        | refused OVER_DAY_LIMIT limit_won=3000
    """)
    assert len(list(policy.periods(town.state, policy.DAY_CARD))) == 1


def test_also_while_the_next_figure_lies_ahead():
    town = then(NEWEST, CARD_OF_KIM)
    town.now_s = time_s("+3d")
    for begins, figure in (("+5d", 500), ("+7d", 600)):
        body = policy_of(town, figure, begins, "+8d")
        town.submit(town.by_two(body, "administrator"))
    play("by card 2001 | refused OVER_DAY_LIMIT limit_won=2000\nat +5d\nby card 501 | refused OVER_DAY_LIMIT limit_won=500", town)
    town.now_s = time_s("+9d")
    assert limits.of_cards(town.state, town.now_s, town.rules) == 600


def policy_of(town: TableTown, figure: int, begins: str, until: str):
    """Of cards, from a later moment on."""
    return Policy(STAFF["administrator"], policy.DAY_CARD, figure, time_s(begins), time_s(until), town.nonce(), town.soon_s())


def test_what_held_last_is_what_lay_uppermost_when_all_had_ended():
    town = then(NEWEST, "limit DAY_CARD 2000 0 +9d\nlimit DAY_CARD 500 0 +2d\nlimit DAY_CARD 700 0 +1d\n")
    assert [limits.of_cards(town.state, time_s(at), town.rules) for at in ("+1h", "+1d", "+2d", "+99d")] == [700, 500, 2000, 2000]


def test_of_cards_for_which_no_figure_ever_held_there_is_no_limit_nor_of_phones_whose_figure_ended():
    then(NEWEST, "add kim card 2\nby card 30000\n")
    then(NEWEST, "limit DAY_KNOWN 1000 0 +1d\nat +1d\npay kim → bakery 9000\n")
    town = then(NEWEST, "")
    town.submit(town.by_two(policy_of(town, 500, "+5d", "+6d"), "administrator"))
    assert limits.of_cards(town.state, town.now_s, town.rules) is None


def test_under_the_rules_before_a_card_was_without_a_limit_from_then_on():
    then(BEFORE, CARD_OF_KIM + "at +3d\nby card 30000\n")


# --- without a network --------------------------------------------------------------------

def test_what_was_paid_without_a_network_counts_towards_the_day_and_is_never_refused():
    town = then(NEWEST, """
    limit DAY_KNOWN 5000
    certify kim
    x: taken kim bakery 4000
    y: taken kim bakery 3000
    pay kim → bakery 2000
    deposit x                           | kim 44000
    pay kim → bakery 1                  | refused OVER_DAY_LIMIT limit_won=5000 left_won=0
    deposit y                           | kim 41000
    wait +1d
    pay kim → bakery 5000               | kim 36000
    """, OFFLINE)
    assert town.counted_won(short("account kim")) == 5000


def test_under_the_rules_before_it_did_not_count():
    then(BEFORE, "limit DAY_KNOWN 5000\ncertify kim\nx: taken kim bakery 4000\ndeposit x\npay kim → bakery 5000 | kim 41000\n", OFFLINE)


def test_only_what_the_account_paid_counts_and_also_for_the_key_that_prepared_it():
    town = then(NEWEST, """
    limit DAY_KNOWN 50000
    add lee phone 1
    certify phone
    x: taken phone bakery 12000
    limit DAY_SOFT 7000
    deposit x                           | lee 0  food 47000
    """, OFFLINE)
    assert town.counted_won(short("account lee")) == town.counted_won(key("phone")) == 9000


def test_it_counts_for_the_account_that_paid_wherever_the_phone_is_linked_by_then():
    town = then(NEWEST, """
    pay lee → bakery 9000
    certify lee
    x: taken lee bakery 3000
    unlink lee
    move lee kim
    relink lee lee
    grant help lee 5000
    limit DAY_KNOWN 50000
    deposit x                           | lee 2000  kim 50000
    """, OFFLINE)
    assert (town.counted_won(short("account lee")), town.counted_won(short("account kim"))) == (3000, 0)


# --- a payment that is void ---------------------------------------------------------------

def test_a_void_gives_the_days_room_back_and_a_refund_does_not():
    town = then(NEWEST, """
    limit DAY_CARD 50000
    limit DAY_KNOWN 46000
    add kim card 2
    by card 45000                       | kim 5000
    """)
    town.submit(town.void("bakery", town.entry))
    assert town.held("kim") == 50_000 and town.counted_won(key("card")) == town.counted_won(short("account kim")) == 0
    town.do_by("card", "45000")
    town.submit(town.refund("bakery", town.entry, 45_000))
    assert told(town, town.sale("kim", "bakery", 4_500))[0] == "OVER_DAY_LIMIT"
    town.check_replay()


def test_under_the_rules_before_the_right_amount_could_not_be_paid_then():
    town = then(BEFORE, "limit DAY_KNOWN 46000\na: pay kim → bakery 45000\nvoid a\npay kim → bakery 4500 | refused OVER_DAY_LIMIT\n")
    assert town.counted_won(short("account kim")) == 45_000


def test_a_void_frees_no_window_but_the_one_in_which_it_was_paid_and_never_more_than_was_counted():
    town = then(NEWEST, """
    limit DAY_KNOWN 9000
    pay kim → bakery 1000
    wait +86395s
    a: pay kim → bakery 8000
    wait +10s
    pay kim → bakery 2000
    void a
    pay kim → bakery 7001               | refused OVER_DAY_LIMIT left_won=7000
    """)
    assert town.state.get(Register.DAY_SPENT, short("account kim")).amount_won == 2000
    town = then(NEWEST, "a: pay kim → bakery 8000\nwait +1s\nlimit DAY_KNOWN 9000\npay kim → bakery 2000\nvoid a\n")
    assert town.state.get(Register.DAY_SPENT, short("account kim")) == Sum(town.now_s, 2000)


def test_a_void_of_what_was_paid_without_a_network_gives_back_what_it_had_counted():
    town = then(NEWEST, """
    limit DAY_KNOWN 20000
    certify lee
    x: taken lee bakery 12000
    x: deposit x                        | lee 0  food 47000
    void x                              | lee 9000  food 50000
    """, OFFLINE)
    assert town.counted_won(short("account lee")) == 0


# --- a figure that could not be changed any more -------------------------------------------

def test_a_figure_without_an_end_can_be_changed_for_ever():
    town = play(TOWN, LimitTown(NEWEST))
    for figure in range(3 * policy.MOST_PERIODS):
        town.do_limit("DAY_KNOWN", str(figure), until="+40000d")
    assert [period.figure for period in policy.periods(town.state, policy.DAY_KNOWN)] == [3 * policy.MOST_PERIODS - 1]


def test_one_that_was_full_under_the_rules_before_opens_again():
    town = play(TOWN, LimitTown(BEFORE))
    for figure in range(policy.MOST_PERIODS):
        town.do_limit("DAY_KNOWN", str(figure), until="+40000d")
    with pytest.raises(Refusal, match="POLICY_FULL"):
        town.do_limit("DAY_KNOWN", "7", until="+9d")
    town.take_up(NEWEST)
    town.do_limit("DAY_KNOWN", "7", until="+9d")
    assert [period.figure for period in policy.periods(town.state, policy.DAY_KNOWN)] == [policy.MOST_PERIODS - 1, 7]


def test_a_code_taken_while_a_covered_figure_held_is_judged_by_it_however_often_it_was_changed():
    town = play(TOWN, LimitTown())
    for figure in range(policy.MOST_PERIODS + 10):
        town.do_policy("till", str(figure), "+40000d")
        town.do_wait("+1h")
    assert policy.figure(town.state, policy.OFFLINE_TILL, time_s("+5h")) == 5
    town.do_wait("+22d")
    town.do_policy("till", "9", "+40000d")
    assert len(list(policy.periods(town.state, policy.OFFLINE_TILL))) == 2


def test_so_many_that_lie_ahead_are_too_many_still():
    town = play(TOWN, LimitTown())
    for hour in range(1, policy.MOST_PERIODS + 1):
        town.do_policy("till", "5", f"+{2 * hour + 1}h", f"+{2 * hour}h")
    with pytest.raises(Refusal, match="POLICY_FULL"):
        town.do_policy("till", "5", "+400h", "+399h")
    town.do_policy("till", "6", "+40000d")


# --- an officer's own wallet ---------------------------------------------------------------

@pytest.mark.parametrize("frozen", [1, 0])
def test_a_registrar_locks_and_unlocks_everybodys_wallet_but_their_own(frozen):
    town = then(NEWEST, "freeze kim\n" * (1 - frozen) + "is registrar kim\n")
    assert told(town, town.freeze("kim", frozen))[0] == "OWN_CASE"
    town.submit(town.freeze("lee", 1))
    then(BEFORE, "is registrar kim\nfreeze kim\nthaw kim\n")


def test_nor_is_it_made_nobodys_by_its_own_holder_to_be_let_go():
    town = then(NEWEST, "freeze kim\nis registrar kim\nunlink kim | refused OWN_CASE\n")
    town.do_unlink("lee")
    then(BEFORE, "freeze kim\nis registrar kim\nunlink kim\nthaw kim\n")
