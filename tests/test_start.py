"""How the server starts: with which clock, and who has to say that it is right."""

from types import SimpleNamespace

import pytest

from app.desk import found
from app.errors import SetupError
from app.web import server, start
from tests.cast import DAY_S, HOUR_S, City, Line, Wallet, text


@pytest.fixture
def city(tmp_path):
    city = City(tmp_path / "data")
    yield city
    city.close()


def real(city: City) -> None:
    """From now on nothing says that this is a trial city."""
    city.folder.path.joinpath("example").rename(city.folder.path.parent / "away")


def wish(city: City, **how) -> start.Wish:
    return start.Wish(city.folder, 8080, "", 1, False, **how)


@pytest.fixture
def builds(city, monkeypatch):
    """What the server was told to do in each process; its clock is the city's."""
    monkeypatch.setattr(start, "time", SimpleNamespace(time=city.clock))
    monkeypatch.setattr(server, "check_port", lambda *_: None)
    monkeypatch.setattr(start, "Work", lambda *_: SimpleNamespace(start=lambda: None))
    builds = []
    monkeypatch.setattr(server, "serve", lambda build, *_: builds.append(build))
    return builds


def test_a_city_whose_last_entry_is_days_old_starts_only_with_the_operators_word(city, builds):
    real(city)
    city.clock.now_s += DAY_S
    start.serve_city(wish(city), lambda _: None)
    city.clock.now_s += HOUR_S
    with pytest.raises(SetupError, match="--clock-is-right") as told:
        start.serve_city(wish(city), lambda _: None)
    assert "2026-11-23 04:00 UTC" in str(told.value) and "2026-11-22 03:00 UTC" in str(told.value)
    start.serve_city(wish(city, clock_is_right=True), lambda _: None)
    assert len(builds) == 2


def test_a_trial_city_and_one_without_officers_start_by_themselves(city, builds, tmp_path):
    city.clock.now_s += 30 * DAY_S
    start.serve_city(wish(city), lambda _: None)
    founded = found.Folder(tmp_path / "founded")
    found.found(founded, city.folder.city_file, "localhost", city.office.genesis.roots, lambda: city.clock() - 30 * DAY_S)
    found.check_clock(founded, city.clock)
    assert len(builds) == 1


def test_a_server_process_that_is_started_again_does_not_believe_a_clock_that_jumped_meanwhile(city, builds):
    start.serve_city(wish(city), lambda _: None)
    (build,) = builds
    kim = Wallet(city)

    def said() -> str:
        """Of a process that starts now."""
        return Line(build()[0].test_client()).post("/api/aliases", {"message": text(kim.batch())}).word

    assert said() == "NO_RIGHT"
    city.clock.now_s += 30 * DAY_S
    assert said() == "HALTED"
