"""An officer at the console: forms over HTTP in this process (Desk), or a Chromium of their own (Office)."""

import re
import socket
from dataclasses import dataclass, field
from html import unescape

from playwright.sync_api import Browser, BrowserContext, Page, expect

from app.desk import certify, example, officer
from app.desk.certify import Sheet
from app.message import canon, cose, kinds
from app.message.keys import Signer
from app.people import signin
from tests.cast import City, text

MAKER, CHECKER, ADMINISTRATOR, AUDITOR = 1, 2, 3, 4       # the invited officers of the example city; their keys are made in the test
DESK, TABLET = {"width": 1440, "height": 900}, {"width": 1180, "height": 820}


class Desk:
    """Signed in by a one-time link, with a certified key in Python."""

    def __init__(self, city: City, number: int, _: Signer | None = None, roles: int = 0):
        self.city, self.number = city, number
        self.key = Signer(bytes([number]) * 32)
        certify.admit(city.office, signed_sheet(city, number, self.key.public, roles))
        self._sign_in()

    @classmethod
    def of_who_waits(cls, city: City, number: int) -> "Desk":
        """Of an officer whose key the roots have not seen."""
        desk = cls.__new__(cls)
        desk.city, desk.number = city, number
        desk._sign_in()
        return desk

    def _sign_in(self) -> None:
        city = self.city
        self.client = city.application().test_client()
        code = signin.one_time_code(city.office.people, self.number)
        assert self.client.get(f"/console/once/{code}").status_code == 303

    def get(self, path: str, status: int = 200) -> str:
        answer = self.client.get(path)
        assert answer.status_code == status, (answer.status_code, said(answer.text))
        return answer.text

    def post(self, path: str, status: int | None = None, data: dict | None = None, **fields: object) -> "Sent":
        """A form with this session's token."""
        token = re.search(r'name="form" value="([^"]+)"', self.client.get("/console/key").text)[1]
        answer = self.client.post(path, data={"form": token, **(data or {}), **fields},
                                  content_type="multipart/form-data")
        assert status is None or answer.status_code == status, (answer.status_code, said(answer.text))
        return Sent(answer.status_code, answer.headers.get("Location", ""), answer.get_data().decode(errors="replace"))

    def signs(self, page: str, **fields: object) -> "Sent":
        """Does what the page's script does: signs the payload that stands there and sends the form."""
        form = re.search(r"<form[^>]*data-sign.*?</form>", page, re.DOTALL)[0]
        hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form))
        _, body = kinds.read(canon.decode(bytes.fromhex(hidden["payload"])))
        message = text(cose.sign(body, self.key, self.city.chain_id))
        action = re.search(r'action="([^"]+)"', form)[1]
        return self.post(action, data={**hidden, "message": message, **fields})


    def signs_many(self, page: str, leave_out: int = 0) -> "Sent":
        """The same for a form with many payloads; the last ones may be left out."""
        form = re.search(r"<form[^>]*data-sign-many.*?</form>", page, re.DOTALL)[0]
        payloads = re.search(r'data-payloads="([^"]*)"', form)[1].split()
        bodies = [kinds.read(canon.decode(bytes.fromhex(payload)))[1] for payload in payloads]
        messages = " ".join(text(cose.sign(body, self.key, self.city.chain_id)) for body in bodies[:len(bodies) - leave_out])
        return self.post(unescape(re.search(r'action="([^"]+)"', form)[1]), messages=messages)


@dataclass(frozen=True, slots=True)
class Sent:
    status: int
    to: str         # where it leads on
    page: str


def signed_sheet(city: City, number: int, key: bytes, roles: int = 0) -> Sheet:
    """What two roots of the example city signed; without roles, those for which the officer was invited."""
    roles = roles or signin.officer(city.office.people, number).roles
    sheet = officer.sheet_for(city.office, number, key, roles)
    return example.signed_by_roots(example.trial_of(city.folder), sheet, city.now_s())


def said(page: str) -> str:
    """A page's text without its marks."""
    body = re.sub(r"<template.*?</template>|<head.*?</head>", "", page, flags=re.DOTALL)
    return unescape(" ".join(re.sub(r"<[^>]*>", " ", body).split()))


# --- in a browser --------------------------------------------------------------------------

def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@dataclass
class Office:
    """One officer's browser."""

    city: City
    url: str
    context: BrowserContext
    page: Page
    complaints: list[str] = field(default_factory=list)     # of the browser's console: none is expected

    @classmethod
    def open(cls, browser: Browser, city: City, number: int, **how) -> "Office":
        context = browser.new_context(**{"viewport": DESK, "locale": "ko-KR", **how})
        context.set_default_timeout(30_000)
        office = cls(city, f"http://{city.office.genesis.host}", context, context.new_page())
        office.page.on("console", lambda message: message.type == "error" and office.complaints.append(message.text))
        office.page.on("pageerror", lambda error: office.complaints.append(str(error)))
        office.page.goto(f"{office.url}/console/once/{signin.one_time_code(city.office.people, number)}")
        return office

    def with_key(self) -> "Office":
        """Makes a key in this browser; the roots of the example city sign it."""
        self.go("/console/key")
        self.press("이 브라우저에서 열쇠 만들기")
        self.sees("이 브라우저의 열쇠가 등록되어 있습니다")
        return self

    def go(self, path: str) -> None:
        self.page.goto(self.url + path)

    def press(self, name: str) -> None:
        self.page.get_by_role("button", name=name).click()

    def fill(self, label: str, value: str) -> None:
        self.page.get_by_label(label, exact=True).fill(value)

    def sees(self, words: str) -> None:
        expect(self.page.get_by_text(words).first).to_be_visible()
