"""Certificates, deposits and signed refusals over the counter, in a founded city."""

import json
import os
from dataclasses import replace

import pytest

from app.chain.verify import replay
from app.desk import directory, lookup
from app.message import cose
from app.message.keys import Signer, new_seed
from app.money import orders, orders_offline, policy
from app.store.audit import SqliteLog, opened_log
from app.store.database import connect
from tests.cast import DAY_S, HOUR_S, PHARMACY, City, raw, sale, text

HELD_WON = 20_000


class Phone:
    """A wallet's certified key: what it needs to pay without a network."""

    def __init__(self, city: City, wallet):
        self.city, self.key, self.count = city, Signer(new_seed()), 0
        wish = orders_offline.OfflineKey(wallet._alias(), self.key.public, os.urandom(8), city.now_s() + 300)
        self.wish = wallet._sign(wish)
        self.answer = city.line().post("/api/certificates", {"message": text(self.wish)})

    def code(self, won: int, mode: int = orders.CAP) -> bytes:
        self.count += 1
        until_s = self.answer.json["until_s"] + self.city.office.rules.deposit_s
        return cose.sign(orders_offline.OfflineCode(
            self.key.public[:8], mode, won, self.count, os.urandom(8), self.city.now_s() + 60, until_s,
        ), self.key, self.city.chain_id)


def deposit(city: City, till, code: bytes, won: int) -> bytes:
    return till._sign(orders_offline.Deposit(
        till.number, till.shop, city.id_of(code), won, city.now_s(), os.urandom(8),
        cose.parse(code).body.expires_at_s, b"", 0,
    ))


@pytest.fixture
def kim(city):
    return city.wallet(help_won=HELD_WON)


@pytest.fixture
def phone(city, kim):
    return Phone(city, kim)


def test_a_fresh_key_is_certified_by_the_receipt_key_and_twice_the_same(city, phone):
    body = cose.verify(cose.parse(raw(phone.answer.json["certificate"])), city.office.issuer.key.public, city.chain_id).body
    assert body == orders_offline.Certificate(
        orders.RECEIPT_KEY, phone.key.public, 30_000, city.now_s(), city.now_s() + 12 * HOUR_S)
    assert city.line().post("/api/certificates", {"message": text(phone.wish)}).json == phone.answer.json | {
        "now_ms": phone.answer.json["now_ms"]}


def test_a_certificate_and_its_code_fit_one_readable_picture(city, phone):
    from app.message import qr
    both = phone.code(30_000) + raw(phone.answer.json["certificate"])
    assert len(both) <= 245
    assert qr.to_text(both, "PAY.EXAMPLE-CITY.KR:8443")


def test_what_a_till_took_without_a_network_is_settled_hours_later_and_the_log_is_right(city, kim, phone):
    till = city.till()
    code = phone.code(30_000)
    claim = deposit(city, till, code, 7_000)
    city.wait(20 * HOUR_S)
    line = city.line()
    settled = line.post("/api/sales", sale(code, claim))
    assert settled.status == 200 and settled.json["amount_won"] == 7_000
    assert line.post("/api/sales", sale(code, claim)).json["receipt"] == settled.json["receipt"]
    assert city.balance_won(kim) == HELD_WON - 7_000
    seen = lookup.till(city.office, till.number)["sales"]
    assert [(each["kind"], each["amount_won"]) for each in seen] == [("sale", 7_000)]
    back = line.post("/api/refunds", {"message": text(till.refund(settled.json["entry"], 7_000))})
    assert back.status == 200 and city.balance_won(kim) == HELD_WON
    with opened_log(city.office.store) as log:
        assert replay(log).ok


def test_it_counts_towards_the_day_and_a_void_takes_it_out_again(city, kim, phone):
    now_s, till = city.now_s(), city.till()
    city.hand_in(orders_offline.Policy(0, policy.DAY_KNOWN, 10_000, now_s, now_s + DAY_S, bytes(8), now_s + HOUR_S))
    code = phone.code(30_000)
    line = city.line()
    settled = line.post("/api/sales", sale(code, deposit(city, till, code, 12_000)))
    assert settled.status == 200 and lookup.wallet(city.office, kim.account, key=kim.key.public)["limit"]["left_won"] == 0

    def pays(won: int):
        request = till.request(won)
        return line.post("/api/sales", sale(kim.payment(request), request))

    assert pays(1).word == "OVER_DAY_LIMIT"
    body = orders.Void(till.number, till.shop, settled.json["entry"], os.urandom(8), city.now_s() + 60, 0)
    assert line.post("/api/refunds", {"message": text(till._sign(body))}).status == 200
    assert pays(10_001).word == "OVER_DAY_LIMIT" and pays(10_000).status == 200
    with opened_log(city.office.store) as log:
        assert replay(log).ok


def test_a_double_spend_is_borne_and_ends_the_right_and_the_books_still_agree(city, kim, phone):
    tills = city.till(), city.till(PHARMACY)
    code = phone.code(30_000)
    answers = [city.line().post("/api/sales", sale(code, deposit(city, till, code, 15_000))) for till in tills]
    assert [answer.status for answer in answers] == [200, 200]
    assert answers[0].json["entry"] != answers[1].json["entry"] and city.balance_won(kim) == 5_000
    assert Phone(city, kim).answer.word == "OFFLINE_BARRED"
    assert city.office.store.supply()[1].issued_won == HELD_WON + 15_000
    told = [each for each in lookup.wallet(city.office, kim.account)["history"] if each["kind"] == "payment"]
    assert sorted((each["amount_won"], each["borne_won"]) for each in told) == [(15_000, 0), (15_000, 15_000)]
    with opened_log(city.office.store) as log:
        assert replay(log).ok


FORGED = (
    "UPDATE record SET value = CAST(x'8300' || substr(value, 3) AS BLOB) WHERE register = 16",                # not barred, in another writing
    "DELETE FROM record WHERE register = 16 AND entry = (SELECT max(entry) FROM leg WHERE flow = 8)",   # not barred after all
    "DELETE FROM record WHERE register = 17", "DELETE FROM record WHERE register = 30",         # nothing was borne
    "UPDATE record SET value = (SELECT value FROM record WHERE register = 30 LIMIT 1) WHERE register = 17",
    "UPDATE leg SET flow = 4 WHERE flow = 8", "UPDATE leg SET amount_won = amount_won + 1 WHERE flow = 8",
    "DELETE FROM leg WHERE flow = 8", "UPDATE flowed SET amount_won = amount_won + 1 WHERE flow = 8",
    "DELETE FROM message_id WHERE entry = (SELECT min(number) FROM entry WHERE kind = 43)",     # the code, free again
    "UPDATE entry SET b = (SELECT b FROM entry WHERE kind = 43 LIMIT 1) WHERE number = (SELECT max(number) FROM entry WHERE kind = 43)",
    "UPDATE entry SET kind = 0 WHERE kind = 43", "DELETE FROM mention WHERE entry = (SELECT max(entry) FROM leg WHERE flow = 8)",
    "UPDATE record SET value = (SELECT value FROM record WHERE register = 14 AND key = 1) WHERE register = 14 AND key = 2",
)


def test_what_a_shell_changes_of_sales_without_a_network_is_found(city, phone, tmp_path):
    code = phone.code(30_000)
    for till in (city.till(), city.till(PHARMACY)):
        assert city.line().post("/api/sales", sale(code, deposit(city, till, code, 15_000))).status == 200
    whole = connect(city.office.store.path)
    for number, statement in enumerate(FORGED):
        copy = tmp_path / f"{number}.sqlite"
        whole.execute("VACUUM INTO ?", (str(copy),))
        shell = connect(copy)
        for (trigger,) in shell.execute("SELECT name FROM sqlite_schema WHERE type = 'trigger'").fetchall():
            shell.execute(f"DROP TRIGGER {trigger}")
        shell.execute("PRAGMA foreign_keys = OFF")
        assert shell.execute(statement).rowcount > 0, statement
        assert not replay(SqliteLog(shell)).ok, statement
        shell.close()
    whole.close()


def test_a_till_is_not_told_how_much_its_customer_lacks_when_the_bearer_has_too_little(city, phone):
    bearer, now_s = city.open_programme(1, budget_won=10), city.now_s()
    city.hand_in(orders_offline.Policy(
        city.numbers[0], policy.OFFLINE_BEARER, bearer, now_s, now_s + 60, os.urandom(8), now_s + HOUR_S))
    poor = Phone(city, city.wallet(help_won=1_000))
    code = poor.code(30_000)
    answer = city.line().post("/api/sales", sale(code, deposit(city, city.till(), code, 30_000)))
    city.wait(61)
    assert (answer.word, answer.json["facts"]) == ("BEARER_SHORT", {})


def test_a_refused_deposit_has_a_signed_refusal_for_the_tills_journal(city, phone):
    till = city.till()
    code = phone.code(1_000)
    claim = deposit(city, till, code, 1_001)
    line = city.line()
    assert line.post("/api/sales", sale(code, claim)).word == "OVER_CAP"
    found = line.get(f"/api/outcomes/{cose.parse(claim).body.expires_at_s}/{city.id_of(claim).hex()}").json
    body = cose.verify(cose.parse(raw(found["refusal"])), city.office.issuer.key.public, city.chain_id).body
    assert found["state"] == "refused" and (body.subject, body.number) == (city.id_of(claim)[:16], 233)


def test_a_request_that_nobody_paid_in_time_gets_a_signed_refusal_and_an_open_one_none(city):
    till, line = city.till(), city.line()
    request = till.request(5_000)
    body = cose.parse(request).body
    path = f"/api/outcomes/{body.expires_at_s}/{city.id_of(request).hex()}"
    assert line.get(path).json["state"] == "unknown"
    city.wait(170 + 61)
    found = line.get(path).json
    signed = cose.verify(cose.parse(raw(found["refusal"])), city.office.issuer.key.public, city.chain_id).body
    assert found["problem"]["word"] == "EXPIRED" and signed.number == 223


def test_a_no_for_any_id_names_the_end_by_which_it_was_asked_for(city, kim):
    till, line = city.till(), city.line()
    request = till.request(5_000)
    line.post("/api/sales", sale(kim.payment(request), request))
    found = line.get(f"/api/outcomes/1/{city.id_of(request).hex()}").json
    body = cose.verify(cose.parse(raw(found["refusal"])), city.office.issuer.key.public, city.chain_id).body
    assert body.ends_at_s == 1 != cose.parse(request).body.expires_at_s
    assert line.get(f"/api/outcomes/0/{city.id_of(request).hex()}").json["refusal"] == ""


def test_the_signed_directory_tells_tills_what_they_may_take_and_follows_the_policy(city):
    told = json.loads(directory.listing(city.office))["offline"]
    assert {name: periods[-1][2] for name, periods in told.items()} == {
        "payer_won": 30_000, "till_won": 100_000, "day_won": 60_000, "life_s": 12 * HOUR_S}
    kept = directory.Kept(city.office)
    before = kept.now().body
    city.hand_in(orders_offline.Policy(
        city.numbers[0], policy.OFFLINE_PAYER, 0, city.now_s(), city.now_s() + DAY_S, os.urandom(8), city.now_s() + HOUR_S))
    assert kept.now().body != before
    assert Phone(city, city.wallet(help_won=1)).answer.word == "OFFLINE_OFF"
    city.wait(DAY_S + 1)
    city.accept_keys(DAY_S)


def test_a_wallet_is_told_today_what_the_policy_says_of_tomorrow(city):
    account = city.wallet(help_won=1).account
    from_s, until_s = city.now_s() + HOUR_S, city.now_s() + 2 * HOUR_S
    city.hand_in(orders_offline.Policy(
        city.numbers[0], policy.OFFLINE_PAYER, 0, from_s, until_s, os.urandom(8), city.now_s() + HOUR_S))
    told = lookup.wallet(city.office, account)["offline"]
    assert (told["barred"], told["payer_won"], told["periods"][-1]) == (False, 30_000, [from_s, until_s, 0])


@pytest.mark.parametrize("change", [{"number": bytes(8)}, {"expires_at_s": 1}, {"count": 255}])
def test_codes_of_any_figures_are_refused_in_words(city, phone, change):
    till = city.till()
    body = replace(cose.parse(phone.code(1_000)).body, **change)
    code = cose.sign(body, phone.key, city.chain_id)
    claim = deposit(city, till, code, 1_000)
    assert city.line().post("/api/sales", sale(code, claim)).status < 500
