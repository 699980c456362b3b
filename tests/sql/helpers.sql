-- Helpers of the tests. People, requests and mailboxes are words; every hash is made from them. The functions that
-- sign, confirm and so on belong to the worker's role and run as it, so each test proves its rights too.
CREATE SCHEMA test;
GRANT USAGE ON SCHEMA test TO PUBLIC;

CREATE FUNCTION test.h16(text) RETURNS bytea LANGUAGE sql IMMUTABLE RETURN decode(md5($1), 'hex');
CREATE FUNCTION test.h32(text) RETURNS bytea LANGUAGE sql IMMUTABLE RETURN sha256(convert_to($1, 'UTF8'));
CREATE FUNCTION test.bucket(text) RETURNS integer LANGUAGE sql IMMUTABLE RETURN length($1) * 7;
CREATE FUNCTION test.id(a_slug text) RETURNS integer LANGUAGE sql STABLE
RETURN (SELECT id FROM countersign.petition WHERE slug = a_slug);

-- fill('{}', n, x): n times x where the array is empty.
CREATE FUNCTION test.fill(a anyarray, a_n integer, a_x anyelement) RETURNS anyarray LANGUAGE sql IMMUTABLE AS
'SELECT CASE WHEN coalesce(cardinality(a), 0) = 0 THEN array_fill(a_x, ARRAY[a_n]) ELSE a END';

CREATE FUNCTION test.petition(a_slug text, a_confirmation text DEFAULT 'email', a_more jsonb DEFAULT '{}')
RETURNS integer LANGUAGE plpgsql AS $$
BEGIN
    PERFORM countersign.petition_put(jsonb_build_object('slug', a_slug, 'language', 'en', 'title', 'T', 'addressee', 'A',
        'letter', 'L', 'asks', '["one"]'::jsonb, 'confirmation', a_confirmation) || a_more, 1::smallint);
    PERFORM countersign.petition_state(a_slug, 'open');
    RETURN test.id(a_slug);
END
$$;

-- Everybody in a_who signs the petition a_slug, each by the request of the same place.
CREATE FUNCTION test.sign(a_slug text, a_who text[], a_request text[], a_mailable boolean[] DEFAULT '{}',
                          a_country text[] DEFAULT '{}', a_region text[] DEFAULT '{}', a_shown text[] DEFAULT '{}',
                          a_version integer DEFAULT 0, a_slot integer DEFAULT 0, a_limit integer DEFAULT 5,
                          a_sealed text DEFAULT 'sealed', a_asks text[] DEFAULT '{}', a_referral bigint[] DEFAULT '{}')
RETURNS smallint[] LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
    n  integer := cardinality(a_who);
    id integer := coalesce((SELECT p.id FROM countersign.petition p WHERE p.slug = a_slug), 0);
    asks integer[] := ARRAY(SELECT w.i FROM unnest(a_who) WITH ORDINALITY AS w(who, i) WHERE w.who = ANY (a_asks) ORDER BY w.i);
    m integer := cardinality(asks);
BEGIN
    PERFORM countersign.epoch_add(33, 'subscriber', ARRAY[test.h32('mailer')], '{c}');
    PERFORM countersign.epoch_add(11, 'signer', ARRAY[test.h32('org')], '{a}');
    PERFORM countersign.epoch_add(22, 'letter', ARRAY[test.h32('mailer')], '{b}');
    RETURN countersign.sign(a_slot::smallint, a_limit, array_fill(id, ARRAY[n]),
        ARRAY(SELECT test.h16(a_slug || w) FROM unnest(a_who) w), ARRAY(SELECT test.h16(w) FROM unnest(a_who) w),
        ARRAY(SELECT test.h16(r) FROM unnest(a_request) r), array_fill(1::smallint, ARRAY[n]),
        array_fill(a_version, ARRAY[n]), array_fill(11::bigint, ARRAY[n]),
        array_fill(convert_to(a_sealed, 'UTF8'), ARRAY[n]), array_fill(22::bigint, ARRAY[n]),
        array_fill('\x01'::bytea, ARRAY[n]), ARRAY(SELECT test.bucket(r) FROM unnest(a_request) r),
        ARRAY(SELECT test.h32(r) FROM unnest(a_request) r), a_country, a_region, a_shown,
        array_fill('Town'::text, ARRAY[n]), array_fill('Hello'::text, ARRAY[n]), test.fill(a_mailable, n, true),
        asks, array_fill(33::bigint, ARRAY[m]), array_fill(convert_to(a_sealed, 'UTF8'), ARRAY[m]),
        array_fill(1::smallint, ARRAY[m]), array_fill('en'::text, ARRAY[m]), array_fill('en-GB'::text, ARRAY[m]), a_referral);
END
$$;

CREATE FUNCTION test.resend(a_slug text, a_who text[], a_request text[], a_mailable boolean[] DEFAULT '{}',
                            a_limit integer DEFAULT 5, a_kind integer DEFAULT 1)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
    n integer := cardinality(a_who);
BEGIN
    PERFORM countersign.epoch_add(22, 'letter', ARRAY[test.h32('mailer')], '{b}');
    PERFORM countersign.resend(a_limit,
        array_fill((SELECT p.id FROM countersign.petition p WHERE p.slug = a_slug), ARRAY[n]),
        ARRAY(SELECT test.h16(a_slug || w) FROM unnest(a_who) w), ARRAY(SELECT test.h16(w) FROM unnest(a_who) w),
        ARRAY(SELECT test.h16(r) FROM unnest(a_request) r), array_fill(22::bigint, ARRAY[n]),
        array_fill('\x01'::bytea, ARRAY[n]), ARRAY(SELECT test.bucket(r) FROM unnest(a_request) r),
        ARRAY(SELECT test.h32(r) FROM unnest(a_request) r), test.fill(a_mailable, n, true),
        array_fill(a_kind::smallint, ARRAY[n]));
END
$$;

-- Everybody in a_who corrects by the token of the letter that a_token has caused, each by the request of the same place.
CREATE FUNCTION test.correct(a_slug text, a_who text[], a_token text[], a_request text[], a_country text[] DEFAULT '{}',
                             a_region text[] DEFAULT '{}', a_shown text[] DEFAULT '{}', a_comment text[] DEFAULT '{}',
                             a_version integer DEFAULT 1, a_slot integer DEFAULT 0, a_sealed text DEFAULT 'corrected')
RETURNS smallint[] LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
    n integer := cardinality(a_who);
BEGIN
    PERFORM countersign.epoch_add(33, 'signer', ARRAY[test.h32('org')], '{c}');
    RETURN countersign.correct(a_slot::smallint,
        ARRAY(SELECT test.bucket(t) FROM unnest(a_token) t), ARRAY(SELECT test.h32(t) FROM unnest(a_token) t),
        array_fill(coalesce((SELECT p.id FROM countersign.petition p WHERE p.slug = a_slug), 0), ARRAY[n]),
        ARRAY(SELECT test.h16(a_slug || w) FROM unnest(a_who) w), ARRAY(SELECT test.h16(r) FROM unnest(a_request) r),
        array_fill(a_version, ARRAY[n]), array_fill(33::bigint, ARRAY[n]),
        array_fill(convert_to(a_sealed, 'UTF8'), ARRAY[n]), a_country, a_region, a_shown,
        array_fill('Village'::text, ARRAY[n]), a_comment);
END
$$;

-- By the token of the letter that the request of this name has caused.
CREATE FUNCTION test.confirm(a_request text[], a_slot integer DEFAULT 0) RETURNS text[]
LANGUAGE sql SECURITY DEFINER
RETURN countersign.confirm(a_slot::smallint, ARRAY(SELECT test.bucket(r) FROM unnest(a_request) r),
                           ARRAY(SELECT test.h32(r) FROM unnest(a_request) r));
CREATE FUNCTION test.withdraw(a_request text[], a_slot integer DEFAULT 0) RETURNS text[]
LANGUAGE sql SECURITY DEFINER
RETURN countersign.withdraw(a_slot::smallint, ARRAY(SELECT test.bucket(r) FROM unnest(a_request) r),
                            ARRAY(SELECT test.h32(r) FROM unnest(a_request) r));
ALTER FUNCTION test.sign(text, text[], text[], boolean[], text[], text[], text[], integer, integer, integer, text, text[],
                         bigint[])
    OWNER TO countersign_worker;
ALTER FUNCTION test.resend(text, text[], text[], boolean[], integer, integer) OWNER TO countersign_worker;
ALTER FUNCTION test.correct(text, text[], text[], text[], text[], text[], text[], text[], integer, integer, text)
    OWNER TO countersign_worker;
ALTER FUNCTION test.confirm(text[], integer) OWNER TO countersign_worker;
ALTER FUNCTION test.withdraw(text[], integer) OWNER TO countersign_worker;

-- What is there now, in short.
CREATE FUNCTION test.state(a_slug text, a_who text) RETURNS integer LANGUAGE sql STABLE
RETURN (SELECT state FROM countersign.signature
         WHERE petition_id = test.id(a_slug) AND email_hash = test.h16(a_slug || a_who));
CREATE FUNCTION test.sid(a_slug text, a_who text) RETURNS bigint LANGUAGE sql STABLE
RETURN (SELECT id FROM countersign.signature
         WHERE petition_id = test.id(a_slug) AND email_hash = test.h16(a_slug || a_who));
CREATE FUNCTION test.count(a_slug text) RETURNS bigint LANGUAGE sql VOLATILE
RETURN (SELECT n FROM countersign.counts(ARRAY[test.id(a_slug)]));
CREATE FUNCTION test.referred(a_slug text, a_referral bigint) RETURNS bigint LANGUAGE sql VOLATILE
RETURN (SELECT n FROM countersign.referrals(test.id(a_slug), a_referral));
CREATE FUNCTION test.version(a_slug text) RETURNS bigint LANGUAGE sql VOLATILE
RETURN (SELECT version FROM countersign.counts(ARRAY[test.id(a_slug)]));
-- Kinds of the letters to somebody about a petition.
CREATE FUNCTION test.letters(a_slug text, a_who text) RETURNS text LANGUAGE sql STABLE
RETURN (SELECT coalesce(string_agg((ARRAY['confirm', 'thanks', 'already', 'reminder', 'page'])[kind], ' ' ORDER BY kind), '')
          FROM countersign.letter WHERE petition_id = test.id(a_slug) AND mailbox = test.h16(a_who));
CREATE FUNCTION test.equal() RETURNS boolean LANGUAGE sql VOLATILE
RETURN (SELECT bool_and(equal) FROM countersign.audit(NULL));
-- Everything that a replay must leave as it is.
CREATE FUNCTION test.digest() RETURNS text LANGUAGE sql VOLATILE
RETURN md5(concat((SELECT string_agg(t::text, '|' ORDER BY t::text) FROM countersign.signature t),
                  (SELECT string_agg(t::text, '|' ORDER BY t::text) FROM countersign.letter t),
                  (SELECT string_agg(t::text, '|' ORDER BY t::text) FROM countersign.letter_quota t),
                  (SELECT string_agg(t::text, '|' ORDER BY t::text) FROM countersign.shown t),
                  (SELECT string_agg(t::text, '|' ORDER BY t::text) FROM countersign.subscription t),
                  (SELECT string_agg(t::text, '|' ORDER BY t::text) FROM countersign.subscriber t),
                  (SELECT string_agg(t::text, '|' ORDER BY t::text) FROM countersign.tally t),
                  (SELECT string_agg(t::text, '|' ORDER BY t::text) FROM countersign.tally_place t),
                  (SELECT string_agg(t::text, '|' ORDER BY t::text) FROM countersign.tally_hour t),
                  (SELECT string_agg(t::text, '|' ORDER BY t::text) FROM countersign.tally_referral t)));
-- The minute of now, or of some before, as tokens begin with it.
CREATE FUNCTION test.minute(a_ago integer DEFAULT 0) RETURNS integer LANGUAGE sql STABLE
RETURN (floor(extract(epoch FROM now()) / 60)::bigint - a_ago & 65535)::integer;
-- Letters of these numbers, owed; in the mailers' queue, or not taken in yet.
CREATE FUNCTION test.owe(a_slug text, a_from integer, a_to integer, a_queued boolean DEFAULT true) RETURNS void LANGUAGE sql AS $$
INSERT INTO countersign.signature (id, epoch, signed_at, changed_at, petition_id, text_version, index_key, state, email_hash, request_id, sealed)
OVERRIDING SYSTEM VALUE
SELECT i, 11, now(), now(), test.id(a_slug), 1, 1, 0, test.h16('who' || i), '\x00', '\x00' FROM generate_series(a_from, a_to) i;
INSERT INTO countersign.letter (signature_id, epoch, created_at, petition_id, token_bucket, life, kind, token_hash, request_id, mailbox, sealed)
SELECT i, 22, now(), test.id(a_slug), test.minute(), 1, 1, test.h32('owed' || i), '\x00', test.h16('box' || i), '\x01' FROM generate_series(a_from, a_to) i;
INSERT INTO countersign.mail_queue (created_at, due_at, epoch, petition_id, token_bucket, token_hash)
SELECT now(), now() - interval '1 hour' + i * interval '1 millisecond', 22, test.id(a_slug), test.minute(), test.h32('owed' || i)
  FROM generate_series(a_from, a_to) i WHERE a_queued;
$$;
-- Pages that a statement looks at, and all that its functions do.
CREATE FUNCTION test.pages(a_statement text) RETURNS numeric LANGUAGE plpgsql AS $$
DECLARE v json;
BEGIN
    EXECUTE 'EXPLAIN (ANALYZE, BUFFERS, TIMING OFF, FORMAT JSON) ' || a_statement INTO v;
    RETURN (v->0->'Plan'->>'Shared Hit Blocks')::numeric + (v->0->'Plan'->>'Shared Read Blocks')::numeric;
END
$$;
