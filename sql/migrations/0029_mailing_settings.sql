-- What readers of letters to the list want of news, by the link in the letter; and the list itself for whoever holds its key.

SET LOCAL lock_timeout = '3s';
SET LOCAL countersign.works_from = '26';

-- The key is that of unsubscribing (0023). It shows and changes only what somebody has who is on: it turns nothing on, since what
-- was asked for elsewhere is proven by that letter alone. Three months after its letter it does nothing but unsubscribe.
CREATE FUNCTION countersign.mailing_readers(a_mailing integer[], a_hash bytea[])
RETURNS TABLE (n integer, token_hash bytea, petition_id integer, slug text, mailbox bytea)
LANGUAGE sql STABLE SET search_path = countersign, pg_temp SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
    SELECT u.n::integer, u.hash, m.petition_id, p.slug, k.mailbox
      FROM unnest(a_mailing, a_hash) WITH ORDINALITY AS u(mailing, hash, n)
      JOIN mailing m ON m.id = u.mailing AND m.state <> 'draft' AND coalesce(m.ended_at, 'infinity') > now() - interval '90 days'
      JOIN petition p ON p.id = m.petition_id
     CROSS JOIN LATERAL (SELECT mailing_mailbox(u.mailing, u.hash)) AS k(mailbox)
     WHERE k.mailbox IS NOT NULL
$$;
COMMENT ON FUNCTION countersign.mailing_readers(integer[], bytea[]) IS
    'Inside subscription_set: whose letters to the list have these keys';

-- As in 0018, and for those.
CREATE OR REPLACE FUNCTION countersign.subscription_set(
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
                         JOIN letter l ON l.token_bucket = r.token_bucket AND l.token_hash = r.token_hash
                        UNION ALL
                       SELECT k.mailbox FROM mailing_readers(a_token_bucket, a_token_hash) AS k);
    PERFORM subscription_lock(v_mailbox, '{}', v_mailbox);
    FOR v IN
        SELECT r.n::integer AS n, r.token_hash, r.frequency, r.topics::jsonb AS topics, p.slug, l.petition_id, l.mailbox, false AS of_list
          FROM unnest(a_token_bucket, a_token_hash, a_frequency, a_topics) WITH ORDINALITY
               AS r(token_bucket, token_hash, frequency, topics, n)
          JOIN letter l ON l.token_bucket = r.token_bucket AND l.token_hash = r.token_hash
                       AND coalesce(l.expires_at, 'infinity') > now() AND l.mailbox <> ''
                       AND l.mailbox = coalesce(a_mailbox[array_position(a_n, r.n::integer)], l.mailbox)
          JOIN signature s ON s.petition_id = l.petition_id AND s.id = l.signature_id AND s.life = l.life
                          AND s.state <> 3
          JOIN petition p ON p.id = l.petition_id AND p.state <> 'draft'
         UNION ALL
        SELECT k.n, k.token_hash, a_frequency[k.n], a_topics[k.n]::jsonb, k.slug, k.petition_id, k.mailbox, true
          FROM mailing_readers(a_token_bucket, a_token_hash) AS k
         WHERE array_position(a_n, k.n) IS NULL
         ORDER BY mailbox, n
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
            IF NOT v.of_list AND NOT EXISTS (SELECT FROM subscriber s WHERE s.mailbox = v.mailbox AND s.state = 'on') THEN
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
        settings := CASE WHEN v.of_list AND NOT EXISTS (SELECT FROM subscriber s WHERE s.mailbox = v.mailbox AND s.state = 'on')
                         THEN '{"state": "off", "topics": null, "frequency": null}' ELSE subscription_of(v.mailbox)::text END;
        RETURN NEXT;
    END LOOP;
END
$$;

-- ---- the list, for who has its key ----

CREATE VIEW countersign.reader AS
SELECT s.mailbox, s.epoch, s.sealed, s.country, s.region, s.locale, array_to_string(s.topics, '|') AS topics, s.frequency,
       c.at AS consented_at, c.source, c.wording, c.version, c.language, c.slug, c.organization_name
  FROM countersign.subscriber s
  LEFT JOIN LATERAL (
       SELECT i.consented_at AS at, i.source, i.wording, NULL::smallint AS version, NULL::text AS language, NULL::text AS slug, NULL::text AS organization_name
         FROM countersign.subscriber_import i WHERE i.mailbox = s.mailbox
        UNION ALL
       SELECT b.asked_at, NULL, NULL, b.wording, b.language, p.slug, p.organization_name
         FROM countersign.subscription b JOIN countersign.petition p ON p.id = b.petition_id
        WHERE b.mailbox = s.mailbox AND b.proven_at IS NOT NULL
        ORDER BY 1 DESC LIMIT 1) AS c ON true
 WHERE s.state = 'on';
COMMENT ON VIEW countersign.reader IS 'Who gets news, sealed to the mailing key, with the last proof that they agreed: imported, in full, or by version and petition';
GRANT SELECT ON countersign.reader TO countersign_operator;

-- How often somebody who is imported wants letters, from where they were before.
CREATE FUNCTION countersign.subscriber_frequency(a_fate text[], a_mailbox bytea[], a_frequency text[]) RETURNS text[]
LANGUAGE sql SECURITY DEFINER SET search_path = countersign, pg_temp AS $$
    UPDATE subscriber s SET frequency = u.frequency
      FROM unnest(a_fate, a_mailbox, a_frequency) AS u(fate, mailbox, frequency)
     WHERE u.fate = 'new' AND u.frequency IN ('weekly', 'monthly') AND s.mailbox = u.mailbox AND s.state = 'on';
    SELECT a_fate
$$;
COMMENT ON FUNCTION countersign.subscriber_frequency(text[], bytea[], text[]) IS
    'Behind subscriber_import, in its transaction: how often those want letters that it has just taken in; its fates';
GRANT EXECUTE ON FUNCTION countersign.subscriber_frequency(text[], bytea[], text[]) TO countersign_operator;

-- `letter status` tells how many signatures came by who was handed the letter on.
GRANT EXECUTE ON FUNCTION countersign.referrals(integer, bigint) TO countersign_operator;
