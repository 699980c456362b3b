-- A batch of signings: three statements at most, in one order of locks.
--
--   1 signatures   new rows by unique key, sorted; then (only if some were there) those rows, sorted
--   2 letter_quota sorted by mailbox
--   3 tally        sorted by its keys
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
    a_mailable boolean[])
RETURNS smallint[]
LANGUAGE plpgsql SECURITY DEFINER SET search_path = countersign, pg_temp SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    v_epoch      bigint[] := ARRAY(SELECT DISTINCT u FROM unnest(a_epoch || a_letter_epoch) AS u WHERE u > 0);
    v_fate       smallint[];
    v_again      boolean[];
    v_fresh      boolean[];
    v_id         bigint[];
    v_life       smallint[];
    v_kind       smallint[];
    v_c_petition integer[];
    v_c_country  text[];
    v_c_region   text[];
    v            record;
BEGIN
    -- An epoch that this database does not know (it was restored, or promoted without it) would leave rows that
    -- nobody can ever open.
    IF (SELECT count(*) FROM epoch e WHERE e.id = ANY (v_epoch)) < cardinality(v_epoch) THEN
        RAISE EXCEPTION 'unknown epoch' USING ERRCODE = 'CS001';
    END IF;

    WITH known AS MATERIALIZED (
        SELECT p.id, p.text_version, p.confirmation = 'none' AS at_once,
               p.state = 'open' AND coalesce(p.closes_at, 'infinity') > now() AS open
          FROM petition p
         WHERE p.id = ANY (a_petition) AND p.state <> 'draft'
    ), judged AS (
        SELECT u.*, k.text_version AS current, k.at_once AND u.mailable AS counted,
               CASE WHEN k.id IS NULL THEN 3 WHEN NOT k.open THEN 1
                    WHEN u.text_version NOT IN (0, k.text_version) THEN 2 ELSE 0 END AS fate
          FROM unnest(a_petition, a_email_hash, a_request_id, a_index_key, a_text_version, a_epoch, a_sealed,
                      a_country, a_region, a_mailable) WITH ORDINALITY
               AS u(petition_id, email_hash, request_id, index_key, text_version, epoch, sealed,
                    country, region, mailable, n)
          LEFT JOIN known k ON k.id = u.petition_id
    ), req AS MATERIALIZED (
        SELECT j.*, j.fate = 0 AND row_number() OVER (PARTITION BY j.petition_id, j.email_hash, j.fate
                                                      ORDER BY j.n) = 1 AS first
          FROM judged j
    ), ins AS (
        INSERT INTO signature (epoch, signed_at, changed_at, confirmed_at, petition_id, text_version, index_key,
                               state, email_hash, request_id, country, region, sealed)
        SELECT r.epoch, now(), now(), CASE WHEN r.counted THEN now() END, r.petition_id, r.current, r.index_key,
               r.counted::integer, r.email_hash, r.request_id, coalesce(r.country, ''), coalesce(r.region, ''),
               r.sealed
          FROM req r
         WHERE r.first
         ORDER BY r.petition_id, r.email_hash
            ON CONFLICT (petition_id, email_hash) DO NOTHING
        RETURNING petition_id, email_hash, id
    ), done AS (
        SELECT r.fate, r.petition_id, r.country, r.region, r.first, r.mailable, i.id,
               r.counted AND i.id IS NOT NULL AS counted
          FROM req r
          LEFT JOIN ins i ON r.first AND i.petition_id = r.petition_id AND i.email_hash = r.email_hash
         ORDER BY r.n
    )
    SELECT coalesce(array_agg(d.fate), '{}'), array_agg(d.first AND d.id IS NULL), array_agg(d.id IS NOT NULL),
           array_agg(d.id), array_agg(1),
           array_agg(CASE WHEN d.id IS NULL OR NOT d.mailable THEN 0 WHEN d.counted THEN 2 ELSE 1 END),
           array_agg(d.petition_id) FILTER (WHERE d.counted),
           array_agg(coalesce(d.country, '')) FILTER (WHERE d.counted),
           array_agg(coalesce(d.region, '')) FILTER (WHERE d.counted)
      INTO v_fate, v_again, v_fresh, v_id, v_life, v_kind, v_c_petition, v_c_country, v_c_region
      FROM done d;

    IF true = ANY (v_again) THEN
        FOR v IN SELECT * FROM sign_again(v_again, a_petition, a_email_hash, a_request_id, a_index_key, a_epoch,
                                          a_sealed, a_token_bucket, a_token_hash, a_country, a_region, a_mailable)
        LOOP
            v_id[v.n] := v.id;
            v_life[v.n] := v.life;
            v_kind[v.n] := v.kind;
            v_fresh[v.n] := v.fresh;
            IF v.counted THEN
                v_c_petition := v_c_petition || v.petition_id;
                v_c_country := v_c_country || v.country;
                v_c_region := v_c_region || v.region;
            END IF;
        END LOOP;
    END IF;

    PERFORM sign_effects(a_letters_per_day, v_id, v_life, v_kind, v_fresh, a_petition, a_mailbox, a_request_id,
                         a_letter_epoch, a_letter_sealed, a_token_bucket, a_token_hash, a_shown_name,
                         a_shown_place, a_shown_comment);
    IF v_c_petition IS NOT NULL THEN
        PERFORM tally_add(a_slot, 1, v_c_petition, v_c_country, v_c_region,
                          array_fill(now(), ARRAY[cardinality(v_c_petition)]));
    END IF;
    IF 1 = ANY (v_fate) OR 2 = ANY (v_fate) THEN
        RETURN sign_refused(v_fate, a_petition, a_email_hash, a_request_id);
    END IF;
    RETURN v_fate;
END
$$;
COMMENT ON FUNCTION countersign.sign(smallint, integer, integer[], bytea[], bytea[], bytea[], smallint[], integer[],
                                     bigint[], bytea[], bigint[], bytea[], integer[], bytea[], text[], text[],
                                     text[], text[], text[], boolean[]) IS
    'A batch of signings; fates in the order of the arrays: 0 accepted, 1 closed, 2 text changed, 3 no such petition';
GRANT EXECUTE ON FUNCTION countersign.sign(smallint, integer, integer[], bytea[], bytea[], bytea[], smallint[],
                                           integer[], bigint[], bytea[], bigint[], bytea[], integer[], bytea[],
                                           text[], text[], text[], text[], text[], boolean[])
   TO countersign_worker;
