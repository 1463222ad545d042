"""The tree against the definition of RFC 6962 §2.1 written out naively, for every size up to 300."""

from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.chain import merkle
from app.chain.merkle import EMPTY_ROOT, Frontier, consistency_proof, inclusion_proof, root_of
from app.chain.merkle import verify_consistency, verify_inclusion
from app.money.tree import leaf_hash
from tests.conftest import LONG

SIZES = range(301)
# Each has as many proofs as leaves: in short counts those of the small trees, and around a whole stored subtree.
PROVEN = SIZES if LONG else [*range(70), *range(250, 265), 300]
LEAVES = [leaf_hash(number.to_bytes(2, "big")) for number in range(1500)]


def mth(leaves):
    """MTH of RFC 6962 §2.1, over leaf hashes."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return sha256(b"\x01" + mth(leaves[:k]) + mth(leaves[k:])).digest()


ROOTS = [mth(LEAVES[:size]) for size in SIZES]


class Stored:
    """The rows a store keeps: leaf hashes and the complete subtrees that the frontier gave."""

    def __init__(self, leaves):
        self.levels = {0: list(leaves)}
        self.reads = []
        self.frontier = Frontier()
        for level, index, root in self.frontier.append(leaves):
            row = self.levels.setdefault(level, [])
            assert index == len(row)
            row.append(root)

    def __call__(self, level, start, end):
        row = self.levels.get(level, [])[start:end]
        assert len(row) == end - start, "asked for a subtree that is not complete"
        self.reads.append(end - start)
        return row


STORED = Stored(LEAVES)


def path(m, leaves):
    """PATH(m, D[n]) of RFC 6962 §2.1.1."""
    if len(leaves) == 1:
        return []
    k = merkle.split(len(leaves))
    if m < k:
        return [*path(m, leaves[:k]), mth(leaves[k:])]
    return [*path(m - k, leaves[k:]), mth(leaves[:k])]


def proof(m, leaves, whole=True):
    """SUBPROOF(m, D[n], b) of RFC 6962 §2.1.2."""
    if m == len(leaves):
        return [] if whole else [mth(leaves)]
    k = merkle.split(len(leaves))
    if m <= k:
        return [*proof(m, leaves[:k], whole), mth(leaves[k:])]
    return [*proof(m - k, leaves[k:], False), mth(leaves[:k])]


def test_the_hashes_are_those_of_the_standard_computed_by_hand():
    leaf = sha256(b"\x00a").digest()
    assert leaf_hash(b"a") == leaf
    assert EMPTY_ROOT.hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    frontier = Frontier()
    frontier.append([leaf, leaf, leaf])
    pair = sha256(b"\x01" + leaf + leaf).digest()
    assert frontier.root() == sha256(b"\x01" + pair + leaf).digest()


def test_the_published_roots_of_the_eight_reference_leaves_are_met():
    """The inputs and roots that the first public logs' implementations share as test vectors."""
    inputs = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
    roots = [
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ]
    frontier = Frontier()
    for data, root in zip(inputs, roots, strict=True):
        frontier.append([leaf_hash(bytes.fromhex(data))])
        assert frontier.root().hex() == root


def test_the_frontier_has_the_right_root_at_every_size_one_leaf_at_a_time():
    frontier = Frontier()
    for size in SIZES:
        assert frontier.root() == ROOTS[size]
        assert Frontier.from_bytes(frontier.to_bytes()).root() == ROOTS[size]
        frontier.append([LEAVES[size]])


@given(st.lists(st.integers(0, 200), max_size=8))
@settings(max_examples=50, deadline=None)
def test_batches_of_any_size_give_the_same_tree_and_the_same_kept_subtrees(batches):
    frontier, kept = Frontier(), []
    for count in batches:
        kept += frontier.append(LEAVES[frontier.size % 700:][:count])
    leaves = []
    for count in batches:
        leaves += LEAVES[len(leaves) % 700:][:count]
    assert frontier.root() == mth(leaves)
    assert kept == [(1, at, mth(leaves[256 * at:256 * at + 256])) for at in range(len(leaves) // 256)]


def test_a_frontier_blob_of_another_length_is_refused():
    frontier = Frontier()
    frontier.append(LEAVES[:7])
    for blob in (b"", frontier.to_bytes()[:-1], frontier.to_bytes() + b"\0", frontier.to_bytes()[32:]):
        with pytest.raises(ValueError):
            Frontier.from_bytes(blob)


def test_the_stored_subtrees_give_the_root_of_every_earlier_size():
    for size in SIZES:
        assert root_of(STORED, size) == ROOTS[size]
    assert root_of(STORED, 1500) == STORED.frontier.root() == mth(LEAVES)


def test_every_inclusion_proof_of_these_sizes_verifies():
    for size in PROVEN:
        for index in range(size):
            made = inclusion_proof(STORED, index, size)
            assert verify_inclusion(LEAVES[index], index, size, made, ROOTS[size])


def test_every_consistency_proof_of_these_sizes_verifies():
    for new in PROVEN:
        for old in range(new + 1):
            made = consistency_proof(STORED, old, new)
            assert verify_consistency(old, new, ROOTS[old], ROOTS[new], made)


def test_the_proofs_are_exactly_those_of_the_recursive_definition():
    for size in [1, 2, 3, 4, 5, 7, 8, 9, 31, 32, 33, 255, 256, 257, 300]:
        leaves = LEAVES[:size]
        for index in range(0, size, 1 + size // 16):
            assert inclusion_proof(STORED, index, size) == path(index, leaves)
            assert consistency_proof(STORED, index + 1, size) == proof(index + 1, leaves)


def test_proofs_that_cross_stored_subtrees_verify():
    root = mth(LEAVES)
    for index in (0, 255, 256, 511, 1023, 1024, 1279, 1280, 1499):
        assert verify_inclusion(LEAVES[index], index, 1500, inclusion_proof(STORED, index, 1500), root)
        if index:
            old_root = mth(LEAVES[:index])
            assert verify_consistency(index, 1500, old_root, root, consistency_proof(STORED, index, 1500))


def test_a_proof_over_eighty_million_entries_reads_at_most_four_tiles():
    size, reads = 80_000_000, []

    def hashes(level, start, end):
        assert end <= size >> (8 * level) and end - start <= 256
        reads.append(end - start)
        return [leaf_hash(b"%d,%d" % (level, at)) for at in range(start, end)]

    for index in (0, 12_345_678, size - 1):
        reads.clear()
        made = inclusion_proof(hashes, index, size)
        assert len(reads) <= 7 and sum(reads) <= 7 * 256, reads
        assert len(made) <= 27


@pytest.mark.parametrize("index, size", [(0, 1), (3, 7), (6, 7), (0, 8), (99, 300), (299, 300)])
def test_a_changed_inclusion_proof_is_refused(index, size):
    made, root = inclusion_proof(STORED, index, size), ROOTS[size]
    leaf, wrong = LEAVES[index], bytes(32)
    assert not verify_inclusion(wrong, index, size, made, root)
    assert not verify_inclusion(leaf, index, size, made, wrong)
    assert not verify_inclusion(leaf, index, size, [*made, wrong], root)
    assert not verify_inclusion(leaf, size, size, made, root)
    assert not verify_inclusion(leaf, -1, size, made, root)
    for other in range(size):
        assert other == index or not verify_inclusion(leaf, other, size, made, root)
    for at in range(len(made)):
        assert not verify_inclusion(leaf, index, size, made[:at] + [wrong] + made[at + 1:], root)
        assert not verify_inclusion(leaf, index, size, made[:at] + made[at + 1:], root)


@pytest.mark.parametrize("old, new", [(1, 2), (3, 7), (4, 7), (8, 8), (6, 8), (128, 300), (256, 300), (299, 300)])
def test_a_changed_consistency_proof_is_refused(old, new):
    made, wrong = consistency_proof(STORED, old, new), bytes(32)
    assert not verify_consistency(old, new, wrong, ROOTS[new], made)
    assert not verify_consistency(old, new, ROOTS[old], wrong, made)
    assert not verify_consistency(old, new, ROOTS[old], ROOTS[new], [*made, wrong])
    assert not verify_consistency(new + 1, new, ROOTS[old], ROOTS[new], made)
    for at in range(len(made)):
        for changed in (made[:at] + [wrong] + made[at + 1:], made[:at] + made[at + 1:]):
            assert not verify_consistency(old, new, ROOTS[old], ROOTS[new], changed)


def test_nothing_is_consistent_with_everything_and_only_with_an_empty_proof():
    assert verify_consistency(0, 5, EMPTY_ROOT, ROOTS[5], [])
    assert not verify_consistency(0, 5, ROOTS[1], ROOTS[5], [])
    assert not verify_consistency(0, 5, EMPTY_ROOT, ROOTS[5], [ROOTS[1]])
    assert not verify_consistency(3, 5, ROOTS[3], ROOTS[5], [])
