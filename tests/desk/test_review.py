"""The monthly look through the access record: what stands out, who may sign it off, and that it stays."""

import io
from datetime import datetime

import pypdfium2
import pytest

from app.desk import review
from app.errors import Refusal
from app.people import access, register, reviews, signin
from app.people.access import Access
from app.people.register import Details
from app.store.database import sqlite
from tests.cast import City
from tests.console.desk import ADMINISTRATOR, AUDITOR, CHECKER, MAKER, Desk, said

MONTH, ZONE_S = "2026-11", 9 * 3600
MONDAY_S = int(datetime.fromisoformat("2026-11-16T10:00:00+09:00").timestamp())
AFTER_S = 20 * 86_400


@pytest.fixture
def city(tmp_path):
    city = City(tmp_path / "data")
    yield city
    city.close()


def person(city: City, name: str = "박영희") -> bytes:
    return register.add(city.office.people, Details(name, "1950-03-14", "")).token


def look(city: City, officer: int, token: bytes, at_s: int, why: str = "전화 상담") -> None:
    with city.office.people.write() as connection:
        access.record(connection, Access(0, at_s, officer, token, "unmask", why))


def marks(city: City) -> list[tuple[str, ...]]:
    return [line.marks for line in review.report(city.office, MONTH).lines]


def test_an_officers_way_to_sign_in_that_was_made_anew_always_stands_out(city):
    for number, by in ((MAKER, ADMINISTRATOR), (CHECKER, access.OPERATOR)):
        signin.invite_again(city.office.people, number, by, "직접 만남")
    found = review.report(city.office, f"{datetime.fromtimestamp(city.now_s(), city.office.city.zone):%Y-%m}")
    assert ["again" in line.marks for line in found.marked] == [True, True]


@pytest.mark.parametrize(("at", "marked"), [
    ("2026-11-16T08:00", False), ("2026-11-16T07:59", True), ("2026-11-16T18:59", False), ("2026-11-16T19:00", True),
    ("2026-11-21T12:00", True), ("2026-11-22T12:00", True)])
def test_who_looks_outside_office_hours_is_asked_why(city, at, marked):
    look(city, 1, person(city), int(datetime.fromisoformat(f"{at}:00+09:00").timestamp()))
    assert marks(city) == [("hours",) if marked else ()]


def test_what_stands_out_is_marked_and_nothing_else(city):
    own = person(city, signin.officer(city.office.people, MAKER).name)
    look(city, MAKER, own, MONDAY_S)
    look(city, CHECKER, own, MONDAY_S + 60)
    seen = person(city)
    for officer in (MAKER, CHECKER, 3):
        look(city, officer, seen, MONDAY_S + 120)
    assert marks(city) == [("own",), (), ("crowd",), ("crowd",), ("crowd",)]


def test_many_looks_are_counted_in_any_sixty_minutes(city):
    people = [person(city) for _ in range(review.MANY_AN_HOUR)]
    for at, token in enumerate(people[:-1]):
        look(city, 1, token, MONDAY_S + at * 190)       # the first and the last are an hour and more apart from the next
    look(city, 2, people[-1], MONDAY_S + 10)
    assert set(marks(city)) == {()}
    look(city, 1, people[-1], MONDAY_S + 18 * 190 + 5)
    assert sum("many" in each for each in marks(city)) == review.MANY_AN_HOUR


def test_a_month_is_the_citys_month(city):
    first_s = int(datetime.fromisoformat("2026-11-01T00:00:00+09:00").timestamp())
    for at_s in (first_s - 1, first_s, first_s + 30 * 86_400 - 1, first_s + 30 * 86_400):
        look(city, 1, person(city), at_s)
    assert [line.access.at_s for line in review.report(city.office, MONTH).lines] == [first_s, first_s + 30 * 86_400 - 1]


def test_it_is_signed_off_once_by_another_when_the_month_is_over_and_stays(city):
    look(city, MAKER, person(city), MONDAY_S)

    def sign(officer: int, seen: str = "") -> None:
        review.sign_off(city.office, officer, MONTH, seen or review.report(city.office, MONTH).digest.hex(), "이상 없음")

    def refused(officer: int, seen: str = "") -> str:
        with pytest.raises(Refusal) as found:
            sign(officer, seen)
        return found.value.word

    assert refused(CHECKER) == "FIELD_WRONG"            # November is not over
    city.wait(AFTER_S)
    assert review.owed(city.office, CHECKER) == MONTH and review.owed(city.office, MAKER) == ""
    assert refused(MAKER) == "OWN_RECORD" and refused(CHECKER, "00") == "FORM_EXPIRED"
    sign(CHECKER)
    assert refused(CHECKER) == "ALREADY_DONE" and review.owed(city.office, CHECKER) == ""
    kept = reviews.of(city.office.people, MONTH)
    assert (kept.officer, kept.lines, kept.remark) == (CHECKER, 1, "이상 없음")
    for statement in ("UPDATE review SET officer = 9", "DELETE FROM review",
                      "INSERT OR REPLACE INTO review SELECT month, 9, at_s, lines, digest, remark FROM review"):
        with pytest.raises(sqlite.IntegrityError):
            city.office.people.read().execute(statement)


def test_who_gave_out_an_auditors_new_sign_in_signs_nothing_off_with_it(city):
    look(city, ADMINISTRATOR, person(city), MONDAY_S)
    city.wait(AFTER_S)
    assert review.owed(city.office, AUDITOR) == MONTH
    signin.invite_again(city.office.people, AUDITOR, ADMINISTRATOR, "phone lost")
    digest = review.report(city.office, MONTH).digest.hex()
    with pytest.raises(Refusal, match="DOOR_ANEW"):
        review.sign_off(city.office, AUDITOR, MONTH, digest, "")
    assert review.owed(city.office, AUDITOR) == ""
    review.sign_off(city.office, MAKER, MONTH, digest, "")      # whose sign-in nobody touched


def test_the_page_the_table_and_the_paper_say_the_same_and_the_auditor_signs_it_off(city):
    token = person(city)
    look(city, ADMINISTRATOR, token, MONDAY_S - 4 * 3600, "민원 전화")
    city.wait(AFTER_S)
    administrator, auditor = Desk(city, ADMINISTRATOR), Desk(city, AUDITOR)
    path = f"/console/records/review?month={MONTH}"
    assert "지난달 열람 점검" in said(auditor.get("/console"))
    text = said(auditor.get(path))
    assert "근무 시간 밖" in text and "민원 전화" in text and "박*희" in text and "박영희" not in text
    assert "민원 전화" in auditor.client.get(f"{path}&csv=1").data.decode("utf-8-sig")
    paper = pypdfium2.PdfDocument(io.BytesIO(auditor.client.get(f"{path}&pdf=1").data))
    printed = "".join(page.get_textpage().get_text_range() for page in paper).replace("\r\n", "")
    assert "민원 전화" in printed and "근무 시간 밖" in printed and "박영희" not in printed
    seen = review.report(city.office, MONTH).digest.hex()
    assert "본인의 열람" in said(administrator.post("/console/records/review", month=MONTH, seen=seen, remark="", status=403).page)
    assert auditor.post("/console/records/review", month=MONTH, seen=seen, remark="전화 기록과 맞음", status=303).to.endswith(MONTH)
    text = said(auditor.get(path))
    assert "점검을 마쳤습니다(1건)" in text and "전화 기록과 맞음" in text and "점검 마치기" not in text
    look(city, ADMINISTRATOR, token, MONDAY_S)
    assert "점검한 뒤에 기록이 달라졌습니다" in said(auditor.get(path))


def test_a_month_that_is_none_is_refused(city):
    for month in ("2026-13", "x", "2026-1", "20261", "0001-01"):
        with pytest.raises(Refusal) as refused:
            review.report(city.office, month)
        assert refused.value == Refusal("FIELD_WRONG", field="month")
