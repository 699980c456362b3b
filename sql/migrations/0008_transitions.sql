-- What the holder of a token may do, and letters that go again. Locks in the order of 0007_sign.sql; nested loops
-- over unique indexes only, for the reason given there.

SET LOCAL lock_timeout = '3s';

-- Until when a token confirms: the end of the petition, by hand or by date, and its grace after that.
CREATE FUNCTION countersign.confirmable(a_state text, a_closes_at timestamptz, a_closed_at timestamptz, a_grace interval)
RETURNS boolean
LANGUAGE sql STABLE
RETURN a_state IN ('open', 'closed') AND now() < coalesce(least(a_closes_at, a_closed_at), 'infinity') + a_grace;
COMMENT ON FUNCTION countersign.confirmable(text, timestamptz, timestamptz, interval) IS
    'Inside confirm and resend: whether signatures of such a petition can be confirmed now';

CREATE FUNCTION countersign.confirm(a_slot smallint, a_token_bucket integer[], a_token_hash bytea[])
RETURNS text[]
LANGUAGE plpgsql SECURITY DEFINER SET search_path = countersign, pg_temp SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET join_collapse_limit = 1 AS $$
DECLARE
    v_answer   text[] := array_fill(NULL::text, ARRAY[cardinality(a_token_hash)]);
    v_n        integer[];
    v_slug     text[];
    v_petition integer[];
    v_country  text[];
    v_region   text[];
    v_referral bigint[];
BEGIN
    WITH found AS MATERIALIZED (
        SELECT r.n, p.slug, s.petition_id, s.id, s.state
          FROM unnest(a_token_bucket, a_token_hash) WITH ORDINALITY AS r(token_bucket, token_hash, n)
          JOIN letter l ON l.token_bucket = r.token_bucket AND l.token_hash = r.token_hash
                       AND coalesce(l.expires_at, 'infinity') > now()
          JOIN signature s ON s.petition_id = l.petition_id AND s.id = l.signature_id AND s.life = l.life
                          AND (s.state = 1 AND l.kind <> 5 OR s.state = 0 AND l.kind = 1)
          JOIN petition p ON p.id = l.petition_id
                         AND confirmable(p.state, p.closes_at, p.closed_at, p.confirm_grace)
         ORDER BY s.petition_id, s.email_hash
           FOR UPDATE OF s
    ), moved AS (
        UPDATE signature s SET state = 1, confirmed_at = now(), changed_at = now()
          FROM (SELECT DISTINCT f.petition_id, f.id FROM found f WHERE f.state = 0) AS f
         WHERE s.petition_id = f.petition_id AND s.id = f.id
        RETURNING s.petition_id, s.id, s.country, s.region, s.referral
    ), seen AS (
        UPDATE shown h SET shown_at = now()
          FROM moved m
         WHERE h.petition_id = m.petition_id AND h.signature_id = m.id
    ), answered AS (
        SELECT array_agg(f.n::integer) AS n, array_agg(f.slug) AS slug FROM found f
    ), counted AS (
        SELECT array_agg(m.petition_id) AS petition, array_agg(m.country) AS country, array_agg(m.region) AS region,
               array_agg(m.referral) AS referral
          FROM moved m
    )
    SELECT a.n, a.slug, c.petition, c.country, c.region, c.referral
      INTO v_n, v_slug, v_petition, v_country, v_region, v_referral
      FROM answered a, counted c;

    IF v_n IS NOT NULL THEN
        PERFORM subscription_prove(ARRAY(SELECT a_token_bucket[i] FROM unnest(v_n) AS i),
                                   ARRAY(SELECT a_token_hash[i] FROM unnest(v_n) AS i));
    END IF;
    IF v_petition IS NOT NULL THEN
        PERFORM tally_add(a_slot, 1, v_petition, v_country, v_region,
                          array_fill(now(), ARRAY[cardinality(v_petition)]));
        PERFORM tally_refer(a_slot, 1, v_petition, v_referral) WHERE cardinality(array_remove(v_referral, NULL)) > 0;
    END IF;
    IF v_n IS NOT NULL THEN
        PERFORM pg_logical_emit_message(true, 'countersign', ''); -- as in sign()
    END IF;
    FOR i IN 1 .. coalesce(cardinality(v_n), 0) LOOP
        v_answer[v_n[i]] := v_slug[i];
    END LOOP;
    RETURN v_answer;
END
$$;
COMMENT ON FUNCTION countersign.confirm(smallint, integer[], bytea[]) IS
    'Confirms by token; for each the petition''s slug if the signature is confirmed now (or was), else null';
GRANT EXECUTE ON FUNCTION countersign.confirm(smallint, integer[], bytea[]) TO countersign_worker;

-- Taking a name back is possible in every state of the petition but draft, and without end unless the letter says so.
CREATE FUNCTION countersign.withdraw(a_slot smallint, a_token_bucket integer[], a_token_hash bytea[])
RETURNS text[]
LANGUAGE plpgsql SECURITY DEFINER SET search_path = countersign, pg_temp SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET join_collapse_limit = 1 AS $$
DECLARE
    v_answer       text[] := array_fill(NULL::text, ARRAY[cardinality(a_token_hash)]);
    v_n            integer[];
    v_slug         text[];
    v_petition     integer[];
    v_country      text[];
    v_region       text[];
    v_confirmed_at timestamptz[];
    v_referral     bigint[];
BEGIN
    WITH found AS MATERIALIZED (
        SELECT r.n, p.slug, s.petition_id, s.id, s.state, s.country, s.region, s.confirmed_at
          FROM unnest(a_token_bucket, a_token_hash) WITH ORDINALITY AS r(token_bucket, token_hash, n)
          JOIN letter l ON l.token_bucket = r.token_bucket AND l.token_hash = r.token_hash
                       AND coalesce(l.expires_at, 'infinity') > now()
          JOIN signature s ON s.petition_id = l.petition_id AND s.id = l.signature_id AND s.life = l.life
                          AND s.state <> 3
          JOIN petition p ON p.id = l.petition_id AND p.state <> 'draft'
         ORDER BY s.petition_id, s.email_hash
           FOR UPDATE OF s
    ), once AS (
        SELECT DISTINCT ON (f.petition_id, f.id) f.* FROM found f WHERE f.state <> 2 ORDER BY f.petition_id, f.id
    ), moved AS (
        UPDATE signature s SET state = 2, confirmed_at = NULL, changed_at = now()
          FROM once o
         WHERE s.petition_id = o.petition_id AND s.id = o.id
        RETURNING s.petition_id, s.id, o.state AS was, o.country, o.region, o.confirmed_at, s.referral
    ), hidden AS (
        DELETE FROM shown h USING moved m WHERE h.petition_id = m.petition_id AND h.signature_id = m.id
    ), answered AS (
        SELECT array_agg(f.n::integer) AS n, array_agg(f.slug) AS slug FROM found f
    ), counted AS (
        SELECT array_agg(m.petition_id) AS petition, array_agg(m.country) AS country, array_agg(m.region) AS region,
               array_agg(m.confirmed_at) AS confirmed_at, array_agg(m.referral) AS referral
          FROM moved m
         WHERE m.was = 1
    )
    SELECT a.n, a.slug, c.petition, c.country, c.region, c.confirmed_at, c.referral
      INTO v_n, v_slug, v_petition, v_country, v_region, v_confirmed_at, v_referral
      FROM answered a, counted c;

    IF v_n IS NOT NULL THEN
        PERFORM subscription_leave(ARRAY(SELECT a_token_bucket[i] FROM unnest(v_n) AS i),
                                   ARRAY(SELECT a_token_hash[i] FROM unnest(v_n) AS i), false);
    END IF;
    IF v_petition IS NOT NULL THEN
        PERFORM tally_add(a_slot, -1, v_petition, v_country, v_region, v_confirmed_at);
        PERFORM tally_refer(a_slot, -1, v_petition, v_referral) WHERE cardinality(array_remove(v_referral, NULL)) > 0;
    END IF;
    IF v_n IS NOT NULL THEN
        PERFORM pg_logical_emit_message(true, 'countersign', ''); -- as in sign()
    END IF;
    FOR i IN 1 .. coalesce(cardinality(v_n), 0) LOOP
        v_answer[v_n[i]] := v_slug[i];
    END LOOP;
    RETURN v_answer;
END
$$;
COMMENT ON FUNCTION countersign.withdraw(smallint, integer[], bytea[]) IS
    'Withdraws by token; for each the petition''s slug if the signature is withdrawn now (or was), else null';
GRANT EXECUTE ON FUNCTION countersign.withdraw(smallint, integer[], bytea[]) TO countersign_worker;

CREATE FUNCTION countersign.resend(
    a_letters_per_day integer, a_petition integer[], a_email_hash bytea[], a_mailbox bytea[], a_request_id bytea[],
    a_letter_epoch bigint[], a_letter_sealed bytea[], a_token_bucket integer[], a_token_hash bytea[],
    a_mailable boolean[], a_kind smallint[])
RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = countersign, pg_temp SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET join_collapse_limit = 1 AS $$
DECLARE
    v_epoch bigint[] := ARRAY(SELECT DISTINCT u FROM unnest(a_letter_epoch) AS u WHERE u > 0);
    v_id    bigint[];
    v_life  smallint[];
    v_kind  smallint[];
    v       record;
BEGIN
    IF (SELECT count(*) FROM epoch e WHERE e.id = ANY (v_epoch)) < cardinality(v_epoch) THEN
        RAISE EXCEPTION 'unknown epoch' USING ERRCODE = 'CS001';
    END IF;
    PERFORM pg_logical_emit_message(true, 'countersign', ''); -- as in sign()
    v_id := array_fill(NULL::bigint, ARRAY[cardinality(a_petition)]);
    v_life := array_fill(NULL::smallint, ARRAY[cardinality(a_petition)]);
    v_kind := array_fill(0::smallint, ARRAY[cardinality(a_petition)]);

    FOR v IN
        WITH found AS MATERIALIZED (
            SELECT r.n::integer, r.request_id, r.kind, s.petition_id, s.id, s.life, s.state
              FROM unnest(a_petition, a_email_hash, a_request_id, a_token_bucket, a_token_hash, a_mailable, a_kind)
                   WITH ORDINALITY AS r(petition_id, email_hash, request_id, token_bucket, token_hash, mailable, kind, n)
              JOIN signature s ON s.petition_id = r.petition_id AND s.email_hash = r.email_hash
              JOIN petition p ON p.id = r.petition_id
             WHERE r.mailable AND s.request_id <> r.request_id
               AND CASE r.kind WHEN 1 THEN s.state = 0 AND confirmable(p.state, p.closes_at, p.closed_at, p.confirm_grace)
                               ELSE p.state <> 'draft' END
               AND NOT EXISTS (SELECT FROM letter l
                                WHERE l.token_bucket = r.token_bucket AND l.token_hash = r.token_hash)
               -- Who asks may be a stranger, once more.
               AND NOT EXISTS (SELECT FROM disavowal d
                                WHERE d.petition_id = s.petition_id AND d.email_hash = s.email_hash)
             ORDER BY s.petition_id, s.email_hash
               FOR UPDATE OF s
        ), once AS (
            SELECT DISTINCT ON (f.petition_id, f.id) f.* FROM found f ORDER BY f.petition_id, f.id, f.n
        )
        UPDATE signature s
           SET request_id = o.request_id, changed_at = CASE o.state WHEN 0 THEN now() ELSE s.changed_at END
          FROM once o
         WHERE s.petition_id = o.petition_id AND s.id = o.id
        RETURNING o.n, o.kind, s.id, s.life
    LOOP
        v_id[v.n] := v.id;
        v_life[v.n] := v.life;
        v_kind[v.n] := v.kind;
    END LOOP;

    PERFORM letters_add(a_letters_per_day, v_id, v_life, v_kind, a_petition, a_mailbox, a_request_id,
                        a_letter_epoch, a_letter_sealed, a_token_bucket, a_token_hash);
END
$$;
COMMENT ON FUNCTION countersign.resend(integer, integer[], bytea[], bytea[], bytea[], bigint[], bytea[], integer[],
                                       bytea[], boolean[], smallint[]) IS
    'A letter that is asked for by address, within the mailbox''s limit: kind 1 again to who has signed but not confirmed, 5 the link to the own page to who has signed; never tells whether there was one';
GRANT EXECUTE ON FUNCTION countersign.resend(integer, integer[], bytea[], bytea[], bytea[], bigint[], bytea[],
                                             integer[], bytea[], boolean[], smallint[]) TO countersign_worker;
