"""오늘: what waits for an officer, and what went wrong while nobody looked."""

import os
import re
from contextlib import suppress

from app.desk import act, certify, grant, monthly
from app.errors import Refusal
from app.message import cose, kinds
from app.message.keys import Signer
from app.money import policy
from app.money.orders import HARD, KeyAdd
from app.money.orders_office import Recall, Standing
from app.money.orders_offline import Policy
from app.people import drafts, lists, proposals
from app.people.proposals import NewProposal
from app.web.console import acts
from tests.cast import ADMINISTRATOR, DAY_S, HELP, HOUR_S, text
from tests.console.desk import AUDITOR, CHECKER, MAKER, Desk, said, signed_sheet


def scheduled(city, maker, checker, after_s: int) -> str:
    """The path of a list that two officers signed and that is paid later."""
    path = maker.post("/console/lists/new", status=303, programme=HELP, rows=f"{city.wallet().reference} 5000").to
    drafts.start_at(city.office.people, bytes.fromhex(path.rsplit("/", 1)[1]), MAKER, city.now_s() + after_s)
    maker.signs(maker.get(path))
    checker.signs(checker.get(path))
    return path


def comes(city, after_s: int) -> None:
    """The moment of what waits, and the background work finds it."""
    city.wait(after_s)
    for list_id in grant.unfinished(city.office):
        with suppress(Refusal):
            list(grant.pay_rows(city.office, list_id))


def test_a_day_that_no_calendar_has_and_a_lot_that_nobody_has_stop_no_page(city):
    """Whatever an officer's own program signed: it is refused in words, and what was kept before is still shown."""
    kim, maker, checker = city.wallet(help_won=5_000), Desk(city, MAKER), Desk(city, CHECKER)
    key = KeyAdd(MAKER, kim.account, Signer(bytes(32)).public, HARD, os.urandom(8), 2**53 - 1)
    lot = Recall(MAKER, kim.account, 10**9, 5, os.urandom(8), city.now_s() + HOUR_S)
    for body, said_why in ((key, "지금보다 너무 앞서 있습니다"), (lot, "되돌릴 금액이 없습니다")):
        raw = cose.sign(body, maker.key, city.chain_id)
        sent = maker.post("/console/acts", status=422, payload=acts.payload_of(body), message=text(raw))
        assert said_why in said(sent.page)
        kept = proposals.add(city.office.people, NewProposal(city.id_of(raw), kinds.of(body).number, raw, MAKER, "", body.expires_at_s))
        for desk in (maker, checker):
            for path in ("", "/records", f"/proposals/{kept.message_id.hex()}"):
                desk.get(f"/console{path}")
        assert "아주 먼 뒷날" in checker.get(f"/console/proposals/{kept.message_id.hex()}") or body is lot


def again(desk: Desk) -> Desk:
    """Signed in anew: a session is over by tomorrow."""
    return Desk(desk.city, desk.number)


def line(desk: Desk, path: str) -> str:
    """What 오늘 says of a list; empty when it does not stand there."""
    found = re.search(rf'<li><a href="{path}">.*?</li>', desk.get("/console"), re.DOTALL)
    return said(found[0]) if found else ""


def suspended(city, number: int) -> None:
    admin = city.numbers[ADMINISTRATOR]
    raw = city.signed(ADMINISTRATOR, Standing(admin, number, 1, b"", os.urandom(8), city.now_s() + HOUR_S))
    if act.hand_in(city.office, admin, raw).entry is None:
        act.approve(city.office, city.numbers[1], city.approval(raw))


def test_a_list_that_waits_for_its_day_is_seen_and_one_that_then_fails_is_told_its_two_officers(city):
    maker, checker, other = (Desk(city, number) for number in (MAKER, CHECKER, AUDITOR))
    path = scheduled(city, maker, checker, HOUR_S)
    for desk in (maker, checker, other):
        assert "지급을 기다리는 명단" in line(desk, path) and "5,000원" in line(desk, path)
    now_s = city.now_s()
    city.hand_in(Policy(0, policy.DAY_OFFICER, 4_000, now_s, now_s + 2 * DAY_S, os.urandom(8), now_s + HOUR_S))
    comes(city, HOUR_S)
    for desk in (again(maker), again(checker)):
        assert "지급하지 못하고 끝난 명단" in line(desk, path) and "하루에 지급할 수 있는 금액을 넘습니다" in line(desk, path)
    assert line(again(other), path) == ""
    city.wait(15 * DAY_S)
    assert line(again(maker), path) == ""


def test_a_list_whose_maker_was_suspended_before_its_day_ends_and_says_whose_fault_it_was(city):
    maker, checker = Desk(city, MAKER), Desk(city, CHECKER)
    path = scheduled(city, maker, checker, HOUR_S)
    suspended(city, MAKER)
    comes(city, HOUR_S)
    assert lists.get(city.office.people, bytes.fromhex(path.rsplit("/", 1)[1])).state == lists.REFUSED
    assert "올린 담당자가 지금은 서명할 수 없습니다" in line(again(checker), path)
    assert "올린 담당자가 지금은 서명할 수 없습니다" in said(again(checker).get(path))
    assert grant.unfinished(city.office) == []


def test_a_list_that_its_maker_may_sign_no_more_is_refused_by_another_who_reads_why(city):
    maker, checker = Desk(city, MAKER), Desk(city, CHECKER)
    path = maker.post("/console/lists/new", status=303, programme=HELP, rows=f"{city.wallet().reference} 5000").to
    maker.signs(maker.get(path))
    assert "data-sign" in checker.get(path)
    certify.admit(city.office, signed_sheet(city, MAKER, Signer(bytes([99]) * 32).public))      # another key
    page = checker.get(path)
    assert "올린 담당자가 지금은 서명할 수 없습니다" in said(page) and "data-sign" not in page
    assert checker.post(f"{path}/refuse", why="새로 올려 주세요").to == path
    assert line(checker, path) == ""


def test_a_monthly_list_that_lies_on_the_desk_says_when_it_keeps_the_next_one_from_being_made(city):
    maker, checker = Desk(city, MAKER), Desk(city, CHECKER)
    path = scheduled(city, maker, checker, HOUR_S)
    comes(city, HOUR_S)
    one = monthly.begin(city.office, MAKER, bytes.fromhex(path.rsplit("/", 1)[1]), 5)
    city.wait(one.next_at_s - city.now_s())
    monthly.prepare_due(city.office)
    draft = f"/console/lists/{lists.newest(city.office.people, lists.DRAFT, 1)[0].list_id.hex()}"
    assert "이번 달 명단이 준비되었습니다" in line(again(maker), draft)
    city.wait(32 * DAY_S)
    assert not monthly.prepare_due(city.office) and len(lists.newest(city.office.people, lists.DRAFT)) == 1
    assert "지난 명단이 남아 있어 다음 달 명단을 만들지 못했습니다" in line(again(maker), draft)
