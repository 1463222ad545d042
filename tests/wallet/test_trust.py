"""Whom the wallet believes: keys that the city's roots signed, whatever the server says; receipts of its other phones."""

import json
import urllib.request

import pytest
from playwright.sync_api import expect

from app.message import cose
from app.message.keys import Signer, new_seed
from tests.vectors.trust import genesis
from tests.wallet.phone import new_phone
from tests.wallet.town import base64url, octets

NOT_THE_CITYS = "시의 서버인지 확인하지 못했습니다"


def lies(phone, change) -> None:
    """From now on GET /api/city says what `change` makes of it."""
    phone.page.route("**/api/city", lambda route: route.fulfill(
        response=(answer := route.fetch()), json=change(json.loads(answer.body()))))


def forged(said: dict) -> dict:
    """A receipt key that nobody's roots signed, with everything else as it was."""
    thief = Signer(new_seed())
    chain = bytes.fromhex(said["chain_id"])
    lines = []
    for each in said["operational"]:
        body = cose.parse(octets(each["message"])).body
        lines.append(each | {"message": base64url(cose.sign(body, thief, chain))})
    return said | {"operational": lines}


LIES = {
    "a key by a thief": forged,
    "one root alone": lambda said: said | {"operational": [each | {"approvals": []} for each in said["operational"]]},
    "one root twice": lambda said: said | {
        "operational": [each | {"approvals": each["approvals"] * 2} for each in said["operational"]]},
    "another genesis": lambda said: said | {"genesis": genesis().hex()},
    "no proof": lambda said: {name: value for name, value in said.items() if name != "operational"},
    "nonsense": lambda said: said | {"operational": [{"message": "###", "approvals": 7}]},
}


@pytest.mark.parametrize("lie", LIES)
def test_a_city_whose_keys_its_roots_did_not_sign_makes_no_wallet(browser, town, lie):
    phone = new_phone(browser, town)
    lies(phone, LIES[lie])
    phone.open().tap("지갑 만들기")
    expect(phone.page.locator(".refusal")).to_contain_text(NOT_THE_CITYS)
    assert phone.kept("account") is None and phone.kept("city") is None
    phone.page.unroute("**/api/city")
    phone.make_wallet()
    phone.page.unroute_all(behavior="ignoreErrors")
    phone.context.close()


def test_a_server_that_begins_to_lie_is_named_and_nothing_of_it_is_kept(phone):
    phone.with_money(30_000)
    before = phone.kept("city")["known"]
    lies(phone, forged)
    phone.page.reload()
    expect(phone.page.locator(".refusal")).to_contain_text(NOT_THE_CITYS)
    assert phone.page.get_by_role("button", name="이 휴대전화에서 새로 시작하기").count() == 0     # nothing is thrown away for a lie
    assert phone.balance() == "30,000원" and phone.kept("city")["known"] == before
    phone.page.unroute("**/api/city")
    phone.page.reload()
    expect(phone.page.locator(".refusal")).to_have_count(0)


def test_what_was_proven_once_stays_known_when_the_server_keeps_it_back(phone, shop):
    phone.with_money(30_000)
    before = phone.kept("city")["known"]
    assert {one["role"] for one in before} == {1, 4}
    lies(phone, lambda said: said | {"operational": []})
    phone.page.reload()
    phone.paste(shop.request(5_000))
    phone.tap("내기", exact=True)
    expect(phone.page.get_by_text("시의 서명이 맞는 영수증입니다.")).to_be_visible()
    assert phone.kept("city")["known"] == before


def test_a_list_of_shops_that_is_not_signed_by_the_certified_key_is_not_shown(browser, town):
    phone = new_phone(browser, town)
    with urllib.request.urlopen(f"{town.url}/api/directory/signature", timeout=10) as answer:
        said = json.load(answer)
    body = cose.parse(octets(said["message"])).body
    forged_too = base64url(cose.sign(body, Signer(new_seed()), town.counter.office.chain_id))
    phone.page.route("**/api/directory/signature", lambda route: route.fulfill(json=said | {"message": forged_too}))
    with phone.page.expect_response("**/api/directory/signature"):
        phone.open("/#/where")
    phone.page.wait_for_timeout(500)
    assert phone.page.get_by_text("곳을 찾았습니다").count() == 0 and phone.kept("directory") is None
    phone.page.unroute_all(behavior="ignoreErrors")
    phone.context.close()


# --- another phone of the same person


@pytest.fixture
def second(browser, town, phone, shop):
    """A payment of the first phone, seen on another one whose key two officers added."""
    phone.with_money(30_000)
    phone.paste(shop.request(5_000))
    phone.tap("내기", exact=True)
    expect(phone.page.get_by_role("heading", name="결제되었습니다")).to_be_visible()
    second = new_phone(browser, town).open()
    second.make_wallet()
    town.counter.move_key(second.kept("account")["aliases"][0], phone.kept("account")["account"])
    second.page.reload()
    expect(second.page.locator(".balance .amount strong")).to_have_text("25,000원")
    second.tap("사용 내역")
    second.page.get_by_role("button", name="영수증 보기").click()
    expect(second.page.get_by_text("이 휴대전화에 영수증이 없습니다")).to_be_visible()
    yield second
    second.context.close()


def test_a_new_phone_fetches_the_receipt_and_checks_it_when_asked(second, phone):
    second.tap("영수증 확인")
    expect(second.page.get_by_text("시의 서명이 맞는 영수증입니다.")).to_be_visible()
    kept, paid = second.kept("payments")[0], phone.kept("payments")[0]
    assert {name: kept[name] for name in ("id", "entry", "receipt", "opening", "amount_won")} == {
        name: paid[name] for name in ("id", "entry", "receipt", "opening", "amount_won")}
    second.page.reload()
    second.tap("영수증 보기")
    second.tap("서명 확인하기")
    expect(second.page.get_by_text("시의 서명이 맞는 영수증입니다.")).to_be_visible()


@pytest.mark.parametrize("field", ["half", "salt", "other", "payer_receipt"])
def test_a_receipt_that_the_server_changed_is_not_believed_and_not_kept(second, field):
    def change(said: dict) -> dict:
        changed = bytearray(octets(said[field]))
        changed[-1] ^= 1
        return said | {field: base64url(bytes(changed))}

    second.page.route("**/api/receipts/*", lambda route: route.fulfill(
        response=(answer := route.fetch()), json=change(answer.json())))
    second.tap("영수증 확인")
    expect(second.page.locator(".open [role=status]").first).to_contain_text("주민센터에 알려 주세요")
    assert second.kept("payments") == []


def test_without_a_line_the_receipt_is_asked_for_again_later(second):
    second.page.route("**/api/receipts/*", lambda route: route.abort())
    second.tap("영수증 확인")
    expect(second.page.locator(".open .refusal")).to_contain_text("인터넷", timeout=20_000)
    second.page.unroute("**/api/receipts/*")
    second.tap("영수증 확인")
    expect(second.page.get_by_text("시의 서명이 맞는 영수증입니다.")).to_be_visible()
