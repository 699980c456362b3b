-- Approves (true) or hides (false) what these signers chose to show.
-- $1 text slug, $2 int8[] ids, $3 bool show
-- → int8[] those of the ids that were there
SELECT countersign.review($1, $2, $3)
