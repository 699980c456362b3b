-- The signer's own page: what the holder of a letter's token may see and do beyond confirming and withdrawing.
-- Locks in the order of 0007_sign.sql; nested loops over unique indexes only, for the reason given there.

SET LOCAL lock_timeout = '3s';

-- Reads only. A letter without its signature is one whose signature was erased.
CREATE FUNCTION countersign.own(a_token_bucket integer[], a_token_hash bytea[])
RETURNS TABLE (n integer, slug text, state text, signed_at timestamptz, confirmed_at timestamptz,
               text_version integer, epoch bigint, petition_id integer, email_hash bytea, sealed bytea,
               shown boolean, erasure text, news text)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = countersign, pg_temp
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET join_collapse_limit = 1 AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT r.n::integer, p.slug, (ARRAY['pending', 'confirmed', 'withdrawn', 'invalidated'])[s.state + 1], s.signed_at,
           CASE WHEN s.state = 1 THEN s.confirmed_at END, s.text_version, s.epoch, s.petition_id, s.email_hash,
           s.sealed, coalesce(h.name <> '', false), p.erasure, subscription_of(l.mailbox)::text
      FROM unnest(a_token_bucket, a_token_hash) WITH ORDINALITY AS r(token_bucket, token_hash, n)
      JOIN letter l ON l.token_bucket = r.token_bucket AND l.token_hash = r.token_hash
                   AND coalesce(l.expires_at, 'infinity') > now()
      JOIN signature s ON s.petition_id = l.petition_id AND s.id = l.signature_id AND s.life = l.life
      JOIN petition p ON p.id = l.petition_id AND p.state <> 'draft'
      LEFT JOIN shown h ON h.petition_id = s.petition_id AND h.signature_id = s.id;
END
$$;
COMMENT ON FUNCTION countersign.own(integer[], bytea[]) IS
    'What is held for the holder of a token: one row for each that is good, n its place in the arrays; the personal part sealed';
GRANT EXECUTE ON FUNCTION countersign.own(integer[], bytea[]) TO countersign_worker;

-- Withdraws, and remembers that the address does not want to hear of this petition. Safe to repeat.
CREATE FUNCTION countersign.disavow(a_slot smallint, a_token_bucket integer[], a_token_hash bytea[])
RETURNS text[]
LANGUAGE plpgsql SECURITY DEFINER SET search_path = countersign, pg_temp SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET join_collapse_limit = 1 AS $$
DECLARE
    v_slug text[] := withdraw(a_slot, a_token_bucket, a_token_hash);
BEGIN
    -- withdraw() has locked the signatures, so nothing moves between the two statements.
    INSERT INTO disavowal (petition_id, email_hash, at, mailbox)
    SELECT s.petition_id, s.email_hash, now(), nullif(l.mailbox, '')
      FROM unnest(a_token_bucket, a_token_hash, v_slug) AS r(token_bucket, token_hash, slug)
      JOIN letter l ON l.token_bucket = r.token_bucket AND l.token_hash = r.token_hash
      JOIN signature s ON s.petition_id = l.petition_id AND s.id = l.signature_id AND s.life = l.life
     WHERE r.slug IS NOT NULL
     ORDER BY s.petition_id, s.email_hash
        ON CONFLICT DO NOTHING;
    PERFORM subscription_leave(array_agg(r.token_bucket), array_agg(r.token_hash), true)
       FROM unnest(a_token_bucket, a_token_hash, v_slug) AS r(token_bucket, token_hash, slug)
      WHERE r.slug IS NOT NULL;
    RETURN v_slug;
END
$$;
COMMENT ON FUNCTION countersign.disavow(smallint, integer[], bytea[]) IS
    '"This was not me", by token: withdraws, and no more letters of this petition; answers as withdraw does';
GRANT EXECUTE ON FUNCTION countersign.disavow(smallint, integer[], bytea[]) TO countersign_worker;

-- The count as erase() has it. The letter stays as a bare key until it expires, so that the same token again gets the
-- same answer; other letters about the signature are dropped when the mailer meets them.
CREATE FUNCTION countersign.own_erase(a_slot smallint, a_token_bucket integer[], a_token_hash bytea[])
RETURNS text[]
LANGUAGE plpgsql SECURITY DEFINER SET search_path = countersign, pg_temp SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET join_collapse_limit = 1 AS $$
DECLARE
    v_slug     text[];
    v_petition integer[];
    v_id       bigint[];
    v_mailbox  bytea[];
BEGIN
    PERFORM pg_logical_emit_message(true, 'countersign', ''); -- as in sign()
    PERFORM FROM unnest(a_token_bucket, a_token_hash) AS r(token_bucket, token_hash)
       JOIN letter l ON l.token_bucket = r.token_bucket AND l.token_hash = r.token_hash
       JOIN signature s ON s.petition_id = l.petition_id AND s.id = l.signature_id AND s.life = l.life
      ORDER BY s.petition_id, s.email_hash
        FOR UPDATE OF s;
    SELECT array_agg(CASE WHEN s.id IS NULL OR s.life = l.life THEN p.slug END ORDER BY r.n),
           array_agg(l.petition_id ORDER BY r.n),
           array_agg(CASE WHEN s.life = l.life AND p.id IS NOT NULL THEN s.id END ORDER BY r.n),
           array_agg(l.mailbox) FILTER (WHERE l.mailbox <> '' AND p.id IS NOT NULL AND (s.id IS NULL OR s.life = l.life))
      INTO v_slug, v_petition, v_id, v_mailbox
      FROM unnest(a_token_bucket, a_token_hash) WITH ORDINALITY AS r(token_bucket, token_hash, n)
      LEFT JOIN letter l ON l.token_bucket = r.token_bucket AND l.token_hash = r.token_hash
                        AND coalesce(l.expires_at, 'infinity') > now()
      LEFT JOIN petition p ON p.id = l.petition_id AND p.state <> 'draft'
      LEFT JOIN signature s ON s.petition_id = l.petition_id AND s.id = l.signature_id;
    UPDATE letter l SET sealed = NULL, mailbox = '', state = CASE l.state WHEN 0 THEN 2 ELSE l.state END
      FROM (SELECT r.* FROM unnest(a_token_bucket, a_token_hash, v_slug) AS r(token_bucket, token_hash, slug)
             WHERE r.slug IS NOT NULL ORDER BY r.token_bucket, r.token_hash OFFSET 0) AS r
     WHERE l.token_bucket = r.token_bucket AND l.token_hash = r.token_hash;
    IF v_mailbox IS NOT NULL THEN
        PERFORM subscriber_erase(v_mailbox);
    END IF;
    -- What an operator has taken out of the count is erased like all else, and cannot be signed anew to count after all.
    INSERT INTO disavowal (petition_id, email_hash, at, why)
    SELECT s.petition_id, s.email_hash, now(), 'barred'
      FROM unnest(v_petition, v_id) AS u(petition_id, id)
      JOIN signature s ON s.petition_id = u.petition_id AND s.id = u.id AND s.state = 3
      JOIN invalidation i ON i.petition_id = s.petition_id AND i.signature_id = s.id AND i.undone_at IS NULL AND i.cause = 'operator'
     ORDER BY s.petition_id, s.email_hash
        ON CONFLICT DO NOTHING;
    PERFORM erase_rows(a_slot, v_petition, v_id);
    RETURN v_slug;
END
$$;
COMMENT ON FUNCTION countersign.own_erase(smallint, integer[], bytea[]) IS
    'Erases by token what is held, and keeps or lowers the number as the petition says; for each the petition''s slug, null for a token that is no good';
GRANT EXECUTE ON FUNCTION countersign.own_erase(smallint, integer[], bytea[]) TO countersign_worker;

-- Works as long as the letter is known, however old it is: who wants no more mail is never told to hurry.
CREATE FUNCTION countersign.unsubscribe(a_token_bucket integer[], a_token_hash bytea[], a_why text[])
RETURNS text[]
LANGUAGE plpgsql SECURITY DEFINER SET search_path = countersign, pg_temp SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET join_collapse_limit = 1 AS $$
DECLARE
    v_slug text[];
    v_list boolean := EXISTS (SELECT FROM unnest(a_token_hash) AS h WHERE substr(h, 17) = '\x00000000000000000000000000000000');
BEGIN
    PERFORM pg_logical_emit_message(true, 'countersign', ''); -- as in sign()
    INSERT INTO unsubscription (petition_id, mailbox, at)
    SELECT l.petition_id, l.mailbox, now()
      FROM unnest(a_token_bucket, a_token_hash) AS r(token_bucket, token_hash)
      JOIN letter l ON l.token_bucket = r.token_bucket AND l.token_hash = r.token_hash
     WHERE l.mailbox <> ''
     ORDER BY l.petition_id, l.mailbox
        ON CONFLICT DO NOTHING;
    PERFORM subscriber_off(array_agg(l.mailbox), array_agg(r.why))
       FROM unnest(a_token_bucket, a_token_hash, a_why) AS r(token_bucket, token_hash, why)
       JOIN letter l ON l.token_bucket = r.token_bucket AND l.token_hash = r.token_hash
      WHERE l.mailbox <> '';
    v_slug := ARRAY(SELECT p.slug
                      FROM unnest(a_token_bucket, a_token_hash) WITH ORDINALITY AS r(token_bucket, token_hash, n)
                      LEFT JOIN letter l ON l.token_bucket = r.token_bucket AND l.token_hash = r.token_hash
                      LEFT JOIN petition p ON p.id = l.petition_id
                     ORDER BY r.n);
    IF v_list THEN
        v_slug := mailing_unsubscribe(a_token_bucket, a_token_hash, a_why, v_slug);
    END IF;
    RETURN v_slug;
END
$$;
COMMENT ON FUNCTION countersign.unsubscribe(integer[], bytea[], text[]) IS
    'No more letters to the mailbox but those that it asks for: none about this petition, and no news, by token; for each the petition''s slug, null for a token that is none';
GRANT EXECUTE ON FUNCTION countersign.unsubscribe(integer[], bytea[], text[]) TO countersign_worker;
