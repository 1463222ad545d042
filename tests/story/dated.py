"""The trial city on days that the story turns: served in a process of its own that goes by the story's clock."""

from datetime import datetime, timedelta

from playwright.sync_api import Browser, BrowserContext, Page, expect

from app.desk import act, certify, example, officer as officers
from app.desk.certify import Sheet
from app.message import qr
from app.money.state import Register
from app.people import pairing, signin
from tests.cast import BOTH, MAKER, RESTAURANT, until
from tests.console.desk import DESK
from tests.pos import town as pos


class DatedTown(pos.Town):
    """What a tablet and a desk ask of a town beside that."""

    def day(self, ahead: int = 0) -> datetime:
        """Midnight of a day, counted from the one that the clock shows."""
        now = datetime.fromtimestamp(self.now_s(), self.office.city.zone)
        return now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=ahead)

    def turn_to(self, moment: datetime) -> None:
        self.wait(moment.timestamp() - self.clock())

    def pairing_code(self, shop: int = RESTAURANT, rights: int = BOTH) -> str:
        return pairing.start(self.office.people, shop, rights, self.numbers[MAKER])[1]

    def sign_till(self, digits: str) -> int:
        number = act.next_number(self.office, Register.TILL)
        super().sign_till(digits)
        return number

    def text(self, raw: bytes) -> str:
        """As it stands in a QR."""
        return qr.to_text(raw, self.office.genesis.host)


class Seat:
    """An officer's browser profile. Sessions end over night: each day begins with a sign-in."""

    def __init__(self, browser: Browser, town: DatedTown, number: int):
        self.town, self.number = town, number
        self.context: BrowserContext = browser.new_context(viewport=DESK, locale="ko-KR")
        self.context.set_default_timeout(10_000)
        self.page: Page = self.context.new_page()

    def sign_in(self) -> "Seat":
        self.go(f"/console/once/{signin.one_time_code(self.town.office.people, self.number)}")
        return self

    def with_key(self) -> "Seat":
        """Made in this browser; the roots sign its sheet."""
        self.go("/console/key")
        self.press("이 브라우저에서 열쇠 만들기")
        office, folder = self.town.office, self.town.folder
        until(lambda: officers.sheet_of(folder.path, self.number))
        sheet = Sheet.from_text(officers.sheet_of(folder.path, self.number))
        certify.admit(office, example.signed_by_roots(example.trial_of(folder), sheet, self.town.now_s()))
        expect(self.page.get_by_text("쓸 수 있습니다.")).to_be_visible()
        return self

    def go(self, path: str) -> None:
        self.page.goto(self.town.url + path)

    def press(self, name: str) -> None:
        self.page.get_by_role("button", name=name, exact=True).click()

    def fill(self, **fields: str) -> None:
        """By the names that the fields have in their form."""
        for name, value in fields.items():
            self.page.locator(f"[name={name}]:visible").fill(value)

    def close(self) -> None:
        self.context.close()
