-- Lists that take back what is left of money that went to many people by mistake.

ALTER TABLE list ADD COLUMN back INTEGER NOT NULL DEFAULT 0;    -- 1: its rows take back
ALTER TABLE list ADD COLUMN undoes INTEGER NOT NULL DEFAULT 0;  -- number of the paid list that it was made from; 0: of a file
CREATE INDEX list_undoes ON list (undoes) WHERE undoes > 0;
