"""The rows of a list that pays many people: each salted, all under one root.

Two officers sign the root; the rows are private. Whoever has a row and its salt can show
that it was on the list, and nobody can guess one.
"""

from hashlib import sha256

from app.money.tree import HASH_BYTES, leaf_hash, tree_root

ROW_LABEL = b"hagc/row/1\x00"


def row_salt(seed: bytes, row: int) -> bytes:
    """The salt (32) of row `row` (from 0) of the list with this seed (32)."""
    return sha256(seed + row.to_bytes(8, "big")).digest()


def row_leaf(row: int, person: bytes, amount_won: int, salt: bytes) -> bytes:
    """The leaf hash (32): label ‖ salt (32) ‖ row (8, big-endian) ‖ person (16) ‖ won (8)."""
    return leaf_hash(ROW_LABEL + salt + row.to_bytes(8, "big") + person + amount_won.to_bytes(8, "big"))


def leaves_root(leaves: bytes) -> bytes:
    """The root over leaves that stand one behind the other, 32 bytes each."""
    return tree_root([leaves[i:i + HASH_BYTES] for i in range(0, len(leaves), HASH_BYTES)])


def row_id(list_id: bytes, row: int) -> bytes:
    """What a row uses up (20 bytes): it pays once for ever."""
    return list_id + row.to_bytes(4, "big")
