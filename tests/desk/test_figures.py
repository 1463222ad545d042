"""The dashboard's figures: the ledger's own sums by day and place, and nobody's own spending among them."""

from datetime import date, timedelta

import pytest
from hypothesis import given, settings, strategies as st

from app.desk import figures, pay, small_cells
from app.desk.figures import Cell
from app.desk.small_cells import ALL
from app.errors import Refusal
from app.money.orders import Shop
from app.money.state import Register
from app.store.tally import CATEGORY, CITY, DISTRICT, FEW, PROGRAMME, Spent
from tests.cast import DAY_S, GROCERY, HELP, HOUR_S, MAKER, PHARMACY, RESTAURANT, City

TODAY, YESTERDAY = date(2026, 11, 22), date(2026, 11, 21)


@pytest.fixture
def city(tmp_path):
    city = City(tmp_path / "data")
    yield city
    city.close()


def buy(city: City, wallet, till, won: int) -> int:
    code = wallet.code(won)
    return pay.settle(city.office, code, till.charge(code, won)).entry


def counted(city: City) -> None:
    assert not figures.count(city.office)


def view(city: City, month: str = "", day: str = ""):
    return figures.view(city.office, figures.period(city.office, month, day))


# --- counting ------------------------------------------------------------------------------

def test_what_was_counted_in_steps_is_what_flowed_and_is_the_same_when_counted_anew(city, monkeypatch):
    wallets, till = [city.wallet(help_won=20_000, give_won=3_000) for _ in range(3)], city.till(RESTAURANT)
    monkeypatch.setattr("app.store.tally.ENTRIES_AT_ONCE", 7)
    for wallet in wallets:
        entry = buy(city, wallet, till, 5_000)
        while figures.count(city.office):
            pass
    pay.give_back(city.office, till.refund(entry, 1_200))
    while figures.count(city.office):
        pass
    assert figures.check(city.office)
    tally = city.office.tally
    before = [tally.spent(part, 0, 2**31) for part in (CITY, PROGRAMME, DISTRICT, CATEGORY)]
    [(_, all_)] = before[0].items()
    assert (all_.payments, all_.won, len(all_.payers)) == (3, 13_800, 3)
    tally.close()
    city.folder.tally.unlink()
    for left in ("-wal", "-shm"):
        city.folder.tally.with_name(city.folder.tally.name + left).unlink(missing_ok=True)
    del tally._here.connection
    while figures.count(city.office):
        pass
    assert [tally.spent(part, 0, 2**31) for part in (CITY, PROGRAMME, DISTRICT, CATEGORY)] == before


def test_a_sum_that_is_not_the_ledgers_is_found_and_counted_anew(city):
    city.wallet(help_won=20_000)
    counted(city)
    city.office.tally._connection().execute("UPDATE moved SET won = won + 1")
    assert not figures.check(city.office)
    counted(city)
    assert figures.check(city.office)


def test_another_ledger_under_the_same_numbers_is_counted_from_its_beginning(city):
    city.wallet(help_won=20_000)
    counted(city)
    city.office.tally._connection().execute("UPDATE counted SET leaf = zeroblob(32)")
    city.office.tally._connection().execute("UPDATE moved SET won = 1")
    counted(city)
    assert figures.check(city.office)


def test_spending_stays_where_the_shop_was_when_it_was_spent(city):
    till = city.till(PHARMACY)
    before = city.office.store.get(Register.SHOP, PHARMACY)
    for wallet in [city.wallet(help_won=9_000) for _ in range(FEW)]:
        buy(city, wallet, till, 1_000)
    city.hand_in(Shop(city.numbers[MAKER], PHARMACY, 1, 1, 1, before.name, "중앙동".encode(), b"12345678",
                      city.now_s() + HOUR_S))
    counted(city)
    found = city.office.tally.spent(DISTRICT, 0, 2**31)
    assert [of for _, of in found] == [before.district.decode()]


# --- what is shown -------------------------------------------------------------------------

def test_today_is_not_shown_and_yesterday_is(city):
    till = city.till(RESTAURANT)
    for wallet in [city.wallet(help_won=9_000) for _ in range(FEW)]:
        buy(city, wallet, till, 1_000)
    counted(city)
    assert view(city).total == Cell(0, 0) and view(city, day=TODAY.isoformat()).total == Cell(0, 0)
    city.wait(DAY_S)
    found = view(city)
    assert found.period.is_day and found.total == Cell(FEW, FEW * 1_000) and found.days[-1] == (TODAY, found.total)
    assert found.parts[PROGRAMME] == [(HELP, found.total)] and found.parts[CATEGORY] == [(1, found.total)]
    assert [(one.programme, one.issued_won, one.outstanding_won) for one in found.flowed] == [(HELP, 45_000, 45_000)]


def test_a_small_cell_takes_another_with_it_so_that_the_sum_tells_neither(city):
    many, few = city.till(RESTAURANT), city.till(GROCERY)
    wallets = [city.wallet(help_won=9_000) for _ in range(2 * FEW)]
    for wallet in wallets:
        buy(city, wallet, many, 1_000)
    buy(city, wallets[0], few, 2_000)
    counted(city)
    city.wait(DAY_S)
    found = view(city)
    assert found.total == Cell(2 * FEW + 1, 2 * FEW * 1_000 + 2_000)
    assert {cell for _, cell in found.parts[DISTRICT]} == {Cell(None, None)}


def test_a_month_that_is_running_shows_no_sums_of_its_own(city):
    till = city.till(RESTAURANT)
    for wallet in [city.wallet(help_won=9_000) for _ in range(FEW)]:
        buy(city, wallet, till, 1_000)
    counted(city)
    city.wait(DAY_S)
    found = view(city, "2026-11")
    assert (found.total, found.parts[DISTRICT], found.days[-1][1]) == (Cell(0, 0), [], Cell(FEW, FEW * 1_000))
    city.wait(10 * DAY_S)
    assert view(city, "2026-11").total == Cell(FEW, FEW * 1_000)


def test_one_persons_day_is_not_shown_at_all(city):
    wallet, till = city.wallet(help_won=9_000), city.till(RESTAURANT)
    for _ in range(FEW + 1):
        buy(city, wallet, till, 500)
    counted(city)
    city.wait(DAY_S)
    found = view(city)
    assert {found.total, found.days[-1][1], *(cell for rows in found.parts.values() for _, cell in rows)} == {Cell(None, None)}


@pytest.mark.parametrize(("month", "day", "field"), [("2026-13", "", "month"), ("x", "", "month"), ("0001-01", "", "month"),
                                                     ("", "2026-02-30", "day"), ("", "20261121", "day")])
def test_a_day_that_is_none_is_refused(city, month, day, field):
    with pytest.raises(Refusal) as refused:
        figures.period(city.office, month, day)
    assert refused.value == Refusal("FIELD_WRONG", field=field)


def test_a_finished_month_shows_its_own_days_and_a_running_one_the_last_thirty(city):
    city.wallet(help_won=1_000)
    counted(city)
    city.wait(40 * DAY_S)                       # 1 January
    assert len(view(city, "2026-12").days) == 31 and view(city).period.name == "2026-12"
    assert [day for day, _ in view(city, "2026-11").days][0] == TODAY      # nothing moved before
    running = view(city, "2027-01")
    assert running.days == [] or running.days[-1][0] == YESTERDAY + timedelta(40)
    assert view(city).months == ["2027-01", "2026-12", "2026-11"]


# --- small cells ---------------------------------------------------------------------------

PLACES = st.dictionaries(
    st.sampled_from("abcd"),
    st.frozensets(st.integers(1, 9), min_size=1, max_size=FEW).map(lambda payers: Spent(len(payers), 100 * sum(payers), payers)),
    min_size=1,
)
MONTH = st.dictionaries(st.integers(1, 4), PLACES, min_size=1)


def table_of(days):
    """(what of, day) → spent, with the sums, and what of it is hidden."""
    table, dark = {}, set()
    for day, parts in days.items():
        for of, spent in parts.items():
            for place in ((of, day), (of, ALL), (ALL, day), (ALL, ALL)):
                table.setdefault(place, Spent()).add(spent)
        dark |= {(of, day) for of in small_cells.of_day(parts)}
    return table, dark | {(of, ALL) for of in small_cells.of_month(days)}


def told(table, dark):
    """The hidden cells whose value follows from the shown ones: solved like the puzzle that it is."""
    places, days = ({place[at] for place in table} for at in (0, 1))
    lines = [[(of, day) for day in days if (of, day) in table] for of in places]
    lines += [[(of, day) for of in places if (of, day) in table] for day in days]
    left = set(dark)
    while single := next((line for line in lines if len(left.intersection(line)) == 1), None):
        left -= set(single)
    return dark - left


@settings(max_examples=400, deadline=None)
@given(days=MONTH)
def test_no_hidden_cell_of_a_day_or_a_month_follows_from_the_shown_ones(days):
    table, dark = table_of(days)
    assert {place for place, spent in table.items() if spent.small} <= dark
    assert told(table, dark) == set()
    for day, parts in days.items():
        hidden = [parts[of] for of in parts if (of, day) in dark]
        assert not hidden or (ALL, day) in dark or not small_cells.total(hidden).small


@settings(max_examples=100, deadline=None)
@given(days=MONTH)
def test_ways_of_parting_the_same_spending_hide_the_same_sums(days):
    other = {}
    for day, parts in days.items():
        for of, spent in parts.items():
            other.setdefault(day, {}).setdefault(of in "ab", Spent()).add(spent)
    assert all((ALL in small_cells.of_day(days[day])) == (ALL in small_cells.of_day(other[day])) for day in days)
    assert (ALL in small_cells.of_month(days)) == (ALL in small_cells.of_month(other))
