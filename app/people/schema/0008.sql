-- A file that an officer uploaded, while its columns are named and its rows are judged: its cells stay until the list is
-- proposed, refused or withdrawn, and a week at most.

ALTER TABLE list ADD COLUMN reading TEXT NOT NULL DEFAULT '' CHECK (reading IN ('', 'columns', 'judging'));
ALTER TABLE list ADD COLUMN lines INTEGER NOT NULL DEFAULT 0;           -- the file's last row
ALTER TABLE list ADD COLUMN judged INTEGER NOT NULL DEFAULT 0;          -- the last row that was judged
ALTER TABLE list ADD COLUMN header INTEGER NOT NULL DEFAULT 0;          -- the row of the file that names its columns; 0: none
ALTER TABLE list ADD COLUMN columns TEXT NOT NULL DEFAULT '';           -- which column is what, as JSON
ALTER TABLE list ADD COLUMN digest BLOB NOT NULL DEFAULT x'';           -- of who gets how much, whatever the file was called
ALTER TABLE list ADD COLUMN again_why TEXT NOT NULL DEFAULT '';         -- why the same people get the same once more
ALTER TABLE list ADD COLUMN start_at_s INTEGER NOT NULL DEFAULT 0;      -- not paid before
ALTER TABLE list ADD COLUMN series INTEGER NOT NULL DEFAULT 0;
ALTER TABLE list_row ADD COLUMN note TEXT NOT NULL DEFAULT '';          -- how an amount was read that was not plain digits

CREATE INDEX list_reading ON list (number) WHERE reading = 'judging';
CREATE INDEX list_digest ON list (programme, digest);
CREATE INDEX list_row_noted ON list_row (list, row) WHERE note <> '';

CREATE TABLE file_row (
    list          INTEGER NOT NULL REFERENCES list ON DELETE CASCADE,
    row           INTEGER NOT NULL,
    cells         TEXT NOT NULL,                                        -- JSON
    PRIMARY KEY (list, row)
) STRICT, WITHOUT ROWID;

-- How the columns of files with these headers were named last.
CREATE TABLE file_shape (
    signature     BLOB PRIMARY KEY CHECK (length(signature) = 32),
    columns       TEXT NOT NULL,
    officer       INTEGER NOT NULL,
    at_s          INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Lists that come again every month, each as a new draft of its maker.
CREATE TABLE series (
    number        INTEGER PRIMARY KEY,
    programme     INTEGER NOT NULL,
    maker         INTEGER NOT NULL,
    day           INTEGER NOT NULL CHECK (day BETWEEN 1 AND 31),
    next_at_s     INTEGER NOT NULL,
    stopped       INTEGER NOT NULL DEFAULT 0 CHECK (stopped IN (0, 1))
) STRICT;
CREATE INDEX series_due ON series (next_at_s) WHERE stopped = 0;
