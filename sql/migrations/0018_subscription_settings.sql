-- What the holder of a token sees and changes of news, what mailers tidy up of them, and what operators count. Locks and
-- plans as in 0017.

SET LOCAL lock_timeout = '3s';

CREATE FUNCTION countersign.subscription_of(a_mailbox bytea) RETURNS jsonb
LANGUAGE sql STABLE SET search_path = countersign, pg_temp AS $$
    SELECT jsonb_build_object(
               'state', CASE WHEN s.state = 'on' THEN 'on'
                             WHEN EXISTS (SELECT FROM subscription b WHERE b.mailbox = a_mailbox AND b.proven_at IS NULL) THEN 'asked'
                             ELSE coalesce(s.state, 'none') END,
               'frequency', CASE WHEN s.state = 'on' THEN s.frequency END,
               'topics', CASE WHEN s.state = 'on' THEN to_jsonb(s.topics) END)
      FROM (SELECT 1) AS one
      LEFT JOIN subscriber s ON s.mailbox = a_mailbox
$$;
COMMENT ON FUNCTION countersign.subscription_of(bytea) IS
    'Inside own and subscription_set: how it stands with news to a mailbox, for its holder: on, asked, off or none';

-- One ask of a mailbox: that of the letter at hand, else of its petition, else the newest.
CREATE FUNCTION countersign.subscription_best(a_mailbox bytea, a_token_hash bytea, a_petition integer) RETURNS bytea
LANGUAGE sql STABLE SET search_path = countersign, pg_temp AS $$
    SELECT b.token_hash FROM subscription b
     WHERE b.mailbox = a_mailbox AND b.proven_at IS NULL
     ORDER BY b.token_hash = a_token_hash DESC, b.petition_id = a_petition DESC, b.asked_at DESC
     LIMIT 1
$$;
COMMENT ON FUNCTION countersign.subscription_best(bytea, bytea, integer) IS
    'Inside subscription_set: which of the asks of a mailbox its holder turns on';

-- The token is the proof of the mailbox, so it is on at once; the same request again finds its row and does nothing. Who is on
-- stays as they are, and who has bounced or complained gets no letter of anything.
CREATE FUNCTION countersign.subscription_opt_in(
    a_petition integer, a_mailbox bytea, a_token_hash bytea, a_request_id bytea, a_epoch bigint, a_sealed bytea,
    a_wording smallint, a_language text, a_locale text, a_country text, a_region text)
RETURNS boolean
LANGUAGE plpgsql SET search_path = countersign, pg_temp SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
BEGIN
    IF EXISTS (SELECT FROM subscriber s WHERE s.mailbox = a_mailbox AND s.state = 'on')
       OR EXISTS (SELECT FROM mail_suppressed m WHERE m.mailbox = a_mailbox) THEN
        RETURN false;
    END IF;
    INSERT INTO subscription (asked_at, proven_at, petition_id, text_version, wording, language, mailbox, token_hash, request_id)
    SELECT now(), now(), p.id, p.text_version, a_wording, a_language, a_mailbox, a_token_hash, a_request_id
      FROM petition p
     WHERE p.id = a_petition
        ON CONFLICT DO NOTHING;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    INSERT INTO subscriber AS s (on_at, epoch, mailbox, state, country, region, locale, topics, petitions, sealed)
    SELECT now(), a_epoch, a_mailbox, 'on', coalesce(a_country, ''), coalesce(a_region, ''), coalesce(a_locale, ''),
           ARRAY(SELECT DISTINCT t FROM unnest(p.tags) AS t ORDER BY t), ARRAY[p.id], a_sealed
      FROM petition p
     WHERE p.id = a_petition
        ON CONFLICT (mailbox) DO UPDATE
       SET on_at = excluded.on_at, off_at = NULL, off_why = NULL, state = 'on', epoch = excluded.epoch,
           sealed = excluded.sealed, country = excluded.country, region = excluded.region, locale = excluded.locale,
           topics = excluded.topics, petitions = excluded.petitions
     WHERE s.state = 'off';
    RETURN true;
END
$$;
COMMENT ON FUNCTION countersign.subscription_opt_in(integer, bytea, bytea, bytea, bigint, bytea, smallint, text, text, text, text) IS
    'Inside subscription_set: the holder of a token agrees to news, on their own page';

-- Frequency: null leaves it, never turns off, any other turns on what was asked for. Topics: a JSON list, null: leaves
-- them, the word null: all. A token is as good as in own(). What comes behind the topics are opt-ins, a_n is the place
-- of each one's token: its mailbox has to be the letter's, or the answer is that of a wrong token.
CREATE FUNCTION countersign.subscription_set(
    a_token_bucket integer[], a_token_hash bytea[], a_frequency text[], a_topics text[], a_n integer[] DEFAULT '{}',
    a_mailbox bytea[] DEFAULT '{}', a_request_id bytea[] DEFAULT '{}', a_epoch bigint[] DEFAULT '{}', a_sealed bytea[] DEFAULT '{}',
    a_wording smallint[] DEFAULT '{}', a_language text[] DEFAULT '{}', a_locale text[] DEFAULT '{}', a_country text[] DEFAULT '{}',
    a_region text[] DEFAULT '{}', a_mailable boolean[] DEFAULT '{}')
RETURNS TABLE (n integer, slug text, settings text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = countersign, pg_temp SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET join_collapse_limit = 1 AS $$
#variable_conflict use_column
DECLARE
    v         record;
    v_best    bytea;
    v_i       integer;
    v_mailbox bytea[];
BEGIN
    IF EXISTS (SELECT FROM unnest(a_epoch) AS u WHERE NOT EXISTS (SELECT FROM epoch e WHERE e.id = u)) THEN
        RAISE EXCEPTION 'unknown epoch' USING ERRCODE = 'CS001'; -- as in sign()
    END IF;
    PERFORM pg_logical_emit_message(true, 'countersign', ''); -- as in sign()
    v_mailbox := ARRAY(SELECT l.mailbox FROM unnest(a_token_bucket, a_token_hash) AS r(token_bucket, token_hash)
                         JOIN letter l ON l.token_bucket = r.token_bucket AND l.token_hash = r.token_hash);
    PERFORM subscription_lock(v_mailbox, '{}', v_mailbox);
    FOR v IN
        SELECT r.n::integer AS n, r.token_hash, r.frequency, r.topics::jsonb AS topics, p.slug, l.petition_id, l.mailbox
          FROM unnest(a_token_bucket, a_token_hash, a_frequency, a_topics) WITH ORDINALITY
               AS r(token_bucket, token_hash, frequency, topics, n)
          JOIN letter l ON l.token_bucket = r.token_bucket AND l.token_hash = r.token_hash
                       AND coalesce(l.expires_at, 'infinity') > now() AND l.mailbox <> ''
                       AND l.mailbox = coalesce(a_mailbox[array_position(a_n, r.n::integer)], l.mailbox)
          JOIN signature s ON s.petition_id = l.petition_id AND s.id = l.signature_id AND s.life = l.life
                          AND s.state <> 3
          JOIN petition p ON p.id = l.petition_id AND p.state <> 'draft'
         ORDER BY l.mailbox, r.n
    LOOP
        v_i := array_position(a_n, v.n);
        IF a_mailable[v_i] AND v.frequency IS DISTINCT FROM 'never' THEN
            PERFORM subscription_opt_in(v.petition_id, v.mailbox, v.token_hash, a_request_id[v_i], a_epoch[v_i], a_sealed[v_i],
                                        a_wording[v_i], a_language[v_i], a_locale[v_i], a_country[v_i], a_region[v_i]);
        END IF;
        IF v.frequency = 'never' THEN
            PERFORM subscriber_off(ARRAY[v.mailbox], '{page}');
        ELSIF v.frequency IS NOT NULL THEN
            v_best := subscription_best(v.mailbox, v.token_hash, v.petition_id);
            IF NOT EXISTS (SELECT FROM subscriber s WHERE s.mailbox = v.mailbox AND s.state = 'on') THEN
                PERFORM subscription_turn_on(ARRAY[v.mailbox], ARRAY[v_best]);
            END IF;
            UPDATE subscriber s SET frequency = v.frequency WHERE s.mailbox = v.mailbox AND s.state = 'on';
        END IF;
        IF v.topics IS NOT NULL THEN
            UPDATE subscriber s
               SET chosen = true,
                   topics = CASE jsonb_typeof(v.topics) WHEN 'array' THEN ARRAY(SELECT jsonb_array_elements_text(v.topics)) END
             WHERE s.mailbox = v.mailbox AND s.state = 'on';
        END IF;
        n := v.n;
        slug := v.slug;
        settings := subscription_of(v.mailbox);
        RETURN NEXT;
    END LOOP;
END
$$;
COMMENT ON FUNCTION countersign.subscription_set(integer[], bytea[], text[], text[], integer[], bytea[], bytea[], bigint[], bytea[],
                                             smallint[], text[], text[], text[], text[], boolean[]) IS
    'The holders of tokens change what news they get: one row for each token that is good, with how it stands then';
GRANT EXECUTE ON FUNCTION countersign.subscription_set(integer[], bytea[], text[], text[], integer[], bytea[], bytea[], bigint[], bytea[],
                                             smallint[], text[], text[], text[], text[], boolean[]) TO countersign_worker;

-- Asks that nobody has proven for as long as an unconfirmed signature is kept.
CREATE FUNCTION countersign.mail_sweep_subscriptions(a_rows integer, a_days integer) RETURNS integer
LANGUAGE plpgsql SET search_path = countersign, pg_temp SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
DECLARE
    v_count integer;
BEGIN
    DELETE FROM subscription b
     USING (SELECT o.mailbox, o.token_hash FROM subscription o
             WHERE o.sealed IS NOT NULL AND o.asked_at < now() - make_interval(days => a_days)
             ORDER BY o.asked_at LIMIT a_rows FOR UPDATE SKIP LOCKED) AS o
     WHERE b.mailbox = o.mailbox AND b.token_hash = o.token_hash;
    GET DIAGNOSTICS v_count = ROW_COUNT;
    RETURN v_count;
END
$$;
COMMENT ON FUNCTION countersign.mail_sweep_subscriptions(integer, integer) IS
    'Inside mail_sweep: deletes what was asked for and not proven for so many days; how many';

-- Workers use an epoch for a day and a half at most, as those of letters (0013). One that seals somebody stays.
CREATE FUNCTION countersign.subscriber_sweep_epochs() RETURNS integer
LANGUAGE plpgsql SET search_path = countersign, pg_temp AS $$
DECLARE
    v_count integer;
BEGIN
    DELETE FROM epoch e
     WHERE e.purpose = 'subscriber' AND e.created_at < now() - interval '3 days'
       AND NOT EXISTS (SELECT FROM subscriber s WHERE s.epoch = e.id)
       AND NOT EXISTS (SELECT FROM subscription b WHERE b.epoch = e.id);
    GET DIAGNOSTICS v_count = ROW_COUNT;
    RETURN v_count;
END
$$;
COMMENT ON FUNCTION countersign.subscriber_sweep_epochs() IS
    'Inside mail_sweep: deletes keys under which no subscriber is sealed any more';

CREATE FUNCTION countersign.subscriber_counts() RETURNS TABLE (state text, topic text, n bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = countersign, pg_temp AS $$
    SELECT s.state, NULL::text, count(*) FROM subscriber s GROUP BY s.state
     UNION ALL
    SELECT 'asked', NULL, count(DISTINCT b.mailbox) FROM subscription b WHERE b.proven_at IS NULL HAVING count(*) > 0
     UNION ALL
    SELECT 'on', coalesce(t.topic, '*'), count(*)
      FROM subscriber s LEFT JOIN LATERAL unnest(s.topics) AS t(topic) ON true
     WHERE s.state = 'on' AND (s.topics IS NULL OR t.topic IS NOT NULL)
     GROUP BY t.topic
     ORDER BY 1, 2 NULLS FIRST
$$;
COMMENT ON FUNCTION countersign.subscriber_counts() IS
    'How many mailboxes are on, off or have asked (topic null), and of those that are on how many want each topic (*: all)';
GRANT EXECUTE ON FUNCTION countersign.subscriber_counts() TO countersign_operator;
