-- What operators do with signatures: audit, export, invalidate, review, erase.

SET LOCAL lock_timeout = '3s';

CREATE VIEW countersign.signer AS
SELECT s.petition_id, s.id, (ARRAY['pending', 'confirmed', 'withdrawn', 'invalidated'])[s.state + 1] AS state,
       s.epoch, s.email_hash, s.sealed, s.text_version, s.index_key, s.country, s.region, s.signed_at, s.confirmed_at
  FROM countersign.signature s;
COMMENT ON VIEW countersign.signer IS 'Signatures as the export reads them: sealed; the blind index is there because the seal is bound to it';

GRANT SELECT ON countersign.signer, countersign.epoch, countersign.epoch_key, countersign.shown
   TO countersign_office, countersign_operator;
GRANT SELECT ON countersign.tally, countersign.tally_place, countersign.tally_hour, countersign.tally_referral,
                countersign.erased_kept, countersign.invalidation, countersign.instance
   TO countersign_operator;

-- One statement, so one snapshot. places_differ and hours_differ count the single places and hours that are not
-- equal, since wrong ones could still sum up right.
CREATE FUNCTION countersign.audit(a_slug text DEFAULT NULL)
RETURNS TABLE (slug text, in_table bigint, erased bigint, tally bigint, places bigint, hours bigint,
               places_differ bigint, hours_differ bigint, version bigint, undeliverable bigint, equal boolean,
               referrals_differ bigint)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = countersign, pg_temp AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    WITH pet AS (
        SELECT p.id, p.slug FROM petition p WHERE a_slug IS NULL OR p.slug = a_slug
    ), fact AS MATERIALIZED (
        SELECT s.petition_id, s.country, s.region, hour_of(s.confirmed_at) AS hour, count(*) AS n, 0::bigint AS erased
          FROM signature s
         WHERE s.state = 1 AND s.petition_id IN (SELECT p.id FROM pet p)
         GROUP BY 1, 2, 3, 4
         UNION ALL
        SELECT e.petition_id, e.country, e.region, e.hour, 0, e.n FROM erased_kept e
    ), place AS (
        SELECT petition_id, sum(tallied) AS n, count(*) FILTER (WHERE tallied <> real) AS differ
          FROM (SELECT u.petition_id, sum(u.tallied) AS tallied, sum(u.real) AS real
                  FROM (SELECT petition_id, country, region, n AS tallied, 0::bigint AS real FROM tally_place
                         UNION ALL
                        SELECT petition_id, country, region, 0, n + erased FROM fact) AS u
                 GROUP BY u.petition_id, u.country, u.region) AS s
         GROUP BY petition_id
    ), hour AS (
        SELECT petition_id, sum(tallied) AS n, count(*) FILTER (WHERE tallied <> real) AS differ
          FROM (SELECT u.petition_id, sum(u.tallied) AS tallied, sum(u.real) AS real
                  FROM (SELECT petition_id, hour, n AS tallied, 0::bigint AS real FROM tally_hour
                         UNION ALL
                        SELECT petition_id, hour, 0, n + erased FROM fact) AS u
                 GROUP BY u.petition_id, u.hour) AS s
         GROUP BY petition_id
    ), referred AS (
        SELECT petition_id, count(*) FILTER (WHERE tallied <> real) AS differ
          FROM (SELECT u.petition_id, sum(u.tallied) AS tallied, sum(u.real) AS real
                  FROM (SELECT petition_id, referral, n AS tallied, 0::bigint AS real FROM tally_referral
                         UNION ALL
                        SELECT s.petition_id, s.referral, 0, 1 FROM signature s
                         WHERE s.state = 1 AND s.referral IS NOT NULL) AS u
                 WHERE u.petition_id IN (SELECT p.id FROM pet p)
                 GROUP BY u.petition_id, u.referral) AS s
         GROUP BY petition_id
    ), summed AS (
        SELECT p.slug, coalesce(f.n, 0)::bigint AS in_table, coalesce(f.erased, 0)::bigint AS erased,
               coalesce(t.n, 0)::bigint AS tally, coalesce(l.n, 0)::bigint AS places, coalesce(h.n, 0)::bigint AS hours,
               coalesce(l.differ, 0) AS places_differ, coalesce(h.differ, 0) AS hours_differ,
               coalesce(t.version, 0)::bigint AS version, coalesce(u.n, 0) AS undeliverable,
               coalesce(r.differ, 0) AS referrals_differ
          FROM pet p
          LEFT JOIN (SELECT petition_id, sum(n) AS n, sum(erased) AS erased FROM fact GROUP BY 1) f ON f.petition_id = p.id
          LEFT JOIN (SELECT petition_id, sum(n) AS n, sum(version) AS version FROM tally GROUP BY 1) t ON t.petition_id = p.id
          LEFT JOIN place l ON l.petition_id = p.id
          LEFT JOIN hour h ON h.petition_id = p.id
          LEFT JOIN referred r ON r.petition_id = p.id
          LEFT JOIN (SELECT petition_id, count(*) AS n FROM invalidation
                      WHERE cause = 'undeliverable' AND undone_at IS NULL GROUP BY 1) u ON u.petition_id = p.id
    )
    SELECT s.slug, s.in_table, s.erased, s.tally, s.places, s.hours, s.places_differ, s.hours_differ, s.version,
           s.undeliverable, s.tally = s.in_table + s.erased AND s.places = s.tally AND s.hours = s.tally
               AND s.places_differ = 0 AND s.hours_differ = 0 AND s.referrals_differ = 0, s.referrals_differ
      FROM summed s
     ORDER BY s.slug;
END
$$;
COMMENT ON FUNCTION countersign.audit(text) IS
    'Compares table and tally of a petition (null: all), in one snapshot; changes nothing';
GRANT EXECUTE ON FUNCTION countersign.audit(text) TO countersign_operator;

CREATE FUNCTION countersign.invalidate(a_slot smallint, a_slug text, a_id bigint[], a_reason text)
RETURNS TABLE (id bigint, was text, changed boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = countersign, pg_temp AS $$
#variable_conflict use_column
DECLARE
    v_petition integer := (SELECT p.id FROM petition p WHERE p.slug = a_slug);
    v_id       bigint[];
    v_was      smallint[];
BEGIN
    SELECT array_agg(s.id), array_agg(s.state) INTO v_id, v_was
      FROM (SELECT s.id, s.state FROM signature s
             WHERE s.petition_id = v_petition AND s.id = ANY (a_id)
             ORDER BY s.petition_id, s.email_hash
               FOR UPDATE) AS s;

    IF v_id IS NOT NULL THEN
        PERFORM invalidate_rows(a_slot, array_fill(v_petition, ARRAY[cardinality(v_id)]), v_id, v_was, 'operator', a_reason);
    END IF;

    RETURN QUERY
    SELECT a.id, (ARRAY['pending', 'confirmed', 'withdrawn', 'invalidated'])[u.was + 1], coalesce(u.was <> 3, false)
      FROM (SELECT DISTINCT unnest(a_id) AS id) AS a
      LEFT JOIN unnest(v_id, v_was) AS u(id, was) ON u.id = a.id
     ORDER BY a.id;
END
$$;
COMMENT ON FUNCTION countersign.invalidate(smallint, text, bigint[], text) IS
    'Takes signatures out of the count and logs it; was is null: no such signature';
GRANT EXECUTE ON FUNCTION countersign.invalidate(smallint, text, bigint[], text) TO countersign_operator;

CREATE FUNCTION countersign.invalidate_rows(a_slot smallint, a_petition integer[], a_id bigint[], a_was smallint[],
                                            a_cause text, a_reason text)
RETURNS void
LANGUAGE plpgsql SET search_path = countersign, pg_temp AS $$
BEGIN
    UPDATE signature s SET state = 3, changed_at = now()
      FROM unnest(a_petition, a_id, a_was) AS u(petition_id, id, was)
     WHERE s.petition_id = u.petition_id AND s.id = u.id AND u.was <> 3;
    UPDATE shown h SET shown_at = NULL
      FROM unnest(a_petition, a_id) AS u(petition_id, id)
     WHERE h.petition_id = u.petition_id AND h.signature_id = u.id AND h.shown_at IS NOT NULL;
    INSERT INTO invalidation (petition_id, signature_id, was, by_role, at, cause, reason)
    SELECT u.petition_id, u.id, u.was, session_user, now(), a_cause, a_reason
      FROM unnest(a_petition, a_id, a_was) AS u(petition_id, id, was)
     WHERE u.was <> 3;
    PERFORM tally_invalid(a_slot, -1, a_petition, a_id, a_was);
END
$$;
COMMENT ON FUNCTION countersign.invalidate_rows(smallint, integer[], bigint[], smallint[], text, text) IS
    'Inside invalidate and mail_dead: takes these signatures, whose rows are locked and were in these states, out of the count';

CREATE FUNCTION countersign.invalidate_undo(a_slot smallint, a_slug text, a_id bigint[], a_why text)
RETURNS TABLE (id bigint, becomes text, changed boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = countersign, pg_temp AS $$
#variable_conflict use_column
DECLARE
    v_petition integer := (SELECT p.id FROM petition p WHERE p.slug = a_slug);
    v_id       bigint[];
    v_was      smallint[];
BEGIN
    -- The rows first, in the one order of locks; then their log, which only their lock's holder changes.
    v_id := ARRAY(SELECT s.id FROM signature s
                   WHERE s.petition_id = v_petition AND s.id = ANY (a_id) AND s.state = 3
                   ORDER BY s.petition_id, s.email_hash
                     FOR UPDATE);
    WITH undone AS (
        UPDATE invalidation i SET undone_at = now(), undone_by = session_user, undone_why = a_why
         WHERE i.petition_id = v_petition AND i.signature_id = ANY (v_id) AND i.undone_at IS NULL
        RETURNING i.signature_id, i.was
    )
    SELECT array_agg(u.signature_id), array_agg(u.was) INTO v_id, v_was FROM undone u;

    UPDATE signature s SET state = u.was, changed_at = now()
      FROM unnest(v_id, v_was) AS u(id, was)
     WHERE s.petition_id = v_petition AND s.id = u.id;
    UPDATE shown h SET shown_at = s.confirmed_at
      FROM signature s
     WHERE h.petition_id = v_petition AND h.signature_id = ANY (v_id)
       AND s.petition_id = h.petition_id AND s.id = h.signature_id AND s.state = 1;
    IF v_id IS NOT NULL THEN
        PERFORM tally_invalid(a_slot, 1, array_fill(v_petition, ARRAY[cardinality(v_id)]), v_id, v_was);
    END IF;

    RETURN QUERY
    SELECT a.id, (ARRAY['pending', 'confirmed', 'withdrawn'])[u.was + 1], u.was IS NOT NULL
      FROM (SELECT DISTINCT unnest(a_id) AS id) AS a
      LEFT JOIN unnest(v_id, v_was) AS u(id, was) ON u.id = a.id
     ORDER BY a.id;
END
$$;
COMMENT ON FUNCTION countersign.invalidate_undo(smallint, text, bigint[], text) IS
    'Returns invalidated signatures to the state that they had; becomes is null: none was invalidated';
GRANT EXECUTE ON FUNCTION countersign.invalidate_undo(smallint, text, bigint[], text) TO countersign_operator;

CREATE FUNCTION countersign.tally_invalid(a_slot smallint, a_sign integer, a_petition integer[], a_id bigint[],
                                          a_was smallint[])
RETURNS void
LANGUAGE plpgsql SET search_path = countersign, pg_temp AS $$
BEGIN
    PERFORM tally_add(a_slot, a_sign, c.petition, c.country, c.region, c.confirmed_at),
            tally_refer(a_slot, a_sign, c.petition, c.referral)
       FROM (SELECT array_agg(s.petition_id) AS petition, array_agg(s.country) AS country,
                    array_agg(s.region) AS region, array_agg(s.confirmed_at) AS confirmed_at,
                    array_agg(s.referral) AS referral
               FROM unnest(a_petition, a_id, a_was) AS u(petition_id, id, was)
               JOIN signature s ON s.petition_id = u.petition_id AND s.id = u.id
              WHERE u.was = 1) AS c
      WHERE c.petition IS NOT NULL;
END
$$;
COMMENT ON FUNCTION countersign.tally_invalid(smallint, integer, integer[], bigint[], smallint[]) IS
    'Inside invalidate_rows and its undo: tallies those that counted before';

-- Approved is what was read: of words that have changed since, the number is another one. Hidden is whatever is there.
CREATE FUNCTION countersign.review(a_slug text, a_id bigint[], a_words bigint[], a_show boolean,
                                   OUT done bigint[], OUT changed bigint[])
LANGUAGE plpgsql SECURITY DEFINER SET search_path = countersign, pg_temp AS $$
BEGIN
    WITH seen AS (
        UPDATE shown h SET review = CASE WHEN a_show THEN 1 ELSE 2 END
          FROM petition p, unnest(a_id, a_words) AS u(id, words)
         WHERE p.slug = a_slug AND h.petition_id = p.id AND h.signature_id = u.id AND (h.words = u.words OR NOT a_show)
        RETURNING h.signature_id
    )
    SELECT coalesce(array_agg(s.signature_id ORDER BY s.signature_id), '{}') INTO done FROM seen s;
    changed := ARRAY(SELECT h.signature_id FROM petition p JOIN shown h ON h.petition_id = p.id
                      WHERE p.slug = a_slug AND h.signature_id = ANY (a_id) AND h.signature_id <> ALL (done)
                      ORDER BY h.signature_id);
END
$$;
COMMENT ON FUNCTION countersign.review(text, bigint[], bigint[], boolean) IS
    'Approves what these signers chose to show, with the comment, if it is still in these words (shown.words), or hides it; done: the ids of which it was done, changed: those that show other words';
GRANT EXECUTE ON FUNCTION countersign.review(text, bigint[], bigint[], boolean) TO countersign_operator;

-- What counts of the erased goes on counting as a mere number of its place and hour, or is taken out of the count, as
-- the petition says. The rows are locked by the caller in a statement before: whoever held one of them until then may
-- have added to shown or invalidation; only this statement's snapshot sees that, and it must not outlive the signature.
CREATE FUNCTION countersign.erase_rows(a_slot smallint, a_petition integer[], a_id bigint[],
                                       OUT signatures bigint, OUT kept bigint, OUT lowered bigint, OUT shown bigint)
LANGUAGE plpgsql SET search_path = countersign, pg_temp AS $$
#variable_conflict use_column
DECLARE
    v record;
BEGIN
    WITH found AS MATERIALIZED (
        SELECT DISTINCT f.petition_id, f.id FROM unnest(a_petition, a_id) AS f(petition_id, id) WHERE f.id IS NOT NULL
    ), gone AS (
        DELETE FROM signature s USING found f
         WHERE s.petition_id = f.petition_id AND s.id = f.id
        RETURNING s.petition_id, s.state, s.country, s.region, s.confirmed_at, s.referral
    ), unseen AS (
        DELETE FROM shown h USING found f WHERE h.petition_id = f.petition_id AND h.signature_id = f.id RETURNING 1
    ), unlogged AS (
        DELETE FROM invalidation i USING found f WHERE i.petition_id = f.petition_id AND i.signature_id = f.id
    ), counted AS (
        SELECT g.petition_id, g.country, g.region, g.confirmed_at, g.referral, p.erasure = 'lower_number' AS lower
          FROM gone g JOIN petition p ON p.id = g.petition_id
         WHERE g.state = 1
    ), keep AS (
        INSERT INTO erased_kept AS e (petition_id, hour, country, region, n)
        SELECT c.petition_id, hour_of(c.confirmed_at), c.country, c.region, count(*)
          FROM counted c
         WHERE NOT c.lower
         GROUP BY 1, 2, 3, 4
         ORDER BY 1, 2, 3, 4
            ON CONFLICT (petition_id, hour, country, region) DO UPDATE SET n = e.n + excluded.n
    ), less AS (
        SELECT count(*) AS n, array_agg(c.petition_id) AS petition, array_agg(c.country) AS country,
               array_agg(c.region) AS region, array_agg(c.confirmed_at) AS confirmed_at
          FROM counted c
         WHERE c.lower
    ), brought AS (
        SELECT array_agg(c.petition_id) AS of_petition, array_agg(c.referral) AS referral
          FROM counted c
         WHERE c.referral IS NOT NULL
    )
    SELECT (SELECT count(*) FROM gone) AS signatures, (SELECT count(*) FROM counted) AS counted,
           (SELECT count(*) FROM unseen) AS shown, l.*, b.*
      INTO v
      FROM less l, brought b;
    signatures := v.signatures;
    shown := v.shown;
    lowered := v.n;
    kept := v.counted - v.n;
    IF v.n > 0 THEN
        PERFORM tally_add(a_slot, -1, v.petition, v.country, v.region, v.confirmed_at);
    END IF;
    IF v.referral IS NOT NULL THEN
        PERFORM tally_refer(a_slot, -1, v.of_petition, v.referral);
    END IF;
END
$$;
COMMENT ON FUNCTION countersign.erase_rows(smallint, integer[], bigint[]) IS
    'Inside erase and own_erase: signatures, whose rows are locked, with all that hangs on them but letters';

-- Letters have no index by signature, so this reads all of them; it is rare, and no request waits for it. Their places
-- in the queue are locked before they are, as mailers do it.
CREATE FUNCTION countersign.erase(a_slot smallint, a_petition integer[], a_email_hash bytea[], a_mailbox bytea[])
RETURNS TABLE (signatures bigint, kept bigint, lowered bigint, letters bigint, shown bigint, news bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = countersign, pg_temp AS $$
#variable_conflict use_column
DECLARE
    v_petition integer[];
    v_id       bigint[];
    v_bucket   integer[];
    v_hash     bytea[];
BEGIN
    SELECT array_agg(s.petition_id), array_agg(s.id) INTO v_petition, v_id
      FROM (SELECT s.petition_id, s.id
              FROM unnest(a_petition, a_email_hash) AS u(petition_id, email_hash)
              JOIN signature s ON s.petition_id = u.petition_id AND s.email_hash = u.email_hash
             ORDER BY s.petition_id, s.email_hash
               FOR UPDATE OF s) AS s;
    SELECT array_agg(l.token_bucket), array_agg(l.token_hash) INTO v_bucket, v_hash
      FROM (SELECT DISTINCT l.token_bucket, l.token_hash
              FROM unnest(v_petition, v_id) AS f(petition_id, id)
              JOIN letter l ON l.petition_id = f.petition_id AND l.signature_id = f.id
             ORDER BY 1, 2) AS l;

    PERFORM FROM mail_queue q JOIN unnest(v_bucket, v_hash) AS u(bucket, hash)
              ON q.token_bucket = u.bucket AND q.token_hash = u.hash
      ORDER BY q.token_bucket, q.token_hash
        FOR UPDATE OF q;
    DELETE FROM mail_queue q USING unnest(v_bucket, v_hash) AS u(bucket, hash)
     WHERE q.token_bucket = u.bucket AND q.token_hash = u.hash;
    DELETE FROM mail_reminder r USING unnest(v_bucket, v_hash) AS u(bucket, hash)
     WHERE r.token_bucket = u.bucket AND r.token_hash = u.hash;
    DELETE FROM letter l USING unnest(v_bucket, v_hash) AS u(bucket, hash)
     WHERE l.token_bucket = u.bucket AND l.token_hash = u.hash;
    GET DIAGNOSTICS letters = ROW_COUNT;
    DELETE FROM letter_quota q
     WHERE q.mailbox IN (SELECT k.mailbox FROM letter_quota k WHERE k.mailbox = ANY (a_mailbox)
                          ORDER BY k.mailbox FOR UPDATE);
    DELETE FROM mail_quota q
     WHERE q.mailbox IN (SELECT k.mailbox FROM mail_quota k WHERE k.mailbox = ANY (a_mailbox)
                          ORDER BY k.mailbox FOR UPDATE);

    news := subscriber_erase(a_mailbox);
    SELECT e.signatures, e.kept, e.lowered, e.shown INTO signatures, kept, lowered, shown
      FROM erase_rows(a_slot, v_petition, v_id) AS e;
    RETURN NEXT;
END
$$;
COMMENT ON FUNCTION countersign.erase(smallint, integer[], bytea[], bytea[]) IS
    'Erases the signatures of these petitions and blind indexes with letters and all, and the limits and subscriptions of these mailboxes; keeps or lowers the number as each petition says';
GRANT EXECUTE ON FUNCTION countersign.erase(smallint, integer[], bytea[], bytea[]) TO countersign_operator;
