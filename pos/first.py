"""The page before this PC is a till: the shopkeeper types or scans what the officer's screen shows, chooses a PIN, and compares
twelve digits. It needs nothing of the city's, for which city it is stands in what is typed.
"""

import threading
from html import escape
from pathlib import Path
from urllib.parse import parse_qs

from app.errors import Refusal, SetupError
from pos import keys, pairing, words
from pos.counter import learn_keys
from pos.journal import no_room, sqlite
from pos.server import Refused, Server, Unclear

STYLE_PATH, SCRIPT_PATH, STATE_PATH, FORM_PATH, STOP_PATH = "/first.css", "/first.js", "/first/state", "/first", "/first/stop"
NAMES = ("server", "code", "pin", "again")
LONGEST = 200
WRONG = (Refusal, Refused, Unclear, SetupError, OSError, sqlite.OperationalError)      # what is said on the page
STYLE = """
:root { font-family: system-ui, sans-serif; font-size: 20px; line-height: 1.5; color: #1b1b18; background: #f5f4ef; }
body { margin: 0; padding: 1.5rem; word-break: keep-all; overflow-wrap: anywhere; }
main { max-width: 34rem; margin: 0 auto; }
h1 { font-size: 1.6rem; }
label { display: block; margin-block: 1.2rem 0.2rem; font-weight: 700; }
.hint { margin: 0 0 0.5rem; color: #4a4a44; font-size: 0.9rem; }
input { box-sizing: border-box; width: 100%; min-height: 3.2rem; padding: 0 0.8rem; border: 2px solid #6b6b64; border-radius: 0.6rem; font: inherit; }
button, .button { display: block; box-sizing: border-box; width: 100%; min-height: 3.2rem; margin-block-start: 1.5rem; border: 2px solid #0c4f3c; border-radius: 0.8rem;
  background: #0c4f3c; color: #ffffff; font: inherit; font-weight: 700; line-height: 3.2rem; text-align: center; text-decoration: none; }
.quiet { background: #ffffff; color: #0c4f3c; }
button:focus-visible, input:focus-visible, a:focus-visible { outline: 3px solid #1b1b18; outline-offset: 2px; }
.wrong { padding: 0.8rem 1rem; border: 2px solid #8f0e24; border-radius: 0.8rem; background: #ffffff; color: #8f0e24; font-weight: 700; }
.digits { display: flex; flex-wrap: wrap; gap: 0.3em 0.7em; margin-block: 1rem; font-size: 3rem; font-weight: 700; font-variant-numeric: tabular-nums; }
nav { text-align: end; }
nav a { display: inline-block; min-height: 48px; min-width: 48px; line-height: 48px; color: #0c4f3c; }
""".encode()

# Looks whether something else is to be shown now.
SCRIPT = """
const { state: shown } = document.body.dataset;
setInterval(async () => {
  const answer = await fetch('/first/state', { cache: 'no-store' }).catch(() => null);
  if (answer?.ok && await answer.text() !== shown) location.replace('/');
}, 1000);
""".encode()


class First:
    """One pairing after the other until one of them is signed. Any thread may ask."""

    def __init__(self, folder: Path, language: str, server: str = ""):
        """server: of the city, where it is known beforehand."""
        self.folder, self.language = folder, language
        self.paired = threading.Event()
        self._typed, self._wrong, self._digits = {"server": server}, "", ""
        self._turn, self._stop = threading.Lock(), threading.Event()

    # --- what the browser asks ---------------------------------------------------------------

    def page(self, language: str) -> bytes:
        """As it stands: the form, the digits, or that the till's page is coming."""
        self.language = language if language in words.LANGUAGES else self.language
        if self.paired.is_set():
            return self._page("first done", f"<p>{self._say('first coming')}</p>", watched=True)
        if self._digits:
            four = "".join(f"<span>{part}</span>" for part in self._digits.split("-"))
            spoken = " ".join(self._digits.replace("-", ""))
            return self._page("first compare", (
                f'<p class="digits" role="img" aria-label="{spoken}">{four}</p><p>{self._say("check")}</p><p role="status"><strong>{self._say("first waits")}</strong></p>'
                f'<form method="post" action="{STOP_PATH}"><button class="quiet">{self._say("first stop")}</button></form>'), watched=True)
        return self._page("first title", self._form())

    @property
    def state(self) -> str:
        return "paired" if self.paired.is_set() else self._digits or f"form {self._wrong}"

    def send(self, body: bytes) -> None:
        """What the form holds: the keys are made and brought to the desk, or it says why not."""
        said = parse_qs(body.decode("utf-8", "replace"))
        typed = {name: said.get(name, [""])[0].strip()[:LONGEST] for name in NAMES}
        with self._turn:
            if self._digits or self.paired.is_set():
                return                                  # sent twice
            self._typed = {name: typed[name] for name in ("server", "code")}
            self._wrong = ""
            try:
                self._begin(typed)
            except WRONG as error:
                self._wrong = self._why(error)

    def stop(self) -> None:
        with self._turn:
            self._stop.set()
            self._over("")

    # --- pairing -----------------------------------------------------------------------------

    def _begin(self, typed: dict[str, str]) -> None:
        address, code = pairing.found_in(typed["server"], typed["code"])
        self._typed = {"server": address, "code": code}
        if not address or not code:
            raise SetupError(self._say("first missing"))
        keys.check_pin(typed["pin"])
        if typed["pin"] != typed["again"]:
            raise SetupError(self._say("first differ"))
        line = Server(address, self.language)
        city = pairing.city(line)
        learn_keys(self.folder, city, line.now_s())
        if not keys.exist(self.folder):
            keys.make(self.folder, typed["pin"])
        refund = keys.refund(self.folder, typed["pin"])
        self._digits = pairing.claim(line, code, city.chain_id, keys.till(self.folder), refund)
        threading.Thread(target=self._wait, args=(line, code, city, refund.public, self._stop), daemon=True).start()

    def _wait(self, line: Server, code: str, city: pairing.City, refund_key: bytes, stop: threading.Event) -> None:
        try:
            found = pairing.wait(line, code, city, refund_key, stop=stop)
            with self._turn:
                if not stop.is_set():
                    pairing.write(self.folder, found)
                    self.paired.set()
        except WRONG as error:
            with self._turn:
                if not stop.is_set():
                    self._over(self._why(error))

    def _over(self, why: str) -> None:
        """A pairing that came to nothing; the next one is of other keys."""
        self._stop, self._digits, self._wrong = threading.Event(), "", why
        if not pairing.is_paired(self.folder):
            keys.forget(self.folder)

    def _why(self, error: Exception) -> str:
        if isinstance(error, Refused):
            return error.sentence or words.refusal(self.language, error.word, {})
        if isinstance(error, Refusal):
            return self._say("first pin") if error.word == "FIELD_WRONG" else words.refusal(self.language, error.word, error.facts)
        return self._say("first no city") if isinstance(error, Unclear) else self._say("no room") if no_room(error) else str(error)

    # --- its words ---------------------------------------------------------------------------

    def _say(self, name: str) -> str:
        return words.say(self.language, name)

    def _told(self) -> str:
        return f'<p class="wrong" role="alert">{escape(self._wrong)}</p>' if self._wrong else ""

    def _form(self) -> str:
        def field(name: str, more: str) -> str:
            value = escape(self._typed.get(name, ""))
            return (f'<label for="{name}">{self._say(f"first {name}")}</label><p class="hint" id="{name}-hint">{self._say(f"first {name} hint")}</p>'
                    f'<input id="{name}" name="{name}" value="{value}" aria-describedby="{name}-hint" autocomplete="off" {more}>')

        secret = 'type="password" inputmode="numeric" maxlength="12"'
        begin = "pin" if self._typed.get("server") and self._typed.get("code") else "code" if self._typed.get("server") else "server"
        fields = [field(name, secret if name in ("pin", "again") else 'spellcheck="false"') for name in NAMES]
        fields = [each.replace(f'id="{begin}" ', f'id="{begin}" autofocus ', 1) for each in fields]
        return (f'<p>{self._say("first lead")}</p>{self._told()}<form method="post" action="{FORM_PATH}">{"".join(fields)}'
                f'<button>{self._say("first go")}</button></form>')

    def _page(self, title: str, content: str, watched: bool = False) -> bytes:
        script = f'<script src="{SCRIPT_PATH}" defer></script>' if watched else ""
        others = "".join(f'<a href="/?lang={each}" lang="{each}">{name}</a> ' for each, name in (("ko", "한국어"), ("en", "English")) if each != self.language)
        return (f'<!doctype html><html lang="{self.language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
                f'<title>{self._say(title)}</title><link rel="stylesheet" href="{STYLE_PATH}">{script}</head>'
                f'<body data-state="{escape(self.state)}"><main><nav>{others}</nav><h1>{self._say(title)}</h1>{content}</main></body></html>').encode()
