-- Blank cards: made and printed ahead, nobody's until an officer gives one to a person at the counter. A blank is no key of anybody's
-- account: it pays nothing.

CREATE TABLE blank_card (
    made          INTEGER PRIMARY KEY,
    batch         INTEGER NOT NULL,                             -- those that were made together
    number        TEXT NOT NULL UNIQUE CHECK (length(number) = 16 AND number NOT GLOB '*[^0-9]*'),
    key           BLOB NOT NULL UNIQUE CHECK (length(key) = 32),
    sealed        BLOB NOT NULL,
    pin           TEXT NOT NULL DEFAULT '',                     -- argon2id; empty before its PIN slip
    officer       INTEGER NOT NULL,
    created_at_s  INTEGER NOT NULL
) STRICT;
CREATE INDEX blank_card_batch ON blank_card (batch, made);
