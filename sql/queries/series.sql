-- Count by the time of counting, ascending, without empty steps.
-- $1 int4 petition, $2 text 'hour' or 'day' (UTC), $3 timestamptz from (included), $4 timestamptz to (not included); null: no bound
-- → at timestamptz, n int8, as_of timestamptz
SELECT at, n, as_of FROM countersign.series($1, $2, $3, $4)
