"""Deterministic CBOR: one meaning, one writing, and never another exception than a refusal."""

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import Refusal
from app.message import canon

UINTS = st.integers(0, 2**64 - 1) | st.sampled_from([0, 23, 24, 255, 256, 65535, 65536, 2**32 - 1, 2**32, 2**53])
FLAT = st.lists(UINTS | st.binary(max_size=300), max_size=30)
INNER = st.lists(UINTS | st.binary(max_size=40), max_size=5)
NESTED = st.lists(UINTS | st.binary(max_size=40) | INNER | st.lists(INNER, max_size=3), max_size=8)


def read(decode, raw):
    """The items, or the refusal's word."""
    try:
        return decode(raw)
    except Refusal as refusal:
        return refusal.word


@given(FLAT)
def test_a_flat_array_comes_back_as_it_was(items):
    assert read(canon.decode, canon.encode(items)) in (items, "TOO_LONG")


@given(NESTED)
def test_a_nested_array_comes_back_as_it_was(items):
    assert canon.decode_nested(canon.encode_nested(items)) == items


@given(NESTED)
def test_another_librarys_canonical_writing_is_the_same(items):
    assert canon.encode_nested(items) == cbor2.dumps(items, canonical=True)


@given(st.binary(max_size=200) | st.builds(lambda head, rest: head + rest, st.sampled_from([b"\x80", b"\x82", b"\x98\x20"]),
                                           st.binary(max_size=60)))
def test_any_bytes_are_refused_with_a_word_or_are_the_only_writing_of_their_items(raw):
    for decode, encode in ((canon.decode, canon.encode), (canon.decode_nested, canon.encode_nested)):
        items = read(decode, raw)
        if isinstance(items, list):
            assert encode(items) == raw
        else:
            assert items in {"TOO_LONG", "NOT_CANONICAL", "TRAILING_BYTES", "NOT_A_MESSAGE"}


@given(st.recursive(st.none() | st.booleans() | st.floats() | st.text(max_size=5) | st.integers(-9, 9) | st.binary(max_size=9),
                    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.integers(0, 3), inner, max_size=3)))
def test_whatever_else_cbor_can_say_is_no_message(value):
    items = read(canon.decode_nested, cbor2.dumps(value))
    assert items == value if isinstance(items, list) else items == "NOT_A_MESSAGE"


def test_an_array_five_deep_is_no_body():
    assert canon.decode_nested(cbor2.dumps([[[[]]]])) == [[[[]]]]
    assert read(canon.decode_nested, cbor2.dumps([[[[[]]]]])) == "NOT_A_MESSAGE"
    assert read(canon.decode_nested, b"\x81" * 100_000) == "NOT_A_MESSAGE"


def test_length_is_judged_before_anything_is_read():
    assert read(canon.decode, b"\xff" * 4097) == "TOO_LONG"
    assert read(lambda raw: canon.decode_nested(raw, longest=10), b"\xff" * 11) == "TOO_LONG"


@pytest.mark.parametrize("items", [[-1], [2**64], [True], [1.5], ["x"], [None], [[1]], [{}]], ids=str)
def test_writing_what_no_message_holds_is_a_bug(items):
    with pytest.raises(AssertionError):
        canon.encode(items)
