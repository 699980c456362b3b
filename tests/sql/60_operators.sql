-- Audit, invalidation, erasure, export, sweeping.
BEGIN;
SELECT no_plan();
SELECT test.petition('p', 'none');
SELECT test.petition('m', 'email');
SELECT test.sign('p', '{ann,bob,cyd}', '{a1,b1,c1}', a_country => '{DE,DE,FR}', a_region => ARRAY['DE-BE', 'DE-BE', ''], a_shown => '{Ann,NULL,NULL}');
SELECT test.sign('m', '{ann,bob}', '{m1,m2}');
SELECT test.confirm('{m1}');
SET LOCAL ROLE countersign_operator;
CREATE FUNCTION pg_temp.audit(a text) RETURNS text LANGUAGE sql AS $$ SELECT concat_ws(' ', in_table, erased, tally, places, hours, places_differ, hours_differ, equal) FROM countersign.audit(a) $$;
SELECT is(pg_temp.audit('p'), '3 0 3 3 3 0 0 t', 'audit: equal');
SELECT is(pg_temp.audit('m'), '1 0 1 1 1 0 0 t', 'audit: what is pending does not count');
SELECT is((SELECT count(*) FROM countersign.audit()), 2::bigint, 'audit: all petitions');
SELECT is_empty($$SELECT * FROM countersign.audit('none')$$, 'audit: an unknown petition: no row');

-- Invalidation.
RESET ROLE;
CREATE TEMP TABLE who AS SELECT test.sid('p', 'ann') AS ann, test.sid('p', 'bob') AS bob, test.sid('m', 'bob') AS mbob;
GRANT SELECT ON who TO PUBLIC;
SET LOCAL ROLE countersign_operator;
SELECT results_eq($$SELECT was, changed FROM countersign.invalidate(7::smallint, 'p', (SELECT ARRAY[ann, ann, 0] FROM who), 'bots')$$,
                  $$VALUES (NULL, false), ('confirmed', true)$$, 'invalidate: what was there and what was not');
SELECT is(pg_temp.audit('p'), '2 0 2 2 2 0 0 t', 'it is taken out of the count');
SELECT is((SELECT count(*) FROM countersign.invalidation WHERE reason = 'bots' AND undone_at IS NULL), 1::bigint, 'it is logged');
SELECT is((SELECT count(*) FROM countersign.recent((SELECT id FROM countersign.petition WHERE slug = 'p'), 9)), 0::bigint, 'and not shown any more');
SELECT is((SELECT changed FROM countersign.invalidate(7::smallint, 'p', (SELECT ARRAY[ann] FROM who), 'again')), false, 'again: nothing');
SELECT is((SELECT becomes FROM countersign.invalidate_undo(9::smallint, 'p', (SELECT ARRAY[ann] FROM who), NULL)), 'confirmed', 'undone: as it was');
SELECT is(pg_temp.audit('p'), '3 0 3 3 3 0 0 t', 'it counts again, in the same place and hour');
SELECT is((SELECT becomes FROM countersign.invalidate_undo(9::smallint, 'p', (SELECT ARRAY[ann] FROM who), NULL)), NULL, 'undone twice: nothing');
SELECT is((SELECT changed FROM countersign.invalidate(1::smallint, 'p', (SELECT ARRAY[ann] FROM who), 'third')), true, 'and it can be invalidated again');
SELECT countersign.invalidate_undo(1::smallint, 'p', (SELECT ARRAY[ann] FROM who), NULL);
SELECT is((SELECT was FROM countersign.invalidate(1::smallint, 'm', (SELECT ARRAY[mbob] FROM who), 'x')), 'pending', 'a pending one');
SELECT is((SELECT becomes FROM countersign.invalidate_undo(1::smallint, 'm', (SELECT ARRAY[mbob] FROM who), NULL)), 'pending', 'and back');
SELECT is((SELECT changed FROM countersign.invalidate(1::smallint, 'm', (SELECT ARRAY[ann] FROM who), 'x')), false, 'I15 another petition''s signature: not there');
SELECT is((SELECT changed FROM countersign.invalidate(1::smallint, 'none', (SELECT ARRAY[ann] FROM who), 'x')), false, 'an unknown petition: not there');
SELECT throws_ok($$SELECT countersign.invalidate(1::smallint, 'p', (SELECT ARRAY[ann] FROM who), '')$$, '23514', NULL, 'a reason must be given');

-- Export.
SELECT results_eq($$SELECT state, country, octet_length(sealed) FROM countersign.signer WHERE petition_id = (SELECT id FROM countersign.petition WHERE slug = 'p') AND id > 0 AND country = 'DE' ORDER BY id LIMIT 2$$,
                  $$VALUES ('confirmed', 'DE', 6), ('confirmed', 'DE', 6)$$, 'export: a page of sealed rows');
SELECT is((SELECT octet_length(sealed) FROM countersign.epoch_key WHERE epoch = 11), 1, 'export: the epoch''s key');

-- Erasure.
RESET ROLE;
SELECT results_eq($$SELECT signatures, kept, letters, shown FROM countersign.erase(0::smallint, ARRAY[test.id('p'), test.id('m'), test.id('m')],
                     ARRAY[test.h16('pann'), test.h16('mann'), test.h16('mnobody')], ARRAY[test.h16('ann')])$$,
                  $$VALUES (2::bigint, 2::bigint, 2::bigint, 1::bigint)$$, 'erase: everything of a person');
SELECT is((SELECT count(*) FROM countersign.signature WHERE email_hash IN (test.h16('pann'), test.h16('mann'))), 0::bigint, 'the signatures are gone');
SELECT is((SELECT count(*) FROM countersign.letter WHERE mailbox = test.h16('ann')) + (SELECT count(*) FROM countersign.letter_quota WHERE mailbox = test.h16('ann'))
          + (SELECT count(*) FROM countersign.shown WHERE name = 'Ann') + (SELECT count(*) FROM countersign.invalidation WHERE signature_id = (SELECT ann FROM who)),
          0::bigint, 'letters, limit, what was shown and the log of it too');
SELECT is(pg_temp.audit('p'), '2 1 3 3 3 0 0 t', 'the number is kept, and audit knows');
SELECT is(test.count('p'), 3::bigint, 'the count stays');
SELECT is((SELECT signatures FROM countersign.erase(0::smallint, ARRAY[test.id('p')], ARRAY[test.h16('pann')], '{}')), 0::bigint, 'again: nothing');
SELECT is((SELECT signatures || ' ' || kept FROM countersign.erase(0::smallint, ARRAY[test.id('m')], ARRAY[test.h16('mbob')], '{}')), '1 0', 'a pending one leaves no number');
SELECT test.sign('p', '{ann}', '{a9}');
SELECT is(pg_temp.audit('p'), '3 1 4 4 4 0 0 t', 'who signs again after that is a new signature');
SELECT countersign.erase(0::smallint, ARRAY[test.id('p')], ARRAY[test.h16('pann')], '{}');
SELECT is(pg_temp.audit('p'), '2 2 4 4 4 0 0 t', 'and can be erased again');

-- Audit finds what is wrong. Each fault is made, seen and taken back.
CREATE FUNCTION pg_temp.fault(a_sql text) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    v boolean;
BEGIN
    BEGIN
        EXECUTE a_sql;
        SELECT NOT equal INTO v FROM countersign.audit('p');
        RAISE EXCEPTION 'take it back' USING ERRCODE = 'CS999';
    EXCEPTION WHEN SQLSTATE 'CS999' THEN
        RETURN v;
    END;
END
$$;
SELECT ok(pg_temp.fault(change), 'audit finds ' || what) FROM (VALUES
    ('a row too few', 'DELETE FROM countersign.signature WHERE id = (SELECT bob FROM who)'),
    ('a row that counts and should not', 'UPDATE countersign.signature SET state = 2 WHERE id = (SELECT bob FROM who)'),
    ('a tally too high', 'UPDATE countersign.tally SET n = n + 1 WHERE petition_id = test.id(''p'')'),
    ('a place too high', 'UPDATE countersign.tally_place SET n = n + 1 WHERE petition_id = test.id(''p'')'),
    ('two wrong places that sum up right', 'UPDATE countersign.tally_place SET n = n + CASE country WHEN ''DE'' THEN 1 WHEN ''FR'' THEN -1 ELSE 0 END WHERE petition_id = test.id(''p'') AND slot = 0'),
    ('a wrong hour', 'UPDATE countersign.tally_hour SET hour = hour + interval ''1 hour'' WHERE petition_id = test.id(''p'')'),
    ('a kept number lost', 'DELETE FROM countersign.erased_kept WHERE petition_id = test.id(''p'')')) AS t(what, change);
SELECT ok(test.equal(), 'and then is content again');

-- Sweeping.
INSERT INTO countersign.letter_quota (mailbox, since, n, granted)
VALUES (test.h16('bob'), now() - interval '24 hours', 1, 1), (test.h16('cyd'), now() - interval '24 hours' + interval '1 second', 1, 1);
SELECT is(countersign.quota_sweep(0, 1000), 0::bigint, 'sweeping ends at the end of the table');
SELECT is((SELECT array_agg(mailbox = test.h16('cyd')) FROM countersign.letter_quota WHERE mailbox IN (test.h16('bob'), test.h16('cyd'))), '{t}',
          'what has expired is gone, the rest is not');
SELECT is(countersign.quota_sweep(99999, 1), 0::bigint, 'beyond the end it begins again');
SELECT * FROM finish();
ROLLBACK;
