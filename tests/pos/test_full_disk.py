"""The till PC's disk fills up: what is said, what the program ends with, and that nothing that was paid is called refused.

The till's folder lies on a small disk of its own, which is filled for real.
"""

import errno
import os
import shutil
import subprocess
import time
from urllib.parse import urlencode

import pytest

from app.message import cose
from app.money import orders
from app.money.orders_offline import Deposit
from pos import keys, links, offline, scanner
from pos.first import First
from pos.journal import sqlite
from pos.server import to_bytes, to_text
from tests.pos.conftest import PIN, run
from tests.pos.test_commands import text_of
from tests.pos.test_localhost import browser, errands, kept_pages, served  # noqa: F401  fixtures
from tests.pos.test_offline import Certified
from tests.pos.town import DOWN, move

FULL, AGAIN = "디스크에 빈 자리가 없습니다", "다시 받지 말고"
NEVER = ("결제되지 않았습니다", "결제가 완료되었습니다", "\a", "Traceback")


class Disk:
    """A small one, mounted."""

    def __init__(self, place):
        self.place, self.ballast = place, place / "ballast"

    def fill(self) -> None:
        with open(self.ballast, "wb", buffering=0) as ballast:
            try:
                while True:
                    ballast.write(bytes(4096))
            except OSError as error:
                assert error.errno == errno.ENOSPC

    def empty(self) -> None:
        self.ballast.unlink()


class Pretended(Disk):
    """Where no disk may be mounted: what is written meets the errors that a full one gives."""

    def __init__(self, place, monkeypatch):
        super().__init__(place)
        self.full, link, fsync = False, links.link, os.fsync

        def write(*given):
            if self.full:
                raise sqlite.OperationalError("database or disk is full")
            return link(*given)

        def sync(number):
            if self.full:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            return fsync(number)

        monkeypatch.setattr(links, "link", write)
        monkeypatch.setattr(os, "fsync", sync)

    def fill(self) -> None:
        self.full = True

    def empty(self) -> None:
        self.full = False


@pytest.fixture
def disk(tmp_path, monkeypatch):
    place = tmp_path / "disk"
    place.mkdir()
    try:
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", place], capture_output=True, check=False).returncode == 0
    except OSError:
        mounted = False
    yield Disk(place) if mounted else Pretended(place, monkeypatch)
    if mounted:
        subprocess.run(["umount", "-l", place], check=True)


@pytest.fixture
def folder(pairing_run, wire, disk):
    """A paired till's folder on that disk."""
    folder = disk.place / "till"
    shutil.copytree(pairing_run[0], folder)
    move(folder, wire.url)
    return folder


def is_unknown(result) -> bool:
    return result.exit_code == 3 and FULL in result.output and AGAIN in result.output and not any(word in result.output for word in NEVER)


@pytest.mark.parametrize("words", [("charge", "1000"), ("scan", "1000"), ("refund", "1", "1000"), ("sync",), ("sales",)], ids=lambda words: words[0])
def test_nothing_is_begun_on_a_full_disk(folder, disk, wire, words):
    disk.fill()
    assert is_unknown(run(folder, *words, typed=f"{PIN}\n"))
    assert not any(asked.startswith("POST") for asked in wire.seen)
    disk.empty()
    assert run(folder, "sales").exit_code == 0


def test_what_can_not_be_written_down_is_not_sent(folder, disk, wire, phone, till, monkeypatch):
    text = text_of(phone.code(50_000))
    with monkeypatch.context() as patch:
        patch.setattr(scanner, "typed", lambda _: disk.fill() or [text])
        assert is_unknown(run(folder, "scan", "5000"))
    assert not any(asked.startswith("POST") for asked in wire.seen)
    disk.empty()
    assert not till.journal.lines() and phone.balance_won() == 20_000
    assert run(folder, "scan", "5000", typed=f"{text}\n").exit_code == 0


def test_what_was_paid_when_the_disk_was_full_is_found_when_there_is_room(folder, disk, wire, phone, till):
    def last_room_goes(answer: bytes) -> bytes:
        disk.fill()
        return answer

    wire.broken["POST /api/sales"] = last_room_goes
    assert is_unknown(run(folder, "scan", "5000", typed=text_of(phone.code(50_000)) + "\n"))
    (kept,) = till.journal.lines()
    assert not kept.receipt and not kept.word and phone.balance_won() == 15_000
    wire.broken.clear()
    assert is_unknown(run(folder, "sales"))
    disk.empty()
    assert "오늘 합계 5,000원" in run(folder, "sales").output
    assert till.journal.lines()[0].receipt


def test_what_was_taken_without_a_network_as_the_disk_filled_is_in_the_journal(folder, disk, wire, town, phone, till, monkeypatch):
    assert run(folder, "sales").exit_code == 0
    certified, taken = Certified(town, phone), offline.take

    def last_room_goes(*given):
        sale = taken(*given)
        disk.fill()
        return sale

    wire.broken[""] = DOWN
    monkeypatch.setattr(offline, "take", last_room_goes)
    assert is_unknown(run(folder, "scan", "5000", typed=f"{certified.code()}\n"))
    (kept,) = till.journal.open_lines()
    assert type(cose.parse(kept.raw).body) is Deposit
    wire.broken.clear()
    disk.empty()
    time.sleep(1.1)
    assert run(folder, "sync").exit_code == 0 and phone.balance_won() == 15_000


def test_a_key_that_found_no_room_leaves_no_half_of_it(disk, town, monkeypatch):
    folder = disk.place / "new"
    folder.mkdir()
    disk.fill()
    with pytest.raises(OSError, match="No space left"):
        keys.make(folder, PIN)
    assert not any(folder.iterdir())
    disk.empty()
    keys.make(folder, PIN)
    assert keys.exist(folder)


def test_a_pc_that_becomes_a_till_in_the_browser_is_told_too(disk, town):
    folder = disk.place / "new"
    folder.mkdir()
    first, typed = First(folder, "ko"), {"server": town.url, "code": town.pairing_code(), "pin": PIN, "again": PIN}
    disk.fill()
    first.send(urlencode(typed).encode())
    assert FULL in first.page("ko").decode()
    disk.empty()
    first.send(urlencode(typed).encode())
    assert 'class="digits"' in first.page("ko").decode()
    first.stop()


def test_the_page_is_told_and_goes_on_when_there_is_room(browser, errands, disk, phone):  # noqa: F811
    asked = {"kind": "request", "amount_won": 900, "until_s": errands.server.now_s() + 170}
    sent = browser.done("issue", **asked, sale="A")
    receipt = to_text(phone.pay(to_bytes(sent["message"])))
    disk.fill()
    for name, content in (("issue", asked | {"sale": "B"}), ("settle", {"id": sent["id"], "receipt": receipt})):
        status, said = browser.errand(name, **content)
        assert (status, said["word"]) == (507, "FULL"), name
    disk.empty()
    assert [one["id"] for one in browser.done("waiting", how="open")] == [sent["id"]]
    assert browser.done("settle", id=sent["id"], receipt=receipt) is True
    assert type(cose.parse(to_bytes(browser.done("issue", **asked, sale="B")["message"])).body) is orders.Request


def test_a_file_that_can_not_be_written_is_one_line(folder, tmp_path):
    for words in (("export", str(tmp_path / "no" / "x.json")), ("close", "--file", str(tmp_path / "no" / "x.csv"))):
        result = run(folder, *words)
        assert result.exit_code == 2 and "can't be written" in result.output
