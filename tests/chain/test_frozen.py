"""Chains as earlier releases wrote them: each must replay for ever, under every later one.

    first   the first release: both motions, a refund, aliases, a freeze, two lists, expired lots, totals and a state root
    second  rule set 2: founded under 1, and then all that an entry can be (`tests/chain/whole.py` wrote it)
    third   the same and then rule set 3: codes that are judged as of when they were taken
    fourth  the same, a list that takes back, and then rule set 4: no way round what may be spent in a day
"""

from pathlib import Path

import pytest

from app.chain.block import chain_id
from app.chain.entry import order_of
from app.chain.export import Exported
from app.chain.verify import replay
from app.message import canon, cose, kinds
from app.money import policy
from app.money.orders import Signed
from app.money.orders_office import Rulebook
from app.money.orders_offline import Deposit, OfflineCode, Policy
from app.money.rules import FIRST, RULES
from app.money.state import FLOWS, Register
from tests.chain.whole import whole_town

FROZEN = Path(__file__).parents[1] / "frozen"
ENTRIES = {"first": 96, "second": 130, "third": 172, "fourth": 210}

# What no frozen chain has, and why. What is made after the newest was frozen stands here until the next is.
NEVER_AN_ENTRY = {
    "receipt": "the server's answer", "certificate": "what a till without a network is shown", "refused": "the server's no",
    "session": "proves who reads", "join": "what a phone shows at the town office", "look": "what a phone shows a till, for a slip", "directory": "what phones show names from",
}
LATER: set[tuple[str, int]] = set()     # (kind, version of its layout)


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


# --- nothing is left out ------------------------------------------------------------------

@pytest.fixture(scope="module")
def messages() -> list[cose.Parsed]:
    """Every signed message in the frozen chains."""
    found = []
    for release in ENTRIES:
        log = Exported(FROZEN / release)
        chain = chain_id(log.genesis)

        def open_message(raw: bytes, key: bytes) -> Signed:
            found.append(cose.parse(raw))
            return cose.verify(found[-1], key, chain)

        for entry in log.entries():
            if entry.kind not in (kinds.GENESIS, kinds.BLOCK):
                order_of(entry, open_message, log.row_leaves)
    return found


def test_every_layout_of_every_message_stands_in_a_frozen_chain(messages):
    names = {layout.tag: (kind.name, version) for kind in kinds.IMPLEMENTED for version, layout in enumerate(kind.layouts, 1)}
    found = {names[canon.decode(message.payload)[0]] for message in messages}
    missing = {name for name in names.values() if name not in found}
    excused = {name for name in names.values() if name[0] in NEVER_AN_ENTRY or name in LATER}
    assert missing == excused


def test_every_rule_set_decided_in_one_of_them(messages):
    assert {FIRST} | {message.body.version for message in messages if type(message.body) is Rulebook} == set(RULES)


def test_every_flow_of_money_and_every_register_is_in_them():
    logs = [Exported(FROZEN / release) for release in ENTRIES]
    assert {leg.flow for log in logs for _, leg in log.legs()} == set(FLOWS)
    assert {register for log in logs for register, _, _ in log.records()} == set(Register)


def test_every_figure_of_a_policy_and_every_kind_of_loss_without_a_network_is_in_them(messages):
    assert {message.body.subject for message in messages if type(message.body) is Policy} == set(policy.SUBJECTS)
    deposits = [message.body for message in messages if type(message.body) is Deposit]
    assert len(deposits) > len({body.code_id for body in deposits}), "one code at two shops"
    codes = [message.body for message in messages if type(message.body) is OfflineCode]
    assert len({(body.number, body.count) for body in codes}) < len({body.nonce for body in codes}), "two codes of one count"


def test_the_town_that_is_frozen_is_still_built_by_its_own_rules():
    """So that the next can be frozen: its words are no dead letters."""
    report = replay(whole_town())
    assert report.ok, report.problem
