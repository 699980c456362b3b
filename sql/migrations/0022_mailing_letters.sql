-- What mailers do with letters to the list: gather who gets one, claim who is next, say what became of it. Locks as in 0021.

SET LOCAL lock_timeout = '3s';

CREATE FUNCTION countersign.mailing_fits(v countersign.mailing, s countersign.subscriber) RETURNS boolean
LANGUAGE sql IMMUTABLE
RETURN s.state = 'on'
   AND (v.topics IS NULL OR s.topics IS NULL OR s.topics && v.topics)
   AND (v.countries IS NULL OR s.country = ANY (v.countries))
   AND (v.regions IS NULL OR s.region = ANY (v.regions));
COMMENT ON FUNCTION countersign.mailing_fits(countersign.mailing, countersign.subscriber) IS
    'Inside the mailers'' functions: a subscriber wants letters of this kind';

CREATE FUNCTION countersign.mailing_often(s countersign.subscriber) RETURNS boolean
LANGUAGE sql STABLE
RETURN coalesce(CASE s.frequency WHEN 'weekly' THEN s.mailed_at > now() - interval '7 days'
                                 WHEN 'monthly' THEN s.mailed_at > now() - interval '1 month' END, false);
COMMENT ON FUNCTION countersign.mailing_often(countersign.subscriber) IS
    'Inside the mailers'' functions: had a letter to the list so lately that they want none now';

CREATE FUNCTION countersign.mailing_signed(v countersign.mailing, s countersign.subscriber) RETURNS boolean
LANGUAGE sql IMMUTABLE
RETURN CASE v.who WHEN 'all' THEN false ELSE s.petitions @> ARRAY[v.petition_id] = (v.who = 'unsigned') END;
COMMENT ON FUNCTION countersign.mailing_signed(countersign.mailing, countersign.subscriber) IS
    'Inside the mailers'' functions: has signed a letter''s petition, or has not where it is for those who have';

CREATE FUNCTION countersign.mailing_disavowed(v countersign.mailing, a_mailbox bytea) RETURNS boolean
LANGUAGE sql STABLE
RETURN EXISTS (SELECT FROM countersign.disavowal d WHERE d.petition_id = v.petition_id AND d.mailbox = a_mailbox);
COMMENT ON FUNCTION countersign.mailing_disavowed(countersign.mailing, bytea) IS
    'Inside the mailers'' functions: has said "this was not me" about a letter''s petition, and is not asked to sign it';

-- Who is in the trial is evenly spread over the audience, which is walked in the order of a keyed hash.
CREATE FUNCTION countersign.mailing_turn(v countersign.mailing, a_nth bigint) RETURNS smallint
LANGUAGE sql IMMUTABLE
RETURN CASE WHEN v.subjects = 1 THEN 1
            WHEN (a_nth * v.trial + 99) / 100 = ((a_nth - 1) * v.trial + 99) / 100 THEN 0
            ELSE ((a_nth * v.trial + 99) / 100 - 1) % v.subjects + 1 END::smallint;
COMMENT ON FUNCTION countersign.mailing_turn(countersign.mailing, bigint) IS
    'Inside mailing_gather: which subject the n-th of an audience gets; 0: the one that does best';

-- One step of one mailing; how many subscribers it looked at, 0: there is nothing to gather.
CREATE FUNCTION countersign.mailing_gather(a_rows integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = countersign, pg_temp SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off SET enable_bitmapscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
DECLARE
    v      mailing;
    v_seen integer;
    v_more bigint;
    v_last bytea;
BEGIN
    SELECT m.* INTO v
      FROM mailing m
     WHERE m.state = 'sending' AND m.gathered IS NOT NULL AND coalesce(m.send_at, '-infinity') <= now()
       AND mailing_is_asking(m.petition_id)
     ORDER BY m.id LIMIT 1
       FOR UPDATE SKIP LOCKED;
    IF NOT FOUND THEN
        RETURN mailing_tidy(a_rows);
    END IF;
    WITH page AS MATERIALIZED (
        SELECT s.mailbox, s.country, mailing_fits(v, s) AND NOT mailing_often(s) AND NOT mailing_signed(v, s) AS fits
          FROM subscriber s
         WHERE s.mailbox > v.gathered
         ORDER BY s.mailbox
         LIMIT a_rows
    ), chosen AS (
        SELECT p.mailbox, mailing_due(v, p.country) AS due_at, mailing_turn(v, v.audience + row_number() OVER (ORDER BY p.mailbox)) AS subject
          FROM page p
         WHERE p.fits AND NOT mailing_disavowed(v, p.mailbox)
           AND NOT EXISTS (SELECT FROM mail_suppressed x WHERE x.mailbox = p.mailbox)
    ), added AS (
        INSERT INTO mailing_queue (mailing_id, mailbox, subject, due_at)
        SELECT v.id, c.mailbox, c.subject, CASE c.subject WHEN 0 THEN greatest(v.decides_at, c.due_at) ELSE c.due_at END
          FROM chosen c
         ORDER BY c.mailbox
            ON CONFLICT DO NOTHING
        RETURNING 1
    )
    SELECT (SELECT count(*) FROM page), (SELECT count(*) FROM added),
           (SELECT p.mailbox FROM page p ORDER BY p.mailbox DESC LIMIT 1)
      INTO v_seen, v_more, v_last;
    UPDATE mailing m
       SET audience = m.audience + v_more, gathered = CASE WHEN v_seen = a_rows THEN v_last END
     WHERE m.id = v.id;
    RETURN v_seen;
END
$$;
COMMENT ON FUNCTION countersign.mailing_gather(integer) IS
    'Looks at so many more subscribers for the audience of a letter that is to be sent; how many there were, 0: no more to do';
GRANT EXECUTE ON FUNCTION countersign.mailing_gather(integer) TO countersign_mailer;

-- Who waits for a letter that was cancelled, whom a killed mailer had in hand of one, and letters to look at that nobody could send.
CREATE FUNCTION countersign.mailing_tidy(a_rows integer) RETURNS integer
LANGUAGE plpgsql SET search_path = countersign, pg_temp AS $$
DECLARE
    v_id integer;
BEGIN
    DELETE FROM mailing_test t WHERE t.asked_at < now() - interval '1 day';
    DELETE FROM mailing_signed k USING mailing m
     WHERE k.mailing_id = m.id AND m.ended_at < now() - interval '60 days';
    SELECT m.id INTO v_id
      FROM mailing m
     WHERE m.state = 'cancelled'
       AND EXISTS (SELECT FROM mailing_queue q WHERE q.mailing_id = m.id AND (q.lease = 0 OR q.due_at < now()))
     ORDER BY m.id LIMIT 1
       FOR UPDATE SKIP LOCKED;
    RETURN CASE WHEN v_id IS NULL THEN 0 ELSE mailing_cancel_rows(v_id, a_rows) END;
END
$$;
COMMENT ON FUNCTION countersign.mailing_tidy(integer) IS 'Inside mailing_gather: what is left of letters that were cancelled or only to be looked at';

-- Days are of 24 hours, from the moment when the sending began or was to begin.
CREATE FUNCTION countersign.mailing_rate(v countersign.mailing) RETURNS numeric
LANGUAGE sql STABLE
RETURN least(v.rate, v.warm_up / 1440.0
                     * power(2::numeric, least(30, floor(extract(epoch FROM now() - greatest(v.started_at, v.send_at)) / 86400))));
COMMENT ON FUNCTION countersign.mailing_rate(countersign.mailing) IS
    'Inside mailing_claim: letters a minute that a mailing may have now; null: as many as can be';

-- How many letters a rate allows now, and until when they use it up. What was not used for two seconds is gone.
CREATE FUNCTION countersign.mailing_allowance(v countersign.mailing, a_most integer, OUT n integer, OUT from_at timestamptz, OUT rate numeric)
LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN r.rate IS NULL THEN a_most
                -- Negative where another mailer's now() was later.
                ELSE greatest(0, least(a_most, floor(extract(epoch FROM now() - f.at) * r.rate / 60 + 0.000001)))::integer END, f.at, r.rate
      FROM (SELECT countersign.mailing_rate(v)) AS r(rate)
     CROSS JOIN LATERAL (SELECT greatest(v.paced_at, now() - make_interval(secs => greatest(2, 60.0 / r.rate)))) AS f(at)
$$;
COMMENT ON FUNCTION countersign.mailing_allowance(countersign.mailing, integer) IS
    'Inside mailing_claim: how many letters the rate of a mailing allows now, counted from when';

-- Why somebody who waits is left out; null: they are not.
CREATE FUNCTION countersign.mailing_why_not(v countersign.mailing, s countersign.subscriber, a_suppressed text, a_tried boolean)
RETURNS text
LANGUAGE sql STABLE
RETURN CASE WHEN a_suppressed = 'complained' OR s.off_why = 'complaint' THEN 'complained'
            WHEN a_suppressed IS NOT NULL OR s.off_why = 'bounced' THEN 'bounced'
            WHEN NOT coalesce(countersign.mailing_fits(v, s), false) OR countersign.mailing_disavowed(v, s.mailbox) THEN 'unsubscribed'
            WHEN countersign.mailing_signed(v, s) THEN 'signed'
            WHEN NOT a_tried AND countersign.mailing_often(s) THEN 'too_often' END;
COMMENT ON FUNCTION countersign.mailing_why_not(countersign.mailing, countersign.subscriber, text, boolean) IS
    'Inside mailing_claim: why a letter is not made for somebody who waits for it';

-- Only of who wants few.
CREATE FUNCTION countersign.mailing_remember(a_mailbox bytea[]) RETURNS void
LANGUAGE sql SET search_path = countersign, pg_temp AS $$
    UPDATE subscriber s SET mailed_at = now()
     WHERE s.mailbox IN (SELECT k.mailbox FROM subscriber k WHERE k.mailbox = ANY (a_mailbox) AND k.state = 'on' AND k.frequency <> 'every'
                          ORDER BY k.mailbox FOR UPDATE)
$$;
COMMENT ON FUNCTION countersign.mailing_remember(bytea[]) IS
    'Inside mailing_claim and mailing_fate: these have a letter to the list now';

-- More signatures by its button for each letter that has gone; of equal ones the first. Once: its row is locked by the caller, and
-- nobody of the rest is due before.
CREATE FUNCTION countersign.mailing_decide(v countersign.mailing) RETURNS smallint
LANGUAGE plpgsql SET search_path = countersign, pg_temp AS $$
BEGIN
    WITH told AS (
        SELECT g.n, coalesce(sum(t.sent), 0) AS sent, coalesce(sum(t.signed), 0) AS signed
          FROM generate_series(1, v.subjects) AS g(n)
          LEFT JOIN mailing_tally t ON t.mailing_id = v.id AND t.subject = g.n
         GROUP BY g.n
    )
    UPDATE mailing m
       SET decided_at = now(),
           verdict = (SELECT jsonb_agg(jsonb_build_object('sent', o.sent, 'signed', o.signed) ORDER BY o.n) FROM told o),
           subject = (SELECT o.n FROM told o ORDER BY o.signed / greatest(o.sent, 1) DESC, o.n LIMIT 1)
     WHERE m.id = v.id
    RETURNING m.subject INTO v.subject;
    RETURN v.subject;
END
$$;
COMMENT ON FUNCTION countersign.mailing_decide(countersign.mailing) IS
    'Inside mailing_claim, at the first claim from decides_at on: which subject the rest of the audience gets';

-- Of the mailing that has waited longest: leases who is next, and leaves out whom it should not reach any more. A mailing that
-- another mailer is at is passed over.
CREATE FUNCTION countersign.mailing_claim(a_recipient bytea, a_limit integer, a_lease_s integer)
RETURNS TABLE (petition_id integer, mailing_id integer, mailbox bytea, lease bigint, tries smallint, epoch bigint, epoch_key bytea,
               sealed bytea, subject smallint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = countersign, pg_temp SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET join_collapse_limit = 1 AS $$
#variable_conflict use_column
DECLARE
    v_lease   bigint := ('x' || substr(md5(gen_random_uuid()::text), 1, 15))::bit(60)::bigint;
    v         mailing;
    v_may     record;
    v_mailbox bytea[];
    v_tried   boolean[];
    v_why     text[];
    v_left    jsonb;
    v_sends   integer;
BEGIN
    PERFORM mail_hold();
    RETURN QUERY
    UPDATE mailing_test t SET lease = v_lease, due_at = now() + make_interval(secs => a_lease_s), tries = t.tries + 1
      FROM (SELECT o.mailing_id, o.mailbox FROM mailing_test o WHERE o.due_at <= now()
             ORDER BY o.mailing_id, o.mailbox LIMIT a_limit FOR UPDATE SKIP LOCKED) AS o
      JOIN mailing m ON m.id = o.mailing_id
     WHERE t.mailing_id = o.mailing_id AND t.mailbox = o.mailbox
    RETURNING m.petition_id, t.mailing_id, t.mailbox, t.lease, t.tries, t.epoch,
              (SELECT k.sealed FROM epoch_key k WHERE k.epoch = t.epoch AND k.recipient = a_recipient), t.sealed,
              1::smallint;

    SELECT m.* INTO v
      FROM mailing m
     WHERE m.state = 'sending' AND coalesce(m.send_at, '-infinity') <= now() AND mailing_is_asking(m.petition_id)
     ORDER BY m.claimed_at LIMIT 1
       FOR UPDATE SKIP LOCKED;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    IF v.decides_at <= now() AND v.subject IS NULL THEN
        v.subject := mailing_decide(v);
    END IF;
    v_may := mailing_allowance(v, a_limit);
    SELECT array_agg(d.mailbox), array_agg(d.first_at IS NOT NULL) INTO v_mailbox, v_tried
      FROM (SELECT q.mailbox, q.first_at FROM mailing_queue q
             WHERE q.mailing_id = v.id AND q.due_at <= now()
             ORDER BY q.due_at LIMIT v_may.n FOR UPDATE SKIP LOCKED) AS d;
    -- A statement of its own, so that it sees what is known of these mailboxes now.
    SELECT array_agg(mailing_why_not(v, s, x.why, u.tried) ORDER BY u.n) INTO v_why
      FROM unnest(v_mailbox, v_tried) WITH ORDINALITY AS u(mailbox, tried, n)
      LEFT JOIN subscriber s ON s.mailbox = u.mailbox
      LEFT JOIN mail_suppressed x ON x.mailbox = u.mailbox;
    DELETE FROM mailing_queue q USING unnest(v_mailbox, v_why) AS u(mailbox, why)
     WHERE u.why IS NOT NULL AND q.mailing_id = v.id AND q.mailbox = u.mailbox;
    v_left := (SELECT jsonb_object_agg(w.why, w.n)
                 FROM (SELECT u.why, count(*) AS n FROM unnest(v_why) AS u(why) WHERE u.why IS NOT NULL GROUP BY u.why) AS w);
    v_sends := coalesce(cardinality(array_positions(v_why, NULL)), 0);
    UPDATE mailing m
       SET claimed_at = clock_timestamp(),
           paced_at = CASE WHEN v_may.rate IS NULL THEN m.paced_at ELSE v_may.from_at + make_interval(secs => v_sends * 60.0 / v_may.rate) END,
           complained = m.complained + coalesce((v_left ->> 'complained')::bigint, 0),
           bounced = m.bounced + coalesce((v_left ->> 'bounced')::bigint, 0),
           unsubscribed = m.unsubscribed + coalesce((v_left ->> 'unsubscribed')::bigint, 0),
           signed = m.signed + coalesce((v_left ->> 'signed')::bigint, 0),
           too_often = m.too_often + coalesce((v_left ->> 'too_often')::bigint, 0)
     WHERE m.id = v.id;
    IF v_mailbox IS NULL THEN
        PERFORM mailing_end(v.id);
        RETURN;
    END IF;
    -- Not only when it has gone: another letter may be claimed for them meanwhile.
    PERFORM mailing_remember(ARRAY(SELECT u.mailbox FROM unnest(v_mailbox, v_why) AS u(mailbox, why) WHERE u.why IS NULL));
    RETURN QUERY
    UPDATE mailing_queue q
       SET lease = v_lease, due_at = now() + make_interval(secs => a_lease_s), tries = q.tries + 1, first_at = coalesce(q.first_at, now()),
           subject = CASE q.subject WHEN 0 THEN v.subject ELSE q.subject END
      FROM unnest(v_mailbox, v_why) AS u(mailbox, why)
      JOIN subscriber s ON s.mailbox = u.mailbox
      LEFT JOIN epoch_key k ON k.epoch = s.epoch AND k.recipient = a_recipient
     WHERE u.why IS NULL AND q.mailing_id = v.id AND q.mailbox = u.mailbox
    RETURNING v.petition_id, q.mailing_id, q.mailbox, q.lease, q.tries, s.epoch, k.sealed, s.sealed, q.subject;
END
$$;
COMMENT ON FUNCTION countersign.mailing_claim(bytea, integer, integer) IS
    'Leases subscribers who wait for a letter to the list, with what opens their envelopes; leaves out whom it should not reach any more';
GRANT EXECUTE ON FUNCTION countersign.mailing_claim(bytea, integer, integer) TO countersign_mailer;

-- Its row is locked by the caller, so nobody gathers for it now.
CREATE FUNCTION countersign.mailing_end(a_mailing integer) RETURNS void
LANGUAGE plpgsql SET search_path = countersign, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM mailing m WHERE m.id = a_mailing AND m.state = 'sending' AND m.gathered IS NULL)
       AND NOT EXISTS (SELECT FROM mailing_queue q WHERE q.mailing_id = a_mailing) THEN
        UPDATE mailing m SET state = 'done', ended_at = now(), changed_at = now() WHERE m.id = a_mailing;
        PERFORM mailing_changed();
    END IF;
END
$$;
COMMENT ON FUNCTION countersign.mailing_end(integer) IS 'Inside mailing_claim: a letter for which nobody waits any more is done';

-- Fates as in mail_fate, and believed as there: sent and unknown from anybody, the others from who has the lease.
CREATE FUNCTION countersign.mailing_fate(
    a_mailing integer[], a_mailbox bytea[], a_lease bigint[], a_fate smallint[], a_wait_s integer[], a_give_up_days integer)
RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = countersign, pg_temp SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET join_collapse_limit = 1 AS $$
DECLARE
    v_count integer;
    v_dead  bytea[];
    v_sent  bytea[];
BEGIN
    PERFORM FROM mailing m WHERE m.id = ANY (a_mailing) ORDER BY m.id FOR UPDATE;
    WITH mine AS MATERIALIZED (
        SELECT q.mailing_id, q.mailbox, q.subject, u.fate, u.wait_s,
               CASE WHEN u.fate = 4 AND q.lease <> u.lease THEN -1
                    WHEN u.fate = 1 OR u.fate = 4 AND q.unsure THEN 1
                    WHEN u.fate = 3 THEN 2
                    WHEN u.fate = 5 OR q.first_at + make_interval(days => a_give_up_days) < now() THEN 3
                    WHEN m.state = 'cancelled' THEN 4
                    ELSE 0 END AS becomes
          FROM unnest(a_mailing, a_mailbox, a_lease, a_fate, a_wait_s) AS u(mailing_id, mailbox, lease, fate, wait_s)
          JOIN mailing m ON m.id = u.mailing_id
          JOIN mailing_queue q ON q.mailing_id = u.mailing_id AND q.mailbox = u.mailbox AND (q.lease = u.lease OR u.fate IN (1, 4))
         ORDER BY q.mailing_id, q.mailbox
           FOR UPDATE OF q
    ), gone AS (
        DELETE FROM mailing_queue q USING mine i WHERE i.becomes > 0 AND q.mailing_id = i.mailing_id AND q.mailbox = i.mailbox
    ), kept AS (
        UPDATE mailing_queue q
           SET lease = 0, due_at = now() + make_interval(secs => i.wait_s), unsure = q.unsure OR i.fate = 4,
               tries = q.tries - (i.fate = 6)::integer
          FROM mine i
         WHERE i.becomes = 0 AND q.mailing_id = i.mailing_id AND q.mailbox = i.mailbox
    ), doubted AS (
        UPDATE mailing_queue q SET unsure = true
          FROM mine i
         WHERE i.becomes = -1 AND NOT q.unsure AND q.mailing_id = i.mailing_id AND q.mailbox = i.mailbox
    ), told AS (
        INSERT INTO mailing_tally AS t (mailing_id, subject, slot, sent, signed)
        SELECT i.mailing_id, i.subject, -1, count(*), 0 FROM mine i WHERE i.becomes = 1 GROUP BY 1, 2 ORDER BY 1, 2
            ON CONFLICT (mailing_id, subject, slot) DO UPDATE SET sent = t.sent + excluded.sent
    ), counted AS (
        UPDATE mailing m
           SET sent = m.sent + c.sent, refused = m.refused + c.refused, failed = m.failed + c.failed, cancelled = m.cancelled + c.cancelled
          FROM (SELECT i.mailing_id, count(*) FILTER (WHERE i.becomes = 1) AS sent, count(*) FILTER (WHERE i.becomes = 2) AS refused,
                       count(*) FILTER (WHERE i.becomes = 3) AS failed, count(*) FILTER (WHERE i.becomes = 4) AS cancelled
                  FROM mine i WHERE i.becomes > 0 GROUP BY i.mailing_id) AS c
         WHERE m.id = c.mailing_id
    )
    SELECT count(*) FILTER (WHERE i.becomes >= 0), array_agg(i.mailbox ORDER BY i.mailbox) FILTER (WHERE i.becomes = 2),
           array_agg(i.mailbox ORDER BY i.mailbox) FILTER (WHERE i.becomes = 1)
      INTO v_count, v_dead, v_sent
      FROM mine i;
    v_count := v_count + mailing_test_fate(a_mailing, a_mailbox, a_lease, a_fate, a_wait_s);
    IF v_dead IS NOT NULL THEN
        INSERT INTO mail_suppressed (mailbox, why) SELECT DISTINCT d, 'refused' FROM unnest(v_dead) AS d ORDER BY d ON CONFLICT DO NOTHING;
        PERFORM subscriber_off(v_dead, array_fill('bounced'::text, ARRAY[cardinality(v_dead)]));
    END IF;
    PERFORM mailing_remember(v_sent);
    RETURN v_count;
END
$$;
COMMENT ON FUNCTION countersign.mailing_fate(integer[], bytea[], bigint[], smallint[], integer[], integer) IS
    'What became of claimed letters to the list: 1 sent, 2 later, 3 refused, 4 unknown, 5 cannot be sent, 6 not tried; how many were there';
GRANT EXECUTE ON FUNCTION countersign.mailing_fate(integer[], bytea[], bigint[], smallint[], integer[], integer) TO countersign_mailer;

CREATE FUNCTION countersign.mailing_test_fate(
    a_mailing integer[], a_mailbox bytea[], a_lease bigint[], a_fate smallint[], a_wait_s integer[])
RETURNS integer
LANGUAGE plpgsql SET search_path = countersign, pg_temp AS $$
DECLARE
    v_count integer;
BEGIN
    WITH mine AS MATERIALIZED (
        SELECT t.mailing_id, t.mailbox, u.fate, u.wait_s
          FROM unnest(a_mailing, a_mailbox, a_lease, a_fate, a_wait_s) AS u(mailing_id, mailbox, lease, fate, wait_s)
          JOIN mailing_test t ON t.mailing_id = u.mailing_id AND t.mailbox = u.mailbox AND t.lease = u.lease
         ORDER BY t.mailing_id, t.mailbox
           FOR UPDATE OF t
    ), gone AS (
        DELETE FROM mailing_test t USING mine i WHERE i.fate NOT IN (2, 6) AND t.mailing_id = i.mailing_id AND t.mailbox = i.mailbox
    ), kept AS (
        UPDATE mailing_test t SET lease = 0, due_at = now() + make_interval(secs => i.wait_s)
          FROM mine i
         WHERE i.fate IN (2, 6) AND t.mailing_id = i.mailing_id AND t.mailbox = i.mailbox
    )
    SELECT count(*) INTO v_count FROM mine;
    RETURN v_count;
END
$$;
COMMENT ON FUNCTION countersign.mailing_test_fate(integer[], bytea[], bigint[], smallint[], integer[]) IS
    'Inside mailing_fate: what became of letters that were only to be looked at';
