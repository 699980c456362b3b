-- What a letter costs is the same for a mailer that has planned its statements when the tables had just been analysed and
-- were all but empty: as the queue is whenever all is sent, or as all are after a nightly vacuumdb --analyze.
BEGIN;
SET LOCAL statement_timeout = '90s';
SELECT no_plan();
CREATE FUNCTION pg_temp.minute() RETURNS integer LANGUAGE sql RETURN (floor(extract(epoch FROM now()) / 60)::bigint & 65535)::integer;
CREATE FUNCTION pg_temp.owe(a_slug text, a_from integer, a_to integer) RETURNS void LANGUAGE sql AS $$
INSERT INTO countersign.signature (id, epoch, signed_at, changed_at, petition_id, text_version, index_key, state, email_hash, request_id, sealed)
OVERRIDING SYSTEM VALUE
SELECT i, 11, now(), now(), test.id(a_slug), 1, 1, 0, test.h16('who' || i), '\x00', '\x00' FROM generate_series(a_from, a_to) i;
INSERT INTO countersign.letter (signature_id, epoch, created_at, petition_id, token_bucket, life, kind, token_hash, request_id, mailbox, sealed)
SELECT i, 22, now(), test.id(a_slug), pg_temp.minute(), 1, 1, test.h32('owed' || i), '\x00', test.h16('box' || i), '\x01' FROM generate_series(a_from, a_to) i;
INSERT INTO countersign.mail_queue (created_at, due_at, epoch, petition_id, token_bucket, token_hash)
SELECT now(), now() - interval '1 hour' + i * interval '1 millisecond', 22, test.id(a_slug), pg_temp.minute(), test.h32('owed' || i)
  FROM generate_series(a_from, a_to) i;
$$;
CREATE FUNCTION pg_temp.pages(a_statement text) RETURNS numeric LANGUAGE plpgsql AS $$
DECLARE v json;
BEGIN
    EXECUTE 'EXPLAIN (ANALYZE, BUFFERS, TIMING OFF, FORMAT JSON) ' || a_statement INTO v;
    RETURN (v->0->'Plan'->>'Shared Hit Blocks')::numeric + (v->0->'Plan'->>'Shared Read Blocks')::numeric;
END
$$;
-- Claims a hundred letters and tells that they were sent: pages that each looked at.
CREATE FUNCTION pg_temp.send(OUT letters bigint, OUT claim numeric, OUT fate numeric) LANGUAGE plpgsql AS $$
BEGIN
    claim := pg_temp.pages('CREATE TEMP TABLE got AS SELECT * FROM countersign.mail_claim(test.h32(''mailer''), 0, 100, 60, 5, 5, 30)');
    fate := pg_temp.pages('SELECT countersign.mail_fate(array_agg(token_bucket), array_agg(token_hash), array_agg(lease),
        array_agg(1::smallint), array_agg(0), 30, 3, 5) FROM got');
    SELECT count(*) INTO letters FROM got;
    DROP TABLE got;
END
$$;
-- Plans are made while the tables hold so many letters, each of a petition of its own; then come thousands of one.
CREATE FUNCTION pg_temp.grow(a_few integer) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    v      record;
    v_slug text := 'grown' || a_few;
BEGIN
    TRUNCATE countersign.signature, countersign.letter, countersign.letter_quota;
    -- Pages stay behind: analysed so, a table is empty for the planner however large it has become since.
    DELETE FROM countersign.mail_queue;
    DELETE FROM countersign.mail_quota;
    DELETE FROM countersign.mail_reminder;
    PERFORM test.petition(v_slug);
    PERFORM countersign.epoch_add(22, 'letter', ARRAY[test.h32('mailer')], '{b}');
    FOR i IN 1 .. a_few LOOP
        PERFORM test.petition(v_slug || '-' || i);
        PERFORM pg_temp.owe(v_slug || '-' || i, i, i);
    END LOOP;
    ANALYZE countersign.signature, countersign.letter, countersign.mail_queue, countersign.mail_quota, countersign.mail_reminder,
            countersign.letter_quota, countersign.mail_suppressed, countersign.unsubscription, countersign.disavowal;
    DISCARD PLANS;
    PERFORM * FROM pg_temp.send();
    PERFORM * FROM pg_temp.send();
    PERFORM pg_temp.owe(v_slug, 10001, 14000);
    PERFORM * FROM pg_temp.send();
    SELECT * INTO v FROM pg_temp.send();
    RETURN NEXT ok(v.letters = 100 AND v.claim < 12000 AND v.fate < 8000, format(
        'M13 planned with %s letters: claiming a hundred of 4,000 looks at %s pages, their fates at %s', a_few, v.claim, v.fate));
END
$$;
SELECT pg_temp.grow(0);
SELECT pg_temp.grow(1);
SELECT pg_temp.grow(3);
SELECT * FROM finish();
ROLLBACK;
