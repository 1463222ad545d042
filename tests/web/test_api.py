"""What wallets and tills are answered: who asks is known before money moves, and nothing that is sent ends in a bug."""

import json

import pytest

from app.desk import lookup, news, pairing
from app.errors import Refusal
from app.message.keys import Signer, new_seed
from tests.cast import City, sale, text


@pytest.fixture(scope="module")
def city(tmp_path_factory):
    city = City(tmp_path_factory.mktemp("city") / "data")
    yield city
    city.close()


class Late:
    """A wallet that shows a session which has expired."""

    def __init__(self, wallet):
        self.wallet = wallet

    def session(self) -> bytes:
        return self.wallet.session(-1)


def test_a_session_that_has_expired_is_refused_before_the_payment_and_not_after_it(city):
    kim, till = city.wallet(help_won=5_000), city.till()
    request = till.request(1_000)
    wanted = sale(kim.payment(request), request)
    assert city.line().post("/api/sales", wanted, Late(kim)).word == "EXPIRED"
    assert city.balance_won(kim) == 5_000
    answer = city.line().post("/api/sales", wanted, kim)
    assert answer.status == 200 and answer.json["payer_receipt"]
    assert city.balance_won(kim) == 4_000


def test_anothers_wallet_neither_pays_with_somebodys_message_nor_sees_the_half(city):
    kim, lee, till = city.wallet(help_won=5_000), city.wallet(), city.till()
    request = till.request(1_000)
    wanted = sale(kim.payment(request), request)
    assert city.line().post("/api/sales", wanted, lee).word == "NOT_YOURS"
    assert city.balance_won(kim) == 5_000
    assert "payer_receipt" not in city.line().post("/api/sales", wanted, till).json
    assert city.line().post("/api/sales", wanted, lee).word == "NOT_YOURS"


def test_only_the_payer_is_told_what_is_in_the_purse(city):
    kim, till = city.wallet(help_won=5_000), city.till()
    code = kim.code(6_000)
    wanted = sale(code, till.charge(code, 6_000))
    for who in (None, till):
        refused = city.line().post("/api/sales", wanted, who)
        assert refused.word == "NOT_ENOUGH" and refused.json["facts"] == {}
    assert city.line().post("/api/sales", wanted, kim).json["facts"]["balance_won"] == 5_000


@pytest.mark.parametrize("charset", ["utf-8", "utf-16-le", "utf-16", "utf-32"])
def test_half_a_character_is_unreadable_in_every_charset(city, charset):
    publics = [text(Signer(new_seed()).public) for _ in range(2)]
    body = json.dumps({"code": "\ud800", "key": publics[0], "refund_key": publics[1], "proof": "AA", "refund_proof": "AA"})
    answer = city.line().post("/api/tills/pair", body.encode(charset))
    assert (answer.status, answer.word) == (400, "UNREADABLE")


def test_what_a_client_missed_costs_nothing_for_the_sales_of_others(city, monkeypatch):
    kim, lee, till = city.wallet(help_won=5_000), city.wallet(help_won=500), city.till()
    before = city.office.store.head().size - 1
    for wallet in (kim, kim, lee):
        request = till.request(100)
        city.line().post("/api/sales", sale(wallet.payment(request), request))
    signed, slip = [], news._slip
    monkeypatch.setattr(news, "_slip", lambda *of: signed.append(of) or slip(*of))
    watcher = news.Watcher(city.office)
    told = watcher.replay(lookup.topics(city.office, lee.aliases[0]), before)
    assert len(told) == 1 and len(signed) == 1


def test_no_receipt_is_signed_that_nobody_waits_for(city, monkeypatch):
    kim, till, other = city.wallet(help_won=5_000), city.till(), city.till()
    signed, slip = [], news._slip
    monkeypatch.setattr(news, "_slip", lambda *of: signed.append(of) or slip(*of))
    watcher = news.Watcher(city.office)

    def paid(*topics: str) -> list[str]:
        """Who is told of a payment while these listen."""
        request = till.request(100)
        city.line().post("/api/sales", sale(kim.payment(request), request))
        return [topic for topic, _, _ in watcher.poll(set(topics))]

    mine, (hers,) = f"till/{till.number}", lookup.topics(city.office, kim.aliases[0])
    assert paid() == paid(f"till/{other.number}") == [] and not signed
    assert paid(mine) == [mine] and len(signed) == 1
    assert paid(mine, hers) == [mine, hers] and len(signed) == 3


def test_a_proof_of_a_key_is_one_signature_and_not_the_end_of_a_longer_text(city):
    key, refund_key = Signer(new_seed()), Signer(new_seed())
    data = pairing.to_prove(city.office, "ABCD-EFGH", key.public, refund_key.public)
    longer = key.sign(b"some other text" + data) + b"some other text"
    with pytest.raises(Refusal, match="BAD_SIGNATURE"):
        pairing.claim(city.office, "ABCD-EFGH", (key.public, refund_key.public), (longer, refund_key.sign(data)))
