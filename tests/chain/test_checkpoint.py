"""Checkpoints as signed notes, and a signer that never goes back."""

import base64
import json
import stat
import subprocess
import sys

import pytest
from nacl.signing import SigningKey

from app.chain import checkpoint, proof
from app.chain.body import Malformed
from app.chain.checkpoint import Signer, WouldFork
from app.chain.merkle import EMPTY_ROOT, consistency_proof, inclusion_proof, root_of
from app.errors import SetupError
from app.message import keys
from app.money.tree import leaf_hash

ORIGIN = "pay.example/0a1b2c3d/0"
KEY = keys.Signer(bytes(range(32)))
LEAVES = [leaf_hash(b"%d" % number) for number in range(200)]


def hashes(level, start, end):
    assert level == 0
    return LEAVES[start:end]


def other_hashes(level, start, end):
    return [leaf_hash(b"another history"), *LEAVES[1:]][start:end]


@pytest.fixture
def signer(tmp_path):
    made = Signer(tmp_path / "checkpoint", ORIGIN, KEY)
    made.begin()
    return made


def test_a_note_is_signed_as_the_signed_note_format_says():
    made = checkpoint.sign(ORIGIN, 5, root_of(hashes, 5), KEY)
    text, line = made.note.split("\n\n")
    assert text == f"{ORIGIN}\n5\n{base64.b64encode(root_of(hashes, 5)).decode()}"
    dash, name, signature = line.removesuffix("\n").split(" ")
    assert (dash, name) == ("—", ORIGIN)
    raw = base64.b64decode(signature)
    assert raw[:4] == checkpoint.key_id(ORIGIN, KEY.public)
    SigningKey(bytes(range(32))).verify_key.verify((text + "\n").encode(), raw[4:])
    assert checkpoint.verify(made.note, ORIGIN, KEY.public) == made


def test_the_published_example_note_verifies():
    """Key and note of the documentation that the format grew out of (golang.org/x/mod/sumdb/note)."""
    name, number, key = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW".split("+", 2)
    public = base64.b64decode(key)[1:]
    assert checkpoint.key_id(name, public).hex() == number
    assert checkpoint.verifier_key(name, public) == f"{name}+{number}+{key}"


def test_cosignatures_of_witnesses_are_passed_over_and_kept():
    made = checkpoint.sign(ORIGIN, 5, root_of(hashes, 5), KEY)
    note = made.note + "— witness.example " + base64.b64encode(bytes(76)).decode() + "\n"
    assert checkpoint.verify(note, ORIGIN, KEY.public).note == note


def test_every_changed_character_of_a_note_is_refused():
    note = checkpoint.sign(ORIGIN, 5, root_of(hashes, 5), KEY).note
    for at in range(len(note)):
        for other in ("A", "\n", " ", "0"):
            changed = note[:at] + other + note[at + 1:]
            if changed != note:
                with pytest.raises(Malformed):
                    checkpoint.verify(changed, ORIGIN, KEY.public)
    for changed in ("", note[:-1], note + "\n", note.replace("\n", "\r\n"), note.split("\n\n")[0] + "\n\n"):
        with pytest.raises(Malformed):
            checkpoint.verify(changed, ORIGIN, KEY.public)


def test_a_note_of_another_log_or_another_key_is_refused():
    note = checkpoint.sign(ORIGIN, 5, root_of(hashes, 5), KEY).note
    with pytest.raises(Malformed, match="another log"):
        checkpoint.verify(note, "pay.example/0a1b2c3d/1", KEY.public)
    with pytest.raises(Malformed, match="not signed by this key"):
        checkpoint.verify(note, ORIGIN, keys.Signer(bytes(32)).public)


def test_the_signer_goes_on_and_gives_the_same_note_again(signer):
    assert (signer.last().size, signer.last().root) == (0, EMPTY_ROOT)
    first = signer.sign(3, root_of(hashes, 3))
    assert signer.sign(3, root_of(hashes, 3)) == first == signer.last()
    assert signer.sign(200, root_of(hashes, 200)).size == 200


def test_the_record_is_for_its_owner_only(signer):
    signer.sign(3, root_of(hashes, 3))
    assert stat.S_IMODE(signer.record.stat().st_mode) == 0o600


@pytest.mark.parametrize("size, root", [(99, root_of(hashes, 99)), (100, root_of(other_hashes, 100)), (0, EMPTY_ROOT)])
def test_going_back_or_beside_is_refused_and_the_record_stays(signer, size, root):
    held = signer.sign(100, root_of(hashes, 100))
    with pytest.raises(WouldFork):
        signer.sign(size, root)
    assert signer.last() == held


def test_a_longer_log_with_another_beginning_is_refused_when_a_proof_is_asked(signer):
    held = signer.sign(100, root_of(hashes, 100), lambda old, new: consistency_proof(hashes, old, new))
    with pytest.raises(WouldFork, match="the first 100 of 150"):
        signer.sign(150, root_of(other_hashes, 150), lambda old, new: consistency_proof(other_hashes, old, new))
    assert signer.last() == held
    signer.sign(150, root_of(hashes, 150), lambda old, new: consistency_proof(hashes, old, new))


def test_a_lost_or_foreign_record_stops_the_signer(signer, tmp_path):
    with pytest.raises(SetupError, match="exists"):
        signer.begin()
    with pytest.raises(SetupError, match="not this log's record"):
        Signer(signer.record, ORIGIN, keys.Signer(bytes(32))).sign(3, root_of(hashes, 3))
    signer.record.write_bytes(b"\xff")
    with pytest.raises(SetupError, match="not this log's record"):
        signer.last()
    signer.record.unlink()
    with pytest.raises(SetupError, match="missing"):
        signer.sign(3, root_of(hashes, 3))


RACER = """
import json, sys
from pathlib import Path
from app.chain.checkpoint import Signer, WouldFork
from app.message import keys
from app.money.tree import leaf_hash
record, mark = Path(sys.argv[1]), sys.argv[2].encode()
signer, won = Signer(record, "pay.example/0a1b2c3d/0", keys.Signer(bytes(range(32)))), []
print("ready", flush=True)
sys.stdin.readline()
for size in range(1, 60):
    try:
        won.append((size, signer.sign(size, leaf_hash(mark + b"%d" % size)).root.hex()))
    except WouldFork:
        pass
print(json.dumps(won))
"""


def test_two_processes_never_sign_two_roots_at_one_size(signer):
    racers = [
        subprocess.Popen([sys.executable, "-c", RACER, signer.record, mark], stdin=-1, stdout=-1, text=True)
        for mark in ("a", "b")
    ]
    for racer in racers:
        assert racer.stdout.readline() == "ready\n"
    for racer in racers:
        racer.stdin.write("go\n")
        racer.stdin.flush()
    won = [json.loads(racer.communicate()[0].splitlines()[-1]) for racer in racers]
    signed = {}
    for size, root in [*won[0], *won[1]]:
        assert signed.setdefault(size, root) == root, "two histories were signed"
    assert signer.last().size == max(signed) == 59
    assert (59, signer.last().root.hex()) in [tuple(each) for each in (*won[0], *won[1])]


def test_a_proof_file_puts_an_entry_under_a_checkpoint():
    made = checkpoint.sign(ORIGIN, 200, root_of(hashes, 200), KEY)
    whole = proof.Proof(77, tuple(inclusion_proof(hashes, 77, 200)), made, b"receipt")
    text = proof.write(whole)
    assert text.splitlines()[:3] == ["c2sp.org/tlog-proof@v1", "extra cmVjZWlwdA==", "index 77"]
    assert text.endswith("\n\n" + made.note)
    assert proof.verify(text, LEAVES[77], ORIGIN, KEY.public) == whole
    with pytest.raises(Malformed):
        proof.verify(text, LEAVES[78], ORIGIN, KEY.public)


def test_a_proof_in_a_log_of_one_has_no_hashes():
    made = checkpoint.sign(ORIGIN, 1, LEAVES[0], KEY)
    text = proof.write(proof.Proof(0, (), made))
    assert text.startswith("c2sp.org/tlog-proof@v1\nindex 0\n\npay.example")
    assert proof.verify(text, LEAVES[0], ORIGIN, KEY.public).index == 0


@pytest.mark.parametrize("change", [
    ("index 77", "index 077"), ("index 77", "index 78"), ("index 77\n", ""), ("@v1", "@v2"), ("extra ", "extra  "),
    ("\n\npay", "\npay"), ("index 77\n", "index 77\nAAAA\n"), ("index 77", "index -1"), ("extra cmVjZWlwdA==", "extra"),
])
def test_a_changed_proof_file_is_refused(change):
    made = checkpoint.sign(ORIGIN, 200, root_of(hashes, 200), KEY)
    text = proof.write(proof.Proof(77, tuple(inclusion_proof(hashes, 77, 200)), made, b"receipt"))
    assert change[0] in text
    with pytest.raises(Malformed):
        proof.verify(text.replace(*change, 1), LEAVES[77], ORIGIN, KEY.public)
