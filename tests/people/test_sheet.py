import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import Refusal
from app.people import sheet
from app.people.workbook import ROWS

def read(raw: bytes) -> list:
    return list(sheet.rows(raw))


KOREAN = "대상자,금액\r\nP-0001,300000\r\n뷁-1,5\r\n"  # 뷁 is in cp949, not in euc-kr


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp949"])
def test_what_excel_and_others_write_is_read(encoding):
    assert read(KOREAN.encode(encoding)) == [["대상자", "금액"], ["P-0001", "300000"], ["뷁-1", "5"]]


@pytest.mark.parametrize(
    "raw, rows",
    [
        (b"", []),
        (b"\r\n\n", [[], []]),
        (b"a,b", [["a", "b"]]),
        (b"a,b\rc,d\r", [["a", "b"], ["c", "d"]]),
        (b'"a\nb","1,000"\n', [["a\nb", "1,000"]]),
    ],
)
def test_odd_files_keep_their_rows(raw, rows):
    assert read(raw) == rows


@pytest.mark.parametrize(
    "raw, word",
    [
        (b"\xff\xfea\x00,\x001\x00", "FILE_KIND"),
        (b"\x00,1\n", "FILE_KIND"),
        (b"\x81", "UNREADABLE"),
        (b'"never closed,1\nP-2,3\n', "UNREADABLE"),
        (b"x" * 200_000, "FILE_WIDE"),
        (b"\n" * (ROWS + 1), "ROWS_TOO_MANY"),
        (b"\n" * (sheet.FILE_BYTES + 1), "TOO_LARGE"),
    ],
)
def test_what_cannot_be_read_is_refused_in_a_word(raw, word):
    with pytest.raises(Refusal) as caught:
        read(raw)
    assert caught.value.word == word


@given(st.binary(max_size=300))
def test_any_bytes_are_rows_or_a_refusal(raw):
    try:
        rows = read(raw)
    except Refusal as refusal:
        assert refusal.word in ("UNREADABLE", "FILE_KIND", "ROW_RESIDENT_NUMBER")
    else:
        assert all(isinstance(cell, str) for row in rows for cell in row)


@pytest.mark.parametrize(
    "cell", ["=1+1", "+82", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "＝1", "\n+1", "\t1", "=HYPERLINK(\"http://x\")"]
)
def test_a_cell_that_a_spreadsheet_would_run_is_written_as_text(cell):
    written = sheet.write(["head"], [[cell]]).decode("utf-8-sig")
    assert list(csv.reader(io.StringIO(written, newline="")))[1] == ["'" + cell]


def test_other_cells_are_written_as_they_are():
    raw = sheet.write(["이름", "=x"], [["김*수", -5], ["P-0001", ""]])
    assert raw.startswith("\ufeff이름,'=x\r\n".encode())
    assert read(raw) == [["이름", "'=x"], ["김*수", "-5"], ["P-0001", ""]]


@given(st.lists(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=8), min_size=2, max_size=3)))
def test_no_written_cell_ever_begins_like_a_formula(rows):
    written = sheet.write(["a"], rows).decode("utf-8-sig")
    for row in csv.reader(io.StringIO(written, newline="")):
        assert not any(cell.lstrip().startswith(("=", "+", "-", "@")) for cell in row)
