-- Tidies up a little: reminders that are due, expired letters, limits and keys, old unconfirmed signatures.
-- $1 int4 rows, $2 int4 blocks, $3 int4 days that a token lives, $4 int4 days that a signature may wait for confirming
-- → int4: 0 if nothing is urgent
SELECT countersign.mail_sweep($1, $2, $3, $4)
