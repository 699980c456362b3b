-- D20 The outbox after a restore: what was owed then is held until somebody says which letters had gone.
BEGIN;
SELECT no_plan();
SELECT test.petition('m');
CREATE FUNCTION pg_temp.claim() RETURNS bigint LANGUAGE sql VOLATILE AS
$$SELECT count(*) FROM countersign.mail_claim(test.h32('mailer'), 0, 100, 60, 5, 5, 30)$$;
CREATE FUNCTION pg_temp.take() RETURNS void LANGUAGE sql VOLATILE AS
$$UPDATE countersign.letter SET token_bucket = test.minute()
   WHERE NOT EXISTS (SELECT FROM countersign.mail_queue q WHERE q.token_hash = letter.token_hash) AND state = 0;
  SELECT count(*) FROM countersign.mail_take(100)$$;
CREATE FUNCTION pg_temp.sent(a_request text[]) RETURNS text LANGUAGE sql VOLATILE AS
$$SELECT s.unknown || ' ' || s.sent
    FROM countersign.restored_sent(ARRAY(SELECT test.minute() FROM unnest(a_request)),
                                   ARRAY(SELECT substr(test.h32(r), 1, 16) FROM unnest(a_request) r), 30, 3) s$$;
CREATE FUNCTION pg_temp.state(a_request text) RETURNS text LANGUAGE sql STABLE AS
$$SELECT concat(l.state, CASE WHEN l.sealed IS NOT NULL THEN ' sealed' END, CASE WHEN l.expires_at IS NOT NULL THEN ' ends' END,
                CASE WHEN q.due_at = 'infinity' THEN ' held' WHEN q.token_hash IS NOT NULL THEN ' queued' END,
                CASE WHEN r.token_hash IS NOT NULL THEN ' reminder' END)
    FROM countersign.letter l
    LEFT JOIN countersign.mail_queue q USING (token_bucket, token_hash)
    LEFT JOIN countersign.mail_reminder r USING (token_bucket, token_hash)
   WHERE l.token_hash = test.h32(a_request)$$;

-- a was being sent, b waited, c was not taken in yet; d and e wait for reminders, of which one is due; f's is on its way.
SELECT test.sign('m', '{a,b,d,e,f}', '{a,b,d,e,f}');
SELECT pg_temp.take();
SELECT pg_temp.claim();
SELECT countersign.mail_fate(array_agg(q.token_bucket), array_agg(q.token_hash), array_agg(q.lease), array_agg(1::smallint), array_agg(0), 30, 3, 5)
  FROM countersign.mail_queue q WHERE q.token_hash IN (test.h32('d'), test.h32('e'), test.h32('f'));
UPDATE countersign.mail_reminder SET due_at = now() - interval '1 minute' WHERE token_hash <> test.h32('d');
UPDATE countersign.mail_queue SET lease = 0, due_at = now() WHERE token_hash = test.h32('b');
INSERT INTO countersign.mail_queue (created_at, due_at, epoch, petition_id, token_bucket, token_hash, step)
SELECT now(), now(), r.epoch, r.petition_id, r.token_bucket, r.token_hash, 1 FROM countersign.mail_reminder r WHERE r.token_hash = test.h32('f');
DELETE FROM countersign.mail_reminder WHERE token_hash = test.h32('f');
SELECT test.sign('m', '{c}', '{c}');
UPDATE countersign.letter SET token_bucket = test.minute(), created_at = created_at - interval '1 minute' WHERE token_hash = test.h32('c');
UPDATE countersign.letter SET created_at = created_at - interval '1 minute' WHERE token_hash <> test.h32('c');
UPDATE countersign.signature SET signed_at = signed_at - interval '1 minute';

SELECT is((SELECT held FROM countersign.restored(false)), 0::bigint, 'nothing was restored, nothing is held');
-- The restore: another cluster.
UPDATE countersign.instance SET system_identifier = system_identifier + 1;
SELECT is(pg_temp.claim(), 0::bigint, 'D20 nothing that was owed then is sent');
SELECT is(pg_temp.state('a') || ', ' || pg_temp.state('b') || ', ' || pg_temp.state('c'), '0 sealed held, 0 sealed held, 0 sealed held',
          'D20 not what was on its way, not what waited, not what nobody had taken in');
SELECT is(pg_temp.state('e') || ', ' || pg_temp.state('f'), '1 ends, 1 ends', 'D20 a reminder that may have gone is given up, its envelope shredded');
SELECT is(pg_temp.state('d'), '1 sealed ends reminder', 'one that was not due yet waits on');
SELECT pg_temp.take();
SELECT is(pg_temp.state('c'), '0 sealed held', 'taking in changes nothing');
SELECT test.sign('m', '{g}', '{g}');
SELECT pg_temp.take();
SELECT is(pg_temp.claim(), 1::bigint, 'what was made after the restore goes');
SET LOCAL ROLE countersign_operator;
SELECT is((SELECT held || ' ' || number FROM countersign.restored(false)), '3 2', 'the operator sees what is held');
RESET ROLE;

-- What the mail server says: a went, g is not held, x is of a signature that was lost. Twice is once.
SELECT is(pg_temp.sent('{a,g,x,a}'), '1 1', 'D20 the log of the mail server says which letters had gone');
SELECT is(pg_temp.sent('{a,g,x}'), '1 0', 'asked again it changes nothing');
SELECT is(pg_temp.state('a'), '1 sealed ends reminder', 'it counts as sent: its token lives, its reminder is due in days');
SELECT is(pg_temp.state('g'), '0 sealed queued', 'what was not held is not touched');
SELECT is((SELECT held FROM countersign.restored(false)), 2::bigint, 'two are left');
UPDATE countersign.mail_queue SET due_at = 'infinity' WHERE token_hash = test.h32('g');
SELECT is(countersign.restored_release(true, 30), 3::bigint, 'they go');
SELECT is(pg_temp.claim(), 3::bigint, 'to the next who claims');

-- Given up.
UPDATE countersign.letter SET created_at = created_at - interval '1 minute' WHERE token_hash = test.h32('g');
SELECT is((SELECT held FROM countersign.restored(true)), 3::bigint, 'D20 a restore that PostgreSQL does not show is told by hand');
SELECT is(pg_temp.claim(), 0::bigint, 'and holds as well');
SELECT is(countersign.restored_release(false, 30), 3::bigint, 'given up');
SELECT is(pg_temp.state('b'), '2 ends', 'shredded');
SELECT is(pg_temp.claim(), 0::bigint, 'nothing is left');
SELECT ok(test.equal(), 'the sums are equal');
SELECT * FROM finish();
ROLLBACK;
