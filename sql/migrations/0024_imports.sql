-- Subscribers who agreed elsewhere: each with the proof of it, which stays.

SET LOCAL lock_timeout = '3s';

CREATE TABLE countersign.subscriber_import (
    imported_at  timestamptz NOT NULL DEFAULT now(),
    consented_at timestamptz NOT NULL,
    mailbox      bytea       NOT NULL CHECK (octet_length(mailbox) = 16),
    source       text        NOT NULL CHECK (source <> ''),
    wording      text        NOT NULL CHECK (wording <> ''),
    PRIMARY KEY (mailbox, consented_at)
);
COMMENT ON TABLE  countersign.subscriber_import IS 'Proof of consent of who was imported: when, where and to which words they agreed';
COMMENT ON COLUMN countersign.subscriber_import.imported_at IS 'When an operator brought it';
COMMENT ON COLUMN countersign.subscriber_import.consented_at IS 'When they agreed';
COMMENT ON COLUMN countersign.subscriber_import.mailbox IS 'Keyed hash of the address alone, as in subscriber';
COMMENT ON COLUMN countersign.subscriber_import.source IS 'Where: a form, a page, an event';
COMMENT ON COLUMN countersign.subscriber_import.wording IS 'The words that they agreed to';

-- A row each, in the order of the arrays: new; on (was on: the proof joins, nothing else changes); off (has said no: only they
-- themselves can take that back); bounced, complained, refused (mail_suppressed). The same rows again add nothing.
-- a_signed_* name petitions and who may have signed them, by the place of the row: what is confirmed is remembered.
CREATE FUNCTION countersign.subscriber_import(
    a_mailbox bytea[], a_epoch bigint, a_sealed bytea[], a_country text[], a_region text[], a_locale text[], a_topics text[],
    a_consented_at text[], a_source text[], a_wording text[], a_signed_n integer[], a_signed_petition integer[], a_signed_hash bytea[])
RETURNS text[]
LANGUAGE plpgsql SECURITY DEFINER SET search_path = countersign, pg_temp SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
DECLARE
    v_fate text[];
BEGIN
    PERFORM FROM subscriber s WHERE s.mailbox = ANY (a_mailbox) ORDER BY s.mailbox FOR UPDATE;
    v_fate := ARRAY(SELECT CASE WHEN x.why IS NOT NULL THEN x.why
                                WHEN s.state IS NOT NULL THEN s.state
                                WHEN EXISTS (SELECT FROM petition p JOIN unsubscription o ON o.petition_id = p.id AND o.mailbox = u.mailbox) THEN 'off'
                                WHEN row_number() OVER (PARTITION BY u.mailbox ORDER BY u.n) > 1 THEN 'on'
                                ELSE 'new' END
                      FROM unnest(a_mailbox) WITH ORDINALITY AS u(mailbox, n)
                      LEFT JOIN subscriber s ON s.mailbox = u.mailbox
                      LEFT JOIN mail_suppressed x ON x.mailbox = u.mailbox
                     ORDER BY u.n);
    INSERT INTO subscriber_import (mailbox, consented_at, source, wording)
    SELECT a_mailbox[u.n], a_consented_at[u.n]::timestamptz, a_source[u.n], a_wording[u.n]
      FROM unnest(v_fate) WITH ORDINALITY AS u(fate, n)
     WHERE u.fate IN ('new', 'on')
     ORDER BY a_mailbox[u.n]
        ON CONFLICT DO NOTHING;
    WITH signed AS MATERIALIZED (
        SELECT g.n, array_agg(DISTINCT g.petition ORDER BY g.petition) AS petitions
          FROM unnest(a_signed_n, a_signed_petition, a_signed_hash) AS g(n, petition, hash)
          JOIN signature s ON s.petition_id = g.petition AND s.email_hash = g.hash AND s.state = 1
         GROUP BY g.n
    )
    INSERT INTO subscriber (on_at, epoch, mailbox, state, country, region, locale, chosen, topics, petitions, sealed)
    SELECT now(), a_epoch, a_mailbox[u.n], 'on', a_country[u.n], a_region[u.n], a_locale[u.n], a_topics[u.n] <> '',
           CASE WHEN a_topics[u.n] <> '' THEN string_to_array(a_topics[u.n], '|') END,
           coalesce(g.petitions, '{}'), a_sealed[u.n]
      FROM unnest(v_fate) WITH ORDINALITY AS u(fate, n)
      LEFT JOIN signed g ON g.n = u.n
     WHERE u.fate = 'new'
     ORDER BY a_mailbox[u.n]
        ON CONFLICT DO NOTHING;
    RETURN v_fate;
END
$$;
COMMENT ON FUNCTION countersign.subscriber_import(bytea[], bigint, bytea[], text[], text[], text[], text[], text[], text[], text[],
                                                  integer[], integer[], bytea[]) IS
    'Takes in who agreed elsewhere; for each new, on, off, or why the mailbox gets no letters';
GRANT EXECUTE ON FUNCTION countersign.subscriber_import(bytea[], bigint, bytea[], text[], text[], text[], text[], text[], text[], text[],
                                                        integer[], integer[], bytea[]) TO countersign_operator;
GRANT EXECUTE ON FUNCTION countersign.epoch_add(bigint, text, bytea[], bytea[]) TO countersign_operator;
