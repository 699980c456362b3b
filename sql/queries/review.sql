-- Approves (true) or hides (false) what these signers chose to show.
-- $1 text slug, $2 int8[] ids, $3 int8[] for each the number of the words that were read (1: the first ones), $4 bool show
-- → int8[] the ids of which it was done, int8[] those that show other words by now
SELECT done, changed FROM countersign.review($1, $2, $3, $4)
