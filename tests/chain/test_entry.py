"""Entries: what the public leaf shows, what a half opens, and the way back to the order."""

from hashlib import sha256

import cbor2
import pytest

from app.chain import receipt
from app.chain.block import Genesis, Header, chain_id, header_hash, origin, state_root
from app.chain.body import Malformed
from app.chain.entry import CLEAR, HIDDEN, PAYEE, PAYER, TWO_SIDED, commitment, leaf_data, open_half, order_of
from app.errors import Refusal
from app.message import cose
from app.money.orders import Sale
from app.money.state import Lot
from app.money.tree import leaf_hash
from tests.chain.ledger import bytes_of, key, small_town

TOWN = small_town()
SOLD = next(entry for entry in TOWN.log if entry.kind == 1)
ISSUER = receipt.Issuer(4, 0, key("receipt"), TOWN.chain_id)


def opened(raw, signer):
    return cose.verify(cose.parse(raw), signer, TOWN.chain_id)


def test_a_sale_s_leaf_is_the_hash_of_two_commitments_computed_by_hand():
    payer = sha256(b"hagc/half/payer/1\0" + SOLD.salt_a + SOLD.a).digest()
    payee = sha256(b"hagc/half/payee/1\0" + SOLD.salt_b + SOLD.b).digest()
    assert leaf_data(SOLD) == b"\x02" + payer + payee
    assert SOLD.leaf == sha256(b"\x00\x02" + payer + payee).digest()


def test_a_hidden_leaf_is_a_commitment_and_a_clear_one_is_its_body():
    row = next(entry for entry in TOWN.log if entry.kind == 50)
    assert leaf_data(row) == b"\x01" + sha256(b"hagc/half/hidden/1\0" + row.salt_a + row.a).digest()
    shop = next(entry for entry in TOWN.log if entry.kind == 19)
    assert leaf_data(shop) == b"\x00" + shop.a and (row.form, shop.form, SOLD.form) == (HIDDEN, CLEAR, TWO_SIDED)
    assert all(entry.leaf == leaf_hash(leaf_data(entry)) for entry in TOWN.log)


def test_the_halves_hold_what_the_formats_say():
    number, time_s, kind, message, signer, account, won, lots = cbor2.loads(SOLD.a)
    assert (number, time_s, kind, won) == (SOLD.number, SOLD.time_s, 1, 7_000)
    assert signer == key("mina").public and account == bytes_of("account of mina", 8)
    assert sum(amount for _, amount in lots) == 7_000 and len(lots) == 2
    number, time_s, kind, request, signer, shop, till, won = cbor2.loads(SOLD.b)
    assert (number, kind, shop, till, won) == (SOLD.number, 1, 1, 1, 7_000) and signer == key("till").public
    assert cose.parse(message).body.request_hash == opened(request, signer).id[:16]


def test_neither_half_of_a_sale_holds_a_byte_of_the_other_side_s_secrets():
    assert key("mina").public not in SOLD.b and bytes_of("account of mina", 8) not in SOLD.b
    assert key("till").public not in SOLD.a and SOLD.salt_b not in SOLD.a and SOLD.salt_a not in SOLD.b


def test_a_side_opens_its_half_with_the_other_side_s_hash_only():
    payer, payee = commitment(PAYER, SOLD.salt_a, SOLD.a), commitment(PAYEE, SOLD.salt_b, SOLD.b)
    assert open_half(PAYER, SOLD.a, SOLD.salt_a, payee, SOLD.leaf)[6] == 7_000
    assert open_half(PAYEE, SOLD.b, SOLD.salt_b, payer, SOLD.leaf)[5] == 1
    for wrong in (
        (PAYEE, SOLD.a, SOLD.salt_a, payee, SOLD.leaf), (PAYER, SOLD.b, SOLD.salt_a, payee, SOLD.leaf),
        (PAYER, SOLD.a, SOLD.salt_b, payee, SOLD.leaf), (PAYER, SOLD.a, SOLD.salt_a, payer, SOLD.leaf),
        (PAYER, SOLD.a, SOLD.salt_a, payee, bytes(32)),
    ):
        with pytest.raises(Malformed):
            open_half(*wrong)


def test_every_entry_gives_its_order_back_with_the_exact_bytes():
    for entry in TOWN.log:
        if entry.kind in (48, 49):
            continue
        order = order_of(entry, opened, TOWN.row_leaves)
        if isinstance(order, Sale):
            assert order.payer.raw in entry.a and order.payee.raw in entry.b
        elif entry.kind != 50:
            assert order.message.raw in entry.a + entry.b


def test_no_resident_s_key_account_or_person_stands_in_the_public_log():
    public = b"".join(map(leaf_data, TOWN.log))
    for name in ("mina", "jun"):
        for secret in (key(name).public, bytes_of("account of " + name, 8), bytes_of("person " + name, 16)):
            assert secret not in public and sha256(secret).digest() not in public
    assert b"Bakery" in public and b"Food" in public


# --- genesis and blocks -----------------------------------------------------------------------

def test_genesis_reads_back_and_its_hash_is_the_chain():
    genesis = Genesis.from_bytes(TOWN.genesis)
    assert genesis.to_bytes() == TOWN.genesis and genesis.threshold == 2 and len(genesis.roots) == 2
    assert cbor2.loads(TOWN.genesis)[0] == 192 and chain_id(TOWN.genesis) == sha256(TOWN.genesis).digest()
    assert origin(TOWN.genesis, genesis.host, 0) == f"pay.example/{TOWN.chain_id[:4].hex()}/0"


@pytest.mark.parametrize("place, value", [
    (0, 193), (1, "town"), (2, b"\xff"), (3, b""), (4, 0), (4, 3), (5, b""), (5, bytes(33)), (8, bytes(15)), (8, None),
])
def test_genesis_bytes_with_a_wrong_field_are_refused(place, value):
    fields = cbor2.loads(TOWN.genesis)
    fields[place] = value
    with pytest.raises(Malformed):
        Genesis.from_bytes(cbor2.dumps(fields))


def test_headers_read_back_and_name_the_header_before():
    bodies = [entry.a for entry in TOWN.log if entry.kind == 49]
    previous, first = TOWN.chain_id, 1
    for height, body in enumerate(bodies, 1):
        header = Header.from_bytes(body)
        assert header.to_bytes() == body and header.hash() == header_hash(body) == sha256(body).digest()
        assert (header.height, header.previous, header.first, header.last) == (height, previous, first, header.entry - 1)
        previous, first = header.hash(), header.entry + 1


def test_a_body_that_is_no_header_is_refused():
    for body in (b"", b"\x80", SOLD.a, TOWN.genesis, cbor2.dumps([1, 2, 49, 1, bytes(31), 1, 1, 0, b""])):
        with pytest.raises(Malformed):
            Header.from_bytes(body)


def test_a_state_root_is_salted_and_covers_every_field_of_every_lot():
    lots = [Lot(1, 1, 1, 1, 9, -50, -100), Lot(2, 3, 1, 1, 9, 50, 0)]
    inner = sha256(cbor2.dumps([1, 1, 1, 1, 9, -50, -100]) + cbor2.dumps([2, 3, 1, 1, 9, 50, 0])).digest()
    assert state_root(bytes(32), lots) == sha256(b"hagc/state/1\0" + bytes(32) + inner).digest()
    assert state_root(b"1" * 32, lots) != state_root(bytes(32), lots) != state_root(bytes(32), lots[:1])


# --- receipts -----------------------------------------------------------------------------------

def test_a_receipt_is_checked_without_network_and_is_the_same_each_time():
    raw = ISSUER.receipt(SOLD, bytes_of("id"), 7_000)
    assert raw == ISSUER.receipt(SOLD, bytes_of("id"), 7_000) and len(raw) <= 150
    body = receipt.check(raw, key("receipt").public, TOWN.chain_id, bytes_of("id"))
    assert (body.entry, body.leaf, body.amount_won, body.at_s) == (SOLD.number, SOLD.leaf, 7_000, SOLD.time_s)
    assert body.subject == bytes_of("id", 16)


def test_a_receipt_for_another_message_key_or_chain_is_refused():
    raw = ISSUER.receipt(SOLD, bytes_of("id"), 7_000)
    with pytest.raises(Malformed):
        receipt.check(raw, key("receipt").public, TOWN.chain_id, bytes_of("another"))
    with pytest.raises(Refusal, match="BAD_SIGNATURE"):
        receipt.check(raw, key("till").public, TOWN.chain_id, bytes_of("id"))
    with pytest.raises(Refusal):
        receipt.check(raw, key("receipt").public, bytes(32), bytes_of("id"))
    with pytest.raises(Refusal):
        receipt.check(cbor2.loads(SOLD.a)[3], key("mina").public, TOWN.chain_id, bytes_of("id"))
