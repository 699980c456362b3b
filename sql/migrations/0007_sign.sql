-- A batch of signings: few statements, in one order of locks.
--
--   1 signatures   new rows by unique key, sorted; then (only if some were there) those rows, sorted
--   2 letter_quota sorted by mailbox, for those who have signed before
--   3 subscription sorted by its key, where somebody asks for news
--   4 tally        sorted by its keys
--
-- Every statement of this database that locks rows keeps to it, so batches of many processes wait for each
-- other, but never in a circle. The second half of 1 is a statement of its own because it needs a snapshot
-- that sees the rows which the first half ran into.

SET LOCAL lock_timeout = '3s';

CREATE FUNCTION countersign.sign(
    a_slot smallint, a_letters_per_day integer, a_petition integer[], a_email_hash bytea[], a_mailbox bytea[],
    a_request_id bytea[], a_index_key smallint[], a_text_version integer[], a_epoch bigint[], a_sealed bytea[],
    a_letter_epoch bigint[], a_letter_sealed bytea[], a_token_bucket integer[], a_token_hash bytea[],
    a_country text[], a_region text[], a_shown_name text[], a_shown_place text[], a_shown_comment text[],
    a_mailable boolean[], a_ask_n integer[], a_ask_epoch bigint[], a_ask_sealed bytea[], a_ask_wording smallint[],
    a_ask_language text[], a_ask_locale text[], a_referral bigint[] DEFAULT '{}')
RETURNS smallint[]
LANGUAGE plpgsql SECURITY DEFINER SET search_path = countersign, pg_temp SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off AS $$
DECLARE
    v_fate  smallint[];
    v_again boolean[];
    v_id    bigint[];
    v_kind  smallint[];
    v_more  smallint[];
    v_life  smallint[];
    v_kept  boolean[];
    v_epoch bigint[];
    v_count integer[];
    v_done  boolean;
    v       record;
BEGIN
    a_referral := array_replace(a_referral, 0, NULL);
    -- Sorting moves short rows only; what is long is taken from the arrays by its number when it is stored.
    WITH known AS MATERIALIZED (
        SELECT p.id, p.text_version, p.confirmation = 'none' AS at_once,
               p.state = 'open' AND coalesce(p.closes_at, 'infinity') > now() AS open
          FROM petition p
         WHERE p.id = ANY (a_petition) AND p.state <> 'draft'
    ), judged AS (
        SELECT u.petition_id, a_email_hash[u.n] AS email_hash, u.n, k.text_version,
               -- A scalar: EXISTS might be planned to read all of it, once, and be kept.
               (k.at_once AND a_mailable[u.n]
                AND (SELECT d.at FROM disavowal d WHERE d.petition_id = u.petition_id AND d.email_hash = a_email_hash[u.n]) IS NULL
               )::integer::smallint AS state,
               CASE WHEN k.id IS NULL THEN 3 WHEN NOT k.open THEN 1
                    WHEN a_text_version[u.n] NOT IN (0, k.text_version) THEN 2 ELSE 0 END AS fate
          FROM unnest(a_petition) WITH ORDINALITY AS u(petition_id, n)
          LEFT JOIN known k ON k.id = u.petition_id
    ), req AS MATERIALIZED (
        SELECT j.*, j.fate = 0 AND row_number() OVER (PARTITION BY j.petition_id, j.email_hash, j.fate
                                                      ORDER BY j.n) = 1 AS first
          FROM judged j
    ), ins AS (
        INSERT INTO signature (epoch, signed_at, changed_at, confirmed_at, petition_id, text_version, index_key,
                               state, email_hash, request_id, country, region, referral, sealed)
        SELECT a_epoch[r.n], now(), now(), CASE r.state WHEN 1 THEN now() END, r.petition_id, r.text_version,
               a_index_key[r.n], r.state, r.email_hash, a_request_id[r.n], coalesce(a_country[r.n], ''),
               coalesce(a_region[r.n], ''), a_referral[r.n], a_sealed[r.n]
          FROM (SELECT * FROM req f WHERE f.first ORDER BY f.petition_id, f.email_hash OFFSET 0) AS r
            ON CONFLICT (petition_id, email_hash) DO NOTHING
        RETURNING petition_id, email_hash, id
    ), done AS MATERIALIZED (
        SELECT r.fate, r.n, r.petition_id, r.state, r.first, i.id
          FROM req r
          LEFT JOIN ins i ON r.first AND i.petition_id = r.petition_id AND i.email_hash = r.email_hash
         ORDER BY r.n
    ), first_letter AS (
        INSERT INTO letter (signature_id, epoch, created_at, petition_id, token_bucket, life, kind, token_hash,
                            request_id, mailbox, sealed)
        SELECT d.id, a_letter_epoch[d.n], now(), d.petition_id, a_token_bucket[d.n], 1, d.state + 1, a_token_hash[d.n],
               a_request_id[d.n], a_mailbox[d.n], a_letter_sealed[d.n]
          FROM done d
         WHERE d.id IS NOT NULL AND a_mailable[d.n] AND a_letters_per_day > 0
    )
    SELECT ARRAY(SELECT d.fate FROM done d), ARRAY(SELECT d.first AND d.id IS NULL FROM done d),
           ARRAY(SELECT d.id FROM done d),
           ARRAY(SELECT CASE WHEN d.id IS NOT NULL AND a_mailable[d.n] THEN d.state + 1 ELSE 0 END FROM done d),
           ARRAY(SELECT CASE WHEN d.id IS NOT NULL AND d.state = 1 THEN d.petition_id END FROM done d),
           ARRAY(SELECT e.id FROM epoch e WHERE e.id = ANY (a_epoch || a_letter_epoch))
      INTO v_fate, v_again, v_id, v_kind, v_count, v_epoch;

    -- An epoch that this database does not know (it was restored, or promoted without it) would leave rows that
    -- nobody can ever open.
    IF NOT v_epoch @> array_remove(a_epoch || a_letter_epoch, NULL) THEN
        RAISE EXCEPTION 'unknown epoch' USING ERRCODE = 'CS001';
    END IF;
    -- A small batch takes this way whether or not somebody is known in it, so that its time does not tell.
    IF true = ANY (v_again) OR cardinality(v_again) <= 8 THEN
        -- An own earlier commit may still wait for its standby: with a record of its own this one waits behind it.
        v_done := pg_logical_emit_message(true, 'countersign', '') IS NULL;
        v_more := array_fill(0::smallint, ARRAY[cardinality(v_again)]);
        FOR v IN SELECT * FROM sign_again(v_again, a_petition, a_email_hash, a_request_id, a_index_key, a_epoch,
                                          a_sealed, a_token_bucket, a_token_hash, a_country, a_region, a_mailable,
                                          a_referral)
        LOOP
            v_id[v.n] := v.id;
            v_life[v.n] := v.life;
            v_kind[v.n] := v.kind;
            v_more[v.n] := v.kind;
            v_kept[v.n] := v.kept;
            a_country[v.n] := v.country;
            a_region[v.n] := v.region;
            a_referral[v.n] := v.referral;
            IF v.kind = 2 THEN
                v_count[v.n] := a_petition[v.n];
            END IF;
        END LOOP;
        -- Assignments: plpgsql evaluates a function alone without starting the executor for it.
        v_done := letters_add(a_letters_per_day, v_id, v_life, v_more, a_petition, a_mailbox, a_request_id,
                              a_letter_epoch, a_letter_sealed, a_token_bucket, a_token_hash);
    END IF;

    IF cardinality(array_remove(a_shown_name, NULL)) > 0 THEN
        v_done := shown_add(v_id, v_life, v_kind, v_kept, a_petition, a_shown_name, a_shown_place, a_shown_comment);
    END IF;
    IF cardinality(a_ask_n) > 0 THEN
        v_done := subscription_ask(v_kind, a_petition, a_mailbox, a_request_id, a_token_bucket, a_token_hash, a_country,
                                   a_region, a_ask_n, a_ask_epoch, a_ask_sealed, a_ask_wording, a_ask_language,
                                   a_ask_locale);
    END IF;
    IF 2 = ANY (v_kind) THEN
        v_done := tally_add(a_slot, 1, v_count, a_country, a_region, array_fill(now(), ARRAY[cardinality(v_fate)]));
        IF cardinality(array_remove(a_referral, NULL)) > 0 THEN
            v_done := tally_refer(a_slot, 1, v_count, a_referral);
        END IF;
    END IF;
    IF 1 = ANY (v_fate) OR 2 = ANY (v_fate) THEN
        RETURN sign_refused(v_fate, a_petition, a_email_hash, a_request_id);
    END IF;
    RETURN v_fate;
END
$$;
COMMENT ON FUNCTION countersign.sign(smallint, integer, integer[], bytea[], bytea[], bytea[], smallint[], integer[],
                                     bigint[], bytea[], bigint[], bytea[], integer[], bytea[], text[], text[],
                                     text[], text[], text[], boolean[], integer[], bigint[], bytea[],
                                     smallint[], text[], text[], bigint[]) IS
    'A batch of signings; fates in the order of the arrays: 0 accepted, 1 closed, 2 text changed, 3 no such petition';
GRANT EXECUTE ON FUNCTION countersign.sign(smallint, integer, integer[], bytea[], bytea[], bytea[], smallint[],
                                           integer[], bigint[], bytea[], bigint[], bytea[], integer[], bytea[],
                                           text[], text[], text[], text[], text[], boolean[], integer[], bigint[],
                                           bytea[], smallint[], text[], text[], bigint[])
   TO countersign_worker;
