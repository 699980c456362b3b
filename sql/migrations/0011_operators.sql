-- What operators do with signatures: audit, export, invalidate, review, erase.

SET LOCAL lock_timeout = '3s';

CREATE VIEW countersign.signer AS
SELECT s.petition_id, s.id, (ARRAY['pending', 'confirmed', 'withdrawn', 'invalidated'])[s.state + 1] AS state,
       s.epoch, s.email_hash, s.sealed, s.text_version, s.index_key, s.country, s.region, s.signed_at, s.confirmed_at
  FROM countersign.signature s;
COMMENT ON VIEW countersign.signer IS 'Signatures as the export reads them: sealed; the blind index is there because the seal is bound to it';

GRANT SELECT ON countersign.signer, countersign.epoch, countersign.epoch_key, countersign.shown
   TO countersign_office, countersign_operator;
GRANT SELECT ON countersign.tally, countersign.tally_place, countersign.tally_hour, countersign.erased_kept,
                countersign.invalidation, countersign.instance
   TO countersign_operator;

-- One statement, so one snapshot. places_differ and hours_differ count the single places and hours that are not
-- equal, since wrong ones could still sum up right.
CREATE FUNCTION countersign.audit(a_slug text DEFAULT NULL)
RETURNS TABLE (slug text, in_table bigint, erased bigint, tally bigint, places bigint, hours bigint,
               places_differ bigint, hours_differ bigint, version bigint, equal boolean)
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
    ), summed AS (
        SELECT p.slug, coalesce(f.n, 0)::bigint AS in_table, coalesce(f.erased, 0)::bigint AS erased,
               coalesce(t.n, 0)::bigint AS tally, coalesce(l.n, 0)::bigint AS places, coalesce(h.n, 0)::bigint AS hours,
               coalesce(l.differ, 0) AS places_differ, coalesce(h.differ, 0) AS hours_differ,
               coalesce(t.version, 0)::bigint AS version
          FROM pet p
          LEFT JOIN (SELECT petition_id, sum(n) AS n, sum(erased) AS erased FROM fact GROUP BY 1) f ON f.petition_id = p.id
          LEFT JOIN (SELECT petition_id, sum(n) AS n, sum(version) AS version FROM tally GROUP BY 1) t ON t.petition_id = p.id
          LEFT JOIN place l ON l.petition_id = p.id
          LEFT JOIN hour h ON h.petition_id = p.id
    )
    SELECT s.*, s.tally = s.in_table + s.erased AND s.places = s.tally AND s.hours = s.tally
                AND s.places_differ = 0 AND s.hours_differ = 0
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

    UPDATE signature s SET state = 3, changed_at = now()
     WHERE s.petition_id = v_petition AND s.id = ANY (v_id) AND s.state <> 3;
    UPDATE shown h SET shown_at = NULL
     WHERE h.petition_id = v_petition AND h.signature_id = ANY (v_id) AND h.shown_at IS NOT NULL;
    INSERT INTO invalidation (petition_id, signature_id, was, by_role, at, reason)
    SELECT v_petition, u.id, u.was, session_user, now(), a_reason
      FROM unnest(v_id, v_was) AS u(id, was)
     WHERE u.was <> 3;
    PERFORM tally_invalid(a_slot, -1, v_petition, v_id, v_was);

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

CREATE FUNCTION countersign.invalidate_undo(a_slot smallint, a_slug text, a_id bigint[])
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
        UPDATE invalidation i SET undone_at = now(), undone_by = session_user
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
    PERFORM tally_invalid(a_slot, 1, v_petition, v_id, v_was);

    RETURN QUERY
    SELECT a.id, (ARRAY['pending', 'confirmed', 'withdrawn'])[u.was + 1], u.was IS NOT NULL
      FROM (SELECT DISTINCT unnest(a_id) AS id) AS a
      LEFT JOIN unnest(v_id, v_was) AS u(id, was) ON u.id = a.id
     ORDER BY a.id;
END
$$;
COMMENT ON FUNCTION countersign.invalidate_undo(smallint, text, bigint[]) IS
    'Returns invalidated signatures to the state that they had; becomes is null: none was invalidated';
GRANT EXECUTE ON FUNCTION countersign.invalidate_undo(smallint, text, bigint[]) TO countersign_operator;

CREATE FUNCTION countersign.tally_invalid(a_slot smallint, a_sign integer, a_petition integer, a_id bigint[],
                                          a_was smallint[])
RETURNS void
LANGUAGE plpgsql SET search_path = countersign, pg_temp AS $$
BEGIN
    PERFORM tally_add(a_slot, a_sign, c.petition, c.country, c.region, c.confirmed_at)
       FROM (SELECT array_agg(s.petition_id) AS petition, array_agg(s.country) AS country,
                    array_agg(s.region) AS region, array_agg(s.confirmed_at) AS confirmed_at
               FROM unnest(a_id, a_was) AS u(id, was)
               JOIN signature s ON s.petition_id = a_petition AND s.id = u.id
              WHERE u.was = 1) AS c
      WHERE c.petition IS NOT NULL;
END
$$;
COMMENT ON FUNCTION countersign.tally_invalid(smallint, integer, integer, bigint[], smallint[]) IS
    'Inside invalidate and its undo: tallies those that counted before';

CREATE FUNCTION countersign.review(a_slug text, a_id bigint[], a_show boolean) RETURNS bigint[]
LANGUAGE plpgsql SECURITY DEFINER SET search_path = countersign, pg_temp AS $$
DECLARE
    v_id bigint[];
BEGIN
    WITH seen AS (
        UPDATE shown h SET review = CASE WHEN a_show THEN 1 ELSE 2 END
          FROM petition p
         WHERE p.slug = a_slug AND h.petition_id = p.id AND h.signature_id = ANY (a_id)
        RETURNING h.signature_id
    )
    SELECT coalesce(array_agg(s.signature_id ORDER BY s.signature_id), '{}') INTO v_id FROM seen s;
    RETURN v_id;
END
$$;
COMMENT ON FUNCTION countersign.review(text, bigint[], boolean) IS
    'Approves what these signers chose to show, with the comment, or hides it; returns the ids that were there';
GRANT EXECUTE ON FUNCTION countersign.review(text, bigint[], boolean) TO countersign_operator;

-- What counted keeps counting: place and hour stay as numbers. Letters have no index by signature, so this reads
-- all of them; it is rare, and no request waits for it.
--
-- The rows are locked by a statement of their own. Whoever held one of them until now may have added to shown,
-- letter or invalidation; only the next statement's snapshot sees that, and it must not outlive the signature.
CREATE FUNCTION countersign.erase(a_petition integer[], a_email_hash bytea[], a_mailbox bytea[])
RETURNS TABLE (signatures bigint, kept bigint, letters bigint, shown bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = countersign, pg_temp AS $$
#variable_conflict use_column
DECLARE
    v_petition integer[];
    v_id       bigint[];
BEGIN
    SELECT array_agg(s.petition_id), array_agg(s.id) INTO v_petition, v_id
      FROM (SELECT s.petition_id, s.id
              FROM unnest(a_petition, a_email_hash) AS u(petition_id, email_hash)
              JOIN signature s ON s.petition_id = u.petition_id AND s.email_hash = u.email_hash
             ORDER BY s.petition_id, s.email_hash
               FOR UPDATE OF s) AS s;

    IF cardinality(a_mailbox) > 0 THEN
        PERFORM subscriber_erase(a_mailbox);
    END IF;
    RETURN QUERY
    WITH found AS MATERIALIZED (
        SELECT DISTINCT f.petition_id, f.id FROM unnest(v_petition, v_id) AS f(petition_id, id)
    ), gone AS (
        DELETE FROM signature s USING found f
         WHERE s.petition_id = f.petition_id AND s.id = f.id
        RETURNING s.petition_id, s.id, s.state, s.country, s.region, s.confirmed_at
    ), unseen AS (
        DELETE FROM shown h USING found f WHERE h.petition_id = f.petition_id AND h.signature_id = f.id RETURNING 1
    ), unlogged AS (
        DELETE FROM invalidation i USING found f WHERE i.petition_id = f.petition_id AND i.signature_id = f.id
    ), unsent AS (
        DELETE FROM letter l USING found f WHERE l.petition_id = f.petition_id AND l.signature_id = f.id
        RETURNING l.token_bucket, l.token_hash
    ), unqueued AS (
        DELETE FROM mail_queue q USING unsent u WHERE q.token_bucket = u.token_bucket AND q.token_hash = u.token_hash
    ), unreminded AS (
        DELETE FROM mail_reminder r USING unsent u WHERE r.token_bucket = u.token_bucket AND r.token_hash = u.token_hash
    ), uncounted AS (
        DELETE FROM mail_quota q
         WHERE q.mailbox IN (SELECT k.mailbox FROM mail_quota k WHERE k.mailbox = ANY (a_mailbox)
                              ORDER BY k.mailbox FOR UPDATE)
    ), unlimited AS (
        DELETE FROM letter_quota q
         WHERE q.mailbox IN (SELECT k.mailbox FROM letter_quota k WHERE k.mailbox = ANY (a_mailbox)
                              ORDER BY k.mailbox FOR UPDATE)
    ), counted AS (
        SELECT g.petition_id, g.country, g.region, hour_of(g.confirmed_at) AS hour FROM gone g WHERE g.state = 1
    ), keep AS (
        INSERT INTO erased_kept AS e (petition_id, hour, country, region, n)
        SELECT c.petition_id, c.hour, c.country, c.region, count(*)
          FROM counted c
         GROUP BY c.petition_id, c.hour, c.country, c.region
         ORDER BY 1, 2, 3, 4
            ON CONFLICT (petition_id, hour, country, region) DO UPDATE SET n = e.n + excluded.n
    )
    SELECT (SELECT count(*) FROM gone), (SELECT count(*) FROM counted), (SELECT count(*) FROM unsent),
           (SELECT count(*) FROM unseen);
END
$$;
COMMENT ON FUNCTION countersign.erase(integer[], bytea[], bytea[]) IS
    'Erases the signatures of these petitions and blind indexes with letters and all, and the limits and subscriptions of these mailboxes; keeps the number';
GRANT EXECUTE ON FUNCTION countersign.erase(integer[], bytea[], bytea[]) TO countersign_operator;
