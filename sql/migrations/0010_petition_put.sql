-- How petitions are made and changed.

SET LOCAL lock_timeout = '3s';

CREATE FUNCTION countersign.text_list(a jsonb) RETURNS text[]
LANGUAGE sql IMMUTABLE
RETURN ARRAY(SELECT e.value FROM jsonb_array_elements_text(coalesce(nullif(a, 'null'), '[]')) WITH ORDINALITY
             AS e(value, n) ORDER BY e.n);
COMMENT ON FUNCTION countersign.text_list(jsonb) IS 'Inside petition_put: a JSON array of strings; none: empty';

-- The main language and the translations of a petition's JSON.
CREATE FUNCTION countersign.texts_of(a_json jsonb)
RETURNS TABLE (language text, title text, addressee text, salutation text, letter text, asks text[], tag_line text,
               letter_html text, excerpt text, card bytea)
LANGUAGE sql STABLE SET search_path = countersign, pg_temp
BEGIN ATOMIC
    SELECT t.language, t.body ->> 'title', coalesce(t.body ->> 'addressee', ''), coalesce(t.body ->> 'salutation', ''),
           coalesce(t.body ->> 'letter', ''), countersign.text_list(t.body -> 'asks'),
           coalesce(t.body ->> 'tag_line', ''), coalesce(t.body ->> 'letter_html', ''),
           coalesce(t.body ->> 'excerpt', ''), coalesce(decode(t.body ->> 'card', 'base64'), '')
      FROM (SELECT a_json ->> 'language' AS language, a_json AS body
             UNION ALL
            SELECT e.key, e.value
              FROM jsonb_each(coalesce(nullif(a_json -> 'translations', 'null'), '{}')) AS e(key, value)
             WHERE e.key <> a_json ->> 'language') AS t;
END;
COMMENT ON FUNCTION countersign.texts_of(jsonb) IS 'Inside petition_put: the text in each language';

-- The JSON has been checked by the caller; what is missing takes its default, also in an update. A language that is
-- new joins the present version, since nobody has signed another text by that; one that is gone makes a new one.
CREATE FUNCTION countersign.petition_put(a_json jsonb, a_index_key smallint)
RETURNS TABLE (slug text, text_version integer, state text, created boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = countersign, pg_temp AS $$
#variable_conflict use_column
DECLARE
    v_id      integer;
    v_version integer;
    v_new     boolean := false;
BEGIN
    INSERT INTO petition (slug, language, index_key)
    VALUES (a_json ->> 'slug', a_json ->> 'language', a_index_key)
        ON CONFLICT (slug) DO NOTHING
    RETURNING id, petition.text_version INTO v_id, v_version;
    v_new := FOUND;
    IF NOT v_new THEN
        SELECT p.id, p.text_version INTO STRICT v_id, v_version
          FROM petition p WHERE p.slug = a_json ->> 'slug' FOR UPDATE;
        IF EXISTS (SELECT FROM petition_text o
                     LEFT JOIN texts_of(a_json) t ON t.language = o.language
                    WHERE o.petition_id = v_id AND o.version = v_version
                      AND (t.title, t.addressee, t.letter, t.asks)
                          IS DISTINCT FROM (o.title, o.addressee, o.letter, o.asks)) THEN
            v_version := v_version + 1;
        END IF;
    END IF;

    INSERT INTO petition_text AS o (petition_id, version, language, title, addressee, salutation, letter, asks, tag_line,
                                    letter_html, excerpt, card)
    SELECT v_id, v_version, t.* FROM texts_of(a_json) t
        ON CONFLICT (petition_id, version, language) DO UPDATE
       SET salutation = excluded.salutation, tag_line = excluded.tag_line, letter_html = excluded.letter_html,
           excerpt = excluded.excerpt, card = excluded.card;

    UPDATE petition p
       SET language             = a_json ->> 'language',
           text_version         = v_version,
           confirmation         = coalesce(a_json ->> 'confirmation', 'email'),
           goal                 = (a_json ->> 'goal')::bigint,
           goals                = text_list(a_json -> 'goals')::bigint[],
           count_minimum        = coalesce((a_json ->> 'count_minimum')::bigint, 0),
           image                = coalesce(a_json ->> 'image', ''),
           fields               = f.fields,
           required             = f.required,
           tags                 = text_list(a_json -> 'tags'),
           organization_name    = coalesce(a_json #>> '{organization,name}', ''),
           organization_url     = coalesce(a_json #>> '{organization,url}', ''),
           privacy_url          = coalesce(a_json #>> '{organization,privacy_url}', ''),
           allowed_origins      = text_list(a_json -> 'allowed_origins'),
           comments             = coalesce(a_json ->> 'comments', 'after_review'),
           disclosure_threshold = coalesce((a_json ->> 'disclosure_threshold')::integer, 5),
           undeliverable        = coalesce(a_json ->> 'undeliverable', 'invalidate'),
           erasure              = coalesce(a_json ->> 'erasure', 'keep_number'),
           public_keys          = ARRAY(SELECT decode(k, 'base64')
                                          FROM unnest(text_list(a_json #> '{organization,public_keys}')) AS k),
           closes_at            = (a_json ->> 'closes_at')::timestamptz,
           updated_at           = now()
      FROM (SELECT coalesce(array_agg(e.value ->> 'name' ORDER BY e.n), '{email,given_name}') AS fields,
                   CASE WHEN count(*) = 0 THEN '{email,given_name}'
                        ELSE coalesce(array_agg(e.value ->> 'name' ORDER BY e.n)
                                      FILTER (WHERE (e.value ->> 'required')::boolean), '{}') END AS required
              FROM jsonb_array_elements(coalesce(nullif(a_json -> 'fields', 'null'), '[]')) WITH ORDINALITY
                   AS e(value, n)) AS f
     WHERE p.id = v_id;

    RETURN QUERY SELECT p.slug, p.text_version, p.state, v_new FROM petition p WHERE p.id = v_id;
END
$$;
COMMENT ON FUNCTION countersign.petition_put(jsonb, smallint) IS
    'Makes (as a draft) or changes a petition from the JSON of the public API; never changes its state or index key';
GRANT EXECUTE ON FUNCTION countersign.petition_put(jsonb, smallint) TO countersign_operator;

CREATE FUNCTION countersign.petition_state(a_slug text, a_state text)
RETURNS TABLE (was text, state text, closes_at timestamptz)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = countersign, pg_temp AS $$
#variable_conflict use_column
DECLARE
    v_id  integer;
    v_was text;
BEGIN
    IF a_state NOT IN ('open', 'closed', 'withdrawn') THEN
        RAISE EXCEPTION 'no such state to move to' USING ERRCODE = 'check_violation';
    END IF;
    SELECT p.id, p.state INTO v_id, v_was FROM petition p WHERE p.slug = a_slug FOR UPDATE;
    IF v_was NOT IN (a_state, 'withdrawn') AND NOT (v_was = 'draft' AND a_state = 'closed') THEN
        UPDATE petition p
           SET state      = a_state,
               opened_at  = CASE WHEN a_state = 'open' THEN coalesce(p.opened_at, now()) ELSE p.opened_at END,
               closed_at  = CASE WHEN a_state = 'closed' THEN now() END,
               updated_at = now()
         WHERE p.id = v_id;
    END IF;
    RETURN QUERY SELECT v_was, p.state, p.closes_at FROM petition p WHERE p.id = v_id;
END
$$;
COMMENT ON FUNCTION countersign.petition_state(text, text) IS
    'Opens, closes or withdraws; no row: no such petition; state is not the one asked for: not possible from was (a draft cannot be closed; withdrawn is for good)';
GRANT EXECUTE ON FUNCTION countersign.petition_state(text, text) TO countersign_operator;
