-- People, and what the town office has on its desks. Nothing here is in the chain but the random tokens.

CREATE TABLE person (
    token         BLOB PRIMARY KEY CHECK (length(token) = 16),
    reference     TEXT NOT NULL UNIQUE CHECK (length(reference) BETWEEN 1 AND 20),
    name          TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 60),
    birth_date    TEXT NOT NULL CHECK (length(birth_date) = 10),
    phone         TEXT NOT NULL,
    created_at_s  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX person_name ON person (name);
CREATE INDEX person_birth_date ON person (birth_date);
CREATE INDEX person_phone ON person (substr(phone, -4));

-- A number given once is never given again, though its person was erased: an old file may still name it.
CREATE TABLE taken (
    what    TEXT PRIMARY KEY,
    number  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO taken VALUES ('reference', 0);

-- Who saw or changed whose data, when, what and why.
CREATE TABLE access (
    number   INTEGER PRIMARY KEY AUTOINCREMENT,
    at_s     INTEGER NOT NULL,
    officer  INTEGER NOT NULL,
    person   BLOB NOT NULL CHECK (length(person) = 16),
    what     TEXT NOT NULL CHECK (length(what) BETWEEN 1 AND 40),
    why      TEXT NOT NULL CHECK (length(why) BETWEEN 2 AND 200)
) STRICT;
CREATE INDEX access_person ON access (person, number);
CREATE TRIGGER access_stays BEFORE UPDATE ON access BEGIN
    SELECT RAISE(ABORT, 'the access record is never changed');
END;
-- By SQLite's own clock, so that no caller's clock can shorten the two years.
CREATE TRIGGER access_kept BEFORE DELETE ON access WHEN OLD.at_s > unixepoch('now', '-2 years') BEGIN
    SELECT RAISE(ABORT, 'the access record is kept for two years');
END;

CREATE TABLE officer (
    number        INTEGER PRIMARY KEY,
    name          TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 60),
    login         TEXT NOT NULL UNIQUE CHECK (length(login) BETWEEN 2 AND 40),
    example       INTEGER NOT NULL CHECK (example IN (0, 1)),
    disabled      INTEGER NOT NULL DEFAULT 0 CHECK (disabled IN (0, 1)),
    password      TEXT NOT NULL DEFAULT '',
    totp_secret   TEXT NOT NULL DEFAULT '',
    totp_step     INTEGER NOT NULL DEFAULT 0,
    enrolled_at_s INTEGER
) STRICT;

-- Enrolment codes, and the sign-ins of a trial city's officers: each is good once.
CREATE TABLE once (
    digest        BLOB PRIMARY KEY CHECK (length(digest) = 32),
    officer       INTEGER NOT NULL REFERENCES officer ON DELETE CASCADE,
    purpose       TEXT NOT NULL CHECK (purpose IN ('enrol', 'sign-in')),
    expires_at_s  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE session (
    digest        BLOB PRIMARY KEY CHECK (length(digest) = 32),
    officer       INTEGER NOT NULL REFERENCES officer ON DELETE CASCADE,
    seen_at_s     INTEGER NOT NULL,
    expires_at_s  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Tries since the last success, under a hash of the login that was typed, whether or not it exists.
CREATE TABLE tries (
    subject       BLOB PRIMARY KEY,
    failed        INTEGER NOT NULL,
    wait_until_s  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX tries_old ON tries (wait_until_s);

CREATE TABLE list (
    number        INTEGER PRIMARY KEY,
    list_id       BLOB NOT NULL UNIQUE CHECK (length(list_id) = 16),
    programme     INTEGER NOT NULL,
    maker         INTEGER NOT NULL,
    checker       INTEGER,
    seed          BLOB NOT NULL CHECK (length(seed) = 32),
    state         TEXT NOT NULL CHECK (state IN ('draft', 'proposed', 'approved', 'issued', 'refused', 'withdrawn')),
    file_name     TEXT NOT NULL,
    created_at_s  INTEGER NOT NULL,
    count         INTEGER NOT NULL,
    total_won     INTEGER NOT NULL,
    faulty        INTEGER NOT NULL,
    proposal      BLOB NOT NULL DEFAULT x'',
    approval      BLOB NOT NULL DEFAULT x'',
    why           TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX list_state ON list (state, number);

CREATE TABLE list_row (
    list          INTEGER NOT NULL REFERENCES list ON DELETE CASCADE,
    row           INTEGER NOT NULL,
    person_cell   TEXT NOT NULL,
    amount_cell   TEXT NOT NULL,
    person        BLOB,
    amount_won    INTEGER,
    reason        TEXT NOT NULL,
    set_aside     INTEGER NOT NULL DEFAULT 0 CHECK (set_aside IN (0, 1)),
    PRIMARY KEY (list, row),
    CHECK (reason <> '' OR (length(person) = 16 AND amount_won > 0))
) STRICT, WITHOUT ROWID;
CREATE INDEX list_row_faulty ON list_row (list, row) WHERE reason <> '';
CREATE INDEX list_row_person ON list_row (person);

CREATE TABLE pairing (
    number        INTEGER PRIMARY KEY,
    digest        BLOB NOT NULL UNIQUE CHECK (length(digest) = 32),
    shop          INTEGER NOT NULL,
    rights        INTEGER NOT NULL,
    officer       INTEGER NOT NULL,
    state         TEXT NOT NULL CHECK (state IN ('open', 'claimed', 'paired', 'cancelled')),
    key           BLOB NOT NULL DEFAULT x'',
    refund_key    BLOB NOT NULL DEFAULT x'',
    till          INTEGER,
    expires_at_s  INTEGER NOT NULL
) STRICT;

CREATE TABLE join_code (
    place         TEXT PRIMARY KEY CHECK (length(place) = 6),
    digest        BLOB NOT NULL CHECK (length(digest) = 32),
    person        BLOB NOT NULL UNIQUE REFERENCES person ON DELETE CASCADE,
    officer       INTEGER NOT NULL,
    tries         INTEGER NOT NULL DEFAULT 0,
    expires_at_s  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE join_wish (
    number        INTEGER PRIMARY KEY,
    person        BLOB NOT NULL REFERENCES person ON DELETE CASCADE,
    account       BLOB NOT NULL CHECK (length(account) = 8),
    officer       INTEGER NOT NULL,
    state         TEXT NOT NULL CHECK (state IN ('waiting', 'linked', 'refused')),
    created_at_s  INTEGER NOT NULL
) STRICT;
CREATE INDEX join_wish_state ON join_wish (state, number);

CREATE TABLE notice (
    number        INTEGER PRIMARY KEY,
    message_id    BLOB NOT NULL UNIQUE CHECK (length(message_id) = 32),
    message       BLOB NOT NULL,
    shop          INTEGER NOT NULL,
    reference     TEXT NOT NULL,
    amount_won    INTEGER NOT NULL CHECK (amount_won > 0),
    state         TEXT NOT NULL CHECK (state IN ('open', 'paid', 'withdrawn')),
    entry         INTEGER,
    created_at_s  INTEGER NOT NULL,
    expires_at_s  INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX notice_reference ON notice (shop, reference) WHERE state <> 'withdrawn';
CREATE INDEX notice_state ON notice (shop, state, number);

-- Signed messages that wait for a second signature.
CREATE TABLE proposal (
    message_id    BLOB PRIMARY KEY CHECK (length(message_id) = 32),
    number        INTEGER NOT NULL UNIQUE,
    kind          INTEGER NOT NULL,
    message       BLOB NOT NULL,
    maker         INTEGER NOT NULL,
    checker       INTEGER,
    state         TEXT NOT NULL CHECK (state IN ('waiting', 'done', 'refused', 'withdrawn')),
    about         TEXT NOT NULL,
    why           TEXT NOT NULL DEFAULT '',
    created_at_s  INTEGER NOT NULL,
    expires_at_s  INTEGER NOT NULL
) STRICT;
CREATE INDEX proposal_state ON proposal (state, number);
