"""Writes one batch: every table in one go, in the order in which the guards of the schema let it pass."""

from collections.abc import Iterable, Sequence

from app.chain.beside import mentioned
from app.chain.block import Header
from app.chain.entry import Entry, in_clear
from app.message.kinds import BLOCK
from app.money.state import Register, State
from app.store.base import Accepted, Head
from app.store.database import sqlite
from app.store.state import pack


def write(connection: sqlite.Connection, state: State, head: Head, accepted: Sequence[Accepted], now_s: int) -> Head:
    """Gives the head after the batch. `state` must have the whole batch posted; `accepted` is not empty."""
    header = _header(connection, head, now_s, accepted[-1].entry.number + 1)
    entries = [*(each.entry for each in accepted), in_clear((header.entry, now_s), BLOCK, header.to_bytes())]
    _entries(connection, entries)
    _lots_and_legs(connection, accepted)
    _records(connection, accepted)
    _ids(connection, accepted)
    _derived(connection, state, accepted)
    return _close(connection, head, header, entries)


def _header(connection: sqlite.Connection, head: Head, now_s: int, number: int) -> Header:
    """The block's header; it carries a state root that still waits for its block."""
    waiting = connection.execute(
        "SELECT entry, root FROM state_root WHERE height IS NULL ORDER BY day LIMIT 1"
    ).fetchone()
    state_at, root = waiting or (0, b"")
    return Header(number, now_s, head.height + 1, head.header_hash, head.size, number - 1, state_at, root)


def _entries(connection: sqlite.Connection, entries: Iterable[Entry]) -> None:
    connection.executemany("INSERT INTO entry VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", [
        (e.number, e.time_s, e.kind, e.form, e.leaf, e.a, e.b, e.salt_a, e.salt_b) for e in entries
    ])


def _lots_and_legs(connection: sqlite.Connection, accepted: Sequence[Accepted]) -> None:
    """Lots first, empty; then legs in their order, and a programme's new floor at its place between them."""
    connection.executemany("INSERT INTO lot VALUES (?, ?, ?, ?, ?, 0, ?, 0, ?)", [
        (lot.id, lot.owner_kind, lot.owner, lot.programme, lot.expires_at_s, lot.floor_won,
         each.entry.number if lot.floor_won else None)
        for each in accepted for lot in each.decision.lots
    ])
    number = connection.execute("SELECT coalesce(max(no), 0) FROM leg").fetchone()[0]
    legs: list[tuple[int, ...]] = []
    for each in accepted:
        decision, entry = each.decision, each.entry.number
        if decision.floors:
            _legs(connection, legs)
            legs = []
            connection.executemany("UPDATE lot SET floor_won = ?, floor_entry = ? WHERE id = ?", [
                (floor_won, entry, lot) for lot, floor_won in decision.floors
            ])
        for n, leg in enumerate(decision.legs):
            number += 1
            legs.append((number, entry, n, leg.flow, leg.debit, leg.credit, leg.amount_won))
    _legs(connection, legs)


def _legs(connection: sqlite.Connection, legs: Sequence[tuple[int, ...]]) -> None:
    connection.executemany("INSERT INTO leg VALUES (?, ?, ?, ?, ?, ?, ?)", legs)


def _records(connection: sqlite.Connection, accepted: Sequence[Accepted]) -> None:
    """Of a record that several orders of the batch replaced, only the last."""
    last: dict[tuple[Register, bytes | int], tuple[int, object]] = {}
    for each in accepted:
        for register, key, record in each.decision.records:
            last[register, key] = each.entry.number, record
    connection.executemany("INSERT INTO record VALUES (?, ?, ?, ?)", [
        (int(register), key, entry, pack(register, record)) for (register, key), (entry, record) in last.items()
    ])


def _ids(connection: sqlite.Connection, accepted: Sequence[Accepted]) -> None:
    connection.executemany("INSERT INTO message_id VALUES (?, ?, ?)", [
        (*used, each.entry.number) for each in accepted for used in each.decision.ids
    ])
    connection.executemany("INSERT INTO list VALUES (?, ?)", [
        each.decision.leaves for each in accepted if each.decision.leaves is not None
    ])


def _derived(connection: sqlite.Connection, state: State, accepted: Sequence[Accepted]) -> None:
    """What pages ask for: whose entries they are, and what flowed in each programme."""
    connection.executemany("INSERT INTO mention VALUES (?, ?, ?)", [
        (*owner, each.entry.number) for each in accepted for owner in mentioned(each.order, each.decision)
    ])
    flowed: dict[tuple[int, int], int] = {}
    for each in accepted:
        for leg in each.decision.legs:
            place = state.lot(leg.debit).programme, leg.flow
            flowed[place] = flowed.get(place, 0) + leg.amount_won
    connection.executemany(
        "INSERT INTO flowed VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET amount_won = amount_won + excluded.amount_won",
        [(*place, won) for place, won in flowed.items()],
    )


def _close(connection: sqlite.Connection, head: Head, header: Header, entries: Sequence[Entry]) -> Head:
    """The block, the tree's new subtrees, and the head."""
    block_hash = header.hash()
    connection.execute(
        "INSERT INTO block VALUES (?, ?, ?, ?, ?, ?)",
        (header.height, header.entry, header.first, header.last, header.previous, block_hash),
    )
    frontier = head.frontier.copy()
    subtrees = frontier.append(entry.leaf for entry in entries)
    connection.executemany("INSERT INTO subtree VALUES (?, ?, ?)", subtrees)
    if header.state_root:
        connection.execute(
            "UPDATE state_root SET height = ? WHERE entry = ? AND root = ? AND height IS NULL",
            (header.height, header.state_at, header.state_root),
        )
    after = Head(frontier.size, header.height, block_hash, header.time_s, head.epoch, frontier)
    connection.execute(
        "UPDATE head SET frontier = ?, size = ?, height = ?, header_hash = ?, time_s = ?",
        (frontier.to_bytes(), after.size, after.height, after.header_hash, after.time_s),
    )
    return after
