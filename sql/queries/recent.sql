-- The newest counted signers who chose to be shown.
-- $1 int4 petition, $2 int4 how many at most
-- → name text, place text, comment text (each may be empty), at timestamptz, as_of timestamptz
SELECT name, place, comment, at, as_of FROM countersign.recent($1, $2)
