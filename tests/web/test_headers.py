"""What every answer says to the browser about itself."""

import pytest

from tests.web.trial import trial_app

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


def test_a_script_carries_the_policy_because_a_worker_lives_under_its_own(client, shell):
    answer = client.get(shell.assets.url("js/lib/dom.js"))
    assert "require-trusted-types-for 'script'" in parts(answer)


def test_only_a_site_with_a_certificate_asks_for_one_from_then_on(client, shell):
    assert "Strict-Transport-Security" not in client.get("/api/hello").headers
    secure = trial_app(shell, tls=True)[0].test_client()
    assert secure.get("/api/hello").headers["Strict-Transport-Security"] == "max-age=31536000"
