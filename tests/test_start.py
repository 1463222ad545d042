"""How a city is made and how the server starts: what a try that failed leaves, and who has to say that the clock is right."""

from dataclasses import replace
from types import SimpleNamespace

import pytest

from app import city as cities
from app.desk import example, found
from app.desk.found import Folder
from app.errors import SetupError
from app.store.sqlite import SqliteStore
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
    for name in ("Work", "Errands"):        # their threads would outlive the test
        monkeypatch.setattr(start, name, lambda *_: SimpleNamespace(start=lambda: None))
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


# --- making a city -------------------------------------------------------------------------

CITY = cities.CITIES / "cheongju.toml"


def no_room(*_):
    raise OSError(28, "No space left on device")


def too_old(*_):
    raise SetupError("SQLite is 3.40.0, but HAGC needs 3.51.3 or newer: pip install pysqlite3")


@pytest.mark.parametrize("fault", [no_room, too_old])
@pytest.mark.parametrize("place", [(SqliteStore, "create"), (example, "_furnish"), (found, "_write_private")])
def test_a_trial_city_that_could_not_be_made_is_made_by_the_next_try(tmp_path, monkeypatch, place, fault):
    folder = Folder(tmp_path / "data")
    with monkeypatch.context() as broken:
        broken.setattr(*place, fault)
        with pytest.raises(SetupError, match="can't be written .*No space left.*DATA=|SQLite is 3.40.0"):
            example.make(folder, CITY, "localhost", lambda: 1_800_000_000)
    assert not folder.founded and not list(folder.path.iterdir())
    example.make(folder, CITY, "localhost", lambda: 1_800_000_000)
    assert folder.founded and example.is_example(folder) and not folder.unfinished.exists()


def test_what_a_try_left_that_was_cut_off_is_thrown_away(city, tmp_path):
    folder = Folder(tmp_path / "cut off")
    (folder.unfinished / "keys").mkdir(parents=True)
    (folder.unfinished / "keys" / "receipt.seed").write_text("half a ke")
    (folder.unfinished / "checkpoint.note").write_text("")
    found.found(folder, CITY, "localhost", city.office.genesis.roots, city.clock)
    example.close(found.open_office(folder, city.clock))


def test_a_city_without_its_checkpoint_note_is_not_overwritten(city):
    before = city.folder.key(1).read_bytes(), city.folder.chain.read_bytes()
    city.folder.checkpoint.rename(city.folder.path.parent / "away")
    with pytest.raises(SetupError, match="no checkpoint.note: put that back"):
        found.found(city.folder, CITY, "localhost", city.office.genesis.roots, city.clock)
    assert before == (city.folder.key(1).read_bytes(), city.folder.chain.read_bytes())


def test_what_is_wrong_with_a_city_is_said_before_any_process_starts(city, builds):
    real(city)
    city.folder.key(1).unlink()
    with pytest.raises(SetupError, match="receipt.seed is missing"):
        start.serve_city(wish(city), lambda _: None)
    assert not builds


def test_a_trial_city_of_another_address_says_how_to_get_one_of_this(city, builds):
    said = []
    start.serve_example(replace(wish(city), port=8090), CITY, said.append)
    assert "DATA=another" in "\n".join(said)
