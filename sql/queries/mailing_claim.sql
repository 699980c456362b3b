-- Leases subscribers who wait for a letter to the list. If the answer is lost, they are due again when the lease is over.
-- $1 bytea public mailing key (32), $2 int4 letters at most, $3 int4 lease in seconds
-- → petition_id int4, mailing_id int4, mailbox bytea, lease int8, tries int2, epoch int8, epoch_key bytea (null: sealed to another
--   key), sealed bytea, subject int2
SELECT petition_id, mailing_id, mailbox, lease, tries, epoch, epoch_key, sealed, subject FROM countersign.mailing_claim($1, $2, $3)
