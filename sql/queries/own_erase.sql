-- Erases by token, a batch; keeps the number. Safe to repeat.
-- $1 int4[] token_bucket, $2 bytea[] token_hash (32)
-- → text[] in the order of the arrays: the petition's slug, or null for a token that is no good
SELECT countersign.own_erase($1, $2)
