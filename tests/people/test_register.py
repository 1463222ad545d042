import logging
import traceback

import pytest

from app.errors import Refusal
from app.people import access, register
from app.people.register import Details
from app.people.shapes import holds_resident_number, masked_name

OFFICER = 7


def test_a_person_is_masked_until_a_reason_is_given(people, kim):
    assert (kim.reference, kim.name, kim.birth_date, kim.phone) == ("P-0001", "김*수", "1950-**-**", "010-****-1234")
    found = [register.get(people, kim.token), register.by_reference(people, " p-0001"), *register.search(people)]
    assert found == [kim, kim, kim]
    assert access.of_person(people, kim.token) == []


def test_unmasking_shows_everything_and_leaves_a_line_on_record(people, kim, clock):
    person = register.unmask(people, OFFICER, kim.token, " 본인 확인\n전화 ")
    assert (person.name, person.birth_date, person.phone) == ("김영수", "1950-03-14", "010-0000-1234")
    line = access.Access(1, clock.now_s, OFFICER, kim.token, "unmask", "본인 확인 전화")
    assert access.of_person(people, kim.token) == access.newest(people) == [line]


@pytest.mark.parametrize("reason", ["", " ", "\t\n", "ㅇ", "가" * 201])
def test_without_a_reason_nothing_is_shown(people, kim, reason):
    with pytest.raises(Refusal, match="REASON_MISSING"):
        register.unmask(people, OFFICER, kim.token, reason)
    assert access.newest(people) == []


def test_a_reason_that_holds_a_resident_number_is_refused(people, kim):
    with pytest.raises(Refusal, match="^RESIDENT_NUMBER"):
        register.unmask(people, OFFICER, kim.token, "확인 500314-1234567")


@pytest.mark.parametrize(
    "name, shown",
    [("김", "김"), ("최은", "최*"), ("김영수", "김*수"), ("남궁하늘", "남**늘"), ("Nguyen", "N****n"), ("", "")],
)
def test_a_name_keeps_its_first_letter_and_from_three_its_last(name, shown):
    assert masked_name(name) == shown


@pytest.mark.parametrize(
    "typed, kept",
    [
        (Details(" 김  영수 ", "1950.3.14", "01000001234"), ("김 영수", "1950-03-14", "010-0000-1234")),
        (Details("이순자", "19431102", "02-123-4567"), ("이순자", "1943-11-02", "02-123-4567")),
        (Details("박민준", "１９８８-０７-２１", "+82 10 0000 0003"), ("박민준", "1988-07-21", "010-0000-0003")),
        (Details("최은", "1996. 1. 30.", ""), ("최은", "1996-01-30", "")),
    ],
)
def test_what_is_typed_is_kept_in_one_shape(people, typed, kept):
    person = register.unmask(people, OFFICER, register.add(people, typed).token, "확인")
    assert (person.name, person.birth_date, person.phone) == kept


@pytest.mark.parametrize(
    "typed, word, field",
    [
        (Details(" ", "1950-03-14", ""), "FIELD_MISSING", "name"),
        (Details("가" * 61, "1950-03-14", ""), "FIELD_WRONG", "name"),
        (Details("김\u202e수", "1950-03-14", ""), "FIELD_WRONG", "name"),
        (Details("김영수", "", ""), "FIELD_MISSING", "birth_date"),
        (Details("김영수", "1950-02-30", ""), "FIELD_WRONG", "birth_date"),
        (Details("김영수", "2999-01-01", ""), "FIELD_WRONG", "birth_date"),
        (Details("김영수", "1899-12-31", ""), "FIELD_WRONG", "birth_date"),
        (Details("김영수", "1950-03-14", "1234"), "FIELD_WRONG", "phone"),
        (Details("김영수", "1950-03-14", "010-0000-12345678"), "FIELD_WRONG", "phone"),
    ],
)
def test_a_wrong_field_is_named_and_not_repeated(people, typed, word, field):
    with pytest.raises(Refusal) as caught:
        register.add(people, typed)
    assert (caught.value.word, caught.value.facts) == (word, {"field": field})
    assert register.count(people) == 0


@pytest.mark.parametrize(
    "text",
    ["500314-1234567", "5003141234567", "500314 - 1234567", "５００３１４－１２３４５６７", "김500314–1234567수"],
)
def test_a_resident_number_is_refused_in_every_field(people, kim, text):
    assert holds_resident_number(text)
    for typed in (Details(text, "1950-03-14", ""), Details("김", text, ""), Details("김", "1950-03-14", text)):
        with pytest.raises(Refusal, match="^RESIDENT_NUMBER"):
            register.add(people, typed)
    with pytest.raises(Refusal, match="^RESIDENT_NUMBER"):
        register.add(people, Details("김영수", "1950-03-14", ""), reference=text)
    assert register.count(people) == 1


@pytest.mark.parametrize("text", ["010-1234-5678", "1950-03-14", "12345678901234", "500314-123456", "P-0001"])
def test_other_numbers_are_no_resident_numbers(text):
    assert not holds_resident_number(text)


def test_references_are_unique_and_never_given_twice(people, kim):
    details = Details("이순자", "1943-11-02", "")
    assert register.add(people, details, "복지-2026-17").reference == "복지-2026-17"
    assert register.add(people, details, "p-0002").reference == "P-0002"
    third = register.add(people, details)
    assert third.reference == "P-0003"
    with pytest.raises(Refusal, match="NUMBER_TAKEN"):
        register.add(people, details, "P-0001")
    with pytest.raises(Refusal, match="FIELD_WRONG"):
        register.add(people, details, "=cmd()")
    register.erase(people, OFFICER, third.token, "본인 요청")
    assert register.add(people, details).reference == "P-0004"


@pytest.mark.parametrize(
    "text, found",
    [
        ("", ["P-0001", "P-0002"]),
        ("p-0002", ["P-0002"]),
        ("P-", ["P-0001", "P-0002"]),
        ("영수", ["P-0001"]),
        ("1943-11-02", ["P-0002"]),
        ("1234", ["P-0001"]),
        ("010-0000-5678", ["P-0002"]),
        ("234", []),
        ("%", []),
        ("' OR 1=1 --", []),
    ],
)
def test_search_finds_by_reference_name_birth_date_and_phone(people, kim, text, found):
    register.add(people, Details("이순자", "1943-11-02", "010-0000-5678"))
    assert [person.reference for person in register.search(people, text)] == found


def test_search_goes_on_page_by_page(people):
    for _ in range(5):
        register.add(people, Details("이순자", "1943-11-02", ""))
    first = register.search(people, limit=3)
    rest = register.search(people, after=first[-1].reference, limit=3)
    assert [person.reference for person in first + rest] == ["P-0001", "P-0002", "P-0003", "P-0004", "P-0005"]


def test_the_same_name_and_birth_date_are_found_before_a_second_entry(people, kim):
    assert register.similar(people, Details("김영수 ", "1950.03.14", "")) == [kim]
    assert register.similar(people, Details("김영수", "1950-03-15", "")) == []


def test_a_correction_is_recorded_with_its_reason(people, kim):
    after = register.change(people, OFFICER, kim.token, Details("김영숙", "1950-03-14", ""), "개명")
    assert (after.token, after.reference, after.name, after.phone) == (kim.token, "P-0001", "김*숙", "")
    assert [line.what for line in access.of_person(people, kim.token)] == ["change"]
    with pytest.raises(Refusal, match="REASON_MISSING"):
        register.change(people, OFFICER, kim.token, Details("김", "1950-03-14", ""), "")
    assert register.get(people, kim.token) == after


def test_an_erased_person_is_gone_and_the_access_record_stays(people, kim):
    register.unmask(people, OFFICER, kim.token, "전화")
    register.erase(people, OFFICER, kim.token, "본인 요청")
    for call in (lambda: register.get(people, kim.token), lambda: register.unmask(people, 1, kim.token, "전화")):
        with pytest.raises(Refusal, match="NOT_FOUND"):
            call()
    assert [line.what for line in access.of_person(people, kim.token)] == ["erase", "unmask"]


def test_no_personal_data_reaches_a_log_or_a_traceback(people, kim, caplog):
    person = register.unmask(people, OFFICER, kim.token, "전화")
    details = Details("김영수", "1950-03-14", "010-0000-1234")
    caplog.set_level(logging.DEBUG)
    for wrong in (Details("김영수", "1950-03-14", "010-0000-12349"), Details("김영수", "500314-1234567", "")):
        try:
            register.add(people, wrong)
        except Refusal as refusal:
            text = "".join(traceback.format_exception(refusal)) + repr(refusal) + repr(refusal.facts)
    shown = text + repr(person) + repr(details) + f"{[person]}" + caplog.text
    for private in ("김영수", "1950-03-14", "500314", "0000-1234"):
        assert private not in shown


def test_every_thread_has_its_own_connection(people, kim):
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(4) as pool:
        details = Details("이순자", "1943-11-02", "")
        added = list(pool.map(lambda _: register.add(people, details).reference, range(40)))
    assert sorted(added) == [f"P-{number:04}" for number in range(2, 42)]
    assert people.tables()["person"].count == 41
