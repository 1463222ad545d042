"""Pairing a till: the console gives a code, the till answers with its keys, an officer compares and signs.

The code alone pairs nothing: it only brings two public keys to the desk at which the officer's signature is made.

A code has 40 bits and lives for 15 minutes. One address may try 270 in a minute of each server process (app/web/pace.py):
with twenty codes open at all times and four processes it would find one in about a hundred years. Who finds one is
in a real tablet's way, no more: the officer compares digits that only the real tablet shows.
"""

import hashlib
import secrets
from dataclasses import dataclass

from app.errors import Refusal
from app.people.people import People
from app.store.database import sqlite

OPEN, CLAIMED, PAIRED, CANCELLED = "open", "claimed", "paired", "cancelled"
LIFE_S = 15 * 60
CODE_LETTERS = 8
LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base 32: none that are mistaken for another
MISTAKEN = str.maketrans("OIL", "011")


@dataclass(frozen=True, slots=True)
class Pairing:
    number: int
    shop: int
    rights: int  # sum of orders.RECEIVE, RETURN, ASK
    officer: int
    state: str
    key: bytes  # 32, or empty until claimed
    refund_key: bytes  # 32, or empty
    till: int | None  # once paired
    expires_at_s: int

    @property
    def fingerprint(self) -> str:
        return fingerprint(self.key, self.refund_key) if self.key else ""


COLUMNS = "number, shop, rights, officer, state, key, refund_key, till, expires_at_s"


def fingerprint(key: bytes, refund_key: bytes) -> str:
    """Twelve digits that the till works out itself and the officer compares: the first 5 bytes of
    SHA-256(key ‖ refund key), modulo 10¹², as 0000-0000-0000. 40 bits are enough, for nobody can look for keys that
    give the same digits: whoever claims a code first has shown theirs before the other's digits are known."""
    number = int.from_bytes(hashlib.sha256(key + refund_key).digest()[:5]) % 10**12
    digits = f"{number:012}"
    return f"{digits[:4]}-{digits[4:8]}-{digits[8:]}"


def start(people: People, shop: int, rights: int, officer: int) -> tuple[Pairing, str]:
    """A new pairing and its code (ABCD-EFGH, 15 minutes), which is kept as a hash and shown once."""
    code = "".join(secrets.choice(LETTERS) for _ in range(CODE_LETTERS))
    with people.write() as connection:
        row = connection.execute(
            "INSERT INTO pairing (digest, shop, rights, officer, state, expires_at_s)"
            f" VALUES (?, ?, ?, ?, 'open', ?) RETURNING {COLUMNS}",
            (_digest(code), shop, rights, officer, people.now_s() + LIFE_S),
        ).fetchone()
    return Pairing(*row), f"{code[:4]}-{code[4:]}"


def claim(people: People, code: str, key: bytes, refund_key: bytes) -> Pairing:
    """The till's keys for a code; the same keys again change nothing.

    Raises PAIRING_UNKNOWN, PAIRING_OVER (too late, cancelled, or claimed with other keys).
    """
    with people.write() as connection:
        pairing = _by_code(connection, code)
        same = (pairing.key, pairing.refund_key) == (key, refund_key)
        if pairing.state in (CLAIMED, PAIRED) and same:
            return pairing
        if pairing.state != OPEN or pairing.expires_at_s <= people.now_s():
            raise Refusal("PAIRING_OVER")
        connection.execute(
            "UPDATE pairing SET state = 'claimed', key = ?, refund_key = ? WHERE number = ?",
            (key, refund_key, pairing.number),
        )
        return _by_code(connection, code)


def by_code(people: People, code: str) -> Pairing:
    """What has become of a code, for the till that waits. PAIRING_UNKNOWN; PAIRING_OVER when it ended unpaired."""
    pairing = _by_code(people.read(), code)
    late = pairing.state == OPEN and pairing.expires_at_s <= people.now_s()
    if pairing.state == CANCELLED or late:
        raise Refusal("PAIRING_OVER")
    return pairing


def get(people: People, number: int) -> Pairing:
    """PAIRING_UNKNOWN when there is none."""
    return _get(people.read(), number)


def waiting(people: People) -> list[Pairing]:
    """Claimed, and waiting for an officer's signature; oldest first."""
    rows = people.read().execute(f"SELECT {COLUMNS} FROM pairing WHERE state = 'claimed' ORDER BY number")
    return [Pairing(*row) for row in rows]


def paired(people: People, number: int, till: int) -> None:
    """The till is on the chain under this number. PAIRING_OVER unless it was claimed; the same again is fine."""
    with people.write() as connection:
        pairing = _get(connection, number)
        if pairing.state == PAIRED and pairing.till == till:
            return
        if pairing.state != CLAIMED:
            raise Refusal("PAIRING_OVER")
        connection.execute("UPDATE pairing SET state = 'paired', till = ? WHERE number = ?", (till, number))


def cancel(people: People, number: int) -> None:
    """An officer says no. PAIRING_OVER when the till is paired already."""
    with people.write() as connection:
        if _get(connection, number).state == PAIRED:
            raise Refusal("PAIRING_OVER")
        connection.execute("UPDATE pairing SET state = 'cancelled' WHERE number = ?", (number,))


def _get(connection: sqlite.Connection, number: int) -> Pairing:
    row = connection.execute(f"SELECT {COLUMNS} FROM pairing WHERE number = ?", (number,)).fetchone()
    return _pairing(row)


def _by_code(connection: sqlite.Connection, code: str) -> Pairing:
    row = connection.execute(f"SELECT {COLUMNS} FROM pairing WHERE digest = ?", (_digest(code),)).fetchone()
    return _pairing(row)


def _pairing(row: tuple | None) -> Pairing:
    if row is None:
        raise Refusal("PAIRING_UNKNOWN")
    return Pairing(*row)


def _digest(code: str) -> bytes:
    """Of what was meant: any case, with or without hyphens, O for 0 and I or L for 1."""
    typed = "".join(letter for letter in code.upper() if letter.isalnum()).translate(MISTAKEN)
    return hashlib.sha256(b"hagc/pairing/1\0" + typed.encode("utf-8", "replace")).digest()
