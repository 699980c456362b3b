-- What signers chose to show, for the operator: newest first.
-- $1 int4 petition, $2 bool only what waits for review, $3 int8 before this id (null: from the newest), $4 int8 rows at most
-- → id int8, shown_at timestamptz (null: does not count), review int2 (0 waits, 1 approved, 2 hidden),
--   name text, place text, comment text, words int8 (their number; 1: the first that the signature showed)
SELECT signature_id AS id, shown_at, review, name, place, comment, words
  FROM countersign.shown
 WHERE petition_id = $1 AND (NOT $2 OR review = 0) AND ($3::bigint IS NULL OR signature_id < $3)
 ORDER BY signature_id DESC
 LIMIT $4
