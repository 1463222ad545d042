"""Which row of a file is paid, and why another is not."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.errors import WORDS, Refusal
from app.people import sheet
from app.people.columns import FIRST_TWO, Columns
from app.people.rows import Known, amount, birth_date, judge

A, B, C, D, E = (letter * 16 for letter in (b"a", b"b", b"c", b"d", b"e"))
BY_REFERENCE = {"P-1": A, "P-2": B, "P-3": C}
BORN = {("홍길동", "1950-03-14"): [A], ("김영수", "1950-03-14"): [D, E], ("NGUYENVANA", "1990-01-02"): [B]}
BY_NAME = Columns(name=0, birth_date=1, amount=2, width=3)


def known(listed=(), why_back=lambda person, amount_won: "ROW_NOT_LINKED" if person == C else "", asked=None):
    return Known(lambda all_: {one: BY_REFERENCE[one] for one in all_ if one in BY_REFERENCE}, lambda dates: BORN,
                 lambda people: set(listed), (asked if asked is not None else []).extend, lambda person: person != C, why_back)


def judged(text, columns=FIRST_TWO, **facts):
    return judge(list(enumerate(sheet.rows(text.encode()), 1)), columns, known(**facts))


@pytest.mark.parametrize(
    "line, reason",
    [
        ("P-1,1000", ""),
        (" p-1 , 1000 ", ""),
        ("Ｐ-１,1000", ""),
        ("P-1,1000,,", ""),
        ("P-1,9007199254740991", ""),
        ('P-1,"1,000"', ""),
        ('P-1,"12,345,678"', ""),
        ("P-1,１０００", ""),
        ("P-1,1000원", ""),
        ("P-1,￦1000", ""),
        ("P-9,1000", "ROW_UNKNOWN_PERSON"),
        (",1000", "ROW_EMPTY"),
        ("P-1,", "ROW_EMPTY"),
        ("P-1", "ROW_EMPTY"),
        ("P-3,1000", "ROW_NOT_LINKED"),
        ("P-1,=1+1", "ROW_FORMULA"),
        ("=A1,1000", "ROW_FORMULA"),
        ("P-1,'=1+1", "ROW_FORMULA"),
        ('P-1,"10,00"', "ROW_AMOUNT_COMMAS"),
        ('P-1,"1,0000"', "ROW_AMOUNT_COMMAS"),
        ('P-1,",100"', "ROW_AMOUNT_COMMAS"),
        ('P-1,"0,100"', "ROW_AMOUNT_COMMAS"),
        ("P-1,-1000", "ROW_AMOUNT_NEGATIVE"),
        ("P-1,△1000", "ROW_AMOUNT_NEGATIVE"),
        ('P-1,"(1,000)"', "ROW_AMOUNT_NEGATIVE"),
        ("P-1,1000.0", "ROW_AMOUNT_DECIMALS"),
        ('P-1,"1,000.50"', "ROW_AMOUNT_DECIMALS"),
        ("P-1,2026-12-01", "ROW_AMOUNT_DATE"),
        ("P-1,26.12.1", "ROW_AMOUNT_DATE"),
        ("P-1,+1000", "ROW_AMOUNT_WRONG"),
        ("P-1,0", "ROW_AMOUNT_WRONG"),
        ("P-1,0100", "ROW_AMOUNT_WRONG"),
        ("P-1,1e3", "ROW_AMOUNT_WRONG"),
        ("P-1,1만원", "ROW_AMOUNT_WRONG"),
        ("P-1,1 000", "ROW_AMOUNT_WRONG"),
        ("P-1,#N/A", "ROW_AMOUNT_WRONG"),
        ("P-1,9007199254740992", "ROW_AMOUNT_WRONG"),
        ("P-1,99999999999", ""),
        ("P-3,0", "ROW_AMOUNT_WRONG"),
        ("P-1,1,000", "ROW_COLUMNS"),
        ("P-1,1000,x", "ROW_COLUMNS"),
    ],
)
def test_every_row_is_paid_or_has_its_reason(line, reason):
    (row,) = judged(line)
    assert row.reason == reason and (reason == "" or reason in WORDS)
    assert (row.amount_won is None) == bool(reason)


@pytest.mark.parametrize(
    "cell, won, note",
    [("1000", 1000, ""), ("1,000", 1000, "commas"), ("１，０００", 1000, "wide commas"), ("1000원", 1000, "unit"),
     ("１０００원", 1000, "wide unit"), (" 1000 ", 1000, "")],
)
def test_how_an_amount_was_read_is_noted(cell, won, note):
    assert amount(cell) == (won, note, "")


def test_a_person_stands_in_a_list_once():
    rows = judged("P-1,10\np-1,10\nP-2,x\nP-2,20")
    assert [row.reason for row in rows] == ["", "ROW_TWICE", "ROW_AMOUNT_WRONG", "ROW_TWICE"]
    assert [row.reason for row in judged("P-1,10", listed=[A])] == ["ROW_TWICE"]


def test_the_ledger_has_the_last_word_and_is_told_before_about_whom_it_is_asked():
    asked = []

    def why_back(person, amount_won):
        assert person in asked
        return "ROW_OVER_LIMIT" if amount_won > 100 else ""

    rows = judged("P-1,100\nP-2,101\nP-9,101\nP-3,0\n", why_back=why_back, asked=asked)
    assert [(row.reason, row.amount_won) for row in rows] == [
        ("", 100), ("ROW_OVER_LIMIT", None), ("ROW_UNKNOWN_PERSON", None), ("ROW_AMOUNT_WRONG", None)]


def test_money_waits_for_who_has_no_wallet_where_the_ledger_takes_it():
    (row,) = judged("P-3,1000", why_back=lambda person, amount_won: "")
    assert (row.reason, row.amount_won, row.note) == ("", 1000, "waits")


def test_rows_are_counted_as_the_spreadsheet_counts_them():
    rows = judged("P-1,10\n\n,,\nP-2,20\n")
    assert [(row.row, row.person, row.amount_won) for row in rows] == [(1, A, 10), (4, B, 20)]


@pytest.mark.parametrize(
    "line, reason",
    [
        ("홍길동,1950-03-14,1000", ""),
        ("홍 길동,1950.3.14,1000", ""),
        ("홍길동,1950. 3. 14.,1000", ""),
        ("홍길동,1950년 3월 14일,1000", ""),
        ("홍길동,19500314,1000", ""),
        ("홍길동,1950/03/14,1000", ""),
        ("홍길동,１９５０-０３-１４,1000", ""),     # the name in its decomposed form
        ("Nguyen van a,1990-1-2,1000", ""),
        ("홍길동,500314,1000", "ROW_BIRTH_DATE"),
        ("홍길동,50.3.14,1000", "ROW_BIRTH_DATE"),
        ("홍길동,1950-13-14,1000", "ROW_BIRTH_DATE"),
        ("홍길동,14.3.1950,1000", "ROW_BIRTH_DATE"),
        ("홍길동,,1000", "ROW_EMPTY"),
        (",1950-03-14,1000", "ROW_EMPTY"),
        ("홍길순,1950-03-14,1000", "ROW_UNKNOWN_PERSON"),
        ("홍길동,1950-03-15,1000", "ROW_UNKNOWN_PERSON"),
        ("김영수,1950-03-14,1000", "ROW_SAME_NAME"),
    ],
)
def test_a_person_is_found_by_name_and_birth_date(line, reason):
    (row,) = judged(line, BY_NAME)
    assert row.reason == reason
    assert "홍길동" not in row.person_cell and "03-14" not in row.person_cell


def test_a_date_as_a_spreadsheet_keeps_it_is_a_birth_date_and_no_amount():
    assert birth_date(("date", "1950-03-14 00:00")) == "1950-03-14"
    assert amount(("date", "2026-12-01"))[2] == "ROW_AMOUNT_DATE"
    assert amount(("formula", "=SUM(A1)"))[2] == "ROW_FORMULA" and amount(("merged", "5"))[2] == "ROW_MERGED"


CELL = st.one_of(
    st.sampled_from(["P-1", "P-2", "P-3", "1000", "0", "500314-1234567", '"', "금액", "\x00", "=1", "1,000"]), st.text(max_size=9)
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
        rows = judge(list(enumerate(sheet.rows(raw), 1)), FIRST_TWO, known())
    except Refusal as refusal:
        assert refusal.word in ("UNREADABLE", "FILE_KIND", "ROWS_TOO_MANY", "ROW_RESIDENT_NUMBER")
        return
    paid = [row.person for row in rows if row.reason == ""]
    assert len(set(paid)) == len(paid) and C not in paid
    assert all(0 < row.amount_won < 2**53 for row in rows if row.reason == "")
