-- Sealed rows of one petition, a page in the order of id: go on with the last id until no row comes.
-- $1 int4 petition, $2 int8 after this id (0 at first), $3 text[] states, $4 int4 rows at most
-- → id int8, state text, epoch int8, sealed bytea, text_version int4, country text, region text,
--   signed_at timestamptz, confirmed_at timestamptz (null: not counted)
SELECT id, state, epoch, sealed, text_version, country, region, signed_at, confirmed_at
  FROM countersign.signer
 WHERE petition_id = $1 AND id > $2 AND state = ANY ($3)
 ORDER BY id
 LIMIT $4
