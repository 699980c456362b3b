-- News: asked for when signing, on when the mailbox is proven, off for good; nothing by an address alone.
BEGIN;
SELECT no_plan();
SELECT test.petition('p', 'email', '{"tags":["buses","night"]}');
SELECT test.petition('q', 'email', '{"tags":["trains"]}');
SELECT test.petition('none', 'none', '{"tags":["trees"]}');

CREATE FUNCTION pg_temp.news(a_who text) RETURNS text LANGUAGE sql VOLATILE
RETURN countersign.subscription_of(test.h16(a_who)) ->> 'state';
CREATE FUNCTION pg_temp.topics(a_who text) RETURNS text LANGUAGE sql VOLATILE
RETURN (SELECT array_to_string(topics, ' ') FROM countersign.subscriber WHERE mailbox = test.h16(a_who));
CREATE FUNCTION pg_temp.petitions(a_who text) RETURNS text LANGUAGE sql VOLATILE
RETURN (SELECT string_agg(p.slug, ' ' ORDER BY p.slug) FROM countersign.subscriber s JOIN countersign.petition p
    ON p.id = ANY (s.petitions) WHERE s.mailbox = test.h16(a_who));
CREATE FUNCTION pg_temp.rows(a_query text) RETURNS text LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    v text;
BEGIN
    EXECUTE format('SELECT string_agg(t::text, '' '' ORDER BY t::text) FROM (%s) AS t', a_query) INTO v;
    RETURN v;
END
$$;
-- As the worker calls them.
CREATE FUNCTION pg_temp.settings(a_request text, a_frequency text, a_topics text DEFAULT NULL) RETURNS text LANGUAGE sql VOLATILE
RETURN (SELECT settings FROM countersign.subscription_set(ARRAY[test.bucket(a_request)], ARRAY[test.h32(a_request)], ARRAY[a_frequency], ARRAY[a_topics]));
CREATE FUNCTION pg_temp.unsubscribe(a_request text, a_why text DEFAULT 'client') RETURNS text LANGUAGE sql VOLATILE
RETURN (countersign.unsubscribe(ARRAY[test.bucket(a_request)], ARRAY[test.h32(a_request)], ARRAY[a_why]))[1];

-- Asked, then on.
SELECT test.sign('p', '{ann,bob,cyd}', '{a1,b1,c1}', a_country => '{DE,DE,DE}', a_region => '{DE-BE,DE-BE,DE-BE}', a_asks => '{ann,cyd}');
SELECT is(pg_temp.news('ann'), 'asked', 'who ticks has asked');
SELECT is(pg_temp.news('bob'), 'none', 'who does not has not');
SELECT is(pg_temp.rows($$SELECT wording, language, text_version, request_id, proven_at IS NULL, country, region, locale FROM countersign.subscription WHERE mailbox = test.h16('ann')$$),
          pg_temp.rows($$VALUES (1::smallint, 'en', 1, test.h16('a1'), true, 'DE', 'DE-BE', 'en-GB')$$), 'the proof: wording, text, request, time');
SELECT is((SELECT count(*) FROM countersign.subscriber), 0::bigint, 'and is nobody''s subscriber yet');
CREATE TEMP TABLE was AS SELECT test.digest() AS digest;
SELECT test.sign('p', '{ann,bob,cyd}', '{a1,b1,c1}', a_asks => '{ann,cyd}');
SELECT is(test.digest(), (SELECT digest FROM was), 'D12 the same batch again does nothing');
SELECT test.confirm('{a1,b1}');
SELECT is(pg_temp.rows($$SELECT state, frequency, country, region, locale, convert_from(sealed, 'UTF8'), epoch, on_at IS NOT NULL, off_why FROM countersign.subscriber$$),
          pg_temp.rows($$VALUES ('on', 'every', 'DE', 'DE-BE', 'en-GB', 'sealed', 33::bigint, true, NULL::text)$$), 'confirming turns on what its letter''s request asked for');
SELECT is(pg_temp.topics('ann') || '|' || pg_temp.petitions('ann'), 'buses night|p', 'its topics are the petition''s tags');
SELECT is(pg_temp.rows($$SELECT proven_at IS NOT NULL, sealed IS NULL, country FROM countersign.subscription WHERE mailbox = test.h16('ann')$$),
          pg_temp.rows($$VALUES (true, true, '')$$), 'the proof stays, the envelope is in one place');
UPDATE was SET digest = test.digest();
SELECT test.sign('p', '{ann}', '{a1}', a_asks => '{ann}');
SELECT test.confirm('{a1}');
SELECT is(test.digest(), (SELECT digest FROM was), 'D12 neither request again does anything');

-- A stranger types the address.
SELECT test.sign('q', '{ann}', '{stranger1}', a_asks => '{ann}', a_sealed => 'fool', a_country => '{FR}');
SELECT is((SELECT convert_from(sealed, 'UTF8') || country FROM countersign.subscriber WHERE mailbox = test.h16('ann')), 'sealedDE', 'I11 asking changes nothing that is on');
SELECT is(pg_temp.news('ann'), 'on', 'and its holder sees that it is on');
SELECT test.confirm('{b1}');
SELECT test.sign('p', '{bob}', '{stranger2}', a_asks => '{bob}');
SELECT test.confirm('{b1}');
SELECT is(pg_temp.news('bob'), 'asked', 'a stranger''s tick is not turned on by the letter of who had signed without');
SELECT is((countersign.unsubscribe(ARRAY[test.bucket('a1')], ARRAY[substring(test.h32('a1') FROM 1 FOR 16) || decode(repeat('00', 16), 'hex')], '{client}'))[1],
          'p', 'one click, by half of the hash');
SELECT is((countersign.unsubscribe(ARRAY[test.bucket('a1')], ARRAY[substring(test.h32('a1') FROM 1 FOR 15) || decode(repeat('00', 17), 'hex')], '{client}'))[1],
          NULL, 'no less will do');
SELECT is(pg_temp.unsubscribe('a1'), 'p', 'and by all of it, as in earlier letters');
SELECT is(pg_temp.rows($$SELECT state, off_why, sealed, epoch, country, topics, petitions FROM countersign.subscriber WHERE mailbox = test.h16('ann')$$),
          pg_temp.rows($$VALUES ('off', 'client', NULL::bytea, NULL::bigint, '', NULL::text[], '{}'::integer[])$$), 'turns off and shreds');
SELECT is((SELECT count(*) FROM countersign.subscription WHERE mailbox = test.h16('ann') AND proven_at IS NULL), 0::bigint, 'what was only asked for goes too');
SELECT test.sign('q', '{ann}', '{stranger3}', a_asks => '{ann}');
SELECT is((SELECT state FROM countersign.subscriber WHERE mailbox = test.h16('ann')), 'off', 'I11 and asking does not turn it on again');
SELECT test.confirm('{a1}');
SELECT is((SELECT state FROM countersign.subscriber WHERE mailbox = test.h16('ann')), 'off', 'nor does the old letter');
SELECT test.confirm('{stranger3}');
SELECT is((SELECT state || coalesce(off_why, '') || convert_from(sealed, 'UTF8') FROM countersign.subscriber WHERE mailbox = test.h16('ann')), 'onsealed', 'only the letter that asks about it does');
SELECT is(pg_temp.topics('ann'), 'trains', 'and its topics begin anew');

-- Topics and petitions add up.
SELECT test.sign('p', '{dan}', '{d1}', a_asks => '{dan}'), test.sign('q', '{dan}', '{d2}', a_asks => '{dan}');
SELECT test.confirm('{d1,d2}');
SELECT is(pg_temp.topics('dan') || '|' || pg_temp.petitions('dan'), 'buses night trains|p q', 'two petitions in one batch');
SELECT test.sign('q', '{eve}', '{e1}', a_asks => '{eve}'), test.sign('p', '{eve}', '{e2}');
SELECT test.confirm('{e1}');
SELECT test.confirm('{e2}');
SELECT is(pg_temp.topics('eve') || '|' || pg_temp.petitions('eve'), 'trains|p q', 'another petition without the tick: known to have signed, no new topic');
SELECT test.withdraw('{e2}');
SELECT is(pg_temp.petitions('eve'), 'q', 'taken back');
SELECT test.withdraw('{e1}');
SELECT is(pg_temp.news('eve'), 'on', 'and the news stay: they were a choice of their own');

-- Without confirmation.
SELECT test.sign('none', '{fay}', '{f1}', a_asks => '{fay}');
SELECT is(test.state('none', 'fay') || pg_temp.news('fay'), '1asked', 'counted at once, and asked only');
SELECT is(pg_temp.settings('f1', 'weekly')::jsonb, '{"state":"on","frequency":"weekly","topics":["trees"]}', 'the letter''s token turns it on');
SELECT is(pg_temp.petitions('fay'), 'none', 'with its petition');

-- Settings.
SELECT is(pg_temp.settings('f1', NULL, '["buses","trains"]')::jsonb, '{"state":"on","frequency":"weekly","topics":["buses","trains"]}', 'topics alone');
SELECT is(pg_temp.settings('f1', 'monthly', 'null')::jsonb, '{"state":"on","frequency":"monthly","topics":null}', 'all topics');
SELECT test.sign('p', '{fay}', '{f2}', a_asks => '{fay}');
SELECT test.confirm('{f2}');
SELECT is(pg_temp.settings('f2', NULL)::jsonb, '{"state":"on","frequency":"monthly","topics":null}', 'a choice is not undone by another petition; asking changes nothing');
SELECT is(pg_temp.settings('f1', 'never')::jsonb, '{"state":"off","frequency":null,"topics":null}', 'off');
SELECT is((SELECT off_why || (sealed IS NULL) FROM countersign.subscriber WHERE mailbox = test.h16('fay')), 'pagetrue', 'by the page, shredded');
SELECT is(pg_temp.settings('f1', 'weekly')::jsonb ->> 'state', 'off', 'nothing is left to turn on');
SELECT is(pg_temp.settings('f1', 'never'), pg_temp.settings('f1', 'never'), 'twice is once');
SELECT is(pg_temp.settings('nobody', 'weekly'), NULL, 'I14 a wrong token: no row');
SELECT is(pg_temp.settings('b1', 'every')::jsonb ->> 'state', 'on', 'whoever holds a letter of the mailbox may turn on what was asked for');
SELECT is(pg_temp.settings('c1', NULL, '["buses"]')::jsonb, '{"state":"asked","frequency":null,"topics":null}', 'topics alone turn nothing on');
SELECT countersign.invalidate(0::smallint, 'p', ARRAY[test.sid('p', 'cyd')], 'why');
SELECT is(pg_temp.settings('c1', 'every'), NULL, 'I17 an invalidated signature''s token is none');
SELECT is(pg_temp.unsubscribe('c1', 'page'), 'p', 'but unsubscribes all the same');
SELECT is(pg_temp.news('cyd'), 'none', 'which ends what was asked for');

-- An opt-in by token, on the own page.
CREATE FUNCTION pg_temp.agree(a_request text, a_who text, a_id text, a_frequency text DEFAULT NULL, a_epoch bigint DEFAULT 33, a_mailable boolean DEFAULT true)
RETURNS text LANGUAGE sql VOLATILE
RETURN (SELECT settings::jsonb ->> 'state' FROM countersign.subscription_set(ARRAY[test.bucket('nobody'), test.bucket(a_request)],
    ARRAY[test.h32('nobody'), test.h32(a_request)], ARRAY[NULL, a_frequency], '{NULL,NULL}', '{2}', ARRAY[test.h16(a_who)], ARRAY[test.h16(a_id)],
    ARRAY[a_epoch], ARRAY[convert_to(a_id, 'UTF8')], '{1}', '{de}', '{NULL}', '{DE}', '{DE-BE}', ARRAY[a_mailable]));
SELECT test.sign('p', '{oda,ola}', '{o1,o2}');
SELECT is(pg_temp.agree('o1', 'ola', 'id0'), NULL, 'I14 to somebody else''s mailbox: as a wrong token');
SELECT is(pg_temp.agree('o1', 'oda', 'id0', a_mailable => false), 'none', 'an address that is never mailed: nothing begins');
SELECT is(pg_temp.agree('o1', 'oda', 'id0', 'never'), 'none', 'none is none');
SELECT throws_ok($$SELECT pg_temp.agree('o1', 'oda', 'id0', a_epoch => 99)$$, 'CS001', NULL, 'D9 an epoch that this database does not know: refused');
SELECT is(pg_temp.agree('o1', 'oda', 'id1', 'weekly'), 'on', 'the token proves the mailbox: on at once');
SELECT is(pg_temp.rows($$SELECT wording, language, text_version, request_id, proven_at = asked_at, sealed, token_hash FROM countersign.subscription WHERE mailbox = test.h16('oda')$$),
          pg_temp.rows($$VALUES (1::smallint, 'de', 1, test.h16('id1'), true, NULL::bytea, test.h32('o1'))$$), 'the proof: wording, text, request, time, token');
SELECT is((SELECT country || frequency || locale || convert_from(sealed, 'UTF8') || epoch FROM countersign.subscriber WHERE mailbox = test.h16('oda')), 'DEweeklyid133', 'what letters need');
SELECT is(pg_temp.topics('oda') || '|' || pg_temp.petitions('oda'), 'buses night|p', 'the topics of its petition');
SELECT is(pg_temp.agree('o1', 'oda', 'id2'), 'on', 'who is on stays as they are');
SELECT is((SELECT convert_from(sealed, 'UTF8') FROM countersign.subscriber WHERE mailbox = test.h16('oda')), 'id1', 'with the first envelope');
SELECT pg_temp.settings('o1', 'never');
SELECT is(pg_temp.agree('o1', 'oda', 'id1'), 'off', 'C1 the same request again, late: nothing');
SELECT is(pg_temp.agree('o1', 'oda', 'id3'), 'on', 'another one: on again');
SELECT is((SELECT count(*) FROM countersign.subscription WHERE mailbox = test.h16('oda')), 2::bigint, 'with a proof of its own');
SELECT is(test.state('p', 'oda')::text, '0', 'and no signature is confirmed by it');
INSERT INTO countersign.mail_suppressed (mailbox, why) VALUES (test.h16('ola'), 'complained');
SELECT is(pg_temp.agree('o2', 'ola', 'id4'), 'none', 'who gets no letter of anything gets no news');

-- No letter, no ask.
SELECT test.sign('p', '{gus}', '{g1}', a_mailable => '{f}', a_asks => '{gus}'), test.sign('p', '{hal}', '{h1}', a_limit => 0, a_asks => '{hal}');
SELECT is(pg_temp.news('gus') || pg_temp.news('hal'), 'nonenone', 'who gets no letter cannot prove anything');

-- This was not me; erasing.
SELECT test.sign('p', '{ida,jon}', '{i1,j1}', a_asks => '{ida,jon}'), test.sign('q', '{jon}', '{j2}', a_asks => '{jon}');
SELECT test.confirm('{i1,j1,j2}');
SELECT countersign.disavow(0::smallint, ARRAY[test.bucket('i1'), test.bucket('j1')], ARRAY[test.h32('i1'), test.h32('j1')]);
SELECT is(pg_temp.news('ida') || ' ' || pg_temp.news('jon'), 'off on', '"this was not me" ends the news, unless another petition brought them too');
SELECT is(pg_temp.petitions('jon'), 'q', 'which is all that is left');
SELECT test.sign('p', '{kim,lou,mia}', '{k1,l1,m1}', a_asks => '{kim,lou,mia}');
SELECT test.confirm('{k1,l1}');
SELECT countersign.own_erase(0::smallint, ARRAY[test.bucket('k1')], ARRAY[test.h32('k1')]);
SELECT countersign.own_erase(0::smallint, ARRAY[test.bucket('m1')], ARRAY[test.h32('m1')]);
SELECT countersign.erase(0::smallint, ARRAY[test.id('p')], ARRAY[test.h16('plou')], ARRAY[test.h16('lou')]);
SELECT is(pg_temp.rows($$SELECT state, off_why, sealed, on_at, petitions FROM countersign.subscriber WHERE mailbox IN (test.h16('kim'), test.h16('lou'))$$),
          pg_temp.rows($$SELECT 'off', 'erased', NULL::bytea, NULL::timestamptz, '{}'::integer[] FROM generate_series(1, 2)$$), 'erased: a marker that it is off');
SELECT is((SELECT count(*) FROM countersign.subscription WHERE mailbox IN (test.h16('kim'), test.h16('lou'), test.h16('mia'))), 0::bigint, 'and nothing else');
SELECT is(pg_temp.news('mia'), 'none', 'who had only asked leaves no marker');

-- What comes back by mail ends the news as well.
SELECT test.sign('p', '{nel,nik,noa}', '{nl1,nk1,no1}', a_asks => '{nel,nik,noa}');
SELECT test.confirm('{nl1,nk1,no1}');
SELECT countersign.mail_returned(test.bucket(r), substring(test.h32(r) FROM 1 FOR 16), w) FROM unnest('{nl1,nk1,no1}'::text[], '{bounce,complaint,unsubscribe}'::text[]) AS x(r, w);
SELECT is((SELECT string_agg(state || ' ' || off_why || ' ' || (sealed IS NULL), ', ' ORDER BY off_why) FROM countersign.subscriber
            WHERE mailbox IN (test.h16('nel'), test.h16('nik'), test.h16('noa'))), 'off bounced true, off complaint true, off mail true', 'bounced, complained, unsubscribed by mail: off, and shredded');

-- Epochs.
CREATE FUNCTION pg_temp.ask(a_epoch bigint) RETURNS text LANGUAGE sql VOLATILE
RETURN (SELECT countersign.sign(0::smallint, 5, ARRAY[test.id('p')], ARRAY[test.h16('ep')], ARRAY[test.h16('ep')], ARRAY[test.h16('ep')],
    '{1}', '{0}', '{11}', ARRAY['\x00'::bytea], '{22}', ARRAY['\x00'::bytea], '{1}', ARRAY[test.h32('ep')], '{}', '{}', '{}', '{}', '{}',
    '{t}', '{1}', ARRAY[a_epoch], ARRAY['\x00'::bytea], '{1}', '{en}', '{NULL}')::text);
SELECT throws_ok('SELECT pg_temp.ask(99)', 'CS001', NULL, 'D9 an epoch that this database does not know: refused');
SELECT is(pg_temp.ask(33), '{0}', 'one that it knows: taken');
SELECT is(pg_temp.news('ep'), 'asked', 'with the whole signing');

-- Counts.
SELECT test.sign('p', '{pia}', '{pia1}', a_asks => '{pia}');
SELECT is((SELECT string_agg(concat_ws(' ', state, topic, n), ', ' ORDER BY state, topic NULLS FIRST) FROM countersign.subscriber_counts() WHERE topic IS NULL),
          (SELECT 'asked 2, off ' || count(*) FILTER (WHERE state = 'off') || ', on ' || count(*) FILTER (WHERE state = 'on') FROM countersign.subscriber),
          'counts by state');
SELECT is((SELECT n FROM countersign.subscriber_counts() WHERE state = 'on' AND topic = 'trains'),
          (SELECT count(*) FROM countersign.subscriber WHERE 'trains' = ANY (topics)), 'counts by topic');

-- Sweeping.
SELECT test.sign('p', '{nan,oda}', '{n1,o1}', a_asks => '{nan,oda}');
SELECT test.confirm('{o1}');
UPDATE countersign.subscription SET asked_at = now() - interval '31 days' WHERE mailbox IN (test.h16('nan'), test.h16('oda'));
SELECT countersign.mail_sweep(1000, 100, 60, 30);
SELECT is(pg_temp.news('nan') || ' ' || pg_temp.news('oda'), 'none on', 'unproven for 30 days: gone; proven: stays');
UPDATE countersign.epoch SET created_at = now() - interval '4 days';
INSERT INTO countersign.epoch VALUES (44, 'subscriber', now() - interval '4 days'), (45, 'subscriber', now());
SELECT countersign.subscriber_sweep_epochs();
SELECT countersign.mail_sweep_epochs();
SELECT is((SELECT string_agg(id::text, ' ' ORDER BY id) FROM countersign.epoch WHERE purpose = 'subscriber'), '33 45', 'a key goes when it seals nobody, and no sooner');
SELECT throws_ok($$UPDATE countersign.subscriber SET state = 'on' WHERE state = 'off'$$, '23514', NULL, 'nobody is on without an envelope');
SELECT ok(test.equal(), 'table and tally are equal');
SELECT * FROM finish();
ROLLBACK;
