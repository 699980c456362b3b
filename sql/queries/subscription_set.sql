-- What the holders of tokens want of news, a batch. Safe to repeat.
-- $1 int4[] token_bucket, $2 bytea[] token_hash (32), $3 text[] frequency (every, weekly, monthly, never; null: as it is),
-- $4 text[] topics (JSON list of tags; the word null: all; null: as they are)
-- → a row for each good token: n int4 (its place, from 1), slug, and how it stands then (JSON: state, frequency, topics)
SELECT n, slug, settings FROM countersign.subscription_set($1, $2, $3, $4)
