"""연결 요청: many wallets that asked from home, ticked and signed at once, each by itself."""

import csv
import io
import re
from html import unescape

import pytest
from playwright.sync_api import expect

from app.money import orders
from app.money.state import Register
from app.people import joins, register
from app.people.register import Details
from tests.cast import City
from tests.console.desk import AUDITOR, CHECKER, DESK, MAKER, TABLET, Desk, said
from tests.console.test_browser import SMALL, shot
from tests.wallet.test_screens import AXE, RULES


@pytest.fixture(scope="module")
def city(tmp_path_factory):
    city = City(tmp_path_factory.mktemp("wishes") / "data")
    yield city
    city.close()


@pytest.fixture(scope="module")
def maker(city):
    return Desk(city, MAKER)


@pytest.fixture(scope="module")
def checker(city):
    return Desk(city, CHECKER)


@pytest.fixture(autouse=True)
def nobody_waits(city):
    yield
    with city.office.people.write() as connection:
        connection.execute("DELETE FROM join_wish")


def asks(city: City, person: bytes = b"", officer: int = MAKER, account: bytes = b"") -> joins.Wish:
    """A wallet whose owner typed the code that the office sent."""
    person = person or register.add(city.office.people, Details("남궁하늘", "1940-01-02", "")).token
    code = joins.send_code(city.office.people, officer, person)
    return joins.wish(city.office.people, code, account or city.wallet(linked=False).account)


def who_left(city: City):
    """Somebody whose wallet was taken from them: another link takes two."""
    before = city.wallet()
    city.hand_in(orders.Link(city.numbers[0], before.account, b"", bytes(8), city.now_s() + 3600))
    return before


def rows(page: str) -> list[str]:
    """What each row of the first table says."""
    return [unescape(" ".join(re.sub(r"<[^>]*>", " ", row).split())) for row in re.findall(r"<tr>(.*?)</tr>", re.search(
        r"<tbody>.*?</tbody>", page, re.DOTALL)[0], re.DOTALL)]


def ticked(*wishes: joins.Wish) -> dict:
    return {"which": "chosen", "wish": [str(one.number) for one in wishes]}


def owner(city: City, wish: joins.Wish) -> bytes:
    """Whose the wallet is now."""
    return city.office.store.get(Register.ACCOUNT, wish.account).person


def test_today_counts_them_in_one_line_and_asks_nothing_of_each(city, maker):
    wishes = [asks(city) for _ in range(3)]
    page = maker.get("/console")
    assert page.count("/console/wishes") == 1 and "연결 요청 3건" in said(page) and "남" not in said(page).split("단축키")[0]
    assert len(rows(maker.get("/console/wishes"))) == 3 and f"/console/wishes/{wishes[0].number}" in maker.get("/console/wishes")
    assert "연결 요청" not in said(Desk(city, AUDITOR).get("/console")), "it is a registrar's to do"


def test_several_are_signed_at_once_and_those_of_who_had_a_wallet_wait_for_another(city, maker, checker):
    left = who_left(city)
    new, again, stays = asks(city), asks(city, left.person), asks(city)
    page = maker.post("/console/wishes/sign", status=200, data=ticked(new, again)).page
    assert ["바로 연결" in row for row in rows(page)] == [True, False] and "두 사람이 서명" in rows(page)[1]
    done = maker.signs_many(page)
    assert done.status == 200 and "서명 2건을 모두 받았습니다" in said(done.page)
    assert owner(city, new) == new.person and joins.get(city.office.people, new.number).state == joins.LINKED
    assert owner(city, again) == b"" and joins.waiting(city.office.people) == [again, stays]
    proposal = re.search(r"/console/proposals/\w+", done.page)[0]
    listed = maker.get("/console/wishes")
    assert proposal in listed and listed.count('name="wish"') == 1, "nobody signs it a second time"
    checker.signs(checker.get(proposal))
    assert owner(city, again) == again.person and joins.waiting(city.office.people) == [stays]


def test_what_is_refused_says_why_in_its_row_and_stays_in_the_list(city, maker):
    first, second, third = asks(city), asks(city), asks(city)
    page = maker.post("/console/wishes/sign", status=200, data=ticked(first, second, third)).page
    city.hand_in(orders.Link(city.numbers[0], city.wallet(linked=False).account, second.person, bytes(8), city.now_s() + 3600))    # meanwhile
    done = maker.signs_many(page).page
    assert ["이미 지갑이 연결된 분입니다" in row for row in rows(done)] == [False, True, False]
    assert "서명 2건을 받았습니다. 받지 못한 1건은 목록에 그대로" in said(done)
    assert [owner(city, one) for one in (first, second, third)] == [first.person, b"", third.person]
    assert joins.waiting(city.office.people) == [second]
    again = maker.signs_many(page).page     # the page was loaded anew: nothing moves twice
    assert "받지 못한 3건" in said(again) and owner(city, first) == first.person
    listed = maker.get("/console/wishes")
    assert "이미 연결된 분이나 지갑" in said(listed) and 'name="wish"' not in listed


def test_a_wish_that_was_refused_meanwhile_is_not_signed_from_a_page_left_open(city, maker):
    alone, together = asks(city), asks(city)
    pages = [maker.get(f"/console/wishes/{alone.number}"), maker.post("/console/wishes/sign", status=200, data=ticked(together)).page]
    for one in (alone, together):
        joins.refuse(city.office.people, one.number)
    assert maker.signs(pages[0]).status == 409
    assert "이미 처리된 일입니다" in rows(maker.signs_many(pages[1]).page)[0]
    assert [owner(city, one) for one in (alone, together)] == [b"", b""], "their wallets were told that nobody links them"


def test_wishes_of_one_person_or_one_wallet_are_not_signed_together(city, maker):
    first = asks(city)
    person, wallet, closed = asks(city, first.person), asks(city, account=first.account), asks(city)
    joins.refuse(city.office.people, closed.number)
    page = maker.post("/console/wishes/sign", status=200, data=ticked(first, person, wallet, closed)).page
    assert "이번에 서명하지 않는 요청 3건" in said(page) and len(rows(page)) == 1
    assert said(page).count("같은 분이나 같은 지갑의 요청이 함께 있음") == 2 and "이미 끝난 요청" in said(page)
    assert len(re.search(r'data-payloads="([^"]*)"', page)[1].split()) == 1
    assert maker.post("/console/wishes/sign", status=303, which="chosen").to == "/console/wishes"
    assert "지금 서명할 수 있는 요청이 없습니다" in said(maker.post("/console/wishes/sign", status=200, data=ticked(closed)).page)


def test_the_list_is_paged_filtered_by_its_address_and_a_file(city, maker):
    account = city.wallet(linked=False).account
    for number in range(60):
        asks(city, officer=MAKER if number % 20 else CHECKER, account=account)
    page = maker.get("/console/wishes")
    assert len(rows(page)) == 50 and page.count('name="shown"') == 50 and "60건" in said(page)
    following = maker.get(unescape(re.search(r'rel="next" href="([^"]+)"', page)[1]))
    assert len(rows(following)) == 10 and not set(rows(page)) & set(rows(following))
    assert len(rows(maker.get(f"/console/wishes?officer={CHECKER}"))) == 3
    table = list(csv.reader(io.StringIO(maker.client.get("/console/wishes?csv=1").data.decode("utf-8-sig"))))
    assert table[0] == ["관리번호", "이름", "생년월일", "요청한 때", "번호를 보낸 사람", "상태"] and len(table) == 61
    assert table[1][1:3] == ["남**늘", "1940-**-**"]
    shown = re.findall(r'name="shown" value="(\d+)"', page)
    assert "이번에 서명하지 않는 요청 49건" in said(maker.post("/console/wishes/sign", status=200, data={"which": "all", "shown": shown}).page)


def test_a_link_made_at_the_counter_ends_the_wish_for_it(city, maker):
    wish = asks(city)
    city.hand_in(orders.Link(city.numbers[0], wish.account, wish.person, bytes(8), city.now_s() + 3600))
    assert joins.waiting(city.office.people) == []


def test_an_auditor_reads_the_list_and_signs_nothing(city):
    asks(city)
    auditor = Desk(city, AUDITOR)
    page = auditor.get("/console/wishes")
    assert len(rows(page)) == 1 and 'name="wish"' not in page and "서명하기" not in said(page)
    assert auditor.post("/console/wishes/sign", which="all").status == 403 == auditor.post("/console/wishes/signed").status


def test_they_are_ticked_by_keyboard_and_signed_in_a_browser(town, seats):
    for each in joins.waiting(town.office.people):      # what other tests left in the same town
        joins.refuse(town.office.people, each.number)
    office = seats(MAKER, bypass_csp=True).with_key()

    def looked_at(name: str) -> None:
        for at, size in enumerate((TABLET, DESK)):
            office.page.set_viewport_size(size)
            shot(office, f"{name}-{at}")
        office.page.add_script_tag(path=AXE)
        assert office.page.evaluate(RULES) == [] and office.page.evaluate(SMALL) == [], name

    first, second, third = asks(town), asks(town), asks(town, who_left(town).person)
    office.go("/console")
    looked_at("wishes-today")
    office.page.get_by_role("link", name="연결 요청").click()
    expect(office.page.get_by_role("button", name="단축키")).to_be_visible()      # by the script
    for key in ("j", "x", "ArrowDown", "j", "x"):
        office.page.keyboard.press(key)
    looked_at("wishes")
    expect(office.page.locator("input[name=wish]:checked")).to_have_count(2)
    office.press("고른 요청에 서명하기")
    office.sees("2명을 각자의 지갑에 연결합니다")
    looked_at("wishes-sign")
    office.press("2건에 서명하기")
    office.sees("서명 2건을 모두 받았습니다")
    looked_at("wishes-done")
    assert owner(town, first) == first.person and owner(town, second) == b"" == owner(town, third)
    office.page.get_by_role("link", name="연결 요청으로 돌아가기").click()
    expect(office.page.locator("input[name=wish]")).to_have_count(1)
