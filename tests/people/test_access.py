import pytest

from app.people import access
from app.people.access import Access
from app.store.database import connect, sqlite

YEAR_S = 366 * 86_400


@pytest.fixture
def recorded(people, kim, clock):
    with people.write() as connection:
        for what in ("unmask", "change"):
            access.record(connection, Access(0, clock.now_s, 3, kim.token, what, "본인 확인"))
    return people


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE access SET why = 'other'",
        "UPDATE access SET officer = 4 WHERE number = 1",
        "DELETE FROM access",
        "DELETE FROM access WHERE number = 2",
        "INSERT OR REPLACE INTO access SELECT number, at_s, 9, person, what, why FROM access WHERE number = 1",
        "REPLACE INTO access SELECT number, 0, officer, person, what, why FROM access WHERE number = 2",
    ],
)
def test_the_access_record_cannot_be_altered(recorded, tmp_path, statement):
    before = access.newest(recorded)
    for connection in (recorded.read(), connect(tmp_path / "people.db")):
        with pytest.raises(sqlite.IntegrityError, match="access record"):
            connection.execute(statement)
    assert access.newest(recorded) == before


def test_the_newest_line_comes_first_and_pages_follow(recorded):
    lines = access.newest(recorded)
    assert [line.number for line in lines] == [2, 1]
    assert access.newest(recorded, before=2) == lines[1:]
    assert access.newest(recorded, limit=1) == lines[:1]


def test_after_two_years_by_both_clocks_a_line_is_dropped(recorded, kim, clock):
    long_ago_s = 1_500_000_000
    with recorded.write() as connection:
        access.record(connection, Access(0, long_ago_s, 3, kim.token, "unmask", "오래전"))
    assert access.forget_old(recorded) == 1
    assert [line.number for line in access.newest(recorded)] == [2, 1]


def test_a_clock_that_runs_ahead_drops_nothing_too_early(recorded, clock):
    clock.now_s += 30 * YEAR_S
    assert access.forget_old(recorded) == 0
    assert len(access.newest(recorded)) == 2


def test_a_clock_that_is_behind_keeps_longer(recorded, kim, clock):
    with recorded.write() as connection:
        access.record(connection, Access(0, 1_500_000_000, 3, kim.token, "unmask", "오래전"))
    clock.now_s = 1_500_000_000 + YEAR_S
    assert access.forget_old(recorded) == 0
