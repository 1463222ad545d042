-- Paper cards: whose, the sealed secret, how its PIN is recognised. What a card may do, and whether it was replaced, stands in
-- the ledger under its key.

CREATE TABLE card (
    made          INTEGER PRIMARY KEY,
    number        TEXT NOT NULL UNIQUE CHECK (length(number) = 16 AND number NOT GLOB '*[^0-9]*'),
    person        BLOB NOT NULL REFERENCES person ON DELETE CASCADE,
    key           BLOB NOT NULL UNIQUE CHECK (length(key) = 32),
    sealed        BLOB NOT NULL,
    pin           TEXT NOT NULL DEFAULT '',                     -- argon2id; empty before the first PIN slip
    officer       INTEGER NOT NULL,
    created_at_s  INTEGER NOT NULL
) STRICT;
CREATE INDEX card_person ON card (person, made);

-- Wrong PINs of a card: at one till, and under till 0 at all of them together. No till waits for what another one did.
CREATE TABLE card_try (
    card          TEXT NOT NULL REFERENCES card (number) ON DELETE CASCADE,
    till          INTEGER NOT NULL,
    failed        INTEGER NOT NULL,
    from_s        INTEGER NOT NULL,
    wait_until_s  INTEGER NOT NULL,
    PRIMARY KEY (card, till)
) STRICT, WITHOUT ROWID;
CREATE INDEX card_try_old ON card_try (from_s);
