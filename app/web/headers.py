"""What every answer says to the browser about itself. Strict: no inline script or style, nothing from another host,
no page of ours in another's frame, scripts' addresses only from one named policy (static/js/lib/trusted.js)."""

from collections.abc import Iterable

POLICY = "; ".join((
    "default-src 'self'",
    "script-src 'self' 'wasm-unsafe-eval'",
    "style-src 'self'",
    "require-trusted-types-for 'script'",
    "trusted-types hagc",
    "frame-ancestors 'none'",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
))
EVERYWHERE = (
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "no-referrer"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
)
DOCUMENTS = (
    ("Content-Security-Policy", POLICY),
    ("Permissions-Policy", "camera=(self), microphone=(), geolocation=(), payment=(), usb=()"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("X-Frame-Options", "DENY"),
)
# Also what starts no document: a worker that is made from another script than WORKERS may fetch nothing and load nothing.
DATA = (("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),)
HTTPS = (("Strict-Transport-Security", "max-age=31536000"),)
DOCUMENT_TYPES = ("text/html", "image/svg+xml")
# Scripts that workers start from: a worker lives under the policy of its own answer.
WORKERS = ("/sw.js", "/js/lib/scanner.js")


class Headers:
    """A WSGI application around another. What a view says about its cache stands; else nothing is kept."""

    def __init__(self, application, is_https: bool):
        self.application = application
        always = EVERYWHERE + (HTTPS if is_https else ())
        self.of_documents = always + DOCUMENTS
        self.of_data = always + DATA

    def __call__(self, environ: dict, start_response) -> Iterable[bytes]:
        def start(status: str, headers: list[tuple[str, str]], exc_info=None):
            said = {name.lower(): value for name, value in headers}
            document = said.get("content-type", "").startswith(DOCUMENT_TYPES) or environ["PATH_INFO"].endswith(WORKERS)
            headers.extend(self.of_documents if document else self.of_data)
            if "cache-control" not in said:
                headers.append(("Cache-Control", "no-store"))
            return start_response(status, headers, exc_info)

        return self.application(environ, start)
