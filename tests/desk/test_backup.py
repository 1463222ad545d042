"""Copies taken beside a city at work, and what a city does whose database was put back, or whose files are lost."""

import os
import shutil
import stat
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from app.chain.checkpoint import WouldFork
from app.desk import backup, example, found, pay, seal
from app.desk.found import Folder
from app.errors import SetupError
from app.message import cose
from app.people import register
from app.people.people import People
from app.store.sqlite import SqliteStore
from app.work import Work
from tests.cast import City

PAYERS = 4


def hagc(*arguments: object, ok: bool = True) -> str:
    """What `python -m app` says, on one side or the other."""
    done = subprocess.run([sys.executable, "-m", "app", *map(str, arguments)], capture_output=True, text=True, timeout=120)
    assert (done.returncode == 0) == ok and "Traceback" not in done.stderr, done.stdout + done.stderr
    return done.stdout if ok else done.stderr


@pytest.fixture
def live(tmp_path):
    """A city by the real clock, which other processes may open beside this one."""
    city = City(tmp_path / "data", time.time)
    yield city
    city.close()


def pay_once(city: City, wallet, till) -> bytes:
    """Acknowledged when this returns: the till's message."""
    code = wallet.code(10)
    charge = till.charge(code, 10)
    assert pay.settle(city.office, code, charge).receipt
    return charge


class Payer(threading.Thread):
    def __init__(self, city: City, over: threading.Event):
        super().__init__()
        self.city, self.over = city, over
        self.wallet, self.till = city.wallet(help_won=500_000), city.till()
        self.acknowledged: list[bytes] = []

    def run(self) -> None:
        while not self.over.is_set():
            self.acknowledged.append(pay_once(self.city, self.wallet, self.till))


def test_a_backup_under_load_holds_all_that_was_acknowledged_before_it_began(live, tmp_path):
    over = threading.Event()
    payers = [Payer(live, over) for _ in range(PAYERS)]
    for payer in payers:
        payer.start()
    time.sleep(0.7)
    before = [message for payer in payers for message in list(payer.acknowledged)]
    said = hagc("backup", tmp_path / "copy", "--data", live.folder.path)
    over.set()
    for payer in payers:
        payer.join()
    assert len(before) > 20 and sum(len(payer.acknowledged) for payer in payers) > len(before)

    copy = Folder(tmp_path / "copy")
    assert "everything is in order" in hagc("verify", "--data", copy.path)
    store = SqliteStore.look(copy.chain)
    size = store.head().size
    lost = [message for message in before if store.entry_of(cose.parse(message).body.expires_at_s, live.id_of(message)) is None]
    store.close()
    assert lost == [] and f"{size:,} entries until 20" in said
    people = People(copy.people, time.time)
    assert register.count(people) == register.count(live.office.people) > PAYERS
    people.close()


def test_a_backup_holds_no_key_and_no_record_of_what_was_signed_and_only_its_owner_reads_it(live, tmp_path):
    backup.make(live.folder, tmp_path / "copy")
    kept = sorted((tmp_path / "copy").iterdir())
    assert [file.name for file in kept] == ["chain.sqlite", "city.toml", "people.sqlite"]
    assert {stat.S_IMODE(file.stat().st_mode) for file in kept} == {0o600}
    assert stat.S_IMODE((tmp_path / "copy").stat().st_mode) == 0o700
    with pytest.raises(SetupError, match="never overwrites"):
        backup.make(live.folder, tmp_path / "copy")
    with pytest.raises(SetupError, match="people.sqlite is missing"):
        live.folder.people.rename(tmp_path / "away")
        backup.make(live.folder, tmp_path / "other")
    (tmp_path / "away").rename(live.folder.people)


def test_a_backup_that_was_cut_off_is_never_taken_for_one(live, tmp_path, monkeypatch):
    with monkeypatch.context() as broken:
        broken.setattr(backup.os, "fsync", lambda _: (_ for _ in ()).throw(OSError(28, "No space left on device")))
        with pytest.raises(SetupError, match="No space left on device"):
            backup.make(live.folder, tmp_path / "copy")
    assert not list(tmp_path.glob("copy*"))
    (tmp_path / "copy.unfinished").mkdir()      # of one that was killed
    assert backup.make(live.folder, tmp_path / "copy").entries == live.office.store.head().size
    assert not (tmp_path / "copy.unfinished").exists()


def test_a_backup_never_fills_the_disk(live, tmp_path, monkeypatch):
    needed = sum(file.stat().st_size for path in (live.folder.chain, live.folder.people) for file in path.parent.glob(f"{path.name}*"))
    monkeypatch.setattr(backup, "free_bytes", lambda _: needed + backup.KEPT_FREE - 1)
    with pytest.raises(SetupError, match="MB left, a backup takes .* another disk"):
        backup.make(live.folder, tmp_path / "copy")
    assert not list(tmp_path.glob("copy*"))
    monkeypatch.setattr(backup, "free_bytes", lambda _: needed + backup.KEPT_FREE)
    assert backup.make(live.folder, tmp_path / "copy").entries


def test_what_killed_backups_left_is_cleared_by_the_next_one_and_nothing_else(live, tmp_path):
    def left(name: str, file: str, age_s: float) -> Path:
        folder = tmp_path / f"{name}.unfinished"
        folder.mkdir()
        (folder / file).write_bytes(b"half")
        for path in (folder / file, folder):
            os.utime(path, (time.time() - age_s,) * 2)
        return folder

    dead, live_one, other = left("dead", "chain.sqlite", 7200), left("live", "people.sqlite", 60), left("other", "thesis.txt", 7200)
    backup.make(live.folder, tmp_path / "copy")
    assert not dead.exists() and live_one.exists() and other.exists()


def test_who_verifies_or_exports_changes_nothing_in_a_ledger(live, tmp_path):
    copy = tmp_path / "copy"
    backup.make(live.folder, copy)
    before = (copy / "chain.sqlite").read_bytes()
    hagc("verify", "--data", copy)
    hagc("export", tmp_path / "export", "--data", copy)
    assert (copy / "chain.sqlite").read_bytes() == before
    assert sorted(file.name for file in copy.iterdir()) == ["chain.sqlite", "city.toml", "people.sqlite"]


# --- a database that was put back ----------------------------------------------------------

def put_back(city: City, copy: Path) -> None:
    """As an operator does: the databases from the backup, everything else as it lies there. The city's own office is closed."""
    for file in (city.folder.chain, city.folder.people):
        for left in file.parent.glob(f"{file.name}-*"):
            left.unlink()
        shutil.copy(copy / file.name, file)


@pytest.fixture
def restored(tmp_path):
    """A city whose databases are older than what it signed; how many entries it had then."""
    city = City(tmp_path / "data", time.time)
    wallet, till = city.wallet(help_won=1_000), city.till()
    seal.checkpoint(city.office)
    entries = backup.make(city.folder, tmp_path / "copy").entries
    pay_once(city, wallet, till)
    seal.checkpoint(city.office)
    city.close()
    put_back(city, tmp_path / "copy")
    return city.folder, entries


def test_a_ledger_behind_what_was_signed_is_not_served(restored):
    folder, entries = restored
    before = folder.checkpoint.read_bytes()
    (folder.path / "example").rename(folder.path.parent / "away")
    line = hagc("run", "--data", folder.path, "--port", 0, ok=False)
    assert f"the database has {entries}: those from number {entries} on are lost here" in line
    assert "whose last entry is of 20" in line and "app/OPERATING.md" in line and len(line.splitlines()) == 1
    assert folder.checkpoint.read_bytes() == before
    store = SqliteStore.look(folder.chain)
    assert store.head().size == entries and store.halted() == ""
    store.close()


def test_no_word_lifts_the_halt_of_a_ledger_behind_what_was_signed(restored):
    folder, _ = restored
    store = SqliteStore.open(folder.chain)
    store.halt("a backup was put back")
    assert "are lost here" in hagc("resume", "--yes", "--data", folder.path, ok=False)
    assert store.halted() == "a backup was put back"
    store.close()


def test_nothing_is_admitted_into_a_ledger_behind_what_was_signed(restored, tmp_path):
    folder, entries = restored
    office = found.open_office(folder, time.time)
    (tmp_path / "sheet.json").write_text(found.wanted_keys(folder, office.store.genesis(), office.now_s()).to_text())
    example.close(office)
    assert "are lost here" in hagc("admit", tmp_path / "sheet.json", "--data", folder.path, ok=False)


def test_a_ledger_that_was_put_back_whole_goes_on(tmp_path):
    city = City(tmp_path / "data", time.time)
    wallet, till = city.wallet(help_won=1_000), city.till()
    pay_once(city, wallet, till)
    seal.checkpoint(city.office)
    backup.make(city.folder, tmp_path / "copy")
    city.close()
    put_back(city, tmp_path / "copy")
    city.office = found.open_office(city.folder, time.time)
    found.check_signed(city.folder, city.office.store)
    pay_once(city, wallet, till)
    seal.checkpoint(city.office)
    found.check_signed(city.folder, city.office.store)
    city.close()


def test_people_alone_put_back_beside_the_ledger_as_it_stands_go_on(tmp_path):
    """The way back from a release that changed only their tables."""
    city = City(tmp_path / "data", time.time)
    wallet, till = city.wallet(help_won=1_000), city.till()
    backup.make(city.folder, tmp_path / "copy")
    pay_once(city, wallet, till)
    seal.checkpoint(city.office)
    city.close()
    for left in city.folder.path.glob("people.sqlite*"):
        left.unlink()
    shutil.copy(tmp_path / "copy" / "people.sqlite", city.folder.people)
    city.office = found.open_office(city.folder, time.time)
    found.check_signed(city.folder, city.office.store)
    pay_once(city, wallet, till)
    city.close()


def test_the_first_tick_of_a_release_leaves_the_backup_behind_what_was_signed(tmp_path):
    """So nobody goes back by the ledger of a backup, though nothing was paid."""
    city = City(tmp_path / "data", time.time)
    seal.checkpoint(city.office)
    backup.make(city.folder, tmp_path / "copy")
    Work(city.office, city.folder.path / "work.lock", b"the new release's files").tick()
    seal.checkpoint(city.office)
    city.close()
    put_back(city, tmp_path / "copy")
    city.office = found.open_office(city.folder, time.time)
    with pytest.raises(WouldFork, match="are lost here"):
        found.check_signed(city.folder, city.office.store)
    city.close()


def test_a_ledger_of_another_history_is_not_served(tmp_path):
    """The same city restored twice, and paid in differently."""
    city = City(tmp_path / "data", time.time)
    wallet, till = city.wallet(help_won=1_000), city.till()
    backup.make(city.folder, tmp_path / "copy")
    pay_once(city, wallet, till)
    seal.checkpoint(city.office)
    note = city.folder.checkpoint.read_bytes()
    city.close()
    put_back(city, tmp_path / "copy")
    city.office = found.open_office(city.folder, time.time)
    for _ in range(2):
        pay_once(city, wallet, till)
    city.folder.checkpoint.write_bytes(note)
    with pytest.raises(WouldFork, match="are not those that were signed"):
        found.check_signed(city.folder, city.office.store)
    city.close()


def test_a_ledger_without_its_note_is_told_from_a_folder_without_a_city(restored, tmp_path):
    folder, _ = restored
    folder.checkpoint.unlink()
    for opens in (found.check_whole, lambda folder: found.open_office(folder, time.time)):
        with pytest.raises(SetupError, match="checkpoint.note is missing, but .* put the note back"):
            opens(folder)
        with pytest.raises(SetupError, match="holds no city yet"):
            opens(Folder(tmp_path / "none"))
