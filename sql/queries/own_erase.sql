-- Erases by token, a batch; keeps or lowers the number as each petition says. Safe to repeat.
-- $1 int2 slot, $2 int4[] token_bucket, $3 bytea[] token_hash (32)
-- → text[] in the order of the arrays: the petition's slug, or null for a token that is no good
SELECT countersign.own_erase($1, $2, $3)
