-- Counts links of letters to the list that were opened, a batch. Safe to repeat.
-- $1 int4[] mailing, $2 text[] link, $3 bytea[] request_id (16)
-- → nothing
SELECT countersign.mailing_opened($1, $2, $3)
