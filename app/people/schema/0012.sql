-- What a sale was of: lines, a tip and a discount, whose sum the server has worked out anew. JSON, as desk/goods.py writes it.

ALTER TABLE checkout ADD COLUMN goods TEXT NOT NULL DEFAULT '';

CREATE TABLE goods (
    entry    INTEGER PRIMARY KEY,
    till     INTEGER NOT NULL,
    content  TEXT NOT NULL CHECK (content <> ''),
    at_s     INTEGER NOT NULL
) STRICT;
CREATE INDEX goods_at ON goods (at_s);
