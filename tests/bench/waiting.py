"""What claiming a letter and storing its fate cost PostgreSQL when few letters wait, and when a million do."""
import json
import statistics
import subprocess

SLUGS = ("waiting", "behind")  # a petition with all of them, and one with a single letter
BATCH, ROUNDS = 500, 12

OWE = """
INSERT INTO countersign.signature (id, epoch, signed_at, changed_at, petition_id, text_version, index_key, state,
    email_hash, request_id, sealed) OVERRIDING SYSTEM VALUE
SELECT 1000000000 + i, 1, now(), now(), {petition}, 1, 1, 0, decode(md5('s' || i), 'hex'), decode(md5('r' || i), 'hex'),
       convert_to(repeat('x', 329), 'UTF8') FROM generate_series({first}::bigint, {last}) i;
INSERT INTO countersign.letter (signature_id, epoch, created_at, petition_id, token_bucket, life, kind, token_hash,
    request_id, mailbox, sealed)
SELECT 1000000000 + i, 1, now(), {petition}, (i / 10000) % 65536, 1, 1, sha256(int8send(i)), decode(md5('r' || i), 'hex'),
       decode(md5('m' || i), 'hex'), convert_to(repeat('x', 297), 'UTF8') FROM generate_series({first}::bigint, {last}) i;
INSERT INTO countersign.mail_queue (created_at, due_at, epoch, petition_id, token_bucket, token_hash)
SELECT now(), now(), 1, {petition}, (i / 10000) % 65536, sha256(int8send(i)) FROM generate_series({first}::bigint, {last}) i"""
EXPLAIN = "EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) "
CLAIM = EXPLAIN + f"CREATE TEMP TABLE got AS SELECT * FROM countersign.mail_claim('\\x00', 0, {BATCH}, 60, 5, 5, 90)"
FATE = EXPLAIN + """SELECT countersign.mail_fate(array_agg(token_bucket), array_agg(token_hash), array_agg(lease),
    array_agg(1::smallint), array_agg(0), 90, 3, 5) FROM got"""
OTHERS = "SELECT count(DISTINCT petition_id) FROM got"


def _session(stack, *statements):
    """Each in a transaction of its own, all in one session; what they print."""
    command = ["psql", "-h", stack.sockets, "-U", "postgres", "-d", "countersign", "-qAtX", "-v", "ON_ERROR_STOP=1"]
    done = subprocess.run([*command, *(word for text in statements for word in ("-c", text))], check=True,
                          stdout=subprocess.PIPE, text=True)
    return done.stdout


def _owe(stack, slug, first, last):
    petition = stack.sql(f"SELECT id FROM countersign.petition WHERE slug = '{slug}'")
    stack.sql(OWE.format(petition=petition, first=first, last=last))


def _send(stack):
    """Pages and microseconds of a letter; of how many petitions the last claim was."""
    batch = (CLAIM, FATE, OTHERS, "DROP TABLE got")
    out = _session(stack, *(batch * ROUNDS))
    plans, decoder, petitions = [], json.JSONDecoder(), 0
    while out.strip():
        out = out.lstrip()
        value, end = decoder.raw_decode(out)
        out = out[end:]
        if isinstance(value, list):
            plans.append(value[0])
        else:
            petitions = max(petitions, value)
    pairs = list(zip(plans[::2], plans[1::2]))[ROUNDS // 2:]  # plans are made anew at first
    return {
        "pages": round(statistics.median(sum(p["Plan"]["Shared Hit Blocks"] + p["Plan"]["Shared Read Blocks"] for p in pair)
                                         for pair in pairs) / BATCH, 1),
        "us": round(statistics.median(sum(p["Execution Time"] for p in pair) for pair in pairs) * 1000 / BATCH, 1),
        "petitions": petitions,
    }


def measure(stack, given):
    """`stack` has no mailer at work."""
    few = 2 * BATCH * ROUNDS
    for slug in SLUGS:
        stack.petition(slug, "email")
    stack.sql("TRUNCATE countersign.mail_queue")
    _owe(stack, SLUGS[0], 1, few)
    stack.sql("VACUUM ANALYZE countersign.mail_queue")
    result = {"letters": given.waiting, "few": few, "at_few": _send(stack)}
    for first in range(few, given.waiting, 100_000):
        _owe(stack, SLUGS[0], first + 1, min(first + 100_000, given.waiting))
    _owe(stack, SLUGS[1], given.waiting + 1, given.waiting + 1)
    for table in ("signature", "letter", "mail_queue"):
        stack.sql(f"VACUUM ANALYZE countersign.{table}")
    stack.sql("CHECKPOINT")
    result["at_many"] = _send(stack)
    result["ratio"] = round(result["at_many"]["pages"] / result["at_few"]["pages"], 2)
    return result
