"""The command line as an operator, three roots and an auditor use it, each command in a process of its own."""

import base64
import json
import os
import re
import secrets
import socket
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from app import city as cities
from app import cli
from app.desk import example, found, seal
from app.desk.certify import Sheet
from app.desk.found import Folder
from app.desk.officer import Wanted
from app.errors import Refusal, SetupError
from app.message import cose, qr
from app.message.keys import Signer, read_seed
from app.money import lists, orders
from app.money.state import Register
from app.store.sqlite import SqliteStore
from tests.cast import City

CITY = cities.CITIES / "cheongju.toml"


def hagc(*arguments: object, ok: bool = True) -> subprocess.CompletedProcess:
    done = subprocess.run(
        [sys.executable, "-m", "app", *map(str, arguments)], capture_output=True, text=True, timeout=120,
    )
    assert (done.returncode == 0) == ok, done.stdout + done.stderr
    return done


def one_line(done: subprocess.CompletedProcess) -> str:
    assert "Traceback" not in done.stderr
    (line,) = done.stderr.strip().splitlines()
    return line


@pytest.fixture(scope="module")
def founded(tmp_path_factory) -> Path:
    """A real city: three roots, two of which have signed."""
    home = tmp_path_factory.mktemp("city")
    keys = [hagc("root", "new", home / f"root-{number}.seed").stdout.strip() for number in range(3)]
    listed = "".join(f'    "{key}",\n' for key in keys)
    text = CITY.read_text(encoding="utf-8").replace('    # "64 hexadecimal digits, as printed by `root new`",\n', listed)
    (home / "city.toml").write_text(text, encoding="utf-8")
    hagc("init", "--city", home / "city.toml", "--data", home / "data", "--sheet", home / "keys.json", "--host", "hagc.example")
    for number in (2, 0):
        hagc("root", "certify", home / "keys.json", "--key", home / f"root-{number}.seed", "--yes")
    hagc("admit", home / "keys.json", "--data", home / "data")
    return home


def test_a_real_city_is_founded_by_public_keys_and_two_of_three_roots(founded):
    data = founded / "data"
    said = hagc("verify", "--data", data).stdout
    assert "everything is in order" in said and "hagc.example" in said
    store = found.open_office(Folder(data), time.time)
    assert [number for number, _ in store.store.records(Register.OPERATIONAL)] == [1, 2, 3, 4]
    assert store.store.records(Register.OFFICER) == store.store.records(Register.SHOP) == []
    example.close(store)
    assert not (data / "example").exists()


def test_every_secret_is_a_file_that_only_its_owner_reads(founded):
    secret_files = [*(founded / "data" / "keys").glob("*.seed"), *founded.glob("root-*.seed"),
                    founded / "data" / "cookie.secret", founded / "data" / "people.sqlite", founded / "data" / "chain.sqlite"]
    assert len(secret_files) == 10
    assert {stat.S_IMODE(file.stat().st_mode) for file in secret_files} == {0o600}


def test_init_refuses_a_city_file_without_root_keys(tmp_path):
    line = one_line(hagc("init", "--city", CITY, "--data", tmp_path / "data", ok=False))
    assert "two root keys" in line and not (tmp_path / "data").exists()


def test_init_never_overwrites_a_city(founded):
    line = one_line(hagc("init", "--city", founded / "city.toml", "--data", founded / "data", "--host", "a.example", ok=False))
    assert "holds a city already" in line


def test_init_refuses_a_host_that_no_qr_could_hold(founded, tmp_path):
    line = one_line(hagc("init", "--city", founded / "city.toml", "--data", tmp_path / "d",
                         "--host", "a-very-long-host-name.example.org", ok=False))
    assert "24 characters" in line


def test_one_root_alone_certifies_nothing(founded, tmp_path):
    office = found.open_office(Folder(founded / "data"), time.time)
    sheet = found.wanted_officer(office.store.genesis(), 1, Signer(secrets.token_bytes(32)).public, 1, office.now_s())
    example.close(office)
    file = tmp_path / "officer.json"
    file.write_text(sheet.to_text())
    hagc("root", "certify", file, "--key", founded / "root-0.seed", "--yes")
    assert "APPROVALS_MISSING" in one_line(hagc("admit", file, "--data", founded / "data", ok=False))
    assert "has signed the sheet already" in one_line(
        hagc("root", "certify", file, "--key", founded / "root-0.seed", "--yes", ok=False))


def test_a_stranger_is_no_root(founded, tmp_path):
    hagc("root", "new", tmp_path / "stranger.seed")
    line = one_line(hagc("root", "certify", founded / "keys.json", "--key", tmp_path / "stranger.seed", "--yes", ok=False))
    assert "not one of the roots" in line


def test_a_root_key_is_never_overwritten(founded):
    assert "never overwritten" in one_line(hagc("root", "new", founded / "root-0.seed", ok=False))


@pytest.mark.parametrize("text", ["", "{}", "[]", "null", '{"genesis": "00", "certificates": []}', "\x00", '{"genesis": 5}'])
def test_a_file_that_is_no_sheet_is_refused_in_one_line(founded, tmp_path, text):
    file = tmp_path / "sheet.json"
    file.write_text(text)
    assert "no certificate sheet" in one_line(hagc("admit", file, "--data", founded / "data", ok=False))


def test_run_needs_a_city_and_says_how_to_get_one(tmp_path):
    assert "app init" in one_line(hagc("run", "--data", tmp_path / "none", ok=False))


@pytest.mark.prove
def test_the_operator_asks_the_roots_to_accept_the_servers_keys_for_longer(founded, tmp_path):
    def until_s() -> set[int]:
        store = SqliteStore.open(Folder(founded / "data").chain)
        found_ = {record.valid_until_s for _, record in store.records(Register.OPERATIONAL)}
        store.close()
        return found_

    before = until_s()
    time.sleep(1.1)
    hagc("renew", "--data", founded / "data", "--sheet", tmp_path / "keys.json")
    for number in (0, 1):
        hagc("root", "certify", tmp_path / "keys.json", "--key", founded / f"root-{number}.seed", "--yes")
    hagc("admit", tmp_path / "keys.json", "--data", founded / "data")
    assert len(until_s()) == 1 and min(until_s()) > max(before)


@pytest.mark.prove
def test_the_operator_replaces_a_key_of_the_server(founded, tmp_path):
    sheet, data = tmp_path / "receipt.json", founded / "data"
    place = Folder(data).key(orders.RECEIPT_KEY)
    before = place.read_bytes()
    hagc("renew", "--replace", "receipt", "--data", data, "--sheet", sheet)
    for number in (0, 1):
        told = hagc("root", "certify", sheet, "--key", founded / f"root-{number}.seed", "--yes").stdout
    assert told.count("server key 1 for receipts") == 1 and "server key 2" not in told
    assert place.read_bytes() == before
    assert "Replaced: receipt. Start `run` again" in hagc("admit", sheet, "--data", data).stdout
    assert place.read_bytes() != before
    assert "Replaced" not in hagc("admit", sheet, "--data", data).stdout


def test_an_officer_who_lost_the_phone_keeps_their_number_and_gets_another_address(founded, capsys):
    def invite(*how: str) -> re.Match:
        cli.commands.main(["invite", *how, "--data", str(founded / "data")], standalone_mode=False)
        return re.search(r"Officer (\d+): https://hagc.example/console/enrol/(\S+)", capsys.readouterr().out)

    first = invite("홍길동", "gildong", "--roles", "maker,registrar")
    again = invite("--again", first[1])
    assert again[1] == first[1] and again[2] != first[2]
    with pytest.raises(Refusal, match="NOT_FOUND"):
        invite("--again", "77")


def test_a_halt_is_told_and_lifted_by_the_operator(founded):
    data = founded / "data"
    assert "Nothing is halted" in hagc("resume", "--data", data).stdout
    store = SqliteStore.open(Folder(data).chain)
    store.halt("the first 7 of 9 entries are not those that were signed")
    asked = hagc("resume", "--data", data, ok=False)
    assert "the first 7 of 9" in asked.stdout and store.halted()      # nobody was there to say yes
    assert "Going on" in hagc("resume", "--data", data, "--yes").stdout and not store.halted()
    store.close()


def test_a_halt_by_the_clock_is_told_by_resume_too(tmp_path):
    city = City(tmp_path / "data", lambda: time.time() + 900)
    city.close()
    told = hagc("resume", "--data", tmp_path / "data").stdout
    assert re.match(r"The clock is [89]\d\d s behind the last entry: all wait", told) and "Nothing is halted" in told


def test_a_taken_port_is_one_line_that_says_what_to_do(founded):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        line = one_line(hagc("run", "--data", founded / "data", "--port", port, ok=False))
    assert f"PORT={port + 1}" in line or "PORT=" in line


def test_a_folder_that_can_not_be_written_is_one_line(tmp_path):
    (tmp_path / "file").write_text("in the way")
    line = one_line(hagc("run", "--example", "--data", tmp_path / "file" / "data", "--port", 0, ok=False))
    assert "can't be written" in line


def test_a_real_city_is_never_run_as_an_example(founded):
    line = one_line(hagc("run", "--example", "--data", founded / "data", "--port", 0, ok=False))
    assert "real city" in line


@pytest.mark.prove
def test_a_root_reads_the_sheet_from_a_picture_of_its_qr_and_shows_its_answer_as_one(founded, tmp_path):
    office = found.open_office(Folder(founded / "data"), time.time)
    sheet = found.wanted_officer(office.store.genesis(), 1, Signer(secrets.token_bytes(32)).public, 1, office.now_s())
    example.close(office)
    (tmp_path / "officer.png").write_bytes(qr.png_bytes(sheet.to_qr()))
    shown = hagc("root", "certify", tmp_path / "officer.png", "--key", founded / "root-0.seed", "--yes", "--qr").stdout
    assert "officer 1" in shown and "█" in shown
    signed = Sheet.from_text((tmp_path / "officer.json").read_text())
    assert Sheet.from_text(signed.to_qr()) == signed and signed.certificates[0].message
    (tmp_path / "again.png").write_bytes(qr.png_bytes(signed.to_qr()))
    hagc("root", "certify", tmp_path / "again.png", "--key", founded / "root-1.seed", "--yes")
    assert "Entered: " in hagc("admit", tmp_path / "again.json", "--data", founded / "data").stdout


@pytest.mark.parametrize("text", ["HAGC-SHEET#", "HAGC-SHEET#12", "HAGC-SHEET#" + "9" * 17, "HAGC-SHEET#" + qr.to_digits(b"\x82\x00\x00")])
def test_a_text_that_is_no_sheet_is_refused_in_one_line(text):
    with pytest.raises(SetupError, match="no certificate sheet"):
        Sheet.from_text(text)


# --- auditing ------------------------------------------------------------------------------

@pytest.fixture(scope="module")
def trial(tmp_path_factory) -> Path:
    data = tmp_path_factory.mktemp("trial") / "data"
    example.make(Folder(data), CITY, "localhost:8080", time.time)
    return data


def test_an_auditor_checks_a_copy_without_our_database(trial, tmp_path):
    copy = tmp_path / "copy"
    hagc("export", copy, "--data", trial)
    said = hagc("verify", "--export", copy, "--data", tmp_path / "nothing here").stdout
    assert "everything is in order" in said
    assert stat.S_IMODE(copy.stat().st_mode) == 0o700


def test_an_auditor_holds_the_log_to_what_they_kept(trial, tmp_path):
    office = found.open_office(Folder(trial), time.time)
    note = tmp_path / "kept.txt"
    note.write_text(seal.checkpoint(office).note, encoding="utf-8")
    chain = office.chain_id.hex()
    example.close(office)
    assert "in order" in hagc("verify", "--data", trial, "--note", note, "--chain", chain).stdout
    other = hagc("verify", "--data", trial, "--chain", bytes(32).hex(), ok=False)
    assert other.returncode == 1 and "another genesis" in other.stdout
    lines = note.read_text(encoding="utf-8").split("\n")
    note.write_text("\n".join([lines[0], "1", *lines[2:]]), encoding="utf-8")
    forked = hagc("verify", "--data", trial, "--note", note, ok=False)
    assert forked.returncode == 1 and "another root" in forked.stdout


def test_one_changed_byte_of_a_copy_is_found_and_located(trial, tmp_path):
    copy = tmp_path / "copy"
    hagc("export", copy, "--data", trial)
    file = next(copy.glob("entries-*.cborseq"))
    raw = bytearray(file.read_bytes())
    raw[len(raw) // 2] ^= 1
    os.chmod(file, 0o600)
    file.write_bytes(raw)
    done = hagc("verify", "--export", copy, ok=False)
    assert done.returncode == 1 and "WRONG: entry " in done.stdout


# --- officers who sign on a machine of their own --------------------------------------------

def wanted_grant(office, rows) -> Wanted:
    leaves = b"".join(lists.row_leaf(row, *one) for row, one in enumerate(rows))
    return Wanted(office.store.genesis(), orders.Grant(
        1, 1, secrets.token_bytes(16), lists.leaves_root(leaves), len(rows), sum(won for _, won, _ in rows), int(time.time()) + 99,
    ))


def test_an_officer_signs_elsewhere_exactly_the_rows_they_checked(trial, tmp_path):
    office = found.open_office(Folder(trial), time.time)
    rows = [(secrets.token_bytes(16), 1000 + at, secrets.token_bytes(32)) for at in range(5)]
    wanted = wanted_grant(office, rows)
    (tmp_path / "grant.json").write_text(wanted.to_text())
    listed = [{"person": person.hex(), "amount_won": won, "salt": salt.hex()} for person, won, salt in rows]
    (tmp_path / "rows.json").write_text(json.dumps({"rows": listed}))
    public = hagc("key", tmp_path / "officer.seed").stdout.strip()
    done = hagc("sign", tmp_path / "grant.json", "--key", tmp_path / "officer.seed", "--rows", tmp_path / "rows.json", "--yes")
    assert "exactly the 5 rows, 5010 won" in done.stderr
    raw = cose.parse(base64.urlsafe_b64decode(done.stdout.strip() + "=="))
    signed = cose.verify(raw, bytes.fromhex(public), office.chain_id)
    assert signed.body == wanted.body and Signer(read_seed(tmp_path / "officer.seed")).public.hex() == public

    listed[2]["amount_won"] += 1
    (tmp_path / "rows.json").write_text(json.dumps({"rows": listed}))
    done = hagc("sign", tmp_path / "grant.json", "--key", tmp_path / "officer.seed", "--rows", tmp_path / "rows.json",
                "--yes", ok=False)
    assert "NOT those" in done.stderr and not done.stdout
    example.close(office)
