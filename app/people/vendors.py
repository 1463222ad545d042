"""How a vendor's program proves the shop that it works for, and where it wants to be told: tokens and webhooks.

Of a token only the hash is kept. A webhook's secret must be kept, for we sign with it; it proves only what we say.
"""

import secrets
from dataclasses import dataclass
from urllib.parse import urlsplit

from app.errors import Refusal
from app.people.people import People

SECRET_BYTES = 32
MOST_TOKENS, MOST_WEBHOOKS = 20, 10     # of one shop that are in use
LONGEST_URL, LONGEST_NAME = 400, 40
PORTS = (443, 8443)
ON, OFF, GONE = "on", "off", "gone"


@dataclass(frozen=True, slots=True)
class Token:
    number: int
    digest: bytes       # 32, SHA-256 of the token
    shop: int
    till: int           # at which it was made
    name: str
    revoked: int
    created_at_s: int


@dataclass(frozen=True, slots=True)
class Webhook:
    number: int
    shop: int
    url: str
    secret: bytes       # 32
    state: str          # on; off: taken back; gone: the receiver answered 410
    created_at_s: int


# --- tokens --------------------------------------------------------------------------------

def add_token(people: People, digest: bytes, place: tuple[int, int], name: str) -> Token:
    """place: (shop, till). The same digest again gives the token that is there; NOT_YOURS if it is another shop's,
    TOO_MANY when the shop has enough."""
    shop, till = place
    with people.write() as connection:
        row = connection.execute("SELECT * FROM vendor_token WHERE digest = ?", (digest,)).fetchone()
        if row and Token(*row).shop != shop:
            raise Refusal("NOT_YOURS")
        if not row:
            _room(connection, "vendor_token", "revoked = 0", shop, MOST_TOKENS)
            row = connection.execute(
                "INSERT INTO vendor_token (digest, shop, till, name, created_at_s) VALUES (?, ?, ?, ?, ?) RETURNING *",
                (digest, shop, till, name, people.now_s()),
            ).fetchone()
    return Token(*row)


def token_of(people: People, digest: bytes) -> Token | None:
    """One that was not revoked."""
    row = people.read().execute("SELECT * FROM vendor_token WHERE digest = ? AND revoked = 0", (digest,)).fetchone()
    return Token(*row) if row else None


def tokens(people: People, shop: int) -> list[Token]:
    """Those in use, oldest first."""
    rows = people.read().execute("SELECT * FROM vendor_token WHERE shop = ? AND revoked = 0 ORDER BY number", (shop,))
    return [Token(*row) for row in rows]


def revoke_token(people: People, shop: int, number: int) -> None:
    """NOT_FOUND in this shop; the same again is fine."""
    _set(people, "UPDATE vendor_token SET revoked = 1 WHERE shop = ? AND number = ?", shop, number)


# --- webhooks ------------------------------------------------------------------------------

def add_webhook(people: People, shop: int, url: str, secret: bytes = b"") -> Webhook:
    """A new one. secret (32): of whoever asks, and then the same address with the same secret is the same webhook, so that it may be
    asked for again; else a new one. TOO_MANY when the shop has enough, WEBHOOK_ADDRESS where none is ever called."""
    check_url(url)
    with people.write() as connection:
        row = connection.execute("SELECT * FROM webhook WHERE shop = ? AND url = ? AND secret = ? AND state = 'on'", (shop, url, secret)).fetchone()
        if not row:
            _room(connection, "webhook", "state = 'on'", shop, MOST_WEBHOOKS)
            row = connection.execute(
                "INSERT INTO webhook (shop, url, secret, created_at_s) VALUES (?, ?, ?, ?) RETURNING *",
                (shop, url, secret or secrets.token_bytes(SECRET_BYTES), people.now_s()),
            ).fetchone()
    return Webhook(*row)


def check_url(url: str, ports: tuple[int, ...] = PORTS) -> tuple[str, int, str]:
    """(host, port, path with query) of an address that may be called; WEBHOOK_ADDRESS. Which machine it is, and whether
    that is a public one, is looked up at each call."""
    try:
        parts = urlsplit(url)
        port = parts.port or 443
    except ValueError:
        raise Refusal("WEBHOOK_ADDRESS") from None
    plain = url.isascii() and url.isprintable() and " " not in url and "\\" not in url and len(url) <= LONGEST_URL
    host = parts.hostname or ""
    named = plain and parts.scheme == "https" and host and "@" not in parts.netloc and "#" not in url
    if not named or port not in ports or not all(letter.isalnum() or letter in ".-:[]" for letter in host):
        raise Refusal("WEBHOOK_ADDRESS")
    return host, port, (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def webhook(people: People, shop: int, number: int) -> Webhook:
    """NOT_FOUND in this shop."""
    row = people.read().execute("SELECT * FROM webhook WHERE shop = ? AND number = ?", (shop, number)).fetchone()
    if row is None:
        raise Refusal("NOT_FOUND", field="webhook")
    return Webhook(*row)


def webhooks(people: People, shop: int) -> list[Webhook]:
    """Oldest first, without those that were taken back."""
    rows = people.read().execute("SELECT * FROM webhook WHERE shop = ? AND state <> 'off' ORDER BY number", (shop,))
    return [Webhook(*row) for row in rows]


def end_webhook(people: People, shop: int, number: int, state: str = OFF) -> None:
    """NOT_FOUND in this shop; the same again is fine. What waits to be told there is given up at its next turn."""
    _set(people, "UPDATE webhook SET state = ? WHERE shop = ? AND number = ?", state, shop, number)


def _room(connection, table: str, used: str, shop: int, most: int) -> None:
    (count,) = connection.execute(f"SELECT count(*) FROM {table} WHERE shop = ? AND {used}", (shop,)).fetchone()
    if count >= most:
        raise Refusal("TOO_MANY", most=most)


def _set(people: People, statement: str, *values: int | str) -> None:
    with people.write() as connection:
        changed = connection.execute(statement, values).rowcount
    if not changed:
        raise Refusal("NOT_FOUND", field="id")
