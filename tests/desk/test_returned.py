"""Why the rows of a list went back: the reasons of the moment, whatever changed since."""

import os

from app.desk import act, grant, returned
from app.money import orders, policy
from app.money.lists import leaves_root
from app.money.orders_office import Standing
from app.money.orders_offline import Policy
from app.money.state import NEVER_S, Register
from app.people import drafts, lists, repeats
from app.people.lists import Upload
from tests.cast import CHECKER, DAY_S, HOUR_S, MAKER


def programme(city, person_won: int = 0, spend_days: int = 0, lives_s: int = DAY_S) -> int:
    number, now_s = act.next_number(city.office, Register.PROGRAMME), city.now_s()
    city.hand_in(orders.Programme(0, number, 1, 1_000_000, now_s - 60, now_s + lives_s, now_s + lives_s, b"", b"help", os.urandom(8),
                                  now_s + HOUR_S, person_won, spend_days))
    return number


def granted(city, number: int, rows: dict) -> bytes:
    """A list that two have signed and whose rows are still to be paid."""
    office, text = city.office, "".join(f"{one.reference},{won}\n" for one, won in rows.items())
    made = grant.judge(office, grant.upload(office, Upload(number, city.numbers[MAKER], "a.csv", text.encode())).list_id, 60)
    if before := repeats.seen(office.people, made.list_id):
        drafts.pay_again(office.people, made.list_id, city.numbers[MAKER], "another meal", before.list_id)
    leaves = grant.leaves(made, lists.payable(office.people, made.list_id))
    raw = city.signed(MAKER, orders.Grant(city.numbers[MAKER], number, made.list_id, leaves_root(leaves), made.count, made.total_won,
                                          city.now_s() + 2 * DAY_S))
    grant.propose(office, city.numbers[MAKER], made.list_id, raw)
    grant.approve(office, city.numbers[CHECKER], made.list_id, city.approval(raw))
    return made.list_id


def reasons(city, list_id: bytes) -> dict:
    """person -> why, of the rows that went back."""
    for _ in grant.pay_rows(city.office, list_id):
        pass
    record = grant.progress(city.office, list_id)
    reasons = returned.Reasons(city.office, record)
    return {one.person: reasons.why(one) for one in returned.each(city.office, list_id)}


def test_each_row_that_goes_back_says_why(city):
    kim, locked, own, twice, full = (city.wallet() for _ in range(5))
    number = programme(city, person_won=5_000)
    first = granted(city, number, {kim: 1_000, locked: 2_000, own: 2_000, twice: 3_000, full: 4_000})
    other, now_s = granted(city, number, {twice: 2_001}), city.now_s()
    city.freeze(locked)
    city.hand_in(Standing(0, city.numbers[MAKER], 0, own.person, os.urandom(8), now_s + HOUR_S))
    assert reasons(city, other) == {}
    city.hand_in(Policy(0, policy.HOLD_KNOWN, 3_500, now_s, NEVER_S, os.urandom(8), now_s + HOUR_S))
    found = {locked.person: "ROW_LOCKED", own.person: "own", twice.person: "ROW_OVER_LIMIT", full.person: "ROW_OVER_HOLDING"}
    assert reasons(city, first) == found
    city.freeze(locked, False)
    city.hand_in(Standing(0, city.numbers[MAKER], 0, b"", os.urandom(8), now_s + HOUR_S))
    city.hand_in(Policy(0, policy.HOLD_KNOWN, 9_000, now_s, NEVER_S, os.urandom(8), now_s + HOUR_S))
    assert reasons(city, first) == found
    late = granted(city, number, {kim: 1_000})
    city.wait(DAY_S)
    assert reasons(city, late) == {kim.person: "ended"}


def test_what_many_rows_have_in_common_is_read_once(city, monkeypatch):
    """A list of a hundred thousand rows may go back whole, and its file says of each why."""
    people, number = [city.wallet() for _ in range(5)], programme(city, person_won=5_000)
    first, other = (granted(city, number, {one: won for one in people}) for won in (3_000, 3_001))
    assert reasons(city, first) == {}
    for _ in grant.pay_rows(city.office, other):
        pass
    monkeypatch.setattr(returned, "AT_ONCE", 2)
    asked, versions = [], city.office.store.versions
    monkeypatch.setattr(city.office.store, "versions", lambda *what: asked.append(what) or versions(*what))
    found = reasons(city, other)
    assert found == {one.person: "ROW_OVER_LIMIT" for one in people}
    assert len(asked) == len(set(asked)) and asked.count((Register.PROGRAMME, number)) == 1
