"""What a fresh clone goes through: pinned packages, the pages' modules, one clear line when something is missing."""

import base64
import configparser
import hashlib
import http.server
import json
import os
import re
import subprocess
import sys
import textwrap
import threading
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from playwright.sync_api import sync_playwright

from app.setup import browser, vendor

ROOT = Path(__file__).resolve().parents[1]
VENDOR = ROOT / "static" / "vendor"
MANIFEST = VENDOR / "manifest.json"
POLICY = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; require-trusted-types-for 'script'"


# --- packages


def settings() -> configparser.ConfigParser:
    read = configparser.ConfigParser(interpolation=None)
    read.read(ROOT / "setup.cfg", encoding="utf-8")
    return read


def required(section: str, key: str) -> list[str]:
    lines = settings()[section][key].splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def test_every_python_package_is_pinned_to_one_release():
    everything = required("options", "install_requires")
    for extra in settings()["options.extras_require"]:
        everything += required("options.extras_require", extra)
    assert everything
    assert [line for line in everything if not re.match(r"[\w-]+==\d[\w.]*(;|$)", line)] == []


def test_a_pc_with_windows_is_asked_for_nothing_that_does_not_exist_there():
    """For the rest pip finds wheels for 64-bit Windows (`pip install --dry-run --platform win_amd64 --only-binary=:all:`)."""
    wanted = [Requirement(line) for line in required("options", "install_requires")]

    def names(**machine: str) -> set[str]:
        return {each.name for each in wanted if each.marker is None or each.marker.evaluate(machine)}

    windows = names(sys_platform="win32", platform_machine="AMD64")
    assert windows.isdisjoint({"uvloop", "pysqlite3"}) and {"tzdata", "colorama"} <= windows
    assert {"uvloop", "pysqlite3"} <= names(sys_platform="linux", platform_machine="x86_64")


def test_the_tills_program_needs_no_module_of_posix_alone():
    """Python for Windows has none of these; `import app.web` needs some, `import pos` none."""
    script = textwrap.dedent("""
        import sys
        for name in ("fcntl", "grp", "pwd", "readline", "resource", "syslog", "termios", "uvloop", "pysqlite3"):
            sys.modules[name] = None        # importing it is an ImportError
        import pkgutil, pos
        for each in pkgutil.iter_modules(pos.__path__):
            if each.name != "__main__":
                __import__(f"pos.{each.name}")
    """)
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_every_data_file_of_app_and_pos_is_packaged():
    endings = tuple(line.removeprefix("**/*") for line in required("options.package_data", "*"))
    listed = subprocess.run(["git", "ls-files", "app", "pos"], cwd=ROOT, capture_output=True, text=True, check=True)
    assert [name for name in listed.stdout.split() if not name.endswith((".py", *endings))] == []


def test_the_lock_file_has_a_hash_for_each_package_and_no_host():
    packages = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    wanted = json.loads((ROOT / "package.json").read_text())
    assert packages[""]["dependencies"] == wanted["dependencies"]
    assert packages[""]["devDependencies"] == wanted["devDependencies"]
    for name, package in packages.items():
        assert not name or package["integrity"].startswith("sha512-")
        assert "resolved" not in package
    assert all(re.fullmatch(r"[\d.]+", version) for version in wanted["dependencies"].values())


# --- the pages' modules


def test_every_vendored_file_is_what_the_manifest_says():
    manifest = json.loads(MANIFEST.read_text())
    assert sorted(manifest) == sorted(piece.target for piece in vendor.PIECES)
    for name, entry in manifest.items():
        content = (VENDOR / name).read_bytes()
        assert base64.b64encode(hashlib.sha256(content).digest()).decode() == entry["sha256"]
        assert len(content) == entry["size"]


def test_a_second_copy_leaves_every_file_as_it_was():
    before = {path: path.stat().st_mtime_ns for path in VENDOR.rglob("*") if path.is_file()}
    vendor.main(["--tests"])
    assert {path: path.stat().st_mtime_ns for path in VENDOR.rglob("*") if path.is_file()} == before


def test_a_vendored_file_that_changed_its_shape_is_refused():
    piece = vendor.Piece("a.js", "preact", "a.mjs", swaps=(('from"preact"', 'from"./preact.js"'),))
    assert vendor.swapped(piece, b'import{h}from"preact"') == b'import{h}from"./preact.js"'
    for changed in (b"import{h}from'preact'", b'from"preact";from"preact"'):
        with pytest.raises(SystemExit, match="app/setup/vendor.py"):
            vendor.swapped(piece, changed)


@pytest.mark.parametrize(("says", "major"), [("echo 10.8.2", 10), ("echo 6.14.0", 6), ("exit 1", 0), ("echo none", 0)])
def test_an_npm_that_is_old_or_broken_is_seen(says, major, tmp_path):
    assert vendor.npm_major(str(program(tmp_path / "npm", says))) == major


class Static(http.server.SimpleHTTPRequestHandler):
    def end_headers(self):
        self.send_header("Content-Security-Policy", POLICY)
        super().end_headers()

    def log_message(self, *_):
        pass


Static.extensions_map = {**Static.extensions_map, ".js": "text/javascript", ".wasm": "application/wasm"}

DRAW_SIGN_AND_READ = """async () => {
  const [{ h, htm, render, useState }, ed, { default: qrcode }, zxing] = await Promise.all(
    ["preact-htm.js", "noble-ed25519.js", "qrcode.js", "zxing/reader.js"].map(
      (name) => import("/" + name)));
  const html = htm.bind(h);
  const Amount = () => html`<b>${useState("5,000")[0]}</b>`;
  const place = document.body.appendChild(document.createElement("main"));
  render(html`<${Amount} />`, place);

  const { secretKey, publicKey } = await ed.keygenAsync();
  const signature = await ed.signAsync(new Uint8Array([1, 2]), secretKey);

  const code = qrcode(8, "M");
  code.addData("HTTPS://PAY.EXAMPLE/P#");
  code.addData("01234567890123456", "Numeric");
  code.make();
  const side = (code.getModuleCount() + 8) * 4;
  const frame = new ImageData(side, side);
  for (let y = 0; y < side; y++) for (let x = 0; x < side; x++) {
    const [row, column] = [Math.floor(y / 4) - 4, Math.floor(x / 4) - 4];
    const inside = Math.min(row, column) >= 0 && Math.max(row, column) < code.getModuleCount();
    frame.data.set(inside && code.isDark(row, column) ? [0, 0, 0, 255] : [255, 255, 255, 255], (y * side + x) * 4);
  }
  const [read] = await zxing.readBarcodes(frame, { formats: ["QRCode"] });
  return [place.textContent, await ed.verifyAsync(signature, new Uint8Array([1, 2]), publicKey), read.text];
}"""


def test_the_vendored_modules_draw_sign_and_read_under_our_policy_and_ask_no_other_host(chromium):
    served = http.server.ThreadingHTTPServer(("127.0.0.1", 0), lambda *given: Static(*given, directory=str(VENDOR)))
    threading.Thread(target=served.serve_forever, daemon=True).start()
    home = f"http://127.0.0.1:{served.server_address[1]}/"
    with sync_playwright() as play:
        driven = play.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = driven.new_page()
        asked = []
        page.on("request", lambda request: asked.append(request.url))
        page.goto(home + "LICENCES.txt")
        assert page.evaluate(DRAW_SIGN_AND_READ) == ["5,000", True, "HTTPS://PAY.EXAMPLE/P#01234567890123456"]
        driven.close()
    served.shutdown()
    assert f"{home}zxing/zxing_reader.wasm" in asked
    assert [url for url in asked if not url.startswith(home)] == []


# --- one clear line


def program(path: Path, body: str) -> Path:
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)
    return path


def make(target: str, python: Path, folder: Path) -> subprocess.CompletedProcess:
    for name in ("Makefile", "setup.cfg", "pyproject.toml"):
        (folder / name).write_bytes((ROOT / name).read_bytes())
    command = ["make", target, f"PYTHON={python}"]
    alone = {"PATH": os.environ["PATH"], "HOME": str(folder)}
    return subprocess.run(command, cwd=folder, env=alone, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("body", "line"),
    [
        ("exit 1", "HAGC needs Python 3.11 or newer"),
        ('case "$2" in *ensurepip*) exit 1;; esac', "has no venv module"),
    ],
    ids=["too old", "no venv"],
)
@pytest.mark.parametrize("target", ["run", "test"])
def test_a_python_that_will_not_do_is_told_in_one_line(target, body, line, tmp_path):
    answer = make(target, program(tmp_path / "python", body), tmp_path)
    said = [text for text in answer.stderr.splitlines() if not text.startswith("make")]
    assert answer.returncode
    assert len(said) == 1
    assert line in said[0]


def test_a_machine_without_a_browser_is_told_in_one_line(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SystemExit, match="The tests need Chromium or Chrome on the PATH: install it") as told:
        browser.main()
    assert "\n" not in str(told.value)


def test_a_machine_without_korean_letters_is_told_in_one_line(tmp_path, monkeypatch):
    program(tmp_path / "chromium", "exit 0")
    program(tmp_path / "fc-list", "exit 0")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SystemExit, match="a font with Korean letters"):
        browser.main()
    program(tmp_path / "fc-list", "echo Noto Sans CJK KR")
    browser.main()


def test_nothing_is_installed_beside_a_browser_that_is_there_and_only_what_lacks_else(tmp_path, monkeypatch):
    """Its apt-get knows no build without windows, as Ubuntu's."""
    asked = tmp_path / "asked"
    asked.touch()
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    program(tmp_path / "apt-get", f'for last; do :; done; echo "$last" >> {asked}\n'
            f'case $last in chromium) printf "#!/bin/sh\\n" > {tmp_path}/made; chmod +x {tmp_path}/made;; esac')
    program(tmp_path / "fc-list", f'test -e {tmp_path}/letters && echo Noto || true')
    monkeypatch.setattr(browser, "NAMES", ("made",))
    with pytest.raises(SystemExit, match="a font with Korean letters"):
        browser.main()
    assert asked.read_text().split() == ["update", browser.SHELL, "chromium", browser.LETTERS]
    (tmp_path / "letters").touch()
    asked.write_text("")
    browser.main()
    assert asked.read_text() == ""
