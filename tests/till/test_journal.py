"""The tablet's own record: it hangs together, survives whatever happens to the device, and is never quietly full."""

import hashlib
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import expect

from tests.story.stage import ROWS
from tests.till.town import FLAGS, Tablet

FIRST_RELEASE = """() => new Promise((resolve) => {
    const opening = indexedDB.open('hagc-till', 1);
    opening.onupgradeneeded = () => {
        opening.result.createObjectStore('facts');
        opening.result.createObjectStore('sent', { keyPath: 'id' });
        opening.result.createObjectStore('closed', { keyPath: 'id' });
    };
    opening.onsuccess = () => {
        const moving = opening.result.transaction(['sent', 'closed'], 'readwrite');
        const sent = { kind: 'charge', message: 'AA', amount_won: 500, expires_at_s: 2 };
        moving.objectStore('sent').add({ ...sent, id: 'bb', signed_at_s: 2 });
        moving.objectStore('sent').add({ ...sent, id: 'aa', signed_at_s: 1 });
        moving.objectStore('closed').add({ id: 'aa', how: 'settled', closed_at_s: 3, entry: 7, receipt: 'AA' });
        moving.oncomplete = () => {
            opening.result.close();
            resolve();
        };
    };
})"""
CHANGE = """() => new Promise((resolve) => {
    indexedDB.open('hagc-till').onsuccess = ({ target: { result } }) => {
        const rows = result.transaction('rows', 'readwrite').objectStore('rows');
        rows.get(1).onsuccess = ({ target }) => {
            rows.put({ ...target.result, text: target.result.text.replace('700', '900') }).onsuccess = () => {
                result.close();
                resolve();
            };
        };
    };
})"""
TEN_YEARS_MS = 10 * 365 * 86_400_000


def rows(tablet) -> list[dict]:
    return tablet.page.evaluate(ROWS)


def sell(tablet, town, kim, amount: str) -> None:
    town.pay(kim, tablet.ask(amount))
    expect(tablet.paid).to_be_visible()
    tablet.page.keyboard.press("Enter")


@contextmanager
def full(tablet, town) -> Iterator[None]:
    """The device has no room for this page. Chromium looks again only after half a minute."""
    quota, origin = tablet.context.new_cdp_session(tablet.page), {"origin": town.url}
    quota.send("Storage.overrideQuotaForOrigin", {**origin, "quotaSize": 1})
    tablet.page.wait_for_timeout(32_000)
    yield
    quota.send("Storage.overrideQuotaForOrigin", origin)


def record(tablet):
    tablet.page.get_by_role("button", name="설정", exact=True).click()
    return tablet.page.locator(".record")


def test_each_row_holds_the_hash_of_the_one_before_and_the_file_shows_it(tablet, town, kim):
    for amount in ("700", "710"):
        sell(tablet, town, kim, amount)
    card = record(tablet)
    expect(card).to_contain_text("빠지거나 바뀐 줄이 없습니다")
    with tablet.page.expect_download() as saved:
        card.get_by_role("button", name="파일로 내려받기").click()
    lines = saved.value.path().read_text().splitlines()
    before = "0" * 64
    for number, line in enumerate(lines, 1):
        row = json.loads(line)
        assert (row["number"], row["before"]) == (number, before)
        before = hashlib.sha256(line.encode()).hexdigest()
    assert [json.loads(line)["what"] for line in lines] == ["sent", "settled"] * 2


def test_a_row_that_was_changed_is_named(tablet, town, kim):
    for amount in ("700", "710"):
        sell(tablet, town, kim, amount)
    tablet.page.evaluate(CHANGE)
    expect(record(tablet)).to_contain_text("2번 줄부터 앞의 줄과 이어지지 않습니다")


def test_a_no_that_was_had_for_another_end_closes_no_row(tablet, town, kim):
    """Anybody may ask the city what became of an id that ended long ago, and gets a signed no."""
    tablet.page.route("**/api/outcomes/**", lambda route: route.continue_(
        url=re.sub(r"outcomes/\d+/", "outcomes/1/", route.request.url)))
    with tablet.page.expect_response("**/api/outcomes/1/**") as asked:
        shown = tablet.ask("740")
    assert asked.value.json()["refusal"]
    with tablet.page.expect_response("**/api/outcomes/1/**"):
        pass
    assert "refused" not in [row["what"] for row in rows(tablet)]
    town.pay(kim, shown)
    expect(tablet.paid).to_be_visible()


def test_a_clock_that_jumps_closes_nothing_and_forgets_nothing(tablet, town, kim):
    sell(tablet, town, kim, "720")
    tablet.ask("730")
    kept = rows(tablet)
    tablet.context.set_offline(True)
    tablet.context.add_init_script(f"""{{
        const Real = Date;
        globalThis.Date = class extends Real {{
            constructor(...given) {{ given.length ? super(...given) : super(Real.now() + {TEN_YEARS_MS}); }}
            static now() {{ return Real.now() + {TEN_YEARS_MS}; }}
        }};
    }}""")
    tablet.page.reload()
    tablet.start()
    expect(record(tablet)).to_contain_text("빠지거나 바뀐 줄이 없습니다")
    assert rows(tablet) == kept
    expect(tablet.page.locator(".record .queue")).to_contain_text("730원")


@pytest.mark.prove
def test_a_full_device_takes_nothing_more_and_says_so_until_there_is_room(tablet, town, kim):
    sell(tablet, town, kim, "740")
    with full(tablet, town):
        tablet.page.keyboard.type("750", delay=30)
        tablet.page.keyboard.press("Enter")
        expect(tablet.refused).to_contain_text("이 기기에 더 적을 자리가 없습니다")
        expect(tablet.page.locator(".qr svg")).to_have_count(0)
    tablet.page.keyboard.press("Escape")
    sell(tablet, town, kim, "750")
    assert [row["what"] for row in rows(tablet)] == ["sent", "settled"] * 2


FULL_FOR = """wanted => {
    const add = IDBObjectStore.prototype.add;
    IDBObjectStore.prototype.add = function (row, ...more) {
        if (row.what === wanted && !window.room) throw new DOMException('full', 'QuotaExceededError');
        return add.call(this, row, ...more);
    };
}"""


def test_what_is_paid_is_not_green_before_its_receipt_is_written_down(tablet, town, kim):
    request = tablet.ask("755")
    tablet.page.evaluate(FULL_FOR, "settled")
    town.pay(kim, request)
    expect(tablet.page.locator(".notice").first).to_contain_text("저장 공간이 가득 차", timeout=15_000)
    expect(tablet.paid).to_have_count(0)
    assert "settled" not in [row["what"] for row in rows(tablet)]
    tablet.page.evaluate("window.room = true")
    expect(tablet.paid).to_contain_text("755원", timeout=15_000)
    assert [row["what"] for row in rows(tablet)] == ["sent", "settled"]


@pytest.mark.prove
def test_what_was_paid_is_not_shown_as_taken_before_it_is_written_down(tablet, town, kim):
    request = tablet.ask("760")
    with full(tablet, town):
        town.pay(kim, request)
        expect(tablet.page.locator(".notice").first).to_contain_text("저장 공간이 가득 차", timeout=15_000)
        expect(tablet.paid).to_have_count(0)
    expect(tablet.paid).to_contain_text("760원", timeout=60_000)


def test_what_an_earlier_version_kept_is_taken_over_once(new_tablet, town):
    tablet = new_tablet
    tablet.open("/health")
    tablet.page.evaluate(FIRST_RELEASE)
    for _ in range(2):
        tablet.open()
        expect(tablet.page.get_by_label("연결 번호")).to_be_visible()
        assert [(row["what"], row["id"]) for row in rows(tablet)] == [("sent", "aa"), ("settled", "aa"), ("sent", "bb")]


@pytest.fixture
def profile(playwright, chromium, tmp_path):
    """Opens the same browser profile again and again."""
    class Profile:
        def new_context(self, **how):
            return playwright.chromium.launch_persistent_context(tmp_path / "profile", executable_path=chromium, args=FLAGS, **how)

    return Profile()


def test_a_request_that_was_shown_stands_in_the_record_of_a_tablet_that_was_cut_off(profile, town, kim):
    tablet = Tablet(profile, town).pair().start()
    shown = tablet.ask("770")
    with pytest.raises(Exception, match="closed|crash"):
        tablet.context.new_cdp_session(tablet.page).send("Browser.crash")
    town.pay(kim, shown)
    again = Tablet(profile, town).open()
    expect(again.paid).to_contain_text("770원", timeout=15_000)
    assert [row["what"] for row in rows(again)] == ["sent", "settled"]
    again.close()
