"""A phone whose browser has no Ed25519 of its own: the wallet works, its key is `soft`, and the ledger says so."""

import pytest
from playwright.sync_api import expect

from app.money import orders
from app.money.state import Register
from tests.wallet.phone import new_phone

# Answers as a browser without it does: the newest Chromium can't be told to forget Ed25519 by a flag.
FORGET = """for (const name of ['generateKey', 'importKey']) {
    const known = SubtleCrypto.prototype[name];
    SubtleCrypto.prototype[name] = function (...said) {
        const asked = said[name === 'generateKey' ? 0 : 2];
        if ((asked.name ?? asked) !== 'Ed25519') return known.apply(this, said);
        return Promise.reject(new DOMException('Unrecognized name.', 'NotSupportedError'));
    };
}"""
KNOWS = "crypto.subtle.generateKey('Ed25519', false, ['sign']).then(() => true, (error) => error.name)"


@pytest.fixture
def phone(browser, town):
    phone = new_phone(browser, town)
    phone.context.add_init_script(FORGET)
    yield phone.open()
    phone.context.close()


def test_an_old_phone_gets_a_key_of_the_soft_grade_and_the_ledger_says_so(phone, shop, town):
    assert phone.page.evaluate(KNOWS) == "NotSupportedError"
    account = bytes.fromhex(phone.make_wallet())
    keys = [record for _, record in town.counter.office.store.records(Register.KEY) if record.account == account]
    assert [key.grade for key in keys] == [orders.SOFT]


def test_an_old_phones_key_survives_a_restart_and_pays(phone, shop):
    phone.with_money(30_000)
    phone.page.reload()
    phone.tap("내 코드")
    assert shop.charge(phone.code_text(), 5_000)["amount_won"] == 5_000
    expect(phone.page.get_by_role("heading", name="결제되었습니다")).to_be_visible()
    phone.open()
    phone.paste(shop.request(12_500))
    phone.tap("내기", exact=True)
    expect(phone.page.get_by_role("heading", name="결제되었습니다")).to_be_visible()
    expect(phone.page.locator("main")).to_contain_text("시의 서명이 맞는 영수증입니다.")
    assert phone.complaints == []


def test_the_seed_never_lies_open_in_the_phone(phone):
    phone.make_wallet()
    sealed = phone.page.evaluate("""() => new Promise((done, failed) => {
        const opening = indexedDB.open('hagc-keys');
        opening.onerror = () => failed(opening.error);
        opening.onsuccess = () => {
            const store = opening.result.objectStoreNames[0];
            const all = opening.result.transaction(store).objectStore(store).getAll();
            all.onsuccess = () => done(all.result.map((key) => [key.grade,
                ...Object.values(key).filter((one) => one instanceof CryptoKey).map((one) => [one.algorithm.name, one.extractable])]));
        };
    })""")
    assert sealed == [[orders.SOFT, ["AES-GCM", False]]]
