"""What a sale is of: the sum is the server's own, out of lines, tip and discount; whoever sends another is told both."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.desk import checkout, goods
from app.money.amount import MAX_WON
from tests.cast import text

LINES = [{"name": "국밥", "price_won": 9_000, "count": 2}, {"name": "소주", "price_won": 5_000}]       # 23,000
KEPT = {"lines": [LINES[0], {**LINES[1], "count": 1}], "tip_won": 0, "discount_won": 0}


def put(seller, checkout_id: str, amount_won: object = 23_000, **more):
    return seller.put(checkout_id, amount_won=amount_won, **more)


def test_lines_that_make_the_amount_go_with_the_checkout_and_stand_on_the_receipt(seller, kim):
    asked = put(seller, "a", 22_500, lines=LINES, tip_won=1_500, discount_won=2_000).json
    assert asked["goods"] == {**KEPT, "tip_won": 1_500, "discount_won": 2_000}
    assert put(seller, "a", 22_500, lines=LINES, tip_won=1_500, discount_won=2_000).status_code == 200
    assert put(seller, "a", 22_500, lines=LINES, tip_won=1_499, discount_won=1_999).json["word"] == "CHECKOUT_DIFFERS"
    entry = seller.pay(kim, seller.take_up("a", 22_500))["entry"]
    assert seller.as_till("GET", f"/api/till/receipts/{entry}").json["goods"] == asked["goods"]
    assert put(seller, "plain", 5_000).json["goods"] is None


@pytest.mark.parametrize(("amount_won", "more", "counted_won"), [
    (22_999, {}, 23_000), (23_001, {}, 23_000), (23_000, {"tip_won": 1}, 23_001), (23_000, {"discount_won": 1}, 22_999),
    (1, {"discount_won": 23_000}, 0),
])
def test_another_sum_is_refused_with_both(seller, amount_won, more, counted_won):
    answer = put(seller, "a", amount_won, lines=LINES, **more)
    assert (answer.status_code, answer.content_type, answer.json["word"]) == (422, "application/problem+json", "SUM_DIFFERS")
    assert answer.json["facts"] == {"asked_won": amount_won, "counted_won": counted_won}
    for won in (amount_won, counted_won):
        assert f"{won:,}원" in answer.json["detail"]
    assert seller.get("a")["word"] == "NOT_FOUND"


@pytest.mark.parametrize(("more", "field"), [
    ({"tip_won": -1}, "tip_won"), ({"discount_won": -1}, "discount_won"), ({"tip_won": True}, "tip_won"), ({"tip_won": 1.0}, "tip_won"),
    ({"discount_won": "1"}, "discount_won"), ({"discount_won": 23_001}, "discount_won"), ({"tip_won": 2**53}, "tip_won"),
    ({"lines": []}, "lines"), ({"lines": {}}, "lines"), ({"lines": [1]}, "lines"), ({"lines": LINES * 101}, "lines"),
    ({"lines": [LINES[0] | {"price_won": -9_000}]}, "price_won"), ({"lines": [LINES[0] | {"price_won": 0}]}, "price_won"),
    ({"lines": [LINES[0] | {"count": 0}]}, "count"), ({"lines": [LINES[0] | {"count": 1000}]}, "count"),
    ({"lines": [LINES[0] | {"name": ""}]}, "name"), ({"lines": [LINES[0] | {"name": "가" * 41}]}, "name"),
    ({"lines": [{"name": "x"}]}, "price_won"), ({"lines": None, "tip_won": 1}, "lines"),
])
def test_what_is_no_amount_is_never_added(seller, more, field):
    answer = put(seller, "a", **{"lines": LINES, **more})
    assert answer.status_code == 400 and answer.json["facts"]["field"] == field
    assert seller.get("a")["word"] == "NOT_FOUND"


def test_a_till_tells_what_its_own_sale_was_of_once_and_for_the_sum_that_was_paid(seller, other, kim):
    request = seller.till.request(23_000)
    entry = seller.pay(kim, request)["entry"]
    path = f"/api/till/receipts/{entry}"
    wrong = seller.as_till("POST", path, {"lines": LINES, "discount_won": 500})
    assert (wrong.json["word"], wrong.json["facts"]) == ("SUM_DIFFERS", {"asked_won": 23_000, "counted_won": 22_500})
    assert seller.as_till("GET", path).json["goods"] is None
    for _ in range(2):
        assert seller.as_till("POST", path, {"lines": LINES}).json["goods"] == KEPT
    assert seller.as_till("POST", path, {"lines": [{"name": "빵", "price_won": 23_000}]}).json["word"] == "ALREADY_DONE"
    assert other.as_till("POST", path, {"lines": LINES}).json["word"] == "NOT_FOUND"
    assert seller.as_till("POST", path, {}).json["facts"] == {"field": "lines"}
    back = seller.line.post("/api/refunds", {"message": text(seller.till.refund(entry, 23_000))}).json["entry"]
    assert seller.as_till("POST", f"/api/till/receipts/{back}", {"lines": LINES}).json["word"] == "NOT_FOUND"


def test_what_a_sale_was_of_is_forgotten_after_ninety_days(seller, kim):
    office = seller.city.office
    entry = seller.pay(kim, seller.till.request(23_000))["entry"]
    seller.as_till("POST", f"/api/till/receipts/{entry}", {"lines": LINES})
    assert goods.forget_old(office) == 0 and goods.of_entry(office, seller.till.number, entry) == KEPT
    office.people.read().execute("SELECT 1")
    with office.people.write() as connection:
        connection.execute("UPDATE goods SET at_s = at_s - ?", (goods.KEPT_S + 1,))
    assert goods.forget_old(office) >= 1 and goods.of_entry(office, seller.till.number, entry) is None


whole = st.integers(-(2**60), 2**60) | st.integers(0, 30_000)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(prices=st.lists(st.tuples(whole, st.integers(-5, 1_005)), max_size=5), tip_won=whole, discount_won=whole, amount_won=whole)
def test_no_sign_and_no_size_makes_a_bill_other_than_its_sum(seller, prices, tip_won, discount_won, amount_won):
    lines = [{"name": "x", "price_won": won, "count": count} for won, count in prices]
    sum_won = sum(won * count for won, count in prices) - discount_won + tip_won
    for number, asked_won in enumerate((amount_won, sum_won)):
        answer = put(seller, f"h{number}", asked_won, lines=lines, tip_won=tip_won, discount_won=discount_won)
        assert answer.status_code < 500, answer.json
        if answer.status_code == 200:
            seller.ask("POST", f"/api/checkouts/h{number}/cancel")
            assert asked_won == sum_won and 0 < sum_won <= MAX_WON and min(tip_won, discount_won, *(min(pair) for pair in prices)) >= 0
            kept = json.loads(checkout.get(seller.city.office, checkout.Scope(seller.till.shop, 0), f"h{number}").goods)
            assert kept["tip_won"] == tip_won
            with seller.city.office.people.write() as connection:
                connection.execute("DELETE FROM checkout WHERE id = ?", (f"h{number}",))
