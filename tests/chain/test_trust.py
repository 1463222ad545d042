"""A key of the server is believed by its roots' signatures alone; each way of having too few is refused."""

from dataclasses import replace

import pytest

from app.chain.body import Malformed, decode
from app.chain.trust import Proof, certified
from app.errors import Refusal
from app.message import cose, kinds
from app.message.keys import Signer
from app.money import orders
from tests.chain.ledger import key, small_town

TOWN = small_town()
RECEIPT = 4     # the number of the receipt key there


def told() -> list[Proof]:
    """As a server reads them out of its log."""
    found = []
    for entry in TOWN.log:
        if entry.kind == kinds.BY_NAME["operational-key"].number:
            _, _, _, message, _, approvals = decode(entry.a)
            found.append(Proof(TOWN.genesis, message, tuple(raw for raw, _ in approvals)))
    return found


BODY = certified(told()[RECEIPT - 1], TOWN.chain_id)


def signed(body: object, name: str) -> bytes:
    return cose.sign(body, key(name), TOWN.chain_id)


def approval(message: bytes, signer: int = 1, name: str = "root1", board: int = orders.ROOTS) -> bytes:
    parsed = cose.parse(message)
    approved = cose.message_id(parsed.kind, parsed.payload, TOWN.chain_id)
    return signed(orders.Approval(signer, board, approved, BODY.expires_at_s), name)


MESSAGE = signed(BODY, "root0")
OTHER = signed(replace(BODY, key=key("thief").public), "root0")


def test_every_key_of_a_log_is_proven_by_its_genesis_and_its_roots():
    assert [(found.number, found.key) for found in (certified(proof, TOWN.chain_id) for proof in told())] == [
        (number, key(name).public) for number, name in enumerate(("sweep", "notice", "checkpoint", "receipt"), 1)]


def test_a_proof_is_the_same_after_it_was_kept():
    proof = told()[0]
    assert Proof.from_bytes(proof.to_bytes()) == proof
    with pytest.raises(Malformed):
        Proof.from_bytes(proof.to_bytes()[:-1])


@pytest.mark.parametrize(("message", "approvals", "word"), [
    (MESSAGE, (approval(MESSAGE),), None),
    (MESSAGE, (), "APPROVALS_MISSING"),
    (MESSAGE, (approval(OTHER),), "APPROVALS_MISSING"),
    (OTHER, (approval(MESSAGE),), "APPROVALS_MISSING"),
    (MESSAGE, (approval(MESSAGE, board=orders.OFFICERS),), "APPROVALS_MISSING"),
    (MESSAGE, (approval(MESSAGE, 0, "root0"),), "SAME_OFFICER"),
    (MESSAGE, (approval(MESSAGE, 2, "thief"),), "UNKNOWN_KEY"),
    (MESSAGE, (approval(MESSAGE, 1, "thief"),), "BAD_SIGNATURE"),
    (MESSAGE, (approval(MESSAGE, 1, "root0"),), "BAD_SIGNATURE"),
    (signed(BODY, "thief"), (approval(MESSAGE),), "BAD_SIGNATURE"),
    (signed(replace(BODY, root=9), "thief"), (approval(MESSAGE),), "UNKNOWN_KEY"),
    (MESSAGE[:-1], (), "NOT_A_MESSAGE"),
    (cose.sign(BODY, key("root0"), bytes(32)), (approval(MESSAGE),), "BAD_SIGNATURE"),
    (approval(MESSAGE), (), Malformed),
    (MESSAGE, (MESSAGE,), Malformed),
], ids=["two roots", "one root alone", "a yes to something else", "something else under that yes", "an officers' yes",
        "one root twice", "no such root", "a forged yes", "the other root's yes", "a forged message", "no such signer",
        "cut off", "another chain's", "no certificate", "no yes at all"])
def test_a_key_counts_only_with_as_many_roots_as_the_genesis_asks_for(message, approvals, word):
    proof = Proof(TOWN.genesis, message, approvals)
    if word is None:
        assert certified(proof, TOWN.chain_id) == BODY
        return
    with pytest.raises(word if word is Malformed else Refusal) as refused:
        certified(proof, TOWN.chain_id)
    assert word is Malformed or refused.value.word == word


def test_a_genesis_with_other_roots_is_another_chain():
    """The thief founds a city of the same name: its id gives it away."""
    thief = Signer(bytes(32)).public
    genesis = TOWN.genesis.replace(key("root0").public, thief)
    with pytest.raises(Refusal) as refused:
        certified(Proof(genesis, MESSAGE, (approval(MESSAGE),)), TOWN.chain_id)
    assert refused.value.word == "OTHER_CHAIN"
