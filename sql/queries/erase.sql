-- Erases what is held for a person: a pair of petition and blind index for each petition; keeps the number.
-- $1 int4[] petition, $2 bytea[] email_hash (16), $3 bytea[] mailboxes whose letter limit goes too (empty: none)
-- → signatures int8, kept int8 (those of them that go on counting), letters int8, shown int8
SELECT signatures, kept, letters, shown FROM countersign.erase($1, $2, $3)
