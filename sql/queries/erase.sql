-- Erases what is held for a person: a pair of petition and blind index for each petition; keeps or lowers the number as
-- each petition says.
-- $1 int2 slot, $2 int4[] petition, $3 bytea[] email_hash (16), $4 bytea[] mailboxes whose letter limit goes too (empty: none)
-- → signatures int8, kept int8 (those of them that go on counting), lowered int8 (those that were taken out of the
--   count), letters int8, shown int8, news int8 (mailboxes of which something about news was held)
SELECT signatures, kept, lowered, letters, shown, news FROM countersign.erase($1, $2, $3, $4)
