-- Returns invalidated signatures to the state that they had.
-- $1 int2 slot, $2 text slug, $3 int8[] ids, $4 text why (null: nobody said)
-- → id int8, becomes text (null: was not invalidated), changed bool
SELECT id, becomes, changed FROM countersign.invalidate_undo($1, $2, $3, $4)
