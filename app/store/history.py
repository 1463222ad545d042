"""What people ask the ledger: what do I have, what was paid, what did the shop take, how many coins are out."""

from dataclasses import dataclass
from pathlib import Path

from app.chain.body import decode
from app.chain.entry import SALES, TWO_SIDED, WAYS_BACK, Entry
from app.message import cose, kinds
from app.money.state import (
    EXPIRE, FLOWS, GRANT, NEVER_S, OFFLINE_LOSS, PAY, RECALL, REFUND, REFUND_EXPIRED, RESIDENT, ROW_RETURNED, SHOP_TILL, TOP_UP, Lot,
    ProgrammeRecord, Register,
)
from app.store.base import ACCOUNT
from app.store.lists import Lists
from app.store.state import unpack

NAMED_WITHIN = 50      # entries of an account

# Whose key or right may have ended, so that nobody goes on listening with it.
OF_KEYS = {kinds.BY_NAME[name].number for name in ("key-revoke", "key-add", "till")}
_LOT = "SELECT id, owner_kind, owner, programme, expires_at_s, balance_won, floor_won FROM lot"
_ENDING = """SELECT owner, expires_at_s, balance_won FROM lot INDEXED BY lot_expiry
    WHERE owner_kind = 3 AND expires_at_s > ? AND expires_at_s <= ? AND balance_won > 0 ORDER BY expires_at_s, owner"""
_EXPIRED = f"{_LOT} INDEXED BY lot_expiry WHERE owner_kind = 3 AND expires_at_s > ? AND expires_at_s <= ?"
# Of a shop's and of an account's entries alike; what a list's last row gives back is neither's, nor is what a recall (flow 9) took of
# another account (kind 3).
_MOVED = """
    SELECT entry.*, coalesce(sum(amount_won), 0), coalesce(sum(iif(flow = ?, amount_won, 0)), 0),
           coalesce(sum(iif(flow = ?, amount_won, 0)), 0),
           (SELECT value FROM record WHERE register = ? AND key = entry.number ORDER BY entry DESC LIMIT 1)
    FROM mention JOIN entry ON entry.number = mention.entry
    LEFT JOIN leg ON leg.entry = entry.number AND flow <> ?
         AND NOT (flow = 9 AND mention.kind = 3 AND (SELECT owner FROM lot WHERE lot.id = leg.debit) <> mention.owner)
    WHERE mention.kind = ? AND mention.owner = ? AND mention.entry >= ? AND mention.entry < ?
    GROUP BY entry.number ORDER BY entry.number DESC LIMIT ?"""

_LEGS = """
    SELECT leg.entry, entry.time_s, flow, debit.programme, amount_won,
           CASE ?1 WHEN debit.owner_kind THEN debit.owner WHEN credit.owner_kind THEN credit.owner ELSE 0 END,
           CASE ?2 WHEN debit.owner_kind THEN debit.owner WHEN credit.owner_kind THEN credit.owner ELSE 0 END
    FROM leg JOIN entry ON entry.number = leg.entry
    JOIN lot AS debit ON debit.id = leg.debit JOIN lot AS credit ON credit.id = leg.credit
    WHERE leg.entry > ?3 AND leg.entry <= ?4 ORDER BY leg.no"""


@dataclass(frozen=True, slots=True)
class Holding:
    """One lot of an account, as people read it."""
    lot: int
    coin: int
    programme: int
    name: str               # of the programme
    amount_won: int
    expires_at_s: int


@dataclass(frozen=True, slots=True)
class Movement:
    """One entry of an account's or a shop's history."""
    entry: int
    kind: int               # of the message (a sale: the payer's), 50 for a row of a list
    at_s: int
    amount_won: int
    to_programme_won: int   # of a refund: what came out of lots that have expired since, or what the city had borne
    borne_won: int          # of a sale without a network: what its payer couldn't pay, and the city bore
    refunded_won: int       # of a sale: what went back until now
    shop: int               # 0: none
    till: int
    of: int                 # of a refund: the sale's entry; else 0
    message: bytes          # the till's own, raw: its reference and id; empty where no till is in it


@dataclass(frozen=True, slots=True)
class Takings:
    """What a shop or till took in a span of entries."""
    paid_won: int
    refunded_won: int
    sales: int

    @property
    def kept_won(self) -> int:
        return self.paid_won - self.refunded_won


@dataclass(frozen=True, slots=True)
class Supply:
    """One coin's figures since the beginning. issued = redeemed + expired + outstanding."""
    coin: int
    issued_won: int
    redeemed_won: int
    expired_won: int
    outstanding_won: int    # in residents' and shops' lots


@dataclass(frozen=True, slots=True)
class Figures:
    """Where one programme's budget stands."""
    programme: int
    record: ProgrammeRecord
    granted_won: int        # moved to lists, less what came back from them
    issued_won: int         # reached residents
    spent_won: int          # paid at shops, less refunds
    expired_won: int        # went back unspent
    left_won: int           # of the budget


@dataclass(frozen=True, slots=True)
class Moved:
    """One leg, as statistics need it."""
    entry: int
    at_s: int
    flow: int
    programme: int
    amount_won: int
    shop: int               # 0: none
    payer: int              # number of the resident's account; 0: none in this leg


@dataclass(frozen=True, slots=True)
class News:
    """An entry and who wants to hear of it."""
    entry: Entry
    accounts: tuple[int, ...]   # numbers
    shop: int               # 0: none
    till: int


class History(Lists):
    """What pages show."""

    def __init__(self, path: Path | str):
        super().__init__(path)
        self._holders: dict[int, bytes] = {}    # never changes, so it need not be read again: 20 MB for 200,000 people

    # -- accounts --

    def lots_of(self, owner_kind: int, owner: int) -> list[Lot]:
        """Empty ones too, by id."""
        found = self.connection.execute(f"{_LOT} WHERE owner_kind = ? AND owner = ? ORDER BY id", (owner_kind, owner))
        return [Lot(*row) for row in found]

    def holdings(self, account: int, now_s: int) -> list[Holding]:
        """What account number `account` can spend somewhere now, soonest expiry first."""
        lots = [lot for lot in self.lots_of(RESIDENT, account) if lot.balance_won and lot.expires_at_s > now_s]
        found = []
        for lot in sorted(lots, key=lambda lot: (lot.expires_at_s, lot.id)):
            programme = self.get(Register.PROGRAMME, lot.programme)
            found.append(Holding(
                lot.id, programme.coin, lot.programme, programme.name.decode(), lot.balance_won, lot.expires_at_s,
            ))
        return found

    def expired_lots(self, now_s: int, after_s: int = 0, limit: int = 1000) -> list[Lot]:
        """Residents' lots that still hold what nobody can spend, soonest first; of those that expired after `after_s`,
        and only those are read, empty ones too."""
        found = self.connection.execute(
            f"{_EXPIRED} AND balance_won > 0 ORDER BY expires_at_s, id LIMIT ?", (after_s, now_s, limit)
        )
        return [Lot(*row) for row in found]

    def ending(self, after_s: int, until_s: int) -> list[tuple[int, int, int]]:
        """(owner's account number, when, won) of residents' money that ends after `after_s`, until `until_s`, soonest first."""
        return self.connection.execute(_ENDING, (after_s, until_s)).fetchall()

    def ending_count(self, after_s: int, until_s: int) -> int:
        """How many have some of that."""
        return self._one(f"SELECT count(DISTINCT owner) FROM ({_ENDING})", after_s, until_s)[0]

    def holder_of(self, number: int) -> bytes:
        """Whose account number it is: an account's address (8), or a person's token (16) for whom money waits under it; empty
        where no entry says so. By the first entry of theirs that names them; it never changes."""
        if number not in self._holders:
            found = self.connection.execute(
                "SELECT entry.* FROM mention JOIN entry ON entry.number = mention.entry"
                " WHERE mention.kind = ? AND mention.owner = ? ORDER BY mention.entry LIMIT ?", (ACCOUNT, number, NAMED_WITHIN))
            self._holders[number] = next(filter(None, (_holder_in(Entry(*row)) for row in found)), b"")
        return self._holders[number]

    def expired_sum(self, now_s: int) -> tuple[int, int]:
        """(lots, won) that residents hold and nobody can spend any more."""
        return self._one(f"SELECT count(*), coalesce(sum(balance_won), 0) FROM ({_EXPIRED}) WHERE balance_won > 0", 0, now_s)

    def history(self, account: int, before: int | None = None, limit: int = 50) -> list[Movement]:
        """Newest first, of entries before `before`."""
        return self.movements((ACCOUNT, account), 0, before, limit)

    # -- shops and tills --

    def movements(
        self, owner: tuple[int, int], first: int = 0, before: int | None = None, limit: int = 1000,
    ) -> list[Movement]:
        """owner: (base.ACCOUNT, SHOP or TILL, number). Newest first, entries first <= n < before."""
        last = 2**62 if before is None else before
        found = self.connection.execute(
            _MOVED, (REFUND_EXPIRED, OFFLINE_LOSS, int(Register.REFUNDED), ROW_RETURNED, *owner, first, last, limit)
        )
        return [_movement(Entry(*row[:9]), *row[9:]) for row in found]

    def movement(self, owner: tuple[int, int], entry: int) -> Movement | None:
        """This one entry, if it is the owner's."""
        found = self.movements(owner, entry, entry + 1, 1)
        return found[0] if found else None

    def takings(self, owner: tuple[int, int], first: int = 0) -> Takings:
        """Of the entries from number `first` on (see first_at)."""
        paid_won, refunded_won, sales = self._one(
            "SELECT coalesce(sum(iif(flow IN (?1, ?7), amount_won, 0)), 0), coalesce(sum(iif(flow IN (?2, ?3), amount_won, 0)), 0),"
            " count(DISTINCT iif(flow IN (?1, ?7), leg.entry, NULL))"
            " FROM mention JOIN leg ON leg.entry = mention.entry WHERE kind = ?4 AND owner = ?5 AND mention.entry >= ?6",
            PAY, REFUND, REFUND_EXPIRED, *owner, first, OFFLINE_LOSS,
        )
        return Takings(paid_won, refunded_won, sales)

    def news(self, after: int, limit: int = 1000) -> list[News]:
        """Entries after number `after` that moved money or changed a till or a key, oldest first, each with
        whom the money concerns."""
        found = [entry for entry in self.entries_after(after, limit)]
        if not found:
            return []
        accounts: dict[int, set[int]] = {}
        for number, account in self.connection.execute(
            "SELECT leg.entry, lot.owner FROM leg JOIN lot ON lot.id IN (leg.debit, leg.credit)"
            " WHERE leg.entry BETWEEN ? AND ? AND lot.owner_kind = ?", (found[0].number, found[-1].number, RESIDENT),
        ):
            accounts.setdefault(number, set()).add(account)
        return [
            News(entry, tuple(accounts.get(entry.number, ())), *_counter(entry)[:2])
            for entry in found if entry.form == TWO_SIDED or entry.number in accounts or entry.kind in OF_KEYS
        ]

    def news_of(self, owner: tuple[int, int], after: int, limit: int) -> list[News]:
        """The newest `limit` of the same for one owner alone, (base.ACCOUNT or TILL, number): found by the owner, so it
        costs nothing where there is none."""
        found = self.connection.execute(
            "SELECT entry.* FROM mention JOIN entry ON entry.number = mention.entry"
            " WHERE mention.kind = ? AND mention.owner = ? AND mention.entry > ?"
            " AND (form = ? OR EXISTS (SELECT 1 FROM leg WHERE leg.entry = entry.number))"
            " ORDER BY mention.entry DESC LIMIT ?", (*owner, after, TWO_SIDED, limit),
        ).fetchall()
        accounts = (owner[1],) if owner[0] == ACCOUNT else ()
        return [News(entry, accounts, *_counter(entry)[:2]) for entry in (Entry(*row) for row in reversed(found))]

    # -- the city --

    def moves(self, after: int, last: int) -> list[Moved]:
        """Every leg of the entries after `after`, up to `last`, in order."""
        found = self.connection.execute(_LEGS, (SHOP_TILL, RESIDENT, after, last))
        return [Moved(*row) for row in found]

    def flowed(self) -> dict[tuple[int, int], int]:
        """(programme, flow) -> won, since the beginning."""
        return {(programme, flow): won for programme, flow, won in self.connection.execute("SELECT * FROM flowed")}

    def figures(self) -> list[Figures]:
        """Every programme's, by number."""
        flowed, found = self.flowed(), []
        for number, record in self.records(Register.PROGRAMME):
            won = {flow: flowed.get((number, flow), 0) for flow in FLOWS}
            expired_won = won[EXPIRE] + won[REFUND_EXPIRED] + won[RECALL]
            granted_won = won[GRANT] - won[ROW_RETURNED] + won[OFFLINE_LOSS]
            spent_won = won[PAY] + won[OFFLINE_LOSS] - won[REFUND] - won[REFUND_EXPIRED]
            left_won = record.budget_won - granted_won + expired_won
            found.append(Figures(number, record, granted_won, won[TOP_UP] + won[OFFLINE_LOSS], spent_won, expired_won, left_won))
        return found

    def supply(self) -> dict[int, Supply]:
        """By coin number, of the coins that have a programme."""
        found: dict[int, Supply] = {}
        for each in self.figures():
            coin = each.record.coin
            before = found.get(coin, Supply(coin, 0, 0, 0, 0))
            out_won = each.issued_won - each.expired_won
            found[coin] = Supply(
                coin, before.issued_won + each.issued_won, 0, before.expired_won + each.expired_won,
                before.outstanding_won + out_won,
            )
        return found


def _movement(entry: Entry, amount_won: int, to_programme_won: int, borne_won: int, refunded: bytes | None) -> Movement:
    shop, till, message = _counter(entry)
    of = cose.parse(message).body.entry if entry.kind in WAYS_BACK else 0
    refunded_won = unpack(Register.REFUNDED, refunded).amount_won if refunded else 0
    return Movement(
        entry.number, entry.kind, entry.time_s, amount_won, to_programme_won, borne_won, refunded_won, shop, till, of, message,
    )


def _holder_in(entry: Entry) -> bytes:
    """The account (8) or, of a row whose person had none, the person (16) that an entry of theirs names; or empty."""
    fields = decode(entry.a)
    if entry.kind in (kinds.ROW, kinds.ROW_BACK):
        return fields[8] or fields[5]
    if entry.kind in SALES:
        return fields[5]
    body = cose.parse(fields[3]).body if fields[3] else None
    return getattr(body, "account", b"")


def _counter(entry: Entry) -> tuple[int, int, bytes]:
    """(shop, till, the till's message) of a sale or refund; zeros of anything else."""
    if entry.form != TWO_SIDED:
        return 0, 0, b""
    _, _, _, message, _, shop, till, _ = decode(entry.b)
    return shop, till, message
