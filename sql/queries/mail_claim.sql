-- Leases letters that are due. If the answer is lost, they are due again when the lease is over.
-- $1 bytea public mailing key (32), $2 int4 petition behind which to begin (0 at first), $3 int4 letters at most,
-- $4 int4 lease in seconds, $5 int4 letters a day and mailbox, $6 int4 days until a letter is given up,
-- $7 int4 days that a token lives
-- → petition_id int4, token_bucket int4, token_hash bytea, lease int8, kind int2 (4: reminder), tries int2, email_hash bytea,
--   epoch int8, epoch_key bytea (null: sealed to another key), sealed bytea
SELECT petition_id, token_bucket, token_hash, lease, kind, tries, email_hash, epoch, epoch_key, sealed
  FROM countersign.mail_claim($1, $2, $3, $4, $5, $6, $7)
