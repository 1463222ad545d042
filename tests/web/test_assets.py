"""One address for the whole tree; a module's imports; what opens offline."""

import gzip
import json
import re

import pytest

from app.errors import SetupError
from app.web import brand
from app.web.assets import Assets
from app.web.shell import TILL, WALLET, Shell
from tests.web.trial import PROBE, ROOT, trial_shell


def tree(folder, **files: str):
    (folder / "vendor").mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / f"{name}.js").write_text(text)
    return Assets(folder, {})


def test_a_files_address_changes_with_any_file_of_the_tree(tmp_path):
    first = tree(tmp_path, a="1", b="1").url("a.js")
    assert tree(tmp_path, a="1", b="1").url("a.js") == first
    assert tree(tmp_path, a="1", b="2").url("a.js") != first
    with pytest.raises(SetupError, match="static/c.js is missing"):
        tree(tmp_path).url("c.js")


def test_a_tree_without_vendored_modules_says_what_brings_them(tmp_path):
    with pytest.raises(SetupError, match="make run"):
        Assets(tmp_path, {})


def test_modules_are_found_through_every_form_of_import_and_through_cycles(tmp_path):
    found = tree(
        tmp_path, a='import { x } from "./b.js";\nimport\n  d,\n  { e }\nfrom "./d.js";import"./g.js"',
        b='export * from "./c.js";\nimport "./a.js";\nconst t = "import z from ./no.js"', c="", d='// import("./h.js")', e="",
        f="", g='const w = import("./e.js"); new Worker(new URL("./f.js", import.meta.url))', h="",
    )
    assert found.modules("a.js") == ["a.js", "b.js", "d.js", "g.js", "c.js"]
    assert set(found.modules("a.js", later=True)) == {"a.js", "b.js", "c.js", "d.js", "e.js", "f.js", "g.js", "h.js"}


def test_a_page_asks_at_once_for_all_its_modules(client, shell):
    html = client.get("/probe").text
    asked = re.findall(r'<link rel="modulepreload" href="([^"]+)"', html)
    assert asked[0] == shell.assets.url("js/probe/main.js")
    assert shell.assets.url("vendor/preact-htm.js") in asked
    assert all(client.get(path).status_code == 200 for path in asked)


def test_a_programs_styles_come_under_one_address_in_their_order(client, shell):
    html = client.get("/probe").text
    assert re.findall(r'<link rel="stylesheet" href="([^"]+)"', html) == [shell.assets.url(PROBE.sheet)]
    texts = [client.get(shell.assets.url(path)).text for path in ("city.css", *PROBE.styles)]
    assert client.get(shell.assets.url(PROBE.sheet)).text == "".join(texts)


def test_a_file_is_packed_once_and_kept_for_ever(client, shell):
    path = shell.assets.url("css/base.css")
    packed = client.get(path, headers={"Accept-Encoding": "gzip"})
    plain = client.get(path)
    assert gzip.decompress(packed.data) == plain.data == (ROOT / "static/css/base.css").read_bytes()
    assert plain.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert plain.mimetype == "text/css"
    wasm = client.get(shell.assets.url("vendor/zxing/zxing_reader.wasm"))
    assert wasm.mimetype == "application/wasm"


@pytest.mark.parametrize("path", ["{tree}/../setup.cfg", "{tree}/%2e%2e/setup.cfg", "{tree}/words/ko.json", "old/css/base.css",
                                  "{tree}/vendor/preact-htm.d.ts", "{tree}/", "{tree}/css"])
def test_nothing_but_the_trees_files_is_served(client, shell, path):
    assert client.get("/static/" + path.format(tree=shell.assets.tree)).status_code == 404


def test_the_manifest_of_hashes_can_be_checked_from_outside(client, shell):
    hashes = client.get("/static/manifest.json").get_json()
    assert set(hashes) == set(shell.assets.files)


def listed(client, path: str) -> dict:
    text = client.get(path).text
    return json.loads(text.split("\n", 1)[0].removeprefix("const SHELL = ").removesuffix(";"))


def test_the_service_worker_lists_files_that_are_there(client, shell):
    kept = listed(client, "/sw.js?page=probe")
    assert kept["opens"] == {"/probe": "/probe"}
    assert all(client.get(path).status_code == 200 for path in kept["files"])
    assert {shell.assets.url(path) for path in (PROBE.sheet, "js/lib/dom.js")} <= set(kept["files"])


def test_the_till_keeps_the_qr_reader_and_the_wallet_leaves_it(static):
    files = {**{f"js/{name}/main.js": b'import("../../vendor/zxing/reader.js")' for name in ("wallet", "till")}}
    shell = trial_shell(static)
    assets = Assets(static, {**brand.made(shell.city), **files})
    full = Shell(assets, shell.words, shell.city, shell.clock)
    reader = [path for path in full.kept(TILL) if "/vendor/zxing/" in path]
    assert [path.rsplit("/", 1)[1] for path in reader] == ["reader.js", "share.js", "zxing_reader.wasm"]
    assert not [path for path in full.kept(WALLET) if "/vendor/zxing/" in path]


def test_the_wallet_has_the_sentences_of_every_refusal_that_it_says_by_itself(shell):
    files = [file for name in ("wallet", "lib") for file in (ROOT / "static/js" / name).glob("*.js")]
    said = {word for file in files for word in re.findall(r"""(?:refused|Refusal)\(["']([A-Z_]+)""", file.read_text())}
    said |= {"NOT_ENOUGH", "CODE_USED", "SHOP_CLOSED", "TAKEN_TOO_LATE", "BEARER_SHORT"}     # an outcome tells the word alone
    carried = shell.refusals(WALLET, "ko")
    assert said <= set(carried) and all(carried[word]["title"] for word in said)
    assert "ROWS_TOO_MANY" not in carried and "ROWS_TOO_MANY" in shell.refusals(TILL, "ko")


def test_an_unknown_page_has_no_worker_and_no_manifest(client):
    assert client.get("/sw.js?page=console").status_code == 404
    assert client.get("/manifest.webmanifest?page=x").status_code == 404


def test_both_programs_have_a_name_and_icons_for_the_home_screen(client):
    for page, start in (("wallet", "/"), ("till", "/pos")):
        manifest = client.get(f"/manifest.webmanifest?page={page}").get_json(force=True)
        assert manifest["start_url"] == start and "{" not in manifest["name"]
        for icon in manifest["icons"]:
            picture = client.get(icon["src"])
            assert picture.mimetype == "image/png" and picture.data.startswith(b"\x89PNG")


@pytest.mark.parametrize("colour", ["#000000", "#ffffff", "#ff0000", "#00ff00", "#0b4f3c", "#777777"])
def test_any_colour_of_a_city_is_made_readable(colour):
    for ground in (brand.PAPER, brand.NIGHT):
        assert brand.contrast(brand.readable(colour, ground), ground) >= 7
    assert round(brand.contrast("#000000", "#ffffff"), 2) == 21


PAIRS = [("ink", "ground"), ("ink", "paper"), ("ink-soft", "ground"), ("ink-soft", "paper"), ("good", "good-ground"),
         ("bad", "bad-ground"), ("amber", "amber-ground"), ("bad", "paper"), ("bad", "ground")]


@pytest.mark.parametrize("sheet", ["base.css", "wallet.css"])
def test_the_sheets_own_colours_are_readable_by_day_and_by_night(sheet):
    base = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", (ROOT / "static/css/base.css").read_text()))
    own = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", (ROOT / "static/css" / sheet).read_text()))
    colours = {**base, **own}
    for text, ground in PAIRS:
        assert brand.contrast(colours[text], colours[ground]) >= 7, (text, ground)
