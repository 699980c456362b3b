-- Counts from one snapshot. Fails with 55000 on a replica.
-- $1 int4[] petitions (null: all but drafts)
-- → petition_id int4, slug text, n int8, version int8, as_of timestamptz, generation int8, read_at timestamptz,
--   state text, goal int8 (null: none)
SELECT petition_id, slug, n, version, as_of, generation, read_at, state, goal FROM countersign.counts($1)
