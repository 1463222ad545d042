import pytest

from app.people.people import People
from app.people.register import Details, add


class Clock:
    """A clock that stands until a test moves it."""

    def __init__(self, now_s: int):
        self.now_s = now_s

    def __call__(self) -> float:
        return self.now_s + 0.75


@pytest.fixture
def clock() -> Clock:
    return Clock(1_790_000_000)


@pytest.fixture
def people(tmp_path, clock):
    people = People(tmp_path / "people.db", clock)
    yield people
    people.close()


@pytest.fixture
def kim(people):
    return add(people, Details("김영수", "1950-03-14", "010-0000-1234"))
