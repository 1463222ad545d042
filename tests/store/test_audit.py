"""Whoever has the file and a shell can drop a guard: then the auditor's replay finds what was changed."""

import pytest

from app.chain.block import origin
from app.chain.checkpoint import sign
from app.money import orders
from app.store.audit import opened_log, state_root_job
from app.store.database import connect
from tests.store.cast import DAY_S, NOTICE, City, found, key

DAY = 20_833


@pytest.fixture
def busy(city):
    """A day of everything, a state root in a block, and a checkpoint over it all."""
    city.grant({"mina": 10_000, "jun": 5_000, "nobody": 70})
    sold = city.sequencer.submit(city.charge(city.code("mina", 5_000), 4_000))
    city.sequencer.submit(city.sale("jun", 5_000))
    city.sequencer.submit(city.refund(sold, 1_500))
    state_root_job(city.store, DAY)
    city.sequencer.submit(city.act(
        orders.Totals(NOTICE, DAY, 1, 15_000, 0, 0, 15_000, city.soon_s()), "notice"
    ))
    head = city.store.head()
    note = sign(origin(city.store.genesis(), "pay.example", 0), head.size, head.frontier.root(), key("checkpoint"))
    city.store.keep_checkpoint(0, head.size, head.time_s, note.note)
    return city


def test_an_honest_file_is_found_right(busy):
    report = busy.audit()
    assert report.ok, report.problem
    assert (report.sales, report.covered, report.checkpoints) == (2, busy.store.head().size, 1)


def test_the_audit_sees_one_moment_while_payments_go_on(busy):
    with opened_log(busy.store) as log:
        entries = log.entries()
        next(entries)
        busy.sequencer.submit(busy.sale("mina", 10))
        assert sum(1 for _ in entries) == busy.store.head().size - 3    # without genesis, the sale and its block
    assert busy.audit().ok


TAMPERING = {
    "a forged balance": "UPDATE lot SET balance_won = balance_won + 1000 WHERE owner_kind = 3 AND owner = 1",
    "money that was never there": "INSERT INTO lot SELECT max(id) + 1, 3, 99, 1, 5000000000, 77, 0, 0, NULL FROM lot",
    "a budget raised": "UPDATE lot SET floor_won = floor_won - 1000 WHERE owner_kind = 1",
    "a deleted leg": "DELETE FROM leg WHERE no = (SELECT max(no) FROM leg)",
    "a changed leg": "UPDATE leg SET amount_won = amount_won + 1 WHERE flow = 4",
    "a leg beside the entries": "INSERT INTO leg SELECT max(no) + 1, max(entry), 9, 4, 3, 5, 1 FROM leg",
    "a changed body": "UPDATE entry SET a = CAST(substr(a, 1, length(a) - 1) || x'63' AS BLOB) WHERE form = 2",
    "another's payment": "UPDATE entry SET b = (SELECT b FROM entry WHERE kind = 1) WHERE kind = 0",
    "a time put back": "UPDATE entry SET time_s = time_s - 60 WHERE number = 5",
    "a new salt": "UPDATE entry SET salt_a = zeroblob(32) WHERE form = 2",
    "the last entries cut off": "DELETE FROM entry WHERE number >= (SELECT max(number) - 1 FROM entry)",
    "an entry in the middle gone": "DELETE FROM entry WHERE kind = 0",
    "a record changed": "UPDATE record SET value = x'830118c801' WHERE register = 9",
    "a frozen account thawed": "DELETE FROM record WHERE register = 6",
    "an id set free": "DELETE FROM message_id WHERE entry = (SELECT number FROM entry WHERE kind = 0)",
    "an id given to another entry": "UPDATE message_id SET entry = entry - 1 WHERE entry > 20",
    "another block": "UPDATE block SET hash = zeroblob(32) WHERE height = 3",
    "a block gone": "DELETE FROM block WHERE height = (SELECT max(height) FROM block)",
    "a list changed": "UPDATE list SET leaves = zeroblob(length(leaves))",
    "another salt of the state root": "UPDATE state_root SET salt = zeroblob(32)",
    "a checkpoint of another history": "UPDATE checkpoint SET note = replace(note, char(10) || size, char(10) || (size - 1))",
}


@pytest.mark.parametrize("what", TAMPERING)
def test_what_a_shell_changes_is_found(busy, what):
    raw = connect(busy.path)
    raw.execute("PRAGMA foreign_keys = OFF")
    raw.execute("PRAGMA ignore_check_constraints = ON")
    triggers = [row[0] for row in raw.execute("SELECT name FROM sqlite_schema WHERE type = 'trigger'")]
    for trigger in triggers:
        raw.execute(f"DROP TRIGGER {trigger}")
    assert raw.execute(TAMPERING[what]).rowcount > 0, "the attack touched nothing"
    raw.close()
    report = busy.audit()
    assert not report.ok, what


# --- the day's root over all balances


def test_the_next_block_carries_the_days_state_root_once(city):
    city.grant({"mina": 10_000})
    entry = state_root_job(city.store, DAY)
    assert state_root_job(city.store, DAY) == entry
    city.sequencer.submit(city.sale("mina", 10))
    city.sequencer.submit(city.sale("mina", 10))
    last, before = city.store.blocks(limit=2)
    assert (before.header.state_at, len(before.header.state_root)) == (entry, 32)
    assert (last.header.state_at, last.header.state_root) == (0, b"")
    assert city.audit().ok


def test_where_nothing_moved_there_is_no_new_state_root(city):
    first = state_root_job(city.store, DAY)
    assert state_root_job(city.store, DAY + 1) == first
    assert city.store.connection.execute("SELECT day FROM state_root").fetchall() == [(DAY,)]


def test_a_state_root_of_a_ledger_that_holds_only_its_genesis_is_not_taken(tmp_path):
    found(tmp_path / "chain.sqlite")
    city = City(tmp_path / "chain.sqlite")
    assert state_root_job(city.store, DAY) == 0
    assert city.store.connection.execute("SELECT count(*) FROM state_root").fetchone() == (0,)
    city.open_office()
    assert city.audit().ok
    city.close()


def test_state_roots_of_two_days_are_both_carried(city):
    city.grant({"mina": 10_000})
    state_root_job(city.store, DAY)
    city.sequencer.submit(city.sale("mina", 10))
    city.clock.pass_s(DAY_S)
    state_root_job(city.store, DAY + 1)
    city.sequencer.submit(city.sale("mina", 10))
    roots = [block.header.state_at for block in city.store.blocks() if block.header.state_root]
    assert len(roots) == 2 and city.audit().ok
