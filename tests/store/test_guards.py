"""Every promise of the schema, attacked by somebody who opens the file with a bare connection.

Each attack runs under the settings of the house, under SQLite's own, and with every check that a
connection may switch off switched off; it must raise, and leave the tables as they were.
"""

import re

import pytest

from app.store.database import connect, migrate, sqlite
from tests.store.cast import SCHEMA

BARE = ()
NOTHING_HOLDS = ("foreign_keys=OFF", "recursive_triggers=OFF", "ignore_check_constraints=ON", "trusted_schema=ON")
SETTINGS = {"house": None, "bare": BARE, "switched off": NOTHING_HOLDS}

# programme 1 (budget 100): issuer lot 1, a list's lot 2, resident 7's lot 3, shop 9's lot 4; block 1 is closed,
# entry 4 (a payment) and entry 5 (a programme) are open
LEDGER = """
    INSERT INTO entry VALUES (0, 100, 48, 0, zeroblob(32), x'00', x'', x'', x'');
    INSERT INTO block VALUES (0, 0, 0, -1, zeroblob(32), #1);
    INSERT INTO head VALUES (1, x'', 1, 0, #1, 100, 0);
    INSERT INTO entry VALUES (1, 100, 23, 0, zeroblob(32), x'00', x'', x'', x'');
    INSERT INTO lot VALUES (1, 1, 1, 1, 900, 0, -100, 0, 1);
    INSERT INTO lot VALUES (2, 2, 2, 1, 900, 0, 0, 0, NULL);
    INSERT INTO lot VALUES (3, 3, 7, 1, 500, 0, 0, 0, NULL);
    INSERT INTO lot VALUES (4, 4, 9, 1, 900, 0, 0, 0, NULL);
    INSERT INTO entry VALUES (2, 101, 11, 0, zeroblob(32), x'00', x'', x'', x'');
    INSERT INTO leg VALUES (1, 2, 0, 1, 1, 2, 80);
    INSERT INTO leg VALUES (2, 2, 1, 2, 2, 3, 60);
    INSERT INTO record VALUES (10, x'aa', 2, x'80');
    INSERT INTO message_id VALUES (300, x'11', 2);
    INSERT INTO list VALUES (zeroblob(16), zeroblob(32));
    INSERT INTO subtree VALUES (1, 0, zeroblob(32));
    INSERT INTO mention VALUES (3, 7, 2);
    INSERT INTO state_root VALUES (20000, 2, zeroblob(32), zeroblob(32), NULL);
    INSERT INTO checkpoint VALUES (0, 3, 102, 'note');
    INSERT INTO entry VALUES (3, 102, 49, 0, zeroblob(32), x'00', x'', x'', x'');
    INSERT INTO block VALUES (1, 3, 1, 2, #1, #2);
    UPDATE head SET size = 4, height = 1, header_hash = #2, time_s = 102;
    UPDATE state_root SET height = 1;
    INSERT INTO entry VALUES (4, 103, 0, 0, zeroblob(32), x'00', x'', x'', x'');
    INSERT INTO entry VALUES (5, 103, 23, 0, zeroblob(32), x'00', x'', x'', x'');
"""

ATTACKS = {
    "a forged balance": "UPDATE lot SET balance_won = balance_won + 1 WHERE id = 3",
    "a balance forged under a leg's number": "UPDATE lot SET balance_won = 61, last_leg = 3 WHERE id = 3",
    "a leg that counts twice": "UPDATE lot SET balance_won = 120, last_leg = 2 WHERE id = 3",
    "a lot that opens with money": "INSERT INTO lot VALUES (5, 3, 8, 1, 500, 1, 0, 0, NULL)",
    "a lot that opens after legs to come": "INSERT INTO lot VALUES (5, 3, 8, 1, 500, 0, 0, 9, NULL)",
    "a lot replaced": "INSERT OR REPLACE INTO lot VALUES (3, 3, 7, 1, 500, 0, 0, 0, NULL)",
    "a lot replaced through its owner": "INSERT OR REPLACE INTO lot VALUES (5, 3, 7, 1, 500, 0, 0, 0, NULL)",
    "a gap in the lots": "INSERT INTO lot VALUES (6, 3, 8, 1, 500, 0, 0, 0, NULL)",
    "a lot without a number": "INSERT INTO lot VALUES (NULL, 3, 8, 1, 500, 0, 0, 0, NULL)",
    "a deleted lot": "DELETE FROM lot WHERE id = 4",
    "a lot given to another": "UPDATE lot SET owner = 8 WHERE id = 3",
    "a lot that lives longer": "UPDATE lot SET expires_at_s = 501 WHERE id = 3",
    "a lot renumbered": "UPDATE OR REPLACE lot SET id = 4 WHERE id = 3",
    "a resident with credit": "UPDATE lot SET floor_won = -5, floor_entry = 5 WHERE id = 3",
    "a resident's lot opened with credit": "INSERT INTO lot VALUES (5, 3, 8, 1, 500, 0, -5, 0, 5)",
    "a floor without an entry": "UPDATE lot SET floor_won = -500 WHERE id = 1",
    "a floor by a payment": "UPDATE lot SET floor_won = -500, floor_entry = 4 WHERE id = 1",
    "a floor by an old programme entry": "UPDATE lot SET floor_won = -500, floor_entry = 1 WHERE id = 1",
    "a floor by no entry at all": "UPDATE lot SET floor_won = -500, floor_entry = 77 WHERE id = 1",
    "a floor raised above the balance": "UPDATE lot SET floor_won = -79, floor_entry = 5 WHERE id = 1",
    "an issuer opened without an entry": "INSERT INTO lot VALUES (5, 1, 2, 2, 900, 0, -9, 0, NULL)",
    "more than the lot holds": "INSERT INTO leg VALUES (3, 4, 0, 4, 3, 4, 61)",
    "more, and the check ignored": "INSERT OR IGNORE INTO leg VALUES (3, 4, 0, 4, 3, 4, 61)",
    "more, failing halfway": "INSERT OR FAIL INTO leg VALUES (3, 4, 0, 4, 3, 4, 61)",
    "more, replacing": "INSERT OR REPLACE INTO leg VALUES (3, 4, 0, 4, 3, 4, 61)",
    "more than the budget": "INSERT INTO leg VALUES (3, 5, 0, 1, 1, 2, 21)",
    "nothing moved": "INSERT INTO leg VALUES (3, 4, 0, 4, 3, 4, 0)",
    "a negative amount": "INSERT INTO leg VALUES (3, 4, 0, 4, 3, 4, -1)",
    "an amount that is no integer": "INSERT INTO leg VALUES (3, 4, 0, 4, 3, 4, 1.5)",
    "an illegal flow": "INSERT INTO leg VALUES (3, 4, 0, 4, 4, 3, 1)",
    "a flow that does not exist": "INSERT INTO leg VALUES (3, 4, 0, 8, 3, 4, 1)",
    "a leg from a lot to itself": "INSERT INTO leg VALUES (3, 4, 0, 4, 3, 3, 1)",
    "a leg to no lot": "INSERT INTO leg VALUES (3, 4, 0, 4, 3, 99, 1)",
    "a gap in the legs": "INSERT INTO leg VALUES (4, 4, 0, 4, 3, 4, 1)",
    "a leg without a number": "INSERT INTO leg VALUES (NULL, 4, 0, 4, 3, 4, 1)",
    "a leg of a closed entry": "INSERT INTO leg VALUES (3, 2, 2, 4, 3, 4, 1)",
    "a leg of an entry to come": "INSERT INTO leg VALUES (3, 6, 0, 4, 3, 4, 1)",
    "a leg out of order": "INSERT INTO leg VALUES (3, 4, 1, 4, 3, 4, 1)",
    "a leg replaced": "INSERT OR REPLACE INTO leg VALUES (2, 2, 1, 2, 2, 3, 70)",
    "a leg replaced through its place": "INSERT OR REPLACE INTO leg VALUES (3, 2, 1, 2, 2, 3, 10)",
    "a changed leg": "UPDATE leg SET amount_won = 70 WHERE no = 2",
    "a deleted leg": "DELETE FROM leg WHERE no = 2",
    "a flow of one's own": "INSERT INTO flow VALUES (9, 4, 3, 'gift')",
    "a flow replaced": "INSERT OR REPLACE INTO flow VALUES (4, 4, 3, 'pay')",
    "a flow turned round": "UPDATE flow SET debit_kind = 4, credit_kind = 3 WHERE number = 4",
    "a flow deleted": "DELETE FROM flow",
    "a changed body": "UPDATE entry SET a = x'01' WHERE number = 2",
    "a changed time": "UPDATE entry SET time_s = 101 WHERE number = 3",
    "a deleted entry": "DELETE FROM entry WHERE number = 5",
    "an entry replaced": "INSERT OR REPLACE INTO entry VALUES (2, 101, 11, 0, zeroblob(32), x'01', x'', x'', x'')",
    "an update that replaces an entry": "UPDATE OR REPLACE entry SET number = 2 WHERE number = 4",
    "a gap in the entries": "INSERT INTO entry VALUES (7, 104, 0, 0, zeroblob(32), x'00', x'', x'', x'')",
    "an entry before the first": "INSERT INTO entry VALUES (-1, 100, 0, 0, zeroblob(32), x'00', x'', x'', x'')",
    "time running backwards": "INSERT INTO entry VALUES (6, 102, 0, 0, zeroblob(32), x'00', x'', x'', x'')",
    "a replaced block": "INSERT OR REPLACE INTO block VALUES (1, 3, 1, 2, #1, #9)",
    "a block replaced through its entry": "INSERT OR REPLACE INTO block VALUES (2, 3, 4, 2, #2, zeroblob(32))",
    "a gap in the blocks": "INSERT INTO block VALUES (3, 5, 4, 4, #2, zeroblob(32))",
    "a block on another branch": "INSERT INTO block VALUES (2, 5, 4, 4, #3, zeroblob(32))",
    "a block without its header": "INSERT INTO block VALUES (2, 5, 4, 4, #2, zeroblob(32))",
    "a changed block": "UPDATE block SET hash = zeroblob(32) WHERE height = 1",
    "a deleted block": "DELETE FROM block WHERE height = 1",
    "a changed record": "UPDATE record SET value = x'81'",
    "a deleted record": "DELETE FROM record",
    "a record replaced": "INSERT OR REPLACE INTO record VALUES (10, x'aa', 2, x'81')",
    "a record of a closed entry": "INSERT INTO record VALUES (10, x'bb', 2, x'81')",
    "a record of an entry to come": "INSERT INTO record VALUES (10, x'bb', 6, x'81')",
    "the second use of an id": "INSERT INTO message_id VALUES (300, x'11', 4)",
    "the second use of an id, replacing": "INSERT OR REPLACE INTO message_id VALUES (300, x'11', 4)",
    "the second use of an id, ignored": "INSERT OR IGNORE INTO message_id VALUES (300, x'11', 4)",
    "an id used by a closed entry": "INSERT INTO message_id VALUES (300, x'12', 2)",
    "an id set free": "DELETE FROM message_id",
    "an id given to another entry": "UPDATE message_id SET entry = 4",
    "a changed list": "UPDATE list SET leaves = zeroblob(64)",
    "a list replaced": "INSERT OR REPLACE INTO list VALUES (zeroblob(16), zeroblob(64))",
    "a list replaced through its row": "INSERT OR REPLACE INTO list (rowid, list_id, leaves) VALUES (1, x'11', x'')",
    "a list deleted": "DELETE FROM list",
    "a changed subtree": "UPDATE subtree SET hash = #1",
    "a subtree replaced": "INSERT OR REPLACE INTO subtree VALUES (1, 0, #1)",
    "a gap in the subtrees": "INSERT INTO subtree VALUES (1, 2, zeroblob(32))",
    "a deleted subtree": "DELETE FROM subtree",
    "a head that goes back": "UPDATE head SET size = 3",
    "a head before its block": "UPDATE head SET size = 6, height = 2",
    "a head of another branch": "UPDATE head SET size = 6, header_hash = zeroblob(32)",
    "a head put back in time": "UPDATE head SET size = 6, time_s = 99",
    "an epoch taken back": "UPDATE head SET size = 6, epoch = -1",
    "a second head": "INSERT INTO head VALUES (2, x'', 6, 1, #2, 103, 0)",
    "a head replaced": "INSERT OR REPLACE INTO head VALUES (1, x'', 6, 1, #2, 103, 0)",
    "a deleted head": "DELETE FROM head",
    "a changed mention": "UPDATE mention SET owner = 8",
    "a deleted mention": "DELETE FROM mention",
    "a changed state root": "UPDATE state_root SET root = #1",
    "a state root carried twice": "UPDATE state_root SET height = 0",
    "a state root replaced": "INSERT OR REPLACE INTO state_root VALUES (20000, 2, #1, #1, NULL)",
    "a deleted state root": "DELETE FROM state_root",
    "a checkpoint replaced": "INSERT OR REPLACE INTO checkpoint VALUES (0, 3, 102, 'another')",
    "a deleted checkpoint": "DELETE FROM checkpoint",
}


@pytest.fixture
def ledger(tmp_path):
    path = tmp_path / "ledger.db"
    house = connect(path)
    migrate(house, SCHEMA)
    for statement in LEDGER.strip().splitlines():
        house.execute(sql(statement))
    house.close()
    return path


def sql(statement):
    """#1 stands for a hash: 32 bytes of 01."""
    return re.sub(r"#(\d)", lambda digit: f"x'{digit[1].zfill(2) * 32}'", statement)


def opened(path, settings):
    if settings is None:
        return connect(path)
    raw = sqlite.connect(path, isolation_level=None)
    for setting in settings:
        raw.execute(f"PRAGMA {setting}")
    return raw


def content(connection):
    tables = [row[0] for row in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
    return {table: connection.execute(f"SELECT * FROM {table}").fetchall() for table in tables}


@pytest.mark.parametrize("settings", SETTINGS)
def test_each_attack_on_the_tables_is_refused_and_changes_nothing(ledger, settings):
    attacker = opened(ledger, SETTINGS[settings])
    before = content(attacker)
    for name, statement in ATTACKS.items():
        with pytest.raises(sqlite.IntegrityError):
            attacker.execute(sql(statement))
            pytest.fail(f"{name} went through under {settings}: {statement}")
        assert content(attacker) == before, name


@pytest.mark.parametrize("settings", SETTINGS)
def test_what_the_ledger_itself_writes_passes(ledger, settings):
    writer = opened(ledger, SETTINGS[settings])
    for statement in (
        "INSERT INTO leg VALUES (3, 4, 0, 4, 3, 4, 60)",
        "UPDATE lot SET floor_won = -80, floor_entry = 5 WHERE id = 1",
        "INSERT INTO lot VALUES (5, 1, 2, 2, 900, 0, -9, 0, 5)",
        "INSERT INTO record VALUES (10, x'aa', 4, x'81')",
        "INSERT INTO message_id VALUES (300, x'12', 4)",
        "INSERT INTO entry VALUES (6, 103, 49, 0, zeroblob(32), x'00', x'', x'', x'')",
        "INSERT INTO block VALUES (2, 6, 4, 5, #2, #3)",
        "UPDATE head SET size = 7, height = 2, header_hash = #3, time_s = 103",
    ):
        writer.execute(sql(statement))
    balances = writer.execute("SELECT id, balance_won FROM lot ORDER BY id").fetchall()
    assert balances == [(1, -80), (2, 20), (3, 0), (4, 60), (5, 0)]


def test_every_table_but_the_prunable_ones_has_an_attack():
    connection = sqlite.connect(":memory:")
    for statement in SCHEMA.joinpath("0001.sql").read_text(encoding="utf-8").split("\n\n"):
        connection.executescript(statement)
    tables = {row[0] for row in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
    attacked = {table for table in tables if any(f" {table} " in attack + " " for attack in ATTACKS.values())}
    assert tables - attacked == {"refusal", "flowed", "meta"}
