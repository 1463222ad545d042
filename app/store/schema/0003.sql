-- Which residents' lots expire when, so that the sweep reads those of its span alone. The balance is not in it on purpose:
-- with it each payment would write one more page; like this an index entry is written when a lot is opened, and never again.

CREATE INDEX lot_expiry ON lot (expires_at_s) WHERE owner_kind = 3;
