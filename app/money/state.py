"""What apply may know: records in registers, lots, legs, used ids.

One class for all who replay: the auditor keeps everything in memory, the store gives a
subclass that loads what it is asked for. A record is never changed, only replaced by a
later entry; `post` is the only way in.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from app.money.records import (
    RECORDS, Account, Alias, Borne, Count, Key, ListRecord, Loss, OfficerRecord, OfflineKeyRecord, OfflineRight,
    OperationalRecord, Person, Policies, ProgrammeRecord, Refunded, Register, Reserved, RulebookRecord,
    ServedRecord, ShopRecord, StandingRecord, Sum, TakenBack, TillKey, TillRecord,
)

# owner kinds of a lot
ISSUER, BATCH, RESIDENT, SHOP_TILL = 1, 2, 3, 4

NEVER_S = 2**53 - 1


@dataclass(frozen=True, slots=True)
class Lot:
    """A dated, programme-bound part of somebody's balance."""
    id: int
    owner_kind: int         # ISSUER, BATCH, RESIDENT, SHOP_TILL
    owner: int              # programme, number of the list, account number, shop number
    programme: int
    expires_at_s: int       # NEVER_S for issuer, batch and shop lots
    balance_won: int
    floor_won: int


# flow: (number, debit owner kind, credit owner kind). Nothing else can move.
GRANT, TOP_UP, ROW_RETURNED, PAY, REFUND, REFUND_EXPIRED, EXPIRE, OFFLINE_LOSS, RECALL, CLAIM = 1, 2, 3, 4, 5, 6, 7, 8, 9, 10
FLOWS = {
    GRANT: (ISSUER, BATCH),
    TOP_UP: (BATCH, RESIDENT),
    ROW_RETURNED: (BATCH, ISSUER),
    PAY: (RESIDENT, SHOP_TILL),
    REFUND: (SHOP_TILL, RESIDENT),
    REFUND_EXPIRED: (SHOP_TILL, ISSUER),
    EXPIRE: (RESIDENT, ISSUER),
    OFFLINE_LOSS: (ISSUER, SHOP_TILL),
    RECALL: (RESIDENT, ISSUER),
    CLAIM: (RESIDENT, RESIDENT),
}


@dataclass(frozen=True, slots=True)
class Leg:
    """One debit and one credit of the same amount, inside one programme."""
    flow: int
    debit: int              # lot id
    credit: int             # lot id
    amount_won: int


@dataclass(frozen=True, slots=True)
class Taken:
    """Which till took a payment, and when, and who paid it: what a void must know."""
    till: int
    at_s: int
    key: bytes = b""        # 32, of the payer's device; empty: nobody counts what it spends
    account: bytes = b""    # 8


@dataclass(frozen=True, slots=True)
class Decision:
    """What one accepted order changes."""
    legs: tuple[Leg, ...] = ()
    lots: tuple[Lot, ...] = ()                          # opened by it, balance 0
    floors: tuple[tuple[int, int], ...] = ()            # (lot, new floor)
    records: tuple[tuple[Register, bytes | int, object], ...] = ()
    ids: tuple[tuple[int, bytes], ...] = ()             # (expires_at_s, id) used up for ever
    leaves: tuple[bytes, bytes] | None = None           # (list id, row leaves) of a grant
    account: int | None = None                          # whose money moved, for notices
    taken: Taken | None = None                          # of a sale


@dataclass
class State:
    """In memory. `load_*` answer what is not there yet; the store overrides them."""
    root_keys: tuple[bytes, ...]
    threshold: int
    records: dict = field(default_factory=dict)
    lots: dict[int, Lot] = field(default_factory=dict)
    owned: dict[tuple[int, int], tuple[int, ...]] = field(default_factory=dict)
    legs: dict[int, tuple[Leg, ...]] = field(default_factory=dict)
    taken: dict[int, Taken] = field(default_factory=dict)
    used: dict[tuple[int, bytes], int] = field(default_factory=dict)
    leaves: dict[bytes, bytes] = field(default_factory=dict)
    next_lot: int = 1
    coins: int = 255        # how many coins the genesis counts

    # -- reading --
    def get(self, register: Register, key: bytes | int):
        """The record that holds now, or None."""
        try:
            return self.records[register, key]
        except KeyError:
            found = self.records[register, key] = self.load_record(register, key)
            return found

    def lot(self, lot_id: int) -> Lot:
        try:
            return self.lots[lot_id]
        except KeyError:
            found = self.lots[lot_id] = self.load_lot(lot_id)
            return found

    def lots_of(self, owner_kind: int, owner: int) -> tuple[Lot, ...]:
        """All lots of one owner, by id."""
        try:
            ids = self.owned[owner_kind, owner]
        except KeyError:
            found = self.load_lots_of(owner_kind, owner)
            for lot in found:
                self.lots.setdefault(lot.id, lot)
            ids = self.owned[owner_kind, owner] = tuple(lot.id for lot in found)
        return tuple(map(self.lots.__getitem__, ids))

    def legs_of(self, entry: int) -> tuple[Leg, ...]:
        """The legs of an earlier entry, in order; () if there is none."""
        try:
            return self.legs[entry]
        except KeyError:
            found = self.legs[entry] = self.load_legs(entry)
            return found

    def taken_of(self, entry: int) -> Taken | None:
        """Of an earlier sale; None if the entry is none."""
        return self.taken.get(entry) or self.load_taken(entry)

    def entry_of(self, expires_at_s: int, message_id: bytes) -> int | None:
        """The entry that used this id up, or None."""
        try:
            return self.used[expires_at_s, message_id]
        except KeyError:
            return self.load_used(expires_at_s, message_id)

    def leaf_of(self, list_id: bytes, row: int) -> bytes:
        """The salted leaf hash (32) of one row of an approved list."""
        leaves = self.leaves.get(list_id)
        return leaves[32 * row:32 * row + 32] if leaves is not None else self.load_leaf(list_id, row)

    # -- what a store overrides --
    def load_record(self, register: Register, key: bytes | int):
        return None

    def load_lot(self, lot_id: int) -> Lot:
        raise KeyError(lot_id)

    def load_lots_of(self, owner_kind: int, owner: int) -> Iterable[Lot]:
        return ()

    def load_legs(self, entry: int) -> tuple[Leg, ...]:
        return ()

    def load_taken(self, entry: int) -> Taken | None:
        return None

    def load_used(self, expires_at_s: int, message_id: bytes) -> int | None:
        return None

    def load_leaf(self, list_id: bytes, row: int) -> bytes:
        raise KeyError(list_id)
