-- A letter to the list that goes twice, since its mailer was killed or the answer was lost, is the same letter: its Date, too, which
-- is when it was first claimed.

SET LOCAL lock_timeout = '3s';
SET LOCAL countersign.works_from = '26';

-- As in 0034, and says when that was (null while a letter is only looked at).
-- lint: programs before take their columns by name
DROP FUNCTION countersign.mailing_claim(bytea, integer, integer, integer);
CREATE FUNCTION countersign.mailing_claim(a_recipient bytea, a_limit integer, a_lease_s integer, a_per_minute integer DEFAULT 0)
RETURNS TABLE (petition_id integer, mailing_id integer, mailbox bytea, lease bigint, tries smallint, epoch bigint, epoch_key bytea,
               sealed bytea, subject smallint, paced boolean, first_at timestamptz)
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
              1::smallint, true, t.asked_at;

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
    RETURNING v.petition_id, q.mailing_id, q.mailbox, q.lease, q.tries, s.epoch, k.sealed, s.sealed, q.subject, NOT u.look, q.first_at;
END
$$;
COMMENT ON FUNCTION countersign.mailing_claim(bytea, integer, integer, integer) IS
    'Leases subscribers who wait for a letter to the list, with what opens their envelopes; leaves out whom it should not reach any more';
GRANT EXECUTE ON FUNCTION countersign.mailing_claim(bytea, integer, integer, integer) TO countersign_mailer;
