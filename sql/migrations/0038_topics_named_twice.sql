-- Who names a topic twice wants it once. All else in subscriber_counts is as in 0018.

SET LOCAL lock_timeout = '3s';
SET LOCAL countersign.works_from = '26';

CREATE OR REPLACE FUNCTION countersign.subscriber_counts() RETURNS TABLE (state text, topic text, n bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = countersign, pg_temp AS $$
    SELECT s.state, NULL::text, count(*) FROM subscriber s GROUP BY s.state
     UNION ALL
    SELECT 'asked', NULL, count(DISTINCT b.mailbox) FROM subscription b WHERE b.proven_at IS NULL HAVING count(*) > 0
     UNION ALL
    SELECT 'on', coalesce(t.topic, '*'), count(DISTINCT s.mailbox)
      FROM subscriber s LEFT JOIN LATERAL unnest(s.topics) AS t(topic) ON true
     WHERE s.state = 'on' AND (s.topics IS NULL OR t.topic IS NOT NULL)
     GROUP BY t.topic
     ORDER BY 1, 2 NULLS FIRST
$$;
