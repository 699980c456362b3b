-- Letters to the list: who is found, who is left out when theirs is to be made, and that it all adds up.
BEGIN;
SELECT no_plan();
SELECT test.petition('p', 'email', '{"tags":["buses","trains"]}');
SELECT test.petition('q', 'email', '{"tags":["trains"]}');
SELECT countersign.epoch_add(33, 'subscriber', ARRAY[test.h32('mailer')], '{c}');

CREATE FUNCTION pg_temp.import(a_who text[], a_country text DEFAULT 'DE', a_topics text DEFAULT '', a_signed text[] DEFAULT '{}')
RETURNS text LANGUAGE sql VOLATILE AS $$
    SELECT array_to_string(countersign.subscriber_import(
        ARRAY(SELECT test.h16(w) FROM unnest(a_who) w), 33, array_fill('\x01'::bytea, ARRAY[cardinality(a_who)]),
        array_fill(a_country, ARRAY[cardinality(a_who)]), array_fill(''::text, ARRAY[cardinality(a_who)]),
        array_fill('en'::text, ARRAY[cardinality(a_who)]), array_fill(a_topics, ARRAY[cardinality(a_who)]),
        array_fill('2026-01-01T00:00:00Z'::text, ARRAY[cardinality(a_who)]), array_fill('a stall'::text, ARRAY[cardinality(a_who)]),
        array_fill('Yes, write to me'::text, ARRAY[cardinality(a_who)]),
        ARRAY(SELECT w.n::integer FROM unnest(a_who) WITH ORDINALITY w(who, n)), array_fill(test.id('p'), ARRAY[cardinality(a_who)]),
        ARRAY(SELECT test.h16('p' || w) FROM unnest(a_who) w)), ' ')
$$;
CREATE FUNCTION pg_temp.put(a_name text) RETURNS text LANGUAGE sql VOLATILE AS $$
    SELECT countersign.mailing_put(jsonb_build_object('name', a_name, 'petition', 'p', 'language', 'en', 'sender', '', 'office', '',
        'facebook_url', '', 'twitter_url', '', 'translations', '{}'::jsonb, 'subject', 'S', 'preview', '', 'tag_line', '', 'headline', '', 'friend', '',
        'letter', 'L', 'letter_html', '<p>L</p>', 'letter_text', 'L', 'signature', ''))
$$;
CREATE FUNCTION pg_temp.send(a_name text, a_audience jsonb DEFAULT '{}', a_rate integer DEFAULT NULL, a_at text DEFAULT NULL)
RETURNS text LANGUAGE sql VOLATILE AS 'SELECT countersign.mailing_send($1, $2, $4, $3, 10, 24, NULL, false)';
CREATE FUNCTION pg_temp.gather(a_rows integer DEFAULT 100) RETURNS integer LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    v_calls integer := 0;
    v_seen  integer;
BEGIN
    LOOP
        v_seen := countersign.mailing_gather(a_rows);
        EXIT WHEN v_seen = 0;
        v_calls := v_calls + (v_seen > 0)::integer;
    END LOOP;
    RETURN v_calls;
END
$$;
CREATE FUNCTION pg_temp.who(a_mailbox bytea) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT w FROM unnest('{ann,bob,cyd,dan,eve,fay,gus,hal,ian,joy}'::text[]) w WHERE test.h16(w) = a_mailbox
$$;
CREATE TEMP TABLE hand (who text, mailing integer, lease bigint);
CREATE FUNCTION pg_temp.claim(a_limit integer DEFAULT 100) RETURNS text LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    DELETE FROM hand;
    INSERT INTO hand SELECT pg_temp.who(c.mailbox), c.mailing_id, c.lease FROM countersign.mailing_claim(test.h32('mailer'), a_limit, 60) c
     WHERE c.sealed IS NOT NULL AND c.epoch_key IS NOT NULL;
    RETURN (SELECT string_agg(who, ' ' ORDER BY who) FROM hand);
END
$$;
CREATE FUNCTION pg_temp.fate(a_fate integer, a_who text DEFAULT NULL, a_off integer DEFAULT 0) RETURNS integer LANGUAGE sql VOLATILE AS $$
    SELECT countersign.mailing_fate(array_agg(h.mailing), array_agg(test.h16(h.who)), array_agg(h.lease + a_off), array_agg(a_fate::smallint), array_agg(0), 4)
      FROM hand h WHERE a_who IS NULL OR h.who = a_who
$$;
-- The sum, and what it is made of where it is not 0.
CREATE FUNCTION pg_temp.status(a_name text) RETURNS text LANGUAGE sql VOLATILE AS $$
    SELECT s.state || CASE WHEN s.audience = (SELECT sum(value::bigint) FROM jsonb_each_text(n.parts)) THEN '' ELSE ' DOES NOT ADD UP' END
           || coalesce((SELECT string_agg(' ' || key || ' ' || value, '' ORDER BY key) FROM jsonb_each_text(n.parts) WHERE value <> '0'), '')
      FROM countersign.mailing_status(a_name) s
     CROSS JOIN LATERAL (SELECT to_jsonb(s) - '{name,state,petition,send_at,started_at,ended_at,rate,gathering,audience,signed_by_link,decides_at,decided_at,subjects}'::text[]) AS n(parts)
$$;

-- Who comes from elsewhere.
SELECT test.sign('p', '{gus}', '{g1}');
SELECT test.confirm('{g1}');
SELECT is(pg_temp.import('{ann,bob,cyd,dan,eve,fay,gus}'), 'new new new new new new new', 'who agreed elsewhere is on');
SELECT is(pg_temp.import('{ann,bob}'), 'on on', 'again: nothing new');
SELECT is((SELECT count(*) FROM countersign.subscriber_import), 7::bigint, 'each with its proof');
SELECT is((SELECT string_agg(pg_temp.who(mailbox), ' ') FROM countersign.subscriber WHERE petitions @> ARRAY[test.id('p')]), 'gus', 'who has signed is known');
SELECT is(pg_temp.import('{hal}', 'FR', 'trains'), 'new', 'with topics');
INSERT INTO countersign.mail_suppressed (mailbox, why) VALUES (test.h16('ian'), 'complained');
SELECT is(pg_temp.import('{ian}'), 'complained', 'not who has complained');

-- A draft, and its sending.
SELECT is(pg_temp.put('one'), 'draft', 'a letter is put');
CREATE TEMP TABLE put AS SELECT id FROM countersign.mailing WHERE name = 'one';
SELECT is(pg_temp.put('one'), 'draft', 'and changed') FROM generate_series(1, 5);
SELECT pg_temp.put('after');
SELECT is((SELECT m.id - p.id FROM countersign.mailing m, put p WHERE m.name = 'after'), 1, 'which uses up no number');
SELECT is(countersign.mailing_send('none', '{}', NULL, NULL, 10, 24, NULL, false), NULL, 'there is no other');
SELECT throws_ok($$SELECT pg_temp.send('one', '{}', NULL, '2026-12-01 09:00')$$, '22007', NULL, 'a time without its zone is none');
SELECT is(pg_temp.claim(), NULL, 'a draft goes to nobody');
SELECT is(pg_temp.send('one', '{}', NULL, '2126-12-01 09:00 Europe/Madrid'), 'sending', 'at a time');
SELECT is((SELECT send_at FROM countersign.mailing WHERE name = 'one'), '2126-12-01T08:00:00Z'::timestamptz, 'in its zone');
SELECT is(pg_temp.put('one'), 'sending', 'what is sent does not change');
SELECT is(pg_temp.gather(), 0, 'before its time nobody is looked for');
UPDATE countersign.mailing SET send_at = now() WHERE name = 'one';
SELECT is(pg_temp.gather(3), 3, 'some at a time');
SELECT is(pg_temp.status('one'), 'sending owed 7', 'those who are on and have not signed');
SELECT is(countersign.mailing_move('one', 'paused'), 'paused', 'paused');
SELECT is(pg_temp.claim(), NULL, 'nobody has it in hand');
SELECT is(countersign.mailing_move('one', 'sending'), 'sending', 'and on');

-- Again before each letter.
INSERT INTO countersign.mail_suppressed (mailbox, why) VALUES (test.h16('ann'), 'bounced');
SELECT countersign.subscriber_off(ARRAY[test.h16('bob')], '{client}');
SELECT test.sign('p', '{cyd}', '{c1}');
SELECT test.confirm('{c1}');
UPDATE countersign.subscriber SET frequency = 'weekly', mailed_at = now() - interval '6 days' WHERE mailbox = test.h16('dan');
SELECT is(pg_temp.claim(), 'eve fay hal', 'who is left gets it');
SELECT is(pg_temp.status('one'), 'sending bounced 1 in_hand 3 signed 1 too_often 1 unsubscribed 1', 'the others are told apart');
SELECT is(pg_temp.claim(), NULL, 'who is in a hand is in no other');
INSERT INTO hand SELECT pg_temp.who(mailbox), mailing_id, lease FROM countersign.mailing_queue WHERE lease <> 0;
SELECT is(pg_temp.fate(2, 'eve', 1), 0, 'later is not believed from who has no lease');
SELECT is(pg_temp.fate(2, 'eve'), 1, 'later');
SELECT is(pg_temp.status('one'), 'sending bounced 1 in_hand 2 later 1 signed 1 too_often 1 unsubscribed 1', 'waits');
SELECT is(pg_temp.fate(1, 'fay', 1), 1, 'sent is believed from anybody');
SELECT is(pg_temp.fate(1, 'fay'), 0, 'D12 and counted once');
SELECT is(pg_temp.fate(4, 'hal'), 1, 'the answer was lost');
SELECT is(pg_temp.claim(), 'eve hal', 'so it goes once more');
SELECT is(pg_temp.fate(4, 'hal'), 1, 'and never a third time');
SELECT is(pg_temp.fate(3, 'eve'), 1, 'refused');
SELECT is((SELECT why FROM countersign.mail_suppressed WHERE mailbox = test.h16('eve')), 'refused', 'marks the mailbox');
SELECT is((SELECT state || off_why FROM countersign.subscriber WHERE mailbox = test.h16('eve')), 'offbounced', 'and ends its news');
SELECT is(pg_temp.claim(), NULL, 'nobody is left');
SELECT is(pg_temp.status('one'), 'done bounced 1 refused 1 sent 2 signed 1 too_often 1 unsubscribed 1', 'done, and it adds up');

-- Audiences.
SELECT is(pg_temp.import('{joy}', 'FR', 'buses'), 'new', 'one more');
SELECT pg_temp.put('two');
SELECT pg_temp.send('two', '{"countries":["FR"],"topics":["trains"]}');
SELECT pg_temp.gather();
SELECT is(pg_temp.claim(), 'hal', 'by country and topic');
UPDATE countersign.subscriber SET region = CASE mailbox WHEN test.h16('joy') THEN 'FR-BRE' ELSE 'FR-IDF' END WHERE country = 'FR';
SELECT is((SELECT string_agg(pg_temp.who(s.mailbox), ' ' ORDER BY pg_temp.who(s.mailbox)) FROM countersign.subscriber s, countersign.mailing v
            WHERE v.name = 'two' AND s.state = 'on'
              AND countersign.mailing_fits(jsonb_populate_record(v, '{"topics":null,"regions":["FR-BRE","DE-BE"]}'), s)),
          'joy', 'or by region');
SELECT is(countersign.mailing_move('two', 'cancelled'), 'cancelled', 'cancelled');
SELECT is(pg_temp.status('two'), 'cancelled in_hand 1', 'who is in a hand ends there');
SELECT is(pg_temp.fate(2), 1, 'later');
SELECT is(pg_temp.status('two'), 'cancelled cancelled 1', 'is never');
SELECT is(countersign.mailing_move('two', 'sending'), 'cancelled', 'for good');
SELECT pg_temp.put('three');
SELECT pg_temp.send('three', '{"who":"signed"}');
SELECT pg_temp.gather();
SELECT matches(pg_temp.claim(1), '^(cyd|gus)$', 'to those who have signed, by one');
UPDATE countersign.mailing_queue SET due_at = now() - interval '1 second' WHERE lease <> 0;
SELECT is(pg_temp.claim(), 'cyd gus', 'a lease that is over is somebody else''s');
SELECT countersign.mailing_move('three', 'cancelled');
UPDATE countersign.mailing_queue SET due_at = now() - interval '1 second' WHERE lease <> 0;
SELECT is(countersign.mailing_gather(10), 2, 'what a killed mailer had in hand of a cancelled one is tidied up');
SELECT is(pg_temp.status('three'), 'cancelled cancelled 2', 'and counted');

-- A rate, in one transaction's instant: what two seconds allow.
SELECT pg_temp.put('four');
SELECT pg_temp.send('four', '{"who":"all"}', 60);
SELECT pg_temp.gather();
SELECT is(array_length(string_to_array(pg_temp.claim(), ' '), 1), 2, 'sixty a minute are two in two seconds');
SELECT is(pg_temp.claim(), NULL, 'and no more');

-- A rate that rises with what has gone.
CREATE FUNCTION pg_temp.rate(a_warm_up integer, a_rate integer, a_sent bigint) RETURNS numeric LANGUAGE sql STABLE AS $$
    SELECT round(countersign.mailing_rate(jsonb_populate_record(NULL::countersign.mailing, jsonb_build_object(
               'warm_up', a_warm_up, 'rate', a_rate, 'sent', a_sent, 'started_at', now() - interval '9 days'))), 3)
$$;
SELECT is(pg_temp.rate(NULL, NULL, 0), NULL, 'without a rate there is none');
SELECT is(pg_temp.rate(NULL, 60, 0), 60.000, 'a rate stays');
SELECT is(pg_temp.rate(1440, NULL, 0), 0.693, 'who warms up begins slowly, however long ago that was asked for');
SELECT is(pg_temp.rate(1440, NULL, 1440), 1.386, 'and goes twice as fast when the first day''s have gone');
SELECT is(pg_temp.rate(1440, 60, 10000000), 60.000, 'up to the rate');
SELECT ok(pg_temp.rate(1000000, NULL, 1000000000) > 0, 'and no number is too large');
-- Six days by the minute.
CREATE TEMP TABLE days AS
WITH RECURSIVE sent(minute, n) AS (
    SELECT 0, 0::numeric
     UNION ALL
    SELECT s.minute + 1, s.n + countersign.mailing_rate(jsonb_populate_record(NULL::countersign.mailing, jsonb_build_object('warm_up', 100, 'sent', round(s.n))))
      FROM sent s WHERE s.minute < 6 * 1440)
SELECT minute / 1440 AS day, round(n - lag(n) OVER (ORDER BY minute)) AS n FROM sent WHERE minute % 1440 = 0;
SELECT is((SELECT string_agg(CASE WHEN abs(n - 100 * 2 ^ (day - 1)) < 3 * 2 ^ (day - 1) THEN 'twice' ELSE n::text END, ' ' ORDER BY day) FROM days WHERE day > 0),
          'twice twice twice twice twice twice', 'so many on the first day, twice as many on each day more');
SELECT pg_temp.put('warm');
SELECT countersign.mailing_send('warm', '{"who":"all"}', NULL, NULL, 10, 24, 100, false);
SELECT pg_temp.gather();
SELECT is(array_length(string_to_array(pg_temp.claim(), ' '), 1), 1, 'a hundred a day are one now');
SELECT is(pg_temp.claim(), NULL, 'and no more');
SELECT is((SELECT round(extract(epoch FROM paced_at - now()))::integer BETWEEN -1 AND 1 FROM countersign.mailing WHERE name = 'warm'), true, 'for a quarter of an hour');

-- What has nothing to send now holds up nobody: not who waits for their rate, nor who is not due.
SELECT pg_temp.put('ready');
SELECT pg_temp.send('ready', '{"who":"all"}');
SELECT pg_temp.gather();
UPDATE countersign.mailing SET claimed_at = CASE name WHEN 'ready' THEN now() ELSE '-infinity' END WHERE state = 'sending';
UPDATE countersign.mailing_queue q SET due_at = now() + interval '1 hour' FROM countersign.mailing m WHERE m.id = q.mailing_id AND m.name = 'four';
CREATE TEMP TABLE warm_claim AS SELECT pg_temp.claim() AS who;
SELECT is((SELECT DISTINCT m.name FROM hand h JOIN countersign.mailing m ON m.id = h.mailing), 'ready', 'whose turn it is has somebody to send to');
SELECT is((SELECT claimed_at FROM countersign.mailing WHERE name = 'warm'), '-infinity'::timestamptz, 'the others are not even written');
SELECT countersign.mailing_move('ready', 'cancelled'), countersign.mailing_move('warm', 'cancelled');

-- A pause: who was tried before it is given up later.
SELECT pg_temp.put('long');
SELECT pg_temp.send('long', '{"countries":["FR"],"who":"all"}');
SELECT pg_temp.gather();
SELECT is(pg_temp.claim(), 'hal joy', 'two are tried');
SELECT pg_temp.fate(2);
SELECT is(countersign.mailing_move('long', 'paused'), 'paused', 'a pause');
UPDATE countersign.mailing SET changed_at = now() - interval '9 days' WHERE name = 'long';
UPDATE countersign.mailing_queue q SET first_at = now() - interval '10 days' FROM countersign.mailing m WHERE m.id = q.mailing_id AND m.name = 'long';
SELECT is(countersign.mailing_move('long', 'paused'), 'paused', 'again: no new one');
SELECT is(countersign.mailing_move('long', 'sending'), 'sending', 'goes on');
SELECT is(pg_temp.claim(), 'hal joy', 'with both');
SELECT pg_temp.fate(6);
SELECT is(pg_temp.status('long'), 'sending later 2', 'whom nobody has given up for days on which nobody tried');
SELECT countersign.mailing_move('long', 'cancelled');

-- Each country's own morning.
SELECT is((SELECT count(*) FROM countersign.country_zone), 249::bigint, 'each country has a zone');
SELECT is((SELECT string_agg(zone, ' ' ORDER BY country) FROM countersign.country_zone WHERE country IN ('AU', 'BR', 'CA', 'RU', 'US')),
          'Australia/Sydney America/Sao_Paulo America/Toronto Europe/Moscow America/New_York', 'of several, that of its largest city');
SELECT pg_temp.import('{kei}', 'JP'), pg_temp.import('{lou}', 'US'), pg_temp.import('{max}', ''), pg_temp.import('{nan}', 'KI');
SELECT pg_temp.put('local');
SELECT countersign.mailing_send('local', '{"who":"all"}', '2126-01-15 09:00 Europe/Madrid', NULL, 10, 24, NULL, true);
SELECT is((SELECT send_at FROM countersign.mailing WHERE name = 'local'), '2126-01-14T19:00:00Z'::timestamptz, 'it begins where it is first nine');
UPDATE countersign.mailing SET send_at = now() WHERE name = 'local';
SELECT pg_temp.gather();
SELECT results_eq($$SELECT w, q.due_at FROM unnest('{kei,lou,max,nan}'::text[]) w, countersign.mailing_queue q, countersign.mailing m
                     WHERE m.name = 'local' AND q.mailing_id = m.id AND q.mailbox = test.h16(w) ORDER BY q.due_at$$,
                  $$VALUES ('nan', '2126-01-14T21:00:00Z'::timestamptz), ('kei', '2126-01-15T00:00:00Z'), ('max', '2126-01-15T08:00:00Z'), ('lou', '2126-01-15T14:00:00Z')$$,
                  'then by country; who has none has that of the zone that was named');
SELECT is(pg_temp.claim(), NULL, 'nobody before');
SELECT countersign.mailing_move('local', 'cancelled');
SELECT pg_temp.put('late');
SELECT is(countersign.mailing_send('late', '{"countries":["JP"]}', '2026-01-15 09:00 Europe/Madrid', NULL, 10, 24, NULL, true), 'time is past', 'what is past everywhere is a wrong time');
SELECT is(pg_temp.send('late', '{}', NULL, '2026-01-15 09:00 Europe/Madrid'), 'time is past', 'also without --local');
SELECT is(pg_temp.send('late', '{}', NULL, 'infinity'), 'time is past', 'and what is none');
SELECT is((SELECT state FROM countersign.mailing WHERE name = 'late'), 'draft', 'nothing is begun');
SELECT countersign.mailing_send('late', '{"countries":["JP"]}', to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI UTC'), NULL, 10, 24, NULL, true);
SELECT pg_temp.gather();
SELECT is((SELECT q.due_at FROM countersign.mailing_queue q JOIN countersign.mailing m ON m.id = q.mailing_id AND m.name = 'late'), now(), 'what is past there is now');
SELECT countersign.mailing_move('late', 'cancelled');
SELECT results_eq($$SELECT w.c, countersign.mailing_due(jsonb_populate_record(NULL::countersign.mailing, '{"decides_at":"2126-01-15T19:00:00Z","local_at":"2126-01-15T09:00:00Z",
                             "elsewhere_at":"2126-01-15T08:00:00Z"}'), w.c, 0::smallint) FROM unnest('{JP,DE,US,""}'::text[]) AS w(c)$$,
                  $$VALUES ('JP', '2126-01-16T00:00:00Z'::timestamptz), ('DE', '2126-01-16T08:00:00Z'), ('US', '2126-01-16T14:00:00Z'), ('', '2126-01-16T08:00:00Z')$$,
                  'the subject that did best is nobody''s before their own nine o''clock');

-- What readers say: by the key of their letter.
SELECT is((countersign.unsubscribe(ARRAY[(SELECT id FROM countersign.mailing WHERE name = 'four')], ARRAY[test.h16('fay') || '\x00000000000000000000000000000000'], '{client}'))[1],
          'p', 'one click ends the news');
SELECT is((SELECT state || off_why FROM countersign.subscriber WHERE mailbox = test.h16('fay')), 'offclient', 'of whose letter it is');
SELECT is((countersign.unsubscribe('{60000}', ARRAY[test.h16('joy') || '\x00000000000000000000000000000000'], '{client}'))[1], NULL, 'a letter that never was has no key');
SELECT is((SELECT known::text || changed FROM countersign.mail_returned((SELECT id FROM countersign.mailing WHERE name = 'four'), test.h16('joy'), 'complaint')),
          'truetrue', 'a complaint comes back');
SELECT is((SELECT why FROM countersign.mail_suppressed WHERE mailbox = test.h16('joy')), 'complained', 'and marks');
SELECT is((SELECT known::text || changed FROM countersign.mail_returned((SELECT id FROM countersign.mailing WHERE name = 'four'), test.h16('joy'), 'complaint')),
          'truefalse', 'D12 again: nothing new');
SELECT is((SELECT known FROM countersign.mail_returned((SELECT id FROM countersign.mailing WHERE name = 'four'), test.h16('nobody'), 'bounce')), false, 'an unknown key does nothing');

-- What they want of news, by the same key. Of ours: ann has bounced, bob is off, cyd is on.
CREATE FUNCTION pg_temp.key_set(a_letter text, a_who text[], a_frequency text DEFAULT NULL, a_topics text DEFAULT NULL) RETURNS text LANGUAGE sql VOLATILE AS $$
    SELECT string_agg(s.slug || ' ' || s.settings, ', ' ORDER BY s.n)
      FROM countersign.subscription_set((SELECT array_fill(m.id, ARRAY[cardinality(a_who)]) FROM countersign.mailing m WHERE m.name = a_letter),
               ARRAY(SELECT test.h16(w) || '\x00000000000000000000000000000000' FROM unnest(a_who) w),
               array_fill(a_frequency, ARRAY[cardinality(a_who)]), array_fill(a_topics, ARRAY[cardinality(a_who)])) s
$$;
SELECT is(pg_temp.key_set('one', '{cyd}'), 'p {"state": "on", "topics": null, "frequency": "every"}', 'who only looks changes nothing');
SELECT is(pg_temp.key_set('one', '{cyd}', 'weekly', '["buses"]'), 'p {"state": "on", "topics": ["buses"], "frequency": "weekly"}', 'how often, and about what');
SELECT is(pg_temp.key_set('one', '{cyd}', 'every', 'null'), 'p {"state": "on", "topics": null, "frequency": "every"}', 'and back');
SELECT is(pg_temp.key_set('one', '{bob,nobody,cyd}', 'weekly'), 'p {"state": "off", "topics": null, "frequency": null}, p {"state": "on", "topics": null, "frequency": "weekly"}',
          'nobody''s key is none, and who is off stays off');
SELECT test.sign('p', '{bob}', '{b9}', a_asks => '{bob}');
SELECT is(pg_temp.key_set('one', '{bob}', 'every'), 'p {"state": "off", "topics": null, "frequency": null}', 'also where somebody has asked for news in their name, which the link neither proves nor tells');
SELECT is(pg_temp.key_set('five', '{cyd}'), NULL, 'a letter that is not there has no key');
UPDATE countersign.mailing SET ended_at = now() - interval '91 days' WHERE name = 'one';
SELECT is(pg_temp.key_set('one', '{cyd}'), NULL, 'an old one does nothing but unsubscribe');
UPDATE countersign.mailing SET ended_at = now() WHERE name = 'one';
SELECT is((SELECT count(*) FROM countersign.subscription_set((SELECT ARRAY[m.id] FROM countersign.mailing m WHERE m.name = 'one'),
               ARRAY[test.h16('cyd') || '\x00000000000000000000000000000000'], '{every}', '{NULL}', '{1}', ARRAY[test.h16('cyd')], ARRAY[test.h16('r')], '{33}', '{"\\x01"}', '{1}', '{en}', '{en}', '{DE}', '{""}', '{t}')),
          0::bigint, 'nor does it agree to news in anybody''s name');
SELECT is(pg_temp.key_set('one', '{dan}', 'never'), 'p {"state": "off", "topics": null, "frequency": null}', 'none any more');
SELECT is((SELECT state || off_why FROM countersign.subscriber WHERE mailbox = test.h16('dan')), 'offpage', 'is for good');

-- The list, for who has its key.
SELECT is((SELECT string_agg(concat_ws(' ', pg_temp.who(mailbox), country, topics, frequency, source, wording), ', ' ORDER BY pg_temp.who(mailbox)) FROM countersign.reader WHERE country = 'FR'),
          'hal FR trains every a stall Yes, write to me', 'who is on, with the proof of it');
SELECT is((SELECT count(*) FROM countersign.reader), (SELECT count(*) FROM countersign.subscriber WHERE state = 'on'), 'each once, and nobody else');
SELECT test.sign('q', '{pam}', '{pm1}', a_asks => '{pam}');
SELECT test.confirm('{pm1}');
SELECT is((SELECT concat_ws(' ', slug, version, language, source) FROM countersign.reader WHERE mailbox = test.h16('pam')), 'q 1 en', 'of who ticked the box: which petition, which words');
SELECT is(countersign.subscriber_frequency('{new,on}', ARRAY[test.h16('pam'), test.h16('hal')], '{monthly,weekly}'), '{new,on}'::text[], 'who comes from elsewhere');
SELECT is((SELECT string_agg(frequency, ' ' ORDER BY frequency) FROM countersign.reader WHERE mailbox IN (test.h16('pam'), test.h16('hal'))), 'every monthly', 'wants as many as there; who was here, as many as here');

-- A restore.
SELECT pg_temp.put('five');
SELECT pg_temp.send('five');
SELECT countersign.restored(true);
SELECT is((SELECT state FROM countersign.mailing WHERE name = 'five'), 'paused', 'after a restore nobody is written to twice unasked');
SELECT countersign.mailing_move('five', 'cancelled');

-- To look at.
SELECT is(countersign.mailing_test_add('none', test.h16('x'), 33, '\x02'), false, 'a letter that is not there cannot be looked at');
SELECT is(countersign.mailing_test_add('one', test.h16('hal'), 33, '\x02'), true, 'one that is done can');
SELECT is(pg_temp.claim(), 'hal', 'it goes whatever the state');
SELECT is(pg_temp.fate(1), 1, 'and is gone');
SELECT is(pg_temp.status('one'), 'done bounced 1 refused 1 sent 2 signed 1 too_often 1 unsubscribed 1', 'counted nowhere');

-- One click. As the worker calls it.
CREATE FUNCTION pg_temp.click(a_mailing text, a_slug text, a_who text[], a_request text[], a_version integer DEFAULT 0, a_subject integer DEFAULT 1) RETURNS text LANGUAGE sql VOLATILE AS $$
    SELECT array_to_string(countersign.sign_by_letter(0::smallint, 5,
        array_fill(coalesce((SELECT id FROM countersign.mailing WHERE name = a_mailing), 60000), ARRAY[n]), array_fill(a_subject::smallint, ARRAY[n]), array_fill(test.id(a_slug), ARRAY[n]),
        ARRAY(SELECT test.h16(a_slug || w) FROM unnest(a_who) w), ARRAY(SELECT test.h16(w) FROM unnest(a_who) w),
        ARRAY(SELECT test.h16(r) FROM unnest(a_request) r), array_fill(1::smallint, ARRAY[n]), array_fill(a_version, ARRAY[n]),
        array_fill(11::bigint, ARRAY[n]), array_fill('\x02'::bytea, ARRAY[n]), array_fill(22::bigint, ARRAY[n]), array_fill('\x01'::bytea, ARRAY[n]),
        ARRAY(SELECT test.bucket(r) FROM unnest(a_request) r), ARRAY(SELECT test.h32(r) FROM unnest(a_request) r),
        array_fill(''::text, ARRAY[n]), array_fill(''::text, ARRAY[n]), array_fill(NULL::text, ARRAY[n]), array_fill(NULL::text, ARRAY[n]),
        array_fill(NULL::text, ARRAY[n]), array_fill(true, ARRAY[n])), ' ')
      FROM (SELECT cardinality(a_who) AS n) AS x
$$;
CREATE FUNCTION pg_temp.count(a_slug text) RETURNS bigint LANGUAGE sql STABLE AS
'SELECT coalesce(sum(n), 0)::bigint FROM countersign.tally WHERE petition_id = test.id($1)';
SELECT pg_temp.import('{kim,lea,mia}');
SELECT is(pg_temp.click('one', 'p', '{kim}', '{k1}'), '0', 'who clicks has signed');
SELECT is((SELECT state FROM countersign.signature WHERE petition_id = test.id('p') AND email_hash = test.h16('pkim')), 1::smallint, 'and counts at once');
SELECT is((SELECT kind FROM countersign.letter WHERE token_hash = test.h32('k1')), 2::smallint, 'the mailbox is thanked, so its holder knows');
SELECT is((SELECT petitions FROM countersign.subscriber WHERE mailbox = test.h16('kim')), ARRAY[test.id('p')], 'it is known to have signed');
CREATE TEMP TABLE counted AS SELECT pg_temp.count('p') AS n;
SELECT is(pg_temp.click('one', 'p', '{kim}', '{k1}'), '0', 'D12 the same request again is the same');
SELECT is(pg_temp.click('one', 'p', '{kim}', '{k2}'), '4', 'another click by the same link is none');
SELECT is(pg_temp.click('one', 'p', '{kim,lea}', '{k3,l1}'), '4 0', 'whoever else is in the batch');
SELECT is(pg_temp.click('one', 'p', '{mia,mia}', '{m1,m2}'), '0 4', 'twice in one batch is once');
SELECT is(pg_temp.count('p'), (SELECT n + 2 FROM counted), 'each counts once');
SELECT is(pg_temp.click('one', 'q', '{eve}', '{e1}'), '4', 'a link is of its petition');
SELECT is(pg_temp.click('never', 'p', '{eve}', '{e2}'), '4', 'of its letter');
SELECT is(pg_temp.click('one', 'p', '{nobody}', '{n1}'), '4', 'and of a mailbox that a letter went to');
UPDATE countersign.mailing SET ended_at = now() - interval '31 days' WHERE name = 'one';
SELECT is(pg_temp.click('one', 'p', '{eve}', '{e3}'), '4', 'it is over after a month');
UPDATE countersign.mailing SET ended_at = now() WHERE name = 'one';
SELECT is(pg_temp.click('one', 'p', '{eve}', '{e4}', 99), '2', 'where the text has changed nothing is done');
SELECT is((SELECT count(*) FROM countersign.mailing_signed WHERE mailbox = test.h16('eve')), 0::bigint, 'and the link is not used');
SELECT test.sign('p', '{eve}', '{e5}');
SELECT countersign.disavow(0::smallint, ARRAY[test.bucket('e5')], ARRAY[test.h32('e5')]);
SELECT is(pg_temp.click('one', 'p', '{eve}', '{e6}'), '4', 'who has said "this was not me" is not signed for by a link');
SELECT is((SELECT signed_by_link FROM countersign.mailing_status('one')), 3::bigint, 'each link is counted once');
SELECT test.sign('p', '{ned}', '{d1}');
SELECT countersign.disavow(0::smallint, ARRAY[test.bucket('d1')], ARRAY[test.h32('d1')]);
SELECT is(pg_temp.import('{ned}'), 'new', 'they may want news of other petitions');
SELECT pg_temp.put('again');
SELECT pg_temp.send('again');
SELECT pg_temp.gather();
SELECT is((SELECT count(*) FROM countersign.mailing_queue WHERE mailbox = test.h16('ned')), 0::bigint, 'but are not asked again to sign it');
INSERT INTO countersign.mailing_queue (mailing_id, mailbox, due_at) SELECT id, test.h16('ned'), now() FROM countersign.mailing WHERE name = 'again';
UPDATE countersign.mailing SET audience = audience + 1 WHERE name = 'again';
SELECT pg_temp.claim();
SELECT is((SELECT unsubscribed FROM countersign.mailing_status('again')), 1::bigint, 'though they said so while they waited');
SELECT countersign.mailing_move('again', 'cancelled');
SELECT countersign.subscriber_erase(ARRAY[test.h16('lea')]);
SELECT is(pg_temp.click('one', 'p', '{lea}', '{l9}'), '4', 'no link brings back who has erased themselves');
UPDATE countersign.mailing SET ended_at = now() - interval '61 days' WHERE name = 'one';
SELECT pg_temp.gather();
SELECT is((SELECT count(*) FROM countersign.mailing_signed), 0::bigint, 'after two months nobody''s link is known');
SELECT is((SELECT signed_by_link FROM countersign.mailing_status('one')), 3::bigint, 'and how many signed by one still is');
UPDATE countersign.mailing SET ended_at = now() WHERE name = 'one';
SELECT test.sign('p', '{nia}', '{q1}');
SELECT pg_temp.import('{nia}');
INSERT INTO countersign.letter_quota (since, n, granted, mailbox) VALUES (now(), 5, 0, test.h16('nia'))
    ON CONFLICT (mailbox) DO UPDATE SET since = now(), n = 5;
SELECT is(pg_temp.click('one', 'p', '{nia}', '{q2}'), '0', 'who had not confirmed clicks');
SELECT is((SELECT state FROM countersign.signature WHERE petition_id = test.id('p') AND email_hash = test.h16('pnia')), 1::smallint,
          'and counts, though strangers have used up what the mailbox gets in a day');

-- Who wants few, and has had none yet; a petition that is closed meanwhile.
SELECT pg_temp.import('{zoe}', 'ZZ');
UPDATE countersign.subscriber SET frequency = 'weekly', chosen = true WHERE mailbox = test.h16('zoe');
SELECT pg_temp.put('six');
SELECT is(pg_temp.send('six', '{"countries":["ZZ"]}'), 'sending', 'a letter for some');
SELECT pg_temp.gather();
SELECT is((SELECT audience FROM countersign.mailing_status('six')), 1::bigint, 'who wants one a week gets the first');
SELECT pg_temp.put('eight');
SELECT pg_temp.send('eight', '{"countries":["ZZ"]}');
SELECT pg_temp.gather();
SELECT countersign.petition_state('p', 'closed');
SELECT pg_temp.claim();
SELECT is((SELECT count(*) FROM hand), 0::bigint, 'nobody is asked to sign what is closed');
SELECT is(pg_temp.status('six'), 'sending owed 1', 'who waits goes on waiting');
SELECT pg_temp.put('seven');
SELECT is(pg_temp.send('seven'), 'petition not open', 'and no letter is begun');
SELECT countersign.petition_state('p', 'open');
UPDATE countersign.petition SET closes_at = now() - interval '1 second' WHERE slug = 'p';
SELECT is(pg_temp.send('seven'), 'petition not open', 'nor when its time is over');
UPDATE countersign.petition SET closes_at = NULL WHERE slug = 'p';
SELECT pg_temp.claim();
SELECT is((SELECT count(*) FROM hand), 1::bigint, 'it goes on when it is open again');
SELECT pg_temp.claim();
SELECT is((SELECT count(*) FROM hand), 0::bigint, 'another letter is one too many, though the first has not gone yet');
SELECT is((SELECT sum(too_often)::bigint FROM countersign.mailing_status(NULL)
            WHERE name IN ('six', 'eight')), 1::bigint, 'and is told as that');

-- Several subjects: some get one by turns, one moment decides, the others get the best.
CREATE FUNCTION pg_temp.many(a_from integer, a_to integer, a_country text) RETURNS bigint LANGUAGE sql VOLATILE AS $$
    SELECT count(pg_temp.import(ARRAY['trier' || i], a_country)) FROM generate_series(a_from, a_to) i
$$;
CREATE FUNCTION pg_temp.try(a_name text, a_country text, a_trial integer DEFAULT 10) RETURNS void LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    PERFORM countersign.mailing_put(jsonb_build_object('name', a_name, 'petition', 'p', 'language', 'en', 'sender', '', 'office', '',
        'facebook_url', '', 'twitter_url', '', 'preview', '', 'tag_line', '', 'headline', '', 'friend', '', 'letter', 'L', 'letter_html', '', 'letter_text', '',
        'signature', '', 'subject', 'A', 'other_subjects', '["B","C"]'::jsonb,
        'translations', '{"es":{"subject":"D","other_subjects":["E","F"],"preview":"","tag_line":"","headline":"","friend":"","letter":"","letter_html":"","letter_text":"","signature":""}}'::jsonb));
    PERFORM countersign.mailing_send(a_name, jsonb_build_object('countries', jsonb_build_array(a_country)), NULL, NULL, a_trial, 24, NULL, false);
    PERFORM pg_temp.gather(7);
END
$$;
CREATE TEMP TABLE try_hand (mailing integer, mailbox bytea, lease bigint, subject smallint);
-- Claims and sends all that is due of one; how many got which.
CREATE FUNCTION pg_temp.try_send(a_name text) RETURNS text LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    v_told text;
BEGIN
    DELETE FROM try_hand;
    FOR i IN 1 .. 8 LOOP
        INSERT INTO try_hand SELECT c.mailing_id, c.mailbox, c.lease, c.subject FROM countersign.mailing_claim(test.h32('mailer'), 50, 60) c;
    END LOOP;
    v_told := (SELECT string_agg(t.subject || '*' || t.n, ' ' ORDER BY t.subject)
                 FROM (SELECT h.subject, count(*) AS n FROM try_hand h JOIN countersign.mailing m ON m.id = h.mailing AND m.name = a_name GROUP BY 1) t);
    PERFORM countersign.mailing_fate(array_agg(h.mailing), array_agg(h.mailbox), array_agg(h.lease), array_agg(1::smallint), array_agg(0), 4) FROM try_hand h;
    PERFORM countersign.mailing_fate(array_agg(h.mailing), array_agg(h.mailbox), array_agg(h.lease), array_agg(1::smallint), array_agg(0), 4) FROM try_hand h;
    RETURN v_told;
END
$$;
CREATE FUNCTION pg_temp.moment(a_name text) RETURNS void LANGUAGE sql VOLATILE AS $$
    UPDATE countersign.mailing_queue q SET due_at = now() FROM countersign.mailing m WHERE m.name = a_name AND q.mailing_id = m.id AND q.due_at = m.decides_at;
    UPDATE countersign.mailing m SET decides_at = now() WHERE m.name = a_name
$$;
CREATE FUNCTION pg_temp.subjects(a_name text) RETURNS text LANGUAGE sql VOLATILE AS $$
    SELECT string_agg((u ->> 'subject') || ' ' || (u ->> 'sent') || ' ' || (u ->> 'signed_by_link') || CASE u ->> 'chosen' WHEN 'true' THEN ' chosen' ELSE '' END, ', ')
           || coalesce(' of ' || (m.verdict)::text, '')
      FROM countersign.mailing_status(a_name) s JOIN countersign.mailing m ON m.name = s.name CROSS JOIN json_array_elements(s.subjects) u GROUP BY m.verdict
$$;
SELECT pg_temp.many(1, 60, 'T1');
SELECT pg_temp.try('trial', 'T1');
SELECT is((SELECT string_agg(t.subject, '|' ORDER BY t.language) FROM countersign.mailing_text t JOIN countersign.mailing m ON m.id = t.mailing_id WHERE m.name = 'trial'),
          E'A\nB\nC|D\nE\nF', 'subjects stand one a line, in each language');
SELECT is((SELECT decides_at FROM countersign.mailing_status('trial')), now() + interval '24 hours', 'the moment is known from the beginning');
SELECT is(pg_temp.try_send('trial'), '1*2 2*2 3*2', 'ten of a hundred get one of them by turns');
SELECT is(pg_temp.try_send('trial'), NULL, 'and nobody else before the moment');
SELECT is(pg_temp.status('trial'), 'sending owed 54 sent 6', 'they wait');
SELECT is(pg_temp.subjects('trial'), 'A 2 0, B 2 0, C 2 0', 'each is told');
SELECT is(pg_temp.click('trial', 'p', '{trier1,trier2}', '{t1,t2}', 0, 2), '0 0', 'two sign by the second');
SELECT is(pg_temp.click('trial', 'p', '{trier1,trier2}', '{t1,t2}', 0, 2), '0 0', 'D12 the same requests again');
SELECT is(pg_temp.click('trial', 'p', '{trier3}', '{t3}', 0, 3), '0', 'one by the third');
SELECT is(pg_temp.try_send('trial'), NULL, 'a lead decides nothing');
SELECT pg_temp.moment('trial');
SELECT matches(pg_temp.try_send('trial'), '^2[*]5[1-4]$', 'at the moment the others get the second');
SELECT matches(pg_temp.subjects('trial'), '^A 2 0, B 5[0-9] 2 chosen, C 2 1 of .*"sent": 2, "signed": 2.*"sent": 2, "signed": 1', 'what was known then is kept');
CREATE TEMP TABLE decided AS SELECT decided_at, verdict FROM countersign.mailing WHERE name = 'trial';
SELECT pg_temp.click('trial', 'p', '{trier4,trier5,trier6,trier7,trier8}', '{t4,t5,t6,t7,t8}', 0, 3);
SELECT is(pg_temp.try_send('trial'), NULL, 'nobody is left');
SELECT matches(pg_temp.status('trial'), '^done sent (60|5[0-9] signed [1-3])$', 'and it adds up');
SELECT results_eq('SELECT decided_at, verdict FROM countersign.mailing WHERE name = ''trial''', 'SELECT * FROM decided', 'it is decided once');
SELECT pg_temp.many(101, 107, 'T2');
SELECT pg_temp.try('equal', 'T2', 50);
SELECT is(pg_temp.try_send('equal'), '1*2 2*1 3*1', 'half of them, though gathered in steps');
SELECT pg_temp.moment('equal');
SELECT is(pg_temp.try_send('equal'), '1*3', 'where nobody has signed it is the first');
SELECT pg_temp.many(201, 204, 'T3');
SELECT pg_temp.try('share', 'T3', 100);
SELECT is(pg_temp.try_send('share'), '1*2 2*1 3*1', 'all of them: nobody waits');
SELECT pg_temp.many(301, 302, 'T4');
SELECT pg_temp.try('few', 'T4', 1);
SELECT is(pg_temp.try_send('few'), '1*1', 'one at least');
SELECT is(countersign.mailing_move('few', 'paused'), 'paused', 'a pause over the moment');
SELECT pg_temp.moment('few');
SELECT is(pg_temp.try_send('few'), NULL, 'decides nothing');
SELECT countersign.mailing_move('few', 'sending');
SELECT is(pg_temp.try_send('few'), '1*1', 'it is decided when it goes on');
SELECT is((SELECT s.subjects::text || coalesce(s.decides_at::text, '') FROM countersign.mailing_status('one') s), NULL, 'a letter with one subject has nothing of this');

-- A large list that is cancelled goes in steps.
SELECT pg_temp.send('seven');
SELECT pg_temp.gather();
INSERT INTO countersign.mailing_queue (mailing_id, mailbox, due_at)
SELECT m.id, test.h16('many' || i), now() + interval '1 hour' FROM countersign.mailing m, generate_series(1, 10100) i WHERE m.name = 'seven';
UPDATE countersign.mailing SET audience = audience + 10100 WHERE name = 'seven';
SELECT is(countersign.mailing_move('seven', 'cancelled'), 'cancelled', 'a long list is cancelled');
SELECT matches(pg_temp.status('seven'), '^cancelled cancelled 10000 owed 1[0-9][0-9]$', 'a part at once');
SELECT pg_temp.gather(60);
SELECT matches(pg_temp.status('seven'), '^cancelled cancelled 101[0-9][0-9]$', 'the rest in steps, due or not');

-- Who has said "no more mail" in a letter about a signature is no newcomer.
SELECT test.sign('p', '{ute}', '{u1}');
SELECT countersign.unsubscribe(ARRAY[test.bucket('u1')], ARRAY[test.h32('u1')], '{client}');
SELECT is(pg_temp.import('{ute,uli,uli}'), 'off new on', 'nor is who stands twice in a file');
SELECT is((SELECT count(*) FROM countersign.audit(NULL) WHERE NOT equal), 0::bigint, 'and the tally is the table');
SELECT * FROM finish();
ROLLBACK;
