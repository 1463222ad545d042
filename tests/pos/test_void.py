"""A PC's till names its cashier in what it signs, and takes a payment back within minutes."""

import os
from dataclasses import replace

import pytest

from app.message import cose, qr
from app.money import orders
from app.people import staff
from pos import sync
from pos.trust import NotProven
from tests.cast import HOST, RESTAURANT
from tests.pos.conftest import PIN, entry_in, run


def typed(raw: bytes) -> str:
    return qr.to_text(raw, HOST) + "\n"


def bodies(till) -> list[object]:
    return [cose.parse(line.raw).body for line in till.journal.lines()]


@pytest.fixture
def paid(folder, phone) -> int:
    return entry_in(run(folder, "scan", "5000", typed=typed(phone.code(50_000))).output)


@pytest.fixture
def cashier(town) -> int:
    """In the shop's list, and may take a payment back."""
    people = town.office.people
    return staff.change(people, RESTAURANT, staff.version(people, RESTAURANT), 0, {
        "name": "김하나", "salt": os.urandom(16), "digest": bytes(32), "may_void": True})


def test_what_is_signed_names_the_cashier(folder, phone, till):
    entry = entry_in(run(folder, "scan", "5000", "--cashier", "7", typed=typed(phone.code(50_000))).output)
    assert run(folder, "refund", str(entry), "100", "--cashier", "8", typed=f"{PIN}\n").exit_code == 0
    assert [(type(one), one.cashier) for one in bodies(till)[-2:]] == [(orders.Charge, 7), (orders.Refund, 8)]


def test_a_void_gives_all_back_without_a_pin_and_the_day_adds_up(folder, phone, paid):
    result = run(folder, "void", str(paid))
    assert result.exit_code == 0, result.output
    assert "오천 원 환불이 완료되었습니다" in result.output and phone.balance_won() == 20_000
    listed = run(folder, "sales").output
    assert "취소" in listed and "오늘 합계 0원" in listed
    again = run(folder, "void", str(paid))
    assert again.exit_code == 1 and "MORE_THAN_PAID" in again.output


def test_a_cashier_voids_only_when_the_owner_gave_it(folder, phone, paid, cashier):
    refused = run(folder, "void", str(paid), "--cashier", "60000")
    assert refused.exit_code == 1 and "NO_RIGHT" in refused.output and phone.balance_won() == 15_000
    assert run(folder, "void", str(paid), "--cashier", str(cashier)).exit_code == 0 and phone.balance_won() == 20_000


def test_a_receipt_over_less_than_was_paid_settles_no_void(till, line, paid):
    sale = till.void(paid)
    said = line.post("/api/refunds", {"message": sync.line.to_text(sale.raw)})
    real = till.trust.check(sync.line.to_bytes(said["receipt"]), sale.id, None)
    till.trust.check = lambda raw, subject, now_s: replace(real, amount_won=4_999)
    with pytest.raises(NotProven):
        till.settle(sale, b"")


@pytest.mark.parametrize("number", ["-1", "65536", "x"])
def test_a_number_that_no_cashier_has_is_refused_at_the_keyboard(folder, number):
    assert run(folder, "charge", "100", "--cashier", number).exit_code == 2
