-- A reason why people get the same once more is about one other list and so many people: a later one asks for a reason of its own.
ALTER TABLE list ADD COLUMN again_of INTEGER NOT NULL DEFAULT 0;        -- number of that list; 0: none is kept
ALTER TABLE list ADD COLUMN again_rows INTEGER NOT NULL DEFAULT 0;      -- how many people it was
