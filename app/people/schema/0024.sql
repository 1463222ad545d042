-- While a draft's rows are written, portion by portion, it is on nobody's desk (0); one that stays so was torn, and is forgotten.
ALTER TABLE list ADD COLUMN written INTEGER NOT NULL DEFAULT 1 CHECK (written IN (0, 1));
CREATE INDEX list_unwritten ON list (number) WHERE written = 0;
