"""Ed25519 keys: making, checking, signing, and seed files that only their owner can read.

PyNaCl (libsodium) is the one authority on what a valid signature is.
"""

import os
from pathlib import Path

from nacl import bindings, exceptions

from app.errors import Refusal, SetupError

POSIX = os.name == "posix"
SEED_BYTES = KEY_BYTES = 32

_IDENTITY = b"\1" + bytes(31)


def new_seed() -> bytes:
    return os.urandom(SEED_BYTES)


def public(seed: bytes) -> bytes:
    """The public key (32) of a seed (32), RFC 8032 §5.1.5."""
    return bindings.crypto_sign_seed_keypair(seed)[0]


def check_public(key32: bytes) -> bytes:
    """Returns a key whose signatures mean one thing: a point of prime order, written in its
    one way. BAD_FIELD where it is no point, SMALL_ORDER_KEY where part of it has small order."""
    if len(key32) != KEY_BYTES:
        raise Refusal("BAD_FIELD", field="key")
    if bindings.crypto_core_ed25519_is_valid_point(key32):
        return key32
    try:
        a_point = bindings.crypto_core_ed25519_add(key32, _IDENTITY) == key32
    except exceptions.RuntimeError:
        a_point = False
    if a_point:
        raise Refusal("SMALL_ORDER_KEY")
    raise Refusal("BAD_FIELD", field="key")


class Signer:
    """One secret key. The seed is never shown again."""

    __slots__ = ("public", "_secret")

    def __init__(self, seed: bytes):
        self.public, self._secret = bindings.crypto_sign_seed_keypair(seed)

    def sign(self, data: bytes) -> bytes:
        """The signature (64) of `data`; the same each time (RFC 8032 is deterministic)."""
        return bindings.crypto_sign(data, self._secret)[:64]

    def __repr__(self) -> str:
        return f"Signer({self.public.hex()})"


def write_seed(path: Path, seed: bytes) -> None:
    """One line of 64 hex digits, mode 0600, on disk when this returns. Never over a file that
    is there: a key overwritten is a key lost."""
    assert len(seed) == SEED_BYTES
    try:
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise SetupError(f"{path} is there already: a key is never overwritten") from None
    try:
        with os.fdopen(file, "w", encoding="ascii") as out:
            out.write(seed.hex() + "\n")
            out.flush()
            os.fsync(out.fileno())
    except OSError:
        path.unlink()           # a disk without room: half a key would stand in the way of the next
        raise


def read_seed(path: Path) -> bytes:
    """The seed (32) in a file of `write_seed`; SetupError where it is missing, readable by
    others, or no seed. Windows knows no modes: there the owner's profile folder keeps others out."""
    try:
        mode, text = path.stat().st_mode, path.read_text(encoding="ascii")
    except FileNotFoundError:
        raise SetupError(f"{path} is missing: put the key file back from its backup") from None
    except (UnicodeDecodeError, OSError):
        raise SetupError(f"{path} can't be read as a key file") from None
    if POSIX and mode & 0o077:
        raise SetupError(f"{path} is readable by others: chmod 600 {path}")
    try:
        seed = bytes.fromhex(text)
    except ValueError:
        seed = b""
    if len(seed) != SEED_BYTES:
        raise SetupError(f"{path} is no key file: it must hold 64 hex digits")
    return seed
