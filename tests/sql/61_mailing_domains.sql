-- Letters to the list go to each domain, and are gathered, at one pace, however many mailers there are.
BEGIN;
SELECT no_plan();
SELECT test.petition('p', 'email', '{}');
SELECT countersign.epoch_add(33, 'subscriber', ARRAY[test.h32('mailer')], '{c}');
CREATE FUNCTION pg_temp.import(a_who text) RETURNS text LANGUAGE sql VOLATILE AS $$
    SELECT array_to_string(countersign.subscriber_import(ARRAY[test.h16(a_who)], 33, '{\x01}', '{DE}', '{""}', '{en}', '{""}', '{2026-01-01T00:00:00Z}',
        '{a stall}', '{Yes}', '{}', '{}', '{}'), ' ')
$$;
CREATE FUNCTION pg_temp.send(a_name text, a_rate integer DEFAULT NULL) RETURNS text LANGUAGE sql VOLATILE AS $$
    SELECT countersign.mailing_put(jsonb_build_object('name', a_name, 'petition', 'p', 'language', 'en', 'sender', '', 'office', '',
        'facebook_url', '', 'twitter_url', '', 'translations', '{}'::jsonb, 'subject', 'S', 'preview', '', 'tag_line', '', 'headline', '', 'friend', '',
        'letter', 'L', 'letter_html', '<p>L</p>', 'letter_text', 'L', 'signature', ''));
    SELECT countersign.mailing_send(a_name, '{"who":"all"}', NULL, a_rate, 10, 24, NULL, false);
$$;
CREATE FUNCTION pg_temp.gather() RETURNS void LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    WHILE countersign.mailing_gather(100) <> 0 LOOP
    END LOOP;
END
$$;
CREATE FUNCTION pg_temp.who(a_mailbox bytea) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT w FROM unnest('{big1,big2,big3,big4,big5,small}'::text[]) w WHERE test.h16(w) = a_mailbox
$$;
CREATE TEMP TABLE hand (who text, mailing integer, lease bigint, paced boolean);
-- Who may go, and in brackets whose domain is to be found out.
CREATE FUNCTION pg_temp.claim(a_per_minute integer, a_limit integer DEFAULT 100) RETURNS text LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    DELETE FROM hand;
    INSERT INTO hand SELECT pg_temp.who(c.mailbox), c.mailing_id, c.lease, c.paced FROM countersign.mailing_claim(test.h32('mailer'), a_limit, 60, a_per_minute) c;
    RETURN (SELECT string_agg(CASE WHEN paced THEN who ELSE '(' || who || ')' END, ' ' ORDER BY who) FROM hand);
END
$$;
CREATE FUNCTION pg_temp.fate(a_fate integer, a_per_minute integer) RETURNS integer LANGUAGE sql VOLATILE AS $$
    SELECT countersign.mailing_fate(array_agg(h.mailing ORDER BY h.who), array_agg(test.h16(h.who) ORDER BY h.who), array_agg(h.lease ORDER BY h.who),
        array_agg(a_fate::smallint), array_agg(0), 4,
        array_agg((CASE WHEN h.paced THEN -1 WHEN h.who = 'small' THEN 9 ELSE 7 END)::smallint ORDER BY h.who), a_per_minute)
      FROM hand h
$$;
CREATE FUNCTION pg_temp.due() RETURNS text LANGUAGE sql STABLE AS $$
    SELECT string_agg(pg_temp.who(mailbox) || ' ' || extract(epoch FROM due_at - now())::integer, ', ' ORDER BY pg_temp.who(mailbox)) FROM countersign.mailing_queue
$$;
CREATE FUNCTION pg_temp.pass(a_seconds integer) RETURNS void LANGUAGE sql VOLATILE AS $$
    UPDATE countersign.mailing_queue SET due_at = due_at - make_interval(secs => a_seconds);
    UPDATE countersign.mailing_pace SET free_at = free_at - make_interval(secs => a_seconds), tail_at = tail_at - make_interval(secs => a_seconds)
     WHERE free_at > '-infinity' OR tail_at > '-infinity';
    UPDATE countersign.mailing SET paced_at = paced_at - make_interval(secs => a_seconds) WHERE paced_at > '-infinity';
$$;
CREATE FUNCTION pg_temp.status(a_name text) RETURNS text LANGUAGE sql VOLATILE AS $$
    SELECT s.state || CASE WHEN s.audience = s.owed + s.later + s.in_hand + s.sent THEN '' ELSE ' DOES NOT ADD UP' END
           || ' owed ' || s.owed || ' later ' || s.later || ' in_hand ' || s.in_hand || ' sent ' || s.sent FROM countersign.mailing_status(a_name) s
$$;

-- ---- gathering ----
SELECT is(pg_temp.import(w), 'new', 'on') FROM unnest('{big1,big2,big3,big4,big5,small}'::text[]) w;
SELECT is(pg_temp.send('one'), 'sending', 'a letter');
SELECT is(pg_temp.send('two'), 'sending', 'and another');
SELECT is(pg_temp.send('two'), 'sending already', 'which is not sent anew');
CREATE TEMP TABLE before AS SELECT clock_timestamp() AS at;
SELECT is(countersign.mailing_gather(4), 4, 'one mailer makes a step');
SELECT ok((SELECT p.free_at >= b.at + interval '160 microseconds' FROM countersign.mailing_pace p, before b WHERE p.place = -1), 'which takes its time');
UPDATE countersign.mailing_pace SET free_at = clock_timestamp() + interval '1 minute' WHERE place = -1;
SELECT is(countersign.mailing_gather(4), -1, 'no other makes one meanwhile, of whichever letter');
SELECT is((SELECT sum(audience) FROM countersign.mailing), 4::numeric, 'and nobody is added');
-- A step takes no hour: the clock was ahead when that was written.
UPDATE countersign.mailing_pace SET free_at = clock_timestamp() + interval '1 hour' WHERE place = -1;
SELECT is(countersign.mailing_gather(1), 1, 'nobody waits for an hour');
UPDATE countersign.mailing_pace SET free_at = clock_timestamp() WHERE place = -1;
SELECT pg_temp.gather();
SELECT is(pg_temp.status('one'), 'sending owed 6 later 0 in_hand 0 sent 0', 'then it goes on');
SELECT countersign.mailing_move('two', 'cancelled');

-- ---- sixty a minute to one domain ----
SELECT is(pg_temp.claim(60), '(big1) (big2) (big3) (big4) (big5) (small)', 'nobody knows whose domain is which');
SELECT is(pg_temp.fate(6, 60), 6, 'they are given back with that');
SELECT is(pg_temp.due(), 'big1 0, big2 1, big3 2, big4 3, big5 4, small 0', 'and wait for their turn, none for another domain''s');
SELECT is(pg_temp.status('one'), 'sending owed 6 later 0 in_hand 0 sent 0', 'which was no try');
SELECT is((SELECT count(*) FROM countersign.mailing_queue WHERE first_at IS NOT NULL OR tries > 0), 0::bigint, 'so no time runs in which it would be given up');
SELECT is(pg_temp.fate(6, 60), 0, 'told twice');
SELECT is(pg_temp.due(), 'big1 0, big2 1, big3 2, big4 3, big5 4, small 0', 'changes nothing');
SELECT is(pg_temp.claim(60), 'big1 small', 'whose turn it is goes');
SELECT is(pg_temp.claim(60), NULL, 'and nobody else, whichever mailer asks');
SELECT is(pg_temp.fate(1, 60), 0, 'nothing is in that one''s hand');
SELECT pg_temp.pass(1);
SELECT is(pg_temp.claim(60), 'big2', 'a second later the next');
SELECT is(pg_temp.fate(1, 60), 1, 'is sent');
SELECT pg_temp.pass(1);
UPDATE countersign.mailing_pace SET free_at = now() + interval '1 year' WHERE place = 7;
SELECT matches(pg_temp.claim(60), '^big3', 'and the next, where a clock that was ahead had written otherwise');
SELECT is(pg_temp.fate(6, 60), (SELECT count(*)::integer FROM hand), 'who is given back');
SELECT is(pg_temp.status('one'), 'sending owed 3 later 0 in_hand 2 sent 1', 'it adds up');
-- An hour in which nobody mailed: no crowd goes then, and who has to wait is behind the others.
UPDATE countersign.mailing_queue SET due_at = now() + interval '1 day' WHERE lease <> 0;
SELECT pg_temp.pass(3600);
UPDATE countersign.mailing_pace SET free_at = now() - interval '1 second' WHERE place = 7;
SELECT is(pg_temp.claim(60), 'big3 big4', 'what was not used for two seconds is gone');
SELECT ok((SELECT due_at > now() FROM countersign.mailing_queue WHERE mailbox = test.h16('big5')), 'the last has another turn');
SELECT is(pg_temp.fate(2, 60), 2, 'later');
SELECT is(pg_temp.status('one'), 'sending owed 1 later 2 in_hand 2 sent 1', 'it adds up');
SELECT is(pg_temp.claim(0), 'big3 big4', 'without a pace who is due goes');
SELECT countersign.mailing_move('one', 'cancelled');

-- ---- a rate is of letters that go ----
SELECT pg_temp.send('three', 60);
SELECT pg_temp.gather();
UPDATE countersign.mailing SET paced_at = now() + interval '1 year' WHERE name = 'three'; -- likewise
SELECT matches(pg_temp.claim(0, 1), '^\w+$', 'one');
SELECT is(pg_temp.fate(6, 0), 1, 'that a mailer gives back untried');
SELECT is((SELECT array_length(string_to_array(pg_temp.claim(0), ' '), 1)), 2, 'has used up nothing of two in two seconds');
SELECT is(pg_temp.claim(0), NULL, 'who is in a hand has');
SELECT pg_temp.fate(2, 0);
SELECT countersign.mailing_move('three', 'cancelled');
DELETE FROM countersign.mailing_pace WHERE place >= 0;
SELECT pg_temp.send('four', 60);
SELECT pg_temp.gather();
SELECT matches(pg_temp.claim(600), '^\(\w+\) \(\w+\)$', 'as many are looked at as may go');
SELECT pg_temp.fate(6, 600);
SELECT pg_temp.claim(600);
SELECT is((SELECT count(*) FROM hand WHERE paced), 1::bigint, 'and go, a tenth of a second apart');
SELECT is((SELECT count(*) FROM countersign.audit(NULL) WHERE NOT equal), 0::bigint, 'and the tally is the table');
SELECT * FROM finish();
ROLLBACK;
