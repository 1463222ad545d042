-- From which batch printed ahead a person's card came: 0, made for them. One that nobody signed for may be given to somebody else.
ALTER TABLE card ADD COLUMN batch INTEGER NOT NULL DEFAULT 0;

-- A batch's number is never given again, though its cards were thrown away: a page or a pile of paper may still name it.
INSERT INTO taken SELECT 'batch', coalesce(max(batch), 0) FROM blank_card;
