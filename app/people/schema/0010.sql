-- The roles for which an officer was invited: what the roots are asked to sign. What they signed stands in the ledger.

ALTER TABLE officer ADD COLUMN roles INTEGER NOT NULL DEFAULT 0 CHECK (roles BETWEEN 0 AND 31);
