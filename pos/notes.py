"""What the till's page wants to find again and no money hangs on: the last amounts, the shop's items, which of the journal's
messages belong to one sale. Beside the journal, because that only grows.
"""

import json
import os
from pathlib import Path

from app.errors import SetupError
from pos.journal import BUSY_TIMEOUT_MS, sqlite

FILE = "page.db"
CARTS = "carts"         # [{sale, cart}], as static/js/till/basket.js keeps them
_TABLES = """
    CREATE TABLE IF NOT EXISTS fact (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS about (
        id         BLOB PRIMARY KEY,        -- of the message, as in the journal
        sale       TEXT NOT NULL,           -- which sale it asks for; else empty
        amount_won INTEGER NOT NULL,        -- what a void gives back, which it doesn't say itself
        checkout   TEXT NOT NULL,           -- the program's wish that a deposit answers; else empty
        shown      INTEGER NOT NULL         -- 1: settled by a phone's receipt, and the server not asked yet
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX IF NOT EXISTS about_sale ON about (sale);
"""


class Notes:
    """One file, mode 0600; one thread's."""

    def __init__(self, folder: Path):
        """SetupError if the file is something else."""
        path = folder / FILE
        try:
            os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
            self.connection = sqlite.connect(path, isolation_level=None)
            self.connection.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}").fetchone()
            self.connection.executescript(_TABLES)
        except (sqlite.DatabaseError, OSError) as error:
            raise SetupError(f"{path} can't be read ({error}): move it away, no money is in it") from None

    def load(self, name: str) -> object:
        """None where nothing was kept."""
        row = self.connection.execute("SELECT value FROM fact WHERE name = ?", (name,)).fetchone()
        return json.loads(row[0]) if row else None

    def keep(self, name: str, value: object) -> None:
        self.connection.execute("INSERT OR REPLACE INTO fact VALUES (?, ?)", (name, json.dumps(value, ensure_ascii=False)))

    def tell(self, message_id: bytes, sale: str, amount_won: int, checkout: str) -> None:
        self.connection.execute("INSERT OR IGNORE INTO about VALUES (?, ?, ?, ?, 0)", (message_id, sale, amount_won, checkout))

    def about(self, message_id: bytes) -> tuple[str, int, str]:
        """(sale, amount in won, checkout), as they were told."""
        row = self.connection.execute("SELECT sale, amount_won, checkout FROM about WHERE id = ?", (message_id,)).fetchone()
        return row or ("", 0, "")

    def cart_of(self, message_id: bytes) -> object:
        """What the page had rung up for a message's sale, as it wrote it; None where it kept nothing."""
        sale, carts = self.about(message_id)[0], self.load(CARTS)
        found = [each for each in carts if isinstance(each, dict) and each.get("sale") == sale] if sale and isinstance(carts, list) else []
        return found[-1].get("cart") if found else None

    def of_sale(self, sale: str) -> list[bytes]:
        """The messages of a sale."""
        return [message_id for message_id, in self.connection.execute("SELECT id FROM about WHERE sale = ?", (sale,))]

    def mark_shown(self, message_id: bytes, shown: bool) -> bool:
        """Whether that was another before."""
        self.connection.execute("INSERT OR IGNORE INTO about VALUES (?, '', 0, '', 0)", (message_id,))
        changed = self.connection.execute(
            "UPDATE about SET shown = ?2 WHERE id = ?1 AND shown <> ?2", (message_id, int(shown))
        )
        return changed.rowcount == 1

    def shown(self) -> list[bytes]:
        return [message_id for message_id, in self.connection.execute("SELECT id FROM about WHERE shown = 1")]

    def close(self) -> None:
        self.connection.close()
