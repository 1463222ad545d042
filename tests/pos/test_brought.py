"""A stolen till's queue, brought in a file to another till of the shop: settled once, and only what that one can't settle."""

import json
import os
import time

import pytest

from app.message import cose, qr
from app.money import orders_offline, policy
from app.money.orders_offline import Deposit
from pos import offline
from pos.journal import Journal
from tests.cast import HELP, HOST, HOUR_S, MAKER, PHARMACY, RESTAURANT, raw, text
from tests.pos.conftest import PIN, run
from tests.pos.test_offline import Certified


@pytest.fixture
def certified(town, phone) -> Certified:
    return Certified(town, phone)


@pytest.fixture
def stolen(town):
    return town.till(RESTAURANT)


def queue(town, till, certified, *amounts: int, **changes) -> dict:
    """What that till took and wrote into a file."""
    sales = []
    for won in amounts:
        both = qr.from_text(certified.code(), (HOST,))
        code = offline.code_of(both)
        claim = till._sign(Deposit(
            till.number, till.shop, town.id_of(code), won, town.now_s(), os.urandom(8),
            cose.parse(code).body.expires_at_s, b"T-7", 3))
        sales.append({"payer": text(code), "payee": text(claim), "certificate": text(both[len(code):])})
    return {"till": till.number, "shop": till.shop, "chain_id": town.chain_id.hex(), "sales": sales} | changes


def bring(folder, tmp_path, file: object, pin: str = PIN):
    path = tmp_path / "queue.json"
    path.write_text(file if isinstance(file, str) else json.dumps(file), encoding="utf-8")
    return run(folder, "import", str(path), typed=f"{pin}\n")


def lines(folder) -> list:
    journal = Journal(folder / "journal.db")
    try:
        return journal.lines()
    finally:
        journal.close()


def test_what_a_stolen_till_took_is_settled_under_another_till_of_the_shop_once(town, folder, stolen, certified, phone, tmp_path):
    file = queue(town, stolen, certified, 3_000, 4_000)
    town.stop(stolen)
    time.sleep(1.1)
    done = bring(folder, tmp_path, file)
    assert done.exit_code == 0 and "3,000원" in done.output and "정산을 기다리는 결제가 없습니다" in done.output
    assert phone.balance_won() == 13_000
    bodies = [cose.parse(line.raw).body for line in lines(folder)]
    assert [(body.till != stolen.number, body.reference, body.cashier) for body in bodies] == [(True, b"T-7", 3)] * 2
    assert bring(folder, tmp_path, file).exit_code == 0
    assert phone.balance_won() == 13_000 and len(lines(folder)) == 2
    assert "오늘 합계 7,000원" in run(folder, "sales").output


def test_what_its_own_till_can_settle_is_settled_under_that_one(town, folder, stolen, certified, phone, tmp_path):
    time.sleep(1.1)
    done = bring(folder, tmp_path, queue(town, stolen, certified, 3_000))
    assert done.exit_code == 0 and "3,000원" in done.output and "이미 정산되었습니다" in done.output
    assert phone.balance_won() == 17_000 and lines(folder) == []


def test_a_claim_that_the_stolen_till_never_signed_is_claimed_by_nobody(town, folder, stolen, certified, phone, tmp_path):
    file, other = queue(town, stolen, certified, 3_000), town.till(RESTAURANT)
    claim = cose.parse(raw(file["sales"][0]["payee"])).body
    forged = cose.sign(claim, other.key, town.chain_id)
    file["sales"][0]["payee"] = text(forged)
    town.stop(stolen)
    done = bring(folder, tmp_path, file)
    assert done.exit_code == 1 and "[BAD_SIGNATURE]" in done.output
    assert phone.balance_won() == 20_000 and lines(folder) == []


def test_a_file_of_another_shop_or_city_or_none_at_all_is_refused(town, folder, certified, tmp_path):
    pharmacy = town.till(PHARMACY)
    assert "[WRONG_SHOP]" in bring(folder, tmp_path, queue(town, pharmacy, certified, 1_000)).output
    assert "[WRONG_SHOP]" in bring(folder, tmp_path, queue(town, pharmacy, certified, 1_000, shop=RESTAURANT)).output
    assert "[OTHER_CHAIN]" in bring(folder, tmp_path, queue(town, pharmacy, certified, 1_000, chain_id="00" * 32)).output
    for junk in ("", "[]", "{}", '{"chain_id": "", "shop": 1, "sales": [{"payer": "AA"}]}', "[" * 100_000):
        assert bring(folder, tmp_path, junk).exit_code == 2


def test_what_the_city_refuses_this_till_too_is_said_and_closed(town, folder, stolen, certified, phone, tmp_path):
    file = queue(town, stolen, certified, 3_000)
    town.stop(stolen)
    town.freeze(phone)
    set_bearer(town, 0)
    try:
        time.sleep(1.1)
        done = bring(folder, tmp_path, file)
        assert done.exit_code == 1 and "ACCOUNT_FROZEN" in done.output and lines(folder)[0].word == "ACCOUNT_FROZEN"
        assert bring(folder, tmp_path, file).exit_code == 1
    finally:
        set_bearer(town, HELP)


def set_bearer(town, programme: int) -> None:
    now_s = town.now_s()
    town.hand_in(orders_offline.Policy(
        town.numbers[MAKER], policy.OFFLINE_BEARER, programme, now_s, 2**52, os.urandom(8), now_s + HOUR_S))


def test_it_asks_the_owners_pin(town, folder, stolen, certified, phone, tmp_path):
    file = queue(town, stolen, certified, 1_000)
    town.stop(stolen)
    assert "[SIGN_IN_WRONG]" in bring(folder, tmp_path, file, "0000").output
    assert phone.balance_won() == 20_000 and lines(folder) == []
