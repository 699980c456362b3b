-- What the worker reads: numbers, and what signers chose to show. as_of is when the petition's count last changed
-- (or, before that, when it was opened); it stands on every row, so that it is of the same snapshot.

SET LOCAL lock_timeout = '3s';

CREATE FUNCTION countersign.as_of(a_petition integer) RETURNS timestamptz
LANGUAGE sql STABLE SET search_path = countersign, pg_temp
BEGIN ATOMIC
    SELECT coalesce((SELECT max(t.changed_at) FROM countersign.tally t WHERE t.petition_id = p.id),
                    p.opened_at, p.created_at)
      FROM countersign.petition p
     WHERE p.id = a_petition;
END;
COMMENT ON FUNCTION countersign.as_of(integer) IS 'Inside the reads: when the petition''s count last changed';

CREATE FUNCTION countersign.counts(a_petition integer[] DEFAULT NULL)
RETURNS TABLE (petition_id integer, slug text, n bigint, version bigint, as_of timestamptz, generation bigint,
               read_at timestamptz, state text, goal bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = countersign, pg_temp AS $$
DECLARE
    v_generation bigint := generation();
BEGIN
    RETURN QUERY
    SELECT p.id, p.slug, coalesce(sum(t.n), 0)::bigint, coalesce(sum(t.version), 0)::bigint,
           coalesce(max(t.changed_at), p.opened_at, p.created_at), v_generation, clock_timestamp(),
           CASE WHEN p.state = 'open' AND p.closes_at <= now() THEN 'closed' ELSE p.state END, p.goal
      FROM petition p
      LEFT JOIN tally t ON t.petition_id = p.id
     WHERE p.state <> 'draft' AND (a_petition IS NULL OR p.id = ANY (a_petition))
     GROUP BY p.id
     ORDER BY p.id;
END
$$;
COMMENT ON FUNCTION countersign.counts(integer[]) IS
    'Count, version and generation of these petitions (null: all but drafts), from one snapshot';
GRANT EXECUTE ON FUNCTION countersign.counts(integer[]) TO countersign_worker, countersign_operator;

-- Places under the petition's threshold are told as one, `other`. Who gave no place is told as `unknown`, whatever
-- the number: that is no place.
CREATE FUNCTION countersign.breakdown(a_petition integer, a_by text)
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
        SELECT CASE WHEN p.key = '' THEN 'unknown' WHEN p.n < v_threshold THEN 'other' ELSE p.key END AS key,
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
    'Count by country or region, most first; `other`: places under the threshold, `unknown`: not given; sums to the count';
GRANT EXECUTE ON FUNCTION countersign.breakdown(integer, text) TO countersign_worker, countersign_operator;

CREATE FUNCTION countersign.series(a_petition integer, a_step text, a_from timestamptz, a_to timestamptz)
RETURNS TABLE (at timestamptz, n bigint, as_of timestamptz)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = countersign, pg_temp AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT date_bin(CASE a_step WHEN 'day' THEN interval '1 day' ELSE interval '1 hour' END, t.hour,
                    '2000-01-01 00:00:00+00'), sum(t.n)::bigint, as_of(a_petition)
      FROM tally_hour t
     WHERE t.petition_id = a_petition
       AND t.hour >= coalesce(a_from, '-infinity') AND t.hour < coalesce(a_to, 'infinity')
     GROUP BY 1
    HAVING sum(t.n) <> 0
     ORDER BY 1;
END
$$;
COMMENT ON FUNCTION countersign.series(integer, text, timestamptz, timestamptz) IS
    'Count by hour or day (UTC) of counting, ascending, only what is not 0; from (included) to (not included), null: no bound';
GRANT EXECUTE ON FUNCTION countersign.series(integer, text, timestamptz, timestamptz)
   TO countersign_worker, countersign_operator;

-- A name is public only while its signature counts, whatever shown says. The newest are taken first and looked up
-- then, a row each: what does not count among them is left out, and the cost stays that of the limit. They bring
-- their petition_id along: compared with a_petition, it alone would find the rows of signature, all of a petition's.
CREATE FUNCTION countersign.recent(a_petition integer, a_limit integer)
RETURNS TABLE (name text, place text, comment text, at timestamptz, as_of timestamptz)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = countersign, pg_temp SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET join_collapse_limit = 1 AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    WITH newest AS MATERIALIZED (
        SELECT h.petition_id, h.signature_id, h.name, h.place, h.comment, h.shown_at, h.review
          FROM shown h
         WHERE h.petition_id = a_petition AND h.shown_at IS NOT NULL AND h.review <> 2
         ORDER BY h.shown_at DESC, h.signature_id DESC
         LIMIT least(greatest(a_limit, 0), 1000)
    )
    SELECT n.name, n.place,
           CASE WHEN p.comments = 'shown' OR p.comments = 'after_review' AND n.review = 1 THEN n.comment ELSE '' END,
           n.shown_at, as_of(a_petition)
      FROM newest n
      JOIN signature s ON s.petition_id = n.petition_id AND s.id = n.signature_id AND s.state = 1
      JOIN petition p ON p.id = n.petition_id
     ORDER BY n.shown_at DESC, n.signature_id DESC;
END
$$;
COMMENT ON FUNCTION countersign.recent(integer, integer) IS
    'The newest counted signers who chose to be shown; comments as the petition says';
GRANT EXECUTE ON FUNCTION countersign.recent(integer, integer) TO countersign_worker, countersign_operator;

-- At most a row a slot.
CREATE FUNCTION countersign.referrals(a_petition integer, a_referral bigint) RETURNS TABLE (n bigint, as_of timestamptz)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = countersign, pg_temp SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT coalesce(sum(t.n), 0)::bigint, as_of(a_petition)
      FROM tally_referral t
     WHERE t.petition_id = a_petition AND t.referral = a_referral;
END
$$;
COMMENT ON FUNCTION countersign.referrals(integer, bigint) IS 'How many signatures that count a referrer has brought; 0 for one that nobody named';
GRANT EXECUTE ON FUNCTION countersign.referrals(integer, bigint) TO countersign_worker;
