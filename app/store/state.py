"""The state that `apply` sees, loaded from SQLite as it asks.

What it has loaded or posted stays between batches as long as nobody else wrote: the store throws it
away when the head is not the one it left. Memory is bounded by forgetting the oldest.
"""

from collections.abc import Iterator
from functools import lru_cache

from app.chain.block import Genesis
from app.chain.body import decode
from app.chain.entry import TWO_SIDED
from app.message import canon, kinds
from app.money.limits import paid_place
from app.money.offline import number_of
from app.money.state import RECORDS, RESIDENT, Leg, Lot, Register, State, Taken
from app.store.database import sqlite

OFFLINE_CODE = kinds.BY_NAME["offline-code"].number
MOST_RECORDS = 200_000
MOST_LOTS = 200_000
MOST_IDS = 256              # asked for in one query
MOST_LISTS = 4              # a list of 100,000 rows has 3.2 MB of leaves

_FIELDS = {register: tuple(kind.__dataclass_fields__) for register, kind in RECORDS.items()}
_LOT = "SELECT id, owner_kind, owner, programme, expires_at_s, balance_won, floor_won FROM lot"


def pack(register: Register, record: object) -> bytes:
    """A record's fields in their order, as deterministic CBOR."""
    return canon.encode([getattr(record, name) for name in _FIELDS[register]])


@lru_cache(1024)
def unpack(register: Register, value: bytes) -> object:
    """The record; the same object for the same bytes, as a record never changes: every payment asks for its till's."""
    return RECORDS[register](*canon.decode(value))


class SqliteState(State):
    """One connection's view. A commit's holds under the head lock; a reader's inside its snapshot."""

    def __init__(self, connection: sqlite.Connection, genesis_bytes: bytes):
        genesis = Genesis.from_bytes(genesis_bytes)
        super().__init__(root_keys=genesis.roots, threshold=genesis.threshold, coins=genesis.coins)
        self.connection = connection
        self.unused: set[tuple[int, bytes]] = set()     # ids known not to be used up, while the head lock is held
        self.next_lot = self._one("SELECT coalesce(max(id), 0) + 1 FROM lot")[0]

    def trim(self) -> None:
        """After a batch: what later batches can't need goes, and the oldest of what is too much."""
        self.used.clear()
        self.unused.clear()
        self.legs.clear()
        self.taken.clear()
        if len(self.records) > MOST_RECORDS:
            _forget_half(self.records)
        if len(self.lots) > MOST_LOTS:
            self.owned.clear()      # an owner's list of lots holds only with all of them
            self.lots.clear()
        while len(self.leaves) > MOST_LISTS:
            del self.leaves[next(iter(self.leaves))]

    def expect(self, ids: list[tuple[int, bytes]]) -> None:
        """Looks up in one go what a batch will ask `entry_of`: each query alone would give the processor away."""
        for wanted in _portions(ids):
            values = ", ".join(["(?, ?)"] * len(wanted))
            found = self.connection.execute(
                f"WITH wanted (expiry, wid) AS (VALUES {values}) SELECT expiry, wid, entry"
                " FROM wanted CROSS JOIN message_id ON expires_at_s = expiry AND id = wid",
                [value for each in wanted for value in each],
            )
            self.used.update({(expires_at_s, message_id): entry for expires_at_s, message_id, entry in found})
            self.unused.update(each for each in wanted if each not in self.used)

    def expect_payers(self, aliases: list[bytes]) -> None:
        """The same for what a payment asks of its payer: whose alias it is, their key, account and lots."""
        keys = [alias.key for alias in self._expect_records(Register.ALIAS, aliases) if alias]
        addresses = [key.account for key in self._expect_records(Register.KEY, keys) if key]
        self._expect_lots(RESIDENT, [account.number for account in self._expect_records(Register.ACCOUNT, addresses) if account])

    def expect_people(self, people: list[bytes], programme: int) -> None:
        """The same for what a row of a list asks of its person: their account or what waits for them, its lots, and what
        they got of the programme."""
        found = dict(zip(people, self._expect_records(Register.PERSON, people), strict=True))
        addresses = [address for each in found.values() if each for address in (each.account, each.last) if address]
        without = [person for person, each in found.items() if not each or not each.account]
        held = self._expect_records(Register.ACCOUNT, addresses) + self._expect_records(Register.RESERVED, without)
        if self.get(Register.PROGRAMME, programme).person_won:
            self._expect_records(Register.PERSON_PAID, [paid_place(programme, person) for person in people])
        self._expect_lots(RESIDENT, [each.number for each in held if each])

    def _expect_records(self, register: Register, keys: list[bytes]) -> list[object | None]:
        for wanted in _portions([key for key in dict.fromkeys(keys) if (register, key) not in self.records]):
            found = self.connection.execute(
                f"WITH wanted (k) AS (VALUES {', '.join(['(?)'] * len(wanted))}) SELECT k, (SELECT value FROM record"
                f" WHERE register = {int(register)} AND key = k ORDER BY entry DESC LIMIT 1) FROM wanted", wanted,
            )
            self.records.update({(register, key): unpack(register, value) if value else None for key, value in found})
        return [self.records[register, key] for key in keys]

    def _expect_lots(self, owner_kind: int, owners: list[int]) -> None:
        for wanted in _portions([owner for owner in dict.fromkeys(owners) if (owner_kind, owner) not in self.owned]):
            ids: dict[int, list[int]] = {owner: [] for owner in wanted}
            marks = ", ".join("?" * len(wanted))
            for row in self.connection.execute(f"{_LOT} WHERE owner_kind = ? AND owner IN ({marks}) ORDER BY id", (owner_kind, *wanted)):
                lot = Lot(*row)
                self.lots.setdefault(lot.id, lot)
                ids[lot.owner].append(lot.id)
            self.owned.update({(owner_kind, owner): tuple(found) for owner, found in ids.items()})

    def load_record(self, register: Register, key: bytes | int) -> object | None:
        found = self._one(
            "SELECT value FROM record WHERE register = ? AND key = ? ORDER BY entry DESC LIMIT 1", register, key
        )
        return unpack(register, found[0]) if found else None

    def load_lot(self, lot_id: int) -> Lot:
        found = self._one(f"{_LOT} WHERE id = ?", lot_id)
        if found is None:
            raise KeyError(lot_id)
        return Lot(*found)

    def load_lots_of(self, owner_kind: int, owner: int) -> list[Lot]:
        found = self.connection.execute(f"{_LOT} WHERE owner_kind = ? AND owner = ? ORDER BY id", (owner_kind, owner))
        return [Lot(*row) for row in found]

    def load_legs(self, entry: int) -> tuple[Leg, ...]:
        found = self.connection.execute(
            "SELECT flow, debit, credit, amount_won FROM leg WHERE entry = ? ORDER BY n", (entry,)
        )
        return tuple(Leg(*row) for row in found)

    def load_taken(self, entry: int) -> Taken | None:
        found = self._one("SELECT time_s, kind, a, b FROM entry WHERE number = ? AND form = ?", entry, TWO_SIDED)
        if found is None:
            return None
        at_s, kind, payer, payee = found
        key, account = decode(payer)[4:6]
        if kind == OFFLINE_CODE:
            certified = self.get(Register.OFFLINE_KEY, number_of(key))
            key, account = certified.holder, certified.account or account
        return Taken(decode(payee)[6], at_s, key, account)

    def load_used(self, expires_at_s: int, message_id: bytes) -> int | None:
        if (expires_at_s, message_id) in self.unused:
            return None
        found = self._one("SELECT entry FROM message_id WHERE expires_at_s = ? AND id = ?", expires_at_s, message_id)
        return found[0] if found else None

    def load_leaf(self, list_id: bytes, row: int) -> bytes:
        found = self._one("SELECT leaves FROM list WHERE list_id = ?", list_id)
        if found is None:
            raise KeyError(list_id)
        self.leaves[list_id] = found[0]
        return self.leaf_of(list_id, row)

    def _one(self, query: str, *values: object) -> tuple | None:
        return self.connection.execute(query, values).fetchone()


def _portions(wanted: list) -> Iterator[list]:
    """What one query asks for, its last repeated up to a power of two: few enough texts to stay prepared."""
    for at in range(0, len(wanted), MOST_IDS):
        portion = wanted[at:at + MOST_IDS]
        yield portion + portion[-1:] * ((1 << (len(portion) - 1).bit_length()) - len(portion))


def _forget_half(records: dict) -> None:
    for place in list(records)[: len(records) // 2]:
        del records[place]
