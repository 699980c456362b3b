-- A lap over the letters reads its page and no others of the same minute.

SET LOCAL lock_timeout = '3s';
SET LOCAL countersign.works_from = '26';

-- As in 0036, but that a page is told by its beginning and length: an index scan does not stop at a row's upper bound
-- before the first column has passed it, and that is a minute, in which a million may have signed.
CREATE FUNCTION countersign.mail_sweep_known(a_bucket integer, a_hash bytea, a_rows integer) RETURNS void
LANGUAGE sql SET search_path = countersign, pg_temp
SET enable_seqscan = off SET enable_bitmapscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
    WITH page AS MATERIALIZED (
        SELECT l.mailbox, l.petition_id, l.signature_id, l.life
          FROM letter l
         WHERE (l.token_bucket, l.token_hash) > (a_bucket, a_hash)
         ORDER BY l.token_bucket, l.token_hash
         LIMIT a_rows
    )
    UPDATE subscriber b SET petitions = array_union(b.petitions, n.petitions)
      FROM (SELECT k.mailbox, w.petitions
              FROM (SELECT l.mailbox, array_agg(DISTINCT l.petition_id) AS petitions
                      FROM page l
                      JOIN subscriber b ON b.mailbox = l.mailbox AND b.state = 'on' AND NOT b.petitions @> ARRAY[l.petition_id]
                      JOIN signature s ON s.petition_id = l.petition_id AND s.id = l.signature_id AND s.life = l.life AND s.state = 1
                      JOIN petition q ON q.id = l.petition_id AND q.confirmation = 'email'
                     WHERE l.mailbox <> ''
                     GROUP BY l.mailbox) AS w
              JOIN subscriber k ON k.mailbox = w.mailbox
             ORDER BY k.mailbox
               FOR UPDATE OF k) AS n
     WHERE b.mailbox = n.mailbox AND b.state = 'on'
$$;
COMMENT ON FUNCTION countersign.mail_sweep_known(integer, bytea, integer) IS
    'Inside mail_sweep_letters: adds to who is on the petitions that their mailbox has confirmed, for so many letters behind a key';

-- As in 0036, but for that.
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
               l.expires_at, l.mailbox
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
    PERFORM mail_sweep_known(v.lap_bucket, v.lap_hash, a_rows);
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
COMMENT ON FUNCTION countersign.mail_sweep_known(integer, bytea, integer, bytea) IS 'Not used since 0044, to be dropped by a later release';
