-- What the holders of tokens want of news, a batch. Safe to repeat.
-- $1 int4[] token_bucket, $2 bytea[] token_hash (32), $3 text[] frequency (every, weekly, monthly, never; null: as it is),
-- $4 text[] topics (JSON list of tags; the word null: all; null: as they are)
-- for each who agrees to news just now: $5 int4[] its place in the above, from 1, $6 bytea[] mailbox (16), $7 bytea[] request_id (16),
-- $8 int8[] epoch, $9 bytea[] sealed, $10 int2[] wording, $11 text[] language, $12 text[] locale, $13 text[] country, $14 text[] region
-- (these three may be null), $15 bool[] mailable (false: nothing begins)
-- → a row for each good token: n int4 (its place, from 1), slug, and how it stands then (JSON: state, frequency, topics)
SELECT n, slug, settings FROM countersign.subscription_set($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
