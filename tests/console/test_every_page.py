"""Every page of the console, as each officer sees it: accessible, with controls large enough, no wider than its window, also with
text of double size."""

import os

import pytest

from app.desk import act, cards, notice, pairing
from app.message.keys import Signer, new_seed
from app.money import orders
from app.money.state import Register
from app.people import joins, signin
from app.people import pairing as pairings
from tests.cast import BOTH, DAY_S, HELP, HOUR_S, RESTAURANT, City
from tests.conftest import LONG
from tests.console.desk import ADMINISTRATOR, AUDITOR, CHECKER, DESK, MAKER, TABLET, Desk
from tests.console.test_browser import SMALL, shot
from tests.console.test_cards import list_of
from tests.console.test_ending import Waiting, soon
from tests.wallet.test_screens import AXE, RULES

WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
NO_PAGES = {"/console/once/<code>": "leads on to today"}
NARROW = {"width": 320, "height": 640}


def pages_of(city: City) -> dict[int, list[str]]:
    """By the officer who looks: what is empty, what waits, what is done."""
    kim, later = city.wallet(help_won=5_000), Waiting(city)
    soon(city, 2, kim, later)
    paid = city.top_up(HELP, {kim: 1_000, later: 2_000}).hex()
    draft = list_of(city, [later]).removeprefix("/console")
    waiting = papers(city, kim)
    cards.make_blanks(city.office, city.numbers[0], 3)
    city.office.store.keep_seen(city.now_s() - 3 * DAY_S)       # the sweep waits: every page says so
    return {
        MAKER: ["", "/figures", "/people", "/people/new", f"/people/{kim.person.hex()}", f"/people/{later.person.hex()}",
                f"/wishes/{wish(city)}", "/wishes", "/people/ending", "/people/ending/letters", "/people/cards", "/programmes", "/programmes/1", "/programmes/new",
                "/programmes/1/change", "/lists", "/lists/new", f"/lists/{paid}", f"/lists/{paid}/cards", f"/lists/{paid}/letters",
                f"/lists/{paid}/differences", draft, f"{draft}/cards", "/shops", "/shops/1", "/shops/6", "/shops/new", "/shops/1/change", "/tills", "/tills/queue",
                *[f"/pairings/{number}" for number in tablets(city)], "/notices", "/notices/new",
                f"/notice/{notice.write(city.office, asking_till(city), 12_500, os.urandom(4).hex().upper()).number}", "/key"],
        CHECKER: ["", *[f"/proposals/{paper.hex()}" for paper in waiting]],
        ADMINISTRATOR: ["/policies", "/policies/4", "/policies/5", "/policies/9", "/policies/14", "/policies/14/5",
                        "/officers", "/officers/1"],
        AUDITOR: ["/records", "/records/access", "/records/review"],
    }


def address(path: str) -> str:
    """A notice's paper has a place of its own."""
    return path if path.startswith("/notice/") else f"/console{path}"


def papers(city: City, kim) -> list[bytes]:
    """Ids of what waits for a second officer: a changed programme, another phone."""
    until = os.urandom(8), city.now_s() + HOUR_S
    number = city.open_programme(1)
    old = city.office.store.get(Register.PROGRAMME, number)
    wanted = orders.Programme(city.numbers[0], number, old.coin, old.budget_won + 1, old.opens_at_s, old.closes_at_s,
                              old.spend_until_s, old.categories, old.name, *until)
    phone = orders.KeyAdd(city.numbers[0], kim.account, Signer(new_seed()).public, 0, *until, kim.key.public, 30_000)
    return [act.hand_in(city.office, city.numbers[0], city.signed(0, body)).proposal.message_id for body in (wanted, phone)]


def wish(city: City) -> int:
    """A wallet typed the code that the office sent somebody."""
    code = joins.send_code(city.office.people, city.numbers[0], Waiting(city).person)
    return joins.wish(city.office.people, code, city.wallet(linked=False).account).number


def tablets(city: City) -> list[int]:
    """Pairings: one whose code nobody took, one whose digits are to be compared."""
    open_, _ = pairings.start(city.office.people, RESTAURANT, BOTH, city.numbers[0])
    claimed, code = pairings.start(city.office.people, RESTAURANT, BOTH, city.numbers[0])
    keys = Signer(new_seed()), Signer(new_seed())
    publics = tuple(key.public for key in keys)
    data = pairing.to_prove(city.office, code, *publics)
    pairing.claim(city.office, code, publics, tuple(key.sign(data) for key in keys))
    return [open_.number, claimed.number]


def asking_till(city: City) -> int:
    ours = city.office.notice_key.signer.public
    return next(number for number, till in city.office.store.records(Register.TILL) if till.key == ours)


def without_a_session(city: City) -> list[str]:
    login = f"new-{os.urandom(3).hex()}"
    return ["/sign-in", f"/enrol/{signin.invite(city.office.people, 90, '정다운', login, roles=orders.MAKER)}"]


@pytest.fixture(scope="module")
def pages(town):
    return pages_of(town)


@pytest.fixture
def opened(town, pages, seats):
    """(page, path) of each, in the window of who sees it."""
    def walk(**how):
        outside = seats(AUDITOR, **how)
        outside.go("/console/sign-in")
        outside.context.clear_cookies()
        wanted = [(outside, without_a_session(town))]
        wanted += [(seats(number, **how).with_key(), paths) for number, paths in pages.items()]
        for office, paths in wanted:
            for path in paths:
                answer = office.page.goto(office.url + address(path))
                assert answer.status == 200, path
                yield office, path
    return walk


def test_no_page_is_left_out(city):
    Desk(city, MAKER)
    at = city.application().url_map.bind("localhost")
    every = {rule.rule for rule in city.application().url_map.iter_rules()
             if rule.rule.startswith("/console") and "GET" in rule.methods and "." not in rule.rule}
    walked = [path for paths in pages_of(city).values() for path in paths] + without_a_session(city)
    seen = {at.match(address(path), return_rule=True)[0].rule for path in walked}
    assert every - seen - {"/console/"} == set(NO_PAGES)


def test_every_page_is_accessible_and_fits_also_with_text_of_double_size(opened):
    found = []
    for office, path in opened(viewport=NARROW, bypass_csp=True):
        office.page.add_script_tag(path=AXE)
        for size in (NARROW, TABLET, DESK):
            office.page.set_viewport_size(size)
            where = f"{path} at {size['width']}:"
            found += faults(office, where)
            found += [f"{where} small {one}" for one in office.page.evaluate(SMALL)]
            found += [f"{where} {one}" for one in office.page.evaluate(RULES)] if LONG or size != TABLET else []
            shot(office, f"{size['width']}{path.replace('/', '-')[:20]}")
        office.page.evaluate("document.documentElement.style.fontSize = '200%'")
        found += faults(office, f"{path} at 200 %:")
        found += [f"{path} at 200 %: {one}" for one in office.page.evaluate(RULES)] if LONG else []
        office.page.set_viewport_size(NARROW)
    assert found == []


def faults(office, where: str) -> list[str]:
    wide = office.page.evaluate(WIDE)
    return [f"{where} {wide} px too wide"] if wide > 0 else []
