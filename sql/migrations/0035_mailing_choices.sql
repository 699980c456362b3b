-- Who has chosen topics gets letters about these alone; who had signed before did not sign because of a letter.

SET LOCAL lock_timeout = '3s';
SET LOCAL countersign.works_from = '26';

ALTER TABLE countersign.mailing ADD COLUMN tags text[];
COMMENT ON COLUMN countersign.mailing.tags IS 'What it is about where its audience names no topics: the petition''s tags when the sending began; null: a draft, or begun before there was this';

-- Topics that somebody has not chosen are those through which they came: no reason to leave them out where nobody asked for topics.
CREATE OR REPLACE FUNCTION countersign.mailing_fits(v countersign.mailing, s countersign.subscriber) RETURNS boolean
LANGUAGE sql IMMUTABLE
RETURN s.state = 'on'
   AND (s.topics IS NULL OR CASE WHEN v.topics IS NOT NULL THEN s.topics && v.topics
                                 WHEN s.chosen AND v.tags IS NOT NULL THEN s.topics && v.tags
                                 ELSE true END)
   AND (v.countries IS NULL OR s.country = ANY (v.countries))
   AND (v.regions IS NULL OR s.region = ANY (v.regions));

-- As in 0028, and keeps the tags.
CREATE OR REPLACE FUNCTION countersign.mailing_send(a_name text, a_audience jsonb, a_at text, a_rate integer, a_trial integer, a_trial_hours integer,
                                         a_warm_up integer, a_local boolean)
RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = countersign, pg_temp AS $$
DECLARE
    v_at    timestamptz := zoned_time(a_at);
    v_local timestamp := CASE WHEN a_local THEN a_at::timestamp END; -- what stands there, whatever the zone
    v_first timestamptz := coalesce(v_local AT TIME ZONE 'Etc/GMT-14', v_at);
    v       mailing;
BEGIN
    SELECT m.* INTO v FROM mailing m WHERE m.name = a_name FOR UPDATE;
    IF NOT FOUND OR v.state <> 'draft' THEN
        RETURN v.state;
    ELSIF NOT mailing_is_asking(v.petition_id) THEN
        RETURN 'petition not open';
    ELSIF NOT isfinite(v_at) OR coalesce(v_local AT TIME ZONE 'Etc/GMT+12', v_at) < now() - interval '1 hour' THEN
        RETURN 'time is past';
    END IF;
    UPDATE mailing m
       SET state = 'sending', started_at = now(), changed_at = now(), send_at = v_first, rate = a_rate,
           local_at = v_local AT TIME ZONE 'UTC', elsewhere_at = CASE WHEN a_local THEN v_at END, warm_up = a_warm_up,
           trial = CASE WHEN m.subjects > 1 THEN a_trial END,
           decides_at = CASE WHEN m.subjects > 1 THEN greatest(now(), v_first) + make_interval(hours => a_trial_hours) END,
           who = coalesce(a_audience ->> 'who', 'unsigned'), tags = (SELECT p.tags FROM petition p WHERE p.id = v.petition_id),
           topics = CASE jsonb_typeof(a_audience -> 'topics') WHEN 'array' THEN text_list(a_audience -> 'topics') END,
           countries = CASE jsonb_typeof(a_audience -> 'countries') WHEN 'array' THEN text_list(a_audience -> 'countries') END,
           regions = CASE jsonb_typeof(a_audience -> 'regions') WHEN 'array' THEN text_list(a_audience -> 'regions') END
     WHERE m.id = v.id;
    PERFORM mailing_changed();
    RETURN 'sending';
END
$$;

-- As in 0023, but that only who signed just now is counted.
CREATE OR REPLACE FUNCTION countersign.sign_by_letter(
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
      JOIN signature s ON s.petition_id = a_petition[i] AND s.email_hash = a_email_hash[i] AND s.state = 1 AND s.confirmed_at = now()
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
