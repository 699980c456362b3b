-- Leases subscribers who wait for a letter to the list. If the answer is lost, they are due again when the lease is over.
-- $1 bytea public mailing key (32), $2 int4 letters at most, $3 int4 lease in seconds, $4 int4 letters of the list to one
-- domain a minute, by all mailers (0: no bound)
-- → petition_id int4, mailing_id int4, mailbox bytea, lease int8, tries int2, epoch int8, epoch_key bytea (null: sealed to another
--   key), sealed bytea, subject int2, paced bool (false: only to find out its domain, and to be given back with it), first_at
--   timestamptz (of the first such claim: the letter's date; null where it is only looked at)
SELECT petition_id, mailing_id, mailbox, lease, tries, epoch, epoch_key, sealed, subject, paced, first_at
  FROM countersign.mailing_claim($1, $2, $3, $4)
