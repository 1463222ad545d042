"""Keeps the house: each check is a rule in words that reads a tree and returns its offenders, none when all is well.

The checks themselves are tested below, each on a small tree with an offence in it: a rule that can't fail is no rule.
"""

import ast
import functools
import json
import re
import subprocess
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]

LINE = "errors money message chain city store people desk work web cli".split()
POS_MAY_USE = {"errors", "money", "message", "chain"}
SETUP_MAY_USE = {"errors", "city"}
TOP = """app pos static tests setup.cfg README.md pyproject.toml Makefile package.json package-lock.json LICENSE
    CHANGELOG.md .ci .gitignore .gitattributes""".split()
VAGUE = re.compile(r"(^|_)(utils?|helpers?|common|managers?|misc)(_|$)")
CITY_NAMES = re.compile("cheongju|청주", re.IGNORECASE)
MAY_NAME_THE_CITY = ("app/cities/", "static/words/", "tests/", "README.md", "CHANGELOG.md", "LICENSE")
REGISTRIES = ("registry npmjs org", "npmjs com", "pypi org", "pythonhosted org", "deb debian org")
LEFTOVERS = re.compile(
    "|".join(
        [
            r"(?<![\w.-])/(wo" r"rk|far" r"m)/",  # paths of one machine
            r"\bTO" r"DO\b|\bFIX" r"ME\b",
            *(re.escape(host.replace(" ", ".")) for host in REGISTRIES),
        ]
    )
)
IMPURE = set(
    "os io time datetime random secrets socket pathlib subprocess sqlite3 pysqlite3 sqlite_utils flask".split()
)
FUNCTION_LINES, FILE_LINES, TEST_FILE_LINES, ARGUMENTS, WIDE_CATCHES = 60, 350, 600, 6, 3


# --- what a tree holds


@functools.cache
def tracked(root: Path) -> list[str]:
    """The project's files: what git tracks, or every file of a tree that is no repository."""
    if (root / ".git").exists():
        listed = subprocess.run(["git", "ls-files", "-z"], cwd=root, capture_output=True, text=True, check=True)
        return [name for name in listed.stdout.split("\0") if name and (root / name).is_file()]
    return [path.relative_to(root).as_posix() for path in sorted(root.rglob("*")) if path.is_file()]


def files(root: Path, folders: tuple[str, ...], endings: tuple[str, ...]) -> list[str]:
    inside = tuple(f"{folder}/" for folder in folders)
    return [name for name in tracked(root) if name.startswith(inside) and name.endswith(endings)]


def text(root: Path, name: str) -> str:
    """A file's text; nothing for a picture or a font."""
    try:
        return (root / name).read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return ""


@functools.cache
def modules(root: Path) -> dict[str, ast.Module]:
    """Every module of app and pos by its dotted name."""
    found = {}
    for name in files(root, ("app", "pos"), (".py",)):
        dotted = name.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        found[dotted] = ast.parse(text(root, name), filename=name)
        found[dotted].is_package = name.endswith("__init__.py")
    return found


def graph(root: Path) -> dict[str, set[str]]:
    """module → the modules of app and pos that it imports, anywhere in its text."""
    trees = modules(root)
    return {name: set(imported(name, tree, set(trees))) - {name} for name, tree in trees.items()}


def imported(name: str, tree: ast.Module, known: set[str]) -> Iterator[str]:
    for wanted in wanted_names(name, tree):
        while wanted and wanted not in known:
            wanted = wanted.rpartition(".")[0]
        if wanted:
            yield wanted


def wanted_names(name: str, tree: ast.Module) -> Iterator[str]:
    """Each imported thing's full dotted name, relative ones resolved."""
    package = name if tree.is_package else name.rpartition(".")[0]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            parts = package.split(".")
            base = parts[: len(parts) - node.level + 1] if node.level else []
            start = ".".join([*base, node.module] if node.module else base)
            yield from (f"{start}.{alias.name}" for alias in node.names)


def functions(root: Path) -> Iterator[tuple[str, ast.FunctionDef]]:
    for name, tree in modules(root).items():
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield f"{name}.{node.name}", node


# --- the line


def room(module: str) -> str:
    """app.money.apply stands in money, app.cities in city, pos.sync in pos; app itself holds only its version."""
    parts = module.split(".")
    if parts[0] == "pos" or len(parts) == 1:
        return parts[0].replace("app", "")
    return "city" if parts[1] == "cities" else parts[1]


def may_import(source: str, target: str) -> bool:
    here, there = room(source), room(target)
    if not there or here == there:
        return True
    if here == "pos":
        return there in POS_MAY_USE
    if here == "setup":
        return there in SETUP_MAY_USE
    if there == "setup" or here == "__main__":
        return "cli" in (here, there)
    return here in LINE and there in LINE and LINE.index(there) < LINE.index(here)


def arrows_point_only_to_the_left(root: Path) -> list[str]:
    links = graph(root)
    return [f"{name} imports {target}" for name in links for target in links[name] if not may_import(name, target)]


def every_module_stands_in_the_line(root: Path) -> list[str]:
    return [name for name in modules(root) if room(name) not in {*LINE, "", "pos", "setup", "__main__"}]


def money_is_pure(root: Path) -> list[str]:
    """No clock, no chance, no file, no SQL: the server, the auditor and the tests call the same function."""
    found = []
    for name, tree in modules(root).items():
        if room(name) == "money":
            used = {wanted.split(".")[0] for wanted in wanted_names(name, tree)}
            found += [f"{name} imports {module}" for module in sorted(used & IMPURE)]
    return found


# --- sizes and names


def no_function_is_longer_than_60_lines(root: Path) -> list[str]:
    sizes = ((name, node.end_lineno - node.lineno + 1) for name, node in functions(root))
    return [f"{name}: {size} lines" for name, size in sizes if size > FUNCTION_LINES]


def no_function_takes_more_than_6_arguments(root: Path) -> list[str]:
    found = []
    for name, node in functions(root):
        taken = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
        count = len([argument for argument in taken if argument.arg not in ("self", "cls")])
        found += [f"{name}: {count} arguments"] if count > ARGUMENTS else []
    return found


def no_file_is_longer_than_350_lines(root: Path) -> list[str]:
    limits = ((("app", "pos", "static"), FILE_LINES), (("tests",), TEST_FILE_LINES))
    found = []
    for folders, limit in limits:
        for name in files(root, folders, (".py", ".js", ".css", ".html")):
            size = text(root, name).count("\n")
            found += [f"{name}: {size} lines, at most {limit}"] if size > limit else []
    return found


def every_module_says_why_it_exists(root: Path) -> list[str]:
    return [name for name, tree in modules(root).items() if tree.body and not ast.get_docstring(tree)]


def no_module_has_a_vague_name(root: Path) -> list[str]:
    found = []
    for name in files(root, ("app", "pos", "static", "tests"), (".py", ".js")):
        parts = Path(name).with_suffix("").parts
        found += [name] if any(VAGUE.search(part.replace("-", "_").lower()) for part in parts) else []
    return found


def only_known_names_stand_at_the_top(root: Path) -> list[str]:
    return sorted({name.split("/")[0] for name in tracked(root)} - set(TOP))


def no_city_is_named_outside_its_own_files(root: Path) -> list[str]:
    named = [name for name in tracked(root) if not name.startswith(MAY_NAME_THE_CITY)]
    return [name for name in named if CITY_NAMES.search(name) or CITY_NAMES.search(text(root, name))]


def nothing_is_left_from_the_workshop(root: Path) -> list[str]:
    """No path of one machine, no reminder to oneself, no registry's host."""
    found = []
    for name in tracked(root):
        for number, line in enumerate(text(root, name).splitlines(), 1):
            found += [f"{name}:{number}: {hit[0]}" for hit in LEFTOVERS.finditer(line)]
    return found


# --- what is caught, what is dead


def everything_is_caught_in_three_places_at_most(root: Path) -> list[str]:
    found = []
    for name, tree in modules(root).items():
        for node in ast.walk(tree):
            if isinstance(node, ast.ExceptHandler) and catches_everything(node):
                found.append(f"{name}:{node.lineno}")
    return found if len(found) > WIDE_CATCHES else []


def catches_everything(handler: ast.ExceptHandler) -> bool:
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(kind is None or ast.unparse(kind) in ("Exception", "BaseException") for kind in kinds)


def no_module_is_dead(root: Path) -> list[str]:
    """A module is imported by the product itself (a test alone keeps nothing alive) or is started by name."""
    links = graph(root)
    used = set().union(*links.values())
    docs = [name for name in tracked(root) if name in ("Makefile", "README.md")]
    started = set(re.findall(r"-m ([\w.]+)", " ".join(text(root, name) for name in docs)))
    packages = {name for name, tree in modules(root).items() if tree.is_package}
    return [name for name in links if name not in used | started | packages and not name.endswith("__main__")]


def no_script_or_sheet_is_dead(root: Path) -> list[str]:
    texts = {name: text(root, name) for name in files(root, ("app", "pos", "static"), (".py", ".js", ".html", ".css"))}
    found = []
    for name in files(root, ("static",), (".js", ".css")):
        others = (body for other, body in texts.items() if other != name)
        found += [name] if not any(Path(name).name in body for body in others) else []
    return found


# --- pages


def no_page_has_an_inline_script_or_style(root: Path) -> list[str]:
    """The Content-Security-Policy would drop it, in silence."""
    inline = re.compile(r"<script(?![^>]*\bsrc=)|<style\b|\sstyle=|\son[a-z]+=[\"']", re.IGNORECASE)
    pages = files(root, ("app", "pos", "static"), (".html",))
    return [f"{name}: {hit[0].strip()}" for name in pages for hit in inline.finditer(text(root, name))]


def scripts_import_by_relative_path(root: Path) -> list[str]:
    """No build step, no import map: what a script names must be there. (static/vendor/ is made at set-up.)"""
    named = re.compile(r"""^\s*(?:import|export)\b(?:[^"';()]*?\bfrom)?\s*["']([^"']+)["']|\bimport\(\s*["']([^"']+)["']""", re.M)
    found = []
    for name in files(root, ("static",), (".js",)):
        for hit in named.finditer(text(root, name)):
            wanted = hit[1] or hit[2]
            there = root / "static" / wanted[8:] if wanted.startswith("/static/") else root / name / ".." / wanted
            relative = wanted.startswith(("./", "../", "/static/"))
            if not relative or not ("/vendor/" in wanted or there.resolve().is_file()):
                found.append(f"{name} imports {wanted}")
    return found


# --- words and docs


def refusals(root: Path) -> set[str]:
    """The closed list in app/errors.py: every tuple that starts with a number and a WORD."""
    found = set()
    for node in ast.walk(modules(root).get("app.errors", ast.Module([], []))):
        if isinstance(node, ast.Tuple) and len(node.elts) >= 2:
            number, word = (getattr(item, "value", None) for item in node.elts[:2])
            if isinstance(number, int) and isinstance(word, str) and word.isupper():
                found.add(word)
    return found


def words(root: Path) -> dict[str, dict]:
    return {name: json.loads(text(root, name)) for name in files(root, ("static/words",), (".json",))}


def every_refusal_is_worded_in_every_language(root: Path) -> list[str]:
    found = []
    for name, said in words(root).items():
        found += [f"{name}: {word}" for word in sorted(refusals(root) ^ set(said.get("refusals", {})))]
    return found


def english_says_all_that_korean_says(root: Path) -> list[str]:
    said = {Path(name).stem: set(paths(content)) for name, content in words(root).items()}
    return sorted(said.get("ko", set()) ^ said.get("en", set()))


def paths(content: object, prefix: str = "") -> Iterator[str]:
    """Every leaf's place in a nested dictionary, as a.b.c."""
    if not isinstance(content, dict):
        yield prefix
        return
    for key, value in content.items():
        yield from paths(value, f"{prefix}.{key}" if prefix else key)


def the_readme_explains_every_key_of_a_city_file(root: Path) -> list[str]:
    readme = explained(root)
    found = []
    for name in files(root, ("app/cities",), (".toml",)):
        keys = sorted(set(keys_of(tomllib.loads(text(root, name)))))
        found += [f"{name}: {key}" for key in keys if readme is not None and key not in readme]
    return found


def the_readme_explains_every_command(root: Path) -> list[str]:
    readme = explained(root)
    return [name for name in commands(root) if readme is not None and name not in readme]


def explained(root: Path) -> set[str] | None:
    """What the README shows as code, word by word; None while there is none."""
    if "README.md" not in tracked(root):
        return None
    code = re.findall(r"```.*?```|`[^`\n]+`", text(root, "README.md"), re.DOTALL)
    return set(re.findall(r"[\w-]+", " ".join(code)))


def keys_of(content: object) -> Iterator[str]:
    if isinstance(content, list):
        for item in content:
            yield from keys_of(item)
    elif isinstance(content, dict):
        for key, value in content.items():
            if key.isascii():  # 상당구 is one of this city's places, not a key that another city writes
                yield key
            yield from keys_of(value)


def commands(root: Path) -> list[str]:
    """What can be typed after `python -m app`: click's commands and argparse's parsers alike."""
    found = []
    for name, tree in modules(root).items():
        if room(name) != "cli":
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "add_parser":
                found.append(node.args[0].value)
            for mark in getattr(node, "decorator_list", []):
                call = mark.func if isinstance(mark, ast.Call) else mark
                if getattr(call, "attr", "") in ("command", "group"):
                    given = mark.args[0].value if isinstance(mark, ast.Call) and mark.args else None
                    found.append(given or node.name.replace("_", "-"))
    return found


CHECKS: list[Callable[[Path], list[str]]] = [
    arrows_point_only_to_the_left,
    every_module_stands_in_the_line,
    money_is_pure,
    no_function_is_longer_than_60_lines,
    no_function_takes_more_than_6_arguments,
    no_file_is_longer_than_350_lines,
    every_module_says_why_it_exists,
    no_module_has_a_vague_name,
    only_known_names_stand_at_the_top,
    no_city_is_named_outside_its_own_files,
    nothing_is_left_from_the_workshop,
    everything_is_caught_in_three_places_at_most,
    no_module_is_dead,
    no_script_or_sheet_is_dead,
    no_page_has_an_inline_script_or_style,
    scripts_import_by_relative_path,
    every_refusal_is_worded_in_every_language,
    english_says_all_that_korean_says,
    the_readme_explains_every_key_of_a_city_file,
    the_readme_explains_every_command,
]


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_the_house_keeps_its_rule(check):
    offenders = check(ROOT)
    assert not offenders, f"{check.__name__}:\n  " + "\n  ".join(sorted(offenders))


# --- the checks can fail

WHY = '"""Why."""\n'
SOUND = {
    "app/__init__.py": WHY,
    "app/__main__.py": WHY + "from app.cli import main\n",
    "app/errors.py": WHY + 'LIST = ((101, "TOO_LONG", True),)\n',
    "app/money/__init__.py": WHY,
    "app/money/apply.py": WHY + "from app.errors import LIST\ndef apply(a, b, c, d, e, f): return LIST\n",
    "app/cli.py": WHY
    + "from .money import apply\n@main.command()\ndef run(): apply\n@main.command('sign')\ndef s(): 0\n",
    "app/cities/town.toml": 'name = "청주"\n[[coins]]\ncode = "help"\n',
    "app/page.html": '<script type="module" src="/static/js/a.js"></script><link href="a.css">',
    "pos/__init__.py": WHY + "import app.money.apply\n",
    "static/js/a.js": 'import { b } from "./b.js";\nimport("../vendor/c.js");\n',
    "static/js/b.js": "export const b = 1;\n",
    "static/css/a.css": "",
    "static/words/ko.json": '{"refusals": {"TOO_LONG": "길어요"}, "a": {"b": "c"}}',
    "static/words/en.json": '{"refusals": {"TOO_LONG": "too long"}, "a": {"b": "c"}}',
    "README.md": "청주: `name`, `coins`, `code`\n```\npython -m app run\npython -m app sign\n```\n",
}
OFFENCES = [
    (arrows_point_only_to_the_left, "app/money/apply.py", "from app.cli import run", "app.money.apply imports app.cli"),
    (arrows_point_only_to_the_left, "app/money/apply.py", "from .. import cli", "app.money.apply imports app.cli"),
    (arrows_point_only_to_the_left, "app/errors.py", "def f():\n import app.money", "app.errors imports app.money"),
    (arrows_point_only_to_the_left, "app/errors.py", "import pos", "app.errors imports pos"),
    (arrows_point_only_to_the_left, "pos/a.py", "import app.cli", "pos.a imports app.cli"),
    (arrows_point_only_to_the_left, "app/setup/a.py", "import app.money", "app.setup.a imports app.money"),
    (every_module_stands_in_the_line, "app/extra.py", "", "app.extra"),
    (money_is_pure, "app/money/apply.py", "import time", "app.money.apply imports time"),
    (no_function_is_longer_than_60_lines, "pos/a.py", "def f():\n" + " 0\n" * 60, "pos.a.f: 61 lines"),
    (no_function_takes_more_than_6_arguments, "pos/a.py", "def f(a,b,c,d,e,f,*,g): 0", "pos.a.f: 7 arguments"),
    (no_file_is_longer_than_350_lines, "static/js/b.js", "\n" * 351, "static/js/b.js: 351 lines, at most 350"),
    (no_file_is_longer_than_350_lines, "tests/a.py", "\n" * 601, "tests/a.py: 601 lines, at most 600"),
    (every_module_says_why_it_exists, "app/errors.py", "A = 1", "app.errors"),
    (no_module_has_a_vague_name, "app/money/amount_utils.py", "", "app/money/amount_utils.py"),
    (only_known_names_stand_at_the_top, "docs/a.md", "", "docs"),
    (no_city_is_named_outside_its_own_files, "app/errors.py", "# CheongJu", "app/errors.py"),
    (nothing_is_left_from_the_workshop, "app/errors.py", "\n# TO" + "DO", "app/errors.py:2: TO" + "DO"),
    (nothing_is_left_from_the_workshop, "Makefile", "cd /wo" + "rk/main", "Makefile:1: /wo" + "rk/"),
    (everything_is_caught_in_three_places_at_most, "pos/a.py", "try: 0\nexcept Exception: 0\n" * 4, "pos.a:8"),
    (everything_is_caught_in_three_places_at_most, "pos/a.py", "try: 0\nexcept: 0\n" * 4, "pos.a:2"),
    (no_module_is_dead, "app/web/lost.py", "", "app.web.lost"),
    (no_script_or_sheet_is_dead, "static/js/lost.js", "lost.js", "static/js/lost.js"),
    (no_page_has_an_inline_script_or_style, "app/page.html", "<b onclick='f()'>", "app/page.html: onclick='"),
    (no_page_has_an_inline_script_or_style, "app/page.html", "<script>f()</script>", "app/page.html: <script"),
    (scripts_import_by_relative_path, "static/js/a.js", 'import { h } from "preact";', "static/js/a.js imports preact"),
    (scripts_import_by_relative_path, "static/js/a.js", 'import("./gone.js")', "static/js/a.js imports ./gone.js"),
    (every_refusal_is_worded_in_every_language, "static/words/vi.json", "{}", "static/words/vi.json: TOO_LONG"),
    (english_says_all_that_korean_says, "static/words/en.json", "{}", "a.b"),
    (the_readme_explains_every_key_of_a_city_file, "app/cities/b.toml", "[limits]\nday = 1", "app/cities/b.toml: day"),
    (the_readme_explains_every_command, "app/cli.py", "@main.command()\ndef verify_all(): 0", "verify-all"),
    (the_readme_explains_every_command, "app/cli.py", "@main.group()\ndef root(): 0", "root"),
    (the_readme_explains_every_command, "app/cli.py", "sub.add_parser('seal')", "seal"),
]


def build(root: Path, content: dict[str, str]) -> Path:
    for name, body in content.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(body, encoding="utf-8")
    return root


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_a_sound_tree_has_no_offender(check, tmp_path):
    assert check(build(tmp_path, SOUND)) == []


@pytest.mark.parametrize(("check", "name", "body", "offender"), OFFENCES)
def test_a_check_finds_its_offence(check, name, body, offender, tmp_path):
    assert offender in check(build(tmp_path, {**SOUND, name: body}))


def test_every_check_has_an_offence_that_it_finds():
    assert {check for check, *_ in OFFENCES} == set(CHECKS)
