-- Ends the hold of what is still held. Safe to repeat.
-- $1 bool true: they go; false: they are given up, $2 int4 days that a token lives
-- → int8 how many
SELECT countersign.restored_release($1, $2)
