"""Lists that wait for their moment, come again every month, or go to people who have no wallet."""

import io
from dataclasses import replace
from datetime import datetime

import pypdfium2
import pytest

from app.desk import certify, draft, grant, letters, monthly
from app.errors import Refusal, SetupError
from app.money import policy
from app.money.lists import leaves_root
from app.money.orders import Grant, Link
from app.money.orders_offline import Policy
from app.money.state import Register
from app.message.keys import Signer
from app.people import access, addresses, drafts, joins, lists, posted, register, repeats, series, sheet, signin
from app.people.columns import FIRST_TWO, Shape
from app.people.lists import Upload
from app.people.register import Details
from app.web import letter_pdf
from app.web.start import shell_of
from app.work import Work
from tests.cast import CHECKER, DAY_S, HELP, HOUR_S, MAKER, Wallet
from tests.console.desk import signed_sheet


def proposed(city, text, start_s=0):
    """A list by the first hand that waits for the second; (its id, the approval)."""
    office, maker = city.office, city.numbers[MAKER]
    made = grant.upload(office, Upload(HELP, maker, "a.csv", text.encode()))
    drafts.set_aside(office.people, made.list_id, maker)
    drafts.start_at(office.people, made.list_id, maker, start_s)
    raw = city.signed(MAKER, Grant(
        maker, HELP, made.list_id, leaves_root(grant.leaves(made, lists.payable(office.people, made.list_id))), made.count,
        made.total_won, city.now_s() + 3 * HOUR_S))
    grant.propose(office, maker, made.list_id, raw)
    return made.list_id, raw


def test_a_list_that_waits_is_entered_when_its_moment_comes(city, tmp_path):
    kim = city.wallet()
    list_id, raw = proposed(city, f"{kim.reference},5000\n", city.now_s() + HOUR_S // 2)
    assert grant.approve(city.office, city.numbers[CHECKER], list_id, city.approval(raw)) == 0
    work = Work(city.office, tmp_path / "lock")
    work.tick()
    assert (city.balance_won(kim), city.office.store.get(Register.LIST, list_id)) == (0, None)
    city.wait(HOUR_S // 2)
    work.tick()
    assert (city.balance_won(kim), lists.get(city.office.people, list_id).state) == (5_000, "issued")


def test_a_list_that_waits_may_be_stopped_and_is_never_entered(city):
    kim = city.wallet()
    list_id, raw = proposed(city, f"{kim.reference},5000\n", city.now_s() + 600)
    grant.approve(city.office, city.numbers[CHECKER], list_id, city.approval(raw))
    lists.stop(city.office.people, list_id, city.numbers[CHECKER], "예산 확인")
    city.wait(HOUR_S)
    assert grant.unfinished(city.office) == []
    with pytest.raises(Refusal, match="LIST_CLOSED"):
        grant.approve(city.office, city.numbers[CHECKER], list_id, city.approval(raw))


def test_on_its_day_a_monthly_list_is_a_new_draft_judged_anew(city, monkeypatch):
    kim, lee = city.wallet(), city.wallet()
    people, maker = city.office.people, city.numbers[MAKER]
    first = city.top_up(HELP, {kim: 5_000, lee: 6_000})
    with pytest.raises(Refusal, match="FIELD_WRONG"):
        monthly.begin(city.office, maker, first, 32)
    with pytest.raises(Refusal, match="NOT_YOURS"):
        monthly.begin(city.office, 77, first, 31)
    one = monthly.begin(city.office, maker, first, 31)
    assert datetime.fromtimestamp(one.next_at_s, city.office.city.zone).isoformat() == "2026-12-31T06:00:00+09:00"
    with pytest.raises(Refusal, match="ALREADY_DONE"):
        monthly.begin(city.office, maker, first, 5)
    assert not monthly.prepare_due(city.office)
    register.erase(people, maker, lee.person, "본인 요청")
    city.wait(one.next_at_s - city.now_s())
    with monkeypatch.context() as torn:
        torn.setattr(sheet, "line", lambda row: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            monthly.prepare_due(city.office)
    assert not lists.newest(people, lists.DRAFT), "half a list is on no desk, and the month is not over"
    with people.write() as connection:
        drafts.begin(connection, people, Upload(HELP, maker, "", b""), Shape(0, FIRST_TWO, True), one.number)
    assert not monthly.prepare_due(city.office), "another process makes it"
    city.wait(drafts.TORN_S + 1)
    drafts.forget_files(people)
    assert monthly.prepare_due(city.office) and not monthly.prepare_due(city.office)
    assert series.prepare(people, one, one.next_at_s) is None      # another process, a moment later
    assert grant.judge_all(city.office)
    made = lists.newest(people, lists.DRAFT)[0]
    assert (made.maker, made.series, made.count, made.total_won) == (maker, one.number, 1, 5_000)
    assert lists.reasons(people, made.list_id) == {"ROW_UNKNOWN_PERSON": 1}
    city.wait(32 * DAY_S)
    monthly.prepare_due(city.office)
    assert len(lists.newest(people, lists.DRAFT)) == 1            # last month's still lies on the desk
    lists.withdraw(people, made.list_id, maker)
    series.stop(people, one.number)
    city.wait(40 * DAY_S)
    assert not monthly.prepare_due(city.office)


def test_who_was_left_out_of_a_month_for_what_may_pass_is_judged_again_in_the_next(city):
    kim, lee, gone = city.wallet(), city.wallet(), city.wallet()
    people, maker = city.office.people, city.numbers[MAKER]
    city.freeze(lee)
    city.freeze(gone)
    list_id, raw = proposed(city, f"{kim.reference},5000\n{lee.reference},\"6,000원\"\n{gone.reference},7000\nP-9999,1\n{kim.reference},1\n")
    assert lists.reasons(people, list_id) == {"ROW_LOCKED": 2, "ROW_UNKNOWN_PERSON": 1, "ROW_TWICE": 1}
    grant.approve(city.office, city.numbers[CHECKER], list_id, city.approval(raw))
    one = monthly.begin(city.office, maker, list_id, 31)
    city.freeze(lee, False)
    register.erase(people, maker, gone.person, "본인 요청")
    city.wait(one.next_at_s - city.now_s())
    monthly.prepare_due(city.office)
    grant.judge_all(city.office)
    made = lists.newest(people, lists.DRAFT)[0]
    assert [(row.person, row.amount_won) for row in lists.payable(people, made.list_id)] == [(kim.person, 5_000), (lee.person, 6_000)]
    assert lists.reasons(people, made.list_id) == {}


def test_last_months_list_is_no_warning_for_a_monthly_one_and_any_other_is(city):
    kim = city.wallet()
    people, maker = city.office.people, city.numbers[MAKER]
    first = city.top_up(HELP, {kim: 5_000})
    one = monthly.begin(city.office, maker, first, 31)
    city.wait(one.next_at_s - city.now_s())
    monthly.prepare_due(city.office)
    grant.judge_all(city.office)
    assert repeats.seen(people, lists.newest(people, lists.DRAFT)[0].list_id) is None
    again = grant.upload(city.office, Upload(HELP, maker, "", f"{kim.reference},5000\n".encode()))
    assert repeats.seen(people, again.list_id).list_id == first


def paper_of(office, addresses=None):
    return letter_pdf.Letters(shell_of(office).words, "시", office.genesis.host, office.city.zone, addresses or {})


LONG = "충청북도 청주시 상당구 상당로155번길 33 (북문로3가, 아주긴이름의아파트단지) 123동 1503호 관리사무소 건너편 두 번째 집 파란 대문"


@pytest.mark.parametrize("address", ["(28501) 충청북도 청주시 상당구 상당로 155", LONG, "청" * 90], ids=["short", "long", "longest"])
def test_an_address_stands_in_the_window_above_the_name_and_is_kept_nowhere(city, address):
    people, office, maker = city.office.people, city.office, city.numbers[MAKER]
    away, other = (register.add(people, Details(name, "1950-03-14", "")) for name in ("남궁하늘", "이바다"))
    list_id, raw = proposed(city, f"{away.reference},2000\n{other.reference},3000\n")
    grant.approve(office, city.numbers[CHECKER], list_id, city.approval(raw))
    found = lists.get(people, list_id)
    to = addresses.read(f"관리번호,주소\n{away.reference.lower()},\"{address}\"\n".encode(), must=True)
    assert address not in repr(to)
    with pytest.raises(Refusal) as refused:
        letters.write(office, maker, found, "12월 우편 발송", to)
    assert (refused.value.word, refused.value.facts) == ("ADDRESS_MISSING", {"rows": 1, "reference": other.reference})
    assert not any(one.letter for one in letters.addressees(office, found)) and access.of_person(people, away.token) == []
    post = letters.write(office, maker, found, "12월 우편 발송", replace(to, must=False))
    first, second = pypdfium2.PdfDocument(io.BytesIO(letter_pdf.pdf(post, paper_of(office, to.of))))
    seen = {"left": 20 * 72 / 25.4, "right": 105 * 72 / 25.4, "top": (297 - 45) * 72 / 25.4, "bottom": (297 - 90) * 72 / 25.4}
    window = first.get_textpage().get_text_bounded(**seen)
    shown = "".join(window.split())
    assert "".join(address.split()) in shown and shown.index("".join(address.split())) < shown.index("남궁하늘귀하") and away.reference in shown
    assert "이바다 귀하" in second.get_textpage().get_text_bounded(**seen)
    assert address[:12].encode() not in b"".join(file.read_bytes() for file in city.folder.people.parent.glob("people.sqlite*"))


def test_an_address_that_no_window_shows_is_refused_with_its_row():
    with pytest.raises(Refusal) as refused:
        addresses.read(f"P-1,청주시\nP-2,{'청' * 60},{'주' * 60}\n".encode(), must=True)
    assert (refused.value.word, refused.value.facts) == ("ADDRESS_LONG", {"row": 2})
    assert addresses.read("P-1, ,청주시, 상당로 1\n\n".encode(), must=False).of == {"P-1": "청주시 상당로 1"}


def test_a_letter_holds_a_code_that_links_and_is_on_the_access_record(city):
    people, office, maker = city.office.people, city.office, city.numbers[MAKER]
    kim, away = city.wallet(), register.add(people, Details("남궁하늘", "1950-03-14", ""))
    list_id, raw = proposed(city, f"{kim.reference},1000\n{away.reference},2000\n")
    with pytest.raises(Refusal, match="LIST_CLOSED"):
        letters.write(office, maker, lists.get(people, list_id), "우편 발송")
    grant.approve(office, city.numbers[CHECKER], list_id, city.approval(raw))
    found = lists.get(people, list_id)
    assert [one.person for one in letters.addressees(office, found)] == [away.token]
    with pytest.raises(Refusal, match="REASON_MISSING"):
        letters.write(office, maker, found, "")
    post = letters.write(office, maker, found, "12월 우편 발송")
    [letter] = post.letters
    assert [(one.what, one.why) for one in access.of_person(people, away.token)] == [("letter", "12월 우편 발송")]
    content = letter_pdf.pdf(post, paper_of(office))
    pages = pypdfium2.PdfDocument(io.BytesIO(content))
    page = pages[0].get_textpage()
    text = page.get_text_bounded()
    assert len(pages) == 1 and "남궁하늘 귀하" in text and letter.code in text and away.reference in text
    window = page.get_text_bounded(left=20 * 72 / 25.4, right=105 * 72 / 25.4, top=(297 - 45) * 72 / 25.4, bottom=(297 - 90) * 72 / 25.4)
    assert "남궁하늘 귀하" in window and letter.code not in window and "안내" not in window
    with pytest.raises(Refusal, match="LIST_EMPTY"):
        letters.write(office, maker, found, "또 누르다")
    [one] = letters.addressees(office, found)
    again = letters.again(office, maker, found, one.letter.batch, "다시 발송").letters[0]
    wallet = Wallet(city)
    with pytest.raises(Refusal, match="JOIN_CODE_WRONG"):
        joins.wish(people, letter.code, wallet.account)
    assert joins.wish(people, again.code, wallet.account).person == away.token


def test_who_joins_between_two_files_of_letters_leaves_nobody_without_one(city, monkeypatch):
    monkeypatch.setattr(letters, "AT_ONCE", 2)
    people, office, maker = city.office.people, city.office, city.numbers[MAKER]
    away = [register.add(people, Details(name, "1950-03-14", "")) for name in ("남궁하늘", "이바다", "박구름")]
    list_id, raw = proposed(city, "".join(f"{one.reference},2000\n" for one in away))
    grant.approve(office, city.numbers[CHECKER], list_id, city.approval(raw))
    found = lists.get(people, list_id)
    assert [one.person for one in letters.write(office, maker, found, "12월 우편 발송").letters] == [away[0].token, away[1].token]
    city.hand_in(Link(maker, Wallet(city).account, away[0].token, bytes(8), city.now_s() + HOUR_S))
    assert [one.person for one in letters.write(office, maker, found, "12월 우편 발송").letters] == [away[2].token]
    left = letters.addressees(office, found)
    assert [one.person for one in left] == [away[1].token, away[2].token] and left[0].letter.batch != left[1].letter.batch
    assert [one.person for one in letters.again(office, maker, found, left[0].letter.batch, "분실").letters] == [away[1].token]
    assert posted.newest(people) == {}      # none of them is about money that ends


def test_a_letter_promises_nothing_that_went_back_or_was_taken_back(city):
    people, office, maker = city.office.people, city.office, city.numbers[MAKER]
    away, full = (register.add(people, Details(name, "1950-03-14", "")) for name in ("남궁하늘", "이바다"))
    list_id, raw = proposed(city, f"{away.reference},2000\n{full.reference},3000\n")
    now_s = city.now_s()
    city.hand_in(Policy(0, policy.HOLD_KNOWN, 2_500, now_s, now_s + DAY_S, bytes(8), now_s + HOUR_S))
    grant.approve(office, city.numbers[CHECKER], list_id, city.approval(raw))
    found = lists.get(people, list_id)
    for _ in grant.pay_rows(office, list_id):
        pass
    post = letters.write(office, maker, found, "12월 우편 발송")
    assert post.won == {away.token: 2_000, full.token: 0}
    content = letter_pdf.pdf(post, paper_of(office))
    first, second = (page.get_textpage().get_text_bounded() for page in pypdfium2.PdfDocument(io.BytesIO(content)))
    assert "시에서 맡아 두었습니다" in first and "맡아" not in second
    city.wait(DAY_S * 400)      # what waited has ended
    [batch] = {one.letter.batch for one in letters.addressees(office, found)}
    assert letters.again(office, maker, found, batch, "다시").won == {away.token: 0, full.token: 0}


def test_a_file_from_the_command_line_waits_on_the_desk_of_the_named_officer(city):
    kim, people = city.wallet(), city.office.people
    login = next(one.login for one in signin.officers(people) if one.number == 1)

    def lay(login=login, **headers):
        raw = f"받는 분,몫\n{kim.reference},5000\n없음,1\n".encode()
        return draft.lay(city.office, draft.Paper("a.csv", raw, HELP, login, headers))

    with pytest.raises(SetupError, match="signs in as"):
        lay("nobody")
    with pytest.raises(Refusal, match="NO_RIGHT"):
        lay()
    certify.admit(city.office, signed_sheet(city, 1, Signer(bytes([1]) * 32).public))
    with pytest.raises(SetupError, match="--reference"):
        lay()
    with pytest.raises(SetupError, match="no row"):
        lay(reference="받는 분", amount="금액")
    assert lists.newest(people, lists.DRAFT) == []
    made = lay(reference="받는분", amount="몫")
    assert (made.maker, made.state, made.count, made.total_won, made.faulty) == (1, "draft", 1, 5_000, 1)
    assert draft.describe(city.office, made)[1] == "  ROW_UNKNOWN_PERSON: 1"
    assert lay().count == 1         # the second file of this shape needs no headers
