"""What an auditor's replay remembers of years, in tens of bytes a sale.

A payment can be given back at any time, and an alias used again: so every leg and every alias stays in memory
to the end. As objects in dictionaries they took 275 and 210 bytes each; here they lie in plain arrays.
"""

import secrets
from array import array
from bisect import bisect_left
from collections.abc import Iterator

from app.chain.block import Genesis
from app.money.state import Alias, Leg, Refunded, Register, State

_WORD = (1 << 64) - 1


def auditor_state(genesis: Genesis) -> State:
    """An empty state whose legs and records are packed; `apply` and `post` see no difference."""
    return State(
        root_keys=genesis.roots, threshold=genesis.threshold, coins=genesis.coins, legs=Legs(), records=Records(),
    )


class Legs:
    """entry -> its legs, as State.legs. 25 bytes a leg; entries come in their order."""

    def __init__(self):
        self.entries, self.flows = array("Q"), array("B")
        self.debits, self.credits, self.amounts_won = array("I"), array("I"), array("Q")

    def __setitem__(self, entry: int, legs: tuple[Leg, ...]) -> None:
        assert not self.entries or self.entries[-1] < entry, "legs come in the order of entries"
        for leg in legs:
            self.entries.append(entry)
            self.flows.append(leg.flow)
            self.debits.append(leg.debit)
            self.credits.append(leg.credit)
            self.amounts_won.append(leg.amount_won)

    def __getitem__(self, entry: int) -> tuple[Leg, ...]:
        """() if it has none."""
        first = bisect_left(self.entries, entry)
        after = bisect_left(self.entries, entry + 1, first)
        return tuple(
            Leg(self.flows[at], self.debits[at], self.credits[at], self.amounts_won[at]) for at in range(first, after)
        )


class Records:
    """(register, key) -> record, as State.records. Long registers of short records are packed."""

    def __init__(self):
        self.registers: list = [{} for _ in range(max(Register) + 1)]
        self.registers[Register.ALIAS] = Aliases()
        self.registers[Register.REFUNDED] = Refunds()

    def __getitem__(self, place: tuple[Register, bytes | int]) -> object:
        return self.registers[place[0]][place[1]]

    def __setitem__(self, place: tuple[Register, bytes | int], record: object) -> None:
        if record is not None:      # None: asked for, and not there
            self.registers[place[0]][place[1]] = record

    def get(self, register: Register, key: object) -> object | None:
        """None if there is no such record, or can't be."""
        try:
            return self.registers[register][key]
        except KeyError:
            return None

    def __len__(self) -> int:
        return sum(map(len, self.registers))

    def __iter__(self) -> Iterator[tuple[Register, bytes | int]]:
        return ((register, key) for register in Register for key in self.registers[register])


class Aliases:
    """alias (8) -> Alias. A key has many: it is kept once."""

    def __init__(self):
        self.table = Table("I")
        self.keys: list[bytes] = [b""]
        self.places: dict[bytes, int] = {}

    def __getitem__(self, alias: bytes) -> Alias:
        if type(alias) is not bytes or len(alias) != 8:
            raise KeyError(alias)
        return Alias(self.keys[self.table[int.from_bytes(alias)]])

    def __setitem__(self, alias: bytes, record: Alias) -> None:
        place = self.places.get(record.key)
        if place is None:
            place = self.places[record.key] = len(self.keys)
            self.keys.append(record.key)
        self.table[int.from_bytes(alias)] = place

    def __len__(self) -> int:
        return len(self.table)

    def __iter__(self) -> Iterator[bytes]:
        return (key.to_bytes(8) for key in self.table)


class Refunds:
    """entry of a payment -> Refunded."""

    def __init__(self):
        self.table = Table("Q")

    def __getitem__(self, entry: int) -> Refunded:
        if type(entry) is not int or not 0 <= entry <= _WORD:
            raise KeyError(entry)
        return Refunded(self.table[entry])

    def __setitem__(self, entry: int, record: Refunded) -> None:
        self.table[entry] = record.amount_won

    def __len__(self) -> int:
        return len(self.table)

    def __iter__(self) -> Iterator[int]:
        return iter(self.table)


class Table:
    """A number below 2^64 -> a number from 1 on: open addressing in two arrays, at most two thirds full.

    Where a number goes depends on chance: who draws the aliases can't draw them so that all collide.
    """

    def __init__(self, code: str):
        self.code = code            # of the values' array: what it can hold
        self.count = 0
        self.factor = secrets.randbits(64) | 1
        self._empty(6)

    def _empty(self, bits: int) -> None:
        self.bits = bits
        self.keys = array("Q", bytes(8 << bits))
        self.values = array(self.code, bytes(array(self.code).itemsize << bits))

    def _place(self, key: int) -> int:
        keys, values, mask = self.keys, self.values, (1 << self.bits) - 1
        at = (key * self.factor & _WORD) >> 64 - self.bits
        while values[at] and keys[at] != key:
            at = at + 1 & mask
        return at

    def __getitem__(self, key: int) -> int:
        value = self.values[self._place(key)]
        if not value:
            raise KeyError(key)
        return value

    def __setitem__(self, key: int, value: int) -> None:
        assert value > 0
        at = self._place(key)
        if not self.values[at]:
            self.count += 1
            if 3 * self.count > 2 << self.bits:
                self._grow()
                at = self._place(key)
        self.keys[at], self.values[at] = key, value

    def _grow(self) -> None:
        held = zip(self.keys, self.values, strict=True)
        self._empty(self.bits + 1)
        for key, value in held:
            if value:
                at = self._place(key)
                self.keys[at], self.values[at] = key, value

    def __len__(self) -> int:
        return self.count

    def __iter__(self) -> Iterator[int]:
        return (key for key, value in zip(self.keys, self.values, strict=True) if value)
