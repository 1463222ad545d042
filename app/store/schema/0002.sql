-- A sale that was taken without a network, and that its payer can't pay: a programme of the city's bears it.

DROP TRIGGER flow_closed;
INSERT INTO flow VALUES (8, 1, 4, 'offline loss');
CREATE TRIGGER flow_closed BEFORE INSERT ON flow BEGIN SELECT RAISE(ABORT, 'flow: a closed list'); END;
