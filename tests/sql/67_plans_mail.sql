-- What a letter costs the mailers stays the same when a hundred thousand wait, for a session that has planned its
-- statements while few did; and who waits behind them is not kept waiting.
BEGIN;
SELECT no_plan();
TRUNCATE countersign.signature, countersign.letter, countersign.mail_queue, countersign.mail_quota, countersign.mail_reminder,
         countersign.letter_quota;
SELECT test.petition('big'), test.petition('small');
SELECT countersign.epoch_add(22, 'letter', ARRAY[test.h32('mailer')], '{b}');


CREATE TEMP TABLE got AS SELECT * FROM countersign.mail_claim(test.h32('mailer'), 0, 1, 60, 5, 5, 30);
CREATE TEMP TABLE cost (waiting text, what text, pages numeric);
CREATE FUNCTION pg_temp.send(a_waiting text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    v_claim numeric;
    v_fate  numeric;
BEGIN
    DROP TABLE got;
    v_claim := test.pages('CREATE TEMP TABLE got AS SELECT * FROM countersign.mail_claim(test.h32(''mailer''), 0, 100, 60, 5, 5, 30)');
    v_fate := test.pages('SELECT countersign.mail_fate(array_agg(token_bucket), array_agg(token_hash), array_agg(lease),
        array_agg(1::smallint), array_agg(0), 30, 3, 5) FROM got');
    INSERT INTO cost VALUES (a_waiting, 'claim', v_claim), (a_waiting, 'fate', v_fate);
END
$$;

SELECT test.owe('big', 1, 2000);
SELECT pg_temp.send('first') FROM generate_series(1, 6); -- plans are made anew five times before they stay
SELECT pg_temp.send('few');
SELECT is((SELECT count(*) FROM got), 100::bigint, 'a hundred letters are claimed');

SELECT test.owe('big', 10001, 110000);
SELECT test.owe('small', 300001, 300001);
UPDATE countersign.mail_queue SET due_at = now() WHERE petition_id = test.id('small'); -- after everybody else
CREATE TEMP TABLE before AS SELECT relname, seq_tup_read FROM pg_stat_xact_user_tables WHERE schemaname = 'countersign';
SELECT pg_temp.send('many');
SELECT is((SELECT count(*) FILTER (WHERE petition_id = test.id('small')) || ' of ' || count(*) FROM got), '1 of 100', 'M13 the one letter of another petition is among the next');
SELECT pg_temp.send('many');
SELECT is(s.seq_tup_read - b.seq_tup_read, 0::bigint, 'M13 ' || relname || ' is never read from end to end')
  FROM before b JOIN pg_stat_xact_user_tables s USING (relname)
 WHERE s.schemaname = 'countersign'
   AND relname IN ('signature', 'letter', 'mail_queue', 'mail_reminder', 'mail_quota', 'mail_suppressed', 'unsubscription', 'letter_quota');
SELECT ok(max(c.pages) FILTER (WHERE c.waiting = 'many') < 1.7 * min(c.pages) FILTER (WHERE c.waiting = 'few') + 20,
          format('M13 %s: %s pages with 2,000 that wait, %s with 100,000', what,
                 min(c.pages) FILTER (WHERE c.waiting = 'few'), max(c.pages) FILTER (WHERE c.waiting = 'many')))
  FROM cost c GROUP BY what;

-- Taking in goes on where it stopped, and so do sweeps.
SELECT test.owe('big', 400001, 400500, false);
UPDATE countersign.mail_place SET lap_not_before = now(), signature_not_before = now();
SELECT countersign.epoch_add(33, 'subscriber', ARRAY[test.h32('mailer')], '{b}');
INSERT INTO countersign.subscriber (mailbox, state, epoch, sealed) SELECT test.h16('box' || i), 'on', 33, '\x00' FROM generate_series(1, 20000) i;
CREATE FUNCTION pg_temp.again(a_statement text, OUT pages numeric) LANGUAGE plpgsql AS $$
BEGIN
    FOR i IN 1 .. 7 LOOP
        pages := test.pages(a_statement);
    END LOOP;
END
$$;
SELECT ok(pages < 100 * 12, 'M13 taking in looks at ' || pages || ' pages for a hundred letters') FROM pg_temp.again('SELECT countersign.mail_take(100)');
SELECT ok(pages < 100 * 30, 'M13 a sweep looks at ' || pages || ' pages for a hundred rows of each') FROM pg_temp.again('SELECT countersign.mail_sweep(100, 10, 30, 30)');
SELECT * FROM finish();
ROLLBACK;
