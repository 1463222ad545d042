"""The sweep stops where the clock jumped by more than a day, whatever the reason, until the operator has looked."""

import logging
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

from app.desk import found, pay, resume, sweep
from app.store.sqlite import SqliteStore
from app.web import start
from app.work import Work
from tests.cast import DAY_S, HOUR_S, City, Line, answers, until
from tests.console.desk import MAKER, Desk, free_port, said

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def city(tmp_path):
    city = City(tmp_path / "data")
    yield city
    city.close()


def work_of(city: City) -> Work:
    return Work(city.office, city.folder.path / "work.lock")


def expired(city: City, won: int = 400):
    """A wallet whose money ends in an hour."""
    wallet = city.wallet()
    city.top_up(city.open_programme(1, lives_s=HOUR_S), {wallet: won})
    return wallet


# What was written down (s before now; None: nothing yet), age of the last entry → whether the sweep waits
TABLE = [
    ("the city works", 60, 60, False),
    ("nobody paid all night", 600, 9 * HOUR_S, False),
    ("nobody paid all week, the server ran", 600, 7 * DAY_S, False),
    ("off for a day", DAY_S, DAY_S, False),
    ("off for a day and a second", DAY_S + 1, DAY_S + 1, True),
    ("off for two days", 2 * DAY_S, 2 * DAY_S, True),
    ("a year ahead", 365 * DAY_S, 365 * DAY_S, True),
    ("back by an hour", -HOUR_S, 60, False),
    ("back by a day", -DAY_S, 60, False),
    ("back by more than a day, though entries are older", -DAY_S - 1, 60, True),
    ("a payment after the jump hides nothing", 2 * DAY_S, 0, True),
    ("an older release wrote nothing down, yesterday's entry", None, DAY_S, False),
    ("an older release wrote nothing down, an entry of two days ago", None, 2 * DAY_S, True),
]


@pytest.mark.parametrize(("seen", "entry", "waits"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE])
def test_it_waits_when_the_clock_is_more_than_a_day_from_when_the_city_was_last_seen(city, seen, entry, waits):
    store, last_s = city.office.store, city.office.store.head().time_s
    city.clock.now_s = last_s + entry
    store._write("DELETE FROM meta")
    if seen is not None:
        store.keep_seen(city.now_s() - seen)
    found_ = sweep.gap(store, city.now_s())
    assert (found_ is not None) is waits
    if waits:
        line = sweep.said(found_)
        assert "`resume`" in line and all(re.search(rf"{time.strftime('%Y-%m-%d %H:%M', time.gmtime(at_s))} UTC", line)
                                          for at_s in (city.now_s(), last_s, found_.seen_at_s))


def test_the_loop_empties_nothing_before_the_operators_word_and_payments_go_on(city, caplog):
    caplog.set_level(logging.WARNING)
    late, kim, till = expired(city), city.wallet(help_won=9_000), city.till()
    work = work_of(city)
    work._expire()
    city.clock.now_s += 2 * DAY_S
    city.office.sequencer.confirm_clock()           # the server was started again at this time
    for _ in range(3):
        work._expire()
    assert city.balance_won(late) == 400
    assert len(re.findall("the sweep of expired money waits", caplog.text)) == 1, "said once an hour"
    assert "48 hours ahead of" in caplog.text and "1 amounts, 400 won" in caplog.text
    code = kim.code(5_000)
    assert pay.settle(city.office, code, till.charge(code, 5_000)).amount_won == 5_000
    work._expire()
    assert city.balance_won(late) == 400, "a payment is not the operator's word"
    sweep.confirm(city.office.store, city.now_s())
    work._expire()
    assert city.balance_won(late) == 0 and "the sweep goes on" in caplog.text


def test_an_entry_after_the_jump_is_no_word_of_the_operator_where_nothing_was_written_down(city):
    late, work = expired(city), work_of(city)
    city.office.store._write("DELETE FROM meta")
    city.clock.now_s += 2 * DAY_S
    city.office.sequencer.confirm_clock()
    work._expire()
    city.wallet(linked=False)
    work._expire()
    assert city.balance_won(late) == 400


def test_a_city_that_runs_day_and_night_is_never_asked(city):
    late, work = expired(city), work_of(city)
    for _ in range(5):
        work._expire()
        city.clock.now_s += 23 * HOUR_S
        city.office.sequencer.confirm_clock()       # this clock leaps where a server's runs
    work._expire()
    assert city.balance_won(late) == 0 and sweep.gap(city.office.store, city.now_s()) is None


def test_officers_and_monitors_are_told(city):
    late = expired(city)
    assert "이어 가면" not in said(Desk(city, MAKER).get("/console")) and city.line().get("/readyz").json["sweep"] == ""
    work_of(city)._expire()
    city.clock.now_s += 2 * DAY_S
    city.office.sequencer.confirm_clock()
    desk = Desk(city, MAKER)
    for page in ("/console", "/console/people"):
        assert "돈이 모두 사업으로 돌아갑니다" in said(desk.get(page)) and "python -m app resume" in said(desk.get(page))
    told = city.line().get("/readyz")
    assert told.status == 200 and told.json["ready"] and "48 hours ahead of" in told.json["sweep"]
    found.confirm_clock(city.folder, city.clock)
    assert city.line().get("/readyz").json["sweep"] == "" and city.balance_won(late) == 400


def test_what_would_go_back_is_added_up_for_the_operator_and_once_an_hour_alone(city, monkeypatch):
    """It takes seconds where millions of lots have expired, and pages and the loop that pays would wait for it."""
    expired(city)
    work, added = work_of(city), []
    work._expire()
    city.clock.now_s += 2 * DAY_S
    city.office.sequencer.confirm_clock()
    expired_sum = SqliteStore.expired_sum
    monkeypatch.setattr(SqliteStore, "expired_sum", lambda store, now_s: added.append(now_s) or expired_sum(store, now_s))
    desk = Desk(city, MAKER)
    for _ in range(3):
        work._expire()
        assert "돈이 모두 사업으로 돌아갑니다" in said(desk.get("/console/people")) and city.line().get("/readyz").json["sweep"]
    assert len(added) == 1


@pytest.mark.parametrize(("lift", "sweeps"), [(True, True), (True, False), (False, True), (False, False)])
def test_a_halt_and_the_sweep_are_two_questions_and_a_no_to_one_reaches_the_other(city, lift, sweeps):
    expired(city)
    store, now_s, told, asked = city.office.store, city.now_s() + 2 * DAY_S, [], []
    store.keep_seen(city.now_s())
    store.halt("the audit failed")

    def answer(which: bool):
        return lambda question: asked.append(question) or which

    assert resume.halt(store, lambda: None, told.append, answer(lift)) is lift
    assert resume.swept(store, lambda: now_s, told.append, answer(sweeps)) is sweeps
    assert len(asked) == 2 and any("1 amounts, 400 won" in line for line in told)
    assert (not store.halted(), sweep.gap(store, now_s) is None) == (lift, sweeps)
    store.lift()


# --- a server of its own ----------------------------------------------------------------------

def hagc(*arguments: object) -> subprocess.CompletedProcess:
    return subprocess.run([sys.executable, "-m", "app", *map(str, arguments)], cwd=ROOT, capture_output=True, text=True, timeout=60)


@pytest.mark.prove
def test_a_server_that_was_off_for_two_days_asks_and_goes_on_at_the_operators_word(tmp_path):
    then = time.time() - 2.5 * DAY_S
    city = City(tmp_path / "data", lambda: then)
    expired(city, 700)
    Work(city.office, city.folder.path / "work.lock")._expire()
    city.close()
    port = free_port()
    line = Line(f"http://localhost:{port}")
    log = (tmp_path / "server.log").open("w")
    command = [sys.executable, "-m", "app", "run", "--example", "--data", str(tmp_path / "data"), "--port", str(port)]
    with subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log, env={**os.environ, "PYTHONUNBUFFERED": "1"}) as process:
        try:
            until(lambda: answers(port), 60)
            told = until(lambda: line.get("/readyz").json["sweep"])
            assert "60 hours ahead of" in told and line.get("/readyz").json["ready"]
            until(lambda: "the sweep of expired money waits" in (tmp_path / "server.log").read_text())
            assert "1 amounts, 700 won" in (tmp_path / "server.log").read_text()
            asked = hagc("resume", "--data", tmp_path / "data")
            assert asked.returncode == 130 and "700 won" in asked.stdout, "nobody was there to say yes"
            assert line.get("/readyz").json["sweep"]
            assert hagc("resume", "--data", tmp_path / "data", "--yes").returncode == 130 and line.get("/readyz").json["sweep"]
            assert "The sweep goes on" in hagc("resume", "--data", tmp_path / "data", "--clock-is-right").stdout
            assert line.get("/readyz").json["sweep"] == ""
            reopened = found.open_office(city.folder, time.time)
            try:
                until(lambda: reopened.store.expired_sum(int(time.time())) == (0, 0), 30)
            finally:
                reopened.sequencer.close()
                reopened.people.close()
                reopened.tally.close()
                reopened.store.close()
        finally:
            process.terminate()
            process.wait(20)
    log.close()


@pytest.mark.parametrize(("right", "waits"), [(True, False), (False, True)])
def test_who_starts_the_city_and_says_that_the_clock_is_right_says_it_of_the_sweep_too(city, monkeypatch, right, waits):
    served = []
    monkeypatch.setattr(start, "_serve", lambda *how: served.append(how))
    city.office.store.keep_seen(int(time.time()) - 3 * DAY_S)
    start.serve_city(start.Wish(city.folder, free_port(), "", 1, False, right), lambda _: None)
    assert served and (sweep.gap(city.office.store, int(time.time())) is not None) is waits
