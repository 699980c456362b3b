-- Letters that are asked for by address, a batch. Safe to repeat; says nothing.
-- $1 int4 letters a mailbox and day, $2 int4[] petition, $3 bytea[] email_hash (16), $4 bytea[] mailbox (16),
-- $5 bytea[] request_id (16), $6 int8[] letter_epoch, $7 bytea[] letter_sealed, $8 int4[] token_bucket,
-- $9 bytea[] token_hash (32), $10 bool[] mailable,
-- $11 int2[] kind (1: to confirm, once more; 5: the link to the own page)
-- SQLSTATE CS001: as in sign.sql.
SELECT countersign.resend($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
