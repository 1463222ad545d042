"""A vendor's program asks, the till signs, the ledger decides: every state, everybody's rights, every double question."""

import secrets

import pytest

from app.desk import checkout, pay
from app.message import cose, qr
from app.money import orders
from app.people import checkouts
from tests.cast import HOUR_S, MAKER, Owner, text
from tests.vendor.conftest import WISH, Market, Vendor, token


def test_a_checkout_goes_from_pending_to_completed_by_the_ledger_alone(seller, kim):
    made = seller.put("a").json
    assert (made["state"], made["entry"], made["request"], made["receipt"]) == ("PENDING", None, None, None)
    assert [one["id"] for one in seller.as_till("GET", "/api/till/checkouts").json["checkouts"]] == ["a"]
    request = seller.take_up("a")
    shown = seller.get("a")
    assert shown["state"] == "IN_PROGRESS" and qr.from_text(shown["request"], (seller.city.office.genesis.host,)) == request
    paid = seller.pay(kim, request)
    done = seller.get("a")
    assert (done["state"], done["entry"], done["receipt"]) == ("COMPLETED", paid["entry"], paid["receipt"])
    assert done["cancel_reason"] is None and done["request"] is None
    assert seller.as_till("GET", "/api/till/checkouts").json["checkouts"] == []


def test_the_sale_of_a_checkout_carries_the_vendors_reference_and_the_cashier(seller, kim):
    seller.put("a", reference_id="T7-0042", cashier=3)
    seller.as_till("POST", "/api/till/checkouts/a/take")
    code, city = kim.code(9_000), seller.city
    body = orders.Charge(seller.till.number, seller.till.shop, city.id_of(code), 5_000, secrets.token_bytes(8),
                         city.now_s() + 60, b"T7-0042", 3)
    charge = cose.sign(body, seller.till.key, city.chain_id)
    assert seller.as_till("POST", "/api/till/checkouts/a/messages", {"message": text(charge)}).status_code == 200
    pay.settle(city.office, code, charge)
    assert seller.get("a")["state"] == "COMPLETED"
    line = seller.as_till("GET", "/api/till").json["sales"][0]
    assert (line["reference"], line["cashier"]) == ("T7-0042", 3)


def test_the_same_body_gives_the_same_checkout_and_another_body_a_problem(seller):
    first, again = seller.put("a"), seller.put("a")
    assert (first.status_code, first.json | {"now_ms": 0}) == (again.status_code, again.json | {"now_ms": 0})
    for other in ({"amount_won": 5_001}, {"reference_id": "ORDER-2"}, {"deadline_s": 299}, {"cashier": 1}):
        answer = seller.put("a", **other)
        assert (answer.status_code, answer.json["word"]) == (409, "CHECKOUT_DIFFERS")
        assert answer.content_type == "application/problem+json"


def test_two_shops_may_use_the_same_id_and_see_only_their_own(seller, other):
    seller.put("a")
    assert other.ask("GET", "/api/checkouts/a").status_code == 404
    assert other.put("a", amount_won=7_000).json["amount_won"] == 7_000
    assert seller.get("a")["amount_won"] == 5_000
    assert [one["amount_won"] for one in other.ask("GET", "/api/checkouts").json["checkouts"]] == [7_000]


@pytest.mark.parametrize(("field", "value"), [
    ("amount_won", 0), ("amount_won", -5), ("amount_won", 1.5), ("amount_won", True), ("amount_won", "5000"),
    ("amount_won", 2**53), ("reference_id", ""), ("reference_id", "x" * 20), ("reference_id", "소문자"), ("reference_id", 7),
    ("deadline_s", 9), ("deadline_s", 301), ("cashier", 65_536), ("cashier", -1), ("webhook", "1"), ("till", "1"),
])
def test_a_field_that_does_not_fit_is_named(seller, field, value):
    answer = seller.put("a", **{field: value})
    assert (answer.status_code, answer.json["word"], answer.json["facts"]["field"]) == (400, "FIELD_WRONG", field)


@pytest.mark.parametrize("field", ["till", "amount_won", "reference_id", "deadline_s"])
def test_a_field_that_is_missing_is_named(seller, field):
    answer = seller.put("a", **{field: None})
    assert (answer.status_code, answer.json["word"], answer.json["facts"]["field"]) == (400, "FIELD_MISSING", field)


@pytest.mark.parametrize("checkout_id", ["a" * 65, "a.b", "가", "a b"])
def test_an_id_is_at_most_64_plain_letters(seller, checkout_id):
    assert seller.put(checkout_id).json["word"] == "FIELD_WRONG"


def test_only_a_till_of_this_shop_that_may_receive_is_asked(seller, other, city):
    assert seller.put("a", till=other.till.number).json["word"] == "NOT_YOURS"
    assert seller.put("a", till=999).json["word"] == "UNKNOWN_TILL"
    giver = city.till(seller.till.shop, orders.RETURN)
    assert seller.put("a", till=giver.number).json["word"] == "TILL_REVOKED"


def test_a_till_of_the_shop_may_ask_for_another_of_its_tills_and_only_that_one_takes_it_up(seller, city):
    second = city.till(seller.till.shop)
    assert seller.as_till("PUT", "/api/checkouts/a", WISH | {"till": second.number}).json["state"] == "PENDING"
    assert seller.as_till("POST", "/api/till/checkouts/a/take").json["word"] == "NOT_YOURS"
    assert seller.as_till("POST", "/api/till/checkouts/a/take", till=second).json["state"] == "IN_PROGRESS"


def test_a_token_never_takes_up_nor_gives_tokens_nor_reads_the_till(seller, kim):
    seller.put("a")
    for method, path in (("POST", "/api/till/checkouts/a/take"), ("GET", "/api/till/checkouts"), ("GET", "/api/tokens"),
                         ("DELETE", "/api/tokens/1"), ("GET", "/api/till"), ("GET", "/api/wallet")):
        assert seller.ask(method, path).json["word"] == ("OWNER_ONLY" if method == "DELETE" else "SIGN_IN_FIRST")
    for headers, word in (({}, "SIGN_IN_FIRST"), ({"Authorization": "Bearer hagc_x"}, "TOKEN_UNKNOWN"),
                          ({"Authorization": f"HAGC {text(kim.session())}"}, "NOT_YOURS")):
        assert seller.ask("GET", "/api/checkouts/a", None, headers).json["word"] == word


def test_a_message_must_ask_for_what_the_checkout_asks(seller, other):
    seller.put("a")
    seller.as_till("POST", "/api/till/checkouts/a/take")
    path = "/api/till/checkouts/a/messages"
    for wrong in (seller.till.request(5_001, "ORDER-1"), seller.till.request(5_000, "ORDER-2"), seller.till.request(5_000)):
        assert seller.as_till("POST", path, {"message": text(wrong)}).json["word"] == "CHECKOUT_DIFFERS"
    foreign = other.till.request(5_000, "ORDER-1")
    assert seller.as_till("POST", path, {"message": text(foreign)}).json["word"] == "CHECKOUT_DIFFERS"
    request = seller.take_up("a")
    assert seller.as_till("POST", path, {"message": text(request)}).status_code == 200
    seller.put("b")
    answer = seller.as_till("POST", "/api/till/checkouts/b/messages", {"message": text(request)})
    assert (answer.status_code, answer.json["word"]) == (409, "ALREADY_DONE")


# --- ends ----------------------------------------------------------------------------------

def test_a_checkout_that_nobody_pays_is_over_at_its_deadline(seller):
    seller.put("a", deadline_s=60)
    seller.put("b", deadline_s=60)
    seller.take_up("b", life_s=50)
    seller.city.wait(60 + checkout.GRACE_S)
    assert [seller.get(one)["state"] for one in "ab"] == ["PENDING", "IN_PROGRESS"]
    seller.city.wait(1)
    assert [(seller.get(one)["state"], seller.get(one)["cancel_reason"]) for one in "ab"] == [("CANCELED", "TIMED_OUT")] * 2
    assert seller.as_till("POST", "/api/till/checkouts/a/take").json["word"] == "CHECKOUT_OVER"


def test_it_is_ended_without_anybody_asking(seller):
    seller.put("a", deadline_s=60)
    seller.city.wait(64)
    seller.look()
    listed = seller.ask("GET", "/api/checkouts?state=CANCELED").json["checkouts"]
    assert [one["id"] for one in listed] == ["a"]


def test_who_cancelled_is_said_and_a_second_cancel_changes_nothing(seller):
    for one, cancel, why in (("a", seller.ask, "VENDOR"), ("b", seller.as_till, "TILL")):
        seller.put(one)
        answers = [cancel("POST", f"/api/checkouts/{one}/cancel").json for _ in range(2)]
        assert [(each["state"], each["cancel_reason"]) for each in answers] == [("CANCELED", why)] * 2


def test_a_paid_checkout_can_not_be_cancelled(seller, kim):
    seller.put("a")
    seller.pay(kim, seller.take_up("a"))
    answer = seller.ask("POST", "/api/checkouts/a/cancel")
    assert (answer.status_code, answer.json["word"]) == (409, "CHECKOUT_OVER")
    assert seller.get("a")["state"] == "COMPLETED"


def test_a_request_that_was_seen_before_the_cancel_and_is_paid_after_it_completes_the_checkout(seller, kim):
    seller.put("a")
    request = seller.take_up("a", life_s=100)
    ended = seller.ask("POST", "/api/checkouts/a/cancel").json
    assert ended["state"] == "CANCELED" and ended["payable_until_s"] == seller.city.now_s() + 100
    paid = seller.pay(kim, request)
    seller.look()
    assert (seller.get("a")["state"], seller.get("a")["entry"]) == ("COMPLETED", paid["entry"])


def test_a_sale_that_the_till_could_not_tell_of_is_found_before_the_time_is_over(seller, kim):
    seller.put("a", deadline_s=60)
    seller.put("b", deadline_s=60)
    seller.as_till("POST", "/api/till/checkouts/a/take")
    paid = seller.pay(kim, seller.till.request(5_000, "ORDER-1"))
    seller.city.wait(64)
    seller.look()
    assert (seller.get("a")["state"], seller.get("a")["entry"]) == ("COMPLETED", paid["entry"])
    assert seller.get("b")["state"] == "CANCELED"


def test_a_sale_of_the_same_reference_that_was_there_before_completes_nothing(seller, kim):
    seller.pay(kim, seller.till.request(5_000, "ORDER-1"))
    seller.city.wait(5)
    seller.put("a", deadline_s=60)
    seller.city.wait(64)
    assert seller.get("a")["state"] == "CANCELED"


def test_after_ninety_days_an_id_is_free_again_and_nothing_that_is_open_is_forgotten(tmp_path):
    city = Market(tmp_path / "data")
    seller = Vendor(city, city.till())
    seller.put("a")
    seller.ask("POST", "/api/checkouts/a/cancel")
    seller.look()
    city.wait(checkout.KEPT_S + 1)
    city.accept_keys(365 * 86_400)
    seller.put("b")
    assert checkout.forget_old(city.office) == 1
    assert [one["id"] for one in seller.ask("GET", "/api/checkouts").json["checkouts"]] == ["b"]
    city.close()


# --- lists ---------------------------------------------------------------------------------

def test_the_list_is_read_page_by_page_newest_first(seller):
    for number in range(7):
        seller.put(f"n{number}")
    seen, cursor = [], ""
    for _ in range(5):
        page = seller.ask("GET", f"/api/checkouts?limit=3&cursor={cursor}").json
        seen += [one["id"] for one in page["checkouts"]]
        cursor = page["cursor"]
        if not cursor:
            break
    assert seen == [f"n{number}" for number in reversed(range(7))]


@pytest.mark.parametrize("query", ["cursor=x", "cursor=MA", "cursor=LTE", "cursor=%F0%9F%98%80", "cursor=MQ==", "limit=0",
                                   "limit=201", "limit=x", "state=OPEN", "till=-1"])
def test_a_list_is_asked_in_words_that_exist(seller, query):
    answer = seller.ask("GET", f"/api/checkouts?{query}")
    assert (answer.status_code, answer.json["word"]) == (400, "FIELD_WRONG")


def test_a_till_has_at_most_twenty_at_once_and_the_same_one_again_counts_once(seller):
    for number in range(checkouts.MOST_OPEN):
        assert seller.put(f"n{number}").status_code == 200
    assert seller.put("n3").status_code == 200
    assert (seller.put("more").status_code, seller.put("more").json["word"]) == (429, "TOO_MANY")
    seller.ask("POST", "/api/checkouts/n0/cancel")
    assert seller.put("more").status_code == 200


# --- tokens --------------------------------------------------------------------------------

def test_a_token_is_kept_as_its_hash_alone_and_ends_when_it_is_taken_back(seller):
    stored = seller.city.folder.people.read_bytes()
    assert seller.token.encode() not in stored
    assert [one["token"] for one in seller.as_till("GET", "/api/tokens").json["tokens"]] == [seller.number]
    assert seller.as_till("DELETE", f"/api/tokens/{seller.number}").json["word"] == "OWNER_ONLY"
    assert seller.ask("GET", "/api/checkouts").status_code == 200
    assert seller.as_owner("DELETE", f"/api/tokens/{seller.number}").status_code == 200
    answer = seller.ask("GET", "/api/checkouts")
    assert (answer.status_code, answer.json["word"]) == (401, "TOKEN_UNKNOWN")


def test_a_token_dies_with_the_till_at_which_it_was_made(seller, city):
    seller.put("a")
    body = orders.Till(city.numbers[MAKER], seller.till.number, seller.till.shop, 0, seller.till.key.public,
                       seller.till.refund_key.public, secrets.token_bytes(8), city.now_s() + HOUR_S)
    city.hand_in(body)
    assert seller.ask("GET", "/api/checkouts/a").json["word"] == "TOKEN_UNKNOWN"


def test_a_token_needs_the_key_behind_the_pin(seller):
    digest = b"\7" * 32
    said = {"name": "x", "digest": text(digest)}
    assert seller.as_till("POST", "/api/tokens", said).json["word"] == "OWNER_ONLY"
    assert seller.line.post("/api/tokens", said, Owner(seller.till, seller.till.key)).word == "BAD_SIGNATURE"
    assert seller.as_owner("POST", "/api/tokens", said | {"digest": "AAAA"}).json["word"] == "FIELD_WRONG"
    assert seller.as_owner("POST", "/api/tokens", said | {"name": " "}).json["word"] == "FIELD_WRONG"


def test_another_shop_can_not_take_a_token_back(seller, other):
    answer = other.as_owner("DELETE", f"/api/tokens/{seller.number}")
    assert answer.status_code == 404
    assert seller.ask("GET", "/api/checkouts").status_code == 200


def test_a_shop_has_at_most_twenty_tokens(seller, city):
    for number in range(19):
        token(city, seller.till, f"n{number}")
    digest = b"\1" * 32
    said = {"name": "x", "digest": text(digest)}
    assert seller.as_owner("POST", "/api/tokens", said).status_code == 429


def test_two_programs_that_ask_at_once_get_one_checkout(seller, city):
    """Each thread has a connection of its own; the id decides."""
    from concurrent.futures import ThreadPoolExecutor
    clients = [Vendor(city, seller.till) for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda one: one.put("same").status_code, clients))
    assert answers == [200] * 4
    assert len(seller.ask("GET", "/api/checkouts").json["checkouts"]) == 1
