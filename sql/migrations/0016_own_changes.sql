-- Correcting by token: a signer's row is replaced as a whole, since no program of ours can read the old one.
-- Locks in the order of 0007_sign.sql; nested loops over unique indexes only, for the reason given there.

SET LOCAL lock_timeout = '3s';

-- The number stays, its places move. The lock order of tally_place is that of tally_add, and no other tally is touched.
CREATE FUNCTION countersign.tally_move(a_slot smallint, a_petition integer[], a_old_country text[], a_old_region text[],
                                       a_country text[], a_region text[])
RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO tally_place AS t (petition_id, slot, country, region, n)
    SELECT c.petition_id, a_slot, c.country, c.region, sum(c.n)
      FROM (SELECT u.petition_id, u.country, u.region, -1 AS n
              FROM unnest(a_petition, a_old_country, a_old_region) AS u(petition_id, country, region)
             UNION ALL
            SELECT u.petition_id, u.country, u.region, 1
              FROM unnest(a_petition, a_country, a_region) AS u(petition_id, country, region)) AS c
     GROUP BY c.petition_id, c.country, c.region
    HAVING sum(c.n) <> 0
     ORDER BY c.petition_id, c.country, c.region
        ON CONFLICT (petition_id, country, region, slot) DO UPDATE SET n = t.n + excluded.n;
END
$$;
COMMENT ON FUNCTION countersign.tally_move(smallint, integer[], text[], text[], text[], text[]) IS
    'Inside correct: what counts has moved from the old places to the new ones';

-- What an operator has hidden stays hidden: who stops to show it leaves a bare row, so that showing it again does not
-- bring it back. A comment that is not the one that was approved waits for review once more.
CREATE FUNCTION countersign.shown_change(
    a_petition integer[], a_id bigint[], a_state smallint[], a_confirmed_at timestamptz[], a_name text[],
    a_place text[], a_comment text[])
RETURNS void
LANGUAGE plpgsql SET search_path = countersign, pg_temp SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET join_collapse_limit = 1 AS $$
BEGIN
    DELETE FROM shown h
     USING unnest(a_petition, a_id, a_name) AS u(petition_id, id, name)
     WHERE u.name IS NULL AND h.petition_id = u.petition_id AND h.signature_id = u.id AND h.review <> 2;
    UPDATE shown h SET name = '', place = '', comment = ''
      FROM unnest(a_petition, a_id, a_name) AS u(petition_id, id, name)
     WHERE u.name IS NULL AND h.petition_id = u.petition_id AND h.signature_id = u.id;
    INSERT INTO shown AS h (signature_id, shown_at, words, petition_id, name, place, comment)
    SELECT u.id, CASE u.state WHEN 1 THEN u.confirmed_at END, nextval('shown_words'), u.petition_id, u.name, coalesce(u.place, ''),
           coalesce(u.comment, '')
      FROM unnest(a_petition, a_id, a_state, a_confirmed_at, a_name, a_place, a_comment)
           AS u(petition_id, id, state, confirmed_at, name, place, comment)
     WHERE u.name IS NOT NULL AND u.state < 2
        ON CONFLICT (petition_id, signature_id) DO UPDATE
       SET name = excluded.name, place = excluded.place, comment = excluded.comment,
           words = CASE WHEN (h.name, h.place, h.comment) = (excluded.name, excluded.place, excluded.comment) THEN h.words
                        ELSE excluded.words END,
           review = CASE WHEN h.review = 2 OR h.comment = excluded.comment THEN h.review ELSE 0 END;
END
$$;
COMMENT ON FUNCTION countersign.shown_change(integer[], bigint[], smallint[], timestamptz[], text[], text[], text[]) IS
    'Inside correct: shows in public what these signatures, whose rows are locked, say now; name null: nothing';

-- Withdrawn rows too: what is held may be corrected as long as it is held. The last of several in one batch stays; the
-- same request again finds its id in the row and does nothing. Token and address have to be of one signature.
CREATE FUNCTION countersign.correct(
    a_slot smallint, a_token_bucket integer[], a_token_hash bytea[], a_petition integer[], a_email_hash bytea[],
    a_request_id bytea[], a_text_version integer[], a_epoch bigint[], a_sealed bytea[], a_country text[],
    a_region text[], a_shown_name text[], a_shown_place text[], a_shown_comment text[])
RETURNS smallint[]
LANGUAGE plpgsql SECURITY DEFINER SET search_path = countersign, pg_temp SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET join_collapse_limit = 1 AS $$
DECLARE
    v_epoch  bigint[] := ARRAY(SELECT DISTINCT u FROM unnest(a_epoch) AS u);
    v_answer smallint[] := array_fill(3::smallint, ARRAY[cardinality(a_token_hash)]);
    v        record;
BEGIN
    IF (SELECT count(*) FROM epoch e WHERE e.id = ANY (v_epoch)) < cardinality(v_epoch) THEN
        RAISE EXCEPTION 'unknown epoch' USING ERRCODE = 'CS001';
    END IF;
    PERFORM pg_logical_emit_message(true, 'countersign', ''); -- as in sign()

    WITH found AS MATERIALIZED (
        SELECT r.n::integer, s.petition_id, s.id, s.state, s.confirmed_at, s.country, s.region,
               CASE WHEN s.text_version = r.text_version THEN 0 ELSE 2 END AS fate,
               s.request_id = r.request_id AS again
          FROM unnest(a_token_bucket, a_token_hash, a_petition, a_email_hash, a_request_id, a_text_version)
               WITH ORDINALITY AS r(token_bucket, token_hash, petition_id, email_hash, request_id, text_version, n)
          JOIN letter l ON l.token_bucket = r.token_bucket AND l.token_hash = r.token_hash
                       AND coalesce(l.expires_at, 'infinity') > now()
          JOIN signature s ON s.petition_id = l.petition_id AND s.id = l.signature_id AND s.life = l.life
                          AND s.petition_id = r.petition_id AND s.email_hash = r.email_hash AND s.state <> 3
          JOIN petition p ON p.id = l.petition_id AND p.state <> 'draft'
         ORDER BY s.petition_id, s.email_hash
           FOR UPDATE OF s
    ), last AS (
        SELECT DISTINCT ON (f.petition_id, f.id) f.* FROM found f
         WHERE f.fate = 0 AND NOT f.again
         ORDER BY f.petition_id, f.id, f.n DESC
    ), moved AS (
        UPDATE signature s
           SET request_id = a_request_id[o.n], epoch = a_epoch[o.n], sealed = a_sealed[o.n],
               country = coalesce(a_country[o.n], ''), region = coalesce(a_region[o.n], '')
          FROM last o
         WHERE s.petition_id = o.petition_id AND s.id = o.id
        RETURNING o.*, s.country AS new_country, s.region AS new_region
    ), answered AS (
        SELECT array_agg(f.n) AS n, array_agg(f.fate) AS fate FROM found f
    )
    SELECT a.n, a.fate, c.*
      INTO v
      FROM answered a,
           (SELECT array_agg(m.petition_id) AS petition, array_agg(m.id) AS id, array_agg(m.state) AS state,
                   array_agg(m.confirmed_at) AS confirmed_at, array_agg(a_shown_name[m.n]) AS name,
                   array_agg(a_shown_place[m.n]) AS place, array_agg(a_shown_comment[m.n]) AS comment,
                   array_agg(m.petition_id) FILTER (WHERE m.state = 1) AS counted,
                   array_agg(m.country) FILTER (WHERE m.state = 1) AS old_country,
                   array_agg(m.region) FILTER (WHERE m.state = 1) AS old_region,
                   array_agg(m.new_country) FILTER (WHERE m.state = 1) AS new_country,
                   array_agg(m.new_region) FILTER (WHERE m.state = 1) AS new_region
              FROM moved m) AS c;

    FOR i IN 1 .. coalesce(cardinality(v.n), 0) LOOP
        v_answer[v.n[i]] := v.fate[i];
    END LOOP;
    IF v.id IS NOT NULL THEN
        -- Statements of their own: what is shown may have come while the first one waited for its locks.
        PERFORM shown_change(v.petition, v.id, v.state, v.confirmed_at, v.name, v.place, v.comment);
    END IF;
    IF v.counted IS NOT NULL THEN
        PERFORM tally_move(a_slot, v.counted, v.old_country, v.old_region, v.new_country, v.new_region);
    END IF;
    RETURN v_answer;
END
$$;
COMMENT ON FUNCTION countersign.correct(smallint, integer[], bytea[], integer[], bytea[], bytea[], integer[], bigint[],
                                        bytea[], text[], text[], text[], text[], text[]) IS
    'Replaces what is held by token, address and version: 0 done (or was), 2 another version of the text was signed, 3 no such signature';
GRANT EXECUTE ON FUNCTION countersign.correct(smallint, integer[], bytea[], integer[], bytea[], bytea[], integer[],
                                              bigint[], bytea[], text[], text[], text[], text[], text[])
   TO countersign_worker;
