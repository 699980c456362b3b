-- A session that has planned its statements while the tables were empty reads no table from end to end when they are full.
BEGIN;
SELECT no_plan();
SELECT is(n_distinct, 1::real, 'D18 a table that nobody has signed in has statistics') FROM pg_stats WHERE schemaname = 'countersign' AND tablename = 'signature' AND attname = 'petition_id';
-- What earlier files rolled back still takes up pages, and pages are what the planner goes by.
TRUNCATE countersign.signature, countersign.letter, countersign.letter_quota, countersign.shown, countersign.subscription, countersign.subscriber;
SELECT test.petition('p');
SELECT test.petition('q', 'none');
CREATE FUNCTION pg_temp.everything(a text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    FOR i IN 1 .. 8 LOOP
        PERFORM test.sign('p', ARRAY[a || i, a || 'x' || i], ARRAY[a || 'r' || i, a || 'rx' || i], a_shown => '{A,B}', a_asks => ARRAY[a || i, a || 'x' || i]);
        PERFORM test.sign('p', ARRAY[a || i], ARRAY[a || 's' || i]);
        PERFORM test.sign('p', ARRAY[a || i], ARRAY[a || 't' || i], a_version => 9);
        PERFORM test.sign('q', ARRAY[a || i], ARRAY[a || 'u' || i]);
        PERFORM test.resend('p', ARRAY[a || 'x' || i], ARRAY[a || 'v' || i]);
        PERFORM test.confirm(ARRAY[a || 'r' || i, a || 'rx' || i]);
        PERFORM test.resend('p', ARRAY[a || 'x' || i], ARRAY[a || 'z' || i], a_kind => 5);
        PERFORM test.correct('p', ARRAY[a || i, a || 'x' || i], ARRAY[a || 'r' || i, a || 'rx' || i], ARRAY[a || 'c' || i, a || 'cx' || i],
                             a_shown => '{C}');
        PERFORM countersign.recent(test.id('p'), 20);
        PERFORM test.withdraw(ARRAY[a || 'r' || i]);
        PERFORM test.sign('p', ARRAY[a || i], ARRAY[a || 'w' || i], a_asks => ARRAY[a || i]);
        PERFORM countersign.mail_returned(test.bucket(a || 'u' || i), substring(test.h32(a || 'u' || i) FROM 1 FOR 16), 'bounce');
        PERFORM countersign.subscription_set(ARRAY[test.bucket(a || 'w' || i)], ARRAY[test.h32(a || 'w' || i)], '{weekly}', '{NULL}');
        PERFORM countersign.subscription_set(ARRAY[test.bucket(a || 'w' || i)], ARRAY[test.h32(a || 'w' || i)], '{never}', '{NULL}');
        PERFORM countersign.subscription_set(ARRAY[test.bucket(a || 'w' || i)], ARRAY[test.h32(a || 'w' || i)], '{weekly}', '{NULL}', '{1}',
            ARRAY[test.h16(a || i)], ARRAY[test.h16(a || i)], '{33}', '{x}', '{1}', '{en}', '{NULL}', '{NULL}', '{NULL}', '{t}');
        PERFORM countersign.own(ARRAY[test.bucket(a || 'w' || i)], ARRAY[test.h32(a || 'w' || i)]);
        PERFORM countersign.disavow(0::smallint, ARRAY[test.bucket(a || 'rx' || i)], ARRAY[test.h32(a || 'rx' || i)]);
        PERFORM countersign.unsubscribe(ARRAY[test.bucket(a || 'w' || i)], ARRAY[test.h32(a || 'w' || i)], '{page}');
        PERFORM countersign.own_erase(0::smallint, ARRAY[test.bucket(a || 'v' || i)], ARRAY[test.h32(a || 'v' || i)]);
    END LOOP;
END
$$;
-- 66_plans_few.sql runs this file once more, with tables that hold a few rows already when they are planned for: enough
-- for a plan that reads all of a petition to look cheap. (Sizes of tables count, since nothing analyses them here.)
\if :{?few}
INSERT INTO countersign.signature (epoch, signed_at, changed_at, petition_id, text_version, index_key, state, email_hash, request_id, sealed)
SELECT 11, now(), now(), test.id('p'), 1, 1, 0, test.h16('few' || i), '\x00', repeat('x', 297)::bytea FROM generate_series(1, :few) i;
\endif
-- 69_plans_analysed.sql runs it with tables that were analysed while they were nearly empty, which every plan then believes; the
-- programs have their plans made anew when many more rows have come (store/plans).
\if :{?analysed}
ANALYZE countersign.signature, countersign.letter, countersign.letter_quota, countersign.shown, countersign.subscription, countersign.subscriber;
\endif
SELECT pg_temp.everything('a');

INSERT INTO countersign.signature (epoch, signed_at, changed_at, petition_id, text_version, index_key, state, email_hash, request_id, sealed)
SELECT 11, now(), now(), test.id('p'), 1, 1, 0, test.h16('many' || i), '\x00', '\x00' FROM generate_series(1, 20000) i;
INSERT INTO countersign.letter (signature_id, epoch, created_at, petition_id, token_bucket, life, kind, token_hash, request_id, mailbox, sealed)
SELECT i, 22, now(), test.id('p'), i % 50, 1, 1, test.h32('many' || i), '\x00', '\x00', '\x00' FROM generate_series(1, 20000) i;
INSERT INTO countersign.letter_quota (mailbox, since, n, granted) SELECT test.h16('many' || i), now(), 1, 1 FROM generate_series(1, 20000) i;
INSERT INTO countersign.shown (signature_id, petition_id, name, shown_at)
SELECT i, test.id('p'), 'x', CASE WHEN i % 2 = 0 THEN now() END FROM generate_series(1000001, 1020000) i;
\if :{?analysed}
DISCARD PLANS;
\endif

INSERT INTO countersign.subscription (asked_at, petition_id, text_version, wording, language, mailbox, token_hash, request_id)
SELECT now(), test.id('p'), 1, 1, 'en', test.h16('many' || i), test.h32('many' || i), '\x00' FROM generate_series(1, 20000) i;
INSERT INTO countersign.subscriber (mailbox, state, epoch, sealed) SELECT test.h16('many' || i), 'on', 33, '\x00' FROM generate_series(1, 20000) i;

CREATE TEMP TABLE before AS SELECT relname, seq_tup_read, idx_tup_fetch FROM pg_stat_xact_user_tables WHERE schemaname = 'countersign';
SELECT pg_temp.everything('b');
SELECT is(s.seq_tup_read - b.seq_tup_read, 0::bigint, 'D18 ' || relname || ' is never read from end to end')
  FROM before b JOIN pg_stat_xact_user_tables s USING (relname)
 WHERE s.schemaname = 'countersign' AND relname IN ('signature', 'letter', 'letter_quota', 'shown', 'subscription', 'subscriber');
SELECT ok(s.idx_tup_fetch - b.idx_tup_fetch < 1000, relname || ' is read a row at a time (' || s.idx_tup_fetch - b.idx_tup_fetch || ')')
  FROM before b JOIN pg_stat_xact_user_tables s USING (relname)
 WHERE s.schemaname = 'countersign' AND relname IN ('signature', 'letter', 'letter_quota', 'shown', 'subscription', 'subscriber');
SELECT ok(test.equal(), 'and the sums are equal');
SELECT * FROM finish();
ROLLBACK;
