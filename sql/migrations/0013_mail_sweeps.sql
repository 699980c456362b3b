-- What mailers tidy up when they have nothing to send: a few rows a call, from places that mail_place remembers.

SET LOCAL lock_timeout = '3s';

-- Reminders whose time has come join the queue. Others are looked at in turn: whose signature is not pending any more
-- needs none, and the envelope goes before its time.
CREATE FUNCTION countersign.mail_sweep_reminders(a_rows integer, a_token_days integer) RETURNS integer
LANGUAGE plpgsql SET search_path = countersign, pg_temp SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET join_collapse_limit = 1 AS $$
DECLARE
    v        mail_place;
    v_due    integer;
    v_bucket integer[];
    v_hash   bytea[];
    v_moot   boolean[];
BEGIN
    SELECT * INTO STRICT v FROM mail_place;
    WITH due AS (
        DELETE FROM mail_reminder r
         USING (SELECT d.token_bucket, d.token_hash FROM mail_reminder d
                 WHERE d.due_at <= now() ORDER BY d.due_at LIMIT a_rows FOR UPDATE SKIP LOCKED) AS d
         WHERE r.token_bucket = ANY (ARRAY[d.token_bucket]) AND r.token_hash BETWEEN d.token_hash AND d.token_hash
        RETURNING r.*
    ), added AS (
        INSERT INTO mail_queue (created_at, due_at, epoch, petition_id, token_bucket, token_hash, step)
        SELECT now(), d.due_at, d.epoch, d.petition_id, d.token_bucket, d.token_hash, 1 FROM due d
            ON CONFLICT DO NOTHING
        RETURNING 1
    )
    SELECT count(*) INTO v_due FROM added;

    SELECT array_agg(p.token_bucket ORDER BY p.token_bucket, p.token_hash),
           array_agg(p.token_hash ORDER BY p.token_bucket, p.token_hash),
           array_agg(s.id IS NULL ORDER BY p.token_bucket, p.token_hash)
      INTO v_bucket, v_hash, v_moot
      FROM (SELECT r.token_bucket, r.token_hash FROM mail_reminder r
             WHERE (r.token_bucket, r.token_hash) > (v.reminder_bucket, v.reminder_hash)
             ORDER BY r.token_bucket, r.token_hash LIMIT a_rows) AS p
      LEFT JOIN letter l ON l.token_bucket = ANY (ARRAY[p.token_bucket]) AND l.token_hash BETWEEN p.token_hash AND p.token_hash
      LEFT JOIN signature s ON s.petition_id = l.petition_id AND s.id = l.signature_id AND s.life = l.life AND s.state = 0;
    DELETE FROM mail_reminder r USING unnest(v_bucket, v_hash, v_moot) AS u(bucket, hash, moot)
     WHERE u.moot AND r.token_bucket = ANY (ARRAY[u.bucket]) AND r.token_hash BETWEEN u.hash AND u.hash;
    PERFORM mail_drop(array_agg(u.bucket), array_agg(u.hash), a_token_days)
       FROM unnest(v_bucket, v_hash, v_moot) AS u(bucket, hash, moot)
      WHERE u.moot;
    UPDATE mail_place SET reminder_bucket = CASE WHEN cardinality(v_bucket) = a_rows THEN v_bucket[a_rows] ELSE 0 END,
                          reminder_hash = CASE WHEN cardinality(v_bucket) = a_rows THEN v_hash[a_rows] ELSE '' END;
    RETURN v_due;
END
$$;
COMMENT ON FUNCTION countersign.mail_sweep_reminders(integer, integer) IS
    'Inside mail_sweep: queues the reminders that are due, shreds those that have no purpose any more; how many were due';

-- Epochs are used for a day and a half at most (src/serve/keyring.c). When a whole lap has begun after that, every
-- letter under such an epoch is in one of the two tables, or its envelope is gone.
CREATE FUNCTION countersign.mail_sweep_epochs() RETURNS integer
LANGUAGE plpgsql SET search_path = countersign, pg_temp AS $$
DECLARE
    v_before timestamptz := (SELECT least(m.lapped_at, now()) - interval '3 days' FROM mail_place m);
    v_count  integer := 0;
BEGIN
    IF EXISTS (SELECT FROM epoch e WHERE e.purpose = 'letter' AND e.created_at < v_before) THEN
        DELETE FROM epoch e
         WHERE e.purpose = 'letter' AND e.created_at < v_before
           AND NOT EXISTS (SELECT FROM mail_queue q WHERE q.epoch = e.id)
           AND NOT EXISTS (SELECT FROM mail_reminder r WHERE r.epoch = e.id);
        GET DIAGNOSTICS v_count = ROW_COUNT;
    END IF;
    RETURN v_count;
END
$$;
COMMENT ON FUNCTION countersign.mail_sweep_epochs() IS
    'Inside mail_sweep: deletes keys that no letter needs any more, which shreds what they sealed';

-- A lap over all letters: deletes those whose token is over, takes in what mail_take has missed, and forgets to which
-- mailbox a letter went whose signature is gone: who erases theirs by one letter's token may have got others.
CREATE FUNCTION countersign.mail_sweep_letters(a_rows integer) RETURNS integer
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
COMMENT ON FUNCTION countersign.mail_sweep_letters(integer) IS
    'Inside mail_sweep: deletes letters whose token is over, takes in forgotten ones; 0: the lap is at its end';

-- The tally is as it was: what is pending was never in it. changed_at moves when somebody asks for another letter.
CREATE FUNCTION countersign.mail_sweep_unconfirmed(a_rows integer, a_days integer) RETURNS integer
LANGUAGE plpgsql SET search_path = countersign, pg_temp SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off SET enable_bitmapscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
DECLARE
    v      mail_place;
    v_seen integer;
    v_last record;
BEGIN
    SELECT * INTO STRICT v FROM mail_place;
    IF v.signature_not_before > now() THEN
        RETURN 0;
    END IF;
    WITH page AS MATERIALIZED (
        SELECT s.petition_id, s.id, s.email_hash, s.state = 0 AND s.changed_at < now() - make_interval(days => a_days) AS over
          FROM signature s
         WHERE (s.petition_id, s.id) > (v.signature_petition, v.signature_id)
         ORDER BY s.petition_id, s.id
         LIMIT a_rows
    ), locked AS MATERIALIZED (
        SELECT s.petition_id, s.id
          FROM (SELECT * FROM page p WHERE p.over ORDER BY p.petition_id, p.email_hash) AS p
          JOIN signature s ON s.petition_id = p.petition_id AND s.id = p.id
         WHERE s.state = 0 AND s.changed_at < now() - make_interval(days => a_days)
         ORDER BY s.petition_id, s.email_hash
           FOR UPDATE OF s SKIP LOCKED
    ), gone AS (
        DELETE FROM signature s USING locked k WHERE s.petition_id = k.petition_id AND s.id = k.id
        RETURNING s.petition_id, s.id
    ), unseen AS (
        DELETE FROM shown h USING gone g WHERE h.petition_id = g.petition_id AND h.signature_id = g.id
    )
    SELECT (SELECT count(*) FROM page) AS seen, (SELECT count(*) FROM gone) AS gone, last.petition_id, last.id
      INTO v_last
      FROM (SELECT 1) AS one
      LEFT JOIN (SELECT p.petition_id, p.id FROM page p ORDER BY 1 DESC, 2 DESC LIMIT 1) AS last ON true;
    IF v_last.seen < a_rows THEN
        UPDATE mail_place
           SET signature_petition = 0, signature_id = 0, signature_not_before = now() + interval '1 hour';
        RETURN v_last.gone;
    END IF;
    UPDATE mail_place SET signature_petition = v_last.petition_id, signature_id = v_last.id;
    RETURN v_last.seen;
END
$$;
COMMENT ON FUNCTION countersign.mail_sweep_unconfirmed(integer, integer) IS
    'Inside mail_sweep: deletes signatures that nobody has confirmed for so many days; 0: nothing left to look at';

-- A few blocks of a table of limits. That of letter_quota is the workers' (0004).
CREATE FUNCTION countersign.mail_sweep_quota(a_block bigint, a_blocks integer) RETURNS bigint
LANGUAGE plpgsql SET search_path = countersign, pg_temp AS $$
BEGIN
    DELETE FROM mail_quota
     WHERE ctid IN (SELECT q.ctid FROM mail_quota q
                     WHERE q.ctid >= format('(%s,0)', a_block)::tid
                       AND q.ctid < format('(%s,0)', a_block + a_blocks)::tid
                       AND q.since <= now() - interval '24 hours'
                       FOR UPDATE SKIP LOCKED);
    IF (a_block + a_blocks) * current_setting('block_size')::bigint >= pg_relation_size('mail_quota') THEN
        RETURN 0;
    END IF;
    RETURN a_block + a_blocks;
END
$$;
COMMENT ON FUNCTION countersign.mail_sweep_quota(bigint, integer) IS
    'Inside mail_sweep: deletes what has expired from these blocks of mail_quota; returns the block to go on with';

CREATE FUNCTION countersign.mail_sweep(a_rows integer, a_blocks integer, a_token_days integer, a_unconfirmed_days integer)
RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = countersign, pg_temp AS $$
DECLARE
    v_due   integer;
    v_more  integer;
BEGIN
    IF NOT pg_try_advisory_xact_lock(7236845, 1) THEN
        RETURN 0;
    END IF;
    v_due := mail_sweep_reminders(a_rows, a_token_days);
    v_more := mail_sweep_letters(a_rows) + mail_sweep_unconfirmed(a_rows, a_unconfirmed_days)
              + mail_sweep_subscriptions(a_rows, a_unconfirmed_days);
    UPDATE mail_place SET mail_quota_block = mail_sweep_quota(mail_quota_block, a_blocks);
    RETURN v_due + v_more;
END
$$;
COMMENT ON FUNCTION countersign.mail_sweep(integer, integer, integer, integer) IS
    'A few rows and blocks of all that wants tidying; 0: nothing is urgent, or another mailer is at it';
GRANT EXECUTE ON FUNCTION countersign.mail_sweep(integer, integer, integer, integer) TO countersign_mailer;
