"""What became of a list's rows."""

from collections.abc import Iterator

from app.chain.body import decode
from app.chain.entry import Entry
from app.money.lists import row_id
from app.money.state import NEVER_S, RECALL, ROW_RETURNED, TOP_UP, Register
from app.store.read import Reader

_OF_THE_LIST = """leg.entry BETWEEN (SELECT min(entry) FROM record WHERE register = ?2 AND key = ?3)
    AND (SELECT max(entry) FROM record WHERE register = ?2 AND key = ?3)"""


class Lists(Reader):
    """Reader, and what it says of lists."""

    def paid_out(self, list_id: bytes) -> dict[int, tuple[int, int]]:
        """flow -> (rows, won) that left a list's batch until now: TOP_UP to people, ROW_RETURNED to the programme."""
        record = self.get(Register.LIST, list_id)
        if record is None:
            return {}
        found = self.connection.execute(
            f"SELECT flow, count(*), sum(amount_won) FROM leg WHERE debit = ?1 AND {_OF_THE_LIST} GROUP BY flow",
            (record.lot, int(Register.LIST), list_id),
        )
        return {flow: (rows, won) for flow, rows, won in found}

    def returned(self, list_id: bytes, span: tuple[int, int] = (0, NEVER_S), limit: int = -1) -> list[Entry]:
        """Those of a list's rows that went back to the programme, in their order; of the entries from the first until the last
        of `span`."""
        record = self.get(Register.LIST, list_id)
        found = self.connection.execute(
            f"SELECT entry.* FROM leg JOIN entry ON entry.number = leg.entry WHERE debit = ?1 AND flow = ?4 AND n = 0 AND {_OF_THE_LIST}"
            " AND leg.entry BETWEEN ?5 AND ?6 ORDER BY leg.entry LIMIT ?7",
            (record.lot, int(Register.LIST), list_id, ROW_RETURNED, *span, limit)) if record else ()
        return [Entry(*row) for row in found]

    def topped_up(self, list_id: bytes) -> Iterator[tuple[bytes, int, int]]:
        """(person, won, when the coins expire) of each row of a list that reached somebody, in their order."""
        record = self.get(Register.LIST, list_id)
        found = self.connection.execute(
            "SELECT entry.a, lot.expires_at_s FROM leg JOIN entry ON entry.number = leg.entry JOIN lot ON lot.id = leg.credit"
            f" WHERE debit = ?1 AND flow = ?4 AND {_OF_THE_LIST} ORDER BY leg.no",
            (record.lot, int(Register.LIST), list_id, TOP_UP)) if record else ()
        for body, until_s in found:
            _, _, _, _, _, person, amount_won, *_ = decode(body)
            yield person, amount_won, until_s

    def taken_back(self, list_id: bytes) -> tuple[int, int]:
        """(rows that found something, won) that came back by a list until now."""
        record = self.get(Register.LIST, list_id)
        if record is None:
            return 0, 0
        return self._one(
            "SELECT count(DISTINCT leg.entry), coalesce(sum(amount_won), 0) FROM message_id JOIN leg ON leg.entry = message_id.entry"
            " WHERE expires_at_s = ? AND id BETWEEN ? AND ? AND flow = ?",
            record.expires_at_s, row_id(list_id, 0), row_id(list_id, record.count), RECALL)

    def came_back(self, list_id: bytes) -> Iterator[int]:
        """The won that each worked-off row of a list took back, in their order."""
        record = self.get(Register.LIST, list_id)
        found = self.connection.execute(
            "SELECT coalesce(sum(amount_won), 0) FROM message_id LEFT JOIN leg ON leg.entry = message_id.entry"
            " WHERE expires_at_s = ? AND id BETWEEN ? AND ? GROUP BY id ORDER BY id",
            (record.expires_at_s, row_id(list_id, 0), row_id(list_id, record.count))) if record else ()
        return (won for (won,) in found)

    def moved_won(self, entry: int) -> int:
        """The sum of an entry's legs."""
        return self._one("SELECT coalesce(sum(amount_won), 0) FROM leg WHERE entry = ?", entry)[0]
