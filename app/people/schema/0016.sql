-- Who took over a monthly list, its draft and those to come, and from whom.

CREATE TABLE series_taken (
    number      INTEGER PRIMARY KEY,
    series      INTEGER NOT NULL REFERENCES series (number),
    before      INTEGER NOT NULL,       -- officer
    maker       INTEGER NOT NULL,       -- officer
    at_s        INTEGER NOT NULL
) STRICT;
