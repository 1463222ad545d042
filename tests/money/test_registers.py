"""Numbers, keys and dates in the registers: what may be set, and what may still be changed."""

from dataclasses import replace

import pytest

from app.errors import Refusal
from app.money import orders, orders_publishing
from app.money.lots import preview
from app.money.orders import Act, Sale
from app.money.orders_publishing import Served
from app.money.rules import DAY_S
from app.money.state import Register
from tests.money.table import play
from tests.money.town import NOON_S, Town, changed, key, short

TOWN = """
    shop bakery 1
    resident kim lee
    stranger park
    programme help 1 100000 +30d
    grant help → kim 1000
"""


@pytest.fixture
def town():
    return play(TOWN)


def refused(town, order) -> str:
    with pytest.raises(Refusal) as caught:
        town.submit(order)
    return caught.value.word


def again(whole: Act, **fields) -> Act:
    """The same act with other fields, signed and approved anew."""
    message = changed(whole.message, **fields)
    return Act(message, tuple(changed(signed, approved=message.id) for signed in whole.approvals), whole.given)


# --- messages ---------------------------------------------------------------------------

def test_a_message_holds_until_its_last_second_and_at_most_its_longest_life(town):
    asked = town.request("bakery", 1)
    sale = lambda **fields: Sale(changed(town.payment("kim", asked), **fields), asked)  # noqa: E731
    assert refused(town, sale(expires_at_s=town.now_s - 1)) == "EXPIRED"
    assert refused(town, sale(expires_at_s=town.now_s + 601)) == "TOO_FAR_AHEAD"
    town.submit(sale(expires_at_s=town.now_s))
    asked = town.request("bakery", 1)
    town.submit(sale(expires_at_s=town.now_s + 600))


@pytest.mark.parametrize(("kind", "most_s"), [
    (orders.Code, 60), (orders.Request, 180), (orders.Notice, 90 * DAY_S), (orders.Payment, 600), (orders.Charge, 600),
    (orders.Refund, 600), (orders.Session, 600), (orders.Join, 600), (orders.AccountOpen, 600), (orders.AliasBatch, 600),
    (orders.Grant, 7 * DAY_S), (orders.Link, 7 * DAY_S), (orders.Approval, 7 * DAY_S), (orders.Officer, 90 * DAY_S),
    (orders.OperationalKey, 90 * DAY_S), (orders.Expire, DAY_S), (orders.Totals, DAY_S), (orders_publishing.Directory, DAY_S),
    (Served, DAY_S),
])
def test_every_kind_has_its_longest_life(kind, most_s):
    assert Town().rules.max_life_s[kind] == most_s


def test_a_roots_approval_lives_as_long_as_a_roots_message():
    rules = Town().rules
    assert rules.life_s(orders.Approval(1, orders.ROOTS, bytes(32), 0)) == 90 * DAY_S
    assert rules.life_s(orders.Approval(1, orders.OFFICERS, bytes(32), 0)) == 7 * DAY_S


def test_a_message_that_is_only_shown_or_read_is_never_an_entry(town):
    for body in (
        orders.Session(short("kim"), b"", 0), orders.Join(short("kim"), b"", 0), town.request("bakery", 1).body,
        orders.Approval(1, 0, b"", 0), orders_publishing.Directory(4, b"", 0, 0),
    ):
        assert refused(town, town.act(body, "kim")) == "UNKNOWN_KIND"


def test_two_messages_that_make_no_pair_are_refused(town):
    code = town.code_sale("kim", "bakery", 1, 1).payer
    request = town.request("bakery", 1)
    charge = town.charge(code, "bakery", 1)
    for pair in ((code, request), (town.payment("kim", request), charge), (request, code), (charge, charge)):
        assert refused(town, Sale(*pair)) == "BAD_FIELD"


def test_nothing_is_added_to_an_act_that_takes_nothing(town):
    assert refused(town, replace(town.freeze("kim", 1), given=(b"x",))) == "BAD_FIELD"
    freeze = town.freeze("kim", 1)
    assert refused(town, replace(freeze, approvals=(town.approval(freeze.message, 2, "checker"),))) == "BAD_FIELD"
    refund = town.refund("bakery", 1, 1)
    assert refused(town, replace(refund, approvals=(town.approval(refund.message, 2, "checker"),))) == "BAD_FIELD"


def test_one_code_is_charged_once_whichever_till_comes_first(town):
    first = town.code_sale("kim", "bakery", 100, 500)
    town.submit(first)
    assert refused(town, Sale(first.payer, town.charge(first.payer, "bakery", 50))) == "CODE_USED"
    request = town.request("bakery", 100)
    town.submit(Sale(town.payment("kim", request), request))
    assert refused(town, Sale(town.payment("lee", request), request)) == "REQUEST_PAID"


@pytest.mark.parametrize("build", [Town.code_sale, Town.sale])
def test_a_sale_uses_up_both_ids(town, build):
    sale = build(town, "kim", "bakery", 5, *([5] if build is Town.code_sale else []))
    entry = town.submit(sale)
    for signed in (sale.payer, sale.payee):
        assert town.state.entry_of(signed.body.expires_at_s, signed.id) == entry


def test_a_preview_names_who_is_not_there(town):
    state, rules = town.state, town.rules
    with pytest.raises(Refusal, match="UNKNOWN_SHOP"):
        preview(state, short("account kim"), 9, 1, town.now_s, rules)
    with pytest.raises(Refusal, match="UNKNOWN_ACCOUNT"):
        preview(state, short("account nobody"), 1, 1, town.now_s, rules)
    shown = preview(state, short("account kim"), 1, 0, town.now_s, rules)
    assert (shown.draws, shown.spendable_here_won, shown.missing_won, shown.word) == ((), 1000, 0, None)


# --- officers and the server's keys ------------------------------------------------------

def test_an_officer_holds_from_the_first_second_to_before_the_last(town):
    window = {"valid_from_s": NOON_S + 10, "valid_until_s": NOON_S + 20}
    town.submit(again(town.officer(3, "registrar", orders.REGISTRAR), **window))
    words = {}
    for second in (9, 10, 19, 20):
        town.now_s = NOON_S + second
        try:
            town.submit(town.freeze("kim", second in (10,)))
        except Refusal as refusal:
            words[second] = refusal.word
    assert words == {9: "OFFICER_NOT_VALID", 20: "OFFICER_NOT_VALID"}


def test_an_officer_is_certified_again_with_the_same_key_and_dismissed(town):
    town.submit(town.officer(3, "registrar", orders.REGISTRAR))
    town.submit(town.officer(3, "registrar", 0))
    assert refused(town, town.freeze("kim", 1)) == "OFFICER_NOT_VALID"
    town.submit(town.officer(3, "new registrar", orders.REGISTRAR))
    assert refused(town, town.freeze("kim", 1)) == "REVOKED_KEY"


def test_the_threshold_counts_different_roots():
    town = Town(threshold=3, staff=False)
    whole = town.officer(1, "maker", orders.MAKER)
    assert refused(town, replace(whole, approvals=whole.approvals[:1])) == "APPROVALS_MISSING"
    assert refused(town, replace(whole, approvals=whole.approvals[:1] * 2)) == "SAME_OFFICER"
    town.submit(whole)
    alone = Town(threshold=1, staff=False)
    alone.submit(alone.officer(1, "maker", orders.MAKER))


def test_the_days_totals_are_told_once(town):
    tell = lambda **fields: again(  # noqa: E731
        town.act(orders.Totals(4, 20_833, 1, 9, 9, 9, 9, town.soon_s()), "notice"), **fields,
    )
    town.submit(tell())
    assert refused(town, tell(issued_won=8)) == "ALREADY_DONE"
    town.submit(tell(coin=2))
    town.submit(tell(day=20_834))


def test_which_files_are_served_is_told_when_it_is_another_list_than_before(town):
    tell = lambda digest, **fields: again(  # noqa: E731
        town.act(Served(4, digest * 32, town.now_s, town.soon_s()), "notice"), **fields,
    )
    town.submit(tell(b"a"))
    assert refused(town, tell(b"a")) == "ALREADY_DONE"
    town.submit(tell(b"b"))
    town.submit(tell(b"a", at_s=town.now_s - 1))
    assert town.state.get(Register.SERVED, 0).digest == b"a" * 32


# --- programmes --------------------------------------------------------------------------

def programme(town: Town, **fields) -> Act:
    return again(town.programme("help", 1, 100_000, NOON_S + 30 * DAY_S), **fields)


def test_a_programme_that_has_opened_may_get_a_name_a_budget_and_a_later_close(town):
    town.submit(programme(town, name=b"Help 2"))
    assert refused(town, programme(town, closes_at_s=NOON_S + 29 * DAY_S)) == "PROGRAMME_FIXED"
    assert refused(town, programme(town, opens_at_s=NOON_S + 1)) == "PROGRAMME_FIXED"
    assert refused(town, programme(town, closes_at_s=NOON_S + 31 * DAY_S)) == "BAD_FIELD"
    town.submit(programme(town, budget_won=1000))
    assert town.held("help") == 0


def test_a_close_moves_later_only(town):
    dates = {"opens_at_s": NOON_S, "closes_at_s": NOON_S + DAY_S}
    town.submit(again(town.programme("spring", 2, 500, NOON_S + 9 * DAY_S), **dates))
    spring = again(town.programme("spring", 2, 500, NOON_S + 9 * DAY_S), **dates)
    assert refused(town, again(spring, closes_at_s=NOON_S + DAY_S - 1)) == "PROGRAMME_FIXED"
    town.submit(again(spring, closes_at_s=NOON_S + 2 * DAY_S))
    town.now_s = NOON_S + 2 * DAY_S
    assert refused(town, town.grant("spring", [("kim", 1)], "late")) == "PROGRAMME_NOT_OPEN"
    town.now_s -= 1
    town.submit(town.grant("spring", [("kim", 1)], "in time"))


def test_before_it_opens_all_of_a_programme_but_its_coin_may_change(town):
    later = {"opens_at_s": NOON_S + 5, "closes_at_s": NOON_S + 50, "spend_until_s": NOON_S + 500}
    town.submit(again(town.programme("spring", 2, 500, 2**40), **later))
    spring = town.programme("spring", 2, 400, 2**40)
    assert refused(town, again(spring, coin=1)) == "PROGRAMME_FIXED"
    town.submit(again(spring, opens_at_s=NOON_S + 6, categories=b"\1"))
    assert town.state.get(Register.PROGRAMME, 2).categories == b"\1"
    town.now_s = NOON_S + 6
    assert refused(town, again(town.programme("spring", 2, 400, 2**40), opens_at_s=NOON_S + 9)) == "PROGRAMME_FIXED"


# --- residents' keys ----------------------------------------------------------------------

def key_add(town: Town, name: str, new: str, given: tuple = ()) -> Act:
    body = orders.KeyAdd(3, short(f"account {name}"), key(new), orders.HARD, town.nonce(), town.soon_s())
    return town.by_two(body, "registrar", given=given)


def key_revoke(town: Town, name: str) -> Act:
    return town.act(orders.KeyRevoke(3, key(name), town.nonce(), town.soon_s()), "registrar")


def test_a_lost_phone_loses_no_money(town):
    """park is kim's new phone: it opened an account to speak, and two officers move its key."""
    town.submit(key_revoke(town, "kim"))
    assert refused(town, town.sale("kim", "bakery", 10)) == "REVOKED_KEY"
    assert refused(town, town.sale("park", "bakery", 10)) == "NOT_ENOUGH"
    town.submit(key_add(town, "kim", "park"))
    town.submit(town.sale("park", "bakery", 10))
    assert town.held("kim") == 990


def test_a_key_that_has_no_account_gets_its_first_aliases(town):
    town.submit(key_add(town, "kim", "tablet", (short("tablet"),)))
    town.submit(town.sale("tablet", "bakery", 10))
    town.submit(town.sale("kim", "bakery", 10))
    assert town.held("kim") == 980


def test_a_key_moves_only_from_an_account_that_is_empty_and_nobodys(town):
    assert refused(town, key_add(town, "lee", "kim")) == "KEY_TAKEN"        # kim's, with money
    town.submit(town.link("kim", ""))
    assert refused(town, key_add(town, "lee", "kim")) == "KEY_TAKEN"        # nobody's, with money
    town.submit(town.sale("kim", "bakery", 1000))
    assert refused(town, key_add(town, "kim", "kim")) == "KEY_TAKEN"        # where it is already
    assert refused(town, key_add(town, "park", "lee")) == "KEY_TAKEN"       # empty, but lee's
    town.submit(key_add(town, "lee", "kim"))


def test_a_revoked_key_never_comes_back(town):
    town.submit(key_revoke(town, "park"))
    assert refused(town, key_revoke(town, "park")) == "ALREADY_DONE"
    assert refused(town, key_add(town, "kim", "park")) == "KEY_TAKEN"
    assert refused(town, town.open_account("park")) == "NUMBER_TAKEN"
    fresh = Act(town.open_account("park").message, (), (b"12345678", b"87654321"))
    assert refused(town, fresh) == "KEY_TAKEN"


def test_only_a_persons_wallet_gets_more_aliases(town):
    def batch(name: str, at: bytes):
        body = orders.AliasBatch(short(name), 1, town.nonce(), town.soon_s())
        return town.act(body, name, given=(at,))

    town.submit(batch("kim", b"alias001"))
    town.submit(town.link("kim", ""))
    assert refused(town, batch("kim", b"alias002")) == "NO_RIGHT"


def test_every_alias_of_a_key_pays_from_the_same_account(town):
    batch = orders.AliasBatch(short("kim"), 2, town.nonce(), town.soon_s())
    town.submit(town.act(batch, "kim", given=(b"alias001alias002",)))
    for alias in (b"alias001", b"alias002", short("kim")):
        request = town.request("bakery", 10)
        town.submit(Sale(changed(town.payment("kim", request), alias=alias), request))
    assert town.held("kim") == 970


def test_a_tablet_is_one_till_and_never_a_second_one(town):
    """Else whoever revokes the first leaves the second at work."""
    shop = town.number("bakery")
    keys = key("till bakery"), key("owner bakery")
    following = town.state.get(Register.COUNT, Register.TILL).taken + 1
    for twice in (keys, (keys[0], key("new")), (key("new"), keys[0]), (key("new"), keys[1])):
        body = orders.Till(5, following, shop, orders.RECEIVE, *twice, town.nonce(), town.soon_s())
        assert refused(town, town.act(body, "administrator")) == "KEY_TAKEN"


def test_tills_that_can_only_ask_share_the_servers_key(town):
    shop = town.number("bakery")
    for _ in range(2):
        following = town.state.get(Register.COUNT, Register.TILL).taken + 1
        body = orders.Till(5, following, shop, orders.ASK, key("the server's"), b"", town.nonce(), town.soon_s())
        town.submit(town.act(body, "administrator"))
        assert town.state.get(Register.TILL, following).rights == orders.ASK
