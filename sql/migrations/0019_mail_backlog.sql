-- What waits in the outbox, for the mailers' metrics: how much, and since when by kind of letter.

SET LOCAL lock_timeout = '3s';

-- Reads the whole queue once, without an index: the mailer asks the more seldom the longer it takes. Of whom nobody has
-- tried yet the oldest thousand are looked up, since only the letter tells its kind.
CREATE FUNCTION countersign.mail_backlog()
RETURNS TABLE (kind smallint, letters bigint, deferred bigint, oldest_s bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = countersign, pg_temp AS $$
    WITH untried AS MATERIALIZED (
        SELECT q.token_bucket, q.token_hash, q.created_at, q.step
          FROM mail_queue q
         WHERE q.tries = (q.lease <> 0)::integer
         ORDER BY q.created_at
         LIMIT 1000
    ), kinds AS (
        SELECT CASE u.step WHEN 1 THEN 4 ELSE l.kind END::smallint AS kind, min(u.created_at) AS since
          FROM untried u
          JOIN letter l ON l.token_bucket = u.token_bucket AND l.token_hash = u.token_hash
         GROUP BY 1
    )
    SELECT 0::smallint, count(*), count(*) FILTER (WHERE q.tries > (q.lease <> 0)::integer), 0::bigint FROM mail_queue q
     UNION ALL
    SELECT k.kind, NULL, NULL, greatest(0, extract(epoch FROM now() - k.since))::bigint FROM kinds k
$$;
COMMENT ON FUNCTION countersign.mail_backlog() IS
    'Kind 0: letters in the queue, and how many of them were tried before; other kinds that have letters: the age of the oldest that nobody has tried';
GRANT EXECUTE ON FUNCTION countersign.mail_backlog() TO countersign_mailer;
