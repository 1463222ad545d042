"""What stands in the registers: one frozen object a record, and which book it stands in.

A record is never changed, only replaced by a later entry. Its fields are packed in their order; a field that came
with a later release stands at the end and has a default, so that what was written before is read as it was meant.
"""

from dataclasses import dataclass
from enum import IntEnum


class Register(IntEnum):
    """Which book a record stands in; the comment names the key."""
    ACCOUNT = 1         # address (8)
    KEY = 2             # public key (32) of a resident
    ALIAS = 3           # alias (8)
    PERSON = 4          # person token (16)
    SHOP = 5            # number
    TILL = 6            # number
    OFFICER = 7         # number
    OPERATIONAL = 8     # number
    PROGRAMME = 9       # number
    LIST = 10           # list id (16)
    REFUNDED = 11       # entry number of the payment
    COUNT = 12          # a Register: how many numbers are taken in it
    TILL_KEY = 13       # public key (32) of a till
    POLICY = 14         # subject
    OFFLINE_KEY = 15    # first 8 bytes of a certified key
    OFFLINE_RIGHT = 16  # address (8)
    LOSS = 17           # number of a till
    SERVED = 18         # 0: what browsers are served
    RULEBOOK = 19       # 0: under which rules everything is decided
    STANDING = 20       # number of an officer
    RESERVED = 21       # person token (16)
    PERSON_PAID = 22    # programme (8), person token (16)
    DAY_SPENT = 23      # address (8) of an account, or public key (32) of a device
    DAY_GRANTED = 24    # number of an officer
    BORNE = 30          # name (8) of a certified key, number (8) of a shop
    TAKEN_BACK = 31     # number of a resident's lot


@dataclass(frozen=True, slots=True)
class Account:
    number: int
    frozen: int
    person: bytes
    frozen_s: int = 0       # since when, or of the last time, if the rules of then kept it
    thawed_s: int = 0       # when the last time ended


@dataclass(frozen=True, slots=True)
class Key:
    account: bytes
    grade: int
    revoked: int
    day_won: int = 0        # its own limit in 24 hours; 0: none
    rebound_s: int = 0      # when two officers added it, if the rules of then kept it, or it took another's place; else 0
    revoked_s: int = 0      # since when it counts as lost, if the rules of then kept it


@dataclass(frozen=True, slots=True)
class Alias:
    key: bytes


@dataclass(frozen=True, slots=True)
class Person:
    account: bytes          # empty: none now
    last: bytes = b""       # without one: the account before, if the rules of then kept it


@dataclass(frozen=True, slots=True)
class ShopRecord:
    standing: int
    sort: int
    category: int
    name: bytes
    district: bytes
    closed_s: int = 0       # since when, if the rules of then kept it
    category_s: int = 0     # since when it has this category, if the rules of then kept it
    category_before: int = 0


@dataclass(frozen=True, slots=True)
class TillRecord:
    shop: int
    rights: int
    key: bytes
    refund_key: bytes


@dataclass(frozen=True, slots=True)
class TillKey:
    """Whose key it is: a tablet that was paired twice can't go on under one number when the other is revoked."""
    till: int


@dataclass(frozen=True, slots=True)
class OfficerRecord:
    key: bytes
    roles: int
    valid_from_s: int
    valid_until_s: int


@dataclass(frozen=True, slots=True)
class OperationalRecord:
    role: int
    key: bytes
    valid_from_s: int
    valid_until_s: int


@dataclass(frozen=True, slots=True)
class ProgrammeRecord:
    coin: int
    budget_won: int
    opens_at_s: int
    closes_at_s: int
    spend_until_s: int
    categories: bytes
    name: bytes
    lot: int                # the issuer lot
    person_won: int = 0
    spend_days: int = 0
    shops: bytes = b""


@dataclass(frozen=True, slots=True)
class ListRecord:
    programme: int
    count: int
    total_won: int
    lot: int                # the batch lot; of one that takes back, the issuer lot
    next_row: int
    expires_at_s: int
    maker: int = 0          # officers; 0: before anybody looked at it
    checker: int = 0
    back: int = 0           # 1: its rows take back
    rest_won: int = 0       # of one that takes back: what the rows that are left may take together


@dataclass(frozen=True, slots=True)
class Refunded:
    amount_won: int


@dataclass(frozen=True, slots=True)
class Policies:
    periods: bytes          # from (8), until (8), figure (8) of each, in the order of their entries


@dataclass(frozen=True, slots=True)
class OfflineKeyRecord:
    """A certificate: who holds it, what it is good for, what was deposited of it."""
    key: bytes              # 32, signs codes without a network
    holder: bytes           # 32, the device's own key
    cap_won: int
    from_s: int
    until_s: int
    spent_won: int
    counts: bytes           # one byte a code that was deposited
    account: bytes = b""    # address (8) that pays, if the rules of then kept it; else the holder's


@dataclass(frozen=True, slots=True)
class OfflineRight:
    barred: int
    from_s: int             # when the day of `issued_won` began
    issued_won: int         # of certificates


@dataclass(frozen=True, slots=True)
class Loss:
    """What the city bore for one till since `from_s`, a day at most."""
    from_s: int
    amount_won: int


@dataclass(frozen=True, slots=True)
class Borne:
    """What the city bore of one certificate at one shop."""
    amount_won: int
    counts: bytes           # one byte a code


@dataclass(frozen=True, slots=True)
class TakenBack:
    """What the city took out of a lot, by the sweep or a recall, and what of it no loss was set against yet."""
    at_s: int               # the last time
    amount_won: int


@dataclass(frozen=True, slots=True)
class ServedRecord:
    digest: bytes           # 32


@dataclass(frozen=True, slots=True)
class RulebookRecord:
    version: int


@dataclass(frozen=True, slots=True)
class StandingRecord:
    suspended: int
    person: bytes           # 16, or empty


@dataclass(frozen=True, slots=True)
class Reserved:
    """Somebody without an account for whom money waits: lots under an account number that no address has."""
    number: int


@dataclass(frozen=True, slots=True)
class Sum:
    """What came together since `from_s`: in all (0), or in a window of 24 hours."""
    from_s: int
    amount_won: int


@dataclass(frozen=True, slots=True)
class Count:
    taken: int


RECORDS = {
    Register.ACCOUNT: Account, Register.KEY: Key, Register.ALIAS: Alias, Register.PERSON: Person,
    Register.SHOP: ShopRecord, Register.TILL: TillRecord, Register.OFFICER: OfficerRecord,
    Register.OPERATIONAL: OperationalRecord, Register.PROGRAMME: ProgrammeRecord,
    Register.LIST: ListRecord, Register.REFUNDED: Refunded, Register.COUNT: Count,
    Register.TILL_KEY: TillKey, Register.POLICY: Policies, Register.OFFLINE_KEY: OfflineKeyRecord,
    Register.OFFLINE_RIGHT: OfflineRight, Register.LOSS: Loss, Register.SERVED: ServedRecord,
    Register.RULEBOOK: RulebookRecord, Register.STANDING: StandingRecord, Register.RESERVED: Reserved,
    Register.PERSON_PAID: Sum, Register.DAY_SPENT: Sum, Register.DAY_GRANTED: Sum, Register.BORNE: Borne,
    Register.TAKEN_BACK: TakenBack,
}
