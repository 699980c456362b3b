"""Signatures that wait for their click, with letters that were sent: made in SQL, each round its own."""
from cases import Case

# Of the last hour, as clicks come; the tokens in no order, with the moment behind (core/token.h).
PENDING = """
CREATE TEMP TABLE made AS
SELECT g, nextval(pg_get_serial_sequence('countersign.signature', 'id')) AS id, t.at,
       substr(int4send((floor(extract(epoch FROM t.at) / 60)::bigint & 65535)::integer), 3)
       || sha256(convert_to('{salt}' || g, 'UTF8')) AS token,
       (1 + floor(extract(epoch FROM t.at) / 4)::bigint % 15)::integer AS moment
  FROM generate_series(1, {count}) AS g,
       LATERAL (SELECT now() - g * interval '1 hour' / {count} AS at) AS t;
INSERT INTO countersign.signature (id, epoch, signed_at, changed_at, petition_id, text_version, index_key, state,
    email_hash, request_id, country, sealed) OVERRIDING SYSTEM VALUE
SELECT m.id, 1, m.at, m.at, p.id, 1, 1, 0, decode(md5('{salt}s' || m.g), 'hex'), decode(md5('{salt}r' || m.g), 'hex'),
       'US', convert_to(repeat('x', 329), 'UTF8')
  FROM made m, countersign.petition p WHERE p.slug = '{slug}' ORDER BY m.at;
INSERT INTO countersign.letter (signature_id, epoch, created_at, sent_at, expires_at, petition_id, token_bucket, life,
    kind, state, token_hash, request_id, mailbox)
SELECT m.id, 1, m.at, m.at, now() + interval '90 days', p.id, get_byte(m.token, 0) * 256 + get_byte(m.token, 1), 1,
       1, 1, substr(int4send(m.moment), 4) || substr(sha256(m.token), 1, 31),
       decode(md5('{salt}r' || m.g), 'hex'), decode(md5('{salt}m' || m.g), 'hex')
  FROM made m, countersign.petition p WHERE p.slug = '{slug}' ORDER BY m.at;
COPY (SELECT left(translate(encode(token || substr(int4send(moment * 16), 4), 'base64'), '+/', '-_'), 46) FROM made ORDER BY random()) TO STDOUT"""


class Clicks(Case):
    """POST /api/v1/confirmations, each with another token."""

    rate = 20000  # for how many there have to be tokens; what was measured says more

    def ready(self, tag, seconds):
        values = {"salt": f"{tag}{len(self.rounds)}", "slug": "clicks", "count": round(1.5 * self.rate * max(1, round(seconds)))}
        tokens = self.stack.sql(PENDING.format(**values))
        path = self.stack.run / "tokens"
        path.write_text(tokens + "\n", encoding="ascii")
        self.arguments = [str(path)]
        self.stack.sql("VACUUM countersign.signature")
        self.stack.sql("VACUUM countersign.letter")

    def measure(self, tag, seconds, connections):
        result = super().measure(tag, seconds, connections)
        self.rate = max(self.rate, result["rate"])
        return result
