"""The city puts a new receipt key in the place of the old one, and a till that was paired before goes on."""

import json
import os
from dataclasses import replace

import pytest

from app.desk import act, certify, example
from app.desk.certify import Certificate, Sheet
from app.message import cose, qr
from app.message.keys import Signer, new_seed
from app.money import orders
from app.money.state import Register
from pos.server import to_text
from pos.trust import NotProven, Trust
from tests.cast import DAY_S, HOST, raw as bytes_of
from tests.pos.conftest import run


@pytest.fixture
def new_key() -> Signer:
    return Signer(new_seed())


def sheet(town, key: Signer, number: int = orders.RECEIPT_KEY, **changes) -> Sheet:
    """Signed by the example's roots, a day later than what was signed before."""
    now_s = town.now_s()
    body = orders.OperationalKey(0, number, orders.RECEIPT_KEY, key.public, now_s - 60, now_s + 400 * DAY_S,
                                 os.urandom(8), now_s + 31 * DAY_S)
    wanted = Sheet(town.office.store.genesis(), (Certificate(replace(body, **changes)),))
    return example.signed_by_roots(example.trial_of(town.folder), wanted, now_s)


def told(*sheets: Sheet) -> dict:
    """As GET /api/city tells it."""
    lines = [{"message": to_text(one.message), "approvals": [to_text(raw) for raw in one.approvals]}
             for each in sheets for one in each.certificates]
    return {"genesis": sheets[0].genesis.hex(), "operational": lines}


def by_new_key(town, receipt: bytes, key: Signer, number: int = orders.RECEIPT_KEY) -> bytes:
    """The same receipt as the operator signs it after the change."""
    return cose.sign(replace(cose.parse(receipt).body, operational=number), key, town.chain_id)


def lies(wire, start: str, change) -> None:
    wire.broken[start] = lambda body: json.dumps(change(json.loads(body))).encode()


def scan(folder, phone):
    return run(folder, "scan", "5000", typed=qr.to_text(phone.code(50_000), HOST) + "\n")


# --- over the line -------------------------------------------------------------------------

def test_a_key_that_is_certified_while_a_sale_is_under_way_is_learned_from_the_log(folder, town, wire, phone, new_key):
    number = act.next_number(town.office, Register.OPERATIONAL)

    def rotate(said):
        certify.admit(town.office, sheet(town, new_key, number))
        return said | {"receipt": to_text(by_new_key(town, bytes_of(said["receipt"]), new_key, number))}

    lies(wire, "POST /api/sales", rotate)
    result = scan(folder, phone)
    assert result.exit_code == 0, result.output
    assert "오천 원 결제가 완료되었습니다" in result.output
    wire.broken[""] = "down"
    assert "오늘 합계 5,000원" in run(folder, "sales").output      # what proves it is kept


def test_a_key_that_was_replaced_is_learned_at_the_next_start_and_old_sales_stay_paid(folder, town, wire, phone, new_key):
    assert scan(folder, phone).exit_code == 0
    lies(wire, "GET /api/city", lambda said: said | told(sheet(town, new_key)))
    lies(wire, "POST /api/sales", lambda said: said | {
        "receipt": to_text(by_new_key(town, bytes_of(said["receipt"]), new_key))})
    run(folder, "sales")
    lies(wire, "GET /api/city", lambda said: said | {"operational": []})
    assert scan(folder, phone).exit_code == 0
    assert "오늘 합계 10,000원" in run(folder, "sales").output


@pytest.mark.parametrize("forge", [
    lambda sheet: replace(sheet, certificates=tuple(replace(one, approvals=()) for one in sheet.certificates)),
    lambda sheet: replace(sheet, genesis=bytes(80)),
], ids=["one root alone", "another genesis"])
def test_a_forged_key_is_not_learned_and_its_receipt_pays_nothing(folder, town, wire, phone, new_key, forge):
    lies(wire, "GET /api/city", lambda said: said | told(forge(sheet(town, new_key))) | {
        "receipt_keys": [{"number": orders.RECEIPT_KEY, "key": new_key.public.hex()}]})
    lies(wire, "POST /api/sales", lambda said: said | {
        "receipt": to_text(by_new_key(town, bytes_of(said["receipt"]), new_key))})
    wire.broken["GET /api/outcomes"] = "down"
    result = scan(folder, phone)
    assert result.exit_code == 3 and "믿을 수 없습니다" in result.output and "\a" not in result.output


# --- what a till holds true ----------------------------------------------------------------

@pytest.fixture
def receipt(town, phone, till) -> tuple[bytes, bytes]:
    """(a receipt under the first key, the id that it is for)."""
    sale = till.request(700)
    return phone.pay(sale.raw), sale.id


def test_the_old_key_pays_nothing_new_once_another_stands_in_its_place(town, till, receipt, new_key):
    raw, subject = receipt
    assert till.trust.check(raw, subject, till.now_s())
    assert till.trust.learn(told(sheet(town, new_key)), till.now_s())
    with pytest.raises(NotProven):
        till.trust.check(raw, subject, till.now_s())
    assert till.trust.check(by_new_key(town, raw, new_key), subject, till.now_s())
    assert till.trust.check(raw, subject, None)       # a line of the journal, read again


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_an_old_certificate_that_is_shown_again_brings_no_old_key_back(town, till, line, receipt, new_key, order):
    """Whoever stole the old key sits between till and server."""
    stolen = line.get("/api/city")
    both = [stolen, told(sheet(town, new_key))]
    fresh = Trust(till.paired.chain_id, till.journal)
    for place in order:
        fresh.learn(both[place], till.now_s())
    with pytest.raises(NotProven):
        fresh.check(receipt[0], receipt[1], till.now_s())


@pytest.mark.parametrize("changes", [{"valid_until_s": 1}, {"role": orders.NOTICE_KEY}], ids=["ended", "for notices"])
def test_a_key_that_is_not_for_receipts_now_signs_none(town, till, receipt, new_key, changes):
    ended = {"valid_from_s": 0, **changes}
    till.trust.learn(told(sheet(town, new_key, **ended)), till.now_s())
    with pytest.raises(NotProven):
        till.trust.check(by_new_key(town, receipt[0], new_key), receipt[1], till.now_s())


def test_a_proof_that_somebody_wrote_into_the_journal_proves_nothing(till, receipt, town, new_key):
    till.journal.keep_proof(b"\x83\x40\x40\x80", till.now_s())
    again = Trust(till.paired.chain_id, till.journal)
    assert again.knows_a_key and again.check(receipt[0], receipt[1], till.now_s())
    with pytest.raises(NotProven):
        again.check(by_new_key(town, receipt[0], new_key), receipt[1], None)
