"""When several rules are broken, the lowest number is answered: every fault alone, and any of them together.

Faults that can't be seen together (an unknown till has no rights) stand in one group; two that
would write the same field are not combined.
"""

from dataclasses import replace

import pytest
from hypothesis import given, reject
from hypothesis import strategies as st

from app.errors import WORDS, Refusal
from app.money import orders
from app.money.apply import apply
from app.money.orders import Act, Sale
from app.money.orders_offline import OfflineAgain
from app.money.orders_publishing import Served
from app.money.state import RESIDENT, OfflineRight, Register
from tests.money.faults import (
    Clash, Draft, another_programme, early, first, give, has_account, holds, late, one_key, other_shop, same_officer, same_root, says, second,
    shop_holds, signer, strip, told_served, told_totals, took, use, went_back,
)
from tests.money.table import TableTown, play
from tests.money.town import changed, key, short, snapshot

TABLE = """
    shop bakery 1
    shop grocer 1
    institution library 9
    resident kim lee
    stranger park
    programme help 1 100000 +30d 1 9
    programme milk 1 100000 +30d 9
    grant help → kim 1000
    grant milk → kim 2000
    a: pay kim → bakery 400
"""


BOTH = ("first", "second")
TIMES = [("EXPIRED", late(which)) for which in BOTH], [("TOO_FAR_AHEAD", early(which)) for which in BOTH]
TILL = [
    ("REVOKED_KEY", signer("second", "thief")), ("UNKNOWN_TILL", second(till=99)),
    ("NO_RIGHT", says(Register.TILL, 1, rights=0 | orders.ASK)), ("TILL_REVOKED", says(Register.TILL, 1, rights=0)),
    ("NO_RIGHT", signer("second", "owner bakery")),
]
SALE = [
    [("UNKNOWN_KEY", first(alias=short("nobody"))), ("UNKNOWN_KEY", signer("first", "thief")),
     ("REVOKED_KEY", says(Register.KEY, key("kim"), revoked=1))],
    TILL,
    [("WRONG_SHOP", second(shop=2))],
    [("SHOP_CLOSED", says(Register.SHOP, 1, standing=orders.CLOSED))],
    *TIMES,
    [("ACCOUNT_FROZEN", says(Register.ACCOUNT, short("account kim"), frozen=1))],
    [("WRONG_CATEGORY", holds(help=399, milk=1)), ("COINS_EXPIRED", holds(help=-400, milk=0)),
     ("NOT_ENOUGH", holds(help=-399, milk=0)), ("NOT_ENOUGH", holds(help=0, milk=399))],
]
PAYMENT = [
    [("BAD_FIELD", first(amount_won=0))], *SALE,
    [("REQUEST_PAID", use("payee"))], [("ALREADY_DONE", use("payer"))],
    [("OTHER_REQUEST", first(request_hash=bytes(16)))], [("AMOUNT_DIFFERS", first(amount_won=399))],
]
CODE = [
    [("BAD_FIELD", second(amount_won=2**53))], *SALE,
    [("CODE_USED", use("payer"))], [("ALREADY_DONE", use("payee"))],
    [("OTHER_CODE", second(code_id=bytes(32)))],
    [("AMOUNT_DIFFERS", first(mode=orders.EXACT)), ("OVER_CAP", first(amount_won=399))],
]


def payment(draft: Draft) -> Sale:
    town = draft.town
    request = changed(town.request("bakery", 400), draft.holders.get("second"), **draft.second)
    return Sale(changed(town.payment("kim", request), draft.holders.get("first"), **{"amount_won": 400, **draft.first}), request)


def code(draft: Draft) -> Sale:
    town = draft.town
    shown = changed(town.code_sale("kim", "bakery", 400, 500).payer, draft.holders.get("first"), **draft.first)
    return Sale(shown, changed(town.charge(shown, "bakery", 400), draft.holders.get("second"), **draft.second))


# --- acts ------------------------------------------------------------------------------

def act(draft: Draft, whole: Act) -> Act:
    """The act with the draft's fields, signed again, and so its approvals."""
    message = changed(whole.message, draft.holders.get("first"), **draft.first)
    approvals = tuple(
        changed(signed, draft.holders.get("second"), **{"approved": message.id, **draft.second})
        for signed in whole.approvals
    )
    return Act(message, () if draft.bare else approvals, whole.given if draft.given is None else draft.given)


def barred(draft: Draft) -> Draft:
    """Kim's account may not prepare sales without a network."""
    draft.town.state.records[Register.OFFLINE_RIGHT, short("account kim")] = OfflineRight(1, 0, 0)
    return draft


def by_officer(number: int) -> list:
    """What can be wrong with the officer who signs."""
    return [[
        ("REVOKED_KEY", signer("first", "thief")), ("UNKNOWN_OFFICER", first(officer=99)),
        ("OFFICER_NOT_VALID", says(Register.OFFICER, number, valid_until_s=1_700_000_000)),
        ("OFFICER_NOT_VALID", says(Register.OFFICER, number, roles=0)),
        ("NO_RIGHT", says(Register.OFFICER, number, roles=orders.AUDITOR)),
    ]]


def checked(number: int) -> list:
    """The same for the second officer of an act that needs two."""
    return [
        *by_officer(number),
        [("REVOKED_KEY", signer("second", "thief")), ("UNKNOWN_OFFICER", second(signer=99)),
         ("OFFICER_NOT_VALID", says(Register.OFFICER, 2, valid_from_s=1_900_000_000)),
         ("NO_RIGHT", says(Register.OFFICER, 2, roles=orders.AUDITOR)),
         ("APPROVALS_MISSING", second(approved=bytes(32))), ("APPROVALS_MISSING", second(board=orders.ROOTS)),
         ("APPROVALS_MISSING", strip)],
        *TIMES,
        [("ALREADY_DONE", use("message"))],
    ]


def alone(number: int) -> list:
    return [*by_officer(number), TIMES[0][:1], TIMES[1][:1], [("ALREADY_DONE", use("message"))]]


SIGNED_BY_ROOTS = [
    [("UNKNOWN_KEY", signer("first", "thief")), ("UNKNOWN_KEY", first(root=7))],
    [("UNKNOWN_KEY", signer("second", "thief")), ("UNKNOWN_KEY", second(signer=7)), ("APPROVALS_MISSING", strip),
     ("APPROVALS_MISSING", second(approved=bytes(32))), ("APPROVALS_MISSING", second(board=orders.OFFICERS))],
    [("SAME_OFFICER", lambda d: same_root(d))],
    *TIMES, [("ALREADY_DONE", use("message"))], [("NUMBER_TAKEN", first(officer=9)), ("NUMBER_TAKEN", first(officer=0))],
    [("KEY_TAKEN", first(key=key("checker"))), ("KEY_TAKEN", first(key=key("sweep"))), ("KEY_TAKEN", first(key=key("root2"))),
     ("KEY_TAKEN", first(key=key("kim")))],
]
BY_ROOTS = [[("BAD_FIELD", first(roles=32)), ("BAD_FIELD", first(valid_until_s=0))], *SIGNED_BY_ROOTS]
BY_SERVER = [
    [("UNKNOWN_KEY", first(operational=9)), ("REVOKED_KEY", signer("first", "thief")),
     ("REVOKED_KEY", says(Register.OPERATIONAL, 3, valid_until_s=1_700_000_000)), ("NO_RIGHT", says(Register.OPERATIONAL, 3, role=4))],
    TIMES[0][:1], TIMES[1][:1], [("ALREADY_DONE", use("message"))],
]
REFUND = [
    [("BAD_FIELD", first(amount_won=0))],
    [("REVOKED_KEY", signer("first", "thief")), ("UNKNOWN_TILL", first(till=99)),
     ("NO_RIGHT", says(Register.TILL, 1, rights=orders.RECEIVE)), ("TILL_REVOKED", says(Register.TILL, 1, rights=0)),
     ("NO_RIGHT", signer("first", "till bakery"))],
    [("WRONG_SHOP", first(shop=2))],
    TIMES[0][:1], TIMES[1][:1], [("ALREADY_DONE", use("message"))],
    [("UNKNOWN_PAYMENT", first(entry=10**6)), ("UNKNOWN_PAYMENT", first(entry=1))],
    [("OTHER_SHOPS_SALE", other_shop)],
    [("MORE_THAN_PAID", first(amount_won=401))],
    [("SHOP_SHORT", lambda draft: shop_holds(draft, 100))],
]
VOID = [
    [("REVOKED_KEY", signer("first", "thief")), ("UNKNOWN_TILL", first(till=99)),
     ("NO_RIGHT", says(Register.TILL, 1, rights=orders.RECEIVE)), ("TILL_REVOKED", says(Register.TILL, 1, rights=0)),
     ("NO_RIGHT", signer("first", "owner bakery"))],
    REFUND[2], *REFUND[3:6],
    [("UNKNOWN_PAYMENT", first(entry=10**6)), ("UNKNOWN_PAYMENT", first(entry=1))],
    [("OTHER_SHOPS_SALE", took(till=99))],
    [("MORE_THAN_PAID", went_back)],
    [("SHOP_SHORT", lambda draft: shop_holds(draft, 100))],
    [("VOID_TOO_LATE", took(at_s=1))],
]
GRANT = [
    [("BAD_FIELD", first(count=0)), ("BAD_FIELD", first(total_won=1)), ("BAD_FIELD", first(count=10**6))],
    *checked(1), [("SAME_OFFICER", lambda draft: same_officer(draft))],
    [("UNKNOWN_PROGRAMME", first(programme=9)), ("PROGRAMME_NOT_OPEN", says(Register.PROGRAMME, 1, opens_at_s=2**40)),
     ("PROGRAMME_NOT_OPEN", says(Register.PROGRAMME, 1, closes_at_s=1_800_000_000))],
    [("BUDGET_SPENT", first(total_won=99_001))],
    [("LIST_DIFFERS", give()), ("LIST_DIFFERS", give(bytes(64))), ("LIST_DIFFERS", give(bytes(96))), ("LIST_DIFFERS", first(root=bytes(32)))],
    [("LIST_PAID", first(list_id=short("paid", 16)))],
]


def grant(draft: Draft) -> Act:
    return act(draft, draft.town.grant("help", [("kim", 10), ("lee", 20)], "new"))


KINDS = {
    "payment": (payment, PAYMENT),
    "code": (code, CODE),
    "refund": (lambda d: act(d, d.town.refund("bakery", d.town.entries["a"], 400)), REFUND),
    "void": (lambda d: act(d, d.town.void("bakery", d.town.entries["a"])), VOID),
    "grant": (grant, GRANT),
    "programme": (
        lambda d: act(d, d.town.programme("help", 1, 100_000, d.town.now_s + 30 * 86_400, bytes((1, 9)))),
        [[("BAD_FIELD", first(budget_won=0)), ("BAD_FIELD", first(categories=b"\2\1")), ("BAD_FIELD", first(categories=b"\0")),
          ("BAD_FIELD", first(closes_at_s=2**52)), ("BAD_FIELD", first(coin=3)), ("BAD_FIELD", first(name=b"\xff"))], *checked(1),
         [("SAME_OFFICER", same_officer)],
         [("PROGRAMME_FIXED", first(coin=2)), ("PROGRAMME_FIXED", first(categories=b"\1")),
          ("PROGRAMME_FIXED", first(spend_until_s=1_900_000_000)), ("NUMBER_TAKEN", another_programme)],
         [("BUDGET_UNDER_ISSUED", first(budget_won=999))]],
    ),
    "shop": (
        lambda d: act(d, d.town.shop("kiosk")),
        [[("BAD_FIELD", first(category=0)), ("BAD_FIELD", first(sort=3)), ("BAD_FIELD", first(standing=2)),
          ("BAD_FIELD", first(name=b"")), ("BAD_FIELD", first(district=b"x" * 31))], *alone(3),
         [("NUMBER_TAKEN", first(shop=5)), ("NUMBER_TAKEN", first(shop=0))]],
    ),
    "till": (
        lambda d: act(d, d.town.till("bakery")),
        [[("BAD_FIELD", first(rights=8)), ("BAD_FIELD", first(refund_key=b"")), ("BAD_FIELD", one_key)],
         *alone(3), [("WRONG_SHOP", first(shop=2)), ("NUMBER_TAKEN", first(till=9)), ("UNKNOWN_SHOP", first(till=4, shop=9))],
         [("KEY_TAKEN", first(key=key("kim")))]],
    ),
    "officer": (lambda d: act(d, d.town.officer(6, "new", orders.MAKER)), BY_ROOTS),
    "operational key": (
        lambda d: act(d, d.town.operational(5, orders.SWEEP_KEY, "new")),
        [[("BAD_FIELD", first(role=0)), ("BAD_FIELD", first(role=5))], *SIGNED_BY_ROOTS[:-2],
         [("NUMBER_TAKEN", first(number=9))], SIGNED_BY_ROOTS[-1]],
    ),
    "account-open": (
        lambda d: act(d, d.town.open_account("new")),
        [[("BAD_FIELD", first(grade=3)), ("BAD_FIELD", give()), ("BAD_FIELD", give(b"12345678", b"1234567")),
          ("BAD_FIELD", give(b"12345678", b"")), ("BAD_FIELD", give(b"12345678", bytes(808)))],
         [("UNKNOWN_KEY", signer("first", "thief"))], TIMES[0][:1], TIMES[1][:1], [("ALREADY_DONE", use("message"))],
         [("NUMBER_TAKEN", give(short("account kim"), b"12345678")), ("NUMBER_TAKEN", give(b"12345678", short("kim"))),
          ("NUMBER_TAKEN", give(b"12345678", b"twotwins" * 2))],
         [("KEY_TAKEN", has_account)]],
    ),
    "alias-batch": (
        lambda d: act(d, d.town.act(orders.AliasBatch(short("kim"), 2, d.town.nonce(), d.town.soon_s()), "kim", given=(bytes(range(16)),))),
        [[("BAD_FIELD", first(count=0)), ("BAD_FIELD", first(count=3)), ("BAD_FIELD", first(count=33)), ("BAD_FIELD", give())],
         SALE[0], [("NO_RIGHT", says(Register.ACCOUNT, short("account kim"), person=b""))], TIMES[0][:1], TIMES[1][:1], [("ALREADY_DONE", use("message"))], [("NUMBER_TAKEN", give(b"newnewnw" + short("lee")))]],
    ),
    "link": (
        lambda d: act(d, d.town.link("park")),
        [[("BAD_FIELD", first(person=bytes(15)))], *alone(3), [("UNKNOWN_ACCOUNT", first(account=bytes(8)))],
         [("PERSON_LINKED", first(person=short("person kim", 16)))],
         [("ACCOUNT_LINKED", says(Register.ACCOUNT, short("account park"), person=bytes(16)))]],
    ),
    "unlink": (
        lambda d: act(d, d.town.link("kim", "")),
        [*alone(3), [("ALREADY_DONE", says(Register.ACCOUNT, short("account kim"), person=b""))]],
    ),
    "key-add": (
        lambda d: act(d, d.town.by_two(key_add_body(d.town), "registrar")),
        [[("BAD_FIELD", first(grade=3)), ("BAD_FIELD", give(b"1234567"))], *checked(3), [("UNKNOWN_ACCOUNT", first(account=bytes(8)))],
         [("NUMBER_TAKEN", give(short("lee")))], [("KEY_TAKEN", first(key=key("lee"))), ("KEY_TAKEN", first(key=key("kim")))]],
    ),
    "offline-right": (
        lambda d: act(barred(d), d.town.by_two(OfflineAgain(3, short("account kim"), d.town.nonce(), d.town.soon_s()), "registrar")),
        [*checked(3), [("UNKNOWN_ACCOUNT", first(account=bytes(8)))],
         [("ALREADY_DONE", first(account=short("account park")))]],
    ),
    "key-revoke": (
        lambda d: act(d, d.town.act(orders.KeyRevoke(3, key("kim"), d.town.nonce(), d.town.soon_s()), "registrar")),
        [[("UNKNOWN_KEY", first(key=key("nobody"))), ("ALREADY_DONE", says(Register.KEY, key("kim"), revoked=1))], *alone(3)],
    ),
    "freeze": (
        lambda d: act(d, d.town.freeze("kim", 1)),
        [[("BAD_FIELD", first(frozen=2))], *alone(3), [("UNKNOWN_ACCOUNT", first(account=bytes(8)))],
         [("ALREADY_DONE", says(Register.ACCOUNT, short("account kim"), frozen=1))]],
    ),
    "expire": (
        lambda d: act(d, d.town.expire(ripe(d), 600)),
        [[("BAD_FIELD", first(amount_won=0))], *BY_SERVER, [("AMOUNT_DIFFERS", first(amount_won=599)), ("NOTHING_TO_EXPIRE", first(lot=999)),
         ("NOTHING_TO_EXPIRE", first(lot=1))]],
    ),
    "totals": (
        lambda d: act(d, d.town.act(orders.Totals(4, 20_833, 1, 9, 9, 9, 9, d.town.soon_s()), "notice")),
        [[("BAD_FIELD", first(coin=3)), ("BAD_FIELD", first(issued_won=-1))],
         [("UNKNOWN_KEY", first(operational=9)), ("REVOKED_KEY", signer("first", "thief")), ("NO_RIGHT", says(Register.OPERATIONAL, 4, role=3))],
         TIMES[0][:1], TIMES[1][:1], [("ALREADY_DONE", use("message")), ("ALREADY_DONE", told_totals)]],
    ),
    "served": (
        lambda d: act(d, d.town.act(Served(4, key("manifest"), d.town.now_s, d.town.soon_s()), "notice")),
        [[("BAD_FIELD", first(digest=b"short"))],
         [("UNKNOWN_KEY", first(operational=9)), ("REVOKED_KEY", signer("first", "thief")), ("NO_RIGHT", says(Register.OPERATIONAL, 4, role=3))],
         TIMES[0][:1], TIMES[1][:1], [("ALREADY_DONE", use("message")), ("ALREADY_DONE", told_served)]],
    ),
}


def key_add_body(town: TableTown) -> orders.KeyAdd:
    return orders.KeyAdd(3, short("account kim"), key("park"), orders.HARD, town.nonce(), town.soon_s())


def ripe(draft: Draft) -> int:
    """kim's lot of help, whose 600 have expired."""
    state = draft.town.state
    lot = state.lots_of(RESIDENT, draft.town.account("kim"))[0]
    state.lots[lot.id] = replace(lot, expires_at_s=draft.town.now_s)
    return lot.id


def answer(kind: str, faults: list) -> str | None:
    """The word for an order of this kind with these faults; None when it is accepted."""
    build, _ = KINDS[kind]
    draft = Draft(play(TABLE))
    draft.town.pay_list("help", [("lee", 1)], "paid")
    for _, fault in faults:
        fault(draft)
    order = build(draft)
    for behind in draft.behind:
        behind(order)
    before = snapshot(draft.town.state)
    try:
        apply(draft.town.state, order, draft.town.now_s, draft.town.rules)
    except Refusal as refusal:
        return refusal.word
    finally:
        assert snapshot(draft.town.state) == before, "apply changes nothing"
    return None


def lowest(faults: list) -> str:
    return min((word for word, _ in faults), key=lambda word: WORDS[word].number)


@pytest.mark.parametrize("kind", KINDS)
def test_without_a_fault_an_order_is_accepted(kind):
    assert answer(kind, []) is None


@pytest.mark.parametrize("kind", KINDS)
def test_each_fault_alone_has_its_word(kind):
    for number, group in enumerate(KINDS[kind][1]):
        for fault in group:
            assert answer(kind, [fault]) == fault[0], (kind, number, fault[0])


@pytest.mark.parametrize("kind", KINDS)
@given(st.data())
def test_of_several_faults_the_lowest_number_is_answered(kind, data):
    groups = data.draw(st.lists(st.sampled_from(KINDS[kind][1]), min_size=2, max_size=4, unique_by=id))
    faults = [data.draw(st.sampled_from(group)) for group in groups]
    try:
        word = answer(kind, faults)
    except Clash:
        reject()
    assert word == lowest(faults), [word for word, _ in faults]
