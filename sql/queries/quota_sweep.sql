-- Deletes expired rows of letter_quota from a few blocks; to be called now and then, with the block it returned.
-- $1 int8 block to begin with (0 at first), $2 int4 blocks
-- → int8 block for the next call
SELECT countersign.quota_sweep($1, $2)
