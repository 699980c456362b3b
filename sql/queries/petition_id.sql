-- What the operator's commands need of one petition.
-- $1 text slug
-- → id int4, index_key int2, comments text (no row: no such petition)
SELECT id, index_key, comments FROM countersign.petition WHERE slug = $1
