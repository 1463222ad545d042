"""The vectors of tests/vectors, run by Python and by the pages' scripts: the same words, the same bytes."""

import json
import os
import subprocess
from base64 import urlsafe_b64decode
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.chain import trust
from app.chain.body import Malformed
from app.errors import Refusal
from app.message import canon, cose, keys, kinds, qr
from app.money import orders
from app.setup import vendor
from tests.vectors import make

ROOT = Path(__file__).resolve().parents[2]
MESSAGES, REFUSALS, CBOR, QR, TRUST = (
    json.loads((ROOT / "tests" / "vectors" / f"{name}.json").read_text(encoding="utf-8"))
    for name in ("messages", "refusals", "cbor", "qr", "trust"))
CHAIN = bytes.fromhex(MESSAGES["chain"])


def word_of(act, *given):
    try:
        act(*given)
    except Refusal as refusal:
        return refusal.word
    return None


def node(script: str, *options: str, given: str = "") -> object:
    """What a script of tests/js prints, as JSON."""
    path = {**os.environ, "PATH": vendor.search_path()}
    command = ["node", str(ROOT / "tests" / "js" / script), *options]
    done = subprocess.run(command, input=given, env=path, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("name", make.FILES)
def test_the_files_are_what_their_script_writes(name):
    assert (make.HERE / name).read_text(encoding="utf-8") == make.written(name)


def test_every_kind_that_has_a_layout_has_a_vector():
    assert {one["kind"] for one in MESSAGES["messages"]} == {kind.name for kind in kinds.IMPLEMENTED}


@pytest.mark.parametrize("one", MESSAGES["messages"], ids=lambda one: one["kind"])
def test_a_message_reads_as_its_vector_says(one):
    raw = bytes.fromhex(one["message"])
    parsed = cose.parse(raw)
    signed = cose.verify(parsed, bytes.fromhex(MESSAGES["public"]), CHAIN)
    fields = {name: bytes.fromhex(value) if isinstance(value, str) else value for name, value in one["fields"].items()}
    assert signed.body == kinds.BY_NAME[one["kind"]].form(**fields)
    assert (signed.id.hex(), signed.raw, parsed.payload.hex()) == (one["id"], raw, one["payload"])
    assert cose.sign(signed.body, bytes.fromhex(MESSAGES["seed"]), CHAIN) == raw
    assert qr.from_text(one["text"], [MESSAGES["host"]]) == raw


@pytest.mark.parametrize("one", REFUSALS["messages"], ids=lambda one: one["name"])
def test_a_wrong_message_is_refused_with_its_own_word(one):
    key = bytes.fromhex(one.get("public", REFUSALS["public"]))
    others = [bytes.fromhex(chain) for chain in REFUSALS["others"]]
    assert word_of(lambda raw: cose.verify(cose.parse(raw), key, CHAIN, others), bytes.fromhex(one["message"])) == one["word"]


@pytest.mark.parametrize("one", REFUSALS["keys"], ids=lambda one: one["name"])
def test_a_key_is_taken_only_if_its_signatures_mean_one_thing(one):
    assert word_of(keys.check_public, bytes.fromhex(one["key"])) == one["word"]


def test_canonical_cbor_has_one_meaning_and_one_writing():
    for read, write, listed in ((canon.decode, canon.encode, CBOR["flat"]),
                                (canon.decode_nested, canon.encode_nested, CBOR["flat"] + CBOR["nested"])):
        for one in listed:
            items = read(bytes.fromhex(one["bytes"]))
            assert (make.plain(items), write(items).hex()) == (one["items"], one["bytes"])


@pytest.mark.parametrize("one", CBOR["refused"], ids=lambda one: one["bytes"])
def test_other_cbor_is_refused(one):
    raw = bytes.fromhex(one["bytes"])
    assert (word_of(canon.decode, raw), word_of(canon.decode_nested, raw)) == (one["word"], one["word"])


def test_a_text_holds_its_message_and_fits_its_code():
    for one in QR["texts"]:
        assert qr.to_text(bytes.fromhex(one["message"]), QR["hosts"][0]) == one["text"]
        assert qr.code_of(one["text"]).version == one["version"]
    for one in QR["texts"] + QR["read"]:
        assert qr.from_text(one["text"], QR["hosts"]).hex() == one["message"]


@pytest.mark.parametrize("one", QR["refused"], ids=lambda one: one["text"][:40])
def test_another_text_is_refused(one):
    assert word_of(qr.from_text, one["text"], QR["hosts"]) == one["word"]


# --- whose keys are believed -----------------------------------------------------------

def proven(genesis: str, message: bytes, approvals: list[bytes], pinned: str):
    return trust.certified(trust.Proof(bytes.fromhex(genesis), message, tuple(approvals)), bytes.fromhex(pinned))


@pytest.mark.parametrize("one", TRUST["proofs"], ids=lambda one: one["name"])
def test_a_key_is_believed_only_when_enough_roots_of_the_pinned_chain_signed_it(one):
    given = one["genesis"], bytes.fromhex(one["message"]), map(bytes.fromhex, one["approvals"]), one["pinned"]
    try:
        found = word_of(proven, *given)
    except Malformed:
        found = "Malformed"
    assert found == one["word"]


@pytest.mark.parametrize("one", TRUST["choices"], ids=lambda one: one["name"])
def test_of_all_certificates_for_a_number_the_latest_speaks_and_only_in_its_time(one):
    known = [proven(TRUST["genesis"], octets(each["message"]), map(octets, each["approvals"]), TRUST["chain"])
             for each in one["operational"]]
    stands = trust.standing(known, orders.RECEIPT_KEY, TRUST["now_s"])
    assert sorted([number, each.key.hex()] for number, each in stands.items()) == one["standing"]


def octets(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


# --- the pages' scripts ----------------------------------------------------------------

def test_the_phone_agrees_with_every_vector():
    expected = len(MESSAGES["messages"]) + len(REFUSALS["messages"]) + len(REFUSALS["keys"])
    expected += 2 * len(CBOR["flat"]) + len(CBOR["nested"]) + 2 * len(CBOR["refused"])
    expected += len(QR["texts"]) + len(QR["read"]) + len(QR["refused"])
    expected += len(TRUST["proofs"]) + len(TRUST["choices"])
    assert node("vectors.mjs") == {"held": expected}


def test_the_phone_has_the_same_table_of_kinds():
    table = [{"number": kind.number, "name": kind.name, "maxBytes": kind.max_bytes,
              "fields": [[name, shape.text] for name, shape in kind.shapes],
              "added": len(kind.layouts[-1].added)} for kind in kinds.IMPLEMENTED]
    assert node("judge.mjs", "--table") == table


def test_a_phones_key_of_either_grade_signs_what_the_server_takes():
    for made, grade in zip(node("keys.mjs"), (0, 1), strict=True):
        public = keys.check_public(bytes.fromhex(made["public"]))
        assert made["grade"] == grade
        keys.bindings.crypto_sign_open(bytes.fromhex(made["signature"]) + b"what a phone signs", public)


def test_the_phone_refuses_broken_messages_with_the_servers_words():
    """Every byte of a few messages, broken in several ways, and what hypothesis finds: in one run of node."""
    broken = []
    for one in MESSAGES["messages"][::4]:
        raw = bytes.fromhex(one["message"])
        for at in range(len(raw)):
            broken += [raw[:at] + bytes([value]) + raw[at + 1:] for value in (0, raw[at] ^ 1, raw[at] ^ 0x80, 0xFF)]
            broken += [raw[:at], raw[:at] + raw[at + 1:], raw[:at] + b"\x5b" + raw[at:]]

    @given(st.binary(max_size=64), st.binary(max_size=300))
    def gather(payload, raw):
        broken.extend((raw, cose.assemble(payload, bytes(64)), cose.assemble(b"\x83\x00" + payload, bytes(64))))

    gather()
    assert node("judge.mjs", given=json.dumps([raw.hex() for raw in broken])) == [word_of(cose.parse, raw) for raw in broken]
