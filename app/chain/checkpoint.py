"""Checkpoints: the log's own word on its size and root, as C2SP tlog-checkpoint signed notes.

A log that signs two histories is caught by anyone who holds both notes; the Signer makes
sure that it never does so by mistake: not after a restored backup, not with two servers.
"""

import base64
import binascii
import fcntl
import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from nacl.exceptions import CryptoError
from nacl.signing import VerifyKey

from app.chain.body import Malformed
from app.chain.merkle import EMPTY_ROOT, verify_consistency
from app.errors import SetupError
from app.message.keys import Signer as Key

ED25519 = b"\x01"           # the signed-note type of a plain Ed25519 signature
MAX_NOTE = 64 * 1024        # characters: room for far more cosignatures than a city has witnesses
Prove = Callable[[int, int], Sequence[bytes]]       # old size, new size -> a consistency proof
_SIZE = re.compile("0|[1-9][0-9]{0,18}")
_LINE = re.compile(r"— ([^\s+]+) ([A-Za-z0-9+/]+={0,2})")


@dataclass(frozen=True, slots=True)
class Checkpoint:
    origin: str             # <host>/<chain>/<epoch>
    size: int               # entries covered
    root: bytes             # 32
    note: str               # the whole note, signatures and all

    @property
    def text(self) -> str:
        """What is signed."""
        return body(self.origin, self.size, self.root)


class WouldFork(SetupError):
    """The database is behind, or beside, what was signed already: stop, sign nothing."""


def body(origin: str, size: int, root: bytes) -> str:
    return f"{origin}\n{size}\n{base64.b64encode(root).decode()}\n"


def key_id(name: str, key: bytes, kind: bytes = ED25519) -> bytes:
    """The 4 bytes that stand before a signature by this key (32) under this name."""
    return sha256(name.encode() + b"\n" + kind + key).digest()[:4]


def verifier_key(name: str, key: bytes) -> str:
    """The key as monitors and witnesses take it: <name>+<key id>+<base64 of type and key>."""
    return f"{name}+{key_id(name, key).hex()}+{base64.b64encode(ED25519 + key).decode()}"


def sign(origin: str, size: int, root: bytes, key: Key) -> Checkpoint:
    """Signs whatever it is given: the Signer below is the only one that may call this for a live log."""
    text = body(origin, size, root)
    line = base64.b64encode(key_id(origin, key.public) + key.sign(text.encode())).decode()
    return Checkpoint(origin, size, root, f"{text}\n— {origin} {line}\n")


def parse(note: str) -> Checkpoint:
    """Reads a note without judging its signatures; Malformed if it is not a checkpoint."""
    text, blank, _signatures = note.rpartition("\n\n")
    lines = text.split("\n")
    if len(note) > MAX_NOTE or not blank or note[-1] != "\n" or len(lines) != 3 or not lines[0] or not _SIZE.fullmatch(lines[1]):
        raise Malformed("not a checkpoint")
    root = from_base64(lines[2])
    if len(root) != 32 or re.search(r"[\x00-\x1f\s+]", lines[0]):
        raise Malformed("not a checkpoint")
    return Checkpoint(lines[0], int(lines[1]), root, note)


def signatures(note: str) -> Iterator[tuple[str, bytes, bytes]]:
    """(name, key id, signature) of each line; Malformed if a line is no signature."""
    for line in note.rpartition("\n\n")[2].removesuffix("\n").split("\n"):
        found = _LINE.fullmatch(line)
        if found is None:
            raise Malformed("checkpoint: a line that is no signature")
        signature = from_base64(found[2])
        yield found[1], signature[:4], signature[4:]


def verify(note: str, origin: str, key: bytes) -> Checkpoint:
    """The checkpoint, if it is of this log and this key (32) signed it; Malformed says why not.

    Signatures of others (witnesses) are passed over, as the signed-note format wants.
    """
    found = parse(note)
    if found.origin != origin:
        raise Malformed(f"checkpoint of another log: {found.origin}")
    wanted = origin, key_id(origin, key)
    mine = [signature for *who, signature in signatures(note) if tuple(who) == wanted]
    if not mine:
        raise Malformed("checkpoint: not signed by this key")
    for signature in mine:
        try:
            VerifyKey(key).verify(found.text.encode(), signature)
        except (CryptoError, ValueError):
            raise Malformed("checkpoint: bad signature") from None
    return found


def from_base64(text: str) -> bytes:
    """Standard base64; Malformed unless it is the one form that encoding gives."""
    try:
        data = base64.b64decode(text, validate=True)
    except binascii.Error:
        raise Malformed("not base64") from None
    if base64.b64encode(data).decode() != text:
        raise Malformed("not canonical base64")
    return data


# --- signing, and never going back -------------------------------------------------------

def recorded(record: Path, origin: str, keys: Iterable[bytes]) -> Checkpoint:
    """The last checkpoint that a log signed, from its record. SetupError if that is missing or of none of these keys (32)."""
    fault: Exception | None = None
    try:
        note = record.read_text(encoding="utf-8")
        for key in keys:
            try:
                return verify(note, origin, key)
            except Malformed as error:
                fault = fault or error
    except FileNotFoundError:
        raise SetupError(f"{record} is missing: without it this log could sign two histories; bring the file back") from None
    except UnicodeDecodeError as error:
        fault = error
    raise SetupError(f"{record} is not this log's record ({fault}); bring the right file back")


def goes_on(last: Checkpoint, size: int, root: bytes, prove: Prove | None = None) -> None:
    """WouldFork unless a log of (size, root) holds all that `last` covers. `prove` as of Signer.sign."""
    if size < last.size:
        raise WouldFork(f"{last.size} entries were signed, the database has {size}: those from number {size} on are lost here, "
                        "as after a backup was put back. Put back a newer copy; what else can be done stands in app/OPERATING.md")
    if (size == last.size and root != last.root) or (
            size > last.size and prove and not verify_consistency(last.size, size, last.root, root, prove(last.size, size))):
        raise WouldFork(f"the first {last.size} of {size} entries are not those that were signed: the database is another copy, or was "
                        "changed. Put back the right one; what else can be done stands in app/OPERATING.md")


class Signer:
    """Signs checkpoints of one log. Its record, a file of its own, holds the last note signed.

    The record is not in the database and not in the database's backup: it is what remembers.
    It is public (a note), mode 0600 because only the log may write it. Lost: see FORMATS.md.
    """

    def __init__(self, record: Path, origin: str, key: Key):
        self.record = Path(record)
        self.origin = origin
        self.key = key

    def begin(self) -> Checkpoint:
        """Makes the record of a new log, at size 0. SetupError if there is one already."""
        with self._locked():
            if self.record.exists():
                raise SetupError(f"{self.record} exists: this log has signed checkpoints; keep the file")
            return self._keep(sign(self.origin, 0, EMPTY_ROOT, self.key))

    def last(self) -> Checkpoint:
        """The last checkpoint signed. SetupError if the record is missing or not this key's."""
        return recorded(self.record, self.origin, (self.key.public,))

    def hand_over(self, key: Key, before: Iterable[bytes] = ()) -> None:
        """The last checkpoint once more, signed by the key that comes after; done before, nothing happens. `before`: public
        keys that the roots accepted earlier, one of which signed it, where this signer's own is lost."""
        with self._locked():
            last = recorded(self.record, self.origin, (key.public, self.key.public, *before))
            self._keep(sign(self.origin, last.size, last.root, key))

    def sign(self, size: int, root: bytes, prove: Prove | None = None) -> Checkpoint:
        """Signs (size, root) if it goes on from the last one signed, and remembers it before answering.

        `prove(old size, new size)` gives a consistency proof from the database, which is checked.
        The same size and root again: the same note. WouldFork if it would go back or beside.
        """
        with self._locked():
            last = self.last()
            if (size, root) == (last.size, last.root):
                return last
            goes_on(last, size, root, prove)
            return self._keep(sign(self.origin, size, root, self.key))

    def _keep(self, checkpoint: Checkpoint) -> Checkpoint:
        """Durable before anyone sees the note: file, rename, directory."""
        beside = self.record.with_name(self.record.name + ".new")
        handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        try:
            os.fchmod(handle, 0o600)
            os.write(handle, checkpoint.note.encode())
            os.fsync(handle)
        finally:
            os.close(handle)
        os.replace(beside, self.record)
        folder = os.open(self.record.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
        return checkpoint

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """One signer at a time, whichever process. The lock is a file of its own: the record is replaced."""
        handle = os.open(self.record.with_name(self.record.name + ".lock"), os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)
