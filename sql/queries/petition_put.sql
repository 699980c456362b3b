-- Makes a petition (a draft) or changes it; the JSON has been checked. Never changes its state.
-- $1 jsonb the petition as in the public API with translations and so on, $2 int2 index key of a new one
-- → slug text, text_version int4, state text, created bool
SELECT slug, text_version, state, created FROM countersign.petition_put($1::jsonb, $2)
