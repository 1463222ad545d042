"""A list that was paid by mistake is taken back: made from it, or from a file; signed by two; worked off row by row."""

import os

import pytest

from app.desk import grant, lookup, pay, recall
from app.errors import Refusal
from app.money.lists import leaves_root, row_id
from app.money.orders import Grant, Link
from app.money.orders_office import RecallList, Standing
from app.people import drafts, lists, register, series, undoing
from app.people.lists import Upload
from app.people.register import Details
from tests.cast import CHECKER, DAY_S, MAKER
from tests.desk.test_returned import programme


def uploaded(city, number: int, rows: dict, back: bool = False):
    text = "".join(f"{one.reference},{won}\n" for one, won in rows.items())
    made = grant.upload(city.office, Upload(number, city.numbers[MAKER], "a.csv", text.encode(), back=back))
    return grant.judge(city.office, made.list_id, 60)


def propose(city, made, kind: type) -> None:
    office, number = city.office, city.numbers[MAKER]
    leaves = grant.leaves(made, lists.payable(office.people, made.list_id))
    raw = city.signed(MAKER, kind(number, made.programme, made.list_id, leaves_root(leaves), made.count, made.total_won,
                                  city.now_s() + 2 * DAY_S))
    grant.propose(office, number, made.list_id, raw)


def approve(city, made) -> None:
    grant.approve(city.office, city.numbers[CHECKER], made.list_id,
                  city.approval(lists.get(city.office.people, made.list_id).proposal))


def work_off(city, made) -> None:
    for _ in grant.pay_rows(city.office, made.list_id):
        pass


def signed(city, made, kind: type) -> None:
    """Both officers; and every row."""
    propose(city, made, kind)
    approve(city, made)
    work_off(city, made)


def paid(city, rows: dict, number: int = 0):
    number = number or programme(city)
    made = uploaded(city, number, rows)
    signed(city, made, Grant)
    return lists.get(city.office.people, made.list_id)


def undo(city, list_id: bytes):
    made = recall.begin(city.office, city.numbers[MAKER], list_id)
    return grant.judge(city.office, made.list_id, 60)


def spend(city, payer, won: int) -> None:
    code = payer.code(won)
    pay.settle(city.office, code, city.till().charge(code, won))


def asked(city, made) -> dict:
    return {row.person: row.amount_won for row in lists.payable(city.office.people, made.list_id)}


def unlinked(city):
    return register.add(city.office.people, Details("김지은", "1950-01-02", "010-1234-5678"))


def test_a_wrong_list_is_taken_back_from_whoever_still_has_some(city):
    kim, lee, waits = city.wallet(), city.wallet(), unlinked(city)
    before = {each: city.balance_won(each) for each in (kim, lee)}
    wrong = paid(city, {kim: 30_000, lee: 20_000, waits: 10_000})
    spend(city, kim, 4_000)
    made = undo(city, wrong.list_id)
    assert (made.back, made.count, made.faulty, made.file_name) == (1, 3, 0, "a.csv")
    assert recall.would_come_back_won(city.office, made) == sum(asked(city, made).values())
    assert undoing.undone_by(city.office.people, made.list_id).list_id == wrong.list_id
    assert [one.list_id for one in undoing.of_list(city.office.people, wrong.list_id)] == [made.list_id]
    signed(city, made, RecallList)
    record = grant.progress(city.office, made.list_id)
    assert (record.back, record.next_row) == (1, 3)
    assert city.balance_won(lee) == before[lee] and city.balance_won(kim) == before[kim] - 4_000 + (30_000 - asked(city, made)[kim.person])
    assert city.office.store.taken_back(made.list_id) == (3, sum(asked(city, made).values()))
    line = lookup.wallet(city.office, lee.account)["history"][0]
    assert (line["kind"], line["amount_won"]) == ("recalled", 20_000)
    assert grant.unfinished(city.office) == []
    assert lists.previous(city.office.people, paid(city, {kim: 1}, wrong.programme).list_id).list_id == wrong.list_id


def test_what_is_spent_before_it_is_worked_off_does_not_come_back(city):
    kim, lee = city.wallet(), city.wallet()
    wrong = paid(city, {kim: 30_000, lee: 20_000})
    made = undo(city, wrong.list_id)
    spent = city.balance_won(kim)
    spend(city, kim, spent)
    assert recall.would_come_back_won(city.office, made) == 20_000
    signed(city, made, RecallList)
    assert city.office.store.taken_back(made.list_id) == (1, 20_000) and city.balance_won(kim) == 0
    store, record = city.office.store, grant.progress(city.office, made.list_id)
    entries = [store.entry_of(record.expires_at_s, row_id(made.list_id, row)) for row in range(2)]
    assert [store.moved_won(entry) for entry in entries] == [0, 20_000]


def test_nobody_gives_back_twice_what_came_once(city):
    """What a later, right list paid lies in the same lot."""
    kim, lee = city.wallet(), city.wallet()
    wrong = paid(city, {kim: 30_000, lee: 20_000})
    spend(city, kim, 10_000)
    signed(city, undo(city, wrong.list_id), RecallList)
    paid(city, {kim: 31_000, lee: 7_000}, wrong.programme)
    before = {each: city.balance_won(each) for each in (kim, lee)}
    again = undo(city, wrong.list_id)
    assert asked(city, again) == {kim.person: 10_000}
    signed(city, again, RecallList)
    assert (city.balance_won(kim), city.balance_won(lee)) == (before[kim] - 10_000, before[lee])
    assert refusal(city, wrong.list_id) == "LIST_SPENT"


def test_what_was_paid_to_end_another_day_stays(city):
    kim = city.wallet()
    number = programme(city, spend_days=2, lives_s=9 * DAY_S)
    wrong = paid(city, {kim: 30_000}, number)
    spend(city, kim, 25_000)
    city.wait(DAY_S - 50)       # the programme's next day has begun, and the officers' last minute
    paid(city, {kim: 50_000}, number)
    made = undo(city, wrong.list_id)
    assert asked(city, made) == {kim.person: 5_000}


def test_an_old_draft_takes_nothing_that_was_taken_or_spent_since(city):
    """What lies in the place of money that is gone by now was paid by a later, right list."""
    kim, lee = city.wallet(), city.wallet()
    number = programme(city, spend_days=2, lives_s=9 * DAY_S)
    wrong = paid(city, {kim: 30_000, lee: 20_000}, number)
    mine, theirs = undo(city, wrong.list_id), of_another(city, wrong.list_id)
    propose(city, mine, RecallList)
    assert overtaken(city, theirs) == {}, "the other one waits for its second officer"
    approve(city, mine)
    assert overtaken(city, theirs) == {}, "and is not worked off"
    work_off(city, mine)
    right = paid(city, {kim: 32_000, lee: 5_000}, number)
    assert overtaken(city, theirs) == {"rows": 2}
    anew = undo(city, right.list_id)
    spend(city, kim, 1_000)
    recall.not_overtaken(city.office, anew)         # somebody always spends: a row takes what is left
    city.wait(recall.FRESH_S + 1)
    assert overtaken(city, anew) == {"rows": 1}
    lists.withdraw(city.office.people, anew.list_id, city.numbers[MAKER])
    signed(city, undo(city, right.list_id), RecallList)


def of_another(city, list_id: bytes):
    """Another maker's draft; the first hand takes it over in the test alone, which has no other maker's key."""
    made = grant.judge(city.office, recall.begin(city.office, 99, list_id).list_id, 60)
    city.office.people.read().execute("UPDATE list SET maker = ? WHERE list_id = ?", (city.numbers[MAKER], made.list_id))
    return lists.get(city.office.people, made.list_id)


def overtaken(city, made) -> dict:
    with pytest.raises(Refusal, match="LIST_OVERTAKEN") as refused:
        propose(city, made, RecallList)
    return refused.value.facts


def test_one_at_a_time_and_only_what_is_paid_to_its_end(city):
    kim = city.wallet()
    wrong = paid(city, {kim: 3_000})
    made = undo(city, wrong.list_id)
    assert refusal(city, wrong.list_id) == "ALREADY_DONE"
    assert not recall.busy(city.office, city.numbers[CHECKER], wrong.list_id), "a draft of who is away keeps nobody"
    assert refusal(city, made.list_id) == "LIST_CLOSED"
    assert refusal(city, uploaded(city, wrong.programme, {kim: 1}).list_id) == "LIST_CLOSED"
    propose(city, made, RecallList)
    assert recall.busy(city.office, city.numbers[CHECKER], wrong.list_id)
    approve(city, made)
    assert refusal(city, wrong.list_id) == "ALREADY_DONE"
    work_off(city, made)
    assert refusal(city, wrong.list_id) == "LIST_SPENT"
    with pytest.raises(Refusal, match="LIST_CLOSED"):
        series.begin(city.office.people, made.list_id, city.numbers[MAKER], 1, city.now_s() + DAY_S)


def test_who_signed_it_keeps_theirs_until_two_others_sign(city):
    kim, own = city.wallet(), city.wallet()
    wrong = paid(city, {kim: 3_000, own: 2_000})
    city.hand_in(Standing(0, city.numbers[MAKER], 0, own.person, os.urandom(8), city.now_s() + DAY_S))
    made = undo(city, wrong.list_id)
    assert recall.would_come_back_won(city.office, made) == 3_000 and recall.signers(city.office, made) == {own.person}
    signed(city, made, RecallList)
    assert list(city.office.store.came_back(made.list_id)) == [3_000, 0] and city.balance_won(own) == 2_000


def refusal(city, list_id: bytes) -> str:
    with pytest.raises(Refusal) as refused:
        undo(city, list_id)
    return refused.value.word


def test_a_file_says_from_whom_and_how_much_and_nobody_else_loses_anything(city):
    kim, lee, other = city.wallet(), city.wallet(), city.wallet()
    number = programme(city)
    paid(city, {kim: 30_000, lee: 30_000}, number)
    before = city.balance_won(other)
    made = uploaded(city, number, {kim: 27_000, lee: 27_000, other: 27_000}, back=True)
    (faulty,) = lists.rows(city.office.people, made.list_id, lists.FAULTY)
    assert (faulty.person, faulty.reason) == (other.person, "ROW_NOTHING_LEFT")
    drafts.set_aside(city.office.people, made.list_id, city.numbers[MAKER])
    signed(city, made, RecallList)
    assert city.office.store.taken_back(made.list_id) == (2, 54_000) and city.balance_won(other) == before


def test_what_a_maker_signs_is_of_the_right_kind(city):
    kim = city.wallet()
    made = undo(city, paid(city, {kim: 3_000}).list_id)
    with pytest.raises(Refusal):
        signed(city, made, Grant)
    assert type(grant.wanted(city.office, city.numbers[MAKER], made)) is RecallList
    assert lists.get(city.office.people, made.list_id).state == lists.DRAFT


def test_no_budget_bounds_it_and_what_came_back_can_be_granted_again(city):
    kim = city.wallet()
    wrong = paid(city, {kim: 1_000_000})
    assert grant.left_won(city.office, wrong) == 0
    signed(city, undo(city, wrong.list_id), RecallList)
    assert grant.left_won(city.office, wrong) == 1_000_000


def test_what_waited_came_to_its_person_and_is_no_payment_of_theirs(city):
    one, kim = unlinked(city), city.wallet(linked=False)
    paid(city, {one: 7_000})
    city.hand_in(Link(0, kim.account, one.token, os.urandom(8), city.now_s() + DAY_S))
    line = lookup.wallet(city.office, kim.account)["history"][0]
    assert (line["kind"], line["amount_won"]) == ("top-up", 7_000)


def test_a_wallet_that_was_theirs_hears_of_its_own_part_alone(city):
    kim, number = city.wallet(), programme(city)
    paid(city, {kim: 3_000}, number)
    city.hand_in(Link(0, kim.account, b"", os.urandom(8), city.now_s() + DAY_S))
    paid(city, {kim: 5_001}, number)
    made = uploaded(city, number, {kim: 8_001}, back=True)
    signed(city, made, RecallList)
    assert list(city.office.store.came_back(made.list_id)) == [8_001]
    line = lookup.wallet(city.office, kim.account)["history"][0]
    assert (line["kind"], line["amount_won"]) == ("recalled", 3_000)
