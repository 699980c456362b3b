-- What the threshold hides, it hides of those who gave no place, too.

SET LOCAL lock_timeout = '3s';
SET LOCAL countersign.works_from = '26';

-- As in 0009, but for that: no part but `other` is smaller than the petition's threshold.
CREATE OR REPLACE FUNCTION countersign.breakdown(a_petition integer, a_by text)
RETURNS TABLE (key text, n bigint, as_of timestamptz)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = countersign, pg_temp AS $$
#variable_conflict use_column
DECLARE
    v_threshold integer := (SELECT p.disclosure_threshold FROM petition p WHERE p.id = a_petition);
BEGIN
    RETURN QUERY
    WITH part AS (
        SELECT CASE a_by WHEN 'region' THEN t.region ELSE t.country END AS key, sum(t.n) AS n
          FROM tally_place t
         WHERE t.petition_id = a_petition
         GROUP BY 1
        HAVING sum(t.n) <> 0
    ), told AS (
        SELECT CASE WHEN p.n < v_threshold THEN 'other' WHEN p.key = '' THEN 'unknown' ELSE p.key END AS key,
               sum(p.n)::bigint AS n
          FROM part p
         GROUP BY 1
    )
    SELECT t.key, t.n, as_of(a_petition)
      FROM told t
     ORDER BY t.key IN ('other', 'unknown'), t.key = 'unknown', t.n DESC, t.key;
END
$$;
COMMENT ON FUNCTION countersign.breakdown(integer, text) IS
    'Count by country or region, most first; `unknown`: not given, `other`: what is under the threshold; sums to the count';
