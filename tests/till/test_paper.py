"""Receipts and closings at the tablet: on the screen, printed by the browser, and the code on them read by a camera."""

import csv
import io
import re

import pypdfium2
import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import expect

from tests.cast import Line
from tests.till.test_looks import LOCALES, faults
from tests.till.town import PIN, Tablet

MM_A_POINT = 72 / 25.4


def sold(tablet, town, kim, amount: str) -> int:
    entry = town.pay(kim, tablet.ask(amount))
    expect(tablet.paid).to_be_visible()
    return entry


def count_prints(page) -> None:
    page.evaluate("window.printed = 0; window.print = () => { window.printed += 1; }; null")


def code_in(slip) -> str:
    expect(slip.locator("svg")).to_be_visible()
    found = zxingcpp.read_barcodes(Image.open(io.BytesIO(slip.screenshot())).convert("L"))
    assert len(found) == 1
    expect(slip.locator("a.text")).to_have_attribute("href", found[0].text)         # for who has no camera
    return found[0].text


def on_paper(page) -> pypdfium2.PdfDocument:
    """What the browser's print leaves."""
    return pypdfium2.PdfDocument(page.pdf(prefer_css_page_size=True))


def text_of(paper: pypdfium2.PdfDocument) -> str:
    return "\n".join(one.get_textpage().get_text_range() for one in paper).replace("\r", "")


def open_close(tablet) -> None:
    tablet.page.get_by_role("button", name="판매 내역").click()
    tablet.page.get_by_role("button", name="마감", exact=True).click()
    expect(tablet.page.locator(".net dd")).to_be_visible()


def test_a_receipt_is_shown_at_once_and_its_code_opens_what_the_ledger_says(worn, town, kim):
    entry = sold(worn, town, kim, "8500")
    page = worn.page
    page.get_by_role("button", name="영수증").click()
    slip = page.locator(".slip")
    for part in ("팔천오백 원", "8,500원", str(entry)):
        expect(slip).to_contain_text(part)
    expect(slip).not_to_contain_text("재발행")
    text = code_in(slip)
    assert text.startswith(f"HTTPS://{town.host.upper()}/R/")
    told = Line(town.url).get("/R/" + text.rpartition("/")[2])
    assert told.status == 200 and "8,500원" in told.body.decode()
    assert kim.account.hex() not in page.content() and "Help" not in slip.inner_text()


def test_the_second_paper_of_a_receipt_is_a_copy(worn, town, kim):
    sold(worn, town, kim, "700")
    page = worn.page
    page.get_by_role("button", name="영수증").click()
    expect(page.locator(".slip")).to_be_visible()
    count_prints(page)
    page.get_by_role("button", name="인쇄").click()
    expect(page.locator(".slip .copy")).to_have_text("재발행")
    assert page.evaluate("printed") == 1


def test_every_line_of_the_sales_list_is_printed_again_as_a_copy(worn, town, kim):
    entry = sold(worn, town, kim, "1200")
    page = worn.page
    page.keyboard.press("Enter")
    page.get_by_role("button", name="판매 내역").click()
    page.get_by_role("button", name=re.compile(f"{entry}.*영수증")).click()
    expect(page.locator(".slip .copy")).to_have_text("재발행")
    expect(page.locator(".slip svg")).to_be_visible()
    paper = on_paper(page)
    said = text_of(paper)
    assert len(paper) == 1 and "1,200원" in said and "인쇄" not in said and "판매 내역" not in said
    picture = paper[0].render(scale=3).to_pil().convert("L")
    assert zxingcpp.read_barcodes(picture)[0].text.startswith("HTTPS://")
    dark = picture.point(lambda shade: 255 * (shade < 128)).getbbox()
    assert (dark[2] - dark[0]) / 3 / MM_A_POINT <= 73     # as narrow as a roll of 80 mm prints


def test_a_refunds_receipt_says_what_it_gives_back(worn, town, kim):
    entry = sold(worn, town, kim, "3000")
    page = worn.page
    page.keyboard.press("Enter")
    page.get_by_role("button", name="판매 내역").click()
    page.get_by_role("button", name=re.compile(f"거래 {entry}, ")).click()
    page.fill("#back", "1000")
    page.fill("#pin", PIN)
    page.get_by_role("button", name="1,000원 환불하기").click()
    expect(worn.paid).to_contain_text("환불 완료")
    page.get_by_role("button", name="영수증").click()
    slip = page.locator(".slip")
    expect(slip).to_contain_text("돌려드린 금액")
    expect(slip).to_contain_text(str(entry))
    expect(slip).to_contain_text("1,000원")


def test_a_day_is_closed_by_the_sums_that_a_hand_adds_up_and_the_next_begins_at_nothing(tablet, town, kim):
    for amount in ("8500", "1200", "300"):
        sold(tablet, town, kim, amount)
        tablet.page.keyboard.press("Enter")
    open_close(tablet)
    page = tablet.page
    expect(page.locator(".net dd")).to_have_text("10,000원")
    expect(page.locator(".addition dt").first).to_contain_text("3건")
    page.get_by_role("button", name="마감하기").click()
    page.get_by_role("button", name="네, 마감합니다").click()
    expect(page.locator("[role=status]", has_text="마감 1번으로 기록했습니다")).to_be_visible()
    expect(page.get_by_role("button", name="마감하기")).to_have_count(0)
    page.get_by_role("button", name="마감 1번 열기").click()
    expect(page.locator(".net dd")).to_have_text("10,000원")
    page.get_by_role("button", name="마지막 마감 뒤부터").click()
    expect(page.locator(".net dd")).to_have_text("0원")
    expect(page.locator(".ways")).to_contain_text("마지막 마감 뒤에 거래가 없습니다")


def test_the_closing_is_saved_as_a_table_and_a_paper_and_printed_without_the_buttons(tablet, town, kim):
    sold(tablet, town, kim, "4300")
    tablet.page.keyboard.press("Enter")
    open_close(tablet)
    page = tablet.page
    with page.expect_download() as table:
        page.get_by_role("button", name="표(CSV)로 저장").click()
    rows = list(csv.reader(io.StringIO(table.value.path().read_bytes().decode("utf-8-sig"))))
    assert (rows[-1][0], rows[-1][-1], table.value.suggested_filename[-4:]) == ("합계", "4300", ".csv")
    with page.expect_download() as paper:
        page.get_by_role("button", name="PDF로 저장").click()
    assert "4,300원" in text_of(pypdfium2.PdfDocument(paper.value.path().read_bytes()))
    said = text_of(on_paper(page))
    assert "4,300원" in said and "마감하기" not in said and "PDF" not in said


def test_the_shops_month_is_shown_and_says_that_it_is_not_over(worn, town, kim):
    sold(worn, town, kim, "900")
    worn.page.keyboard.press("Enter")
    open_close(worn)
    page = worn.page
    asked = []
    page.on("request", lambda request: asked.append(request.url) if "/api/clos" in request.url else None)
    page.get_by_role("button", name="가게 전체").click()
    page.get_by_role("button", name="이번 달").click()
    page.clock.install()
    for pin, seen in (("0000", "비밀번호"), (PIN, "월 정산서")):
        expect(page.locator(".sheet")).to_have_count(0)
        assert not [url for url in asked if "shop" in url or "month" in url], "nothing is asked before the PIN"
        page.locator("#gate").fill(pin)
        page.get_by_role("button", name="보기", exact=True).click()
        expect(page.locator(".closing")).to_contain_text(seen)
    expect(page.locator(".sheet")).to_contain_text("월 정산서")
    expect(page.locator(".sheet")).to_contain_text("아직 끝나지 않은 달")
    expect(page.locator(".sheet table")).to_have_count(3)
    page.clock.fast_forward(5 * 60_000 + 1_000)         # the owner went away
    expect(page.locator("#gate")).to_be_visible()
    expect(page.locator(".sheet")).to_have_count(0)


def test_without_a_line_the_closing_says_so_and_a_receipt_of_a_moment_ago_is_still_printed(worn, town, kim):
    sold(worn, town, kim, "2500")
    worn.page.route("**/api/**", lambda route: route.abort())
    worn.page.get_by_role("button", name="영수증").click()
    expect(worn.page.locator(".slip")).to_contain_text("2,500원", timeout=20_000)
    assert code_in(worn.page.locator(".slip")).startswith("HTTPS://")


@pytest.mark.parametrize("locale", LOCALES)
def test_papers_are_for_everybody(browser, town, kim, locale):
    tablet = Tablet(browser, town, locale="ko-KR").pair().start()
    sold(tablet, town, kim, "12500")
    page, seen = tablet.page, {}
    tablet.open(f"/pos?lang={locale[:2]}")
    tablet.page.locator(".start .button").click()
    page.locator(".button.last").click()
    page.locator(".paid .ghost").first.click()
    page.wait_for_selector(".slip svg")
    seen["receipt"] = faults(page)
    page.locator(".top nav .button", has_text=re.compile("판매 내역|Sales")).click()
    page.locator(".totals .button").click()
    page.wait_for_selector(".net")
    seen["close"] = faults(page)
    page.locator(".ways .wide").click()
    seen["sure"] = faults(page)
    page.locator("[role=alert] .button").first.click()
    page.wait_for_selector(".earlier li")
    seen["closed"] = faults(page)
    page.locator(".choices .button").nth(1).click()
    page.wait_for_selector("#gate")
    seen["gate"] = faults(page)
    page.fill("#gate", PIN)
    page.keyboard.press("Enter")
    page.wait_for_selector(".net")
    seen["shop"] = faults(page)
    assert {name: found for name, found in seen.items() if found} == {}
    tablet.close()
