""""왜 거절됐나요?": what is kept of a refused payment, of whom, how long; and what an officer reads of it."""

import re

import pytest

from app.desk import cards, pay, why
from app.errors import Refusal
from app.money import orders
from app.people import access, refusals
from app.work import Errands
from tests.cast import BOOKS, DAY_S, RESTAURANT, City, until
from tests.console.desk import MAKER, Desk, said
from tests.holder import Holder, cap


@pytest.fixture
def city(tmp_path):
    city = City(tmp_path / "data")
    yield city
    city.close()


def tries(city: City, wallet, till, won: int) -> str:
    """Pays, and gives the word of the refusal."""
    code = wallet.code(won)
    with pytest.raises(Refusal) as refused:
        pay.settle(city.office, code, till.charge(code, won))
    return refused.value.word


def kept(city: City, wallet) -> list:
    why.write_down(city.office)
    return refusals.of(city.office.people, wallet.account)


def test_the_rule_and_the_figures_of_that_moment_are_kept(city):
    kim, till, books = city.wallet(help_won=3_000), city.till(RESTAURANT), city.till(BOOKS)
    assert tries(city, kim, till, 5_000) == "NOT_ENOUGH"
    city.wait(60)
    assert tries(city, kim, books, 2_000) == "WRONG_CATEGORY"
    newer, older = kept(city, kim)
    assert (older.word, older.shop, older.amount_won) == ("NOT_ENOUGH", RESTAURANT, 5_000)
    assert older.facts == {"spendable_here_won": 3_000, "balance_won": 3_000, "missing_won": 2_000}
    assert (newer.word, newer.at_s - older.at_s) == ("WRONG_CATEGORY", 60)


def test_the_same_code_sent_again_is_kept_once_and_a_payment_leaves_nothing(city):
    kim, till = city.wallet(help_won=3_000), city.till(RESTAURANT)
    code = kim.code(5_000)
    charge = till.charge(code, 5_000)
    for _ in range(3):
        with pytest.raises(Refusal):
            pay.settle(city.office, code, charge)
        why.write_down(city.office)
    code = kim.code(1_000)
    pay.settle(city.office, code, till.charge(code, 1_000))
    assert [each.word for each in kept(city, kim)] == ["NOT_ENOUGH"]


def test_what_a_card_said_no_to_is_kept_too(city):
    cap(city, 2_000)
    lee, till, waits = Holder(city, 5_000), city.till(RESTAURANT), []
    request = till.request(1_500)
    for pin in (lee.wrong, lee.wrong, lee.wrong, lee.pin):      # the third makes the fourth wait
        with pytest.raises(Refusal) as refused:
            cards.pay(city.office, till.number, (lee.card.number, pin), request)
        waits.append(refused.value)
    city.wait(60)
    with pytest.raises(Refusal):
        lee.pays(till, 2_001)
    city.hand_in(orders.KeyRevoke(city.numbers[0], lee.card.key, bytes(8), city.now_s() + 600))
    with pytest.raises(Refusal):
        lee.pays(till, 1_000)
    blocked, over, wait, wrong = kept(city, lee)
    assert [(each.word, each.shop, each.amount_won) for each in (wrong, wait, over, blocked)] == [
        ("CARD_PIN_WRONG", RESTAURANT, 1_500), ("CARD_WAIT", RESTAURANT, 1_500), ("OVER_DAY_LIMIT", RESTAURANT, 2_001), ("CARD_BLOCKED", RESTAURANT, 1_000)]
    assert wait.facts == {"wait_s": 30} == waits[-1].facts
    maker = Desk(city, MAKER)
    text = said(maker.post(f"/console/people/{lee.person.hex()}/refusals", why="창구에서 물어보심", status=200).page)
    for words in ("카드 비밀번호가 다릅니다", "30초 뒤에 다시 넣을 수 있습니다", "정지된 카드입니다"):
        assert words in text, words


def test_strangers_and_forgers_write_nothing(city):
    stranger, kim, till = city.wallet(linked=False), city.wallet(help_won=3_000), city.till(RESTAURANT)
    assert tries(city, stranger, till, 5_000) == "NOT_ENOUGH"
    code = kim.code(5_000)
    for payer, payee in ((code[:-1] + b"\0", till.charge(code, 5_000)), (code, till.charge(code, 5_000)[:-1] + b"\0")):
        with pytest.raises(Refusal):
            pay.settle(city.office, payer, payee)
    why.write_down(city.office)
    assert city.office.people.tables()["refused_payment"].count == 0


def test_of_one_wallet_the_newest_twenty_are_kept_and_none_longer_than_a_week(city):
    kim, lee, till = city.wallet(help_won=100), city.wallet(help_won=100), city.till(RESTAURANT)
    tries(city, lee, till, 5_000)
    for won in range(1_000, 1_000 + refusals.KEPT_EACH + 5):
        tries(city, kim, till, won)
    assert [each.amount_won for each in kept(city, kim)] == list(range(1_000 + refusals.KEPT_EACH + 4, 1_004, -1))
    assert len(kept(city, lee)) == 1
    city.wait(7 * DAY_S)
    assert kept(city, kim) == []
    why.forget_old(city.office)
    assert city.office.people.tables()["refused_payment"].count == 0


def test_each_process_writes_it_down_by_itself(city):
    kim, till, errands = city.wallet(help_won=3_000), city.till(RESTAURANT), Errands(city.office)
    errands.start()
    tries(city, kim, till, 5_000)
    try:
        assert until(lambda: refusals.of(city.office.people, kim.account))
    finally:
        errands.stop()


def test_an_officer_reads_it_in_whole_sentences_and_only_for_a_reason(city):
    maker, kim, till = Desk(city, MAKER), city.wallet(help_won=3_000), city.till(RESTAURANT)
    tries(city, kim, till, 5_000)
    why.write_down(city.office)
    path = f"/console/people/{kim.person.hex()}"
    assert "5,000원" not in said(maker.get(path))
    assert maker.post(f"{path}/refusals", why="").status == 400
    text = said(maker.post(f"{path}/refusals", why="창구에서 물어보심", status=200).page)
    for words in ("육거리 순대국 · 5,000원", "돈이 모자랍니다", "2,000원이 모자랍니다", "그때 가지고 있던 돈 3,000원", "안내 번호 243"):
        assert words in text, words
    [line] = access.of_person(city.office.people, kim.person)
    assert (line.what, line.why, line.officer) == ("refusals", "창구에서 물어보심", MAKER)
    assert not re.search("3,000원", said(maker.get(path)))
