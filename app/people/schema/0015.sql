-- To whom a letter was made because their money ends, so that nobody is left out between two files and nobody gets two. What ends
-- stands in the ledger.

CREATE TABLE ending_letter (
    number      INTEGER PRIMARY KEY,
    batch       INTEGER NOT NULL,       -- those of one file
    person      BLOB NOT NULL REFERENCES person ON DELETE CASCADE,
    officer     INTEGER NOT NULL,
    at_s        INTEGER NOT NULL
) STRICT;
CREATE INDEX ending_letter_person ON ending_letter (person, number);
