"""Databases as earlier releases left them: brought up to date where they lie, and the city goes on with what they hold.

An old database is made from a new one: the first release's tables, filled with all that they can hold of a city at work.
"""

import os
from pathlib import Path

import pytest

from app.chain.verify import replay
from app.desk import act, example, figures, found, pay, seal
from app.errors import SetupError
from app.money import orders
from app.money.state import Register
from app.people import people as people_database
from app.people import register
from app.store import database
from app.store import sqlite as store
from app.store.audit import opened_log
from app.store.database import sqlite
from app.store.sqlite import SqliteStore
from app.work import Work
from tests.cast import DAY_S, HELP, HOUR_S, MAKER, City

SCHEMAS = {"chain.sqlite": store.SCHEMA, "people.sqlite": people_database.SCHEMA}
FILLED = {"chain.sqlite": {"entry", "block", "lot", "leg", "record", "message_id", "list", "head", "mention", "flowed", "state_root", "checkpoint"},
          "people.sqlite": {"person", "taken", "access", "officer", "once", "list", "list_row", "proposal"}}


def newest(schema: Path) -> int:
    return len(list(schema.glob("*.sql")))


def older(file: Path, release: int) -> dict[str, int]:
    """The database as if the migrations until number `release` were all there are; how many rows each table has."""
    new = file.with_suffix(".new")
    file.rename(new)
    steps = {number: text for number, text in database._steps(SCHEMAS[file.name]).items() if number <= release}
    connection = sqlite.connect(file, isolation_level=None)
    connection.execute("ATTACH ? AS new", (str(new),))
    connection.execute("CREATE TABLE migration (number INTEGER PRIMARY KEY, digest BLOB NOT NULL) STRICT")
    statements = [statement for text in steps.values() for statement in database._statements(text)]
    guards = [statement for statement in statements if "CREATE TRIGGER" in statement or "DROP TRIGGER" in statement]
    for statement in statements:
        if statement not in guards:
            connection.execute(statement)
    counts = {}
    for (table,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'").fetchall():
        if table not in ("flow", "migration"):
            counts[table] = filled(connection, table)
    for statement in guards:
        connection.execute(statement)
    connection.executemany("INSERT INTO migration VALUES (?, ?)", [(number, database._digest(text)) for number, text in steps.items()])
    assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
    connection.close()
    new.unlink()
    return counts


def filled(connection: sqlite.Connection, table: str) -> int:
    there, mine = ({row[1] for row in connection.execute(f"PRAGMA {place}.table_info({table})")} for place in ("new", "main"))
    columns = ", ".join(f'"{name}"' for name in sorted(there & mine))
    known = "WHERE what IN (SELECT what FROM main.taken)" if table == "taken" else ""      # what that release counted
    rows = connection.execute(f"SELECT {columns} FROM new.{table} {known}").fetchall()
    connection.execute(f"DELETE FROM {table}")
    connection.executemany(f"INSERT INTO {table} ({columns}) VALUES ({', '.join('?' * len(there & mine))})", rows)
    return connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]


def propose(city: City) -> None:
    """A programme that waits for its second officer."""
    now_s = city.now_s()
    number = act.next_number(city.office, Register.PROGRAMME)
    body = orders.Programme(city.numbers[MAKER], number, 1, 1_000, now_s - 60, now_s + DAY_S, now_s + DAY_S, b"", b"next", os.urandom(8), now_s + HOUR_S)
    assert act.hand_in(city.office, city.numbers[MAKER], city.signed(MAKER, body)).entry is None


@pytest.mark.parametrize("back", [1, -1], ids=["first release", "last but one"])
def test_the_databases_of_an_earlier_release_are_brought_up_to_date_and_the_city_goes_on(city, back):
    kim, lee = city.wallet(help_won=10_000), city.wallet(help_won=5_000)
    till = city.till()
    code = kim.code(3_000)
    sold = pay.settle(city.office, code, till.charge(code, 3_000))
    city.freeze(lee)
    propose(city)
    register.unmask(city.office.people, city.numbers[MAKER], lee.person, "asked at the counter")
    seal.checkpoint(city.office)
    seal.totals(city.office)
    seal.state_root(city.office)
    seal.checkpoint(city.office)
    people, won = register.count(city.office.people), city.balance_won(kim)
    example.close(city.office)
    for file in (city.folder.chain, city.folder.people):
        counts = older(file, back if back > 0 else newest(SCHEMAS[file.name]) - 1)
        assert {table for table, count in counts.items() if count} >= FILLED[file.name]
    with pytest.raises(SetupError, match=r"of an earlier HAGC \(migration \d+ of \d+\)"):
        SqliteStore.look(city.folder.chain)

    city.office = found.open_office(city.folder, city.clock)
    found.check_signed(city.folder, city.office.store)
    assert register.count(city.office.people) == people and city.balance_won(kim) == won
    work = Work(city.office, city.folder.path / "work.lock")
    work.tick()
    assert not work.halted and city.balance_won(kim) == won         # no list was paid a second time
    code = kim.code(1_000)
    assert pay.settle(city.office, code, till.charge(code, 1_000)).receipt
    city.freeze(lee, False)
    city.top_up(HELP, {kim: 500, lee: 700})
    assert city.balance_won(kim) == won - 1_000 + 500
    while figures.count(city.office):
        pass
    assert figures.check(city.office)
    with opened_log(city.office.store) as log:
        report = replay(log)
    assert report.ok, report.problem
    assert report.sales == 2 and report.entries > sold.entry
