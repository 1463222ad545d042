-- Who was called because their money ends, so that two officers don't call one person. What ends stands in the ledger.

CREATE TABLE ending_call (
    number      INTEGER PRIMARY KEY,
    person      BLOB NOT NULL REFERENCES person ON DELETE CASCADE,
    officer     INTEGER NOT NULL,
    state       TEXT NOT NULL CHECK (state IN ('looked', 'called', 'unreached')),   -- looked: has the phone number before them
    at_s        INTEGER NOT NULL
) STRICT;
CREATE INDEX ending_call_person ON ending_call (person, number);
