"""The till's two keys, in files that only their owner can read.

The till key receives and asks; the refund key gives back, and nothing else. The refund key's file is masked by the
owner's PIN, so that whoever stands at the till can take money and not send it. A copied file falls to a patient
guesser, a few digits being few: the city can revoke a till at any time, and a refund only goes back to who paid.
"""

from pathlib import Path

from nacl import pwhash

from app.errors import Refusal
from app.message import keys
from app.message.keys import Signer

SHORTEST_PIN, LONGEST_PIN = 4, 12
_MEMORY_BYTES = 128 << 20       # what one guess costs, with argon2id's moderate number of passes
_PLACE = b"hagc/till-pin/1\0"


def exist(folder: Path) -> bool:
    return _till(folder).exists() and _refund(folder).exists()


def make(folder: Path, pin: str) -> None:
    """Two new keys. SetupError if there are any: keys are never overwritten."""
    if not _till(folder).exists():
        keys.write_seed(_till(folder), keys.new_seed())
    keys.write_seed(_refund(folder), _masked(folder, keys.new_seed(), pin))


def forget(folder: Path) -> None:
    """Those of a pairing that came to nothing: an officer who signs it late must not sign the keys of the next one."""
    for path in (_refund(folder), _till(folder)):
        path.unlink(missing_ok=True)


def till(folder: Path) -> Signer:
    return Signer(keys.read_seed(_till(folder)))


def refund(folder: Path, pin: str, public: bytes | None = None) -> Signer:
    """The refund key as `pin` unlocks it; SIGN_IN_WRONG if it is not the one whose public key is `public`."""
    signer = Signer(_masked(folder, keys.read_seed(_refund(folder)), pin))
    if public is not None and signer.public != public:
        raise Refusal("SIGN_IN_WRONG")
    return signer


def check_pin(pin: str) -> str:
    """The PIN itself, or FIELD_WRONG: 4 to 12 digits."""
    if not (pin.isascii() and pin.isdigit() and SHORTEST_PIN <= len(pin) <= LONGEST_PIN):
        raise Refusal("FIELD_WRONG", field="pin")
    return pin


def _masked(folder: Path, seed: bytes, pin: str) -> bytes:
    """Masks and unmasks: a wrong PIN gives another key, so the file alone doesn't tell a right guess."""
    salt = keys.public(keys.read_seed(_till(folder)))[:pwhash.argon2id.SALTBYTES]
    mask = pwhash.argon2id.kdf(
        len(seed), _PLACE + pin.encode(), salt, opslimit=pwhash.argon2id.OPSLIMIT_MODERATE, memlimit=_MEMORY_BYTES
    )
    return bytes(a ^ b for a, b in zip(seed, mask, strict=True))


def _till(folder: Path) -> Path:
    return folder / "till.key"


def _refund(folder: Path) -> Path:
    return folder / "refund.key"
