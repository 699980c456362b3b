-- What became of letters: what the mail server said at once, and what came back later. Both end in mail_dead(), so a
-- mailbox that is refused and one that bounces are one and the same. And what people said about letters, for review.
--
-- Locks: signature, mail_queue, letter, mail_suppressed, tally, each in the order of sql/README.md.

SET LOCAL lock_timeout = '3s';

-- The slot of mailers in the tally: the last. Shared with a worker it is slower, not wrong.
CREATE FUNCTION countersign.mail_slot() RETURNS smallint LANGUAGE sql IMMUTABLE RETURN 15::smallint;
COMMENT ON FUNCTION countersign.mail_slot() IS 'Inside mail_dead: the slot of the tally that mailers write';

CREATE FUNCTION countersign.mail_lock(a_bucket integer[], a_hash bytea[]) RETURNS void
LANGUAGE plpgsql SET search_path = countersign, pg_temp AS $$
BEGIN
    PERFORM FROM unnest(a_bucket, a_hash) AS u(bucket, hash)
       JOIN letter l ON l.token_bucket = ANY (ARRAY[u.bucket]) AND l.token_hash BETWEEN u.hash AND u.hash AND l.kind = 2
       JOIN signature s ON s.petition_id = l.petition_id AND s.id = l.signature_id
      ORDER BY s.petition_id, s.email_hash
        FOR UPDATE OF s;
END
$$;
COMMENT ON FUNCTION countersign.mail_lock(integer[], bytea[]) IS
    'Inside the mailers'' functions, before mail_dead: locks the signatures whose count may hang on these letters';

-- For claims, which hold rows of mail_queue already and so must not wait for a signature.
CREATE FUNCTION countersign.mail_lock_dead(a_bucket integer[], a_hash bytea[], a_verdict text[]) RETURNS text[]
LANGUAGE plpgsql SET search_path = countersign, pg_temp AS $$
DECLARE
    v_locked bigint[];
BEGIN
    SELECT array_agg(k.n) INTO v_locked
      FROM (SELECT u.n FROM unnest(a_bucket, a_hash, a_verdict) WITH ORDINALITY AS u(bucket, hash, verdict, n)
              JOIN letter l ON l.token_bucket = ANY (ARRAY[u.bucket]) AND l.token_hash BETWEEN u.hash AND u.hash
              JOIN signature s ON s.petition_id = l.petition_id AND s.id = l.signature_id
             WHERE u.verdict = 'dead'
             ORDER BY s.petition_id, s.email_hash
               FOR UPDATE OF s SKIP LOCKED) AS k;
    RETURN ARRAY(SELECT CASE WHEN u.verdict = 'dead' AND NOT coalesce(u.n = ANY (v_locked), false) THEN 'busy' ELSE u.verdict END
                   FROM unnest(a_verdict) WITH ORDINALITY AS u(verdict, n) ORDER BY u.n);
END
$$;
COMMENT ON FUNCTION countersign.mail_lock_dead(integer[], bytea[], text[]) IS
    'Inside mail_claim: locks the signatures of letters whose verdict is dead; where another holds one it becomes busy';

-- What an operator has put back stays: the same report again, or a second one of the same letter, changes nothing.
CREATE FUNCTION countersign.mail_dead(a_bucket integer[], a_hash bytea[], a_why text, OUT marked bigint, OUT uncounted bigint)
LANGUAGE plpgsql SET search_path = countersign, pg_temp AS $$
DECLARE
    v_petition integer[];
    v_id       bigint[];
    v_mailbox  bytea[];
BEGIN
    SELECT array_agg(d.petition_id), array_agg(d.id), count(*) INTO v_petition, v_id, uncounted
      FROM (SELECT DISTINCT s.petition_id, s.id
              FROM unnest(a_bucket, a_hash) AS u(bucket, hash)
              JOIN letter l ON l.token_bucket = ANY (ARRAY[u.bucket]) AND l.token_hash BETWEEN u.hash AND u.hash AND l.kind = 2
              JOIN signature s ON s.petition_id = l.petition_id AND s.id = l.signature_id AND s.life = l.life
                              AND s.state = 1
              JOIN petition p ON p.id = l.petition_id AND p.undeliverable = 'invalidate'
             WHERE NOT EXISTS (SELECT FROM invalidation i
                                WHERE i.petition_id = s.petition_id AND i.signature_id = s.id
                                  AND i.cause = 'undeliverable' AND i.at >= s.signed_at)) AS d;
    v_mailbox := ARRAY(SELECT DISTINCT l.mailbox
                         FROM unnest(a_bucket, a_hash) AS u(bucket, hash)
                         JOIN letter l ON l.token_bucket = ANY (ARRAY[u.bucket]) AND l.token_hash BETWEEN u.hash AND u.hash
                        WHERE l.mailbox <> '' -- of an erased one
                        ORDER BY l.mailbox);
    INSERT INTO mail_suppressed (mailbox, why) SELECT m, a_why FROM unnest(v_mailbox) AS m ORDER BY m
        ON CONFLICT DO NOTHING;
    GET DIAGNOSTICS marked = ROW_COUNT;
    IF cardinality(v_mailbox) > 0 THEN
        PERFORM subscriber_off(v_mailbox, array_fill('bounced'::text, ARRAY[cardinality(v_mailbox)]));
    END IF;
    IF uncounted > 0 THEN
        PERFORM invalidate_rows(mail_slot(), v_petition, v_id, array_fill(1::smallint, ARRAY[cardinality(v_id)]),
                                'undeliverable', 'The letter of thanks cannot be delivered: there is no such mailbox.');
    END IF;
END
$$;
COMMENT ON FUNCTION countersign.mail_dead(integer[], bytea[], text) IS
    'Inside the mailers'' functions: nobody lives where these letters went. Marks the mailboxes; takes out of the count what counted without a click, where the petition says so';

-- Fates: 1 sent, 2 later, 3 refused for good, 4 unknown, 5 cannot be sent, 6 not tried. A second report of the same
-- finds nothing to do. Sent is believed from a mailer whose lease is over, too: then nobody sends it again. An unknown
-- one that was unknown before counts as sent. So unknown is believed from such a mailer as well, as far as it says that the
-- letter may have arrived: whoever has it now must not send it twice more.
CREATE FUNCTION countersign.mail_fate(
    a_bucket integer[], a_hash bytea[], a_lease bigint[], a_fate smallint[], a_wait_s integer[],
    a_token_days integer, a_reminder_days integer, a_give_up_days integer)
RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = countersign, pg_temp SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET join_collapse_limit = 1 AS $$
DECLARE
    v_count  integer;
    v_bucket integer[];
    v_hash   bytea[];
BEGIN
    IF 3 = ANY (a_fate) THEN
        PERFORM mail_lock(array_agg(u.bucket), array_agg(u.hash))
           FROM unnest(a_bucket, a_hash, a_fate) AS u(bucket, hash, fate)
          WHERE u.fate = 3;
    END IF;
    WITH mine AS MATERIALIZED (
        SELECT q.token_bucket, q.token_hash, q.step, u.fate, u.wait_s,
               CASE WHEN u.fate = 4 AND q.lease <> u.lease THEN -1
                    WHEN u.fate = 1 OR u.fate = 4 AND q.unsure THEN 1
                    WHEN u.fate IN (3, 5) OR q.created_at + make_interval(days => a_give_up_days) < now() THEN 2
                    ELSE 0 END AS becomes
          FROM unnest(a_bucket, a_hash, a_lease, a_fate, a_wait_s) AS u(bucket, hash, lease, fate, wait_s)
          JOIN mail_queue q ON q.token_bucket = ANY (ARRAY[u.bucket]) AND q.token_hash BETWEEN u.hash AND u.hash
               AND (q.lease = u.lease OR u.fate IN (1, 4))
         ORDER BY u.bucket, u.hash
           FOR UPDATE OF q
    ), gone AS (
        DELETE FROM mail_queue q USING mine m
         WHERE m.becomes > 0 AND q.token_bucket = ANY (ARRAY[m.token_bucket]) AND q.token_hash BETWEEN m.token_hash AND m.token_hash
    ), kept AS (
        UPDATE mail_queue q
           SET lease = 0, due_at = now() + make_interval(secs => m.wait_s), unsure = q.unsure OR m.fate = 4,
               tries = q.tries - (m.fate = 6)::integer
          FROM mine m
         WHERE m.becomes = 0 AND q.token_bucket = ANY (ARRAY[m.token_bucket]) AND q.token_hash BETWEEN m.token_hash AND m.token_hash
    ), doubted AS (
        UPDATE mail_queue q SET unsure = true
          FROM mine m
         WHERE m.becomes = -1 AND NOT q.unsure
           AND q.token_bucket = ANY (ARRAY[m.token_bucket]) AND q.token_hash BETWEEN m.token_hash AND m.token_hash
    ), reminded AS (
        INSERT INTO mail_reminder (due_at, epoch, petition_id, token_bucket, token_hash)
        SELECT now() + make_interval(days => a_reminder_days), l.epoch, l.petition_id, l.token_bucket, l.token_hash
          FROM mine m
          JOIN letter l ON l.token_bucket = ANY (ARRAY[m.token_bucket]) AND l.token_hash BETWEEN m.token_hash AND m.token_hash
          JOIN signature s ON s.petition_id = l.petition_id AND s.id = l.signature_id AND s.life = l.life
         WHERE m.becomes = 1 AND m.step = 0 AND a_reminder_days > 0 AND l.kind = 1 AND s.state = 0
           AND s.signed_at = l.created_at -- its first letter: one reminder a signature, however often somebody signs
            ON CONFLICT DO NOTHING
        RETURNING token_bucket, token_hash
    ), told AS (
        UPDATE letter l
           SET state = CASE WHEN m.becomes = 1 THEN 1 WHEN l.state = 0 THEN 2 ELSE l.state END,
               sent_at = CASE WHEN m.becomes = 1 AND m.step = 0 THEN now() ELSE l.sent_at END,
               expires_at = now() + make_interval(days => a_token_days),
               sealed = CASE WHEN r.token_hash IS NOT NULL THEN l.sealed END
          FROM mine m
          LEFT JOIN reminded r ON r.token_bucket = m.token_bucket AND r.token_hash = m.token_hash
         WHERE m.becomes > 0 AND l.token_bucket = ANY (ARRAY[m.token_bucket]) AND l.token_hash BETWEEN m.token_hash AND m.token_hash
    )
    SELECT count(*) FILTER (WHERE m.becomes >= 0), array_agg(m.token_bucket) FILTER (WHERE m.fate = 3), array_agg(m.token_hash) FILTER (WHERE m.fate = 3)
      INTO v_count, v_bucket, v_hash
      FROM mine m;
    IF v_bucket IS NOT NULL THEN
        PERFORM mail_dead(v_bucket, v_hash, 'refused');
    END IF;
    RETURN v_count;
END
$$;
COMMENT ON FUNCTION countersign.mail_fate(integer[], bytea[], bigint[], smallint[], integer[], integer, integer, integer) IS
    'What became of claimed letters: 1 sent, 2 later, 3 refused, 4 unknown, 5 cannot be sent, 6 not tried; how many were there';
GRANT EXECUTE ON FUNCTION countersign.mail_fate(integer[], bytea[], bigint[], smallint[], integer[], integer, integer, integer)
   TO countersign_mailer;

-- The key is what stands in a return address: bucket and the first half of the token's hash. No address is looked up, and
-- nobody but who has the letter knows it. An unknown one, or for a bounce one whose letter has expired, does nothing.
-- A complaint shows that somebody lives there, so it replaces another mark.
CREATE FUNCTION countersign.mail_returned(a_bucket integer, a_hash bytea, a_what text,
                                          OUT known boolean, OUT changed boolean, OUT uncounted boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = countersign, pg_temp SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET join_collapse_limit = 1 AS $$
DECLARE
    v      letter;
    v_dead record;
BEGIN
    IF octet_length(a_hash) <> 16 OR a_what NOT IN ('bounce', 'complaint', 'unsubscribe') THEN
        RAISE EXCEPTION 'not a key, or no such thing' USING ERRCODE = 'check_violation';
    END IF;
    PERFORM pg_logical_emit_message(true, 'countersign', ''); -- as in sign()
    SELECT l.* INTO v
      FROM letter l
     WHERE l.token_bucket = a_bucket AND l.token_hash >= a_hash
       AND l.token_hash <= a_hash || '\xffffffffffffffffffffffffffffffff'::bytea
       AND (a_what <> 'bounce' OR coalesce(l.expires_at, 'infinity') > now())
     LIMIT 1;
    known := FOUND;
    changed := false;
    uncounted := false;
    IF NOT known THEN
        SELECT r.known, r.changed INTO known, changed FROM mailing_returned(a_bucket, a_hash, a_what) AS r;
        RETURN;
    ELSIF v.mailbox = '' THEN -- erased
        RETURN;
    ELSIF a_what = 'unsubscribe' THEN
        INSERT INTO unsubscription (petition_id, mailbox, at) VALUES (v.petition_id, v.mailbox, now())
            ON CONFLICT DO NOTHING;
        changed := FOUND;
        PERFORM subscriber_off(ARRAY[v.mailbox], '{mail}');
        RETURN;
    END IF;
    PERFORM mail_lock(ARRAY[v.token_bucket], ARRAY[v.token_hash]);
    UPDATE letter l SET sealed = NULL -- kept for a reminder that will not go
     WHERE l.token_bucket = v.token_bucket AND l.token_hash = v.token_hash AND l.state = 1 AND l.sealed IS NOT NULL;
    IF a_what = 'complaint' THEN
        INSERT INTO mail_suppressed AS m (mailbox, why) VALUES (v.mailbox, 'complained')
            ON CONFLICT (mailbox) DO UPDATE SET why = excluded.why, at = now() WHERE m.why <> excluded.why;
        changed := FOUND;
        PERFORM subscriber_off(ARRAY[v.mailbox], '{complaint}');
    ELSE
        SELECT d.marked, d.uncounted INTO v_dead FROM mail_dead(ARRAY[v.token_bucket], ARRAY[v.token_hash], 'bounced') AS d;
        uncounted := v_dead.uncounted > 0;
        changed := v_dead.marked > 0 OR uncounted;
    END IF;
END
$$;
COMMENT ON FUNCTION countersign.mail_returned(integer, bytea, text) IS
    'What came back about the letter of a return address: bounce, complaint or unsubscribe. known: there is such a letter; changed: it said something new; uncounted: a signature was taken out of the count';
GRANT EXECUTE ON FUNCTION countersign.mail_returned(integer, bytea, text) TO countersign_mailer;

CREATE FUNCTION countersign.mail_allow(a_mailbox bytea[]) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = countersign, pg_temp AS $$
DECLARE
    v_count bigint;
BEGIN
    DELETE FROM mail_suppressed m
     WHERE m.mailbox IN (SELECT k.mailbox FROM mail_suppressed k WHERE k.mailbox = ANY (a_mailbox)
                          ORDER BY k.mailbox FOR UPDATE);
    GET DIAGNOSTICS v_count = ROW_COUNT;
    RETURN v_count;
END
$$;
COMMENT ON FUNCTION countersign.mail_allow(bytea[]) IS
    'Letters go to these mailboxes again, whatever marked them; how many were marked';
GRANT EXECUTE ON FUNCTION countersign.mail_allow(bytea[]) TO countersign_operator;

-- Numbers only. Reads all signatures and letters; letters are kept as long as their tokens.
CREATE FUNCTION countersign.disavowals(a_slug text DEFAULT NULL)
RETURNS TABLE (slug text, day timestamptz, disavowed bigint, signed bigint, sent bigint)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = countersign, pg_temp AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT p.slug, e.day, coalesce(sum(e.disavowed), 0)::bigint, coalesce(sum(e.signed), 0)::bigint,
           coalesce(sum(e.sent), 0)::bigint
      FROM petition p
      LEFT JOIN (SELECT d.petition_id, day_of(d.at) AS day, count(*) AS disavowed, 0::bigint AS signed, 0::bigint AS sent
                   FROM disavowal d WHERE d.why = 'said' GROUP BY 1, 2
                  UNION ALL
                 SELECT s.petition_id, day_of(s.signed_at), 0, count(*), 0 FROM signature s GROUP BY 1, 2
                  UNION ALL
                 SELECT l.petition_id, day_of(l.sent_at), 0, 0, count(*)
                   FROM letter l WHERE l.sent_at IS NOT NULL GROUP BY 1, 2) AS e ON e.petition_id = p.id
     WHERE a_slug IS NULL OR p.slug = a_slug
     GROUP BY p.slug, e.day
     ORDER BY p.slug, e.day;
END
$$;
COMMENT ON FUNCTION countersign.disavowals(text) IS
    'How many said "this was not me", by petition (null: all) and day (UTC), beside how many signed and how many letters went out; a petition of which nothing is there has one row without a day';
GRANT EXECUTE ON FUNCTION countersign.disavowals(text) TO countersign_operator;

CREATE FUNCTION countersign.day_of(a_at timestamptz) RETURNS timestamptz
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN date_bin('1 day', a_at, '2000-01-01 00:00:00+00'::timestamptz);
COMMENT ON FUNCTION countersign.day_of(timestamptz) IS 'Inside disavowals: start of the day in UTC, whatever the session''s time zone';
