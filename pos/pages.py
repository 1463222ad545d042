"""The till's pages as the city serves them, kept in the till's folder, so that they open without a line.

Every file is checked against the list whose SHA-256 is in its own address and stands in the city's log. The few lines of
HTML around them can run nothing else: the policy that pos.localhost sends forbids it.
"""

import json
import os
import re
import zipfile
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from app.errors import SetupError
from pos.server import Server, Unclear

FILE = "pages.zip"
WORKER, MANIFEST, DOCUMENT = "sw.js", "manifest.json", "{language}.html"
OF_THE_PROGRAM = "js/till/program.js"       # a city whose pages have it knows a till PC
_FACTS = b'<template id="page">{'           # then JSON, as the page reads it
_ADDRESS = re.compile(r"/static/([0-9a-f]{16})/([\w./-]+)")
_SHELL = re.compile(rb"\s*const SHELL = (\{.*\});\n")


@dataclass(frozen=True, slots=True)
class Version:
    """One version of all that the page needs; proven when it is made."""
    name: str
    worker: bytes
    manifest: bytes
    documents: dict[str, bytes]     # by language, the first is the city's first
    files: dict[str, bytes]         # by address

    def document(self, language: str) -> bytes:
        """The page, told that a program stands behind it."""
        page = self.documents.get(language) or next(iter(self.documents.values()))
        return page.replace(_FACTS, _FACTS + b'"program":true,', 1)


class Pages:
    """What was kept, and what the city serves now."""

    def __init__(self, folder: Path):
        self.path = folder / FILE
        self.version = self._read()

    def learn(self, server: Server) -> bool:
        """Fetches a version that isn't kept yet; whether there was one. Raises Refused or Unclear; SetupError where the
        city's pages are older than this program."""
        worker = server.fetch("/sw.js?page=till", "")
        name, addresses = _listed(worker)
        if self.version and self.version.name == name:
            return False
        known = {sha256(body).digest(): body for body in self.version.files.values()} if self.version else {}
        manifest = server.fetch("/static/manifest.json", "")
        files = {address: _fetched(server, address, digest, known) for address, digest in _digests(addresses, manifest).items()}
        found = _checked(Version(name, worker, manifest, _documents(server), files))
        self._write(found)
        self.version = found
        return True

    def _read(self) -> Version | None:
        """None where there is none, or one that was damaged: it is fetched again."""
        try:
            with zipfile.ZipFile(self.path) as kept:
                names = set(kept.namelist())
                worker, manifest = kept.read(WORKER), kept.read(MANIFEST)
                documents = {language: kept.read(DOCUMENT.format(language=language)) for language in json.loads(kept.read("languages.json"))}
                name, addresses = _listed(worker)
                files = {address: kept.read(address[1:]) for address in addresses if address[1:] in names}
            return _checked(Version(name, worker, manifest, documents, files))
        except (OSError, ValueError, KeyError, TypeError, zipfile.BadZipFile, Unclear, SetupError):
            return None

    def _write(self, version: Version) -> None:
        """All of it or nothing."""
        unfinished = self.path.with_suffix(".new")
        descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with open(descriptor, "wb") as file, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as kept:
            kept.writestr(WORKER, version.worker)
            kept.writestr(MANIFEST, version.manifest)
            kept.writestr("languages.json", json.dumps(list(version.documents)))
            for language, page in version.documents.items():
                kept.writestr(DOCUMENT.format(language=language), page)
            for address, body in version.files.items():
                kept.writestr(address[1:], body)
        unfinished.replace(self.path)


def _listed(worker: bytes) -> tuple[str, list[str]]:
    """(version, addresses of all files with which the page opens), from the head of its service worker."""
    found = _SHELL.match(worker)
    try:
        told = json.loads(found[1])
        name, addresses = told["version"], told["files"]
    except (TypeError, KeyError, ValueError):
        raise Unclear("the server lists no files of the till's page") from None
    good = re.fullmatch(r"[0-9a-f]{16}", str(name)) and addresses and all(_ADDRESS.fullmatch(str(each)) for each in addresses)
    if not good:
        raise Unclear("the server lists no files of the till's page")
    return name, addresses


def _digests(addresses: list[str], manifest: bytes) -> dict[str, str]:
    """The SHA-256 that each file must have, by the list that the addresses name."""
    try:
        listed = json.loads(manifest)
        split = {address: _ADDRESS.fullmatch(address) for address in addresses}
        found = {address: str(listed[parts[2]]) for address, parts in split.items()}
    except (ValueError, KeyError, TypeError):
        raise Unclear("the server's list of files lacks some") from None
    if {parts[1] for parts in split.values()} != {sha256(manifest).hexdigest()[:16]}:
        raise Unclear("the server's list of files is another than its addresses name")
    if OF_THE_PROGRAM not in listed:
        raise SetupError("the city's pages are older than this program and know no till PC: use `serve --no-page`")
    return found


def _fetched(server: Server, address: str, digest: str, known: dict[bytes, bytes]) -> bytes:
    body = known.get(bytes.fromhex(digest))
    return server.fetch(address, "") if body is None else body


def _documents(server: Server) -> dict[str, bytes]:
    """The page in each of its languages."""
    first = server.fetch("/pos", "")
    languages = _facts(first).get("languages")
    if not isinstance(languages, list) or not all(re.fullmatch("[a-z]{2}", str(each)) for each in languages):
        raise Unclear("the server's page names no languages")
    return {language: Server(server.url, language).fetch("/pos", "") for language in languages}


def _facts(document: bytes) -> dict:
    """What the page says of itself."""
    start = document.find(_FACTS) + len(_FACTS) - 1
    try:
        if document.count(_FACTS) != 1:
            raise ValueError
        told, _ = json.JSONDecoder().raw_decode(document[start:].decode())
        return told
    except ValueError:
        raise Unclear("the server's page says nothing of itself") from None


def _checked(version: Version) -> Version:
    """The same, once each byte is what the list says, and all are of one version. Unclear if not."""
    _, addresses = _listed(version.worker)
    digests = _digests(addresses, version.manifest)
    for address, digest in digests.items():
        if sha256(version.files.get(address, b"")).hexdigest() != digest:
            raise Unclear(f"{address} isn't what the city's list says")
    if not version.documents or any(_facts(page).get("version") != version.name for page in version.documents.values()):
        raise Unclear("the server's page is of another version than its files")
    return version
