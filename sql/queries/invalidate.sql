-- Takes signatures out of the count, and logs by whom, when and why.
-- $1 int2 slot, $2 text slug, $3 int8[] ids, $4 text reason
-- → id int8, was text (null: no such signature), changed bool
SELECT id, was, changed FROM countersign.invalidate($1, $2, $3, $4)
