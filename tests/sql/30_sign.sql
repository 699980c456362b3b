-- Signing: fates, duplicates, replays, letters and their limit, what is shown.
BEGIN;
SELECT no_plan();
SELECT test.petition('mail');
SELECT test.petition('once', 'none');

SELECT is(test.sign('mail', '{ann,bob}', '{r1,r2}'), '{0,0}', 'two people sign: accepted');
SELECT is(test.state('mail', 'ann'), 0, 'with confirmation by e-mail a signature is pending');
SELECT is(test.count('mail'), 0::bigint, 'what is pending does not count');
SELECT is(test.version('mail'), 0::bigint, 'nothing public moves when an unconfirmed person signs');
SELECT is(test.letters('mail', 'ann'), 'confirm', 'a letter to confirm is owed');

SELECT is(test.sign('once', '{ann,bob}', '{o1,o2}', a_country => '{DE,NULL}', a_region => '{DE-BE,NULL}'), '{0,0}',
          'without confirmation: accepted');
SELECT is(test.state('once', 'ann'), 1, 'without confirmation it is confirmed at once');
SELECT is(test.count('once'), 2::bigint, 'and counts');
SELECT is(test.version('once'), 1::bigint, 'a batch moves the version by one');
SELECT is(test.letters('once', 'ann'), 'thanks', 'and thanks are owed');
SELECT ok(test.equal(), 'table and tally are equal');

-- Fates.
SELECT is(test.sign('nowhere', '{ann}', '{f1}'), '{3}', 'I21 an unknown petition: 3');
SELECT countersign.petition_put('{"slug":"draft","language":"en","title":"T"}', 1::smallint);
SELECT is(test.sign('draft', '{ann}', '{f2}'), '{3}', 'I21 a draft: the same 3');
SELECT test.petition('shut');
SELECT countersign.petition_state('shut', 'closed');
SELECT is(test.sign('shut', '{ann}', '{f3}'), '{1}', 'a closed petition: 1');
SELECT countersign.petition_state('shut', 'withdrawn');
SELECT is(test.sign('shut', '{ann}', '{f4}'), '{1}', 'a withdrawn petition: 1');
SELECT test.petition('due');
UPDATE countersign.petition SET closes_at = now() + interval '1 second' WHERE slug = 'due';
SELECT is(test.sign('due', '{ann}', '{f5}'), '{0}', 'a second before closes_at: accepted');
UPDATE countersign.petition SET closes_at = now() WHERE slug = 'due';
SELECT is(test.sign('due', '{bob}', '{f6}'), '{1}', 'T4 at closes_at, by the database''s clock: closed');
SELECT is(test.sign('mail', '{cyd}', '{f7}', a_version => 2), '{2}', 'B13 another text version than the current: 2');
SELECT is(test.state('mail', 'cyd'), NULL, 'B13 and nothing is stored');
SELECT is(test.sign('mail', '{cyd}', '{f8}', a_version => 1), '{0}', 'B13 the current text version: accepted');
SELECT is(test.sign('mail', '{}', '{}'), '{}', 'an empty batch is no error');

-- The same person twice.
SELECT is(test.sign('mail', '{dan,dan,dan}', '{d1,d2,d3}'), '{0,0,0}', 'E18 thrice in one batch: accepted thrice');
SELECT is((SELECT count(*) FROM countersign.signature WHERE email_hash = test.h16('maildan')), 1::bigint, 'E18 one row');
SELECT is((SELECT request_id FROM countersign.signature WHERE email_hash = test.h16('maildan')), test.h16('d1'),
          'E18 the first of them is kept');
SELECT is(test.letters('mail', 'dan'), 'confirm', 'E18 one letter');
SELECT is(test.sign('mail', '{dan}', '{d4}'), '{0}', 'I18 a pending person signs again: accepted');
SELECT is(test.letters('mail', 'dan'), 'confirm confirm', 'and is owed another letter');
SELECT is(test.confirm('{d1}'), '{mail}', 'M17 the first letter''s token confirms');
SELECT is(test.confirm('{d4}'), '{mail}', 'M17 the second''s too');
SELECT is(test.sign('mail', '{dan}', '{d5}'), '{0}', 'a confirmed person signs again: accepted');
SELECT is(test.letters('mail', 'dan'), 'confirm confirm already', 'and is told by mail alone');
SELECT is(test.state('mail', 'dan'), 1, 'and stays confirmed');
SELECT is(test.count('mail'), 1::bigint, 'and counts once');
SELECT is(test.sign('mail', '{eve,eve,fay}', '{e1,e2,e3}', a_slot => 3), '{0,0,0}', 'a mixed batch');

-- Replays: nothing moves.
CREATE TEMP TABLE before AS SELECT test.digest() AS digest;
SELECT is(test.sign('mail', '{ann,bob}', '{r1,r2}'), '{0,0}', 'D5 a batch sent again: the same answer');
SELECT is(test.sign('once', '{ann,bob}', '{o1,o2}'), '{0,0}', 'D5 without confirmation too');
SELECT is(test.sign('mail', '{eve,eve,fay}', '{e1,e2,e3}', a_slot => 4), '{0,0,0}', 'P2 with duplicates in it, by another process');
SELECT is(test.sign('mail', '{dan}', '{d5}'), '{0}', 'D5 a repeated signing sent again');
SELECT is(test.digest(), (SELECT digest FROM before), 'D5 a replay changes nothing at all');
SELECT countersign.petition_state('once', 'closed');
SELECT is(test.sign('once', '{ann,zed}', '{o1,o9}'), '{0,1}', 'D5 what was stored stays accepted when the petition closed meanwhile');
SELECT countersign.petition_state('once', 'open');
SELECT is(test.sign('once', '{ann,zed}', '{o1,o9}', a_version => 7), '{0,2}', 'D5 or its text changed');
SELECT is(test.digest(), (SELECT digest FROM before), 'D5 and still nothing has changed');

-- Mailable: blocked addresses.
SELECT is(test.sign('once', '{spam}', '{s1}', '{f}'), '{0}', 'E13 a blocked address: accepted as any other');
SELECT is(test.state('once', 'spam'), 0, 'E13 but pending');
SELECT is(test.letters('once', 'spam'), '', 'E13 never mailed');
SELECT is(test.count('once'), 2::bigint, 'E13 never counted');
SELECT is(test.sign('once', '{spam}', '{s2}', '{f}'), '{0}', 'E14 again: accepted');
SELECT is(test.count('once'), 2::bigint, 'E14 still not counted');
SELECT is(test.sign('once', '{spam}', '{s3}'), '{0}', 'no longer blocked, it signs again');
SELECT is(test.state('once', 'spam') || test.letters('once', 'spam'), '1thanks', 'and is confirmed and thanked');
SELECT is(test.count('once'), 3::bigint, 'and counted');
SELECT ok(test.equal(), 'table and tally are equal');

-- The limit of letters.
SELECT test.sign('mail', ARRAY['vic'], ARRAY['v' || i], a_limit => 3) FROM generate_series(1, 6) i;
SELECT is(test.letters('mail', 'vic'), 'confirm confirm confirm', 'I10 a victim gets no more than the limit');
SELECT is(test.sign('once', '{vic}', '{v9}', a_limit => 3), '{0}', 'I10 another petition accepts');
SELECT is(test.letters('once', 'vic'), 'thanks', 'and its first letter is owed; the mailer holds the mailbox to its limit');
SELECT test.sign('once', '{vic}', '{v9b}', a_limit => 3);
SELECT is(test.letters('once', 'vic'), 'thanks', 'I10 but no second one: the limit is the mailbox''s, over all petitions');
SELECT is(test.state('once', 'vic'), 1, 'I10 and without confirmation the signature counts all the same');
UPDATE countersign.letter_quota SET since = now() - interval '24 hours' + interval '1 second' WHERE mailbox = test.h16('vic');
SELECT test.sign('mail', '{vic}', '{v10}', a_limit => 3);
SELECT is(test.letters('mail', 'vic'), 'confirm confirm confirm', 'I10 a second before the day is over: none');
UPDATE countersign.letter_quota SET since = now() - interval '24 hours' WHERE mailbox = test.h16('vic');
SELECT test.sign('mail', '{vic}', '{v11}', a_limit => 3);
SELECT is(test.letters('mail', 'vic'), 'confirm confirm confirm confirm', 'I10 after a day: again');
SELECT is((SELECT n || ' ' || (since = now()) FROM countersign.letter_quota WHERE mailbox = test.h16('vic')), '1 true',
          'I10 and a new day begins');
SELECT test.sign('mail', '{wim}', '{w1}', a_limit => 0);
SELECT is(test.state('mail', 'wim') || test.letters('mail', 'wim'), '0', 'a limit of 0: signed, no letter');
-- One mailbox, many petitions, one batch.
SELECT test.petition('b' || i) FROM generate_series(1, 7) i;
SELECT is(countersign.sign(0::smallint, 5, ARRAY(SELECT test.id('b' || i) FROM generate_series(1, 7) i),
    ARRAY(SELECT test.h16('b' || i || 'xia') FROM generate_series(1, 7) i), array_fill(test.h16('xia'), ARRAY[7]),
    ARRAY(SELECT test.h16('x' || i) FROM generate_series(1, 7) i), array_fill(1::smallint, ARRAY[7]),
    array_fill(0, ARRAY[7]), array_fill(11::bigint, ARRAY[7]), array_fill('\x00'::bytea, ARRAY[7]),
    array_fill(22::bigint, ARRAY[7]), array_fill('\x00'::bytea, ARRAY[7]), array_fill(1, ARRAY[7]),
    ARRAY(SELECT test.h32('x' || i) FROM generate_series(1, 7) i), '{}', '{}', '{}', '{}', '{}',
    array_fill(true, ARRAY[7]), '{}', '{}', '{}', '{}', '{}', '{}'), '{0,0,0,0,0,0,0}', 'I10 seven petitions in one batch: accepted');
SELECT is((SELECT count(*) FROM countersign.letter WHERE mailbox = test.h16('xia')), 7::bigint, 'each petition owes its first letter');

-- Shown.
SELECT test.sign('mail', '{pat,quy}', '{p1,q1}', a_shown => '{Pat P.,NULL}');
SELECT is((SELECT count(*) FROM countersign.shown WHERE petition_id = test.id('mail')), 1::bigint, 'only who chose to is shown');
SELECT is_empty('SELECT * FROM countersign.recent(test.id(''mail''), 20)', 'and not before confirming');
SELECT test.confirm('{p1}');
SELECT results_eq('SELECT name, place, comment FROM countersign.recent(test.id(''mail''), 20)',
                  $$VALUES ('Pat P.', 'Town', '')$$, 'then with name and place, the comment waits');
SELECT test.sign('once', '{pat}', '{p2}', a_shown => '{Pat P.}');
SELECT is((SELECT count(*) FROM countersign.recent(test.id('once'), 20)), 1::bigint, 'without confirmation at once');

-- Epochs.
SELECT throws_ok($$SELECT countersign.sign(0::smallint, 5, '{1}', ARRAY[test.h16('a')], ARRAY[test.h16('a')],
    ARRAY[test.h16('a')], '{1}', '{0}', '{99}', ARRAY['\x00'::bytea], '{22}', ARRAY['\x00'::bytea], '{1}',
    ARRAY[test.h32('a')], '{}', '{}', '{}', '{}', '{}', '{t}', '{}', '{}', '{}', '{}', '{}', '{}')$$, 'CS001', NULL,
    'D9 an epoch that this database does not know: refused, since nobody could open the row');
SELECT lives_ok($$SELECT countersign.sign(0::smallint, 5, ARRAY[test.id('mail')], ARRAY[test.h16('gus')],
    ARRAY[test.h16('gus')], ARRAY[test.h16('gus')], '{1}', '{0}', '{11}', ARRAY['\x00'::bytea], '{NULL}', '{NULL}',
    '{NULL}', '{NULL}', '{}', '{}', '{}', '{}', '{}', '{f}', '{}', '{}', '{}', '{}', '{}', '{}')$$, 'who is not mailed needs no letter');
SELECT throws_ok($$SELECT countersign.sign(0::smallint, 5, ARRAY[test.id('mail')], ARRAY['\x00'::bytea],
    ARRAY[test.h16('a')], ARRAY[test.h16('a')], '{1}', '{0}', '{11}', ARRAY['\x00'::bytea], '{22}',
    ARRAY['\x00'::bytea], '{1}', ARRAY[test.h32('a')], '{}', '{}', '{}', '{}', '{}', '{t}', '{}', '{}', '{}', '{}', '{}', '{}')$$, '23514', NULL,
    'D13 a hash of a wrong length: refused by the table');
SELECT ok(test.equal(), 'table and tally are equal');
SELECT * FROM finish();
ROLLBACK;
