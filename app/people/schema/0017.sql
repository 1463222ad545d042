-- When a card's PIN was first right at a till: from then on no officer alone prints another PIN for it. Of a card whose slip went out
-- before this was written down nobody knows, so it counts as used.
ALTER TABLE card ADD COLUMN used_at_s INTEGER NOT NULL DEFAULT 0;
UPDATE card SET used_at_s = created_at_s WHERE pin != '';
