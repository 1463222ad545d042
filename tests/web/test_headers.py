"""What every answer says to the browser about itself."""

import re

import pytest
from flask import session

from tests.web.trial import ROOT, trial_app

EVERYWHERE = {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"}


def parts(answer) -> set[str]:
    return set(answer.headers["Content-Security-Policy"].split("; "))


@pytest.mark.parametrize("path", ["/probe", "/nowhere", "/bug", "/problems/NOT_ENOUGH"])
def test_a_page_runs_nothing_inline_and_nothing_from_elsewhere(client, path):
    answer = client.get(path)
    assert parts(answer) == {
        "default-src 'self'", "script-src 'self' 'wasm-unsafe-eval'", "style-src 'self'",
        "require-trusted-types-for 'script'", "trusted-types hagc", "frame-ancestors 'none'", "object-src 'none'",
        "base-uri 'none'", "form-action 'self'",
    }
    assert answer.headers["Permissions-Policy"].startswith("camera=(self)")
    assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert answer.headers["Cache-Control"] == "no-store"
    assert EVERYWHERE.items() <= dict(answer.headers).items()


def test_an_answer_of_the_api_allows_nothing_at_all(client):
    answer = client.get("/api/hello")
    assert parts(answer) == {"default-src 'none'", "frame-ancestors 'none'"}
    assert answer.headers["Cache-Control"] == "no-store"
    assert EVERYWHERE.items() <= dict(answer.headers).items()


def workers() -> list[str]:
    """The scripts from which the pages start workers, as their sources say."""
    static = ROOT / "static"
    sources = [path for path in (static / "js").rglob("*.js") if re.search(r"\bnew Worker\(|\.register\(", path.read_text())]
    named = [(path, name) for path in sources for name in re.findall(r"scriptUrl\(\s*(?:new URL\()?['\"`]([^'\"`?]+)", path.read_text())]
    assert len(named) == len(sources) > 1, sources
    return [name if name.startswith("/") else (path.parent / name).relative_to(static).as_posix() for path, name in named]


@pytest.mark.parametrize("script", workers())
def test_a_script_that_a_worker_starts_from_carries_the_policy_because_a_worker_lives_under_its_own(client, shell, script):
    answer = client.get(script if script.startswith("/") else shell.assets.url(script))
    assert answer.status_code == 200 and answer.mimetype == "text/javascript"
    assert "require-trusted-types-for 'script'" in parts(answer)


@pytest.mark.parametrize("path", ["js/lib/dom.js", "vendor/preact-htm.js", "css/base.css", "vendor/zxing/zxing_reader.wasm"])
def test_another_file_says_little_and_a_worker_made_of_it_could_do_nothing(client, shell, path):
    answer = client.get(shell.assets.url(path))
    assert parts(answer) == {"default-src 'none'", "frame-ancestors 'none'"}
    assert "Permissions-Policy" not in answer.headers
    assert EVERYWHERE.items() <= dict(answer.headers).items()


def test_a_picture_that_can_hold_scripts_is_a_document(client, shell):
    assert "require-trusted-types-for 'script'" in parts(client.get(shell.assets.url("icons/mark.svg")))


@pytest.mark.parametrize("how, secure", [({}, False), ({"tls": True}, True), ({"behind_proxy": True}, True)])
def test_only_a_site_with_a_certificate_asks_for_one_from_then_on_and_keeps_its_cookie_for_it(shell, how, secure):
    app = trial_app(shell, **how)[0]
    app.add_url_rule("/enter", view_func=lambda: session.update(officer="x") or "")
    answer = app.test_client().get("/enter", base_url="http://localhost")       # as it comes from the proxy
    assert answer.headers.get("Strict-Transport-Security") == ("max-age=31536000" if secure else None)
    assert ("; Secure" in answer.headers["Set-Cookie"]) is secure
