-- What looks like a list sent twice, of which some rows differ: how many rows of `list` stand with the same amount in others of the
-- last months, and which of those has most of them.
CREATE TABLE repeat (
    list   INTEGER PRIMARY KEY REFERENCES list ON DELETE CASCADE,
    other  INTEGER NOT NULL REFERENCES list ON DELETE CASCADE,
    rows   INTEGER NOT NULL CHECK (rows > 0)
) STRICT;

-- What has ended is found without reading every code: payments wait while a file of letters is written.
CREATE INDEX join_code_old ON join_code (expires_at_s);

-- When the chain refused an approved list, of which its two officers are told; 0: it did not, or nobody wrote down when.
ALTER TABLE list ADD COLUMN failed_at_s INTEGER NOT NULL DEFAULT 0;
