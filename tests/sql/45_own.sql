-- The signer's own page: letters with its link, and corrections.
BEGIN;
SELECT no_plan();
SELECT test.petition('p'); SELECT test.petition('q', 'none');
SELECT test.petition('r', 'email', '{"comments":"after_review"}');
CREATE FUNCTION pg_temp.places(a_slug text) RETURNS text LANGUAGE sql
RETURN (SELECT string_agg(country || '/' || region || ':' || n, ' ' ORDER BY country, region)
          FROM (SELECT country, region, sum(n) AS n FROM countersign.tally_place WHERE petition_id = test.id(a_slug) GROUP BY 1, 2 HAVING sum(n) <> 0) t);
CREATE FUNCTION pg_temp.shown(a_slug text, a_who text) RETURNS text LANGUAGE sql
RETURN (SELECT concat_ws('/', name, place, comment, review, shown_at IS NOT NULL) FROM countersign.shown
         WHERE petition_id = test.id(a_slug) AND signature_id = test.sid(a_slug, a_who));
CREATE FUNCTION pg_temp.row(a_slug text, a_who text) RETURNS text LANGUAGE sql
RETURN (SELECT concat_ws(' ', state, life, text_version, epoch, convert_from(sealed, 'UTF8'), country, region) FROM countersign.signature
         WHERE petition_id = test.id(a_slug) AND id = test.sid(a_slug, a_who));
CREATE TEMP TABLE before (digest text, version bigint);

-- The link to the page.
SELECT test.sign('p', '{ann}', '{a1}'); SELECT test.confirm('{a1}');
SELECT test.resend('p', '{ann,nobody}', '{a2,x2}', a_kind => 5);
SELECT is(test.letters('p', 'ann'), 'confirm page', 'who has signed gets the link');
SELECT is(test.letters('p', 'nobody'), '', 'I12 who has not gets none');
SELECT is(test.confirm('{a2}'), '{NULL}', 'its token confirms nothing, not even what is confirmed');
SELECT is((SELECT slug || ' ' || state FROM countersign.own(ARRAY[test.bucket('a2')], ARRAY[test.h32('a2')])), 'p confirmed', 'and shows what is held');
INSERT INTO before SELECT test.digest();
SELECT test.resend('p', '{ann}', '{a2}', a_kind => 5);
SELECT is(test.digest(), digest, 'D5 the same request again changes nothing') FROM before;
SELECT test.sign('p', '{pam}', '{pam1}'); SELECT test.resend('p', '{pam}', '{pam2}', a_kind => 5);
SELECT is(test.confirm('{pam2}'), '{NULL}', 'the token of a page does not confirm what is pending');
SELECT is(test.state('p', 'pam'), 0, 'which stays so');
SELECT is(test.withdraw('{pam2}'), '{p}', 'but withdraws');
SELECT test.resend('p', '{pam,ann}', '{pam3,a9}', '{f,f}', a_kind => 5);
SELECT is(test.letters('p', 'pam'), 'confirm page', 'E13 a blocked address gets none');
SELECT test.resend('p', ARRAY['ann'], ARRAY['an' || i], a_limit => 3, a_kind => 5) FROM generate_series(2, 9) i;
SELECT is(test.letters('p', 'ann'), 'confirm page page', 'I10 within the mailbox''s limit, together with all other letters');
SELECT test.sign('q', '{dis}', '{dis1}');
SELECT countersign.disavow(0::smallint, ARRAY[test.bucket('dis1')], ARRAY[test.h32('dis1')]);
SELECT test.resend('q', '{dis}', '{dis2}', a_kind => 5);
SELECT is(test.letters('q', 'dis'), 'thanks', 'none to who has said "this was not me": a stranger may ask once more');
SELECT countersign.own_erase(0::smallint, ARRAY[test.bucket('dis1')], ARRAY[test.h32('dis1')]);
SELECT test.sign('q', '{dis}', '{dis3}');
SELECT is(test.state('q', 'dis')::text || ' ' || test.count('q'), '0 0', 'nor does it count when signed anew, after an erasure either');
UPDATE countersign.petition SET state = 'withdrawn' WHERE slug = 'p';
SELECT test.resend('p', '{pam}', '{pam4}', a_kind => 5);
SELECT is(test.letters('p', 'pam'), 'confirm page page', 'of a withdrawn petition too: what is held can still be seen');
UPDATE countersign.petition SET state = 'open' WHERE slug = 'p';

-- A correction takes the place of what is held.
SELECT test.sign('p', '{bea,cem}', '{b1,c1}', a_country => '{DE,US}', a_region => '{"",US-CA}', a_shown => '{Bea,Cem}'); SELECT test.confirm('{b1,c1}');
UPDATE before SET version = test.version('p');
SELECT is(test.correct('p', '{bea,cem}', '{b1,c1}', '{b2,c2}', '{FR,US}', '{FR-IDF,US-NY}', '{Bee}', '{}'), '{0,0}', 'two of one batch');
SELECT is(pg_temp.row('p', 'bea'), '1 1 1 33 corrected FR FR-IDF', 'the whole row is another one, the version and the life are not');
SELECT is(pg_temp.places('p'), '/:1 FR/FR-IDF:1 US/US-NY:1', 'T7 what counts has moved from place to place');
SELECT is(test.count('p')::text || ' ' || test.version('p'), '3 ' || version, 'the number has not changed') FROM before;
SELECT ok(test.equal(), 'T7 and all sums are equal');
SELECT is(pg_temp.shown('p', 'bea'), 'Bee/Village//0/t', 'what is shown has changed');
SELECT is(pg_temp.shown('p', 'cem'), NULL, 'or is shown no more');
UPDATE before SET digest = test.digest();
SELECT is(test.correct('p', '{bea,cem}', '{b1,c1}', '{b2,c2}', '{FR,US}', '{FR-IDF,US-NY}', '{Bee}', '{}'), '{0,0}', 'D5 the same requests again: done');
SELECT is(test.digest(), digest, 'D5 and nothing changes') FROM before;
SELECT is(test.correct('p', '{bea,bea}', '{b1,b1}', '{b3,b4}', '{ES,IT}', a_shown => '{One,Two}'), '{0,0}', 'twice in one batch: both are answered');
SELECT is(pg_temp.row('p', 'bea') || ' ' || pg_temp.shown('p', 'bea'), '1 1 1 33 corrected IT  Two/Village//0/t', 'and the last one stays');
SELECT is(pg_temp.places('p'), '/:1 IT/:1 US/US-NY:1', 'T7 counted once');
SELECT is(test.correct('p', '{cem}', '{c1}', '{c3}', a_shown => '{Cem}'), '{0}', 'the tick box alone');
SELECT is(pg_temp.shown('p', 'cem'), 'Cem/Village//0/t', 'shows again');
SELECT is((SELECT h.shown_at = s.confirmed_at FROM countersign.shown h JOIN countersign.signature s ON s.petition_id = h.petition_id AND s.id = h.signature_id
            WHERE s.id = test.sid('p', 'cem')), true, 'with the time that counts: nobody comes to the top by correcting');
SELECT is(pg_temp.places('p'), '/:2 IT/:1', 'T7 and a place that is not given is none');

-- What does not count.
SELECT test.sign('p', '{pen}', '{p1}', a_country => '{DE}');
SELECT is(test.correct('p', '{pen}', '{p1}', '{p2}', '{FR}', a_shown => '{Pen}'), '{0}', 'before confirming');
SELECT is(pg_temp.shown('p', 'pen') || ' ' || pg_temp.places('p'), 'Pen/Village//0/f /:2 IT/:1', 'nothing is public, and no sum has moved');
SELECT test.confirm('{p1}');
SELECT is(pg_temp.places('p'), '/:2 FR/:1 IT/:1', 'it is counted at the corrected place');
SELECT is(pg_temp.shown('p', 'pen'), 'Pen/Village//0/t', 'and shown');
SELECT test.withdraw('{p1}');
SELECT is(test.correct('p', '{pen}', '{p1}', '{p3}', '{ES}', a_shown => '{Pen}'), '{0}', 'after withdrawing: as long as it is held');
SELECT is(pg_temp.row('p', 'pen') || coalesce(pg_temp.shown('p', 'pen'), '') || ' ' || pg_temp.places('p'), '2 1 1 33 corrected ES  /:2 IT/:1', 'shows and counts nothing');
SELECT ok(test.equal(), 'T7 all sums are equal');

-- Who may not.
UPDATE before SET digest = test.digest();
SELECT is(test.correct('p', '{cem,bea,bea}', '{b1,nothing,b1}', '{d1,d2,d3}', a_version => 1), '{3,3,0}', 'another''s address, no token; the third is good');
SELECT is(test.correct('q', '{bea}', '{b1}', '{d4}'), '{3}', 'another petition');
SELECT is(test.correct('p', '{bea}', '{b1}', '{d5}', a_version => 2), '{2}', 'a version that was not signed is told');
SELECT is(test.correct('p', '{cem}', '{b1}', '{d6}', a_version => 2), '{3}', 'to its holder only');
SELECT is(countersign.correct(0::smallint, '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}'), '{}', 'an empty batch is no error');
UPDATE countersign.letter SET expires_at = now() WHERE token_hash = test.h32('b1');
SELECT is(test.correct('p', '{bea}', '{b1}', '{d7}'), '{3}', 'I17 a token that is over');
SELECT test.sign('p', '{pen}', '{p4}');
SELECT is(test.correct('p', '{pen}', '{p1}', '{d8}'), '{3}', 'I17 one of an earlier life');
SELECT throws_ok($$SELECT countersign.correct(0::smallint, '{1}', ARRAY[test.h32('x')], '{1}', ARRAY[test.h16('x')], ARRAY[test.h16('x')], '{1}', '{77}', '{x}',
                   '{}', '{}', '{}', '{}', '{}')$$, 'CS001', NULL, 'an epoch that is not known: nothing is written');
SELECT is(test.correct('p', '{cem}', '{c1}', '{e1}'), '{0}', 'closing the petition does not close what is held');

-- Review.
SELECT test.sign('r', '{eva}', '{e2}', a_shown => '{Eva}'); SELECT test.confirm('{e2}');
CREATE FUNCTION pg_temp.say(a_n text, a_shown text, a_comment text) RETURNS text LANGUAGE sql VOLATILE AS $$
    SELECT test.correct('r', '{eva}', '{e2}', ARRAY['r' || a_n], a_shown => ARRAY[a_shown], a_comment => ARRAY[a_comment]);
    SELECT pg_temp.shown('r', 'eva')
$$;
UPDATE countersign.shown SET review = 1, comment = 'Fine' WHERE signature_id = test.sid('r', 'eva');
SELECT is(pg_temp.say('1', 'Eve', 'Fine'), 'Eve/Village/Fine/1/t', 'an approved comment stays approved when something else changes');
SELECT is(pg_temp.say('2', 'Eve', 'Foul'), 'Eve/Village/Foul/0/t', 'a changed one waits');
UPDATE countersign.shown SET review = 2 WHERE signature_id = test.sid('r', 'eva');
SELECT is(pg_temp.say('3', 'Eve', 'Other'), 'Eve/Village/Other/2/t', 'what an operator has hidden stays hidden');
SELECT is(pg_temp.say('4', NULL, NULL), '///2/t', 'also while nothing is to be shown: a bare row');
SELECT is((SELECT o.shown FROM countersign.own(ARRAY[test.bucket('e2')], ARRAY[test.h32('e2')]) o), false, 'which is told as not shown');
SELECT is(pg_temp.say('5', 'Eve', 'New'), 'Eve/Village/New/2/t', 'and afterwards');
SELECT is_empty($$SELECT FROM countersign.recent(test.id('r'), 20)$$, 'nobody sees it');
SELECT * FROM finish();
ROLLBACK;
