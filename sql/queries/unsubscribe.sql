-- No more letters about a petition and no news, by token, a batch. Safe to repeat.
-- $1 int4[] token_bucket, $2 bytea[] token_hash (32), $3 text[] who says so (page, client)
-- → text[] in the order of the arrays: the petition's slug, or null for a token that is none
SELECT countersign.unsubscribe($1, $2, $3)
