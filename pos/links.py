"""How the rows of the till's journal hang together: each holds the SHA-256 of the row before, over all tables, so that a
row that was changed, put in or taken out is found, whatever was done to the guards. As in static/js/till/links.js a row is
one line of JSON; the last row alone has none after it that would tell."""

import json
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from hashlib import sha256

TABLES = ("message", "answer", "proof", "refusal")
FIRST = bytes(32)
SOME = 500              # of the last rows, looked at each time the journal is opened


class Broken(Exception):
    """A row doesn't follow the one before."""


def link(connection, table: str, place: int) -> None:
    """Hangs a row that was just written on the last one. Within the transaction that wrote it."""
    number, before = 0, FIRST
    for number, kind, of, earlier in connection.execute("SELECT * FROM link ORDER BY number DESC LIMIT 1"):
        before = _hash(_line(connection, number, kind, of, earlier))
    connection.execute("INSERT INTO link VALUES (?, ?, ?, ?)", (number + 1, table, place, before))


def take_over(connection) -> None:
    """Hangs together what an earlier version wrote, in the order of its times. Within a transaction."""
    rows = [
        (at_s, order, number) for order, table in enumerate(TABLES)
        for number, at_s in connection.execute(f"SELECT number, at_s FROM {table}")
    ]
    for _, order, number in sorted(rows):
        link(connection, TABLES[order], number)


def check(connection, since: int = 1) -> None:
    """Raises Broken with the number of the first link, from `since` on, that doesn't follow."""
    expected = FIRST if since <= 1 else None
    for number, table, place, before in connection.execute("SELECT * FROM link WHERE number >= ? ORDER BY number", (since,)):
        if expected is not None and before != expected:
            raise Broken(number)
        expected = _hash(_line(connection, number, table, place, before))


def text(connection) -> Iterator[str]:
    """All rows as lines."""
    for number, table, place, before in connection.execute("SELECT * FROM link ORDER BY number"):
        yield _line(connection, number, table, place, before)


def _line(connection, number: int, table: str, place: int, before: bytes) -> str:
    cursor = connection.execute(f"SELECT * FROM {table} WHERE number = ?", (place,))
    row = cursor.fetchone()
    if row is None:
        raise Broken(number)
    names = [column[0] for column in cursor.description]
    content = {name: _written(value) for name, value in zip(names, row, strict=True) if name != "number"}
    return json.dumps({"number": number, "before": before.hex(), "what": table, "place": place, **content},
                      ensure_ascii=False, separators=(",", ":"))


def _written(value: bytes | str | int) -> str | int:
    return urlsafe_b64encode(value).decode().rstrip("=") if isinstance(value, bytes) else value


def _hash(line: str) -> bytes:
    return sha256(line.encode()).digest()
