"""The Merkle tree over the log's leaves (RFC 6962 §2.1): growing it, proving from it, checking proofs.

Nothing here holds the tree. The log keeps the roots of complete subtrees of 256, 65,536 … leaves,
so a proof over 80 million leaves reads at most 256 hashes of each of four levels.
"""

from collections.abc import Callable, Iterable, Sequence
from hashlib import sha256

from app.money.tree import node_hash

STEP = 8                    # heights between two stored levels
WIDTH = 1 << STEP           # subtrees of one level under one of the next
EMPTY_ROOT = sha256(b"").digest()

# (level, start, end) -> the roots (32) of the complete subtrees start..end-1 of 256**level leaves;
# level 0 gives leaf hashes.
Hashes = Callable[[int, int, int], Sequence[bytes]]


class Frontier:
    """The right edge of the tree: all that is needed to append and to know the root."""

    __slots__ = ("size", "peaks")

    def __init__(self, size: int = 0, peaks: Iterable[bytes] = ()):
        self.size = size
        self.peaks = list(peaks)    # roots of the complete subtrees, largest first: one a set bit of size
        assert len(self.peaks) == size.bit_count()

    def append(self, leaves: Iterable[bytes]) -> list[tuple[int, int, bytes]]:
        """Adds leaf hashes (32). Gives the subtrees that became complete and are to be kept:
        (level ≥ 1, index, root)."""
        peaks, size, complete = self.peaks, self.size, []
        for leaf in leaves:
            node, height, rest = leaf, 0, size
            while rest & 1:
                node = sha256(b"\x01" + peaks.pop() + node).digest()
                rest >>= 1
                height += 1
                if not height % STEP:
                    complete.append((height // STEP, size >> height, node))
            peaks.append(node)
            size += 1
        self.size = size
        return complete

    def root(self) -> bytes:
        return _fold(self.peaks) if self.peaks else EMPTY_ROOT

    def copy(self) -> "Frontier":
        return Frontier(self.size, self.peaks)

    def to_bytes(self) -> bytes:
        """size (8, big-endian), then the peaks (32 each), largest first."""
        return self.size.to_bytes(8, "big") + b"".join(self.peaks)

    @classmethod
    def from_bytes(cls, blob: bytes) -> "Frontier":
        """ValueError if the blob is not one that to_bytes made."""
        size = int.from_bytes(blob[:8], "big")
        if len(blob) != 8 + 32 * size.bit_count():
            raise ValueError("not a frontier: its length and its size disagree")
        return cls(size, (blob[at:at + 32] for at in range(8, len(blob), 32)))


def _fold(peaks: Sequence[bytes]) -> bytes:
    node = peaks[-1]
    for peak in reversed(peaks[:-1]):
        node = node_hash(peak, node)
    return node


# --- making proofs ----------------------------------------------------------------------

class Reader:
    """Roots of any range of a tree of `size` leaves, each stored tile read once."""

    def __init__(self, hashes: Hashes, size: int):
        self.hashes = hashes
        self.size = size
        self.rows: dict[tuple[int, int], list[Sequence[bytes]]] = {}

    def root(self, start: int, end: int) -> bytes:
        """MTH(D[start:end]), start a multiple of the next power of two ≥ end - start."""
        count = end - start
        if count & (count - 1) == 0:
            return self.complete(count.bit_length() - 1, start)
        middle = start + split(count)
        return node_hash(self.root(start, middle), self.root(middle, end))

    def complete(self, height: int, start: int) -> bytes:
        """Root of the complete subtree of 2**height leaves that begins at `start`."""
        level, rise = divmod(height, STEP)
        index = start >> (STEP * level)
        tile = self.tile(level, index // WIDTH)
        return tile[rise][(index % WIDTH) >> rise]

    def tile(self, level: int, number: int) -> list[Sequence[bytes]]:
        """A stored tile and the complete rows above it: rows[r][i] covers 2**r of its hashes."""
        found = self.rows.get((level, number))
        if found is None:
            start = number * WIDTH
            row = self.hashes(level, start, min(start + WIDTH, self.size >> (STEP * level)))
            found = self.rows[level, number] = [row]
            while len(row) > 1:
                row = [node_hash(row[at], row[at + 1]) for at in range(0, len(row) - 1, 2)]
                found.append(row)
        return found


def split(count: int) -> int:
    """The largest power of two smaller than `count` (≥ 2)."""
    return 1 << ((count - 1).bit_length() - 1)


def root_of(hashes: Hashes, size: int) -> bytes:
    """The root of the first `size` leaves."""
    return Reader(hashes, size).root(0, size) if size else EMPTY_ROOT


def inclusion_proof(hashes: Hashes, index: int, size: int) -> list[bytes]:
    """PATH(index, D[size]) of RFC 6962 §2.1.1, the leaf's sibling first."""
    assert 0 <= index < size
    reader, start, end, proof = Reader(hashes, size), 0, size, []
    while end - start > 1:
        middle = start + split(end - start)
        if index < middle:
            proof.append(reader.root(middle, end))
            end = middle
        else:
            proof.append(reader.root(start, middle))
            start = middle
    return proof[::-1]


def consistency_proof(hashes: Hashes, old: int, new: int) -> list[bytes]:
    """PROOF(old, D[new]) of RFC 6962 §2.1.2; empty when old is 0 or new."""
    assert 0 <= old <= new
    if old in (0, new):
        return []
    reader, start, end, proof = Reader(hashes, new), 0, new, []
    while end != old:
        middle = start + split(end - start)
        if old <= middle:
            proof.append(reader.root(middle, end))
            end = middle
        else:
            proof.append(reader.root(start, middle))
            start = middle
    if start:
        proof.append(reader.root(start, end))
    return proof[::-1]


# --- checking proofs --------------------------------------------------------------------

def verify_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """RFC 9162 §2.1.3.2: is `leaf` (a leaf hash) entry `index` of the tree of `size` with `root`?"""
    if not 0 <= index < size:
        return False
    here, last, node = index, size - 1, leaf
    for other in proof:
        if last == 0:
            return False
        if here & 1 or here == last:
            node = node_hash(other, node)
            while not here & 1 and here:
                here, last = here >> 1, last >> 1
        else:
            node = node_hash(node, other)
        here, last = here >> 1, last >> 1
    return last == 0 and node == root


def verify_consistency(old: int, new: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]) -> bool:
    """RFC 9162 §2.1.4.2: is the tree of `old` leaves a beginning of the tree of `new`?"""
    if not 0 <= old <= new:
        return False
    if old in (0, new):
        return not proof and old_root == (EMPTY_ROOT if old == 0 else new_root)
    path = list(proof) if old & (old - 1) else [old_root, *proof]
    if not path:
        return False
    here, last = old - 1, new - 1
    while here & 1:
        here, last = here >> 1, last >> 1
    left = right = path[0]
    for other in path[1:]:
        if last == 0:
            return False
        if here & 1 or here == last:
            left, right = node_hash(other, left), node_hash(other, right)
            while not here & 1 and here:
                here, last = here >> 1, last >> 1
        else:
            right = node_hash(right, other)
        here, last = here >> 1, last >> 1
    return last == 0 and left == old_root and right == new_root
