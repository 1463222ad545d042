import dataclasses

import pytest

from app.errors import Refusal
from app.people import proposals
from app.people.proposals import NewProposal

MAKER, CHECKER = 1, 2
NEW = NewProposal(b"1" * 32, 23, b"signed", MAKER, "겨울 돌봄\n지원", 1_790_500_000)


def test_a_message_waits_for_the_second_officer(people, clock):
    kept = proposals.add(people, NEW)
    assert (kept.number, kept.about, kept.state, kept.created_at_s) == (1, "겨울 돌봄 지원", "waiting", clock.now_s)
    assert proposals.add(people, NEW) == kept
    other = proposals.add(people, dataclasses.replace(NEW, message_id=b"2" * 32))
    assert proposals.waiting(people) == [kept, other]
    proposals.done(people, kept.message_id, CHECKER)
    proposals.refuse(people, other.message_id, CHECKER, "예산 초과")
    assert proposals.waiting(people) == []
    closed = [(one.state, one.checker, one.why) for one in proposals.newest(people)]
    assert closed == [("refused", CHECKER, "예산 초과"), ("done", CHECKER, "")]


def test_maker_and_checker_are_two(people):
    proposals.add(people, NEW)
    for call in (
        lambda: proposals.refuse(people, NEW.message_id, MAKER, "예산 초과"),
    ):
        with pytest.raises(Refusal, match="SAME_OFFICER"):
            call()
    with pytest.raises(Refusal, match="NOT_YOURS"):
        proposals.withdraw(people, NEW.message_id, CHECKER)
    with pytest.raises(Refusal, match="REASON_MISSING"):
        proposals.refuse(people, NEW.message_id, CHECKER, "")


def test_what_is_closed_stays_closed(people):
    proposals.add(people, NEW)
    proposals.withdraw(people, NEW.message_id, MAKER)
    for call in (
        lambda: proposals.refuse(people, NEW.message_id, CHECKER, "예산 초과"),
        lambda: proposals.withdraw(people, NEW.message_id, MAKER),
    ):
        with pytest.raises(Refusal, match="ALREADY_DONE"):
            call()
    with pytest.raises(Refusal, match="NOT_FOUND"):
        proposals.done(people, b"9" * 32, CHECKER)


def test_what_is_on_the_chain_is_done_though_it_was_withdrawn_meanwhile(people):
    proposals.add(people, NEW)
    proposals.withdraw(people, NEW.message_id, MAKER)
    proposals.done(people, NEW.message_id, CHECKER)
    found = proposals.get(people, NEW.message_id)
    assert (found.state, found.checker) == (proposals.DONE, CHECKER)


def test_what_the_chain_refuses_for_good_is_over_and_keeps_its_word(people):
    proposals.add(people, NEW)
    proposals.fail(people, NEW.message_id, "BUDGET_UNDER_ISSUED")
    found = proposals.get(people, NEW.message_id)
    assert (found.state, found.why, found.checker) == (proposals.REFUSED, "BUDGET_UNDER_ISSUED", None)
    withdrawn = proposals.add(people, dataclasses.replace(NEW, message_id=b"2" * 32))
    proposals.withdraw(people, withdrawn.message_id, MAKER)
    proposals.fail(people, withdrawn.message_id, "BUDGET_UNDER_ISSUED")
    assert proposals.get(people, withdrawn.message_id).state == proposals.WITHDRAWN


def test_what_has_expired_waits_no_longer(people, clock):
    proposals.add(people, NEW)
    clock.now_s = NEW.expires_at_s
    assert proposals.waiting(people) == []


def test_no_resident_number_stands_in_its_line(people):
    with pytest.raises(Refusal, match="^RESIDENT_NUMBER"):
        proposals.add(people, dataclasses.replace(NEW, about="500314-1234567"))
