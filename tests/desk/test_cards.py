"""Paper cards: issued, paid with, replaced and blocked; a PIN that is guessed, and a holder whom no stranger locks out."""

import os
import sqlite3
import stat

import pytest

from app.desk import act, cards, example, pay
from app.errors import Refusal
from app.message import card, cose
from app.money import orders
from app.money.state import Register
from app.people import access, blanks, register
from app.people import cards as kept
from tests.cast import BOOKS, DAY_S, GROCERY, HELP, HOUR_S, MAKER, City
from tests.holder import CAP_WON, Holder, cap

@pytest.fixture(scope="module")
def city(tmp_path_factory):
    """One town for all who let no day pass: each test has its own holder and its own tills."""
    city = City(tmp_path_factory.mktemp("cards") / "data")
    cap(city)
    yield city
    city.close()


@pytest.fixture
def own(tmp_path):
    """A town of one's own, whose clock may go on by days."""
    city = City(tmp_path / "data")
    yield city
    city.close()


def word(call, *arguments, **more) -> tuple[str, dict]:
    with pytest.raises(Refusal) as refused:
        call(*arguments, **more)
    return refused.value.word, refused.value.facts


# --- issued and paid with ------------------------------------------------------------------

def test_who_has_no_phone_pays_with_card_and_pin(city):
    lee, till = Holder(city), city.till()
    done = lee.pays(till, 8_500)
    assert done.amount_won == 8_500 and city.balance_won(lee) == 11_500
    seen = cards.balance(city.office, till.number, lee.card.number, lee.pin)
    assert (seen["balance_won"], seen["spendable_here_won"], [end["amount_won"] for end in seen["ends"]]) == (11_500, 11_500, [11_500])
    record = city.office.store.get(Register.KEY, lee.card.key)
    assert record.grade == orders.CARD and not record.revoked


def test_the_same_request_again_is_the_same_payment_with_the_same_receipt(city):
    lee, till = Holder(city), city.till()
    request = till.request(3_000)
    first, second = (cards.pay(city.office, till.number, (lee.card.number, lee.pin), request) for _ in range(2))
    assert first == second and city.balance_won(lee) == 17_000


def test_money_comes_back_to_the_card_by_refund_and_by_void(city):
    lee, till = Holder(city), city.till()
    pay.give_back(city.office, till.refund(lee.pays(till, 8_000).entry, 3_000))
    assert city.balance_won(lee) == 15_000
    entry = lee.pays(till, 5_000).entry
    body = orders.Void(till.number, till.shop, entry, os.urandom(8), city.now_s() + 60, 0)
    pay.give_back(city.office, cose.sign(body, till.key, city.chain_id))
    assert city.balance_won(lee) == 15_000


def test_a_card_spends_no_more_in_a_day_than_the_city_says(own):
    cap(own)
    lee, till = Holder(own, 100_000), own.till()
    lee.pays(till, 20_000)
    assert word(lee.pays, till, 10_001) == ("OVER_DAY_LIMIT", {
        "limit_won": CAP_WON, "left_won": 10_000, "again_at_s": own.now_s() + DAY_S})
    lee.pays(till, 10_000)
    own.wait(DAY_S)
    assert lee.pays(till, 30_000).amount_won == 30_000


def test_what_a_cashier_typed_wrong_and_voids_leaves_the_day_as_it_was(own):
    cap(own)
    lee, till = Holder(own, 100_000), own.till()
    entry = lee.pays(till, 30_000).entry
    assert word(lee.pays, till, 3_000)[0] == "OVER_DAY_LIMIT"
    body = orders.Void(till.number, till.shop, entry, os.urandom(8), own.now_s() + 60, 0)
    pay.give_back(own.office, cose.sign(body, till.key, own.chain_id))
    assert lee.pays(till, 30_000).amount_won == 30_000


def test_no_card_is_made_while_nobody_ever_said_what_one_may_spend(tmp_path, monkeypatch):
    monkeypatch.setattr(example._Hands, "set_policy", lambda town, wanted: None)
    uncapped = City(tmp_path / "data")
    assert word(Holder, uncapped)[0] == "CARD_UNCAPPED"
    uncapped.close()


def test_what_a_card_may_spend_goes_on_when_its_figure_has_ended(own):
    own.wait(366 * DAY_S)       # the trial city's figure is for a year
    assert cards.day_won(own.office) == example.CARD_DAY_WON


def test_a_shop_whose_goods_the_money_is_not_for_is_refused_as_any(city):
    assert word(Holder(city).pays, city.till(BOOKS), 1_000)[0] == "WRONG_CATEGORY"


def test_another_tills_request_pays_nothing(city):
    lee, till, other = Holder(city), city.till(), city.till(GROCERY)
    assert word(cards.pay, city.office, other.number, (lee.card.number, lee.pin), till.request(1_000))[0] == "NOT_YOURS"
    assert city.balance_won(lee) == 20_000


# --- replaced, blocked, not ready ----------------------------------------------------------

def test_a_new_card_has_the_money_and_the_lost_one_is_dead(city):
    lee, till = Holder(city), city.till()
    lost, lost_pin, account = lee.card, lee.pin, lee.account
    lee.renew()
    assert lee.account == account and lee.card.number != lost.number
    assert word(cards.pay, city.office, till.number, (lost.number, lost_pin), till.request(1_000))[0] == "CARD_BLOCKED"
    assert lee.pays(till, 20_000).amount_won == 20_000
    assert cards.standing(city.office, lost) == cards.BLOCKED and cards.standing(city.office, lee.card) == cards.LIVE


def test_a_replacement_waits_for_the_second_officer_and_the_old_card_works_till_then(city):
    lee, till = Holder(city), city.till()
    wanted = cards.make(city.office, city.numbers[MAKER], lee.person, (os.urandom(8), city.now_s() + HOUR_S))
    assert isinstance(wanted, orders.KeyAdd) and wanted.replaces == lee.card.key
    act.hand_in(city.office, city.numbers[MAKER], city.signed(MAKER, wanted))
    assert lee.pays(till, 1_000).amount_won == 1_000
    new = cards.of_person(city.office, lee.person)
    assert word(cards.pay, city.office, till.number, (new.number, "000000"), till.request(1_000))[0] == "CARD_NOT_YET"
    again = cards.make(city.office, city.numbers[MAKER], lee.person, (os.urandom(8), city.now_s() + HOUR_S))
    assert again.key == wanted.key, "asked for twice, it is one card"


def test_a_card_beside_a_phone_spends_from_the_same_purse(city):
    kim, till = city.wallet(help_won=9_000), city.till()
    until = os.urandom(8), city.now_s() + HOUR_S
    city.hand_in(cards.make(city.office, city.numbers[MAKER], kim.person, until))
    card = cards.of_person(city.office, kim.person)
    pin = cards.new_pin(city.office, city.numbers[MAKER], card)
    cards.pay(city.office, till.number, (card.number, pin), till.request(4_000))
    code = kim.code(5_000)
    pay.settle(city.office, code, till.charge(code, 5_000))
    assert city.balance_won(kim) == 0


def test_who_lost_the_link_to_a_card_with_money_and_has_a_phone_now_gets_another_card(city):
    lee, phone = Holder(city), city.wallet(linked=False)
    old = lee.card
    for account, person in ((lee.account, b""), (phone.account, lee.person)):
        city.hand_in(orders.Link(city.numbers[MAKER], account, person, os.urandom(8), city.now_s() + HOUR_S))
    city.top_up(HELP, {lee: 3_000})
    lee.renew()
    assert lee.card.number != old.number and lee.account == phone.account
    assert lee.pays(city.till(), 1_000).amount_won == 1_000
    assert cards.standing(city.office, old) == cards.WAITING, "a link alone gives its money back"


def test_a_blocked_card_pays_nothing_and_its_money_stays(city):
    lee, till = Holder(city), city.till()
    city.hand_in(orders.KeyRevoke(city.numbers[MAKER], lee.card.key, os.urandom(8), city.now_s() + HOUR_S))
    assert word(lee.pays, till, 1_000)[0] == "CARD_BLOCKED" and city.balance_won(lee) == 20_000
    lee.renew()
    assert lee.pays(till, 1_000).amount_won == 1_000


def test_a_spoilt_slip_is_printed_again_with_a_reason_and_ends_the_pin_before(city):
    lee, till = Holder(city), city.till()
    before, again = lee.pin, (city.office, city.numbers[MAKER], lee.card)
    assert word(cards.new_pin, *again)[0] == "REASON_MISSING"
    assert word(lee.pays, till, 1_000, pin=lee.wrong)[0] == "CARD_PIN_WRONG", "who errs at the first try uses nothing yet"
    while lee.pin == before:
        lee.pin = cards.new_pin(*again, "종이 걸림")
    assert word(lee.pays, till, 1_000, pin=before)[0] == "CARD_PIN_WRONG"
    assert lee.pays(till, 1_000).amount_won == 1_000
    *_, slip_again, slip, made = access.of_person(city.office.people, lee.person)
    assert [(each.what, each.why) for each in (slip_again, slip)] == [("card pin again", "종이 걸림"), ("card pin", "PIN slip")] and made.what == "card"


def test_nobody_alone_takes_over_a_card_in_use(own):
    cap(own)
    lee, till = Holder(own), own.till()
    cards.balance(own.office, till.number, lee.card.number, lee.pin)       # its holder has the slip
    used, again = lee.card, (own.office, own.numbers[MAKER], lee.card, "분실")
    assert word(cards.new_pin, *again)[0] == "CARD_IN_USE"
    assert cards.new_pins(own.office, own.numbers[MAKER], [used], "분실") == []
    assert lee.pays(till, 1_000).amount_won == 1_000
    lee.renew()
    assert lee.pays(till, 19_000).amount_won == 19_000, "two officers give a new card with its own PIN"
    own.wait(2 * DAY_S)
    assert word(cards.new_pin, *again)[0] == "CARD_IN_USE", "it is not forgotten with the tries"


# --- printed ahead -------------------------------------------------------------------------

def test_no_two_cards_in_stock_end_alike(city, monkeypatch):
    seen: dict[str, str] = {}
    while (second := card.new_number())[-4:] not in seen:
        seen[second[-4:]] = second
    first = seen[second[-4:]]
    others = [card.new_number() for _ in range(6)]
    drawn = iter([first, second, *others])
    monkeypatch.setattr(blanks, "new_number", lambda: next(drawn))
    in_stock = [each.number for _ in range(2) for each in blanks.of_batch(city.office.people, cards.make_blanks(city.office, MAKER, 2))]
    assert first in in_stock and second not in in_stock
    monkeypatch.setattr(blanks, "MOST", 5)
    assert word(cards.make_blanks, city.office, MAKER, 2) == ("CARD_STOCK_FULL", {"most": 5})


def test_a_batchs_number_is_never_given_again(city):
    first = cards.make_blanks(city.office, MAKER, 1)
    blanks.throw_away(city.office.people, MAKER, first)
    assert cards.make_blanks(city.office, MAKER, 1) == first + 1
    assert word(blanks.of_batch, city.office.people, first)[0] == "NOT_FOUND"


# --- who guesses ---------------------------------------------------------------------------

def test_a_guesser_waits_longer_each_time_at_one_till(own):
    cap(own)
    lee, till = Holder(own), own.till()
    waits = []
    for _ in range(12):
        said, facts = word(lee.pays, till, 1_000, pin=lee.wrong)
        assert said == "CARD_PIN_WRONG"
        waits.append(facts.get("wait_s", 0))
        if waits[-1]:
            said, facts = word(lee.pays, till, 1_000)
            assert (said, facts) == ("CARD_WAIT", {"wait_s": waits[-1]}), "not even the right one is looked at"
            own.wait(waits[-1])
    assert waits == [0, 0, 30, 60, 120, 240, 480, 960, 1_920, 3_600, 3_600, 3_600]
    lee.pays(till, 1_000)
    assert word(lee.pays, till, 1_000, pin=lee.wrong) == ("CARD_PIN_WRONG", {}), "the right PIN begins anew"


def test_strangers_at_many_tills_lock_nobody_out(city):
    lee, tills = Holder(city), [city.till() for _ in range(9)]
    *bad, good = tills
    for till in bad:
        for _ in range(3):
            assert word(lee.pays, till, 1_000, pin=lee.wrong)[0] in ("CARD_PIN_WRONG", "CARD_WAIT")
    assert word(lee.pays, bad[0], 1_000)[0] == "CARD_WAIT"
    assert lee.pays(good, 1_000).amount_won == 1_000, "at once, wherever nobody guessed"
    said, facts = word(lee.pays, good, 1_000, pin=lee.wrong)
    assert (said, facts) == ("CARD_PIN_WRONG", {"wait_s": kept.OVERALL_WAIT_S}), "who errs then waits longer, and not for ever"
    city.wait(kept.OVERALL_WAIT_S)
    assert lee.pays(good, 1_000).amount_won == 1_000


def test_wrong_pins_are_forgotten_after_a_day(own):
    cap(own)
    lee, till = Holder(own), own.till()
    for _ in range(3):
        word(lee.pays, till, 1_000, pin=lee.wrong)
    own.wait(DAY_S)
    assert word(lee.pays, till, 1_000, pin=lee.wrong) == ("CARD_PIN_WRONG", {})


def test_what_is_no_card_is_unknown(city):
    till = city.till().number
    for number in ("", "9" * 16, "1234", "９" * 16, "9" * 40, "97531086421357\0", "abc"):
        assert word(cards.balance, city.office, till, number, "000000")[0] == "CARD_UNKNOWN"


def test_a_number_tells_one_wrong_digit_and_two_that_changed_places():
    drawn = {card.new_number() for _ in range(50)}
    assert len(drawn) == 50 and all(card.is_number(each) for each in drawn)
    number = drawn.pop()
    for place in range(16):
        assert not card.is_number(number[:place] + str((int(number[place]) + 1) % 10) + number[place + 1:])
    swapped = next(number[:at] + number[at + 1] + number[at] + number[at + 2:] for at in range(15)
                   if number[at] != number[at + 1] and {number[at], number[at + 1]} != {"0", "9"})
    assert not card.is_number(swapped)


def test_a_text_is_a_cards_or_it_is_not():
    number = card.new_number()
    fours = " ".join(number[at:at + 4] for at in range(0, 16, 4))
    host = "pay.example.kr:8443"
    for text in (card.to_text(number, host), f"https://PAY.example.kr:8443/c#{number}\n", number, fours, f"ㅗㅅㅅㅔㄴ#{number}"):
        assert card.in_text(text, [host]) == number
    for text in ("", "HTTPS://PAY.EXAMPLE.KR:8443/P#" + number, number[:-1], number + "0", "9" * 16, "12,500"):
        assert card.in_text(text, [host]) == ""
    assert word(card.in_text, card.to_text(number, "elsewhere.kr"), [host]) == ("OTHER_HOST", {"host": "ELSEWHERE.KR"})


# --- what lies where -----------------------------------------------------------------------

def test_a_copied_database_signs_nothing_and_tells_no_pin(own, tmp_path):
    cap(own)
    lee = Holder(own)
    master = own.folder.card_key
    assert stat.S_IMODE(master.stat().st_mode) == 0o600
    copy = sqlite3.connect(f"file:{own.folder.people}?mode=ro", uri=True)
    everything = "\n".join(copy.iterdump())
    assert lee.pin not in everything and "$argon2id$" in everything
    copy.close()
    master.rename(tmp_path / "elsewhere")
    assert word(lee.pays, own.till(), 1_000)[0] == "HALTED"
    assert not master.exists(), "no new master key in the place of one that cards were sealed with"
    assert word(Holder, own)[0] == "HALTED"


def test_an_erased_person_leaves_no_card(city):
    lee = Holder(city, 0)
    register.erase(city.office.people, city.numbers[MAKER], lee.person, "본인 요청")
    assert word(kept.get, city.office.people, lee.card.number)[0] == "CARD_UNKNOWN"
