import pytest

from app.errors import Refusal
from app.people import access, joins, register

OFFICER, ACCOUNT = 4, b"account1"


def wrong(code: str) -> str:
    """The same place, another secret."""
    return code[:-1] + str((int(code[-1]) + 1) % 10)


def test_a_wallet_answers_with_the_code_and_an_officer_closes_the_wish(people, kim, clock):
    code = joins.send_code(people, OFFICER, kim.token)
    assert [len(part) for part in code.split("-")] == [4, 4, 4, 4]
    wish = joins.wish(people, code, ACCOUNT)
    assert wish == joins.Wish(1, kim.token, ACCOUNT, OFFICER, "waiting", clock.now_s)
    assert joins.waiting(people) == [wish] and joins.of_account(people, ACCOUNT) == wish
    assert joins.asked(people, ACCOUNT, kim.token) == wish == joins.of_person(people, kim.token)[0]
    joins.fulfil(people, b"account2", kim.token)
    assert joins.count(people) == 1
    joins.fulfil(people, ACCOUNT, kim.token)
    assert joins.waiting(people) == [] and joins.get(people, 1).state == "linked"
    with pytest.raises(Refusal, match="ALREADY_DONE"):
        joins.refuse(people, wish.number)


def test_sending_a_code_is_on_the_access_record(people, kim):
    joins.send_code(people, OFFICER, kim.token)
    assert [(line.officer, line.what) for line in access.of_person(people, kim.token)] == [(OFFICER, "join code")]


def test_a_code_is_good_once_and_in_any_spelling(people, kim):
    code = joins.send_code(people, OFFICER, kim.token)
    spelt = code.replace("-", " ").translate({ord(str(n)): chr(0xFF10 + n) for n in range(10)})
    assert joins.wish(people, spelt, ACCOUNT).person == kim.token
    with pytest.raises(Refusal, match="JOIN_CODE_WRONG"):
        joins.wish(people, code, ACCOUNT)


def test_five_wrong_tries_kill_a_code(people, kim):
    code = joins.send_code(people, OFFICER, kim.token)
    for _ in range(joins.TRIES - 1):
        with pytest.raises(Refusal, match="JOIN_CODE_WRONG"):
            joins.wish(people, wrong(code), ACCOUNT)
    assert joins.wish(people, code, ACCOUNT)
    code = joins.send_code(people, OFFICER, kim.token)
    for _ in range(joins.TRIES):
        with pytest.raises(Refusal, match="JOIN_CODE_WRONG"):
            joins.wish(people, wrong(code), ACCOUNT)
    with pytest.raises(Refusal, match="JOIN_CODE_WRONG"):
        joins.wish(people, code, ACCOUNT)


def test_a_code_ends_after_two_weeks_or_with_the_next_one(people, kim, clock):
    first, second = (joins.send_code(people, OFFICER, kim.token) for _ in range(2))
    with pytest.raises(Refusal, match="JOIN_CODE_WRONG"):
        joins.wish(people, first, ACCOUNT)
    clock.now_s += joins.CODE_LIFE_S
    with pytest.raises(Refusal, match="JOIN_CODE_WRONG"):
        joins.wish(people, second, ACCOUNT)


@pytest.mark.parametrize("code", ["", "1234", "0" * 15, "0" * 17, "x" * 16, "한글", "²" * 16])
def test_what_is_no_code_is_wrong(people, kim, code):
    with pytest.raises(Refusal, match="JOIN_CODE_WRONG"):
        joins.wish(people, code, ACCOUNT)


def test_nobody_gets_a_code_who_is_not_in_the_register(people):
    with pytest.raises(Refusal, match="NOT_FOUND"):
        joins.send_code(people, OFFICER, bytes(16))
    with pytest.raises(Refusal, match="NOT_FOUND"):
        joins.get(people, 1)
    with pytest.raises(Refusal, match="NOT_FOUND"):
        joins.refuse(people, 1)
    assert joins.of_account(people, ACCOUNT) is None


def test_codes_and_wishes_go_with_an_erased_person(people, kim):
    joins.wish(people, joins.send_code(people, OFFICER, kim.token), ACCOUNT)
    code = joins.send_code(people, OFFICER, kim.token)
    register.erase(people, OFFICER, kim.token, "본인 요청")
    assert joins.waiting(people) == []
    with pytest.raises(Refusal, match="JOIN_CODE_WRONG"):
        joins.wish(people, code, ACCOUNT)


def test_no_letter_reads_the_codes_of_others_and_what_has_ended_goes(people, kim, clock):
    lee = register.add(people, register.Details("이바다", "1950-03-14", ""))
    joins.send_code(people, OFFICER, lee.token)
    clock.now_s += joins.CODE_LIFE_S
    asked = []
    people.read().set_trace_callback(asked.append)
    joins.letters(people, OFFICER, [kim.token], "12월 우편 발송")
    people.read().set_trace_callback(None)
    plans = [line[3] for text in asked if "join_code" in text for line in people.read().execute(f"EXPLAIN QUERY PLAN {text}")]
    assert plans and not [line for line in plans if line.startswith("SCAN")], plans
    assert [person for (person,) in people.read().execute("SELECT person FROM join_code")] == [kim.token]
