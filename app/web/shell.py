"""What surrounds every page: its head, the words it needs, the list of files with which it opens offline.

Words and facts stand in the page as text inside <template id="page">, because the policy allows no inline script
and a second request would make the first screen wait.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from flask import Response, request
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from app.city import City
from app.errors import WORDS, Refusal
from app.money import amount
from app.web.assets import Assets, File, file_of
from app.web.words import Words, moment

PAGES = Path(__file__).parent / "pages"
BASE, CITY_COLOURS = "css/base.css", "city.css"


@dataclass(frozen=True, slots=True)
class Page:
    """One of the products that we show. `opens`: address → the address whose answer is kept for offline."""

    name: str
    path: str                               # where it starts
    styles: tuple[str, ...]
    words: tuple[str, ...]                  # sections of static/words
    entry: str = ""                         # its first module; none: works without scripts
    opens: tuple[tuple[str, str], ...] = ()
    keeps: tuple[str, ...] = ()             # files besides its modules that are kept for offline
    leaves: tuple[str, ...] = ()            # files not kept before they are used, by the beginning of their paths
    refuses: tuple[range, ...] = (range(1000),)     # numbers of the refusals that it words by itself; others come worded

    @property
    def sheet(self) -> str:
        """All of its styles under one address: a browser has six connections, and the first screen waits for every sheet."""
        return f"css/all-of-{self.name}.css"

    @property
    def sheets(self) -> tuple[str, ...]:
        return CITY_COLOURS, *self.styles


READER = "vendor/zxing/"
PLAIN = Page("plain", "/", (BASE,), ())
WALLET = Page(
    "wallet", "/", (BASE, "css/forms.css", "css/wallet.css", "css/wallet-codes.css"), ("common", "refusals", "fields", "wallet"),
    entry="js/wallet/main.js", opens=(("/", "/"), ("/P", "/")), leaves=(READER,),
    # Of messages, keys, payers, payments; what can't be read (app/errors.py). None of what only officers or refunds are told.
    refuses=(range(202), range(204, 250), range(255, 260), range(301, 302)),
)
TILL = Page(
    "till", "/pos", (BASE, "css/forms.css", "css/till.css", "css/till-sale.css", "css/till-paper.css", "css/till-offline.css", "css/till-programs.css", "css/till-card.css", "css/till-shop.css"), ("common", "refusals", "fields", "till", "paper"),
    entry="js/till/main.js", opens=(("/pos", "/pos"),), keeps=(READER + "zxing_reader.wasm",),
)
CONSOLE = Page(
    "console", "/console", (BASE, "css/forms.css", "css/console.css", "css/console-facts.css", "css/console-lists.css", "css/console-paper.css", "css/console-figures.css"),
    ("common", "refusals", "fields", "console"),
    entry="js/console/main.js",
)
EXPLORER = Page("explorer", "/explorer", (BASE, "css/forms.css", "css/explorer.css"), ())


@dataclass(frozen=True, slots=True)
class Shell:
    """Made once at start. `facts` are what every script may know of this city, such as its chain id."""

    assets: Assets
    words: Words
    city: City
    clock: Callable[[], float]              # Unix seconds
    facts: Mapping[str, object] = field(default_factory=dict)
    programs: tuple[Page, ...] = (WALLET, TILL)  # what goes to a home screen and opens offline
    _templates: Environment = field(init=False)
    _version: str = field(init=False)
    _same: dict[tuple[str, str], File] = field(init=False, default_factory=dict)

    def __post_init__(self):
        templates = Environment(
            loader=FileSystemLoader(PAGES), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
            lstrip_blocks=True, auto_reload=False,
        )
        object.__setattr__(self, "_templates", templates)
        object.__setattr__(self, "_version", self._digest())

    def now_ms(self) -> int:
        return int(self.clock() * 1000)

    def program(self, name: str) -> Page:
        """The program of this name, or NOT_FOUND."""
        for page in self.programs:
            if page.name == name:
                return page
        raise Refusal("NOT_FOUND")

    def render(self, template: str, page: Page, **context: object) -> str:
        """A page as HTML, in the language of the request. Templates know: page, city, language, languages, url(path),
        t(place, **facts), won(amount_won), won_in_words(amount_won), moment(at_s), and `context`."""
        language = self.words.language_of(request)
        return self._templates.get_template(template).render(
            page=page, city=self.city, language=language, languages=self.words.languages, url=self.assets.url,
            sheets=self.sheets(page), preload=self.preload(page), data=lambda: self.data(page, language),
            t=lambda place, **facts: self.words.say(language, place, facts),
            won=lambda amount_won: amount.figures(amount_won, language),
            won_in_words=lambda amount_won: amount.words(amount_won, language),
            moment=lambda at_s, **how: moment(at_s, language, self.city.zone, **how), **context,
        )

    def same_for_all(self, template: str, page: Page) -> Response:
        """A page that holds nothing of who asks: made once a language, and packed as small as it gets."""
        at = template, self.words.language_of(request)
        if at not in self._same:
            self._same[at] = file_of(template, self.render(template, page).encode())
        return served(self._same[at], {})

    def sheets(self, page: Page) -> tuple[str, ...]:
        return (page.sheet,) if page.sheet in self.assets.files else page.sheets

    def preload(self, page: Page) -> list[str]:
        """The addresses of the modules to ask for at once, the entry first."""
        return [self.assets.url(path) for path in self.assets.modules(page.entry)] if page.entry else []

    def data(self, page: Page, language: str) -> Markup:
        """The text inside <template id="page">: JSON that is safe in HTML."""
        content = {
            "page": page.name, "language": language, "languages": self.words.languages,
            "static": self.assets.url(BASE).removesuffix(BASE), "version": self._version, "zone": self.city.zone.key, "city": self.city.names.say(language),
            "currency": self.city.currency.say(language), "host": self.city.host, **self.facts,
            "words": self.words.sections(language, page.words) | {"refusals": self.refusals(page, language)},
        }
        text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
        return Markup(text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e"))

    def refusals(self, page: Page, language: str) -> dict:
        """The sentences of those refusals that the page's scripts find out by themselves."""
        texts = self.words.sections(language, page.words).get("refusals", {})
        return {word: said for word, said in texts.items() if any(WORDS[word].number in some for some in page.refuses)}

    # -- offline --

    def worker(self, page: Page) -> Response:
        """The service worker of one page: a new version of anything makes a new text, which the browser notices."""
        content = {"page": page.name, "version": self._version, "opens": dict(page.opens), "files": self.kept(page)}
        text = f"const SHELL = {json.dumps(content)};\n".encode() + self.assets.files["sw.js"].body
        headers = {"Cache-Control": "no-cache", "Service-Worker-Allowed": page.path}
        return Response(text, mimetype="text/javascript", headers=headers)

    def kept(self, page: Page) -> list[str]:
        """The addresses of all files with which the page opens offline."""
        paths = [*self.sheets(page), "icons/mark.svg", *self.assets.modules(page.entry, later=True), *page.keeps]
        return [self.assets.url(path) for path in dict.fromkeys(paths) if not path.startswith(page.leaves or ("\0",))]

    def manifest(self, page: Page) -> Response:
        """The web app manifest: the wallet and the till go to the home screen as two programs."""
        language = self.words.language_of(request)
        icons = [{"src": self.assets.url(f"icons/{name}.png"), "type": "image/png", "sizes": f"{size}x{size}",
                  "purpose": purpose}
                 for name, size, purpose in (("192", 192, "any"), ("512", 512, "any"), ("maskable", 512, "maskable"))]
        names = {"city": self.city.names.say(language), "currency": self.city.currency.say(language)}
        content = {
            "id": page.path, "start_url": page.path, "scope": page.path, "display": "standalone", "lang": language,
            "name": self.words.say(language, f"common.app_{page.name}", names),
            "short_name": self.words.say(language, f"common.app_{page.name}_short", names),
            "background_color": "#ffffff", "theme_color": self.city.main_colour, "icons": icons,
        }
        text = json.dumps(content, ensure_ascii=False)
        return Response(text, mimetype="application/manifest+json", headers={"Cache-Control": "no-cache"})

    def _digest(self) -> str:
        """One version for all that a page may keep: the tree, the templates, the words and the facts."""
        digest = hashlib.sha256(self.assets.tree.encode())
        for file in sorted(PAGES.rglob("*.html")):
            digest.update(file.read_bytes())
        digest.update(json.dumps([self.words.texts, self.city.host, dict(self.facts)], sort_keys=True).encode())
        return digest.hexdigest()[:16]


def served(file: File, headers: Mapping[str, str]) -> Response:
    """A file's answer, packed for who can unpack it."""
    headers = {**headers, "Vary": "Accept-Encoding"}
    if file.packed is None or "gzip" not in request.headers.get("Accept-Encoding", ""):
        return Response(file.body, mimetype=file.mimetype, headers=headers)
    return Response(file.packed, mimetype=file.mimetype, headers={**headers, "Content-Encoding": "gzip"})
