-- The outbox after a restore. A letter that was owed at the moment that was restored may have been sent since, and the
-- database cannot know. So nothing of it goes until somebody says what becomes of it: a due time of infinity holds it.

SET LOCAL lock_timeout = '3s';

-- Reminders are not worth asking about: one that may have gone does not go again. Reads all letters, once a restore.
CREATE FUNCTION countersign.mail_hold() RETURNS void
LANGUAGE plpgsql SET search_path = countersign, pg_temp SET enable_seqscan = on SET enable_hashjoin = on AS $$
DECLARE
    v_number bigint := generation() >> 32;
    v_before timestamptz;
    v_bucket integer[];
    v_hash   bytea[];
BEGIN
    IF v_number = (SELECT i.mail_number FROM instance i) THEN
        RETURN;
    END IF;
    UPDATE instance i SET mail_number = v_number WHERE i.mail_number < v_number RETURNING i.changed_at INTO v_before;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    WITH late AS (
        DELETE FROM mail_reminder r WHERE r.due_at <= now() RETURNING r.token_bucket, r.token_hash
    ), reminders AS (
        SELECT l.token_bucket, l.token_hash FROM late l
         UNION
        SELECT q.token_bucket, q.token_hash FROM mail_queue q WHERE q.step = 1
    )
    SELECT array_agg(r.token_bucket), array_agg(r.token_hash) INTO v_bucket, v_hash FROM reminders r;
    PERFORM mail_drop(v_bucket, v_hash, 90);
    UPDATE mailing m SET state = 'paused', changed_at = now() WHERE m.state = 'sending';
    INSERT INTO mail_queue AS q (created_at, due_at, epoch, petition_id, token_bucket, token_hash)
    SELECT l.created_at, 'infinity', l.epoch, l.petition_id, l.token_bucket, l.token_hash
      FROM letter l
     WHERE l.state = 0 AND l.created_at < v_before
     ORDER BY l.token_bucket, l.token_hash
        ON CONFLICT (token_bucket, token_hash) DO UPDATE SET due_at = 'infinity', lease = 0;
END
$$;
COMMENT ON FUNCTION countersign.mail_hold() IS
    'Inside mail_claim and restored: after a restore holds, once, every letter that was owed then, and pauses letters to the list';

CREATE FUNCTION countersign.restored(a_unseen boolean, OUT held bigint, OUT number bigint, OUT changed_at timestamptz)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = countersign, pg_temp AS $$
BEGIN
    IF a_unseen THEN
        PERFORM generation_bump();
    END IF;
    PERFORM mail_hold();
    SELECT i.number, i.changed_at INTO STRICT number, changed_at FROM instance i;
    SELECT count(*) INTO STRICT held FROM mail_queue q WHERE q.due_at = 'infinity';
END
$$;
COMMENT ON FUNCTION countersign.restored(boolean) IS
    'How many letters are held since the last restore, which one that was, and when it was seen. a_unseen: there was one that PostgreSQL does not show, such as a volume''s snapshot';
GRANT EXECUTE ON FUNCTION countersign.restored(boolean) TO countersign_operator;

-- A letter is named by its bucket and the first half of its token's hash, as in its return address. What is not held is
-- left alone: that log may be older than the backup.
CREATE FUNCTION countersign.restored_sent(a_bucket integer[], a_hash bytea[], a_token_days integer, a_reminder_days integer,
                                          OUT unknown bigint, OUT sent bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = countersign, pg_temp SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
DECLARE
    v_bucket integer[];
    v_hash   bytea[];
BEGIN
    SELECT count(*) FILTER (WHERE l.token_hash IS NULL), array_agg(q.token_bucket) FILTER (WHERE q.due_at = 'infinity'),
           array_agg(q.token_hash) FILTER (WHERE q.due_at = 'infinity')
      INTO unknown, v_bucket, v_hash
      FROM (SELECT DISTINCT u.bucket, u.hash FROM unnest(a_bucket, a_hash) AS u(bucket, hash)) AS u
      LEFT JOIN letter l ON l.token_bucket = ANY (ARRAY[u.bucket])
           AND l.token_hash BETWEEN u.hash AND u.hash || '\xffffffffffffffffffffffffffffffff'::bytea
      LEFT JOIN mail_queue q ON q.token_bucket = ANY (ARRAY[l.token_bucket]) AND q.token_hash BETWEEN l.token_hash AND l.token_hash;
    sent := coalesce(cardinality(v_bucket), 0);
    IF sent > 0 THEN
        PERFORM mail_fate(v_bucket, v_hash, array_fill(0::bigint, ARRAY[sent::integer]),
                          array_fill(1::smallint, ARRAY[sent::integer]), array_fill(0, ARRAY[sent::integer]),
                          a_token_days, a_reminder_days, 60);
    END IF;
END
$$;
COMMENT ON FUNCTION countersign.restored_sent(integer[], bytea[], integer, integer) IS
    'These letters are in a mail server''s log: how many of them nobody knows here, and how many were held and count as sent now';
GRANT EXECUTE ON FUNCTION countersign.restored_sent(integer[], bytea[], integer, integer) TO countersign_operator;

CREATE FUNCTION countersign.restored_release(a_send boolean, a_token_days integer) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = countersign, pg_temp AS $$
DECLARE
    v_bucket integer[];
    v_hash   bytea[];
    v_count  bigint;
BEGIN
    IF a_send THEN
        UPDATE mail_queue q SET due_at = now() WHERE q.due_at = 'infinity';
        GET DIAGNOSTICS v_count = ROW_COUNT;
    ELSE
        SELECT count(*), array_agg(q.token_bucket), array_agg(q.token_hash) INTO v_count, v_bucket, v_hash
          FROM (SELECT * FROM mail_queue q WHERE q.due_at = 'infinity' FOR UPDATE) AS q;
        PERFORM mail_drop(v_bucket, v_hash, a_token_days);
    END IF;
    RETURN v_count;
END
$$;
COMMENT ON FUNCTION countersign.restored_release(boolean, integer) IS
    'What is still held goes, or is given up and shredded; how many';
GRANT EXECUTE ON FUNCTION countersign.restored_release(boolean, integer) TO countersign_operator;
