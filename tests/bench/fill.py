"""Fills a stack's tables as if many people had signed, straight in SQL."""
import subprocess
import sys

# Sizes as of real rows. Hashes are MD5 of a number: as random as the keyed ones are.
SIGNATURES = """
INSERT INTO countersign.signature (epoch, signed_at, changed_at, confirmed_at, petition_id,
    text_version, index_key, state, email_hash, request_id, country, sealed)
SELECT 1, t.at, t.at, t.at, {petition}, 1, 1, 1, decode(md5('s' || g), 'hex'),
       decode(md5('r' || g), 'hex'), 'US', convert_to(repeat('x', {sealed}), 'UTF8')
  FROM generate_series({first}, {last}) AS g,
       LATERAL (SELECT timestamptz '2026-01-01' + g * interval '1 second' AS at) AS t"""
# A letter each that was sent: its envelope is gone, its token still works.
LETTERS = """
INSERT INTO countersign.letter (signature_id, epoch, created_at, sent_at, petition_id,
    token_bucket, life, kind, state, token_hash, request_id, mailbox)
SELECT g, 1, now(), now(), {petition}, (g / 1000) % 65536, 1, 1, 1,
       sha256(int8send(g)), decode(md5('r' || g), 'hex'), decode(md5('m' || g), 'hex')
  FROM generate_series({first}::bigint, {last}) AS g"""
# The mail limits of a day in which a tenth of them signed.
QUOTAS = """
INSERT INTO countersign.letter_quota (since, n, granted, mailbox)
SELECT now(), 1, 1, decode(md5('m' || g), 'hex')
  FROM generate_series({first}, {first} + ({last} - {first}) / 10) AS g
    ON CONFLICT DO NOTHING"""
# The sums that go with them.
TALLIES = (
    "INSERT INTO countersign.tally (petition_id, slot, n, version, changed_at) "
    "VALUES ({petition}, 0, {rows}, 1, now())",
    "INSERT INTO countersign.tally_place (petition_id, slot, n, country, region) "
    "VALUES ({petition}, 0, {rows}, 'US', '')",
    "INSERT INTO countersign.tally_hour (petition_id, slot, n, hour) "
    "SELECT {petition}, 0, count(*), countersign.hour_of(confirmed_at) "
    "FROM countersign.signature WHERE petition_id = {petition} GROUP BY 4",
)


def _sql(stack, statements):
    return subprocess.Popen(
        ["psql", "-h", stack.sockets, "-U", "postgres", "-d", "countersign", "-qAtX",
         "-v", "ON_ERROR_STOP=1", *(word for text in statements for word in ("-c", text))],
        stdout=subprocess.DEVNULL)


def is_filled(stack, rows):
    """Whether that many were filled in before, and all the sums."""
    return stack.sql("SELECT coalesce(sum(h.n), 0) FROM countersign.tally_hour h "
                     "JOIN countersign.petition p ON p.id = h.petition_id "
                     "WHERE p.slug = 'crowd' AND h.hour < '2026-06-01'") == str(rows)


def fill(stack, rows):
    """Two sessions, a part each. Nothing of it needs to survive a crash while it runs."""
    stack.sql("ALTER SYSTEM SET full_page_writes = off")
    stack.sql("ALTER SYSTEM SET max_wal_size = '32GB'")
    stack.sql("SELECT pg_reload_conf()")
    stack.petition("crowd", "email")
    petition = stack.sql("SELECT id FROM countersign.petition WHERE slug = 'crowd'")
    sealed = stack.sql("SELECT coalesce(round(avg(octet_length(sealed))), 300) "
                       "FROM countersign.signature")
    parts = []
    for first, last in ((1, rows // 2), (rows // 2 + 1, rows)):
        values = {"petition": petition, "sealed": sealed, "first": first, "last": last}
        parts.append(_sql(stack, ["SET synchronous_commit = off"] +
                          [text.format(**values) for text in (SIGNATURES, LETTERS, QUOTAS)]))
    if any(part.wait() for part in parts):
        sys.exit("bench: the table cannot be filled")
    for text in TALLIES:
        stack.sql(text.format(petition=petition, rows=rows))
    for name in ("full_page_writes", "max_wal_size"):
        stack.sql(f"ALTER SYSTEM RESET {name}")
    stack.sql("SELECT pg_reload_conf()")
    for table in ("signature", "letter", "letter_quota"):
        stack.sql(f"VACUUM (FREEZE, ANALYZE) countersign.{table}")
    stack.sql("CHECKPOINT")
