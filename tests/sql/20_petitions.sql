-- Petitions: what is stored, versions of the text, states, the catalog's version, the generation.
BEGIN;
SELECT no_plan();
CREATE TEMP TABLE first AS SELECT version FROM countersign.catalog_version;
SET LOCAL ROLE countersign_operator;

SELECT results_eq($$SELECT slug, text_version, state, created FROM countersign.petition_put('{"slug":"bus","language":"en","title":"Buses",
    "addressee":"The council","salutation":"Dear","letter":"Run them.","asks":["more","later"],"tags":["city","night"],"goal":15000,
    "organization":{"name":"Riders","url":"https://r.example","privacy_url":"https://r.example/p","public_keys":["AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="]},
    "fields":[{"name":"email","required":true},{"name":"given_name","required":true},{"name":"postal_code","required":false}],
    "allowed_origins":["https://a.example"],"comments":"shown","disclosure_threshold":7,"closes_at":"2036-01-01T00:00:00Z",
    "confirmation":"none","translations":{"es":{"title":"Buses","addressee":"El consejo","salutation":"S","letter":"L","asks":["a","b"]}}}', 4::smallint)$$,
    $$VALUES ('bus', 1, 'draft', true)$$, 'a new petition is a draft with text version 1');
SELECT results_eq($$SELECT goal, tags, fields, required, organization_name, octet_length(public_keys[1]), allowed_origins, comments, disclosure_threshold,
    confirmation, index_key, closes_at FROM countersign.petition WHERE slug = 'bus'$$,
    $$VALUES (15000::bigint, '{city,night}'::text[], '{email,given_name,postal_code}'::text[], '{email,given_name}'::text[], 'Riders', 32,
      '{https://a.example}'::text[], 'shown', 7, 'none', 4::smallint, '2036-01-01T00:00:00Z'::timestamptz)$$, 'everything is stored');
SELECT is((SELECT asks FROM countersign.petition_text WHERE language = 'es'), '{a,b}', 'translations too');

-- Versions. Each change is put over the JSON of before.
RESET ROLE;
CREATE FUNCTION pg_temp.put(a jsonb) RETURNS integer LANGUAGE sql AS $$
    SELECT text_version FROM countersign.petition_put('{"slug":"v","language":"en","title":"T","addressee":"A","salutation":"S","letter":"L",
        "asks":["1"],"translations":{"es":{"title":"T","addressee":"A","salutation":"S","letter":"L","asks":["1"]}}}'::jsonb || a, 1::smallint)
$$;
SELECT is(pg_temp.put('{}'), 1, 'made');
SELECT is(pg_temp.put('{}'), 1, 'the same again: no new version');
SELECT is(pg_temp.put('{"goal":5,"tags":["x"],"fields":[{"name":"email","required":true}],"salutation":"Hi"}'), 1,
          'goal, tags, fields and salutation make no new version');
SELECT is(pg_temp.put('{"card":"/wA=","translations":{"es":{"title":"T","addressee":"A","letter":"L","asks":["1"],"card":"/wE="}}}'), 1,
          'nor does another picture');
SELECT results_eq($$SELECT card, card_tag FROM countersign.petition_text WHERE petition_id = test.id('v') ORDER BY language$$,
                  $$VALUES ('\xff00'::bytea, left(encode(sha256('\xff00'), 'hex'), 16)), ('\xff01', left(encode(sha256('\xff01'), 'hex'), 16))$$,
                  'each language has its own, and its name is made of it');
SELECT is(pg_temp.put('{"salutation":"Hi"}'), 1, 'without one:');
SELECT is((SELECT string_agg(card_tag, '') FROM countersign.petition_text WHERE petition_id = test.id('v')), '', 'there is none');
SELECT is((SELECT salutation FROM countersign.petition_text WHERE petition_id = test.id('v') AND language = 'en'), 'Hi', 'the salutation changes within it');
SELECT is(pg_temp.put('{"title":"T2"}'), 2, 'a changed title makes one');
SELECT is(pg_temp.put('{"addressee":"A2"}'), 3, 'a changed addressee');
SELECT is(pg_temp.put('{"letter":"L2"}'), 4, 'a changed letter');
SELECT is(pg_temp.put('{"asks":["1","2"]}'), 5, 'changed asks');
SELECT is(pg_temp.put('{"asks":["2","1"]}'), 6, 'asks in another order');
SELECT is(pg_temp.put('{"asks":["2","1"],"translations":{"es":{"title":"X","addressee":"A","salutation":"S","letter":"L","asks":["1"]}}}'), 7, 'a change in a translation');
SELECT is(pg_temp.put('{"asks":["2","1"],"translations":{"es":{"title":"X","addressee":"A","salutation":"S","letter":"L","asks":["1"]},"fr":{"title":"F"}}}'), 7,
          'a further language joins the version');
SELECT is(pg_temp.put('{"asks":["2","1"],"translations":{"fr":{"title":"F"}}}'), 8, 'a language less makes a new one');
SELECT results_eq($$SELECT language FROM countersign.petition_text WHERE petition_id = test.id('v') AND version = 8 ORDER BY 1$$, '{en,fr}'::text[], 'without that language');
SELECT is((SELECT count(*) FROM countersign.petition_text WHERE petition_id = test.id('v')), 17::bigint, 'and every version is kept');
SELECT is((SELECT index_key FROM countersign.petition_put('{"slug":"v","language":"en","title":"T"}', 9::smallint) JOIN countersign.petition USING (slug)), 1::smallint,
          'the index key never changes');
SELECT is((SELECT state FROM countersign.petition WHERE slug = 'v'), 'draft', 'petition_put never changes the state');

-- States: every pair.
CREATE FUNCTION pg_temp.move(a_from text, a_to text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE v text;
BEGIN
    UPDATE countersign.petition SET state = a_from, closed_at = CASE WHEN a_from = 'closed' THEN now() END WHERE slug = 'v';
    SELECT was || '>' || state INTO v FROM countersign.petition_state('v', a_to);
    RETURN v;
END
$$;
SELECT is(pg_temp.move(f, t), f || '>' || CASE WHEN f = 'draft' AND t = 'closed' OR f = 'withdrawn' THEN f ELSE t END, f || ' to ' || t)
  FROM unnest('{draft,open,closed,withdrawn}'::text[]) f, unnest('{open,closed,withdrawn}'::text[]) t;
SELECT throws_ok($$SELECT countersign.petition_state('v', 'draft')$$, '23514', NULL, 'nothing becomes a draft again');
SELECT is_empty($$SELECT countersign.petition_state('none', 'open')$$, 'an unknown petition: no row');
SELECT pg_temp.move('draft', 'open'); SELECT pg_temp.move('open', 'closed');
SELECT is((SELECT opened_at = now() AND closed_at = now() FROM countersign.petition WHERE slug = 'v'), true, 'opening and closing are dated');

-- Constraints.
SELECT throws_ok(format($$SELECT countersign.petition_put('{"slug":"%s","language":"en","title":"T"}', 1::smallint)$$, s), '23514', NULL, 'Q3 Q14 no slug: ' || left(s, 10))
  FROM unnest(ARRAY['A', '-a', 'a-', 'a--b', 'a_b', 'a b', '../a', 'a.b', '', repeat('a', 65), 'ä', E'a\\nb']) s;
SELECT lives_ok(format($$SELECT countersign.petition_put('{"slug":"%s","language":"en","title":"T"}', 1::smallint)$$, repeat('a', 64)), 'a slug of 64 letters');
SELECT throws_ok($$UPDATE countersign.petition SET state = 'lost' WHERE slug = 'v'$$, '23514', NULL, 'no other state');
SELECT throws_ok($$UPDATE countersign.petition SET goal = 9007199254740993 WHERE slug = 'v'$$, '23514', NULL, 'T6 no goal above 2^53');
SELECT throws_ok($$UPDATE countersign.petition SET required = '{phone}' WHERE slug = 'v'$$, '23514', NULL, 'what is required is asked for');

-- Catalog.
SELECT ok((SELECT c.version > f.version FROM countersign.catalog_version c, first f), 'changes move the catalog''s version');
CREATE TEMP TABLE second AS SELECT version FROM countersign.catalog_version;
UPDATE countersign.petition SET goal = 6 WHERE slug = 'v';
SELECT ok((SELECT c.version > f.version FROM countersign.catalog_version c, second f), 'also one by hand');
CREATE TEMP TABLE third AS SELECT version FROM countersign.catalog_version;
SELECT test.petition('quiet', 'none');
SELECT test.sign('quiet', '{a}', '{a}');
SELECT is((SELECT c.version - f.version FROM countersign.catalog_version c, third f), 5::bigint, 'signing moves nothing there');

-- Generation.
SELECT is(countersign.generation(), (1::bigint << 32) + 1, 'generation: own number and timeline');
UPDATE countersign.instance SET system_identifier = system_identifier + 1;
SELECT is(countersign.generation(), (2::bigint << 32) + 1, 'D20 found in another cluster: the next number');
SELECT is(countersign.generation(), (2::bigint << 32) + 1, 'D20 once only');
UPDATE countersign.instance SET database_oid = 1;
SELECT is(countersign.generation(), (3::bigint << 32) + 1, 'D20 restored into another database: the next number');
SELECT is(countersign.generation_bump(), (4::bigint << 32) + 1, 'and by hand');
UPDATE countersign.instance SET table_oid = 1;
SELECT is(countersign.generation(), (5::bigint << 32) + 1, 'D20 a dump restored in place: the next number');
UPDATE countersign.instance SET timeline = 0;
SELECT is(countersign.generation(), (5::bigint << 32) + 1, 'a standby that is promoted is the same database');
CREATE TEMP TABLE given AS SELECT nextval('countersign.signature_id_seq') AS id, nextval('countersign.shown_words') AS words;
UPDATE countersign.instance SET timeline = 0;
SET LOCAL "countersign.restored" = '2026-11-27 12:00';
SELECT is(countersign.generation(), (6::bigint << 32) + 1, 'D20 restored to a moment: the next number');
UPDATE countersign.instance SET timeline = 1;
SELECT is(countersign.generation(), (6::bigint << 32) + 1, 'and what says so stays there without meaning');
SELECT ok(nextval('countersign.signature_id_seq') > id + 1000000 AND nextval('countersign.shown_words') > words + 1000000,
          'numbers that were given away after that moment are nobody''s') FROM given;
RESET "countersign.restored";
UPDATE countersign.instance SET number = 2097151;
SELECT ok(countersign.generation() <= 9007199254740992, 'T6 never above 2^53');

-- Pictures for previews.
SELECT ok(NOT countersign.petition_draw(p.id, 'en', 'another', 100, 'png'), 'a picture takes the place of the one that it was drawn for alone')
  FROM countersign.petition p WHERE p.slug = 'bus';
SELECT ok(countersign.petition_draw(p.id, 'en', t.card_tag, 100, 'png'), 'it takes its place')
  FROM countersign.petition p JOIN countersign.petition_text t ON t.petition_id = p.id AND t.version = p.text_version AND t.language = 'en' WHERE p.slug = 'bus';
SELECT results_eq($$SELECT t.card, t.drawn_number, t.drawn_tag = t.card_tag, t.version = p.text_version FROM countersign.petition p
                      JOIN countersign.petition_text t ON t.petition_id = p.id WHERE p.slug = 'bus' AND t.card <> '' $$,
                  $$VALUES ('png'::bytea, 100::bigint, true, true)$$, 'and its number is known');
UPDATE countersign.petition SET image = '/own.jpg' WHERE slug = 'bus';
SELECT ok(NOT countersign.petition_draw(p.id, 'en', left(encode(sha256('png'), 'hex'), 16), 200, 'jpg'), 'an image of the organiser''s own needs none')
  FROM countersign.petition p WHERE p.slug = 'bus';
SELECT * FROM finish();
ROLLBACK;
