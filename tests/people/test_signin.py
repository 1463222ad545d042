from concurrent.futures import ThreadPoolExecutor

import pyotp
import argon2
import pytest

from app.errors import Refusal
from app.people import access, signin

PASSWORD = "correct horse battery"


@pytest.fixture
def enrolled(people, clock):
    """Officer 1 is enrolled; the answer says what her phone shows now."""
    code = signin.invite(people, 1, "한소라", "Sora")
    secret = signin.begin_enrolment(people, code).totp_secret
    phone = pyotp.TOTP(secret)
    signin.finish_enrolment(people, code, PASSWORD, phone.at(clock.now_s))
    clock.now_s += 30
    return lambda: phone.at(clock.now_s)


def refused(call) -> str:
    with pytest.raises(Refusal) as caught:
        call()
    return caught.value.word


def test_an_invited_officer_enrols_and_signs_in(people, clock):
    code = signin.invite(people, 1, "한소라", "Sora")
    shown = signin.begin_enrolment(people, code)
    assert signin.begin_enrolment(people, code).totp_secret == shown.totp_secret
    assert shown.uri.startswith("otpauth://totp/HAGC:sora?secret=")
    assert shown.totp_secret not in repr(shown)
    phone = pyotp.TOTP(shown.totp_secret)
    officer = signin.finish_enrolment(people, code, PASSWORD, phone.at(clock.now_s))
    assert (officer.number, officer.name, officer.login, officer.enrolled_at_s) == (1, "한소라", "sora", clock.now_s)
    assert refused(lambda: signin.begin_enrolment(people, code)) == "SIGN_IN_WRONG"
    clock.now_s += 30
    token = signin.sign_in(people, " SORA ", PASSWORD, phone.at(clock.now_s))
    assert signin.who(people, token) == officer


def test_who_lost_password_or_phone_chooses_both_anew_and_what_they_had_is_over(people, enrolled, clock):
    token = signin.sign_in(people, "sora", PASSWORD, enrolled())
    before = signin.officer(people, 1)
    code = signin.invite_again(people, 1, 3, "직접 만남")
    assert refused(lambda: signin.who(people, token)) == "SIGN_IN_FIRST"
    clock.now_s += 30
    assert refused(lambda: signin.sign_in(people, "sora", PASSWORD, enrolled())) == "SIGN_IN_WRONG"
    phone = pyotp.TOTP(signin.begin_enrolment(people, code).totp_secret)
    assert phone.at(clock.now_s) != enrolled()
    after = signin.finish_enrolment(people, code, "another horse battery", phone.at(clock.now_s))
    assert (after.number, after.name, after.login, after.roles) == (before.number, before.name, before.login, before.roles)
    clock.now_s += 30
    assert signin.who(people, signin.sign_in(people, "sora", "another horse battery", phone.at(clock.now_s))).number == 1
    [line] = access.newest(people)
    assert (line.officer, access.officer_of(line.person), line.what, line.why) == (3, 1, "door again", "직접 만남")


def test_another_address_ends_the_one_before_and_none_is_made_without_a_reason_or_for_who_is_shut_out(people):
    first = signin.invite(people, 1, "한소라", "Sora")
    second = signin.invite_again(people, 1, 3, "주소를 잃음")
    assert refused(lambda: signin.begin_enrolment(people, first)) == "SIGN_IN_WRONG"
    assert refused(lambda: signin.invite_again(people, 1, 3, " ")) == "REASON_MISSING"
    assert signin.begin_enrolment(people, second).number == 1
    assert refused(lambda: signin.invite_again(people, 2, 3, "직접 만남")) == "NOT_FOUND"
    signin.disable(people, 1)
    assert refused(lambda: signin.invite_again(people, 1, 3, "직접 만남")) == "OFFICER_NOT_VALID"


@pytest.mark.parametrize("password", ["", "short", "x" * 11, "x" * 201])
def test_a_password_has_twelve_to_two_hundred_characters(people, clock, password):
    code = signin.invite(people, 1, "한소라", "sora")
    phone = pyotp.TOTP(signin.begin_enrolment(people, code).totp_secret)
    assert refused(lambda: signin.finish_enrolment(people, code, password, phone.at(clock.now_s))) == "FIELD_WRONG"


def test_enrolment_needs_the_right_code_of_the_phone_and_ends_after_a_week(people, clock):
    code = signin.invite(people, 1, "한소라", "sora")
    phone = pyotp.TOTP(signin.begin_enrolment(people, code).totp_secret)
    assert refused(lambda: signin.finish_enrolment(people, code, PASSWORD, "000")) == "SIGN_IN_WRONG"
    assert signin.officer(people, 1).enrolled_at_s is None
    clock.now_s += signin.ENROL_S
    assert refused(lambda: signin.finish_enrolment(people, code, PASSWORD, phone.at(clock.now_s))) == "SIGN_IN_WRONG"


def test_nobody_signs_in_before_enrolling(people):
    signin.invite(people, 1, "한소라", "sora")
    assert refused(lambda: signin.sign_in(people, "sora", "", "000000")) == "SIGN_IN_WRONG"


@pytest.mark.parametrize(
    "login, password, totp",
    [
        ("sora", PASSWORD + "!", None),
        ("sora", "", None),
        ("sora", "x" * 100_000, None),
        ("nobody", PASSWORD, None),
        ("", "", ""),
        ("sora", PASSWORD, "000000"),
        ("sora", PASSWORD, ""),
        ("sora", PASSWORD, "한글"),
    ],
)
def test_whatever_is_wrong_the_word_is_the_same(people, enrolled, login, password, totp):
    totp = enrolled() if totp is None else totp
    assert refused(lambda: signin.sign_in(people, login, password, totp)) == "SIGN_IN_WRONG"


def test_a_login_that_does_not_exist_costs_the_same_one_hash_as_a_wrong_password(people, enrolled, monkeypatch):
    worked = []
    for name in ("hash", "verify"):
        real = getattr(argon2.PasswordHasher, name)
        monkeypatch.setattr(
            argon2.PasswordHasher, name, lambda *given, real=real: (worked.append(given[0]), real(*given))[1]
        )
    enrolled()
    worked.clear()
    for login in ("sora", "nobody"):
        refused(lambda login=login: signin.sign_in(people, login, "wrong password", "000000"))
    assert len(worked) == 2 and len({(one.time_cost, one.memory_cost, one.parallelism) for one in worked}) == 1


def test_a_code_of_the_phone_is_good_once(people, enrolled, clock):
    totp = enrolled()
    signin.sign_in(people, "sora", PASSWORD, totp)
    assert refused(lambda: signin.sign_in(people, "sora", PASSWORD, totp)) == "SIGN_IN_WRONG"
    clock.now_s += 30
    assert refused(lambda: signin.sign_in(people, "sora", PASSWORD, totp)) == "SIGN_IN_WRONG"
    assert signin.sign_in(people, "sora", PASSWORD, enrolled())


def test_a_code_is_not_good_again_at_sign_in_after_it_enrolled(people, clock):
    code = signin.invite(people, 1, "한소라", "sora")
    totp = pyotp.TOTP(signin.begin_enrolment(people, code).totp_secret).at(clock.now_s)
    signin.finish_enrolment(people, code, PASSWORD, totp)
    assert refused(lambda: signin.sign_in(people, "sora", PASSWORD, totp)) == "SIGN_IN_WRONG"


@pytest.mark.parametrize("late_s, right", [(-60, False), (-30, True), (0, True), (30, True), (60, False)])
def test_a_phone_may_be_half_a_minute_off(people, enrolled, clock, late_s, right):
    clock.now_s += 300
    totp = enrolled()
    clock.now_s += late_s
    if right:
        assert signin.sign_in(people, "sora", PASSWORD, totp)
    else:
        assert refused(lambda: signin.sign_in(people, "sora", PASSWORD, totp)) == "SIGN_IN_WRONG"


@pytest.mark.parametrize("login", ["sora", "nobody"])
def test_tries_slow_down_whether_the_login_exists_or_not(people, enrolled, clock, login):
    waits = []
    for _ in range(10):
        assert refused(lambda: signin.sign_in(people, login, "wrong password", "1")) == "SIGN_IN_WRONG"
        (until_s,) = people.read().execute("SELECT max(wait_until_s) FROM tries").fetchone()
        waits.append(until_s - clock.now_s)
        clock.now_s = until_s
    assert waits == [0, 0, 0, 0, 2, 4, 8, 16, 32, 64]


def test_while_waiting_even_the_right_password_is_not_looked_at(people, enrolled, clock):
    for _ in range(signin.FREE_TRIES):
        refused(lambda: signin.sign_in(people, "sora", "wrong password", "1"))
    assert refused(lambda: signin.sign_in(people, "sora", PASSWORD, enrolled())) == "TOO_MANY"
    clock.now_s += 2
    assert signin.sign_in(people, "sora", PASSWORD, enrolled())
    clock.now_s += 30
    assert signin.sign_in(people, "sora", PASSWORD, enrolled())


def test_the_wait_is_never_longer_than_a_quarter_of_an_hour(people, clock):
    for _ in range(40):
        try:
            signin._count_try(people, "sora")
        except Refusal as refusal:
            assert refusal.facts["wait_s"] <= signin.LONGEST_WAIT_S
            clock.now_s += refusal.facts["wait_s"]


def test_many_tries_at_once_do_not_slip_through(people, enrolled):
    with ThreadPoolExecutor(4) as pool:
        words = list(pool.map(lambda _: refused(lambda: signin.sign_in(people, "sora", "wrong", "1")), range(12)))
    assert words.count("SIGN_IN_WRONG") == signin.FREE_TRIES


def test_old_tries_are_forgotten(people, clock):
    for number in range(3):
        signin._count_try(people, f"bot{number}")
    clock.now_s += signin.FORGET_TRIES_S + 10
    signin._count_try(people, "sora")
    assert people.tables()["tries"].count == 1


def test_a_session_ends_after_half_an_hour_without_a_page(people, enrolled, clock):
    token = signin.sign_in(people, "sora", PASSWORD, enrolled())
    for _ in range(5):
        clock.now_s += signin.IDLE_S - 1
        assert signin.who(people, token).number == 1
    clock.now_s += signin.IDLE_S
    assert refused(lambda: signin.who(people, token)) == "SIGN_IN_FIRST"


def test_a_session_ends_after_nine_hours_in_any_case(people, enrolled, clock):
    token = signin.sign_in(people, "sora", PASSWORD, enrolled())
    end_s = clock.now_s + signin.SESSION_S
    while clock.now_s + 600 < end_s:
        clock.now_s += 600
        signin.who(people, token)
    clock.now_s = end_s
    assert refused(lambda: signin.who(people, token)) == "SIGN_IN_FIRST"


def test_signing_out_disabling_and_a_new_invitation_end_sessions(people, enrolled, clock):
    def session():
        clock.now_s += 30
        return signin.sign_in(people, "sora", PASSWORD, enrolled())

    token = session()
    signin.sign_out(people, token)
    assert refused(lambda: signin.who(people, token)) == "SIGN_IN_FIRST"
    token = session()
    signin.disable(people, 1)
    assert refused(lambda: signin.who(people, token)) == "SIGN_IN_FIRST"
    assert refused(session) == "SIGN_IN_WRONG"
    signin.disable(people, 1, False)
    token = session()
    signin.invite(people, 1, "한소라", "sora")
    assert refused(lambda: signin.who(people, token)) == "SIGN_IN_FIRST"
    assert refused(session) == "SIGN_IN_WRONG"


def test_no_password_token_or_code_stands_in_the_file(people, enrolled, tmp_path):
    token = signin.sign_in(people, "sora", PASSWORD, enrolled())
    code = signin.invite(people, 2, "서지호", "jiho")
    files = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert not any(secret.encode() in files for secret in (PASSWORD, token, code))
    assert b"$argon2id$" in files


def test_a_one_time_sign_in_is_for_example_officers_only_and_good_once(people, enrolled, clock):
    assert refused(lambda: signin.one_time_code(people, 1)) == "NO_RIGHT"
    signin.invite(people, 2, "서지호", "checker", example=True)
    code = signin.one_time_code(people, 2)
    assert signin.who(people, signin.sign_in_once(people, code)).login == "checker"
    assert refused(lambda: signin.sign_in_once(people, code)) == "SIGN_IN_WRONG"
    code = signin.one_time_code(people, 2, life_s=60)
    clock.now_s += 60
    assert refused(lambda: signin.sign_in_once(people, code)) == "SIGN_IN_WRONG"


def test_an_enrolment_code_signs_nobody_in_and_the_other_way_round(people):
    enrol = signin.invite(people, 2, "서지호", "checker", example=True)
    once = signin.one_time_code(people, 2)
    assert refused(lambda: signin.sign_in_once(people, enrol)) == "SIGN_IN_WRONG"
    assert refused(lambda: signin.begin_enrolment(people, once)) == "SIGN_IN_WRONG"


def test_a_login_belongs_to_one_officer(people):
    signin.invite(people, 1, "한소라", "sora")
    assert refused(lambda: signin.invite(people, 2, "서지호", "Sora")) == "NUMBER_TAKEN"
    assert refused(lambda: signin.invite(people, 2, "서지호", "so ra")) == "FIELD_WRONG"
    assert refused(lambda: signin.invite(people, 2, " ", "jiho")) == "FIELD_WRONG"
    signin.invite(people, 2, "서지호", "jiho")
    assert [officer.login for officer in signin.officers(people)] == ["sora", "jiho"]
    assert refused(lambda: signin.officer(people, 3)) == "NOT_FOUND"


def test_a_form_of_another_session_is_refused(people, enrolled, clock):
    mine = signin.sign_in(people, "sora", PASSWORD, enrolled())
    clock.now_s += 30
    other = signin.sign_in(people, "sora", PASSWORD, enrolled())
    signin.check_form(mine, signin.form_token(mine))
    for wrong in (signin.form_token(other), "", "한글", mine):
        assert refused(lambda given=wrong: signin.check_form(mine, given)) == "FORM_EXPIRED"


@pytest.mark.parametrize("token", ["", "x", "한글", "\udcff", "A" * 43])
def test_a_made_up_session_is_none(people, token):
    assert refused(lambda: signin.who(people, token)) == "SIGN_IN_FIRST"
