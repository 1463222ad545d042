-- Who stands at a shop's tills, what residents ask of a till, and who should look again.

-- Counts up with each change of a shop's list: a change that was made on an older list is refused.
CREATE TABLE staff (
    shop          INTEGER PRIMARY KEY,
    version       INTEGER NOT NULL
) STRICT;

CREATE TABLE cashier (
    shop          INTEGER NOT NULL REFERENCES staff,
    number        INTEGER NOT NULL CHECK (number BETWEEN 1 AND 65535),
    name          TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 20),
    present       INTEGER NOT NULL CHECK (present IN (0, 1)),
    may_void      INTEGER NOT NULL CHECK (may_void IN (0, 1)),
    salt          BLOB NOT NULL CHECK (length(salt) = 16),
    digest        BLOB NOT NULL CHECK (length(digest) = 32),
    card          BLOB NOT NULL CHECK (length(card) IN (0, 32)),
    failed        INTEGER NOT NULL DEFAULT 0,
    wait_until_s  INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (shop, number)
) STRICT, WITHOUT ROWID;

-- A payer's "I paid by mistake", for the till that took it. Whether the money went back stands in the ledger alone.
CREATE TABLE mistake (
    entry         INTEGER PRIMARY KEY,
    till          INTEGER NOT NULL,
    amount_won    INTEGER NOT NULL CHECK (amount_won > 0),
    paid_at_s     INTEGER NOT NULL,
    asked_at_s    INTEGER NOT NULL,
    state         TEXT NOT NULL CHECK (state IN ('asked', 'refused')),
    cashier       INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX mistake_till ON mistake (till, paid_at_s);

CREATE TABLE ring (
    number        INTEGER PRIMARY KEY AUTOINCREMENT,
    topic         TEXT NOT NULL,
    event         TEXT NOT NULL,
    at_s          INTEGER NOT NULL
) STRICT;
CREATE INDEX ring_old ON ring (at_s);
