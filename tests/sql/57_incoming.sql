-- What comes back by mail: marks, unsubscribing, the policy of a petition where nothing is confirmed; and the review of disavowals.
BEGIN;
SELECT no_plan();
SELECT test.petition('n', 'none', '{"comments":"shown"}'), test.petition('k', 'none', '{"undeliverable":"keep"}'), test.petition('e');

-- As the mailer, with the key that stands in a return address.
CREATE FUNCTION pg_temp.returned(a_request text, a_what text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE v record;
BEGIN
    SET LOCAL ROLE countersign_mailer;
    SELECT * INTO v FROM countersign.mail_returned(test.bucket(a_request), substring(test.h32(a_request) FROM 1 FOR 16), a_what);
    RESET ROLE;
    RETURN concat_ws(' ', CASE WHEN v.known THEN 'known' END, CASE WHEN v.changed THEN 'changed' END, CASE WHEN v.uncounted THEN 'uncounted' END);
END
$$;
CREATE FUNCTION pg_temp.mark(a_who text) RETURNS text LANGUAGE sql AS $$SELECT why FROM countersign.mail_suppressed WHERE mailbox = test.h16(a_who)$$;
-- test.state() would see what the statement that calls it began with.
CREATE FUNCTION pg_temp.state(a_slug text, a_who text) RETURNS integer LANGUAGE plpgsql VOLATILE AS
$$BEGIN RETURN (SELECT state FROM countersign.signature WHERE petition_id = test.id(a_slug) AND email_hash = test.h16(a_slug || a_who)); END$$;
CREATE FUNCTION pg_temp.put_back(a_slug text, a_who text) RETURNS boolean LANGUAGE sql AS
$$SELECT changed FROM countersign.invalidate_undo(1::smallint, a_slug, ARRAY[test.sid(a_slug, a_who)], NULL)$$;
CREATE FUNCTION pg_temp.queue(a_slug text) RETURNS void LANGUAGE sql AS
$$INSERT INTO countersign.mail_queue (created_at, due_at, epoch, petition_id, token_bucket, token_hash)
  SELECT created_at, created_at, epoch, petition_id, token_bucket, token_hash FROM countersign.letter
   WHERE petition_id = test.id(a_slug) AND state = 0 ON CONFLICT DO NOTHING$$;
CREATE TEMP TABLE got AS SELECT * FROM countersign.mail_claim(test.h32('mailer'), 0, 1, 60, 5, 5, 30);
CREATE FUNCTION pg_temp.claim() RETURNS bigint LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM got;
    INSERT INTO got SELECT * FROM countersign.mail_claim(test.h32('mailer'), 0, 50, 60, 5, 5, 30);
    RETURN (SELECT count(*) FROM got);
END
$$;
CREATE FUNCTION pg_temp.fate(a_fate integer) RETURNS integer LANGUAGE sql AS
$$SELECT countersign.mail_fate(array_agg(token_bucket), array_agg(token_hash), array_agg(lease), array_agg(a_fate::smallint), array_agg(0), 30, 3, 5) FROM got$$;

-- A hard bounce, letters that ask for the click.
SELECT test.sign('e', '{ann}', '{a1}');
SELECT is(pg_temp.returned('a1', 'bounce'), 'known changed', 'M11 a bounce marks the mailbox');
SELECT is(pg_temp.mark('ann'), 'bounced', 'M11 as bounced');
SELECT is(pg_temp.returned('a1', 'bounce'), 'known', 'M11 again: nothing');
SELECT is(pg_temp.state('e', 'ann'), 0, 'the signature waits as before');
SELECT pg_temp.queue('e');
SELECT is(pg_temp.claim(), 0::bigint, 'M3 no letter goes there any more');
SELECT is(test.sign('e', '{ann}', '{a2}'), '{0}', 'M3 who signs again sees nothing of it');

-- Keys.
SELECT is(pg_temp.returned('nobody', 'bounce'), '', 'M11 an unknown key does nothing');
SELECT is(pg_temp.returned('nobody', 'complaint') || pg_temp.returned('nobody', 'unsubscribe'), '', 'M11 whatever it says');
SELECT is((SELECT known FROM countersign.mail_returned(test.bucket('a1') + 1, substring(test.h32('a1') FROM 1 FOR 16), 'complaint')), false, 'the bucket is part of it');
SELECT throws_ok($$SELECT countersign.mail_returned(1, test.h32('a1'), 'bounce')$$, '23514', NULL, 'a key has 16 bytes');
SELECT throws_ok($$SELECT countersign.mail_returned(1, test.h16('a1'), 'soft')$$, '23514', NULL, 'and there are three things to say');
SELECT test.sign('e', '{old}', '{old}');
UPDATE countersign.letter SET state = 1, sealed = NULL, expires_at = now() - interval '1 second' WHERE token_hash = test.h32('old');
SELECT is(pg_temp.returned('old', 'bounce'), '', 'a bounce of a letter that has expired does nothing');
SELECT is(pg_temp.returned('old', 'unsubscribe'), 'known changed', 'but who wants no more mail is never told to hurry');
SELECT is((SELECT count(*) FROM countersign.unsubscription WHERE petition_id = test.id('e') AND mailbox = test.h16('old')), 1::bigint, 'as POST /u/TOKEN does');
SELECT is(pg_temp.returned('old', 'unsubscribe'), 'known', 'again: nothing');
SELECT is(pg_temp.mark('old'), NULL, 'and no mark');

-- A complaint.
SELECT test.sign('n', '{cyd}', '{c1}');
SELECT is(pg_temp.returned('c1', 'complaint'), 'known changed', 'a complaint marks the mailbox');
SELECT is(pg_temp.returned('c1', 'complaint'), 'known', 'again: nothing');
SELECT is(pg_temp.mark('cyd') || pg_temp.state('n', 'cyd') || test.count('n'), 'complained11', 'and leaves the signature alone');
SELECT pg_temp.queue('n');
SELECT is(pg_temp.claim(), 0::bigint, 'no letter of anything goes there');
SELECT is(pg_temp.state('n', 'cyd'), 1, 'which takes nothing out of the count: somebody lives there');
SELECT is(pg_temp.returned('a1', 'complaint') || pg_temp.mark('ann'), 'known changedcomplained', 'who complains lives: it replaces another mark');
SELECT is(pg_temp.returned('a1', 'bounce') || pg_temp.mark('ann'), 'knowncomplained', 'and is not replaced');

-- Without a click.
SELECT test.sign('n', '{bob}', '{b1}', a_shown => '{Bob}', a_country => '{DE}');
CREATE TEMP TABLE version AS SELECT test.version('n') AS n;
SELECT is(test.count('n'), 2::bigint, 'it counts at once');
SELECT is(pg_temp.returned('b1', 'bounce'), 'known changed uncounted', 'M11 its letter of thanks comes back');
SELECT is(pg_temp.state('n', 'bob') || ' ' || test.count('n'), '3 1', 'it is out of the count');
SELECT ok(test.equal(), 'and of its place and hour');
SELECT is(test.version('n'), (SELECT n + 1 FROM version), 'which workers see');
SELECT is((SELECT count(*) FROM countersign.recent(test.id('n'), 9)), 0::bigint, 'nor is it shown');
SELECT is((SELECT (by_role = session_user) || ' ' || cause || ' ' || was FROM countersign.invalidation WHERE signature_id = test.sid('n', 'bob')), 'true undeliverable 1', 'with a trace');
SELECT is((SELECT undeliverable FROM countersign.audit('n')), 1::bigint, 'which audit tells');
SELECT is(pg_temp.returned('b1', 'bounce') || test.count('n'), 'known1', 'again: nothing');
SELECT is(pg_temp.put_back('n', 'bob'), true, 'an operator puts it back');
SELECT is(test.count('n') || ' ' || (SELECT undeliverable FROM countersign.audit('n')), '2 0', 'it counts again');
SELECT is(pg_temp.returned('b1', 'bounce') || pg_temp.state('n', 'bob'), 'known1', 'and the same report does not undo that');
SELECT test.withdraw('{b1}');
SELECT is(pg_temp.returned('b1', 'bounce') || pg_temp.state('n', 'bob'), 'known2', 'what is withdrawn stays so');
SELECT test.sign('n', '{bob}', '{b2}');
SELECT is(pg_temp.returned('b1', 'bounce') || pg_temp.state('n', 'bob'), 'known1', 'a letter of an earlier life says nothing about this one');
UPDATE countersign.invalidation SET at = at - interval '1 hour'; -- one transaction has one now()
SELECT is(pg_temp.returned('b2', 'bounce') || ' ' || pg_temp.state('n', 'bob'), 'known changed uncounted 3', 'but its own does');
SELECT is(test.sign('n', '{bob}', '{b3}'), '{0}', 'who signs again sees nothing of it');
SELECT is(pg_temp.state('n', 'bob') || ' ' || test.count('n'), '3 1', 'and does not count');
SELECT test.sign('k', '{kim}', '{k1}');
SELECT is(pg_temp.returned('k1', 'bounce') || ' ' || test.count('k') || ' ' || pg_temp.mark('kim'), 'known changed 1 bounced', 'where the petition says keep, only the mailbox is marked');
SELECT test.sign('n', '{dan}', '{d1}'), test.sign('n', '{dan}', '{d2}');
SELECT is((SELECT kind FROM countersign.letter WHERE token_hash = test.h32('d2')), 3::smallint, 'you have signed already');
SELECT is(pg_temp.returned('d2', 'bounce') || ' ' || pg_temp.state('n', 'dan'), 'known changed 1', 'only the letter of thanks decides');
UPDATE countersign.letter SET sealed = NULL, mailbox = '' WHERE token_hash = test.h32('d1');
SELECT is(pg_temp.returned('d1', 'bounce'), 'known', 'an erased one''s letter says nothing');
DELETE FROM countersign.mail_queue;
UPDATE countersign.letter SET state = 2, sealed = NULL WHERE state = 0;

-- Refused at once is the same.
SELECT test.sign('n', '{eve,fay}', '{e1,f1}'), test.sign('k', '{eve}', '{e2}');
SELECT pg_temp.queue('n');
SELECT is(pg_temp.claim(), 2::bigint, 'two letters of thanks');
SELECT is(pg_temp.fate(3), 2, 'M3 both are refused');
SELECT is(pg_temp.mark('eve') || pg_temp.state('n', 'eve') || pg_temp.state('n', 'fay'), 'refused33', 'M3 a refused one is out of the count too');
SELECT is(pg_temp.fate(3), 0, 'M3 again: nothing');
SELECT is(pg_temp.returned('e1', 'bounce'), 'known', 'M11 the bounce after it says nothing new');
SELECT ok(test.equal(), 'the sums are equal');
SELECT pg_temp.queue('k');
SELECT is(pg_temp.claim() || ' ' || pg_temp.state('k', 'eve'), '0 1', 'keep: the letter is dropped, the signature stays');
SELECT test.sign('n', '{gus}', '{g1}');
SELECT pg_temp.queue('n');
SELECT pg_temp.claim();
UPDATE got SET lease = lease + 1;
SELECT is(pg_temp.fate(3) || ' ' || pg_temp.state('n', 'gus'), '0 1', 'who has no lease refuses nothing');
DELETE FROM countersign.mail_queue;

-- A mailbox that is known for it, on another petition.
SELECT test.petition('o', 'none'), test.petition('p', 'none');
SELECT test.sign('o', '{fay,cyd}', '{o1,o2}');
SELECT is(test.count('o'), 2::bigint, 'it counts at first: signing does not ask');
SELECT pg_temp.queue('o');
SELECT is(pg_temp.claim() || ' ' || pg_temp.state('o', 'fay') || ' ' || pg_temp.state('o', 'cyd'), '0 3 1', 'M3 until the letter would go: then it is out; who complained is not');
SELECT is((SELECT state || ' ' || (sealed IS NULL) FROM countersign.letter WHERE token_hash = test.h32('o1')), '2 true', 'the letter is given up and shredded');
SELECT is((SELECT count(*) FROM countersign.mail_queue) || ' ' || (SELECT undeliverable FROM countersign.audit('o')), '0 1', 'with the same trace');

-- A reminder.
SELECT test.sign('e', '{hal}', '{h1}');
SELECT pg_temp.queue('e');
SELECT pg_temp.claim();
SELECT pg_temp.fate(1);
SELECT is((SELECT count(*) FROM countersign.mail_reminder), 1::bigint, 'kept for the reminder');
SELECT pg_temp.returned('h1', 'bounce');
SELECT is((SELECT sealed FROM countersign.letter WHERE token_hash = test.h32('h1')), NULL, 'until it bounces: shredded');
SELECT is((SELECT state FROM countersign.letter WHERE token_hash = test.h32('h1')), 1::smallint, 'its token works on');

-- Nor is somebody reminded who wants no more letters about the petition; what they ask for goes.
SELECT test.sign('e', '{ida}', '{i1}');
SELECT pg_temp.queue('e');
SELECT pg_temp.claim();
SELECT pg_temp.fate(1);
SELECT pg_temp.returned('i1', 'unsubscribe');
DELETE FROM countersign.mail_reminder WHERE token_hash <> test.h32('i1');
UPDATE countersign.mail_reminder SET due_at = now();
SELECT countersign.mail_sweep(1000, 10, 30, 30);
SELECT is((SELECT count(*) FROM countersign.mail_queue WHERE step = 1), 1::bigint, 'the reminder is due');
SELECT pg_temp.claim();
SELECT is((SELECT count(*) FROM got WHERE token_hash = test.h32('i1')), 0::bigint, 'and goes to nobody who has unsubscribed');
SELECT is((SELECT sealed FROM countersign.letter WHERE token_hash = test.h32('i1')), NULL, 'shredded');
SELECT test.sign('e', '{ida}', '{i2}');
SELECT pg_temp.queue('e');
SELECT pg_temp.claim();
SELECT is((SELECT count(*) FROM got WHERE token_hash = test.h32('i2')), 1::bigint, 'who signs again is asked to confirm');
SELECT pg_temp.fate(1);

-- A mark that was wrong.
SET LOCAL ROLE countersign_operator;
SELECT is(countersign.mail_allow(ARRAY[test.h16('hal'), test.h16('nobody')]), 1::bigint, 'an operator takes a mark away');
SELECT is(countersign.mail_allow(ARRAY[test.h16('hal')]), 0::bigint, 'once');
RESET ROLE;
SELECT is(pg_temp.mark('hal') IS NULL AND pg_temp.mark('fay') = 'refused', true, 'and no other one');
SELECT test.sign('e', '{hal}', '{h2}');
SELECT pg_temp.queue('e');
SELECT is(pg_temp.claim(), 1::bigint, 'letters go there again');

-- The role.
SET LOCAL ROLE countersign_mailer;
SELECT throws_ok('SELECT countersign.' || f, '42501', NULL, 'the mailer cannot call ' || f)
  FROM unnest(ARRAY[$$mail_dead('{1}','{a}','bounced')$$, $$mail_lock('{1}','{a}')$$, $$invalidate_rows(0::smallint,'{1}','{1}','{1}','operator','x')$$,
                    $$invalidate(0::smallint,'a','{1}','x')$$, $$unsubscribe('{1}','{a}','{page}')$$, $$mail_allow('{a}')$$, 'disavowals()']) f;
RESET ROLE;

-- Erasure, by the operator and by the person.
SELECT test.petition('low', 'none', '{"erasure":"lower_number"}'), test.petition('kept', 'none');
SELECT test.sign(s, '{ida,jon,kai}', ARRAY[s || '1', s || '2', s || '3'], a_country => '{DE,FR,FR}') FROM unnest('{low,kept}'::text[]) s;
SELECT is((SELECT concat_ws(' ', signatures, kept, lowered, letters) FROM countersign.erase(3::smallint, ARRAY[test.id('low'), test.id('kept')],
           ARRAY[test.h16('lowida'), test.h16('keptida')], '{}')), '2 1 1 2', 'erase: each petition''s own policy');
SELECT is(test.count('low') || ' ' || test.count('kept'), '2 3', 'one number is lower, one is not');
CREATE FUNCTION pg_temp.own_erase(a_request text[]) RETURNS text[] LANGUAGE sql AS
$$SELECT countersign.own_erase(5::smallint, ARRAY(SELECT test.bucket(r) FROM unnest(a_request) r), ARRAY(SELECT test.h32(r) FROM unnest(a_request) r))$$;
SELECT is((SELECT array_agg(erasure ORDER BY erasure) FROM countersign.own(ARRAY(SELECT test.bucket(r) FROM unnest('{low2,kept2}'::text[]) r), ARRAY(SELECT test.h32(r) FROM unnest('{low2,kept2}'::text[]) r))),
          '{keep_number,lower_number}', 'the person is told which');
SELECT is(pg_temp.own_erase('{low2,nobody,kept2,low2}'), '{low,NULL,kept,low}', 'by token');
SELECT is(test.count('low') || ' ' || test.count('kept'), '1 3', 'once each');
SELECT is(pg_temp.own_erase('{low2,kept2}'), '{low,kept}', 'again: the same answer');
SELECT is(test.count('low') || ' ' || test.count('kept'), '1 3', 'and nothing more');
SELECT is((SELECT sum(n) FROM countersign.erased_kept WHERE petition_id IN (test.id('low'), test.id('kept'))), 2::numeric, 'kept numbers are those of the one');
SELECT is((SELECT changed FROM countersign.invalidate(1::smallint, 'low', ARRAY[test.sid('low', 'kai')], 'x')), true, 'one that does not count');
SELECT is((SELECT concat_ws(' ', signatures, kept, lowered) FROM countersign.erase(3::smallint, ARRAY[test.id('low')], ARRAY[test.h16('lowkai')], '{}')), '1 0 0', 'lowers nothing');
SELECT is(test.count('low'), 0::bigint, 'twice it would be negative');
SELECT ok(test.equal(), 'table and tally are equal');

-- The review of disavowals.
SELECT test.petition('d'), test.petition('none');
SELECT test.sign('d', '{lea,max,nia}', '{l1,l2,l3}');
UPDATE countersign.letter SET state = 1, sent_at = now() WHERE petition_id = test.id('d') AND token_hash <> test.h32('l3');
UPDATE countersign.signature SET signed_at = now() - interval '1 day' WHERE petition_id = test.id('d') AND email_hash = test.h16('dlea');
SELECT countersign.disavow(0::smallint, ARRAY[test.bucket('l1')], ARRAY[test.h32('l1')]);
SELECT countersign.disavow(0::smallint, ARRAY[test.bucket('l1')], ARRAY[test.h32('l1')]);
SET LOCAL ROLE countersign_operator;
SELECT results_eq($$SELECT (now() - day)::interval < '1 day', disavowed, signed, sent FROM countersign.disavowals('d')$$,
                  $$VALUES (false, 0::bigint, 1::bigint, 0::bigint), (true, 1, 2, 2)$$, 'disavowals: by day, beside signatures and letters');
SELECT results_eq($$SELECT slug, day, disavowed FROM countersign.disavowals('none')$$, $$VALUES ('none', NULL::timestamptz, 0::bigint)$$, 'a petition without anything');
SELECT is_empty($$SELECT * FROM countersign.disavowals('unknown')$$, 'an unknown one: no row');
SELECT is((SELECT count(DISTINCT slug) FROM countersign.disavowals()), (SELECT count(*) FROM countersign.petition), 'all of them');
SELECT * FROM finish();
ROLLBACK;
