-- A shop's closings: up to which entry of the log its day was counted, so that the next one begins after it. What they
-- add up to is never kept: it stands in the ledger.

CREATE TABLE closing (
    shop          INTEGER NOT NULL,
    till          INTEGER NOT NULL,                             -- 0: the whole shop
    number        INTEGER NOT NULL CHECK (number >= 1),         -- 1, 2, 3 … of this shop or till
    first_entry   INTEGER NOT NULL CHECK (first_entry >= 0),
    last_entry    INTEGER NOT NULL CHECK (last_entry >= first_entry),
    at_s          INTEGER NOT NULL,
    by_till       INTEGER NOT NULL,
    by_cashier    INTEGER NOT NULL CHECK (by_cashier BETWEEN 0 AND 65535),
    PRIMARY KEY (shop, till, number)
) STRICT, WITHOUT ROWID;

-- No gap and no overlap: every entry is counted in one closing.
CREATE TRIGGER closing_next BEFORE INSERT ON closing
WHEN NEW.number IS NOT coalesce((SELECT max(number) FROM closing WHERE shop = NEW.shop AND till = NEW.till), 0) + 1
  OR NEW.first_entry IS NOT coalesce((SELECT max(last_entry) FROM closing WHERE shop = NEW.shop AND till = NEW.till) + 1,
                                     NEW.first_entry)
BEGIN SELECT RAISE(ABORT, 'closing: begins after the one before'); END;

CREATE TRIGGER closing_kept BEFORE UPDATE ON closing BEGIN SELECT RAISE(ABORT, 'closing: append only'); END;
CREATE TRIGGER closing_there BEFORE DELETE ON closing BEGIN SELECT RAISE(ABORT, 'closing: append only'); END;
