"""A list that gives people what another one gave them: the very same, or so much of it that somebody may have sent it twice."""

import time

import pytest

from app.errors import Refusal
from app.people import drafts, lists, register, repeats
from app.people.drafts import Rules
from app.people.lists import Upload
from app.people.register import Details

MAKER, DAY_S = 1, 86_400


@pytest.fixture
def ten(people):
    """The tokens of P-0001 to P-0010."""
    return [register.add(people, Details("김영수", "1950-03-14", "")).token for _ in range(10)]


def upload(people, rows, refused=(), programme=5, series=0):
    """A judged draft of {number: won}; `refused`: tokens that the ledger would not pay; `series`: that it comes from."""
    text = "".join(f"P-{number:04},{won}\n" for number, won in rows.items())
    list_id = drafts.create(people, Upload(programme, MAKER, "a.csv", text.encode())).list_id
    people.read().execute("UPDATE list SET series = ? WHERE list_id = ?", (series, list_id))
    rules = Rules(lambda person: True, lambda person, amount_won: "ROW_OVER_HOLDING" if person in refused else "")
    while drafts.judge_portion(people, list_id, rules):
        pass
    drafts.set_aside(people, list_id, MAKER)
    return list_id


def proposed(people, *given, **more):
    list_id = upload(people, *given, **more)
    lists.propose(people, list_id, MAKER, b"grant")
    return list_id


def same(*numbers, won=5_000):
    return dict.fromkeys(numbers, won)


def test_the_very_same_list_is_proposed_again_only_with_a_reason_however_late(people, ten, clock):
    first = proposed(people, {1: 1, 2: 2})
    again = upload(people, {2: 2, 1: 1})
    assert repeats.seen(people, again) == repeats.Seen(1, first, clock.now_s, 2, True)
    with pytest.raises(Refusal, match="LIST_SEEN"):
        lists.propose(people, again, MAKER, b"grant")
    with pytest.raises(Refusal, match="REASON_MISSING"):
        drafts.pay_again(people, again, MAKER, " ", first)
    drafts.pay_again(people, again, MAKER, "12월분 추가 지급", first)
    lists.propose(people, again, MAKER, b"grant")
    clock.now_s += 5 * 365 * DAY_S
    assert repeats.seen(people, upload(people, {1: 1, 2: 2})).list_id == again


def test_yesterdays_file_is_known_though_its_money_keeps_some_of_its_rows_out_today(people, ten):
    first = proposed(people, same(*range(1, 11)))
    again = upload(people, same(*range(1, 11)), refused=ten[:4])
    assert (repeats.seen(people, again).list_id, repeats.seen(people, again).rows) == (first, 6)
    with pytest.raises(Refusal) as caught:
        lists.propose(people, again, MAKER, b"grant")
    assert (caught.value.word, caught.value.facts["same"]) == ("LIST_SEEN", 6)


def test_the_whole_file_is_known_after_its_refused_rows_were_mended(people, ten):
    first = proposed(people, same(*range(1, 11)), refused=ten[7:])
    assert repeats.seen(people, upload(people, same(*range(1, 11)))) == repeats.Seen(
        1, first, lists.get(people, first).created_at_s, 7, False)


def test_it_is_half_of_this_list_or_of_the_other_that_counts_by_person_and_amount(people, ten):
    proposed(people, same(*range(1, 6)))
    assert repeats.seen(people, upload(people, same(1, 2, 6, 7, 8))) is None                    # two of five, both ways
    assert repeats.seen(people, upload(people, same(1, 2, 3, won=4_000))) is None               # other amounts
    assert repeats.seen(people, upload(people, same(1, 2, 3), programme=6)) is None             # another programme
    assert repeats.seen(people, upload(people, same(1, 2, 3, 6))).rows == 3                     # of this one
    assert repeats.seen(people, upload(people, same(*range(3, 11)))).rows == 3                  # of the other one


def test_a_file_that_was_sent_in_parts_is_known_as_a_whole(people, ten):
    proposed(people, {**same(1, 2), **same(7, 8, 9, won=1)})
    large = proposed(people, {**same(3, 4, 5), **same(6, 7, 8, 9, won=2)})
    found = repeats.seen(people, upload(people, {**same(1, 2, 3, 4, 5), **same(6, 7, 8, 9, 10, won=3)}))
    assert (found.list_id, found.rows, found.whole) == (large, 5, False)


def test_what_was_proposed_after_the_rows_were_judged_is_seen_when_it_is_signed(people, ten):
    mine = upload(people, same(1, 2, 3))
    other = proposed(people, same(1, 2, 3, 4))
    assert repeats.seen(people, mine) is None
    with pytest.raises(Refusal, match="LIST_SEEN"):
        lists.propose(people, mine, MAKER, b"grant")
    assert repeats.seen(people, mine).list_id == other
    lists.withdraw(people, other, MAKER)
    assert repeats.seen(people, mine) is None
    lists.propose(people, mine, MAKER, b"grant")


def test_a_list_of_some_months_ago_is_no_repetition_and_last_months_series_neither(people, ten, clock):
    first = proposed(people, same(1, 2, 3))
    people.read().execute("UPDATE list SET series = 1")
    clock.now_s += 30 * DAY_S
    assert repeats.seen(people, upload(people, same(1, 2, 3, 4))).list_id == first              # made by hand
    monthly = upload(people, same(1, 2, 3, 5), series=1)
    lists.propose(people, monthly, MAKER, b"grant")
    lists.withdraw(people, monthly, MAKER)
    clock.now_s += 31 * DAY_S
    assert repeats.seen(people, upload(people, same(1, 2, 3, 4))) is None


def test_a_reason_is_about_the_list_that_its_maker_saw_and_no_later_one(people, ten):
    first = proposed(people, same(1, 2, 3))
    mine, twin = upload(people, same(1, 2, 3)), upload(people, same(1, 2, 3))
    for each in (mine, twin):
        drafts.pay_again(people, each, MAKER, "추가 지급", first)
    lists.propose(people, mine, MAKER, b"grant")
    with pytest.raises(Refusal, match="LIST_SEEN"):
        lists.propose(people, twin, MAKER, b"grant")
    with pytest.raises(Refusal, match="LIST_SEEN"):     # the page that was open shows the first one
        drafts.pay_again(people, twin, MAKER, "추가 지급", first)
    drafts.pay_again(people, twin, MAKER, "둘 다 맞음", mine)
    lists.propose(people, twin, MAKER, b"grant")


def test_a_reason_for_some_people_is_none_for_more_of_them(people, ten):
    large = proposed(people, same(1, 2, 3, 4))
    mine = upload(people, same(*range(1, 8)))
    drafts.pay_again(people, mine, MAKER, "추가 지급", large)
    proposed(people, same(5, 6, 7))
    with pytest.raises(Refusal, match="LIST_SEEN") as caught:
        lists.propose(people, mine, MAKER, b"grant")
    assert caught.value.facts["same"] == 7 and repeats.seen(people, mine).list_id == large


def test_a_monthly_list_repeats_nothing_of_the_month_before_whoever_made_it(people, ten, clock):
    october = proposed(people, same(1, 2, 3))
    people.read().execute("UPDATE list SET series = 1")     # one that was stopped since
    clock.now_s += 31 * DAY_S
    november = upload(people, same(1, 2, 3))
    drafts.pay_again(people, november, MAKER, "11월분", october)
    lists.propose(people, november, MAKER, b"grant")
    clock.now_s += 30 * DAY_S
    december, twin = upload(people, same(1, 2, 3), series=2), upload(people, same(1, 2, 3))
    assert repeats.seen(people, december) is None and repeats.seen(people, twin).list_id == november
    lists.propose(people, december, MAKER, b"grant")
    assert repeats.seen(people, upload(people, same(1, 2, 3), series=2)).list_id == december, "two of one month"


def test_columns_named_anew_forget_what_was_found(people, ten):
    proposed(people, same(1, 2, 3))
    again = upload(people, same(1, 2, 3, 4))
    drafts.name_columns(people, again, MAKER, drafts.Columns(reference=0, amount=1), 0)
    assert repeats.seen(people, again) is None


def test_lists_of_before_there_were_digests_get_theirs_and_are_found_however_old(people, ten, clock):
    old, other = proposed(people, same(1, 2, 3)), proposed(people, same(4, 5, 6))
    people.read().execute("UPDATE list SET digest = x''")
    clock.now_s += 200 * DAY_S
    again = upload(people, same(1, 2, 3))
    assert repeats.seen(people, again) is None
    assert [repeats.complete(people) for _ in range(3)] == [True, True, False]
    assert repeats.seen(people, again).list_id == old and repeats.seen(people, other) is None


@pytest.mark.prove
def test_two_lists_of_a_hundred_thousand_rows_are_compared_in_a_second_or_two(people):
    rows = [(number, number.to_bytes(16)) for number in range(100_000)]
    with people.write() as connection:
        for number in (1, 2):
            connection.execute(
                "INSERT INTO list (number, list_id, programme, maker, seed, state, file_name, created_at_s, count, total_won, faulty)"
                " VALUES (?1, randomblob(16), 5, 1, zeroblob(32), 'proposed', '', ?2, 100000, 1, 0)", (number, people.now_s()))
            connection.executemany(
                f"INSERT INTO list_row (list, row, person_cell, amount_cell, person, amount_won, reason) VALUES ({number}, ?, '', '', ?, 50000, '')",
                rows)
    (list_id,) = people.read().execute("SELECT list_id FROM list WHERE number = 2").fetchone()
    began_s = time.monotonic()
    repeats.look(people, list_id)
    assert repeats.seen(people, list_id).rows == 100_000 and time.monotonic() - began_s < 2
