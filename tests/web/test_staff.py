"""A shop's own counter over the API: who may change the list of cashiers, who signs in, who sees all tills; and the
payer's question that a till answers.
"""

import hashlib
import os

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.desk import staff
from app.desk.news import Watcher
from app.message import cose
from app.money import orders
from app.people import staff as people
from tests.cast import BOOKS, RESTAURANT, City, Owner, sale, text

PIN = "7315"


@pytest.fixture(scope="module")
def city(tmp_path_factory):
    made = City(tmp_path_factory.mktemp("city") / "data")
    yield made
    made.close()


@pytest.fixture(scope="module")
def line(city):
    return city.line()


@pytest.fixture
def till(city):
    return city.till(RESTAURANT)


def change(city, line, till, number: int = 0, seen: int | None = None, key=None, **wanted):
    version = people.version(city.office.people, till.shop) if seen is None else seen
    return line.post("/api/till/staff", {"version": version, "cashier": {"number": number, **wanted}}, Owner(till, key))


def secret_of(pin: str) -> dict[str, str]:
    salt = os.urandom(16)
    return {"salt": text(salt), "digest": text(people.pin_digest(pin, salt))}


def added(city, line, till, name: str = "김하나", **wanted) -> int:
    answer = change(city, line, till, name=name, **secret_of(PIN), **wanted)
    assert answer.status == 200, answer.json
    return answer.json["cashiers"][-1]["number"]


def paid(city, line, till, won: int = 5_000, **of_charge):
    kim = city.wallet(help_won=won)
    code = kim.code(won)
    body = orders.Charge(till.number, till.shop, city.id_of(code), won, os.urandom(8), city.now_s() + 300, **of_charge)
    answer = line.post("/api/sales", sale(code, cose.sign(body, till.key, city.chain_id)), till)
    return kim, answer.json["entry"]


def void(city, line, till, entry: int, cashier: int = 0):
    body = orders.Void(till.number, till.shop, entry, os.urandom(8), city.now_s() + 300, cashier)
    return line.post("/api/refunds", {"message": text(cose.sign(body, till.key, city.chain_id))}, till)


# --- the list ------------------------------------------------------------------------------

def test_the_owner_adds_a_cashier_at_one_till_and_every_till_of_the_shop_knows_them(city, line, till):
    number = added(city, line, till)
    other, elsewhere = city.till(RESTAURANT), city.till(BOOKS)
    found = line.get("/api/till/staff", other).json
    assert [one["name"] for one in found["cashiers"] if one["number"] == number] == ["김하나"]
    assert number not in [one["number"] for one in line.get("/api/till/staff", elsewhere).json["cashiers"]]
    assert line.get("/api/till/staff").word == "SIGN_IN_FIRST"
    assert line.get("/api/till/staff", city.wallet()).word == "NOT_YOURS"


def test_a_list_is_changed_by_the_refund_key_alone(city, line, till):
    assert change(city, line, till, key=till.key, name="도둑", **secret_of(PIN)).word == "BAD_SIGNATURE"
    assert change(city, line, till, key=city.till(BOOKS).refund_key, name="도둑", **secret_of(PIN)).word == "BAD_SIGNATURE"
    assert line.post("/api/till/staff", {}, till).word == "OWNER_ONLY"
    assert line.post("/api/till/staff", {}, Owner(till, what="POST /api/till/shop")).word == "WRONG_PURPOSE"
    assert line.post("/api/till/shop", {"before": 0}, Owner(till, body="00" * 32)).word == "WRONG_PURPOSE"


def test_an_order_is_good_for_ten_minutes_and_a_change_for_the_list_that_was_seen(city, line, till):
    for at_s, word in ((-1, "EXPIRED"), (601, "TOO_FAR_AHEAD")):
        assert line.post("/api/till/shop", {"before": 0}, Owner(till, expires_at_s=city.now_s() + at_s)).word == word
    number = added(city, line, till)
    seen = people.version(city.office.people, till.shop)
    assert change(city, line, till, number, seen, name="김둘").status == 200
    assert change(city, line, till, number, seen, name="김셋").word == "FORM_EXPIRED"


@pytest.mark.parametrize(("wanted", "word"), [
    ({"name": ""}, "FIELD_WRONG"), ({"name": "가" * 21}, "FIELD_WRONG"), ({"name": "\u0000"}, "FIELD_WRONG"),
    ({"name": 7}, "FIELD_WRONG"), ({"may_void": 1}, "FIELD_WRONG"), ({"salt": "AAAA"}, "FIELD_MISSING"),
    ({"card": "AAAA"}, "FIELD_WRONG"), ({"rights": 7}, "FIELD_WRONG"), ({}, "FIELD_MISSING"),
    ({"name": "900101-1234567"}, "RESIDENT_NUMBER"), ({"digest": 5}, "FIELD_WRONG"),
])
def test_a_change_that_makes_no_sense_is_refused_with_its_word(city, line, till, wanted, word):
    number = added(city, line, till)
    assert change(city, line, till, number, **wanted).word == word


@pytest.mark.parametrize("said", ["", "[]", "7", '{"till":1', '{"till":true}', '{"till":1e3}', "[" * 900, '{"till":"\\ud800"}'])
def test_an_order_that_is_none_is_refused(city, said):
    for order in (f"{text(said.encode())}.{text(bytes(64))}", text(said.encode()), said.replace("\\", ""), "." * 2000):
        answer = city.line().to.post("/api/till/staff", json={}, headers={"Authorization": f"HAGC-Owner {order}"})
        assert 400 <= answer.status_code < 500


# --- signing in ----------------------------------------------------------------------------

def test_a_cashier_signs_in_by_their_pin_at_any_till_of_the_shop(city, line, till):
    number = added(city, line, till, may_void=True)
    other, elsewhere = city.till(RESTAURANT), city.till(BOOKS)
    answer = line.post("/api/till/sign-in", {"cashier": number, "pin": PIN}, other).json
    assert (answer["number"], answer["name"], answer["may_void"]) == (number, "김하나", True)
    assert line.post("/api/till/sign-in", {"cashier": number, "pin": PIN}, elsewhere).word == "SIGN_IN_WRONG"
    assert line.post("/api/till/sign-in", {"cashier": 9_999, "pin": PIN}, till).word == "SIGN_IN_WRONG"


def test_after_five_wrong_pins_the_right_one_waits_too_and_a_new_pin_is_free_again(city, line, till):
    number = added(city, line, till)
    wrong = [line.post("/api/till/sign-in", {"cashier": number, "pin": "0000"}, till).word for _ in range(5)]
    assert wrong == ["SIGN_IN_WRONG"] * 5
    late = line.post("/api/till/sign-in", {"cashier": number, "pin": PIN}, till)
    assert (late.status, late.word, late.json["facts"]) == (429, "TOO_MANY", {"wait_s": 60})
    assert change(city, line, till, number, **secret_of("2468")).status == 200
    assert line.post("/api/till/sign-in", {"cashier": number, "pin": "2468"}, till).status == 200


def test_a_qr_signs_in_until_it_is_made_anew_and_who_left_can_not_come_back(city, line, till):
    number, first, second = added(city, line, till), os.urandom(16), os.urandom(16)
    for secret in (first, second):
        assert change(city, line, till, number, card=text(hashlib.sha256(secret).digest())).status == 200
        assert line.post("/api/till/sign-in", {"cashier": number, "card": text(secret)}, till).status == 200
    assert line.post("/api/till/sign-in", {"cashier": number, "card": text(first)}, till).word == "SIGN_IN_WRONG"
    assert change(city, line, till, number, present=False).status == 200
    for how in ({"card": text(second)}, {"pin": PIN}):
        assert line.post("/api/till/sign-in", {"cashier": number, **how}, till).word == "SIGN_IN_WRONG"


def test_a_revoked_till_learns_no_names_and_gives_no_orders(city, line, till):
    asked = {"before": 0}
    assert line.post("/api/till/shop", asked, Owner(till)).status == 200
    city.hand_in(orders.Till(city.numbers[0], till.number, till.shop, 0, till.key.public, till.refund_key.public,
                             os.urandom(8), city.now_s() + 300))
    assert line.get("/api/till/staff", till).word == "TILL_REVOKED"
    assert line.post("/api/till/shop", asked, Owner(till)).word == "TILL_REVOKED"


# --- all tills of the shop -----------------------------------------------------------------

def test_the_owner_sees_all_tills_of_the_shop_and_who_took_each_sale(city, line, till):
    other, number = city.till(RESTAURANT), added(city, line, till)
    _, mine = paid(city, line, till, 3_000, cashier=number)
    _, theirs = paid(city, line, other, 4_000)
    found = line.post("/api/till/shop", {"before": 0}, Owner(till)).json
    sums = {one["till"]: one["day_total_won"] for one in found["tills"]}
    assert (sums[till.number], sums[other.number]) == (3_000, 4_000)
    seen = {one["entry"]: (one["till"], one["cashier"]) for one in found["sales"]}
    assert (seen[mine], seen[theirs]) == ((till.number, number), (other.number, 0))
    assert found["day_total_won"] == sum(sums.values())
    assert not {"account", "payer", "coin"} & set(found["sales"][0])


# --- voids and questions -------------------------------------------------------------------

def test_a_cashier_voids_when_the_owner_gave_it_and_the_same_void_again_is_the_same(city, line, till):
    number = added(city, line, till)
    kim, entry = paid(city, line, till)
    assert void(city, line, till, entry, number).word == "NO_RIGHT"
    assert void(city, line, till, entry, 60_000).word == "NO_RIGHT"
    assert change(city, line, till, number, may_void=True).status == 200
    body = orders.Void(till.number, till.shop, entry, os.urandom(8), city.now_s() + 300, number)
    message = {"message": text(cose.sign(body, till.key, city.chain_id))}
    done = line.post("/api/refunds", message, till)
    assert (done.status, done.json["amount_won"], city.balance_won(kim)) == (200, 5_000, 5_000)
    assert change(city, line, till, number, may_void=False).status == 200
    assert line.post("/api/refunds", message, till).json["receipt"] == done.json["receipt"]
    back = line.get("/api/till", till).json["sales"][0]
    assert (back["kind"], back["cashier"], back["of"]) == ("void", number, entry)


def test_a_payer_asks_the_till_that_took_it_and_is_told_the_no(city, line, till):
    kim, entry = paid(city, line, till)
    assert line.get(f"/api/mistakes/{entry}", kim).json["state"] == ""
    for _ in range(2):
        assert line.post("/api/mistakes", {"entry": entry}, kim).json["state"] == "asked"
    (asked,) = line.get("/api/till/questions", till).json["questions"]
    assert (asked["entry"], asked["amount_won"]) == (entry, 5_000)
    assert line.get("/api/till/questions", city.till(RESTAURANT)).json["questions"] == []
    assert line.post("/api/till/questions", {"entry": entry, "cashier": 0}, city.till(RESTAURANT)).word == "NOT_FOUND"
    assert line.post("/api/till/questions", {"entry": entry, "cashier": 0}, till).json["questions"] == []
    assert line.get(f"/api/mistakes/{entry}", kim).json["state"] == "refused"


def test_a_void_answers_the_question_and_a_later_no_comes_too_late(city, line, till):
    kim, entry = paid(city, line, till)
    line.post("/api/mistakes", {"entry": entry}, kim)
    assert void(city, line, till, entry).status == 200
    assert line.get("/api/till/questions", till).json["questions"] == []
    assert line.post("/api/till/questions", {"entry": entry, "cashier": 0}, till).word == "ALREADY_DONE"
    assert line.get(f"/api/mistakes/{entry}", kim).json["state"] == "returned"
    assert line.post("/api/mistakes", {"entry": entry}, kim).json["state"] == "returned"


def test_only_the_payer_asks_and_only_for_ten_minutes(city, line, till):
    kim, entry = paid(city, line, till)
    lee = city.wallet()
    assert line.post("/api/mistakes", {"entry": entry}, lee).word == "NOT_YOURS"
    assert line.get(f"/api/mistakes/{entry}", lee).word == "NOT_YOURS"
    assert line.post("/api/mistakes", {"entry": entry}, till).word == "NOT_YOURS"
    assert line.post("/api/mistakes", {"entry": 10**15}, kim).word == "NOT_FOUND"
    assert line.post("/api/mistakes", {"entry": -1}, kim).word == "FIELD_WRONG"
    city.wait(601)
    answer = line.post("/api/mistakes", {"entry": entry}, kim)
    assert (answer.word, answer.json["facts"]) == ("VOID_TOO_LATE", {"minutes": 10})
    assert void(city, line, till, entry).word == "VOID_TOO_LATE"


def test_questions_answers_and_changes_ring_at_who_listens_and_at_nobody_else(city, line, till):
    kim, entry = paid(city, line, till)
    mine, shop, hers = [f"till/{till.number}", f"shop/{RESTAURANT}", *staff.lookup.topics(city.office, kim.aliases[0])]
    watcher, other = Watcher(city.office), Watcher(city.office)
    line.post("/api/mistakes", {"entry": entry}, kim)
    line.post("/api/till/questions", {"entry": entry, "cashier": 0}, till)
    added(city, line, till)
    assert watcher.poll({mine, shop, hers}) == [
        (mine, None, {"event": "question"}), (hers, None, {"event": "answer"}), (shop, None, {"event": "staff"})]
    assert other.poll({"till/99999"}) == [] and watcher.poll({mine, shop, hers}) == []


odd = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=30) | st.lists(st.integers(), max_size=2)
fields = st.sampled_from(["number", "name", "present", "may_void", "salt", "digest", "card", "shop"])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cashier=st.dictionaries(fields, odd, max_size=8) | odd, version=odd, before=odd)
def test_whatever_an_owner_signs_gets_a_word_and_no_bug(city, line, owners, cashier, version, before):
    for path, content in (("staff", {"version": version, "cashier": cashier}), ("shop", {"before": before})):
        answer = line.post(f"/api/till/{path}", content, Owner(owners))
        assert answer.status < 500, answer.json


@pytest.fixture(scope="module")
def owners(city):
    return city.till(RESTAURANT)
