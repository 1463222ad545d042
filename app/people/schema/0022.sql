-- A link that was signed finds the wish that asked for it, a wallet its newest one, a person's page theirs.
CREATE INDEX join_wish_account ON join_wish (account);
CREATE INDEX join_wish_person ON join_wish (person);
