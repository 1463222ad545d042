"""Lists and figures: what stands in the address, what a spreadsheet gets, what is worked by keyboard."""

import csv
import io
import re

from openpyxl import load_workbook
from playwright.sync_api import expect

from app.desk import figures, grant, pay
from app.people import register, signin
from app.people.register import Details
from app.web.console import listing
from app.web.console.tables import MOST_ROWS, workbook
from tests.cast import DAY_S, GROCERY, HELP, RESTAURANT
from tests.console.desk import MAKER, Desk, said

LISTS = ("/console/people", "/console/programmes", "/console/lists", "/console/shops", "/console/tills", "/console/notices",
         "/console/policies", "/console/records", "/console/records/access", "/console/figures")


def rows_of(desk, path: str) -> list[list[str]]:
    """Of the CSV, without its heading."""
    return list(csv.reader(io.StringIO(desk.client.get(path).data.decode("utf-8-sig"))))[1:]


def sheet_of(desk, path: str):
    answer = desk.client.get(path)
    assert answer.status_code == 200, said(answer.text)
    return load_workbook(io.BytesIO(answer.data)).active


def test_every_list_goes_to_the_spreadsheet_in_both_forms_with_the_same_cells(city, maker):
    city.wallet(help_won=5_000)
    city.till(RESTAURANT)
    for path in LISTS:
        typed = [list(row) for row in sheet_of(maker, f"{path}?xlsx=1").iter_rows(min_row=2, values_only=True)]
        plain = rows_of(maker, f"{path}?csv=1")
        assert [["" if cell is None else str(cell) for cell in row] for row in typed] == plain, path


def test_no_cell_of_a_file_is_run_by_a_spreadsheet(city, maker):
    for number, name in enumerate(("=1+1", "+82", "-5", "@SUM(A1)", "\t=1", "＝1", "\r=1"), 1):
        register.add(city.office.people, Details(f"{name} 김", "1950-03-14", ""), f"X-{number}")
    cells = [row[1] for row in sheet_of(maker, "/console/people?xlsx=1&text=X-").iter_rows(min_row=2)]
    assert [cell.value for cell in cells] == [row[1] for row in rows_of(maker, "/console/people?csv=1&text=X-")]
    assert len(cells) == 7
    for cell in cells:          # the register masks a name: its first letter stays
        assert cell.data_type == "s" and cell.value[0] == "'", cell.value
    tables_cell = workbook("t", ["a"], [[f"{start}1+1"] for start in "=+-@\t\r"] + [["\x00\ud800ok"]])
    found = [row[0] for row in load_workbook(io.BytesIO(tables_cell)).active.iter_rows(min_row=2)]
    assert {cell.data_type for cell in found} == {"s"} and [cell.value[0] for cell in found[:-1]] == ["'"] * 6


def test_a_list_is_sorted_by_its_address_up_and_down_and_says_so(maker):
    up, down = (rows_of(maker, f"/console/shops?csv=1&by=name{more}") for more in ("", "&down=1"))
    names = [row[1] for row in up]
    assert names == sorted(names) and down == up[::-1]
    assert 'aria-sort="ascending"' in maker.get("/console/shops?by=name")
    assert 'aria-sort="descending"' in maker.get("/console/shops?by=name&down=1")
    assert maker.client.get("/console/shops?by=nonsense").status_code == 200


def test_pages_follow_one_another_by_the_cursor_and_miss_nobody(city, maker, monkeypatch):
    monkeypatch.setattr(listing, "PAGE", 2)
    for path, whole in (("/console/shops?by=name", rows_of(maker, "/console/shops?csv=1&by=name")),
                        ("/console/people", rows_of(maker, "/console/people?csv=1"))):
        name, found = 1 if "shops" in path else 0, []
        address = path
        while address:
            page = maker.get(address)
            found += [row[name] for row in whole if f">{row[name]}</a>" in page]
            following = page.partition('rel="next" href="')[2].partition('"')[0].replace("&amp;", "&")
            address = following
        assert found == [row[name] for row in whole]


def test_a_cursor_that_is_gone_begins_again_and_breaks_nothing(maker):
    for path in LISTS:
        for after in ("gone", "9" * 60, "%00", "\udcff".encode("utf-8", "surrogatepass").hex()):
            assert maker.client.get(f"{path}?after={after}").status_code == 200, path


def test_a_file_of_too_many_rows_is_refused_in_words(city, maker, monkeypatch):
    monkeypatch.setattr("app.web.console.tables.MOST_ROWS", 1)
    for form in ("csv", "xlsx"):
        assert maker.client.get(f"/console/shops?{form}=1").status_code == 413
    assert MOST_ROWS > 1


def test_filters_find_what_they_say(city, maker):
    till = city.till(GROCERY)
    assert len(rows_of(maker, "/console/tills?csv=1&text=한아름")) == 1
    assert rows_of(maker, f"/console/tills?csv=1&text={till.number}&standing=revoked") == []
    assert [row[1] for row in rows_of(maker, "/console/programmes?csv=1&text=돌봄")] == ["겨울 돌봄 지원"]
    assert len(rows_of(maker, "/console/records?csv=1&kind=23")) == 3
    assert rows_of(maker, "/console/records/access?csv=1&officer=77&what=unmask&person=P-0001") == []


def test_what_stood_in_a_wrong_column_is_seen_by_its_maker_alone_and_when_it_is_signed_only_in_the_file_to_be_mended(city, maker, checker):
    rows = f"{city.wallet().reference}\t1000\n남궁하늘\t1950-03-14\n"
    path = maker.post("/console/lists/new", status=303, programme=1, rows=rows).to
    assert "남궁하늘" in maker.get(path) and "남궁하늘" in str(rows_of(maker, f"{path}/refused.csv"))

    def seen(desk) -> str:
        return desk.get(path) + str(rows_of(desk, f"{path}/rows.csv") + rows_of(desk, f"{path}/refused.csv"))

    assert "남**늘" in seen(checker) and "남궁하늘" not in seen(checker) and "1950-03-14" not in seen(checker)
    maker.post(f"{path}/aside", status=303)
    maker.signs(maker.get(path))
    assert "남궁하늘" not in maker.get(path) and "남궁하늘" not in seen(checker)
    assert rows_of(maker, f"{path}/refused.csv") == [["남궁하늘", "1950-03-14", "2", "명단에 모르는 분이 있습니다"]]
    assert "고쳐서 다시 올릴 수 있습니다" in maker.get(path) and "고쳐서 다시 올릴 수 있습니다" not in checker.get(path)
    city.wait(8 * DAY_S)
    grant.forget_files(city.office)
    maker = Desk(city, MAKER)
    assert "남**늘" in seen(maker) and "남궁하늘" not in seen(maker) and "고쳐서 다시 올릴 수 있습니다" not in maker.get(path)


# --- figures -------------------------------------------------------------------------------

def test_the_figures_stand_in_the_chart_in_the_table_and_in_the_file(city, maker):
    till = city.till(RESTAURANT)
    for wallet in [city.wallet(help_won=9_000) for _ in range(5)]:
        code = wallet.code(1_500)
        pay.settle(city.office, code, till.charge(code, 1_500))
    assert "아직 세지 않았습니다" in said(maker.get("/console/figures"))
    figures.count(city.office)
    assert "7,500원" not in said(maker.get("/console/figures"))     # today is not over
    city.wait(DAY_S)
    maker.client.get(f"/console/once/{signin.one_time_code(city.office.people, MAKER)}")    # the session ended meanwhile
    page = maker.get("/console/figures")
    text = said(page)
    assert text.count("7,500원") >= 4 and "<svg" in page and "중앙동" in text
    rows = rows_of(maker, "/console/figures?csv=1")
    assert ["2026-11-22 동별로 쓴 돈", "중앙동", "사용", "5", "7500"] in rows
    assert "사용 2026년 11월 22일 7,500원" in said(maker.get(f"/console/programmes/{HELP}"))


def test_who_looks_before_and_after_a_payment_reads_nothing_of_it(city, maker):
    till, wallets = city.till(RESTAURANT), [city.wallet(help_won=9_000) for _ in range(5)]

    def looks() -> list[str]:
        figures.count(city.office)
        files = [maker.get(f"/console/{path}?csv=1") for path in ("figures", "programmes", "shops")]
        pages = [said(maker.get(f"/console{path}")) for path in ("", "/figures", "/programmes", f"/programmes/{HELP}", f"/shops/{RESTAURANT}")]
        return files + [" ".join(re.findall(r"[0-9,]+(?:원|건)", page)) for page in pages]

    for wallet in wallets:
        code = wallet.code(1_500)
        pay.settle(city.office, code, till.charge(code, 1_500))
    before, code = looks(), wallets[0].code(700)
    pay.settle(city.office, code, till.charge(code, 700))
    assert looks() == before


def test_a_month_that_is_none_is_refused_inside_the_console(maker):
    for wrong in ("month=2026-13", "day=yesterday", "month=x", "day=2026-02-30"):
        assert maker.client.get(f"/console/figures?{wrong}").status_code == 400


# --- by keyboard ---------------------------------------------------------------------------

def test_a_list_is_worked_without_a_mouse(town, seats):
    office = seats(MAKER).with_key()
    office.go("/console/shops")
    page = office.page

    def row() -> str:
        return page.evaluate("document.activeElement.textContent.trim()")

    names = page.locator("table[data-list] tbody th a").all_inner_texts()
    page.keyboard.press("j")
    assert row() == names[0]
    page.keyboard.press("ArrowDown")
    page.keyboard.press("j")
    page.keyboard.press("k")
    assert row() == names[1]
    page.keyboard.press("End")
    page.keyboard.press("ArrowDown")
    assert row() == names[-1]
    page.keyboard.press("Home")
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "text"
    page.keyboard.type("jk/")
    assert page.locator("#text").input_value() == "jk/"
    page.get_by_role("button", name="단축키").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    page.get_by_label("글자 단축키 쓰기").uncheck()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="단축키").focus()
    page.keyboard.press("j")
    assert row() == "단축키"
    page.locator("table[data-list] tbody th a").first.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text(names[1])


def test_a_reason_that_was_given_for_another_list_is_asked_for_anew(city, maker):
    rows = "\n".join(f"{city.wallet().reference} 5000" for _ in range(2))
    first, mine, twin = (maker.post("/console/lists/new", status=303, programme=HELP, rows=rows).to for _ in range(3))
    maker.signs(maker.get(first))
    for path in (mine, twin):
        of = re.search(r'name="of" value="(\w+)"', maker.get(path))[1]
        assert first.endswith(of)
        maker.post(f"{path}/again", status=303, why="추가 지급", of=of)
    maker.signs(maker.get(mine))
    page = maker.get(twin)
    assert "이 이유는 그 전에 겹친 명단을 두고" in said(page) and "data-sign" not in page
    assert "이미 올린 명단과 겹칩니다" in said(maker.post(f"{twin}/again", status=409, why="추가 지급", of=first.rsplit("/", 1)[1]).page)
    maker.post(f"{twin}/again", status=303, why="둘 다 맞음", of=mine.rsplit("/", 1)[1])
    page = maker.get(twin)
    assert "data-sign" in page and "둘 다 맞음" in page and "그 전에 겹친" not in page
