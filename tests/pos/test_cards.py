"""A customer without a phone at a till PC: the card before the scanner, the PIN typed unseen."""

import pytest

from app.message import card
from pos.journal import Journal
from tests.cast import HOST
from tests.holder import Holder, cap
from tests.pos.conftest import entry_in, run


@pytest.fixture(scope="module")
def lee(town):
    cap(town, 200_000)
    return Holder(town, 50_000)


def test_a_card_is_read_and_its_pin_asked_until_it_is_right(folder, town, lee):
    before_won = town.balance_won(lee)
    text = card.to_text(lee.card.number, HOST)
    result = run(folder, "scan", "8500", typed=f"{text}\n{lee.wrong}\n{lee.pin}\n")
    assert result.exit_code == 0, result.output
    assert "카드 비밀번호가 다릅니다" in result.output or "CARD_PIN_WRONG" in result.output
    assert entry_in(result.output) and town.balance_won(lee) == before_won - 8_500
    assert lee.pin not in result.output and lee.card.number not in result.output
    journal = Journal(folder / "journal.db")
    assert lee.pin.encode() not in (folder / "journal.db").read_bytes() and journal.lines(0)
    journal.close()


def test_a_lost_answer_pays_once_and_more_than_there_is_not_at_all(folder, town, wire, lee):
    before_won = town.balance_won(lee)
    text = card.to_text(lee.card.number, HOST)
    wire.broken["POST /api/cards/pay"] = "lose"
    result = run(folder, "scan", "3000", typed=f"{text}\n{lee.pin}\n")
    assert result.exit_code == 0 and town.balance_won(lee) == before_won - 3_000, result.output
    wire.broken.clear()
    result = run(folder, "scan", "90000", typed=f"{text}\n{lee.pin}\n")
    assert result.exit_code == 1 and "NOT_ENOUGH" in result.output and "47,000" not in result.output
