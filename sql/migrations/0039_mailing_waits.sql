-- Letters to the list wait for no moment that cannot be, and what is asked for twice is not taken for done.

SET LOCAL lock_timeout = '3s';
SET LOCAL countersign.works_from = '26';

-- Nobody takes up more than the present; so what is further ahead than that was written while this host's clock was ahead, and says
-- nothing. As in 0022, but for that.
CREATE OR REPLACE FUNCTION countersign.mailing_allowance(v countersign.mailing, a_most integer, OUT n integer, OUT from_at timestamptz, OUT rate numeric)
LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN r.rate IS NULL THEN a_most
                -- Negative where another mailer's now() was later.
                ELSE greatest(0, least(a_most, floor(extract(epoch FROM now() - f.at) * r.rate / 60 + 0.000001)))::integer END, f.at, r.rate
      FROM (SELECT countersign.mailing_rate(v)) AS r(rate)
     CROSS JOIN LATERAL (SELECT greatest(CASE WHEN v.paced_at < now() + interval '2 minutes' THEN v.paced_at END,
                                         now() - make_interval(secs => greatest(2, 60.0 / r.rate)))) AS f(at)
$$;

-- As in 0034, but for that.
CREATE OR REPLACE FUNCTION countersign.mailing_turns(a_place smallint[], a_per_minute integer, a_go boolean) RETURNS timestamptz[]
LANGUAGE plpgsql SET search_path = countersign, pg_temp SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
DECLARE
    v_step  interval := make_interval(secs => 60.0 / a_per_minute);
    v_turns timestamptz[];
BEGIN
    INSERT INTO mailing_pace (place) SELECT DISTINCT u FROM unnest(a_place) AS u ORDER BY u ON CONFLICT DO NOTHING;
    PERFORM FROM mailing_pace p WHERE p.place = ANY (a_place) ORDER BY p.place FOR UPDATE;
    WITH line AS (
        SELECT u.n, u.place, row_number() OVER (PARTITION BY u.place ORDER BY u.n) AS nth
          FROM unnest(a_place) WITH ORDINALITY AS u(place, n)
    ), place AS MATERIALIZED (
        SELECT w.place, w.n, g.go, f.at + g.go * v_step AS free_at, greatest(CASE WHEN f.known THEN p.tail_at END, f.at + g.go * v_step, now()) AS tail_at
          FROM (SELECT l.place, count(*) AS n FROM line l GROUP BY l.place) AS w
          JOIN mailing_pace p ON p.place = w.place
         CROSS JOIN LATERAL (SELECT p.free_at < now() + v_step + interval '2 minutes') AS k(known)
         CROSS JOIN LATERAL (SELECT greatest(CASE WHEN k.known THEN p.free_at END, now() - interval '2 seconds'), k.known) AS f(at, known)
         CROSS JOIN LATERAL (SELECT CASE WHEN a_go THEN least(w.n, greatest(0, 1 + floor(extract(epoch FROM now() - f.at) * a_per_minute / 60))::bigint)
                                         ELSE 0 END) AS g(go)
    ), moved AS (
        UPDATE mailing_pace p SET free_at = CASE WHEN c.go > 0 THEN c.free_at ELSE p.free_at END,
                                  tail_at = CASE WHEN c.n > c.go THEN c.tail_at + (c.n - c.go) * v_step ELSE p.tail_at END
          FROM place c WHERE p.place = c.place
    )
    SELECT array_agg(CASE WHEN l.nth > c.go THEN c.tail_at + (l.nth - c.go - 1) * v_step END ORDER BY l.n) INTO v_turns
      FROM line l JOIN place c ON c.place = l.place;
    RETURN v_turns;
END
$$;

-- As in 0034, but for that.
CREATE OR REPLACE FUNCTION countersign.mailing_gather(a_rows integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = countersign, pg_temp SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off SET enable_bitmapscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
DECLARE
    v_began timestamptz := clock_timestamp();
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
    PERFORM FROM mailing_pace p WHERE p.place = -1 AND NOT p.free_at BETWEEN v_began AND v_began + interval '2 minutes' FOR UPDATE SKIP LOCKED;
    IF NOT FOUND THEN
        RETURN -1;
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
    UPDATE mailing_pace p SET free_at = v_began + v_seen * interval '46 microseconds' WHERE p.place = -1;
    RETURN v_seen;
END
$$;

-- As in 0034, but that letters to look at come before domains: a claim has locked such letters already when it waits for a domain.
CREATE OR REPLACE FUNCTION countersign.mailing_fate(
    a_mailing integer[], a_mailbox bytea[], a_lease bigint[], a_fate smallint[], a_wait_s integer[], a_give_up_days integer,
    a_place smallint[] DEFAULT '{}', a_per_minute integer DEFAULT 0)
RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = countersign, pg_temp SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET join_collapse_limit = 1 AS $$
DECLARE
    v_count integer;
    v_dead  bytea[];
    v_sent  bytea[];
    v_back  integer[];
BEGIN
    PERFORM FROM mailing m WHERE m.id = ANY (a_mailing) ORDER BY m.id FOR UPDATE;
    WITH mine AS MATERIALIZED (
        SELECT q.mailing_id, q.mailbox, q.subject, u.fate, u.wait_s, u.place >= 0 AS looked,
               CASE WHEN u.fate = 4 AND q.lease <> u.lease THEN -1
                    WHEN u.fate = 1 OR u.fate = 4 AND q.unsure THEN 1
                    WHEN u.fate = 3 THEN 2
                    WHEN u.fate = 5 OR q.first_at + make_interval(days => a_give_up_days) < now() THEN 3
                    WHEN m.state = 'cancelled' THEN 4
                    ELSE 0 END AS becomes
          FROM unnest(a_mailing, a_mailbox, a_lease, a_fate, a_wait_s, a_place) AS u(mailing_id, mailbox, lease, fate, wait_s, place)
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
           array_agg(i.mailbox ORDER BY i.mailbox) FILTER (WHERE i.becomes = 1),
           array_agg(i.mailing_id) FILTER (WHERE i.becomes = 0 AND i.fate = 6 AND i.looked IS NOT TRUE)
      INTO v_count, v_dead, v_sent, v_back
      FROM mine i;
    v_count := v_count + mailing_test_fate(a_mailing, a_mailbox, a_lease, a_fate, a_wait_s);
    PERFORM mailing_found(a_mailing, a_mailbox, a_place, a_per_minute);
    PERFORM mailing_give_back(v_back);
    IF v_dead IS NOT NULL THEN
        INSERT INTO mail_suppressed (mailbox, why) SELECT DISTINCT d, 'refused' FROM unnest(v_dead) AS d ORDER BY d ON CONFLICT DO NOTHING;
        PERFORM subscriber_off(v_dead, array_fill('bounced'::text, ARRAY[cardinality(v_dead)]));
    END IF;
    PERFORM mailing_remember(v_sent);
    RETURN v_count;
END
$$;

-- As in 0035, but that a letter which is being sent says so: how it is sent stays as it was asked for first.
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
        RETURN CASE v.state WHEN 'sending' THEN 'sending already' ELSE v.state END;
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
           who = coalesce(a_audience ->> 'who', 'unsigned'), tags = (SELECT p.tags FROM petition p WHERE p.id = v.petition_id),
           topics = CASE jsonb_typeof(a_audience -> 'topics') WHEN 'array' THEN text_list(a_audience -> 'topics') END,
           countries = CASE jsonb_typeof(a_audience -> 'countries') WHEN 'array' THEN text_list(a_audience -> 'countries') END,
           regions = CASE jsonb_typeof(a_audience -> 'regions') WHEN 'array' THEN text_list(a_audience -> 'regions') END
     WHERE m.id = v.id;
    PERFORM mailing_changed();
    RETURN 'sending';
END
$$;
