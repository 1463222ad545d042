"""A resident's phone: a Chromium page of a phone's size, and what its owner does with it."""

from dataclasses import dataclass, field

from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.wallet.town import Town

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync"]
SIZE = {"width": 360, "height": 800}


@dataclass
class Phone:
    town: Town
    context: BrowserContext
    page: Page
    complaints: list[str] = field(default_factory=list)     # of the console: none is expected

    def open(self, path: str = "/") -> "Phone":
        self.page.goto(self.town.url + path)
        return self

    def tap(self, name: str, exact: bool = False) -> None:
        self.page.get_by_role("button", name=name, exact=exact).click()

    def make_wallet(self) -> str:
        """The first start; the account's address in hexadecimal."""
        self.tap("지갑 만들기")
        expect(self.page.get_by_text("쓸 수 있는 돈")).to_be_visible()
        return self.kept("account")["account"]

    def kept(self, name: str):
        """What the phone keeps under this name."""
        return self.page.evaluate("""name => new Promise((resolve, reject) => {
            const opening = indexedDB.open('hagc-wallet');
            opening.onerror = () => reject(opening.error);
            opening.onsuccess = () => {
                const database = opening.result;
                const store = name === 'payments' ? 'payments' : 'facts';
                const reading = database.transaction(store).objectStore(store);
                const request = name === 'payments' ? reading.getAll() : reading.get(name);
                request.onsuccess = () => { database.close(); resolve(request.result); };
            };
        })""", name)

    def with_money(self, amount_won: int, programme: int = 1) -> bytes:
        """Linked to one of the trial city's people, and topped up."""
        person = self.town.counter.link(self.make_wallet())
        self.town.counter.top_up(person, amount_won, programme)
        self.page.reload()
        expect(self.page.locator(".balance .amount strong")).to_have_text(f"{amount_won:,}원")
        return person

    def code_text(self) -> str:
        return self.page.locator(".qr-text a").first.text_content()

    def paste(self, text: str) -> None:
        """Reads a code without a camera."""
        self.tap("QR 찍기")
        self.page.get_by_label("카메라 없이 읽기").fill(text)
        self.tap("읽기", exact=True)

    def balance(self) -> str:
        return self.page.locator(".balance .amount strong").inner_text()


def new_phone(browser: Browser, town: Town, **how) -> Phone:
    context = browser.new_context(viewport=SIZE, locale="ko-KR", has_touch=True, is_mobile=True, **how)
    phone = Phone(town, context, context.new_page())
    context.set_default_timeout(8000)
    phone.page.on("console", lambda message: message.type == "error" and phone.complaints.append(message.text))
    phone.page.on("pageerror", lambda error: phone.complaints.append(f"{error}\n{error.stack or ''}"))
    return phone
