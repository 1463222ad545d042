"""A town of one's own for each test: counters change it for good."""

import pytest

from tests.cast import City


@pytest.fixture
def city(tmp_path):
    city = City(tmp_path / "data")
    yield city
    city.close()
