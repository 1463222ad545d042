"""A shop's list of cashiers as it is kept: numbers that are never given again, names that stay, tries that are counted
before they are looked at.
"""

import os
from concurrent.futures import ThreadPoolExecutor

import pytest

from app.errors import Refusal
from app.people import mistakes, rings, staff

SHOP = 4


def secret(pin: str = "7315") -> dict[str, bytes]:
    salt = os.urandom(16)
    return {"salt": salt, "digest": staff.pin_digest(pin, salt)}


def add(people, name: str, **wanted) -> int:
    return staff.change(people, SHOP, staff.version(people, SHOP), 0, {"name": name, **secret(), **wanted})


def refused(call, *arguments) -> str:
    with pytest.raises(Refusal) as told:
        call(*arguments)
    return told.value.word


def test_numbers_count_up_in_each_shop_and_who_left_keeps_theirs_and_their_name(people):
    first = add(people, "김하나")
    staff.change(people, SHOP, 1, first, {"present": False})
    assert (first, add(people, "이둘")) == (1, 2)
    assert [(one.name, one.present) for one in staff.cashiers(people, SHOP)] == [("김하나", False), ("이둘", True)]
    assert staff.change(people, SHOP + 1, 0, 0, {"name": "박셋", **secret()}) == 1


def test_two_owners_at_two_tills_overwrite_nothing_unseen(people):
    add(people, "김하나")
    seen = staff.version(people, SHOP)
    staff.change(people, SHOP, seen, 1, {"name": "김둘"})
    assert refused(staff.change, people, SHOP, seen, 1, {"may_void": True}) == "FORM_EXPIRED"
    assert staff.get(people, SHOP, 1).may_void is False


def test_many_tries_at_once_are_all_counted(people):
    add(people, "김하나")

    def attempt(_) -> str:
        return refused(staff.by_pin, people, SHOP, 1, "0000")

    with ThreadPoolExecutor(8) as pool:
        words = list(pool.map(attempt, range(12)))
    assert words.count("SIGN_IN_WRONG") == staff.FREE_TRIES and words.count("TOO_MANY") == 12 - staff.FREE_TRIES


def test_the_wait_doubles_and_the_right_pin_ends_it(people, clock):
    add(people, "김하나")
    waits = []
    for _ in range(7):
        assert refused(staff.by_pin, people, SHOP, 1, "0000") == "SIGN_IN_WRONG"
        (wait_until_s,) = people.read().execute("SELECT wait_until_s FROM cashier").fetchone()
        waits.append(wait_until_s - people.now_s())
        clock.now_s = wait_until_s
    assert waits == [0, 0, 0, 0, 60, 120, 240]
    assert staff.by_pin(people, SHOP, 1, "7315").name == "김하나"
    assert people.read().execute("SELECT failed, wait_until_s FROM cashier").fetchone() == (0, 0)


def test_what_is_kept_of_a_pin_is_slow_and_salted(people):
    add(people, "김하나")
    add(people, "이둘")
    one, other = staff.cashiers(people, SHOP)
    assert one.digest != other.digest and staff.ROUNDS >= 600_000


def test_questions_and_rings_are_forgotten(people, clock):
    mistakes.ask(people, 7, 3, 5_000, people.now_s())
    assert rings.after(people, 0) == [(1, "till/3", "question")]
    clock.now_s += mistakes.KEPT_S + 1
    mistakes.ask(people, 8, 3, 5_000, people.now_s())
    assert mistakes.of_entry(people, 7) is None
    assert rings.after(people, 0) == [(2, "till/3", "question")] and rings.last(people) == 2
