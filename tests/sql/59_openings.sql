-- Links of letters to the list that were opened: numbers that do not drift, and nobody's.
BEGIN;
SELECT no_plan();
SELECT test.petition('p', 'email', '{"tags":["buses"]}');
INSERT INTO countersign.mailing (name, petition_id, language, state, sent) VALUES ('one', test.id('p'), 'en', 'sending', 10), ('two', test.id('p'), 'en', 'draft', 99);
CREATE FUNCTION pg_temp.id(a_name text) RETURNS integer LANGUAGE sql STABLE AS 'SELECT id FROM countersign.mailing WHERE name = $1';
CREATE FUNCTION pg_temp.open(a_request text[], a_link text DEFAULT 'sign', a_name text DEFAULT 'one') RETURNS void LANGUAGE sql VOLATILE AS $$
    SELECT countersign.mailing_opened(array_agg(pg_temp.id(a_name)), array_agg(a_link), array_agg(test.h16(r))) FROM unnest(a_request) r
$$;
CREATE FUNCTION pg_temp.told(a_name text DEFAULT 'one') RETURNS text LANGUAGE sql VOLATILE AS
    'SELECT coalesce(opened::text, ''nothing'') FROM countersign.mailing_openings($1)';

SELECT is(pg_temp.told(), '{}', 'nobody has come');
SELECT pg_temp.open('{a,b,c}');
SELECT pg_temp.open('{a,b,c}');
SELECT pg_temp.open('{c,d,d}');
SELECT pg_temp.open('{e}', 'share');
SELECT is(pg_temp.told()::jsonb, '{"sign": 4, "share": 1}'::jsonb, 'each request is counted once, however often it is sent');
SELECT pg_temp.open('{f}', 'sign', 'two');
SELECT countersign.mailing_opened('{0,NULL}', '{sign,sign}', ARRAY[test.h16('g'), test.h16('h')]);
SELECT countersign.mailing_opened('{}', '{}', '{}');
SELECT is(pg_temp.told('two'), '{}', 'a draft has no readers');
SELECT is((SELECT count(*) FROM countersign.mailing_opening), 2::bigint, 'nor has what is no letter');
UPDATE countersign.mailing SET sent = 9 WHERE name = 'one';
SELECT is(pg_temp.told(), 'nothing', 'of a letter that few have got nothing is told');
UPDATE countersign.mailing SET sent = 10 WHERE name = 'one';

SELECT is((SELECT string_agg(attname, ' ' ORDER BY attnum) FROM pg_attribute WHERE attrelid = 'countersign.mailing_opening_request'::regclass AND attnum > 0),
          'at request_id', 'a request says neither who it was nor what it opened');
UPDATE countersign.mailing_opening_request SET at = now() - interval '61 minutes';
SELECT pg_temp.open('{i}');
SELECT is((SELECT count(*) FROM countersign.mailing_opening_request), 1::bigint, 'and is forgotten after an hour');
SELECT is(pg_temp.told()::jsonb, '{"sign": 5, "share": 1}'::jsonb, 'but for the number');
SELECT * FROM finish();
ROLLBACK;
