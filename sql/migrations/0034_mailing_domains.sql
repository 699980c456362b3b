-- Letters to the list go at one pace, however many mailers there are: rows say when the next may go to a domain, and when the next
-- step towards an audience may be made. Who waits for a domain waits in the database and not in a mailer's hand, so others go on.

SET LOCAL lock_timeout = '3s';
SET LOCAL countersign.works_from = '26';

CREATE TABLE countersign.mailing_pace (
    free_at timestamptz NOT NULL DEFAULT '-infinity',
    tail_at timestamptz NOT NULL DEFAULT '-infinity',
    place   smallint    PRIMARY KEY
) WITH (fillfactor = 25);
COMMENT ON TABLE  countersign.mailing_pace IS 'What goes at a pace that all mailers share: letters of the list to one domain, and steps of gathering';
COMMENT ON COLUMN countersign.mailing_pace.free_at IS 'When the next may go';
COMMENT ON COLUMN countersign.mailing_pace.tail_at IS 'Behind whoever waits for it: when one more is looked at again';
COMMENT ON COLUMN countersign.mailing_pace.place IS 'Of a domain''s name a hash under the mailers'' key, modulo 4096; -1: the gathering';
INSERT INTO countersign.mailing_pace (place) VALUES (-1);

ALTER TABLE countersign.mailing_queue ADD COLUMN place smallint;
COMMENT ON COLUMN countersign.mailing_queue.place IS 'The domain''s in mailing_pace; null: no mailer has looked, or the domains have no pace';
-- lint: only mailers write it, and it is empty while nothing is sent
CREATE INDEX mailing_queue_placed ON countersign.mailing_queue (mailing_id, due_at) WHERE place IS NOT NULL;

-- In order: null for each that may go now (none where a_go is false), else when it is its turn to be looked at again. Those who wait
-- are spread behind each other, so that each is looked at about once more, however many they are. What was not used for two seconds is gone.
CREATE FUNCTION countersign.mailing_turns(a_place smallint[], a_per_minute integer, a_go boolean) RETURNS timestamptz[]
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
        SELECT w.place, w.n, g.go, f.at + g.go * v_step AS free_at, greatest(p.tail_at, f.at + g.go * v_step, now()) AS tail_at
          FROM (SELECT l.place, count(*) AS n FROM line l GROUP BY l.place) AS w
          JOIN mailing_pace p ON p.place = w.place
         CROSS JOIN LATERAL (SELECT greatest(p.free_at, now() - interval '2 seconds')) AS f(at)
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
COMMENT ON FUNCTION countersign.mailing_turns(smallint[], integer, boolean) IS
    'Inside mailing_claim and mailing_fate: which of these may go to their domains now, and when the others are looked at again';

-- As in 0028, but at the pace of all mailers together: about 22,000 subscribers a second. -1: it is not time yet.
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
    PERFORM FROM mailing_pace p WHERE p.place = -1 AND p.free_at <= v_began FOR UPDATE SKIP LOCKED;
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
COMMENT ON FUNCTION countersign.mailing_gather(integer) IS
    'Looks at so many more subscribers for the audience of a letter that is to be sent; how many there were, 0: no more to do, -1: not yet';

-- Of what one mailing has that is due: who may go, and who is only to be looked at, since nobody knows their domain yet; an array each
-- of mailboxes, whether they were tried, whether they are only looked at. Nobody is looked at while there are enough who are known.
CREATE FUNCTION countersign.mailing_next(v countersign.mailing, a_limit integer, a_per_minute integer,
                                         OUT mailbox bytea[], OUT tried boolean[], OUT look boolean[])
LANGUAGE plpgsql SET search_path = countersign, pg_temp SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
DECLARE
    v_place smallint[];
    v_turns timestamptz[];
    v_wait  bytea[];
    v_new   bytea[];
    v_first boolean[];
BEGIN
    IF a_per_minute = 0 THEN
        SELECT array_agg(d.mailbox), array_agg(d.first_at IS NOT NULL), array_agg(false) INTO mailbox, tried, look
          FROM (SELECT q.mailbox, q.first_at FROM mailing_queue q
                 WHERE q.mailing_id = v.id AND q.due_at <= now()
                 ORDER BY q.due_at LIMIT a_limit FOR UPDATE SKIP LOCKED) AS d;
        RETURN;
    END IF;
    SELECT array_agg(d.mailbox), array_agg(d.place), array_agg(d.first_at IS NOT NULL) INTO v_wait, v_place, tried
      FROM (SELECT q.mailbox, q.place, q.first_at FROM mailing_queue q
             WHERE q.mailing_id = v.id AND q.due_at <= now() AND q.place IS NOT NULL
             ORDER BY q.due_at LIMIT a_limit FOR UPDATE SKIP LOCKED) AS d;
    v_turns := CASE WHEN v_wait IS NOT NULL THEN mailing_turns(v_place, a_per_minute, true) END;
    UPDATE mailing_queue q SET due_at = u.at
      FROM unnest(v_wait, v_turns) AS u(mailbox, at)
     WHERE u.at IS NOT NULL AND q.mailing_id = v.id AND q.mailbox = u.mailbox;
    SELECT array_agg(d.mailbox), array_agg(d.first_at IS NOT NULL) INTO v_new, v_first
      FROM (SELECT q.mailbox, q.first_at FROM mailing_queue q
             WHERE q.mailing_id = v.id AND q.due_at <= now() AND q.place IS NULL
             ORDER BY q.due_at LIMIT a_limit - coalesce(cardinality(v_wait), 0) FOR UPDATE SKIP LOCKED) AS d;
    SELECT array_agg(u.mailbox ORDER BY u.n), array_agg(u.tried ORDER BY u.n), array_agg(u.look ORDER BY u.n) INTO mailbox, tried, look
      FROM (SELECT w.mailbox, w.tried, false AS look, w.n FROM unnest(v_wait, tried, v_turns) WITH ORDINALITY AS w(mailbox, tried, at, n) WHERE w.at IS NULL
             UNION ALL
            SELECT w.mailbox, w.tried, true, 1000000 + w.n FROM unnest(v_new, v_first) WITH ORDINALITY AS w(mailbox, tried, n)) AS u;
END
$$;
COMMENT ON FUNCTION countersign.mailing_next(countersign.mailing, integer, integer) IS
    'Inside mailing_claim: locks who is next of a mailing';

-- As in 0028, but at the pace of each domain (a_per_minute, 0: none): `paced` says that the letter goes; else its domain is to be found
-- out and given back with it (mailing_fate), which uses up nothing and is no try.
-- lint: programs before call it with three arguments, which the default lets them
DROP FUNCTION countersign.mailing_claim(bytea, integer, integer);
CREATE FUNCTION countersign.mailing_claim(a_recipient bytea, a_limit integer, a_lease_s integer, a_per_minute integer DEFAULT 0)
RETURNS TABLE (petition_id integer, mailing_id integer, mailbox bytea, lease bigint, tries smallint, epoch bigint, epoch_key bytea,
               sealed bytea, subject smallint, paced boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = countersign, pg_temp SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET join_collapse_limit = 1 AS $$
#variable_conflict use_column
DECLARE
    v_lease   bigint := ('x' || substr(md5(gen_random_uuid()::text), 1, 15))::bit(60)::bigint;
    v         mailing;
    v_may     record;
    v_next    record;
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
              1::smallint, true;

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
    v_next := mailing_next(v, v_may.n, a_per_minute);
    -- A statement of its own, so that it sees what is known of these mailboxes now.
    SELECT array_agg(mailing_why_not(v, s, x.why, u.tried) ORDER BY u.n) INTO v_why
      FROM unnest(v_next.mailbox, v_next.tried) WITH ORDINALITY AS u(mailbox, tried, n)
      LEFT JOIN subscriber s ON s.mailbox = u.mailbox
      LEFT JOIN mail_suppressed x ON x.mailbox = u.mailbox;
    DELETE FROM mailing_queue q USING unnest(v_next.mailbox, v_why) AS u(mailbox, why)
     WHERE u.why IS NOT NULL AND q.mailing_id = v.id AND q.mailbox = u.mailbox;
    v_left := (SELECT jsonb_object_agg(w.why, w.n)
                 FROM (SELECT u.why, count(*) AS n FROM unnest(v_why) AS u(why) WHERE u.why IS NOT NULL GROUP BY u.why) AS w);
    v_sends := (SELECT count(*) FROM unnest(v_why, v_next.look) AS u(why, look) WHERE u.why IS NULL AND NOT u.look);
    UPDATE mailing m
       SET claimed_at = clock_timestamp(),
           paced_at = CASE WHEN v_may.rate IS NULL THEN m.paced_at ELSE v_may.from_at + make_interval(secs => v_sends * 60.0 / v_may.rate) END,
           complained = m.complained + coalesce((v_left ->> 'complained')::bigint, 0),
           bounced = m.bounced + coalesce((v_left ->> 'bounced')::bigint, 0),
           unsubscribed = m.unsubscribed + coalesce((v_left ->> 'unsubscribed')::bigint, 0),
           signed = m.signed + coalesce((v_left ->> 'signed')::bigint, 0),
           too_often = m.too_often + coalesce((v_left ->> 'too_often')::bigint, 0)
     WHERE m.id = v.id;
    IF v_next.mailbox IS NULL THEN
        PERFORM mailing_end(v.id);
        RETURN;
    END IF;
    -- Not only when it has gone: another letter may be claimed for them meanwhile.
    PERFORM mailing_remember(ARRAY(SELECT u.mailbox FROM unnest(v_next.mailbox, v_why, v_next.look) AS u(mailbox, why, look)
                                    WHERE u.why IS NULL AND NOT u.look));
    RETURN QUERY
    UPDATE mailing_queue q
       SET lease = v_lease, due_at = now() + make_interval(secs => a_lease_s), tries = q.tries + 1,
           first_at = CASE WHEN u.look THEN q.first_at ELSE coalesce(q.first_at, now()) END,
           subject = CASE WHEN q.subject = 0 AND NOT u.look THEN v.subject ELSE q.subject END
      FROM unnest(v_next.mailbox, v_why, v_next.look) AS u(mailbox, why, look)
      JOIN subscriber s ON s.mailbox = u.mailbox
      LEFT JOIN epoch_key k ON k.epoch = s.epoch AND k.recipient = a_recipient
     WHERE u.why IS NULL AND q.mailing_id = v.id AND q.mailbox = u.mailbox
    RETURNING v.petition_id, q.mailing_id, q.mailbox, q.lease, q.tries, s.epoch, k.sealed, s.sealed, q.subject, NOT u.look;
END
$$;
COMMENT ON FUNCTION countersign.mailing_claim(bytea, integer, integer, integer) IS
    'Leases subscribers who wait for a letter to the list, with what opens their envelopes; leaves out whom it should not reach any more';
GRANT EXECUTE ON FUNCTION countersign.mailing_claim(bytea, integer, integer, integer) TO countersign_mailer;

-- What was claimed and not tried has used up nothing of the rate.
CREATE FUNCTION countersign.mailing_give_back(a_mailing integer[]) RETURNS void
LANGUAGE sql SET search_path = countersign, pg_temp AS $$
    UPDATE mailing m SET paced_at = m.paced_at - make_interval(secs => u.n * 60.0 / mailing_rate(m))
      FROM (SELECT a AS id, count(*) AS n FROM unnest(a_mailing) AS a GROUP BY a) AS u
     WHERE m.id = u.id AND mailing_rate(m) > 0
$$;
COMMENT ON FUNCTION countersign.mailing_give_back(integer[]) IS 'Inside mailing_fate: these have gone to nobody after all';

-- As in 0022, but for who is given back: with the place of the domain (a_place, null: none was looked for) when its turn comes.
-- lint: programs before call it with six arguments, which the defaults let them
DROP FUNCTION countersign.mailing_fate(integer[], bytea[], bigint[], smallint[], integer[], integer);
CREATE FUNCTION countersign.mailing_fate(
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
    PERFORM mailing_found(a_mailing, a_mailbox, a_place, a_per_minute);
    PERFORM mailing_give_back(v_back);
    v_count := v_count + mailing_test_fate(a_mailing, a_mailbox, a_lease, a_fate, a_wait_s);
    IF v_dead IS NOT NULL THEN
        INSERT INTO mail_suppressed (mailbox, why) SELECT DISTINCT d, 'refused' FROM unnest(v_dead) AS d ORDER BY d ON CONFLICT DO NOTHING;
        PERFORM subscriber_off(v_dead, array_fill('bounced'::text, ARRAY[cardinality(v_dead)]));
    END IF;
    PERFORM mailing_remember(v_sent);
    RETURN v_count;
END
$$;
COMMENT ON FUNCTION countersign.mailing_fate(integer[], bytea[], bigint[], smallint[], integer[], integer, smallint[], integer) IS
    'What became of claimed letters to the list: 1 sent, 2 later, 3 refused, 4 unknown, 5 cannot be sent, 6 not tried; how many were there';
GRANT EXECUTE ON FUNCTION countersign.mailing_fate(integer[], bytea[], bigint[], smallint[], integer[], integer, smallint[], integer) TO countersign_mailer;

-- A row that is known already stays in its turn: what is told twice changes nothing.
CREATE FUNCTION countersign.mailing_found(a_mailing integer[], a_mailbox bytea[], a_place smallint[], a_per_minute integer) RETURNS void
LANGUAGE plpgsql SET search_path = countersign, pg_temp SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
DECLARE
    v record;
BEGIN
    SELECT array_agg(q.mailing_id ORDER BY u.n) AS mailing, array_agg(q.mailbox ORDER BY u.n) AS mailbox, array_agg(u.place ORDER BY u.n) AS place INTO v
      FROM unnest(a_mailing, a_mailbox, a_place) WITH ORDINALITY AS u(mailing_id, mailbox, place, n)
      JOIN mailing_queue q ON q.mailing_id = u.mailing_id AND q.mailbox = u.mailbox
     WHERE u.place >= 0 AND q.place IS NULL AND q.lease = 0;
    IF v.mailbox IS NULL OR a_per_minute = 0 THEN
        RETURN;
    END IF;
    UPDATE mailing_queue q SET place = u.place, due_at = u.at
      FROM unnest(v.mailing, v.mailbox, v.place, mailing_turns(v.place, a_per_minute, false)) AS u(mailing_id, mailbox, place, at)
     WHERE q.mailing_id = u.mailing_id AND q.mailbox = u.mailbox;
END
$$;
COMMENT ON FUNCTION countersign.mailing_found(integer[], bytea[], smallint[], integer) IS
    'Inside mailing_fate: the domains of these are known now, and they wait for their turn';
