-- Money that officers take back, and money that waited for somebody until they had an account.

DROP TRIGGER flow_closed;
INSERT INTO flow VALUES (9, 3, 1, 'recall'), (10, 3, 3, 'claim');
CREATE TRIGGER flow_closed BEFORE INSERT ON flow BEGIN SELECT RAISE(ABORT, 'flow: a closed list'); END;
