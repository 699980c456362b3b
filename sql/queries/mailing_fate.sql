-- What became of claimed letters to the list. Safe to repeat.
-- $1 int4[] mailing, $2 bytea[] mailbox, $3 int8[] lease, $4 int2[] fate (1 sent, 2 later, 3 refused, 4 unknown, 5 cannot be sent,
-- 6 not tried), $5 int4[] seconds to wait for 2, 4 and 6, $6 int4 days until a letter is given up,
-- $7 int2[] place of its domain, of one that was only looked at (-1: none), $8 int4 letters of the list to one domain a minute (0: no bound)
-- → int4 how many of them were still waiting
SELECT countersign.mailing_fate($1, $2, $3, $4, $5, $6, $7, $8)
