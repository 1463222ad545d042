"""Money through the API with real messages: both motions, refunds, notices, every no with its words; a till learns nothing
of who paid.
"""

import json

import pytest

from app.chain.entry import PAYER, open_half
from app.desk import lookup, news, notice
from app.message import cose
from app.money import orders
from app.money.orders import EXACT, RECEIVE
from app.people import notices
from tests.cast import (
    BOOKS, DAY_S, HELP, MAKER, RESTAURANT, TOWN_OFFICE, City, Till, Wallet, raw, sale, text,
)


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


def pay(line, kim: Wallet, till: Till, won: int, who=None):
    code = kim.code(won)
    return line.post("/api/sales", sale(code, till.charge(code, won)), who)


def asked(line, kim: Wallet, till: Till, won: int, reference: str = ""):
    request = till.request(won, reference)
    return line.post("/api/sales", sale(kim.payment(request), request), kim)


def receipt_of(city, said: str) -> orders.Receipt:
    """What a till or phone reads, its signature checked under the receipt key."""
    return cose.verify(cose.parse(raw(said)), city.office.issuer.key.public, city.chain_id).body


# --- the two motions -----------------------------------------------------------------------

def test_a_code_that_a_till_scans_pays_once_and_names_the_charge(city, line, till):
    kim = city.wallet(help_won=10_000)
    code = kim.code(50_000)
    charge = till.charge(code, 3_500)
    answer = line.post("/api/sales", sale(code, charge), till)
    assert answer.status == 200
    assert set(answer.json) == {"receipt", "entry", "at_s", "amount_won", "now_ms"}
    receipt = receipt_of(city, answer.json["receipt"])
    assert (receipt.subject, receipt.amount_won) == (city.id_of(charge)[:16], 3_500)
    assert receipt.entry == answer.json["entry"] and receipt.leaf == city.office.store.entry(receipt.entry).leaf
    assert city.balance_won(kim) == 6_500


def test_a_request_that_a_phone_scans_pays_and_gives_the_payer_a_half_that_opens_the_leaf(city, line, till):
    kim = city.wallet(help_won=10_000)
    request = till.request(2_000, "T-1")
    payment = kim.payment(request)
    answer = line.post("/api/sales", sale(payment, request), kim).json
    assert receipt_of(city, answer["receipt"]).subject == city.id_of(request)[:16]
    assert receipt_of(city, answer["payer_receipt"]).subject == city.id_of(payment)[:16]
    half = open_half(PAYER, raw(answer["half"]), raw(answer["salt"]), raw(answer["other"]),
                     receipt_of(city, answer["payer_receipt"]).leaf)
    assert half[5:7] == [kim.account, 2_000] and half[3] == payment


def test_one_payment_takes_two_coins_to_the_won_and_gives_no_change(city, line, till):
    kim = city.wallet(help_won=3_000, give_won=2_000)
    assert pay(line, kim, till, 4_999).status == 200
    left = line.get("/api/wallet", kim).json
    assert [(lot["coin"], lot["amount_won"]) for lot in left["lots"]] == [(2, 1)]


def test_an_exact_code_takes_exactly_that(city, line, till):
    kim = city.wallet(help_won=10_000)
    code = kim.code(4_000, EXACT)
    refused = line.post("/api/sales", sale(code, till.charge(code, 3_999)))
    assert (refused.word, refused.json["facts"]) == ("AMOUNT_DIFFERS", {"asked_won": 4_000})
    assert line.post("/api/sales", sale(code, till.charge(code, 4_000))).status == 200


# --- twice ---------------------------------------------------------------------------------

def test_the_same_post_again_gets_the_same_receipt_and_one_debit(city, line, till):
    kim = city.wallet(help_won=10_000)
    code = kim.code(3_000)
    wanted = sale(code, till.charge(code, 3_000))
    first, *others = [line.post("/api/sales", wanted).json for _ in range(4)]
    assert all(other == first for other in others)
    assert city.balance_won(kim) == 7_000


def test_a_second_till_never_rings(city, line, till):
    kim, other = city.wallet(help_won=10_000), city.till(BOOKS)
    code = kim.code(3_000)
    assert line.post("/api/sales", sale(code, till.charge(code, 3_000))).status == 200
    for late in (other.charge(code, 3_000), till.charge(code, 3_000), till.charge(code, 100)):
        refused = line.post("/api/sales", sale(code, late))
        assert (refused.status, refused.word) == (409, "CODE_USED")
    assert city.balance_won(kim) == 7_000


def test_a_request_is_paid_by_one_of_two_phones(city, line, till):
    kim, lee = city.wallet(help_won=10_000), city.wallet(help_won=10_000)
    request = till.request(1_000)
    assert line.post("/api/sales", sale(kim.payment(request), request)).status == 200
    refused = line.post("/api/sales", sale(lee.payment(request), request))
    assert (refused.status, refused.word) == (409, "REQUEST_PAID")
    assert (city.balance_won(kim), city.balance_won(lee)) == (9_000, 10_000)


def test_a_lost_reply_is_found_by_its_id_and_an_unknown_one_is_unknown(city, line, till):
    kim = city.wallet(help_won=10_000)
    code = kim.code(2_500)
    charge = till.charge(code, 2_500)
    ids = [(cose.parse(each).body.expires_at_s, city.id_of(each).hex()) for each in (code, charge)]
    assert [line.get(f"/api/outcomes/{at}/{id_}").json["state"] for at, id_ in ids] == ["unknown", "unknown"]
    answer = line.post("/api/sales", sale(code, charge)).json
    for at, id_ in ids:
        found = line.get(f"/api/outcomes/{at}/{id_}").json
        assert (found["state"], found["entry"], found["amount_won"]) == ("settled", answer["entry"], 2_500)
        assert receipt_of(city, found["receipt"]).subject == bytes.fromhex(id_)[:16]
    assert line.get(f"/api/outcomes/{ids[1][0]}/{ids[1][1]}").json["receipt"] == answer["receipt"]


def turned(message: bytes) -> bytes:
    """One bit of its signature is another."""
    return message[:-40] + bytes([message[-40] ^ 1]) + message[-39:]


# --- every no has its word, its facts and what to do next ------------------------------------

def refusals(city, line, till) -> dict[str, tuple]:
    """word -> (the answer's facts, the two posts that were refused)"""
    poor, elsewhere, frozen = city.wallet(help_won=1_000), city.wallet(help_won=9_000), city.wallet(help_won=9_000)
    books = city.till(BOOKS)
    city.freeze(frozen)
    old = city.wallet(help_won=9_000)
    stale = old.code(500, life_s=10)
    late = sale(stale, till.charge(stale, 500))
    city.wait(11)
    plain = {
        "NOT_ENOUGH": ((poor, till, 1_500), {"spendable_here_won": 1_000, "balance_won": 1_000, "missing_won": 500}),
        "WRONG_CATEGORY": ((elsewhere, books, 500), {"spendable_here_won": 0, "balance_won": 9_000, "missing_won": 500}),
        "ACCOUNT_FROZEN": ((frozen, till, 500), {}),
    }
    found = {}
    for word, ((who, at, won), facts) in plain.items():
        code = who.code(won)
        found[word] = facts, sale(code, at.charge(code, won)), who
    found["EXPIRED"] = {"expires_at_s": cose.parse(stale).body.expires_at_s}, late, old
    return found


def test_every_no_says_what_and_what_next_in_both_languages(city, line, till):
    for word, (facts, wanted, who) in refusals(city, line, till).items():
        said = {}
        for language in ("ko", "en"):
            answer = line.post("/api/sales", wanted, who, language)
            assert answer.headers["Content-Type"].startswith("application/problem+json")
            assert answer.headers["Content-Language"] == language
            problem = answer.json
            assert (problem["word"], problem["type"], problem["facts"]) == (word, f"/problems/{word}", facts)
            assert problem["status"] == answer.status and problem["final"] is True
            said[language] = [problem["title"], problem["detail"], problem["next"]]
            assert all(said[language]) and not set("{}[]") & set("".join(said[language]))
        assert all(ko != en for ko, en in zip(*said.values(), strict=True)), word
    poor = refusals(city, line, till)["NOT_ENOUGH"]
    assert "1,000원" in line.post("/api/sales", poor[1], poor[2]).json["detail"]
    assert "500 won is missing" in line.post("/api/sales", poor[1], poor[2], "en").json["detail"]


def test_coins_whose_time_is_over_are_told_from_coins_that_never_were(tmp_path):
    city = City(tmp_path / "data")
    short = city.open_programme(coin=1, lives_s=3_000)
    kim, till, line = city.wallet(), city.till(), city.line()
    city.top_up(short, {kim: 5_000})
    city.wait(3_000)
    refused = pay(line, kim, till, 100, kim)
    assert (refused.word, refused.json["facts"]["spendable_here_won"]) == ("COINS_EXPIRED", 0)
    assert line.get("/api/wallet", kim).json["lots"] == []
    city.close()


def test_a_final_no_stays_no_after_a_top_up_and_a_new_code_pays(city, line, till):
    kim = city.wallet(help_won=100)
    code = kim.code(1_000)
    wanted = sale(code, till.charge(code, 1_000))
    first = line.post("/api/sales", wanted, kim).json
    city.top_up(HELP, {kim: 50_000})
    again = line.post("/api/sales", wanted, kim).json
    assert (again["word"], again["facts"]) == ("NOT_ENOUGH", first["facts"])
    found = line.get(f"/api/outcomes/{cose.parse(code).body.expires_at_s}/{city.id_of(code).hex()}").json
    assert (found["state"], found["problem"]["word"], found["problem"]["facts"]) == ("refused", "NOT_ENOUGH", {})
    assert city.balance_won(kim) == 50_100
    assert pay(line, kim, till, 1_000).status == 200


@pytest.mark.parametrize("wrong, word", [
    (lambda city, kim, till: (kim.code(1_000), till.charge(kim.code(1_000), 500)), "OTHER_CODE"),
    (lambda city, kim, till: (kim.payment(till.request(500)), till.request(500)), "OTHER_REQUEST"),
    (lambda city, kim, till: (kim.code(1_000, life_s=61), None), "TOO_FAR_AHEAD"),
    (lambda city, kim, till: (kim.code(1_000), till.request(500)), "BAD_FIELD"),
    (lambda city, kim, till: (till.request(500), kim.code(1_000)), "WRONG_PURPOSE"),
    (lambda city, kim, till: (kim.session(), till.session()), "WRONG_PURPOSE"),
    (lambda city, kim, till: (turned(kim.code(1_000)), None), "BAD_SIGNATURE"),
])
def test_messages_that_do_not_belong_together_move_nothing(city, line, till, wrong, word):
    kim = city.wallet(help_won=5_000)
    payer, payee = wrong(city, kim, till)
    payee = payee or till.charge(payer, 500)
    assert line.post("/api/sales", sale(payer, payee)).word == word
    assert city.balance_won(kim) == 5_000


def test_over_the_cap_says_the_cap(city, line, till):
    kim = city.wallet(help_won=9_000)
    code = kim.code(1_000)
    refused = line.post("/api/sales", sale(code, till.charge(code, 1_001)))
    assert (refused.word, refused.json["facts"]) == ("OVER_CAP", {"cap_won": 1_000})


# --- refunds -------------------------------------------------------------------------------

def test_money_goes_back_in_parts_into_the_same_coins_and_never_more_than_was_paid(city, line, till):
    kim = city.wallet(help_won=3_000, give_won=2_000)
    entry = pay(line, kim, till, 4_500).json["entry"]

    def back(won: int):
        return line.post("/api/refunds", {"message": text(till.refund(entry, won))})

    def coins() -> dict[int, int]:
        return {lot["coin"]: lot["amount_won"] for lot in line.get("/api/wallet", kim).json["lots"]}

    part = back(2_000)
    assert part.status == 200 and receipt_of(city, part.json["receipt"]).amount_won == 2_000
    assert coins() == {1: 500, 2: 2_000}        # last leg first: Give is whole again, then Help
    refused = back(2_501)
    assert (refused.word, refused.json["facts"]) == ("MORE_THAN_PAID", {"left_won": 2_500})
    assert back(2_500).status == 200 and coins() == {1: 3_000, 2: 2_000}
    assert back(1).json["facts"] == {"left_won": 0}
    sold = next(one for one in line.get("/api/till", till).json["sales"] if one["entry"] == entry)
    assert (sold["amount_won"], sold["refunded_won"]) == (4_500, 4_500)


def test_the_same_refund_twice_gives_back_once(city, line, till):
    kim = city.wallet(help_won=3_000)
    entry = pay(line, kim, till, 1_000).json["entry"]
    message = {"message": text(till.refund(entry, 1_000))}
    first, second = (line.post("/api/refunds", message).json for _ in range(2))
    assert first == second and city.balance_won(kim) == 3_000


def test_who_may_not_give_back_does_not(city, line, till):
    kim, cashier, other = city.wallet(help_won=3_000), city.till(rights=RECEIVE), city.till(BOOKS)
    entry = pay(line, kim, till, 1_000).json["entry"]
    assert line.post("/api/refunds", {"message": text(cashier.refund(entry, 100))}).word == "NO_RIGHT"
    assert line.post("/api/refunds", {"message": text(other.refund(entry, 100))}).word == "OTHER_SHOPS_SALE"
    assert line.post("/api/refunds", {"message": text(till.refund(entry + 1, 100))}).word == "UNKNOWN_PAYMENT"
    by_the_wrong_key = cose.sign(cose.parse(till.refund(entry, 100)).body, till.key, city.chain_id)
    assert line.post("/api/refunds", {"message": text(by_the_wrong_key)}).status == 401
    assert city.balance_won(kim) == 2_000


# --- fee notices ---------------------------------------------------------------------------

def test_a_fee_notice_on_paper_is_paid_once_and_known_by_its_reference(city, line):
    kim, lee = city.wallet(help_won=30_000), city.wallet(help_won=30_000)
    written = notice.write(city.office, 1, 12_000, "2026-TAX-001")
    answer = line.post("/api/sales", sale(kim.payment(written.message), written.message), kim)
    assert answer.status == 200
    refused = line.post("/api/sales", sale(lee.payment(written.message), written.message), lee)
    assert refused.word == "REQUEST_PAID" and city.balance_won(lee) == 30_000
    settled = notice.paid(city.office, notices.get(city.office.people, written.number))
    assert (settled.state, settled.entry) == (notices.PAID, answer.json["entry"])
    sold = lookup.till(city.office, 1)
    assert (sold["shop"], sold["sales"][0]["reference"]) == (TOWN_OFFICE, "2026-TAX-001")


def test_a_notice_still_pays_after_weeks_and_not_after_its_day(tmp_path):
    city = City(tmp_path / "data")
    kim, line = city.wallet(give_won=30_000), city.line()
    first, second = (notice.write(city.office, 1, 1_000, f"T-{number}") for number in (1, 2))
    city.wait(59 * DAY_S)
    assert line.post("/api/sales", sale(kim.payment(first.message), first.message)).status == 200
    city.wait(2 * DAY_S)
    assert line.post("/api/sales", sale(kim.payment(second.message), second.message)).word == "EXPIRED"
    city.close()


# --- what a till may know ------------------------------------------------------------------

def test_a_till_never_sees_who_paid_nor_with_which_coin(city, line, till):
    kim, lee = city.wallet(help_won=3_000, give_won=3_000), city.wallet(give_won=9_000)
    watcher = news.Watcher(city.office)
    code = kim.code(4_000)
    charge = till.charge(code, 4_000)
    said = [line.post("/api/sales", sale(code, charge), till), asked(line, lee, till, 700), pay(line, lee, till, 90_000),
            line.post("/api/sales", {"sales": [sale(code, charge)]}, till)]
    entry = said[0].json["entry"]
    said += [line.post("/api/refunds", {"message": text(till.refund(entry, 1_500))}), line.get("/api/till", till),
             line.get(f"/api/outcomes/{cose.parse(charge).body.expires_at_s}/{city.id_of(charge).hex()}", till),
             line.get("/api/city"), line.get("/api/directory")]
    told = [event for topic, _, event in watcher.poll() if topic == f"till/{till.number}"]
    told += [event for _, event in watcher.replay([f"till/{till.number}"], entry - 1)]
    own = [answer.json for answer in said if answer is not said[1]]     # said[1] is the payer's own answer
    everything = json.dumps([own, told], ensure_ascii=False)
    secrets = ["겨울 돌봄", "이웃 봉사", "programme", '"lots"', '"coin"', '"half"', "payer_receipt", "alias", "account",
               "spendable", "balance_won"]
    for wallet in (kim, lee):
        secrets += [wallet.account.hex(), wallet.person.hex(), wallet.key.public.hex(), text(wallet.account), wallet.reference]
    secrets += [cose.parse(code).body.alias.hex(), text(code)]
    assert len(told) == 6 and [secret for secret in secrets if secret in everything] == []


def test_two_codes_of_one_person_share_nothing(city):
    kim = city.wallet()
    one, two = (cose.parse(kim.code(5_000)) for _ in range(2))
    assert one.body.alias != two.body.alias and one.body.nonce != two.body.nonce


# --- a till that was offline ----------------------------------------------------------------

def test_fifty_sales_in_one_post_are_answered_one_by_one(city, line, till):
    kim = city.wallet(help_won=100_000)
    lines = []
    for number in range(50):
        code = kim.code(2_000)
        lines.append(sale(code, till.charge(code, 1_000 if number % 10 else 3_000)))
    answers = line.post("/api/sales", {"sales": lines}, till).json["answers"]
    words = [answer.get("problem", {}).get("word", "") for answer in answers]
    assert words == ["" if number % 10 else "OVER_CAP" for number in range(50)]
    assert len({answer["entry"] for answer in answers if "entry" in answer}) == 45
    assert city.balance_won(kim) == 55_000
    assert line.post("/api/sales", {"sales": lines}, till).json["answers"] == answers
    assert city.balance_won(kim) == 55_000


def test_fifty_one_are_too_many_and_nothing_moves(city, line, till):
    kim = city.wallet(help_won=1_000)
    code = kim.code(10)
    refused = line.post("/api/sales", {"sales": [sale(code, till.charge(code, 10))] * 51})
    assert (refused.word, refused.json["facts"]) == ("TOO_MANY", {"most": 50})
    assert city.balance_won(kim) == 1_000 and line.post("/api/sales", {"sales": []}).json["answers"] == []


def test_one_rotten_line_spoils_no_other(city, line, till):
    kim = city.wallet(help_won=1_000)
    code = kim.code(10)
    rotten = [{}, {"payer": 1, "payee": None}, {"payer": "!", "payee": "!"}, sale(b"", b""), sale(b"\xff" * 5_000, code)]
    answers = line.post("/api/sales", {"sales": [*rotten, sale(code, till.charge(code, 10))]}).json["answers"]
    assert ["problem" in answer for answer in answers] == [True] * 5 + [False]


# --- who asks ------------------------------------------------------------------------------

PATHS = ["/api/wallet", "/api/till", "/api/preview?shop=1&amount_won=1", "/api/events/poll", "/api/events"]


@pytest.mark.parametrize("path", PATHS)
def test_nobody_reads_without_a_session(line, path):
    assert (line.get(path).status, line.get(path).word) == (401, "SIGN_IN_FIRST")


def test_a_session_is_good_for_its_own_life_and_reader(city, line, till):
    kim, lee = city.wallet(help_won=1), city.wallet()
    assert line.get("/api/wallet", kim).json["account"] == kim.account.hex()
    assert line.get("/api/wallet", lee).json["account"] == lee.account.hex()
    assert line.get("/api/wallet", till).word == line.get("/api/till", kim).word == "NOT_YOURS"

    def with_token(token: bytes) -> str:
        return line.get(f"/api/wallet?session={text(token)}").word

    assert with_token(kim.session()) == ""
    assert with_token(kim.session(life_s=-1)) == "EXPIRED"
    assert with_token(kim.session(life_s=601)) == "TOO_FAR_AHEAD"
    assert with_token(kim.code(100)) == with_token(kim.joining()) == "WRONG_PURPOSE"
    by_lee = cose.sign(cose.parse(kim.session()).body, lee.key, city.chain_id)
    assert with_token(by_lee) == "BAD_SIGNATURE"
    elsewhere = cose.sign(cose.parse(kim.session()).body, kim.key, bytes(32))
    assert with_token(elsewhere) == "BAD_SIGNATURE"
    assert with_token(b"") in ("SIGN_IN_FIRST", "NOT_A_MESSAGE")


def test_a_revoked_phone_and_a_revoked_till_read_nothing(city, line):
    kim, till = city.wallet(), city.till()
    hand, until_s = city.numbers[MAKER], city.now_s() + 600
    city.hand_in(orders.KeyRevoke(hand, kim.key.public, b"12345678", until_s))
    city.hand_in(orders.Till(hand, till.number, till.shop, 0, till.key.public, till.refund_key.public, b"87654321", until_s))
    told = line.get("/api/wallet", kim)
    assert (told.word, told.json["facts"]) == ("REVOKED_KEY", {"stopped_at_s": city.now_s(), "replaced": 0})
    assert line.get("/api/till", till).word == "TILL_REVOKED"
    lee = city.wallet(help_won=1_000)
    assert pay(line, lee, till, 100).word == "TILL_REVOKED"


# --- before paying -------------------------------------------------------------------------

def test_the_preview_says_what_paying_here_would_take(city, line):
    kim = city.wallet(help_won=3_000, give_won=2_000)

    def preview(shop: int, won: int) -> dict:
        return line.get(f"/api/preview?shop={shop}&amount_won={won}", kim).json

    here = preview(RESTAURANT, 4_000)
    assert (here["enough"], here["spendable_here_won"], here["shop_name"]) == (True, 5_000, "육거리 순대국")
    assert [(use["coin"], use["amount_won"]) for use in here["uses"]] == [(1, 3_000), (2, 1_000)]
    there = preview(BOOKS, 4_000)
    assert (there["enough"], there["spendable_here_won"], there["word"], there["missing_won"]) == \
        (False, 2_000, "WRONG_CATEGORY", 2_000)
    assert preview(BOOKS, 0)["enough"] and preview(99, 1)["word"] == "UNKNOWN_SHOP"
    assert city.balance_won(kim) == 5_000


def test_the_wallet_shows_what_came_and_went_and_pages_on(city, line, till):
    kim = city.wallet(help_won=60)
    for _ in range(55):
        assert pay(line, kim, till, 1).status == 200
    first = line.get("/api/wallet", kim).json
    assert len(first["history"]) == 50 and first["more"]
    rest = line.get(f"/api/wallet?before={first['history'][-1]['entry']}", kim).json
    assert [moved["kind"] for moved in rest["history"]] == ["payment"] * 5 + ["top-up"] and not rest["more"]


def test_a_till_pays_into_its_day(city, line):
    kim, till = city.wallet(give_won=5_000), city.till(BOOKS)
    entry = pay(line, kim, till, 1_000).json["entry"]
    asked(line, kim, till, 500, "B-7")
    line.post("/api/refunds", {"message": text(till.refund(entry, 300))})
    day = line.get("/api/till", till).json
    assert (day["day_total_won"], day["day_sales"], day["shop_name"]) == (1_200, 2, "무심천 서점")
    assert [(one["kind"], one["reference"], one["of"]) for one in day["sales"]] == \
        [("refund", "", entry), ("sale", "B-7", None), ("sale", "", None)]
