import dataclasses

import pytest

from app.errors import Refusal
from app.people import notices
from app.people.notices import NewNotice

NEW = NewNotice(bytes(32), b"signed", 12, "2026-09-0001", 12_500, 1_797_000_000)


def test_a_notice_is_kept_printed_again_and_paid(people, clock):
    kept = notices.add(people, NEW)
    assert (kept.number, kept.message, kept.state, kept.created_at_s) == (1, b"signed", "open", clock.now_s)
    assert notices.add(people, NEW) == kept == notices.get(people, 1)
    assert notices.of_shop(people, 12) == notices.of_shop(people, 12, "open") == [kept]
    assert notices.paid(people, NEW.message_id, 900)
    assert notices.of_shop(people, 12, "paid")[0].entry == 900
    assert notices.of_shop(people, 12, "open") == notices.of_shop(people, 13) == []
    assert not notices.paid(people, b"x" * 32, 901)


def test_a_reference_is_given_once_a_shop_until_withdrawn(people):
    first = notices.add(people, NEW)
    second = dataclasses.replace(NEW, message_id=b"2" * 32)
    with pytest.raises(Refusal, match="NUMBER_TAKEN"):
        notices.add(people, second)
    assert notices.add(people, dataclasses.replace(second, message_id=b"3" * 32, shop=13)).number == 2
    notices.withdraw(people, first.number)
    assert notices.add(people, second).state == "open"


def test_a_paid_notice_is_not_withdrawn_and_a_withdrawn_one_may_be_paid(people):
    number = notices.add(people, NEW).number
    notices.withdraw(people, number)
    notices.withdraw(people, number)
    notices.paid(people, NEW.message_id, 900)
    with pytest.raises(Refusal, match="REQUEST_PAID"):
        notices.withdraw(people, number)
    for call in (notices.withdraw, notices.get):
        with pytest.raises(Refusal, match="NOT_FOUND"):
            call(people, 99)
