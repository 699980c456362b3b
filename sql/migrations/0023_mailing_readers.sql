-- What readers of letters to the list do with them, and what comes back. Locks as in 0021.

SET LOCAL lock_timeout = '3s';

-- The key in a return address or a link of such a letter is its mailing and its mailbox: 128 bits that only the letter and
-- the database know. So nothing has to be kept of who got it, and it is never too late.
CREATE FUNCTION countersign.mailing_mailbox(a_mailing integer, a_hash bytea) RETURNS bytea
LANGUAGE sql STABLE SET search_path = countersign, pg_temp AS $$
    SELECT s.mailbox
      FROM mailing m
      JOIN subscriber s ON s.mailbox = substr(a_hash, 1, 16)
     WHERE m.id = a_mailing AND (octet_length(a_hash) = 16 OR substr(a_hash, 17) = '\x00000000000000000000000000000000')
$$;
COMMENT ON FUNCTION countersign.mailing_mailbox(integer, bytea) IS
    'Inside unsubscribe and mail_returned: whose letter to the list has this key; null: nobody''s';

CREATE FUNCTION countersign.mailing_unsubscribe(a_mailing integer[], a_hash bytea[], a_why text[], a_slug text[]) RETURNS text[]
LANGUAGE plpgsql SET search_path = countersign, pg_temp AS $$
BEGIN
    PERFORM subscriber_off(array_agg(k.mailbox), array_agg(k.why))
       FROM (SELECT mailing_mailbox(u.mailing, u.hash) AS mailbox, u.why
               FROM unnest(a_mailing, a_hash, a_why) AS u(mailing, hash, why)) AS k
      WHERE k.mailbox IS NOT NULL
     HAVING count(*) > 0;
    RETURN ARRAY(SELECT coalesce(u.slug, p.slug)
                   FROM unnest(a_mailing, a_hash, a_slug) WITH ORDINALITY AS u(mailing, hash, slug, n)
                   LEFT JOIN mailing m ON m.id = u.mailing AND mailing_mailbox(u.mailing, u.hash) IS NOT NULL
                   LEFT JOIN petition p ON p.id = m.petition_id
                  ORDER BY u.n);
END
$$;
COMMENT ON FUNCTION countersign.mailing_unsubscribe(integer[], bytea[], text[], text[]) IS
    'Inside unsubscribe: ends the news of whose letters to the list these are; a_slug with the petitions of those filled in';

CREATE FUNCTION countersign.mailing_returned(a_mailing integer, a_hash bytea, a_what text, OUT known boolean, OUT changed boolean)
LANGUAGE plpgsql SET search_path = countersign, pg_temp AS $$
DECLARE
    v_mailbox bytea := mailing_mailbox(a_mailing, a_hash);
    v_why     text := CASE a_what WHEN 'bounce' THEN 'bounced' WHEN 'complaint' THEN 'complaint' ELSE 'mail' END;
    v_was     text;
BEGIN
    known := v_mailbox IS NOT NULL;
    changed := false;
    IF NOT known THEN
        RETURN;
    END IF;
    IF a_what <> 'unsubscribe' THEN
        INSERT INTO mail_suppressed AS m (mailbox, why)
        VALUES (v_mailbox, CASE a_what WHEN 'bounce' THEN 'bounced' ELSE 'complained' END)
            ON CONFLICT (mailbox) DO UPDATE SET why = excluded.why, at = now()
         WHERE excluded.why = 'complained' AND m.why <> excluded.why;
        changed := FOUND;
    END IF;
    v_was := (SELECT s.state FROM subscriber s WHERE s.mailbox = v_mailbox);
    PERFORM subscriber_off(ARRAY[v_mailbox], ARRAY[v_why]);
    changed := changed OR v_was = 'on';
END
$$;
COMMENT ON FUNCTION countersign.mailing_returned(integer, bytea, text) IS
    'Inside mail_returned: what came back about a letter to the list';

-- A signing whose mailbox is proven by the link of a letter: sign(), and the click of its own letter at once, in one
-- transaction. The letter that is owed is one of thanks, so that the mailbox' holder learns of it, whoever has clicked.
-- Fates as of sign(), 4: the link is no good (another petition's or letter's, used, over, nobody's); then nothing is done.
CREATE FUNCTION countersign.sign_by_letter(
    a_slot smallint, a_letters_per_day integer, a_mailing integer[], a_subject smallint[], a_petition integer[], a_email_hash bytea[], a_mailbox bytea[],
    a_request_id bytea[], a_index_key smallint[], a_text_version integer[], a_epoch bigint[], a_sealed bytea[],
    a_letter_epoch bigint[], a_letter_sealed bytea[], a_token_bucket integer[], a_token_hash bytea[],
    a_country text[], a_region text[], a_shown_name text[], a_shown_place text[], a_shown_comment text[],
    a_mailable boolean[])
RETURNS smallint[]
LANGUAGE plpgsql SECURITY DEFINER SET search_path = countersign, pg_temp SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET join_collapse_limit = 1 AS $$
DECLARE
    v_fate smallint[] := array_fill(4::smallint, ARRAY[cardinality(a_petition)]);
    v_good integer[];
    v_made smallint[];
    v_new  bytea[];
    v_n    integer;
BEGIN
    WITH added AS (
        INSERT INTO mailing_signed AS k (mailing_id, mailbox, request_id)
        SELECT DISTINCT ON (m.id, s.mailbox) m.id, s.mailbox, u.request_id
          FROM unnest(a_mailing, a_petition, a_mailbox, a_email_hash, a_request_id)
               WITH ORDINALITY AS u(mailing, petition, mailbox, email_hash, request_id, n)
          JOIN mailing m ON m.id = u.mailing AND m.petition_id = u.petition AND m.state <> 'draft'
                        AND coalesce(m.ended_at, 'infinity') > now() - interval '30 days'
          JOIN subscriber s ON s.mailbox = u.mailbox AND s.on_at IS NOT NULL -- null: erased, and no link brings them back
         WHERE NOT EXISTS (SELECT FROM disavowal d WHERE d.petition_id = u.petition AND d.email_hash = u.email_hash)
         ORDER BY m.id, s.mailbox, u.n
            ON CONFLICT DO NOTHING
        RETURNING k.request_id
    )
    SELECT array_agg(a.request_id) INTO v_new FROM added a;
    -- A statement of its own, to see what another request has stored.
    v_good := ARRAY(SELECT u.n::integer
                      FROM unnest(a_mailing, a_petition, a_mailbox, a_request_id)
                           WITH ORDINALITY AS u(mailing, petition, mailbox, request_id, n)
                      JOIN mailing m ON m.id = u.mailing AND m.petition_id = u.petition
                      JOIN mailing_signed k ON k.mailing_id = u.mailing AND k.mailbox = u.mailbox AND k.request_id = u.request_id
                     ORDER BY u.n);
    IF cardinality(v_good) = 0 THEN
        RETURN v_fate;
    END IF;
    -- Without a letter of its own there would be no click. A link works once, so the mailbox' limit need not hold here.
    v_made := sign(a_slot, CASE WHEN a_letters_per_day > 0 THEN 1000000 ELSE 0 END, ARRAY(SELECT a_petition[i] FROM unnest(v_good) i), ARRAY(SELECT a_email_hash[i] FROM unnest(v_good) i),
                   ARRAY(SELECT a_mailbox[i] FROM unnest(v_good) i), ARRAY(SELECT a_request_id[i] FROM unnest(v_good) i),
                   ARRAY(SELECT a_index_key[i] FROM unnest(v_good) i), ARRAY(SELECT a_text_version[i] FROM unnest(v_good) i),
                   ARRAY(SELECT a_epoch[i] FROM unnest(v_good) i), ARRAY(SELECT a_sealed[i] FROM unnest(v_good) i),
                   ARRAY(SELECT a_letter_epoch[i] FROM unnest(v_good) i), ARRAY(SELECT a_letter_sealed[i] FROM unnest(v_good) i),
                   ARRAY(SELECT a_token_bucket[i] FROM unnest(v_good) i), ARRAY(SELECT a_token_hash[i] FROM unnest(v_good) i),
                   ARRAY(SELECT a_country[i] FROM unnest(v_good) i), ARRAY(SELECT a_region[i] FROM unnest(v_good) i),
                   ARRAY(SELECT a_shown_name[i] FROM unnest(v_good) i), ARRAY(SELECT a_shown_place[i] FROM unnest(v_good) i),
                   ARRAY(SELECT a_shown_comment[i] FROM unnest(v_good) i), ARRAY(SELECT a_mailable[i] FROM unnest(v_good) i),
                   '{}', '{}', '{}', '{}', '{}', '{}');
    FOR i IN 1 .. cardinality(v_good) LOOP
        v_n := v_good[i];
        v_fate[v_n] := v_made[i];
        IF v_made[i] <> 0 THEN
            DELETE FROM mailing_signed k WHERE k.mailing_id = a_mailing[v_n] AND k.mailbox = a_mailbox[v_n];
        END IF;
    END LOOP;
    PERFORM confirm(a_slot, ARRAY(SELECT a_token_bucket[i] FROM unnest(v_good) i WHERE v_fate[i] = 0),
                    ARRAY(SELECT a_token_hash[i] FROM unnest(v_good) i WHERE v_fate[i] = 0));
    INSERT INTO mailing_tally AS t (mailing_id, subject, slot, sent, signed)
    SELECT a_mailing[i], a_subject[i], a_slot, 0, count(DISTINCT a_request_id[i])
      FROM unnest(v_good) AS i
     WHERE v_fate[i] = 0 AND a_request_id[i] = ANY (v_new)
     GROUP BY 1, 2
     ORDER BY 1, 2
        ON CONFLICT (mailing_id, subject, slot) DO UPDATE SET signed = t.signed + excluded.signed;
    UPDATE letter l SET kind = 2
      FROM unnest(v_good) AS g(i)
     WHERE v_fate[g.i] = 0 AND l.token_bucket = a_token_bucket[g.i] AND l.token_hash = a_token_hash[g.i] AND l.kind = 1 AND l.state = 0;
    RETURN v_fate;
END
$$;
COMMENT ON FUNCTION countersign.sign_by_letter(smallint, integer, integer[], smallint[], integer[], bytea[], bytea[], bytea[], smallint[],
                                               integer[], bigint[], bytea[], bigint[], bytea[], integer[], bytea[], text[], text[], text[],
                                               text[], text[], boolean[]) IS
    'A batch of signings by the links of letters to the list: confirmed at once, each link once; fates as of sign, 4: a link that is no good';
GRANT EXECUTE ON FUNCTION countersign.sign_by_letter(smallint, integer, integer[], smallint[], integer[], bytea[], bytea[], bytea[], smallint[],
                                                     integer[], bigint[], bytea[], bigint[], bytea[], integer[], bytea[], text[], text[],
                                                     text[], text[], text[], boolean[]) TO countersign_worker;
