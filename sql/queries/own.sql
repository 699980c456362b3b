-- What is held for the holders of tokens, a batch; changes nothing.
-- $1 int4[] token_bucket, $2 bytea[] token_hash (32)
-- → a row for each good token: n int4 (its place, from 1), slug, state, signed_at, confirmed_at (null: does not count),
--   text_version int4, epoch int8, petition_id int4, email_hash, sealed, whether anything is to be shown,
--   what an erasure does to the count (keep_number or lower_number), and how it stands with news (JSON: state,
--   frequency, topics)
SELECT n, slug, state, signed_at, confirmed_at, text_version, epoch, petition_id, email_hash, sealed, shown, erasure, news
  FROM countersign.own($1, $2)
