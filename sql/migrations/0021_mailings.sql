-- Letters to the list: what is written, to whom, how far it is, and which subscribers still wait for theirs.
--
-- A letter is made when it is sent. What is kept until then is a row of some forty bytes for each who waits: mailing and
-- mailbox, no word of the letter, no address. The row goes with the letter's fate, in the transaction that counts the fate;
-- so at any moment, whoever dies, audience = what is counted + rows that are left. Nobody's row says afterwards who got it.
--
-- Locks: mailing by id, mailing_queue by its key, mailing_test, then as sql/README.md has them from mail_suppressed on.

SET LOCAL lock_timeout = '3s';

CREATE TABLE countersign.mailing (
    id           integer     PRIMARY KEY GENERATED ALWAYS AS IDENTITY (MAXVALUE 65535),
    petition_id  integer     NOT NULL,
    created_at   timestamptz NOT NULL DEFAULT now(),
    changed_at   timestamptz NOT NULL DEFAULT now(),
    send_at      timestamptz,
    started_at   timestamptz,
    ended_at     timestamptz,
    claimed_at   timestamptz NOT NULL DEFAULT '-infinity',
    paced_at     timestamptz NOT NULL DEFAULT '-infinity',
    local_at     timestamptz,
    elsewhere_at timestamptz,
    decides_at   timestamptz,
    decided_at   timestamptz,
    rate         integer     CHECK (rate BETWEEN 1 AND 1000000),
    warm_up      integer     CHECK (warm_up BETWEEN 1 AND 1000000),
    audience     bigint      NOT NULL DEFAULT 0,
    sent         bigint      NOT NULL DEFAULT 0,
    refused      bigint      NOT NULL DEFAULT 0,
    failed       bigint      NOT NULL DEFAULT 0,
    unsubscribed bigint      NOT NULL DEFAULT 0,
    bounced      bigint      NOT NULL DEFAULT 0,
    complained   bigint      NOT NULL DEFAULT 0,
    signed       bigint      NOT NULL DEFAULT 0,
    too_often    bigint      NOT NULL DEFAULT 0,
    cancelled    bigint      NOT NULL DEFAULT 0,
    subjects     smallint    NOT NULL DEFAULT 1,
    trial        smallint    CHECK (trial BETWEEN 1 AND 100),
    subject      smallint    CHECK (subject BETWEEN 1 AND subjects),
    state        text        NOT NULL DEFAULT 'draft' CHECK (state IN ('draft', 'sending', 'paused', 'cancelled', 'done')),
    who          text        NOT NULL DEFAULT 'unsigned' CHECK (who IN ('unsigned', 'signed', 'all')),
    name         text        NOT NULL UNIQUE,
    language     text        NOT NULL,
    topics       text[],
    countries    text[],
    regions      text[],
    sender       text        NOT NULL DEFAULT '',
    office       text        NOT NULL DEFAULT '',
    facebook_url text        NOT NULL DEFAULT '',
    twitter_url  text        NOT NULL DEFAULT '',
    verdict      jsonb,
    gathered     bytea       DEFAULT '',
    link_box     bytea       NOT NULL DEFAULT '' CHECK (octet_length(link_box) IN (0, 80))
);
COMMENT ON TABLE  countersign.mailing IS 'A letter to the list: about which petition, to whom, how far it is';
COMMENT ON COLUMN countersign.mailing.id IS 'Stands in return addresses and links, in two bytes';
COMMENT ON COLUMN countersign.mailing.petition_id IS 'The petition that it asks to sign';
COMMENT ON COLUMN countersign.mailing.created_at IS 'When it was first put';
COMMENT ON COLUMN countersign.mailing.changed_at IS 'When its words or its state last changed';
COMMENT ON COLUMN countersign.mailing.send_at IS 'Not before; null: at once';
COMMENT ON COLUMN countersign.mailing.started_at IS 'When the sending was asked for';
COMMENT ON COLUMN countersign.mailing.ended_at IS 'When the last one was told, or when it was cancelled';
COMMENT ON COLUMN countersign.mailing.claimed_at IS 'When a mailer last looked: the one that waits longest is next';
COMMENT ON COLUMN countersign.mailing.paced_at IS 'Until when what was claimed uses up the rate';
COMMENT ON COLUMN countersign.mailing.local_at IS 'Not before what a clock in UTC shows then, as shown by a clock in the reader''s country (country_zone); send_at is when the first country has it. Null: everywhere at once';
COMMENT ON COLUMN countersign.mailing.elsewhere_at IS 'The same for who has given no country';
COMMENT ON COLUMN countersign.mailing.decides_at IS 'Of several subjects: the moment from which the rest of the audience gets the one that did best; null: it has one';
COMMENT ON COLUMN countersign.mailing.decided_at IS 'When that was decided, once and for good; null: not yet';
COMMENT ON COLUMN countersign.mailing.subjects IS 'How many subjects it has';
COMMENT ON COLUMN countersign.mailing.trial IS 'Of several: of a hundred in the audience, how many get one by turns before the decision';
COMMENT ON COLUMN countersign.mailing.subject IS 'The one that did best, from 1; null: not decided';
COMMENT ON COLUMN countersign.mailing.verdict IS 'What was known then, {sent, signed} for each, in order';
COMMENT ON COLUMN countersign.mailing.rate IS 'Letters a minute at most, by all mailers together; null: as many as they can';
COMMENT ON COLUMN countersign.mailing.warm_up IS 'Letters on the first day, evenly spread, and twice as many each day more, up to rate; null: as rate says from the beginning';
COMMENT ON COLUMN countersign.mailing.audience IS 'Who was found when the sending began: the sum of all that follows and of the rows in mailing_queue';
COMMENT ON COLUMN countersign.mailing.sent IS 'A mail server took it, or its answer was lost twice';
COMMENT ON COLUMN countersign.mailing.refused IS 'A mail server said for good that there is no such mailbox';
COMMENT ON COLUMN countersign.mailing.failed IS 'Could not be sent, or not for days; says nothing about the mailbox';
COMMENT ON COLUMN countersign.mailing.unsubscribed IS 'Left out since they wanted none any more when theirs was to be made';
COMMENT ON COLUMN countersign.mailing.bounced IS 'Left out since their mailbox had bounced or was refused meanwhile';
COMMENT ON COLUMN countersign.mailing.complained IS 'Left out since they had complained meanwhile';
COMMENT ON COLUMN countersign.mailing.signed IS 'Left out since they had signed meanwhile';
COMMENT ON COLUMN countersign.mailing.too_often IS 'Left out since they had got another one and want one a week or a month at most';
COMMENT ON COLUMN countersign.mailing.cancelled IS 'Left out since it was cancelled';
COMMENT ON COLUMN countersign.mailing.state IS 'draft, sending, paused, cancelled, done';
COMMENT ON COLUMN countersign.mailing.who IS 'unsigned: who is not known to have signed the petition; signed: who is; all';
COMMENT ON COLUMN countersign.mailing.name IS 'Its name, a slug';
COMMENT ON COLUMN countersign.mailing.language IS 'The language for who reads none of the others';
COMMENT ON COLUMN countersign.mailing.topics IS 'Who wants letters about one of these; null: whatever they want letters about';
COMMENT ON COLUMN countersign.mailing.countries IS 'ISO 3166-1; null: everywhere';
COMMENT ON COLUMN countersign.mailing.regions IS 'ISO 3166-2, likewise';
COMMENT ON COLUMN countersign.mailing.sender IS 'Who it is from, as the reader sees it; empty: the organisation';
COMMENT ON COLUMN countersign.mailing.office IS 'Address of the office, for the end of the letter';
COMMENT ON COLUMN countersign.mailing.facebook_url IS 'Page of the organisation there; empty: none';
COMMENT ON COLUMN countersign.mailing.twitter_url IS 'Likewise';
COMMENT ON COLUMN countersign.mailing.link_box IS 'The key of its readers'' links, sealed to the mailers; workers make it from their index key. Empty: its links carry nobody';
COMMENT ON COLUMN countersign.mailing.gathered IS 'The last mailbox that was looked at for the audience; null: all of them were';

CREATE TABLE countersign.mailing_text (
    mailing_id  integer NOT NULL,
    language    text    NOT NULL,
    subject     text    NOT NULL,
    preview     text    NOT NULL,
    tag_line    text    NOT NULL,
    headline    text    NOT NULL,
    friend      text    NOT NULL,
    letter      text    NOT NULL,
    letter_html text    NOT NULL,
    letter_text text    NOT NULL,
    signature   text    NOT NULL,
    PRIMARY KEY (mailing_id, language)
);
COMMENT ON TABLE  countersign.mailing_text IS 'The words of a letter to the list, by language';
COMMENT ON COLUMN countersign.mailing_text.mailing_id IS 'The mailing';
COMMENT ON COLUMN countersign.mailing_text.language IS 'BCP 47';
COMMENT ON COLUMN countersign.mailing_text.subject IS 'Its subjects, one a line, as many in each language; may hold placeholders, as the letter may';
COMMENT ON COLUMN countersign.mailing_text.preview IS 'What a mail program shows beside the subject';
COMMENT ON COLUMN countersign.mailing_text.tag_line IS 'A few words above all; empty: the petition''s';
COMMENT ON COLUMN countersign.mailing_text.headline IS 'Empty: the petition''s title';
COMMENT ON COLUMN countersign.mailing_text.friend IS 'What stands where a given name is not known; empty: the word of the language';
COMMENT ON COLUMN countersign.mailing_text.letter IS 'Markdown, as it was put';
COMMENT ON COLUMN countersign.mailing_text.letter_html IS 'Made of it when it was put';
COMMENT ON COLUMN countersign.mailing_text.letter_text IS 'Likewise, for the plain part';
COMMENT ON COLUMN countersign.mailing_text.signature IS 'Who signs the letter, with lines';

CREATE TABLE countersign.mailing_queue (
    due_at     timestamptz NOT NULL,
    first_at   timestamptz,
    lease      bigint      NOT NULL DEFAULT 0,
    mailing_id integer     NOT NULL,
    tries      smallint    NOT NULL DEFAULT 0,
    subject    smallint    NOT NULL DEFAULT 1,
    unsure     boolean     NOT NULL DEFAULT false,
    mailbox    bytea       NOT NULL,
    PRIMARY KEY (mailing_id, mailbox)
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 20000, autovacuum_vacuum_insert_scale_factor = 0,
        autovacuum_vacuum_insert_threshold = 200000);
CREATE INDEX mailing_queue_due ON countersign.mailing_queue (mailing_id, due_at);
COMMENT ON TABLE  countersign.mailing_queue IS 'Subscribers who wait for a letter to the list, one row each; gone when its fate is known';
COMMENT ON COLUMN countersign.mailing_queue.due_at IS 'Not before; while a mailer has it, the end of its lease';
COMMENT ON COLUMN countersign.mailing_queue.first_at IS 'When it was first claimed; it is given up days after that';
COMMENT ON COLUMN countersign.mailing_queue.lease IS 'Number of the claim that has it; 0: none';
COMMENT ON COLUMN countersign.mailing_queue.mailing_id IS 'The mailing';
COMMENT ON COLUMN countersign.mailing_queue.tries IS 'How often it was claimed to be sent';
COMMENT ON COLUMN countersign.mailing_queue.subject IS 'Which subject, from 1; 0: the one that does best, not known before mailing.decides_at';
COMMENT ON COLUMN countersign.mailing_queue.unsure IS 'It may have arrived: the server''s answer was lost. Sent once more, never a third time';
COMMENT ON COLUMN countersign.mailing_queue.mailbox IS 'Key of the subscriber';

CREATE TABLE countersign.mailing_test (
    asked_at   timestamptz NOT NULL DEFAULT now(),
    due_at     timestamptz NOT NULL DEFAULT now(),
    lease      bigint      NOT NULL DEFAULT 0,
    epoch      bigint      NOT NULL,
    mailing_id integer     NOT NULL,
    tries      smallint    NOT NULL DEFAULT 0,
    mailbox    bytea       NOT NULL CHECK (octet_length(mailbox) = 16),
    sealed     bytea       NOT NULL,
    PRIMARY KEY (mailing_id, mailbox)
);
COMMENT ON TABLE  countersign.mailing_test IS 'Letters that an operator sends to an address to look at; counted nowhere, gone when sent, or after a day';
COMMENT ON COLUMN countersign.mailing_test.asked_at IS 'When';
COMMENT ON COLUMN countersign.mailing_test.due_at IS 'Not before; while a mailer has it, the end of its lease';
COMMENT ON COLUMN countersign.mailing_test.lease IS 'Number of the claim that has it; 0: none';
COMMENT ON COLUMN countersign.mailing_test.epoch IS 'The epoch whose key sealed it';
COMMENT ON COLUMN countersign.mailing_test.mailing_id IS 'The mailing, in any state';
COMMENT ON COLUMN countersign.mailing_test.tries IS 'How often it was claimed to be sent';
COMMENT ON COLUMN countersign.mailing_test.mailbox IS 'Random: nobody''s. The seal is bound to it';
COMMENT ON COLUMN countersign.mailing_test.sealed IS 'Address and name, sealed to the mailers';

CREATE TABLE countersign.mailing_signed (
    at         timestamptz NOT NULL DEFAULT now(),
    mailing_id integer     NOT NULL,
    mailbox    bytea       NOT NULL,
    request_id bytea       NOT NULL,
    PRIMARY KEY (mailing_id, mailbox)
);
COMMENT ON TABLE  countersign.mailing_signed IS 'Links of letters to the list by which somebody has signed: each works once';
COMMENT ON COLUMN countersign.mailing_signed.at IS 'When';
COMMENT ON COLUMN countersign.mailing_signed.mailing_id IS 'The mailing';
COMMENT ON COLUMN countersign.mailing_signed.mailbox IS 'Keyed hash of the address alone, as in subscriber';
COMMENT ON COLUMN countersign.mailing_signed.request_id IS 'The request that used it: the same one again is no second use';

-- By slot as tally is, so that workers wait neither for each other nor for the mailer that is at the mailing.
CREATE TABLE countersign.mailing_tally (
    sent       bigint   NOT NULL,
    signed     bigint   NOT NULL,
    mailing_id integer  NOT NULL,
    subject    smallint NOT NULL,
    slot       smallint NOT NULL,
    PRIMARY KEY (mailing_id, subject, slot)
) WITH (fillfactor = 25);
COMMENT ON TABLE  countersign.mailing_tally IS 'How many got a letter to the list, and signed by its link, by its subject: numbers that stay when mailing_signed is forgotten, and when somebody is erased';
COMMENT ON COLUMN countersign.mailing_tally.sent IS 'As in mailing';
COMMENT ON COLUMN countersign.mailing_tally.signed IS 'Signatures, in this slot; it only grows';
COMMENT ON COLUMN countersign.mailing_tally.mailing_id IS 'The mailing';
COMMENT ON COLUMN countersign.mailing_tally.subject IS 'The subject of the letter, from 1';
COMMENT ON COLUMN countersign.mailing_tally.slot IS 'As in tally; -1: the mailer that has the mailing';

GRANT SELECT ON countersign.mailing, countersign.mailing_text TO countersign_worker, countersign_mailer, countersign_operator;

-- ---- what operators do ----

-- The JSON has been checked by the caller. Only a draft can be changed: who gets the rest of a letter gets what the others got.
CREATE FUNCTION countersign.mailing_put(a_json jsonb) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = countersign, pg_temp AS $$
DECLARE
    v_petition integer := (SELECT p.id FROM petition p WHERE p.slug = a_json ->> 'petition');
    v_id       integer;
    v_state    text;
BEGIN
    IF v_petition IS NULL THEN
        RETURN 'no petition';
    END IF;
    -- Asked first, since an INSERT that meets its conflict uses up an id all the same, and there are few.
    IF NOT EXISTS (SELECT FROM mailing m WHERE m.name = a_json ->> 'name') THEN
        INSERT INTO mailing (name, petition_id, language) VALUES (a_json ->> 'name', v_petition, a_json ->> 'language')
            ON CONFLICT (name) DO NOTHING;
    END IF;
    SELECT m.id, m.state INTO STRICT v_id, v_state FROM mailing m WHERE m.name = a_json ->> 'name' FOR UPDATE;
    IF v_state <> 'draft' THEN
        RETURN v_state;
    END IF;
    DELETE FROM mailing_text t WHERE t.mailing_id = v_id;
    UPDATE mailing m
       SET petition_id = v_petition, language = a_json ->> 'language', sender = a_json ->> 'sender', office = a_json ->> 'office',
           facebook_url = a_json ->> 'facebook_url', twitter_url = a_json ->> 'twitter_url', changed_at = now(),
           link_box = coalesce(decode(a_json ->> 'link_box', 'base64'), ''),
           subjects = 1 + coalesce(jsonb_array_length(a_json -> 'other_subjects'), 0)
     WHERE m.id = v_id;
    INSERT INTO mailing_text (mailing_id, language, subject, preview, tag_line, headline, friend, letter, letter_html, letter_text,
                              signature)
    SELECT v_id, t.language, array_to_string(array_prepend(t.body ->> 'subject', coalesce(text_list(t.body -> 'other_subjects'), '{}')), chr(10)), t.body ->> 'preview', t.body ->> 'tag_line', t.body ->> 'headline',
           t.body ->> 'friend', t.body ->> 'letter', t.body ->> 'letter_html', t.body ->> 'letter_text', t.body ->> 'signature'
      FROM (SELECT a_json ->> 'language' AS language, a_json AS body
             UNION ALL
            SELECT e.key, e.value FROM jsonb_each(a_json -> 'translations') AS e(key, value)) AS t;
    PERFORM mailing_changed();
    RETURN 'draft';
END
$$;
COMMENT ON FUNCTION countersign.mailing_put(jsonb) IS
    'Makes or changes the draft of a letter to the list; its state: any but draft, or `no petition`: nothing was done';
GRANT EXECUTE ON FUNCTION countersign.mailing_put(jsonb) TO countersign_operator;

-- Workers and mailers read the words with the petitions (sql/queries/mailings.sql).
CREATE FUNCTION countersign.mailing_changed() RETURNS void
LANGUAGE plpgsql SET search_path = countersign, pg_temp AS $$
BEGIN
    UPDATE catalog_version SET version = version + 1, changed_at = now();
    NOTIFY countersign_catalog;
END
$$;
COMMENT ON FUNCTION countersign.mailing_changed() IS 'Inside mailing_put and mailing_move: the catalog is to be read again';

CREATE FUNCTION countersign.mailing_is_asking(a_petition integer) RETURNS boolean
LANGUAGE sql STABLE SET search_path = countersign, pg_temp AS $$
    SELECT p.state = 'open' AND coalesce(p.closes_at, 'infinity') > now() FROM petition p WHERE p.id = a_petition
$$;
COMMENT ON FUNCTION countersign.mailing_is_asking(integer) IS
    'Inside mailing_send and the mailers'' functions: a petition takes signatures; while it does not, nobody is asked to sign it';

-- a_audience: topics, countries, regions (each null or a list), who. The audience is gathered by mailers, in steps. a_trial, a_trial_hours:
-- of a letter with several subjects.
CREATE FUNCTION countersign.mailing_send(a_name text, a_audience jsonb, a_at text, a_rate integer, a_trial integer, a_trial_hours integer,
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
    END IF;
    UPDATE mailing m
       SET state = 'sending', started_at = now(), changed_at = now(), send_at = v_first, rate = a_rate,
           local_at = v_local AT TIME ZONE 'UTC', elsewhere_at = CASE WHEN a_local THEN v_at END, warm_up = a_warm_up,
           trial = CASE WHEN m.subjects > 1 THEN a_trial END,
           decides_at = CASE WHEN m.subjects > 1 THEN greatest(now(), v_first) + make_interval(hours => a_trial_hours) END,
           who = coalesce(a_audience ->> 'who', 'unsigned'),
           topics = CASE jsonb_typeof(a_audience -> 'topics') WHEN 'array' THEN text_list(a_audience -> 'topics') END,
           countries = CASE jsonb_typeof(a_audience -> 'countries') WHEN 'array' THEN text_list(a_audience -> 'countries') END,
           regions = CASE jsonb_typeof(a_audience -> 'regions') WHEN 'array' THEN text_list(a_audience -> 'regions') END
     WHERE m.id = v.id;
    PERFORM mailing_changed();
    RETURN 'sending';
END
$$;
COMMENT ON FUNCTION countersign.mailing_send(text, jsonb, text, integer, integer, integer, integer, boolean) IS
    'Begins to send a draft; its state, null: there is no such letter, any but sending: nothing was done';
GRANT EXECUTE ON FUNCTION countersign.mailing_send(text, jsonb, text, integer, integer, integer, integer, boolean) TO countersign_operator;

-- What mailers have in hand ends as it ends; what nobody has goes at once. Others go with their fate, or when a mailer tidies up.
CREATE FUNCTION countersign.mailing_cancel_rows(a_mailing integer, a_rows integer) RETURNS bigint
LANGUAGE plpgsql SET search_path = countersign, pg_temp AS $$
DECLARE
    v_count bigint;
BEGIN
    DELETE FROM mailing_queue q
     USING (SELECT o.mailbox FROM mailing_queue o
             WHERE o.mailing_id = a_mailing AND (o.lease = 0 OR o.due_at < now())
             ORDER BY o.mailbox LIMIT a_rows FOR UPDATE SKIP LOCKED) AS o
     WHERE q.mailing_id = a_mailing AND q.mailbox = o.mailbox;
    GET DIAGNOSTICS v_count = ROW_COUNT;
    UPDATE mailing m SET cancelled = m.cancelled + v_count WHERE m.id = a_mailing AND v_count > 0;
    RETURN v_count;
END
$$;
COMMENT ON FUNCTION countersign.mailing_cancel_rows(integer, integer) IS
    'Inside mailing_move and mailing_gather: takes out who waits for a cancelled letter and is in nobody''s hand';

CREATE FUNCTION countersign.mailing_move(a_name text, a_to text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = countersign, pg_temp AS $$
DECLARE
    v mailing;
BEGIN
    IF a_to NOT IN ('paused', 'sending', 'cancelled') THEN
        RAISE EXCEPTION 'no such state to move to' USING ERRCODE = 'check_violation';
    END IF;
    SELECT m.* INTO v FROM mailing m WHERE m.name = a_name FOR UPDATE;
    IF NOT FOUND OR v.state NOT IN ('sending', 'paused') THEN
        RETURN v.state;
    END IF;
    UPDATE mailing m
       SET state = a_to, changed_at = now(), ended_at = CASE a_to WHEN 'cancelled' THEN now() END,
           gathered = CASE a_to WHEN 'cancelled' THEN NULL ELSE m.gathered END
     WHERE m.id = v.id;
    IF a_to = 'cancelled' THEN
        -- Of a large list the rest goes in steps, since what mailers have in hand waits meanwhile (mailing_tidy).
        PERFORM mailing_cancel_rows(v.id, 10000);
    END IF;
    PERFORM mailing_changed();
    RETURN a_to;
END
$$;
COMMENT ON FUNCTION countersign.mailing_move(text, text) IS
    'Pauses, resumes or cancels; the state then, null: there is no such letter';
GRANT EXECUTE ON FUNCTION countersign.mailing_move(text, text) TO countersign_operator;

CREATE FUNCTION countersign.mailing_status(a_name text DEFAULT NULL)
RETURNS TABLE (name text, state text, petition text, send_at timestamptz, started_at timestamptz, ended_at timestamptz, rate integer,
               gathering boolean, audience bigint, owed bigint, later bigint, in_hand bigint, sent bigint, refused bigint,
               failed bigint, unsubscribed bigint, bounced bigint, complained bigint, signed bigint, too_often bigint,
               cancelled bigint, signed_by_link bigint, decides_at timestamptz, decided_at timestamptz, subjects json)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = countersign, pg_temp AS $$
    SELECT m.name, m.state, p.slug, m.send_at, m.started_at, m.ended_at, m.rate,
           m.state IN ('sending', 'paused') AND m.gathered IS NOT NULL, m.audience, q.owed, q.later, q.in_hand,
           m.sent, m.refused, m.failed, m.unsubscribed, m.bounced, m.complained, m.signed, m.too_often, m.cancelled,
           (SELECT coalesce(sum(t.signed), 0)::bigint FROM mailing_tally t WHERE t.mailing_id = m.id),
           m.decides_at, m.decided_at,
           CASE WHEN m.subjects > 1 THEN (
               SELECT json_agg(json_build_object('subject', w.words, 'sent', u.sent, 'signed_by_link', u.signed, 'chosen', w.n = m.subject,
                                                 'verdict', m.verdict -> (w.n::integer - 1)) ORDER BY w.n)
                 FROM mailing_text x
                CROSS JOIN string_to_table(x.subject, chr(10)) WITH ORDINALITY AS w(words, n)
                CROSS JOIN LATERAL (SELECT coalesce(sum(t.sent), 0) AS sent, coalesce(sum(t.signed), 0) AS signed
                                      FROM mailing_tally t WHERE t.mailing_id = m.id AND t.subject = w.n) AS u
                WHERE x.mailing_id = m.id AND x.language = m.language) END
      FROM mailing m
      JOIN petition p ON p.id = m.petition_id
     CROSS JOIN LATERAL (SELECT count(*) FILTER (WHERE o.lease = 0 AND o.tries = 0) AS owed,
                                count(*) FILTER (WHERE o.lease = 0 AND o.tries > 0) AS later,
                                count(*) FILTER (WHERE o.lease <> 0) AS in_hand
                           FROM mailing_queue o WHERE o.mailing_id = m.id) AS q
     WHERE a_name IS NULL OR m.name = a_name
     ORDER BY m.id
$$;
COMMENT ON FUNCTION countersign.mailing_status(text) IS
    'How far letters to the list are: audience is the sum of all from owed to cancelled, at any moment';
GRANT EXECUTE ON FUNCTION countersign.mailing_status(text) TO countersign_operator;

CREATE FUNCTION countersign.mailing_test_add(a_name text, a_mailbox bytea, a_epoch bigint, a_sealed bytea) RETURNS boolean
LANGUAGE sql SECURITY DEFINER SET search_path = countersign, pg_temp AS $$
    WITH made AS (
        INSERT INTO mailing_test (mailing_id, mailbox, epoch, sealed)
        SELECT m.id, a_mailbox, a_epoch, a_sealed
          FROM mailing m JOIN petition p ON p.id = m.petition_id AND p.state <> 'draft'
         WHERE m.name = a_name
            ON CONFLICT DO NOTHING
        RETURNING 1
    )
    SELECT EXISTS (SELECT FROM made)
$$;
COMMENT ON FUNCTION countersign.mailing_test_add(text, bytea, bigint, bytea) IS
    'A letter to look at, to one address that is sealed to the mailers; false: there is no such letter, or its petition is a draft';
GRANT EXECUTE ON FUNCTION countersign.mailing_test_add(text, bytea, bigint, bytea) TO countersign_operator;
