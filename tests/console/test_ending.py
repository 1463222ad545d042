"""Whose money ends soon: who is on the list, who called them, what is written to them."""

import re
import time
from datetime import datetime
from io import BytesIO

import pypdfium2
import pytest
from openpyxl import load_workbook
from playwright.sync_api import expect

from app.desk import cards, ending, join, pay
from app.money import orders
from app.money.orders import CHECKER as APPROVES
from app.people import access, calls, posted, register
from app.people.register import Details
from app.web.console import ending as console_ending
from app.web.console import tables
from tests.cast import DAY_S, HOUR_S, City
from tests.console.desk import CHECKER, MAKER, Desk, said
from tests.holder import Holder, cap

PATH = "/console/people/ending"


@pytest.fixture
def city(tmp_path):
    city = City(tmp_path / "data")
    cap(city)
    yield city
    city.close()


@pytest.fixture
def maker(city):
    return Desk(city, MAKER)


@pytest.fixture
def second(city):
    """Another officer who may call too."""
    return Desk(city, CHECKER)


class Waiting:
    """Somebody without a wallet, for whom money waits."""

    def __init__(self, city: City, name: str = "김영자", phone: str = "010-5555-1234"):
        added = register.add(city.office.people, Details(name, "1940-01-02", phone))
        self.person, self.reference = added.token, added.reference


def soon(city: City, days: float, *people, won: int = 12_000) -> None:
    city.top_up(city.open_programme(1, lives_s=int(days * DAY_S)), {each: won for each in people})


def references(page: str) -> list[str]:
    return re.findall(r'<th scope="row"><a href="/console/people/[0-9a-f]{32}">(P-\d+)', page)


# --- who --------------------------------------------------------------------------------------

def test_those_whose_money_ends_within_the_days_are_listed_soonest_first(city, maker):
    waits, lee, kim, later = Waiting(city), Holder(city, 0), city.wallet(help_won=5_000), Waiting(city)
    soon(city, 10, waits, won=3_000)
    soon(city, 2, lee, won=7_000)
    soon(city, 13.9, kim, won=4_000)
    soon(city, 14.1, later, won=9_000)
    found = ending.people(city.office, 14)
    assert [(each.person, each.kind, each.amount_won) for each in found] == [
        (lee.person, "card", 7_000), (waits.person, "none", 3_000), (kim.person, "wallet", 4_000)]
    assert [end.left_days for end in found[0].ends] == [2]
    assert (ending.count(city.office, 14), ending.count(city.office, 3)) == (3, 1)
    page = maker.get(PATH)
    assert references(page) == [lee.reference, waits.reference, kim.reference]
    assert references(maker.get(f"{PATH}?days=3")) == [lee.reference]
    assert references(maker.get(f"{PATH}?who=none")) == [waits.reference]
    assert "14일 안에 3명 · 3일 안에 1명" in said(maker.get("/console"))


def test_what_was_spent_claimed_or_swept_is_on_no_list(city, maker):
    waits, till, kim = Waiting(city), city.till(), city.wallet()
    soon(city, 5, waits, kim, won=3_000)
    code = kim.code(3_000)
    pay.settle(city.office, code, till.charge(code, 3_000))
    assert [each.person for each in ending.people(city.office, 14)] == [waits.person]
    until = b"8 bytes!", city.now_s() + HOUR_S
    city.hand_in(cards.make(city.office, city.numbers[0], waits.person, until))     # what waits is claimed by the card's link
    found, = ending.people(city.office, 14)
    assert (found.person, found.kind, found.amount_won) == (waits.person, "card", 3_000)
    city.wait(5 * DAY_S)
    assert ending.people(city.office, 14) == []


def test_whose_card_was_blocked_for_a_phone_has_a_wallet(city):
    lee = Holder(city, 0)
    soon(city, 5, lee)
    assert [each.kind for each in ending.people(city.office, 14)] == ["card"]
    city.hand_in(orders.KeyRevoke(city.numbers[0], lee.card.key, b"8 bytes!", city.now_s() + HOUR_S))
    assert [each.kind for each in ending.people(city.office, 14)] == ["wallet"]


def test_sums_of_one_day_are_one_line_and_days_are_the_citys(city):
    kim = city.wallet()
    for hours, won in ((24 + 12, 100), (24 + 11, 200), (49, 400)):      # the clock stands at noon
        city.top_up(city.open_programme(1, lives_s=hours * HOUR_S), {kim: won})
    found, = ending.people(city.office, 3)
    assert [(end.left_days, end.amount_won) for end in found.ends] == [(1, 300), (2, 400)]
    assert found.ends[0].day == datetime.fromtimestamp(city.now_s() + DAY_S, city.office.city.zone).date()


# --- calling ----------------------------------------------------------------------------------

def test_a_number_is_shown_for_a_reason_which_is_recorded_and_goes_on(city, maker):
    waits, other = Waiting(city), Waiting(city, "박말순", "010-7777-9999")
    soon(city, 2, waits, other)
    page = maker.get(f"{PATH}?days=3")
    assert "5555" not in page and "김영자" not in page and "12,000" not in page, "nor how much ends"
    assert maker.post(f"{PATH}?days=3", look=waits.person.hex(), why="").status == 400
    assert access.of_person(city.office.people, waits.person) == []
    sent = maker.post(f"{PATH}?days=3", status=200, look=waits.person.hex(), why="기한 안내 전화")
    assert "010-5555-1234" in sent.page and "12,000원" in sent.page and "7777" not in sent.page and 'value="기한 안내 전화"' in sent.page
    seen, = access.of_person(city.office.people, waits.person)
    assert (seen.what, seen.why, seen.officer) == ("unmask", "기한 안내 전화", MAKER)
    assert "5555" not in maker.get(f"{PATH}?days=3"), "looked at again, it asks again"


def test_two_officers_call_nobody_twice(city, maker, second):
    waits = Waiting(city)
    soon(city, 10, waits)
    maker.post(PATH, status=200, look=waits.person.hex(), why="기한 안내")
    refused = second.post(PATH, look=waits.person.hex(), why="기한 안내")
    assert refused.status == 409 and "다른 담당자가 전화하는 분입니다" in said(refused.page) and "5555" not in refused.page
    maker.post(PATH, status=200, called=waits.person.hex(), why="기한 안내")
    page = said(second.get(PATH))
    assert "전화함" in page and "전화번호 보기" not in page
    assert references(second.get(f"{PATH}?call=open")) == [] and references(second.get(f"{PATH}?call=called")) == [waits.reference]
    assert second.post(PATH, called=waits.person.hex(), why="기한 안내").status == 409
    assert "5555" not in second.post(PATH, look=waits.person.hex(), why="기한 안내").page


def test_who_did_not_answer_or_was_only_looked_at_can_be_called_by_another(city, maker, second):
    one, two = Waiting(city), Waiting(city)
    soon(city, 10, one, two)
    maker.post(PATH, status=200, look=one.person.hex(), why="기한 안내")
    maker.post(PATH, status=200, unreached=one.person.hex(), why="기한 안내")
    assert "010-5555-1234" in second.post(PATH, status=200, look=one.person.hex(), why="기한 안내").page
    maker.post(PATH, status=200, look=two.person.hex(), why="기한 안내")
    city.wait(calls.HELD_S)
    assert "010-5555-1234" in second.post(PATH, status=200, look=two.person.hex(), why="기한 안내").page


def test_a_call_is_marked_by_who_opened_the_number_alone(city, maker, second):
    waits = Waiting(city)
    soon(city, 10, waits)
    for state in ("called", "unreached", "undo"):
        refused = maker.post(PATH, **{state: waits.person.hex()}, why="기한 안내")
        assert refused.status == 409 and "전화번호를 먼저 열어야 합니다" in said(refused.page)
    maker.post(PATH, status=200, look=waits.person.hex(), why="기한 안내")
    city.wait(calls.HELD_S)
    assert second.post(PATH, unreached=waits.person.hex(), why="기한 안내").status == 409, "nor by another, when the number is nobody's any more"
    maker.post(PATH, status=200, unreached=waits.person.hex(), why="기한 안내")
    maker.post(PATH, status=200, unreached=waits.person.hex(), why="기한 안내")
    assert maker.post(PATH, called=waits.person.hex(), why="기한 안내").status == 409, "another call asks for the number again"
    assert ending.people(city.office, 14)[0].call.state == calls.UNREACHED


def test_who_marked_a_call_by_mistake_takes_it_back_and_no_other_does(city, maker, second):
    waits = Waiting(city)
    soon(city, 10, waits)
    maker.post(PATH, status=200, look=waits.person.hex(), why="기한 안내")
    maker.post(PATH, status=200, called=waits.person.hex(), why="기한 안내")
    assert "표시 취소" not in said(second.get(PATH)) and second.post(PATH, undo=waits.person.hex()).status == 409
    assert references(maker.get(f"{PATH}?call=open")) == [] and "표시 취소" in said(maker.get(PATH))
    maker.post(PATH, status=200, undo=waits.person.hex())
    assert references(maker.get(f"{PATH}?call=open")) == [waits.reference] and maker.post(PATH, undo=waits.person.hex()).status == 409
    maker.post(PATH, status=200, look=waits.person.hex(), why="기한 안내")
    maker.post(PATH, status=200, called=waits.person.hex(), why="기한 안내")
    assert references(maker.get(f"{PATH}?call=called")) == [waits.reference]


def test_who_was_called_at_two_weeks_is_called_again_at_three_days(city, maker):
    waits = Waiting(city)
    soon(city, 10, waits)
    calls.look(city.office.people, MAKER, waits.person, "기한 안내", 0)
    calls.mark(city.office.people, MAKER, waits.person, calls.CALLED, 0)
    assert references(maker.get(f"{PATH}?call=called")) == [waits.reference]
    city.wait(7.5 * DAY_S)
    assert [each.call for each in ending.people(city.office, 3)] == [None]
    assert ending.people(city.office, 14)[0].call is not None


def test_only_registrars_see_the_list(city):
    checker = Desk(city, CHECKER, roles=APPROVES)
    soon(city, 2, Waiting(city))
    assert checker.client.get(PATH).status_code == 403
    assert checker.post(PATH, look=b"\0".hex() * 16, why="기한 안내").status == 403
    assert "곧 끝나는 돈" not in said(checker.get("/console"))


def test_an_erased_person_is_on_no_page_and_no_file(city, maker):
    waits, gone = Waiting(city), Waiting(city)
    soon(city, 2, waits, gone)
    register.erase(city.office.people, MAKER, gone.person, "본인 요청")
    assert references(maker.get(PATH)) == [waits.reference]
    assert gone.reference not in maker.get(f"{PATH}?csv=1")


def test_the_list_is_a_file_with_masks(city, maker):
    waits = Waiting(city)
    soon(city, 2, waits)
    text = maker.get(f"{PATH}?days=3&csv=1")
    assert waits.reference in text and "010-****-1234" in text and "5555" not in text
    assert "12000" not in text and "12,000" not in text, "what somebody has is shown for a reason alone"
    answer = maker.client.get(f"{PATH}?days=3&xlsx=1")
    rows = list(load_workbook(BytesIO(answer.get_data())).active.iter_rows(values_only=True))
    assert rows[1][0] == waits.reference and 12_000 not in rows[1]


def test_an_officer_calls_by_keyboard_alone(seats, town):
    waits = Waiting(town)
    soon(town, 2, waits)
    office = seats(MAKER).with_key()
    office.go(f"{PATH}?days=3&who=none&call=open")
    keys = office.page.keyboard
    office.page.get_by_label("가린 정보를 보는 이유").focus()
    keys.type("기한 안내 전화")
    keys.press("Tab")                       # the table, which scrolls
    while office.page.evaluate("document.activeElement.name") != "look" or waits.person.hex() != office.page.evaluate("document.activeElement.value"):
        keys.press("Tab")
    keys.press("Enter")
    expect(office.page.locator(".number")).to_have_text("010-5555-1234")
    expect(office.page.locator(".number")).to_be_focused()
    office.page.get_by_label("가린 정보를 보는 이유").focus()
    keys.press("Enter")                     # marks nobody
    expect(office.page.locator(".number")).to_have_count(0)
    found = next(each for each in ending.people(town.office, 3) if each.person == waits.person)
    assert (found.call.state, found.call.officer) == (calls.LOOKED, MAKER)
    office.page.locator(f"button[name=look][value='{waits.person.hex()}']").focus()
    keys.press("Enter")
    expect(office.page.locator(".number")).to_be_focused()
    keys.press("Tab")
    expect(office.page.get_by_role("button", name="전화했음")).to_be_focused()
    keys.press("Enter")
    expect(office.page.locator(".number")).to_have_count(0)
    found = next(each for each in ending.people(town.office, 3) if each.person == waits.person)
    assert (found.call.state, found.call.officer) == (calls.CALLED, MAKER)


# --- letters ----------------------------------------------------------------------------------

def pages_of(desk: Desk, path: str, **fields) -> list[str]:
    token = re.search(r'name="form" value="([^"]+)"', desk.client.get("/console/key").text)[1]
    answer = desk.client.post(path, data={"form": token, **fields})
    assert answer.mimetype == "application/pdf" and answer.headers["Cache-Control"] == "no-store", said(answer.text)
    return [" ".join(page.get_textpage().get_text_range().split()) for page in pypdfium2.PdfDocument(BytesIO(answer.get_data()))]


def test_a_file_of_addresses_is_printed_and_somebody_left_out_of_it_is_named_first(city, maker):
    waits, kim = Waiting(city), city.wallet()
    soon(city, 10, waits, kim)
    file = f"관리번호,주소\n{waits.reference},청주시 상당로 155\n".encode()
    sent = {"part": "next", "why": "기한 안내", "addresses": (BytesIO(file), "주소.csv")}
    refused = maker.post(f"{PATH}/letters", data=sent)
    assert refused.status == 422 and kim.reference in said(refused.page) and "주소가 없는 분" in said(refused.page)
    letters = pages_of(maker, f"{PATH}/letters", **{**sent, "addresses": (BytesIO(file), "주소.csv")}, without="1")
    assert sorted("청주시 상당로 155" in text for text in letters) == [False, True]


def test_each_gets_a_letter_that_fits_what_they_have(city, maker):
    waits, lee, kim = Waiting(city), Holder(city, 0), city.wallet()
    soon(city, 10, waits, lee, kim)
    soon(city, 2, kim, won=700)
    letters = pages_of(maker, f"{PATH}/letters?days=14", part="next", why="기한 안내 편지")
    assert len(letters) == 3
    by_name = {name: next(text for text in letters if name in text) for name in ("김영자 귀하", "이순자 귀하", "주민1 귀하")}
    code = re.search(r"\d{4}-\d{4}-\d{4}-\d{4}", by_name["김영자 귀하"])[0]
    assert "12,000원 (만 이천 원)" in by_name["김영자 귀하"] and waits.reference in by_name["김영자 귀하"]
    assert "종이 카드와 비밀번호" in by_name["이순자 귀하"] and not re.search(r"\d{4}-\d{4}-", by_name["이순자 귀하"])
    assert "700원 (칠백 원)" in by_name["주민1 귀하"] and "휴대전화의 헤그 지갑" in by_name["주민1 귀하"]
    assert [each.what for each in access.of_person(city.office.people, kim.person)] == ["letter"]
    phone = city.wallet(linked=False)
    assert join.wish(city.office, phone.joining(), code), "the code is good"


REFERENCE = re.compile(r"P-\d+")


def test_between_two_files_nobody_is_left_out_and_nobody_written_to_twice(city, maker, second, monkeypatch):
    monkeypatch.setattr(ending, "AT_ONCE", 2)
    people = [Waiting(city, f"주민{letter}") for letter in "가나다라마바"]
    for days, each in enumerate(people, 2):
        soon(city, days, each)
    assert "아직 편지를 만들지 않은 6명" in said(maker.get(f"{PATH}/letters"))
    written = [REFERENCE.search(text)[0] for text in pages_of(maker, f"{PATH}/letters", part="next", why="기한 안내")]
    register.erase(city.office.people, MAKER, people[0].person, "본인 요청")        # those behind move up
    assert "아직 편지를 만들지 않은 4명" in said(second.get(f"{PATH}/letters"))
    for desk in (second, maker):
        written += [REFERENCE.search(text)[0] for text in pages_of(desk, f"{PATH}/letters", part="next", why="기한 안내")]
    assert written == [each.reference for each in people]
    assert maker.post(f"{PATH}/letters", part="next", why="기한 안내").status == 422
    assert "편지 만듦" in said(maker.get(PATH))


def test_a_file_is_made_again_for_its_own_people(city, maker, monkeypatch):
    monkeypatch.setattr(ending, "AT_ONCE", 1)
    one, two = Waiting(city), Waiting(city)
    soon(city, 2, one)
    soon(city, 3, two)
    pages_of(maker, f"{PATH}/letters", part="next", why="기한 안내")
    pages_of(maker, f"{PATH}/letters", part="next", why="기한 안내")
    batches = re.findall(r'<option value="(\d+)"', maker.get(f"{PATH}/letters"))
    assert batches == ["2", "1"] and 'value="next"' not in maker.get(f"{PATH}/letters")
    for batch, whose in zip(batches, (two, one), strict=True):
        again, = pages_of(maker, f"{PATH}/letters", part=batch, why="종이가 걸림")
        assert whose.reference in again
    assert maker.post(f"{PATH}/letters", part="9", why="기한 안내").status == 422


def test_who_got_a_letter_at_two_weeks_gets_one_at_three_days(city, maker):
    waits = Waiting(city)
    soon(city, 10, waits)
    assert len(pages_of(maker, f"{PATH}/letters", part="next", why="기한 안내")) == 1
    city.wait(7.5 * DAY_S)
    later = Desk(city, CHECKER)
    assert later.post(f"{PATH}/letters", part="next", why="기한 안내").status == 422
    assert len(pages_of(later, f"{PATH}/letters?days=3", part="next", why="기한 안내")) == 1


def test_of_two_files_at_the_same_moment_each_person_is_in_one(city):
    wanted = [(Waiting(city).person, 0) for _ in range(3)]
    first, then = (posted.claim(city.office.people, MAKER, wanted, 2) for _ in range(2))
    assert (first, then) == ({wanted[0][0], wanted[1][0]}, {wanted[2][0]})
    assert posted.claim(city.office.people, MAKER, [(b"nobody's token..", 0)], 2) == set()


def test_letters_need_a_reason_and_go_out_for_those_who_are_filtered(city, maker):
    waits, lee = Waiting(city), Holder(city, 0)
    soon(city, 2, waits, lee)
    assert maker.post(f"{PATH}/letters", part="next", why="").status == 400
    assert len(pages_of(maker, f"{PATH}/letters?days=3&who=card", part="next", why="기한 안내")) == 1
    assert maker.post(f"{PATH}/letters?who=wallet", part="next", why="기한 안내").status == 422


def test_a_call_reads_one_person_and_pages_read_everybody_seldom(city, maker, monkeypatch):
    """A hundred thousand people are read in seconds, of which each click would take some."""
    waits, lee = Waiting(city), Holder(city, 0)
    soon(city, 2, waits, lee)
    everybody, readings = ending._held, []
    monkeypatch.setattr(ending, "_held", lambda office, days: readings.append(days) or everybody(office, days))
    for person in (waits.person, lee.person):
        maker.post(PATH, status=200, look=person.hex(), why="기한 안내")
        maker.post(PATH, status=200, called=person.hex(), why="기한 안내")
    assert len(references(maker.get(f"{PATH}?call=called"))) == 2, "calls are seen at once"
    assert readings == [14]
    city.wait(ending.KEPT_S)
    maker.get(PATH)
    assert readings == [14, 14]


def test_what_of_one_person_ends_is_what_the_list_says(city):
    waits, lee, kim, other = Waiting(city), Holder(city, 0), city.wallet(help_won=5_000), Waiting(city)
    soon(city, 2, waits, lee, kim)
    soon(city, 9, kim, won=700)
    soon(city, 20, waits, other)
    for days in ending.WARN_DAYS, ending.SOON_DAYS:
        listed = {each.person: each.ends for each in ending.people(city.office, days)}
        for one in waits, lee, kim, other:
            assert ending.ends_of(city.office, one.person, days) == listed.get(one.person, ())


def test_a_file_of_too_many_is_refused_before_anybodys_name_is_read(city, maker, monkeypatch):
    soon(city, 2, Waiting(city), Waiting(city))
    monkeypatch.setattr(tables, "MOST_ROWS", 1)
    monkeypatch.setattr(console_ending, "_lines", lambda *_: pytest.fail("read"))
    assert maker.client.get(f"{PATH}?csv=1").status_code == 413


@pytest.mark.prove
def test_a_list_of_thousands_is_quick(city):
    """Sixty thousand would be read in less than a minute; the page asks for it each time."""
    people = [Waiting(city) for _ in range(1_000)]
    soon(city, 2, *people, won=100)
    ending.people(city.office, 14)
    begun = time.perf_counter()
    assert len(ending.people(city.office, 14)) == 1_000
    assert time.perf_counter() - begun < 1
