-- How many signatures that count a referrer has brought.
-- $1 int4 petition, $2 int8 keyed hash of petition and referrer
-- → n int8, as_of timestamptz
SELECT n, as_of FROM countersign.referrals($1, $2)
