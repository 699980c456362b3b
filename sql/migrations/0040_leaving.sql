-- What a letter says to unsubscribe by is a key of its own, which can do nothing else: of the token's hash the first half, as in
-- return addresses. Links of earlier letters, which end with the token, go on to work.

SET LOCAL lock_timeout = '3s';
SET LOCAL countersign.works_from = '26';

-- As in 0014, but for that: a hash whose second half is zeros is such a key, or that of a letter to the list.
CREATE OR REPLACE FUNCTION countersign.unsubscribe(a_token_bucket integer[], a_token_hash bytea[], a_why text[])
RETURNS text[]
LANGUAGE plpgsql SECURITY DEFINER SET search_path = countersign, pg_temp SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET join_collapse_limit = 1 AS $$
DECLARE
    v_half  constant bytea := '\x00000000000000000000000000000000';
    v_most  bytea[] := ARRAY(SELECT CASE WHEN substr(h, 17) = v_half THEN substr(h, 1, 16) || '\xffffffffffffffffffffffffffffffff'::bytea
                                         ELSE h END
                               FROM unnest(a_token_hash) WITH ORDINALITY AS u(h, n) ORDER BY n);
    v_slug  text[];
BEGIN
    PERFORM pg_logical_emit_message(true, 'countersign', ''); -- as in sign()
    INSERT INTO unsubscription (petition_id, mailbox, at)
    SELECT l.petition_id, l.mailbox, now()
      FROM unnest(a_token_bucket, a_token_hash, v_most) AS r(token_bucket, token_hash, most)
      JOIN letter l ON l.token_bucket = r.token_bucket AND l.token_hash BETWEEN r.token_hash AND r.most
     WHERE l.mailbox <> ''
     ORDER BY l.petition_id, l.mailbox
        ON CONFLICT DO NOTHING;
    PERFORM subscriber_off(array_agg(l.mailbox), array_agg(r.why))
       FROM unnest(a_token_bucket, a_token_hash, v_most, a_why) AS r(token_bucket, token_hash, most, why)
       JOIN letter l ON l.token_bucket = r.token_bucket AND l.token_hash BETWEEN r.token_hash AND r.most
      WHERE l.mailbox <> '';
    v_slug := ARRAY(SELECT p.slug
                      FROM unnest(a_token_bucket, a_token_hash, v_most) WITH ORDINALITY AS r(token_bucket, token_hash, most, n)
                      LEFT JOIN letter l ON l.token_bucket = r.token_bucket AND l.token_hash BETWEEN r.token_hash AND r.most
                      LEFT JOIN petition p ON p.id = l.petition_id
                     ORDER BY r.n);
    IF v_most <> a_token_hash THEN
        v_slug := mailing_unsubscribe(a_token_bucket, a_token_hash, a_why, v_slug);
    END IF;
    RETURN v_slug;
END
$$;
