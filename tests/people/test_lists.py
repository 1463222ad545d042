"""Lists from the draft to the last row: who may take which step, what is kept and what is forgotten."""

import fcntl
from shutil import copy

import pytest

from app.errors import Refusal
from app.people import drafts, lists, register, sheet
from app.people.columns import FIRST_TWO, Shape
from app.people.drafts import Rules
from app.people.lists import PayRow, Upload
from app.people.people import SCHEMA, People
from app.people.register import Details

MAKER, CHECKER = 1, 2


@pytest.fixture
def three(people):
    """P-0001 to P-0003; the third has no account."""
    return [register.add(people, Details("김영수", "1950-03-14", "")).token for _ in range(3)]


def upload(people, three, text, file_name="9월.csv"):
    return judged(people, Upload(5, MAKER, file_name, text.encode("cp949")), without_wallet(three[2]))


def without_wallet(one):
    """The ledger's word where nothing waits for who has no account."""
    return Rules(lambda person: person != one, lambda person, amount_won: "ROW_NOT_LINKED" if person == one else "")


def judged(people, wanted, rules=Rules(lambda person: True)):
    """A draft whose rows are all judged."""
    list_id = drafts.create(people, wanted).list_id
    while drafts.judge_portion(people, list_id, rules):
        pass
    return lists.get(people, list_id)


def test_a_draft_keeps_its_rows_its_figures_and_its_faults(people, three, clock):
    draft = upload(people, three, "대상자,금액\nP-0001,1000\nP-0003,500\n없음,1\nP-0002,250\n")
    assert (draft.programme, draft.maker, draft.state, draft.file_name) == (5, MAKER, "draft", "9월.csv")
    assert (draft.count, draft.total_won, draft.faulty, draft.created_at_s) == (2, 1250, 2, clock.now_s)
    assert (len(draft.list_id), len(draft.seed)) == (16, 32) and draft.seed.hex() not in repr(draft)
    assert lists.payable(people, draft.list_id) == [PayRow(0, three[0], 1000), PayRow(1, three[1], 250)]
    assert lists.payable(people, draft.list_id, after=0, limit=5) == [PayRow(1, three[1], 250)]
    faulty = lists.rows(people, draft.list_id, lists.FAULTY)
    assert [(row.row, row.person_cell, row.reason) for row in faulty] == [
        (3, "P-0003", "ROW_NOT_LINKED"),
        (4, "없*", "ROW_UNKNOWN_PERSON"),
    ]
    assert lists.reasons(people, draft.list_id) == {"ROW_NOT_LINKED": 1, "ROW_UNKNOWN_PERSON": 1}
    assert [row.row for row in lists.rows(people, draft.list_id, after=3)] == [4, 5]
    assert lists.newest(people)[0].list_id == draft.list_id and lists.newest(people, "issued") == []


def test_a_file_with_a_resident_number_is_refused_whole_and_never_written_to_the_disk(people, three, tmp_path):
    for text in ("P-0001,1\n500314-1234567,5\n", 'P-0001,1\n"주민1\n500314-1234567",5\n', "P-0001,1\nP-0002,5003141234567\n", "P-0001,1\nx,y,5003141234567\n",
                 "관리번호,금액,주민등록번호\nP-0001,1,500314-1******\n"):
        with pytest.raises(Refusal) as caught:
            upload(people, three, text)
        assert (caught.value.word, caught.value.facts) == ("ROW_RESIDENT_NUMBER", {"row": 2})
    assert upload(people, three, "P-0001,1\n", "500314-1234567.csv").file_name == ""
    files = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert b"500314" not in files and b"1234567" not in files


def test_a_list_goes_from_draft_to_issued(people, three):
    list_id = upload(people, three, "P-0001,1000\nP-0003,500\n").list_id
    with pytest.raises(Refusal) as caught:
        lists.propose(people, list_id, MAKER, b"grant")
    assert (caught.value.word, caught.value.facts) == ("ROWS_NOT_SET_ASIDE", {"rows": 1})
    assert drafts.set_aside(people, list_id, MAKER) == 1
    lists.propose(people, list_id, MAKER, b"grant")
    lists.approve(people, list_id, CHECKER, b"approval")
    lists.reopen(people, list_id)
    assert (lists.get(people, list_id).state, lists.get(people, list_id).checker) == ("proposed", None)
    lists.approve(people, list_id, CHECKER, b"approval")
    lists.issued(people, list_id)
    lists.issued(people, list_id)
    done = lists.get(people, list_id)
    assert (done.state, done.checker, done.proposal, done.approval) == ("issued", CHECKER, b"grant", b"approval")


STEPS = {
    "set aside": lambda people, list_id: drafts.set_aside(people, list_id, MAKER),
    "propose": lambda people, list_id: lists.propose(people, list_id, MAKER, b"grant"),
    "approve": lambda people, list_id: lists.approve(people, list_id, CHECKER, b"yes"),
    "refuse": lambda people, list_id: lists.refuse(people, list_id, CHECKER, "금액 확인"),
    "reopen": lists.reopen,
    "issued": lists.issued,
    "paid": lists.paid,
    "fail": lambda people, list_id: lists.fail(people, list_id, "BUDGET_SPENT"),
    "withdraw": lambda people, list_id: lists.withdraw(people, list_id, MAKER),
}


@pytest.mark.parametrize(
    "before, allowed",
    [
        ([], {"set aside", "propose", "withdraw"}),
        (["propose"], {"approve", "refuse", "withdraw"}),
        (["propose", "approve"], {"issued", "paid", "reopen", "fail"}),
        (["propose", "approve", "issued"], {"issued", "paid"}),
        (["propose", "approve", "fail"], set()),
        (["propose", "refuse"], set()),
        (["withdraw"], set()),
    ],
)
@pytest.mark.parametrize("step", STEPS)
def test_a_list_takes_only_the_next_step(people, three, before, allowed, step):
    list_id = upload(people, three, "P-0001,1000").list_id
    for earlier in before:
        STEPS[earlier](people, list_id)
    if step in allowed:
        STEPS[step](people, list_id)
    else:
        with pytest.raises(Refusal, match="LIST_CLOSED"):
            STEPS[step](people, list_id)


def test_maker_and_checker_are_two_and_a_list_has_one_maker(people, three):
    list_id = upload(people, three, "P-0001,1000").list_id
    for call in (drafts.set_aside, lists.withdraw, lambda *given: lists.propose(*given, b"grant")):
        with pytest.raises(Refusal, match="NOT_YOURS"):
            call(people, list_id, CHECKER)
    lists.propose(people, list_id, MAKER, b"grant")
    with pytest.raises(Refusal, match="SAME_OFFICER"):
        lists.approve(people, list_id, MAKER, b"yes")
    with pytest.raises(Refusal, match="SAME_OFFICER"):
        lists.refuse(people, list_id, MAKER, "금액 확인")
    with pytest.raises(Refusal, match="REASON_MISSING"):
        lists.refuse(people, list_id, CHECKER, " ")
    lists.refuse(people, list_id, CHECKER, "금액 확인")
    assert lists.get(people, list_id).why == "금액 확인"


def test_a_list_of_which_no_row_can_be_paid_is_not_proposed(people, three):
    list_id = upload(people, three, "P-0003,1000").list_id
    drafts.set_aside(people, list_id, MAKER)
    with pytest.raises(Refusal, match="LIST_EMPTY"):
        lists.propose(people, list_id, MAKER, b"grant")


def test_a_table_holds_no_name_and_no_formula_once_written(people, three):
    list_id = upload(people, three, 'P-0001,1000\n"=cmd|x",-5\n').list_id
    assert sheet.write(["row"], lists.table(people, list_id)).decode("utf-8-sig").splitlines() == [
        "row",
        "1,P-0001,1000,,",
        "2,'=****x,'-*,ROW_FORMULA,",
    ]


def test_what_is_no_reference_and_no_figure_is_kept_masked_and_shown_to_its_maker_while_the_file_is(people, three, clock):
    raw = "관리번호,금액\n남궁하늘,1000\n010-1234-5678,1950-03-14\nP-0001,남궁하늘\nP-0003,500\np-0002,2000\n"
    draft = upload(people, three, raw)
    faulty = lists.rows(people, draft.list_id, lists.FAULTY)
    cells = [(row.person_cell, row.amount_cell) for row in faulty]
    assert cells == [("남**늘", "1000"), ("0***********8", "1********4"), ("P-0001", "남**늘"), ("P-0003", "500")]
    written = [(row.person_cell, row.amount_cell) for row in drafts.as_written(people, draft, faulty)]
    assert written == [("남궁하늘", "1000"), ("010-1234-5678", "1950-03-14"), ("P-0001", "남궁하늘"), ("P-0003", "500")]
    drafts.set_aside(people, draft.list_id, MAKER)
    lists.propose(people, draft.list_id, MAKER, b"grant")
    clock.now_s += 8 * 86_400
    drafts.forget_files(people)
    assert [(row.person_cell, row.amount_cell) for row in drafts.as_written(people, draft, faulty)] == cells
    assert not [row for row in lists.table(people, draft.list_id) if {"남궁하늘", "010-1234-5678"} & set(map(str, row))]


def test_cells_that_earlier_releases_kept_are_masked(tmp_path, clock, monkeypatch):
    before, path = tmp_path / "schema", tmp_path / "old.db"
    before.mkdir()
    for step in SCHEMA.glob("*.sql"):
        if step.stem < "0020":
            copy(step, before)
    with monkeypatch.context() as earlier:
        earlier.setattr("app.people.people.SCHEMA", before)
        people = People(path, clock)
    register.add(people, Details("김영수", "1950-03-14", ""))
    with people.write() as connection:
        for number, columns in ((1, '{"reference": 0}'), (2, '{"reference": -1}')):
            connection.execute(
                "INSERT INTO list (list_id, programme, maker, seed, state, file_name, created_at_s, count, total_won, faulty, columns)"
                " VALUES (randomblob(16), 5, 1, zeroblob(32), 'issued', '', 0, 0, 0, 3, ?)", (columns,))
        connection.executemany(
            "INSERT INTO list_row (list, row, person_cell, amount_cell, person, reason) VALUES (?, ?, ?, ?, ?, ?)", [
                (1, 1, "남궁하늘", "1,000", None, "ROW_UNKNOWN_PERSON"), (1, 2, "p-0001", "01012345678", None, "ROW_MERGED"),
                (1, 3, "P-0009", "５０００", bytes(16), "ROW_LOCKED"), (2, 1, "남**늘 1950-**-**", "1950-03-14", None, "ROW_AMOUNT_DATE")])
    people.close()
    people = People(path, clock)
    kept = people.read().execute("SELECT person_cell, amount_cell FROM list_row ORDER BY list, row").fetchall()
    people.close()
    assert kept == [("남***", "1,000"), ("p-0001", "0***"), ("P-0009", "５０００"), ("남**늘 1950-**-**", "1***")]


def test_an_unknown_list_is_not_found(people):
    for call in (lists.get, lists.rows, lists.reasons, lists.payable, lists.issued, lists.table):
        with pytest.raises(Refusal, match="NOT_FOUND"):
            call(people, bytes(16))


def test_an_erased_person_is_gone_from_the_cells(people, three):
    list_id = upload(people, three, "P-0001,1000\nP-0003,5").list_id
    register.erase(people, 9, three[0], "본인 요청")
    assert [row.person_cell for row in lists.rows(people, list_id)] == ["", "P-0003"]


def test_many_rows_are_read_and_kept(people):
    count = 10_000
    with people.write() as connection:
        connection.executemany(
            "INSERT INTO person VALUES (?, ?, '김영수', '1950-03-14', '', 0)",
            ((number.to_bytes(16), f"P-{number:04}") for number in range(count)),
        )
    raw = "대상자,금액\r\n".encode("cp949") + b"".join(b"P-%04d,%d\r\n" % (n, 1000 + n) for n in range(count))
    draft = judged(people, Upload(1, MAKER, "all.csv", raw))
    assert (draft.count, draft.faulty) == (count, 0)
    assert lists.payable(people, draft.list_id, count - 2) == [lists.PayRow(count - 1, (count - 1).to_bytes(16), 1000 + count - 1)]


def test_who_writes_waits_for_a_portion_of_a_long_file_and_nobody_sees_half_of_it(people, tmp_path, clock, monkeypatch):
    other, seen = People(tmp_path / "people.db", clock), []

    def slowly(raw):
        for row in range(3 * drafts.PORTION):
            with open(tmp_path / "people.db.lock") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)    # nobody holds it while the file is read
            if row == 2 * drafts.PORTION + 5:
                seen.extend(other.read().execute("SELECT count(*) FROM file_row").fetchone())
                seen.extend((lists.newest(other), drafts.judging(other), drafts.forget_files(other)))
            yield f'["P-{row:04}","5"]'

    monkeypatch.setattr(sheet, "lines", slowly)
    made = drafts.create(people, Upload(1, MAKER, "a.csv", b""))
    assert seen == [2 * drafts.PORTION, [], [], 0]
    assert (made.reading, made.lines) == ("judging", 3 * drafts.PORTION) and drafts.judging(other) == [made.list_id]
    other.close()


def test_of_a_file_that_is_torn_nothing_stays(people, clock, monkeypatch):
    def torn(raw):
        yield from ['["P-0001","5"]'] * (drafts.PORTION + 5)
        raise Refusal("FILE_SWELLS")

    left = "SELECT (SELECT count(*) FROM list), (SELECT count(*) FROM file_row)"
    monkeypatch.setattr(sheet, "lines", torn)
    with pytest.raises(Refusal, match="FILE_SWELLS"):
        drafts.create(people, Upload(1, MAKER, "a.csv", b""))
    assert people.read().execute(left).fetchone() == (0, 0)
    shape = Shape(0, FIRST_TWO, True)
    with people.write() as connection:
        dead = drafts.begin(connection, people, Upload(1, MAKER, "a.csv", b""), shape)     # its process ended here
        connection.execute("INSERT INTO file_row SELECT number, 1, '[]' FROM list")
    clock.now_s += drafts.TORN_S + 1
    drafts.forget_files(people)
    assert people.read().execute(left).fetchone() == (0, 0)
    with pytest.raises(Refusal, match="BUSY"):
        drafts.fill(people, dead, ['["P-0001","5"]'], shape)


# --- columns, portions, what comes twice ---------------------------------------------------

WIDE = "12월 지급 명단\n성 명,생년월일,주소,지급액(원),결정액\n김영수,1950.3.14,어느 동,\"300,000\",1\n홍길동,1960-01-02,,5000,1\n"


@pytest.fixture
def hong(people):
    return register.add(people, Details("홍길동", "1960-01-02", "")).token


def test_columns_that_the_header_does_not_tell_are_asked_for_once(people, kim, hong):
    draft = judged(people, Upload(5, MAKER, "a.csv", WIDE.replace("지급액(원)", "이번 달").encode()))
    assert (draft.reading, draft.header, draft.count) == (lists.COLUMNS_ASKED, 2, 0)
    with pytest.raises(Refusal, match="LIST_NOT_READY"):
        lists.propose(people, draft.list_id, MAKER, b"grant")
    with pytest.raises(Refusal, match="COLUMNS_MISSING"):
        drafts.name_columns(people, draft.list_id, MAKER, drafts.Columns(name=0, birth_date=1, amount=1), 2)
    for no_row in (90_000, 2**62):      # or its page would show all of the file up to there
        with pytest.raises(Refusal, match="COLUMNS_MISSING"):
            drafts.name_columns(people, draft.list_id, MAKER, drafts.Columns(name=0, birth_date=1, amount=3), no_row)
    drafts.name_columns(people, draft.list_id, MAKER, drafts.Columns(name=0, birth_date=1, amount=3), 2)
    assert drafts.judging(people) == [draft.list_id]
    while drafts.judge_portion(people, draft.list_id, Rules(lambda person: True)):
        pass
    assert [(row.person, row.amount_won) for row in lists.payable(people, draft.list_id)] == [(kim.token, 300_000), (hong, 5_000)]
    again = judged(people, Upload(5, MAKER, "b.csv", WIDE.replace("지급액(원)", "이번달").replace("5000", "6000").encode("cp949")))
    assert (again.reading, again.count, again.total_won) == ("", 2, 306_000)


def test_a_header_that_says_it_all_is_not_asked_about(people, kim, hong):
    draft = judged(people, Upload(5, MAKER, "a.csv", WIDE.encode()))
    assert (draft.reading, draft.header, draft.count, draft.total_won) == ("", 2, 2, 305_000)
    assert [row.note for row in lists.rows(people, draft.list_id, lists.NOTED)] == ["commas"]


def test_who_chose_a_wrong_column_chooses_again(people, kim, hong):
    draft = judged(people, Upload(5, MAKER, "a.csv", WIDE.encode()))
    drafts.name_columns(people, draft.list_id, MAKER, drafts.Columns(name=0, birth_date=1, amount=4), 2)
    while drafts.judge_portion(people, draft.list_id, Rules(lambda person: True)):
        pass
    assert lists.get(people, draft.list_id).total_won == 2


def test_judging_goes_on_where_it_stopped(people, three, monkeypatch):
    monkeypatch.setattr(drafts, "PORTION", 2)
    rules = Rules(lambda person: True)
    draft = drafts.create(people, Upload(5, MAKER, "a.csv", b"P-0001,10\nP-0002,20\nP-0001,5\nP-0003,30\n"))
    assert drafts.judge_portion(people, draft.list_id, rules)
    half = lists.get(people, draft.list_id)
    assert (half.reading, half.judged, half.lines, half.count) == ("judging", 2, 4, 2)
    while drafts.judge_portion(people, draft.list_id, rules):
        pass
    done = lists.get(people, draft.list_id)
    assert (done.reading, done.count, done.total_won, done.faulty) == ("", 3, 60, 1)
    assert lists.reasons(people, draft.list_id) == {"ROW_TWICE": 1}


def test_some_rows_are_set_aside_and_the_others_still_block(people, three):
    draft = upload(people, three, "P-0001,1\n없음,1\n없음2,1\n")
    assert drafts.set_aside(people, draft.list_id, MAKER, [2, 1, 77]) == 1
    assert lists.left_blocking(people, draft.list_id) == 1
    with pytest.raises(Refusal, match="ROWS_NOT_SET_ASIDE"):
        lists.propose(people, draft.list_id, MAKER, b"grant")
    assert [(row, reason) for row, reason, _ in drafts.refused_rows(people, draft)] == [
        (2, "ROW_UNKNOWN_PERSON"), (3, "ROW_UNKNOWN_PERSON")]


def test_what_a_file_held_is_forgotten_when_its_list_is_proposed_or_old(people, three, clock):
    kept = "SELECT count(*) FROM file_row"
    proposed, left = (upload(people, three, f"관리번호,금액\nP-0001,{won}\n없음,1\n").list_id for won in (1, 2))
    drafts.set_aside(people, proposed, MAKER)
    lists.propose(people, proposed, MAKER, b"grant")
    found = lists.get(people, proposed)
    assert people.read().execute(kept).fetchone() == (5,), "of one its refused row and its header"
    assert [(row, cells) for row, _, cells in drafts.refused_rows(people, found)] == [(3, ["없음", "1"])]
    assert drafts.header_of(people, found) == ["관리번호", "금액"]
    clock.now_s += 8 * 86_400
    drafts.forget_files(people)
    assert people.read().execute(kept).fetchone() == (0,)
    assert lists.get(people, left).state == "draft"


def test_a_list_starts_at_most_a_week_ahead_and_may_be_stopped_before(people, three, clock):
    list_id = upload(people, three, "P-0001,1\n").list_id
    for at_s in (clock.now_s - 1, clock.now_s + 8 * 86_400):
        with pytest.raises(Refusal, match="FIELD_WRONG"):
            drafts.start_at(people, list_id, MAKER, at_s)
    drafts.start_at(people, list_id, MAKER, clock.now_s + 3600)
    lists.propose(people, list_id, MAKER, b"grant")
    lists.approve(people, list_id, CHECKER, b"yes")
    assert lists.unpaid(people) == []
    clock.now_s += 3600
    assert lists.unpaid(people) == [list_id]
    with pytest.raises(Refusal, match="LIST_CLOSED"):
        lists.stop(people, list_id, CHECKER, "너무 늦음")
    clock.now_s -= 1
    lists.stop(people, list_id, CHECKER, "예산 확인")
    assert (lists.get(people, list_id).state, lists.get(people, list_id).why) == ("withdrawn", "예산 확인")


def test_columns_may_be_said_outright(people, three):
    draft = judged(people, Upload(5, MAKER, "", b"P-0001,1\nP-0002,2\n", FIRST_TWO))
    assert draft.count == 2
