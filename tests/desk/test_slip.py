"""What a slip at a till says, by a card's PIN or by what a phone shows for it, and by nothing else."""

import pytest

from app.desk import cards, slip
from app.errors import Refusal
from app.money import orders
from tests.cast import BOOKS, DAY_S, HOUR_S, City, raw, text
from tests.holder import Holder, cap


@pytest.fixture
def city(tmp_path):
    city = City(tmp_path / "data")
    yield city
    city.close()


def word(call, *arguments) -> str:
    with pytest.raises(Refusal) as refused:
        call(*arguments)
    return refused.value.word


def test_a_phone_that_shows_a_look_has_its_sum_and_days_printed(city):
    kim, till = city.wallet(help_won=9_000, give_won=500), city.till(BOOKS)
    city.top_up(city.open_programme(1, lives_s=2 * DAY_S), {kim: 700})
    found = slip.of_phone(city.office, till.number, kim.look())
    assert (found["balance_won"], found["spendable_here_won"]) == (10_200, 1_200), "help is not for books"
    assert found["ends"][0] == {"day": "2026-11-24", "left_days": 2, "amount_won": 700}
    assert found["limit"] is None
    assert set(found) == {"balance_won", "spendable_here_won", "limit", "ends"}, "not whose it is, nor which coin, nor what was bought"


def test_a_slip_says_what_a_limit_lets_through_today_and_never_more(city):
    cap(city, 50_000)
    lee, till = Holder(city, 300_000), city.till()
    kim = city.wallet(linked=False)
    city.hand_in(orders.KeyAdd(city.numbers[0], lee.account, kim.key.public, orders.HARD, bytes(8), city.now_s() + HOUR_S, day_won=20_000))
    found = cards.balance(city.office, till.number, lee.card.number, lee.pin)
    assert (found["balance_won"], found["spendable_here_won"]) == (300_000, 50_000)
    assert found["limit"] == {"limit_won": 50_000, "left_won": 50_000, "again_at_s": None, "new_phone": False}
    assert word(lee.pays, till, found["spendable_here_won"] + 1) == "OVER_DAY_LIMIT"
    paid_s = city.now_s()
    lee.pays(till, 40_000)
    city.wait(HOUR_S)
    found = cards.balance(city.office, till.number, lee.card.number, lee.pin)
    assert found["spendable_here_won"] == found["limit"]["left_won"] == 10_000 and found["limit"]["again_at_s"] == paid_s + DAY_S
    caregivers = slip.of_phone(city.office, till.number, kim.look())
    assert caregivers["spendable_here_won"] == caregivers["limit"]["left_won"] == 20_000, "each device its own"


def test_nothing_that_a_phone_shows_to_pay_or_to_read_opens_its_purse(city):
    kim, till = city.wallet(help_won=9_000), city.till()
    for shown in (kim.code(5_000), kim.payment(till.request(1_000)), kim.session(), kim.joining()):
        assert word(slip.of_phone, city.office, till.number, shown) == "WRONG_PURPOSE"
    line = city.line()
    assert line.post("/api/sales", {"payer": text(kim.look()), "payee": text(till.request(1_000))}).word in ("WRONG_PURPOSE", "BAD_FIELD")
    assert line._ask("GET", "/api/wallet", b"", None, "ko").status == 401
    assert line.to.get("/api/wallet", headers={"Authorization": f"HAGC {text(kim.look())}"}).status_code == 401, "a look is no session"


def test_a_look_holds_for_a_minute_and_of_a_phone_that_may_still_pay(city):
    kim, till = city.wallet(help_won=9_000), city.till()
    shown = kim.look()
    assert word(slip.of_phone, city.office, till.number, kim.look(120)) == "TOO_FAR_AHEAD"
    city.wait(56)
    assert word(slip.of_phone, city.office, till.number, shown) == "EXPIRED"
    city.hand_in(orders.KeyRevoke(city.numbers[0], kim.key.public, bytes(8), city.now_s() + HOUR_S))
    assert word(slip.of_phone, city.office, till.number, kim.look()) == "REVOKED_KEY"


def test_only_a_till_is_answered(city):
    kim, till, line = city.wallet(help_won=9_000), city.till(), city.line()
    asked = {"look": text(kim.look())}
    assert line.post("/api/slips", asked).status == 401
    assert line.post("/api/slips", asked, kim).status in (401, 403)
    answer = line.post("/api/slips", asked, till)
    assert answer.status == 200 and answer.json["balance_won"] == 9_000
    forged = raw(asked["look"])[:-1] + bytes([raw(asked["look"])[-1] ^ 1])
    assert line.post("/api/slips", {"look": text(forged)}, till).status >= 400
