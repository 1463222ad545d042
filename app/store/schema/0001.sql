-- The ledger. What these tables promise holds for every connection, whatever its settings:
-- each rule is a trigger that raises by itself, because a CHECK, a foreign key or a delete trigger
-- can be walked past (ignore_check_constraints, foreign_keys=OFF, INSERT OR REPLACE, OR IGNORE, OR FAIL).
-- Whoever drops a trigger is found by the auditor's replay.
--
-- "Open" below: of the commit that is being written, after the last block's header.

CREATE TABLE entry (
    number  INTEGER PRIMARY KEY CHECK (number >= 0),
    time_s  INTEGER NOT NULL CHECK (time_s > 0),
    kind    INTEGER NOT NULL CHECK (kind >= 0),
    form    INTEGER NOT NULL CHECK (form BETWEEN 0 AND 2),      -- 0 clear, 1 hidden, 2 two-sided
    leaf    BLOB NOT NULL CHECK (length(leaf) = 32),            -- leaf hash, RFC 6962
    a       BLOB NOT NULL,                                      -- the body, or the payer's half
    b       BLOB NOT NULL,                                      -- the payee's half; empty when there is none
    salt_a  BLOB NOT NULL,
    salt_b  BLOB NOT NULL,
    CHECK ((form = 2) = (length(b) > 0)),
    CHECK (length(salt_a) = iif(form > 0, 32, 0)),
    CHECK (length(salt_b) = iif(form = 2, 32, 0))
) STRICT;

CREATE TRIGGER entry_dense BEFORE INSERT ON entry
WHEN NEW.number IS NOT coalesce((SELECT max(number) FROM entry), -1) + 1
BEGIN SELECT RAISE(ABORT, 'entry: not the next number'); END;

CREATE TRIGGER entry_time BEFORE INSERT ON entry
WHEN NEW.time_s < (SELECT time_s FROM entry WHERE number = NEW.number - 1)
BEGIN SELECT RAISE(ABORT, 'entry: time runs backwards'); END;

CREATE TRIGGER entry_kept BEFORE UPDATE ON entry BEGIN SELECT RAISE(ABORT, 'entry: append only'); END;
CREATE TRIGGER entry_there BEFORE DELETE ON entry BEGIN SELECT RAISE(ABORT, 'entry: append only'); END;

-- Blocks: what one commit holds. Height 0 is genesis, whose hash is the chain id.

CREATE TABLE block (
    height      INTEGER PRIMARY KEY CHECK (height >= 0),
    entry       INTEGER NOT NULL UNIQUE REFERENCES entry (number),  -- the header's own number
    first       INTEGER NOT NULL,
    last        INTEGER NOT NULL,
    previous    BLOB NOT NULL CHECK (length(previous) = 32),
    hash        BLOB NOT NULL CHECK (length(hash) = 32),
    CHECK (last = entry - 1 AND first <= entry)
) STRICT;

CREATE TRIGGER block_next BEFORE INSERT ON block
WHEN NEW.height IS NOT coalesce((SELECT max(height) FROM block), -1) + 1
  OR NEW.entry IS NOT (SELECT max(number) FROM entry)
  OR NEW.first IS NOT coalesce((SELECT entry FROM block WHERE height = NEW.height - 1), -1) + 1
  OR NEW.entry < NEW.first
  OR NEW.previous IS NOT coalesce((SELECT hash FROM block WHERE height = NEW.height - 1), NEW.previous)
  OR (SELECT kind FROM entry WHERE number = NEW.entry) IS NOT iif(NEW.height = 0, 48, 49)
BEGIN SELECT RAISE(ABORT, 'block: not the next one'); END;

CREATE TRIGGER block_kept BEFORE UPDATE ON block BEGIN SELECT RAISE(ABORT, 'block: append only'); END;
CREATE TRIGGER block_there BEFORE DELETE ON block BEGIN SELECT RAISE(ABORT, 'block: append only'); END;

-- Which owner kinds a movement may join: 1 issuer, 2 batch, 3 resident, 4 shop.

CREATE TABLE flow (
    number      INTEGER PRIMARY KEY,
    debit_kind  INTEGER NOT NULL,
    credit_kind INTEGER NOT NULL,
    name        TEXT NOT NULL
) STRICT;

INSERT INTO flow VALUES
    (1, 1, 2, 'grant'), (2, 2, 3, 'top up'), (3, 2, 1, 'row returned'), (4, 3, 4, 'pay'),
    (5, 4, 3, 'refund'), (6, 4, 1, 'refund expired'), (7, 3, 1, 'expire');

CREATE TRIGGER flow_closed BEFORE INSERT ON flow BEGIN SELECT RAISE(ABORT, 'flow: a closed list'); END;
CREATE TRIGGER flow_kept BEFORE UPDATE ON flow BEGIN SELECT RAISE(ABORT, 'flow: a closed list'); END;
CREATE TRIGGER flow_there BEFORE DELETE ON flow BEGIN SELECT RAISE(ABORT, 'flow: a closed list'); END;

-- Lots: dated, programme-bound parts of a balance. Only a leg moves the balance.

CREATE TABLE lot (
    id              INTEGER PRIMARY KEY CHECK (id >= 1),
    owner_kind      INTEGER NOT NULL CHECK (owner_kind BETWEEN 1 AND 4),
    owner           INTEGER NOT NULL CHECK (owner >= 0),
    programme       INTEGER NOT NULL CHECK (programme >= 0),
    expires_at_s    INTEGER NOT NULL CHECK (expires_at_s BETWEEN 1 AND 9007199254740991),
    balance_won     INTEGER NOT NULL CHECK (balance_won BETWEEN -9007199254740991 AND 9007199254740991),
    floor_won       INTEGER NOT NULL CHECK (floor_won BETWEEN -9007199254740991 AND 0),
    last_leg        INTEGER NOT NULL DEFAULT 0,
    floor_entry     INTEGER REFERENCES entry (number),          -- the programme entry that set the floor
    CHECK (balance_won >= floor_won),
    CHECK (owner_kind = 1 OR (floor_won = 0 AND floor_entry IS NULL)),
    CHECK (owner_kind <> 1 OR balance_won <= 0),
    UNIQUE (owner_kind, owner, programme, expires_at_s)
) STRICT;

CREATE TRIGGER lot_dense BEFORE INSERT ON lot
WHEN NEW.id IS NOT coalesce((SELECT max(id) FROM lot), 0) + 1
BEGIN SELECT RAISE(ABORT, 'lot: not the next number'); END;

CREATE TRIGGER lot_empty BEFORE INSERT ON lot
WHEN NEW.balance_won <> 0 OR NEW.last_leg <> 0
BEGIN SELECT RAISE(ABORT, 'lot: opens empty'); END;

CREATE TRIGGER lot_once BEFORE INSERT ON lot
WHEN EXISTS (SELECT 1 FROM lot WHERE owner_kind = NEW.owner_kind AND owner = NEW.owner
             AND programme = NEW.programme AND expires_at_s = NEW.expires_at_s)
BEGIN SELECT RAISE(ABORT, 'lot: one for each owner, programme and expiry'); END;

CREATE TRIGGER lot_floor_opened BEFORE INSERT ON lot
WHEN NEW.floor_won <> 0 AND (NEW.floor_won > 0 OR NEW.owner_kind <> 1 OR NOT EXISTS (
    SELECT 1 FROM entry WHERE number = NEW.floor_entry AND kind = 23
    AND number > (SELECT entry FROM block ORDER BY height DESC LIMIT 1)))
BEGIN SELECT RAISE(ABORT, 'lot: a floor needs an open programme entry'); END;

CREATE TRIGGER lot_same BEFORE UPDATE ON lot
WHEN (NEW.id, NEW.owner_kind, NEW.owner, NEW.programme, NEW.expires_at_s)
  IS NOT (OLD.id, OLD.owner_kind, OLD.owner, OLD.programme, OLD.expires_at_s)
BEGIN SELECT RAISE(ABORT, 'lot: its owner, programme and expiry stay'); END;

CREATE TRIGGER lot_moves_by_a_leg BEFORE UPDATE ON lot
WHEN (NEW.balance_won IS NOT OLD.balance_won OR NEW.last_leg IS NOT OLD.last_leg) AND NOT EXISTS (
    SELECT 1 FROM leg WHERE no = NEW.last_leg AND no > OLD.last_leg
    AND ((debit = OLD.id AND NEW.balance_won = OLD.balance_won - amount_won)
      OR (credit = OLD.id AND NEW.balance_won = OLD.balance_won + amount_won)))
BEGIN SELECT RAISE(ABORT, 'lot: moves only by a leg'); END;

CREATE TRIGGER lot_floor_moves BEFORE UPDATE ON lot
WHEN (NEW.floor_won IS NOT OLD.floor_won OR NEW.floor_entry IS NOT OLD.floor_entry) AND (
    NEW.owner_kind <> 1 OR NEW.floor_won > NEW.balance_won OR NEW.floor_entry < OLD.floor_entry OR NOT EXISTS (
    SELECT 1 FROM entry WHERE number = NEW.floor_entry AND kind = 23
    AND number > (SELECT entry FROM block ORDER BY height DESC LIMIT 1)))
BEGIN SELECT RAISE(ABORT, 'lot: a floor moves with an open programme entry, never above the balance'); END;

CREATE TRIGGER lot_there BEFORE DELETE ON lot BEGIN SELECT RAISE(ABORT, 'lot: never deleted'); END;

-- Legs: one debit and one credit of the same amount. Inserting one is what moves money.

CREATE TABLE leg (
    no          INTEGER PRIMARY KEY CHECK (no >= 1),
    entry       INTEGER NOT NULL REFERENCES entry (number),
    n           INTEGER NOT NULL CHECK (n >= 0),                -- its place in the entry
    flow        INTEGER NOT NULL REFERENCES flow (number),
    debit       INTEGER NOT NULL REFERENCES lot (id),
    credit      INTEGER NOT NULL REFERENCES lot (id),
    amount_won  INTEGER NOT NULL CHECK (amount_won BETWEEN 1 AND 9007199254740991),
    CHECK (debit <> credit),
    UNIQUE (entry, n)
) STRICT;

CREATE TRIGGER leg_dense BEFORE INSERT ON leg
WHEN NEW.no IS NOT coalesce((SELECT max(no) FROM leg), 0) + 1
BEGIN SELECT RAISE(ABORT, 'leg: not the next number'); END;

CREATE TRIGGER leg_open BEFORE INSERT ON leg
WHEN NEW.entry NOT BETWEEN (SELECT entry FROM block ORDER BY height DESC LIMIT 1) + 1
                       AND (SELECT max(number) FROM entry)
  OR (SELECT (entry, n) >= (NEW.entry, NEW.n) OR NEW.n <> iif(entry = NEW.entry, n + 1, 0)
      FROM leg WHERE no = NEW.no - 1)
  OR (NEW.no = 1 AND NEW.n <> 0)
BEGIN SELECT RAISE(ABORT, 'leg: belongs to an open entry, in order'); END;

CREATE TRIGGER leg_legal BEFORE INSERT ON leg
WHEN NEW.amount_won NOT BETWEEN 1 AND 9007199254740991 OR NOT EXISTS (
    SELECT 1 FROM flow, lot AS debit, lot AS credit
    WHERE flow.number = NEW.flow AND debit.id = NEW.debit AND credit.id = NEW.credit
    AND debit.owner_kind = flow.debit_kind AND credit.owner_kind = flow.credit_kind
    AND debit.programme = credit.programme)
BEGIN SELECT RAISE(ABORT, 'leg: no such movement'); END;

CREATE TRIGGER leg_covered BEFORE INSERT ON leg
WHEN (SELECT balance_won - NEW.amount_won < floor_won FROM lot WHERE id = NEW.debit)
  OR (SELECT balance_won + NEW.amount_won > iif(owner_kind = 1, 0, 9007199254740991) FROM lot WHERE id = NEW.credit)
BEGIN SELECT RAISE(ABORT, 'leg: the lot does not hold so much'); END;

CREATE TRIGGER leg_moves AFTER INSERT ON leg
BEGIN
    UPDATE lot SET balance_won = balance_won - NEW.amount_won, last_leg = NEW.no WHERE id = NEW.debit;
    UPDATE lot SET balance_won = balance_won + NEW.amount_won, last_leg = NEW.no WHERE id = NEW.credit;
    SELECT RAISE(ABORT, 'leg: did not move both lots')
    WHERE (SELECT count(*) FROM lot WHERE id IN (NEW.debit, NEW.credit) AND last_leg = NEW.no) <> 2;
END;

CREATE TRIGGER leg_kept BEFORE UPDATE ON leg BEGIN SELECT RAISE(ABORT, 'leg: append only'); END;
CREATE TRIGGER leg_there BEFORE DELETE ON leg BEGIN SELECT RAISE(ABORT, 'leg: append only'); END;

-- Registers. A record is never changed, only followed by a later one; the latest holds.

CREATE TABLE record (
    register    INTEGER NOT NULL,
    key         ANY NOT NULL,                                   -- a number, or bytes
    entry       INTEGER NOT NULL REFERENCES entry (number),
    value       BLOB NOT NULL,                                  -- deterministic CBOR of the record's fields
    PRIMARY KEY (register, key, entry)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER record_open BEFORE INSERT ON record
WHEN NEW.entry NOT BETWEEN (SELECT entry FROM block ORDER BY height DESC LIMIT 1) + 1
                       AND (SELECT max(number) FROM entry)
  OR EXISTS (SELECT 1 FROM record WHERE register = NEW.register AND key = NEW.key AND entry >= NEW.entry)
BEGIN SELECT RAISE(ABORT, 'record: belongs to an open entry, once'); END;

CREATE TRIGGER record_kept BEFORE UPDATE ON record BEGIN SELECT RAISE(ABORT, 'record: append only'); END;
CREATE TRIGGER record_there BEFORE DELETE ON record BEGIN SELECT RAISE(ABORT, 'record: append only'); END;

-- Ids that are used up for ever. Ordered by expiry: a random key alone would touch a page an insert.

CREATE TABLE message_id (
    expires_at_s    INTEGER NOT NULL,
    id              BLOB NOT NULL,
    entry           INTEGER NOT NULL REFERENCES entry (number),
    PRIMARY KEY (expires_at_s, id)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER message_id_once BEFORE INSERT ON message_id
WHEN EXISTS (SELECT 1 FROM message_id WHERE expires_at_s = NEW.expires_at_s AND id = NEW.id)
  OR NEW.entry NOT BETWEEN (SELECT entry FROM block ORDER BY height DESC LIMIT 1) + 1
                       AND (SELECT max(number) FROM entry)
BEGIN SELECT RAISE(ABORT, 'message_id: used up once, by an open entry'); END;

CREATE TRIGGER message_id_kept BEFORE UPDATE ON message_id BEGIN SELECT RAISE(ABORT, 'message_id: append only'); END;
CREATE TRIGGER message_id_there BEFORE DELETE ON message_id BEGIN SELECT RAISE(ABORT, 'message_id: append only'); END;

-- Final refusals, remembered until the message expires. Not money: pruned.

CREATE TABLE refusal (
    expires_at_s    INTEGER NOT NULL,
    id              BLOB NOT NULL,
    key             BLOB NOT NULL,                              -- the signer's
    number          INTEGER NOT NULL,
    facts           TEXT NOT NULL,                              -- JSON
    PRIMARY KEY (expires_at_s, id)
) STRICT, WITHOUT ROWID;

-- The row leaves of every approved list, 32 bytes each.

CREATE TABLE list (
    list_id BLOB PRIMARY KEY CHECK (length(list_id) = 16),
    leaves  BLOB NOT NULL CHECK (length(leaves) % 32 = 0)
) STRICT;

CREATE TRIGGER list_once BEFORE INSERT ON list
WHEN EXISTS (SELECT 1 FROM list WHERE list_id = NEW.list_id OR rowid = NEW.rowid)
BEGIN SELECT RAISE(ABORT, 'list: append only'); END;

CREATE TRIGGER list_kept BEFORE UPDATE ON list BEGIN SELECT RAISE(ABORT, 'list: append only'); END;
CREATE TRIGGER list_there BEFORE DELETE ON list BEGIN SELECT RAISE(ABORT, 'list: append only'); END;

-- Roots of complete subtrees of 256 ^ level leaves (RFC 6962), for proofs and tiles.

CREATE TABLE subtree (
    level   INTEGER NOT NULL CHECK (level >= 1),
    number  INTEGER NOT NULL CHECK (number >= 0),
    hash    BLOB NOT NULL CHECK (length(hash) = 32),
    PRIMARY KEY (level, number)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER subtree_dense BEFORE INSERT ON subtree
WHEN NEW.number IS NOT coalesce((SELECT max(number) FROM subtree WHERE level = NEW.level), -1) + 1
BEGIN SELECT RAISE(ABORT, 'subtree: not the next number'); END;

CREATE TRIGGER subtree_kept BEFORE UPDATE ON subtree BEGIN SELECT RAISE(ABORT, 'subtree: append only'); END;
CREATE TRIGGER subtree_there BEFORE DELETE ON subtree BEGIN SELECT RAISE(ABORT, 'subtree: append only'); END;

-- Where the ledger stands. One row; it only moves forward, and only to what the tables hold.

CREATE TABLE head (
    one         INTEGER PRIMARY KEY CHECK (one = 1),
    frontier    BLOB NOT NULL,                                  -- size (8) and the tree's peaks (32 each)
    size        INTEGER NOT NULL,
    height      INTEGER NOT NULL,
    header_hash BLOB NOT NULL CHECK (length(header_hash) = 32),
    time_s      INTEGER NOT NULL,
    epoch       INTEGER NOT NULL CHECK (epoch >= 0)
) STRICT;

CREATE TRIGGER head_one BEFORE INSERT ON head
WHEN EXISTS (SELECT 1 FROM head)
BEGIN SELECT RAISE(ABORT, 'head: there is one'); END;

CREATE TRIGGER head_forward BEFORE UPDATE ON head
WHEN NEW.one IS NOT 1 OR NEW.size < OLD.size OR NEW.time_s < OLD.time_s OR NEW.epoch < OLD.epoch
  OR NEW.size IS NOT (SELECT max(number) FROM entry) + 1
  OR NEW.height IS NOT (SELECT max(height) FROM block)
  OR NEW.header_hash IS NOT (SELECT hash FROM block WHERE height = NEW.height)
BEGIN SELECT RAISE(ABORT, 'head: follows what was written'); END;

CREATE TRIGGER head_there BEFORE DELETE ON head BEGIN SELECT RAISE(ABORT, 'head: never deleted'); END;

-- What pages ask for, derived from the entries: whose entries they are, and what flowed in a programme.

CREATE TABLE mention (
    kind    INTEGER NOT NULL,                                   -- 3 resident's account, 4 shop, 5 till
    owner   INTEGER NOT NULL,
    entry   INTEGER NOT NULL REFERENCES entry (number),
    PRIMARY KEY (kind, owner, entry)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER mention_kept BEFORE UPDATE ON mention BEGIN SELECT RAISE(ABORT, 'mention: append only'); END;
CREATE TRIGGER mention_there BEFORE DELETE ON mention BEGIN SELECT RAISE(ABORT, 'mention: append only'); END;

CREATE TABLE flowed (
    programme   INTEGER NOT NULL,
    flow        INTEGER NOT NULL REFERENCES flow (number),
    amount_won  INTEGER NOT NULL CHECK (amount_won BETWEEN 1 AND 9007199254740991),
    PRIMARY KEY (programme, flow)
) STRICT, WITHOUT ROWID;

-- Salted roots of all balances, one a day of the city; `height` is the block that carries it.

CREATE TABLE state_root (
    day     INTEGER PRIMARY KEY,                                -- days since 1970-01-01 in the city's time
    entry   INTEGER NOT NULL REFERENCES entry (number),         -- taken after this one
    root    BLOB NOT NULL CHECK (length(root) = 32),
    salt    BLOB NOT NULL CHECK (length(salt) = 32),            -- private
    height  INTEGER REFERENCES block (height)
) STRICT;

CREATE INDEX state_root_waiting ON state_root (day) WHERE height IS NULL;

CREATE TRIGGER state_root_once BEFORE INSERT ON state_root
WHEN EXISTS (SELECT 1 FROM state_root WHERE day = NEW.day) OR NEW.height IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'state_root: one a day'); END;

CREATE TRIGGER state_root_kept BEFORE UPDATE ON state_root
WHEN OLD.height IS NOT NULL OR (NEW.day, NEW.entry, NEW.root, NEW.salt) IS NOT (OLD.day, OLD.entry, OLD.root, OLD.salt)
BEGIN SELECT RAISE(ABORT, 'state_root: carried once'); END;

CREATE TRIGGER state_root_there BEFORE DELETE ON state_root BEGIN SELECT RAISE(ABORT, 'state_root: kept'); END;

-- Signed checkpoints, as they were published.

CREATE TABLE checkpoint (
    epoch   INTEGER NOT NULL,
    size    INTEGER NOT NULL CHECK (size >= 1),
    time_s  INTEGER NOT NULL,
    note    TEXT NOT NULL,
    PRIMARY KEY (epoch, size)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER checkpoint_once BEFORE INSERT ON checkpoint
WHEN EXISTS (SELECT 1 FROM checkpoint WHERE epoch = NEW.epoch AND size = NEW.size)
BEGIN SELECT RAISE(ABORT, 'checkpoint: append only'); END;

CREATE TRIGGER checkpoint_there BEFORE DELETE ON checkpoint BEGIN SELECT RAISE(ABORT, 'checkpoint: append only'); END;

-- What the operator or the auditor said: 'halted', and why.

CREATE TABLE meta (
    name    TEXT PRIMARY KEY,
    value   TEXT NOT NULL
) STRICT, WITHOUT ROWID;
