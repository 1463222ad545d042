"""Seals the secrets of paper cards, which the city holds, under a master key that is no part of any database: people.sqlite alone
signs nothing, and doesn't tell whether a PIN is right. With keys/card.seed it does both.
"""

import logging
from base64 import b64encode
from pathlib import Path

import argon2
from nacl import bindings, exceptions
from nacl.encoding import RawEncoder
from nacl.hash import blake2b
from nacl.secret import SecretBox

from app.errors import Refusal, SetupError
from app.message.keys import Signer, new_seed, read_seed, write_seed

log = logging.getLogger("hagc.desk")


class Safe:
    """Opened for one thing to do and not kept: the master key stands in memory no longer than that."""

    def __init__(self, master: bytes):
        self._box = SecretBox(_derived(master, b"hagc/card/seal/1"))
        self._pins = _derived(master, b"hagc/card/pin/1")

    def seal(self, seed: bytes) -> bytes:
        return bytes(self._box.encrypt(seed))

    def open(self, sealed: bytes, public: bytes) -> Signer:
        """The card's signer. HALTED where it was sealed under another master key."""
        try:
            signer = Signer(self._box.decrypt(sealed))
        except exceptions.CryptoError:
            log.error("keys/card.seed is not the key that the cards were sealed with: put the right file there")
            raise Refusal("HALTED") from None
        assert signer.public == public, "another card's secret"
        return signer

    def hash_pin(self, number: str, pin: str) -> str:
        return argon2.PasswordHasher().hash(self._peppered(number, pin))

    def pin_is(self, hashed: str, number: str, pin: str) -> bool:
        try:
            return argon2.PasswordHasher().verify(hashed, self._peppered(number, pin))
        except argon2.exceptions.VerifyMismatchError:
            return False

    def _peppered(self, number: str, pin: str) -> bytes:
        return b64encode(blake2b(f"{number} {pin}".encode(), key=self._pins, encoder=RawEncoder))


def _derived(master: bytes, purpose: bytes) -> bytes:
    return blake2b(purpose, digest_size=bindings.crypto_secretbox_KEYBYTES, key=master, encoder=RawEncoder)


def open_safe(file: Path, new: bool = False) -> Safe:
    """With the master key in `file`, which is made where nothing was sealed yet (`new`). HALTED where it can't be read."""
    if new and not file.exists():
        try:
            write_seed(file, new_seed())
        except SetupError:
            pass            # another process made it in this moment
    try:
        return Safe(read_seed(file))
    except SetupError as error:
        log.error("%s", error)
        raise Refusal("HALTED") from None
