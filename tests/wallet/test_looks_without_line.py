"""The screens for when a line is missing, and for a payment by mistake: usable by everybody on a small phone, also with
text twice as large; what an old person reads there."""

import pytest
from playwright.sync_api import expect

from tests.wallet.phone import new_phone
from tests.wallet.test_line import kept_for_offline
from tests.wallet.test_screens import AXE, RULES, SMALL

WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
# Where two things of the frame lie upon each other, or an amount is broken in two.
CRAMPED = """() => {
    const boxes = [...document.querySelectorAll('.top > *')].map((one) => [one, one.getBoundingClientRect()]);
    const crossed = boxes.flatMap(([one, a], at) => boxes.slice(at + 1).filter(([, b]) =>
        Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1 && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 1)
        .map(([other]) => `${one.textContent} over ${other.textContent}`));
    const broken = [...document.querySelectorAll('.amount strong')].filter((one) => {
        const range = document.createRange();
        range.selectNodeContents(one);
        return new Set([...range.getClientRects()].map(({ top }) => Math.round(top))).size > 1;
    });
    return [...crossed, ...broken.map((one) => `${one.textContent} in two lines`)];
}"""


class Looks:
    """What is wrong with the screens that were looked at."""

    def __init__(self, phone):
        self.phone, self.found = phone, []

    def at(self, name: str) -> None:
        page = self.phone.page
        page.add_script_tag(path=AXE)
        for width, height in ((360, 800), (320, 640)):
            page.set_viewport_size({"width": width, "height": height})
            self.note(f"{name} {width} px", page.evaluate(RULES) + page.evaluate(SMALL) + page.evaluate(CRAMPED))
            page.evaluate("document.documentElement.style.fontSize = '200%'")
            self.note(f"{name} {width} px, large text", page.evaluate(SMALL) + page.evaluate(CRAMPED))
            page.evaluate("document.documentElement.style.fontSize = ''")
        page.set_viewport_size({"width": 360, "height": 800})

    def note(self, where: str, wrong: list[str]) -> None:
        wide = self.phone.page.evaluate(WIDE)
        self.found += [f"{where}: {one}" for one in [*wrong, *([f"{wide} px too wide"] if wide > 0 else [])]]


@pytest.fixture
def looks(browser, town):
    phone = new_phone(browser, town, bypass_csp=True)
    phone.page.clock.install()
    phone.open().with_money(300_000)
    yield Looks(phone)
    phone.context.close()


def test_the_receipt_for_the_shop_and_the_question_to_it_can_be_used_by_everybody(looks, shop):
    phone = looks.phone
    phone.paste(shop.request(4_000))
    phone.tap("내기", exact=True)
    phone.tap("가게에 보여 줄 영수증")
    looks.at("receipt for the shop")
    phone.page.locator(".for-shop summary").click()
    expect(phone.page.locator(".qr-text a").first).to_be_visible()
    looks.at("as text")
    phone.tap("잘못 냈어요")
    looks.at("by mistake")
    phone.tap("가게에 취소 물어보기")
    expect(phone.page.get_by_text("가게 화면에 물어보았습니다")).to_be_visible()
    looks.at("the shop is asked")
    assert looks.found == []


@pytest.mark.prove
def test_paying_without_a_line_can_be_done_by_everybody(looks, shop):
    phone, request = looks.phone, shop.request(8_500)
    kept_for_offline(phone)
    expect(phone.page.locator(".without-line")).to_contain_text("인터넷 없이도 30,000원까지", timeout=20_000)
    phone.context.set_offline(True)
    phone.page.reload()
    phone.paste(request)
    expect(phone.page.get_by_text("시에서 확인합니다")).to_be_visible()
    looks.at("asked without a line")
    phone.tap("내기", exact=True)
    expect(phone.page.locator(".qr svg")).to_be_visible()
    looks.at("the signed answer")
    answer = phone.code_text()
    phone.tap("처음 화면으로")
    expect(phone.page.locator(".open-payment")).to_be_visible()
    looks.at("waiting for its end")

    phone.tap("내 코드")
    phone.tap("가게도 인터넷이 없어요")
    looks.at("neither side has a line")
    phone.page.get_by_label("낼 금액 (원)").fill("7000")
    phone.tap("이 금액으로 코드 만들기")
    expect(phone.page.get_by_role("heading", name="가게에 보여 주세요")).to_be_focused()
    looks.at("code without a line")
    phone.page.clock.fast_forward(61_000)
    expect(phone.page.get_by_role("heading", name="가게 기계를 봐 주세요")).to_be_visible()
    expect(phone.page.locator("main .button:not(.quiet)")).to_have_text(["가게가 받았어요"])
    looks.at("its time is over")
    phone.tap("가게가 받았어요")

    shop.settle(answer, request)
    phone.context.set_offline(False)
    phone.page.reload()
    expect(phone.page.get_by_role("heading", name="결제되었습니다")).to_be_visible(timeout=20_000)
    looks.at("what became of it")
    assert looks.found == []
