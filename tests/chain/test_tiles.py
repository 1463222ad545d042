"""Tile paths and contents as the tlog-tiles format defines them."""

import pytest

from app.chain.merkle import Frontier
from app.chain.tiles import ENTRIES, bundle, read_path, tile, tile_path, tiles_of
from app.money.tree import leaf_hash, tree_root

LEAVES = [leaf_hash(b"%d" % number) for number in range(70_000)]


@pytest.fixture(scope="module")
def rows():
    levels = {0: LEAVES}
    for level, _, root in Frontier().append(LEAVES):
        levels.setdefault(level, []).append(root)
    return lambda level, start, end: levels[level][start:end]


@pytest.mark.parametrize("path, place", [
    ("tile/0/000", (0, 0, 256)),
    ("tile/0/999", (0, 999, 256)),
    ("tile/0/x001/000", (0, 1000, 256)),
    ("tile/0/x001/x234/067", (0, 1234067, 256)),
    ("tile/2/000.p/1", (2, 0, 1)),
    ("tile/63/000.p/255", (63, 0, 255)),
    ("tile/entries/x001/234.p/7", (ENTRIES, 1234, 7)),
])
def test_a_path_names_one_tile(path, place):
    assert tile_path(*place) == path
    assert read_path(path) == place


@pytest.mark.parametrize("path", [
    "tile/00/000", "tile/0/00", "tile/0/1000", "tile/0/x000/001", "tile/0/000.p/0", "tile/0/000.p/256", "tile/0/x001",
    "tile/0/000.p/01", "tile/0/000/", "/tile/0/000", "tile/-1/000", "tile/0/001/002", "tile/0/0\u0660\u0660",
])
def test_any_other_spelling_is_no_path(path):
    assert read_path(path) is None


def test_a_log_of_seventy_thousand_has_the_tiles_that_the_format_counts():
    found = list(tiles_of(70_000))
    assert found.count((0, 273, 112)) == 1 and len([t for t in found if t[0] == 0]) == 274
    assert [t for t in found if t[0] == 1] == [(1, 0, 256), (1, 1, 17)]
    assert [t for t in found if t[0] == 2] == [(2, 0, 1)]
    assert list(tiles_of(256)) == [(0, 0, 256), (1, 0, 1)]
    assert list(tiles_of(0)) == []


def test_each_hash_of_a_tile_is_the_root_of_the_full_tile_below(rows):
    level_1 = tile(rows, 1, 1, 17, 70_000)
    below = tile(rows, 0, 256, 256, 70_000)
    assert level_1[:32] == tree_root([below[at:at + 32] for at in range(0, 8192, 32)])
    assert tile(rows, 2, 0, 1, 70_000) == tree_root(LEAVES[:65_536])


def test_a_tile_beyond_the_log_is_not_there(rows):
    assert tile(rows, 0, 273, 112, 70_000) is not None
    assert tile(rows, 0, 273, 113, 70_000) is None
    assert tile(rows, 3, 0, 1, 70_000) is None


def test_a_bundle_holds_each_entry_after_its_length():
    assert bundle([b"", b"abc", b"x" * 300]) == b"\0\0" + b"\0\3abc" + b"\x01\x2c" + b"x" * 300
