-- What a letter costs is the same for a mailer that has planned its statements when the tables had just been analysed and
-- were all but empty: as the queue is whenever all is sent, or as all are after a nightly vacuumdb --analyze.
BEGIN;
SET LOCAL statement_timeout = '90s';
SELECT no_plan();
-- Claims a hundred letters and tells that they were sent: pages that each looked at.
CREATE FUNCTION pg_temp.send(OUT letters bigint, OUT claim numeric, OUT fate numeric) LANGUAGE plpgsql AS $$
BEGIN
    claim := test.pages('CREATE TEMP TABLE got AS SELECT * FROM countersign.mail_claim(test.h32(''mailer''), 0, 100, 60, 5, 5, 30)');
    fate := test.pages('SELECT countersign.mail_fate(array_agg(token_bucket), array_agg(token_hash), array_agg(lease),
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
        PERFORM test.owe(v_slug || '-' || i, i, i);
    END LOOP;
    ANALYZE countersign.signature, countersign.letter, countersign.mail_queue, countersign.mail_quota, countersign.mail_reminder,
            countersign.letter_quota, countersign.mail_suppressed, countersign.unsubscription, countersign.disavowal;
    DISCARD PLANS;
    PERFORM * FROM pg_temp.send();
    PERFORM * FROM pg_temp.send();
    PERFORM test.owe(v_slug, 10001, 14000);
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
