-- What came back about one letter. Safe to repeat.
-- $1 int4 bucket, $2 bytea the first 16 bytes of the token's hash, $3 text 'bounce', 'complaint' or 'unsubscribe'
-- → known bool (there is such a letter), changed bool (it said something new), uncounted bool (a signature was taken out
--   of the count)
SELECT known, changed, uncounted FROM countersign.mail_returned($1, $2, $3)
