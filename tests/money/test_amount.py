"""Won in figures and in words; the browser reads the same vectors."""

import doctest
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import Refusal
from app.money import amount
from app.money.amount import MAX_WON, figures, won, words

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "won_words.json").read_text("utf-8"))
VALUES = {"": 0, "일": 1, "이": 2, "삼": 3, "사": 4, "오": 5, "육": 6, "칠": 7, "팔": 8, "구": 9}
PLACES = {"십": 10, "백": 100, "천": 1000}
MYRIADS = {"만": 10**4, "억": 10**8, "조": 10**12}


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: str(vector["won"]))
def test_an_amount_is_written_and_said_as_the_vectors_say(vector):
    for language in ("ko", "en"):
        assert figures(vector["won"], language) == vector["figures"][language]
        assert words(vector["won"], language) == vector["words"][language]


def heard(text: str) -> int:
    """What a listener makes of Korean words: an independent way back."""
    total = group = digit = 0
    for sign in text.removesuffix(" 원").replace(" ", ""):
        if sign in VALUES:
            digit = VALUES[sign]
        elif sign in PLACES:
            group, digit = group + (digit or 1) * PLACES[sign], 0
        else:
            total, group, digit = total + (group + digit or 1) * MYRIADS[sign], 0, 0
    return total + group + digit


@given(st.one_of(st.integers(1, 10**6), st.integers(1, MAX_WON)))
def test_what_is_said_in_korean_is_heard_as_the_same_amount(number):
    assert heard(words(number)) == number


@given(st.integers(1, MAX_WON), st.integers(1, MAX_WON))
def test_two_amounts_never_sound_the_same(one, other):
    for language in ("ko", "en"):
        assert (words(one, language) == words(other, language)) == (one == other)


def test_nothing_is_said_too():
    assert (words(0), words(0, "en"), figures(0)) == ("영 원", "zero won", "0원")


@pytest.mark.parametrize("value", [0, -1, 2**53, True, 1.0, "1", None])
def test_an_amount_is_a_positive_whole_number_below_2_to_the_53rd(value):
    with pytest.raises(Refusal, match="BAD_FIELD"):
        won(value)


def test_the_least_and_the_largest_amount_are_amounts():
    assert (won(1), won(2**53 - 1)) == (1, 2**53 - 1)


def test_the_examples_in_the_docstrings_hold():
    assert doctest.testmod(amount).failed == 0
