"""The auditor's packed memory answers as plain dictionaries do, in a fraction of the room."""

import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.chain.memory import Legs, Records, Table
from app.money.state import PAY, Account, Alias, Leg, Refunded, Register

WORDS = st.integers(0, 2**64 - 1)


@given(st.lists(st.tuples(WORDS | st.integers(0, 20), st.integers(1, 2**32 - 1)), max_size=300))
def test_a_table_holds_what_a_dictionary_holds(pairs):
    table, plain = Table("Q"), {}
    for key, value in pairs:
        table[key] = plain[key] = value
    assert len(table) == len(plain) and set(table) == set(plain)
    assert all(table[key] == value for key, value in plain.items())
    for key in range(40):
        if key not in plain:
            with pytest.raises(KeyError):
                table[key]


def test_names_that_were_drawn_to_collide_don_t():
    """Whoever draws aliases doesn't know the factor: two tables put the same names elsewhere."""
    assert Table("Q").factor != Table("Q").factor
    table = Table("I")
    for at in range(20_000):
        table[at << 44] = 1 + at
    assert len(table) == 20_000 and all(table[at << 44] == 1 + at for at in range(20_000))
    steps = 0
    for at in range(0, 20_000, 50):
        place, home = table._place(at << 44), (at << 44) * table.factor % 2**64 >> 64 - table.bits
        steps += (place - home) % (1 << table.bits)
    assert steps / 400 < 50


def test_legs_are_found_by_their_entry_and_by_no_other():
    legs = Legs()
    made = {3: (Leg(PAY, 1, 2, 30),), 4: (Leg(PAY, 5, 2, 7), Leg(PAY, 6, 2, 2**53 - 1)), 2**40: (Leg(PAY, 1, 2, 1),)}
    for entry, each in made.items():
        legs[entry] = each
    assert [legs[entry] for entry in made] == list(made.values())
    assert legs[0] == legs[5] == legs[2**63] == legs[2**64] == ()
    with pytest.raises(AssertionError):
        legs[4] = (Leg(PAY, 1, 2, 1),)


def test_records_of_every_register_are_given_back_as_they_were():
    records = Records()
    rows = {
        (Register.ALIAS, bytes(8)): Alias(b"k" * 32), (Register.ALIAS, b"\xff" * 8): Alias(b"k" * 32),
        (Register.ALIAS, b"alias of"): Alias(b"l" * 32), (Register.REFUNDED, 0): Refunded(1),
        (Register.REFUNDED, 7): Refunded(2**53 - 1), (Register.ACCOUNT, b"address8"): Account(1, 0, b""),
    }
    for place, record in rows.items():
        records[place] = record
    records[Register.REFUNDED, 7] = rows[Register.REFUNDED, 7] = Refunded(5)
    records[Register.PERSON, b"nobody"] = None
    assert {place: records[place] for place in records} == rows and len(records) == len(rows)
    for place in ((Register.ALIAS, b"unknown8"), (Register.ALIAS, b"short"), (Register.PERSON, b"nobody"), (Register.REFUNDED, 1)):
        assert records.get(*place) is None
        with pytest.raises(KeyError):
            records[place]
    assert records.get(Register.ALIAS, 7) is records.get(Register.REFUNDED, -1) is records.get(Register.REFUNDED, b"x") is None


def test_a_sale_takes_thirty_bytes_and_an_alias_forty():
    legs, records = Legs(), Records()
    for at in range(10_000):
        legs[at] = (Leg(PAY, at, 1, 10**6),)
        records[Register.ALIAS, at.to_bytes(8)] = Alias(b"k" * 32)
    columns = (legs.entries, legs.flows, legs.debits, legs.credits, legs.amounts_won)
    aliases = records.registers[Register.ALIAS].table
    assert sum(map(sys.getsizeof, columns)) < 30 * 10_000
    assert sum(map(sys.getsizeof, (aliases.keys, aliases.values))) < 40 * 10_000
