"""Genesis and block headers. A header says which entries one commit holds and names the header before it.

Headers carry no totals (a block of one payment would tell its amount) and no signature:
they are entries, so that a signed checkpoint covers them.
"""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256

import cbor2

from app.chain.body import Malformed, decode, encode, expect
from app.message.kinds import BLOCK, GENESIS
from app.money.state import Lot

_STATE_LABEL = b"hagc/state/1\0"


@dataclass(frozen=True, slots=True)
class Genesis:
    """Entry 0. Its exact bytes are the chain's identity; the roots accept it by the keys they sign under it."""
    city: str               # the city file's key, ASCII
    host: str               # ASCII, lower case
    created_at_s: int
    threshold: int          # how many roots must sign
    roots: tuple[bytes, ...]    # 32 each
    coins: int
    zone: str               # e.g. Asia/Seoul: when a day begins
    random: bytes           # 16

    def to_bytes(self) -> bytes:
        return encode([
            GENESIS * 4, self.city.encode("ascii"), self.host.encode("ascii"), self.created_at_s, self.threshold,
            b"".join(self.roots), self.coins, self.zone.encode("ascii"), self.random,
        ])

    @classmethod
    def from_bytes(cls, data: bytes) -> "Genesis":
        """Malformed if these are not canonical genesis bytes with a threshold that its roots can meet."""
        kind, city, host, created_at_s, threshold, roots, coins, zone, random = expect(decode(data), "ubbuububb")
        keys = tuple(roots[at:at + 32] for at in range(0, len(roots), 32))
        if kind != GENESIS * 4 or len(random) != 16 or len(roots) % 32 or not 1 <= threshold <= len(keys):
            raise Malformed("not a genesis body")
        try:
            names = city.decode("ascii"), host.decode("ascii"), zone.decode("ascii")
        except UnicodeDecodeError:
            raise Malformed("genesis: a name that is not ASCII") from None
        genesis = cls(names[0], names[1], created_at_s, threshold, keys, coins, names[2], random)
        if genesis.to_bytes() != data:
            raise Malformed("genesis: not canonical")
        return genesis


def chain_id(genesis: bytes) -> bytes:
    """32 bytes: what every signature on this chain binds."""
    return sha256(genesis).digest()


def origin(genesis: bytes, host: str, epoch: int) -> str:
    """The checkpoints' first line: <host>/<chain>/<epoch>."""
    return f"{host}/{chain_id(genesis)[:4].hex()}/{epoch}"


@dataclass(frozen=True, slots=True)
class Header:
    """One block: entries first..last, which stand just before it in the log."""
    entry: int              # its own number
    time_s: int
    height: int             # genesis is 0
    previous: bytes         # 32, hash of the header before; of genesis: the chain id
    first: int
    last: int               # entry - 1; first - 1 when the block holds none
    state_at: int = 0       # the entry after which the state root was taken
    state_root: bytes = b""     # 32 once a day, else empty

    def to_bytes(self) -> bytes:
        return encode([
            self.entry, self.time_s, BLOCK, self.height, self.previous, self.first, self.last, self.state_at,
            self.state_root,
        ])

    @classmethod
    def from_bytes(cls, data: bytes) -> "Header":
        """Malformed if this is not a canonical block body."""
        fields = expect(decode(data), "uuuubuuub")
        header = cls(*fields[:2], *fields[3:])
        if header.to_bytes() != data or len(header.previous) != 32 or len(header.state_root) not in (0, 32):
            raise Malformed("not a block body")
        return header

    def hash(self) -> bytes:
        return header_hash(self.to_bytes())


def header_hash(body: bytes) -> bytes:
    return sha256(body).digest()


def state_root(salt: bytes, lots: Iterable[Lot]) -> bytes:
    """A commitment to every balance. `salt` (32) is private: without it nobody can try guesses.

    `lots` in order of id, as of the entry that the header names; an issuer's balance is negative.
    """
    digest = sha256()
    for lot in lots:
        digest.update(cbor2.dumps([
            lot.id, lot.owner_kind, lot.owner, lot.programme, lot.expires_at_s, lot.balance_won, lot.floor_won,
        ]))
    return sha256(_STATE_LABEL + salt + digest.digest()).digest()


def new_salt() -> bytes:
    """32 random bytes: one for each half or state root, never used twice."""
    return os.urandom(32)
