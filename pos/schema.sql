-- A till's own record. Nothing in it is ever changed or taken out, and each rule is a trigger that raises
-- by itself: a CHECK, a foreign key or a delete trigger can be walked past by a connection's settings.
-- Whoever drops a trigger can't make a sale paid: a receipt is checked again each time it is read.

CREATE TABLE IF NOT EXISTS message (
    number       INTEGER PRIMARY KEY,
    id           BLOB NOT NULL UNIQUE,          -- 32
    expires_at_s INTEGER NOT NULL,
    at_s         INTEGER NOT NULL,
    raw          BLOB NOT NULL,                 -- signed by this till: request, charge or refund
    payer        BLOB NOT NULL                  -- the resident's code that a charge claims; else empty
) STRICT;

CREATE TABLE IF NOT EXISTS answer (
    number       INTEGER PRIMARY KEY,
    message      INTEGER NOT NULL,
    at_s         INTEGER NOT NULL,
    receipt      BLOB NOT NULL,                 -- signed by the operator; empty: refused
    word         TEXT NOT NULL,                 -- why it was refused; empty: settled
    sentence     TEXT NOT NULL                  -- the same for a person, as the operator said it
) STRICT;

CREATE INDEX IF NOT EXISTS answer_to ON answer (message);

CREATE TABLE IF NOT EXISTS proof (
    number       INTEGER PRIMARY KEY,
    at_s         INTEGER NOT NULL,
    proof        BLOB NOT NULL UNIQUE           -- that the city's roots certified a receipt key
) STRICT;

CREATE TABLE IF NOT EXISTS refusal (
    number       INTEGER PRIMARY KEY,
    message      INTEGER NOT NULL UNIQUE,
    at_s         INTEGER NOT NULL,
    refusal      BLOB NOT NULL                  -- the operator's signed word that this message is never settled
) STRICT;

-- Each row of the four above, with the SHA-256 of the row before (links.py): dropped guards leave a trace.
CREATE TABLE IF NOT EXISTS link (
    number       INTEGER PRIMARY KEY,
    what         TEXT NOT NULL,                 -- the table
    place        INTEGER NOT NULL,              -- the number there
    before       BLOB NOT NULL                  -- 32
) STRICT;

CREATE UNIQUE INDEX IF NOT EXISTS link_of ON link (what, place);

CREATE TRIGGER IF NOT EXISTS link_next BEFORE INSERT ON link
WHEN NEW.number IS NOT coalesce((SELECT max(number) FROM link), 0) + 1 OR length(NEW.before) IS NOT 32
  OR NEW.what NOT IN ('message', 'answer', 'proof', 'refusal')
  OR EXISTS (SELECT 1 FROM link WHERE what = NEW.what AND place = NEW.place)
BEGIN SELECT RAISE(ABORT, 'link: the next number, and each row once'); END;

CREATE TRIGGER IF NOT EXISTS link_kept BEFORE UPDATE ON link
BEGIN SELECT RAISE(ABORT, 'link: append only'); END;

CREATE TRIGGER IF NOT EXISTS link_there BEFORE DELETE ON link
BEGIN SELECT RAISE(ABORT, 'link: append only'); END;

CREATE TRIGGER IF NOT EXISTS message_next BEFORE INSERT ON message
WHEN NEW.number IS NOT coalesce((SELECT max(number) FROM message), 0) + 1
BEGIN SELECT RAISE(ABORT, 'message: not the next number'); END;

CREATE TRIGGER IF NOT EXISTS message_once BEFORE INSERT ON message
WHEN length(NEW.id) IS NOT 32 OR length(NEW.raw) = 0 OR EXISTS (SELECT 1 FROM message WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'message: once, with its id'); END;

CREATE TRIGGER IF NOT EXISTS message_kept BEFORE UPDATE ON message
BEGIN SELECT RAISE(ABORT, 'message: append only'); END;

CREATE TRIGGER IF NOT EXISTS message_there BEFORE DELETE ON message
BEGIN SELECT RAISE(ABORT, 'message: append only'); END;

CREATE TRIGGER IF NOT EXISTS answer_next BEFORE INSERT ON answer
WHEN NEW.number IS NOT coalesce((SELECT max(number) FROM answer), 0) + 1
BEGIN SELECT RAISE(ABORT, 'answer: not the next number'); END;

CREATE TRIGGER IF NOT EXISTS answer_says BEFORE INSERT ON answer
WHEN (length(NEW.receipt) > 0) IS (length(NEW.word) > 0)
  OR NOT EXISTS (SELECT 1 FROM message WHERE number = NEW.message)
BEGIN SELECT RAISE(ABORT, 'answer: a receipt or a word, to a message'); END;

-- A receipt is the last word. It may follow a refusal: what the operator signed stands above what it only said.
CREATE TRIGGER IF NOT EXISTS answer_once BEFORE INSERT ON answer
WHEN EXISTS (SELECT 1 FROM answer WHERE message = NEW.message AND (length(receipt) > 0 OR length(NEW.receipt) = 0))
BEGIN SELECT RAISE(ABORT, 'answer: this message has its answer'); END;

CREATE TRIGGER IF NOT EXISTS answer_kept BEFORE UPDATE ON answer
BEGIN SELECT RAISE(ABORT, 'answer: append only'); END;

CREATE TRIGGER IF NOT EXISTS answer_there BEFORE DELETE ON answer
BEGIN SELECT RAISE(ABORT, 'answer: append only'); END;

CREATE TRIGGER IF NOT EXISTS proof_next BEFORE INSERT ON proof
WHEN NEW.number IS NOT coalesce((SELECT max(number) FROM proof), 0) + 1
  OR length(NEW.proof) = 0 OR EXISTS (SELECT 1 FROM proof WHERE proof = NEW.proof)
BEGIN SELECT RAISE(ABORT, 'proof: the next number, and each once'); END;

CREATE TRIGGER IF NOT EXISTS refusal_next BEFORE INSERT ON refusal
WHEN NEW.number IS NOT coalesce((SELECT max(number) FROM refusal), 0) + 1
  OR length(NEW.refusal) = 0 OR EXISTS (SELECT 1 FROM refusal WHERE message = NEW.message)
  OR NOT EXISTS (SELECT 1 FROM message WHERE number = NEW.message)
BEGIN SELECT RAISE(ABORT, 'refusal: the next number, and one for a message'); END;

CREATE TRIGGER IF NOT EXISTS refusal_kept BEFORE UPDATE ON refusal
BEGIN SELECT RAISE(ABORT, 'refusal: append only'); END;

CREATE TRIGGER IF NOT EXISTS refusal_there BEFORE DELETE ON refusal
BEGIN SELECT RAISE(ABORT, 'refusal: append only'); END;

CREATE TRIGGER IF NOT EXISTS proof_kept BEFORE UPDATE ON proof
BEGIN SELECT RAISE(ABORT, 'proof: append only'); END;

CREATE TRIGGER IF NOT EXISTS proof_there BEFORE DELETE ON proof
BEGIN SELECT RAISE(ABORT, 'proof: append only'); END;
