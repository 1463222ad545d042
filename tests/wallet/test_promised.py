"""What was shown without a network and not settled yet is not spent a second time unawares: that would end the right to pay so."""

from playwright.sync_api import expect

from tests.wallet.test_line import kept_for_offline


def shown_without_a_line(phone, amount_won: int) -> None:
    """Makes the code that a till without a line takes, and comes back to the first screen with a line."""
    kept_for_offline(phone)
    expect(phone.page.locator(".without-line")).to_contain_text("까지 낼 수 있습니다", timeout=20_000)
    phone.context.set_offline(True)
    phone.page.reload()
    phone.tap("내 코드")
    phone.tap("가게도 인터넷이 없어요")
    expect(phone.page.locator(".both-offline .strip")).to_contain_text("음식점")     # the trial city's first programme
    phone.page.get_by_label("낼 금액 (원)").fill(str(amount_won))
    phone.tap("이 금액으로 코드 만들기")
    expect(phone.page.get_by_role("heading", name="가게에 보여 주세요")).to_be_visible()
    phone.tap("처음으로")
    phone.context.set_offline(False)
    phone.page.reload()


def test_what_is_promised_without_a_line_is_said_and_kept_out_of_codes_and_payments(phone, shop):
    phone.with_money(20_000)
    shown_without_a_line(phone, 12_000)
    held = phone.page.locator(".balance .limit")
    expect(held).to_contain_text("12,000원이 아직 빠져나가지 않았습니다. 지금은 8,000원까지만")
    phone.tap("내 코드")
    expect(phone.page.get_by_text("받을 수 있는 돈은 8,000원까지입니다")).to_be_visible()
    assert shop.charge(phone.code_text(), 8_001)["word"] == "OVER_CAP"
    phone.tap("처음으로")

    phone.paste(shop.request(8_000))
    expect(phone.page.get_by_role("button", name="내기", exact=True)).to_be_visible()
    expect(phone.page.locator("main .strip")).to_have_count(0)
    phone.tap("내지 않고 돌아가기")
    phone.paste(shop.request(8_001))
    expect(phone.page.locator("main .strip")).to_contain_text("이 돈까지 쓰면 인터넷 없이 내기가 멈춥니다")
    phone.tap("그 가게가 받지 않았어요. 내기")
    expect(phone.page.get_by_role("heading", name="결제되었습니다")).to_be_visible(timeout=20_000)
    assert phone.complaints == [] or all("ERR_INTERNET" in one for one in phone.complaints)


def test_what_the_shop_settled_is_promised_no_longer(phone, shop):
    phone.with_money(20_000)
    shown_without_a_line(phone, 12_000)
    expect(phone.page.locator(".balance .limit")).to_be_visible()
    (code,) = [each for each in phone.kept("payments") if each["kind"] == "code" and each.get("amount_won") == 12_000]
    answer = shop.deposit(code, 12_000)
    assert answer.get("amount_won") == 12_000, answer
    phone.page.reload()
    expect(phone.page.locator(".balance .amount strong")).to_have_text("8,000원")
    phone.page.reload()
    expect(phone.page.locator(".balance .limit")).to_have_count(0)


def test_what_was_signed_while_the_phone_had_no_line_is_not_promised_again(phone, shop):
    """A till with a line took it; the phone's balance does not show that yet."""
    phone.with_money(20_000)
    kept_for_offline(phone)
    expect(phone.page.locator(".without-line")).to_contain_text("20,000원까지 낼 수 있습니다", timeout=20_000)
    phone.context.set_offline(True)
    phone.page.reload()
    phone.paste(request := shop.request(15_000))
    phone.tap("내기", exact=True)
    expect(phone.page.locator(".qr svg")).to_be_visible()
    shop.settle(phone.code_text(), request)
    phone.page.reload()                         # a phone that was put away meanwhile
    phone.open()
    expect(phone.page.locator(".without-line")).to_contain_text("5,000원까지 낼 수 있습니다")
    phone.tap("내 코드")
    phone.tap("가게도 인터넷이 없어요")
    expect(phone.page.get_by_role("button", name="금액을 정하지 않고 5,000원까지")).to_be_visible()
    phone.context.set_offline(False)
    phone.open()
    expect(phone.page.locator(".balance .amount strong")).to_have_text("5,000원", timeout=20_000)
    expect(phone.page.locator(".without-line")).to_contain_text("5,000원까지 낼 수 있습니다")


def test_all_of_it_promised_elsewhere_is_asked_about_before_a_code_is_drawn(phone, shop):
    phone.with_money(20_000)
    shown_without_a_line(phone, 20_000)
    expect(phone.page.locator(".balance .limit")).to_contain_text("지금은 0원까지만")
    phone.tap("내 코드")
    expect(phone.page.locator("main .strip")).to_contain_text("20,000원이 아직 빠져나가지 않았습니다")
    expect(phone.page.locator(".qr svg")).to_have_count(0)
    phone.tap("그 가게가 받지 않았어요. 코드 보기")
    expect(phone.page.locator(".qr svg")).to_be_visible()
    assert shop.charge(phone.code_text(), 3_000)["amount_won"] == 3_000
