"""The phone's key and code in a real browser, under the headers that the product sends."""

import functools
import http.server
import io
import threading
from pathlib import Path

import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import sync_playwright

from app.message import keys

STATIC = Path(__file__).resolve().parents[2] / "static"
POLICY = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; require-trusted-types-for 'script'"

CREATE = """async ([name, soft]) => {
  const { createKey } = await import('/js/lib/keys.js');
  const made = await createKey(name, undefined, soft);
  return { public: [...made.publicKey], grade: made.grade };
}"""
SIGN = """async (name) => {
  const { loadKey } = await import('/js/lib/keys.js');
  const key = await loadKey(name);
  return { public: [...key.publicKey], signature: [...await key.sign(new Uint8Array([1, 2, 3]))] };
}"""
TAKEN = """async (name) => {
  const { createKey, loadKey, removeKey } = await import('/js/lib/keys.js');
  const said = await createKey(name).then(() => 'made', (error) => error.name);
  await removeKey(name);
  return [said, await loadKey(name)];
}"""
SECRET = """async (name) => {
  const opened = await new Promise((done) => { const ask = indexedDB.open('hagc-keys'); ask.onsuccess = () => done(ask.result); });
  const kept = await new Promise((done) => { const ask = opened.transaction('keys').objectStore('keys').get(name); ask.onsuccess = () => done(ask.result); });
  opened.close();
  return Object.values(kept).filter((value) => value instanceof CryptoKey)
    .map((secret) => crypto.subtle.exportKey(secret.type === 'private' ? 'pkcs8' : 'raw', secret).then(() => 'shown', (error) => error.name))
    .reduce(async (all, one) => [...await all, await one], []);
}"""
DRAW = """async (text) => {
  const { svgElement } = await import('/js/lib/qr.js');
  document.body.append(svgElement(text, 'a code'));
  return document.querySelector('svg').getBoundingClientRect().width > 0;
}"""


class Pages(http.server.SimpleHTTPRequestHandler):
    """static/ with the product's policy; the address /empty is a page with nothing on it."""

    def end_headers(self):
        self.send_header("Content-Security-Policy", POLICY)
        super().end_headers()

    def do_GET(self):
        if self.path not in ("/empty", "/favicon.ico"):
            return super().do_GET()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(b"<!doctype html><title>empty</title>")

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def page(chromium):
    server = http.server.ThreadingHTTPServer(("localhost", 0), functools.partial(Pages, directory=STATIC))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with sync_playwright() as player:
        browser = player.chromium.launch(executable_path=chromium)
        page = browser.new_page()
        page.complaints = []
        page.on("console", lambda said: page.complaints.append(said.text) if said.type == "error" else None)
        page.goto(f"http://localhost:{server.server_port}/empty")
        yield page
        browser.close()
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(("name", "soft"), [("phone", False), ("old phone", True)])
def test_a_key_survives_a_reload_and_signs_what_the_server_takes(page, name, soft):
    made = page.evaluate(CREATE, [name, soft])
    page.reload()
    signed = page.evaluate(SIGN, name)
    assert signed["public"] == made["public"] and made["grade"] == int(soft)
    keys.bindings.crypto_sign_open(bytes(signed["signature"]) + bytes([1, 2, 3]), bytes(made["public"]))
    assert page.evaluate(SECRET, name) == ["InvalidAccessError"]
    assert page.evaluate(TAKEN, name) == ["ConstraintError", None]


def test_a_code_is_drawn_under_the_strict_policy(page):
    text = "HTTPS://LOCALHOST/P#" + "1234567890" * 20
    assert page.evaluate(DRAW, text)
    drawn = page.get_by_role("img", name="a code")
    assert [found.text for found in zxingcpp.read_barcodes(Image.open(io.BytesIO(drawn.screenshot())))] == [text]
    assert page.complaints == []
