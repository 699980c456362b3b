-- A batch of signings, one element of each array a request, all arrays of one length. Safe to repeat.
-- $1 int2 slot, $2 int4 letters a mailbox and day,
-- $3 int4[] petition, $4 bytea[] email_hash (16), $5 bytea[] mailbox (16), $6 bytea[] request_id (16),
-- $7 int2[] index_key, $8 int4[] text_version (0: whatever is current), $9 int8[] epoch, $10 bytea[] sealed,
-- $11 int8[] letter_epoch, $12 bytea[] letter_sealed, $13 int4[] token_bucket, $14 bytea[] token_hash (32),
-- $15 text[] country, $16 text[] region (null or empty: not given),
-- $17 text[] shown_name (null: not to be shown), $18 text[] shown_place, $19 text[] shown_comment (null: none),
-- $20 bool[] mailable (false: no letter, never counted; $11 to $14 are not used then),
-- and only of those who ask for news, arrays of another length: $21 int4[] their place in the others, from 1,
-- $22 int8[] epoch, $23 bytea[] sealed, $24 int2[] wording, $25 text[] its language, $26 text[] locale (null: none);
-- then of all again: $27 int8[] keyed hash of petition and referrer (0: none was named)
-- → int2[] fates in the order of the arrays: 0 accepted, 1 closed, 2 text changed, 3 no such petition.
-- SQLSTATE CS001: an epoch is not known here; add the epochs again, then repeat.
SELECT countersign.sign($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21,
                        $22, $23, $24, $25, $26, $27)
