"""The counter for lists asks before anybody signs what the ledger will say of each row, and of the two who sign."""

import os
from dataclasses import replace

import pytest

from app.desk import act, certify, example, grant
from app.desk.certify import Certificate, Sheet
from app.errors import Refusal
from app.money import orders, policy, rules
from app.money.lists import leaves_root
from app.money.orders import OFFICERS, Approval, Grant, Officer
from app.money.orders_office import Standing
from app.money.orders_offline import Policy
from app.money.state import ROW_RETURNED, TOP_UP, Register
from app.people import drafts, lists, proposals, register
from app.people.lists import Upload
from app.people.register import Details
from app.work import Errands
from tests.cast import ADMINISTRATOR, CHECKER, DAY_S, HELP, HOUR_S, MAKER, until


def uploaded(city, *rows):
    """A draft of (reference, won), all judged."""
    raw = "".join(f"{reference},{won}\n" for reference, won in rows).encode()
    return grant.judge(city.office, grant.upload(city.office, Upload(HELP, city.numbers[MAKER], "a.csv", raw)).list_id, 60)


def proposed(city, made, start_s=0):
    """Signed by the first hand, faulty rows left out; the signed grant."""
    people, maker = city.office.people, city.numbers[MAKER]
    drafts.set_aside(people, made.list_id, maker)
    drafts.start_at(people, made.list_id, maker, start_s)
    root = leaves_root(grant.leaves(made, lists.payable(people, made.list_id)))
    raw = city.signed(MAKER, Grant(
        maker, HELP, made.list_id, root, made.count, made.total_won, city.now_s() + 3 * HOUR_S))
    grant.propose(city.office, maker, made.list_id, raw)
    return raw


def paid(city, made):
    raw = proposed(city, made)
    grant.approve(city.office, city.numbers[CHECKER], made.list_id, city.approval(raw))
    for _ in grant.pay_rows(city.office, made.list_id):
        pass
    return city.office.store.paid_out(made.list_id)


def limited(city, won):
    city.hand_in(Policy(0, policy.HOLD_KNOWN, won, city.now_s(), city.now_s() + DAY_S, os.urandom(8), city.now_s() + HOUR_S))


def test_a_row_that_would_go_back_says_why_before_anybody_signs_and_every_other_one_is_paid(city):
    limited(city, 5_000)
    full, locked, roomy = city.wallet(help_won=3_000), city.wallet(), city.wallet(help_won=1_000)
    waits, new = (register.add(city.office.people, Details(name, "1950-03-14", "")) for name in ("남궁하늘", "독고탁"))
    assert paid(city, uploaded(city, (waits.reference, 4_000)))[TOP_UP] == (1, 4_000)
    city.freeze(locked)
    made = uploaded(city, (full.reference, 2_001), (locked.reference, 10), (roomy.reference, 4_000), (waits.reference, 1_001),
                    (new.reference, 5_000))
    faulty = lists.rows(city.office.people, made.list_id, lists.FAULTY)
    assert [(row.row, row.reason) for row in faulty] == [(1, "ROW_OVER_HOLDING"), (2, "ROW_LOCKED"), (4, "ROW_OVER_HOLDING")]
    assert lists.waiting(city.office.people, made.list_id) == 1
    out = paid(city, made)
    assert out[TOP_UP] == (2, 9_000) and ROW_RETURNED not in out
    city.freeze(locked, False)
    assert paid(city, uploaded(city, (full.reference, 2_000), (locked.reference, 10), (waits.reference, 1_000)))[TOP_UP] == (3, 3_010)


def test_the_ledger_is_not_asked_once_for_every_row(city):
    limited(city, 5_000)
    rows = [(register.add(city.office.people, Details("남궁하늘", "1950-03-14", "")).reference, 1_000) for _ in range(300)]
    asked, connection = [], city.office.store.connection
    connection.set_trace_callback(asked.append)
    made = uploaded(city, *rows)
    connection.set_trace_callback(None)
    assert made.count == 300 and len(asked) < 60


def says(city, hand, person, by=CHECKER):
    """The third hand's word for who another hand is, with a second one's approval where that is asked for."""
    number = city.numbers[ADMINISTRATOR]
    raw = city.signed(ADMINISTRATOR, Standing(
        number, city.numbers[hand], 0, person, os.urandom(8), city.now_s() + HOUR_S))
    act.hand_in(city.office, number, raw)
    approval = Approval(city.numbers[by], OFFICERS, city.id_of(raw), city.now_s() + HOUR_S)
    act.approve(city.office, city.numbers[by], city.signed(by, approval))


def may_check(city, hand):
    """The roots let a hand approve as well."""
    record = city.office.store.get(Register.OFFICER, city.numbers[hand])
    body = Officer(0, city.numbers[hand], record.key, record.roles | orders.CHECKER, record.valid_from_s, record.valid_until_s,
                   os.urandom(8), city.now_s() + HOUR_S)
    sheet = Sheet(city.office.store.genesis(), (Certificate(body),))
    certify.admit(city.office, example.signed_by_roots(example.trial_of(city.folder), sheet, city.now_s()))


def test_a_list_of_who_may_not_sign_one_is_not_put_before_a_checker(city):
    made = uploaded(city, (city.wallet().reference, 1_000))
    city.hand_in(Standing(0, city.numbers[MAKER], 1, b"", os.urandom(8), city.now_s() + HOUR_S))
    with pytest.raises(Refusal, match="OFFICER_NOT_VALID"):
        proposed(city, made)
    assert lists.get(city.office.people, made.list_id).state == lists.DRAFT


def test_a_list_whose_maker_was_suspended_says_so_to_the_checker_also_before_its_moment(city):
    kim = city.wallet()
    made = uploaded(city, (kim.reference, 1_000))
    raw = proposed(city, made, city.now_s() + HOUR_S)
    city.hand_in(Standing(0, city.numbers[MAKER], 1, b"", os.urandom(8), city.now_s() + HOUR_S))
    with pytest.raises(Refusal) as no:
        grant.approve(city.office, city.numbers[CHECKER], made.list_id, city.approval(raw))
    assert (no.value.word, no.value.facts) == ("MAKER_NOT_VALID", {"officer": city.numbers[MAKER]})
    assert lists.get(city.office.people, made.list_id).state == lists.PROPOSED


def test_one_person_under_two_numbers_does_not_approve_a_list_that_waits_for_its_moment(city, monkeypatch):
    kim, office = city.wallet(), city.office
    may_check(city, MAKER)
    with monkeypatch.context() as before:       # both were named under earlier rules
        before.setitem(rules.RULES, rules.NEWEST, replace(rules.RULES[rules.NEWEST], persons_apart=False))
        says(city, MAKER, kim.person)
        says(city, CHECKER, kim.person, by=MAKER)
    made = uploaded(city, (city.wallet().reference, 1_000))
    raw = proposed(city, made, city.now_s() + 600)
    with pytest.raises(Refusal, match="SAME_OFFICER"):
        grant.approve(office, city.numbers[CHECKER], made.list_id, city.approval(raw))
    assert lists.get(office.people, made.list_id).state == lists.PROPOSED


def test_who_is_another_officer_is_told_before_a_second_one_is_asked(city):
    kim = city.wallet()
    says(city, MAKER, kim.person)
    with pytest.raises(Refusal, match="PERSON_NAMED"):
        says(city, CHECKER, kim.person)
    assert not proposals.waiting(city.office.people)


def waits(city, won, after_s, programme=HELP):
    """A list of one person that two officers signed and that is paid later; or what it is refused with."""
    made = uploaded(city, (city.wallet().reference, won))
    raw = proposed(city, made, city.now_s() + after_s)
    grant.approve(city.office, city.numbers[CHECKER], made.list_id, city.approval(raw))
    return made.list_id


def test_a_list_that_waits_has_its_share_of_the_budget_already(city):
    left_won = grant.left_won(city.office, uploaded(city, (city.wallet().reference, 1)))
    first = waits(city, left_won - 1_000, HOUR_S // 2)
    assert grant.left_won(city.office, uploaded(city, (city.wallet().reference, 1))) == 1_000
    for start_s in (0, HOUR_S):
        with pytest.raises(Refusal) as no:
            proposed(city, uploaded(city, (city.wallet().reference, 1_001)), start_s and city.now_s() + start_s)
        assert (no.value.word, no.value.facts) == ("BUDGET_SPENT", {"left_won": 1_000})
    lists.stop(city.office.people, first, city.numbers[CHECKER], "예산 확인")
    assert paid(city, uploaded(city, (city.wallet().reference, 1_001)))[TOP_UP] == (1, 1_001)


def test_lists_that_wait_for_one_day_are_within_their_officers_limit_together(city):
    city.hand_in(Policy(0, policy.DAY_OFFICER, 10_000, city.now_s(), city.now_s() + 9 * DAY_S, os.urandom(8), city.now_s() + HOUR_S))
    waits(city, 7_000, HOUR_S)
    with pytest.raises(Refusal) as no:
        waits(city, 4_000, 2 * HOUR_S)
    assert (no.value.word, no.value.facts["left_won"]) == ("OVER_OFFICER_LIMIT", 3_000)
    waits(city, 3_000, 2 * HOUR_S)


def test_a_list_of_before_there_were_digests_gets_one_in_the_background(city):
    list_id = city.top_up(HELP, {city.wallet(): 1_000})
    digest = lists.get(city.office.people, list_id).digest
    city.office.people.read().execute("UPDATE list SET digest = x''")
    errands = Errands(city.office)
    errands.start()
    try:
        until(lambda: lists.get(city.office.people, list_id).digest == digest, 20)
    finally:
        errands.stop()
