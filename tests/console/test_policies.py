"""정책: two officers set a dated figure; it begins and ends by itself, and the page says what holds and what comes."""

import os

import pytest

from app.desk import offline
from app.money import orders, policy
from app.money.orders_offline import Policy
from tests.cast import DAY_S, HOUR_S, City
from tests.console.desk import ADMINISTRATOR, CHECKER, MAKER, Desk, said


@pytest.fixture
def city(tmp_path):
    city = City(tmp_path / "data")
    yield city
    city.close()


@pytest.fixture
def maker(city):
    return Desk(city, ADMINISTRATOR)


@pytest.fixture
def checker(city):
    return Desk(city, CHECKER)


def holds(city: City, subject: int) -> int:
    with city.office.store.snapshot() as state:
        return policy.figure(state, subject, city.now_s())


def test_a_figure_is_set_by_two_for_a_span_of_days_and_falls_back_by_itself(city, maker, checker):
    asked = maker.post("/console/policies/1", status=200, figure="10,000", until="2026-11-23", **{"from": "2026-11-22"})
    assert "10,000원" in said(asked.page) and "24:00" in said(asked.page)
    waiting = maker.signs(asked.page)
    assert waiting.to.startswith("/console/proposals/")
    assert holds(city, policy.OFFLINE_PAYER) == 30_000          # one signature moves nothing
    approved = checker.signs(checker.get(waiting.to))
    assert approved.status == 303 and holds(city, policy.OFFLINE_PAYER) == 10_000
    page = said(maker.get("/console/policies"))
    assert "10,000원" in page and "2026년 11월 24일 00:00부터 30,000원" in page
    city.wait(2 * DAY_S)
    assert holds(city, policy.OFFLINE_PAYER) == 30_000
    assert offline.figures(city.office)["payer_won"][-1][2] == 10_000


def test_offline_payment_is_switched_off_with_a_zero(city, maker, checker):
    waiting = maker.signs(maker.post("/console/policies/1", status=200, figure="0", **{"from": "2026-11-22"}).page)
    checker.signs(checker.get(waiting.to))
    assert holds(city, policy.OFFLINE_PAYER) == 0 and "꺼짐" in said(maker.get("/console/policies"))


def test_a_cards_limit_is_said_to_go_on_when_its_figure_ends(maker):
    """The trial city's figures are for a year."""
    of_cards, of_new_keys = (said(maker.get(f"/console/policies/{subject}")) for subject in (policy.DAY_CARD, policy.REBOUND))
    assert "한도 없음" not in of_cards and "마지막 금액이 이어집니다" in of_cards
    assert "한도 없음" in of_new_keys and "마지막 금액" not in of_new_keys


def test_the_bearer_is_one_of_the_programmes_or_none(city, maker, checker):
    assert "인터넷 없는 결제 보전" in said(maker.get("/console/policies"))
    waiting = maker.signs(maker.post("/console/policies/5", status=200, figure="0", **{"from": "2026-11-22"}).page)
    checker.signs(checker.get(waiting.to))
    assert holds(city, policy.OFFLINE_BEARER) == 0


@pytest.mark.parametrize(("subject", "fields"), [
    (1, {"figure": "-5", "from": "2026-11-22"}), (1, {"figure": "많이", "from": "2026-11-22"}),
    (1, {"figure": "1.5", "from": "2026-11-22"}), (1, {"from": "2026-11-22"}), (1, {"figure": "1", "from": "어제"}),
    (1, {"figure": "1", "from": "2026-11-22", "until": "2026-11-21"}), (4, {"figure": "169", "from": "2026-11-22"}),
    (5, {"figure": "99", "from": "2026-11-22"}),
])
def test_what_makes_no_sense_is_refused_and_stays_in_the_form(maker, subject, fields):
    again = maker.post(f"/console/policies/{subject}", data=fields)
    assert 400 <= again.status < 500 and "<form" in again.page


def test_only_an_administrator_sets_a_figure_and_everybody_sees_it(city):
    desk = Desk(city, MAKER, roles=orders.MAKER)
    assert "30,000원" in said(desk.get("/console/policies"))
    desk.get("/console/policies/1", status=403)
    assert desk.post("/console/policies/1", figure="1").status == 403
    desk.get("/console/policies?csv=1")


def test_a_limit_that_can_reach_nobody_is_not_offered_and_an_old_one_still_shows(city, maker, checker):
    """Coins are paid out to people alone, so what a wallet of nobody known may hold says nothing."""
    def page():
        return maker.get("/console/policies")

    assert "이름을 모르는 지갑" in said(page()) and "보유 한도: 이름을 모르는 지갑" not in said(page())
    maker.get("/console/policies/6", status=404)
    assert maker.post("/console/policies/6", figure="1000", **{"from": "2026-11-22"}).status == 404
    now_s = city.now_s()
    set_before = city.hand_in(Policy(0, policy.HOLD_UNKNOWN, 7_000, now_s, now_s + 600, os.urandom(8), now_s + HOUR_S))
    assert "보유 한도: 이름을 모르는 지갑" in said(page()) and "7,000원" in said(page()) and f"#{set_before}" in said(page())
    assert "/console/policies/6" not in page()
    city.wait(600)
    assert "보유 한도: 이름을 모르는 지갑" not in said(maker.get("/console/policies"))
