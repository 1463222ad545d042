"""Chains as earlier releases wrote them: each must replay for ever, under every later one.

    first   the first release: both motions, a refund, aliases, a freeze, two lists, expired lots, totals and a state root
"""

from pathlib import Path

import pytest

from app.chain.export import Exported
from app.chain.verify import replay

FROZEN = Path(__file__).parents[1] / "frozen"
ENTRIES = {"first": 96}


def test_every_frozen_chain_is_replayed():
    assert sorted(folder.name for folder in FROZEN.iterdir()) == sorted(ENTRIES)


@pytest.mark.parametrize("release", ENTRIES)
def test_a_chain_of_an_earlier_release_replays(release):
    report = replay(Exported(FROZEN / release))
    assert report.ok, report.problem
    assert (report.entries, report.checkpoints) == (ENTRIES[release], 2)


@pytest.mark.parametrize("release", ENTRIES)
def test_one_changed_byte_of_it_is_found(release, tmp_path):
    for file in (FROZEN / release).iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    entries = tmp_path / "entries-000000.cborseq"
    changed = bytearray(entries.read_bytes())
    changed[len(changed) // 2] ^= 1
    entries.write_bytes(changed)
    assert not replay(Exported(tmp_path)).ok
