"""The files that browsers load, read once at start and served under one address that changes with any of them.

/static/<tree>/js/wallet/main.js: <tree> is the hash of the whole tree, so a file may be kept for ever, relative
imports stay inside, and a page never mixes two versions. A city's own colours and icons are files of the tree too.
"""

import gzip
import hashlib
import json
import mimetypes
import posixpath
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from app.errors import SetupError

TREE_DIGITS = 16
KEPT = "public, max-age=31536000, immutable"
NOT_SERVED = (".d.ts", ".json")
TYPES = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml", ".wasm": "application/wasm",
         ".txt": "text/plain", ".png": "image/png",
         ".html": "text/html"}
PACKED = (".js", ".css", ".svg", ".wasm", ".txt", ".html")

# import x from "./a.js"; export * from "./a.js"; import "./a.js"
STATIC_IMPORT = re.compile(rb"""(?:^|[;}\s])(?:import|export)\b(?:[^"'();]*?\bfrom)?\s*["'](\.{1,2}/[^"']+)["']""")
# import("./a.js"); new URL("./a.js", import.meta.url)
LATER_IMPORT = re.compile(
    rb"""\bimport\(\s*["'](\.{1,2}/[^"']+)["']|\bnew URL\(\s*["'](\.{1,2}/[^"']+)["'],\s*import\.meta"""
)


@dataclass(frozen=True, slots=True)
class File:
    body: bytes
    packed: bytes | None  # gzip, where it is smaller
    mimetype: str


class Assets:
    """`made`: files that are not on disk (path → bytes), such as the city's colours. `joined`: several under one address."""

    def __init__(self, folder: Path, made: Mapping[str, bytes], joined: Mapping[str, Sequence[str]] | None = None):
        if not (folder / "vendor").is_dir():
            raise SetupError(f"{folder / 'vendor'} is missing: `make run` brings it, or `python -m app.setup.vendor`")
        self.files = dict(_read(folder)) | {path: file_of(path, body) for path, body in made.items()}
        self.files |= {path: file_of(path, b"".join(self.files[piece].body for piece in pieces)) for path, pieces in (joined or {}).items()}
        digests = {path: hashlib.sha256(file.body).hexdigest() for path, file in sorted(self.files.items())}
        self.manifest = json.dumps(digests, indent=1).encode()
        self.tree = hashlib.sha256(self.manifest).hexdigest()[:TREE_DIGITS]

    def url(self, path: str) -> str:
        if path not in self.files:
            raise SetupError(f"static/{path} is missing: take it from the repository again")
        return f"/static/{self.tree}/{path}"

    def modules(self, entry: str, later: bool = False) -> list[str]:
        """The paths of an entry module and all it imports, nearest first; with `later`, also what it loads on demand."""
        self.url(entry)
        found = [entry]
        for path in found:
            for wanted in _imports(path, self.files[path].body, later):
                if wanted not in found and wanted in self.files:
                    found.append(wanted)
        return found


def _read(folder: Path) -> Iterator[tuple[str, File]]:
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.name.endswith(NOT_SERVED) and not path.name.startswith("."):
            name = path.relative_to(folder).as_posix()
            yield name, file_of(name, path.read_bytes())


@lru_cache(maxsize=1024)       # several cities in one process, as in the tests, pack the same files once
def file_of(path: str, body: bytes) -> File:
    """A file as it is served; its path says what it is."""
    ending = posixpath.splitext(path)[1]
    packed = gzip.compress(body, 9, mtime=0) if ending in PACKED else None
    if packed is not None and len(packed) >= len(body):
        packed = None
    return File(body, packed, TYPES.get(ending) or mimetypes.guess_type(path)[0] or "application/octet-stream")


def _imports(path: str, body: bytes, later: bool) -> Iterator[str]:
    if not path.endswith(".js"):
        return
    found = list(STATIC_IMPORT.findall(body))
    if later:
        found += [first or second for first, second in LATER_IMPORT.findall(body)]
    for wanted in found:
        yield posixpath.normpath(posixpath.join(posixpath.dirname(path), wanted.decode()))
