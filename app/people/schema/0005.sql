-- What vendors of point-of-sale programs ask for: no money and no person stands here, only what a till is asked to ask for.

CREATE TABLE vendor_token (
    number        INTEGER PRIMARY KEY,
    digest        BLOB NOT NULL UNIQUE CHECK (length(digest) = 32),
    shop          INTEGER NOT NULL,
    till          INTEGER NOT NULL,
    name          TEXT NOT NULL,
    revoked       INTEGER NOT NULL DEFAULT 0 CHECK (revoked IN (0, 1)),
    created_at_s  INTEGER NOT NULL
) STRICT;
CREATE INDEX vendor_token_shop ON vendor_token (shop, number);

CREATE TABLE webhook (
    number        INTEGER PRIMARY KEY,
    shop          INTEGER NOT NULL,
    url           TEXT NOT NULL,
    secret        BLOB NOT NULL CHECK (length(secret) = 32),
    state         TEXT NOT NULL DEFAULT 'on' CHECK (state IN ('on', 'off', 'gone')),
    created_at_s  INTEGER NOT NULL
) STRICT;
CREATE INDEX webhook_shop ON webhook (shop, number);

CREATE TABLE checkout (
    number         INTEGER PRIMARY KEY,
    shop           INTEGER NOT NULL,
    id             TEXT NOT NULL,
    till           INTEGER NOT NULL,
    amount_won     INTEGER NOT NULL CHECK (amount_won > 0),
    reference      TEXT NOT NULL,
    cashier        INTEGER NOT NULL,
    deadline_s     INTEGER NOT NULL,
    webhook        INTEGER REFERENCES webhook,
    state          TEXT NOT NULL CHECK (state IN ('PENDING', 'IN_PROGRESS', 'CANCELED', 'COMPLETED')),
    why            TEXT NOT NULL DEFAULT '' CHECK (why IN ('', 'VENDOR', 'TILL', 'TIMED_OUT')),
    entry          INTEGER UNIQUE,
    subject        BLOB,
    watched        INTEGER NOT NULL DEFAULT 1 CHECK (watched IN (0, 1)),
    created_at_s   INTEGER NOT NULL,
    UNIQUE (shop, id),
    CHECK ((state = 'COMPLETED') = (entry IS NOT NULL)),
    CHECK ((state = 'CANCELED') = (why <> ''))
) STRICT;
CREATE INDEX checkout_till ON checkout (till, number);
CREATE INDEX checkout_watched ON checkout (number) WHERE watched = 1;

-- The requests and charges that the till signed for it.
CREATE TABLE checkout_message (
    id            BLOB PRIMARY KEY CHECK (length(id) = 32),
    checkout      INTEGER NOT NULL REFERENCES checkout ON DELETE CASCADE,
    expires_at_s  INTEGER NOT NULL,
    message       BLOB NOT NULL
) STRICT;
CREATE INDEX checkout_message_checkout ON checkout_message (checkout, expires_at_s);

-- What webhooks are to be told.
CREATE TABLE delivery (
    number        INTEGER PRIMARY KEY,
    webhook       INTEGER NOT NULL REFERENCES webhook,
    checkout      INTEGER NOT NULL REFERENCES checkout ON DELETE CASCADE,
    id            TEXT NOT NULL UNIQUE,
    body          TEXT NOT NULL,
    state         TEXT NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'delivered', 'given-up')),
    tries         INTEGER NOT NULL DEFAULT 0,
    said          TEXT NOT NULL DEFAULT '',
    next_at_s     INTEGER NOT NULL,
    created_at_s  INTEGER NOT NULL
) STRICT;
CREATE INDEX delivery_due ON delivery (next_at_s) WHERE state = 'waiting';
CREATE INDEX delivery_webhook ON delivery (webhook, number);
CREATE INDEX delivery_checkout ON delivery (checkout);
