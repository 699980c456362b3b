-- Who wants letters beyond those about their own signature: an opt-in of its own, proven by the mailbox.
--
-- `subscription` is one row for each time that somebody asked, and stays as its proof; `subscriber` is one row a
-- mailbox, with what a letter needs. Asking is part of sign(), proving of confirm() and of subscription_set(). Nothing
-- that somebody does with an address alone changes a row of `subscriber`.
--
-- Locks: subscription by (mailbox, token_hash), then subscriber by mailbox; both behind signature, letter and the
-- quotas, before the tally. Nested loops over unique indexes only, for the reason given in 0006.

SET LOCAL lock_timeout = '3s';

CREATE TABLE countersign.subscription (
    asked_at     timestamptz NOT NULL,
    proven_at    timestamptz,
    epoch        bigint,
    petition_id  integer     NOT NULL,
    text_version integer     NOT NULL,
    wording      smallint    NOT NULL,
    language     text        NOT NULL,
    mailbox      bytea       NOT NULL CHECK (octet_length(mailbox) = 16),
    token_hash   bytea       NOT NULL,
    request_id   bytea       NOT NULL,
    country      text        NOT NULL DEFAULT '',
    region       text        NOT NULL DEFAULT '',
    locale       text        NOT NULL DEFAULT '',
    sealed       bytea,
    PRIMARY KEY (mailbox, token_hash, request_id)
);
ALTER TABLE countersign.subscription ALTER COLUMN sealed SET STORAGE EXTERNAL;
-- For the sweep alone. Sealed is what is not proven, but those who look for that by mailbox say so in other words, or
-- they would be planned, while there are few rows, to read all of this index.
CREATE INDEX subscription_asked ON countersign.subscription (asked_at) WHERE sealed IS NOT NULL;
CREATE INDEX subscription_epoch ON countersign.subscription (epoch) WHERE epoch IS NOT NULL;
COMMENT ON TABLE  countersign.subscription IS 'Each time that somebody asked for news, when signing or on their own page, and the proof of it; unproven ones are deleted like unconfirmed signatures';
COMMENT ON COLUMN countersign.subscription.asked_at IS 'When';
COMMENT ON COLUMN countersign.subscription.proven_at IS 'When the token of that request''s letter was used, which proves the mailbox; null: asked only';
COMMENT ON COLUMN countersign.subscription.epoch IS 'The epoch whose key sealed it; null once it is proven';
COMMENT ON COLUMN countersign.subscription.petition_id IS 'The petition that was signed';
COMMENT ON COLUMN countersign.subscription.text_version IS 'The version of its text then';
COMMENT ON COLUMN countersign.subscription.wording IS 'The version of the words that were agreed to (src/core/wording.c)';
COMMENT ON COLUMN countersign.subscription.language IS 'Their language';
COMMENT ON COLUMN countersign.subscription.mailbox IS 'Keyed hash of the address alone, as in letter';
COMMENT ON COLUMN countersign.subscription.token_hash IS 'SHA-256 of the token that proves it: of the letter that the signing was answered with, or of the one whose link led to the page';
COMMENT ON COLUMN countersign.subscription.request_id IS 'The request that asked';
COMMENT ON COLUMN countersign.subscription.country IS 'ISO 3166-1, for the subscriber''s row; empty once it is there';
COMMENT ON COLUMN countersign.subscription.region IS 'ISO 3166-2, likewise';
COMMENT ON COLUMN countersign.subscription.locale IS 'BCP 47, likewise';
COMMENT ON COLUMN countersign.subscription.sealed IS 'Address, names, language, sealed to the mailers; null once it is the subscriber''s';

CREATE TABLE countersign.subscriber (
    on_at     timestamptz,
    off_at    timestamptz,
    mailed_at timestamptz,
    epoch     bigint,
    mailbox   bytea       PRIMARY KEY CHECK (octet_length(mailbox) = 16),
    state     text        NOT NULL CHECK (state = 'off' AND sealed IS NULL AND off_why IS NOT NULL
                                          OR state = 'on' AND sealed IS NOT NULL AND epoch IS NOT NULL),
    off_why   text        CHECK (off_why IN ('page', 'client', 'mail', 'complaint', 'bounced', 'erased')),
    frequency text        NOT NULL DEFAULT 'every' CHECK (frequency IN ('every', 'weekly', 'monthly')),
    country   text        NOT NULL DEFAULT '',
    region    text        NOT NULL DEFAULT '',
    locale    text        NOT NULL DEFAULT '',
    chosen    boolean     NOT NULL DEFAULT false,
    topics    text[],
    petitions integer[]   NOT NULL DEFAULT '{}',
    sealed    bytea
);
ALTER TABLE countersign.subscriber ALTER COLUMN sealed SET STORAGE EXTERNAL;
CREATE INDEX subscriber_epoch ON countersign.subscriber (epoch) WHERE epoch IS NOT NULL;
COMMENT ON TABLE  countersign.subscriber IS 'One row a mailbox that gets news, or does not want them any more. In the clear is only what choosing whom to write to asks for';
COMMENT ON COLUMN countersign.subscriber.on_at IS 'Since when it is on (was on); null: erased';
COMMENT ON COLUMN countersign.subscriber.off_at IS 'Since when it is off';
COMMENT ON COLUMN countersign.subscriber.mailed_at IS 'The last letter to the list, of who wants one a week or a month; null: none';
COMMENT ON COLUMN countersign.subscriber.epoch IS 'The epoch whose key sealed it';
COMMENT ON COLUMN countersign.subscriber.mailbox IS 'Keyed hash of the address alone, as in letter; the seal is bound to it';
COMMENT ON COLUMN countersign.subscriber.state IS 'on: gets letters. off: wants none; only the marker is left, and outlives an erasure';
COMMENT ON COLUMN countersign.subscriber.off_why IS 'page: by a person in the browser, client: by a mail program (RFC 8058), mail: by mail, complaint, bounced, erased';
COMMENT ON COLUMN countersign.subscriber.frequency IS 'every letter, or at most one a week or a month';
COMMENT ON COLUMN countersign.subscriber.country IS 'ISO 3166-1; empty: not given';
COMMENT ON COLUMN countersign.subscriber.region IS 'ISO 3166-2, likewise';
COMMENT ON COLUMN countersign.subscriber.locale IS 'BCP 47; empty: not given';
COMMENT ON COLUMN countersign.subscriber.chosen IS 'The topics were chosen; false: they are those of the petitions through which they came';
COMMENT ON COLUMN countersign.subscriber.topics IS 'Tags of petitions that they want letters about; null: all';
COMMENT ON COLUMN countersign.subscriber.petitions IS 'Petitions that this mailbox has proven to have signed: through which it came, or confirmed while it was on';
COMMENT ON COLUMN countersign.subscriber.sealed IS 'Address, names, language, sealed to the mailers; null: off, shredded';

-- Only where a letter is owed: without one there is no token that could prove the mailbox. a_kind says, as in
-- sign(), that the request did something just now; a replay finds 0.
CREATE FUNCTION countersign.subscription_ask(
    a_kind smallint[], a_petition integer[], a_mailbox bytea[], a_request_id bytea[], a_token_bucket integer[],
    a_token_hash bytea[], a_country text[], a_region text[], a_n integer[], a_epoch bigint[], a_sealed bytea[],
    a_wording smallint[], a_language text[], a_locale text[])
RETURNS boolean
LANGUAGE plpgsql SET search_path = countersign, pg_temp SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET join_collapse_limit = 1 AS $$
BEGIN
    IF EXISTS (SELECT FROM unnest(a_epoch) AS u WHERE NOT EXISTS (SELECT FROM epoch e WHERE e.id = u)) THEN
        RAISE EXCEPTION 'unknown epoch' USING ERRCODE = 'CS001'; -- as in sign()
    END IF;
    INSERT INTO subscription (asked_at, epoch, petition_id, text_version, wording, language, mailbox, token_hash,
                              request_id, country, region, locale, sealed)
    SELECT now(), u.epoch, p.id, p.text_version, u.wording, u.language, a_mailbox[u.n], a_token_hash[u.n],
           a_request_id[u.n], coalesce(a_country[u.n], ''), coalesce(a_region[u.n], ''), coalesce(u.locale, ''), u.sealed
      FROM unnest(a_n, a_epoch, a_sealed, a_wording, a_language, a_locale)
           AS u(n, epoch, sealed, wording, language, locale)
      JOIN letter l ON l.token_bucket = a_token_bucket[u.n] AND l.token_hash = a_token_hash[u.n]
      JOIN petition p ON p.id = a_petition[u.n]
     WHERE a_kind[u.n] > 0
     ORDER BY a_mailbox[u.n], a_token_hash[u.n]
        ON CONFLICT DO NOTHING;
    RETURN true;
END
$$;
COMMENT ON FUNCTION countersign.subscription_ask(smallint[], integer[], bytea[], bytea[], integer[], bytea[], text[], text[],
                                                 integer[], bigint[], bytea[], smallint[], text[], text[]) IS
    'Inside sign: that these signers asked for news; a_n is each one''s place in the arrays of sign';

CREATE FUNCTION countersign.array_union(a anyarray, b anyarray) RETURNS anyarray
LANGUAGE sql IMMUTABLE SET search_path = countersign, pg_temp AS
'SELECT CASE WHEN a IS NOT NULL AND b IS NOT NULL THEN ARRAY(SELECT DISTINCT u FROM unnest(a || b) AS u ORDER BY u) END';
COMMENT ON FUNCTION countersign.array_union(anyarray, anyarray) IS 'Inside the functions of subscriptions: each element once, sorted; null with null';

-- What comes after locks no row that is not locked here, but for what is new since: one order for many mailboxes.
CREATE FUNCTION countersign.subscription_lock(a_asker bytea[], a_token_hash bytea[], a_mailbox bytea[]) RETURNS boolean
LANGUAGE plpgsql SET search_path = countersign, pg_temp SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET join_collapse_limit = 1 AS $$
BEGIN
    PERFORM FROM (SELECT DISTINCT u.mailbox, u.token_hash FROM unnest(a_asker, a_token_hash) AS u(mailbox, token_hash)) AS u
       JOIN subscription b ON b.mailbox = u.mailbox AND b.token_hash = coalesce(u.token_hash, b.token_hash)
      WHERE b.proven_at IS NULL
      ORDER BY b.mailbox, b.token_hash
        FOR UPDATE OF b;
    PERFORM FROM subscriber s WHERE s.mailbox = ANY (a_mailbox) ORDER BY s.mailbox FOR UPDATE;
    RETURN true;
END
$$;
COMMENT ON FUNCTION countersign.subscription_lock(bytea[], bytea[], bytea[]) IS
    'Inside confirm and subscription_set: locks what was asked for (token null: all of the mailbox), then the subscribers';

-- The keys are those of subscription. Rows that are proven already are not touched, so a token turns on once: who has
-- turned it off since stays off, however often the old letter is clicked.
CREATE FUNCTION countersign.subscription_turn_on(a_mailbox bytea[], a_token_hash bytea[]) RETURNS boolean
LANGUAGE plpgsql SET search_path = countersign, pg_temp SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET join_collapse_limit = 1 AS $$
BEGIN
    WITH found AS MATERIALIZED (
        SELECT b.*
          FROM (SELECT DISTINCT u.mailbox, u.token_hash FROM unnest(a_mailbox, a_token_hash) AS u(mailbox, token_hash)) AS u
          JOIN subscription b ON b.mailbox = u.mailbox AND b.token_hash = u.token_hash AND b.proven_at IS NULL
         ORDER BY b.mailbox, b.token_hash
           FOR UPDATE OF b
    ), proven AS (
        UPDATE subscription b
           SET proven_at = now(), epoch = NULL, sealed = NULL, country = '', region = '', locale = ''
          FROM found f
         WHERE b.mailbox = f.mailbox AND b.token_hash = f.token_hash
    ), came AS MATERIALIZED (
        SELECT f.mailbox, array_agg(f.petition_id) AS petitions FROM found f GROUP BY f.mailbox
    )
    INSERT INTO subscriber AS s (on_at, epoch, mailbox, state, country, region, locale, topics, petitions, sealed)
    SELECT now(), f.epoch, c.mailbox, 'on', f.country, f.region, f.locale,
           ARRAY(SELECT DISTINCT t FROM unnest(c.petitions) AS u(id) JOIN petition p ON p.id = u.id, unnest(p.tags) AS t ORDER BY t),
           c.petitions, f.sealed
      FROM came c
      JOIN (SELECT DISTINCT ON (f.mailbox) f.* FROM found f ORDER BY f.mailbox, f.asked_at DESC) AS f
        ON f.mailbox = c.mailbox
     ORDER BY c.mailbox
        ON CONFLICT (mailbox) DO UPDATE
       SET on_at = CASE s.state WHEN 'on' THEN s.on_at ELSE excluded.on_at END, off_at = NULL, off_why = NULL,
           state = 'on', epoch = excluded.epoch, sealed = excluded.sealed, country = excluded.country,
           region = excluded.region, locale = excluded.locale,
           topics = CASE WHEN s.chosen THEN s.topics WHEN s.state = 'off' THEN excluded.topics
                         ELSE (array_union(s.topics, excluded.topics))[1:100] END,
           petitions = array_union(s.petitions, excluded.petitions);
    RETURN true;
END
$$;
COMMENT ON FUNCTION countersign.subscription_turn_on(bytea[], bytea[]) IS
    'Inside confirm and subscription_set: what was asked for is proven, and its mailboxes are on';

-- A click says that the mailbox is its holder's: what was asked for with that very letter begins. Whoever is on is
-- known to have signed this petition too.
CREATE FUNCTION countersign.subscription_prove(a_token_bucket integer[], a_token_hash bytea[]) RETURNS boolean
LANGUAGE plpgsql SET search_path = countersign, pg_temp SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET join_collapse_limit = 1 AS $$
DECLARE
    v_mailbox  bytea[];
    v_petition integer[];
    v_asked    bytea[];
    v_asker    bytea[];
BEGIN
    SELECT array_agg(l.mailbox) FILTER (WHERE b.mailbox IS NOT NULL), array_agg(b.token_hash) FILTER (WHERE b.mailbox IS NOT NULL),
           array_agg(l.mailbox) FILTER (WHERE s.mailbox IS NOT NULL), array_agg(l.petition_id) FILTER (WHERE s.mailbox IS NOT NULL)
      INTO v_asker, v_asked, v_mailbox, v_petition
      FROM unnest(a_token_bucket, a_token_hash) AS r(token_bucket, token_hash)
      JOIN letter l ON l.token_bucket = r.token_bucket AND l.token_hash = r.token_hash
      LEFT JOIN subscription b ON b.mailbox = l.mailbox AND b.token_hash = l.token_hash AND b.proven_at IS NULL
      LEFT JOIN subscriber s ON s.mailbox = l.mailbox AND s.state = 'on' AND NOT s.petitions @> ARRAY[l.petition_id];
    IF v_asker IS NULL AND v_mailbox IS NULL THEN
        RETURN true;
    END IF;
    PERFORM subscription_lock(v_asker, v_asked, v_asker || v_mailbox);
    IF v_asker IS NOT NULL THEN
        PERFORM subscription_turn_on(v_asker, v_asked);
    END IF;
    IF v_mailbox IS NOT NULL THEN
        UPDATE subscriber s SET petitions = array_union(s.petitions, c.petitions)
          FROM (SELECT u.mailbox, array_agg(u.petition) AS petitions
                  FROM unnest(v_mailbox, v_petition) AS u(mailbox, petition) GROUP BY u.mailbox) AS c
         WHERE s.mailbox = c.mailbox AND s.state = 'on';
    END IF;
    RETURN true;
END
$$;
COMMENT ON FUNCTION countersign.subscription_prove(integer[], bytea[]) IS
    'Inside confirm: tokens that were good, so their mailboxes are proven';

-- Both at once and at once for good: what is only asked for goes, what is on is shredded.
CREATE FUNCTION countersign.subscriber_off(a_mailbox bytea[], a_why text[]) RETURNS boolean
LANGUAGE plpgsql SET search_path = countersign, pg_temp SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
DECLARE
    v_mailbox bytea[];
BEGIN
    PERFORM FROM subscription b WHERE b.mailbox = ANY (a_mailbox) AND b.proven_at IS NULL
      ORDER BY b.mailbox, b.token_hash FOR UPDATE;
    DELETE FROM subscription b WHERE b.mailbox = ANY (a_mailbox) AND b.proven_at IS NULL;
    v_mailbox := ARRAY(SELECT s.mailbox FROM subscriber s WHERE s.mailbox = ANY (a_mailbox) AND s.state = 'on'
                        ORDER BY s.mailbox FOR UPDATE);
    UPDATE subscriber s
       SET state = 'off', off_at = now(), off_why = u.why, epoch = NULL, sealed = NULL, frequency = 'every',
           country = '', region = '', locale = '', chosen = false, topics = NULL, petitions = '{}', mailed_at = NULL
      FROM (SELECT u.mailbox, min(u.why) AS why FROM unnest(a_mailbox, a_why) AS u(mailbox, why) GROUP BY u.mailbox) AS u
     WHERE s.mailbox = u.mailbox AND s.mailbox = ANY (v_mailbox);
    RETURN true;
END
$$;
COMMENT ON FUNCTION countersign.subscriber_off(bytea[], text[]) IS
    'Inside whatever ends subscriptions: these mailboxes get no news, each for its reason (off_why). A mailbox that is off stays as it is';

-- The marker stays, since an objection has to outlive the rest.
CREATE FUNCTION countersign.subscriber_erase(a_mailbox bytea[]) RETURNS bigint
LANGUAGE plpgsql SET search_path = countersign, pg_temp SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
DECLARE
    v_count bigint;
BEGIN
    PERFORM FROM subscription b WHERE b.mailbox = ANY (a_mailbox) ORDER BY b.mailbox, b.token_hash FOR UPDATE;
    PERFORM FROM subscriber s WHERE s.mailbox = ANY (a_mailbox) ORDER BY s.mailbox FOR UPDATE;
    SELECT count(*) INTO v_count
      FROM (SELECT b.mailbox FROM subscription b WHERE b.mailbox = ANY (a_mailbox)
             UNION
            SELECT s.mailbox FROM subscriber s WHERE s.mailbox = ANY (a_mailbox) AND s.state = 'on') AS held;
    DELETE FROM subscription b WHERE b.mailbox = ANY (a_mailbox);
    DELETE FROM subscriber_import i WHERE i.mailbox = ANY (a_mailbox);
    DELETE FROM mailing_signed k WHERE k.mailbox = ANY (a_mailbox);
    PERFORM subscriber_off(a_mailbox, array_fill('erased'::text, ARRAY[cardinality(a_mailbox)]));
    UPDATE subscriber s SET on_at = NULL WHERE s.mailbox = ANY (a_mailbox) AND s.state = 'off';
    RETURN v_count;
END
$$;
COMMENT ON FUNCTION countersign.subscriber_erase(bytea[]) IS
    'Inside erase and own_erase: all about these mailboxes'' subscriptions but that they are off; how many had something';

-- Taking a name back ends what was asked for with it and not proven. News that are on stay: they are a choice of
-- their own. "This was not me" (a_not_me) ends them too, unless they came by another petition as well.
CREATE FUNCTION countersign.subscription_leave(a_token_bucket integer[], a_token_hash bytea[], a_not_me boolean)
RETURNS boolean
LANGUAGE plpgsql SET search_path = countersign, pg_temp SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET join_collapse_limit = 1 AS $$
DECLARE
    v_mailbox bytea[];
    v_alone   bytea[] := '{}';
    v         record;
BEGIN
    v_mailbox := ARRAY(SELECT DISTINCT l.mailbox
                         FROM unnest(a_token_bucket, a_token_hash) AS r(token_bucket, token_hash)
                         JOIN letter l ON l.token_bucket = r.token_bucket AND l.token_hash = r.token_hash
                        WHERE EXISTS (SELECT FROM subscription b WHERE b.mailbox = l.mailbox)
                           OR EXISTS (SELECT FROM subscriber s WHERE s.mailbox = l.mailbox AND s.state = 'on'));
    IF cardinality(v_mailbox) = 0 THEN
        RETURN true;
    END IF;
    PERFORM FROM subscription b WHERE b.mailbox = ANY (v_mailbox) ORDER BY b.mailbox, b.token_hash FOR UPDATE;
    PERFORM FROM subscriber s WHERE s.mailbox = ANY (v_mailbox) ORDER BY s.mailbox FOR UPDATE;
    FOR v IN
        SELECT DISTINCT l.mailbox, l.petition_id
          FROM unnest(a_token_bucket, a_token_hash) AS r(token_bucket, token_hash)
          JOIN letter l ON l.token_bucket = r.token_bucket AND l.token_hash = r.token_hash
         WHERE l.mailbox = ANY (v_mailbox)
    LOOP
        DELETE FROM subscription b
         WHERE b.mailbox = v.mailbox AND b.petition_id = v.petition_id AND (a_not_me OR b.proven_at IS NULL);
        UPDATE subscriber s SET petitions = array_remove(s.petitions, v.petition_id)
         WHERE s.mailbox = v.mailbox AND s.state = 'on';
        IF a_not_me AND NOT EXISTS (SELECT FROM subscription b WHERE b.mailbox = v.mailbox AND b.proven_at IS NOT NULL) THEN
            v_alone := v_alone || v.mailbox;
        END IF;
    END LOOP;
    IF cardinality(v_alone) > 0 THEN
        PERFORM subscriber_off(v_alone, array_fill('page'::text, ARRAY[cardinality(v_alone)]));
    END IF;
    RETURN true;
END
$$;
COMMENT ON FUNCTION countersign.subscription_leave(integer[], bytea[], boolean) IS
    'Inside withdraw and disavow: what hangs on the signatures of these good tokens';
