
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.errors import WORDS, Refusal
from app.people import lists, register
from app.people.lists import PayRow, Upload
from app.people.register import Details
from app.people.rows import Known, judge

MAKER, CHECKER = 1, 2
A, B, C = (letter * 16 for letter in (b"a", b"b", b"c"))
KNOWN = Known({"P-1": A, "P-2": B, "P-3": C}.get, lambda person: person != C)


@pytest.mark.parametrize(
    "line, reason",
    [
        ("P-1,1000", ""),
        (" p-1 , 1000 ", ""),
        ("Ｐ-１,1000", ""),
        ("P-1,1000,,", ""),
        ("P-1,9007199254740991", ""),
        ("P-9,1000", "ROW_UNKNOWN_PERSON"),
        (",1000", "ROW_UNKNOWN_PERSON"),
        ("P-3,1000", "ROW_NOT_LINKED"),
        ('P-1,"1,000"', "ROW_AMOUNT_WRONG"),
        ("P-1,１０００", "ROW_AMOUNT_WRONG"),
        ("P-1,-1000", "ROW_AMOUNT_WRONG"),
        ("P-1,+1000", "ROW_AMOUNT_WRONG"),
        ("P-1,0", "ROW_AMOUNT_WRONG"),
        ("P-1,000", "ROW_AMOUNT_WRONG"),
        ("P-1,0100", "ROW_AMOUNT_WRONG"),
        ("P-1,", "ROW_AMOUNT_WRONG"),
        ("P-1,1000.0", "ROW_AMOUNT_WRONG"),
        ("P-1,1e3", "ROW_AMOUNT_WRONG"),
        ("P-1,1000원", "ROW_AMOUNT_WRONG"),
        ("P-1,9007199254740992", "ROW_AMOUNT_WRONG"),
        ("P-1,99999999999999999999", "ROW_AMOUNT_WRONG"),
        ("P-3,0", "ROW_AMOUNT_WRONG"),
        ("P-1", "ROW_COLUMNS"),
        ("P-1,1,000", "ROW_COLUMNS"),
        ("P-1,1000,x", "ROW_COLUMNS"),
        ("500314-1234567,1000", "ROW_RESIDENT_NUMBER"),
        ("5003141234567,1000", "ROW_RESIDENT_NUMBER"),
        ("５００３１４-１２３４５６７,1000", "ROW_RESIDENT_NUMBER"),
        ("P-1,5003141234567", "ROW_RESIDENT_NUMBER"),
        ("P-1,1000,500314-1234567", "ROW_RESIDENT_NUMBER"),
        ("500314 - 1234567", "ROW_RESIDENT_NUMBER"),
    ],
)
def test_every_row_is_paid_or_has_its_reason(line, reason):
    (row,) = judge(line.encode(), KNOWN)
    assert row.reason == reason and (reason == "" or reason in WORDS)
    assert (row.amount_won is None) == bool(reason)


def test_rows_are_counted_as_the_spreadsheet_counts_them():
    rows = judge("대상자,금액\n\nP-1,10\n,,\nP-2,20\n".encode("cp949"), KNOWN)
    assert [(row.row, row.person, row.amount_won) for row in rows] == [(3, A, 10), (5, B, 20)]


@pytest.mark.parametrize("header", ["person,amount", "대상자,금액", "관리번호, 금액 (원)", "Reference,AMOUNT,"])
def test_a_header_is_known_by_its_words(header):
    assert [row.row for row in judge(f"{header}\nP-1,10".encode(), KNOWN)] == [2]


def test_a_first_row_that_is_merely_wrong_is_shown():
    assert [row.reason for row in judge(b"P-1,ten\nP-2,20", KNOWN)] == ["ROW_AMOUNT_WRONG", ""]


def test_a_person_stands_in_a_list_once():
    rows = judge(b"P-1,10\np-1,10\nP-2,x\nP-2,20", KNOWN)
    assert [row.reason for row in rows] == ["", "ROW_TWICE", "ROW_AMOUNT_WRONG", "ROW_TWICE"]


@pytest.mark.parametrize("raw", [b"", b"\n\n", b"person,amount\n", b",,,\n"])
def test_a_file_without_rows_is_refused(raw):
    with pytest.raises(Refusal, match="LIST_EMPTY"):
        judge(raw, KNOWN)


def test_a_total_that_no_message_can_hold_is_refused():
    with pytest.raises(Refusal, match="ROWS_TOO_MANY"):
        judge(b"P-1,9007199254740991\nP-2,1", KNOWN)


CELL = st.one_of(
    st.sampled_from(["P-1", "P-2", "P-3", "1000", "0", "500314-1234567", '"', "금액", "\x00"]), st.text(max_size=9)
)
FILE = st.one_of(
    st.binary(max_size=200),
    st.lists(st.lists(CELL, max_size=4).map(",".join), max_size=6).map(
        lambda lines: "\n".join(lines).encode("utf-8", "replace")
    ),
)


@given(FILE)
@settings(suppress_health_check=[HealthCheck.too_slow])
def test_any_file_is_judged_or_refused_in_a_word(raw):
    try:
        rows = judge(raw, KNOWN)
    except Refusal as refusal:
        assert refusal.word in ("UNREADABLE", "LIST_EMPTY", "ROWS_TOO_MANY")
        return
    paid = [row.person for row in rows if row.reason == ""]
    assert len(set(paid)) == len(paid) and C not in paid
    assert all(0 < row.amount_won < 2**53 for row in rows if row.reason == "")


# --- kept ------------------------------------------------------------------------------


@pytest.fixture
def three(people):
    """P-0001 to P-0003; the third has no account."""
    return [register.add(people, Details("김영수", "1950-03-14", "")).token for _ in range(3)]


def upload(people, three, text, file_name="9월.csv"):
    return lists.create(people, Upload(5, MAKER, file_name, text.encode("cp949")), lambda person: person != three[2])


def test_a_draft_keeps_its_rows_its_figures_and_its_faults(people, three, clock):
    draft = upload(people, three, "대상자,금액\nP-0001,1000\nP-0003,500\n없음,1\nP-0002,250\n")
    assert (draft.programme, draft.maker, draft.state, draft.file_name) == (5, MAKER, "draft", "9월.csv")
    assert (draft.count, draft.total_won, draft.faulty, draft.created_at_s) == (2, 1250, 2, clock.now_s)
    assert (len(draft.list_id), len(draft.seed)) == (16, 32) and draft.seed.hex() not in repr(draft)
    assert lists.payable(people, draft.list_id) == [PayRow(0, three[0], 1000), PayRow(1, three[1], 250)]
    assert lists.payable(people, draft.list_id, after=0, limit=5) == [PayRow(1, three[1], 250)]
    faulty = lists.rows(people, draft.list_id, faulty=True)
    assert [(row.row, row.person_cell, row.reason) for row in faulty] == [
        (3, "P-0003", "ROW_NOT_LINKED"),
        (4, "없음", "ROW_UNKNOWN_PERSON"),
    ]
    assert lists.reasons(people, draft.list_id) == {"ROW_NOT_LINKED": 1, "ROW_UNKNOWN_PERSON": 1}
    assert [row.row for row in lists.rows(people, draft.list_id, after=3)] == [4, 5]
    assert lists.newest(people)[0].list_id == draft.list_id and lists.newest(people, "issued") == []


def test_a_resident_number_is_never_written_to_the_disk(people, three, tmp_path):
    draft = upload(people, three, "P-0001,1\n500314-1234567,5\nP-0002,5003141234567\nx,y,5003141234567\n", "500314-1234567.csv")
    assert lists.reasons(people, draft.list_id) == {"ROW_RESIDENT_NUMBER": 3}
    assert draft.file_name == ""
    files = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert b"500314" not in files and b"1234567" not in files


def test_a_list_goes_from_draft_to_issued(people, three):
    list_id = upload(people, three, "P-0001,1000\nP-0003,500\n").list_id
    with pytest.raises(Refusal) as caught:
        lists.propose(people, list_id, MAKER, b"grant")
    assert (caught.value.word, caught.value.facts) == ("ROWS_NOT_SET_ASIDE", {"rows": 1})
    assert lists.set_aside(people, list_id, MAKER) == 1
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
    "set aside": lambda people, list_id: lists.set_aside(people, list_id, MAKER),
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
    for call in (lists.set_aside, lists.withdraw, lambda *given: lists.propose(*given, b"grant")):
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
    lists.set_aside(people, list_id, MAKER)
    with pytest.raises(Refusal, match="LIST_EMPTY"):
        lists.propose(people, list_id, MAKER, b"grant")


def test_the_export_holds_no_formula_and_no_name(people, three):
    list_id = upload(people, three, 'P-0001,1000\n"=cmd|x",-5\n').list_id
    assert lists.export(people, list_id).decode("utf-8-sig").splitlines() == [
        "row,person,amount,reason",
        "1,P-0001,1000,",
        "2,'=cmd|x,'-5,ROW_UNKNOWN_PERSON",
    ]


def test_an_unknown_list_is_not_found(people):
    for call in (lists.get, lists.rows, lists.reasons, lists.payable, lists.issued, lists.export):
        with pytest.raises(Refusal, match="NOT_FOUND"):
            call(people, bytes(16))


def test_an_erased_person_is_gone_from_the_cells(people, three):
    list_id = upload(people, three, "P-0001,1000\nP-0003,5").list_id
    register.erase(people, 9, three[0], "본인 요청")
    assert [row.person_cell for row in lists.rows(people, list_id)] == ["", "P-0003"]


def test_a_hundred_thousand_rows_are_read_and_kept(people):
    count = 100_000
    with people.write() as connection:
        connection.executemany(
            "INSERT INTO person VALUES (?, ?, '김영수', '1950-03-14', '', 0)",
            ((number.to_bytes(16), f"P-{number:04}") for number in range(count)),
        )
    raw = "대상자,금액\r\n".encode("cp949") + b"".join(b"P-%04d,%d\r\n" % (n, 1000 + n) for n in range(count))
    draft = lists.create(people, Upload(1, MAKER, "all.csv", raw), lambda person: True)
    assert (draft.count, draft.faulty) == (count, 0)
    assert lists.payable(people, draft.list_id, count - 2) == [lists.PayRow(count - 1, (count - 1).to_bytes(16), 1000 + count - 1)]
