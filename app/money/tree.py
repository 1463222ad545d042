"""RFC 6962 §2.1 hashing: a leaf and a node can never be mistaken for each other."""

from collections.abc import Sequence
from hashlib import sha256

HASH_BYTES = 32


def leaf_hash(data: bytes) -> bytes:
    return sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right).digest()


def tree_root(leaf_hashes: Sequence[bytes]) -> bytes:
    """The root over leaf hashes (32 bytes each) in order; of none: SHA-256 of nothing.

    Pairs level by level, the odd one moving up unchanged: the same tree as §2.1's split at
    the largest power of two.
    """
    level = list(leaf_hashes)
    if not level:
        return sha256().digest()
    while len(level) > 1:
        odd = [level[-1]] if len(level) % 2 else []
        level = [node_hash(level[i], level[i + 1]) for i in range(0, len(level) - 1, 2)] + odd
    return level[0]
