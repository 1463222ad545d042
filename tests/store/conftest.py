"""The city that each of the store's tests starts with."""

import pytest

from tests.store.cast import open_city


@pytest.fixture
def city(tmp_path):
    """Founded, two residents: mina and jun, no money yet."""
    city = open_city(tmp_path / "chain.sqlite")
    city.residents("mina", "jun")
    yield city
    city.close()
