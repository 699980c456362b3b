-- The mailers' queue: taking in, claims, fates, limits, reminders, sweeps.
BEGIN;
SELECT no_plan();
SELECT test.petition('m'), test.petition('n', 'none'), test.petition('big');

-- All letters of the present minute, taken in.
CREATE FUNCTION pg_temp.take() RETURNS integer LANGUAGE plpgsql AS $$
DECLARE v record; n integer := 0;
BEGIN
    UPDATE countersign.letter SET token_bucket = test.minute() WHERE state = 0 AND sealed IS NOT NULL
       AND NOT EXISTS (SELECT FROM countersign.mail_queue q WHERE q.token_hash = letter.token_hash);
    LOOP
        SELECT * INTO v FROM countersign.mail_take(7);
        n := n + v.taken;
        EXIT WHEN v.done;
    END LOOP;
    RETURN n;
END
$$;
CREATE FUNCTION pg_temp.confirm(a_request text) RETURNS text[] LANGUAGE sql
RETURN countersign.confirm(0::smallint, ARRAY[test.minute()], ARRAY[test.h32(a_request)]);
-- Claims into the table `got`, newest claim only.
CREATE TEMP TABLE got AS SELECT * FROM countersign.mail_claim(test.h32('mailer'), 0, 1, 60, 5, 5, 30);
CREATE FUNCTION pg_temp.claim(a_limit integer DEFAULT 50, a_per_day integer DEFAULT 5, a_after integer DEFAULT 0, a_lease integer DEFAULT 60)
RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM got;
    INSERT INTO got SELECT * FROM countersign.mail_claim(test.h32('mailer'), a_after, a_limit, a_lease, a_per_day, 5, 30);
    RETURN (SELECT string_agg(kind || ':' || n, ' ' ORDER BY kind) FROM (SELECT kind, count(*) AS n FROM got GROUP BY 1) g);
END
$$;
CREATE FUNCTION pg_temp.fate(a_fate integer, a_wait integer DEFAULT 0, a_reminder integer DEFAULT 3) RETURNS integer LANGUAGE sql AS
$$SELECT countersign.mail_fate(array_agg(token_bucket), array_agg(token_hash), array_agg(lease),
         array_agg(a_fate::smallint), array_agg(a_wait), 30, a_reminder, 5) FROM got$$;
-- State, whether there is an envelope, whether the token has an end, and the queue: of the letter of this request.
CREATE FUNCTION pg_temp.letter(a_request text) RETURNS text LANGUAGE sql AS
$$SELECT concat(l.state, CASE WHEN l.sealed IS NOT NULL THEN ' sealed' END, CASE WHEN l.expires_at IS NOT NULL THEN ' ends' END,
                CASE WHEN q.token_hash IS NOT NULL THEN ' queued' END, CASE WHEN r.token_hash IS NOT NULL THEN ' reminder' END)
    FROM countersign.letter l
    LEFT JOIN countersign.mail_queue q USING (token_bucket, token_hash)
    LEFT JOIN countersign.mail_reminder r USING (token_bucket, token_hash)
   WHERE l.token_hash = test.h32(a_request)$$;
-- As if so much time had passed for what waits.
CREATE FUNCTION pg_temp.later(a_time interval) RETURNS void LANGUAGE sql AS
$$UPDATE countersign.mail_queue SET due_at = due_at - a_time, created_at = created_at - a_time;
  UPDATE countersign.mail_reminder SET due_at = due_at - a_time;
  UPDATE countersign.mail_quota SET since = since - a_time;
  UPDATE countersign.letter SET expires_at = expires_at - a_time;
  UPDATE countersign.mail_place SET lap_not_before = now(), signature_not_before = now()$$;

-- Taking in.
SELECT test.sign('m', ARRAY(SELECT 'p' || i FROM generate_series(1, 20) i), ARRAY(SELECT 'r' || i FROM generate_series(1, 20) i));
SELECT is(pg_temp.take(), 20, 'all that is owed is taken in');
SELECT is(pg_temp.take(), 0, 'once');
SELECT is((SELECT count(*) FROM countersign.mail_queue), 20::bigint, 'a row a letter');
-- What waits, and since when.
CREATE FUNCTION pg_temp.backlog() RETURNS text LANGUAGE sql AS
$$SELECT string_agg(concat_ws(':', b.kind, b.letters, b.deferred, b.oldest_s), ' ' ORDER BY b.kind) FROM countersign.mail_backlog() b$$;
UPDATE countersign.mail_queue SET created_at = now() - interval '90 s' WHERE token_hash = test.h32('r2');
UPDATE countersign.mail_queue SET created_at = now() - interval '2 days', tries = 3 WHERE token_hash = test.h32('r3');
UPDATE countersign.mail_queue SET created_at = now() - interval '60 s', tries = 1, lease = 9 WHERE token_hash = test.h32('r4');
SELECT is(pg_temp.backlog(), '0:20:1:0 1:90', 'what was put off is told apart, and is not what is late');
UPDATE countersign.mail_queue SET step = 1 WHERE token_hash = test.h32('r2');
SELECT is(pg_temp.backlog(), '0:20:1:0 1:60 4:90', 'a reminder is a kind of its own; one that is being tried for the first time is untried');
UPDATE countersign.mail_queue SET step = 0, tries = 0, lease = 0, created_at = now();
UPDATE countersign.letter SET token_bucket = test.minute(5) WHERE token_hash = test.h32('r1');
DELETE FROM countersign.mail_queue WHERE token_hash = test.h32('r1');
SELECT is(pg_temp.letter('r1'), '0 sealed', 'a letter that came minutes late is not met by the next pass');
UPDATE countersign.mail_place SET take_minute = take_minute - 100;
SELECT is((SELECT sum(m.taken) FROM generate_series(1, 9) i, LATERAL countersign.mail_take(5 + 0 * i) m), 1::bigint, 'M1 mailers that were away go on where they stopped');
DELETE FROM countersign.mail_queue WHERE token_hash = test.h32('r1');
SELECT countersign.mail_sweep(1000, 10, 30, 30);
SELECT is(pg_temp.letter('r1'), '0 sealed queued', 'and the slow lap finds what all passes have missed');
UPDATE countersign.mail_place SET take_minute = (take_minute | 65535) - 65536 - 2, take_hash = '';
UPDATE countersign.letter SET token_bucket = 65535 WHERE token_hash = test.h32('r2');
UPDATE countersign.letter SET token_bucket = 0 WHERE token_hash = test.h32('r3');
DELETE FROM countersign.mail_queue WHERE token_hash IN (test.h32('r2'), test.h32('r3'));
SELECT is((SELECT sum(m.taken) FROM generate_series(1, 9) i, LATERAL countersign.mail_take(100 + 0 * i) m), 2::bigint, 'a walk goes on where the minutes begin anew');
SELECT is((SELECT count(*) FROM countersign.mail_take(10)), 1::bigint, 'a pass when nothing is new');

-- Claiming.
SELECT is(pg_temp.claim(), '1:20', 'a claim');
SELECT is((SELECT count(DISTINCT lease) || ' ' || min(tries) || ' ' || bool_and(epoch_key = 'b' AND sealed = '\x01') FROM got), '1 1 true', 'with a lease and what opens it');
SELECT is((SELECT count(*) FROM got g JOIN countersign.signature s ON s.petition_id = g.petition_id AND s.email_hash = g.email_hash), 20::bigint, 'and what it is bound to');
SELECT is((SELECT count(*) FROM countersign.mail_claim(test.h32('mailer'), 0, 50, 60, 5, 5, 30)), 0::bigint, 'P6 and nobody gets it again');
SELECT pg_temp.later('60 seconds');
SELECT is((SELECT count(*) FROM countersign.mail_claim(test.h32('mailer'), 0, 50, 60, 5, 5, 30)), 20::bigint, 'P5 until its lease is over');
SELECT is(pg_temp.fate(2, 30), 0, 'whose lease is over has nothing to say any more');
SELECT is(pg_temp.fate(1), 20, 'P4 but that it was sent');
SELECT is(pg_temp.letter('r5'), '1 sealed ends reminder', 'sent: the token''s life begins, the envelope stays for the reminder');
SELECT is((SELECT expires_at = now() + interval '30 days' AND sent_at = now() FROM countersign.letter WHERE token_hash = test.h32('r5')), true, 'M13 counted from sending');
SELECT is(pg_temp.fate(1), 0, 'told again: nothing');
SELECT is(pg_temp.take(), 0, 'and it is not taken in again');
SELECT test.sign('m', '{aa}', '{aa1}');
SELECT pg_temp.take();
SELECT is((SELECT count(*) FROM countersign.mail_claim(test.h32('other'), 0, 50, 60, 5, 5, 30) WHERE epoch_key IS NULL), 1::bigint, 'sealed to another key: told so');
SELECT pg_temp.later('60 seconds');

-- Fates.
SELECT pg_temp.claim();
SELECT is(pg_temp.fate(2, 600), 1, 'M2 later');
SELECT is(pg_temp.letter('aa1'), '0 sealed queued', 'M2 nothing of it is gone');
SELECT is(pg_temp.claim(), NULL, 'M2 not yet');
SELECT pg_temp.later('10 minutes');
SELECT is(pg_temp.claim(), '1:1', 'M2 then again');
SELECT is(pg_temp.fate(6), 1, 'not tried');
SELECT is((SELECT tries FROM countersign.mail_queue), 2::smallint, 'is no try');
SELECT pg_temp.claim();
SELECT pg_temp.fate(4, 600);
SELECT is(pg_temp.letter('aa1'), '0 sealed queued', 'M5 unknown: once more, later');
SELECT pg_temp.later('10 minutes');
SELECT is(pg_temp.claim(), '1:1', 'M5 with the same envelope');
SELECT pg_temp.fate(4, 600);
SELECT is(pg_temp.letter('aa1'), '1 sealed ends reminder', 'M5 and never a third time: it counts as sent');
SELECT test.sign('m', '{ab}', '{ab1}');
SELECT pg_temp.take();
SELECT pg_temp.claim();
CREATE TEMP TABLE slow AS SELECT * FROM got;
SELECT pg_temp.later('60 seconds');
SELECT is(pg_temp.claim(), '1:1', 'M5 a lease that ends while the mail server is silent');
SELECT is((SELECT countersign.mail_fate(array_agg(token_bucket), array_agg(token_hash), array_agg(lease), '{4}', '{600}', 30, 3, 5) FROM slow), 0, 'M5 gives the letter to another');
SELECT is((SELECT lease = (SELECT lease FROM got) AND unsure FROM countersign.mail_queue q WHERE q.token_hash = test.h32('ab1')), true, 'M5 who keeps it, and knows that it may have arrived');
SELECT pg_temp.fate(4, 600);
SELECT is(pg_temp.letter('ab1'), '1 sealed ends reminder', 'M5 so it is not sent a third time');
DELETE FROM countersign.mail_reminder WHERE token_hash = test.h32('ab1');
UPDATE countersign.letter SET sealed = NULL WHERE token_hash = test.h32('ab1');
SELECT test.sign('m', '{bb}', '{bb1}');
SELECT test.sign('m', '{bb}', '{bb2}');
SELECT pg_temp.take();
SELECT pg_temp.claim(1);
SELECT pg_temp.fate(3);
SELECT is((SELECT string_agg(pg_temp.letter(r), ',' ORDER BY pg_temp.letter(r)) FROM unnest('{bb1,bb2}'::text[]) r), '0 sealed queued,2 ends', 'M3 refused: given up and shredded');
SELECT is(pg_temp.claim(), NULL, 'M3 the mailbox gets no other letter either');
SELECT is((SELECT string_agg(pg_temp.letter(r), ',') FROM unnest('{bb1,bb2}'::text[]) r), '2 ends,2 ends', 'M3 which is shredded too');
SELECT is(test.sign('m', '{bb}', '{bb3}'), '{0}', 'M3 who signs again sees nothing of it');
SELECT test.sign('m', '{erased}', '{er1}');
SELECT pg_temp.take();
SELECT pg_temp.claim();
UPDATE countersign.letter SET sealed = NULL, mailbox = '' WHERE token_hash = test.h32('er1');
SELECT lives_ok('SELECT pg_temp.fate(3)', 'a refused letter whose person was erased meanwhile marks nothing');
SELECT test.sign('m', '{cc}', '{cc1}');
SELECT pg_temp.take();
SELECT pg_temp.claim();
SELECT pg_temp.fate(5);
SELECT is(pg_temp.letter('cc1') || (SELECT count(*) FROM countersign.mail_suppressed), '2 ends1', 'cannot be sent: given up, nothing is said about the mailbox');
SELECT test.sign('m', '{dd}', '{dd1}');
SELECT pg_temp.take();
SELECT pg_temp.claim();
SELECT pg_temp.later('6 days');
SELECT pg_temp.fate(2, 600);
SELECT is(pg_temp.letter('dd1'), '2 ends', 'M4 after some days later means never');
SELECT test.sign('m', '{ee}', '{ee1}');
SELECT pg_temp.take();
SELECT pg_temp.later('6 days');
SELECT is(pg_temp.claim() || pg_temp.letter('ee1'), NULL, 'so does a queue that did not move');
SELECT is(pg_temp.letter('ee1'), '2 ends', 'and it is shredded');

-- What has no purpose any more.
SELECT test.sign('m', '{ff}', '{ff1}');
SELECT test.sign('m', '{ff}', '{ff2}');
SELECT pg_temp.take();
SELECT is(pg_temp.confirm('ff1'), '{m}', 'confirmed by the first letter');
SELECT is(pg_temp.claim(), NULL, 'the second asks for nothing any more');
SELECT is(pg_temp.letter('ff2'), '2 ends', 'and is shredded unsent');
SELECT test.sign('m', '{gg}', '{gg1}');
SELECT pg_temp.take();
SELECT countersign.petition_state('m', 'closed');
UPDATE countersign.petition SET closed_at = now() - interval '8 days' WHERE slug = 'm';
SELECT is(pg_temp.claim(), NULL, 'I20 nobody is asked to confirm when it is too late');
SELECT countersign.petition_state('m', 'open');
SELECT test.sign('m', '{hh}', '{hh1}');
SELECT pg_temp.take();
SELECT countersign.erase(0::smallint, ARRAY[test.id('m')], ARRAY[test.h16('mhh')], ARRAY[test.h16('hh')]);
SELECT is((SELECT count(*) FROM countersign.mail_queue), 0::bigint, 'an erased person has nothing in the queue');
SELECT test.sign('m', '{ii}', '{ii1}');
SELECT pg_temp.take();
DELETE FROM countersign.letter WHERE token_hash = test.h32('ii1');
SELECT is(pg_temp.claim() || (SELECT count(*) FROM countersign.mail_queue), NULL, 'a letter that is gone');
SELECT is((SELECT count(*) FROM countersign.mail_queue), 0::bigint, 'leaves the queue');

-- One reminder.
SELECT test.sign('m', '{jj}', '{jj1}');
SELECT pg_temp.take();
SELECT pg_temp.claim();
SELECT pg_temp.fate(1, 0, 0);
SELECT is(pg_temp.letter('jj1'), '1 ends', 'without reminders the envelope goes when the letter is sent');
SELECT pg_temp.later('4 days');
SELECT countersign.mail_sweep(1000, 10, 30, 30);
SELECT is(pg_temp.letter('aa1'), '1 sealed ends queued', 'the reminder is due');
SELECT is(pg_temp.claim(1, 5), '4:1', 'and claimed as one');
SELECT pg_temp.fate(1);
SELECT is((SELECT count(*) FROM countersign.mail_queue WHERE step = 1), 20::bigint, 'the others wait');
SELECT is((SELECT count(*) FROM countersign.letter l JOIN got g USING (token_hash) WHERE l.sealed IS NULL AND l.state = 1 AND l.expires_at > now() + interval '29 days'), 1::bigint, 'then it is shredded, with a new life for the token');
SELECT pg_temp.claim();
SELECT pg_temp.fate(1);
SELECT pg_temp.later('4 days');
SELECT countersign.mail_sweep(1000, 10, 30, 30);
SELECT is((SELECT count(*) FROM countersign.mail_reminder) + (SELECT count(*) FROM countersign.mail_queue), 0::bigint, 'there is no second one');
SELECT test.sign('m', '{kk,ll}', '{kk1,ll1}');
SELECT pg_temp.take();
SELECT pg_temp.claim();
SELECT pg_temp.fate(1);
SELECT pg_temp.confirm('kk1');
SELECT countersign.mail_sweep(1000, 10, 30, 30);
SELECT is(pg_temp.letter('kk1') || ',' || pg_temp.letter('ll1'), '1 ends,1 sealed ends reminder', 'who has confirmed needs none: shredded by the next sweep');
SELECT test.sign('m', '{ll}', '{ll2}');
SELECT pg_temp.take();
SELECT pg_temp.claim();
UPDATE countersign.letter SET created_at = created_at + interval '1 second' WHERE token_hash = test.h32('ll2'); -- one transaction has one now()
SELECT pg_temp.fate(1);
SELECT is(pg_temp.letter('ll2'), '1 ends', 'a second letter has no reminder of its own');

-- Without confirmation.
SELECT test.sign('n', '{mm}', '{mm1}');
SELECT test.sign('n', '{mm}', '{mm2}');
SELECT pg_temp.take();
SELECT is(pg_temp.claim(), '2:1 3:1', 'thanks, and already');
SELECT pg_temp.fate(1);
SELECT is(pg_temp.letter('mm1') || ',' || pg_temp.letter('mm2'), '1 ends,1 ends', 'shredded when sent');

-- Mailboxes.
SELECT test.petition('q' || i, CASE WHEN i > 5 THEN 'none' ELSE 'email' END) FROM generate_series(1, 7) i;
SELECT test.sign('q' || i, '{vic}', ARRAY['vic' || i]) FROM generate_series(1, 7) i;
SELECT pg_temp.take();
SELECT is((SELECT sum(right(x, 1)::integer) FROM unnest(string_to_array(pg_temp.claim(), ' ')) x), 5::bigint, 'I10 five letters to one mailbox, over all petitions');
SELECT is((SELECT count(*) FROM countersign.mail_queue WHERE lease = 0 AND tries = 0 AND due_at = now() + interval '24 hours'), 2::bigint, 'I10 the others wait for the next day');
SELECT pg_temp.fate(2, 0);
SELECT is((SELECT count(*) FROM countersign.mail_claim(test.h32('mailer'), 0, 50, 60, 5, 5, 30)), 5::bigint, 'a second try counts no second time');
SELECT pg_temp.later('1 day');
SELECT is((SELECT sum(right(x, 1)::integer) FROM unnest(string_to_array(pg_temp.claim(), ' ')) x), 7::bigint, 'I10 the next day');
SELECT pg_temp.fate(1, 0, 0);
SELECT test.sign('n', '{vip}', '{vip1}', a_limit => 9);
SELECT test.sign('n', '{vip}', ARRAY['vip' || i], a_limit => 9) FROM generate_series(2, 4) i;
SELECT pg_temp.take();
SELECT is(pg_temp.claim(a_per_day => 2), '2:1 3:1', 'I10 two a day');
SELECT is((SELECT string_agg(DISTINCT pg_temp.letter('vip' || i), ',') FROM generate_series(2, 4) i), '0 sealed queued,2 ends', 'I10 "already" does not wait: it is dropped');
SELECT is(pg_temp.claim(a_per_day => 0), NULL, 'a limit of 0: no letter');
DELETE FROM countersign.mail_queue WHERE petition_id = test.id('n');
UPDATE countersign.letter SET state = 2 WHERE petition_id = test.id('n') AND state = 0;
SELECT pg_temp.fate(1);

-- Fairness.
SELECT test.sign('big', ARRAY(SELECT 'b' || i FROM generate_series(1, 400) i), ARRAY(SELECT 'big' || i FROM generate_series(1, 400) i));
SELECT pg_temp.take();
SELECT test.petition('s' || i) FROM generate_series(1, 3) i;
SELECT test.sign('s' || i, ARRAY['small' || i, 'small_' || i], ARRAY['small' || i, 'small_' || i]) FROM generate_series(1, 3) i;
SELECT pg_temp.take();
SELECT pg_temp.claim(40);
SELECT is((SELECT string_agg(n::text, ' ' ORDER BY slug) FROM (SELECT p.slug, count(*) AS n FROM got g JOIN countersign.petition p ON p.id = g.petition_id WHERE p.slug <> 'n' GROUP BY 1) x), '34 2 2 2', 'M13 a petition with many letters starves none with few');
SELECT is(pg_temp.claim(40), '1:40', 'and gets all the rest');
SELECT pg_temp.later('60 seconds');
SELECT is((SELECT count(DISTINCT petition_id) FROM countersign.mail_claim(test.h32('mailer'), test.id('s1'), 2, 60, 5, 5, 30)), 2::bigint, 'a claim begins behind a petition');
SELECT is((SELECT string_agg(DISTINCT p.slug, ' ') FROM countersign.mail_claim(test.h32('mailer'), test.id('s2'), 2, 60, 5, 5, 30) c JOIN countersign.petition p ON p.id = c.petition_id), 'big s3', 'and goes round');

-- Sweeps.
DELETE FROM countersign.mail_queue;
UPDATE countersign.letter SET expires_at = now() - interval '1 second', sealed = NULL, state = 1 WHERE petition_id = test.id('n');
SELECT pg_temp.later('0');
SELECT is(countersign.mail_sweep(100, 10, 30, 30) > 0, true, 'a part of a lap');
DO $$BEGIN FOR i IN 1 .. 30 LOOP PERFORM countersign.mail_sweep(100, 10, 30, 30); END LOOP; END$$;
SELECT is((SELECT count(*) FROM countersign.letter WHERE petition_id = test.id('n')), 0::bigint, 'letters whose token is over are deleted');
SELECT is((SELECT lapped_at = now() AND lap_not_before > now() FROM countersign.mail_place), true, 'and the next lap waits');
SELECT is((SELECT count(*) FROM countersign.mail_queue), (SELECT count(*) FROM countersign.letter WHERE state = 0), 'what is owed is in the queue');
UPDATE countersign.epoch SET created_at = now() - interval '4 days';
SELECT countersign.mail_sweep_epochs();
SELECT is((SELECT count(*) FROM countersign.epoch WHERE purpose = 'letter'), 1::bigint, 'the key of owed letters stays');
DELETE FROM countersign.mail_queue;
SELECT is((SELECT count(*) > 0 FROM countersign.mail_reminder), true, 'so does that of reminders');
SELECT countersign.mail_sweep_epochs();
SELECT is((SELECT count(*) FROM countersign.epoch WHERE purpose = 'letter'), 1::bigint, 'as long as there is one');
DELETE FROM countersign.mail_reminder;
UPDATE countersign.mail_place SET lapped_at = now() - interval '2 days';
SELECT countersign.mail_sweep_epochs();
SELECT is((SELECT count(*) FROM countersign.epoch WHERE purpose = 'letter'), 1::bigint, 'and until a whole lap has begun since');
UPDATE countersign.mail_place SET lapped_at = now();
SELECT countersign.mail_sweep_epochs();
SELECT is((SELECT string_agg(purpose, ' ') FROM countersign.epoch), 'subscriber signer', 'then it goes, which shreds; never a signer''s');
CREATE TEMP TABLE before AS SELECT test.count('m') AS m, test.count('n') AS n, (SELECT count(*) FROM countersign.signature WHERE state = 1) AS counted;
UPDATE countersign.signature SET changed_at = now() - interval '31 days', signed_at = now() - interval '31 days';
SELECT test.sign('m', '{ll}', '{ll9}');
SELECT pg_temp.later('0');
DO $$BEGIN FOR i IN 1 .. 9 LOOP PERFORM countersign.mail_sweep(100, 10, 30, 30); END LOOP; END$$;
SELECT is((SELECT string_agg(email_hash::text, ' ') FROM countersign.signature WHERE state = 0), test.h16('mll')::text, 'who never confirmed is gone after 30 days, unless they asked again');
SELECT is(row(test.count('m'), test.count('n'), (SELECT count(*) FROM countersign.signature WHERE state = 1))::text, (SELECT b::text FROM before b), 'and the count is as it was');
SELECT ok(test.equal(), 'table and tally are equal');
UPDATE countersign.mail_quota SET since = now() - interval '25 hours';
SELECT countersign.mail_sweep(100, 1000, 30, 30);
SELECT is((SELECT count(*) FROM countersign.mail_quota), 0::bigint, 'limits of yesterday are gone');

-- Who says "this was not me" after asking for the page, or is signed for once more after an erasure, gets no letter.
SELECT test.sign('m', '{dora,drew}', '{dora1,drew1}'); SELECT pg_temp.take(); SELECT pg_temp.claim(); SELECT pg_temp.fate(1);
SELECT test.resend('m', '{dora,drew}', '{dora2,drew2}', a_kind => 5);
INSERT INTO countersign.disavowal VALUES (test.id('m'), test.h16('mdora'), now());
SELECT pg_temp.take();
SELECT is(pg_temp.claim(), '5:1', 'only the one who has not disavowed gets the link');
SELECT is(pg_temp.letter('dora2'), '2 ends', 'the other letter is given up, and shredded');
-- Who erases a signature by one letter's token may have got others about it.
SELECT test.sign('m', '{oo,pp}', '{oo1,pp1}');
SELECT test.sign('m', '{oo}', '{oo2}');
UPDATE countersign.letter SET token_bucket = test.minute() WHERE token_hash = test.h32('oo1');
SELECT is(countersign.own_erase(0::smallint, ARRAY[test.minute()], ARRAY[test.h32('oo1')]), '{m}', 'erased by token');
CREATE FUNCTION pg_temp.mailboxes() RETURNS text LANGUAGE sql AS
$$SELECT string_agg(octet_length(l.mailbox)::text, ' ' ORDER BY r) FROM unnest('{oo1,oo2,pp1}'::text[]) r JOIN countersign.letter l ON l.token_hash = test.h32(r)$$;
SELECT is(pg_temp.mailboxes(), '0 16 16', 'this letter says no mailbox any more');
SELECT pg_temp.later('0');
DO $$BEGIN FOR i IN 1 .. 30 LOOP PERFORM countersign.mail_sweep(100, 10, 30, 30); END LOOP; END$$;
SELECT is(pg_temp.mailboxes(), '0 0 16', 'after the next lap none of that signature does');
SELECT * FROM finish();
ROLLBACK;
