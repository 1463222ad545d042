-- The access record, month by month, as an auditor or administrator has looked it through. Signed off once, never changed.

CREATE INDEX access_when ON access (at_s);

CREATE TABLE review (
    month       TEXT PRIMARY KEY CHECK (month GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]'),
    officer     INTEGER NOT NULL,
    at_s        INTEGER NOT NULL,
    lines       INTEGER NOT NULL,                               -- of the record in that month
    digest      BLOB NOT NULL CHECK (length(digest) = 32),      -- over those lines: what was looked through
    remark      TEXT NOT NULL CHECK (length(remark) <= 300)
) STRICT;
CREATE TRIGGER review_once BEFORE INSERT ON review WHEN EXISTS (SELECT 1 FROM review WHERE month = NEW.month) BEGIN
    SELECT RAISE(ABORT, 'review: a month is signed off once');
END;
CREATE TRIGGER review_stays BEFORE UPDATE ON review BEGIN SELECT RAISE(ABORT, 'review: never changed'); END;
CREATE TRIGGER review_kept BEFORE DELETE ON review BEGIN SELECT RAISE(ABORT, 'review: kept'); END;
