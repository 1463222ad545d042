"""The web application: one frozen object of services in, Flask out. Each counter's routes are a blueprint of its own."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from flask import Blueprint, Flask, Request, Response, request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface
from werkzeug.middleware.proxy_fix import ProxyFix

from app.city import City
from app.errors import Refusal
from app.web import answers, brand, pace
from app.web.assets import KEPT, Assets
from app.web.events import Hub
from app.web.headers import Headers
from app.web.shell import TILL, WALLET, Page, Shell, served
from app.web.words import COOKIE, Words

YEAR_S = 31_536_000
CONSOLES = "/api/console/"
LANGUAGE_AT_MOST = 8  # letters of a language's name that are worth looking at


@dataclass(frozen=True, slots=True)
class Services:
    """All that pages and answers use. A blueprint is made by a function that takes this."""

    office: object      # app.desk.office.Office: the counters' own
    shell: Shell
    hub: Hub
    secret: bytes       # 32: signs the officers' cookies
    tls: bool = False
    behind_proxy: bool = False  # one of ours says in X-Forwarded-For who asks; else anybody could

    @property
    def is_https(self) -> bool:
        """Browsers come by https: to us, or to the proxy that holds the certificate."""
        return self.tls or self.behind_proxy


class Application(Flask):
    """Flask, where no view and no hook is a coroutine: it would look at each of them in each request to find out."""

    def ensure_sync(self, func: Callable) -> Callable:
        return func


class Sessions(SecureCookieSessionInterface):
    """The officers' cookie. What phones and tills ask is signed: to look for a cookie there costs a tenth of a payment. The
    console's own scripts ask under /api/console/."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        unasked = request.path.startswith("/api/") and not request.path.startswith(CONSOLES)
        return None if unasked else super().open_session(app, request)


def make_shell(static: Path, city: City, clock: Callable[[], float], facts: Mapping[str, object],
               programs: tuple[Page, ...] = (WALLET, TILL)) -> Shell:
    """Reads static/ once. `facts` go into every page that has scripts, e.g. {"chain": "…"}."""
    assets = Assets(static, brand.made(city), {page.sheet: page.sheets for page in programs})
    return Shell(assets, Words(static / "words", city.zone), city, clock, facts, programs)


def create_app(services: Services, blueprints: Sequence[Blueprint] = ()) -> Flask:
    app = Application("hagc", static_folder=None, template_folder=None)
    app.secret_key = services.secret
    app.session_interface = Sessions()
    app.config.update(
        SESSION_COOKIE_HTTPONLY=True, SESSION_COOKIE_SAMESITE="Strict", SESSION_COOKIE_SECURE=services.is_https,
        MAX_FORM_PARTS=200, MAX_FORM_MEMORY_SIZE=1 << 20,
    )
    said = answers.Answers(services.shell)
    answers.install(app, said)
    app.before_request(pace.keeper(said))
    app.register_blueprint(shell_routes(services.shell))
    for blueprint in blueprints:
        app.register_blueprint(blueprint)
    app.after_request(_remember_language(services.shell.words))
    app.wsgi_app = Headers(app.wsgi_app, services.is_https)
    if services.behind_proxy:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1, x_proto=1)
    return app


def shell_routes(shell: Shell) -> Blueprint:
    """Files, service workers, manifests and /health."""
    routes = Blueprint("shell", __name__)

    @routes.get("/static/<tree>/<path:path>")
    def static(tree: str, path: str) -> Response:
        file = shell.assets.files.get(path)
        if file is None or tree != shell.assets.tree:
            raise Refusal("NOT_FOUND")
        return served(file, {"Cache-Control": KEPT})

    @routes.get("/static/manifest.json")
    def static_manifest() -> Response:
        return Response(shell.assets.manifest, mimetype="application/json", headers={"Cache-Control": "no-cache"})

    @routes.get("/sw.js")
    def worker() -> Response:
        return shell.worker(shell.program(request.args.get("page", WALLET.name)))

    @routes.get("/manifest.webmanifest")
    def manifest() -> Response:
        return shell.manifest(shell.program(request.args.get("page", WALLET.name)))

    @routes.get("/favicon.ico")
    def favicon() -> Response:
        headers = {"Cache-Control": "max-age=86400"}
        return Response(shell.assets.files["icons/192.png"].body, mimetype="image/png", headers=headers)

    @routes.get("/health")
    def health() -> dict:
        return {"alive": True}

    return routes


def _remember_language(words: Words):
    """?lang= on a page is kept in a cookie, so that the next page speaks the same."""
    def keep(answer: Response) -> Response:
        if not request.query_string:
            return answer
        said = request.args.get("lang", "")[:LANGUAGE_AT_MOST]
        if said in words.texts and answer.mimetype == "text/html":
            answer.set_cookie(COOKIE, said, max_age=YEAR_S, samesite="Lax", secure=request.is_secure)
        return answer

    return keep
