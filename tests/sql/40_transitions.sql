-- Confirming, withdrawing, letters that go again: every pair of state and deed.
BEGIN;
SELECT no_plan();
SELECT test.petition('p');
SELECT test.petition('q');

-- Brings somebody who has never signed into a state; the token of the first letter is called like the person.
CREATE FUNCTION pg_temp.bring(a_who text, a_state text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF a_state = 'none' THEN RETURN; END IF;
    PERFORM test.sign('p', ARRAY[a_who], ARRAY[a_who], a_shown => ARRAY[a_who], a_referral => '{77}');
    IF a_state IN ('confirmed', 'withdrawn', 'invalidated', 'undone') THEN PERFORM test.confirm(ARRAY[a_who]); END IF;
    IF a_state IN ('withdrawn', 'again') THEN PERFORM test.withdraw(ARRAY[a_who]); END IF;
    IF a_state IN ('invalidated', 'undone') THEN PERFORM countersign.invalidate(2::smallint, 'p', ARRAY[test.sid('p', a_who)], 'why'); END IF;
    IF a_state = 'undone' THEN PERFORM countersign.invalidate_undo(3::smallint, 'p', ARRAY[test.sid('p', a_who)], NULL); END IF;
END
$$;
CREATE FUNCTION pg_temp.act(a_who text, a_deed text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    CASE a_deed
        WHEN 'sign' THEN RETURN (test.sign('p', ARRAY[a_who], ARRAY[a_who || '2']))[1];
        WHEN 'confirm' THEN RETURN (test.confirm(ARRAY[a_who], 1))[1];
        WHEN 'withdraw' THEN RETURN (test.withdraw(ARRAY[a_who], 1))[1];
        WHEN 'resend' THEN PERFORM test.resend('p', ARRAY[a_who], ARRAY[a_who || '2']); RETURN '';
        WHEN 'page' THEN PERFORM test.resend('p', ARRAY[a_who], ARRAY[a_who || '2'], a_kind => 5); RETURN '';
        WHEN 'correct' THEN RETURN (test.correct('p', ARRAY[a_who], ARRAY[a_who], ARRAY[a_who || '2'], '{DE}', a_shown => ARRAY[a_who], a_slot => 1))[1];
        WHEN 'invalidate' THEN RETURN (SELECT changed FROM countersign.invalidate(1::smallint, 'p', ARRAY[test.sid('p', a_who)], 'x'));
        WHEN 'undo' THEN RETURN (SELECT changed FROM countersign.invalidate_undo(1::smallint, 'p', ARRAY[test.sid('p', a_who)], NULL));
        WHEN 'erase' THEN RETURN (SELECT signatures || ' ' || kept FROM countersign.erase(0::smallint, ARRAY[test.id('p')], ARRAY[test.h16('p' || a_who)], '{}'));
    END CASE;
END
$$;
CREATE TEMP TABLE pair (start text, deed text, answer text, state integer, moves integer, letters text, shown integer);
INSERT INTO pair VALUES
    ('none', 'sign', '0', 0, 0, 'confirm', 0),            ('none', 'confirm', NULL, NULL, 0, '', 0),
    ('none', 'withdraw', NULL, NULL, 0, '', 0),           ('none', 'resend', '', NULL, 0, '', 0),
    ('none', 'erase', '0 0', NULL, 0, '', 0),             ('none', 'page', '', NULL, 0, '', 0),
    ('none', 'correct', '3', NULL, 0, '', 0),
    ('pending', 'sign', '0', 0, 0, 'confirm confirm', 0), ('pending', 'confirm', 'p', 1, 1, 'confirm', 1),
    ('pending', 'withdraw', 'p', 2, 0, 'confirm', 0),     ('pending', 'resend', '', 0, 0, 'confirm confirm', 0),
    ('pending', 'invalidate', 'true', 3, 0, 'confirm', 0),('pending', 'undo', 'false', 0, 0, 'confirm', 0),
    ('pending', 'erase', '1 0', NULL, 0, '', 0),          ('pending', 'page', '', 0, 0, 'confirm page', 0),
    ('pending', 'correct', '0', 0, 0, 'confirm', 0),
    ('confirmed', 'sign', '0', 1, 0, 'confirm already', 1),('confirmed', 'confirm', 'p', 1, 0, 'confirm', 1),
    ('confirmed', 'withdraw', 'p', 2, -1, 'confirm', 0),  ('confirmed', 'resend', '', 1, 0, 'confirm', 1),
    ('confirmed', 'invalidate', 'true', 3, -1, 'confirm', 0),('confirmed', 'undo', 'false', 1, 0, 'confirm', 1),
    ('confirmed', 'erase', '1 1', NULL, 0, '', 0),        ('confirmed', 'page', '', 1, 0, 'confirm page', 1),
    ('confirmed', 'correct', '0', 1, 0, 'confirm', 1),
    ('withdrawn', 'sign', '0', 0, 0, 'confirm confirm', 0),('withdrawn', 'confirm', NULL, 2, 0, 'confirm', 0),
    ('withdrawn', 'withdraw', 'p', 2, 0, 'confirm', 0),   ('withdrawn', 'resend', '', 2, 0, 'confirm', 0),
    ('withdrawn', 'invalidate', 'true', 3, 0, 'confirm', 0),('withdrawn', 'undo', 'false', 2, 0, 'confirm', 0),
    ('withdrawn', 'erase', '1 0', NULL, 0, '', 0),        ('withdrawn', 'page', '', 2, 0, 'confirm page', 0),
    ('withdrawn', 'correct', '0', 2, 0, 'confirm', 0),
    ('invalidated', 'sign', '0', 3, 0, 'confirm', 0),     ('invalidated', 'confirm', NULL, 3, 0, 'confirm', 0),
    ('invalidated', 'withdraw', NULL, 3, 0, 'confirm', 0),('invalidated', 'resend', '', 3, 0, 'confirm', 0),
    ('invalidated', 'invalidate', 'false', 3, 0, 'confirm', 0),('invalidated', 'undo', 'true', 1, 1, 'confirm', 1),
    ('invalidated', 'erase', '1 0', NULL, 0, '', 0),      ('invalidated', 'page', '', 3, 0, 'confirm page', 0),
    ('invalidated', 'correct', '3', 3, 0, 'confirm', 0),  ('undone', 'correct', '0', 1, 0, 'confirm', 1),
    ('undone', 'confirm', 'p', 1, 0, 'confirm', 1),       ('undone', 'withdraw', 'p', 2, -1, 'confirm', 0),
    ('undone', 'invalidate', 'true', 3, -1, 'confirm', 0);
CREATE FUNCTION pg_temp.try(v pair) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    who text := v.start || v.deed; before bigint; brought bigint; answer text; sid bigint;
BEGIN
    PERFORM pg_temp.bring(who, v.start);
    before := test.count('p'); brought := test.referred('p', 77); sid := test.sid('p', who);
    answer := pg_temp.act(who, v.deed);
    RETURN NEXT is(concat_ws('/', coalesce(answer, '-'), coalesce(test.state('p', who)::text, '-'), test.count('p') - before, test.letters('p', who),
                             (SELECT count(*) FROM countersign.shown WHERE petition_id = test.id('p') AND signature_id = sid AND shown_at IS NOT NULL)),
                   concat_ws('/', coalesce(v.answer, '-'), coalesce(v.state::text, '-'), v.moves, v.letters, v.shown),
                   'I19 ' || v.start || ', then ' || v.deed || ': answer, state, count, letters, shown');
    -- What is erased goes on counting, but for nobody who brought it.
    RETURN NEXT is(test.referred('p', 77) - brought, CASE v.answer WHEN '1 1' THEN -1 ELSE v.moves END::bigint,
                   'I19 ' || v.start || ', then ' || v.deed || ': who brought it has as many');
    RETURN NEXT ok(test.equal(), 'I19 ' || v.start || ', then ' || v.deed || ': sums are equal');
END
$$;
SELECT pg_temp.try(p) FROM pair p;

-- Lives.
SELECT test.sign('p', '{lia}', '{l1}', a_country => '{DE}', a_shown => '{Lia}');
SELECT test.confirm('{l1}'); SELECT test.withdraw('{l1}');
SELECT is_empty($$SELECT FROM countersign.shown WHERE name = 'Lia'$$, 'what was shown is deleted when its signer withdraws');
SELECT test.sign('p', '{lia}', '{l2}', a_country => '{FR}', a_sealed => 'new');
SELECT is((SELECT concat_ws(' ', life, state, convert_from(sealed, 'UTF8'), country) FROM countersign.signature WHERE id = test.sid('p', 'lia')), '2 0 new FR',
          'signing after withdrawing is a new life with new data');
SELECT is(array_cat(test.confirm('{l1}'), test.withdraw('{l1}')), '{NULL,NULL}', 'I17 the old life''s token is dead');
SELECT is(test.confirm('{l2}'), '{p}', 'the new one''s works');
SELECT is((SELECT sum(n) FROM countersign.tally_place WHERE petition_id = test.id('p') AND country = 'FR'), 1::numeric, 'and counts in the new place');
SELECT is(test.sign('p', '{lia}', '{l2}'), '{0}', 'D5 its request again: accepted');
SELECT is(test.letters('p', 'lia'), 'confirm confirm', 'D5 and nothing happens');
SELECT is(test.sign('p', '{lia}', '{l3}')::text || test.confirm('{l3}')::text, '{0}{p}', 'the token of an "already" letter of a confirmed signature is good');
SELECT is(test.withdraw('{l3}'), '{p}', 'and withdraws');
SELECT ok(test.equal(), 'sums are equal');

-- Referrers.
SELECT test.petition('r', 'none');
SELECT test.sign('r', '{a,b,c,d}', '{ra,rb,rc,rd}', a_referral => '{5,5,0,-9}', a_slot => 4);
SELECT test.sign('r', '{a}', '{ra}', a_referral => '{5}'), test.sign('r', '{a}', '{ra2}', a_referral => '{6}');
SELECT is(ARRAY[test.referred('r', 5), test.referred('r', 6), test.referred('r', -9), test.referred('r', 0), test.referred('p', 5)], '{2,0,1,0,0}',
          'who brought a signature is who brought it first; nobody is nobody');
SELECT test.withdraw('{ra}', 8);
SELECT is(test.referred('r', 5), 1::bigint, 'one less when a signer withdraws, by another process');
SELECT test.sign('r', '{a}', '{ra3}', a_referral => '{6}');
SELECT is(ARRAY[test.referred('r', 5), test.referred('r', 6)], '{1,1}', 'a new life may come by somebody else');
SELECT is((SELECT count(*) FROM countersign.tally_referral WHERE petition_id = test.id('r') AND referral = 0), 0::bigint, 'and nobody has no row');
SELECT ok(test.equal(), 'sums are equal');
UPDATE countersign.tally_referral SET n = n + 1 WHERE petition_id = test.id('r') AND referral = 6;
SELECT is((SELECT concat_ws(' ', equal, referrals_differ) FROM countersign.audit('r')), 'f 1', 'P3 a wrong one is found');
UPDATE countersign.tally_referral SET n = n - 1 WHERE petition_id = test.id('r') AND referral = 6;
UPDATE countersign.petition SET erasure = 'lower_number' WHERE slug = 'r';
SELECT countersign.erase(0::smallint, ARRAY[test.id('r')], ARRAY[test.h16('rd')], '{}');
SELECT is(test.referred('r', -9), 0::bigint, 'none when the number is lowered by an erasure');
SELECT ok(test.equal(), 'sums are equal');

-- Tokens.
SELECT test.sign('p', '{tim}', '{t1}'); SELECT test.sign('q', '{tim}', '{t2}');
SELECT is(test.confirm('{nobody}'), '{NULL}', 'I13 an unknown token: no');
SELECT is(countersign.confirm(0::smallint, ARRAY[test.bucket('t1') + 1], ARRAY[test.h32('t1')]), '{NULL}', 'I14 the right hash in a wrong bucket: no');
SELECT is(countersign.confirm(0::smallint, '{}', '{}'), '{}', 'an empty batch is no error');
SELECT is(test.confirm(array_fill('t1'::text, ARRAY[50])), array_fill('p'::text, ARRAY[50]), 'I16 a token fifty times in a batch: all confirm');
SELECT is((SELECT count(*) FROM countersign.signature WHERE id = test.sid('p', 'tim') AND state = 1), 1::bigint, 'I16 once');
SELECT is(test.confirm('{nobody,t2,t1}'), '{NULL,q,p}', 'answers come in the order of the tokens');
SELECT ok(test.equal(), 'I16 sums are equal');
SELECT is(test.withdraw('{t1,t1,t2}'), '{p,p,q}', 'T7 withdrawn twice in one batch');
SELECT is(test.withdraw('{t1}'), '{p}', 'T7 and once more');
SELECT ok(test.equal(), 'T7 it was taken away once');
SELECT test.sign('p', '{uli}', '{u1}'); SELECT test.confirm('{u1}', 3); SELECT test.withdraw('{u1}', 9);
SELECT is((SELECT array_agg(n ORDER BY slot) FROM countersign.tally WHERE petition_id = test.id('p') AND slot IN (3, 9))::bigint[] @> '{-1}', true,
          'T7 a slot may be below zero');
SELECT ok(test.equal(), 'T7 the sum is not');

-- Expiry counts from sending, by this clock.
SELECT test.sign('p', '{zoe}', '{z1}');
UPDATE countersign.letter SET created_at = now() - interval '99 days' WHERE token_hash = test.h32('z1');
UPDATE countersign.letter SET expires_at = now() WHERE token_hash = test.h32('z1');
SELECT is(test.confirm('{z1}'), '{NULL}', 'I17 at its expiry a token is invalid');
UPDATE countersign.letter SET expires_at = now() + interval '1 second' WHERE token_hash = test.h32('z1');
SELECT is(test.confirm('{z1}'), '{p}', 'I17 T1 a second before it is good');
UPDATE countersign.letter SET expires_at = now() - interval '1 second' WHERE token_hash = test.h32('z1');
SELECT is(array_cat(test.confirm('{z1}'), test.withdraw('{z1}')), '{NULL,NULL}', 'I17 after it, also for who has confirmed');
SELECT test.sign('p', '{zed}', '{zz}');
UPDATE countersign.letter SET created_at = now() - interval '400 days' WHERE token_hash = test.h32('zz');
SELECT is(test.confirm('{zz}'), '{p}', 'M13 a letter that has waited for a year is good: its time counts from sending');

-- The petition's end.
CREATE FUNCTION pg_temp.at_end(a_name text, a_set text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE v text;
BEGIN
    PERFORM test.petition(a_name);
    PERFORM test.sign(a_name, ARRAY[a_name || 'ann', a_name || 'bob'], ARRAY[a_name || '1', a_name || '2']);
    PERFORM test.confirm(ARRAY[a_name || '2']);
    EXECUTE format('UPDATE countersign.petition SET %s WHERE slug = %L', a_set, a_name);
    v := concat_ws(' ', (test.confirm(ARRAY[a_name || '1']))[1] IS NOT NULL, (test.confirm(ARRAY[a_name || '2']))[1] IS NOT NULL);
    PERFORM test.resend(a_name, ARRAY[a_name || 'ann'], ARRAY[a_name || '3']);
    RETURN concat_ws(' ', v, (test.withdraw(ARRAY[a_name || '2']))[1] IS NOT NULL);
END
$$;
SELECT is(pg_temp.at_end('e' || n, change), want, what) FROM (VALUES
    (1, 'state = ''closed'', closed_at = now()', 't t t', 'I20 just closed: confirms'),
    (2, 'state = ''closed'', closed_at = now() - confirm_grace + interval ''1 second''', 't t t', 'I20 a second before the grace ends: confirms'),
    (3, 'state = ''closed'', closed_at = now() - confirm_grace', 'f f t', 'I20 at its end: no more, not even who had; withdrawing stays possible'),
    (4, 'closes_at = now() - confirm_grace + interval ''1 second''', 't t t', 'I20 the same by closes_at'),
    (5, 'closes_at = now() - confirm_grace', 'f f t', 'I20 the same by closes_at, over'),
    (6, 'state = ''closed'', closed_at = now(), closes_at = now() - interval ''30 days''', 'f f t', 'I20 closed by hand after its date: the date counts'),
    (7, 'state = ''closed'', closed_at = now() - interval ''30 days'', closes_at = now()', 'f f t', 'I20 closed by hand before its date: the hand counts'),
    (8, 'state = ''withdrawn''', 'f f t', 'a withdrawn petition confirms nothing; withdrawing stays possible'),
    (9, 'state = ''draft''', 'f f f', 'I21 a draft neither')) AS t(n, change, want, what);

-- Letters that go again.
SELECT test.sign('q', '{rob}', '{ro1}');
SELECT test.resend('q', '{rob,rob,nobody}', '{ro2,ro3,ro4}');
SELECT is(test.letters('q', 'rob'), 'confirm confirm', 'asked for twice in a batch: one more letter');
SELECT is(test.letters('q', 'nobody'), '', 'I12 none for who has not signed');
CREATE TEMP TABLE before AS SELECT test.digest() AS digest;
SELECT test.resend('q', '{rob}', '{ro2}');
SELECT is(test.digest(), (SELECT digest FROM before), 'D5 the same request again changes nothing');
SELECT is(test.confirm('{ro2}'), '{q}', 'its token confirms');
SELECT test.sign('q', '{sam}', '{sa1}', '{f}');
SELECT test.resend('q', '{sam}', '{sa2}', '{f}');
SELECT is(test.letters('q', 'sam'), '', 'E13 a blocked address gets none');
SELECT test.sign('q', '{una}', '{un1}');
SELECT test.resend('q', ARRAY['una'], ARRAY['un' || i], a_limit => 3) FROM generate_series(2, 9) i;
SELECT is(test.letters('q', 'una'), 'confirm confirm confirm', 'I10 within the mailbox''s limit');
SELECT * FROM finish();
ROLLBACK;
