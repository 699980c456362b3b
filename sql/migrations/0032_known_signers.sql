-- Who gets news and has confirmed another petition before they asked for them is known to have signed that one, too.

SET LOCAL lock_timeout = '3s';
SET LOCAL countersign.works_from = '26';

-- As in 0013. Nothing finds the letters of a mailbox at once (an index would be paid by all who sign), so the lap does: of whoever is
-- on, petitions that their mailbox has confirmed. One that asks for no click proves no mailbox.
CREATE OR REPLACE FUNCTION countersign.mail_sweep_letters(a_rows integer) RETURNS integer
LANGUAGE plpgsql SET search_path = countersign, pg_temp SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off SET enable_bitmapscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
DECLARE
    v        mail_place;
    v_seen   integer;
    v_bucket integer;
    v_hash   bytea;
BEGIN
    SELECT * INTO STRICT v FROM mail_place;
    IF v.lap_not_before > now() THEN
        RETURN 0;
    ELSIF v.lap_bucket = 0 AND v.lap_hash = '' THEN
        UPDATE mail_place SET lap_began_at = now();
    END IF;
    WITH page AS MATERIALIZED (
        SELECT l.token_bucket, l.token_hash, l.created_at, l.epoch, l.petition_id, l.signature_id, l.state, l.kind,
               l.expires_at, l.mailbox, l.life
          FROM letter l
         WHERE (l.token_bucket, l.token_hash) > (v.lap_bucket, v.lap_hash)
         ORDER BY l.token_bucket, l.token_hash
         LIMIT a_rows
    ), expired AS (
        DELETE FROM letter l USING page p
         WHERE p.expires_at < now()
           AND l.token_bucket = ANY (ARRAY[p.token_bucket]) AND l.token_hash BETWEEN p.token_hash AND p.token_hash
           AND l.expires_at < now() AND l.sealed IS NULL
    ), nobodys AS (
        UPDATE letter l SET mailbox = '' FROM page p
         WHERE p.mailbox <> '' AND p.kind IN (1, 2, 3, 5) AND coalesce(p.expires_at, now()) >= now()
           AND l.token_bucket = ANY (ARRAY[p.token_bucket]) AND l.token_hash BETWEEN p.token_hash AND p.token_hash
           AND NOT EXISTS (SELECT FROM signature s WHERE s.petition_id = p.petition_id AND s.id = p.signature_id)
    ), known AS (
        UPDATE subscriber b SET petitions = array_union(b.petitions, n.petitions)
          FROM (SELECT p.mailbox, array_agg(DISTINCT p.petition_id) AS petitions
                  FROM page p
                  JOIN subscriber b ON b.mailbox = p.mailbox AND b.state = 'on' AND NOT b.petitions @> ARRAY[p.petition_id]
                  JOIN signature s ON s.petition_id = p.petition_id AND s.id = p.signature_id AND s.life = p.life AND s.state = 1
                  JOIN petition q ON q.id = p.petition_id AND q.confirmation = 'email'
                 WHERE p.mailbox <> ''
                 GROUP BY p.mailbox) AS n
         WHERE b.mailbox = n.mailbox AND b.state = 'on'
    ), added AS (
        INSERT INTO mail_queue (created_at, due_at, epoch, petition_id, token_bucket, token_hash)
        SELECT p.created_at, p.created_at, p.epoch, p.petition_id, p.token_bucket, p.token_hash
          FROM page p
         WHERE p.state = 0
            ON CONFLICT DO NOTHING
    )
    SELECT (SELECT count(*) FROM page), last.token_bucket, last.token_hash
      INTO v_seen, v_bucket, v_hash
      FROM (SELECT 1) AS one
      LEFT JOIN (SELECT p.token_bucket, p.token_hash FROM page p ORDER BY 1 DESC, 2 DESC LIMIT 1) AS last ON true;
    IF v_seen = a_rows THEN
        UPDATE mail_place SET lap_bucket = v_bucket, lap_hash = v_hash;
        RETURN v_seen;
    END IF;
    UPDATE mail_place
       SET lap_bucket = 0, lap_hash = '', lapped_at = lap_began_at, lap_not_before = now() + interval '1 hour';
    PERFORM mail_sweep_epochs();
    PERFORM subscriber_sweep_epochs();
    RETURN 0;
END
$$;
