"""A wallet that lost its right to pay without a network: said on the person's page, given back by two officers, on the chain."""

import pytest

from app.chain.verify import replay
from app.desk import offline
from app.store.audit import opened_log
from tests.cast import PHARMACY, City, sale
from tests.console.desk import CHECKER, MAKER, Desk, said
from tests.desk.test_offline import Phone, deposit

BUTTON, STRIP = "인터넷 없이 내기 다시 허용", "인터넷 없이 내기가 멈춘 지갑입니다"


@pytest.fixture
def city(tmp_path):
    city = City(tmp_path / "data")
    yield city
    city.close()


def barred(city: City):
    """One code, shown to tills of two shops."""
    wallet = city.wallet(help_won=20_000)
    code = Phone(city, wallet).code(30_000)
    for till in (city.till(), city.till(PHARMACY)):
        assert city.line().post("/api/sales", sale(code, deposit(city, till, code, 15_000))).status == 200
    assert offline.right_of(city.office, wallet.account)["barred"]
    return wallet


def test_two_officers_give_it_back_and_the_replay_knows(city):
    wallet, maker, checker = barred(city), Desk(city, MAKER), Desk(city, CHECKER)
    page = f"/console/people/{wallet.person.hex()}"
    assert STRIP in said(maker.get(page)) and BUTTON in said(maker.get(page))
    asked = maker.post(f"{page}/offline", status=200)
    assert BUTTON in said(asked.page) and wallet.account.hex()[:4] in said(asked.page)
    waiting = maker.signs(asked.page)
    assert waiting.to.startswith("/console/proposals/") and offline.right_of(city.office, wallet.account)["barred"]
    approved = checker.signs(checker.get(waiting.to))
    assert approved.status == 303 and not offline.right_of(city.office, wallet.account)["barred"]
    assert STRIP not in said(maker.get(page)) and BUTTON not in said(maker.get(page))
    assert Phone(city, wallet).answer.status == 200
    with opened_log(city.office.store) as log:
        assert replay(log).ok


def test_one_officer_alone_or_for_a_wallet_that_has_its_right_gives_nothing(city):
    wallet, free, maker = barred(city), city.wallet(help_won=1_000), Desk(city, MAKER)
    waiting = maker.signs(maker.post(f"/console/people/{wallet.person.hex()}/offline", status=200).page)
    assert "data-sign" not in maker.get(waiting.to) and offline.right_of(city.office, wallet.account)["barred"]
    page = maker.get(f"/console/people/{free.person.hex()}")
    assert STRIP not in said(page) and "/offline" not in page
