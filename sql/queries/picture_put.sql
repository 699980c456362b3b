-- Puts another picture in the place of the one that stands there.
-- $1 int4 petition, $2 text language, $3 text tag of the one that stands there, $4 int8 the number on it, $5 bytea PNG
-- → stored bool (false: another one stands there by now)
SELECT countersign.petition_draw($1, $2, $3, $4, $5) AS stored
