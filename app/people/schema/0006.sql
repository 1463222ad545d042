-- Payments that were refused, for the counter that is asked why: a week, and the newest of each account. No money.

CREATE TABLE refused_payment (
    number      INTEGER PRIMARY KEY AUTOINCREMENT,
    account     BLOB NOT NULL CHECK (length(account) = 8),
    message     BLOB NOT NULL UNIQUE CHECK (length(message) = 32),  -- id of the payer's message
    at_s        INTEGER NOT NULL,
    shop        INTEGER NOT NULL,
    amount_won  INTEGER NOT NULL,
    word        TEXT NOT NULL,
    facts       TEXT NOT NULL                                       -- JSON: the figures of that moment
) STRICT;
CREATE INDEX refused_payment_account ON refused_payment (account, number);
CREATE INDEX refused_payment_old ON refused_payment (at_s);
