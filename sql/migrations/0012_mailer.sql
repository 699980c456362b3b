-- What mailers do with the outbox: take in what is owed, claim it with a lease, say what became of it.
--
-- `letter` is written by every signing and has no index for this. So owed letters are found by walking its key, whose
-- first part is the minute of making, from a place that is remembered; each gets a row here, from which mailers claim.
-- Locks: as sql/README.md has them; a claim waits neither for a row of mail_queue nor for a signature.
--
-- Rows are looked up by `bucket = ANY (ARRAY[...]) AND hash BETWEEN ... AND ...`, here and in the files that follow. These
-- tables are empty again and again, and may be analysed then; every way through them looks equally cheap to who plans for
-- one row. With equalities one such way is the whole index for each letter, since a merge could want its order; so written
-- none could, and there is no way left but the row's own.

SET LOCAL lock_timeout = '3s';

CREATE TABLE countersign.mail_queue (
    created_at   timestamptz NOT NULL,
    due_at       timestamptz NOT NULL,
    lease        bigint      NOT NULL DEFAULT 0,
    epoch        bigint      NOT NULL,
    petition_id  integer     NOT NULL,
    token_bucket integer     NOT NULL,
    tries        smallint    NOT NULL DEFAULT 0,
    step         smallint    NOT NULL DEFAULT 0,
    counted      boolean     NOT NULL DEFAULT false,
    unsure       boolean     NOT NULL DEFAULT false,
    token_hash   bytea       NOT NULL,
    PRIMARY KEY (token_bucket, token_hash)
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 20000, autovacuum_vacuum_insert_scale_factor = 0,
        autovacuum_vacuum_insert_threshold = 200000);
CREATE INDEX mail_queue_due ON countersign.mail_queue (petition_id, due_at);
COMMENT ON TABLE  countersign.mail_queue IS 'Letters that mailers have to send, one row each; gone when its fate is known';
COMMENT ON COLUMN countersign.mail_queue.created_at IS 'Since when it is owed';
COMMENT ON COLUMN countersign.mail_queue.due_at IS 'Not before; while a mailer has it, the end of its lease';
COMMENT ON COLUMN countersign.mail_queue.lease IS 'Number of the claim that has it; 0: none';
COMMENT ON COLUMN countersign.mail_queue.epoch IS 'The epoch whose key sealed the letter';
COMMENT ON COLUMN countersign.mail_queue.petition_id IS 'The petition';
COMMENT ON COLUMN countersign.mail_queue.token_bucket IS 'Key of the letter';
COMMENT ON COLUMN countersign.mail_queue.tries IS 'How often it was claimed to be sent';
COMMENT ON COLUMN countersign.mail_queue.step IS '0 the letter, 1 the reminder of it; equals the state that the letter must have';
COMMENT ON COLUMN countersign.mail_queue.counted IS 'It has its place among the day''s letters to the mailbox';
COMMENT ON COLUMN countersign.mail_queue.unsure IS 'It may have arrived: the server''s answer was lost. Sent once more, never a third time';
COMMENT ON COLUMN countersign.mail_queue.token_hash IS 'Key of the letter';

CREATE TABLE countersign.mail_reminder (
    due_at       timestamptz NOT NULL,
    epoch        bigint      NOT NULL,
    petition_id  integer     NOT NULL,
    token_bucket integer     NOT NULL,
    token_hash   bytea       NOT NULL,
    PRIMARY KEY (token_bucket, token_hash)
);
CREATE INDEX mail_reminder_due ON countersign.mail_reminder (due_at);
COMMENT ON TABLE  countersign.mail_reminder IS 'Confirmation letters that were sent and whose envelope is kept for the one reminder';
COMMENT ON COLUMN countersign.mail_reminder.due_at IS 'When the reminder goes, if the signature is still not confirmed';
COMMENT ON COLUMN countersign.mail_reminder.epoch IS 'The epoch whose key sealed the letter';
COMMENT ON COLUMN countersign.mail_reminder.petition_id IS 'The petition';
COMMENT ON COLUMN countersign.mail_reminder.token_bucket IS 'Key of the letter';
COMMENT ON COLUMN countersign.mail_reminder.token_hash IS 'Key of the letter';

CREATE TABLE countersign.mail_quota (
    since   timestamptz NOT NULL,
    n       integer     NOT NULL,
    granted integer     NOT NULL,
    mailbox bytea       PRIMARY KEY CHECK (octet_length(mailbox) = 16)
) WITH (fillfactor = 90);
COMMENT ON TABLE  countersign.mail_quota IS 'Letters sent to a mailbox in the 24 hours from the first of them, over all petitions';
COMMENT ON COLUMN countersign.mail_quota.since IS 'When the 24 hours began';
COMMENT ON COLUMN countersign.mail_quota.n IS 'Letters claimed for sending in them';
COMMENT ON COLUMN countersign.mail_quota.granted IS 'Of those, how many the last claim was granted: its way to hand that on';
COMMENT ON COLUMN countersign.mail_quota.mailbox IS 'Keyed hash of the address alone, as in letter';

CREATE TABLE countersign.mail_suppressed (
    at      timestamptz NOT NULL DEFAULT now(),
    why     text        NOT NULL CHECK (why IN ('refused', 'bounced', 'complained')),
    mailbox bytea       PRIMARY KEY CHECK (octet_length(mailbox) = 16)
);
COMMENT ON TABLE  countersign.mail_suppressed IS 'Mailboxes that get no more letters';
COMMENT ON COLUMN countersign.mail_suppressed.at IS 'Since when';
COMMENT ON COLUMN countersign.mail_suppressed.why IS 'refused: a mail server said for good that there is no such mailbox; bounced: a report that came back said so; complained: its owner reported a letter as abuse';
COMMENT ON COLUMN countersign.mail_suppressed.mailbox IS 'Keyed hash of the address alone';

CREATE TABLE countersign.mail_place (
    only_row         boolean     PRIMARY KEY DEFAULT true CHECK (only_row),
    take_minute      bigint      NOT NULL DEFAULT floor(extract(epoch FROM now()) / 60) - 1,
    take_hash        bytea       NOT NULL DEFAULT '',
    pass_minute      bigint      NOT NULL DEFAULT floor(extract(epoch FROM now()) / 60),
    lap_bucket       integer     NOT NULL DEFAULT 0,
    lap_hash         bytea       NOT NULL DEFAULT '',
    lap_began_at     timestamptz NOT NULL DEFAULT now(),
    lap_not_before   timestamptz NOT NULL DEFAULT '-infinity',
    lapped_at        timestamptz NOT NULL DEFAULT '-infinity',
    reminder_bucket  integer     NOT NULL DEFAULT 0,
    reminder_hash    bytea       NOT NULL DEFAULT '',
    signature_petition integer   NOT NULL DEFAULT 0,
    signature_id     bigint      NOT NULL DEFAULT 0,
    signature_not_before timestamptz NOT NULL DEFAULT '-infinity',
    mail_quota_block bigint      NOT NULL DEFAULT 0
);
COMMENT ON TABLE  countersign.mail_place IS 'One row: how far the mailers have walked. Changed under an advisory lock that nobody waits for';
COMMENT ON COLUMN countersign.mail_place.only_row IS 'Keeps it one row';
COMMENT ON COLUMN countersign.mail_place.take_minute IS 'Taking in owed letters: the minute (Unix time / 60) to go on with';
COMMENT ON COLUMN countersign.mail_place.take_hash IS 'The last token hash looked at in it';
COMMENT ON COLUMN countersign.mail_place.pass_minute IS 'The minute in which this pass began; the next one starts a minute before that';
COMMENT ON COLUMN countersign.mail_place.lap_bucket IS 'The slow lap over all letters: the bucket to go on with';
COMMENT ON COLUMN countersign.mail_place.lap_hash IS 'The last token hash looked at in it';
COMMENT ON COLUMN countersign.mail_place.lap_began_at IS 'When the present lap began';
COMMENT ON COLUMN countersign.mail_place.lap_not_before IS 'When the next lap may begin';
COMMENT ON COLUMN countersign.mail_place.lapped_at IS 'When the last whole lap began: what was made before has been looked at';
COMMENT ON COLUMN countersign.mail_place.reminder_bucket IS 'Looking for reminders without a purpose: the bucket to go on with';
COMMENT ON COLUMN countersign.mail_place.reminder_hash IS 'The last token hash looked at in it';
COMMENT ON COLUMN countersign.mail_place.signature_petition IS 'Looking for old unconfirmed signatures: the petition to go on with';
COMMENT ON COLUMN countersign.mail_place.signature_id IS 'The last signature looked at in it';
COMMENT ON COLUMN countersign.mail_place.signature_not_before IS 'When the next lap over signatures may begin';
COMMENT ON COLUMN countersign.mail_place.mail_quota_block IS 'The block of mail_quota to go on with';
INSERT INTO countersign.mail_place DEFAULT VALUES;

-- A pass walks from the minute before the last pass began to the minute after now: what a slow commit or a clock that
-- goes wrong by less than a minute puts there is met by the next pass, anything else by the slow lap (mail_sweep).
-- 16 bits of the minute are in the key, so a walk stops where they begin anew. Letters of 45 days ago that are still
-- kept are walked over.
CREATE FUNCTION countersign.mail_take(a_rows integer, OUT seen integer, OUT taken integer, OUT done boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = countersign, pg_temp SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off SET enable_bitmapscan = off AS $$
DECLARE
    v_now    bigint := floor(extract(epoch FROM now()) / 60);
    v        mail_place;
    v_to     bigint;
    v_bucket integer;
    v_hash   bytea;
BEGIN
    seen := 0;
    taken := 0;
    done := true;
    IF NOT pg_try_advisory_xact_lock(7236845, 1) THEN
        RETURN;
    END IF;
    SELECT * INTO STRICT v FROM mail_place;
    IF v.take_minute < v_now - 65533 THEN
        v.take_minute := v_now - 65533;
        v.take_hash := '';
    END IF;
    v_to := least(v_now + 1, v.take_minute | 65535);
    WITH page AS MATERIALIZED (
        SELECT l.token_bucket, l.token_hash, l.created_at, l.epoch, l.petition_id, l.state
          FROM letter l
         WHERE (l.token_bucket, l.token_hash) > ((v.take_minute & 65535)::integer, v.take_hash)
           AND l.token_bucket <= (v_to & 65535)::integer
         ORDER BY l.token_bucket, l.token_hash
         LIMIT a_rows
    ), added AS (
        INSERT INTO mail_queue (created_at, due_at, epoch, petition_id, token_bucket, token_hash)
        SELECT p.created_at, p.created_at, p.epoch, p.petition_id, p.token_bucket, p.token_hash
          FROM page p
         WHERE p.state = 0
            ON CONFLICT DO NOTHING
        RETURNING 1
    )
    SELECT (SELECT count(*) FROM page), (SELECT count(*) FROM added), last.token_bucket, last.token_hash
      INTO seen, taken, v_bucket, v_hash
      FROM (SELECT 1) AS one
      LEFT JOIN (SELECT p.token_bucket, p.token_hash FROM page p ORDER BY 1 DESC, 2 DESC LIMIT 1) AS last ON true;

    done := seen < a_rows AND v_to > v_now;
    IF done THEN
        UPDATE mail_place SET take_minute = pass_minute - 1, take_hash = '', pass_minute = v_now;
    ELSIF seen < a_rows THEN
        UPDATE mail_place SET take_minute = v_to + 1, take_hash = '';
    ELSE
        UPDATE mail_place SET take_minute = v.take_minute + v_bucket - (v.take_minute & 65535), take_hash = v_hash;
    END IF;
END
$$;
COMMENT ON FUNCTION countersign.mail_take(integer) IS
    'Takes owed letters into the queue, looking at so many; done: the pass is at its end, or another mailer is at it';
GRANT EXECUTE ON FUNCTION countersign.mail_take(integer) TO countersign_mailer;

-- Letters that will not be sent: shredded. What may have arrived once keeps its token for as long as others.
CREATE FUNCTION countersign.mail_drop(a_bucket integer[], a_hash bytea[], a_token_days integer) RETURNS void
LANGUAGE plpgsql SET search_path = countersign, pg_temp SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
BEGIN
    DELETE FROM mail_queue q USING unnest(a_bucket, a_hash) AS u(bucket, hash)
     WHERE q.token_bucket = ANY (ARRAY[u.bucket]) AND q.token_hash BETWEEN u.hash AND u.hash;
    UPDATE letter l
       SET state = CASE l.state WHEN 0 THEN 2 ELSE l.state END, sealed = NULL,
           expires_at = coalesce(l.expires_at, now() + make_interval(days => a_token_days))
      FROM (SELECT u.* FROM unnest(a_bucket, a_hash) AS u(bucket, hash) ORDER BY u.bucket, u.hash OFFSET 0) AS u
     WHERE l.token_bucket = ANY (ARRAY[u.bucket]) AND l.token_hash BETWEEN u.hash AND u.hash AND l.sealed IS NOT NULL;
END
$$;
COMMENT ON FUNCTION countersign.mail_drop(integer[], bytea[], integer) IS
    'Inside the mailers'' functions: gives these letters up and shreds their envelopes';

-- Which letters a mailer gets: of each petition that owes some now its share, then the oldest of the first ones. A
-- petition with a million letters is one among others. The cost is that of the petitions that owe and of the letters.
CREATE FUNCTION countersign.mail_lease(a_after integer, a_limit integer, a_lease_s integer, a_lease bigint,
                                       OUT bucket integer[], OUT hash bytea[])
LANGUAGE plpgsql SET search_path = countersign, pg_temp SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
DECLARE
    v_petition integer[] := '{}';
    v_at       integer := a_after;
    v_turned   boolean := false;
    v_due      timestamptz;
    v_share    integer;
    v_bucket   integer[];
    v_hash     bytea[];
BEGIN
    bucket := '{}';
    hash := '{}';
    WHILE cardinality(v_petition) < a_limit LOOP
        SELECT q.petition_id, q.due_at INTO v_at, v_due
          FROM mail_queue q WHERE q.petition_id > v_at ORDER BY q.petition_id, q.due_at LIMIT 1;
        IF v_turned AND (v_at IS NULL OR v_at > a_after) THEN
            EXIT;
        ELSIF v_at IS NULL THEN
            v_turned := true;
            v_at := 0;
        ELSIF v_due <= now() THEN
            v_petition := v_petition || v_at;
        END IF;
    END LOOP;
    FOR v_round IN 1 .. 2 LOOP
        FOREACH v_at IN ARRAY v_petition LOOP
            v_share := a_limit - cardinality(bucket);
            EXIT WHEN v_share = 0;
            IF v_round = 1 THEN
                v_share := greatest(a_limit / cardinality(v_petition), 1);
            END IF;
            WITH due AS MATERIALIZED (
                SELECT q.token_bucket, q.token_hash FROM mail_queue q
                 WHERE q.petition_id = v_at AND q.due_at <= now()
                 ORDER BY q.due_at
                 LIMIT v_share
                   FOR UPDATE SKIP LOCKED
            ), mine AS (
                UPDATE mail_queue q
                   SET lease = a_lease, due_at = now() + make_interval(secs => a_lease_s), tries = q.tries + 1
                  FROM due d
                 WHERE q.token_bucket = ANY (ARRAY[d.token_bucket]) AND q.token_hash BETWEEN d.token_hash AND d.token_hash
                RETURNING q.token_bucket, q.token_hash
            )
            SELECT array_agg(m.token_bucket), array_agg(m.token_hash) INTO v_bucket, v_hash FROM mine m;
            bucket := bucket || v_bucket;
            hash := hash || v_hash;
        END LOOP;
    END LOOP;
END
$$;
COMMENT ON FUNCTION countersign.mail_lease(integer, integer, integer, bigint) IS
    'Inside mail_claim: leases letters that are due, fair to petitions, beginning behind the petition a_after';

CREATE FUNCTION countersign.mail_claim(
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
               AND l.kind IN (2, 3)
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
COMMENT ON FUNCTION countersign.mail_claim(bytea, integer, integer, integer, integer, integer, integer) IS
    'Leases letters to a mailer, within the limit of each mailbox, with what opens them; gives up those without a purpose';
GRANT EXECUTE ON FUNCTION countersign.mail_claim(bytea, integer, integer, integer, integer, integer, integer)
   TO countersign_mailer;
