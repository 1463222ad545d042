"""Refused payments, kept a week for the counter at which somebody asks why. They stand under the account's address: whose it
is, the register alone knows."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.errors import WORDS, Refusal
from app.people.people import People
from app.store.database import sqlite

KEPT_S = 7 * 86_400
KEPT_EACH = 20          # of one account, the newest: a phone that tries all day fills no disk


@dataclass(frozen=True, slots=True)
class RefusedPayment:
    account: bytes      # 8
    message: bytes      # id (32) of the payer's message, or of what a till asked of a card: the same one, sent again, is refused once
    at_s: int
    shop: int
    amount_won: int
    word: str
    facts: Mapping[str, int | str]

    @property
    def refusal(self) -> Refusal:
        return Refusal(self.word, **self.facts)


def keep(people: People, found: Sequence[RefusedPayment]) -> None:
    """In one transaction."""
    with people.write() as connection:
        connection.executemany(
            "INSERT INTO refused_payment (account, message, at_s, shop, amount_won, word, facts) VALUES (?, ?, ?, ?, ?, ?, ?)"
            " ON CONFLICT (message) DO NOTHING",
            [(one.account, one.message, one.at_s, one.shop, one.amount_won, one.word, json.dumps(dict(one.facts))) for one in found],
        )
        for account in {one.account for one in found}:
            _trim(connection, account)


def _trim(connection: sqlite.Connection, account: bytes) -> None:
    connection.execute(
        "DELETE FROM refused_payment WHERE account = ?1 AND number <="
        " (SELECT number FROM refused_payment WHERE account = ?1 ORDER BY number DESC LIMIT 1 OFFSET ?2)", (account, KEPT_EACH))


def of(people: People, account: bytes) -> list[RefusedPayment]:
    """Newest first, of the last seven days."""
    rows = people.read().execute(
        "SELECT account, message, at_s, shop, amount_won, word, facts FROM refused_payment"
        " WHERE account = ? AND at_s > ? ORDER BY number DESC", (account, people.now_s() - KEPT_S))
    return [RefusedPayment(*row, json.loads(facts)) for *row, facts in rows if row[-1] in WORDS]


def forget_old(people: People) -> int:
    """Drops what is older than seven days, and says how many."""
    with people.write() as connection:
        return connection.execute("DELETE FROM refused_payment WHERE at_s <= ?", (people.now_s() - KEPT_S,)).rowcount
