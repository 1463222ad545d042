"""The replay finds what was changed, wherever it is, and says where first."""

import re
from dataclasses import fields, replace
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.chain import entry as entries
from app.chain.block import Genesis
from app.chain.checkpoint import sign
from app.chain.export import Exported, export
from app.chain.merkle import EMPTY_ROOT
from app.chain.verify import Auditor, replay
from app.errors import SetupError
from app.money import orders
from app.money.state import Account, Leg, Register
from app.money.tree import leaf_hash
from tests.chain.ledger import Ledger, bytes_of, key, small_town

TOWN = small_town()
KINDS = {entry.kind for entry in TOWN.log}


class Held:
    """A copy of a log in lists, to be changed at will."""

    def __init__(self, log):
        self.genesis = log.genesis
        self.rows = SimpleNamespace(
            entries=list(log.entries()), legs=list(log.legs()), blocks=list(log.blocks()), lots=list(log.lots()),
            records=list(log.records()), message_ids=list(log.message_ids()), checkpoints=list(log.checkpoints()),
            state_salts=dict(log.state_salts()),
        )
        self.lists = dict(log.state.leaves)
        self.derived = log.derived

    def row_leaves(self, list_id):
        return self.lists.get(list_id, b"")

    def __getattr__(self, name):
        rows = getattr(self.rows, name)
        return lambda: rows if isinstance(rows, dict) else iter(rows)


@pytest.fixture
def log():
    return Held(TOWN)


def flipped(data: bytes, at: int, bit: int = 0) -> bytes:
    return data[:at] + bytes([data[at] ^ 1 << bit]) + data[at + 1:]


def test_the_town_holds_one_of_each_form_and_every_kind_that_is_an_entry():
    assert {0, 1, 7, 11, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 25, 26, 48, 49, 50} == KINDS
    assert {entry.form for entry in TOWN.log} == {0, 1, 2}


def test_an_untouched_log_is_right_to_the_last_entry(log):
    told = []
    report = replay(log, told.append)
    assert report.ok, str(report.problem)
    assert (report.entries, report.sales, report.blocks) == (len(TOWN.log), 3, 7)
    assert report.root == TOWN.frontier.root() and report.chain_id == TOWN.chain_id
    assert report.checkpoints == 2 and report.covered + report.after_checkpoint == report.entries
    assert report.after_checkpoint == 2


# --- one changed thing ----------------------------------------------------------------------

CHANGES = [
    (number, name) for number, entry in enumerate(TOWN.log) for name in entries.Entry.__slots__
    if getattr(entry, name) != b""
]


@pytest.mark.parametrize("number, name", CHANGES)
def test_a_changed_field_of_an_entry_is_found_there(log, number, name):
    entry = log.rows.entries[number]
    value = getattr(entry, name)
    changed = value + 1 if isinstance(value, int) else flipped(value, len(value) // 2)
    log.rows.entries[number] = replace(entry, **{name: changed})
    assert replay(log).problem.entry == number


@given(st.data())
def test_a_flipped_bit_in_any_body_is_found_there(data):
    log = Held(TOWN)
    number = data.draw(st.integers(0, len(log.rows.entries) - 1))
    entry = log.rows.entries[number]
    name = data.draw(st.sampled_from([name for name in ("a", "b", "salt_a", "salt_b", "leaf") if getattr(entry, name)]))
    body = getattr(entry, name)
    changed = flipped(body, data.draw(st.integers(0, len(body) - 1)), data.draw(st.integers(0, 7)))
    log.rows.entries[number] = replace(entry, **{name: changed})
    assert replay(log).problem.entry == number


@given(st.data())
def test_a_body_of_any_bytes_under_a_right_leaf_is_found_and_never_crashes(data):
    """Whoever can write the database can write leaves that fit."""
    log = Held(TOWN)
    number = data.draw(st.integers(0, len(log.rows.entries) - 1))
    entry = log.rows.entries[number]
    body = data.draw(st.binary(max_size=60) | st.integers(0, len(entry.a) - 1).map(lambda at: flipped(entry.a, at)))
    changed = replace(entry, a=body)
    if changed == entry:
        return
    log.rows.entries[number] = replace(changed, leaf=leaf_hash(entries.leaf_data(changed)))
    assert replay(log).problem.entry == number


@pytest.mark.parametrize("place", range(len(TOWN.leg_rows)))
def test_a_changed_missing_or_doubled_leg_is_found_at_its_entry(place):
    entry, leg = TOWN.leg_rows[place]
    for name in (field.name for field in fields(Leg)):
        log = Held(TOWN)
        log.rows.legs[place] = entry, replace(leg, **{name: getattr(leg, name) + 1})
        assert replay(log).problem.entry == entry
    for rows in ([], [(entry, leg)] * 2):
        log = Held(TOWN)
        log.rows.legs[place:place + 1] = rows
        assert replay(log).problem.entry == entry


@pytest.mark.parametrize("place", range(len(list(TOWN.lots()))))
def test_a_changed_or_missing_lot_is_named(place):
    lot = list(TOWN.lots())[place]
    for name in ("owner_kind", "owner", "programme", "expires_at_s", "balance_won", "floor_won"):
        log = Held(TOWN)
        log.rows.lots[place] = replace(lot, **{name: getattr(lot, name) + 1})
        problem = replay(log).problem
        assert problem.entry is None and problem.what.startswith(f"lot {lot.id} differs")
    log = Held(TOWN)
    del log.rows.lots[place]
    assert replay(log).problem.what.startswith(f"lot {lot.id} is missing")


def test_a_lot_from_nowhere_is_named(log):
    log.rows.lots.append(replace(log.rows.lots[0], id=99))
    assert replay(log).problem.what.startswith("lot 99 differs: None by the entries")


def test_a_lot_or_record_that_stands_twice_hides_no_other_one(log):
    """A row doubled and another taken out: the count is right."""
    log.rows.lots.insert(1, log.rows.lots[0])
    assert replay(log).problem.what.startswith(f"lot {log.rows.lots[0].id} differs")
    log = Held(TOWN)
    log.rows.records[1] = log.rows.records[0]
    assert "stands twice" in replay(log).problem.what


@pytest.mark.parametrize("place", range(7))
def test_a_changed_or_missing_block_row_is_found_at_its_header(place):
    height, entry, hashed = TOWN.block_rows[place]
    for row in ((height + 1, entry, hashed), (height, entry + 1, hashed), (height, entry, flipped(hashed, 0))):
        log = Held(TOWN)
        log.rows.blocks[place] = row
        assert replay(log).problem.entry == entry
    log = Held(TOWN)
    del log.rows.blocks[place]
    assert replay(log).problem.entry == entry


@pytest.mark.parametrize("place", range(len(list(TOWN.records()))))
def test_a_missing_record_is_named(place):
    log = Held(TOWN)
    del log.rows.records[place]
    assert re.match(r"record \w+ \w+ is missing", replay(log).problem.what)


def test_a_changed_record_is_named(log):
    """Thawed in the database, without an officer's message."""
    address = bytes_of("account of jun", 8)
    place, (register, _, account) = next(
        (at, row) for at, row in enumerate(log.rows.records) if row[:2] == (Register.ACCOUNT, address)
    )
    log.rows.records[place] = register, address, Account(account.number, 0, account.person)
    assert replay(log).problem.what.startswith(f"record account {address.hex()} differs")


def test_a_used_id_that_was_taken_out_is_missed(log):
    """A payment whose id is gone could be used again."""
    sold = len(TOWN.log) - 2
    log.rows.message_ids = [row for row in log.rows.message_ids if row[2] != sold]
    assert replay(log).problem.what.startswith(f"a used id of entry {sold} is missing")


def test_ids_of_expired_messages_may_be_gone(log):
    log.rows.message_ids = [row for row in log.rows.message_ids if row[0] >= TOWN.now_s or row[0] < 10**6]
    assert len(log.rows.message_ids) < len(TOWN.state.used)
    assert replay(log).ok


def test_a_changed_list_is_found_at_its_grant(log):
    grant = next(entry for entry in log.rows.entries if entry.kind == 11)
    list_id = next(iter(log.lists))
    log.lists[list_id] = flipped(log.lists[list_id], 0)
    problem = replay(log).problem
    assert problem.entry == grant.number and "LIST_DIFFERS" in problem.what


def test_a_changed_balance_shows_in_the_state_root(log):
    """The header commits to every balance: another salt gives another root."""
    at = next(iter(log.rows.state_salts))
    log.rows.state_salts[at] = bytes(32)
    assert "state root" in replay(log).problem.what
    del log.rows.state_salts[at]
    assert "state root" in replay(log).problem.what


# --- checkpoints, and history as a whole -------------------------------------------------------

@given(st.data())
def test_any_changed_character_of_a_checkpoint_is_found(data):
    log = Held(TOWN)
    place = data.draw(st.integers(0, 1))
    note = log.rows.checkpoints[place]
    at = data.draw(st.integers(0, len(note) - 1))
    log.rows.checkpoints[place] = note[:at] + data.draw(st.sampled_from("A0/\n ")) + note[at + 1:]
    if log.rows.checkpoints[place] != note:
        assert not replay(log).ok


def test_a_checkpoint_by_a_key_that_no_root_certified_is_refused(log):
    forged = sign(f"pay.example/{TOWN.chain_id[:4].hex()}/0", 5, bytes(32), key("thief")).note
    log.rows.checkpoints.insert(0, forged)
    assert "another root, and no checkpoint key of this log has signed it" in replay(log).problem.what
    held = log.rows.checkpoints[0].split("\n")
    log.rows.checkpoints[:] = [sign(held[0], len(TOWN.log), TOWN.frontier.root(), key("thief")).note]
    assert "not signed by a checkpoint key" in replay(log).problem.what


def test_entries_cut_off_under_a_checkpoint_are_missed(log):
    del log.rows.entries[30:]
    log.rows.legs = [row for row in log.rows.legs if row[0] < 30]
    log.rows.blocks = [row for row in log.rows.blocks if row[1] < 30]
    assert "entries are missing" in replay(log).problem.what


def test_a_history_without_one_sale_is_betrayed_by_a_checkpoint_that_somebody_kept():
    """Everything that the operator writes alone is written anew; nothing is signed wrongly."""
    def town(with_sale: bool) -> Ledger:
        made = Ledger()
        made.open_office()
        made.resident("mina")
        made.grant({"mina": 10_000})
        order = made.sale("mina", 4_000)
        if with_sale:
            made.submit(order)
        made.block()
        return made

    true, false = town(True), town(False)
    kept = true.checkpoint().note
    assert replay(true).ok and replay(false).ok
    false.sale("mina", 1)
    false.resident("jun")
    false.notes.append(kept)
    assert "another root" in replay(false).problem.what


def test_a_checkpoint_that_stands_behind_a_larger_one_is_named(log):
    """Notes come in their order; those that an auditor kept, in any."""
    log.rows.checkpoints.reverse()
    assert "stands behind that of" in replay(log).problem.what
    small, large = Held(TOWN).rows.checkpoints
    assert replay(Held(TOWN), kept=[large, small]).ok


def test_a_checkpoint_of_no_entries_needs_a_key_of_this_log(log):
    origin = log.rows.checkpoints[0].split("\n")[0]
    assert replay(log, kept=[sign(origin, 0, EMPTY_ROOT, key("checkpoint")).note]).checkpoints == 3
    forged = sign(origin, 0, EMPTY_ROOT, key("thief")).note
    assert "the checkpoint of 0 entries is not signed" in replay(log, kept=[forged]).problem.what
    assert "another root" in replay(log, kept=[sign(origin, 0, bytes(32), key("checkpoint")).note]).problem.what


def test_a_time_that_no_calendar_knows_is_reported(log):
    last = log.rows.entries[-1]
    log.rows.entries[-1] = replace(last, time_s=2**62)
    assert str(replay(log).problem) == f"entry {last.number}: {2**62} is no time"


def test_a_zone_that_is_not_known_here_is_remarked():
    town = Ledger(zone="Asia/Nowhere")
    town.open_office()
    town.block()
    report = replay(town)
    assert report.ok and "Asia/Nowhere" in report.remarks[0]


def test_a_checkpoint_that_the_auditor_kept_is_checked_beside_the_logs_own(log):
    kept = log.rows.checkpoints.pop()
    assert replay(log, kept=[kept]).checkpoints == replay(log).checkpoints + 1
    beside = sign(kept.split("\n")[0], len(TOWN.log) - 1, bytes(32), key("checkpoint"))
    assert "another root" in replay(log, kept=[beside.note]).problem.what


def test_entries_after_the_last_block_are_named():
    """A commit ends with its header: what stands behind it came by another door."""
    town = small_town()
    town.submit(town.sale("mina", 1))
    problem = replay(town).problem
    assert "after the last block" in problem.what and problem.entry == len(town.log) - 1


def test_money_that_nobody_signed_for_can_t_be_written():
    """A row in the log, its legs, its lots and its leaf: all fits, but no officer granted it."""
    town = small_town()
    forged = Held(town)
    last = len(town.log)
    row = next(entry for entry in reversed(town.log) if entry.kind == 50)
    forged.rows.entries.append(replace(row, number=last, time_s=town.now_s))
    problem = replay(forged).problem
    assert problem.entry == last and "rules refuse" in problem.what


def test_the_same_payment_twice_is_refused(log):
    sold = next(entry for entry in log.rows.entries if entry.kind == 1)
    log.rows.entries.insert(sold.number + 1, replace(sold, number=sold.number + 1))
    problem = replay(log).problem
    assert (problem.entry, "REQUEST_PAID" in problem.what) == (sold.number + 1, True)


def test_another_city_s_genesis_fits_no_signature(log):
    log.genesis = replace(Genesis.from_bytes(log.genesis), random=bytes(15) + b"1").to_bytes()
    log.rows.checkpoints.clear()
    assert replay(log).problem.entry == 0
    first = log.rows.entries[0]
    log.rows.entries[0] = entries.in_clear((0, first.time_s), 48, log.genesis)
    problem = replay(log).problem
    assert problem.entry == 1 and "BAD_SIGNATURE" in problem.what


@pytest.mark.parametrize("genesis", [b"", b"\x80", b"\x89" + bytes(9), TOWN.genesis + b"\0", TOWN.genesis[:-1]])
def test_bytes_that_are_no_genesis_are_reported(log, genesis):
    log.genesis = genesis
    assert replay(log).problem.entry == 0 or not replay(log).ok


@pytest.mark.parametrize("figures, right", [
    ((50_000, 0, 0, 50_000), True), ((20_000, 0, 0, 20_000), False), ((50_000, 0, 0, 40_000), False),
    ((50_001, 0, 0, 50_001), False), ((50_000, 10, 0, 49_990), False), ((50_000, 0, 10, 49_990), False),
    ((30_000, 0, 0, 30_000), True),     # read before jun's row was paid, entered after
])
def test_published_totals_are_those_of_the_legs_at_one_moment(figures, right):
    town = Ledger()
    town.open_office()
    for name in ("mina", "jun"):
        town.resident(name)
    town.grant({"mina": 30_000, "jun": 20_000})
    totals = town.submit(town.act(orders.Totals(2, 20_833, 1, *figures, town.soon_s()), "notice"))
    town.block()
    report = replay(town)
    assert report.ok if right else report.problem.entry == totals.number


def test_an_empty_log_is_reported(log):
    log.rows.entries.clear()
    assert "empty" in replay(log).problem.what


def test_the_leaves_of_a_list_are_forgotten_when_its_last_row_is_paid(log):
    auditor = Auditor(log, Genesis.from_bytes(log.genesis))
    most = 0
    for entry in log.entries():
        auditor.take(entry)
        most = max(most, len(auditor.state.leaves))
    assert (most, len(auditor.state.leaves)) == (1, 0)


def test_memory_for_used_ids_is_bounded_by_their_lives(monkeypatch):
    from app.chain import verify
    monkeypatch.setattr(verify, "LEAST_IDS", 8)
    town = Ledger()
    town.open_office()
    town.resident("mina")
    town.grant({"mina": 10_000})
    for _ in range(30):
        town.submit(town.sale("mina", 100))
        town.now_s += 600
    town.block()
    sizes = []
    keep = verify.Auditor.forget_expired

    def forget(auditor):
        keep(auditor)
        sizes.append(len(auditor.state.used))
    monkeypatch.setattr(verify.Auditor, "forget_expired", forget)
    assert replay(town).ok and sizes and sizes[-1] < 12


# --- the exported copy -------------------------------------------------------------------------

def test_an_exported_log_is_replayed_to_the_same_report(tmp_path):
    assert export(TOWN, tmp_path / "log") == len(TOWN.log)
    assert replay(Exported(tmp_path / "log")) == replay(TOWN)
    keys = (tmp_path / "log" / "checkpoint-keys.txt").read_text().splitlines()
    assert len(keys) == 1 and keys[0].startswith(f"pay.example/{TOWN.chain_id[:4].hex()}/0+")


def test_an_export_never_writes_over_anything(tmp_path):
    (tmp_path / "mine").write_text("x")
    with pytest.raises(SetupError, match="not empty"):
        export(TOWN, tmp_path)
    with pytest.raises(SetupError, match="no genesis.cbor"):
        Exported(tmp_path)


def test_an_export_is_for_its_owner_only(tmp_path):
    export(TOWN, tmp_path / "log")
    assert (tmp_path / "log").stat().st_mode & 0o077 == 0
    assert all(path.stat().st_mode & 0o077 == 0 for path in (tmp_path / "log").glob("*.cborseq"))


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    folder = tmp_path_factory.mktemp("export") / "log"
    export(TOWN, folder)
    return folder


@given(st.data())
def test_any_changed_byte_of_an_export_is_reported(exported, data):
    paths = sorted(path for path in exported.iterdir() if path.name != "checkpoint-keys.txt" and path.stat().st_size)
    path = data.draw(st.sampled_from(paths))
    whole = path.read_bytes()
    changed = data.draw(
        st.integers(0, len(whole) - 1).map(lambda at: flipped(whole, at)) | st.just(whole[:-1]) | st.just(whole + b"\0")
    )
    if path.name == "ids.cborseq":
        return              # an expired id proves nothing any more: its own tests stand above
    path.write_bytes(changed)
    try:
        assert not replay(Exported(exported)).ok
    finally:
        path.write_bytes(whole)


@pytest.mark.parametrize("name", ["legs", "lists", "blocks", "lots", "salts", "records", "ids", "entries-000000"])
def test_a_missing_file_of_an_export_is_reported(tmp_path, name):
    export(TOWN, tmp_path / "log")
    (tmp_path / "log" / f"{name}.cborseq").unlink()
    assert not replay(Exported(tmp_path / "log")).ok

