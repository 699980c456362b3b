-- What readers have chosen holds for each letter; and a signature is a letter's where there was none before.
BEGIN;
SELECT no_plan();
SELECT test.petition('p', 'email', '{"tags":["buses"]}');
SELECT countersign.epoch_add(33, 'subscriber', ARRAY[test.h32('mailer')], '{c}');
CREATE FUNCTION pg_temp.import(a_who text, a_topics text) RETURNS text LANGUAGE sql VOLATILE AS $$
    SELECT array_to_string(countersign.subscriber_import(ARRAY[test.h16(a_who)], 33, '{\x01}', '{DE}', '{""}', '{en}', ARRAY[a_topics], '{2026-01-01T00:00:00Z}',
        '{a stall}', '{Yes}', '{}', '{}', '{}'), ' ')
$$;
CREATE FUNCTION pg_temp.send(a_name text, a_audience jsonb DEFAULT '{}') RETURNS void LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    PERFORM countersign.mailing_put(jsonb_build_object('name', a_name, 'petition', 'p', 'language', 'en', 'sender', '', 'office', '',
        'facebook_url', '', 'twitter_url', '', 'translations', '{}'::jsonb, 'subject', 'S', 'preview', '', 'tag_line', '', 'headline', '', 'friend', '',
        'letter', 'L', 'letter_html', '<p>L</p>', 'letter_text', 'L', 'signature', ''));
    PERFORM countersign.mailing_send(a_name, a_audience, NULL, NULL, 10, 24, NULL, false);
    UPDATE countersign.mailing_pace SET free_at = '-infinity' WHERE place = -1;
    PERFORM countersign.mailing_gather(100);
END
$$;
CREATE FUNCTION pg_temp.who(a_name text) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT string_agg(w, ' ' ORDER BY w) FROM unnest('{all,buses,both,trains,came}'::text[]) w, countersign.mailing_queue q, countersign.mailing m
     WHERE m.name = a_name AND q.mailing_id = m.id AND q.mailbox = test.h16(w)
$$;

SELECT is(pg_temp.import(w, t), 'new', 'on')
  FROM (VALUES ('all', ''), ('buses', 'buses'), ('both', 'buses|trains'), ('trains', 'trains'), ('came', 'trains')) AS u(w, t);
UPDATE countersign.subscriber SET chosen = false WHERE mailbox = test.h16('came');
SELECT pg_temp.send('one');
SELECT is(pg_temp.who('one'), 'all both buses came', 'who has chosen other topics than the petition''s has not chosen this letter; who only came by others may like it');
SELECT pg_temp.send('two', '{"topics":["trains"]}');
SELECT is(pg_temp.who('two'), 'all both came trains', 'where the organiser says what it is about, that is it');
UPDATE countersign.subscriber SET topics = '{trains}' WHERE mailbox = test.h16('buses');
SELECT is((SELECT count(*) FROM countersign.mailing_claim(test.h32('mailer'), 100, 60) c JOIN countersign.mailing m ON m.id = c.mailing_id AND m.name = 'one'), 3::bigint, 'and again before each letter');
SELECT is((SELECT concat_ws(' ', audience, unsubscribed, in_hand) FROM countersign.mailing_status('one')), '4 1 3', 'of whom it is told');

-- ---- because of it ----
CREATE FUNCTION pg_temp.click(a_who text, a_request text) RETURNS text LANGUAGE sql VOLATILE AS $$
    SELECT array_to_string(countersign.sign_by_letter(0::smallint, 5, ARRAY[(SELECT id FROM countersign.mailing WHERE name = 'one')], '{1}', ARRAY[test.id('p')],
        ARRAY[test.h16('p' || a_who)], ARRAY[test.h16(a_who)], ARRAY[test.h16(a_request)], '{1}', '{0}', '{11}', '{"\\x02"}', '{22}', '{"\\x01"}',
        ARRAY[test.bucket(a_request)], ARRAY[test.h32(a_request)], '{""}', '{""}', '{NULL}', '{NULL}', '{NULL}', '{t}'), ' ')
$$;
CREATE FUNCTION pg_temp.because() RETURNS bigint LANGUAGE sql VOLATILE AS $$SELECT signed_by_link FROM countersign.mailing_status('one')$$;
SELECT test.sign('p', '{all}', '{a1}');
SELECT test.confirm('{a1}');
UPDATE countersign.signature SET confirmed_at = confirmed_at - interval '1 microsecond';
SELECT is(pg_temp.click('all', 'a2'), '0', 'who has signed before is answered as everybody');
SELECT is(pg_temp.because(), 0::bigint, 'and did not sign because of it');
SELECT test.sign('p', '{both}', '{b1}');
SELECT is(pg_temp.click('both', 'b2'), '0', 'who had not confirmed');
SELECT is(pg_temp.because(), 1::bigint, 'did');
SELECT is(pg_temp.click('trains', 't1'), '0', 'who had not signed at all');
SELECT is(pg_temp.because(), 2::bigint, 'did, too');
SELECT is(pg_temp.click('trains', 't1'), '0', 'the same request again');
SELECT is(pg_temp.because(), 2::bigint, 'is counted once');
-- ---- who signed before they asked for news elsewhere ----
SELECT test.petition('q', 'email', '{}'), test.petition('r', 'email', '{}'), test.petition('s', 'email', '{}'), test.petition('n', 'none', '{}');
SELECT test.sign('p', '{sam}', '{s1}'), test.sign('r', '{sam}', '{s2}'), test.sign('s', '{sam}', '{s3}'), test.sign('n', '{sam}', '{s4}');
SELECT test.confirm('{s1,s3}');
SELECT test.withdraw('{s3}');
SELECT test.sign('q', '{sam}', '{s5}', a_asks => '{sam}');
SELECT test.confirm('{s5}');
CREATE FUNCTION pg_temp.known() RETURNS text LANGUAGE sql VOLATILE AS $$
    SELECT string_agg(p.slug, ' ' ORDER BY p.slug) FROM countersign.subscriber s JOIN countersign.petition p ON p.id = ANY (s.petitions) WHERE s.mailbox = test.h16('sam')
$$;
SELECT is(pg_temp.known(), 'q', 'at first the petition by which they came is known');
UPDATE countersign.mail_place SET lap_not_before = '-infinity', lap_bucket = 0, lap_hash = '';
SELECT is(countersign.mail_sweep_letters(1000), 0, 'after the next lap');
SELECT is(pg_temp.known(), 'p q', 'what they have confirmed; not what waits, was taken back or proves no mailbox');
SELECT is(countersign.mail_sweep_letters(1000), 0, 'another one');
SELECT is(pg_temp.known(), 'p q', 'changes nothing');
SELECT pg_temp.send('three');
SELECT is((SELECT count(*) FROM countersign.mailing_queue WHERE mailbox = test.h16('sam')), 0::bigint, 'so nobody asks them again');
SELECT * FROM finish();
ROLLBACK;
