"""A paper card at the counter: made, signed, printed with its PIN slip, replaced by two officers, blocked by one."""

import re
from datetime import datetime
from io import BytesIO

import numpy
import pypdfium2
import pytest
import zxingcpp

from app.desk import cards, grant, review
from app.errors import Refusal
from app.money.state import Register
from app.people import access, lists, register, signin
from app.people.register import Details
from tests.cast import HELP, City
from tests.console.desk import CHECKER, MAKER, Desk, said
from tests.holder import cap


@pytest.fixture(scope="module")
def city(tmp_path_factory):
    city = City(tmp_path_factory.mktemp("cards") / "data")
    cap(city)
    yield city
    city.close()


@pytest.fixture(scope="module")
def maker(city):
    return Desk(city, MAKER, city.hands[0])


@pytest.fixture(scope="module")
def checker(city):
    return Desk(city, CHECKER, city.hands[1])


class Person:
    def __init__(self, city: City):
        added = register.add(city.office.people, Details("이순자", "1943-11-02", ""))
        self.city, self.person, self.reference = city, added.token, added.reference
        self.path = f"/console/people/{added.token.hex()}"

    @property
    def account(self) -> bytes:
        return self.city.office.store.get(Register.PERSON, self.person).account

    @property
    def card(self):
        return cards.of_person(self.city.office, self.person)

    def pays(self, till, pin: str, won: int = 1_000):
        return cards.pay(self.city.office, till.number, (self.card.number, pin), till.request(won))


def text_of(pdf: bytes) -> str:
    return "\n".join(page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(BytesIO(pdf)))


def codes_of(pdf: bytes) -> list[str]:
    page = pypdfium2.PdfDocument(BytesIO(pdf))[0]
    picture = numpy.asarray(page.render(scale=3).to_pil().convert("L"))
    return [found.text for found in zxingcpp.read_barcodes(picture)]


def pdf_of(maker: Desk, path: str, **fields: str) -> bytes:
    token = re.search(r'name="form" value="([^"]+)"', maker.client.get("/console/key").text)[1]
    answer = maker.client.post(path, data={"form": token, **fields})
    assert answer.mimetype == "application/pdf" and answer.headers["Cache-Control"] == "no-store", said(answer.text)
    return answer.get_data()


def pin_slip(maker: Desk, one: Person, why: str = "") -> tuple[str, str]:
    """The PIN on the slip, and all that stands there."""
    text = text_of(pdf_of(maker, f"{one.path}/card/pin", slip_why=why))
    return "".join(re.search(r"^(\d{3}) (\d{3})\s*$", text, re.MULTILINE).groups()), text


def test_a_card_is_made_signed_and_printed_in_four_steps(city, maker):
    lee = Person(city)
    sent = maker.post(f"{lee.path}/card", status=200)
    assert "지갑을 사람에게 연결" in said(sent.page)
    assert "서명 전" in said(maker.get(lee.path))
    assert maker.signs(sent.page).to.startswith(lee.path)
    pdf = maker.client.get(f"{lee.path}/card.pdf").get_data()
    assert codes_of(pdf) == [f"HTTPS://{city.office.genesis.host.upper()}/C#{lee.card.number}"]
    words = " ".join(text_of(pdf).split())
    for words_ in ("청주시 헤그 카드", "시에서 열쇠를 보관합니다", "하루 한도 30,000원", " ".join(re.findall("....", lee.card.number))):
        assert words_ in words, words_
    assert "이순자" not in words and lee.reference not in words
    pin, slip = pin_slip(maker, lee)
    assert slip.count(city.office.city.office_phone) == 1 and "집에 따로 두세요" in slip, "when the card is lost, its slip says whom to call"
    assert lee.reference in slip and lee.card.number[-4:] in slip and lee.card.number not in slip and "이순자" not in slip
    city.top_up(HELP, {lee: 9_000})
    assert lee.pays(city.till(), pin, 8_500).amount_won == 8_500


def test_a_slip_that_was_spoilt_is_printed_again_with_a_reason_until_somebody_paid(city, maker, checker):
    lee, till = Person(city), city.till()
    maker.signs(maker.post(f"{lee.path}/card", status=200).page)
    first = pin_slip(maker, lee)[0]
    asked = maker.post(f"{lee.path}/card/pin", status=400, slip_why="")
    assert "이유를 적어 주세요" in said(asked.page) and "<details open><summary>쪽지가 잘못 나왔을 때" in asked.page
    pins = {first, *(pin := pin_slip(maker, lee, "종이 걸림")[0] for _ in range(3))}
    assert len(pins) > 1
    assert [(each.what, each.why) for each in access.of_person(city.office.people, lee.person)] == [
        *[("card pin again", "종이 걸림")] * 3, ("card pin", "PIN slip"), ("card", "paper card")]
    city.top_up(HELP, {lee: 9_000})
    assert lee.pays(till, pin).amount_won == 1_000
    page = said(maker.get(lee.path))
    assert "쪽지가 잘못 나왔을 때" not in page and "카드를 잃어버렸거나 비밀번호를 잊으셨을 때" in page
    asked = maker.post(f"{lee.path}/card/pin", status=409, slip_why="잊으심")
    assert "새 카드로 바꿔 드리세요" in said(asked.page)
    assert lee.pays(till, pin).amount_won == 1_000


def test_a_forgotten_pin_is_a_new_card_out_of_the_drawer_in_three_steps(city, maker, checker):
    _, numbers, pins = stock(maker, 1)
    lee, till = Person(city), city.till()
    maker.signs(maker.post(f"{lee.path}/card", status=200).page)
    city.top_up(HELP, {lee: 9_000})
    lee.pays(till, pin_slip(maker, lee)[0])
    page = maker.get(lee.path)
    assert re.search(r"<details open><summary>카드를 잃어버렸거나 비밀번호를 잊으셨을 때</summary>.*?data-scan.*?</details>", page, re.DOTALL)
    asked = maker.post(f"{lee.path}/card", status=200, text=numbers[0])     # 1
    proposal = maker.signs(asked.page).to                                   # 2
    checker.signs(checker.get(proposal))                                    # 3: card and closed slip are handed over
    assert lee.pays(till, pins[numbers[0][-4:]], 8_000).amount_won == 8_000


def test_who_printed_a_card_and_a_slip_again_is_asked_why(city, maker, checker):
    _, numbers, _ = stock(maker, 1)
    lee, kim, han = Person(city), Person(city), Person(city)

    def marked(one: Person) -> list[tuple[str, int]]:
        month = f"{datetime.fromtimestamp(city.now_s(), city.office.city.zone):%Y-%m}"
        return [(line.access.what, line.access.officer) for line in review.report(city.office, month).lines
                if line.access.person == one.person and "both" in line.marks]

    for one in (lee, kim):
        maker.signs(maker.post(f"{one.path}/card", status=200).page)
        assert maker.client.get(f"{one.path}/card.pdf").status_code == 200
        pin_slip(maker, one)
        assert marked(one) == [], "each is printed by somebody"
    pin_slip(maker, lee, "종이 걸림")
    pin_slip(checker, kim, "종이 걸림")
    assert marked(lee) == [("card pin again", maker.number)] and marked(kim) == []
    assert checker.client.get(f"{kim.path}/card.pdf").status_code == 200
    assert marked(kim) == [("card sheet", checker.number)]
    maker.signs(maker.post(f"{han.path}/card", status=200, text=numbers[0]).page)
    pin_slip(maker, han, "쪽지 찢어짐")
    assert marked(han) == [("card pin again", maker.number)], "a card of a batch has its face on the batch's sheet"


def test_a_lost_card_is_replaced_by_two_officers_and_blocked_by_one(city, maker, checker):
    lee, till = Person(city), city.till()
    maker.signs(maker.post(f"{lee.path}/card", status=200).page)
    city.top_up(HELP, {lee: 9_000})
    lost = lee.card
    sent = maker.post(f"{lee.path}/card", status=200)
    assert "잃어버린 종이 카드를 새 카드로 바꾸기" in said(sent.page)
    proposal = maker.signs(sent.page).to
    assert cards.standing(city.office, lost) == cards.LIVE, "one officer replaces nothing"
    checker.signs(checker.get(proposal))
    assert cards.standing(city.office, lost) == cards.BLOCKED
    assert lee.pays(till, pin_slip(maker, lee)[0]).amount_won == 1_000
    asked = maker.post(f"{lee.path}/revoke", status=200, key=lee.card.key.hex()).page
    assert lee.reference in said(asked) and f"종이 카드 •••• {lee.card.number[-4:]}" in said(asked), "whose, and which"
    assert maker.signs(asked).to.startswith(f"{lee.path}?entry=")
    assert cards.standing(city.office, lee.card) == cards.BLOCKED
    assert maker.client.get(f"{lee.path}/card.pdf").status_code == 403
    assert "종이 카드 만들기" in said(maker.get(lee.path))


def test_the_people_of_a_list_without_a_wallet_get_their_cards_on_one_sheet(city, maker):
    town = [Person(city) for _ in range(3)]
    content = "".join(f"{one.reference},5000\n" for one in town).encode()
    made = grant.upload(city.office, lists.Upload(HELP, MAKER, "list.csv", content))
    path = f"/console/lists/{made.list_id.hex()}"
    assert maker.client.get(f"{path}/cards.pdf").status_code == 404, "none is signed yet"
    for one in town[:2]:
        maker.signs(maker.post(f"{one.path}/card", status=200).page)
    page = said(maker.get(f"{path}/cards"))
    assert all(one.reference in page for one in town) and "이순자" not in page
    assert sorted(codes_of(maker.client.get(f"{path}/cards.pdf").get_data())) == sorted(
        f"HTTPS://{city.office.genesis.host.upper()}/C#{one.card.number}" for one in town[:2])
    slips = text_of(pdf_of(maker, f"{path}/cards/pins"))
    assert all(one.reference in slips for one in town[:2]) and town[2].reference not in slips
    assert maker.post(f"{path}/cards/pins").status == 404, "a PIN that was given out is not changed from here"


def list_of(city: City, people, won: int = 5_000):
    content = "".join(f"{one.reference},{won}\n" for one in people).encode()
    made = grant.upload(city.office, lists.Upload(HELP, MAKER, "list.csv", content))
    return f"/console/lists/{made.list_id.hex()}"


def test_the_people_of_a_list_get_their_cards_in_four_steps_with_the_money_that_waited(city, maker):
    town, till = [Person(city) for _ in range(12)], city.till()
    city.top_up(HELP, {one: 7_000 for one in town})
    path = list_of(city, town, 100)
    page = maker.get(f"{path}/cards")
    assert "카드 만들기 (12명)" in said(page)
    asked = maker.post(f"{path}/cards/make?part=0", status=200)                       # 1
    assert said(asked.page).count("이*자") == 12 and "이순자" not in asked.page
    assert all(cards.standing(city.office, one.card) == cards.WAITING for one in town), "nothing holds before it is signed"
    sent = maker.signs_many(asked.page)                                               # 2
    assert sent.to.endswith("done=12") and "12명에게 서명했습니다" in said(maker.get(sent.to))
    sheet = maker.client.get(f"{path}/cards.pdf?part=0").get_data()                   # 3
    assert len(pypdfium2.PdfDocument(BytesIO(sheet))) == 2
    slips = text_of(pdf_of(maker, f"{path}/cards/pins?part=0"))                       # 4
    pins = {reference: "".join(pin) for *pin, reference in re.findall(r"(\d{3}) (\d{3})\s.*?관리번호 (P-\d+)", slips, re.DOTALL)}
    assert set(pins) == {one.reference for one in town}
    for one in town:
        assert city.balance_won(one) == 7_000, "what waited is on the card"
    assert town[0].pays(till, pins[town[0].reference], 6_500).amount_won == 6_500
    assert "카드 만들기 (0명)" in said(maker.get(f"{path}/cards"))


def test_who_had_a_wallet_before_waits_for_the_second_officer_and_who_has_one_is_left_out(city, maker, checker):
    before, has, new = Person(city), Person(city), Person(city)
    path = list_of(city, (before, has, new))
    for one in (before, has):
        maker.signs(maker.post(f"{one.path}/card", status=200).page)
    maker.signs(maker.post(f"{before.path}/unlink", status=200).page)
    asked = maker.post(f"{path}/cards/make", status=200)
    assert has.reference not in said(asked.page) and before.reference in said(asked.page)
    sent = maker.signs_many(asked.page)
    assert sent.to.endswith("done=2")
    assert cards.standing(city.office, new.card) == cards.LIVE
    assert cards.standing(city.office, before.card) == cards.WAITING, "one officer links nobody anew"
    page = said(maker.get(f"{path}/cards"))
    assert "카드 만들기 (0명)" in page and f"•••• {before.card.number[-4:]} 확인 대기" in page, "nor is it signed for twice"
    proposal, = set(re.findall(r"/console/proposals/[0-9a-f]+", maker.get(before.path)))
    checker.signs(checker.get(proposal))
    assert cards.standing(city.office, before.card) == cards.LIVE
    city.top_up(HELP, {before: 5_000})
    assert before.pays(city.till(), pin_slip(maker, before)[0]).amount_won == 1_000


def test_what_was_not_signed_is_asked_again_and_is_the_same_card(city, maker, checker):
    town = [Person(city) for _ in range(3)]
    path = list_of(city, town)
    asked = maker.post(f"{path}/cards/make", status=200)
    numbers = [one.card.number for one in town]
    assert maker.signs_many(asked.page, leave_out=1).to.endswith("done=2")
    assert "카드 만들기 (1명)" in said(maker.get(f"{path}/cards"))
    assert maker.signs_many(maker.post(f"{path}/cards/make", status=200).page).to.endswith("done=1")
    assert [one.card.number for one in town] == numbers
    assert all(cards.standing(city.office, one.card) == cards.LIVE for one in town)
    other = checker.signs_many(asked.page)
    assert "done=0" in other.to and "word=" in other.to, "nobody sends what another officer signs for"


def test_an_erased_person_takes_no_list_down(city, maker):
    town = [Person(city) for _ in range(2)]
    path = list_of(city, town)
    register.erase(city.office.people, MAKER, town[0].person, "본인 요청")
    page = said(maker.get(f"{path}/cards"))
    assert town[1].reference in page and town[0].reference not in page
    erased = maker.get("/console/records/access?what=erase")
    assert "본인 요청" in erased and town[0].person.hex() not in erased, "nothing more is told of them: no link"
    assert maker.signs_many(maker.post(f"{path}/cards/make", status=200).page).to.endswith("done=1")


def test_an_officer_signs_for_a_whole_list_in_the_browser(seats, town):
    people = [Person(town) for _ in range(3)]
    path = list_of(town, people)
    office = seats(MAKER).with_key()
    office.go(f"{path}/cards")
    office.press("카드 만들기 (3명)")
    office.sees("3명에게 새 종이 카드를 하나씩 연결합니다")
    office.press("3명에게 서명하기")
    office.sees("3명에게 서명했습니다.")
    assert all(cards.standing(town.office, one.card) == cards.LIVE for one in people)
    assert len({one.account for one in people}) == 3


# --- printed ahead ----------------------------------------------------------------------------

def stock(maker: Desk, count: int) -> tuple[int, list[str], dict[str, str]]:
    """A batch of blank cards, printed: its number, the cards' numbers, and PIN by the last four digits."""
    assert maker.post("/console/people/cards", count=count).to == "/console/people/cards"
    batch = max(map(int, re.findall(r"/console/people/cards/(\d+)\.pdf", maker.get("/console/people/cards"))))
    numbers = [text[-16:] for text in codes_of(maker.client.get(f"/console/people/cards/{batch}.pdf").get_data())]
    slips = text_of(pdf_of(maker, f"/console/people/cards/{batch}/pins"))
    assert "관리번호" not in slips and not any(number in slips for number in numbers)
    pins = re.findall(r"^(\d{3}) (\d{3})\s+끝 번호 (\d{4})인 카드", slips, re.MULTILINE)
    return batch, numbers, {last: first + rest for first, rest, last in pins}


def test_a_card_made_ahead_is_given_at_the_counter_in_two_steps_with_the_money_that_waited(city, maker):
    batch, numbers, pins = stock(maker, 10)
    assert len(numbers) == len(set(numbers)) == 10 and set(pins) == {number[-4:] for number in numbers}
    lee, till = Person(city), city.till()
    city.top_up(HELP, {lee: 9_000})
    refused = cards.pay, city.office, till.number, (numbers[0], pins[numbers[0][-4:]]), till.request(1_000)
    with pytest.raises(Refusal, match="CARD_UNKNOWN"):
        refused[0](*refused[1:])
    asked = maker.post(f"{lee.path}/card", status=200, text=f"HTTPS://{city.office.genesis.host.upper()}/C#{numbers[0]}")    # 1
    assert lee.card.number == numbers[0] and cards.standing(city.office, lee.card) == cards.WAITING
    maker.signs(asked.page)                                                                                                 # 2
    assert city.balance_won(lee) == 9_000 and lee.pays(till, pins[numbers[0][-4:]], 8_500).amount_won == 8_500
    assert [each.what for each in access.of_person(city.office.people, lee.person)] == ["card given"]
    assert len(codes_of(maker.client.get(f"/console/people/cards/{batch}.pdf").get_data())) == 9
    assert maker.post(f"/console/people/cards/{batch}/pins").status == 404, "no PIN changes on a slip that lies in a drawer"


def test_a_blank_is_given_once_and_only_a_blank_is(city, maker):
    _, numbers, _ = stock(maker, 2)
    lee, kim = Person(city), Person(city)
    maker.signs(maker.post(f"{lee.path}/card", status=200, text=numbers[0]).page)
    for wrong in (numbers[0], "", "1234", numbers[1][:-1] + str((int(numbers[1][-1]) + 1) % 10), lee.card.number):
        assert maker.post(f"{kim.path}/card", text=wrong).status == 404, wrong
    assert kim.card is None
    asked = maker.post(f"{kim.path}/card", status=200, text=" ".join(re.findall("....", numbers[1])))
    again = maker.post(f"{kim.path}/card", status=200, text=numbers[1])
    assert kim.card.number == numbers[1]
    maker.signs(again.page)
    assert cards.standing(city.office, kim.card) == cards.LIVE and asked.page


def test_a_lost_card_is_not_replaced_by_a_blank_without_the_second_officer(city, maker, checker):
    _, numbers, pins = stock(maker, 1)
    lee = Person(city)
    maker.signs(maker.post(f"{lee.path}/card", status=200).page)
    lost = lee.card
    proposal = maker.signs(maker.post(f"{lee.path}/card", status=200, text=numbers[0]).page).to
    assert cards.standing(city.office, lost) == cards.LIVE and cards.standing(city.office, lee.card) == cards.WAITING
    checker.signs(checker.get(proposal))
    assert cards.standing(city.office, lost) == cards.BLOCKED and cards.standing(city.office, lee.card) == cards.LIVE


def test_a_blank_scanned_for_the_wrong_person_goes_to_the_right_one(city, maker):
    _, numbers, pins = stock(maker, 2)
    wrong, right, phone, till = Person(city), Person(city), city.wallet(), city.till()
    asked = maker.post(f"{wrong.path}/card", status=200, text=numbers[0]).page
    assert f"종이 카드 •••• {numbers[0][-4:]}" in said(asked), "what is signed says which card"
    page = said(maker.get(wrong.path))
    assert f"•••• {numbers[0][-4:]} 카드 서명하러 가기" in page and "종이 카드 만들기" in page
    asked_right = maker.post(f"{right.path}/card", status=200, text=numbers[0]).page
    assert wrong.card is None and right.card.number == numbers[0]
    assert maker.signs(asked).status == 404, "the page that was left open links it to nobody"
    assert city.office.store.get(Register.PERSON, wrong.person) is None
    maker.signs(asked_right)
    city.top_up(HELP, {right: 5_000})
    assert right.pays(till, pins[numbers[0][-4:]]).amount_won == 1_000
    assert maker.post(f"{wrong.path}/card", text=numbers[0]).status == 404, "signed for, it is passed on no more"
    assert [each.what for each in access.of_person(city.office.people, wrong.person)] == ["card back", "card given"]
    maker.post(f"{wrong.path}/card", status=200, text=numbers[1])
    beside = maker.post(f"/console/people/{phone.person.hex()}/card", status=200, text=numbers[1]).page
    assert f"•••• {numbers[1][-4:]}" in said(beside) and "종이 카드를 지갑에 더하기" in said(beside)


def test_a_blank_that_was_scanned_is_picked_up_by_no_other_button(city, maker, checker):
    _, numbers, _ = stock(maker, 2)
    lee, kim = Person(city), Person(city)
    path = list_of(city, (lee, kim))
    for one, number in zip((lee, kim), numbers, strict=True):
        maker.post(f"{one.path}/card", status=200, text=number)
    maker.signs(maker.post(f"{lee.path}/card", status=200).page)
    assert lee.card.number != numbers[0] and not lee.card.pin and cards.standing(city.office, lee.card) == cards.LIVE
    page = maker.post(f"{path}/cards/make", status=200).page
    assert kim.card.number != numbers[1] and f"•••• {kim.card.number[-4:]}" in said(page)
    maker.signs(maker.post(f"{kim.path}/card", status=200, text=numbers[1]).page)
    assert kim.card.number == numbers[1] and cards.standing(city.office, kim.card) == cards.LIVE


def test_a_blank_that_waits_for_the_second_officer_is_nobody_elses(city, maker, checker):
    _, numbers, _ = stock(maker, 1)
    lee, kim = Person(city), Person(city)
    maker.signs(maker.post(f"{lee.path}/card", status=200).page)
    proposal = maker.signs(maker.post(f"{lee.path}/card", status=200, text=numbers[0]).page).to
    assert maker.post(f"{kim.path}/card", text=numbers[0]).status == 404
    checker.signs(checker.get(proposal))
    assert lee.card.number == numbers[0] and cards.standing(city.office, lee.card) == cards.LIVE


def test_who_made_and_printed_a_batch_is_on_record_and_named_when_a_card_is_given(city, maker, checker):
    batch, numbers, _ = stock(maker, 3)
    assert checker.client.get(f"/console/people/cards/{batch}.pdf").status_code == 200
    lee = Person(city)
    maker.post(f"{lee.path}/card", status=200, text=numbers[0])
    given, = access.of_person(city.office.people, lee.person)
    name, other = (signin.officer(city.office.people, each.number).name for each in (maker, checker))
    assert (given.what, given.why) == ("card given", f"{batch}: {name}, {other}")
    maker.post(f"/console/people/cards/{batch}/away", status=303)
    lines = [(each.officer, each.what, each.why) for each in access.of_person(city.office.people, access.of_batch(batch))]
    assert lines == [(maker.number, "blank away", "× 2"), (checker.number, "blank sheet", "× 3"), (maker.number, "blank slips", "× 3"),
                     (maker.number, "blank sheet", "× 3"), (maker.number, "blank made", "× 3")]
    content = maker.get("/console/records/access")
    page, places = said(content), set(re.findall(r'class="who-cell"><a href="([^"]+)"', content))
    assert "/console/people/cards" in places and all(maker.get(place) for place in places), "each line leads to a page"
    assert f"카드 묶음 {batch}" in page and "미리 만든 카드의 비밀번호 쪽지" in page and f"{batch}: {name}, {other}" in page


def test_each_sheet_of_a_persons_card_is_on_record(city, maker):
    lee = Person(city)
    path = list_of(city, [lee])
    maker.signs(maker.post(f"{lee.path}/card", status=200).page)
    for sheet in (f"{lee.path}/card.pdf", f"{path}/cards.pdf"):
        assert maker.client.get(sheet).status_code == 200
    assert [each.what for each in access.of_person(city.office.people, lee.person)] == ["card sheet", "card sheet", "card"]


def pins_in(pdf: bytes) -> dict[str, str]:
    """PIN by the last four digits of its card."""
    found = re.findall(r"^(\d{3}) (\d{3})\s+끝 번호 (\d{4})인 카드", text_of(pdf), re.MULTILINE)
    return {last: first + rest for first, rest, last in found}


def again(maker: Desk, path: str) -> dict[str, str]:
    return pins_in(pdf_of(maker, path, again="1", slip_why="파일을 못 받음"))


def test_slips_that_were_lost_are_printed_again_and_the_first_are_worthless(city, maker):
    batch, numbers, first = stock(maker, 3)
    given, left = Person(city), Person(city)
    maker.signs(maker.post(f"{given.path}/card", status=200, text=numbers[0]).page)
    second = again(maker, f"/console/people/cards/{batch}/pins")
    assert set(second) == {number[-4:] for number in numbers[1:]}, "who was given a card keeps its PIN"
    maker.signs(maker.post(f"{left.path}/card", status=200, text=numbers[1]).page)
    city.top_up(HELP, {given: 5_000, left: 5_000})
    till, last = city.till(), numbers[1][-4:]
    if first[last] != second[last]:
        with pytest.raises(Refusal, match="CARD_PIN_WRONG"):
            left.pays(till, first[last])
    assert left.pays(till, second[last]).amount_won == given.pays(till, first[numbers[0][-4:]]).amount_won == 1_000
    assert access.of_person(city.office.people, access.of_batch(batch))[0].what == "blank again"


def test_a_lists_slips_are_printed_again_but_for_who_paid_with_the_card(city, maker):
    town, till = [Person(city) for _ in range(2)], city.till()
    path = list_of(city, town)
    maker.signs_many(maker.post(f"{path}/cards/make", status=200).page)
    assert "쪽지 파일을 못 받았을 때" not in said(maker.get(f"{path}/cards"))
    first = pins_in(pdf_of(maker, f"{path}/cards/pins"))
    assert "쪽지 파일을 못 받았을 때" in said(maker.get(f"{path}/cards"))
    city.top_up(HELP, {one: 5_000 for one in town})
    uses, waits = town
    uses.pays(till, first[uses.card.number[-4:]])
    with pytest.raises(Refusal, match="CARD_PIN_WRONG"):
        waits.pays(till, f"{(int(first[waits.card.number[-4:]]) + 1) % 10 ** 6:06}")
    assert "이유를 적어 주세요" in said(maker.post(f"{path}/cards/pins", status=400, again="1").page)
    second = again(maker, f"{path}/cards/pins")
    assert set(second) == {waits.card.number[-4:]}
    assert uses.pays(till, first[uses.card.number[-4:]]).amount_won == waits.pays(till, second[waits.card.number[-4:]]).amount_won == 1_000
    assert [each.what for each in access.of_person(city.office.people, waits.person)][:2] == ["card pin again", "card pin"]


def test_what_is_thrown_away_is_given_to_nobody(city, maker):
    batch, numbers, _ = stock(maker, 1)
    maker.post(f"/console/people/cards/{batch}/away", status=303)
    assert maker.post(f"{Person(city).path}/card", text=numbers[0]).status == 404
    assert maker.client.get(f"/console/people/cards/{batch}.pdf").status_code == 404
    for count in ("0", "101", "x", ""):
        assert maker.post("/console/people/cards", count=count).status == 400
