-- Letters to the list, mended: what is ready is not held up by what is not, a pause costs nobody their letter, a sender warms up
-- by what has gone and not by the calendar, and what was tried goes on at the reader's own time.

SET LOCAL lock_timeout = '3s';
SET LOCAL countersign.works_from = '26';

-- Twice as many each day: with d letters a day when d*ln(2) is the rate, N have gone after a day, and twice as many on each day
-- more. By what has gone, so days on which nothing went (a pause, a mail server that was away) raise nothing.
CREATE OR REPLACE FUNCTION countersign.mailing_rate(v countersign.mailing) RETURNS numeric
LANGUAGE sql STABLE
RETURN least(v.rate, (v.warm_up + v.sent) * ln(2.0) / 1440);
COMMENT ON FUNCTION countersign.mailing_rate(countersign.mailing) IS
    'Inside mailing_claim: letters a minute that a mailing may have now; null: as many as can be';
COMMENT ON COLUMN countersign.mailing.warm_up IS 'Letters in the first day of sending, and twice as many in each day more, up to rate; null: as rate says from the beginning';

-- Whether a claim would do something: somebody is due and the rate allows one, or nobody is left and it is to be ended. The
-- subquery is one row of an index, whatever the statistics say.
CREATE FUNCTION countersign.mailing_ready(v countersign.mailing) RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN d.due_at IS NULL THEN v.gathered IS NULL
                ELSE d.due_at <= now() AND (countersign.mailing_allowance(v, 1)).n > 0 END
      FROM (SELECT (SELECT q.due_at FROM countersign.mailing_queue q WHERE q.mailing_id = v.id ORDER BY q.due_at LIMIT 1)) AS d(due_at)
$$;
COMMENT ON FUNCTION countersign.mailing_ready(countersign.mailing) IS
    'Inside mailing_claim: a mailing has somebody for a mailer now, or is over';

-- As in 0022, but for which mailing: one that is ready.
CREATE OR REPLACE FUNCTION countersign.mailing_claim(a_recipient bytea, a_limit integer, a_lease_s integer)
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
     WHERE m.state = 'sending' AND coalesce(m.send_at, '-infinity') <= now() AND mailing_is_asking(m.petition_id) AND mailing_ready(m)
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

-- Of several subjects the one that does best goes out at the reader's own time too: on the first day on which that is not before it is known.
CREATE FUNCTION countersign.mailing_due(v countersign.mailing, a_country text, a_subject smallint) RETURNS timestamptz
LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN v.local_at IS NULL THEN w.at
                WHEN a_subject <> 0 THEN greatest(w.at, l.at)
                ELSE l.at + greatest(0, ceil(extract(epoch FROM w.at - l.at) / 86400)) * interval '24 hours' END
      FROM (SELECT CASE a_subject WHEN 0 THEN greatest(now(), v.decides_at) ELSE now() END) AS w(at)
     CROSS JOIN LATERAL (SELECT coalesce((SELECT v.local_at AT TIME ZONE 'UTC' AT TIME ZONE z.zone FROM countersign.country_zone z
                                           WHERE z.country = a_country), v.elsewhere_at)) AS l(at)
$$;
COMMENT ON FUNCTION countersign.mailing_due(countersign.mailing, text, smallint) IS
    'Inside mailing_gather: from when on a reader in this country may get a letter with this subject (0: the one that does best)';

-- lint: mailing_gather alone called it
DROP FUNCTION countersign.mailing_due(countersign.mailing, text);

-- As in 0022, but for the moment; and without a function call for each subscriber that there need not be.
CREATE OR REPLACE FUNCTION countersign.mailing_gather(a_rows integer) RETURNS integer
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
        SELECT p.mailbox, p.country, mailing_turn(v, v.audience + row_number() OVER (ORDER BY p.mailbox)) AS subject
          FROM page p
         WHERE p.fits
           AND NOT EXISTS (SELECT FROM disavowal d WHERE d.petition_id = v.petition_id AND d.mailbox = p.mailbox)
           AND NOT EXISTS (SELECT FROM mail_suppressed x WHERE x.mailbox = p.mailbox)
    ), added AS (
        INSERT INTO mailing_queue (mailing_id, mailbox, subject, due_at)
        SELECT v.id, c.mailbox, c.subject, CASE WHEN v.local_at IS NULL AND c.subject > 0 THEN now() ELSE mailing_due(v, c.country, c.subject) END
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

-- As in 0021, but that what is past is no time to send at: a wrong year would send at once.
CREATE OR REPLACE FUNCTION countersign.mailing_send(a_name text, a_audience jsonb, a_at text, a_rate integer, a_trial integer, a_trial_hours integer,
                                         a_warm_up integer, a_local boolean)
RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = countersign, pg_temp AS $$
DECLARE
    v_at    timestamptz := zoned_time(a_at);
    v_local timestamp := CASE WHEN a_local THEN a_at::timestamp END; -- what stands there, whatever the zone
    v_first timestamptz := coalesce(v_local AT TIME ZONE 'Etc/GMT-14', v_at);
    v       mailing;
BEGIN
    SELECT m.* INTO v FROM mailing m WHERE m.name = a_name FOR UPDATE;
    IF NOT FOUND OR v.state <> 'draft' THEN
        RETURN v.state;
    ELSIF NOT mailing_is_asking(v.petition_id) THEN
        RETURN 'petition not open';
    ELSIF NOT isfinite(v_at) OR coalesce(v_local AT TIME ZONE 'Etc/GMT+12', v_at) < now() - interval '1 hour' THEN
        RETURN 'time is past';
    END IF;
    UPDATE mailing m
       SET state = 'sending', started_at = now(), changed_at = now(), send_at = v_first, rate = a_rate,
           local_at = v_local AT TIME ZONE 'UTC', elsewhere_at = CASE WHEN a_local THEN v_at END, warm_up = a_warm_up,
           trial = CASE WHEN m.subjects > 1 THEN a_trial END,
           decides_at = CASE WHEN m.subjects > 1 THEN greatest(now(), v_first) + make_interval(hours => a_trial_hours) END,
           who = coalesce(a_audience ->> 'who', 'unsigned'),
           topics = CASE jsonb_typeof(a_audience -> 'topics') WHEN 'array' THEN text_list(a_audience -> 'topics') END,
           countries = CASE jsonb_typeof(a_audience -> 'countries') WHEN 'array' THEN text_list(a_audience -> 'countries') END,
           regions = CASE jsonb_typeof(a_audience -> 'regions') WHEN 'array' THEN text_list(a_audience -> 'regions') END
     WHERE m.id = v.id;
    PERFORM mailing_changed();
    RETURN 'sending';
END
$$;

-- As in 0021, but for who was tried before a pause; twice the same changes nothing.
CREATE OR REPLACE FUNCTION countersign.mailing_move(a_name text, a_to text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = countersign, pg_temp AS $$
DECLARE
    v mailing;
BEGIN
    IF a_to NOT IN ('paused', 'sending', 'cancelled') THEN
        RAISE EXCEPTION 'no such state to move to' USING ERRCODE = 'check_violation';
    END IF;
    SELECT m.* INTO v FROM mailing m WHERE m.name = a_name FOR UPDATE;
    IF NOT FOUND OR v.state NOT IN ('sending', 'paused') OR v.state = a_to THEN
        RETURN v.state;
    END IF;
    IF v.state = 'paused' AND a_to = 'sending' THEN
        -- The days after which a letter is given up are days on which it is tried.
        UPDATE mailing_queue q SET first_at = q.first_at + (now() - v.changed_at) WHERE q.mailing_id = v.id AND q.first_at IS NOT NULL;
    END IF;
    UPDATE mailing m
       SET state = a_to, changed_at = now(), ended_at = CASE a_to WHEN 'cancelled' THEN now() END,
           gathered = CASE a_to WHEN 'cancelled' THEN NULL ELSE m.gathered END
     WHERE m.id = v.id;
    IF a_to = 'cancelled' THEN
        -- Of a large list the rest goes in steps, since what mailers have in hand waits meanwhile (mailing_tidy).
        PERFORM mailing_cancel_rows(v.id, 10000);
    END IF;
    PERFORM mailing_changed();
    RETURN a_to;
END
$$;
