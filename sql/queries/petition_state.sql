-- Opens, closes or withdraws a petition.
-- $1 text slug, $2 text 'open', 'closed' or 'withdrawn'
-- → was text, state text, closes_at timestamptz (no row: no such petition; state is not $2: not possible from `was`)
SELECT was, state, closes_at FROM countersign.petition_state($1, $2)
