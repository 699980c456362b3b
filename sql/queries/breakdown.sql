-- Count by place, most first; places under the threshold as 'other', not given as 'unknown', both last. Sums to the count.
-- $1 int4 petition, $2 text 'country' or 'region'
-- → key text, n int8, as_of timestamptz (no row: nothing counted)
SELECT key, n, as_of FROM countersign.breakdown($1, $2)
