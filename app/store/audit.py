"""The ledger as an auditor reads it, and the day's root over all balances."""

from collections.abc import Iterator
from contextlib import contextmanager

from app.chain.block import new_salt, state_root
from app.chain.body import Malformed
from app.chain.entry import Entry
from app.chain.log import Derived
from app.errors import Refusal
from app.money.state import Leg, Lot, Register
from app.store.database import connect, sqlite
from app.store.read import head_of
from app.store.sqlite import SqliteStore
from app.store.state import unpack

_LOTS = "SELECT id, owner_kind, owner, programme, expires_at_s, balance_won, floor_won FROM lot ORDER BY id"
_RECORDS = """
    SELECT register, key, value FROM record AS r
    WHERE entry = (SELECT max(entry) FROM record WHERE register = r.register AND key = r.key)
    ORDER BY register, key"""


class SqliteLog:
    """chain.log.Log over one moment of the database."""

    def __init__(self, connection: sqlite.Connection):
        self.connection = connection
        first = connection.execute("SELECT a FROM entry WHERE number = 0").fetchone()
        self.genesis: bytes = first[0] if first else b""

    def entries(self) -> Iterator[Entry]:
        return (Entry(*row) for row in self._rows("SELECT * FROM entry ORDER BY number"))

    def legs(self) -> Iterator[tuple[int, Leg]]:
        found = self._rows("SELECT entry, flow, debit, credit, amount_won FROM leg ORDER BY no")
        return ((entry, Leg(*leg)) for entry, *leg in found)

    def row_leaves(self, list_id: bytes) -> bytes:
        found = self.connection.execute("SELECT leaves FROM list WHERE list_id = ?", (list_id,)).fetchone()
        return found[0] if found else b""

    def blocks(self) -> Iterator[tuple[int, int, bytes]]:
        return iter(self._rows("SELECT height, entry, hash FROM block WHERE height >= 1 ORDER BY height"))

    def lots(self) -> Iterator[Lot]:
        return (Lot(*row) for row in self._rows(_LOTS))

    def records(self) -> Iterator[tuple[Register, bytes | int, object]]:
        return (_record(*row) for row in self._rows(_RECORDS))

    def message_ids(self) -> Iterator[tuple[int, bytes, int]]:
        return iter(self._rows("SELECT expires_at_s, id, entry FROM message_id"))

    def state_salts(self) -> dict[int, bytes]:
        return dict(self._rows("SELECT entry, salt FROM state_root WHERE height IS NOT NULL"))

    def checkpoints(self) -> Iterator[str]:
        return (row[0] for row in self._rows("SELECT note FROM checkpoint ORDER BY epoch, size"))

    def derived(self) -> Derived:
        return Derived(
            self._rows("SELECT kind, owner, entry FROM mention"),
            self._rows("SELECT programme, flow, amount_won FROM flowed"),
            self._rows("SELECT level, number, hash FROM subtree ORDER BY level, number"),
        )

    def _rows(self, query: str) -> sqlite.Cursor:
        return self.connection.execute(query)


def _record(register: int, key: bytes | int, value: bytes) -> tuple[Register, bytes | int, object]:
    """Malformed if this is no record: somebody wrote it past the guards."""
    try:
        return Register(register), key, unpack(Register(register), value)
    except (ValueError, TypeError, Refusal):
        raise Malformed(f"record {key!r} of register {register}") from None


@contextmanager
def opened_log(store: SqliteStore) -> Iterator[SqliteLog]:
    """The log as it stands now, on a connection of its own; what comes later is not in it."""
    connection = connect(store.path, readonly=True)
    try:
        connection.execute("BEGIN")
        yield SqliteLog(connection)
    finally:
        connection.close()


def state_root_job(store: SqliteStore, day: int) -> int:
    """Commits to every balance as of now; the next block carries it. Gives the entry it was taken after.

    `day`: days since 1970-01-01 in the city's time; the same day again changes nothing. It reads one
    moment beside the writer and takes the head lock only to leave the result.
    """
    done = store.connection.execute("SELECT entry FROM state_root WHERE day = ?", (day,)).fetchone()
    if done:
        return done[0]
    salt = new_salt()
    with opened_log(store) as log:
        entry = head_of(log.connection).size - 1
        if entry == 0:
            return 0        # a ledger that holds only its genesis has no balance
        root = state_root(salt, log.lots())
    store.keep_state_root(day, entry, root, salt)
    return entry
