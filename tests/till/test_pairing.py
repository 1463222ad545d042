"""How a tablet becomes a till, and how it stops being one."""

import pytest
from playwright.sync_api import expect

from app.money import orders
from app.money.state import Register
from app.people import pairing
from tests.till.town import PIN, Tablet


def fill(tablet: Tablet, code: str, pin: str = PIN, again: str = PIN) -> None:
    tablet.page.get_by_label("연결 번호").fill(code)
    tablet.page.get_by_label("환불 비밀번호 정하기").fill(pin)
    tablet.page.get_by_label("환불 비밀번호 한 번 더").fill(again)
    tablet.page.get_by_role("button", name="연결하기").click()


def test_the_digits_are_those_of_both_keys_and_an_officer_who_sees_them_signs(new_tablet, town):
    tablet = new_tablet.pair()
    record = town.office.store.get(Register.TILL, tablet.number)
    assert record.rights == orders.RECEIVE | orders.RETURN
    assert record.key != record.refund_key
    expect(tablet.page.locator("h1")).to_contain_text(f"단말기 {tablet.number}")


@pytest.mark.prove
def test_a_code_can_be_typed_in_small_letters_without_its_hyphen(new_tablet, town):
    new_tablet.open()
    fill(new_tablet, town.pairing_code().replace("-", "").lower())
    expect(new_tablet.page.locator(".digits")).to_be_visible()


def test_what_was_forgotten_on_the_form_is_said_at_its_field(new_tablet, town):
    new_tablet.open()
    for code, pin, again, said in (("", PIN, PIN, "연결 번호를 넣어 주세요."), ("ABCD-EFGH", "12", "12", "숫자 4~8자리로"),
                                   ("ABCD-EFGH", PIN, "4822", "두 번 넣은 숫자가 다릅니다.")):
        fill(new_tablet, code, pin, again)
        expect(new_tablet.page.locator(".wrong")).to_contain_text(said)
    fill(new_tablet, "ABCD-EFGH")
    expect(new_tablet.page.locator(".refusal")).to_contain_text("연결 번호가 맞지 않습니다")


def test_waiting_for_the_officer_survives_a_reload(new_tablet, town):
    new_tablet.open(f"/pos#pair={town.pairing_code()}")
    fill(new_tablet, new_tablet.page.get_by_label("연결 번호").input_value())
    new_tablet.page.wait_for_selector(".digits")
    digits = "-".join(new_tablet.page.locator(".digits span").all_text_contents())
    new_tablet.page.reload()
    expect(new_tablet.page.locator(".digits")).to_have_text(digits.replace("-", ""))
    town.sign_till(digits)
    expect(new_tablet.page.get_by_role("button", name="영업 시작")).to_be_visible()


def test_an_officer_who_says_no_brings_the_form_back(new_tablet, town):
    new_tablet.open(f"/pos#pair={town.pairing_code()}")
    fill(new_tablet, new_tablet.page.get_by_label("연결 번호").input_value())
    new_tablet.page.wait_for_selector(".digits")
    digits = "-".join(new_tablet.page.locator(".digits span").all_text_contents())
    wanted = next(one for one in pairing.waiting(town.office.people) if one.fingerprint == digits)
    pairing.cancel(town.office.people, wanted.number)
    expect(new_tablet.page.locator(".refusal")).to_contain_text("연결 시간이 지났습니다")


def test_no_key_can_be_taken_out_of_the_browser(new_tablet):
    new_tablet.pair()
    kept = new_tablet.page.evaluate("""async () => {
        const rows = async (name, store) => new Promise(done => {
            const open = indexedDB.open(name);
            open.onsuccess = () => {
                const all = open.result.transaction(store).objectStore(store).getAll();
                all.onsuccess = () => done(all.result);
            };
        });
        const keys = [...await rows('hagc-keys', 'keys'), ...await rows('hagc-till', 'facts')];
        const found = keys.flatMap(one => Object.values(one ?? {})).filter(one => one instanceof CryptoKey);
        return found.map(one => [one.type, one.extractable]);
    }""")
    assert sorted(kept) == [["private", False], ["secret", False]]


def test_a_till_that_was_stopped_says_what_to_do_and_can_be_taken_off(new_tablet, town):
    tablet = new_tablet.pair()
    record = town.office.store.get(Register.TILL, tablet.number)
    town.hand_in(orders.Till(town.numbers[0], tablet.number, record.shop, 0, record.key, record.refund_key, bytes(8),
                             town.now_s() + 600))
    tablet.page.reload()
    expect(tablet.page.locator(".refusal")).to_contain_text("사용이 정지된 단말기입니다")
    tablet.page.get_by_role("button", name="이 기기를 단말기에서 빼기").click()
    tablet.page.get_by_role("button", name="열쇠 지우기").click()
    expect(tablet.page.get_by_label("연결 번호")).to_be_visible()
