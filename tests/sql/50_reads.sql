-- What the worker reads: counts, places, series, recent signers.
BEGIN;
SELECT no_plan();
SELECT test.petition('p', 'none', '{"disclosure_threshold":3,"comments":"shown"}');
SELECT test.petition('empty', 'none');

CREATE FUNCTION pg_temp.place(a_n integer, a_country text, a_region text DEFAULT '') RETURNS void LANGUAGE sql AS $$
    SELECT test.sign('p', ARRAY(SELECT a_country || a_region || i FROM generate_series(1, a_n) i), ARRAY(SELECT a_country || a_region || i FROM generate_series(1, a_n) i),
                     a_country => array_fill(a_country, ARRAY[a_n]), a_region => array_fill(a_region, ARRAY[a_n]), a_slot => a_n % 16)
$$;
CREATE FUNCTION pg_temp.parts(a_by text) RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(key || ':' || n, ' ') FROM countersign.breakdown(test.id('p'), a_by)
$$;

SELECT is((SELECT concat_ws(' ', n, version, as_of = p.opened_at, generation = countersign.generation()) FROM countersign.counts(ARRAY[test.id('empty')]) c
             JOIN countersign.petition p ON p.id = c.petition_id), '0 0 t t', 'nothing counted yet: 0, since it was opened');
SELECT is_empty($$SELECT FROM countersign.breakdown(test.id('empty'), 'country')$$, 'and no parts');
SELECT pg_temp.place(10, 'DE', 'DE-BE');
SELECT is(pg_temp.parts('country'), 'DE:10', 'one place');
SELECT pg_temp.place(2, 'FR');
SELECT is(pg_temp.parts('country'), 'DE:10 other:2', 'a small place is not named');
SELECT pg_temp.place(5, 'AT');
SELECT is(pg_temp.parts('country'), 'DE:10 AT:5 other:2', 'one that reaches the threshold is');
SELECT pg_temp.place(1, 'CH');
SELECT is(pg_temp.parts('country'), 'DE:10 AT:5 other:3', 'two small ones are told as one');
SELECT pg_temp.place(4, '');
SELECT is(pg_temp.parts('country'), 'DE:10 AT:5 other:3 unknown:4', 'who gave no place is unknown');
SELECT is(pg_temp.parts('region'), 'DE-BE:10 unknown:12', 'regions among all regions');
SELECT pg_temp.place(1, 'DE', 'DE-BY');
SELECT is(pg_temp.parts('region'), 'DE-BE:10 other:1 unknown:12', 'and hidden likewise');
SELECT is((SELECT sum(n) FROM countersign.breakdown(test.id('p'), b)), test.count('p')::numeric, b || ': parts sum to the count')
  FROM unnest('{country,region}'::text[]) b;
UPDATE countersign.petition SET disclosure_threshold = 1 WHERE slug = 'p';
SELECT is(pg_temp.parts('country'), 'DE:11 AT:5 FR:2 CH:1 unknown:4', 'a threshold of 1 hides nothing');
UPDATE countersign.petition SET disclosure_threshold = 1000 WHERE slug = 'p';
SELECT is(pg_temp.parts('country'), 'other:23', 'one above all hides everything');
SELECT is((SELECT count(*) FROM countersign.tally WHERE petition_id = test.id('p')), 5::bigint, 'by several slots');
SELECT results_eq($$SELECT DISTINCT as_of FROM countersign.breakdown(test.id('p'), 'country')$$,
                  $$SELECT max(changed_at) FROM countersign.tally WHERE petition_id = test.id('p')$$, 'as of the last change');

-- Series. Rows and tally are set back in time together.
SELECT test.petition('s', 'email');
CREATE FUNCTION pg_temp.confirmed_at(a_n integer, a_at timestamptz) RETURNS void LANGUAGE plpgsql SET search_path = countersign AS $$
DECLARE who text[] := ARRAY(SELECT 's' || a_at || i FROM generate_series(1, a_n) i);
BEGIN
    PERFORM test.sign('s', who, who);
    UPDATE countersign.signature SET state = 1, confirmed_at = a_at WHERE petition_id = test.id('s') AND state = 0;
    PERFORM countersign.tally_add(1::smallint, 1, array_fill(test.id('s'), ARRAY[a_n]), array_fill(''::text, ARRAY[a_n]), array_fill(''::text, ARRAY[a_n]), array_fill(a_at, ARRAY[a_n]));
END
$$;
SELECT pg_temp.confirmed_at(2, '2026-03-01 10:59:59.999+00'); SELECT pg_temp.confirmed_at(3, '2026-03-01 11:00:00+00');
SELECT pg_temp.confirmed_at(1, '2026-03-01 23:30:00+00'); SELECT pg_temp.confirmed_at(4, '2026-03-02 00:00:00+00');
CREATE FUNCTION pg_temp.series(a_step text, a_from timestamptz DEFAULT NULL, a_to timestamptz DEFAULT NULL) RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(to_char(at AT TIME ZONE 'UTC', 'DD"T"HH24') || ':' || n, ' ') FROM countersign.series(test.id('s'), a_step, a_from, a_to)
$$;
SELECT is(pg_temp.series('hour'), '01T10:2 01T11:3 01T23:1 02T00:4', 'T3 by the hour in UTC, ascending, whatever the server''s time zone');
SELECT is(pg_temp.series('day'), '01T00:6 02T00:4', 'T3 by the day in UTC');
SELECT is(pg_temp.series('hour', '2026-03-01 11:00+00', '2026-03-02 00:00+00'), '01T11:3 01T23:1', 'from is in it, to is not');
SELECT test.withdraw(ARRAY['s2026-03-02 05:30:00+05:30' || i]) FROM generate_series(1, 4) i;
SELECT is(pg_temp.series('hour'), '01T10:2 01T11:3 01T23:1', 'what is withdrawn leaves the hour it was counted in; an empty hour is no point');
SELECT is((SELECT sum(n) FROM countersign.series(test.id('s'), 'day', NULL, NULL)), test.count('s')::numeric, 'points sum to the count');
SELECT ok(test.equal(), 'sums are equal');

-- Recent.
SELECT test.petition('r', 'none');
SELECT test.sign('r', ARRAY[lower(w)], ARRAY['r' || w], a_shown => ARRAY[w]) FROM unnest('{Ann,Bob,Cyd}'::text[]) w;
CREATE FUNCTION pg_temp.recent(a_limit integer DEFAULT 20) RETURNS text LANGUAGE sql AS $$
    SELECT coalesce(string_agg(name || ':' || comment, ' '), '') FROM countersign.recent(test.id('r'), a_limit)
$$;
SELECT is(pg_temp.recent(), 'Cyd: Bob: Ann:', 'newest first; comments wait');
SELECT is(pg_temp.recent(2), 'Cyd: Bob:', 'no more than asked for');
SELECT is(pg_temp.recent(-1), '', 'a limit below 0 is 0');
SELECT is((SELECT done FROM countersign.review('r', ARRAY[test.sid('r', 'bob'), 0], '{1,1}', true)), ARRAY[test.sid('r', 'bob')], 'approving says which were there');
SELECT is(pg_temp.recent(), 'Cyd: Bob:Hello Ann:', 'an approved comment is shown');
SELECT countersign.review('r', ARRAY[test.sid('r', 'cyd')], '{77}', false);
SELECT is(pg_temp.recent(), 'Bob:Hello Ann:', 'who is hidden is not shown');
UPDATE countersign.petition SET comments = 'shown' WHERE slug = 'r';
SELECT is(pg_temp.recent(), 'Bob:Hello Ann:Hello', 'comments at once, if the petition says so');
UPDATE countersign.petition SET comments = 'off' WHERE slug = 'r';
SELECT is(pg_temp.recent(), 'Bob: Ann:', 'or never');
SELECT is(countersign.review('none', '{1}', '{1}', true)::text, '({},{})', 'an unknown petition: none');
UPDATE countersign.petition SET comments = 'after_review' WHERE slug = 'r';
-- Words that change between reading and approving: by a correction, and by a new life.
CREATE FUNCTION pg_temp.words() RETURNS bigint LANGUAGE sql AS
$$SELECT words FROM countersign.shown WHERE petition_id = test.id('r') AND signature_id = test.sid('r', 'ann')$$;
CREATE FUNCTION pg_temp.approve(a_words bigint) RETURNS text LANGUAGE sql AS
$$SELECT concat('done ' || cardinality(done), ' changed ' || cardinality(changed)) FROM countersign.review('r', ARRAY[test.sid('r', 'ann')], ARRAY[a_words], true)$$;
SELECT is(pg_temp.words(), 1::bigint, 'the first words are number 1');
SELECT test.correct('r', '{ann}', '{rAnn}', '{cAnn}', a_shown => '{Anna}');
SELECT ok(pg_temp.words() > 1, 'other words have another number');
CREATE TEMP TABLE same AS SELECT pg_temp.words() AS words;
SELECT test.correct('r', '{ann}', '{rAnn}', '{dAnn}', a_shown => '{Anna}');
SELECT is(pg_temp.words(), (SELECT words FROM same), 'a correction that says the same in public leaves it');
SELECT is(pg_temp.approve(1), 'done 0 changed 1', 'what was read is not there any more: nothing is approved');
SELECT is(pg_temp.approve(pg_temp.words()), 'done 1 changed 0', 'what is there is');
CREATE TEMP TABLE read AS SELECT pg_temp.words() AS words;
SELECT test.withdraw('{rAnn}');
SELECT test.sign('r', '{ann}', '{rAnn2}', a_shown => '{Ann}');
SELECT is(pg_temp.approve(1) || ', ' || pg_temp.approve((SELECT words FROM read)), 'done 0 changed 1, done 0 changed 1', 'nor what was read in an earlier life, the first words of it neither');
SELECT is(pg_temp.approve(pg_temp.words()), 'done 1 changed 0', 'but what is there now');
UPDATE countersign.petition SET comments = 'off' WHERE slug = 'r';

-- Whatever shown says: who does not count is not public.
UPDATE countersign.signature SET state = 3 WHERE petition_id = test.id('r') AND id = test.sid('r', 'bob');
SELECT is(pg_temp.recent(), 'Ann:', 'a name that shown still holds is not public once its signature does not count');
UPDATE countersign.signature SET state = 1 WHERE petition_id = test.id('r') AND id = test.sid('r', 'bob');

-- Numbers are 64 bit.
UPDATE countersign.tally SET n = 9007199254740992 WHERE petition_id = test.id('r');
SELECT is(test.count('r'), 9007199254740992, 'T6 a count of 2^53');
SELECT * FROM finish();
ROLLBACK;
