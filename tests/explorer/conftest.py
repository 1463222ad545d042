"""One town for the pages and the log: payments in both motions, a refund, totals, a checkpoint."""

import pytest

from app.desk import pay, seal
from tests.cast import RESTAURANT, City


@pytest.fixture(scope="module")
def city(tmp_path_factory):
    made = City(tmp_path_factory.mktemp("city") / "data")
    yield made
    made.close()


@pytest.fixture(scope="module")
def line(city):
    return city.line()


@pytest.fixture(scope="module")
def paid(city):
    """(wallet, till, what was settled) of a sale of 5,000 won, covered by a checkpoint."""
    kim, till = city.wallet(help_won=10_000, give_won=2_000), city.till(RESTAURANT)
    code = kim.code(5_000)
    settled = pay.settle(city.office, code, till.charge(code, 5_000))
    request = till.request(700, "A-17")
    pay.settle(city.office, kim.payment(request), request)
    pay.give_back(city.office, till.refund(settled.entry, 300))
    seal.totals(city.office)
    seal.served(city.office, b"the list of files")
    seal.checkpoint(city.office)
    return kim, till, settled
