#!/bin/bash
# Four clients, two of them in one slot, send random overlapping batches of everything for a few seconds: a small crowd,
# so that they meet all the time. Requests are used again and again, so most are replays of something. No statement may
# fail, not even by a deadlock, and the sums must be equal at the end. SECONDS_RUN=60 runs longer.
set -u
here=$(mktemp -d)
trap 'rm -rf "$here"' EXIT
seconds=${SECONDS_RUN:-3}
n=0
ok() {
    n=$((n + 1))
    if [ "$1" = 0 ]; then echo "ok $n - $2"; else echo "not ok $n - $2"; fi
}

psql -q -v ON_ERROR_STOP=1 >/dev/null <<'SQL' || exit 1
SELECT test.petition('ca'), test.petition('cb', 'none'), test.petition('cc', 'email', '{"comments":"shown","erasure":"lower_number"}'),
       test.petition('cf', 'none', '{"erasure":"lower_number"}');
CREATE TABLE test.leased AS SELECT * FROM countersign.mail_claim(test.h32('mailer'), 0, 1, 60, 5, 5, 30);
-- What mailers do: a claim, fates of an earlier claim (refused, later, sent), a bounce, or a mailbox that is well again. And
-- what a person does with a token at the same time.
CREATE FUNCTION test.random_mail(a_slug text, a_request text[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    deed double precision := random();
    v    record;
BEGIN
    IF deed < 0.3 THEN
        INSERT INTO countersign.mail_queue (created_at, due_at, epoch, petition_id, token_bucket, token_hash)
        SELECT l.created_at, l.created_at, l.epoch, l.petition_id, l.token_bucket, l.token_hash FROM countersign.letter l
         WHERE l.petition_id = test.id(a_slug) AND l.state = 0 ORDER BY l.token_bucket, l.token_hash
            ON CONFLICT DO NOTHING;
    ELSIF deed < 0.5 THEN
        INSERT INTO test.leased SELECT * FROM countersign.mail_claim(test.h32('mailer'), 0, 20, 1, 50, 5, 30);
    ELSIF deed < 0.75 THEN
        WITH mine AS (
            DELETE FROM test.leased WHERE ctid IN (SELECT ctid FROM test.leased LIMIT 20 FOR UPDATE SKIP LOCKED) RETURNING *
        )
        SELECT array_agg(m.token_bucket) AS bucket, array_agg(m.token_hash) AS hash, array_agg(m.lease) AS lease,
               array_agg((ARRAY[1, 2, 3, 3])[1 + floor(random() * 4)]::smallint) AS fate, array_agg(0) AS wait
          INTO v FROM mine m;
        IF v.bucket IS NOT NULL THEN
            PERFORM countersign.mail_fate(v.bucket, v.hash, v.lease, v.fate, v.wait, 30, 3, 5);
        END IF;
    ELSIF deed < 0.85 THEN
        PERFORM countersign.mail_returned(test.bucket(a_request[1]), substring(test.h32(a_request[1]) FROM 1 FOR 16),
                                          (ARRAY['bounce', 'bounce', 'complaint', 'unsubscribe'])[1 + floor(random() * 4)]);
    ELSIF deed < 0.92 THEN
        PERFORM countersign.own_erase(6::smallint, ARRAY(SELECT test.bucket(r) FROM unnest(a_request[1:3]) r),
                                      ARRAY(SELECT test.h32(r) FROM unnest(a_request[1:3]) r));
        -- A request's name, and so its token, is used again here.
        DELETE FROM countersign.letter l
         USING (SELECT l.token_bucket, l.token_hash FROM countersign.letter l
                 WHERE l.petition_id = test.id(a_slug)
                   AND NOT EXISTS (SELECT FROM countersign.signature s WHERE s.petition_id = l.petition_id AND s.id = l.signature_id)
                 ORDER BY l.token_bucket, l.token_hash FOR UPDATE OF l) AS g
         WHERE l.token_bucket = g.token_bucket AND l.token_hash = g.token_hash;
    ELSE
        DELETE FROM countersign.mail_suppressed WHERE ctid IN (SELECT ctid FROM countersign.mail_suppressed LIMIT 30 FOR UPDATE SKIP LOCKED);
    END IF;
END
$$;
-- One batch of one kind for one petition. A request's name holds petition, person and a number below 12.
CREATE FUNCTION test.random_batch(a_slot integer, a_limit integer DEFAULT 4) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    slug    text := (ARRAY['ca', 'cb', 'cc', 'cf'])[1 + floor(random() * 4)];
    size    integer := 1 + floor(random() * 30);
    people  text[] := ARRAY(SELECT 'c' || floor(random() * 60)::text FROM generate_series(1, size));
    request text[] := ARRAY(SELECT slug || p || '/' || floor(random() * 12)::text FROM unnest(people) p);
    country text[] := ARRAY(SELECT (ARRAY['DE', 'FR', ''])[1 + ascii(right(p, 1)) % 3] FROM unnest(people) p);
    deed    double precision := random();
BEGIN
    IF random() < 0.3 THEN
        PERFORM test.random_mail(slug, request);
    ELSIF deed < 0.45 THEN
        PERFORM test.sign(slug, people, request, a_country => country, a_shown => people, a_slot => a_slot, a_limit => a_limit,
                          a_mailable => ARRAY(SELECT p <> 'c7' FROM unnest(people) p));
    ELSIF deed < 0.65 THEN
        PERFORM test.confirm(request, a_slot);
    ELSIF deed < 0.8 THEN
        PERFORM test.withdraw(request, a_slot);
    ELSIF deed < 0.88 THEN
        PERFORM test.resend(slug, people, request, a_limit => a_limit, a_kind => CASE WHEN random() < 0.5 THEN 1 ELSE 5 END);
    ELSIF deed < 0.91 THEN
        PERFORM test.correct(slug, people, request, ARRAY(SELECT r || 'c' || floor(random() * 3) FROM unnest(request) r),
                             ARRAY(SELECT (ARRAY['DE', 'FR', ''])[1 + floor(random() * 3)] FROM unnest(people) p),
                             a_shown => CASE WHEN random() < 0.5 THEN people END, a_slot => a_slot);
    ELSIF deed < 0.94 THEN
        PERFORM countersign.invalidate(a_slot::smallint, slug, ARRAY(SELECT test.sid(slug, p) FROM unnest(people[1:3]) p), 'random');
    ELSIF deed < 0.96 THEN
        PERFORM countersign.invalidate_undo(a_slot::smallint, slug, ARRAY(SELECT test.sid(slug, 'c' || i) FROM generate_series(0, 59) i), NULL);
    ELSIF deed < 0.98 THEN
        PERFORM countersign.erase(a_slot::smallint, array_fill(test.id(slug), ARRAY[2]), ARRAY(SELECT test.h16(slug || p) FROM unnest(people[1:2]) p),
                                  ARRAY(SELECT test.h16(p) FROM unnest(people[1:2]) p));
    ELSE
        PERFORM countersign.quota_sweep(0, 100);
    END IF;
END
$$;
SQL
echo 'SELECT test.random_batch((ARRAY[3, 3, 4, 5])[:client_id + 1]);' >"$here/batch.sql"
pgbench -n -c 4 -j 2 -T "$seconds" -M prepared -f "$here/batch.sql" countersign >"$here/out" 2>&1
ok $? "P3 D12 no batch failed, no deadlock ($(sed -n 's/^number of transactions actually processed: //p' "$here/out") batches)"
grep -E 'ERROR|failed|aborted' "$here/out" | sed 's/^/# /' | head -n 20
pg() { psql -XAtc "$1"; }
[ "$(pg 'SELECT bool_and(equal) FROM countersign.audit()')" = t ]
ok $? 'T7 table, tally, places and hours are equal'
[ "$(pg 'SELECT count(*) FROM countersign.shown h LEFT JOIN countersign.signature s ON (s.petition_id, s.id) = (h.petition_id, h.signature_id)
          WHERE (s.state IS NOT DISTINCT FROM 1) <> (h.shown_at IS NOT NULL)')" = 0 ]
ok $? 'only who counts is shown'
[ "$(pg "SELECT count(*) > 0 FROM countersign.invalidation WHERE cause = 'undeliverable'")" = t ]
ok $? 'M11 letters came back meanwhile'
[ "$(pg 'SELECT count(*) FROM countersign.signature s LEFT JOIN countersign.invalidation i ON (s.petition_id, s.id) = (i.petition_id, i.signature_id)
          AND i.undone_at IS NULL WHERE (i.was IS NULL) = (s.state = 3)')" = 0 ]
ok $? 'who was taken out of the count has one trace that stands'
[ "$(pg 'SELECT count(*) FROM (SELECT mailbox, count(*) AS n FROM countersign.letter GROUP BY 1) l JOIN countersign.letter_quota q USING (mailbox) WHERE q.n > 4')" = 0 ]
ok $? 'I10 no mailbox was granted more than its limit'
[ "$(pg "SELECT count(*) FROM pg_stat_database WHERE datname = 'countersign' AND deadlocks > 0")" = 0 ]
ok $? 'D12 PostgreSQL has seen no deadlock'

# One token, fifty times at once.
psql -q -c "SELECT test.petition('cd'), test.sign('cd', '{one}', '{cd-one}')" >/dev/null
echo "SELECT 1 / cardinality(array_remove(test.confirm('{cd-one}', :client_id % 16), NULL));" >"$here/token.sql"
pgbench -n -c 25 -j 2 -t 2 -f "$here/token.sql" countersign >"$here/out" 2>&1
ok $? 'I16 a token used fifty times in parallel: all confirmed'
[ "$(pg "SELECT n FROM countersign.counts() WHERE slug = 'cd'")" = 1 ]
ok $? 'I16 and counted once'

# One person, many workers, the same moment.
psql -q -c "SELECT test.petition('ce')" >/dev/null
echo "SELECT test.sign('ce', '{two}', ARRAY['ce' || :client_id], a_slot => :client_id % 16, a_limit => 5);" >"$here/same.sql"
pgbench -n -c 25 -j 2 -t 2 -f "$here/same.sql" countersign >"$here/out" 2>&1
ok $? 'E17 one address signs fifty times in parallel'
[ "$(pg "SELECT count(*) || ' ' || (SELECT count(*) FROM countersign.letter WHERE petition_id = test.id('ce')) FROM countersign.signature WHERE petition_id = test.id('ce')")" = '1 5' ]
ok $? 'E17 one row, and letters within the limit'
echo "1..$n"
