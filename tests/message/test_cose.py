"""Signed messages: what holds, what is refused, and what an independent reader says of them."""

import cwt
import pytest
from cwt.const import COSE_ALGORITHMS_SIGNATURE
from hypothesis import given
from hypothesis import strategies as st

from app.errors import Refusal
from app.message import cose, keys, kinds
from app.money import orders
from tests.vectors import make

SIGNER = keys.Signer(make.SEED)
CHAIN, OTHER = make.CHAIN, make.OTHER_CHAIN
CODE = make.BODIES[0]
IMPLEMENTED = [kind.name for kind in kinds.IMPLEMENTED]


def word_of(raw, key=SIGNER.public, chain=CHAIN, others=()):
    try:
        cose.verify(cose.parse(raw), key, chain, others)
    except Refusal as refusal:
        return refusal.word
    return None


@pytest.mark.parametrize("body", make.BODIES, ids=lambda body: kinds.of(body).name)
def test_what_was_signed_comes_back(body):
    raw = cose.sign(body, SIGNER, CHAIN)
    signed = cose.verify(cose.parse(raw), SIGNER.public, CHAIN)
    parsed = cose.parse(raw)
    assert signed == orders.Signed(body, cose.message_id(parsed.kind, parsed.payload, CHAIN), SIGNER.public, raw)
    assert cose.sign(body, make.SEED, CHAIN) == raw


@pytest.mark.parametrize("body", make.BODIES[:6], ids=lambda body: kinds.of(body).name)
def test_every_bit_that_is_flipped_is_refused_with_a_word(body):
    raw = cose.sign(body, SIGNER, CHAIN)
    words = {word_of(raw[:at] + bytes([raw[at] ^ 1 << at % 8]) + raw[at + 1:]) for at in range(len(raw))}
    assert None not in words
    assert words >= {"NOT_A_MESSAGE", "BAD_SIGNATURE"}


@given(st.sampled_from(make.BODIES), st.data())
def test_a_message_changed_anywhere_is_refused_with_a_word(body, data):
    raw = cose.sign(body, SIGNER, CHAIN)
    at, end = sorted(data.draw(st.tuples(*[st.integers(0, len(raw))] * 2)))
    changed = raw[:at] + data.draw(st.binary(max_size=9)) + raw[end:]
    assert changed == raw or word_of(changed)


@given(st.binary(max_size=300))
def test_any_bytes_are_refused_with_a_word(raw):
    assert word_of(raw)
    assert word_of(cose.assemble(raw, bytes(64)))


@pytest.mark.parametrize("label", kinds.IMPLEMENTED, ids=lambda kind: kind.name)
def test_a_signature_for_one_purpose_is_worth_nothing_for_another(label):
    payload = cose.parse(cose.sign(CODE, SIGNER, CHAIN)).payload
    raw = cose.assemble(payload, SIGNER.sign(cose.to_sign(label.number, payload, CHAIN)))
    assert word_of(raw) == (None if label.name == "code" else "WRONG_PURPOSE")


def test_a_notice_and_a_request_share_their_fields_and_not_their_signature():
    request, notice = (form(1, 2, 3, make.NONCE, 4, b"") for form in (orders.Request, orders.Notice))
    assert cose.parse(cose.sign(request, SIGNER, CHAIN)).body == request != notice
    assert cose.parse(cose.sign(notice, SIGNER, CHAIN)).body == notice


def test_a_signature_of_another_city_is_told_from_a_forgery_only_where_that_city_is_known():
    raw = cose.sign(CODE, SIGNER, OTHER)
    assert word_of(raw) == "BAD_SIGNATURE"
    assert word_of(raw, others=[bytes(32), OTHER]) == "OTHER_CHAIN"
    assert word_of(cose.sign(make.BODIES[2], SIGNER, OTHER), others=[OTHER]) == "OTHER_CHAIN"


def test_why_a_signature_does_not_hold_is_looked_into_only_where_the_caller_allows_it():
    asked = []

    def word(raw, may):
        with pytest.raises(Refusal) as refused:
            cose.verify(cose.parse(raw), SIGNER.public, CHAIN, [OTHER], lambda: asked.append(raw) or may)
        return refused.value.word

    raw = cose.sign(CODE, SIGNER, OTHER)
    assert (word(raw, True), word(raw, False)) == ("OTHER_CHAIN", "BAD_SIGNATURE")
    cose.verify(cose.parse(cose.sign(CODE, SIGNER, CHAIN)), SIGNER.public, CHAIN, (), lambda: asked.append(b"good"))
    assert asked == [raw, raw]


def test_the_id_does_not_depend_on_the_signature_and_does_on_purpose_and_city():
    payload = cose.parse(cose.sign(CODE, SIGNER, CHAIN)).payload
    ids = {cose.message_id(kind, payload, chain) for kind in (0, 1) for chain in (CHAIN, OTHER)}
    by_another = cose.sign(CODE, keys.Signer(make.OTHER_SEED), CHAIN)
    assert len(ids) == 4
    assert cose.verify(cose.parse(by_another), keys.public(make.OTHER_SEED), CHAIN).id == cose.message_id(0, payload, CHAIN)


def test_a_message_longer_than_its_kind_allows_is_neither_made_nor_read():
    body = orders.Request(2**40, 2**40, 2**40, make.NONCE, make.UNTIL, b"A" * 19)
    with pytest.raises(Refusal, match="TOO_LONG"):
        cose.sign(body, SIGNER, CHAIN)


def test_every_message_of_the_counter_fits_its_code_with_large_figures():
    """Till and shop numbers below 65,536, 4,294,967,295 won, and the longest reference."""
    asked = (2**16 - 1, 2**16 - 1, 2**32 - 1, make.NONCE, 2**32 - 1, b"A" * 19)
    sizes = {
        "code": orders.Code(make.ALIAS, 1, 2**32 - 1, make.NONCE, 2**32 - 1),
        "payment": orders.Payment(make.ALIAS, bytes(16), 2**32 - 1, make.NONCE, 2**32 - 1),
        "request": orders.Request(*asked),
        "notice": orders.Notice(*asked),
        "receipt": orders.Receipt(255, 23, 2**40, bytes(16), bytes(32), 2**32 - 1, 2**32 - 1),
    }
    measured = {name: len(cose.sign(body, SIGNER, CHAIN)) for name, body in sizes.items()}
    assert measured == {"code": 105, "payment": 121, "request": 121, "notice": 122, "receipt": 149}


# --- an independent reader -------------------------------------------------------------

@pytest.mark.parametrize("body", make.BODIES, ids=lambda body: kinds.of(body).name)
def test_an_independent_cose_reader_finds_the_same_payload(body):
    """`cwt` knows Ed25519 as -19 (RFC 9864). It asks for the tag of COSE_Sign1, which we don't send."""
    raw = cose.sign(body, SIGNER, CHAIN)
    parsed = cose.parse(raw)
    kind = kinds.of(body)
    assert COSE_ALGORITHMS_SIGNATURE["Ed25519"] == -19
    key = cwt.COSEKey.new({1: 1, 3: -19, -1: 6, -2: SIGNER.public})
    aad = b"hagc/" + kind.name.encode() + b"/1\0" + CHAIN
    reader = cwt.COSE.new(verify_kid=False)
    assert reader.decode(b"\xd2" + raw, key, external_aad=aad) == parsed.payload
    for wrong in (aad[:-1], b"", aad[:-1] + b"!"):
        with pytest.raises(cwt.VerifyError):
            reader.decode(b"\xd2" + raw, key, external_aad=wrong)
