"""What may not pass is refused on the officers' screens with its figures, before anything is signed away, and by the ledger
itself where a screen was got round: a budget's last won, slices, one person for two, a swapped list, an approval used twice."""

import re

import pytest
from playwright.sync_api import expect

from app.desk import act, grant
from app.desk.opening import open_approval, open_signed
from app.errors import Refusal
from app.message import cose
from app.money import orders, policy
from app.money.apply import apply
from app.money.orders import Act
from app.money.orders_offline import Policy
from app.money.state import NEVER_S, Register
from app.people import drafts, lists
from tests.cast import DAY_S, HELP, HOUR_S, sale
from tests.console.desk import CHECKER, MAKER, Desk, said
from tests.console.test_browser import shot

NO_MORE, OVER_A_DAY = "사업 예산이 모자랍니다", "담당자가 하루에 지급할 수 있는 금액을 넘습니다"


@pytest.fixture
def two(seats):
    return seats(MAKER).with_key(), seats(CHECKER).with_key()


class Listed:
    """What officers do with lists of one programme in their browsers."""

    def __init__(self, town, two):
        self.town, (self.maker, self.checker) = town, two
        self.kim, self.lee = town.wallet(), town.wallet()
        self.programme = town.open_programme(1, budget_won=100_000)

    def typed(self, kim_won: int, lee_won: int = 0) -> None:
        self.maker.go(f"/console/lists/new?programme={self.programme}")
        rows = f"{self.kim.reference} {kim_won}" + (f"\n{self.lee.reference} {lee_won}" if lee_won else "")
        self.maker.fill("또는 직접 적기", rows)
        self.maker.press("명단 검사하기")

    def proposed(self, kim_won: int, lee_won: int = 0) -> str:
        self.typed(kim_won, lee_won)
        self.maker.press("서명하고 올리기")
        self.maker.sees("다른 담당자의 확인을 기다리고 있습니다")
        return self.maker.page.url

    def approve(self, address: str) -> None:
        self.checker.page.goto(address)
        self.checker.press("승인 서명하기")

    @staticmethod
    def refused(office):
        """What the screen says in its alert; Chromium reports the answer's status beside it."""
        expect(office.page.get_by_role("alert")).to_be_visible()
        office.complaints[:] = [one for one in office.complaints if "status of 422" not in one]
        return office.page.get_by_role("alert")

    def held_won(self) -> int:
        return self.town.balance_won(self.kim) + self.town.balance_won(self.lee)


def test_a_budget_refuses_the_last_won_and_pays_all_of_what_is_left(town, two):
    desks = Listed(town, two)
    desks.typed(60_001, 40_000)
    desks.maker.sees("1원 모자랍니다")
    desks.maker.sees("남은 예산 100,000원")
    shot(desks.maker, "budget-short")
    desks.maker.press("서명하고 올리기")
    refused = desks.refused(desks.maker)
    expect(refused).to_contain_text(NO_MORE)
    expect(refused).to_contain_text("남은 예산은 100,000원입니다. 아무에게도 지급하지 않았습니다")
    expect(refused).to_contain_text("명단을 줄이거나 예산을 늘린 뒤")
    shot(desks.maker, "budget-refused")
    assert desks.held_won() == 0
    one_won, exact = desks.proposed(1), desks.proposed(60_000, 40_000)
    desks.approve(exact)
    desks.checker.sees("2명에게 100,000원 지급")
    desks.maker.go(f"/console/programmes/{desks.programme}")
    left = desks.maker.page.locator(".figure", has_text="남은 예산")
    expect(left.locator("p")).to_have_text("0원")
    shot(desks.maker, "budget-empty")
    desks.approve(one_won)                      # both had fitted when they were proposed
    expect(desks.refused(desks.checker)).to_contain_text("남은 예산은 0원입니다")
    expect(desks.checker.page.get_by_text("1원 모자랍니다")).to_be_visible()
    assert desks.held_won() == 100_000


@pytest.fixture
def most_a_day(town):
    """What one officer may make or approve in a day; lifted again at the end."""
    def hold(won: int, until_s: int) -> None:
        now_s = town.now_s()
        town.hand_in(Policy(0, policy.DAY_OFFICER, won, now_s, until_s, now_s.to_bytes(8), now_s + HOUR_S))

    hold(50_000, town.now_s() + DAY_S)
    yield
    hold(2**52, NEVER_S)


def test_slices_add_up_for_who_makes_and_for_who_approves(town, two, most_a_day):
    desks = Listed(town, two)
    first, second = desks.proposed(30_000), desks.proposed(20_001)
    desks.approve(first)
    desks.checker.sees("1명에게 30,000원 지급")
    desks.approve(second)
    refused = desks.refused(desks.checker)
    expect(refused).to_contain_text(OVER_A_DAY)
    expect(refused).to_contain_text("50,000원까지입니다. 지금은 20,000원이 남았습니다.")
    shot(desks.checker, "slices-refused")
    desks.maker.page.goto(second)
    desks.maker.sees("다른 담당자의 확인을 기다리고 있습니다")     # and isn't paid by itself when the day is over
    desks.typed(20_002)
    desks.maker.press("서명하고 올리기")
    expect(desks.refused(desks.maker)).to_contain_text("지금은 20,000원이 남았습니다.")
    desks.approve(desks.proposed(20_000))
    desks.checker.sees("1명에게 20,000원 지급")
    assert desks.held_won() == 50_000


# --- what a made-up form brings, and what the ledger says to it ----------------------------

@pytest.fixture
def both(city) -> Desk:
    """Somebody who may make and approve."""
    return Desk(city, MAKER, roles=orders.MAKER | orders.CHECKER)


def proposed(city, maker: Desk, won: int = 5_000) -> str:
    path = maker.post("/console/lists/new", status=303, programme=HELP, rows=f"{city.wallet().reference} {won}").to
    assert maker.signs(maker.get(path)).to == path
    return path


def on_the_desk(city, path: str) -> lists.PaymentList:
    return lists.get(city.office.people, bytes.fromhex(path.rsplit("/", 1)[1]))


def approval(city, desk: Desk, raw: bytes) -> bytes:
    body = orders.Approval(desk.number, orders.OFFICERS, city.id_of(raw), city.now_s() + HOUR_S)
    return cose.sign(body, desk.key, city.chain_id)


def ledgers_word(city, path: str, raw: bytes) -> str:
    """What apply says to this approval of a list, past every screen and desk."""
    found = on_the_desk(city, path)
    leaves = grant.leaves(found, lists.payable(city.office.people, found.list_id))
    act = Act(open_signed(city.office, found.proposal, (orders.Grant,)), (open_approval(city.office, raw),), (leaves,))
    with city.office.store.snapshot() as state, pytest.raises(Refusal) as refusal:
        apply(state, act, city.now_s(), city.office.rules)
    return refusal.value.word


def test_nobody_approves_what_they_proposed_themselves(city, both):
    asked = both.post("/console/programmes/1/change", status=200, **programme_form(both), budget_won="9,000,000")
    paper = both.signs(asked.page).to
    assert "승인 서명하기" not in both.get(paper) and "다른 담당자의 확인을 기다리고" in said(both.get(paper))
    found = re.search(r"/proposals/([0-9a-f]+)", paper)[1]
    yes = cose.sign(orders.Approval(MAKER, orders.OFFICERS, bytes.fromhex(found), city.now_s() + 60), both.key, city.chain_id)
    answer = both.post(f"{paper}/approve", message=sale(yes, b"")["payer"])
    assert answer.status == 403 and "같은 사람이 두 번" in said(answer.page)
    assert city.office.store.get(Register.PROGRAMME, HELP).budget_won == 5_000_000
    path = proposed(city, both)
    assert ledgers_word(city, path, approval(city, both, on_the_desk(city, path).proposal)) == "SAME_OFFICER"


def programme_form(desk: Desk) -> dict:
    form = desk.get("/console/programmes/1/change")
    fields = dict(re.findall(r'name="(name|opens|closes|spend_until)"[^>]*?value="([^"]*)"', form, re.DOTALL))
    return {"coin": 1, **fields, **{name: "1" for name in re.findall(r'name="(category-\d+)" value="1" checked', form)}}


def test_an_approval_of_one_list_is_worth_nothing_for_another_and_nothing_a_second_time(city, maker, checker):
    first, second = proposed(city, maker), proposed(city, maker, 900_000)
    yes = approval(city, checker, on_the_desk(city, first).proposal)
    form = {"message": sale(yes, b"")["payer"]}
    answer = checker.post(f"{second}/approve", **form)
    assert answer.status == 422 and "승인된 명단과 다릅니다" in said(answer.page)
    assert ledgers_word(city, second, yes) == "APPROVALS_MISSING"
    assert on_the_desk(city, second).state == lists.PROPOSED
    assert checker.post(f"{first}/approve", **form).status == 303
    again = checker.post(f"{first}/approve", **form)
    assert again.status == 409 and "이미 마감된 명단입니다" in said(again.page)
    assert ledgers_word(city, first, yes) == "ALREADY_DONE"


def test_rows_that_were_swapped_after_the_maker_signed_pay_nobody(city, maker, checker):
    """By somebody with a shell: every screen shows the new rows, and no signature fits them."""
    path = proposed(city, maker)
    found = on_the_desk(city, path)
    thief = city.wallet()
    with city.office.people.write() as connection:
        changed = connection.execute("UPDATE list_row SET person = ? WHERE list = (SELECT number FROM list WHERE list_id = ?)",
                                     (thief.person, found.list_id))
        assert changed.rowcount == 1
    assert ledgers_word(city, path, approval(city, checker, found.proposal)) == "LIST_DIFFERS"
    answer = checker.signs(checker.get(path))
    assert answer.status == 422 and "승인된 명단과 다릅니다" in said(answer.page)
    assert city.balance_won(thief) == 0 and on_the_desk(city, path).state == lists.REFUSED
    assert "승인된 명단과 다릅니다" in said(maker.get(path))


def test_a_policys_cap_on_a_programme_is_asked_before_anybody_signs(city, maker):
    now_s = city.now_s()
    city.hand_in(Policy(0, policy.PROGRAMME_CAP, 4_000, now_s, now_s + HOUR_S, bytes(8), now_s + HOUR_S, HELP))
    path = maker.post("/console/lists/new", status=303, programme=HELP, rows=f"{city.wallet().reference} 5000").to
    assert "1,000원 모자랍니다" in said(maker.get(path))
    answer = maker.signs(maker.get(path))
    assert answer.status == 422 and "남은 예산은 4,000원입니다" in said(answer.page)
    assert on_the_desk(city, path).state == lists.DRAFT


def later(city, maker: Desk, seconds: int) -> str:
    """A list of 5,000 won that is paid in so long; its path."""
    path = maker.post("/console/lists/new", status=303, programme=HELP, rows=f"{city.wallet().reference} 5000").to
    drafts.start_at(city.office.people, on_the_desk(city, path).list_id, maker.number, city.now_s() + seconds)
    return path


CAPS = [    # (from, until) of a cap of 4,000 won, in hours, and whether a list of 5,000 that is paid in two hours may be proposed
    ("it holds now and no more at the start", 0, 1, True),
    ("it holds only from the start on", 2, 9, False),
    ("it holds until long after", 0, 9, False),
]


@pytest.mark.parametrize(("from_h", "until_h", "fits"), [row[1:] for row in CAPS], ids=[row[0] for row in CAPS])
def test_a_cap_is_asked_of_the_moment_at_which_the_list_is_paid(city, maker, from_h, until_h, fits):
    now_s = city.now_s()
    city.hand_in(Policy(0, policy.PROGRAMME_CAP, 4_000, now_s + from_h * HOUR_S, now_s + until_h * HOUR_S, bytes(8), now_s + HOUR_S, HELP))
    path = later(city, maker, 2 * HOUR_S)
    assert ("1,000원 모자랍니다" in said(maker.get(path))) is not fits
    answer = maker.signs(maker.get(path))
    assert (on_the_desk(city, path).state == lists.PROPOSED) is fits
    assert fits or "남은 예산은 4,000원입니다" in said(answer.page)


@pytest.mark.parametrize(("opens_h", "closes_h", "fits"), [(1, 9, True), (-1, 1, False), (3, 9, False)])
def test_a_programmes_dates_are_asked_of_the_moment_at_which_the_list_is_paid(city, maker, opens_h, closes_h, fits):
    now_s, office = city.now_s(), city.office
    number = act.next_number(office, Register.PROGRAMME)
    city.hand_in(orders.Programme(
        city.numbers[MAKER], number, 1, 9_000, now_s + opens_h * HOUR_S, now_s + closes_h * HOUR_S, now_s + 20 * HOUR_S, b"",
        "겨울".encode(), bytes(8), now_s + HOUR_S))
    path = maker.post("/console/lists/new", status=303, programme=number, rows=f"{city.wallet().reference} 5000").to
    drafts.start_at(office.people, on_the_desk(city, path).list_id, maker.number, now_s + 2 * HOUR_S)
    maker.signs(maker.get(path))
    assert (on_the_desk(city, path).state == lists.PROPOSED) is fits


def test_more_than_an_officers_whole_day_is_refused_whatever_the_start(city, maker, checker):
    now_s = city.now_s()
    fits, path = later(city, maker, 3 * DAY_S), later(city, maker, 3 * DAY_S)
    assert maker.signs(maker.get(fits)).to == fits
    city.hand_in(Policy(0, policy.DAY_OFFICER, 4_999, now_s, now_s + 9 * DAY_S, bytes(8), now_s + HOUR_S))
    for desk, each, state in ((maker, path, lists.DRAFT), (checker, fits, lists.PROPOSED)):
        answer = desk.signs(desk.get(each))
        assert "4,999원까지입니다" in said(answer.page) and on_the_desk(city, each).state == state
