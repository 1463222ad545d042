"""A list that was paid by mistake, taken back on the console by a maker and a checker."""

import re

from app.desk import grant, recall
from app.people import register
from tests.console.desk import MAKER, Desk, said
from tests.desk.test_recall import spend

HELP = 1


def work_off(city) -> None:
    for list_id in grant.unfinished(city.office):
        for _ in grant.pay_rows(city.office, list_id):
            pass


def paid(city, maker, checker, rows: dict) -> str:
    text = "\n".join(f"{one.reference} {won}" for one, won in rows.items())
    path = maker.post("/console/lists/new", status=303, programme=HELP, rows=text).to
    maker.signs(maker.get(path))
    checker.signs(checker.get(path))
    work_off(city)
    return path


def test_a_draft_that_was_overtaken_is_not_offered_for_signing_and_says_how_to_go_on(city, maker, checker):
    kim, erased = city.wallet(), city.wallet()
    wrong = paid(city, maker, checker, {kim: 30_000, erased: 2_000})
    register.erase(city.office.people, MAKER, erased.person, "본인 요청")
    draft = maker.post(f"{wrong}/recall", status=303).to
    spend(city, kim, 1_000)
    page = maker.get(draft)
    assert "data-sign" in page and "지급한 명단의 나머지 1명은 이 명단에 없습니다" in said(page), "they still have money"
    city.wait(recall.FRESH_S + 1)
    maker = Desk(city, MAKER)
    page = maker.get(draft)
    assert "data-sign" not in page and "1명에게서는 이제 이 금액만큼 되돌릴 수 없습니다" in said(page)
    maker.post(f"{draft}/withdraw", status=303)
    assert "data-sign" in maker.get(maker.post(f"{wrong}/recall", status=303).to)


def test_a_wrong_list_is_taken_back_in_two_signatures_from_its_own_page(city, maker, checker):
    kim, lee = city.wallet(), city.wallet()
    wrong = paid(city, maker, checker, {kim: 30_000, lee: 20_000})
    assert "이 명단의 돈 되돌리기" in maker.get(wrong) and "이 명단의 돈 되돌리기" not in checker.get(wrong)
    spend(city, kim, 30_000)
    made = maker.post(f"{wrong}/recall", status=303).to
    page = maker.get(made)
    assert "돈을 되돌리는 명단" in said(page) and "이미 쓴 돈은 되돌아오지 않습니다" in said(page)
    assert "서명하고 올리기" in said(page) and "칸을 다시 고르기" not in said(page) and "지급할 사람" not in said(page) and "매달 반복" not in said(page)
    assert f'href="{made}"' in maker.get(wrong) and f'href="{wrong}"' in page
    again = maker.post(f"{wrong}/recall")
    assert again.status == 409 and "이미" in said(again.page)
    assert maker.signs(page).to == made
    assert "돈을 되돌리는 명단" in said(checker.get("/console/lists"))
    checker.signs(checker.get(made))
    work_off(city)
    page = said(maker.get(made))
    cells = [line.split(",") for line in maker.client.get(f"{made}/rows.csv").data.decode("utf-8-sig").split()]
    assert cells[0][-1] == "taken_back" and [line[-1] for line in cells[1:]] == ["20000"]
    assert "1명에게서 20,000원 되돌림" in page and "남은 돈 없음" not in page and "지급 진행" not in page
    assert city.balance_won(lee) == 0
    nothing = maker.post(f"{wrong}/recall")
    assert nothing.status == 422 and "되돌릴 돈이 남아 있지 않습니다" in said(nothing.page)
    record = said(checker.get("/console/records"))
    assert "돈을 되돌리는 명단(환수)" in record and "되돌림" in record


def test_only_what_was_too_much_is_taken_back_by_a_file(city, maker, checker):
    kim, lee = city.wallet(), city.wallet()
    paid(city, maker, checker, {kim: 30_000})
    form = maker.get("/console/lists/new?back=1")
    assert "되돌릴 명단 올리기" in said(form) and re.search(r'name="back" value="1"', form)
    rows = f"{kim.reference} 27000\n{lee.reference} 27000"
    made = maker.post("/console/lists/new", status=303, programme=HELP, rows=rows, back="1").to
    assert "되돌릴 돈이 남아 있지 않습니다" in said(maker.get(made))
    maker.post(f"{made}/aside", status=303, which="all")
    maker.signs(maker.get(made))
    checker.signs(checker.get(made))
    work_off(city)
    assert city.balance_won(kim) == 3_000 and "27,000원 되돌림" in said(maker.get(made))


def test_a_wrong_file_shows_the_form_again_with_its_direction(maker):
    again = maker.post("/console/lists/new", programme=HELP, rows="", back="1")
    assert again.status >= 400 and 'name="back" value="1"' in again.page and "되돌릴 명단 올리기" in said(again.page)
