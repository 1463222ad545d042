-- The devices of an account, for its wallet and for the counter. A key's record (register 2) begins with its account: the
-- head of an array and of eight bytes, then these.

CREATE INDEX key_account ON record (substr(value, 3, 8)) WHERE register = 2;
