-- Corrections by token, a batch, one element of each array a request. Safe to repeat.
-- $1 int2 slot, $2 int4[] token_bucket, $3 bytea[] token_hash (32), $4 int4[] petition, $5 bytea[] email_hash (16),
-- $6 bytea[] request_id (16), $7 int4[] text_version, $8 int8[] epoch, $9 bytea[] sealed, $10 text[] country,
-- $11 text[] region (null or empty: not given), $12 text[] shown_name (null: not to be shown), $13 text[] shown_place,
-- $14 text[] shown_comment (null: none)
-- → int2[] fates in the order of the arrays: 0 corrected, 2 another version of the text was signed, 3 no such signature.
-- SQLSTATE CS001: as in sign.sql.
SELECT countersign.correct($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
