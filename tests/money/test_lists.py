"""The rows of a list and the tree over them: RFC 6962, and the vectors that the browser reads."""

import json
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.money.lists import leaves_root, row_leaf, row_salt
from app.money.tree import leaf_hash, node_hash, tree_root

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "list_roots.json").read_text("utf-8"))

# RFC 6962's reference inputs and roots, as published with certificate-transparency's test data.
INPUTS = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def test_the_published_roots_come_out():
    leaves = [leaf_hash(bytes.fromhex(text)) for text in INPUTS]
    assert [tree_root(leaves[: n + 1]).hex() for n in range(8)] == ROOTS
    assert tree_root([]) == sha256(b"").digest()


def split_root(leaves: list[bytes]) -> bytes:
    """RFC 6962 §2.1 word by word: split at the largest power of two below the size."""
    if len(leaves) == 1:
        return leaves[0]
    split = 1 << (len(leaves) - 1).bit_length() - 1
    return node_hash(split_root(leaves[:split]), split_root(leaves[split:]))


@given(st.integers(1, 300))
def test_pairing_level_by_level_is_the_same_tree_as_the_standard_split(size):
    leaves = [leaf_hash(n.to_bytes(4, "big")) for n in range(size)]
    assert tree_root(leaves) == split_root(leaves) == leaves_root(b"".join(leaves))


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: f"{len(vector['rows'])} rows")
def test_a_list_has_the_salts_leaves_and_root_of_the_vectors(vector):
    seed = bytes.fromhex(vector["seed"])
    leaves = b""
    for n, row in enumerate(vector["rows"]):
        assert row_salt(seed, n).hex() == row["salt"]
        leaf = row_leaf(n, bytes.fromhex(row["person"]), row["amount_won"], bytes.fromhex(row["salt"]))
        assert leaf.hex() == row["leaf"]
        leaves += leaf
    assert leaves_root(leaves).hex() == vector["root"]


def test_a_leaf_says_row_person_and_amount():
    person, salt = bytes(16), bytes(32)
    leaves = {row_leaf(0, person, 1, salt), row_leaf(1, person, 1, salt), row_leaf(0, person, 2, salt),
              row_leaf(0, b"\1" * 16, 1, salt), row_leaf(0, person, 1, b"\1" * 32)}
    assert len(leaves) == 5
