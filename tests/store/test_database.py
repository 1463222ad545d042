import threading
import time

import pytest

from app.errors import SetupError
from app.store.database import check_version, connect, migrate, sqlite, transaction


@pytest.fixture
def schema(tmp_path):
    folder = tmp_path / "schema"
    folder.mkdir()
    (folder / "0001.sql").write_text(
        "-- a list; with a semicolon\nCREATE TABLE a (x INTEGER) STRICT;\n"
        "CREATE TRIGGER keep BEFORE DELETE ON a BEGIN\n    SELECT RAISE(ABORT, 'kept');\nEND;\n-- the end\n"
    )
    return folder


@pytest.fixture
def database(tmp_path):
    connection = connect(tmp_path / "x.db")
    yield connection
    connection.close()


@pytest.mark.parametrize(
    "setting, value",
    [
        ("journal_mode", "wal"),
        ("synchronous", 2),
        ("foreign_keys", 1),
        ("recursive_triggers", 1),
        ("trusted_schema", 0),
        ("busy_timeout", 10_000),
    ],
)
def test_money_is_kept_under_these_settings(database, setting, value):
    assert database.execute(f"PRAGMA {setting}").fetchone() == (value,)


@pytest.mark.parametrize("version", [(3, 7, 0), (3, 40, 1), (3, 51, 2)])
def test_an_sqlite_that_may_corrupt_is_refused_in_one_line(version):
    with pytest.raises(SetupError, match=r"SQLite is 3\.[\d.]+, but HAGC needs 3\.51\.3 or newer: ") as caught:
        check_version(version)
    assert "\n" not in str(caught.value)


def test_only_the_owner_may_read_the_file(database, tmp_path):
    with transaction(database):
        database.execute("CREATE TABLE a (x)")
    assert {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {0o600}


def test_what_is_no_database_is_refused_in_one_line(tmp_path):
    (tmp_path / "bad.db").write_text("hello " * 1000)
    opened, written = "can't be opened as a database", "can't be written .*: make it writable, or choose another folder"
    for path, readonly, words in (
        (tmp_path / "bad.db", False, opened), (tmp_path / "no" / "x.db", False, written), (tmp_path / "no.db", True, opened),
    ):
        with pytest.raises(SetupError, match=words) as caught:
            connect(path, readonly=readonly)
        assert "\n" not in str(caught.value)


def test_a_reader_writes_nothing(database, schema, tmp_path):
    migrate(database, schema)
    reader = connect(tmp_path / "x.db", readonly=True)
    with pytest.raises(sqlite.OperationalError):
        reader.execute("INSERT INTO a VALUES (1)")
    assert reader.execute("SELECT count(*) FROM a").fetchone() == (0,)


def test_migrations_are_applied_once_and_in_order(database, schema):
    assert migrate(database, schema) == [1]
    (schema / "0002.sql").write_text("INSERT INTO a VALUES (1);\nINSERT INTO a VALUES (2);\n")
    (schema / "0003.sql").write_text("CREATE TABLE b (y) STRICT, WITHOUT ROWID;\n")
    with pytest.raises(sqlite.OperationalError):
        migrate(database, schema)
    (schema / "0003.sql").write_text("CREATE TABLE b (y TEXT) STRICT;\n")
    assert migrate(database, schema) == [3]
    assert migrate(database, schema) == []
    assert database.execute("SELECT count(*) FROM a").fetchone() == (2,)


def test_a_migration_is_applied_as_a_whole_or_not_at_all(database, schema):
    (schema / "0001.sql").write_text("CREATE TABLE a (x INTEGER) STRICT;\nINSERT INTO nowhere VALUES (1);\n")
    with pytest.raises(sqlite.OperationalError, match="nowhere"):
        migrate(database, schema)
    (schema / "0001.sql").write_text("CREATE TABLE a (x INTEGER) STRICT;\n")
    assert migrate(database, schema) == [1]


def test_a_database_of_a_newer_release_or_a_changed_migration_is_refused(database, schema):
    (schema / "0002.sql").write_text("CREATE TABLE b (y TEXT) STRICT;\n")
    migrate(database, schema)
    (schema / "0002.sql").unlink()
    with pytest.raises(SetupError, match="newer HAGC"):
        migrate(database, schema)
    (schema / "0002.sql").write_text("CREATE TABLE c (y TEXT) STRICT;\n")
    with pytest.raises(SetupError, match="migration 0002"):
        migrate(database, schema)


def test_many_threads_migrate_once(tmp_path, schema):
    applied = []

    def open_and_migrate():
        connection = connect(tmp_path / "y.db")
        applied.append(migrate(connection, schema))
        connection.close()

    threads = [threading.Thread(target=open_and_migrate) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(applied) == [[], [], [], [], [], [1]]


def test_a_transaction_that_fails_leaves_nothing(database, schema):
    migrate(database, schema)
    with pytest.raises(KeyboardInterrupt), transaction(database):
        database.execute("INSERT INTO a VALUES (1)")
        raise KeyboardInterrupt
    with pytest.raises(sqlite.IntegrityError, match="kept"), transaction(database):
        database.execute("INSERT INTO a VALUES (1)")
        database.execute("DELETE FROM a")
    assert database.execute("SELECT count(*) FROM a").fetchone() == (0,)


def test_a_transaction_inside_a_transaction_is_a_bug(database):
    with pytest.raises(AssertionError), transaction(database), transaction(database):
        pass
    with transaction(database):
        pass


def test_writers_take_turns(tmp_path, schema):
    migrate(connect(tmp_path / "x.db"), schema)
    seen = []

    def write(number):
        connection = connect(tmp_path / "x.db")
        for _ in range(5):
            with transaction(connection):
                (count,) = connection.execute("SELECT count(*) FROM a").fetchone()
                time.sleep(0.001)
                connection.execute("INSERT INTO a VALUES (?)", (number,))
                seen.append(count)
        connection.close()

    threads = [threading.Thread(target=write, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == list(range(30))
