-- Whether a list is paid to its last row: the background loop looks at the others only, however many there are.

ALTER TABLE list ADD COLUMN paid INTEGER NOT NULL DEFAULT 0 CHECK (paid IN (0, 1));

CREATE INDEX list_unpaid ON list (number) WHERE paid = 0 AND state IN ('approved', 'issued');
