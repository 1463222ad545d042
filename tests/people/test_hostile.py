"""Files that want more than to be read: each is refused in a word, by a process that is small and soon over."""

import datetime
import io
import json
import re
import resource
import subprocess
import sys
import time
import zipfile
import zlib
from contextlib import closing

import openpyxl
import pytest

from app.errors import Refusal
from app.people import sheet, turn, unpack
from app.people.workbook import ROWS

MIB = 2**20
TYPES = '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>'
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def read(raw: bytes) -> list:
    return list(sheet.rows(raw))


def zipped(how: int = zipfile.ZIP_DEFLATED, /, **parts) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", how) as packed:
        for name, content in parts.items():
            with packed.open(name, "w") as stream:
                for portion in content if isinstance(content, list) else [content]:
                    stream.write(portion if isinstance(portion, bytes) else portion.encode())
    return out.getvalue()


def book(*rows, change=lambda sheet: None) -> bytes:
    made = openpyxl.Workbook()
    for row in rows:
        made.active.append(row)
    change(made.active)
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def with_part(name: str, content, stored: bool = False) -> bytes:
    """A sound workbook in which one part, its last, is another."""
    with zipfile.ZipFile(io.BytesIO(book(["P-0001", 1000]))) as packed:
        parts = {each: packed.read(each) for each in packed.namelist() if each != name}
    return zipped(zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED, **parts, **{name: content})


def gigabyte() -> bytes:
    """1 GiB of blanks inside less than 2 MiB: one packed MiB, a thousand times."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    once = packer.compress(b" " * MIB) + packer.flush(zlib.Z_FULL_FLUSH)
    raw = bytearray(with_part("xl/worksheets/sheet1.xml", once * 1024 + packer.flush(), stored=True))
    for mark, method, size in ((b"PK\3\4", 8, 22), (b"PK\1\2", 10, 24)):
        at = raw.rindex(mark, 0, raw.rindex(b"xl/worksheets/sheet1.xml", 0, None if mark == b"PK\1\2" else raw.index(b"PK\1\2")))
        raw[at + method:at + method + 2] = (8).to_bytes(2, "little")
        raw[at + size:at + size + 4] = (1024 * MIB).to_bytes(4, "little")
    return bytes(raw)


SHEET = "xl/worksheets/sheet1.xml"
CELLS = ('<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>', "</sheetData></worksheet>")
LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))

FILES = {
    "a gigabyte inside a megabyte": (gigabyte, "FILE_SWELLS"),
    "a part of one repeated letter": (lambda: with_part("xl/styles.xml", [b"<a>" + b" " * MIB] * 16), "FILE_SWELLS"),
    "many shared strings": (lambda: with_part("xl/sharedStrings.xml", [b"<si><t>x</t></si>" * 65_536] * 20), "FILE_SWELLS"),
    "laughing entities": (lambda: with_part(SHEET, f'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY l0 "ha">{LAUGHS}]><l>&l9;</l>'), "FILE_KIND"),
    "a part that hides in utf-16": (lambda: with_part(SHEET, "".join(CELLS).encode("utf-16")), "FILE_KIND"),
    "a name that leads out": (lambda: with_part("../../etc/cron.d/x", b"x"), "FILE_KIND"),
    "a name from the root": (lambda: with_part("/etc/passwd", b"x"), "FILE_KIND"),
    "a zip inside": (lambda: with_part("xl/embeddings/a.bin", zipped(**{"b.zip": zipped(c="x" * 1000)})), "FILE_KIND"),
    "a zip of zips": (lambda: zipped(**{f"{n}.zip": zipped(x="x") for n in range(9)}), "FILE_KIND"),
    "too many parts": (lambda: zipped(**{"[Content_Types].xml": TYPES, "xl/workbook.xml": "<a/>"}, **{f"x{n}": b"" for n in range(600)}), "FILE_SWELLS"),
    "a torn workbook": (lambda: book(["P-0001", 1000])[:-200], "UNREADABLE"),
    "rubbish in a sheet": (lambda: with_part(SHEET, b"<worksheet><sheetData><row><c r='"), "UNREADABLE"),
    "two sheets": (lambda: book(["P-0001", 1], change=lambda one: one.parent.create_sheet("2").append(["P-0002", 2])), "FILE_SHEETS"),
    "a cell at the far corner": (lambda: book(["P-0001", 1], change=lambda one: one.cell(1_048_576, 16_384, "x")), "FILE_SWELLS"),
    "a cell far below": (lambda: book(["P-0001", 1], change=lambda one: one.cell(1_048_576, 1, "x")), "ROWS_TOO_MANY"),
    "a cell at the far right": (lambda: book(["P-0001", 1], change=lambda one: one.cell(1, 16_384, "x")), "FILE_WIDE"),
    "an old workbook": (lambda: OLE + bytes(600) + "Workbook".encode("utf-16-le") + bytes(MIB), "FILE_OLD"),
    "a locked workbook": (lambda: OLE + bytes(600) + "EncryptedPackage".encode("utf-16-le") + bytes(MIB), "FILE_LOCKED"),
    "a word processor's file": (lambda: OLE + bytes(600) + "FileHeader".encode("utf-16-le") + bytes(MIB), "FILE_KIND"),
    "a web page": (lambda: b"\xef\xbb\xbf \n<!DOCTYPE html><table><tr><td>P-0001<td>1</table>" * 9, "FILE_KIND"),
    "a table of a web page": (lambda: b"<html><table><tr><td>P-0001</td><td>1</td></tr></table>" + b" " * MIB, "FILE_KIND"),
    "a pdf": (lambda: b"%PDF-1.7\n" + b"x" * MIB, "FILE_KIND"),
    "two million columns": (lambda: b"," * 2_000_000, "FILE_WIDE"),
    "sixteen million columns": (lambda: b"1," * (8 * MIB), "FILE_WIDE"),
    "two million columns on lines of their own": (lambda: b'"a\n",' * 2_000_000, "FILE_WIDE"),
    "a quote that swallows the file": (lambda: b'P-0001,"1000\n' + b"P-0002,5\n" * 500_000, "FILE_WIDE"),
    "rows without end": (lambda: b"\n" * (ROWS + 5), "ROWS_TOO_MANY"),
    "cells without end": (lambda: (b"1," * 90 + b"\n") * 14_000, "FILE_SWELLS"),
    "bytes": (lambda: bytes(range(1, 256)) * 5_000, "UNREADABLE"),
    "nothing but zeros": (lambda: bytes(MIB), "FILE_KIND"),
}


# The reading process, which says at its end how much memory it had at most (its parent's is not its own: a fork inherits it).
WATCHED = ("import atexit, runpy, sys; atexit.register(lambda: sys.stderr.write(open('/proc/self/status').read()));"
           " runpy.run_module('app.people.unpack', run_name='__main__')")


@pytest.mark.parametrize("name", FILES)
def test_a_hostile_file_is_refused_in_a_word_by_a_small_and_short_process(name):
    make, word = FILES[name]
    raw = make()
    assert len(raw) <= sheet.FILE_BYTES
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run([sys.executable, "-c", WATCHED], input=raw, capture_output=True, cwd=sheet.ROOT)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < 10
    most_kib = re.search(rb"VmHWM:\s+(\d+) kB", done.stderr)
    assert most_kib is None or int(most_kib[1]) <= 256 * 1024       # None: its limits ended it before it could tell
    said = json.loads(done.stdout.splitlines()[0]) if done.stdout else {"refused": "FILE_SWELLS"}
    assert said.get("refused") == word
    with pytest.raises(Refusal) as caught:
        read(raw)
    assert caught.value.word == word


# The process that uploads a file as the server does, judges one portion, and says how much memory that took, the file and all.
UPLOADS = """
import sys
from app.errors import Refusal
from app.people import drafts, lists
from app.people.people import People

def kib(name):
    return next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith(name))

people, raw = People(sys.argv[1], lambda: 1_790_000_000), b""
before = kib("VmRSS")
with open(sys.argv[2], "rb") as file:
    raw = file.read()
try:
    made = drafts.create(people, lists.Upload(1, 1, "a.csv", raw))
    drafts.judge_portion(people, made.list_id, drafts.Rules(lambda person: True))
    said = made.lines
except Refusal as refusal:
    said = refusal.word
print(said, kib("VmHWM") - before)
"""
LETTERS = unpack.TEXT_CHARACTERS // unpack.CELL_CHARACTERS       # cells of the longest text
HEAVY = {
    "cells that can't be seen": (lambda: b"P-1,1000\n" + (b",".join([b"\1" * 200] * 60) + b"\n") * (LETTERS // 60), 1 + LETTERS // 60),
    "letters of four bytes": (lambda: one_text("\U0001f600" * 200, LETTERS // 90, 90), LETTERS // 90),
    "more than goes": (lambda: (b",".join([b"\1" * 200] * 60) + b"\n") * 1_300, "FILE_SWELLS"),
}


def one_text(text: str, rows: int, columns: int) -> bytes:
    """A workbook of nothing but this text."""
    with zipfile.ZipFile(io.BytesIO(book([1]))) as packed:
        parts = {each: packed.read(each) for each in packed.namelist()}
    strings = f'<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><si><t>{text}</t></si></sst>'
    row = "<row>" + '<c t="s"><v>0</v></c>' * columns + "</row>"
    return zipped(**{**parts, "xl/sharedStrings.xml": strings, SHEET: CELLS[0] + row * rows + CELLS[1]})


@pytest.mark.parametrize("name", HEAVY)
def test_the_process_that_takes_payments_stays_small_while_a_heavy_file_is_uploaded(name, tmp_path):
    (make, wanted), file = HEAVY[name], tmp_path / "heavy"
    raw = make()
    assert len(raw) <= sheet.FILE_BYTES
    file.write_bytes(raw)
    done = subprocess.run([sys.executable, "-c", UPLOADS, str(tmp_path / "people.db"), str(file)], capture_output=True, cwd=sheet.ROOT, text=True)
    said, grown_kib = done.stdout.split()
    assert said == str(wanted)
    assert int(grown_kib) <= 64 * 1024


def test_a_list_whose_reader_ends_in_the_middle_is_no_list(people, monkeypatch):
    monkeypatch.setattr(sheet, "READ_S", 2)
    raw = b"P-1,1000\n" * 60_000
    with closing(sheet.rows(raw)) as rows:
        next(rows)
        time.sleep(2.5)     # the pipe holds some rows, and then nobody writes the others
        with pytest.raises(Refusal, match="FILE_SWELLS"):
            list(rows)


def test_another_file_waits_for_its_turn_and_is_told_so(monkeypatch):
    monkeypatch.setattr(turn, "PATIENCE_S", 0.01)
    raw = b"P-1,1000\n" * 60_000
    with closing(sheet.rows(raw)) as rows:
        next(rows)
        with pytest.raises(Refusal, match="BUSY"):
            read(raw)
        assert read(b"P-2,5\n") == [["P-2", "5"]], "what is short needs no process"
    assert len(read(raw)) == 60_000


def test_a_process_that_takes_too_long_is_ended(monkeypatch):
    monkeypatch.setattr(sheet, "READ_S", 0.01)
    started = time.monotonic()
    with pytest.raises(Refusal, match="FILE_SWELLS"):
        read(book(["P-0001", 1]))
    assert time.monotonic() - started < 5


def test_what_a_file_holds_decides_and_not_its_name():
    assert read(book(["관리번호", "금액"], ["P-0001", 300000])) == [["관리번호", "금액"], ["P-0001", "300000"]]


def test_what_cells_of_a_workbook_are_is_kept():
    def change(one):
        one["A1"], one["B1"], one["C1"] = "=1+1", datetime.date(1950, 3, 14), 1000.5
        one["D1"], one["E1"] = "=x", True
        one["D1"].data_type = "s"
        one["A2"], one["B2"], one["B3"] = 5, "합침", "x"
        one.merge_cells("B2:B3")
        one.merge_cells("C2:E2")
        one["A3"] = 6

    assert read(book(change=change)) == [
        [("formula", "=1+1"), ("date", "1950-03-14"), "1000.5", "=x", "TRUE"],
        ["5", ("merged", "합침"), "", "", ""],
        ["6", ("merged", ""), "", "", ""],
    ]


def test_empty_sheets_beside_the_list_harm_nobody():
    raw = book(["P-0001", 1], change=lambda one: (one.parent.create_sheet("2"), one.parent.create_sheet("3")))
    assert read(raw) == [["P-0001", "1"]]


def test_a_resident_number_in_a_workbook_refuses_it_whole():
    for row in (["500314-1234567", 1], ["P-1", 5003141234567]):
        with pytest.raises(Refusal) as caught:
            read(book(["관리번호", "금액"], row))
        assert (caught.value.word, caught.value.facts) == ("ROW_RESIDENT_NUMBER", {"row": 2})


def test_a_long_workbook_is_read_within_its_limits():
    raw = book(["관리번호", "금액"], *((f"P-{n}", n) for n in range(20_000)))
    assert len(read(raw)) == 20_001
    assert unpack.MEMORY_BYTES == 256 * MIB
