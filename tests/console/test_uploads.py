"""Lists as offices have them, through an officer's browser: workbooks with every kind of bad row, columns that must be
named, resident numbers that never leave the page."""

import csv
import datetime
import io
import zipfile

import openpyxl
import pytest
from playwright.sync_api import expect

from app.money.state import Register
from app.people import drafts, lists, register
from app.people.register import Details
from tests.cast import HELP
from tests.console.desk import CHECKER, MAKER
from tests.console.test_browser import SMALL, shot
from tests.wallet.test_screens import AXE, RULES

NUMBER = "500314-1234567"


@pytest.fixture
def maker(seats):
    return seats(MAKER).with_key()


def workbook(path, *rows, change=lambda sheet: None):
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    change(book.active)
    book.save(path)
    return path


def choose(maker, file) -> None:
    maker.go(f"/console/lists/new?programme={HELP}")
    maker.page.get_by_label("명단 파일").set_input_files(file)


def judged(maker, file) -> None:
    choose(maker, file)
    expect(maker.page.locator("[data-drop-say]")).to_contain_text(file.name)
    maker.press("명단 검사하기")


BAD = [("=1+1", "수식"), ("-1000", "음수"), (1_000.5, "소수점"), (None, "빈 칸"), (datetime.date(2026, 12, 1), "날짜"),
       ("10,00", "쉼표 자리"), ("만원", "금액이 올바르지")]


def test_a_workbook_with_every_kind_of_bad_row_is_mended_or_set_aside_and_paid(town, maker, seats, tmp_path):
    kim, lee, choi = people = [town.wallet() for _ in range(3)]
    others = [register.add(town.office.people, Details(f"다른이{at}", "1950-03-14", "")).reference for at in range(len(BAD))]
    rows = [(kim.reference, 300_000, ""), (lee.reference, "150,000", ""), ("P-9999", 5_000, "모르는 분"),
            (kim.reference, 1_000, "두 번"), *((who, *bad) for who, bad in zip(others, BAD)), ("합침", 1, "합쳐진"),
            (None, 2, "합쳐진"), (choi.reference, "１０００", "")]
    file = workbook(tmp_path / "12월.xlsx", ["12월 지급 명단"], ["관리번호", "지급액"], *(row[:2] for row in rows),
                    change=lambda sheet: sheet.merge_cells("A14:A15"))
    judged(maker, file)
    maker.sees("읽은 칸:")
    listed = maker.page.locator("#faulty-rows tbody tr")
    for shown, (number, said) in zip(listed.all(), [(at, row[2]) for at, row in enumerate(rows, 3) if row[2]], strict=True):
        expect(shown.get_by_role("rowheader")).to_have_text(str(number))
        expect(shown).to_contain_text(said)
    expect(maker.page.get_by_role("button", name="서명하고 올리기")).to_have_count(0)
    maker.sees("１０００")
    shot(maker, "upload-bad")
    with maker.page.expect_download() as download:
        maker.page.get_by_role("link", name="이 줄들 내려받기").click()
    table = list(csv.reader(io.StringIO(download.value.path().read_text("utf-8-sig"))))
    assert table[0] == ["관리번호", "지급액", "줄", "이유"] and table[1][:3] == ["P-9999", "5000", "5"] and len(table) == 12
    maker.page.get_by_label("5번째 줄 고르기", exact=True).check()
    maker.press("고른 줄만 빼기")
    maker.sees("아직 10줄이 남아 있습니다")
    maker.press("10줄 모두 빼고 진행")
    maker.sees("이 브라우저가 다시 계산한 결과도 같습니다: 3명, 451,000원")
    maker.press("서명하고 올리기")
    maker.sees("다른 담당자의 확인을 기다리고 있습니다")
    checker = seats(CHECKER).with_key()
    checker.page.goto(maker.page.url)
    checker.sees("읽은 그대로 확인해 주세요")
    checker.press("승인 서명하기")
    checker.sees("3명에게 451,000원 지급")
    assert [town.balance_won(one) for one in people] == [300_000, 150_000, 1_000]


def test_a_column_of_resident_numbers_is_taken_out_before_anything_is_sent(town, maker, tmp_path):
    kim = town.wallet()
    for name, file in {
        "xlsx": workbook(tmp_path / "주민.xlsx", ["관리번호", "주민등록번호", "지급액", "신청일"],
                         [kim.reference, NUMBER, 7_000, datetime.date(2026, 11, 1)]),
        "csv": tmp_path / "주민.csv",
    }.items():
        if name == "csv":
            file.write_bytes(f"관리번호,주민등록번호,지급액\r\n{kim.reference},{NUMBER},7000\r\n".encode("cp949"))
        choose(maker, file)
        maker.sees("주민등록번호가 든 칸(B)을 이 브라우저에서 뺐습니다")
        shot(maker, f"upload-number-{name}")
        maker.press("명단 검사하기")
        maker.sees("7,000원")
        expect(maker.page.locator("main")).to_contain_text("지급할 사람")
    # The server refuses such a file whole, so what it has judged never held the number; nor does its disk.
    kept = b"".join(file.read_bytes() for file in town.folder.path.glob("people.sqlite*"))
    assert kim.reference.encode() in kept and NUMBER.encode() not in kept


def test_what_the_page_can_not_take_out_does_not_leave_it(town, maker, tmp_path):
    file = workbook(tmp_path / "합침.xlsx", ["관리번호", "금액"], [NUMBER, 1], [None, 2],
                    change=lambda sheet: sheet.merge_cells("A2:A3"))
    choose(maker, file)
    maker.sees("이 브라우저에서 뺄 수 없습니다")
    assert maker.page.get_by_label("명단 파일").evaluate("one => one.files.length") == 0
    maker.fill("또는 직접 적기", f"P-0001\t{NUMBER}\t1000\nP-0002\t\t2000\n")
    expect(maker.page.get_by_label("또는 직접 적기")).to_have_value("P-0001\t1000\nP-0002\t2000\n")
    maker.fill("또는 직접 적기", f"{NUMBER} 1000")
    maker.press("명단 검사하기")
    maker.sees("이 브라우저에서 뺄 수 없습니다")
    assert maker.page.url.endswith(f"/console/lists/new?programme={HELP}")


def packed(**parts: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    return out.getvalue()


def test_a_file_that_was_not_read_through_does_not_leave_the_page(maker, tmp_path):
    lines, book = f"관리번호,번호\r\nP-0001,{NUMBER}\r\n", workbook(tmp_path / "a.xlsx", ["관리번호", "번호"], ["P-0001", NUMBER]).read_bytes()
    again, old, large, here = "새로 저장한 뒤", "예전 엑셀 파일(.xls)", "너무 큰 파일", "브라우저가 오래되어"
    files = [("1.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + lines.encode(), old), ("2.csv", lines.encode("utf-16"), again),
             ("3.csv", lines.encode("utf-16-le"), again), ("4.csv", lines.encode() + b"," * 16 * 2**20, large), ("5.xlsx", book[:-30], again),
             ("6.xlsx", packed(**{"word/document.xml": lines}), again), ("7.csv", f"<table><tr><td>{NUMBER}</table>".encode(), again),
             ("8.xlsx", book, here)]
    maker.go(f"/console/lists/new?programme={HELP}")
    chosen, said = maker.page.get_by_label("명단 파일"), maker.page.locator("[data-drop-say]")
    for name, raw, why in files:
        if why == here:
            maker.page.evaluate("() => { delete window.DecompressionStream; }")
        (tmp_path / name).write_bytes(raw)
        chosen.set_input_files(tmp_path / name)
        expect(said).to_contain_text(why)
        expect(maker.page.get_by_role("button", name="명단 검사하기")).to_be_enabled()
        assert chosen.evaluate("one => one.files.length") == 0, name
    shot(maker, "upload-unread")


def test_a_long_number_in_a_cell_of_dates_is_read_as_a_number(maker, tmp_path):
    def dates(sheet):
        for cell in (sheet["B2"], sheet["C2"]):
            cell.number_format = "yyyy-mm-dd"

    choose(maker, workbook(tmp_path / "a.xlsx", ["관리번호", "연락", "날"], ["P-0001", int(NUMBER.replace("-", "")), 110_123_456_789], change=dates))
    maker.sees("주민등록번호가 든 칸(B)을 이 브라우저에서 뺐습니다")
    kept = maker.page.get_by_label("명단 파일").evaluate("one => one.files[0].text()")
    assert kept.lstrip("\ufeff") == "관리번호,날\r\nP-0001,110123456789\r\n"


def test_the_file_that_was_chosen_last_counts_however_long_the_first_takes(maker, tmp_path):
    """Until it is read through nothing can be sent."""
    for name in ("first", "last"):
        (tmp_path / f"{name}.csv").write_text(f"{name},번호\r\nP-0001,{NUMBER}\r\n")
    maker.go(f"/console/lists/new?programme={HELP}")
    maker.page.evaluate("""() => {
        window.goOn = {};
        const whole = File.prototype.arrayBuffer;
        File.prototype.arrayBuffer = async function () {
            await new Promise((done) => { window.goOn[this.name] = done; });
            return whole.call(this);
        };
    }""")
    chosen, button = maker.page.get_by_label("명단 파일"), maker.page.get_by_role("button", name="명단 검사하기")
    for name in ("first", "last"):
        chosen.set_input_files(tmp_path / f"{name}.csv")
        maker.page.wait_for_function("name => window.goOn[name]", arg=f"{name}.csv")
    maker.page.evaluate("async () => { window.goOn['first.csv'](); await new Promise((done) => setTimeout(done, 100)); }")
    expect(button).to_be_disabled()
    maker.page.evaluate("() => window.goOn['last.csv']()")
    expect(button).to_be_enabled()
    assert chosen.evaluate("one => one.files[0].text()").lstrip("\ufeff") == "last\r\nP-0001\r\n"


@pytest.mark.prove
def test_without_a_script_such_a_file_is_refused_in_words(town, seats, tmp_path):
    seats(MAKER).with_key()
    plain = seats(MAKER, java_script_enabled=False)
    file = tmp_path / "주민.csv"
    file.write_text(f"관리번호,금액,번호\nP-0001,1000,{NUMBER}\n")
    before = len(lists.newest(town.office.people, limit=500))
    plain.go("/console/lists/new")
    plain.page.get_by_label("명단 파일").set_input_files(file)
    plain.press("명단 검사하기")
    plain.sees("주민등록번호가 들어 있습니다")
    plain.sees("2번째 줄")
    assert len(lists.newest(town.office.people, limit=500)) == before
    plain.complaints.clear()    # the browser's console says 422


def test_columns_are_named_once_and_the_file_may_be_dropped(town, maker, tmp_path):
    kim, same = town.wallet(), [register.add(town.office.people, Details("김동명", "1951-02-03", "")) for _ in range(2)]
    added = register.add(town.office.people, Details("남궁 하늘", "1950-03-14", ""))
    assert same and town.office.store.get(Register.PERSON, added.token) is None
    person = register.get(town.office.people, kim.person)
    real = town.office.people.read().execute("SELECT name FROM person WHERE token = ?", (person.token,)).fetchone()[0]
    text = ("받는 분,태어난 날,이번 몫\n" f"{real},1950.3.14,9000\n" "남궁하늘,19500314,100\n김동명,1951-02-03,100\n"
            f"{real},500314,100\n")
    drop(maker, "1월.csv", text)
    expect(maker.page.locator("[data-drop-say]")).to_contain_text("1월.csv")
    maker.press("명단 검사하기")
    maker.sees("어느 칸이 무엇인지 알려 주세요")
    shot(maker, "upload-columns")
    for name, value in (("name", "1"), ("birth_date", "2"), ("amount", "3"), ("header", "1")):
        maker.page.locator(f"select[name={name}]").select_option(value)
    maker.press("이렇게 읽고 검사하기")
    rows = maker.page.locator("#faulty-rows tbody tr")
    maker.sees("그 가운데 1명은 지갑이 없어 돈을 맡아 둡니다")
    for at, said in enumerate(("여럿입니다", "생년월일을 알 수 없습니다")):
        expect(rows.nth(at)).to_contain_text(said)
    expect(maker.page.locator("#faulty-rows")).not_to_contain_text("김동명")
    drop(maker, "2월.csv", text.replace("9000", "8000"))
    maker.press("명단 검사하기")
    maker.sees("읽은 칸:")
    maker.sees("8,000원")


def drop(maker, name: str, text: str) -> None:
    maker.go(f"/console/lists/new?programme={HELP}")
    data = maker.page.evaluate_handle("""([name, text]) => {
        const data = new DataTransfer();
        data.items.add(new File([text], name, {type: 'text/csv'}));
        return data;
    }""", [name, text])
    maker.page.dispatch_event("[data-drop]", "drop", {"dataTransfer": data})


@pytest.mark.prove
def test_the_same_list_again_asks_for_a_reason_and_the_checker_sees_it(town, maker, seats):
    kim = town.wallet()
    for again in (False, True):
        maker.go(f"/console/lists/new?programme={HELP}")
        maker.fill("또는 직접 적기", f"{kim.reference} 1234")
        maker.press("명단 검사하기")
        if again:
            maker.sees("같은 명단이 이미 있습니다")
            expect(maker.page.get_by_role("button", name="서명하고 올리기")).to_have_count(0)
            shot(maker, "upload-again")
            maker.fill("한 번 더 지급하는 이유", "11월분이 빠졌습니다")
            maker.press("이유 남기고 진행")
        maker.press("서명하고 올리기")
        maker.sees("다른 담당자의 확인을")
    checker = seats(CHECKER).with_key()
    checker.page.goto(maker.page.url)
    checker.sees("같은 명단이 이미 있습니다")
    checker.sees("11월분이 빠졌습니다")


@pytest.mark.prove
def test_a_long_list_is_judged_though_its_page_is_closed(town, maker):
    rows = "".join(f"P-{number},1\n" for number in range(100_000, 112_000))
    made = drafts.create(town.office.people, lists.Upload(HELP, MAKER, "long.csv", rows.encode()))
    maker.go(f"/console/lists/{made.list_id.hex()}")
    maker.sees("지급할 수 없는 줄")
    maker.sees("12000줄")


def test_the_pages_of_a_list_are_accessible_and_their_controls_large_enough(town, seats):
    maker, kim = seats(MAKER, bypass_csp=True).with_key(), town.wallet()
    pages = ["/console/lists/new"]
    for text in (f"받는 분,몇 번,이번\n{kim.reference},1,2\n", f"{kim.reference},\"1,000\"\nP-9999,1\n"):
        made = drafts.create(town.office.people, lists.Upload(HELP, MAKER, "a.csv", text.encode()))
        while drafts.judge_portion(town.office.people, made.list_id, drafts.Rules(lambda person: True)):
            pass
        pages += [f"/console/lists/{made.list_id.hex()}", f"/console/lists/{made.list_id.hex()}/differences"]
    for width in (1440, 320):
        maker.page.set_viewport_size({"width": width, "height": 900})
        for path in pages:
            maker.go(path)
            maker.page.add_script_tag(path=AXE)
            assert maker.page.evaluate(RULES) == [], (path, width)
            assert maker.page.evaluate(SMALL) == [], (path, width)
            assert maker.page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (path, width)
