-- Letters to people of a list who have no wallet are written down as those about money that ends: which list (its id) they are about;
-- empty: money that ends.
ALTER TABLE ending_letter RENAME TO letter;
ALTER TABLE letter ADD COLUMN about BLOB NOT NULL DEFAULT x'';
CREATE INDEX letter_about ON letter (about, person);
