-- Who wants no more letters about a petition is not reminded of it either: nobody has asked for a reminder, which tells it
-- from the letter that it reminds of. All else in mail_claim is as in 0012.

SET LOCAL lock_timeout = '3s';
SET LOCAL countersign.works_from = '26';

CREATE OR REPLACE FUNCTION countersign.mail_claim(
    a_recipient bytea, a_after integer, a_limit integer, a_lease_s integer, a_letters_per_day integer,
    a_give_up_days integer, a_token_days integer)
RETURNS TABLE (petition_id integer, token_bucket integer, token_hash bytea, lease bigint, kind smallint, tries smallint,
               email_hash bytea, epoch bigint, epoch_key bytea, sealed bytea)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = countersign, pg_temp SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET join_collapse_limit = 1 AS $$
#variable_conflict use_column
DECLARE
    v_lease  bigint := ('x' || substr(md5(gen_random_uuid()::text), 1, 15))::bit(60)::bigint;
    v_bucket integer[];
    v_hash   bytea[];
    v_verdict text[];
BEGIN
    PERFORM mail_hold();
    SELECT l.bucket, l.hash INTO v_bucket, v_hash FROM mail_lease(a_after, a_limit, a_lease_s, v_lease) AS l;
    IF cardinality(v_bucket) = 0 THEN
        RETURN;
    END IF;

    -- A statement of its own, so that it sees what another mailer has stored about a letter since. EXISTS and not one more
    -- join for the disavowals: with that, claims from full tables took seconds.
    WITH looked AS MATERIALIZED (
        SELECT u.n, q.counted, l.kind, l.mailbox,
               CASE WHEN l.sealed IS NULL OR l.state <> q.step OR s.id IS NULL THEN 'drop'
                    WHEN l.kind = 2 AND x.why <> 'complained' THEN 'dead'
                    WHEN x.mailbox IS NOT NULL OR n.mailbox IS NOT NULL
                         OR EXISTS (SELECT FROM disavowal d WHERE d.petition_id = l.petition_id AND d.email_hash = s.email_hash)
                         OR q.created_at + make_interval(days => a_give_up_days) < now() THEN 'drop'
                    ELSE 'send' END AS verdict
          FROM unnest(v_bucket, v_hash) WITH ORDINALITY AS u(bucket, hash, n)
          JOIN mail_queue q ON q.token_bucket = ANY (ARRAY[u.bucket]) AND q.token_hash BETWEEN u.hash AND u.hash
          LEFT JOIN letter l ON l.token_bucket = ANY (ARRAY[u.bucket]) AND l.token_hash BETWEEN u.hash AND u.hash
          LEFT JOIN petition p ON p.id = l.petition_id
          LEFT JOIN signature s ON s.petition_id = l.petition_id AND s.id = l.signature_id AND s.life = l.life
               AND CASE l.kind WHEN 1 THEN s.state = 0 AND confirmable(p.state, p.closes_at, p.closed_at, p.confirm_grace)
                               WHEN 5 THEN true ELSE s.state = 1 END
          LEFT JOIN mail_suppressed x ON x.mailbox = ANY (ARRAY[l.mailbox])
          LEFT JOIN unsubscription n ON n.petition_id = ANY (ARRAY[l.petition_id]) AND n.mailbox = l.mailbox
               AND (l.kind IN (2, 3) OR q.step = 1)
    ), wanted AS MATERIALIZED (
        SELECT w.n, w.mailbox, row_number() OVER mine AS nth, least(count(*) OVER mine, a_letters_per_day) AS most
          FROM looked w
         WHERE w.verdict = 'send' AND NOT w.counted
        WINDOW mine AS (PARTITION BY w.mailbox)
    ), quota AS (
        INSERT INTO mail_quota AS q (mailbox, since, n, granted)
        SELECT w.mailbox, now(), w.most, w.most FROM wanted w WHERE w.nth = 1 AND w.most > 0 ORDER BY w.mailbox
            ON CONFLICT (mailbox) DO UPDATE SET
               since   = CASE WHEN q.since > now() - interval '24 hours' THEN q.since ELSE now() END,
               n       = CASE WHEN q.since > now() - interval '24 hours'
                              THEN least(q.n + excluded.granted, a_letters_per_day) ELSE excluded.granted END,
               granted = CASE WHEN q.since > now() - interval '24 hours'
                              THEN least(excluded.granted, a_letters_per_day - q.n) ELSE excluded.granted END
         WHERE q.n < a_letters_per_day OR q.since <= now() - interval '24 hours'
        RETURNING q.mailbox, q.granted
    )
    SELECT array_agg(CASE WHEN k.verdict IN ('drop', 'dead') THEN k.verdict WHEN k.counted OR q.mailbox IS NOT NULL THEN 'send'
                          WHEN k.kind = 3 THEN 'drop' ELSE 'wait' END ORDER BY k.n)
      INTO v_verdict
      FROM looked k
      LEFT JOIN wanted w ON w.n = k.n
      LEFT JOIN quota q ON q.mailbox = w.mailbox AND w.nth <= q.granted;

    IF 'dead' = ANY (v_verdict) THEN
        v_verdict := mail_lock_dead(v_bucket, v_hash, v_verdict);
    END IF;
    PERFORM mail_drop(array_agg(u.bucket), array_agg(u.hash), a_token_days)
       FROM unnest(v_bucket, v_hash, v_verdict) AS u(bucket, hash, verdict)
      WHERE u.verdict IN ('drop', 'dead');
    UPDATE mail_queue q SET lease = 0, tries = q.tries - 1, due_at = g.since + interval '24 hours'
      FROM unnest(v_bucket, v_hash, v_verdict) AS u(bucket, hash, verdict)
      JOIN letter l ON l.token_bucket = ANY (ARRAY[u.bucket]) AND l.token_hash BETWEEN u.hash AND u.hash
      JOIN mail_quota g ON g.mailbox = ANY (ARRAY[l.mailbox])
     WHERE u.verdict = 'wait' AND q.token_bucket = ANY (ARRAY[u.bucket]) AND q.token_hash BETWEEN u.hash AND u.hash;
    IF v_verdict && '{dead,busy}' THEN
        UPDATE mail_queue q SET lease = 0, tries = q.tries - 1, due_at = now() + interval '1 second'
          FROM unnest(v_bucket, v_hash, v_verdict) AS u(bucket, hash, verdict)
         WHERE u.verdict = 'busy' AND q.token_bucket = ANY (ARRAY[u.bucket]) AND q.token_hash BETWEEN u.hash AND u.hash;
        PERFORM mail_dead(array_agg(u.bucket), array_agg(u.hash), 'refused')
           FROM unnest(v_bucket, v_hash, v_verdict) AS u(bucket, hash, verdict)
          WHERE u.verdict = 'dead';
    END IF;
    RETURN QUERY
    UPDATE mail_queue q SET counted = true
      FROM unnest(v_bucket, v_hash, v_verdict) AS u(bucket, hash, verdict)
      JOIN letter l ON l.token_bucket = ANY (ARRAY[u.bucket]) AND l.token_hash BETWEEN u.hash AND u.hash
      JOIN signature s ON s.petition_id = l.petition_id AND s.id = l.signature_id
      LEFT JOIN epoch_key k ON k.epoch = l.epoch AND k.recipient = a_recipient
     WHERE u.verdict = 'send' AND q.token_bucket = ANY (ARRAY[u.bucket]) AND q.token_hash BETWEEN u.hash AND u.hash
    RETURNING q.petition_id, q.token_bucket, q.token_hash, q.lease, CASE q.step WHEN 1 THEN 4 ELSE l.kind END::smallint,
              q.tries, s.email_hash, l.epoch, k.sealed, l.sealed;
END
$$;
