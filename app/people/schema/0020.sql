-- In a wrong column stand names, birth dates and phone numbers: of refused rows nothing is kept as it was written but references
-- that are known and figures. What the maker of a draft still sees is read from the file.
UPDATE list_row SET person_cell = substr(person_cell, 1, 1) || '***'
    WHERE reason <> '' AND person IS NULL AND length(person_cell) > 1
    AND list IN (SELECT number FROM list WHERE columns = '' OR json_extract(columns, '$.reference') >= 0)
    AND NOT EXISTS (SELECT 1 FROM person WHERE reference = upper(person_cell));
UPDATE list_row SET amount_cell = substr(amount_cell, 1, 1) || '***'
    WHERE reason <> '' AND reason NOT IN ('ROW_LOCKED', 'ROW_OVER_HOLDING', 'ROW_OVER_LIMIT', 'ROW_NOT_LINKED') AND length(amount_cell) > 1
    AND (amount_cell GLOB '*[^0-9,]*' OR amount_cell GLOB '0*');
