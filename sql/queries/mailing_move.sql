-- Pauses, resumes or cancels a letter to the list.
-- $1 text name, $2 text paused, sending or cancelled
-- → text its state then; null: there is none of that name
SELECT countersign.mailing_move($1, $2)
