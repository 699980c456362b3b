"""Two writers meet at one signature: the first has done its deed and has not committed, the second waits for its lock
with a snapshot that is older than the first one's commit. Every pair of deeds, from every state; prints TAP."""
import os
import sys
import time

import psycopg2
import psycopg2.extensions

STATES = {
    "pending": [],
    "confirmed": ["confirm"],
    "withdrawn": ["withdraw"],
    "invalidated": ["confirm", "invalidate"],
}
DEEDS = {
    "sign": "SELECT test.sign('{s}', '{{p{s}}}', '{{{s}-{n}}}', a_shown => '{{P}}', a_slot => {slot}, a_asks => '{{p{s}}}')",
    "confirm": "SELECT test.confirm(test.tokens('{s}'), {slot})",
    "withdraw": "SELECT test.withdraw(test.tokens('{s}'), {slot})",
    # Another place each time, so that two corrections move what counts twice.
    "correct": "SELECT test.correct('{s}', '{{p{s},p{s},p{s}}}', test.tokens('{s}'), '{{{s}-x{n},{s}-y{n},{s}-z{n}}}',"
               " '{{C{n},C{n},C{n}}}', a_shown => '{{P,P,P}}', a_slot => {slot})",
    "own_erase": "SELECT test.own_erase(test.tokens('{s}'), {slot})",
    "page": "SELECT test.resend('{s}', '{{p{s}}}', '{{{s}-{n}}}', a_kind => 5)",
    "resend": "SELECT test.resend('{s}', '{{p{s}}}', '{{{s}-{n}}}')",
    "invalidate": "SELECT countersign.invalidate({slot}::smallint, '{s}', ARRAY[test.sid('{s}', 'p{s}')], 'why')",
    "undo": "SELECT countersign.invalidate_undo({slot}::smallint, '{s}', ARRAY[test.sid('{s}', 'p{s}')], NULL)",
    "erase": "SELECT countersign.erase({slot}::smallint, ARRAY[test.id('{s}')], ARRAY[test.h16('{s}p{s}')], ARRAY[test.h16('p{s}')])",
    "bounce": "SELECT countersign.mail_returned(test.bucket('{s}-0'), substring(test.h32('{s}-0') FROM 1 FOR 16), 'bounce')",
    "refused": "SELECT countersign.mail_fate(ARRAY[test.bucket('{s}-0')], ARRAY[test.h32('{s}-0')], '{{0}}', '{{3}}', '{{0}}', 30, 3, 5)",
    "claim": "SELECT count(*) FROM countersign.mail_claim(test.h32('mailer'), 0, 9, 60, 5, 5, 30)",
}
# What else a letter's token may do. These meet each other, and those above that touch a subscription.
BY_TOKEN = {
    "disavow": "SELECT countersign.disavow({slot}::smallint, test.buckets('{s}'), test.hashes('{s}'))",
    "unsubscribe": "SELECT countersign.unsubscribe(test.buckets('{s}'), test.hashes('{s}'), '{{client,page,page}}')",
    "news on": "SELECT * FROM countersign.subscription_set(test.buckets('{s}'), test.hashes('{s}'), '{{weekly,weekly,weekly}}', '{{NULL,NULL,NULL}}')",
    "opt in": "SELECT * FROM countersign.subscription_set(test.buckets('{s}'), test.hashes('{s}'), '{{NULL,NULL,NULL}}', '{{NULL,NULL,NULL}}', '{{1,2,3}}',"
              " array_fill(test.h16('p{s}'), '{{3}}'), ARRAY[test.h16('{s}a'), test.h16('{s}b'), test.h16('{s}c')], '{{33,33,33}}', '{{x,x,x}}', '{{1,1,1}}',"
              " '{{en,en,en}}', '{{NULL,NULL,NULL}}', '{{NULL,NULL,NULL}}', '{{NULL,NULL,NULL}}', '{{t,t,t}}')",
    "news off": "SELECT * FROM countersign.subscription_set(test.buckets('{s}'), test.hashes('{s}'), '{{never,never,never}}', '{{NULL,NULL,NULL}}')",
}
TOUCHING = ("sign", "confirm", "withdraw", "own_erase", "erase")
ALL = {**DEEDS, **BY_TOKEN}

# Every request that a petition's person may have made; confirm and withdraw try the tokens of all of them.
SETUP = """
CREATE FUNCTION test.tokens(a_slug text) RETURNS text[] LANGUAGE sql IMMUTABLE
RETURN ARRAY[a_slug || '-0', a_slug || '-1', a_slug || '-2'];
CREATE FUNCTION test.own_erase(a_request text[], a_slot integer) RETURNS text[] LANGUAGE sql SECURITY DEFINER
RETURN countersign.own_erase(a_slot::smallint, ARRAY(SELECT test.bucket(r) FROM unnest(a_request) r), ARRAY(SELECT test.h32(r) FROM unnest(a_request) r));
ALTER FUNCTION test.own_erase(text[], integer) OWNER TO countersign_worker;
CREATE FUNCTION test.buckets(a_slug text) RETURNS integer[] LANGUAGE sql IMMUTABLE
RETURN ARRAY(SELECT test.bucket(t) FROM unnest(test.tokens(a_slug)) AS t);
CREATE FUNCTION test.hashes(a_slug text) RETURNS bytea[] LANGUAGE sql IMMUTABLE
RETURN ARRAY(SELECT test.h32(t) FROM unnest(test.tokens(a_slug)) AS t);
"""
# What is left over of a signature that is gone, or is public and does not count, or counts and is not public.
WRONG = """
SELECT coalesce(string_agg(w, ', '), '') FROM (
    SELECT 'shown without counting' AS w FROM countersign.shown h
      LEFT JOIN countersign.signature s ON (s.petition_id, s.id) = (h.petition_id, h.signature_id)
     WHERE h.petition_id = %(id)s AND h.shown_at IS NOT NULL AND s.state IS DISTINCT FROM 1
    UNION ALL
    SELECT 'counts and is not shown' FROM countersign.signature s
      LEFT JOIN countersign.shown h ON (s.petition_id, s.id) = (h.petition_id, h.signature_id)
     WHERE s.petition_id = %(id)s AND s.state = 1 AND h.shown_at IS NULL
    UNION ALL
    SELECT 'shown left over' FROM countersign.shown h
     WHERE h.petition_id = %(id)s AND NOT EXISTS (SELECT FROM countersign.signature s
             WHERE (s.petition_id, s.id) = (h.petition_id, h.signature_id) AND s.state <> 2)
    UNION ALL
    SELECT 'letter left over' FROM countersign.letter l
     WHERE l.petition_id = %(id)s AND NOT %(own)s AND NOT EXISTS (SELECT FROM countersign.signature s
             WHERE (s.petition_id, s.id) = (l.petition_id, l.signature_id))
    UNION ALL
    SELECT 'invalidation left over' FROM countersign.invalidation i
     WHERE i.petition_id = %(id)s AND NOT EXISTS (SELECT FROM countersign.signature s
             WHERE (s.petition_id, s.id) = (i.petition_id, i.signature_id))
    UNION ALL
    SELECT 'invalidated, with ' || count(i) || ' that stand' FROM countersign.signature s
      LEFT JOIN countersign.invalidation i ON (s.petition_id, s.id) = (i.petition_id, i.signature_id) AND i.undone_at IS NULL
     WHERE s.petition_id = %(id)s GROUP BY s.id, s.state HAVING count(i) <> (s.state = 3)::integer
    UNION ALL
    SELECT 'news asked for by nobody' FROM countersign.subscription b
     WHERE b.petition_id = %(id)s AND b.proven_at IS NULL AND NOT EXISTS (SELECT FROM countersign.letter l
             WHERE l.mailbox = b.mailbox AND l.token_hash = b.token_hash)
    UNION ALL
    SELECT 'sealed twice or never' FROM countersign.subscription b
     WHERE b.petition_id = %(id)s AND (b.proven_at IS NULL) <> (b.sealed IS NOT NULL)
    UNION ALL
    SELECT 'on without a proof' FROM countersign.subscriber s
     WHERE s.mailbox = test.h16('p' || %(slug)s) AND s.state = 'on' AND NOT EXISTS (SELECT FROM countersign.subscription b
             WHERE b.mailbox = s.mailbox AND b.proven_at IS NOT NULL)
) AS t
"""
SUMS = "SELECT coalesce('sums differ: ' || string_agg(a.slug, ', '), '') FROM countersign.audit(NULL) a WHERE NOT a.equal"


QUEUE = """
INSERT INTO countersign.mail_queue (created_at, due_at, epoch, petition_id, token_bucket, token_hash)
SELECT l.created_at, l.created_at, l.epoch, l.petition_id, l.token_bucket, l.token_hash FROM countersign.letter l
 WHERE l.petition_id = %(id)s AND l.state = 0
"""


def connect():
    return psycopg2.connect("")


def finish(session, seconds=20):
    """Waits for a query that was sent without waiting; the wait is bounded."""
    end = time.monotonic() + seconds
    while session.poll() != psycopg2.extensions.POLL_OK:
        if time.monotonic() > end:
            raise RuntimeError("a statement does not end")
        time.sleep(0.001)


class Race:
    def __init__(self):
        self.first, self.look = connect(), connect()
        self.look.autocommit = True
        self.second = psycopg2.connect("", async_=True)
        finish(self.second)
        self.second_pid = self.second.get_backend_pid()
        self.run(SETUP)
        self.n = 0

    def run(self, sql, values=None):
        with self.look.cursor() as cursor:
            cursor.execute(sql, values)
            return cursor.fetchone()[0] if cursor.description else None

    def waits_or_ends(self):
        """Until the second session waits for a lock, or is done since the two do not meet."""
        end = time.monotonic() + 20
        while time.monotonic() < end:
            if self.second.poll() == psycopg2.extensions.POLL_OK:
                return
            if self.run("SELECT pg_blocking_pids(%s) <> '{}'", [self.second_pid]):
                return
            time.sleep(0.001)
        raise RuntimeError("the second session neither waits nor ends")

    def petition(self, confirmation, state):
        self.n += 1
        slug = f"race{self.n}"
        erasure = "lower_number" if self.n % 2 else "keep_number"
        self.run("SELECT test.petition(%s, %s, '{\"comments\":\"shown\"}'::jsonb || jsonb_build_object('erasure', %s))",
                 [slug, confirmation, erasure])  # fmt: skip
        for number, deed in enumerate(["sign", *STATES[state]]):
            self.run(DEEDS[deed].format(s=slug, n=0, slot=number))
        # The mailbox' limit is not what is tested.
        self.run("".join(f"DELETE FROM countersign.{table};" for table in ("letter_quota", "mail_quota", "mail_queue", "mail_suppressed")))
        self.run(QUEUE, {"id": self.run("SELECT test.id(%s)", [slug])})
        return slug

    def meet(self, confirmation, state, first, second):
        slug = self.petition(confirmation, state)
        if "claim" in (first, second):
            self.run("INSERT INTO countersign.mail_suppressed (mailbox, why) VALUES (test.h16('p' || %s), 'refused')", [slug])
        with self.first.cursor() as cursor:
            cursor.execute(ALL[first].format(s=slug, n=1, slot=1))
        cursor = self.second.cursor()
        cursor.execute(ALL[second].format(s=slug, n=2, slot=2))
        self.waits_or_ends()
        self.first.commit()
        finish(self.second)
        cursor.close()
        # Who erases by token leaves the bare keys of letters behind, until they expire.
        own = "own_erase" in (first, second)
        return self.run(WRONG, {"slug": slug, "id": self.run("SELECT test.id(%s)", [slug]), "own": own})


def meetings():
    """Confirmation, state, the deed that waits, and those that it waits for."""
    for confirmation in ("email", "none"):
        # Who signs without confirming counts at once: nothing is pending there.
        for state in list(STATES)[confirmation == "none" :]:
            for second in DEEDS:
                yield confirmation, state, second, list(DEEDS)
    for state in ("pending", "confirmed"):
        for second in (*TOUCHING, *BY_TOKEN):
            yield "email", state, second, [*BY_TOKEN, *(TOUCHING if second in BY_TOKEN else ())]


# Sam has confirmed one petition and gets news by another; a letter of somebody else's is over, and the lap begins.
SWEEP = """
SELECT test.petition('swept', 'email', '{}'), test.petition('asking', 'email', '{}');
SELECT test.sign('swept', '{sweepsam,sweepeve}', '{sweep1,sweep2}'), test.sign('asking', '{sweepsam}', '{sweep3}', a_asks => '{sweepsam}');
SELECT test.confirm('{sweep1,sweep3}');
UPDATE countersign.letter SET sealed = NULL, state = 1, expires_at = now() - interval '1 day' WHERE token_hash = test.h32('sweep2');
UPDATE countersign.subscriber SET petitions = '{}' WHERE mailbox = test.h16('sweepsam');
UPDATE countersign.mail_place SET lap_not_before = '-infinity', lap_bucket = 0, lap_hash = '';
"""
SAM = "SELECT petitions::text FROM countersign.subscriber WHERE mailbox = test.h16('sweepsam')"


def swept(race):
    """The lap waits for a letter, as for all letters before any subscriber: who has the letter may want the subscriber next."""
    race.run(SWEEP)
    with race.first.cursor() as cursor:
        cursor.execute("SELECT FROM countersign.letter WHERE token_hash = test.h32('sweep2') FOR UPDATE")
    cursor = race.second.cursor()
    cursor.execute("SELECT countersign.mail_sweep_letters(100000)")
    race.waits_or_ends()
    waits = race.run("SELECT pg_blocking_pids(%s) <> '{}'", [race.second_pid])
    try:
        race.run(SAM + " FOR UPDATE NOWAIT")
        wrong = "" if waits else "it does not wait"
    except psycopg2.errors.LockNotAvailable:
        wrong = "it holds the subscriber already"
    race.first.commit()
    finish(race.second)
    cursor.close()
    return wrong or ("" if race.run("SELECT cardinality(petitions) = 2" + SAM[SAM.index(" FROM"):]) else "it has learnt nothing")


# A mailer gives back one who was only looked at, and tells of a letter that an operator looks at.
PACED = """
SELECT test.petition('paced', 'email', '{}');
INSERT INTO countersign.mailing (petition_id, name, language) SELECT id, 'paced', 'en' FROM countersign.petition WHERE slug = 'paced';
INSERT INTO countersign.mailing_queue (due_at, mailing_id, mailbox, lease) SELECT now(), id, test.h16('pacedq'), 7 FROM countersign.mailing WHERE name = 'paced';
INSERT INTO countersign.mailing_test (epoch, mailing_id, mailbox, sealed, lease) SELECT 1, id, test.h16('pacedt'), '', 7 FROM countersign.mailing WHERE name = 'paced';
INSERT INTO countersign.mailing_pace (place) VALUES (5);
"""
TELLS = """
SELECT countersign.mailing_fate(ARRAY[m.id, m.id], ARRAY[test.h16('pacedq'), test.h16('pacedt')], '{7,7}', '{6,1}', '{0,0}', 4, '{5,-1}', 60)
  FROM countersign.mailing m WHERE m.name = 'paced'
"""


def paced(race):
    """Fates wait for a letter to look at before they have a domain: who has claimed such a letter may want the domain next."""
    race.run(PACED)
    with race.first.cursor() as cursor:
        cursor.execute("SELECT FROM countersign.mailing_test WHERE mailbox = test.h16('pacedt') FOR UPDATE")
    cursor = race.second.cursor()
    cursor.execute(TELLS)
    race.waits_or_ends()
    waits = race.run("SELECT pg_blocking_pids(%s) <> '{}'", [race.second_pid])
    try:
        race.run("SELECT place FROM countersign.mailing_pace WHERE place = 5 FOR UPDATE NOWAIT")
        wrong = "" if waits else "it does not wait"
    except psycopg2.errors.LockNotAvailable:
        wrong = "it holds the domain already"
    race.first.commit()
    finish(race.second)
    told = cursor.fetchone()[0]
    cursor.close()
    race.run("DELETE FROM countersign.mailing_queue; DELETE FROM countersign.mailing; DELETE FROM countersign.mailing_pace WHERE place = 5")
    return wrong or ("" if told == 2 else f"it has told of {told}")


IN_ORDER = {"the lap over the letters": swept, "the fates of letters to the list": paced}


def main():
    race, cases, bad = Race(), 0, 0
    for what, look in IN_ORDER.items():
        wrong = look(race)
        cases += 1
        bad += bool(wrong)
        print(f"{'not ' if wrong else ''}ok {cases} - {what}: locks are taken in order{wrong and ': ' + wrong}")
    for confirmation, state, second, firsts in meetings():
        wrong = {first: race.meet(confirmation, state, first, second) for first in firsts}
        wrong["all of them"] = race.run(SUMS)
        wrong = "; ".join(f"{first}: {what}" for first, what in wrong.items() if what)
        cases, bad = cases + 1, bad + bool(wrong)
        print(f"{'not ' if wrong else ''}ok {cases} - D12 {second} that has waited for another deed, "
              f"{state}, confirmation {confirmation}")
        if wrong:
            print(f"# after {wrong}")
    print(f"1..{cases}")
    return bad > 0


if __name__ == "__main__":
    os.environ.setdefault("PGDATABASE", "countersign")
    sys.exit(main())
