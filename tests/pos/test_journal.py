"""The till's journal under attack: by a shell, by a second window, and by the settings of a connection."""

import hashlib
import json
import sqlite3

import pytest

from app.errors import SetupError
from pos import journal as journals
from pos import links, pairing
from pos.counter import JOURNAL, UNKNOWN
from pos.errands import Errands
from pos.journal import Journal, sqlite
from pos.pages import Pages
from pos.server import Server
from tests.pos.conftest import run

AT_S = 1_790_000_000
ID = [bytes([n]) * 32 for n in range(9)]


@pytest.fixture
def path(tmp_path):
    return tmp_path / "journal.db"


@pytest.fixture
def journal(path):
    journal = Journal(path)
    journal.write(ID[1], AT_S + 60, b"charge", b"code", AT_S)
    journal.write(ID[2], AT_S + 180, b"request", b"", AT_S + 1)
    journal.settle(1, b"receipt", AT_S + 2)
    journal.keep_proof(b"proof", AT_S)
    journal.keep_refusal(2, b"no", AT_S)
    yield journal
    journal.close()


def test_what_happened_since_a_moment_is_found_by_its_signature_and_by_its_answer(journal):
    assert [[line.number for line in journal.lines_since(AT_S + each)] for each in range(4)] == [[2, 1], [2, 1], [1], []]


def contents(path) -> list:
    connection = sqlite.connect(path)
    tables = ("message", "answer", "proof", "refusal", "link")
    rows = [connection.execute(f"SELECT * FROM {table} ORDER BY number").fetchall() for table in tables]
    connection.close()
    return rows


WEAK = ("", "PRAGMA recursive_triggers=OFF", "PRAGMA ignore_check_constraints=ON", "PRAGMA foreign_keys=OFF")
MESSAGE = f"(3, x'{ID[3].hex()}', 1, 1, x'01', x'')"


@pytest.mark.parametrize("setting", WEAK)
@pytest.mark.parametrize("attack", [
    "UPDATE message SET raw = x'00' WHERE number = 1",
    "UPDATE OR REPLACE message SET number = 2 WHERE number = 1",
    "UPDATE message SET rowid = 7 WHERE number = 2",
    "DELETE FROM message WHERE number = 2",
    "DELETE FROM message",
    f"INSERT OR REPLACE INTO message VALUES (1, x'{ID[1].hex()}', 1, 1, x'01', x'')",
    f"INSERT OR REPLACE INTO message VALUES (3, x'{ID[1].hex()}', 1, 1, x'01', x'')",
    f"REPLACE INTO message VALUES (2, x'{ID[4].hex()}', 1, 1, x'01', x'')",
    f"INSERT INTO message VALUES (1, x'{ID[1].hex()}', 1, 1, x'01', x'') ON CONFLICT DO UPDATE SET raw = x'00'",
    f"INSERT INTO message VALUES (4, x'{ID[3].hex()}', 1, 1, x'01', x'')",
    f"INSERT INTO message VALUES (0, x'{ID[3].hex()}', 1, 1, x'01', x'')",
    f"INSERT INTO message VALUES (NULL, x'{ID[3].hex()}', 1, 1, x'01', x'')",
    "INSERT INTO message VALUES (3, x'0102', 1, 1, x'01', x'')",
    f"INSERT INTO message VALUES (3, x'{ID[3].hex()}', 1, 1, x'', x'')",
    "UPDATE answer SET receipt = x'', word = 'EXPIRED'",
    "DELETE FROM answer",
    "INSERT OR REPLACE INTO answer VALUES (1, 2, 1, x'01', '', '')",
    "INSERT INTO answer VALUES (2, 1, 1, x'02', '', '')",
    "INSERT INTO answer VALUES (2, 1, 1, x'', 'EXPIRED', '')",
    "INSERT INTO answer VALUES (3, 2, 1, x'01', '', '')",
    "INSERT INTO answer VALUES (2, 2, 1, x'', '', '')",
    "INSERT INTO answer VALUES (2, 2, 1, x'01', 'EXPIRED', '')",
    "INSERT INTO answer VALUES (2, 9, 1, x'01', '', '')",
    "UPDATE proof SET proof = x'00'",
    "DELETE FROM proof",
    "UPDATE refusal SET refusal = x'00'",
    "DELETE FROM refusal",
    "INSERT OR REPLACE INTO refusal VALUES (1, 1, 1, x'02')",
    "INSERT INTO refusal VALUES (2, 2, 1, x'02')",
    "INSERT INTO refusal VALUES (2, 9, 1, x'02')",
    "INSERT OR REPLACE INTO proof VALUES (1, 1, x'02')",
    "INSERT INTO proof VALUES (3, 1, x'02')",
    "INSERT INTO proof VALUES (2, 1, x'')",
    "INSERT OR REPLACE INTO proof SELECT 2, 1, proof FROM proof",
    "UPDATE link SET before = zeroblob(32)",
    "DELETE FROM link",
    "INSERT OR REPLACE INTO link VALUES (1, 'message', 1, zeroblob(32))",
    "INSERT INTO link VALUES (7, 'message', 3, zeroblob(32))",
    "INSERT INTO link VALUES (6, 'message', 1, zeroblob(32))",
    "INSERT INTO link VALUES (6, 'message', 3, x'01')",
])
def test_no_line_is_changed_removed_or_left_out(journal, path, attack, setting):
    before = contents(path)
    shell = sqlite.connect(path)
    shell.execute(setting)
    with pytest.raises(sqlite.DatabaseError):
        shell.execute(attack)
    shell.close()
    assert contents(path) == before


def test_every_attack_fails_for_its_own_reason(journal, path):
    """The same statement, made right, is taken: so none of the above failed by a slip of the pen."""
    shell = sqlite.connect(path)
    shell.execute(f"INSERT INTO message VALUES {MESSAGE}")
    shell.execute("INSERT INTO answer VALUES (2, 2, 1, x'', 'EXPIRED', '')")
    shell.execute("INSERT INTO answer VALUES (3, 2, 1, x'01', '', '')")
    shell.execute("INSERT INTO proof VALUES (2, 1, x'02')")
    shell.close()


def test_missing_lines_are_found_at_the_next_start(journal, path):
    shell = sqlite.connect(path)
    shell.executescript("DROP TRIGGER message_there; DELETE FROM message WHERE number = 1")
    shell.close()
    with pytest.raises(SetupError, match="missing"):
        Journal(path)


def test_each_row_holds_the_hash_of_the_one_before(journal):
    before = "0" * 64
    for number, line in enumerate(links.text(journal.connection), 1):
        row = json.loads(line)
        assert (row["number"], row["before"]) == (number, before)
        before = hashlib.sha256(line.encode()).hexdigest()
    assert number == 5


@pytest.mark.parametrize("change", [
    "UPDATE message SET raw = x'00' WHERE number = 1",
    "UPDATE answer SET receipt = x'00'",
    "UPDATE link SET before = zeroblob(32) WHERE number = 3",
    "UPDATE link SET place = 2 WHERE number = 1; UPDATE link SET place = 1 WHERE number = 2",
    f"INSERT INTO message VALUES {MESSAGE}",
    "INSERT INTO answer VALUES (2, 2, 1, x'', 'EXPIRED', '')",
])
def test_what_was_changed_without_the_guards_is_found_at_the_next_start(journal, path, change):
    shell = sqlite.connect(path)
    for table in ("message", "answer", "link"):
        shell.execute(f"DROP TRIGGER {table}_kept")
    shell.execute("DROP INDEX link_of")
    shell.executescript(change)
    shell.close()
    with pytest.raises(SetupError, match="ask the city"):
        Journal(path)


def test_what_an_earlier_version_wrote_is_hung_together_once(journal, path):
    journal.close()
    before = contents(path)[:-1]
    shell = sqlite.connect(path)
    shell.execute("DROP TABLE link")
    shell.close()
    for _ in range(2):
        again = Journal(path)
        assert [json.loads(line)["number"] for line in links.text(again.connection)] == [1, 2, 3, 4, 5]
        again.check()
        again.close()
    assert contents(path)[:-1] == before


def test_a_dropped_guard_is_back_at_the_next_start(journal, path):
    shell = sqlite.connect(path)
    shell.execute("DROP TRIGGER message_there")
    shell.close()
    Journal(path).close()
    shell = sqlite.connect(path)
    with pytest.raises(sqlite.DatabaseError):
        shell.execute("DELETE FROM message")
    shell.close()


def test_a_line_closes_once_and_a_receipt_outranks_a_refusal(journal):
    journal.refuse(2, "EXPIRED", "", AT_S + 3)
    journal.refuse(2, "CODE_USED", "", AT_S + 4)
    assert (journal.line(2).word, journal.line(2).receipt) == ("EXPIRED", b"")
    journal.settle(2, b"late", AT_S + 5)
    journal.refuse(2, "EXPIRED", "", AT_S + 6)
    assert (journal.line(2).word, journal.line(2).receipt) == ("", b"late")
    assert journal.open_lines() == []


def test_two_windows_of_one_till_write_one_record(journal, path):
    other = Journal(path)
    assert other.write(ID[3], AT_S, b"charge", b"", AT_S) == 3
    assert journal.write(ID[4], AT_S, b"charge", b"", AT_S) == 4
    other.settle(3, b"receipt", AT_S)
    journal.settle(3, b"receipt", AT_S)
    assert [line.number for line in other.open_lines()] == [2, 4]
    other.close()


def test_a_proof_is_kept_once(journal, path):
    for proof in (b"second", b"proof", b"second"):
        journal.keep_proof(proof, AT_S)
    assert journal.proofs() == [b"proof", b"second"]


def test_what_is_written_is_on_disk_when_the_call_returns(journal):
    modes = [journal.connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("journal_mode", "synchronous")]
    assert modes == ["wal", 2]


def test_an_old_sqlite_keeps_the_journal_without_the_log_that_it_can_corrupt(path, monkeypatch):
    monkeypatch.setattr("pos.journal.sqlite", sqlite3)
    monkeypatch.setattr("pos.journal.SOUND_WAL", (99,))
    journal = Journal(path)
    modes = [journal.connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("journal_mode", "synchronous")]
    assert modes == ["delete", 3] and journal.write(ID[1], AT_S, b"charge", b"", AT_S) == 1
    journal.close()


def test_the_journal_is_its_owners_alone(journal, path):
    assert {oct(file.stat().st_mode & 0o777) for file in path.parent.iterdir()} == {"0o600"}


def test_what_is_no_journal_is_refused_in_a_line(path):
    path.write_bytes(b"not a database" * 100)
    with pytest.raises(SetupError, match="journal"):
        Journal(path)


def test_a_window_that_holds_the_file_is_called_so_and_no_broken_disk(pairing_run, monkeypatch):
    folder, _ = pairing_run
    monkeypatch.setattr(journals, "BUSY_TIMEOUT_MS", 50)
    page = Errands(folder, Server(pairing.read(folder).server), Pages(folder))
    asked = {"kind": "request", "amount_won": 900, "until_s": page.server.now_s() + 170}
    other = sqlite.connect(folder / JOURNAL, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        told = run(folder, "sales")
        assert page.answer("issue", json.dumps(asked).encode())[1]["word"] == "BUSY"
    finally:
        other.close()
        page.close()
    assert told.exit_code == UNKNOWN and "다른 창이 기록을 쓰고" in told.output and "결제 여부를 아직 모릅니다" in told.output
    assert "디스크" not in told.output
