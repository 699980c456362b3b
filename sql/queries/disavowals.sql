-- How many said "this was not me", beside how many signed and how many letters went out. Reads whole tables.
-- $1 text slug (null: all)
-- → slug text, day timestamptz (its start in UTC; null: nothing is there of this petition), disavowed int8, signed int8,
--   sent int8; by slug and day
SELECT slug, day, disavowed, signed, sent FROM countersign.disavowals($1)
