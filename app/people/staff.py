"""A shop's cashiers: who stands at its tills. The list is the shop's, read by each of its tills, which keep it to sign
people in without a line too. A PIN here names who took a payment; it opens no money.
"""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass

from app.errors import Refusal
from app.people import rings
from app.people.people import People
from app.people.shapes import even, one_line, refuse_resident_number
from app.store.database import sqlite

ROUNDS = 600_000        # of PBKDF2-HMAC-SHA-256, which browsers have
NAME_CHARACTERS = 20
MOST = 200              # who ever stood in one shop's list
FREE_TRIES, FIRST_WAIT_S, LONGEST_WAIT_S = 5, 60, 3600
CHANGES = {"name": str, "present": bool, "may_void": bool, "salt": bytes, "digest": bytes, "card": bytes}
NEW = {"name", "salt", "digest"}


@dataclass(frozen=True, slots=True)
class Cashier:
    number: int
    name: str
    present: bool       # False: left; the name stays with their sales
    may_void: bool
    salt: bytes         # 16
    digest: bytes       # 32, of the PIN
    card: bytes         # SHA-256 of their QR's secret; empty without one


COLUMNS = "number, name, present, may_void, salt, digest, card"


def version(people: People, shop: int) -> int:
    """0 before the first cashier."""
    row = people.read().execute("SELECT version FROM staff WHERE shop = ?", (shop,)).fetchone()
    return row[0] if row else 0


def cashiers(people: People, shop: int) -> list[Cashier]:
    """All who ever were in the list, by number."""
    rows = people.read().execute(f"SELECT {COLUMNS} FROM cashier WHERE shop = ? ORDER BY number", (shop,))
    return [_cashier(row) for row in rows]


def get(people: People, shop: int, number: int) -> Cashier | None:
    row = people.read().execute(
        f"SELECT {COLUMNS} FROM cashier WHERE shop = ? AND number = ?", (shop, number)).fetchone()
    return _cashier(row) if row else None


def change(people: People, shop: int, seen: int, number: int, wanted: Mapping[str, object]) -> int:
    """Changes cashier `number`, or adds one where it is 0; their number. `wanted`: some of CHANGES, for a new one at
    least NEW. FORM_EXPIRED when the list is not the version that was `seen`; FIELD_WRONG, NOT_FOUND, TOO_MANY."""
    checked = _checked(wanted, new=not number)
    with people.write() as connection:
        connection.execute("INSERT INTO staff VALUES (?, 0) ON CONFLICT DO NOTHING", (shop,))
        changed = connection.execute(
            "UPDATE staff SET version = version + 1 WHERE shop = ? AND version = ?", (shop, seen)).rowcount
        if not changed:
            raise Refusal("FORM_EXPIRED")
        number = _update(connection, shop, number, checked) if number else _insert(connection, shop, checked)
        rings.ring(connection, f"shop/{shop}", "staff", people.now_s())
    return number


def _checked(wanted: Mapping[str, object], new: bool) -> dict[str, object]:
    for name, value in wanted.items():
        if name not in CHANGES or type(value) is not CHANGES[name]:
            raise Refusal("FIELD_WRONG", field=name[:20])
    if (new and NEW - set(wanted)) or ("salt" in wanted) != ("digest" in wanted):
        raise Refusal("FIELD_MISSING", field="pin")
    checked = dict(wanted)
    if "name" in checked:
        checked["name"] = one_line(even(checked["name"]))
        if not 1 <= len(checked["name"]) <= NAME_CHARACTERS:
            raise Refusal("FIELD_WRONG", field="name")
        refuse_resident_number(checked["name"])
    lengths = {"salt": (16,), "digest": (32,), "card": (0, 32)}
    for name, allowed in lengths.items():
        if name in checked and len(checked[name]) not in allowed:
            raise Refusal("FIELD_WRONG", field=name)
    return checked


def _insert(connection: sqlite.Connection, shop: int, wanted: dict[str, object]) -> int:
    (last,) = connection.execute("SELECT coalesce(max(number), 0) FROM cashier WHERE shop = ?", (shop,)).fetchone()
    if last >= MOST:
        raise Refusal("TOO_MANY", most=MOST)
    whole = {"present": True, "may_void": False, "card": b"", **wanted}
    connection.execute(
        f"INSERT INTO cashier (shop, {COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (shop, last + 1, whole["name"], whole["present"], whole["may_void"], whole["salt"], whole["digest"], whole["card"]),
    )
    return last + 1


def _update(connection: sqlite.Connection, shop: int, number: int, wanted: dict[str, object]) -> int:
    if not wanted:
        raise Refusal("FIELD_MISSING", field="name")
    free = ", failed = 0, wait_until_s = 0" if "digest" in wanted else ""
    columns = ", ".join(f"{name} = ?" for name in wanted)       # names out of CHANGES alone
    changed = connection.execute(
        f"UPDATE cashier SET {columns}{free} WHERE shop = ? AND number = ?", (*wanted.values(), shop, number)).rowcount
    if not changed:
        raise Refusal("NOT_FOUND", field="cashier")
    return number


# --- signing in ----------------------------------------------------------------------------

def by_pin(people: People, shop: int, number: int, pin: str) -> Cashier:
    """SIGN_IN_WRONG, whoever it is; TOO_MANY (fact wait_s) before the next try is looked at."""
    _count_try(people, shop, number)
    found = get(people, shop, number)
    if found is None or not found.present:      # who is in the list is no secret to its tills: no hash is worth its time
        raise Refusal("SIGN_IN_WRONG")
    if not hmac.compare_digest(pin_digest(pin, found.salt), found.digest):
        raise Refusal("SIGN_IN_WRONG")
    with people.write() as connection:
        connection.execute(
            "UPDATE cashier SET failed = 0, wait_until_s = 0 WHERE shop = ? AND number = ?", (shop, number))
    return found


def by_card(people: People, shop: int, number: int, secret: bytes) -> Cashier:
    """By the secret of their QR, which nobody guesses. SIGN_IN_WRONG."""
    found = get(people, shop, number)
    right = found is not None and hmac.compare_digest(hashlib.sha256(secret).digest(), found.card)
    if not right or not found.present:
        raise Refusal("SIGN_IN_WRONG")
    return found


def pin_digest(pin: str, salt: bytes) -> bytes:
    return hashlib.pbkdf2_hmac("sha256", pin.encode("utf-8", "replace"), salt, ROUNDS)


def _count_try(people: People, shop: int, number: int) -> None:
    """Counted before it is looked at, so that many at once can't all slip through."""
    now_s = people.now_s()
    with people.write() as connection:
        row = connection.execute(
            "SELECT failed, wait_until_s FROM cashier WHERE shop = ? AND number = ?", (shop, number)).fetchone()
        failed, wait_until_s = row or (0, 0)
        if wait_until_s > now_s:
            raise Refusal("TOO_MANY", wait_s=wait_until_s - now_s)
        failed += 1
        over = failed - FREE_TRIES
        wait_s = 0 if over < 0 else min(FIRST_WAIT_S * 2 ** min(over, 10), LONGEST_WAIT_S)
        connection.execute("UPDATE cashier SET failed = ?, wait_until_s = ? WHERE shop = ? AND number = ?",
                           (failed, now_s + wait_s, shop, number))


def _cashier(row: tuple) -> Cashier:
    number, name, present, may_void, salt, digest, card = row
    return Cashier(number, name, bool(present), bool(may_void), salt, digest, card)
